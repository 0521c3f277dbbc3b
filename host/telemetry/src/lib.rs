//! Sends what Sortie's spans tell to a collector of OpenTelemetry: a span for each run and one for each call within it, with the
//! mission, the step, the plugin and its digest, the outcome, the fuel and the hashes. Nothing of params, states and answers is in
//! Sortie's spans, and those of other libraries are not sent.
//!
//! Everything is behind the feature `otlp`: what it takes to speak with a collector is compiled by nobody else. It is OTLP in
//! protobuf over HTTP, sent in batches by a thread of its own: where the collector is slow or gone, spans are dropped, and no run
//! waits for it.
//!
//! A program that has a subscriber of its own adds `SpanExport::layer` to it:
//!
//! ```no_run
//! # #[cfg(feature = "otlp")]
//! # fn main() -> Result<(), sortie_telemetry::ExportError> {
//! use tracing_subscriber::layer::SubscriberExt;
//! use tracing_subscriber::util::SubscriberInitExt;
//!
//! let export = sortie_telemetry::SpanExport::to("http://127.0.0.1:4318")?;
//! tracing_subscriber::registry().with(export.layer()).init();
//! // Runs are driven; at the end what is left is sent.
//! drop(export);
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "otlp"))]
//! # fn main() {}
//! ```

#[cfg(feature = "otlp")]
mod client;
#[cfg(feature = "otlp")]
pub mod codes;
#[cfg(feature = "collector")]
pub mod collector;
#[cfg(feature = "otlp")]
mod export;

#[cfg(feature = "otlp")]
pub use export::{ExportError, SpanExport};
