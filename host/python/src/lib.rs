//! The native part of the Python module `sortie`: hosts, runs in a journal, suites. What crosses is JSON as text, which
//! Python's own reader makes values of; what goes wrong is an exception that `sortie.errors` makes of its code.
//!
//! Nothing holds Python's lock while a mission runs.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use serde_json::{Value, json};
use sortie_host::journal::{
    Actor, AnsweredRun, Authority, DecideOutcome, Filter, Inbox, MemoryJournal, NewAnswer, Owner, ResumeOutcome,
    RunError, RunId, Segment, SystemClock, Token, Which,
};
use sortie_host::{
    Bundle, CacheDir, Decision, Draft, ExecutionContext, FinishedRun, HostBuilder, HostError, HumanPolicy, Question,
    SandboxConfig, WorkflowDefinition,
};
use sortie_journal_sqlite::SqliteJournal;
use sortie_json::{Exit, UserError};
use sortie_runner::{Options, Strictness, TestError, TestVerdict, reporters};

/// A mission's time around its calls is mostly JSON, and most of that is allocation. Python keeps its own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// An error as Python gets it: its code, what kind of error that is, its sentence, what to do.
fn raised_as(code: &str, kind: &str, message: &str, help: Option<String>) -> PyErr {
    Python::with_gil(|py| {
        let made = py.import("sortie.errors").and_then(|module| module.getattr("error_of"));
        match made.and_then(|error_of| error_of.call1((code, kind, message, help))) {
            Ok(exception) => PyErr::from_value(exception),
            Err(error) => error,
        }
    })
}

/// An error in what was given.
fn raised(code: &str, message: &str, help: Option<String>) -> PyErr {
    raised_as(code, "rejected", message, help)
}

fn of_user(error: &dyn UserError) -> PyErr {
    raised_as(error.code().as_str(), kind(error.exit()), &error.to_string(), error.help())
}

/// What kind of error it is, by the exit code that the command would end with.
fn kind(exit: Exit) -> &'static str {
    match exit {
        Exit::Failed => "failed",
        Exit::Usage => "usage",
        Exit::Waiting => "waiting",
        Exit::PluginRejected => "plugin_rejected",
        Exit::HostFault => "host_fault",
        Exit::Rejected | Exit::Done => "rejected",
    }
}

fn of_host(error: &HostError) -> PyErr {
    of_user(error)
}

fn of_run(error: &RunError) -> PyErr {
    of_user(error)
}

/// What Python wrote as JSON, read as strictly as everything else.
fn read(text: &str, what: &str) -> PyResult<Value> {
    sortie_json::parse(text.as_bytes(), sortie_json::ParseLimits::default()).map_err(|faults| {
        let found = faults.first().map_or_else(String::new, ToString::to_string);
        raised("invalid_json", &format!("{what} cannot be taken as JSON: {found}"), None)
    })
}

fn context(state: &str, metadata: &str) -> PyResult<ExecutionContext> {
    let failed = |error| of_host(&HostError::Context(error));
    let context = ExecutionContext::new(read(state, "the state")?).map_err(failed)?;
    context.with_metadata(read(metadata, "the metadata")?).map_err(failed)
}

fn answers(text: &str) -> PyResult<BTreeMap<String, Value>> {
    match read(text, "the answers")? {
        Value::Object(members) => Ok(members.into_iter().collect()),
        _ => Err(raised("answers_not_object", "the answers are not a dict", None)),
    }
}

/// A question as JSON.
fn asked(question: &Question) -> Value {
    json!({
        "step": question.step,
        "context": question.context,
        "displays": question.displays,
    })
}

fn finished(completed: &FinishedRun) -> Value {
    let log: Vec<Value> = completed
        .log
        .iter()
        .flat_map(|step| step.lines.iter().map(|line| (step.step_id.as_str(), line)))
        .map(|(step, line)| json!({"step_id": step, "level": line.level, "message": line.message}))
        .collect();
    json!({"result": completed.result, "log": log})
}

/// A registry of plugins, and the engine that runs their missions.
#[pyclass(frozen, module = "sortie._sortie")]
struct Host {
    host: sortie_host::Host,
}

