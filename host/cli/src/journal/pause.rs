//! Starting a run that is kept in the journal.

use std::collections::BTreeMap;

use serde_json::Value;
use sortie_host::journal::{Actor, Owner, Segment};
use sortie_host::{Draft, ExecutionContext, Host};

use crate::error::{CliError, Exit};
use crate::options::{Format, JournalArguments, PluginArguments};
use crate::outcome::{failing, finished};
use crate::render::waiting::{self, AnswerCommand};

/// What a run is started with, besides the mission and its context.
pub(crate) struct PauseSetup<'a> {
    pub(crate) host: &'a Host,
    pub(crate) answers: &'a BTreeMap<String, Value>,
    pub(crate) journal: &'a JournalArguments,
    pub(crate) plugins: &'a PluginArguments,
    /// Who starts it.
    pub(crate) by: &'a Actor,
}

/// Runs a mission to its first wait, or its end, in the journal.
pub(crate) fn pause(
    pausing: &PauseSetup<'_>,
    mission: Draft,
    context: &ExecutionContext,
    format: Format,
) -> Result<Exit, CliError> {
    let journal = pausing.journal.open_or_make()?;
    // Who starts a run has it in one commit, and needs no lease.
    let nobody = Owner::new("");
    let clock = journal.clock();
    let runs = pausing.host.runs(&*journal, &*clock, &nobody).on_behalf_of(pausing.by);
    // Whoever resumes it may have none of the plugins.
    runs.offer_plugins()?;
    let started = runs.start(mission, context, pausing.answers)?;
    match started.segment {
        Segment::Done(completed) => finished(&completed, failing(pausing.host, &completed, None)?.as_ref(), format),
        Segment::Asked(asked) => {
            let command = AnswerCommand { journal: pausing.journal, plugins: pausing.plugins };
            waiting::print_asked(&asked, command, format)?;
            Ok(Exit::Waiting)
        }
    }
}
