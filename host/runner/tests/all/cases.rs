//! Suites of which others said the wrong thing: green where nothing was checked, a difference that nobody can see.

use std::path::{Path, PathBuf};
use std::{fs, io};

use sortie_harness::runner::Summary;
use sortie_json::{Style, UserError};
use sortie_runner::{Options, Reporter, Retention, Strictness, TestError, TestEvent, TestVerdict, reporters, run};

/// What a run came to, and what a person reads of it, without colours.
fn told(options: &Options) -> (Result<TestVerdict, TestError>, String) {
    let mut out = Vec::new();
    let host = &|builder: sortie_host::HostBuilder| builder.first_party().build();
    let ended = run(options, host, vec![Box::new(reporters::HumanReporter::new(&mut out))]);
    let mut text = String::from_utf8(out).unwrap();
    if let Err(error) = &ended {
        text.extend(error.reports().iter().map(|report| report.render(Style::Plain)));
        text.push_str(&format!("error[{}]: {error}\n", error.code()));
        text.extend(error.help());
    }
    let plain: String = anstream::adapter::strip_str(&text).to_string();
    (ended, plain)
}

fn case(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(name)
}

/// Checks a case: what it comes to, and what is said.
fn check(name: &str, expected: &str, says: &[&str]) {
    check_with(&Options::of([case(name)]), expected, says);
}

fn check_with(options: &Options, expected: &str, says: &[&str]) {
    let (ended, text) = told(options);
    let came_to = match &ended {
        Ok(TestVerdict::Passed) => "passed".to_owned(),
        Ok(TestVerdict::Failed) => "failed".to_owned(),
        Err(error) => error.code().to_string(),
    };
    assert_eq!(came_to, expected, "{text}");
    for said in says {
        assert!(text.contains(said), "`{said}` is not said:\n{text}");
    }
}

/// The options for a suite that is written to a folder of its own.
fn suite(text: &str) -> (tempfile::TempDir, Options) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("suite.yaml");
    fs::write(&file, text).unwrap();
    let options = Options::of([file]);
    (folder, options)
}

#[test]
fn a_mission_that_failed_fails_its_scenario_whatever_else_is_expected() {
    check("T01-weaken-red.yaml", "failed", &["disk on fire"]);
    check("T01-weaken-green.yaml", "failed", &["disk on fire"]);
    let (_folder, options) = suite(
        "suite_name: s\nscenarios:\n- scenario_name: a\n  missions: [{name: workflow, params: {id: w, steps: [{id: f, \
         kind: runtime, payload: {operation: fail, reason: as told}}]}}]\n  expect: [{path: error_code, op: eq, \
         expected: operation_failed}]\n",
    );
    check_with(&options, "passed", &[]);
}

/// Keeps the summaries of suites.
struct Summaries<'s>(&'s mut Vec<Summary>);

impl Reporter for Summaries<'_> {
    fn event(&mut self, event: &TestEvent<'_>) -> io::Result<()> {
        if let TestEvent::SuiteFinished(finished) = event {
            self.0.push(finished.summary);
        }
        Ok(())
    }
}

