//! `sortie test`: suites of scenarios, run in parallel and judged.
//!
//! | file | is about |
//! |---|---|
//! | `args` | the arguments |
//! | `command` | the whole: from arguments to a verdict |
//! | `discover`, `load`, `fixtures`, `limits` | from paths to suites that are known to be in order |
//! | `select`, `list` | choosing scenarios |
//! | `hosts`, `scenario`, `schedule`, `driver` | running them, on many threads, results in declared order |
//! | `golden`, `coverage`, `failures` | what else is checked and told |
//! | `events`, `finding`, `reporters` | one stream of events, and those who put it into words |
//!
//! *Invariant*: nothing runs while any file is wrong. *Invariant*: no time enters a hash. *Invariant*: reporters know
//! events, and nothing of each other.

mod args;
mod command;
mod coverage;
mod discover;
mod driver;
mod error;
mod events;
mod failures;
mod finding;
mod fixtures;
mod golden;
mod hosts;
mod limits;
mod list;
mod load;
mod reporters;
mod scenario;
mod schedule;
mod select;
#[cfg(test)]
mod tests;

pub(crate) use args::TestArgs;
pub(crate) use command::run;
pub(crate) use error::{TestError, TestExit};
