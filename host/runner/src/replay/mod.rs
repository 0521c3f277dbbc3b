//! Running recorded runs again on candidate plugins: is the new plugin safe for what happened?
//!
//! A bundle has the files of all plugins that took part, so it runs on these and the candidates; a run of a journal, on
//! what the caller's host has and the candidates. Each is judged alone, on many threads, and told in its order.
//!
//! ```
//! use serde_json::json;
//! use sortie_host::{Bundle, ExecutionContext, Host, HostError};
//! use sortie_runner::replay::{RecordedRun, ReplayOptions, replay, report};
//!
//! # let folder = tempfile::tempdir()?;
//! # let (file, candidate) = (folder.path().join("run.json"), folder.path().join("echo.wasm"));
//! let host = Host::builder().first_party().build()?;
//! let (context, params) = (ExecutionContext::new(json!({}))?, json!({"word": "hi"}));
//! let workflow = host.build_mission("echo", &params)?.workflow().clone();
//! let result = host.run_mission("echo", &context, &params)?;
//! let bundle = Bundle::new(&workflow, &context, &result, &host.registry())?;
//! // The candidate is the plugin itself: everything is as it was.
//! std::fs::write(&candidate, bundle.plugin_file("echo")?)?;
//! std::fs::write(&file, serde_json::to_string(&bundle)?)?;
//!
//! let recording = bundle.recording();
//! let runs = [
//!     RecordedRun::bundle(file),
//!     RecordedRun::recorded("run-7".to_owned(), || Ok::<_, HostError>(Some(recording.clone()))),
//! ];
//! let replayed =
//!     replay(&ReplayOptions::of([candidate]), &runs, &|builder| builder.first_party().build(), &mut |_| ())?;
//! assert_eq!((replayed.runs.len(), replayed.changed()), (2, 0));
//!
//! let (mut text, mut xml) = (Vec::new(), Vec::new());
//! report::human(&replayed, &mut text)?;
//! report::junit(&replayed, &mut xml)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod hosts;
pub mod report;

use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use sortie_harness::filter::{Candidate, ScenarioFilter};
use sortie_host::{Bundle, BundleError, Fuel, HostError, RecordedEnd, Recording, Replay, ReplayOutcome, SandboxConfig};
use sortie_json::{Code, UserError};

use crate::codes;
use crate::files::{self, DocumentError};
use crate::hosts::MakeHost;
use crate::schedule::in_order;
use hosts::ReplayHosts;

/// What is run again, and on what.
///
/// ```
/// use std::path::PathBuf;
///
/// use sortie_runner::replay::ReplayOptions;
///
/// let mut options = ReplayOptions::of(["greeter.wasm"]);
/// options.filter = Some("tag:failed".parse()?);
/// assert_eq!(options.candidates, [PathBuf::from("greeter.wasm")]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ReplayOptions {
    /// The files of the candidate plugins, each in the place of the one of its name.
    pub candidates: Vec<PathBuf>,
    /// Chooses runs: patterns are of their names and their missions' names, `suite:` is of `plugin/mission`, `tag:` of
    /// `succeeded`, `failed`, `waiting`.
    pub filter: Option<ScenarioFilter>,
    /// How many run at a time.
    pub jobs: NonZeroUsize,
    /// Whether recorded runs may have whatever limits they ask for.
    pub allows_limits: bool,
    /// What ends it early when somebody sets it.
    pub stop: Arc<AtomicBool>,
}

impl ReplayOptions {
    /// All runs, on these candidates and as many threads as there are cores.
    #[must_use]
    pub fn of(candidates: impl IntoIterator<Item = impl Into<PathBuf>>) -> Self {
        Self {
            candidates: candidates.into_iter().map(Into::into).collect(),
            filter: None,
            jobs: thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
            allows_limits: false,
            stop: Arc::default(),
        }
    }
}

/// A run that was recorded, read when it is its turn.
pub struct RecordedRun<'r> {
    /// What it is called: a bundle's file, a run's id.
    pub name: String,
    read: Box<dyn Fn() -> Result<Option<Source>, ReadError> + Send + Sync + 'r>,
}

/// A recorded run, and where the plugins come from that are no candidates.
struct Source {
    recording: Recording,
    bundle: Option<Box<Bundle>>,
}

