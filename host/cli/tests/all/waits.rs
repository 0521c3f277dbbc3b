//! Runs that wait, beyond the golden cases: lists, copies, workers and bundles, with the real command.

#![allow(clippy::expect_used, clippy::panic, reason = "a test says what it expected")]

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::{json_of, log_step, run, sortie, text, write_workflow};

fn ask(payload: Value) -> Value {
    json!({"id": "ask", "kind": "human", "payload": payload})
}

/// Starts a run of `workflow.json` that waits; gives its name.
fn start(folder: &Path) -> String {
    let asked = json_of(folder, ["exec", "workflow.json", "--mode", "pause"]);
    text(&asked, "/run").to_owned()
}

fn folder(payload: Value) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    write_workflow(folder.path(), &[log_step("before"), ask(payload), log_step("after")]);
    folder
}

fn names(list: &Value, member: &str) -> Vec<String> {
    let entries = list[member].as_array().unwrap_or_else(|| panic!("no `{member}` in {list}"));
    entries.iter().map(|entry| text(entry, "/run").to_owned()).collect()
}

#[test]
fn each_command_that_records_a_person_is_told_who_it_is_in_the_same_way() {
    let folder = folder(json!({"choices": ["go", "stop"], "not_starter": true}));
    let asked = json_of(folder.path(), ["exec", "workflow.json", "--mode", "pause", "--actor", "ann"]);
    let run_id = text(&asked, "/run");
    let refused = json_of(folder.path(), ["inbox", "answer", run_id, "--choice", "go", "--actor", "ann"]);
    assert_eq!(text(&refused, "/error/code"), "is_starter", "{refused}");
    let done = json_of(folder.path(), ["inbox", "answer", run_id, "--choice", "go", "--actor", "bob"]);
    assert_eq!(done.pointer("/success"), Some(&json!(true)), "{done}");
    for arguments in [["exec", "workflow.json"], ["serve", "--no-resume"]] {
        let output = run(folder.path(), arguments.iter().chain(&["--actor", " "]));
        assert_eq!(output.status.code(), Some(2), "{output:?}");
    }
}

#[test]
fn what_can_never_be_answered_or_told_apart_is_refused_before_anything_runs() {
    let cases = [
        (json!({"choices": [1, "1", true, "true"], "default": "1"}), "look alike"),
        (json!({"choices": ["go", " go"]}), "look alike"),
        (json!({"choices": ["é", "e\u{301}"]}), "the choices \"\\u00e9\" and \"e\\u0301\" look alike"),
        (json!({"choices": ["K", "\u{212a}"]}), "the choices \"K\" and \"\\u212a\" look alike"),
        (json!({"choices": ["a\nb", "a b"]}), "both are shown as `a b`"),
        // A letter of Cyrillic, of Greek, and one of each.
        (json!({"choices": ["p\u{430}y", "no", "pay"]}), "the choices \"p\\u0430y\" and \"pay\" look alike"),
        (json!({"choices": ["\u{39f}K", "OK"]}), "the choices \"\\u039fK\" and \"OK\" look alike"),
        (json!({"choices": ["\u{3c1}", "\u{440}"]}), "the choices \"\\u03c1\" and \"\\u0440\" look alike"),
        (json!({"choices": [1, 2, 1.0]}), "`choices` has 1 twice"),
        (
            json!({"choices": [1, "y"], "schema": {"type": "integer"}}),
            "the choice \"y\" of `ask` does not match its schema",
        ),
        (json!({"schema": false}), "which no answer matches"),
        (
            json!({"schema": {"properties": {"ok": {"typ": "boolean"}}}}),
            "no keyword `typ` at `/properties/ok`: did you mean `type`?",
        ),
        (
            json!({"context": "notes"}),
            "`context` is \"notes\", and should be a JSON Pointer into the state, such as `/notes`",
        ),
        (json!({"assignees": ["éva", "e\u{301}va"], "approvals": 2}), "so many cannot agree"),
        (json!({"assignees": ["\u{200b}"]}), "none of them empty"),
        (json!({"expires": "2 days"}), "`expires` is \"2 days\", and should be a time of at least a second"),
        (json!({"expires": "9999999999999d"}), "`expires` is \"9999999999999d\""),
        (json!({"expires": 0}), "at least a second"),
        (json!({"expires": "0s"}), "at least a second"),
        (json!({"assignees": ["ann", " "]}), "none of them empty"),
        (
            json!({
                "schema": {"type": "object", "properties": {"ok": {"type": "boolean"}}, "additionalProperties": false},
                "default": {"okk": true},
            }),
            "the default of `ask`",
        ),
        (
            json!({"schema": {"type": "strin"}}),
            "the schema of `ask` is not a JSON Schema: at `/type`, \"strin\" is not one of",
        ),
        (json!({"choises": ["a"]}), "did you mean `choices`?"),
    ];
    for (payload, expected) in cases {
        let folder = folder(payload.clone());
        // Each is told with its place.
        let told = sortie(folder.path()).args(["exec", "workflow.json", "--mode", "pause"]).output().expect("it runs");
        assert!(String::from_utf8_lossy(&told.stderr).contains("--> workflow.json:"), "{payload}");
        let error = json_of(folder.path(), ["exec", "workflow.json", "--mode", "pause"]);
        assert_eq!(text(&error, "/error/code"), "invalid_human_step", "{payload}: {error}");
        assert!(text(&error, "/error/message").contains(expected), "{payload}: {error}");
    }
}

