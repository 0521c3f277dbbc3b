//! `sortie serve --engine`: the same interface over runs that Restate drives.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use serde_json::{Value, json};

use super::machine::{Machine, asks, in_memory, machine, workflow};
use crate::serving::ask;
use crate::support::{sortie, text};

/// A server on a cluster, that ends with the test.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(machine: &Machine) -> Self {
        // `printf %s "open sesame" | sha256sum`
        let hash = "41ef4bb0b23661e66301aac36066912dac037827b4ae63a7b1165a5aa93ed4eb";
        let users = json!({"ann": {"role": "admin", "token_sha256": hash}});
        fs::write(machine.folder().join("users.json"), users.to_string()).unwrap();
        let mut child = sortie(machine.folder())
            .args(["--format", "json", "serve", "--listen", "127.0.0.1:0", "--users", "users.json", "--engine"])
            .arg(machine.engine())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = text(&serde_json::from_str(&line).unwrap(), "/address").to_owned();
        Self { child, address }
    }

    fn get(&self, path: &str) -> Value {
        ask(&self.address, "GET", path, "")
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        ask(&self.address, "POST", path, &body.to_string())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_server_on_restate_starts_previews_decides_cancels_and_verifies_runs_and_says_what_restate_lacks() {
    let Some(machine) = machine() else { return };
    let server = Server::start(&machine);
    let start = json!({"mission": "daily_loop", "params": {"today": "2026-01-08"}, "run": "day", "state": {"tasks": [
        {"uuid": "11111111-1111-4111-8111-111111111111", "description": "Water the plants", "status": "pending",
         "entry": "20260101T000000Z"},
    ]}});
    let started = server.post("/api/v1/runs", &start);
    assert_eq!((text(&started, "/status"), text(&started, "/run")), ("waiting", "day"), "{started}");
    assert_eq!(text(&started, "/started_by"), "ann", "{started}");
    // The same again is the run that there is, and another one of its name is refused.
    assert_eq!(text(&server.post("/api/v1/runs", &start), "/run"), "day");
    let mut other = start.clone();
    other["params"]["today"] = json!("2026-01-09");
    assert_eq!(text(&server.post("/api/v1/runs", &other), "/code"), "run_exists");

    let shown = server.get("/api/v1/runs/day");
    let step = text(&shown, "/question/step").to_owned();
    let decision = |value: Value| json!({"step": step, "value": value});
    let ahead = server.post("/api/v1/runs/day/preview", &json!({"value": {"accept": true}}));
    let expected = text(&ahead, "/result_hash").to_owned();
    // Refused in the words of any journal, with the place.
    let refused = server.post("/api/v1/runs/day/decision", &decision(json!({"accept": "perhaps"})));
    assert_eq!(text(&refused, "/code"), "schema_mismatch", "{refused}");
    assert!(refused["pointer"].is_string(), "{refused}");

    let decided = server.post("/api/v1/runs/day/decision", &decision(json!({"accept": true})));
    assert_eq!((text(&decided, "/code"), text(&decided, "/run/status")), ("decided", "done"), "{decided}");
    let again = server.post("/api/v1/runs/day/decision", &decision(json!({"accept": true})));
    assert_eq!(text(&again, "/code"), "already_decided", "{again}");
    let late = server.post("/api/v1/runs/day/decision", &decision(json!({"accept": false})));
    assert_eq!(text(&late, "/code"), "conflict", "{late}");
    let shown = server.get("/api/v1/runs/day");
    assert_eq!(text(&shown, "/result/receipt/result_hash"), expected, "{shown}");
    let verified = server.post("/api/v1/runs/day/verify", &json!({}));
    assert_eq!((&verified["verified"], text(&verified, "/result_hash")), (&json!(true), expected.as_str()));

    assert_eq!(text(&server.get("/api/v1/events"), "/code"), "engine_without_feed");
    assert_eq!(text(&server.get("/api/v1/runs/nobody"), "/code"), "unknown_run");
}

#[test]
fn a_server_on_restate_lists_runs_in_each_order_a_page_at_a_time_and_cancels_them() {
    let Some(machine) = machine() else { return };
    for number in 0..5 {
        machine.start(&format!("run-{number}"), asks(number));
        machine.waiting(&format!("run-{number}"));
    }
    machine.start("done", workflow(json!([]), json!({})));
    machine.end("done");
    let server = Server::start(&machine);
    let list = |query: &str| {
        let (mut runs, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = server.get(&format!("/api/v1/runs?{query}{cursor}"));
            let found = page["runs"].as_array().unwrap_or_else(|| panic!("{page}"));
            runs.extend(found.iter().map(|run| text(run, "/run").to_owned()));
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return runs,
            }
        }
    };
    let waiting = ["run-0", "run-1", "run-2", "run-3", "run-4"];
    assert_eq!(list("status=waiting&limit=2"), waiting);
    let all = list("limit=3");
    assert_eq!(all.len(), 6, "{all:?}");
    assert_eq!(list("status=done"), ["done"]);
    assert_eq!(list("mission=o'ther"), Vec::<String>::new());

    let cancelled = server.post("/api/v1/runs/run-3/cancel", &json!({"reason": "not now"}));
    assert_eq!((text(&cancelled, "/code"), text(&cancelled, "/run/status")), ("cancelled", "cancelled"), "{cancelled}");
    let late = server.post("/api/v1/runs/run-3/decision", &json!({"step": "ask", "value": true}));
    assert_eq!(text(&late, "/code"), "cancelled", "{late}");
    let decided = server.post("/api/v1/runs/run-1/decision", &json!({"step": "ask", "value": true}));
    assert_eq!(text(&decided, "/run/status"), "done", "{decided}");
    let expected = in_memory(&asks(1), &[("ask".to_owned(), json!(true))].into(), &[]);
    assert_eq!(text(&server.get("/api/v1/runs/run-1"), "/result/receipt/result_hash"), expected);
    machine.patiently("those that wait are listed", || {
        (list("status=waiting") == ["run-0", "run-2", "run-4"]).then_some(())
    });
}