/// Why a recorded run cannot be read.
type ReadError = Box<dyn UserError + Send + Sync>;

impl RecordedRun<'_> {
    /// The bundle in a file.
    #[must_use]
    pub fn bundle(path: PathBuf) -> RecordedRun<'static> {
        let name = path.display().to_string();
        let file = name.clone();
        let read = move || {
            let document = files::document(&file).map_err(|error| Box::new(ReplayError::from(error)) as ReadError)?;
            let bundle: Bundle = serde_json::from_value(document.into_value()).map_err(|error| {
                Box::new(ReplayError::NotABundle { path: file.clone(), detail: error.to_string() }) as ReadError
            })?;
            Ok(Some(Source { recording: bundle.recording(), bundle: Some(Box::new(bundle)) }))
        };
        RecordedRun { name, read: Box::new(read) }
    }
}

impl<'r> RecordedRun<'r> {
    /// A run that is recorded elsewhere, such as in a journal; nothing, where it can be neither compared nor continued.
    pub fn recorded<E: UserError + Send + Sync + 'static>(
        name: String,
        read: impl Fn() -> Result<Option<Recording>, E> + Send + Sync + 'r,
    ) -> Self {
        let read = move || {
            let recording = read().map_err(|error| Box::new(error) as ReadError)?;
            Ok(recording.map(|recording| Source { recording, bundle: None }))
        };
        Self { name, read: Box::new(read) }
    }
}

impl std::fmt::Debug for RecordedRun<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RecordedRun").field("name", &self.name).finish_non_exhaustive()
    }
}

/// What came of a recorded run.
#[derive(Debug, Clone, PartialEq)]
pub struct ReplayedRun {
    /// The run.
    pub name: String,
    /// `plugin/mission`, or the workflow's id.
    pub mission: String,
    /// Whether it was waiting for a person.
    pub waiting: bool,
    /// The fuel that it used when it was recorded.
    pub recorded_fuel: Fuel,
    /// How it compares.
    pub verdict: ReplayVerdict,
}

/// How a recorded run compares. Closed: it was run, or it could not be.
#[derive(Debug, Clone, PartialEq)]
pub enum ReplayVerdict {
    /// It was run again.
    Ran(Replay),
    /// It cannot be read.
    Unreadable {
        /// The stable code.
        code: Code,
        /// Why.
        message: String,
    },
}

impl ReplayedRun {
    /// Whether a person or a program would see nothing else than before.
    #[must_use]
    pub fn is_same(&self) -> bool {
        matches!(&self.verdict, ReplayVerdict::Ran(Replay { outcome: ReplayOutcome::Same, .. }))
    }
}

/// What came of all recorded runs.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct ReplayReport {
    /// Those that can depend on a candidate, in their order.
    pub runs: Vec<ReplayedRun>,
    /// How many do not depend on any candidate, or were cancelled or never finished.
    pub unaffected: usize,
}

impl ReplayReport {
    /// How many runs are not the same.
    #[must_use]
    pub fn changed(&self) -> usize {
        self.runs.iter().filter(|run| !run.is_same()).count()
    }
}

/// Why recorded runs were not run again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// A file cannot be read, or is no document.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// A file is not a bundle.
    #[error("`{path}` is not a bundle: {detail}")]
    NotABundle {
        /// The file.
        path: String,
        /// Why not.
        detail: String,
    },
    /// The files of a bundle's plugins cannot be had.
    #[error("the bundle `{path}` cannot be run: {error}")]
    Bundle {
        /// The file.
        path: String,
        /// Why.
        error: Box<BundleError>,
    },
    /// A host cannot be made, a candidate was rejected, or a host fault came in between.
    #[error(transparent)]
    Host(Box<HostError>),
    /// Somebody interrupted it.
    #[error("interrupted: not all runs were run again")]
    Interrupted,
}

impl From<HostError> for ReplayError {
    fn from(error: HostError) -> Self {
        Self::Host(Box::new(error))
    }
}

