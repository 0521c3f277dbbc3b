//! The terminal of this process, while somebody is asked.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;

use nix::sys::termios::{self, SetArg, Termios};

use super::form::Prompt;
use super::keys::{Key, Keys};
use crate::render::{height_of_stderr, printable, width_of_stderr};

/// Asks the terminal to tell what is pasted; and no longer.
const TELL_PASTES: &str = "\x1b[?2004h";
const TELL_NOTHING: &str = "\x1b[?2004l";

/// A terminal that sends every key at once. What was typed before is forgotten: it is no answer to a question that
/// nobody had seen. It is as it was once this is dropped, however the question ended.
pub(super) struct Terminal {
    input: File,
    before: Termios,
    keys: Keys,
    read: VecDeque<Key>,
}

impl Terminal {
    pub(super) fn new() -> io::Result<Self> {
        Self::of(File::from(io::stdin().as_fd().try_clone_to_owned()?))
    }

    /// The one that the process belongs to, where standard input is something else.
    pub(super) fn controlling() -> io::Result<Self> {
        Self::of(File::open("/dev/tty")?)
    }

    fn of(input: File) -> io::Result<Self> {
        let before = termios::tcgetattr(&input)?;
        let mut raw = before.clone();
        termios::cfmakeraw(&mut raw);
        // Line feeds are still ours to print as everywhere.
        raw.output_flags = before.output_flags;
        termios::tcsetattr(&input, SetArg::TCSAFLUSH, &raw)?;
        say(TELL_PASTES)?;
        Ok(Self { input, before, keys: Keys::default(), read: VecDeque::new() })
    }

