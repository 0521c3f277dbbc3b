//! The interface for programs.
#![allow(clippy::unwrap_used, reason = "a test may end where its input is not as it must be")]

use serde_json::{Value, json};

use crate::site::Site;

fn get(site: &Site, path: &str) -> Value {
    let reply = site.by("view", "GET", path, &Value::Null);
    assert_eq!(reply.status, 200, "{path}: {}", reply.body);
    reply.json()
}

#[test]
fn a_run_is_started_previewed_decided_checked_and_bundled() {
    let site = Site::new();
    let missions = get(&site, "/api/v1/missions");
    let names: Vec<&str> =
        missions["missions"].as_array().unwrap().iter().filter_map(|one| one["name"].as_str()).collect();
    assert!(names.contains(&"daily-loop/daily_loop"), "{names:?}");
    let start = json!({"mission": "daily_loop", "params": {"today": "2026-01-08"}, "state": {"tasks": [
        {"uuid": "11111111-1111-4111-8111-111111111111", "description": "Write", "status": "pending", "entry": "20260101T000000Z"},
    ]}});
    let started = site.by("start", "POST", "/api/v1/runs", &start);
    assert_eq!(started.status, 201, "{}", started.body);
    let run = started.json()["run"].as_str().unwrap().to_owned();
    assert_eq!(get(&site, "/api/v1/runs?status=waiting")["runs"][0]["run"], json!(run));

    let previews = get(&site, &format!("/api/v1/runs/{run}/preview"));
    let previewed = &previews["previews"][0];
    assert_eq!((&previewed["answer"], &previewed["outlook"]), (&json!({"accept": true}), &json!("ends")));
    let details = get(&site, &format!("/api/v1/runs/{run}"));
    let step = details["question"]["step"].as_str().unwrap();
    assert!(details["steps"][0]["lineage"]["chain"].is_string(), "{details}");

    let decision = json!({"step": step, "value": {"accept": true}, "comment": "fine"});
    let decided = site.by("decide", "POST", &format!("/api/v1/runs/{run}/decision"), &decision);
    assert_eq!((decided.status, &decided.json()["code"]), (200, &json!("decided")), "{}", decided.body);
    let details = get(&site, &format!("/api/v1/runs/{run}"));
    assert_eq!(details["result"]["receipt"]["result_hash"], previewed["result_hash"]);
    assert_eq!(details["result"]["receipt"]["audit"][0]["actor"], json!("decide"));
    assert!(get(&site, &format!("/api/v1/runs/{run}/state?after={step}"))["state"].is_object());
    assert_eq!(get(&site, &format!("/api/v1/runs/{run}/bundle"))["schema_version"], json!("bundle@3"));
    let verified = site.by("view", "POST", &format!("/api/v1/runs/{run}/verify"), &Value::Null).json();
    assert_eq!(verified["verified"], json!(true), "{verified}");
}

#[test]
fn what_is_wrong_has_the_code_that_the_command_gives_too() {
    let site = Site::new();
    let run = site.asking();
    let decision = format!("/api/v1/runs/{run}/decision");
    let cases: &[(&str, &str, &str, Value, u16, &str)] = &[
        ("start", "POST", "/api/v1/runs", json!({"mission": "daly_loop"}), 404, "unknown_mission"),
        (
            "start",
            "POST",
            "/api/v1/runs",
            json!({"mission": "daily_loop", "params": {"limit": "x"}}),
            422,
            "invalid_params",
        ),
        ("start", "POST", "/api/v1/runs", json!({"mission": "daily_loop", "state": []}), 422, "state_not_object"),
        ("start", "POST", "/api/v1/runs", json!({"mission": "daily_loop", "extra": 1}), 400, "invalid_request"),
        ("start", "POST", "/api/v1/runs", json!(["echo", {}, {}, {}, null]), 400, "invalid_request"),
        ("decide", "POST", &decision, json!(["ask", "ship", null, null]), 400, "invalid_request"),
        ("view", "GET", "/api/v1/runs/none", Value::Null, 404, "unknown_run"),
        ("view", "GET", "/api/v1/runs?status=lost", Value::Null, 400, "invalid_request"),
        ("view", "GET", "/api/v1/runs?limit=x", Value::Null, 400, "invalid_request"),
        ("view", "GET", "/api/none", Value::Null, 404, "no_such_page"),
        ("view", "DELETE", "/api/v1/runs", Value::Null, 405, "wrong_method"),
        ("decide", "POST", &decision, json!({"step": "ask", "value": "sink"}), 422, "schema_mismatch"),
        ("decide", "POST", &decision, json!({"step": "end", "value": "ship"}), 404, "unknown_wait"),
        ("decide", "POST", &decision, json!({"step": "ask"}), 400, "invalid_request"),
        ("view", "GET", &format!("/api/v1/runs/{run}/bundle"), Value::Null, 409, "no_result_yet"),
        ("view", "GET", &format!("/api/v1/runs/{run}/state?after=end"), Value::Null, 404, "no_such_step"),
        ("admin", "POST", &format!("/api/v1/runs/{run}/cancel"), json!({"reason": " "}), 400, "invalid_request"),
    ];
    for (user, method, path, body, status, code) in cases {
        let reply = site.by(user, method, path, body);
        assert_eq!((reply.status, reply.code().as_str()), (*status, *code), "{method} {path} {body}: {}", reply.body);
        assert_eq!(reply.header("content-type"), Some("application/problem+json"));
        assert!(reply.json()["detail"].as_str().is_some_and(|detail| !detail.is_empty()));
    }
    assert_eq!(site.status(&run), "waiting");
}