#[test]
fn formats_of_an_answer_are_asserted() {
    let folder = folder(json!({"schema": {"type": "string", "format": "date"}}));
    let name = start(folder.path());
    let error = json_of(folder.path(), ["inbox", "answer", &name, "--value", "31/12/2026"]);
    assert_eq!(text(&error, "/error/code"), "schema_mismatch");
    let done = json_of(folder.path(), ["inbox", "answer", &name, "--value", "2026-12-31"]);
    assert_eq!(done["success"], json!(true));
}

#[test]
fn the_printed_command_does_what_it_says() {
    // A choice with a character that is not seen, and one that a shell would take apart.
    for choice in ["ship\u{202e}it", "it's $HOME; `rm`", "-x", "two  words"] {
        let folder = folder(json!({"choices": [choice, "no"]}));
        let asked = json_of(folder.path(), ["exec", "workflow.json", "--mode", "pause"]);
        let words: Vec<&str> =
            asked["answer_with"].as_array().expect("words").iter().filter_map(Value::as_str).collect();
        let shown = run(folder.path(), ["resume", text(&asked, "/run")]);
        assert!(!String::from_utf8_lossy(&shown.stdout).contains('\u{202e}'));
        let done = json_of(folder.path(), &words[1..]);
        assert_eq!(done["decisions"]["ask"]["value"], json!(choice), "{words:?}");
    }
    // Where no answer is known, none is printed.
    let folder = folder(json!({}));
    let asked = json_of(folder.path(), ["exec", "workflow.json", "--mode", "pause"]);
    let words = asked["answer_with"].to_string();
    assert!(!words.contains("--value") && !words.contains("--choice"), "{words}");
}

#[test]
fn the_inbox_lists_what_is_asked_for_in_order_and_in_pages() {
    let folder = folder(json!({"choices": ["yes", "no"]}));
    let folder = folder.path();
    let runs: Vec<String> = (0..5).map(|_| start(folder)).collect();
    let waiting = json_of(folder, ["inbox"]);
    let mut expected = runs.clone();
    let mut found = names(&waiting, "waiting");
    assert_eq!(text(&waiting, "/waiting/0/started_by"), "ann");
    // Runs of the same millisecond come by name.
    expected.sort();
    found.sort();
    assert_eq!(found, expected);

    json_of(folder, ["inbox", "answer", &runs[1], "--choice", "yes"]);
    json_of(folder, ["inbox", "cancel", &runs[2], "--reason", "not wanted"]);
    let all = json_of(folder, ["inbox", "--all"]);
    assert_eq!(names(&all, "runs").len(), 5);
    assert_eq!((text(&all, "/runs/0/status"), text(&all, "/runs/1/status")), ("cancelled", "done"));
    assert_eq!(names(&json_of(folder, ["inbox"]), "waiting").len(), 3);
    assert_eq!(names(&json_of(folder, ["inbox", "--overdue"]), "waiting"), [""; 0]);

    let mut pages = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let mut arguments = vec!["inbox".to_owned(), "--all".to_owned(), "--limit".to_owned(), "2".to_owned()];
        arguments.extend(after.into_iter().flat_map(|cursor| ["--after".to_owned(), cursor]));
        let page = json_of(folder, &arguments);
        pages.extend(names(&page, "runs"));
        match page["next"].as_str() {
            Some(next) => after = Some(next.to_owned()),
            None => break,
        }
    }
    assert_eq!(pages, names(&all, "runs"));
    let page = json_of(folder, ["inbox", "--all", "--limit", "2"]);
    let refused = json_of(folder, ["inbox", "--all", "--sort", "newest", "--after", text(&page, "/next")]);
    assert_eq!(text(&refused, "/error/code"), "invalid_cursor");
    let shown = run(folder, ["inbox", "--all", "--limit", "2"]);
    assert!(String::from_utf8_lossy(&shown.stdout).contains("there are more"));
}

