//! Hashes of what is read, made and run: the same list, whatever features of `serde_json` are on.

use std::fmt::Write;

use serde::Serialize;
use serde_json::{Value, json};
use sortie_engine::{Decision, ExecutionContext, Limits, Next, Plan, Run, WorkflowDefinition};
use sortie_json::{Canonical, ContentHash, Document, Json, PackedValue, ParseLimits, Style, parse_str};

const TEXTS: [&str; 6] = [
    r#"{"b": 1.0, "a": [-0.0, 1e2, 1.50, 1e30, 2e-7, 9007199254740991, 333333333.33333329]}"#,
    r#"{"z": {"y": 1, "x": 2}, "\ufb33": 1, "\ud83d\ude00": 2, "€": 3, "a": "\u0007\n\"", "": null}"#,
    "[]",
    "1e400",
    "[18446744073709551616, 1e16, 100000000000000000000000]",
    r#"{"a": 1, "a": 2}"#,
];

const DOCUMENTS: [(&str, &str); 3] = [
    ("a.yaml", "z: &z {n: 0x10, m: .5}\na: [*z, yes, 1e3]\nb: {<<: *z, m: 2}\n"),
    ("a.toml", "z = 1_000\n[b.c]\nx = 1.5\n[b]\na = 1979-05-27\n"),
    ("b.yaml", "a: 9007199254740993\nb: .nan\n"),
];

/// One of our own types, with members out of order.
#[derive(Serialize)]
struct Record<'v> {
    zebra: u64,
    value: &'v Value,
    apple: f64,
}

/// What each of many things comes to, a line each.
#[must_use]
pub fn hashes() -> String {
    let mut lines = String::new();
    let mut line = |name: &str, what: String| {
        let _ = writeln!(lines, "{name}: {what}");
    };
    for text in TEXTS {
        line(text, parse_str(text).map_or_else(|faults| faults.to_string(), |value| of(&value)));
    }
    for (name, text) in DOCUMENTS {
        let read = Document::parse(name, text.as_bytes(), ParseLimits::default());
        line(name, read.map_or_else(|report| report.render(Style::Plain), |document| of(document.value())));
    }
    let made = json!({"b": 1.0, "a": {"d": [1.5, 1e21], "c": -7}});
    line("made", Json::of(made.clone()).map_or_else(|faults| faults.to_string(), |json| of(json.value())));
    line("too great", Json::of(json!([u64::MAX])).map_or_else(|faults| faults.to_string(), |json| of(json.value())));
    line("run", run(made).unwrap_or_else(|error| error));
    lines
}

/// All ways to the hash of a value, which have to agree.
fn of(value: &Value) -> String {
    let hash = ContentHash::of(value);
    let record = Record { zebra: 1, value, apple: 1.5 };
    let agree = [
        Canonical::of(value).hash() == hash,
        ContentHash::of_ours(value) == hash,
        PackedValue::of(value).value() == *value,
        ContentHash::of(&PackedValue::of(value).value()) == hash,
        ContentHash::of_ours(&record) == ContentHash::of(&json!({"apple": 1.5, "value": value, "zebra": 1})),
    ];
    format!("{hash} {agree:?} {}", String::from_utf8_lossy(Canonical::of(value).as_bytes()))
}

/// A run with a person's answer: its result's hash.
fn run(state: Value) -> Result<String, String> {
    let step = json!({"id": "ask", "kind": "human", "payload": {"description": "?", "context": "/b"}});
    let definition = json!({"id": "w", "steps": [step], "metadata": {"z": 1.0, "a": 1e-3}});
    let workflow = WorkflowDefinition::from_json(&definition).map_err(|error| error.to_string())?;
    let valid = workflow.validated().map_err(|error| error.to_string())?;
    let plan = Plan::new(valid, Vec::new()).map_err(|error| error.to_string())?;
    let context = ExecutionContext::new(state).map_err(|error| error.to_string())?;
    let mut run = Run::start(plan, &context, Limits::default()).map_err(|error| error.to_string())?;
    let answer = Json::of(json!({"yes": 2.0, "because": [1e-9]})).map_err(|faults| faults.to_string())?;
    run.decided(Decision::answered(answer.into_value())).map_err(|error| error.to_string())?;
    match run.next() {
        Next::Done(result) => Ok(result.hash().to_string()),
        _ => Err("the run wants more".to_owned()),
    }
}
