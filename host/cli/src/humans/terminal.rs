//! The terminal of this process, while somebody is asked.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;

use nix::sys::termios::{self, SetArg, Termios};

use super::form::Prompt;
use super::keys::{Key, Keys};
use crate::render::{printable, width_of_stderr};

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
        let mut at = preset;
        say(&format!("{prompt} (arrows or a number, then Enter; Ctrl-D: later)\n{}", list(items, at)))?;
        loop {
            let moved = match (self.key()?, at) {
                (Key::Enter, Some(at)) => {
                    say(&format!("→ {}\n", items.get(at).map_or("", String::as_str)))?;
                    return Ok(at);
                }
                (Key::Up, at) => at.unwrap_or(items.len()).checked_sub(1).or(at),
                (Key::Down, at) => Some(at.map_or(0, |at| at + 1).min(items.len().saturating_sub(1))),
                (Key::Char(c), at) => c
                    .to_digit(10)
                    .and_then(|number| usize::try_from(number).ok()?.checked_sub(1))
                    .filter(|number| *number < items.len())
                    .or(at),
                (_, at) => at,
            };
            if moved != at {
                at = moved;
                say(&format!("\x1b[{}A\x1b[J{}", items.len(), list(items, at)))?;
            }
        }
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

/// The items, one on each line, which does not wrap.
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
    items.iter().enumerate().map(line).collect()
}