#[test]
fn whether_results_are_kept_changes_nothing_of_what_is_said() {
    let scenarios = [
        "missions: [{name: echo, params: {n: 1}}], expect: [{path: outputs.echo.n, op: eq, expected: 1}]",
        "missions: [{name: echo, params: {n: 1}}], expect: [{path: outputs.echo.n, op: eq, expected: 2}]",
        "missions: [{name: echo, params: {n: 1}}], expect: [{path: linage.steps, op: exists}]",
        "missions: [{name: echo, params: {n: 1}}], expect: [{path: nowhere, op: missing}]",
        "missions: [{name: echo, params: {n: 1}}], expect: [{path: '', op: includes, expected: {success: true}}]",
        "missions: [{name: echo, params: {n: 1}}], expect: [{path: '', op: includes, expected: {success: false}}]",
        "missions: [{name: echo, params: {n: 1}}], expect: [{path: receipt.limits.state_bytes, op: gt, expected: 1}]",
        "missions: [{name: echo, params: {n: 1}}], expect: [{path: receipt.fuel, op: gt, expected: 1}]",
        "missions: [{name: echo, params: {n: 1}}], expect: [{path: lineage.steps, op: length, expected: 1}]",
        "missions: [{name: echo, params: {n: 1}}], expect: [{path: lineage.steps, not: true, op: length, expected: 1}]",
        "missions: [{name: echo}, {name: nothing, expect_error: unknown_mission}, {name: nothing, as: other}]",
        "missions: [{name: echo, expect_error: operation_failed}]",
        "missions: [{name: echo, params: {n: 1}, answers: {confirm: true}}]",
        "missions: [{name: workflow, params: {id: w, steps: [{id: f, kind: runtime, payload: {operation: fail}}]}}]",
        "missions: [{name: daily_loop}], initial_state: {tasks: []}, expect: [{path: decisions, op: length, expected: 1}]",
        "state: carry, missions: [\
         {name: workflow, params: {id: w, steps: [\
         {id: s, kind: runtime, payload: {operation: set, path: /a, value: 1}}]}}, \
         {name: workflow, as: then, params: {id: w, steps: [\
         {id: s, kind: runtime, payload: {operation: append, path: /b, value: 1}}]}}], \
         expect: [{mission_name: then, path: final_state, op: includes, expected: {a: 1}}]",
    ];
    let lines =
        scenarios.iter().enumerate().map(|(number, scenario)| format!("- {{scenario_name: s{number}, {scenario}}}\n"));
    let (_folder, mut options) = suite(&format!("suite_name: s\nscenarios:\n{}", lines.collect::<String>()));
    let [kept, not_kept] = [Retention::Results, Retention::Nothing].map(|keep| {
        options.keep = keep;
        let (mut summaries, mut out) = (Vec::new(), Vec::new());
        let host = &|builder: sortie_host::HostBuilder| builder.first_party().build();
        let both: Vec<Box<dyn Reporter>> =
            vec![Box::new(Summaries(&mut summaries)), Box::new(reporters::HumanReporter::new(&mut out))];
        assert_eq!(run(&options, host, both).unwrap(), TestVerdict::Failed);
        (summaries, String::from_utf8(out).unwrap())
    });
    assert_eq!(kept, not_kept);
    let [summary] = kept.0[..] else { panic!("there is one suite") };
    let counts = (summary.counts.scenarios, summary.counts.scenarios_failed);
    assert_eq!(counts, (scenarios.len(), 8), "{}", kept.1);
    assert!(kept.1.contains("lineage"), "{}", kept.1);
}

#[test]
fn what_is_misspelt_is_an_error() {
    let says = ["did you mean `expect`?", "did you mean `answers`?"];
    check("T02-typo-expects-green.yaml", "input_rejected", &says);
}

#[test]
fn a_yes_or_no_is_no_reason_to_skip() {
    check("T03-skip-no.yaml", "input_rejected", &["this is not a reason", "take `skip` out"]);
}

#[test]
fn an_answer_to_a_step_that_does_not_ask_is_an_error() {
    check("T05-answers-typo.yaml", "failed", &["answer_not_taken", "did you mean `confirm_release`?"]);
    check("T05-answers-extra.yaml", "failed", &["answer_not_taken"]);
}

#[test]
fn foreign_text_does_not_reach_the_terminal() {
    let mut out = Vec::new();
    let options = Options::of([case("T06-terminal-injection.json")]);
    let host = &|builder: sortie_host::HostBuilder| builder.first_party().build();
    run(&options, host, vec![Box::new(reporters::HumanReporter::new(&mut out))]).unwrap();
    let text = String::from_utf8(out).unwrap();
    // What is left of escapes is our own: colours.
    for (at, _) in text.match_indices('\u{1b}') {
        let rest = &text[at + 1..];
        let colour = rest.strip_prefix('[').and_then(|rest| rest.split_once('m')).map(|(colour, _)| colour);
        let ours = colour.is_some_and(|colour| colour.chars().all(|c| c.is_ascii_digit() || c == ';'));
        assert!(ours && !rest.starts_with("[8m") && !rest.starts_with("[31mk"), "{rest}");
    }
    assert!(!text.contains(['\u{7}', '\u{9b}', '\u{9d}', '\u{9c}']), "{text}");
}

#[test]
fn a_difference_that_cannot_be_seen_is_escaped() {
    check(
        "T07-invisible-difference.yaml",
        "failed",
        &[r"1\u00a0234,57 $", r"Jose\u0301", r"\ufeffTest", r"a\u200bb", r"na\u200bme"],
    );
}

#[test]
fn a_difference_of_long_texts_is_shown_where_it_is() {
    check("T08-long-values-and-array-insert.json", "failed", &["character 501", "Xbcdefghij", "… (20"]);
}

#[test]
fn shards_are_equal_and_an_empty_one_passes() {
    let sizes = (1..=5).map(|index| {
        let mut options = Options::of([case("T09-shards-empty.yaml")]);
        options.shard = Some(format!("{index}/5").parse().unwrap());
        let (ended, text) = told(&options);
        assert_eq!(ended.unwrap(), TestVerdict::Passed, "{text}");
        assert_eq!(text.contains("this share has no scenarios"), index > 3, "{text}");
        usize::from(index <= 3)
    });
    assert_eq!(sizes.sum::<usize>(), 3);
}

#[test]
fn paths_have_slashes_on_every_system() {
    check("T11-windows-path-message.yaml", "input_rejected", &["write `/` in place of `\\`"]);
}

