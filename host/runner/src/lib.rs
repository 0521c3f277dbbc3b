//! Runs suites of scenarios on many threads and judges them; judges plugins. What `sortie test` and
//! `sortie plugin check` are made of, for programs: it knows no command line and no terminal.
//!
//! ```
//! use sortie_runner::{Options, TestVerdict, reporters, run};
//!
//! # let folder = tempfile::tempdir()?;
//! # std::fs::write(
//! #     folder.path().join("suite.yaml"),
//! #     "suite_name: greetings\nscenarios:\n- scenario_name: hello\n  missions: [{name: echo, params: {word: hi}}]\n",
//! # )?;
//! # let suites = folder.path();
//! let options = Options::of([suites]);
//! let mut results = Vec::new();
//! let verdict = run(
//!     &options,
//!     &|builder| builder.first_party().build(),
//!     vec![Box::new(reporters::JsonReporter::new(&mut results))],
//! )?;
//! assert_eq!(verdict, TestVerdict::Passed);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`prepare`] reads everything first, so that a program can look at what would run; [`check::check`] judges a plugin.
//!
//! | file | is about |
//! |---|---|
//! | `options`, `run` | the whole: from options to a verdict |
//! | `discover`, `documents`, `load`, `fixtures`, `limits` | from paths to suites that are known to be in order |
//! | `select`, `list` | choosing scenarios |
//! | `hosts`, `scenario`, `judgement`, `schedule`, `driver` | running them, on many threads, results in declared order |
//! | `golden`, `coverage`, `failed_calls`, `remarks`, `record` | what else is checked and told |
//! | `events`, `finding`, `reporters` | one stream of events, and those who put it into words |
//! | `check` | judging plugins |
//! | `save`, `suite_file`, `shrink` | scenarios from what happened, and small ones from large ones |
//! | `mutate` | changing a plugin's operators: which changes does no scenario catch? |
//! | `replay` | running recorded runs again on candidate plugins |
//! | `profile` | what a mission used its fuel for, function by function |
//! | `call_failure`, `symbols`, `saved_failure` | a plugin's call that failed, with all that its author wants to know |
//! | `files`, `language`, `error`, `codes` | below all of these |
//!
//! *Invariant*: nothing runs while any file is wrong. *Invariant*: no time enters a hash. *Invariant*: reporters know
//! events, and nothing of each other.

mod call_failure;
pub mod check;
pub mod codes;
mod coverage;
mod discover;
mod documents;
mod driver;
mod error;
mod events;
mod failed_calls;
pub mod files;
mod finding;
mod fixtures;
mod golden;
mod hosts;
mod judgement;
mod language;
mod limits;
pub mod list;
mod load;
pub mod mutate;
mod options;
mod profile;
mod record;
mod remarks;
pub mod replay;
pub mod reporters;
mod run;
pub mod save;
mod saved_failure;
mod scenario;
mod schedule;
mod select;
mod shrink;
pub mod suite_file;
mod symbols;

pub use call_failure::{CallFailure, Fact};
pub use coverage::{Coverage, Reach, Share};
pub use error::{CheckError, TestError, TestVerdict};
pub use events::{Reporter, SuiteEnd, TestEvent, TestRunEnd, TestRunStart};
pub use finding::{FINDINGS, Finding, FindingChange};
pub use golden::{GoldenUpdate, GoldenUse};
pub use hosts::MakeHost;
pub use judgement::Results;
pub use language::Language;
pub use load::{Strictness, Suite};
pub use options::{Options, Retention};
pub use profile::{MissionProfile, ProfileFormat};
pub use record::FailureRecord;
pub use remarks::MissionRemark;
pub use run::{TestPlan, prepare, run};
pub use saved_failure::{LoggedLine, SavedFailure, SavedFailureError};
pub use scenario::ScenarioReport;
pub use select::ChosenScenario;
pub use shrink::ShrunkScenario;
pub use symbols::{Symbols, file_of};
