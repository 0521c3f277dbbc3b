//! What is wrong where the parser stopped, told by the text there: the parser has sentences, but no codes.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::fault::{FaultKind, Syntax};
use crate::limits::MAX_DEPTH;
use crate::read::receiver::character_at;

/// How many brackets the parser looks ahead before it gives up.
const MAX_BRACKETS: usize = 255;

/// What is wrong at an offset at which the parser stopped, and the bytes of it. The parser's own sentence is for what is
/// not known here.
pub(super) fn fault(text: &str, at: usize, within: Option<Slot>, sentence: &str) -> (FaultKind, Range<usize>) {
    let place = Spot::at(text, at);
    let quoted = || place.of_quote();
    place.of_mark().or_else(quoted).or_else(|| place.of_brackets()).unwrap_or_else(|| {
        let (syntax, span) = place
            .of_tab()
            .or_else(|| place.of_blank())
            .or_else(|| place.of_key())
            .or_else(|| place.of_character())
            .or_else(|| place.of_indentation(within))
            .or_else(|| place.of_open_bracket())
            .unwrap_or_else(|| (Syntax::of(sentence.to_owned()), place.here()));
        (FaultKind::Syntax(syntax), span)
    })
}

/// The fault of a tab in the indentation before an offset.
pub(super) fn tab_before(text: &str, at: usize) -> (FaultKind, Range<usize>) {
    let tab = Spot::at(text, at).tab_in_line().unwrap_or(at);
    (FaultKind::Syntax(tab_syntax()), tab..tab + 1)
}

fn tab_syntax() -> Syntax {
    Syntax::of("a tab cannot indent a line").help("indent with spaces")
}

/// Whether the second brace of a template's placeholder stands at an offset: to YAML, an object that is the key of one.
pub(super) fn is_placeholder(text: &str, at: usize) -> bool {
    let spot = Spot::at(text, at);
    spot.before().ends_with('{') && spot.rest().starts_with('{')
}

pub(super) fn placeholder() -> FaultKind {
    FaultKind::Syntax(Syntax::of("an object cannot be a key").help("put the text in quotes"))
}

/// A byte order mark at the beginning of a line.
pub(super) fn inner_mark(text: &str) -> Option<Range<usize>> {
    const MARK: char = '\u{feff}';
    let begins_line =
        |at: &usize| text.get(..*at).is_some_and(|before| before.trim_end_matches([' ', '\t']).ends_with('\n'));
    let mut marks = text.match_indices(MARK).map(|(at, _)| at);
    marks.find(begins_line).map(|at| at..at + MARK.len_utf8())
}

/// The characters with which those lines begin whose indentation has a tab. Most texts have none.
pub(super) fn indented_by_tabs(text: &str) -> BTreeSet<usize> {
    let mut begin = BTreeSet::new();
    if !text.contains('\t') {
        return begin;
    }
    let (mut in_indentation, mut has_tab) = (true, false);
    for (at, character) in text.chars().enumerate() {
        match character {
            '\n' => (in_indentation, has_tab) = (true, false),
            ' ' | '\r' => {}
            '\t' => has_tab = true,
            _ => {
                if in_indentation && has_tab {
                    begin.insert(at);
                }
                in_indentation = false;
            }
        }
    }
    begin
}

/// What comes next within an array or object whose end has not come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    Element,
    Key,
    Value,
}

/// Where the parser stopped, and the line of it.
struct Spot<'t> {
    text: &'t str,
    at: usize,
    line: usize,
}

type Found = Option<(Syntax, Range<usize>)>;

