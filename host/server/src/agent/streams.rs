//! The protocol on the standard streams, a message a line: for software that starts its own server.

use std::io;
use std::sync::Arc;

use rmcp::model::{ClientJsonRpcMessage, GetExtensions as _, JsonRpcError, ServerJsonRpcMessage};
use rmcp::service::{RoleServer, ServerInitializeError, serve_server};
use rmcp::transport::Transport;
use serde::Serialize;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::sync::{Mutex, Semaphore};
use tokio::task::JoinHandle;

use super::message;
use super::requests::Agent;
use crate::app::{Access, App};
use crate::crew::Crew;
use crate::deployment::Deployment;
use crate::error::ServerError;
use crate::identity::{Caller, Proof, Role};
use crate::net::MAX_BODY;
use crate::server::ServerSettings;

/// How many requests are answered at once. The next is read when one of them is done.
const AT_ONCE: usize = 8;

/// Answers software that acts for a user, on the standard streams, until it closes them. It may look and start runs; a
/// person decides, on the pages of a server whose address is `settings.public_url`, or with the command.
pub fn serve_standard_streams(deployment: Deployment, settings: ServerSettings, user: &str) -> Result<(), ServerError> {
    // Two more threads: where a standard stream is no pipe, waiting for it takes one.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(2 * settings.threads.max(1) + 3)
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
    let served = runtime.block_on(async {
        let (input, output) = rmcp::transport::stdio_pipes();
        serve(agent, Lines::new(input, output)).await
    });
    drop(crew);
    served.map_err(ServerError::Runtime)
}

/// Answers until there are no more messages.
async fn serve<R, W>(agent: Agent, lines: Lines<R, W>) -> io::Result<()>
where
    R: AsyncRead + Unpin + Send + 'static,
    W: AsyncWrite + Unpin + Send + 'static,
{
    match serve_server(agent, lines).await {
        Ok(service) => service.waiting().await.map(drop).map_err(io::Error::other),
        // Whoever says nothing wants nothing.
        Err(ServerInitializeError::ConnectionClosed(_)) => Ok(()),
        Err(error) => Err(io::Error::new(io::ErrorKind::InvalidData, error)),
    }
}

/// Messages on a pair of streams: I-JSON, of a bounded length, and so many at once.
struct Lines<R, W> {
    input: BufReader<R>,
    output: Arc<Mutex<W>>,
    /// What is read of a line. It stays where reading is interrupted.
    line: Vec<u8>,
    /// Whether the rest of the line is left out, as it is too long.
    is_skipping: bool,
    has_ended: bool,
    places: Arc<Semaphore>,
    /// The answer to what was no message, on its way.
    refusal: Option<JoinHandle<io::Result<()>>>,
}

/// What came of reading a line.
enum Line {
    Whole,
    TooLong,
    End,
}

impl<R, W> Lines<R, W>
where
    R: AsyncRead + Unpin + Send,
    W: AsyncWrite + Unpin + Send + 'static,
{
    fn new(input: R, output: W) -> Self {
        Self {
            input: BufReader::new(input),
            output: Arc::new(Mutex::new(output)),
            line: Vec::new(),
            is_skipping: false,
            has_ended: false,
            places: Arc::new(Semaphore::new(AT_ONCE)),
            refusal: None,
        }
    }

    /// Reads a line, without its end. What was read before an interruption is not read again.
    async fn read_line(&mut self) -> io::Result<Line> {
        loop {
            let piece = self.input.fill_buf().await?;
            if piece.is_empty() {
                self.has_ended = true;
                let is_whole = !self.line.is_empty() && !self.is_skipping;
                return Ok(if is_whole { Line::Whole } else { Line::End });
            }
            let end = piece.iter().position(|byte| *byte == b'\n');
            let text = &piece[..end.unwrap_or(piece.len())];
            self.is_skipping |= self.line.len() + text.len() > MAX_BODY;
            if self.is_skipping {
                self.line = Vec::new();
            } else {
                self.line.extend_from_slice(text);
            }
            let taken = text.len() + usize::from(end.is_some());
            self.input.consume(taken);
            if end.is_some() {
                let was_skipping = std::mem::take(&mut self.is_skipping);
                return Ok(if was_skipping { Line::TooLong } else { Line::Whole });
            }
        }
    }

    /// Answers what was no message. The answer is written whole, also where reading is interrupted meanwhile.
    fn refuse(&mut self, error: &JsonRpcError) {
        let written = line_of(error);
        let output = Arc::clone(&self.output);
        self.refusal = Some(tokio::spawn(async move { write(&output, written?).await }));
    }
}

impl<R, W> Transport<RoleServer> for Lines<R, W>
where
    R: AsyncRead + Unpin + Send,
    W: AsyncWrite + Unpin + Send + 'static,
{
    type Error = io::Error;

    fn send(&mut self, message: ServerJsonRpcMessage) -> impl Future<Output = io::Result<()>> + Send + 'static {
        let output = Arc::clone(&self.output);
        async move { write(&output, line_of(&message)?).await }
    }

    async fn receive(&mut self) -> Option<ClientJsonRpcMessage> {
        loop {
            if let Some(refusal) = &mut self.refusal {
                let written = refusal.await;
                self.refusal = None;
                written.ok()?.ok()?;
            }
            if self.has_ended {
                // What was asked before the end is answered before it.
                let all = u32::try_from(AT_ONCE).unwrap_or(u32::MAX);
                drop(self.places.acquire_many(all).await);
                return None;
            }
            let place = Arc::clone(&self.places).acquire_owned().await.ok()?;
            match self.read_line().await.ok()? {
                Line::End => {}
                Line::TooLong => self.refuse(&message::too_long()),
                Line::Whole => {
                    let line = std::mem::take(&mut self.line);
                    if line.trim_ascii().is_empty() {
                        continue;
                    }
                    match message::read(&line) {
                        Err(error) => self.refuse(&error),
                        Ok(message::Message { mut message, .. }) => {
                            // Its place is free again when it was answered, and what stands for it is dropped.
                            if let ClientJsonRpcMessage::Request(request) = &mut message {
                                request.request.extensions_mut().insert(Arc::new(place));
                            }
                            return Some(message);
                        }
                    }
                }
            }
        }
    }

    async fn close(&mut self) -> io::Result<()> {
        self.output.lock().await.flush().await
    }
}

fn line_of(message: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    Ok(line)
}

async fn write(output: &Mutex<impl AsyncWrite + Unpin>, line: Vec<u8>) -> io::Result<()> {
    let mut output = output.lock().await;
    output.write_all(&line).await?;
    output.flush().await
}