#[test]
fn the_beginning_of_a_name_is_enough_unless_two_begin_so() {
    let folder = folder(json!({"choices": ["yes"]}));
    let folder = folder.path();
    let runs: Vec<String> = (0..33).map(|_| start(folder)).collect();
    // Of 33 names two begin with the same of 32 characters.
    let first = |name: &str| name[..1].to_owned();
    let twice = runs.iter().find(|one| runs.iter().filter(|other| first(other) == first(one)).count() > 1);
    let error = json_of(folder, ["inbox", "show", &first(twice.expect("two"))]);
    assert_eq!(text(&error, "/error/code"), "ambiguous_run");
    let shown = json_of(folder, ["inbox", "show", &runs[0][..10]]);
    assert_eq!(text(&shown, "/run"), runs[0]);
    assert_eq!(text(&json_of(folder, ["inbox", "show", "nothing-begins-so"]), "/error/code"), "unknown_run");
}

#[test]
fn a_long_answer_is_shown_by_its_beginning() {
    let folder = folder(json!({}));
    let name = start(folder.path());
    fs::write(folder.path().join("long.json"), json!("x".repeat((1 << 20) - 2)).to_string()).expect("the answer");
    let answered = run(folder.path(), ["inbox", "answer", &name, "--value", "@long.json", "--no-resume"]);
    assert_eq!(answered.status.code(), Some(0), "{answered:?}");
    let shown = run(folder.path(), ["inbox", "show", &name]);
    assert!(shown.stdout.len() < 10_000, "{} bytes", shown.stdout.len());
}

#[test]
fn the_journal_is_copied_checked_and_pruned() {
    let folder = folder(json!({"choices": ["yes", "no"]}));
    let folder = folder.path();
    let runs: Vec<String> = (0..3).map(|_| start(folder)).collect();
    json_of(folder, ["inbox", "answer", &runs[0], "--choice", "yes"]);
    json_of(folder, ["journal", "backup", "copy.sqlite"]);
    assert_eq!(json_of(folder, ["journal", "check", "--journal", "copy.sqlite"])["checked"], json!(3));
    let again = json_of(folder, ["journal", "backup", "copy.sqlite"]);
    assert_eq!(text(&again, "/error/code"), "journal_file_exists");
    // The run of the last change stays, and what waits does.
    json_of(folder, ["inbox", "cancel", &runs[1], "--reason", "not wanted"]);
    assert_eq!(json_of(folder, ["journal", "prune", "--older-than", "1d"])["pruned"], json!(0));
    assert_eq!(json_of(folder, ["journal", "prune", "--older-than", "0s"])["pruned"], json!(1));
    let mut left = names(&json_of(folder, ["inbox", "--all"]), "runs");
    left.sort();
    let mut expected = vec![runs[1].clone(), runs[2].clone()];
    expected.sort();
    assert_eq!(left, expected);
    // The copy has it still.
    let kept = json_of(folder, ["inbox", "show", &runs[0], "--journal", "copy.sqlite"]);
    assert_eq!(text(&kept, "/status"), "done");
}

#[test]
fn a_worker_resumes_what_was_answered_and_ends_what_has_expired() {
    let folder = folder(json!({"choices": ["yes", "no"], "expires": "1s", "default": "no", "on_expiry": "default"}));
    let folder = folder.path();
    let expires = start(folder);
    write_workflow(folder, &[ask(json!({"choices": ["yes", "no"]})), log_step("after")]);
    let answered = start(folder);
    json_of(folder, ["inbox", "answer", &answered, "--choice", "yes", "--no-resume"]);
    let mut told = Vec::new();
    while told.len() < 3 {
        let output = run(folder, ["--format", "json", "worker", "--once"]);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        told.extend(String::from_utf8_lossy(&output.stdout).lines().map(|line| {
            let line: Value = serde_json::from_str(line).expect("JSON");
            (text(&line, "/run").to_owned(), text(&line, "/code").to_owned())
        }));
    }
    told.sort();
    let of = |run: &str, code: &str| (run.to_owned(), code.to_owned());
    let mut expected = vec![of(&expires, "expired"), of(&expires, "done"), of(&answered, "done")];
    expected.sort();
    assert_eq!(told, expected);
}