/// A human step's answer, asked of a function in Python: JSON of a question to JSON of the answer, or none for nobody's.
fn policy(mode: &str, given: &str, ask: Option<Py<PyAny>>) -> PyResult<HumanPolicy> {
    if let Some(ask) = ask {
        let ask = move |question: &Question| -> Result<Decision, HostError> {
            let answer = Python::with_gil(|py| {
                let answer = ask.call1(py, (asked(question).to_string(),))?;
                answer.extract::<Option<String>>(py)
            });
            let wrong = |error: String| HostError::Bug(format!("the function that answers failed: {error}"));
            match answer {
                Ok(Some(text)) => {
                    let value = read(&text, "the answer").map_err(|error| wrong(error.to_string()))?;
                    Ok(Decision::answered(value))
                }
                Ok(None) => Ok(Decision::marked()),
                Err(error) => Err(wrong(error.to_string())),
            }
        };
        return Ok(HumanPolicy::Ask(Arc::new(ask)));
    }
    let given = answers(given)?;
    Ok(match (mode, given.is_empty()) {
        ("mark", true) => HumanPolicy::Mark,
        ("mark", false) => HumanPolicy::Script(
            given.into_iter().map(|(step, answer)| (step, sortie_host::Answer::Value(answer))).collect(),
        ),
        (_, true) => HumanPolicy::Wait,
        (_, false) => HumanPolicy::Answers(given),
    })
}

impl Host {
    /// Runs to the end, and returns the result, its log, and its bundle if that is wanted.
    fn complete(
        &self,
        draft: Draft,
        context: &ExecutionContext,
        humans: &HumanPolicy,
        bundle: bool,
    ) -> Result<String, HostOrBundle> {
        let workflow = draft.workflow().clone();
        let completed = draft.start(context)?.finish(humans)?;
        let mut value = finished(&completed);
        if bundle {
            let made = Bundle::new(&workflow, context, &completed.result, &self.host.registry())
                .map_err(HostOrBundle::Bundle)?;
            value["bundle"] = serde_json::to_value(&made).unwrap_or(Value::Null);
        }
        Ok(value.to_string())
    }
}

/// What can go wrong until there is a bundle.
enum HostOrBundle {
    Host(HostError),
    Bundle(sortie_host::BundleError),
}

impl From<HostError> for HostOrBundle {
    fn from(error: HostError) -> Self {
        Self::Host(error)
    }
}

impl From<HostOrBundle> for PyErr {
    fn from(error: HostOrBundle) -> Self {
        match error {
            HostOrBundle::Host(error) => of_host(&error),
            HostOrBundle::Bundle(error) => of_user(&error),
        }
    }
}

#[pymethods]
impl Host {
    /// A host with the first-party plugins and those of files.
    #[new]
    fn new(py: Python<'_>, plugins: Vec<PathBuf>, cache: bool) -> PyResult<Self> {
        py.allow_threads(|| {
            let cache = if cache { CacheDir::from_environment() } else { None };
            let builder = sortie_host::Host::builder().cache(cache).first_party();
            let host =
                plugins.iter().fold(builder, HostBuilder::plugin_file).build().map_err(|error| of_host(&error))?;
            Ok(Self { host })
        })
    }

    /// Registers a plugin: its file's bytes, and what messages call it.
    fn register(&self, py: Python<'_>, bytes: Vec<u8>, origin: String) -> PyResult<()> {
        py.allow_threads(|| self.host.register(bytes, origin)).map_err(|error| of_host(&error))
    }

    /// Takes a plugin out.
    fn unregister(&self, name: &str) -> PyResult<()> {
        self.host.unregister(name).map_err(|error| of_host(&error))
    }

    /// The manifests of the plugins, with their digests.
    fn plugins(&self) -> String {
        let registry = self.host.registry();
        let plugins = registry.plugins().map(|plugin| {
            json!({
                "digest": plugin.plugin().digest(),
                "origin": plugin.origin(),
                "manifest": plugin.plugin().manifest(),
            })
        });
        Value::from_iter(plugins).to_string()
    }

    /// Builds a mission's workflow, and runs nothing.
    fn build(&self, py: Python<'_>, mission: &str, params: &str) -> PyResult<String> {
        let params = read(params, "the params")?;
        let draft = py.allow_threads(|| self.host.build_mission(mission, &params)).map_err(|error| of_host(&error))?;
        Ok(draft.workflow().to_json().to_string())
    }

