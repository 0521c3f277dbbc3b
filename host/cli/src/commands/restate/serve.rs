//! `sortie restate serve`.

use std::net::SocketAddr;
use std::thread;
use std::time::Duration;

use clap::Args;
use sortie_restate::{Cluster, Service, ServiceSettings};

use super::print;
use crate::error::{CliError, Exit};
use crate::log::LogArguments;
use crate::options::{Format, PluginArguments};
use crate::project;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Listen on this address. Anybody who can reach it can have plugins called: on any address but this machine's
    /// loopback, give `--identity-key`.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:9080")]
    listen: SocketAddr,
    /// Register the service at this admin API of Restate, and retry runs that were stuck.
    #[arg(long, value_name = "URL")]
    admin: Option<String>,
    /// Register this address, if Restate reaches the service by another than it listens on.
    #[arg(long, value_name = "URL", requires = "admin")]
    public_url: Option<String>,
    /// Let only the Restate with this public key call. Can be repeated.
    #[arg(long = "identity-key", value_name = "KEY")]
    identity_keys: Vec<String>,
    /// Have Restate keep finished runs for this many days.
    #[arg(long, value_name = "DAYS", default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..))]
    retention: u16,
    /// Wait at most this many seconds between two attempts of a run that hits a host fault.
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..))]
    retry: u16,
    /// Call this many plugins at once [default: one for each processor].
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: Option<u16>,
    #[command(flatten)]
    log: LogArguments,
    #[command(flatten)]
    plugins: PluginArguments,
}

/// Serves missions to Restate until the process is told to stop.
pub(super) fn serve(arguments: &Arguments, format: Format) -> Result<Exit, CliError> {
    let _logging = arguments.log.begin()?;
    let host = project::host(&arguments.plugins)?;
    let mut settings = ServiceSettings::new(arguments.listen);
    settings.identity_keys.clone_from(&arguments.identity_keys);
    settings.retention = Duration::from_hours(24 * u64::from(arguments.retention));
    settings.retry = Duration::from_secs(u64::from(arguments.retry));
    settings.threads = arguments.threads.map_or(settings.threads, usize::from);
    let service = Service::bind(host, &settings)?;
    let address = service.address();
    print::serving(address, format)?;
    if let Some(admin) = arguments.admin.clone() {
        let url = arguments.public_url.clone().unwrap_or_else(|| format!("http://{address}"));
        // Restate asks the service what it has before it says that it is registered.
        thread::spawn(move || {
            let registered = Cluster::new("", &admin).register(&url).map_err(CliError::from);
            let told = registered.and_then(|resumed| Ok(print::registered(&url, resumed, format)?));
            if let Err(error) = told {
                error.report(format);
            }
        });
    }
    service.run();
    Ok(Exit::Done)
}
