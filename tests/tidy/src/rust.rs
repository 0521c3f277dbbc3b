//! Rust source as far as a reviewer's eye goes: what is code, what is a comment, what is a text.

/// A Rust file, taken apart. All parts keep the lines of the file: what belongs to another part is blank in them.
#[derive(Debug, Clone, Default)]
pub struct Source {
    /// The code, without comments and without what stands in strings and characters.
    pub code: String,
    /// The comments, documentation among them.
    pub comments: String,
    /// What stands in strings.
    pub strings: String,
}

/// Which part of a file a character belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Code,
    Comment,
    Text,
}

impl Source {
    /// Takes a file apart.
    pub fn parse(text: &str) -> Self {
        let characters: Vec<char> = text.chars().collect();
        let mut source = Self::default();
        let mut at = 0;
        while at < characters.len() {
            let (part, length) = token(&characters[at..], at.checked_sub(1).map(|before| characters[before]));
            for &character in &characters[at..at + length] {
                source.push(part, character);
            }
            at += length;
        }
        source
    }

    /// The code without modules and items that are only compiled for tests.
    pub fn code_without_tests(&self) -> String {
        let mut code = self.code.clone();
        while let Some(start) = code.find("#[cfg(test)]") {
            let end = end_of_item(&code[start..]).map_or(code.len(), |length| start + length);
            let blank: String = code[start..end].chars().map(|c| if c == '\n' { '\n' } else { ' ' }).collect();
            code.replace_range(start..end, &blank);
        }
        code
    }

    fn push(&mut self, part: Part, character: char) {
        let blank = if character == '\n' { '\n' } else { ' ' };
        for (own, text) in
            [(Part::Code, &mut self.code), (Part::Comment, &mut self.comments), (Part::Text, &mut self.strings)]
        {
            text.push(if own == part { character } else { blank });
        }
    }
}

/// Whether a character can stand in a name.
pub fn is_name(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// The names in code, in order, with the byte at which each begins.
pub fn names(code: &str) -> impl Iterator<Item = (usize, &str)> {
    let starts = code
        .char_indices()
        .filter(move |&(at, character)| is_name(character) && !code[..at].chars().next_back().is_some_and(is_name));
    starts.map(move |(at, _)| {
        let rest = &code[at..];
        (at, &rest[..rest.find(|character| !is_name(character)).unwrap_or(rest.len())])
    })
}

/// The part that the text begins with, and how many characters of it belong together.
fn token(text: &[char], before: Option<char>) -> (Part, usize) {
    let starts = |with: &str| with.chars().enumerate().all(|(at, character)| text.get(at) == Some(&character));
    if starts("//") {
        return (Part::Comment, text.iter().position(|&c| c == '\n').unwrap_or(text.len()));
    }
    if starts("/*") {
        return (Part::Comment, block_comment(text));
    }
    let in_name = before.is_some_and(is_name);
    if !in_name && let Some(length) = raw_string(text) {
        return (Part::Text, length);
    }
    match text[0] {
        '"' => (Part::Text, quoted(text, '"')),
        '\'' if is_character(text) => (Part::Text, quoted(text, '\'')),
        _ => (Part::Code, 1),
    }
}

fn block_comment(text: &[char]) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < text.len() {
        match (text[at], text.get(at + 1)) {
            ('/', Some('*')) => (depth, at) = (depth + 1, at + 2),
            ('*', Some('/')) => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

/// The length of a raw string (`r"…"`, `br#"…"#`) that the text begins with.
fn raw_string(text: &[char]) -> Option<usize> {
    let prefix = match text {
        ['r', ..] => 1,
        ['b' | 'c', 'r', ..] => 2,
        _ => return None,
    };
    let hashes = text[prefix..].iter().take_while(|&&c| c == '#').count();
    if text.get(prefix + hashes) != Some(&'"') {
        return None;
    }
    let mut at = prefix + hashes + 1;
    while at < text.len() {
        let closing = text[at] == '"' && text[at + 1..].iter().take(hashes).filter(|&&c| c == '#').count() == hashes;
        at += 1;
        if closing {
            return Some(at + hashes);
        }
    }
    Some(text.len())
}

/// The length of a quoted text, its quotes included.
fn quoted(text: &[char], quote: char) -> usize {
    let mut at = 1;
    while at < text.len() {
        match text[at] {
            '\\' => at += 2,
            character if character == quote => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}

/// Whether a `'` begins a character, and not a lifetime.
fn is_character(text: &[char]) -> bool {
    matches!((text.get(1), text.get(2)), (Some('\\'), _) | (Some(_), Some('\'')))
}

/// Where an item ends that begins with an attribute: at its closing brace, or its semicolon.
fn end_of_item(code: &str) -> Option<usize> {
    let body = code.find(']')? + 1;
    let mut depth = 0_usize;
    for (at, character) in code[body..].char_indices() {
        match character {
            '{' | '(' | '[' => depth += 1,
            '}' | ')' | ']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 && character == '}' {
                    return Some(body + at + 1);
                }
            }
            ';' if depth == 0 => return Some(body + at + 1),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_texts_are_not_code() {
        let cases = [
            ("let a = 1; // unsafe", "let a = 1;"),
            ("/* a /* b */ c */ x", "x"),
            (r#"f("unsafe \" x", 'u', '\'') "#, "f(             ,    ,     )"),
            (r##"r#"raw " unsafe"# + y"##, "+ y"),
            ("fn f<'a>(x: &'a str) {}", "fn f<'a>(x: &'a str) {}"),
            ("hour\"x\"", "hour"),
        ];
        for (text, code) in cases {
            assert_eq!(Source::parse(text).code.trim(), code, "{text}");
        }
    }

    #[test]
    fn what_is_only_for_tests_is_left_out() {
        let text = "fn a() {}\n#[cfg(test)]\nmod tests { fn b() { c() } }\n#[cfg(test)]\nuse x::y;\nfn d() {}";
        let code = Source::parse(text).code_without_tests();
        assert_eq!(names(&code).map(|(_, name)| name).collect::<Vec<_>>(), ["fn", "a", "fn", "d"]);
        assert_eq!(code.lines().count(), 6);
    }
}
