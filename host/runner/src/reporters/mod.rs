//! Reporters: each puts the events of a run into words, and none knows the others.
//!
//! ```
//! use sortie_runner::reporters::{HumanReporter, JunitReporter, Record};
//! use sortie_runner::{FailureRecord, Options, Reporter, run};
//!
//! # let folder = tempfile::tempdir()?;
//! # std::fs::write(
//! #     folder.path().join("suite.yaml"),
//! #     "suite_name: greetings\nscenarios:\n- scenario_name: hello\n  missions: [{name: echo, params: {word: hi}}]\n",
//! # )?;
//! # let (suites, cache) = (folder.path(), folder.path().join("failed"));
//! let (mut printed, mut xml) = (Vec::new(), Vec::new());
//! let reporters: Vec<Box<dyn Reporter + '_>> = vec![
//!     Box::new(HumanReporter::new(&mut printed)),
//!     Box::new(JunitReporter::new(&mut xml)),
//!     Box::new(Record::new(FailureRecord::at(cache))),
//! ];
//! run(&Options::of([suites]), &|builder| builder.first_party().build(), reporters)?;
//! assert!(String::from_utf8(printed)?.contains("greetings"));
//! assert!(xml.starts_with(b"<?xml"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod human;
mod json;
pub(crate) mod junit;
mod record;
mod tap;

pub use human::HumanReporter;
pub use json::JsonReporter;
pub use junit::JunitReporter;
pub use record::Record;
pub use tap::TapReporter;
