//! What an operator's tools make of the numbers.
#![allow(clippy::unwrap_used, reason = "a test may end where its input is not as it must be")]

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::json;

use crate::site::Site;

/// A server that has done each thing that is counted.
fn busy() -> Site {
    let site = Site::new();
    let run = site.asking();
    site.by("ann", "POST", &format!("/api/v1/runs/{run}/decision"), &json!({"step": "ask", "value": "ship"}));
    site.by("start", "POST", "/api/v1/runs", &json!({"mission": "echo", "params": {"message": "secret text"}}));
    site.by("ann", "GET", "/nowhere/secret-path", &json!(null));
    site
}

#[test]
fn promtool_finds_nothing_wrong_with_the_metrics() {
    let Ok(mut promtool) =
        Command::new("promtool").args(["check", "metrics"]).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn()
    else {
        sortie_tests::skip("it needs promtool, of Debian's package `prometheus`");
        return;
    };
    let site = busy();
    let metrics = site.by("view", "GET", "/metrics", &json!(null));
    assert_eq!(metrics.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    promtool.stdin.take().unwrap().write_all(metrics.body.as_bytes()).unwrap();
    let output = promtool.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "{said}\n{}", metrics.body);
}

#[test]
fn numbers_are_in_the_form_that_is_asked_for_and_tell_nothing_of_people_params_or_paths() {
    let site = busy();
    let accept = "application/openmetrics-text; version=1.0.0, text/plain;q=0.5";
    let headers = [("Authorization", "Bearer view-token"), ("Accept", accept)];
    let open = site.send("GET", "/metrics", &headers, "");
    assert!(open.header("content-type").unwrap().starts_with("application/openmetrics-text"), "{}", open.head);
    assert!(open.body.ends_with("# EOF\n") && open.body.contains("# TYPE sortie_decisions counter\n"), "{}", open.body);
    let classic = site.by("view", "GET", "/metrics", &json!(null));
    assert!(classic.body.contains("# TYPE sortie_decisions_total counter\n"), "{}", classic.body);
    for text in [&open.body, &classic.body] {
        assert!(text.contains("sortie_decisions_total{code=\"decided\"} 1\n"), "{text}");
        for secret in ["secret", "ann", "ship"] {
            assert!(!text.contains(secret), "{secret}: {text}");
        }
    }
}