#[test]
fn paths_of_other_tools_are_understood_or_the_remedy_is_said() {
    check("T12-path-hints.yaml", "input_rejected", &["leave out `$.`"]);
    let text = fs::read_to_string(case("T12-path-hints.yaml")).unwrap();
    let text: String = text.split_inclusive('\n').filter(|line| !line.contains("$.")).collect();
    let (_folder, options) = suite(&text);
    let says = [
        "help: a key with a dot in it needs a JSON Pointer: `/outputs/echo/a.b`",
        "help: indices count from the beginning: the last one is 1",
        "help: write `[*]` for each element",
        "help: end the path at the list, and write `op: length`",
    ];
    check_with(&options, "failed", &says);
}

#[test]
fn a_mission_that_should_succeed_says_why_it_did_not() {
    check("T13-success-without-reason.yaml", "failed", &["operation_failed", "disk on fire"]);
}

#[test]
fn an_empty_list_of_expectations_is_an_error() {
    for expect in ["expect:", "expect: []"] {
        let text = format!("suite_name: s\nscenarios:\n- scenario_name: a\n  missions: [{{name: echo}}]\n  {expect}\n");
        let (_folder, options) = suite(&text);
        check_with(&options, "input_rejected", &["the list is empty"]);
    }
}

#[test]
fn nothing_but_skipped_scenarios_is_no_pass() {
    let text = "suite_name: s\nscenarios:\n- {scenario_name: a, skip: waits for a fix, missions: [{name: echo}]}\n";
    let (_folder, options) = suite(text);
    check_with(&options, "all_skipped", &[]);
}

#[test]
fn a_plugin_that_is_nearly_there_was_misspelt() {
    let text = "suite_name: s\nrequires: [daily-lop]\nscenarios:\n- {scenario_name: a, missions: [{name: echo}]}\n";
    let (_folder, options) = suite(text);
    check_with(&options, "unknown_plugin", &["did you mean `daily-loop`?"]);
}

#[test]
fn strict_runs_want_golden_results() {
    let text = "suite_name: s\nscenarios:\n- {scenario_name: a, missions: [{name: echo}]}\n";
    let (_folder, mut options) = suite(text);
    check_with(&options, "passed", &[]);
    options.strictness = Strictness::Strict;
    check_with(&options, "input_rejected", &["golden_missing", "write it with `--bless`"]);
}

#[test]
fn printed_names_and_suites_choose() {
    let text = "suite_name: s\nscenarios:\n- {scenario_name: \"a (x) [y\", missions: [{name: echo}]}\n- {scenario_name: \
                b, missions: [{name: echo}]}\n";
    let (_folder, mut options) = suite(text);
    for (filter, scenarios) in
        [("s › a (x) [y", "1 scenario:"), ("suite:s", "2 scenarios:"), ("suite:s and b", "1 scenario:")]
    {
        options.filter = Some(filter.to_owned());
        check_with(&options, "passed", &[scenarios]);
    }
}

#[test]
fn reports_are_the_same_for_any_number_of_threads() {
    let text = "suite_name: s\nscenarios:\n- scenario_name: n\n  matrix: {n: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]}\n  \
                missions: [{name: echo, params: {n: '${{n}}'}}]\n  expect: [{path: outputs.echo.n, op: lt, expected: 9}]\n";
    let (_folder, mut options) = suite(text);
    let mut report = |jobs: usize| {
        options.jobs = jobs.try_into().unwrap();
        let (mut json, mut tap) = (Vec::new(), Vec::new());
        let reporters: Vec<Box<dyn sortie_runner::Reporter + '_>> =
            vec![Box::new(reporters::JsonReporter::new(&mut json)), Box::new(reporters::TapReporter::new(&mut tap))];
        run(&options, &|builder| builder.first_party().build(), reporters).unwrap();
        (json, tap)
    };
    let one = report(1);
    assert!(report(3) == one && report(16) == one);
}

#[test]
fn what_is_interrupted_tells_what_is_finished() {
    let text = "suite_name: s\nscenarios:\n- {scenario_name: a, missions: [{name: echo}]}\n";
    let (_folder, options) = suite(text);
    options.stop.store(true, std::sync::atomic::Ordering::Relaxed);
    check_with(&options, "interrupted", &[]);
}

#[test]
fn a_suite_can_be_text() {
    let mut options = Options::of(Vec::<PathBuf>::new());
    let text = "suite_name: s\nscenarios:\n- {scenario_name: a, missions: [{name: echo}], expects: []}\n";
    options.text = Some(("standard input".to_owned(), text.into()));
    check_with(&options, "input_rejected", &["standard input:3"]);
    options.text = Some(("standard input".to_owned(), text.replace(", expects: []", "").into()));
    check_with(&options, "passed", &[]);
}
