//! `sortie mcp`.

use clap::Args;
use sortie_server::ServerSettings;

use crate::deployment::DeploymentArguments;
use crate::error::{CliError, Exit};
use crate::log::LogArguments;
use crate::options::ActorArguments;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Send people to this `sortie serve`, which serves the same runs, to decide.
    #[arg(long, value_name = "URL", value_parser = super::serve::url)]
    url: Option<String>,
    #[command(flatten)]
    person: ActorArguments,
    #[command(flatten)]
    log: LogArguments,
    #[command(flatten)]
    runs: DeploymentArguments,
}

/// Answers software that acts for the user, on the standard streams, until it closes them.
pub(crate) fn mcp(arguments: &Arguments) -> Result<Exit, CliError> {
    let _logging = arguments.log.begin()?;
    let deployment = arguments.runs.open("sortie mcp")?;
    let settings = ServerSettings { public_url: arguments.url.clone(), ..ServerSettings::default() };
    sortie_server::serve_standard_streams(deployment, settings, arguments.person.actor().as_str())
        .map_err(|error| CliError::Error(Box::new(error)))?;
    Ok(Exit::Done)
}
