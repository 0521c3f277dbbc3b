//! The command as a whole, on suites in a temporary folder.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use clap::Parser;
use serde_json::Value;
use sortie_json::Style;
use tempfile::TempDir;

use sortie_json::UserError;
use sortie_runner::{FailureRecord, MakeHost, TestVerdict};

use super::{Streams, TestArguments, test_on};
use crate::error::CliError;

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    args: TestArguments,
}

/// What a run came to: the exit code, and what it printed, without colours and with the folder as `DIR`.
struct Transcript {
    code: u8,
    out: String,
    err: String,
}

fn run(folder: &Path, arguments: &str) -> Transcript {
    run_with(folder, arguments, &|builder| builder.first_party().build())
}

fn run_with(folder: &Path, arguments: &str, make_host: MakeHost<'_>) -> Transcript {
    let folder = folder.display().to_string();
    let arguments = arguments.replace("DIR", &folder);
    let arguments = std::iter::once("test").chain(arguments.split('|').map(str::trim).filter(|a| !a.is_empty()));
    let cli = Cli::try_parse_from(arguments).unwrap_or_else(|error| panic!("{error}"));
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let times = cli.args.times;
    let record = Some(FailureRecord::at(Path::new(&folder).join(".failed")));
    let streams = Streams { out: &mut out, err: &mut err, bar: None, times, record };
    let ran = test_on(&cli.args, make_host, streams, Arc::default());
    let mut err = String::from_utf8(err).unwrap();
    let code = match ran {
        Ok(TestVerdict::Passed) => 0,
        Ok(TestVerdict::Failed) => 1,
        Err(error) => {
            let CliError::Test(error) = error else { panic!("{error:?}") };
            err.extend(error.reports().iter().map(|report| report.render(Style::Plain)));
            err = format!("{err}error[{}]: {error}\n", error.code());
            CliError::Test(error).exit().code()
        }
    };
    let plain = |text: String| anstream::adapter::strip_str(&text).to_string().replace(&folder, "DIR");
    Transcript { code, out: plain(String::from_utf8(out).unwrap()), err: plain(err) }
}

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