impl UserError for ReplayError {
    fn code(&self) -> Code {
        match self {
            Self::Document(DocumentError::File(error)) => error.code(),
            Self::Document(DocumentError::Report(_)) => codes::INPUT_REJECTED,
            Self::NotABundle { .. } => codes::NOT_A_BUNDLE,
            Self::Bundle { error, .. } => UserError::code(&**error),
            Self::Host(error) => UserError::code(&**error),
            Self::Interrupted => codes::INTERRUPTED,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Document(DocumentError::File(error)) => error.help(),
            Self::Bundle { error, .. } => UserError::help(&**error),
            Self::Host(error) => UserError::help(&**error),
            _ => Some(self.code().remedy().to_owned()),
        }
    }
}

/// Runs recorded runs again on the candidates, and tells how far it is: how many of them are done.
///
/// # Errors
///
/// A candidate is rejected, a host cannot be made, or a host fault came in between. A run that cannot be read is told
/// among the others.
pub fn replay(
    options: &ReplayOptions,
    runs: &[RecordedRun<'_>],
    make_host: MakeHost<'_>,
    progress: &mut (dyn FnMut(usize) + Send),
) -> Result<ReplayReport, ReplayError> {
    let sandbox = SandboxConfig::default();
    let calls = u32::try_from(options.jobs.get()).unwrap_or(u32::MAX);
    let sandbox = SandboxConfig { concurrent_calls: sandbox.concurrent_calls.max(calls.min(64)), ..sandbox };
    let hosts = ReplayHosts::new(&options.candidates, make_host, sandbox, options.allows_limits)?;
    let mut report = ReplayReport::default();
    let work = |index: usize| runs.get(index).map(|run| replayed(run, options, &hosts));
    let take = |index: usize, done: Option<Result<Option<ReplayedRun>, ReplayError>>| {
        if options.stop.load(Ordering::Relaxed) {
            return ControlFlow::Break(ReplayError::Interrupted);
        }
        match done.unwrap_or(Ok(None)) {
            Ok(Some(run)) => report.runs.push(run),
            Ok(None) => report.unaffected += 1,
            Err(error) => return ControlFlow::Break(error),
        }
        progress(index + 1);
        ControlFlow::Continue(())
    };
    match in_order(options.jobs, runs.len(), work, take) {
        Some(error) => Err(error),
        None => Ok(report),
    }
}

/// Runs one again; nothing, where that is of no use or the filter leaves it out.
fn replayed(
    run: &RecordedRun<'_>,
    options: &ReplayOptions,
    hosts: &ReplayHosts<'_>,
) -> Result<Option<ReplayedRun>, ReplayError> {
    let unreadable = |code: Code, message: String| ReplayedRun {
        name: run.name.clone(),
        mission: String::new(),
        waiting: false,
        recorded_fuel: 0,
        verdict: ReplayVerdict::Unreadable { code, message },
    };
    let source = match (run.read)() {
        Ok(Some(source)) => source,
        Ok(None) => return Ok(None),
        Err(error) => return Ok(Some(unreadable(error.code(), error.to_string()))),
    };
    let recording = &source.recording;
    if !hosts.concern(recording) || !is_chosen(options.filter.as_ref(), &run.name, recording) {
        return Ok(None);
    }
    let host = match hosts.of(&run.name, &source) {
        Ok(host) => host,
        Err(ReplayError::Bundle { path, error }) => {
            let code = UserError::code(&*error);
            return Ok(Some(unreadable(code, ReplayError::Bundle { path, error }.to_string())));
        }
        Err(error) => return Err(error),
    };
    let replay = recording.replay(&host)?;
    Ok(Some(ReplayedRun {
        name: run.name.clone(),
        mission: recording.name(),
        waiting: matches!(recording.end, RecordedEnd::Waiting(_)),
        recorded_fuel: recording.fuel,
        verdict: ReplayVerdict::Ran(replay),
    }))
}

fn is_chosen(filter: Option<&ScenarioFilter>, name: &str, recording: &Recording) -> bool {
    let state = match &recording.end {
        RecordedEnd::Waiting(_) => "waiting",
        RecordedEnd::Done(result) if result.success => "succeeded",
        RecordedEnd::Done(_) => "failed",
    };
    let (suite_name, tags) = (recording.name(), [state.to_owned()]);
    let declared_name = suite_name.rsplit('/').next();
    filter.is_none_or(|filter| filter.matches(&Candidate { suite_name: &suite_name, name, declared_name, tags: &tags }))
}