    /// The keys that came at once, after those that came before.
    fn more(&mut self) -> io::Result<()> {
        let mut bytes = [0; 4096];
        match self.input.read(&mut bytes) {
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => {
                self.read.extend(self.keys.read(bytes.get(..count).unwrap_or_default()));
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn key(&mut self) -> io::Result<Key> {
        loop {
            match self.read.pop_front() {
                Some(Key::Interrupt) => return Err(io::ErrorKind::Interrupted.into()),
                Some(Key::Later) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Some(key) => return Ok(key),
                None => self.more()?,
            }
        }
    }
}

impl Terminal {
    /// A line that is not shown.
    pub(super) fn secret(&mut self, prompt: &str) -> io::Result<String> {
        say(&format!("{prompt}: "))?;
        let mut text = String::new();
        let ended = loop {
            match self.key() {
                Ok(Key::Enter) => break Ok(()),
                Ok(Key::Char(c)) => text.push(c),
                Ok(Key::Paste(pasted)) => text.push_str(pasted.trim_end_matches(['\r', '\n'])),
                Ok(Key::Erase) => drop(text.pop()),
                Ok(Key::EraseAll) => text.clear(),
                Ok(Key::Up | Key::Down | Key::Interrupt | Key::Later) => {}
                Err(error) => break Err(error),
            }
        };
        say("\n")?;
        ended.map(|()| text)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Whoever typed ahead of the next question, or of the shell's, did not mean this one.
        let _ = termios::tcsetattr(&self.input, SetArg::TCSAFLUSH, &self.before);
        let _ = say(TELL_NOTHING);
    }
}

fn say(text: &str) -> io::Result<()> {
    let mut stderr = io::stderr().lock();
    stderr.write_all(text.as_bytes())?;
    stderr.flush()
}

impl Prompt for Terminal {
    /// A list with numbers. Only what is typed by itself chooses: a paste does not.
    fn select(&mut self, prompt: &str, items: &[String], preset: Option<usize>) -> io::Result<usize> {
        let mut choice = Choice { at: preset, typed: String::new() };
        let mut shown = list(items, choice.at);
        say(&format!("{prompt} (arrows, a number or the first letters, then Enter; Ctrl-D: later)\n{shown}"))?;
        loop {
            let before = choice.at;
            match self.key()? {
                Key::Enter => {
                    if let Some(at) = choice.at {
                        say(&format!("→ {}\n", items.get(at).map_or("", String::as_str)))?;
                        return Ok(at);
                    }
                }
                key => choice.take(&key, items),
            }
            if choice.at != before {
                let lines = shown.lines().count();
                shown = list(items, choice.at);
                say(&format!("\x1b[{lines}A\x1b[J{shown}"))?;
            }
        }
    }

    fn tell(&mut self, text: &str) -> io::Result<()> {
        say(&format!("{text}\n"))
    }

    fn line(&mut self, prompt: &str) -> io::Result<String> {
        say(&format!("{prompt}: "))?;
        let mut text = String::new();
        loop {
            match self.key()? {
                Key::Enter => {
                    say("\n")?;
                    return Ok(text);
                }
                Key::Char(c) => {
                    text.push(c);
                    say(&printable(c.encode_utf8(&mut [0; 4])))?;
                }
                Key::Paste(pasted) => {
                    text.push_str(&pasted);
                    say(&shown(&pasted))?;
                }
                Key::Erase | Key::EraseAll if text.is_empty() => {}
                Key::Erase => {
                    text.pop();
                    say(&format!("\r\x1b[K{prompt}: {}", shown(&text)))?;
                }
                Key::EraseAll => {
                    text.clear();
                    say(&format!("\r\x1b[K{prompt}: "))?;
                }
                Key::Up | Key::Down | Key::Interrupt | Key::Later => {}
            }
        }
    }
}

/// A text as it is echoed: on one line, and not all of it where it is long.
fn shown(text: &str) -> String {
    const LONGEST: usize = 500;
    let start: String = text.chars().take(LONGEST).collect();
    let more = if start.len() < text.len() { format!("… ({} bytes)", text.len()) } else { String::new() };
    format!("{}{more}", printable(&start.replace('\n', "⏎")))
}

/// Which item of a list is chosen so far, and what was typed to choose it.
struct Choice {
    at: Option<usize>,
    typed: String,
}

impl Choice {
    fn take(&mut self, key: &Key, items: &[String]) {
        match key {
            Key::Up => self.move_to(self.at.unwrap_or(items.len()).checked_sub(1).or(self.at)),
            Key::Down => self.move_to(Some(self.at.map_or(0, |at| at + 1).min(items.len().saturating_sub(1)))),
            Key::Char(c) => {
                self.typed.extend(c.to_lowercase());
                // What leads nowhere begins anew; and where that leads nowhere either, nothing is chosen: whoever types
                // a word did not mean what another word had chosen.
                if named(&self.typed, items) == Match::Nothing {
                    self.typed = c.to_lowercase().collect();
                }
                self.at = match named(&self.typed, items) {
                    Match::One(at) => Some(at),
                    Match::Several | Match::Nothing => None,
                };
            }
            Key::Erase | Key::EraseAll => self.typed.clear(),
            Key::Enter | Key::Paste(_) | Key::Interrupt | Key::Later => {}
        }
    }

    fn move_to(&mut self, at: Option<usize>) {
        self.typed.clear();
        self.at = at;
    }
}

/// What of a list a text names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Match {
    One(usize),
    /// More has to be typed.
    Several,
    Nothing,
}

/// The item of this number, of this text, or the only one that begins with it.
fn named(typed: &str, items: &[String]) -> Match {
    let number = typed.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    if let Some(number) = number.filter(|number| *number < items.len()) {
        return Match::One(number);
    }
    let lower = items.iter().map(|item| item.to_lowercase()).enumerate();
    let mut begin = lower.filter(|(_, item)| item.starts_with(typed));
    match (begin.next(), begin.next()) {
        (None, _) => Match::Nothing,
        (Some((only, _)), None) => Match::One(only),
        // One that is shorter than the others can be typed whole.
        (Some((first, item)), Some(_)) if item == typed => Match::One(first),
        (Some(_), Some(_)) => Match::Several,
    }
}

/// The items, one on each line, which does not wrap. Of more than there is room for, those around the chosen one.
fn list(items: &[String], at: Option<usize>) -> String {
    let width = width_of_stderr().saturating_sub(8).max(10);
    let line = |(index, item): (usize, &String)| {
        let mark = if Some(index) == at { '>' } else { ' ' };
        let mut text: String = item.chars().take(width).collect();
        if text.len() < item.len() {
            text.push('…');
        }
        format!("{mark} {}) {text}\n", index + 1)
    };
    // The question, and how many there are before and after.
    let room = height_of_stderr().saturating_sub(4).max(3);
    if items.len() <= room {
        return items.iter().enumerate().map(line).collect();
    }
    let first = at.unwrap_or_default().saturating_sub(room / 2).min(items.len() - room);
    let some: String = items.iter().enumerate().skip(first).take(room).map(line).collect();
    format!("  … {first} before\n{some}  … {} after\n", items.len() - room - first)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is chosen after these keys; `^` and `v` are arrows, `<` erases.
    fn check(items: &[&str], preset: Option<usize>, keys: &str, expected: Option<&str>) {
        let items: Vec<String> = items.iter().map(|item| (*item).to_owned()).collect();
        let mut choice = Choice { at: preset, typed: String::new() };
        for c in keys.chars() {
            let key = match c {
                '^' => Key::Up,
                'v' => Key::Down,
                '<' => Key::Erase,
                c => Key::Char(c),
            };
            choice.take(&key, &items);
        }
        let chosen = choice.at.and_then(|at| items.get(at)).map(String::as_str);
        assert_eq!(chosen, expected, "{keys}");
    }

    #[test]
    fn a_number_arrows_or_the_first_letters_choose() {
        let items = ["delete", "deny", "keep"];
        check(&items, None, "3", Some("keep"));
        check(&items, None, "vv", Some("deny"));
        check(&items, None, "^", Some("keep"));
        check(&items, None, "k", Some("keep"));
        check(&items, None, "de", None);
        check(&items, None, "DEN", Some("deny"));
        check(&items, None, "de<k", Some("keep"));
        check(&items, None, "31", Some("delete"));
    }

    #[test]
    fn a_number_can_have_two_digits() {
        let names: Vec<String> = (1..15).map(|number| format!("c{number}")).collect();
        let items: Vec<&str> = names.iter().map(String::as_str).collect();
        check(&items, None, "12", Some("c12"));
        check(&items, None, "1v", Some("c2"));
        check(&items, None, "15", Some("c5"));
        check(&items, None, "c14", Some("c14"));
    }

    #[test]
    fn what_leads_to_nothing_chooses_nothing() {
        let items = ["delete", "keep"];
        check(&items, Some(0), "yes", None);
        check(&items, Some(0), "", Some("delete"));
        check(&items, None, "0", None);
        check(&items, None, "9", None);
    }

    #[test]
    fn a_long_list_shows_what_is_around_the_chosen_one() {
        let items: Vec<String> = (1..=300).map(|number| format!("item {number}")).collect();
        let shown = list(&items, Some(149));
        assert!(shown.contains("> 150) item 150\n") && shown.lines().count() < 60, "{shown}");
        assert!(list(&items, None).contains("  1) item 1\n") && list(&items, Some(299)).contains("> 300)"));
    }
}
