//! The terminal of this process, while somebody is asked.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;

use nix::sys::termios::{self, SetArg, Termios};
use unicode_width::UnicodeWidthChar;

use super::form::Prompt;
use super::keys::{Key, Keys};
use super::{LINE_TOO_LONG, add_to_line};
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
    screen: Screen,
}

/// How what stands on the screen can be replaced. A closed set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Screen {
    /// By the sequences of ECMA-48.
    Steered,
    /// It only prints, as within an editor (`TERM=dumb`): what is replaced stays, and the rest comes below.
    Dumb,
}

/// What a person did, where it is asked.
enum Event {
    Key(Key),
    /// They stopped the command and came back: what was on the screen is gone.
    Return,
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
        let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let screen = if is_dumb { Screen::Dumb } else { Screen::Steered };
        let terminal = Self { input, before, keys: Keys::default(), read: VecDeque::new(), screen };
        terminal.take()?;
        Ok(terminal)
    }

    /// Lets every key come at once, and forgets what was typed before.
    fn take(&self) -> io::Result<()> {
        let mut raw = self.before.clone();
        termios::cfmakeraw(&mut raw);
        // Line feeds are still ours to print as everywhere.
        raw.output_flags = self.before.output_flags;
        termios::tcsetattr(&self.input, SetArg::TCSAFLUSH, &raw)?;
        self.screen.steer(TELL_PASTES)
    }

    /// Leaves the terminal as it was.
    fn give_back(&self) {
        // Whoever typed ahead of the next question, or of the shell's, did not mean this one.
        let _ = termios::tcsetattr(&self.input, SetArg::TCSAFLUSH, &self.before);
        let _ = self.screen.steer(TELL_NOTHING);
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

    fn event(&mut self) -> io::Result<Event> {
        loop {
            match self.read.pop_front() {
                Some(Key::Interrupt) => return Err(io::ErrorKind::Interrupted.into()),
                Some(Key::Later) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Some(Key::Suspend) => {
                    self.suspend()?;
                    return Ok(Event::Return);
                }
                Some(key) => return Ok(Event::Key(key)),
                None => self.more()?,
            }
        }
    }

    /// Stops this process, as the terminal would have done, until the shell continues it. Where there is no shell to do so,
    /// the system does not stop it.
    fn suspend(&mut self) -> io::Result<()> {
        self.give_back();
        say("\n")?;
        let stopped = signal_hook::low_level::raise(signal_hook::consts::SIGTSTP);
        self.read.clear();
        self.take()?;
        stopped
    }
}

impl Terminal {
    /// A line that is not shown.
    pub(super) fn secret(&mut self, prompt: &str) -> io::Result<String> {
        say(&format!("{prompt}: "))?;
        let mut text = String::new();
        let ended = loop {
            match self.event() {
                Ok(Event::Key(Key::Enter)) => break Ok(()),
                Ok(Event::Key(Key::Char(c))) if add_to_line(&mut text, c.encode_utf8(&mut [0; 4])).is_ok() => {}
                Ok(Event::Key(Key::Paste(pasted)))
                    if add_to_line(&mut text, pasted.trim_end_matches(['\r', '\n'])).is_ok() => {}
                Ok(Event::Key(Key::Char(_) | Key::Paste(_))) => break Err(io::Error::other(LINE_TOO_LONG)),
                Ok(Event::Key(Key::Erase)) => drop(text.pop()),
                Ok(Event::Key(Key::EraseAll | Key::EraseWord)) => text.clear(),
                Ok(Event::Key(Key::Up | Key::Down | Key::Interrupt | Key::Later | Key::Suspend)) => {}
                Ok(Event::Return) => say(&format!("{prompt}: "))?,
                Err(error) => break Err(error),
            }
        };
        say("\n")?;
        ended.map(|()| text)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.give_back();
    }
}

fn say(text: &str) -> io::Result<()> {
    let mut stderr = io::stderr().lock();
    stderr.write_all(text.as_bytes())?;
    stderr.flush()
}

impl Screen {
    fn steer(self, sequence: &str) -> io::Result<()> {
        match self {
            Self::Steered => say(sequence),
            Self::Dumb => Ok(()),
        }
    }

