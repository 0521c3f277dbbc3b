//! Runs in a journal, at the command line: which file it is, pausing and resuming.

mod file;
mod pause;
mod resume;

pub(crate) use file::{default_file, find};
pub(crate) use pause::{PauseSetup, pause};
pub(crate) use resume::{Driver, ResumeSetup, cancelled, held};
