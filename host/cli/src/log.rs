//! What happens, written to standard error while a command serves or works.

use std::io;

use clap::{Args, ValueEnum};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::registry;
use tracing_subscriber::util::SubscriberInitExt;

#[derive(Debug, Args)]
pub(crate) struct LogArguments {
    /// Log to standard error, a line for each event: runs, their calls with fuel and hashes, decisions, requests.
    /// Params, states and answers are never logged.
    #[arg(long, value_enum, value_name = "FORM")]
    log: Option<LogForm>,
}

/// How a line is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum LogForm {
    /// For people.
    Text,
    /// For programs: a JSON object with its spans.
    Json,
}

impl LogArguments {
    /// Begins to write, if that is wanted.
    pub(crate) fn begin(&self) {
        // What libraries tell could have anything in it.
        let ours = filter_fn(|metadata| metadata.target().starts_with("sortie"));
        let lines = tracing_subscriber::fmt::layer()
            .with_writer(io::stderr)
            .with_ansi(false)
            .with_target(false)
            .with_span_events(FmtSpan::CLOSE);
        let begun = match self.log {
            None => return,
            Some(LogForm::Text) => registry().with(lines.with_filter(ours)).try_init(),
            Some(LogForm::Json) => registry().with(lines.json().with_filter(ours)).try_init(),
        };
        // It begins once in a process.
        drop(begun);
    }
}