    /// Goes back to where a text began, and clears what is behind it. The terminal may have been made narrower meanwhile.
    fn unsay(self, text: &str) -> io::Result<()> {
        let above = rows(text, width_of_stderr()) - 1;
        match self {
            Self::Steered if above == 0 => say("\r\x1b[J"),
            Self::Steered => say(&format!("\x1b[{above}A\r\x1b[J")),
            Self::Dumb if text.ends_with('\n') => Ok(()),
            Self::Dumb => say("\n"),
        }
    }
}

/// How many rows a text takes that begins at the left of a terminal of so many columns; its last line may be open.
fn rows(text: &str, columns: usize) -> usize {
    let mut rows = 1;
    let mut column = 0;
    for c in text.chars() {
        let width = c.width().unwrap_or_default();
        if c == '\n' {
            (rows, column) = (rows + 1, 0);
        } else if column + width > columns.max(2) {
            (rows, column) = (rows + 1, width);
        } else {
            column += width;
        }
    }
    rows
}

impl Prompt for Terminal {
    /// A list with numbers. Only what is typed by itself chooses: a paste does not.
    fn select(&mut self, prompt: &str, items: &[String], preset: Option<usize>) -> io::Result<usize> {
        let mut choice = Choice { at: preset, typed: String::new() };
        let by =
            if has_numbers(items) { "arrows, a number or the first letters" } else { "arrows or the first letters" };
        let asked = format!("{prompt} ({by}, then Enter; Ctrl-D: later)\n");
        let mut shown = list(items, choice.at);
        say(&format!("{asked}{shown}"))?;
        loop {
            let before = choice.at;
            match self.event()? {
                Event::Key(Key::Enter) => {
                    if let Some(at) = choice.at {
                        say(&format!("→ {}\n", items.get(at).map_or("", String::as_str)))?;
                        return Ok(at);
                    }
                    self.screen.unsay(&shown)?;
                    say(&format!("nothing is chosen yet: {by}\n{shown}"))?;
                }
                Event::Key(key) => choice.take(&key, items),
                Event::Return => say(&format!("{asked}{shown}"))?,
            }
            if choice.at != before {
                self.screen.unsay(&shown)?;
                shown = list(items, choice.at);
                say(&shown)?;
            }
        }
    }

    fn tell(&mut self, text: &str) -> io::Result<()> {
        say(&format!("{text}\n"))
    }

