//! Resuming a run, and saying what came of it.

use std::path::Path;
use std::sync::Arc;

use sortie_host::journal::{AnsweredRun, Clock, Lease, NewAnswer, ResumeOutcome, RunError, RunId, Runs, Segment};
use sortie_host::{Bundle, Host};
use sortie_journal_stores::{Announcement, Store};

use crate::error::{CliError, Exit};
use crate::options::{Format, JournalArguments, PluginArguments};
use crate::outcome::{attest, failing, finished, save_bundle};
use crate::project;
use crate::refusal::Refusal;
use crate::render::note;
use crate::render::waiting::{self, AnswerCommand};
use crate::signing::Attester;

/// What runs are resumed with, as the command line says.
#[derive(Clone, Copy)]
pub(crate) struct ResumeSetup<'a> {
    pub(crate) journal: &'a JournalArguments,
    pub(crate) plugins: &'a PluginArguments,
    pub(crate) allow_changed_plugin: bool,
    /// Where to save the call that fails.
    pub(crate) save_failure: Option<&'a Path>,
    /// Where to write the bundle of a run that comes to its end.
    pub(crate) bundle: Option<&'a Path>,
    /// Who states what a run came to, if it comes to its end.
    pub(crate) attester: Option<&'a Attester>,
}

/// This process as a driver of the runs of a journal.
pub(crate) struct Driver<'a> {
    setup: ResumeSetup<'a>,
    journal: &'a Store,
    host: Host,
    presence: Announcement,
    clock: Arc<dyn Clock>,
}

impl<'a> Driver<'a> {
    /// Loads the plugins, and announces this process to the others.
    pub(crate) fn begin(setup: ResumeSetup<'a>, journal: &'a Store) -> Result<Self, CliError> {
        let host = project::host(setup.plugins)?;
        Ok(Self { setup, journal, host, presence: journal.announce()?, clock: journal.clock() })
    }

    /// Answers a wait, if something else than a failure can follow, and leaves the run to whoever resumes it.
    pub(crate) fn decide(&self, answer: &NewAnswer<'_>) -> Result<AnsweredRun, RunError> {
        Ok(AnsweredRun { outcome: self.runs().decide(answer)?, followed: None })
    }

    /// The same, and drives the run with it where that can be done: one commit has both.
    pub(crate) fn answer(&self, answer: &NewAnswer<'_>) -> Result<AnsweredRun, RunError> {
        self.runs().answer(answer)
    }

    /// Bundles a finished run.
    pub(crate) fn bundle(&self, run: &RunId) -> Result<Bundle, CliError> {
        Ok(self.runs().bundle(run)?)
    }

    /// Resumes a run.
    pub(crate) fn resume(&self, run: &RunId) -> Result<ResumeOutcome, CliError> {
        Ok(self.runs().resume(run)?)
    }

    fn runs(&self) -> Runs<'_> {
        let runs = self.host.runs(&**self.journal, &*self.clock, &*self.presence);
        if self.setup.allow_changed_plugin { runs.allowing_changed_plugins() } else { runs }
    }

    /// Resumes a run, and prints what came of it as `sortie run` would.
    pub(crate) fn report(&self, run: &RunId, format: Format) -> Result<Exit, CliError> {
        self.report_of(run, self.resume(run)?, format)
    }

    /// Prints what came of a run as `sortie run` would.
    pub(crate) fn report_of(&self, run: &RunId, resumed: ResumeOutcome, format: Format) -> Result<Exit, CliError> {
        if let ResumeOutcome::Drove(Segment::Done(completed)) | ResumeOutcome::HadEnded(completed) = &resumed {
            let bundle = match self.setup.bundle {
                Some(file) => save_bundle(file, &self.bundle(run)?)?,
                None => None,
            };
            attest(self.setup.attester, &completed.result, bundle)?;
        }
        report(run, resumed, self, format)
    }
}

fn report(run: &RunId, resumed: ResumeOutcome, driver: &Driver<'_>, format: Format) -> Result<Exit, CliError> {
    let Driver { setup, host, .. } = driver;
    let command = AnswerCommand { journal: setup.journal, plugins: setup.plugins };
    match resumed {
        ResumeOutcome::Drove(Segment::Done(completed)) => {
            finished(&completed, failing(host, &completed, setup.save_failure)?.as_ref(), format)
        }
        ResumeOutcome::Drove(Segment::Asked(asked)) => {
            waiting::print_asked(&asked, command, format)?;
            Ok(Exit::Waiting)
        }
        ResumeOutcome::Waits(waits) => {
            waiting::print_waits(&waits, command, format)?;
            Ok(Exit::Waiting)
        }
        ResumeOutcome::HadEnded(completed) => {
            note("already_ended", &format!("run `{run}` had ended before; this is its result"));
            finished(&completed, None, format)
        }
        ResumeOutcome::Held(lease) => Err(held(run, &lease)),
        ResumeOutcome::WasCancelled { by, at, reason } => Err(cancelled(run, &format!("by {by} at {at}: {reason}"))),
    }
}

/// Another process runs it.
pub(crate) fn held(run: &RunId, lease: &Lease) -> CliError {
    let (owner, until) = (&lease.owner, lease.until);
    Refusal::RunHeld { run: run.to_string(), owner: owner.to_string(), until: until.to_string() }.into()
}

/// The run was cancelled, as is told.
pub(crate) fn cancelled(run: &RunId, how: &str) -> CliError {
    Refusal::Cancelled { run: run.to_string(), how: how.to_owned() }.into()
}
