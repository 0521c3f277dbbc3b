//! What a server and a worker send to a collector of OpenTelemetry while they drive real runs.
#![allow(clippy::expect_used, clippy::panic, reason = "a test says what it expected")]

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sortie_telemetry::collector::{CollectedSpan, Collector, SpanBatch};

use crate::serving::ask;
use crate::support::{json_of, sortie, text};

/// How long something may take that takes a moment.
const PATIENCE: Duration = Duration::from_mins(1);

/// What must be in nothing that is sent: a param, a state, an answer, a remark, a token.
const SECRETS: [&str; 5] = ["2026-01-08", "SECRET-STATE", "SECRET-ANSWER", "SECRET-REMARK", "open sesame"];

/// A process that ends with the test.
struct TestProcess(Child);

impl TestProcess {
    /// Tells it to stop, and waits until it has: what is left to be sent is sent by then.
    fn stop(mut self) {
        let told = Command::new("kill").arg(self.0.id().to_string()).status().expect("kill runs");
        assert!(told.success());
        assert!(self.0.wait().expect("it ends").success());
    }
}

impl Drop for TestProcess {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// All that was sent, once the processes that send have ended.
fn batches(collector: &Collector) -> Vec<SpanBatch> {
    let first = collector.next(PATIENCE);
    let rest = std::iter::from_fn(|| collector.next(Duration::from_secs(1)));
    first.into_iter().chain(rest).collect()
}

fn serve(folder: &Path, collector: &Collector) -> (TestProcess, String) {
    // `printf %s "open sesame" | sha256sum`
    let hash = "41ef4bb0b23661e66301aac36066912dac037827b4ae63a7b1165a5aa93ed4eb";
    let users = json!({"ann": {"role": "admin", "token_sha256": hash}});
    fs::write(folder.join("users.json"), users.to_string()).expect("the users");
    let child = sortie(folder)
        .args(["--format", "json", "serve", "--listen", "127.0.0.1:0", "--users", "users.json", "--no-resume"])
        .args(["--otlp", collector.url()])
        .stdout(Stdio::piped())
        .spawn();
    let mut server = TestProcess(child.expect("the server begins"));
    let mut printed = String::new();
    let mut lines = BufReader::new(server.0.stdout.take().expect("its output"));
    loop {
        assert!(lines.read_line(&mut printed).expect("a line") > 0, "{printed}");
        if let Ok(said) = serde_json::from_str::<Value>(&printed) {
            return (server, text(&said, "/address").to_owned());
        }
    }
}

/// The spans of a run, and the calls within them.
fn of_run<'s>(spans: &'s [CollectedSpan], run: &str) -> (Vec<&'s CollectedSpan>, Vec<&'s CollectedSpan>) {
    let own: Vec<&CollectedSpan> =
        spans.iter().filter(|span| span.name == "run" && span.attribute("run") == Some(run)).collect();
    let is_within = |span: &&CollectedSpan| own.iter().any(|own| (&own.id, &own.trace) == (&span.parent, &span.trace));
    let calls = spans.iter().filter(|span| span.name == "call").filter(is_within).collect();
    (own, calls)
}

fn check_calls(calls: &[&CollectedSpan], outcome: &str) {
    assert!(!calls.is_empty(), "no call");
    for call in calls {
        let is_set = |name: &str| call.attribute(name).is_some_and(|value| !value.is_empty());
        assert!(["step", "plugin", "function"].into_iter().all(is_set), "{call:?}");
        assert_eq!(call.attribute("digest").map(str::len), Some(64), "{call:?}");
        assert_eq!(call.attribute("outcome"), Some(outcome), "{call:?}");
        assert!(
            call.attribute("fuel").and_then(|fuel| fuel.parse::<u64>().ok()).is_some_and(|fuel| fuel > 0),
            "{call:?}"
        );
    }
}

