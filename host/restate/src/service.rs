//! What Restate calls: the workflow of a run, and its handlers.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use restate_sdk::endpoint::{Endpoint, HandlerOptions, ServiceOptions};
use restate_sdk::http_server::HttpServer;
use restate_sdk::prelude::*;
use restate_sdk::service::{IntoServiceDefinition, ServiceDefinition};
use serde_json::Value;
use sortie_host::Host;
use sortie_host::journal::{Clock, RunId, SystemClock};
use sortie_json::{Code, UserError};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::codes;
use crate::limits::MAX_MESSAGE;
use crate::refusal::Refusal;
use crate::request::{self, AnswerRequest, CancelRequest, StartRequest};

mod begin;
mod drive;
mod shared;

/// How a service behaves.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ServiceSettings {
    /// Where it listens. Whoever reaches it can have plugins called: without identity keys, it belongs on the loopback
    /// interface or a network that only Restate is on.
    pub listen: SocketAddr,
    /// How long Restate keeps a finished run: its result, its events, and that its name is taken.
    pub retention: Duration,
    /// The longest time between two attempts of a run that fails by no fault of its own.
    pub retry: Duration,
    /// How many plugins are called at once.
    pub threads: usize,
    /// The public keys of the Restate that may call; anybody may, if there is none.
    pub identity_keys: Vec<String>,
}

impl ServiceSettings {
    /// The default settings, listening there: a finished run is kept for 30 days, and one that fails is tried again after no more than
    /// 30 seconds.
    #[must_use]
    pub fn new(listen: SocketAddr) -> Self {
        let threads = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        let (retention, retry) = (Duration::from_hours(30 * 24), Duration::from_secs(30));
        Self { listen, retention, retry, threads, identity_keys: Vec::new() }
    }
}

/// Why a service does not run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServiceError {
    /// The address cannot be listened at.
    #[error("cannot listen at {address}: {error}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the operating system says.
        error: std::io::Error,
    },
    /// An identity key is none.
    #[error("`{key}` is not an identity key of Restate")]
    IdentityKey {
        /// What was given.
        key: String,
    },
    /// The async runtime does not start.
    #[error("the service cannot be started: {0}")]
    Runtime(std::io::Error),
}