#[test]
fn a_run_that_waited_is_bundled_and_verified_with_the_decisions_that_stand() {
    let folder = folder(json!({"choices": ["yes", "no"], "context": "/log"}));
    let folder = folder.path();
    let name = start(folder);
    let open = json_of(folder, ["inbox", "bundle", &name, "open.json"]);
    assert_eq!(text(&open, "/error/code"), "no_result");
    fs::create_dir(folder.join("bundles")).expect("a folder");
    json_of(folder, ["inbox", "answer", &name, "--choice", "yes", "--bundle", "bundles/a.json"]);
    json_of(folder, ["inbox", "bundle", &name, "bundles/b.json"]);
    assert_eq!(fs::read(folder.join("bundles/a.json")).ok(), fs::read(folder.join("bundles/b.json")).ok());
    // Of a run that nobody answered in time, too, whose last step was never reached.
    write_workflow(folder, &[ask(json!({"expires": "1s"})), log_step("after")]);
    let late = start(folder);
    let late_bundle = loop {
        let output = run(folder, ["resume", &late, "--bundle", "late.json"]);
        match output.status.code() {
            Some(4) => std::thread::sleep(std::time::Duration::from_millis(100)),
            other => break other,
        }
    };
    assert_eq!(late_bundle, Some(1), "it failed");
    assert_eq!(json_of(folder, ["verify", "late.json"])["verified"], json!(true));
    let verified = json_of(folder, ["verify", "bundles/a.json"]);
    assert_eq!(verified["verified"], json!(true), "{verified}");

    // Another decision, and one that was made upon another question, are found.
    let bundle: Value =
        serde_json::from_slice(&fs::read(folder.join("bundles/a.json")).expect("a bundle")).expect("JSON");
    let alter = |pointer: &str, value: Value, file: &str| {
        let mut altered = bundle.clone();
        *altered.pointer_mut(pointer).unwrap_or_else(|| panic!("no {pointer} in {bundle}")) = value;
        fs::write(folder.join("bundles").join(file), altered.to_string()).expect("a bundle");
    };
    alter("/result/receipt/audit/0/question_hash", json!("0".repeat(64)), "c.json");
    alter("/result/decisions/ask/value", json!("no"), "d.json");
    fs::write(folder.join("bundles/a.json.dsse.json"), "{}").expect("a statement");
    let all = json_of(folder, ["verify", "bundles"]);
    assert_eq!((&all["verified"], &all["statements_left_out"]), (&json!(2), &json!(1)));
    let pointer = |index: usize| text(&all, &format!("/bundles/{index}/difference/path"));
    assert_eq!(pointer(2), "/receipt/audit/0/question_hash");
    assert_eq!(pointer(3), "/decisions/ask/value");
    assert_eq!(run(folder, ["verify", "bundles"]).status.code(), Some(1));
    assert_eq!(text(&json_of(folder, ["verify", "."]), "/bundles/1/error/code"), "not_a_bundle");
}

#[test]
fn a_value_is_json_or_else_the_text_itself() {
    // What YAML would make something else of is text, and nothing is cut at a `#`.
    let cases = [
        ("approve #1234", json!("approve #1234")),
        ("~", json!("~")),
        ("012", json!("012")),
        ("yes", json!("yes")),
        ("2026-01-08", json!("2026-01-08")),
        ("key: value", json!("key: value")),
        ("12", json!(12)),
        ("\"12\"", json!("12")),
        ("{\"a\": [1.0]}", json!({"a": [1]})),
        ("", json!("")),
    ];
    let folder = folder(json!({}));
    for (value, expected) in cases {
        let name = start(folder.path());
        let done = json_of(folder.path(), ["inbox", "answer", &name, "--value", value]);
        assert_eq!(done["decisions"]["ask"]["value"], expected, "{value}: {done}");
    }
    // A number is none that every program reads alike, and would be a text where the one before it is a number.
    let name = start(folder.path());
    for (value, code) in [("9007199254740993", "integer_out_of_range"), ("-1e400", "number_out_of_range")] {
        let error = json_of(folder.path(), ["inbox", "answer", &name, "--value", value]);
        assert_eq!(text(&error, "/error/code"), code, "{value}: {error}");
    }
}

#[test]
fn an_answer_to_a_step_that_is_not_asked_is_an_error_with_the_near_name() {
    let folder = folder(json!({"choices": ["ship", "hold"]}));
    for (answers, near) in [(r#"{"ask_": "hold"}"#, Some("ask")), (r#"{"ask": "hold", "zzz": 1}"#, None)] {
        fs::write(folder.path().join("answers.json"), answers).expect("the answers");
        for mode in ["ask", "pause", "mark"] {
            let words = ["exec", "workflow.json", "--answers", "answers.json", "--mode", mode];
            let error = json_of(folder.path(), words);
            assert_eq!(text(&error, "/error/code"), "unknown_answer", "{answers}: {error}");
            if let Some(near) = near {
                assert_eq!(text(&error, "/error/help"), format!("did you mean `{near}`?"), "{answers}");
            }
        }
    }
}
