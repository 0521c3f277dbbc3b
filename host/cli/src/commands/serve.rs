//! `sortie serve`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use sortie_host::journal::Position;
use sortie_server::{Proxy, Rates, Server, ServerError, ServerSettings, Users, UsersError};

use crate::deployment::DeploymentArguments;
use crate::error::{CliError, Exit};
use crate::input;
use crate::log::LogArguments;
use crate::options::{ActorArguments, Format};
use crate::receivers::NotifyArguments;
use crate::render::{print, print_json};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Listen on this address. Any address but this machine's loopback needs `--users`.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:7878")]
    listen: SocketAddr,
    /// Use this address in links, such as `https://sortie.example.org`, if people reach the server by another than it
    /// listens on.
    #[arg(long, value_name = "URL", value_parser = url)]
    public_url: Option<String>,
    /// Let these users in, each with a token and a role: a file in TOML, YAML or JSON.
    #[arg(long, value_name = "FILE")]
    users: Option<PathBuf>,
    /// Let users register passkeys, to sign in and to sign decisions with, and keep them in this file: public keys, no secrets. It is
    /// created if it does not exist.
    #[arg(long, value_name = "FILE")]
    passkeys: Option<PathBuf>,
    /// Trust this header to name the user, if the header `Sortie-Proxy-Secret` has the value of `SORTIE_PROXY_SECRET`:
    /// for a proxy that signs people in.
    #[arg(long, value_name = "HEADER", requires_all = ["users", "proxy_secret"], value_parser = header)]
    proxy_user_header: Option<String>,
    /// Expect this secret from a trusted proxy, as `Sortie-Proxy-Secret`. Set it in the variable to hide it from other
    /// users of the machine.
    #[arg(long, value_name = "SECRET", env = "SORTIE_PROXY_SECRET", hide_env_values = true)]
    proxy_secret: Option<String>,
    /// Call this many plugins at once [default: one for each processor].
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: Option<u16>,
    /// Leave resuming runs and expiring waits to other processes.
    #[arg(long)]
    no_resume: bool,
    /// Do not limit the rate of requests: for use behind a proxy that does, and for measurements.
    #[arg(long)]
    no_rate_limits: bool,
    #[command(flatten)]
    person: ActorArguments,
    #[command(flatten)]
    log: LogArguments,
    #[command(flatten)]
    notify: NotifyArguments,
    #[command(flatten)]
    runs: DeploymentArguments,
}

/// Serves the runs of a journal until it is told to stop.
pub(crate) fn serve(arguments: &Arguments, format: Format) -> Result<Exit, CliError> {
    let users = match &arguments.users {
        None => Users::default(),
        Some(file) => {
            Users::from_json(input::document(&file.display().to_string())?.into_value()).map_err(wrong_users)?
        }
    };
    let _logging = arguments.log.begin()?;
    let deployment = arguments.runs.open("sortie serve")?;
    let listeners = arguments.notify.listeners()?;
    if deployment.journal.engine().is_some() && !listeners.is_empty() {
        // An engine that keeps no feed says so before anybody relies on it.
        deployment.journal.changes(Position::START, 1)?;
    }
    let default = ServerSettings::default();
    let proxy = arguments.proxy_user_header.clone().zip(arguments.proxy_secret.clone());
    let settings = ServerSettings {
        listen: arguments.listen,
        public_url: arguments.public_url.clone(),
        users,
        proxy: proxy.map(|(user_header, secret)| Proxy { user_header, secret }),
        passkeys: arguments.passkeys.clone(),
        threads: arguments.threads.map_or(default.threads, usize::from),
        workers: if arguments.no_resume { 0 } else { default.workers },
        listeners,
        rates: if arguments.no_rate_limits { Rates::UNLIMITED } else { default.rates },
    };
    let server = Server::bind(deployment, settings).map_err(failed)?;
    let address = server.address();
    // Who starts a server that only this machine's users reach is let in; elsewhere the users have tokens.
    let entry = if address.ip().is_loopback() && arguments.public_url.is_none() {
        Some(server.entry(arguments.person.actor().as_str()).map_err(failed)?)
    } else {
        None
    };
    match (format, &entry) {
        (Format::Json, _) => print_json(&json!({"address": address, "entry": entry}))?,
        (Format::Human, Some(entry)) => {
            print(&format!(
                "Serving at http://{address} until Ctrl-C. To come in, open this; it works once:\n  {entry}\n"
            ))?;
        }
        (Format::Human, None) => print(&format!("Serving at http://{address} until Ctrl-C.\n"))?,
    }
    server.run().map_err(failed)?;
    Ok(Exit::Done)
}

fn failed(error: ServerError) -> CliError {
    CliError::Error(Box::new(error))
}

fn wrong_users(error: UsersError) -> CliError {
    CliError::Error(Box::new(error))
}

pub(crate) fn url(text: &str) -> Result<String, String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    match rest.map(|rest| rest.trim_end_matches('/')) {
        Some(host) if !host.is_empty() && !host.contains(['/', '?', '#', '@', ' ']) => Ok(text.to_owned()),
        Some(_) | None => Err("expected an address without a path, such as `https://sortie.example.org`".to_owned()),
    }
}

fn header(text: &str) -> Result<String, String> {
    let is_token = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if !text.is_empty() && text.chars().all(is_token) {
        Ok(text.to_ascii_lowercase())
    } else {
        Err("expected the name of a header, such as `Remote-User`".to_owned())
    }
}
