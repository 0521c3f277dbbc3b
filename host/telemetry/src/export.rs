//! From spans of `tracing` to a collector.

use std::fmt;

use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{ExporterBuildError, Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use sortie_json::{Code, UserError};
use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::registry::LookupSpan;

use crate::client::Client;
use crate::codes;

/// Where a collector takes spans, behind its address.
const TRACES: &str = "/v1/traces";

/// Spans are sent to a collector while it lives; what is left when it is dropped is sent then.
pub struct SpanExport {
    provider: SdkTracerProvider,
}

/// Why nothing can be sent to an address.
#[derive(Debug, thiserror::Error)]
#[error("`{url}` is not the address of a collector: {reason}")]
pub struct ExportError {
    /// The address.
    pub url: String,
    /// What is wrong with it.
    pub reason: String,
}

impl UserError for ExportError {
    fn code(&self) -> Code {
        codes::COLLECTOR_URL
    }
}

impl fmt::Debug for SpanExport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpanExport").finish_non_exhaustive()
    }
}

impl SpanExport {
    /// Sends to the collector at that address, `http://127.0.0.1:4318` for instance, under the name `sortie`, or the one in the
    /// variable `OTEL_SERVICE_NAME`. Nothing is asked of the collector yet.
    pub fn to(url: &str) -> Result<Self, ExportError> {
        let wrong = |reason: String| ExportError { url: url.to_owned(), reason };
        if !(url.starts_with("http://") || url.starts_with("https://")) {
            return Err(wrong("it has to begin with `http://` or `https://`".to_owned()));
        }
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Client::default())
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(format!("{}{TRACES}", url.trim_end_matches('/')))
            .build()
            .map_err(|error: ExporterBuildError| wrong(error.to_string()))?;
        let named = std::env::var_os("OTEL_SERVICE_NAME").is_some();
        let resource = Resource::builder();
        let resource = if named { resource } else { resource.with_service_name("sortie") };
        let provider =
            SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource.build()).build();
        Ok(Self { provider })
    }

    /// What hands Sortie's spans to the export. Where in the code they come from and on which thread is left out.
    pub fn layer<S>(&self) -> impl Layer<S> + Send + Sync + use<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
    {
        tracing_opentelemetry::layer()
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_target(false)
            .with_tracer(self.provider.tracer("sortie"))
            // What libraries tell could have anything in it.
            .with_filter(filter_fn(|metadata| metadata.target().starts_with("sortie")))
    }
}

impl Drop for SpanExport {
    fn drop(&mut self) {
        // Where the collector is gone, there is nobody to tell.
        let _ = self.provider.shutdown();
    }
}
