//! Who is told what happens to runs: a program, or an address.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use sortie_worker::{Program, Receiver, Secret, Webhook};

use crate::error::CliError;
use crate::options::duration;
use crate::refusal::Refusal;

#[derive(Debug, Args)]
pub(crate) struct NotifyArguments {
    /// Run this program for each event, with the event as JSON on its standard input.
    #[arg(long, value_name = "PROGRAM")]
    pub(crate) notify: Option<PathBuf>,
    /// Post each event to this URL, signed with the secret in `SORTIE_WEBHOOK_SECRET`.
    #[arg(long, value_name = "URL")]
    pub(crate) webhook: Option<String>,
    /// Notify this long before a deadline, too: seconds, or a number with `s`, `m`, `h` or `d`.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) notify_before: Option<Duration>,
}

/// Where notifications go, by the names of their bookmarks.
pub(crate) type Receivers = Vec<(String, Arc<dyn Receiver>)>;

impl NotifyArguments {
    /// Where notifications go.
    pub(crate) fn receivers(&self) -> Result<Receivers, CliError> {
        let mut receivers = Receivers::new();
        if let Some(path) = &self.notify {
            receivers.push((format!("program {}", path.display()), Arc::new(Program::new(path))));
        }
        if let Some(url) = &self.webhook {
            let secret = std::env::var("SORTIE_WEBHOOK_SECRET").unwrap_or_default();
            let secret = secret.parse::<Secret>();
            let secret = secret.map_err(|error| Refusal::WebhookSecret { detail: error.to_string() })?;
            receivers.push((format!("webhook {url}"), Arc::new(Webhook::new(url, secret))));
        }
        Ok(receivers)
    }

    /// The same, for a server.
    #[cfg(feature = "server")]
    pub(crate) fn listeners(&self) -> Result<Vec<sortie_server::Listener>, CliError> {
        let lead = self.notify_before;
        let listener = |(name, receiver)| sortie_server::Listener { name, receiver, lead };
        Ok(self.receivers()?.into_iter().map(listener).collect())
    }
}
