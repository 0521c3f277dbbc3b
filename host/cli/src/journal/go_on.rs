//! Going on with a run, and saying what came of it.

use sortie_host::journal::{Lease, Presence, Resumed, RunId, Segment, SqliteJournal, SystemClock};

use super::JournalArguments;
use crate::arguments::{Format, PluginArguments};
use crate::commands::run::finished;
use crate::error::{CliError, Exit};
use crate::input;
use crate::render::note;
use crate::render::waiting::{self, AnswerCommand};

/// What runs are gone on with.
pub(crate) struct Going<'a> {
    pub(crate) journal: &'a JournalArguments,
    pub(crate) plugins: &'a PluginArguments,
    pub(crate) allow_changed_plugin: bool,
}

/// Goes on with the runs, one after the other, and hands over what came of each.
pub(crate) fn go_on(
    going: &Going<'_>,
    journal: &SqliteJournal,
    runs: &[RunId],
    each: &mut dyn FnMut(&RunId, Result<Resumed, CliError>) -> Result<(), CliError>,
) -> Result<(), CliError> {
    let host = input::host(going.plugins)?;
    let driver = Presence::announce(journal.path())?;
    let driven = host.runs(journal, &SystemClock, &driver);
    let driven = if going.allow_changed_plugin { driven.allowing_changed_plugins() } else { driven };
    runs.iter().try_for_each(|run| each(run, driven.resume(run).map_err(CliError::from)))
}

/// Prints what came of one run, as `sortie run` would.
pub(crate) fn report(run: &RunId, resumed: Resumed, going: &Going<'_>, format: Format) -> Result<Exit, CliError> {
    let command = AnswerCommand { journal: going.journal, plugins: going.plugins };
    match resumed {
        Resumed::Drove(Segment::Done(completed)) => finished(&completed, format),
        Resumed::Drove(Segment::Asked(asked)) => {
            waiting::print_asked(&asked, command, format)?;
            Ok(Exit::Waiting)
        }
        Resumed::Waits(waits) => {
            waiting::print_waits(&waits, command, format)?;
            Ok(Exit::Waiting)
        }
        Resumed::HadEnded(completed) => {
            note("already_ended", &format!("run `{run}` had ended before; this is its result"));
            finished(&completed, format)
        }
        Resumed::Held(lease) => Err(held(run, &lease)),
        Resumed::WasCancelled { by, at, reason } => Err(cancelled(run, &format!("by {by} at {at}: {reason}"))),
    }
}

/// Somebody else drives the run.
pub(crate) fn held(run: &RunId, lease: &Lease) -> CliError {
    let (owner, until) = (&lease.owner, lease.until);
    CliError::Input {
        code: "run_held",
        message: format!("run `{run}` is being driven by {owner}, which has it until {until} at the latest"),
        help: Some(format!("nothing is to be done: `sortie inbox show {run}` tells how far it is")),
    }
}

/// The run was cancelled, as is told.
pub(crate) fn cancelled(run: &RunId, how: &str) -> CliError {
    CliError::Input {
        code: "cancelled",
        message: format!("run `{run}` was cancelled {how}"),
        help: Some("start the mission again if it is still wanted".to_owned()),
    }
}