#[test]
fn a_mission_is_spans_with_fuel_digests_and_hashes_and_nothing_of_params_states_and_answers() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let collector = Collector::start().expect("it listens");
    let (server, address) = serve(folder, &collector);
    let start = json!({"mission": "daily_loop", "params": {"today": "2026-01-08"}, "state": {"tasks": [
        {"uuid": "11111111-1111-4111-8111-111111111111", "description": "SECRET-STATE", "status": "pending", "entry": "20260101T000000Z"},
    ]}});
    let started = ask(&address, "POST", "/api/v1/runs", &start.to_string());
    let (run, step) = (text(&started, "/run").to_owned(), text(&started, "/wait/step").to_owned());
    // An answer that does not fit is not sent on either.
    let decision = |value: Value| json!({"step": step, "value": value, "comment": "SECRET-REMARK"}).to_string();
    let path = format!("/api/v1/runs/{run}/decision");
    let refused = ask(&address, "POST", &path, &decision(json!({"accept": "SECRET-ANSWER"})));
    assert_eq!(text(&refused, "/code"), "schema_mismatch", "{refused}");
    let decided = ask(&address, "POST", &path, &decision(json!({"accept": true})));
    assert_eq!(text(&decided, "/run/status"), "done", "{decided}");
    // One that a worker drives, and that fails.
    let steps = json!([
        {"id": "ask", "kind": "human", "payload": {"description": "SECRET-STATE?", "schema": {"type": "string"}, "default": "SECRET-ANSWER",
            "expires": "1s", "on_expiry": "default"}},
        {"id": "after", "kind": "runtime", "payload": {"operation": "core/fail", "reason": "SECRET-STATE"}},
    ]);
    fs::write(folder.join("workflow.json"), json!({"id": "fails", "steps": steps}).to_string()).expect("the workflow");
    let output = sortie(folder).args(["--format", "json", "exec", "workflow.json", "--mode", "pause"]).output();
    let output = output.expect("it runs");
    assert_eq!(output.status.code(), Some(4), "{}", String::from_utf8_lossy(&output.stderr));
    let paused: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let failing = text(&paused, "/run").to_owned();
    let worker = sortie(folder).args(["worker", "--otlp", collector.url()]).stdout(Stdio::null()).spawn();
    let worker = TestProcess(worker.expect("the worker begins"));
    let until = Instant::now() + PATIENCE;
    while json_of(folder, ["inbox", "show", &failing])["status"] != json!("failed") {
        assert!(Instant::now() < until, "the wait does not end");
        std::thread::sleep(Duration::from_millis(100));
    }
    worker.stop();
    server.stop();

    let batches = batches(&collector);
    assert!(batches.iter().all(|batch| batch.service.as_deref() == Some("sortie")));
    for batch in &batches {
        let sent = String::from_utf8_lossy(&batch.body);
        assert!(!SECRETS.iter().any(|secret| sent.contains(secret)), "{sent}");
    }
    let spans: Vec<CollectedSpan> = batches.into_iter().flat_map(|batch| batch.spans).collect();
    assert!(spans.iter().all(|span| matches!(span.name.as_str(), "run" | "call")), "{spans:?}");

    let (own, calls) = of_run(&spans, &run);
    assert!(own.iter().all(|span| span.attribute("mission") == Some("daily_loop")), "{own:?}");
    check_calls(&calls, "ok");
    let asked = own.iter().find(|span| span.attribute("question_hash").is_some());
    assert!(asked.is_some(), "{own:?}");
    let ended: Vec<_> = own.iter().filter(|span| span.attribute("result_hash").is_some()).collect();
    let [ended] = ended.as_slice() else { panic!("{own:?}") };
    let receipt = json_of(folder, ["inbox", "show", &run]).pointer("/result/receipt").cloned().unwrap_or_default();
    assert_eq!(ended.attribute("result_hash"), receipt["result_hash"].as_str());
    assert_eq!(ended.attribute("fuel").map(str::to_owned), receipt["fuel"].as_u64().map(|fuel| fuel.to_string()));
    assert_eq!(ended.attribute("success"), Some("true"));

    let (own, calls) = of_run(&spans, &failing);
    check_calls(&calls, "operation_failed");
    let ended: Vec<_> = own.iter().filter_map(|span| span.attribute("success")).collect();
    assert_eq!(ended, ["false"], "{own:?}");
}