/// A text with its times and hashes taken out.
fn timeless(text: &str) -> String {
    let word = |word: &str| match word {
        word if word.len() == 64 && word.bytes().all(|byte| byte.is_ascii_hexdigit()) => "HASH".to_owned(),
        word if word.contains('.') && word.parse::<f64>().is_ok() => "TIME".to_owned(),
        word => word.to_owned(),
    };
    let line = |line: &str| line.split(' ').map(word).collect::<Vec<_>>().join(" ");
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

const GREETINGS: &str = "\
suite_name: greetings
scenarios:
  - scenario_name: says hello
    tags: [fast]
    missions: [{name: echo, params: {word: hello}}]
    expect: [{path: outputs.echo.word, op: eq, expected: hello}]
  - scenario_name: later
    skip: 'see #1'
    missions: [{name: echo}]
  - scenario_name: number
    matrix: {n: [1, 2, 3]}
    missions: [{name: echo, params: {n: '${{n}}'}}]
    expect: [{path: outputs.echo.n, op: ge, expected: 1}]
";

const FAILING: &str = "\
suite_name: failing
scenarios:
  - scenario_name: wrong word
    missions: [{name: echo, params: {word: hi, list: [1, 2]}}]
    expect:
      - {path: outputs.echo.word, op: eq, expected: hello}
      - {path: outputs.echo.wrod, op: exists}
      - {path: outputs.echo, op: eq, expected: {word: hi, list: [1, 3]}}
  - scenario_name: no such mission
    missions: [{name: ecoh}]
  - scenario_name: fine
    missions: [{name: echo, params: 1}]
";

fn json(ran: &Transcript) -> Value {
    serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {}{}", ran.out, ran.err))
}

#[test]
fn one_suite_has_one_hash_whatever_the_threads_the_folder_and_the_reporter() {
    let (here, there) = (folder(&[("suite.yaml", GREETINGS)]), folder(&[("a/suites/g.yaml", GREETINGS)]));
    let one = run(here.path(), "DIR/suite.yaml|--jobs|1|--reporter|json");
    let eight = run(here.path(), "DIR|--jobs|8|--reporter|json");
    assert_eq!((one.code, eight.code), (0, 0), "{}", one.err);
    assert_eq!(json(&one), json(&eight));
    let elsewhere = json(&run(there.path(), "DIR|--jobs|3|--reporter|json"));
    assert_eq!(elsewhere["metadata"], json(&one)["metadata"]);
    let hash = json(&one)["metadata"]["test_run_hash"].as_str().unwrap().to_owned();
    for reporter in ["human", "tap", "junit"] {
        assert!(run(here.path(), &format!("DIR|--reporter|{reporter}")).out.contains(&hash), "{reporter}");
    }
}

#[test]
fn determinism_is_checked_on_both_backends() {
    let here = folder(&[("suite.yaml", GREETINGS)]);
    let ran = run(here.path(), "DIR|--check-determinism");
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
}

#[test]
fn people_read_failures_as_they_come_and_a_summary() {
    let here = folder(&[("suite.yaml", FAILING), ("x/g.suite.yaml", GREETINGS)]);
    let ran = run(here.path(), "DIR|--times");
    assert_eq!(ran.code, 1);
    let (told, slowest) = ran.out.split_once("     slowest:\n").unwrap();
    assert_eq!(slowest.lines().count(), 5);
    let told = timeless(told);
    let fuel = told.lines().last().unwrap().to_owned();
    golden("human.txt", &told.replace(&fuel, "     fuel N"));
}

#[test]
fn tap_is_version_14() {
    let here = folder(&[("suite.yaml", FAILING), ("x/g.suite.yaml", GREETINGS)]);
    let ran = run(here.path(), "DIR|--reporter|tap");
    assert_eq!(ran.code, 1);
    golden("tap.txt", &timeless(&ran.out));
}

#[test]
fn junit_has_a_case_for_each_scenario() {
    let here = folder(&[("suite.yaml", FAILING), ("x/g.suite.yaml", GREETINGS)]);
    let file = here.path().join("out.xml");
    let ran = run(here.path(), "DIR|--reporter|junit|--times|--output|DIR/out.xml");
    assert!(ran.out.contains("FAIL failing"), "people are told as well: {}", ran.out);
    let text = fs::read_to_string(file).unwrap().replace(&here.path().display().to_string(), "DIR");
    let parts = text.split('"').map(|part| match part {
        part if part.len() == 64 => "HASH",
        // Times have three decimals; the version of XML has one.
        part if part
            .rsplit_once('.')
            .is_some_and(|(_, decimals)| decimals.len() == 3 && part.parse::<f64>().is_ok()) =>
        {
            "TIME"
        }
        part => part,
    });
    golden("junit.xml", &parts.collect::<Vec<_>>().join("\""));
}

#[test]
fn results_of_several_suites_are_one_json_value() {
    let here = folder(&[("suite.yaml", FAILING), ("x/g.suite.yaml", GREETINGS)]);
    let both = json(&run(here.path(), "DIR|--reporter|json"));
    assert_eq!((&both["passed"], &both["test_runs"][0]["passed"]), (&false.into(), &false.into()));
    assert_eq!(both["test_runs"][1]["passed"], true);
    assert_eq!(both["test_runs"][0]["problems"][0]["code"], "eq_mismatch");
    assert_eq!(both["test_runs"][1]["suite_result"]["skipped"][0]["reason"], "see #1");
}

#[test]
fn a_filter_a_shard_and_a_list_choose() {
    let here = folder(&[("suite.yaml", GREETINGS)]);
    let list = |arguments: &str| run(here.path(), &format!("DIR|--list|{arguments}")).out;
    assert_eq!(list("--filter|tag:fast"), "greetings › says hello\n");
    assert_eq!(list("--filter|later"), "greetings › later (skipped: see #1)\n");
    assert_eq!(list("--filter|number and not *2*").lines().count(), 2);
    let shares: usize = (1..=3).map(|share| list(&format!("--shard|{share}/3")).lines().count()).sum();
    // A share that is empty prints nothing and is an error.
    assert_eq!(shares, 5);
    let none = run(here.path(), "DIR|--filter|nothing");
    assert_eq!(
        (none.code, none.err.as_str()),
        (3, "error[no_scenarios]: no scenario is selected: the filter leaves none of 5\n")
    );
    let wrong = run(here.path(), "DIR|--filter|(a");
    assert!(wrong.code == 3 && wrong.err.contains("this parenthesis is not closed"), "{}", wrong.err);
}

#[test]
fn reports_without_times_are_the_same_bytes_whatever_the_threads() {
    let here = folder(&[("suite.yaml", FAILING), ("x/g.suite.yaml", GREETINGS)]);
    for reporter in ["human", "json", "junit", "tap"] {
        let report = |jobs: usize| run(here.path(), &format!("DIR|--reporter|{reporter}|--jobs|{jobs}")).out;
        let one = report(1);
        assert!([2, 3, 8].map(report).iter().all(|other| *other == one), "{reporter}: {one}");
        assert!(!one.is_empty() && !one.contains(" time=") && !one.contains("slowest"), "{one}");
    }
}

#[test]
fn what_failed_last_is_run_again_and_all_where_nothing_did() {
    let here = folder(&[("suite.yaml", FAILING), ("x/g.suite.yaml", GREETINGS)]);
    let chosen = |arguments: &str| run(here.path(), &format!("DIR|--list|--last-failed|{arguments}")).out;
    assert_eq!(chosen("").lines().count(), 8, "nothing is known");
    assert_eq!(run(here.path(), "DIR").code, 1);
    let failed = "failing › wrong word\nfailing › no such mission\n";
    assert_eq!(chosen(""), failed);
    assert_eq!(chosen("--filter|*word"), "failing › wrong word\n");
    // What did not run keeps what is known of it.
    assert_eq!(run(here.path(), "DIR|--filter|fine").code, 0);
    assert_eq!(chosen(""), failed);
    fs::write(here.path().join("suite.yaml"), FAILING.replace("ecoh", "echo")).unwrap();
    let again = run(here.path(), "DIR|--last-failed");
    assert!(again.code == 1 && again.out.contains("2 scenarios: 1 passed, 1 failed"), "{}", again.out);
    assert_eq!(chosen(""), "failing › wrong word\n");
}

#[test]
fn what_there_is_to_say_of_missions_is_a_warning_and_in_strict_runs_an_error() {
    let suite = "suite_name: s\nscenarios:\n- {scenario_name: a, missions: [{name: daily_loop, params: {tody: '2026-01-08', today: '2026-01-08'}, answers: {confirm_priorities: {$mark: true}}}]}\n- {scenario_name: b, missions: [{name: daily_loop, params: {today: '2026-01-08', tody: 1}}]}\n";
    let here = folder(&[("suite.yaml", suite)]);
    let ran = run(here.path(), "DIR");
    let told = "     warning[unknown_param]: the mission `daily_loop` has no param `tody`, which is kept and does nothing (DIR/suite.yaml:3:67, and 1 more)\n       help: did you mean `today`?\n";
    assert!(ran.code == 0 && ran.out.contains(told), "{}", ran.out);
    assert_eq!(json(&run(here.path(), "DIR|--reporter|json"))["warnings"][0]["count"], 2);
    assert_eq!(run(here.path(), "DIR|--bless").code, 0);
    let strict = run(here.path(), "DIR|--strict");
    let told = "    unknown_param: the mission `daily_loop` has no param `tody`, which is kept and does nothing (`--strict`: an error)\n    help: did you mean `today`?\n";
    assert!(strict.code == 1 && strict.out.matches(told).count() == 2, "{}", strict.out);
}

#[cfg(unix)]
#[test]
fn a_pipe_in_place_of_golden_results_is_not_waited_for() {
    let here = tempfile::tempdir().unwrap();
    fs::write(here.path().join("suite.yaml"), GREETINGS).unwrap();
    let golden = here.path().join("suite.golden.json");
    assert!(std::process::Command::new("mkfifo").arg(&golden).status().unwrap().success());
    assert_eq!(run(here.path(), "DIR").code, 3);
    assert_eq!(run(here.path(), "DIR|--bless").code, 0);
    assert!(fs::metadata(&golden).unwrap().is_file());
}

#[test]
fn blessing_tells_what_changed() {
    let here = folder(&[("suite.yaml", GREETINGS)]);
    let new = run(here.path(), "DIR|--bless").out;
    assert!(new.contains("     wrote DIR/suite.golden.json, which is new\n"), "{new}");
    let golden = fs::read_to_string(here.path().join("suite.golden.json")).unwrap();
    assert!(golden.contains("\n            \"word\": \"hello\"\n"), "{golden}");
    assert!(run(here.path(), "DIR|--bless").out.contains("     DIR/suite.golden.json is as it was\n"));
    let changed = GREETINGS.replace("n: [1, 2, 3]", "n: [1, 2]").replace("{word: hello}", "{word: hello, x: 1}");
    fs::write(here.path().join("suite.yaml"), changed).unwrap();
    let told = run(here.path(), "DIR|--bless").out;
    assert!(told.contains("     wrote DIR/suite.golden.json: "), "{told}");
    assert!(told.contains("     says hello › echo: /outputs/echo/x\n       + 1\n"), "{told}");
    assert!(told.contains("     number[n=3] › the scenario\n       - {"), "{told}");
}

#[test]
fn a_report_does_not_take_the_place_of_a_fixture() {
    let suite = "suite_name: s\nscenarios:\n- {scenario_name: a, state_from: data/x.json, missions: [{name: echo}]}\n";
    let here = folder(&[("suite.yaml", suite), ("data/x.json", "{}")]);
    let ran = run(here.path(), "DIR|--reporter|json|--output|DIR/data/x.json");
    assert!(ran.code == 3 && ran.err.contains("error[overwrites_input]"), "{}", ran.err);
    assert_eq!(fs::read_to_string(here.path().join("data/x.json")).unwrap(), "{}");
}

#[test]
fn what_else_can_happen_to_a_human_step_is_a_test_too() {
    let suite = r"
suite_name: s
scenarios:
- scenario_name: nobody answers
  missions: [{name: core/workflow, params: &ask {id: w, steps: [{id: ask, kind: human, payload: {expires: 2d}}]}, answers: {ask: {$expire: true}}}]
  expect: [{path: error_code, op: eq, expected: expired}]
- scenario_name: nobody answers, and the default is taken
  missions: [{name: core/workflow, params: {id: w, steps: [{id: ask, kind: human, payload: {expires: 2d, default: no, on_expiry: default}}]}, answers: {ask: {$expire: true}}}]
  expect: [{path: decisions.ask, op: eq, expected: {status: defaulted, value: no}}]
- scenario_name: somebody cancels
  missions: [{name: core/workflow, params: *ask, answers: {ask: {$cancel: no longer needed}}, expect_error: cancelled}]
- scenario_name: it is passed
  missions: [{name: core/workflow, params: *ask, answers: {ask: {$mark: true}}}]
  expect: [{path: decisions.ask.status, op: eq, expected: marked}]
- scenario_name: the value itself
  missions: [{name: core/workflow, params: *ask, answers: {ask: {$value: {$mark: true}}}}]
  expect: [{path: decisions.ask.value, op: eq, expected: {$mark: true}}]
- scenario_name: it cannot expire
  missions: [{name: core/workflow, params: {id: w, steps: [{id: ask, kind: human, payload: {}}]}, answers: {ask: {$expire: true}}, expect_error: never_expires}]
";
    let here = folder(&[("suite.yaml", suite)]);
    assert_eq!(run(here.path(), "DIR|--bless").code, 0);
    let native = run(here.path(), "DIR|--strict|--reporter|json");
    assert_eq!(native.code, 0, "{}{}", native.out, native.err);
    // Within the sandbox it is the same.
    let document: Value =
        sortie_json::Document::parse("s.yaml", suite.as_bytes().to_vec(), sortie_json::ParseLimits::default())
            .unwrap()
            .into_value();
    let outer = serde_json::json!({"suite_name": "outer", "scenarios": [{"scenario_name": "inside",
        "initial_state": {"suites": [document]}, "missions": [{"name": "run_tests"}],
        "expect": [{"path": "final_state.test_report.suites.0.test_run_hash", "op": "eq",
            "expected": json(&native)["metadata"]["test_run_hash"]}]}]});
    fs::write(here.path().join("outer.suite.json"), outer.to_string()).unwrap();
    let inside = run(here.path(), "DIR/outer.suite.json");
    assert_eq!(inside.code, 0, "{}{}", inside.out, inside.err);
    for (answer, said) in [
        ("{$expires: true}", "did you mean `$expire`?"),
        ("{$expire: soon}", "`$expire` is written with `true`"),
        ("{$ref: x}", "an answer that is such an object is written `{$value: ANSWER}`"),
    ] {
        fs::write(here.path().join("suite.yaml"), suite.replacen("{$expire: true}", answer, 1)).unwrap();
        let wrong = run(here.path(), "DIR/suite.yaml");
        assert!(
            wrong.code == 3 && wrong.err.contains("error[invalid_answer]") && wrong.err.contains(said),
            "{}",
            wrong.err
        );
    }
}

#[test]
fn the_first_failure_ends_the_run_when_asked() {
    let here = folder(&[("suite.yaml", FAILING)]);
    let ran = json(&run(here.path(), "DIR|--fail-fast|--reporter|json|--jobs|8"));
    assert_eq!((&ran["not_run"], &ran["counts"]["scenarios"]), (&2.into(), &1.into()));
    assert!(
        run(here.path(), "DIR|--fail-fast|--reporter|tap")
            .out
            .ends_with("Bail out! stopped at the first scenario that failed\n")
    );
}

#[test]
fn golden_results_are_blessed_and_compared() {
    let here = folder(&[("suite.yaml", GREETINGS)]);
    let golden = here.path().join("suite.golden.json");
    assert_eq!(run(here.path(), "DIR|--bless").code, 0);
    let blessed = fs::read(&golden).unwrap();
    assert_eq!(run(here.path(), "DIR|--bless|--filter|says*").code, 0);
    assert_eq!(fs::read(&golden).unwrap(), blessed, "what did not run stays");
    assert_eq!(run(here.path(), "DIR").code, 0);
    fs::write(
        here.path().join("suite.yaml"),
        GREETINGS.replace("n: [1, 2, 3]", "n: [1, 2]").replace("{word: hello}", "{word: hello, x: 1}"),
    )
    .unwrap();
    let changed = run(here.path(), "DIR");
    assert_eq!(changed.code, 1);
    assert!(changed.out.contains("at echo: /outputs/echo/x\n      + 1\n"), "{}", changed.out);
    assert!(changed.out.contains("1 scenario that the suite has not:\n       number[n=3]\n"), "{}", changed.out);
    fs::write(&golden, "{\"schema_version\": \"golden@2\", \"suite_name\": \"other\", \"scenarios\": {}}").unwrap();
    let other = run(here.path(), "DIR");
    assert!(other.code == 3 && other.err.contains("golden_suite_mismatch"), "{}", other.err);
}

#[test]
fn everything_wrong_with_all_files_is_told_and_nothing_runs() {
    let broken = "suite_name: broken\nscenarios:\n- scenario_name: a\n  state_from: ../x.yaml\n  missions: [{name: echo}]\n  expect:\n  - {path: x, op: equals, expected: 1}\n";
    let limits = "suite_name: limits\ndefaults: {limits: {mission_depth: 5000000000}}\nscenarios:\n- scenario_name: a\n  missions: [{name: echo, limits: {fuel_per_cal: 3}}]\n";
    let here = folder(&[
        ("suites/a.yaml", broken),
        ("suites/b.yaml", limits),
        ("suites/c.json", "{"),
        ("suites/d.toml", "suite_name = 'd'\n"),
    ]);
    let ran = run(here.path(), "DIR");
    assert_eq!((ran.code, ran.out.as_str()), (3, ""));
    golden("rejected.txt", &ran.err);
}

#[cfg(unix)]
#[test]
fn a_fixture_is_inside_of_the_suites_folder() {
    let suite = "suite_name: s\nscenarios:\n- {scenario_name: a, state_from: NAME, missions: [{name: echo}]}\n";
    let outside = folder(&[("x.yaml", "a: 1")]);
    for (name, problem) in [
        ("data/x.yaml", None),
        ("link.yaml", Some("leads out of")),
        ("data/../data/x.yaml", Some("outside of")),
        ("/etc/hostname", Some("outside of")),
        ("missing.yaml", Some("no such file")),
        ("broken.json", Some("` has errors")),
    ] {
        let here =
            folder(&[("suite.yaml", &suite.replace("NAME", name)), ("data/x.yaml", "a: 1"), ("broken.json", "{")]);
        std::os::unix::fs::symlink(outside.path().join("x.yaml"), here.path().join("link.yaml")).unwrap();
        let ran = run(here.path(), "DIR");
        assert_eq!(ran.code, if problem.is_some() { 3 } else { 0 }, "{name}: {}", ran.err);
        assert!(ran.err.contains(problem.unwrap_or_default()), "{name}: {}", ran.err);
    }
}

#[test]
fn expectations_may_stand_in_a_file_of_their_own() {
    let expectations =
        "expectations: [{id: x, scenario_name: says hello, path: outputs.echo.word, op: eq, expected: bye}]\n";
    let here = folder(&[("suite.yaml", GREETINGS), ("more.yaml", expectations), ("x/suites/f.yaml", FAILING)]);
    let ran = run(here.path(), "DIR/suite.yaml|--expectations|DIR/more.yaml");
    assert!(ran.code == 1 && ran.out.contains("(DIR/more.yaml:1:16)"), "{}{}", ran.out, ran.err);
    let ran = run(here.path(), "DIR|--expectations|DIR/more.yaml");
    assert!(ran.code == 3 && ran.err.contains("do not say which they are for"), "{}", ran.err);
}

#[test]
fn what_of_a_given_plugin_no_scenario_reaches_is_told() {
    let here = folder(&[("suite.yaml", GREETINGS)]);
    for (name, bytes) in ["core", "daily-loop", "echo"].into_iter().zip(sortie_host::FIRST_PARTY.iter()) {
        fs::write(here.path().join(format!("{name}.wasm")), bytes).unwrap();
    }
    let plugins = "DIR|--plugin|DIR/echo.wasm|--plugin|DIR/core.wasm";
    let ran = run_with(here.path(), plugins, &sortie_host::HostBuilder::build);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("reached of echo: 1 of 1 missions, 1 of 1 operations"), "{}", ran.out);
    assert!(ran.out.contains("reached of core: 0 of 1 missions, 0 of "), "{}", ran.out);
    let twice = run(here.path(), "DIR|--plugin|DIR/echo.wasm");
    assert!(twice.code == 5 && twice.err.contains("plugin_name_clash"), "{}", twice.err);
}

