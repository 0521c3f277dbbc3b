//! Resumes what was decided elsewhere, has expired or was interrupted, while the server runs.

use std::io;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::app::Backing;

/// How long to wait before looking again.
const PAUSE: Duration = Duration::from_millis(500);

/// A thread that drives runs. It ends when this is dropped, after the run that it is at.
#[derive(Debug)]
pub(crate) struct Drive {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Drive {
    pub(crate) fn begin(backing: Backing) -> io::Result<Self> {
        let (stop, stopped) = mpsc::channel();
        let thread = thread::Builder::new().name("sortie-drive".to_owned()).spawn(move || {
            while stopped.recv_timeout(PAUSE) == Err(RecvTimeoutError::Timeout) {
                // What fails now is tried again the next time; the run is as it was.
                for summary in backing.inbox().resumable().unwrap_or_default() {
                    let _ = backing.runs().resume(&summary.run);
                }
            }
        })?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Drive {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