#[test]
fn what_stands_around_a_body_is_read_as_http_has_it() {
    let site = Site::new();
    // The name of a scheme has no case.
    for (authorization, status) in [("bearer view-token", 200), ("BEARER view-token", 200), ("Basic view-token", 401)] {
        let reply = site.send("GET", "/api/v1/runs", &[("Authorization", authorization)], "");
        assert_eq!(reply.status, status, "{authorization}");
    }
    let wrong = site.by("view", "GET", "/api/v1/runs?sorted=due", &Value::Null);
    let detail = "the query cannot be read: sorted: unknown field `sorted`, expected one of ";
    assert!(wrong.json()["detail"].as_str().is_some_and(|told| told.starts_with(detail)), "{}", wrong.body);
    for (encoding, status) in [("gzip", 415), ("identity, br", 415), ("Identity", 201)] {
        let headers = [("Authorization", "Bearer start-token"), ("Content-Encoding", encoding)];
        let reply = site.send("POST", "/api/v1/runs", &headers, "{\"mission\": \"echo\"}");
        assert_eq!(reply.status, status, "{encoding}: {}", reply.body);
    }
    for text in ["", "{", "{\"mission\": \"echo\", \"mission\": \"echo\"}", "[1e999]", "\u{feff}{}"] {
        let reply = site.send("POST", "/api/v1/runs", &[("Authorization", "Bearer start-token")], text);
        assert_eq!((reply.status, reply.code().as_str()), (400, "invalid_request"), "{text}");
    }
}

#[test]
fn an_answer_that_would_be_refused_is_refused_by_the_preview_and_nothing_happens() {
    let site = Site::new();
    let run = site.asking();
    let path = format!("/api/v1/runs/{run}/preview");
    let reply = site.by("view", "POST", &path, &json!({"value": "sink"}));
    assert_eq!(reply.status, 200, "{}", reply.body);
    assert_eq!(
        (&reply.json()["outlook"], &reply.json()["problem"]["code"]),
        (&json!("refused"), &json!("schema_mismatch"))
    );
    assert_eq!(site.by("view", "POST", &path, &json!({"value": "ship"})).json()["outlook"], json!("ends"));
    assert_eq!(site.status(&run), "waiting");
    site.by("decide", "POST", &format!("/api/v1/runs/{run}/decision"), &json!({"step": "ask", "value": "ship"}));
    assert_eq!(site.by("view", "GET", &path, &Value::Null).code(), "not_asked");
}

#[test]
fn every_operation_of_the_document_is_there_and_takes_the_role_that_it_says() {
    let site = Site::new();
    let document = site.send("GET", "/openapi.json", &[], "").json();
    assert_eq!(document["openapi"], json!("3.1.0"));
    let mut count = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        let path = path.replace("{run}", "none").replace("{plugin}", "none").replace("{name}", "none");
        for (method, operation) in methods.as_object().unwrap() {
            let role = operation["description"].as_str().unwrap().split('`').nth(1).unwrap();
            // One whose answer does not end is asked for what it refuses.
            let is_endless = operation.pointer("/responses/200/content/text~1event-stream").is_some();
            let path = if is_endless { format!("{path}?after=x") } else { path.clone() };
            let reply = site.by(role, &method.to_uppercase(), &path, &Value::Null);
            assert!(![401, 403, 405, 500].contains(&reply.status), "{method} {path}: {} {}", reply.status, reply.body);
            assert!(reply.status != 404 || reply.code() != "no_such_page", "{method} {path}");
            count += 1;
        }
    }
    assert!(count >= 13, "{count}");
}

#[test]
fn the_numbers_count_what_happened() {
    let site = Site::new();
    let run = site.asking();
    site.asking();
    site.by("decide", "POST", &format!("/api/v1/runs/{run}/decision"), &json!({"step": "ask", "value": "ship"}));
    site.by("decide", "POST", &format!("/api/v1/runs/{run}/decision"), &json!({"step": "ask", "value": "hold"}));
    let text = site.by("view", "GET", "/metrics", &Value::Null).body;
    for line in [
        "sortie_decisions_total{code=\"decided\"} 1",
        "sortie_decisions_total{code=\"conflict\"} 1",
        "sortie_runs_waiting 1",
        "sortie_http_requests_total{route=\"/api/v1/runs/{run}/decision\",status=\"200\"} 1",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    assert!(!text.contains(run.as_str()), "the numbers name no run");
}