impl<'t> Spot<'t> {
    fn at(text: &'t str, at: usize) -> Self {
        let line = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1);
        Self { text, at, line }
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// What stands before it in its line.
    fn before(&self) -> &'t str {
        self.text.get(self.line..self.at).unwrap_or_default()
    }

    fn here(&self) -> Range<usize> {
        let here = character_at(self.text, self.at);
        here.start..here.end.max(here.start + 1)
    }

    fn of_mark(&self) -> Option<(FaultKind, Range<usize>)> {
        let mark = inner_mark(self.text)?;
        (mark.start <= self.at + self.rest().find('\n').unwrap_or(0)).then_some((FaultKind::ByteOrderMarkWithin, mark))
    }

    /// A text in quotes that begins here, or ends just before.
    fn of_quote(&self) -> Option<(FaultKind, Range<usize>)> {
        let syntax = |syntax, span| Some((FaultKind::Syntax(syntax), span));
        if let Some(quote @ (b'"' | b'\'')) = self.rest().as_bytes().first() {
            return match Quote::of(self.rest(), *quote) {
                Quote::Escape(kind, span) => Some((kind, self.at + span.start..self.at + span.end)),
                Quote::Open => syntax(Syntax::of("the quote is never closed"), self.here()),
                Quote::Closed(_) => None,
            };
        }
        let behind_quote =
            self.before().trim_end().ends_with(['"', '\'']) && !self.rest().starts_with(['\n', '\r', '#']);
        if behind_quote && !self.rest().is_empty() && self.before().len() > 1 {
            let wrong = Syntax::of("text goes on behind the closing quote")
                .help("in single quotes a quote is written `''`, in double quotes `\\\"`");
            return syntax(wrong, self.here());
        }
        None
    }

    /// More brackets than the parser looks at. It stops at the first too many, and what is open before is a level each.
    fn of_brackets(&self) -> Option<(FaultKind, Range<usize>)> {
        let open = open_brackets(self.text.get(..self.at).unwrap_or_default()).len();
        (open >= MAX_BRACKETS).then(|| (FaultKind::TooDeep(MAX_DEPTH), self.here()))
    }

    /// The first tab in the indentation of the line.
    fn tab_in_line(&self) -> Option<usize> {
        let line = self.text.get(self.line..)?;
        let indentation = line.len() - line.trim_start_matches([' ', '\t']).len();
        line.get(..indentation)?.find('\t').map(|tab| self.line + tab)
    }

    fn of_tab(&self) -> Found {
        let tab = self.tab_in_line().or_else(|| {
            // Behind a `- ` begins an indentation too.
            let before = self.before();
            let only_dashes = !before.is_empty() && before.chars().all(|c| matches!(c, '-' | ' ' | '\t' | '?'));
            before.find('\t').filter(|_| only_dashes).map(|tab| self.line + tab)
        });
        let tab = tab.or_else(|| {
            // A text of several lines is indented too: the parser stops at its beginning.
            let next = self.at + self.rest().find('\n')? + 1;
            let is_text = self.rest().starts_with(|c: char| c.is_alphanumeric());
            Spot::at(self.text, next).tab_in_line().filter(|_| is_text)
        })?;
        Some((tab_syntax(), tab..tab + 1))
    }

    /// Something in the indentation of this line or the one before that looks like a space and is none: a page of the
    /// web had it, from which the lines were copied.
    fn of_blank(&self) -> Found {
        let above = self.text.get(..self.line)?.trim_end_matches('\n');
        let lines = [self.line, above.rfind('\n').map_or(0, |end| end + 1)];
        lines.into_iter().find_map(|start| {
            let line = self.text.get(start..)?.lines().next()?;
            let content = line.trim_start_matches([' ', '-', '?']);
            let blank = content.chars().next().filter(|c| !c.is_ascii() && c.is_whitespace())?;
            let at = start + line.len() - content.len();
            let wrong = Syntax::of(format!("the character U+{:04X} looks like a space, and is none", u32::from(blank)))
                .help("write a space in its place");
            Some((wrong, at..at + blank.len_utf8()))
        })
    }

    /// The line before, if it should have been a key: the parser notices that when it has gone on.
    fn of_key(&self) -> Found {
        let begins_line = self.before().trim().is_empty();
        let before = self.text.get(..self.line).filter(|_| begins_line)?.trim_end();
        let line = before.rsplit('\n').next()?;
        let content = line.trim_start();
        let start = before.len() - content.len();
        // Not `---`, and no element of a list.
        if content.strip_prefix('-').is_some_and(|rest| !rest.is_empty() && !rest.starts_with([' ', '\t', '-'])) {
            let wrong = Syntax::of("`-` without a blank behind it begins no element of a list")
                .help("write a space behind the `-`, or indent what belongs to the key above");
            return Some((wrong, start..before.len()));
        }
        let is_other = content.is_empty()
            || content.contains(": ")
            || content.ends_with(':')
            || content.starts_with(['-', '#', '[', '{', '|', '>', '%'])
            || content.ends_with([',', '[', '{', '|', '>']);
        let wrong = Syntax::of("a key must be followed by `:`")
            .help("put text that contains `: ` in quotes, or check the indentation of this line");
        (!is_other).then_some((wrong, start..before.len()))
    }

    fn of_character(&self) -> Found {
        let character = self.rest().chars().next()?;
        let wrong = match character {
            ':' if self.is_in_brackets() => Syntax::of("`:` cannot follow here, where a bracket is open")
                .help("close the bracket, or put text that contains `: ` in quotes"),
            ':' => Syntax::of("`:` cannot follow here")
                .help("put text that contains `: ` in quotes, or check the indentation of this line"),
            '@' | '`' | '%' => {
                Syntax::of(format!("a plain text cannot begin with `{character}`")).help("put the text in quotes")
            }
            '*' => Syntax::of("the alias has no anchor before it")
                .help("put text that begins with `*` in quotes, or the anchor (`&NAME`) before its aliases"),
            '-' if !self.before().trim().is_empty() => {
                Syntax::of("a list cannot begin on the line of its key").help("begin it on a line of its own")
            }
            ']' | '}' => Syntax::of(format!("there is no bracket that `{character}` closes")),
            _ => return None,
        };
        Some((wrong, self.here()))
    }

    /// A line that begins here, in a column that is none of the blocks'.
    fn of_indentation(&self, within: Option<Slot>) -> Found {
        if !self.before().trim().is_empty() || self.rest().trim().is_empty() || self.is_in_brackets() {
            return None;
        }
        let wrong = match within {
            Some(Slot::Element) => {
                Syntax::of("the line is not indented as the lines of a list around it").but_expected("`-`")
            }
            Some(Slot::Key) => {
                Syntax::of("the line is not indented as the lines of an object around it").but_expected("a key")
            }
            Some(Slot::Value) | None => Syntax::of("the line is not indented as those around it"),
        };
        Some((wrong.help("the lines of one block begin in the same column"), self.here()))
    }

    fn is_in_brackets(&self) -> bool {
        !open_brackets(self.text.get(..self.at).unwrap_or_default()).is_empty()
    }

    /// Something that cannot follow within brackets.
    fn of_open_bracket(&self) -> Found {
        let expected = match open_brackets(self.text.get(..self.at).unwrap_or_default()).pop()? {
            b'{' => "`,` or `}`",
            _ => "`,` or `]`",
        };
        Some((Syntax::expected(expected), self.here()))
    }
}

