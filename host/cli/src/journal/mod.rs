//! Runs in a journal, at the command line: which file it is, pausing, going on, and what can go wrong.

mod error;
mod file;
mod go_on;
mod pause;

pub(crate) use error::{exit_of, help};
pub(crate) use file::{JournalArguments, actor};
pub(crate) use go_on::{Driving, Going, cancelled, held};
pub(crate) use pause::{Pausing, pause};
