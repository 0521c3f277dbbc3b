//! A collector of OpenTelemetry that keeps what it is sent: for tests.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use prost::Message;

/// The longest batch that is read, in bytes.
const MAX_BATCH: usize = 16 << 20;

/// Takes batches over HTTP on a port of this machine, as long as the process lives.
#[derive(Debug)]
pub struct Collector {
    url: String,
    batches: Receiver<SpanBatch>,
}

/// What was sent in one request.
#[derive(Debug)]
pub struct SpanBatch {
    /// The head of the request.
    pub head: String,
    /// The name of the service that the spans are of.
    pub service: Option<String>,
    /// The spans, in the order in which they ended.
    pub spans: Vec<CollectedSpan>,
    /// All of it, as bytes: what stands nowhere in them was not sent.
    pub body: Vec<u8>,
}

/// A span, as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CollectedSpan {
    /// What it is called.
    pub name: String,
    /// The trace that it is in.
    pub trace: Vec<u8>,
    /// By what others name it.
    pub id: Vec<u8>,
    /// The span that it is in; empty, if it is in none.
    pub parent: Vec<u8>,
    /// Its attributes as text, in the order in which they were set.
    pub attributes: Vec<(String, String)>,
    /// The names of its events.
    pub events: Vec<String>,
}

impl CollectedSpan {
    /// The attribute of that name.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

impl Collector {
    /// Begins to listen.
    ///
    /// # Errors
    ///
    /// This machine has no port for it.
    pub fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let url = format!("http://{}", listener.local_addr()?);
        let (tell, batches) = mpsc::channel();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // What is no batch is nobody's; nobody asks any more where the collector is gone.
                if let Ok(batch) = take(stream)
                    && tell.send(batch).is_err()
                {
                    return;
                }
            }
        });
        Ok(Self { url, batches })
    }

    /// Its address, as [`SpanExport::to`](crate::SpanExport::to) takes it.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The next batch; nothing, if none comes in time.
    #[must_use]
    pub fn next(&self, within: Duration) -> Option<SpanBatch> {
        self.batches.recv_timeout(within).ok()
    }
}

/// Reads one batch, and answers.
fn take(stream: TcpStream) -> io::Result<SpanBatch> {
    let mut stream = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    while stream.read_line(&mut head)? > 2 {
        let line = head.lines().last().unwrap_or_default().to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse::<usize>().map_err(io::Error::other)?.min(MAX_BATCH);
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    let request = ExportTraceServiceRequest::decode(&*body).map_err(io::Error::other)?;
    stream.get_mut().write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")?;
    let mut batch = SpanBatch { head, service: None, spans: Vec::new(), body };
    for of_service in request.resource_spans {
        let resource = of_service.resource.map(|resource| texts(resource.attributes)).unwrap_or_default();
        batch.service = resource.into_iter().find(|(key, _)| key == "service.name").map(|(_, name)| name);
        for span in of_service.scope_spans.into_iter().flat_map(|scope| scope.spans) {
            batch.spans.push(CollectedSpan {
                name: span.name,
                trace: span.trace_id,
                id: span.span_id,
                parent: span.parent_span_id,
                attributes: texts(span.attributes),
                events: span.events.into_iter().map(|event| event.name).collect(),
            });
        }
    }
    Ok(batch)
}

fn texts(attributes: Vec<KeyValue>) -> Vec<(String, String)> {
    let text = |value: Option<Value>| match value {
        Some(Value::StringValue(text)) => text,
        Some(Value::IntValue(number)) => number.to_string(),
        Some(Value::BoolValue(truth)) => truth.to_string(),
        other => format!("{other:?}"),
    };
    attributes.into_iter().map(|of| (of.key, text(of.value.and_then(|value| value.value)))).collect()
}
