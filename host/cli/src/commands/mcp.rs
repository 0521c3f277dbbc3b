//! `sortie mcp`.

use std::sync::Arc;

use clap::Args;
use sortie_host::journal::{Driver, SystemClock};
use sortie_server::{Deployment, ServerSettings};

use crate::error::{CliError, Exit};
use crate::journal::actor;
use crate::log::LogArguments;
use crate::options::{JournalArguments, PluginArguments};
use crate::project;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Send people to this `sortie serve`, which serves the same journal, to decide.
    #[arg(long, value_name = "URL", value_parser = super::serve::url)]
    url: Option<String>,
    #[command(flatten)]
    log: LogArguments,
    #[command(flatten)]
    journal: JournalArguments,
    #[command(flatten)]
    plugins: PluginArguments,
}

/// Answers software that acts for the user, on the standard streams, until it closes them.
pub(crate) fn mcp(arguments: &Arguments) -> Result<Exit, CliError> {
    let _logging = arguments.log.begin()?;
    let host = project::host(&arguments.plugins)?;
    let journal = arguments.journal.open_or_make()?;
    let driver: Arc<dyn Driver> = journal.announce()?.into();
    host.runs(&*journal, &SystemClock, &*driver).offer_plugins()?;
    let deployment = Deployment { host, journal: journal.into_journal(), clock: Arc::new(SystemClock), driver };
    let settings = ServerSettings { public_url: arguments.url.clone(), ..ServerSettings::default() };
    sortie_server::serve_standard_streams(deployment, settings, actor(None).as_str())
        .map_err(|error| CliError::Error(Box::new(error)))?;
    Ok(Exit::Done)
}
