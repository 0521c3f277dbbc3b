//! Asking where a terminal cannot be told to send every key: lines are read as they are typed.

use std::io::{self, BufRead, Read, Write};

use super::form::Prompt;
use super::{LINE_TOO_LONG, MAX_LINE_BYTES};

/// Standard input, line by line.
pub(super) struct Terminal;

impl Terminal {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self)
    }
}

impl Prompt for Terminal {
    fn select(&mut self, prompt: &str, items: &[String], preset: Option<usize>) -> io::Result<usize> {
        let list: String = items.iter().enumerate().map(|(index, item)| format!("  {}) {item}\n", index + 1)).collect();
        io::stderr().write_all(list.as_bytes())?;
        loop {
            let line = self.line(&format!("{prompt} (a number)"))?;
            let number = line.trim().parse::<usize>().ok().and_then(|number| number.checked_sub(1));
            match (number, preset) {
                (Some(number), _) if number < items.len() => return Ok(number),
                (None, Some(preset)) if line.trim().is_empty() => return Ok(preset),
                _ => {}
            }
        }
    }

    fn tell(&mut self, text: &str) -> io::Result<()> {
        io::stderr().write_all(format!("{text}\n").as_bytes())
    }

    fn line(&mut self, prompt: &str) -> io::Result<String> {
        io::stderr().write_all(format!("{prompt}: ").as_bytes())?;
        let mut line = String::new();
        let most = u64::try_from(MAX_LINE_BYTES).unwrap_or(u64::MAX);
        match io::stdin().lock().take(most + 1).read_line(&mut line)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            read if read > MAX_LINE_BYTES => Err(io::Error::new(io::ErrorKind::InvalidInput, LINE_TOO_LONG)),
            _ => Ok(line.trim_end_matches(['\r', '\n']).to_owned()),
        }
    }
}