    fn line(&mut self, prompt: &str) -> io::Result<String> {
        let mut text = String::new();
        let mut screen = format!("{prompt}: ");
        say(&screen)?;
        loop {
            match self.event()? {
                Event::Key(Key::Enter) => {
                    say("\n")?;
                    return Ok(text);
                }
                Event::Key(Key::Char(c)) if add_to_line(&mut text, c.encode_utf8(&mut [0; 4])).is_ok() => {
                    let echo = printable(c.encode_utf8(&mut [0; 4]));
                    say(&echo)?;
                    screen.push_str(&echo);
                    continue;
                }
                // A line that was copied whole ends with its line break, which nobody means.
                Event::Key(Key::Paste(pasted)) if add_to_line(&mut text, pasted.trim_end_matches('\n')).is_ok() => {
                    let echo = shown(pasted.trim_end_matches('\n'));
                    say(&echo)?;
                    screen.push_str(&echo);
                    continue;
                }
                Event::Key(Key::Char(_) | Key::Paste(_)) => {
                    say(&format!("\n{LINE_TOO_LONG}\n"))?;
                    screen.clear();
                }
                Event::Key(Key::Erase) => drop(text.pop()),
                Event::Key(Key::EraseWord) => {
                    let kept =
                        text.trim_end().rfind(char::is_whitespace).and_then(|at| text.get(..=at)).map_or(0, str::len);
                    // The blank before the word may be of several bytes.
                    text.truncate(text.ceil_char_boundary(kept));
                }
                Event::Key(Key::EraseAll) => text.clear(),
                Event::Key(Key::Up | Key::Down | Key::Interrupt | Key::Later | Key::Suspend) => continue,
                Event::Return => screen.clear(),
            }
            self.screen.unsay(&screen)?;
            screen = format!("{prompt}: {}", shown(&text));
            say(&screen)?;
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
                self.typed.push(*c);
                // What leads nowhere begins anew; and where that leads nowhere either, nothing is chosen: whoever types
                // a word did not mean what another word had chosen.
                if named(&self.typed, items) == Match::Nothing {
                    self.typed = c.to_string();
                }
                self.at = match named(&self.typed, items) {
                    Match::One(at) => Some(at),
                    Match::Several | Match::Nothing => None,
                };
            }
            Key::Erase | Key::EraseWord | Key::EraseAll => self.typed.clear(),
            Key::Enter | Key::Paste(_) | Key::Interrupt | Key::Later | Key::Suspend => {}
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

/// Whether the items have numbers to choose them by: not where one begins with a digit itself, as `3` would then be two
/// things.
fn has_numbers(items: &[String]) -> bool {
    !items.iter().any(|item| item.trim_start_matches(['"', '-', '[', '{']).starts_with(|c: char| c.is_ascii_digit()))
}

/// The item of this number, of this text, or the only one that begins with it.
fn named(typed: &str, items: &[String]) -> Match {
    let number = typed.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    if let Some(number) = number.filter(|number| *number < items.len() && has_numbers(items)) {
        return Match::One(number);
    }
    let lower = typed.to_lowercase();
    let begin: Vec<(usize, &String)> =
        items.iter().enumerate().filter(|(_, item)| item.to_lowercase().starts_with(&lower)).collect();
    // One that is shorter than the others can be typed whole, and one that differs from another in its capitals exactly.
    let exact = begin.iter().find(|(_, item)| item.as_str() == typed);
    let mut whole = begin.iter().filter(|(_, item)| item.to_lowercase() == lower);
    match (begin.as_slice(), exact, whole.next(), whole.next()) {
        ([], ..) => Match::Nothing,
        ([(only, _)], ..) | (_, Some((only, _)), ..) | (_, None, Some((only, _)), None) => Match::One(*only),
        _ => Match::Several,
    }
}

/// The items, one on each line, which does not wrap. Of more than there is room for, those around the chosen one.
fn list(items: &[String], at: Option<usize>) -> String {
    let columns = width_of_stderr();
    let numbered = has_numbers(items);
    let line = |(index, item): (usize, &String)| {
        let mark = if Some(index) == at { '>' } else { ' ' };
        let number = if numbered { format!("{}) ", index + 1) } else { String::new() };
        // What stands before it, and the sign that there is more.
        let taken = number.len() + 3;
        format!("{mark} {number}{}\n", beginning(item, columns.saturating_sub(taken).max(10)))
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

/// As much of a text as has room in so many columns.
fn beginning(text: &str, columns: usize) -> String {
    let mut taken = 0;
    let fits = |c: &char| {
        taken += c.width().unwrap_or_default();
        taken <= columns
    };
    let mut beginning: String = text.chars().take_while(fits).collect();
    if beginning.len() < text.len() {
        beginning.push('…');
    }
    beginning
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
    fn what_begins_with_a_digit_is_chosen_by_itself_and_has_no_number() {
        let items = ["3", "2", "1"];
        check(&items, None, "3", Some("3"));
        check(&items, None, "1", Some("1"));
        check(&["10", "1"], None, "1", Some("1"));
        check(&["10", "1"], None, "10", Some("10"));
        check(&["-2", "keep"], None, "2", None);
        assert!(!list(&["3".to_owned()], None).contains(')'));
    }

    #[test]
    fn capitals_tell_apart_what_nothing_else_does() {
        let items = ["Yes", "yes", "no"];
        check(&items, None, "y", None);
        check(&items, None, "yes", Some("yes"));
        check(&items, None, "Yes", Some("Yes"));
        check(&items, None, "YES", None);
        check(&["Yes", "no"], None, "YES", Some("Yes"));
    }

    #[test]
    fn rows_are_counted_as_the_terminal_breaks_lines() {
        for (text, columns, expected) in [
            ("", 10, 1),
            ("1234567890", 10, 1),
            ("12345678901", 10, 2),
            ("a\nb", 10, 2),
            ("a\nb\n", 10, 3),
            // Each takes two columns, and the fifth does not fit into the ninth alone.
            ("日本語日", 9, 1),
            ("日本語日本", 9, 2),
            ("e\u{301}e\u{301}", 2, 1),
        ] {
            assert_eq!(rows(text, columns), expected, "{text:?}");
        }
        assert_eq!(beginning("日本語", 5), "日本…");
        assert_eq!(beginning("日本語", 6), "日本語");
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
