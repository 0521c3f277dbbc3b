//! The protocol on the standard streams, a message a line: for software that starts its own server.

use std::io::{self, BufRead, Read, Write};
use std::sync::Arc;

use super::methods::Agent;
use super::protocol::Message;
use crate::app::{Access, App};
use crate::crew::Crew;
use crate::deployment::Deployment;
use crate::error::ServerError;
use crate::identity::{Caller, Proof, Role};
use crate::net::MAX_BODY;
use crate::server::Settings;

/// Answers software that acts for a user, on the standard streams, until it closes them. It may look and start runs; a
/// person decides, on the pages of a server whose address is `settings.public_url`, or with the command.
pub fn serve_standard_streams(deployment: Deployment, settings: Settings, user: &str) -> Result<(), ServerError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .max_blocking_threads(2 * settings.threads.max(1) + 1)
        .build()
        .map_err(ServerError::Runtime)?;
    let access = Access { public_url: settings.public_url.clone(), rates: settings.rates, ..Access::default() };
    let app = Arc::new(App::new(deployment, access, settings.threads)?);
    if settings.public_url.is_some() {
        app.listens_at(settings.listen);
    }
    let crew = Crew::begin(&app, settings.workers, &settings.listeners).map_err(ServerError::Runtime)?;
    let who = Caller { user: user.to_owned(), role: Role::Start, means: Proof::Bearer };
    let agent = Agent::new(app, who);
    let served = exchange(&runtime, &agent, &mut io::stdin().lock(), &mut io::stdout().lock());
    drop(crew);
    served.map_err(ServerError::Runtime)
}

/// Reads messages and writes answers, one after the other, until there are no more.
fn exchange(
    runtime: &tokio::runtime::Runtime,
    agent: &Agent,
    input: &mut dyn BufRead,
    output: &mut dyn Write,
) -> io::Result<()> {
    let longest = u64::try_from(MAX_BODY).unwrap_or(u64::MAX);
    loop {
        let mut line = Vec::new();
        if Read::take(&mut *input, longest).read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        if line.len() >= MAX_BODY && line.last() != Some(&b'\n') {
            // Where the next message begins cannot be known.
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a message is longer than what is read"));
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        let answer = match Message::read(&line) {
            Ok(message) => runtime.block_on(agent.answer(&message)),
            Err(fault) => Some(fault.answer(None)),
        };
        if let Some(answer) = answer {
            writeln!(output, "{answer}")?;
            output.flush()?;
        }
    }
}