/// The brackets that are open at the end of a text, outside of quotes and comments. Within a block of text a bracket is
/// none, which is not known here: this is for the words alone.
fn open_brackets(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut open = Vec::new();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let before = at.checked_sub(1).and_then(|before| bytes.get(before));
        let begins = before.is_none_or(|byte| byte.is_ascii_whitespace() || b"[{,:?-".contains(byte));
        match byte {
            b'"' | b'\'' if begins => match Quote::of(text.get(at..).unwrap_or_default(), *byte) {
                Quote::Closed(length) => {
                    at += length;
                    continue;
                }
                Quote::Escape(..) | Quote::Open => break,
            },
            b'#' if begins => at += bytes.iter().skip(at).take_while(|byte| **byte != b'\n').count(),
            b'[' | b'{' if begins => open.push(*byte),
            b']' | b'}' => drop(open.pop()),
            _ => {}
        }
        at += 1;
    }
    open
}

/// A text in quotes.
enum Quote {
    /// Its length.
    Closed(usize),
    Open,
    /// It has an escape that stands for nothing.
    Escape(FaultKind, Range<usize>),
}

impl Quote {
    /// Of a text that begins with this quote.
    fn of(text: &str, quote: u8) -> Self {
        let bytes = text.as_bytes();
        let mut at = 1;
        while let Some(byte) = bytes.get(at) {
            if *byte == b'\\' && quote == b'"' {
                match escape(text, at) {
                    Ok(length) => at += length,
                    Err((kind, span)) => return Self::Escape(kind, span),
                }
            } else if *byte == quote && quote == b'\'' && bytes.get(at + 1) == Some(&quote) {
                at += 2;
            } else if *byte == quote {
                return Self::Closed(at + 1);
            } else {
                at += 1;
            }
        }
        Self::Open
    }
}

/// The length of the escape at an offset, or what is wrong with it (YAML 1.2.2, section 5.7).
fn escape(text: &str, at: usize) -> Result<usize, (FaultKind, Range<usize>)> {
    let letter = text.get(at + 1..).and_then(|rest| rest.chars().next());
    let digits = match letter {
        Some('x') => 2,
        Some('u') => 4,
        Some('U') => 8,
        Some(
            '0' | 'a' | 'b' | 't' | '\t' | 'n' | 'v' | 'f' | 'r' | 'e' | ' ' | '"' | '/' | '\\' | 'N' | '_' | 'L' | 'P'
            | '\n' | '\r',
        ) => return Ok(2),
        other => {
            let wrong = Syntax::of("there is no such escape")
                .help("a backslash is written `\\\\`, and within single quotes it stands for itself");
            let end = at + 1 + other.map_or(0, char::len_utf8);
            return Err((FaultKind::Syntax(wrong), at..end));
        }
    };
    let Some(code) = code_at(text, at + 2, digits) else {
        let found = text.bytes().skip(at + 2).take(digits).take_while(u8::is_ascii_hexdigit).count();
        let wrong = Syntax::of("an escape has too few digits").but_expected(match digits {
            2 => "two hexadecimal digits",
            4 => "four hexadecimal digits",
            _ => "eight hexadecimal digits",
        });
        return Err((FaultKind::Syntax(wrong), at..at + 2 + found));
    };
    let end = at + 2 + digits;
    if char::from_u32(code).is_some() {
        return Ok(2 + digits);
    }
    if !(0xd800..0xe000).contains(&code) {
        return Err((FaultKind::Syntax(Syntax::of("there is no such character")), at..end));
    }
    let second = text.get(end..).filter(|rest| rest.starts_with("\\u")).and_then(|_| code_at(text, end + 2, 4));
    if code < 0xdc00 && second.is_some_and(|second| (0xdc00..0xe000).contains(&second)) {
        let wrong =
            Syntax::of("YAML has no surrogate pairs").help("write the character itself, or `\\U` and its eight digits");
        return Err((FaultKind::Syntax(wrong), at..end + 6));
    }
    Err((FaultKind::LoneSurrogate, at..end))
}

fn code_at(text: &str, from: usize, digits: usize) -> Option<u32> {
    let digits = text.get(from..from + digits)?;
    digits.chars().try_fold(0_u32, |code, digit| Some(code << 4 | digit.to_digit(16)?))
}