/// A service that listens.
pub struct Service {
    runtime: tokio::runtime::Runtime,
    listener: TcpListener,
    endpoint: Endpoint,
    address: SocketAddr,
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Service {
    /// Listens with the plugins of a host. Nothing is served before [`run`](Self::run).
    pub fn bind(host: Host, settings: &ServiceSettings) -> Result<Self, ServiceError> {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(ServiceError::Runtime)?;
        let address = settings.listen;
        let failed = |error| ServiceError::Listen { address, error };
        let listener = runtime.block_on(TcpListener::bind(address)).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let workflow = SortieRun { host, calls: Arc::new(Semaphore::new(settings.threads.max(1))) };
        let mut endpoint = Endpoint::builder().bind(definition(workflow, settings));
        for key in &settings.identity_keys {
            endpoint = endpoint.identity_key(key).map_err(|_| ServiceError::IdentityKey { key: key.clone() })?;
        }
        Ok(Self { runtime, listener, endpoint: endpoint.build(), address })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until the process is told to stop.
    pub fn run(self) {
        let Self { runtime, listener, endpoint, .. } = self;
        runtime.block_on(HttpServer::new(endpoint).serve(listener));
    }
}

fn definition(workflow: SortieRun, settings: &ServiceSettings) -> ServiceDefinition {
    // Attempts without end: what a run lacks, a plugin for instance, may come after days.
    let service = ServiceOptions::new()
        .journal_retention(Duration::ZERO)
        .retry_policy_initial_interval(Duration::from_millis(100))
        .retry_policy_exponentiation_factor(2.0)
        .retry_policy_max_interval(settings.retry)
        .retry_policy_max_attempts(u64::from(u32::MAX))
        .retry_policy_pause_on_max_attempts();
    // What they read has to be what is there now.
    let shared = || HandlerOptions::new().enable_lazy_state(true);
    // That its value is waited for is no failure of the handler's: it is to suspend, and soon.
    let run = HandlerOptions::new().workflow_retention(settings.retention).enable_lazy_state(true);
    let service = ["show", "history", "decide", "cancel", "part"]
        .into_iter()
        .fold(service, |service, handler| service.handler(handler, shared()));
    workflow.into_service_definition().options(service.handler("run", run))
}

/// The workflow.
pub(crate) struct SortieRun {
    host: Host,
    /// A permit for each call of a plugin that may be made at once.
    calls: Arc<Semaphore>,
}

#[restate_sdk::workflow(name = "sortie_run")]
impl SortieRun {
    /// Runs a mission or a workflow to its end. The result is kept as long as the service says.
    #[handler]
    async fn run(&self, ctx: WorkflowContext<'_>, request: Vec<u8>) -> Result<Json<Value>, HandlerError> {
        let run = named(ctx.key())?;
        let request: StartRequest = request::read(&request).map_err(|refusal| refusal.terminal())?;
        drive::drive(self, &ctx, &run, request).await
    }

    /// Shows the run: how it stands, its events, what it waits for, its result.
    #[handler]
    async fn show(&self, ctx: SharedWorkflowContext<'_>) -> Result<Json<Value>, HandlerError> {
        let run = named(ctx.key())?;
        shared::show(self, &ctx, &run).await
    }

    /// A part of the run's events, a line each, by its number from 0; only the last has less than the others.
    #[handler]
    async fn history(&self, ctx: SharedWorkflowContext<'_>, number: u64) -> Result<Vec<u8>, HandlerError> {
        let run = named(ctx.key())?;
        shared::history_handler(self, &ctx, &run, number).await
    }

    /// Answers what the run waits for.
    #[handler]
    async fn decide(&self, ctx: SharedWorkflowContext<'_>, request: Vec<u8>) -> Result<Json<Value>, HandlerError> {
        let run = named(ctx.key())?;
        let request: AnswerRequest = request::read(&request).map_err(|refusal| refusal.terminal())?;
        shared::decide(self, &ctx, &run, request).await
    }

    /// Cancels the run.
    #[handler]
    async fn cancel(&self, ctx: SharedWorkflowContext<'_>, request: Vec<u8>) -> Result<Json<Value>, HandlerError> {
        let run = named(ctx.key())?;
        let request: CancelRequest = request::read(&request).map_err(|refusal| refusal.terminal())?;
        shared::cancel(self, &ctx, &run, request).await
    }

    /// A part of the result of a finished run, by its number from 0: for a result that is larger than a message.
    #[handler]
    async fn part(&self, ctx: SharedWorkflowContext<'_>, number: u64) -> Result<Vec<u8>, HandlerError> {
        let run = named(ctx.key())?;
        shared::part_handler(self, &ctx, &run, number).await
    }
}

impl SortieRun {
    /// Does work that takes a thread: at most so many at once.
    async fn on_a_thread<T, W>(host: Host, calls: Arc<Semaphore>, work: W) -> Result<T, HandlerError>
    where
        T: Send + 'static,
        W: FnOnce(&Host) -> Result<T, HandlerError> + Send + 'static,
    {
        let _permit = calls.acquire_owned().await?;
        tokio::task::spawn_blocking(move || work(&host)).await?
    }
}

fn named(key: &str) -> Result<RunId, HandlerError> {
    key.parse().map_err(|error: sortie_host::journal::InvalidRunId| {
        let (code, message) = (codes::INVALID_RUN_ID.as_str().to_owned(), error.to_string());
        Refusal { code, message, help: None }.terminal().into()
    })
}

/// The time, for a step that records it.
fn now() -> sortie_host::journal::Timestamp {
    SystemClock.now()
}

/// What a step records, if a message can carry it.
fn recorded(what: &str, bytes: Vec<u8>) -> Result<Vec<u8>, HandlerError> {
    if bytes.len() > MAX_MESSAGE {
        return Err(Refusal::too_large(what, bytes.len(), MAX_MESSAGE).terminal().into());
    }
    Ok(bytes)
}

impl UserError for ServiceError {
    fn code(&self) -> Code {
        match self {
            Self::Listen { .. } | Self::Runtime(_) => codes::RESTATE_ADDRESS,
            Self::IdentityKey { .. } => codes::RESTATE_IDENTITY_KEY,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_records_as_many_bytes_as_a_message_may_have_and_not_one_more() {
        assert!(recorded("a decision", vec![0; MAX_MESSAGE]).is_ok());
        assert!(recorded("a decision", vec![0; MAX_MESSAGE + 1]).is_err());
    }
}