    /// Builds a mission and runs it to its end.
    #[pyo3(signature = (mission, params, state, metadata, mode, answers, ask, bundle))]
    #[expect(clippy::too_many_arguments, reason = "the Python side names them")]
    fn run_mission(
        &self,
        py: Python<'_>,
        mission: &str,
        params: &str,
        state: &str,
        metadata: &str,
        mode: &str,
        answers: &str,
        ask: Option<Py<PyAny>>,
        bundle: bool,
    ) -> PyResult<String> {
        let (params, context) = (read(params, "the params")?, context(state, metadata)?);
        let humans = policy(mode, answers, ask)?;
        py.allow_threads(|| -> Result<String, HostOrBundle> {
            let draft = self.host.build_mission(mission, &params)?;
            self.complete(draft, &context, &humans, bundle)
        })
        .map_err(PyErr::from)
    }

    /// Runs a workflow to its end.
    #[expect(clippy::too_many_arguments, reason = "the Python side names them")]
    fn exec(
        &self,
        py: Python<'_>,
        workflow: &str,
        state: &str,
        metadata: &str,
        mode: &str,
        answers: &str,
        ask: Option<Py<PyAny>>,
        bundle: bool,
    ) -> PyResult<String> {
        let context = context(state, metadata)?;
        let workflow = read(workflow, "the workflow")?;
        let workflow =
            WorkflowDefinition::from_json(&workflow).map_err(|error| of_host(&HostError::Workflow(error)))?;
        let humans = policy(mode, answers, ask)?;
        py.allow_threads(|| self.complete(self.host.draft(workflow), &context, &humans, bundle)).map_err(PyErr::from)
    }

    /// Runs suites: what `sortie test --format json` prints.
    fn run_suites(
        &self,
        py: Python<'_>,
        paths: Vec<PathBuf>,
        text: Option<String>,
        filter: Option<String>,
        jobs: Option<usize>,
        strict: bool,
    ) -> PyResult<String> {
        let registry = self.host.registry();
        py.allow_threads(|| {
            let mut options = Options::of(paths);
            options.text = text.map(|text| ("the suite".to_owned(), text.into_bytes()));
            options.filter = filter;
            if let Some(jobs) = jobs.and_then(std::num::NonZero::new) {
                options.jobs = jobs;
            }
            if strict {
                options.strictness = Strictness::Strict;
            }
            // The same plugins, on a host that has the limits which suites ask for.
            let make = |builder: HostBuilder| {
                let others =
                    registry.plugins().filter(|plugin| !sortie_host::FIRST_PARTY.contains(&plugin.plugin().bytes()));
                let add = |builder: HostBuilder, plugin: &sortie_host::RegisteredPlugin| {
                    builder.plugin_bytes(plugin.plugin().bytes().to_vec(), plugin.origin())
                };
                others.fold(builder.first_party(), add).build()
            };
            let mut results = Vec::new();
            match sortie_runner::run(&options, &make, vec![Box::new(reporters::JsonReporter::new(&mut results))]) {
                Ok(TestVerdict::Passed | TestVerdict::Failed) => {
                    String::from_utf8(results).map_err(|error| PyRuntimeError::new_err(error.to_string()))
                }
                Err(error) => Err(of_test(&error)),
            }
        })
    }
}

fn of_test(error: &TestError) -> PyErr {
    let reports: Vec<String> = error.reports().iter().map(|report| report.render(sortie_json::Style::Plain)).collect();
    let message = [error.to_string()].into_iter().chain(reports).collect::<Vec<_>>().join("\n");
    raised_as(error.code().as_str(), kind(error.exit()), &message, error.help())
}

/// Runs a bundle again, and returns the first difference as JSON; nothing, if there is none.
#[pyfunction]
fn verify(py: Python<'_>, bundle: &str) -> PyResult<Option<String>> {
    let value = read(bundle, "the bundle")?;
    let bundle: Bundle =
        serde_json::from_value(value).map_err(|error| raised("not_a_bundle", &error.to_string(), None))?;
    let difference = py.allow_threads(|| bundle.verify(SandboxConfig::default())).map_err(|error| of_user(&error))?;
    Ok(difference.map(|difference| json!(difference).to_string()))
}

/// The canonical hash of a value (RFC 8785), 64 hexadecimal digits.
#[pyfunction]
fn hash(value: &str) -> PyResult<String> {
    Ok(sortie_json::ContentHash::of(&read(value, "the value")?).to_string())
}

/// Where runs are kept.
enum Store {
    Memory(MemoryJournal),
    File(Box<SqliteJournal>),
}

/// Runs that wait, in a journal.
#[pyclass(frozen, module = "sortie._sortie")]
struct Runs {
    host: sortie_host::Host,
    journal: Store,
}

