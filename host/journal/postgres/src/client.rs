//! Sessions with a server, for callers that block and give up in time.

use std::collections::HashMap;
use std::error::Error as _;
use std::future::{Future, poll_fn};
use std::io::{self, ErrorKind};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use tokio::task::AbortHandle;
use tokio_postgres::error::Severity;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{AsyncMessage, Config, Row, Statement};

use crate::address::{Address, CONNECT_WITHIN};
use crate::network::{Network, wait};

/// A value that goes into a statement.
pub(crate) type Value<'v> = &'v (dyn ToSql + Sync);

/// A session with a server.
pub(crate) struct Client {
    session: tokio_postgres::Client,
    /// What was prepared, by its text.
    statements: HashMap<&'static str, Statement>,
    /// How long to wait for an answer.
    patience: Duration,
    notified: Receiver<()>,
    /// What moves the bytes, on the thread of the network.
    connection: AbortHandle,
}

/// Why a statement has no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ClientError {
    /// The server refused, or failed.
    Server(ServerError),
    /// The connection could not be made, or was lost before the statement was on its way: nothing is done.
    Unsent(String),
    /// The connection was lost before the whole answer was there.
    Lost(String),
    /// The server is none that can be used: its certificate, its way to log in, what it says.
    Unusable(String),
}

/// What a server says of an error.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct ServerError {
    /// SQLSTATE: five characters.
    pub(crate) code: String,
    pub(crate) message: String,
    /// Whether the session ends with it.
    pub(crate) is_fatal: bool,
}

impl ClientError {
    /// The error of what was sent.
    fn of_answer(error: &tokio_postgres::Error) -> Self {
        Self::of(error, Self::Lost)
    }

    /// The error of what came before anything was sent that stays.
    fn of_preparation(error: &tokio_postgres::Error) -> Self {
        Self::of(error, Self::Unsent)
    }

    fn of(error: &tokio_postgres::Error, of_network: fn(String) -> Self) -> Self {
        if let Some(said) = error.as_db_error() {
            let is_fatal = matches!(said.parsed_severity(), Some(Severity::Fatal | Severity::Panic));
            let (code, message) = (said.code().code().to_owned(), said.message().to_owned());
            return Self::Server(ServerError { code, message, is_fatal });
        }
        let io = error.source().and_then(|source| source.downcast_ref::<io::Error>());
        // A certificate that is not trusted, a message that cannot be read: there is no use in trying again.
        let is_malformed = |io: &io::Error| matches!(io.kind(), ErrorKind::InvalidData | ErrorKind::InvalidInput);
        if error.is_closed() || io.is_some_and(|io| !is_malformed(io)) {
            of_network(explain(error))
        } else {
            Self::Unusable(explain(error))
        }
    }
}

/// An error with what is behind it.
pub(crate) fn explain(error: &tokio_postgres::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

/// The detail of an answer that did not come.
const LATE: &str = "the server does not answer in time";

impl Client {
    /// Connects to the first of the hosts of an address that can be used, and logs in.
    pub(crate) fn connect(network: &Network, address: &Address, patience: Duration) -> Result<Self, ClientError> {
        let mut last = ClientError::Unusable("no host is named".to_owned());
        for server in &address.servers {
            match Self::connect_to(network, server, address, patience) {
                Ok(client) => return Ok(client),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    fn connect_to(
        network: &Network,
        server: &Config,
        address: &Address,
        patience: Duration,
    ) -> Result<Self, ClientError> {
        let end = Instant::now() + patience.min(server.get_connect_timeout().copied().unwrap_or(CONNECT_WITHIN));
        let (server, tls) = (server.clone(), address.tls.clone());
        let connecting = network.spawn(async move { server.connect(tls).await });
        let end_of_patience = connecting.abort_handle();
        let Some(connected) = wait(connecting, end) else {
            end_of_patience.abort();
            return Err(ClientError::Unsent(LATE.to_owned()));
        };
        let connected = connected.map_err(|error| ClientError::Unsent(error.to_string()))?;
        let (session, mut connection) = connected.map_err(|error| ClientError::of_preparation(&error))?;
        let (notify, notified) = mpsc::sync_channel(1);
        let connection = network.spawn(async move {
            while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
                if let AsyncMessage::Notification(_) = message {
                    // If one is there that nobody has taken yet, it stands for this one too.
                    let _ = notify.try_send(());
                }
            }
        });
        let connection = connection.abort_handle();
        Ok(Self { session, statements: HashMap::new(), patience, notified, connection })
    }

    /// Whether it can be used: it is not over, as far as can be known.
    pub(crate) fn is_usable(&self) -> bool {
        !self.session.is_closed()
    }

    /// Runs a statement, and gives its rows. It is prepared once.
    pub(crate) fn rows(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<Vec<Row>, ClientError> {
        let end = self.end();
        let statement = if let Some(statement) = self.statements.get(sql) {
            statement.clone()
        } else {
            let prepared = wait(self.session.prepare(sql), end);
            let prepared = prepared.ok_or_else(|| ClientError::Unsent(LATE.to_owned()))?;
            let prepared = prepared.map_err(|error| ClientError::of_preparation(&error))?;
            self.statements.entry(sql).or_insert(prepared).clone()
        };
        self.answer(self.session.query(&statement, values), end)
    }

    /// Runs a statement that gives one row, or none.
    pub(crate) fn row(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<Option<Row>, ClientError> {
        Ok(self.rows(sql, values)?.pop())
    }

    /// Runs a statement that was put together.
    pub(crate) fn rows_of(&self, sql: &str, values: &[(Value<'_>, Type)]) -> Result<Vec<Row>, ClientError> {
        self.answer(self.session.query_typed(sql, values), self.end())
    }

    /// Runs statements that give nothing, in one transaction if they do not say otherwise.
    pub(crate) fn batch(&self, sql: &str) -> Result<(), ClientError> {
        self.answer(self.session.batch_execute(sql), self.end())
    }

    /// Waits until somebody notifies a channel that this session listens to; gives whether anybody did in that time.
    pub(crate) fn is_notified(&self, within: Duration) -> Result<bool, ClientError> {
        match self.notified.recv_timeout(within) {
            Ok(()) => Ok(true),
            Err(RecvTimeoutError::Timeout) => Ok(false),
            Err(RecvTimeoutError::Disconnected) => Err(ClientError::Lost("the connection is closed".to_owned())),
        }
    }

    fn end(&self) -> Instant {
        Instant::now() + self.patience
    }

    /// Waits for the whole answer to something: what is written is durable then.
    fn answer<T>(
        &self,
        answer: impl Future<Output = Result<T, tokio_postgres::Error>>,
        end: Instant,
    ) -> Result<T, ClientError> {
        if self.session.is_closed() {
            return Err(ClientError::Unsent("the connection is closed".to_owned()));
        }
        let answer = wait(answer, end).ok_or_else(|| ClientError::Lost(LATE.to_owned()))?;
        answer.map_err(|error| ClientError::of_answer(&error))
    }
}

/// Nobody waits any more for what is under way.
impl Drop for Client {
    fn drop(&mut self) {
        self.connection.abort();
    }
}
