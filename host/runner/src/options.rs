//! What is to be run, and how.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;

use sortie_harness::filter::Shard;

use crate::golden::GoldenUse;
use crate::load::Strictness;
use crate::record::FailureRecord;

/// What is to be run, and how.
///
/// ```
/// let mut options = sortie_runner::Options::of(["suites"]);
/// options.filter = Some("tag:quick".to_owned());
/// options.fail_fast = true;
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Options {
    /// Suite files (YAML, JSON or TOML), or folders that are searched for them.
    pub paths: Vec<PathBuf>,
    /// A suite that is in no file, and what messages call it: `standard input`. Its fixtures are those of the current
    /// folder.
    pub text: Option<(String, Vec<u8>)>,
    /// A file of expectations, beside those of the suite.
    pub expectations: Option<PathBuf>,
    /// Plugins to register, whose coverage is told at the end.
    pub plugins: Vec<PathBuf>,
    /// An expression that chooses scenarios.
    pub filter: Option<String>,
    /// Chooses the scenarios that failed when they last ran, as this record has it; all, where it knows of none.
    pub last_failed: Option<FailureRecord>,
    /// One of N shares of the scenarios.
    pub shard: Option<Shard>,
    /// How many scenarios run at a time.
    pub jobs: NonZeroUsize,
    /// Whether the first failure ends the run.
    pub fail_fast: bool,
    /// Whether warnings are errors.
    pub strictness: Strictness,
    /// What golden files are for.
    pub golden: GoldenUse,
    /// Whether each scenario runs a second time, in the interpreter, to compare.
    pub check_determinism: bool,
    /// What becomes of results once they are judged.
    pub keep: Retention,
    /// What ends the run early when somebody sets it: reporters tell what is finished by then.
    pub stop: Arc<AtomicBool>,
}

impl Options {
    /// All scenarios of files and folders, on as many threads as there are cores.
    #[must_use]
    pub fn of(paths: impl IntoIterator<Item = impl Into<PathBuf>>) -> Self {
        Self {
            paths: paths.into_iter().map(Into::into).collect(),
            text: None,
            expectations: None,
            plugins: Vec::new(),
            filter: None,
            last_failed: None,
            shard: None,
            jobs: thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
            fail_fast: false,
            strictness: Strictness::Lenient,
            golden: GoldenUse::Compare,
            check_determinism: false,
            keep: Retention::Results,
            stop: Arc::default(),
        }
    }
}

/// What becomes of results once they are judged. They are large, and freed most cheaply where they were made.
/// Closed: they are kept or they are not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retention {
    /// They are kept for reporters: [`crate::reporters::JsonReporter`] tells them whole.
    Results,
    /// No reporter wants them.
    Nothing,
}
