//! What a terminal sends, as keys and pastes.

/// What a person did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Key {
    /// A character was typed.
    Char(char),
    /// A text was pasted, line breaks and all. It is no key: nothing is sent off by it.
    Paste(String),
    Enter,
    Erase,
    /// Ctrl-W.
    EraseWord,
    EraseAll,
    Up,
    Down,
    /// Ctrl-C.
    Interrupt,
    /// Ctrl-D.
    Later,
    /// Ctrl-Z.
    Suspend,
}

/// The greatest length of a paste, in bytes; what goes beyond it is dropped.
const MAX_PASTE: usize = 1 << 20;

const PASTE_BEGINS: &[u8] = b"\x1b[200~";
const PASTE_ENDS: &[u8] = b"\x1b[201~";

/// Bytes of a terminal in raw mode, of which keys are made.
#[derive(Debug, Default)]
pub(super) struct Keys {
    bytes: Vec<u8>,
    /// How many of them were looked through for the end of a paste: all are looked at once, however long it is.
    looked: usize,
}

/// What is at the beginning of some bytes, and how many it takes.
enum Prefix {
    Key(Key, usize),
    /// Something that has no meaning here.
    Nothing(usize),
    /// The beginning of something.
    More,
}

impl Keys {
    /// Takes what was read at once, and gives the keys in it. A terminal that does not tell pastes sends them as if they
    /// were typed, but all at once: a line break with something behind it was pasted, as nobody types so fast.
    pub(super) fn read(&mut self, bytes: &[u8]) -> Vec<Key> {
        self.bytes.extend_from_slice(bytes);
        let mut keys = Vec::new();
        loop {
            let taken = match found(&self.bytes, self.looked) {
                Prefix::Key(key, taken) => {
                    keys.push(key);
                    taken
                }
                Prefix::Nothing(taken) => taken,
                Prefix::More => break,
            };
            self.bytes.drain(..taken);
            self.looked = 0;
        }
        self.cut();
        with_pastes(keys)
    }

    /// Forgets what a paste that goes on has too much; its end may have begun.
    fn cut(&mut self) {
        let most = PASTE_BEGINS.len() + MAX_PASTE;
        let kept = self.bytes.len().saturating_sub(PASTE_ENDS.len());
        if most < kept {
            self.bytes.drain(most..kept);
        }
        self.looked = self.bytes.len();
    }
}

/// Where several lines came at once, one paste in place of the keys.
fn with_pastes(keys: Vec<Key>) -> Vec<Key> {
    let is_text = |key: &Key| matches!(key, Key::Char(_) | Key::Enter);
    let last = keys.len().saturating_sub(1);
    let lines = keys.iter().take(last).any(|key| *key == Key::Enter);
    let characters = keys.iter().filter(|key| matches!(key, Key::Char(_))).count();
    if !(lines && characters > 1 && keys.iter().all(is_text)) {
        return keys;
    }
    let text = keys.iter().map(|key| if let Key::Char(c) = key { *c } else { '\n' });
    vec![Key::Paste(text.collect())]
}

fn found(bytes: &[u8], looked: usize) -> Prefix {
    match bytes {
        [] => Prefix::More,
        [3, ..] => Prefix::Key(Key::Interrupt, 1),
        [4, ..] => Prefix::Key(Key::Later, 1),
        [b'\r' | b'\n', ..] => Prefix::Key(Key::Enter, 1),
        [8 | 127, ..] => Prefix::Key(Key::Erase, 1),
        [21, ..] => Prefix::Key(Key::EraseAll, 1),
        [23, ..] => Prefix::Key(Key::EraseWord, 1),
        [26, ..] => Prefix::Key(Key::Suspend, 1),
        [b'\t', ..] => Prefix::Key(Key::Char(' '), 1),
        [27, ..] => sequence(bytes, looked),
        [0..=31, ..] => Prefix::Nothing(1),
        _ => character(bytes),
    }
}

/// An escape sequence (ECMA-48), or a paste, which begins and ends with one.
fn sequence(bytes: &[u8], looked: usize) -> Prefix {
    if bytes.starts_with(PASTE_BEGINS) {
        return paste(bytes.get(PASTE_BEGINS.len()..).unwrap_or_default(), looked);
    }
    match bytes {
        [27] | [27, b'O'] => Prefix::More,
        [27, b'O', key, ..] => arrow(*key, 3),
        [27, b'[', rest @ ..] => match rest.iter().position(|byte| (0x40..=0x7e).contains(byte)) {
            None if rest.len() > 32 => Prefix::Nothing(bytes.len()),
            None => Prefix::More,
            Some(end) => arrow(rest.get(end).copied().unwrap_or_default(), end + 3),
        },
        _ => Prefix::Nothing(1),
    }
}

