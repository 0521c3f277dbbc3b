//! A collector that keeps what it is sent, and what it gets of spans as Sortie makes them.

#![expect(clippy::unwrap_used, reason = "a test fails so")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use sortie_telemetry::SpanExport;
use tracing::field::Empty;
use tracing::subscriber::with_default;
use tracing::{info, info_span};
use tracing_subscriber::layer::SubscriberExt;

/// A collector of OpenTelemetry: takes batches over HTTP, and hands on what they are.
fn collector() -> (String, mpsc::Receiver<(String, ExportTraceServiceRequest)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let (mut head, mut length) = (String::new(), 0);
            while stream.read_line(&mut head).is_ok_and(|read| read > 2) {
                let line = head.lines().last().unwrap_or_default().to_ascii_lowercase();
                if let Some(value) = line.strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
            }
            let mut body = vec![0; length];
            stream.read_exact(&mut body).unwrap();
            let request = ExportTraceServiceRequest::decode(&*body).unwrap();
            stream.get_mut().write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").unwrap();
            tell.send((head, request)).unwrap();
        }
    });
    (url, told)
}

/// The attributes of a span as text, in the order in which they were set.
fn attributes(span: &Span) -> Vec<(String, String)> {
    let text = |value: Option<Value>| match value {
        Some(Value::StringValue(text)) => text,
        Some(Value::IntValue(number)) => number.to_string(),
        Some(Value::BoolValue(truth)) => truth.to_string(),
        other => format!("{other:?}"),
    };
    let of = |of: &opentelemetry_proto::tonic::common::v1::KeyValue| {
        (of.key.clone(), text(of.value.clone().and_then(|value| value.value)))
    };
    span.attributes.iter().map(of).collect()
}

#[test]
fn a_run_and_its_calls_come_as_one_trace_with_fuel_digest_and_hash_and_nothing_of_others() {
    let (url, told) = collector();
    let export = SpanExport::to(&url).unwrap();
    with_default(tracing_subscriber::registry().with(export.layer()), || {
        let run = info_span!(target: "sortie_host::journal", "run", run = "r1", mission = "echo", fuel = Empty, result_hash = Empty);
        let _entered = run.enter();
        {
            let call = info_span!(
                target: "sortie_host::session", "call", step = "say", plugin = "echo", digest = "d1", fuel = Empty
            );
            let _entered = call.enter();
            info!(target: "another_library", secret = "what is in the state", "not ours");
            info_span!(target: "another_library", "not_ours", secret = "what is in the state").in_scope(|| ());
            call.record("fuel", 7_u64);
        }
        run.record("fuel", 9_u64);
        run.record("result_hash", "h1");
    });
    // What is left is sent at the end.
    drop(export);
    let (head, request) = told.recv_timeout(Duration::from_secs(10)).unwrap();
    assert!(head.starts_with("POST /v1/traces HTTP/1.1\r\n"), "{head}");
    assert!(head.to_ascii_lowercase().contains("content-type: application/x-protobuf\r\n"), "{head}");
    let of_service = &request.resource_spans[0];
    let service = of_service.resource.as_ref().unwrap().attributes.iter().find(|of| of.key == "service.name").unwrap();
    assert!(format!("{service:?}").contains("\"sortie\""), "{service:?}");
    let spans: Vec<&Span> = of_service.scope_spans.iter().flat_map(|scope| &scope.spans).collect();
    let [call, run] = spans.as_slice() else { panic!("{spans:?}") };
    assert_eq!((call.name.as_str(), run.name.as_str()), ("call", "run"));
    assert_eq!((&call.trace_id, &call.parent_span_id), (&run.trace_id, &run.span_id));
    let text = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    };
    assert_eq!(attributes(call), text(&[("step", "say"), ("plugin", "echo"), ("digest", "d1"), ("fuel", "7")]));
    assert_eq!(attributes(run), text(&[("run", "r1"), ("mission", "echo"), ("fuel", "9"), ("result_hash", "h1")]));
    assert!(call.events.is_empty() && run.events.is_empty(), "{spans:?}");
    assert!(!format!("{request:?}").contains("what is in the state"));
}

#[test]
fn a_collector_that_is_gone_keeps_nobody_waiting() {
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let export = SpanExport::to(&format!("http://{gone}")).unwrap();
    with_default(tracing_subscriber::registry().with(export.layer()), || {
        info_span!(target: "sortie_host::journal", "run", run = "r1").in_scope(|| ());
    });
    drop(export);
    for wrong in ["", "127.0.0.1:4318", "ftp://127.0.0.1", "http://"] {
        assert!(SpanExport::to(wrong).is_err(), "{wrong}");
    }
}
