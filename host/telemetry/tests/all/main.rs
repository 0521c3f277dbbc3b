//! A collector that keeps what it is sent, and what it gets of spans as Sortie makes them.

#![expect(clippy::unwrap_used, reason = "a test fails so")]

use std::net::TcpListener;
use std::time::Duration;

use sortie_telemetry::SpanExport;
use sortie_telemetry::collector::Collector;
use tracing::field::Empty;
use tracing::subscriber::with_default;
use tracing::{info, info_span};
use tracing_subscriber::layer::SubscriberExt;

#[test]
fn a_run_and_its_calls_come_as_one_trace_with_fuel_digest_and_hash_and_nothing_of_others() {
    let collector = Collector::start().unwrap();
    let export = SpanExport::to(collector.url()).unwrap();
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
    let batch = collector.next(Duration::from_mins(1)).unwrap();
    let head = &batch.head;
    assert!(head.starts_with("POST /v1/traces HTTP/1.1\r\n"), "{head}");
    assert!(head.to_ascii_lowercase().contains("content-type: application/x-protobuf\r\n"), "{head}");
    assert_eq!(batch.service.as_deref(), Some("sortie"));
    let [call, run] = batch.spans.as_slice() else { panic!("{:?}", batch.spans) };
    assert_eq!((call.name.as_str(), run.name.as_str()), ("call", "run"));
    assert_eq!((&call.trace, &call.parent), (&run.trace, &run.id));
    let text = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    };
    assert_eq!(call.attributes, text(&[("step", "say"), ("plugin", "echo"), ("digest", "d1"), ("fuel", "7")]));
    assert_eq!(run.attributes, text(&[("run", "r1"), ("mission", "echo"), ("fuel", "9"), ("result_hash", "h1")]));
    assert!(call.events.is_empty() && run.events.is_empty(), "{:?}", batch.spans);
    assert!(!String::from_utf8_lossy(&batch.body).contains("what is in the state"));
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
