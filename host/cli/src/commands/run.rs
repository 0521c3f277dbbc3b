//! `sortie run`.

use std::path::{Path, PathBuf};

use clap::Args;
use sortie_host::codes::INVALID_PARAMS;
use sortie_host::{Host, HostError};
use sortie_runner::SavedFailure;

use crate::candidates;
use crate::error::{CliError, Exit};
use crate::journal::{PauseSetup, pause};
use crate::options::{
    ContextArguments, FailureArguments, Format, HumanArguments, JournalArguments, Mode, ParamsArguments,
    PluginArguments,
};
use crate::outcome::{self, failing, finished, write_bundle};
use crate::profile::ProfileArguments;
use crate::refusal::Refusal;
use crate::saving::SavingArguments;
use crate::signing::AttestArguments;
use crate::timings::TimingsArguments;
use crate::{humans, input, params, remarks, render};

#[derive(Debug, Args)]
pub(crate) struct RunArguments {
    /// The mission: `plugin/name`, or its name alone while that is unique.
    #[arg(add = candidates::missions())]
    pub(crate) mission: String,
    #[command(flatten)]
    pub(crate) params: ParamsArguments,
    #[command(flatten)]
    pub(crate) context: ContextArguments,
    #[command(flatten)]
    pub(crate) humans: HumanArguments,
    #[command(flatten)]
    pub(crate) journal: JournalArguments,
    #[command(flatten)]
    pub(crate) plugins: PluginArguments,
    /// Write a bundle for `sortie verify`: the result and everything it was made from, plugins included.
    #[arg(long, value_name = "FILE")]
    pub(crate) bundle: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) saving: SavingArguments,
    #[command(flatten)]
    pub(crate) attest: AttestArguments,
    #[command(flatten)]
    pub(crate) profile: ProfileArguments,
    #[command(flatten)]
    pub(crate) timings: TimingsArguments,
    #[command(flatten)]
    pub(crate) failure: FailureArguments,
    /// Treat warnings as errors: params that the mission does not have, steps that it left out.
    #[arg(long)]
    pub(crate) strict: bool,
}

/// Builds a mission and runs it.
pub(crate) fn run(arguments: &RunArguments, format: Format) -> Result<Exit, CliError> {
    let save = arguments.failure.save_failure.as_deref();
    let attester = arguments.attest.attester(arguments.bundle.as_deref())?;
    let pauses = arguments.humans.mode == Some(Mode::Pause);
    if !humans::asks(&arguments.humans) {
        outcome::check_pause(pauses, &arguments.journal, arguments.bundle.as_deref(), save)?;
    }
    if pauses && attester.is_some() {
        return Err(Refusal::AttestationOfAPause.into());
    }
    if pauses && !arguments.saving.is_empty() {
        return Err(Refusal::StateOfAPause.into());
    }
    let host = arguments.profile.host(pauses, &arguments.plugins)?;
    let params = params::of_mission(&arguments.params, &host, &arguments.mission)?;
    let context = input::context(&arguments.context)?;
    let mission = host.build_mission(&arguments.mission, &params);
    let mission = mission.map_err(|error| not_built(&host, error, save))?;
    remarks::tell(&mission, arguments.strict)?;
    let answers = humans::answers(mission.workflow(), &arguments.humans)?;
    if pauses {
        let RunArguments { journal, plugins, .. } = arguments;
        return pause(&PauseSetup { host: &host, answers: &answers, journal, plugins }, mission, &context, format);
    }
    let workflow = mission.workflow().clone();
    let later = mission.clone();
    let session = mission.start(&context)?;
    let rerun = format!("sortie run {}", arguments.mission);
    let completed = match humans::finish(session, &arguments.humans, answers, &rerun)? {
        humans::Outcome::Completed(completed) => *completed,
        humans::Outcome::Later(answers) => {
            let RunArguments { journal, plugins, .. } = arguments;
            return pause(&PauseSetup { host: &host, answers: &answers, journal, plugins }, later, &context, format);
        }
    };
    let bundle = match &arguments.bundle {
        Some(file) => write_bundle(file, &workflow, &context, (&host, &completed))?,
        None => None,
    };
    outcome::attest(attester.as_ref(), &completed.result, bundle)?;
    arguments.saving.write(&completed.result)?;
    arguments.profile.write(&arguments.mission, &host, &completed)?;
    finished(&completed, failing(&host, &completed, save)?.as_ref(), format)
}

/// The error, with what there is to say of the builder's call if that was what failed.
fn not_built(host: &Host, error: HostError, save: Option<&Path>) -> CliError {
    let details = match &error {
        // Params that the builder does not take are the caller's mistake: the plugin's call tells nothing more of it.
        HostError::BuildFailed { .. } if error.code() == INVALID_PARAMS.as_str() && save.is_none() => {
            return error.into();
        }
        HostError::BuildFailed { call: failed, .. } => match SavedFailure::save(host, failed, save) {
            Ok(failing) => render::failure::lines(&failing) + &render::failure::log(&failing),
            Err(error) => return error.into(),
        },
        _ => return error.into(),
    };
    CliError::BuildFailed { error: Box::new(error), details }
}
