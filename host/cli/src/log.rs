//! What happens, written to standard error while a command serves or works.

use std::io;

use clap::{Args, ValueEnum};
#[cfg(feature = "otlp")]
use sortie_telemetry::SpanExport;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Registry, registry};

use crate::error::CliError;

#[derive(Debug, Args)]
pub(crate) struct LogArguments {
    /// Log to standard error, a line for each event: runs, their calls with fuel and hashes, decisions, requests.
    /// Params, states and answers are never logged.
    #[arg(long, value_enum, value_name = "FORM")]
    log: Option<LogForm>,
    /// Send a span for each run and each call, with fuel, digests and hashes, to this collector of OpenTelemetry (OTLP over HTTP).
    #[cfg(feature = "otlp")]
    #[arg(long, value_name = "URL", env = "OTEL_EXPORTER_OTLP_ENDPOINT")]
    otlp: Option<String>,
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
    /// Begins to write and to send, as far as that is wanted, until what it gives is dropped.
    #[cfg_attr(
        not(feature = "otlp"),
        expect(clippy::unnecessary_wraps, reason = "where it sends, it can be told a wrong address")
    )]
    pub(crate) fn begin(&self) -> Result<LogGuard, CliError> {
        // What libraries tell could have anything in it.
        let ours = filter_fn(|metadata| metadata.target().starts_with("sortie"));
        let lines = tracing_subscriber::fmt::layer()
            .with_writer(io::stderr)
            .with_ansi(false)
            .with_target(false)
            .with_span_events(FmtSpan::CLOSE);
        let mut layers: Vec<Box<dyn Layer<Registry> + Send + Sync>> = Vec::new();
        match self.log {
            None => {}
            Some(LogForm::Text) => layers.push(lines.with_filter(ours).boxed()),
            Some(LogForm::Json) => layers.push(lines.json().with_filter(ours).boxed()),
        }
        #[cfg(feature = "otlp")]
        let export = self.otlp.as_deref().map(SpanExport::to).transpose();
        #[cfg(feature = "otlp")]
        let export = export.map_err(|error| CliError::Error(Box::new(error)))?;
        #[cfg(feature = "otlp")]
        layers.extend(export.as_ref().map(|export| export.layer().boxed()));
        if !layers.is_empty() {
            // It begins once in a process.
            let _ = registry().with(layers).try_init();
        }
        Ok(LogGuard {
            #[cfg(feature = "otlp")]
            _export: export,
        })
    }
}

/// What is written and sent while it lives.
pub(crate) struct LogGuard {
    #[cfg(feature = "otlp")]
    _export: Option<SpanExport>,
}