fn arrow(key: u8, taken: usize) -> Prefix {
    match key {
        b'A' => Prefix::Key(Key::Up, taken),
        b'B' => Prefix::Key(Key::Down, taken),
        _ => Prefix::Nothing(taken),
    }
}

fn paste(rest: &[u8], looked: usize) -> Prefix {
    let from = looked.saturating_sub(PASTE_BEGINS.len() + PASTE_ENDS.len());
    let new = rest.get(from..).unwrap_or_default();
    let Some(end) = new.windows(PASTE_ENDS.len()).position(|window| window == PASTE_ENDS) else {
        // Whoever waits for an end that does not come can still leave.
        return match new.last() {
            Some(3) => Prefix::Key(Key::Interrupt, PASTE_BEGINS.len() + rest.len()),
            _ => Prefix::More,
        };
    };
    let end = from + end;
    let text = rest.get(..end.min(MAX_PASTE)).unwrap_or_default();
    let text = String::from_utf8_lossy(text).replace("\r\n", "\n").replace('\r', "\n");
    Prefix::Key(Key::Paste(text), PASTE_BEGINS.len() + end + PASTE_ENDS.len())
}

fn character(bytes: &[u8]) -> Prefix {
    let length = match bytes.first() {
        Some(0..=127) => 1,
        Some(0xc0..=0xdf) => 2,
        Some(0xe0..=0xef) => 3,
        Some(0xf0..=0xf7) => 4,
        _ => return Prefix::Nothing(1),
    };
    let Some(bytes) = bytes.get(..length) else { return Prefix::More };
    match std::str::from_utf8(bytes).ok().and_then(|text| text.chars().next()) {
        Some(c) if !c.is_control() => Prefix::Key(Key::Char(c), length),
        _ => Prefix::Nothing(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(chunks: &[&str], expected: &[Key]) {
        let mut keys = Keys::default();
        let found: Vec<Key> = chunks.iter().flat_map(|chunk| keys.read(chunk.as_bytes())).collect();
        assert_eq!(found, expected, "{chunks:?}");
    }

    #[test]
    fn keys_are_told_apart_however_they_are_split() {
        let all = "aé\u{1b}[A\u{1b}OB\u{7f}\r";
        let expected = [Key::Char('a'), Key::Char('é'), Key::Up, Key::Down, Key::Erase, Key::Enter];
        check(&[all], &expected);
        let mut keys = Keys::default();
        let one_by_one: Vec<Key> = all.bytes().flat_map(|byte| keys.read(&[byte])).collect();
        assert_eq!(one_by_one, expected);
        check(&["\u{3}", "\u{4}", "\u{15}"], &[Key::Interrupt, Key::Later, Key::EraseAll]);
        check(&["\u{17}\u{1a}"], &[Key::EraseWord, Key::Suspend]);
    }

    #[test]
    fn what_steers_a_terminal_is_no_key() {
        check(&["\u{1b}[1;5C\u{1b}[15~\u{7}x"], &[Key::Char('x')]);
    }

    #[test]
    fn a_paste_is_one_text_and_sends_nothing_off() {
        let text = || Key::Paste("yes\nyes\n".to_owned());
        check(&["\u{1b}[200~yes\ryes\r\u{1b}[201~"], &[text()]);
        check(&["\u{1b}[200~ye", "s\nyes\n\u{1b}[20", "1~\r"], &[text(), Key::Enter]);
        // A terminal that does not tell.
        check(&["yes\ryes\r"], &[text()]);
    }

    #[test]
    fn a_paste_that_does_not_end_can_be_interrupted() {
        check(&["\u{1b}[200~half", "\u{3}", "y"], &[Key::Interrupt, Key::Char('y')]);
    }

    #[test]
    fn a_paste_of_any_length_is_cut() {
        let chunk = "x".repeat(4096);
        let mut keys = Keys::default();
        let mut found = keys.read(PASTE_BEGINS);
        for _ in 0..1024 {
            found.extend(keys.read(chunk.as_bytes()));
            assert!(keys.bytes.len() <= MAX_PASTE + 32);
        }
        for part in ["\u{1b}[2", "01", "~", "a"] {
            found.extend(keys.read(part.as_bytes()));
        }
        let [Key::Paste(text), Key::Char('a')] = found.as_slice() else { panic!("a paste and a key") };
        assert_eq!(text.len(), MAX_PASTE);
    }

    #[test]
    fn what_is_typed_with_enter_is_no_paste() {
        let typed = [Key::Char('n'), Key::Char('o'), Key::Enter];
        check(&["no\r"], &typed);
        check(&["n", "o", "\r"], &typed);
        check(&["\r\r"], &[Key::Enter, Key::Enter]);
    }
}
