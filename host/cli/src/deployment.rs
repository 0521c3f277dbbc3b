//! What `serve` and `mcp` are about: the runs of a journal, or those of an engine that drives them itself.

use std::sync::Arc;

use clap::Args;
use sortie_host::journal::{Driver, Owner, SystemClock};
use sortie_restate::{Cluster, ClusterJournal};
use sortie_server::Deployment;

use crate::error::CliError;
use crate::options::{JournalArguments, PluginArguments};
use crate::project;

#[derive(Debug, Args)]
pub(crate) struct DeploymentArguments {
    /// Use the runs of an engine that drives them itself, in place of a journal: `restate://HOST:PORT`, the ingress of a Restate.
    /// Its admin interface is at port 9070 of the same host, or where `?admin=HOST:PORT` says.
    #[arg(long, value_name = "URL")]
    engine: Option<String>,
    #[command(flatten)]
    journal: JournalArguments,
    #[command(flatten)]
    plugins: PluginArguments,
}

impl DeploymentArguments {
    /// The plugins and the runs; on an engine, under this driver's name.
    pub(crate) fn open(&self, driver: &str) -> Result<Deployment, CliError> {
        let host = project::host(&self.plugins)?;
        if let Some(url) = &self.engine {
            self.journal.none_beside_engine()?;
            let cluster = Cluster::from_url(url).map_err(|error| CliError::Error(Box::new(error)))?;
            let journal = Arc::new(ClusterJournal::new(cluster));
            return Ok(Deployment {
                host,
                journal,
                clock: Arc::new(SystemClock),
                driver: Arc::new(Owner::new(driver)),
            });
        }
        let journal = self.journal.open_or_make()?;
        let driver: Arc<dyn Driver> = journal.announce()?.into();
        let clock = journal.clock();
        host.runs(&*journal, &*clock, &*driver).offer_plugins()?;
        Ok(Deployment { host, journal: journal.into_journal(), clock, driver })
    }
}