impl Runs {
    fn journal(&self) -> &dyn sortie_host::journal::Journal {
        match &self.journal {
            Store::Memory(journal) => journal,
            Store::File(journal) => journal.as_ref(),
        }
    }

    fn inbox(&self) -> Inbox<'_> {
        Inbox::new(self.journal(), &SystemClock)
    }

    fn runs<'r>(&'r self, driver: &'r Owner) -> sortie_host::journal::Runs<'r> {
        self.host.runs(self.journal(), &SystemClock, driver)
    }

    fn resumed(&self, run: &RunId) -> PyResult<String> {
        let value = match self.runs(&driver()).resume(run).map_err(|error| of_run(&error))? {
            ResumeOutcome::Drove(segment) => self.started(run, &segment),
            ResumeOutcome::HadEnded(completed) => json!({
                "run": run, "status": "done", "completed": finished(&completed), "question": null, "token": null,
            }),
            ResumeOutcome::Waits(waiting) => json!({
                "run": run, "status": "waiting", "completed": null, "question": asked(&waiting.question), "token": null,
            }),
            ResumeOutcome::Held(lease) => {
                let message = format!("run `{run}` is being run by {}", lease.owner);
                return Err(raised("run_held", &message, Some("wait, and try again".to_owned())));
            }
            ResumeOutcome::WasCancelled { by, reason, .. } => {
                let message = format!("run `{run}` was cancelled by {by}: {reason}");
                return Err(raised("cancelled", &message, None));
            }
        };
        Ok(value.to_string())
    }

    fn started(&self, run: &RunId, segment: &Segment) -> Value {
        match segment {
            Segment::Done(completed) => {
                json!({"run": run, "status": "done", "completed": finished(completed), "question": null, "token": null})
            }
            Segment::Asked(waiting) => json!({
                "run": run,
                "status": "waiting",
                "completed": null,
                "question": asked(&waiting.waiting.question),
                "token": waiting.token.reveal(),
            }),
        }
    }
}

/// Who drives runs here.
fn driver() -> Owner {
    Owner::new(format!("python {}", std::process::id()))
}

/// An answer as Python gives it, read.
struct GivenAnswer<'a> {
    run: RunId,
    value: Value,
    actor: Actor,
    step: Option<&'a str>,
    token: Option<Token>,
    comment: Option<&'a str>,
}

