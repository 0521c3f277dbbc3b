//! A program as a receiver: it gets each message on its standard input.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::notify::{Message, Receiver};

/// How long a program may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often it is looked whether it has ended.
const LOOK: Duration = Duration::from_millis(20);

/// A program that is run once for each message, which it gets as one line of JSON on its standard input; the variables
/// `SORTIE_EVENT` and `SORTIE_EVENT_ID` have its kind and id. It has the message once it exits with 0 within half a minute.
///
/// ```
/// use sortie_worker::{Message, Program, Receiver};
///
/// let body = serde_json::json!({"type": "run.waiting"});
/// let at = "2026-03-01T12:00:00Z".parse().unwrap();
/// let message = Message { id: "1".to_owned(), kind: "run.waiting", at, body };
/// let reason = Program::new("/no/such/program").deliver(&message).unwrap_err();
/// assert!(reason.starts_with("/no/such/program: "));
/// ```
#[derive(Debug, Clone)]
pub struct Program {
    path: PathBuf,
    patience: Duration,
}

impl Program {
    /// The program of that file.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), patience: PATIENCE }
    }

    /// The same program, which may take so long.
    #[must_use]
    pub fn within(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }
}

impl Receiver for Program {
    fn deliver(&self, message: &Message) -> Result<(), String> {
        let mut command = Command::new(&self.path);
        command.env("SORTIE_EVENT", message.kind).env("SORTIE_EVENT_ID", &message.id);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::inherit());
        let mut child = command.spawn().map_err(|error| format!("{}: {error}", self.path.display()))?;
        if let Some(mut input) = child.stdin.take() {
            let line = format!("{}\n", message.body);
            // Who does not want to know more than that something happened need not read it: a pipe that is full holds up this
            // thread and no other, and ends with the program.
            thread::spawn(move || input.write_all(line.as_bytes()));
        }
        ended(&mut child, self.patience)
    }
}

fn ended(child: &mut Child, patience: Duration) -> Result<(), String> {
    let deadline = Instant::now() + patience;
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(status)) => return Err(format!("the program ended with {status}")),
            Ok(None) if Instant::now() < deadline => thread::sleep(LOOK),
            Ok(None) => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("the program took longer than {patience:?}"));
            }
            Err(error) => return Err(error.to_string()),
        }
    }
}