#[test]
fn the_suites_of_the_first_party_plugins_reach_all_that_they_have() {
    let here = folder(&[]);
    let names = ["core", "daily-loop", "echo", "run-tests"];
    let mut arguments = String::new();
    for (name, bytes) in names.into_iter().zip(sortie_host::FIRST_PARTY.iter()) {
        fs::write(here.path().join(format!("{name}.wasm")), bytes).unwrap();
        arguments.push_str(&format!("|--plugin|DIR/{name}.wasm"));
    }
    for (index, name) in names.into_iter().enumerate() {
        let suite = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../plugins/{name}/suite.yaml"));
        let arguments = format!("{}|--reporter|json{arguments}", suite.display());
        let coverage =
            json(&run_with(here.path(), &arguments, &sortie_host::HostBuilder::build))["coverage"][index].clone();
        assert_eq!(coverage["plugin"], name);
        for what in ["missions", "operations"] {
            assert_eq!(coverage[what]["unreached"], serde_json::json!([]), "{name}");
        }
    }
}

#[test]
fn a_human_step_without_an_answer_is_counted_and_in_strict_runs_an_error() {
    let suite = "suite_name: s\nscenarios:\n- {scenario_name: a, missions: [{name: daily_loop, params: {today: '2026-01-08'}}]}\n";
    let here = folder(&[("suite.yaml", suite)]);
    let lenient = run(here.path(), "DIR");
    assert!(
        lenient.code == 0 && lenient.out.contains("1 human step without an answer"),
        "{}{}",
        lenient.out,
        lenient.err
    );
    // Strict runs want golden results too.
    assert_eq!(run(here.path(), "DIR|--bless").code, 0);
    let strict = run(here.path(), "DIR|--strict");
    assert!(strict.code == 1 && strict.out.contains("unanswered_human_step"), "{}{}", strict.out, strict.err);
}

/// Compares a text with a golden file, whole. `SORTIE_BLESS=1` writes the file instead.
fn golden(name: &str, text: &str) {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/commands/test/golden").join(name);
    if std::env::var_os("SORTIE_BLESS").is_some() {
        fs::write(&file, format!("{}\n", text.trim_end())).unwrap();
    }
    let expected = fs::read_to_string(&file).unwrap();
    assert!(!expected.trim().is_empty(), "{name} is empty");
    assert_eq!(text.trim_end(), expected.trim_end(), "{text}");
}