impl<'a> GivenAnswer<'a> {
    fn new(
        run: &str,
        value: &str,
        actor: &str,
        (step, token): (Option<&'a str>, Option<&str>),
        comment: Option<&'a str>,
    ) -> PyResult<Self> {
        let (run, value, actor) = (run_id(run)?, read(value, "the answer")?, Actor::new(actor));
        let token = token.map(str::parse::<Token>).transpose();
        let token = token.map_err(|error| raised(error.code(), &error.to_string(), None))?;
        Ok(Self { run, value, actor, step, token, comment })
    }

    /// Does something with it.
    fn with<T>(&self, take: impl FnOnce(&NewAnswer<'_>) -> T) -> T {
        let authority = match (&self.token, self.step) {
            (Some(token), _) => Authority::Token(token),
            (None, Some(step)) => Authority::Owner(Which::Step(step)),
            (None, None) => Authority::Owner(Which::Last),
        };
        let Self { run, value, actor, comment, .. } = self;
        take(&NewAnswer { run, authority, value, actor, comment: *comment, question: None, signature: None })
    }
}

fn run_id(text: &str) -> PyResult<RunId> {
    text.parse().map_err(|error: sortie_host::journal::InvalidRunId| raised("invalid_run_id", &error.to_string(), None))
}

#[pymethods]
impl Runs {
    /// The runs of a journal in a file, or of one in memory.
    #[new]
    fn new(host: &Host, path: Option<PathBuf>) -> PyResult<Self> {
        let journal = match path {
            None => Store::Memory(MemoryJournal::new()),
            Some(path) => {
                let opened = SqliteJournal::open(path);
                Store::File(Box::new(opened.map_err(|error| of_run(&RunError::from(error)))?))
            }
        };
        Ok(Self { host: host.host.clone(), journal })
    }

    /// Starts a mission, and drives it to its first wait or its end.
    fn start(
        &self,
        py: Python<'_>,
        mission: &str,
        params: &str,
        state: &str,
        metadata: &str,
        answers_at_hand: &str,
    ) -> PyResult<String> {
        let (params, context) = (read(params, "the params")?, context(state, metadata)?);
        let at_hand = answers(answers_at_hand)?;
        py.allow_threads(|| {
            let draft = self.host.build_mission(mission, &params).map_err(|error| of_host(&error))?;
            let started =
                self.runs(&Owner::new("")).start(draft, &context, &at_hand).map_err(|error| of_run(&error))?;
            Ok(self.started(&started.run, &started.segment).to_string())
        })
    }

    /// Answers what a run waits for, and drives the run to its next wait or its end.
    #[pyo3(signature = (run, value, actor, step=None, token=None, comment=None))]
    #[expect(clippy::too_many_arguments, reason = "the Python side names them")]
    fn answer(
        &self,
        py: Python<'_>,
        run: &str,
        value: &str,
        actor: &str,
        step: Option<&str>,
        token: Option<&str>,
        comment: Option<&str>,
    ) -> PyResult<String> {
        let given = GivenAnswer::new(run, value, actor, (step, token), comment)?;
        py.allow_threads(|| {
            let AnsweredRun { outcome, followed } =
                given.with(|answer| self.runs(&driver()).answer(answer)).map_err(|error| of_run(&error))?;
            match (outcome, followed) {
                (_, Some((segment, _))) => Ok(self.started(&given.run, &segment).to_string()),
                // More people have to agree.
                (DecideOutcome::Approved { .. }, None) => self.show(run),
                (DecideOutcome::Accepted { .. } | DecideOutcome::Already { .. }, None) => self.resumed(&given.run),
            }
        })
    }

    /// Answers what a run waits for. It is resumed by `resume`.
    #[pyo3(signature = (run, value, actor, step=None, token=None, comment=None))]
    #[expect(clippy::too_many_arguments, reason = "the Python side names them")]
    fn decide(
        &self,
        py: Python<'_>,
        run: &str,
        value: &str,
        actor: &str,
        step: Option<&str>,
        token: Option<&str>,
        comment: Option<&str>,
    ) -> PyResult<String> {
        let given = GivenAnswer::new(run, value, actor, (step, token), comment)?;
        py.allow_threads(|| {
            let decided = given.with(|answer| self.runs(&Owner::new("")).decide(answer));
            decided.map(|decided| decided.code().to_owned()).map_err(|error| of_run(&error))
        })
    }

    /// Resumes a run: to its next wait, or its end.
    fn resume(&self, py: Python<'_>, run: &str) -> PyResult<String> {
        let run = run_id(run)?;
        py.allow_threads(|| self.resumed(&run))
    }

    /// Ends a run that waits.
    fn cancel(&self, run: &str, reason: &str, actor: &str) -> PyResult<String> {
        let run = run_id(run)?;
        let cancelled = self.inbox().cancel(&run, reason, &Actor::new(actor)).map_err(|error| of_run(&error))?;
        Ok(cancelled.code().to_owned())
    }

    /// The runs that wait for a person; with `all`, every run.
    fn list(&self, all: bool) -> PyResult<String> {
        let filter = if all { Filter::default() } else { Filter::waiting() };
        let runs = self.inbox().list(&filter).map_err(|error| of_run(&error))?;
        let summaries = runs.iter().map(|run| {
            json!({
                "run": run.run,
                "mission": run.mission,
                "status": run.status.code(),
                "created_at": run.created_at.to_string(),
                "updated_at": run.updated_at.to_string(),
                "step": run.wait.as_ref().map(|wait| &wait.step),
                "description": run.wait.as_ref().map(|wait| &wait.description),
                "assignees": run.wait.as_ref().map(|wait| &wait.assignees),
                "deadline": run.wait.as_ref().and_then(|wait| wait.deadline).map(|at| at.to_string()),
            })
        });
        Ok(Value::from_iter(summaries).to_string())
    }

    /// What a run waits for, or its result.
    fn show(&self, run: &str) -> PyResult<String> {
        let run = run_id(run)?;
        let shown = self.inbox().show(&run).map_err(|error| of_run(&error))?;
        let value = json!({
            "run": run,
            "status": shown.record.summary.status.code(),
            "completed": shown.completed.as_ref().map(finished),
            "question": shown.question.as_ref().map(asked),
            "token": null,
        });
        Ok(value.to_string())
    }
}

#[pymodule]
fn _sortie(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_class::<Host>()?;
    module.add_class::<Runs>()?;
    module.add_function(wrap_pyfunction!(verify, module)?)?;
    module.add_function(wrap_pyfunction!(hash, module)?)
}
