//! What an author does with a plugin, by the real binary: what takes more than one command, and files that are too
//! large to keep.

#![allow(clippy::expect_used, reason = "a test says what it expected")]

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use sortie_tests::TextPlugin;
use tempfile::TempDir;

/// Divides by what the payload is long, less two: by nothing, where the payload is `{}`.
const DIVIDES: &str = r#"
(func $divide (param $by i32) (result i32) (i32.div_u (i32.const 7) (local.get $by)))
(func (export "sortie:plugin/mission@0.2.0#execute") (type $execute)
  (drop (call $divide (i32.sub (local.get 5) (i32.const 2))))
  (call $ok))
"#;

const WORKFLOW: &str =
    r#"{"id": "w", "steps": [{"id": "s", "kind": "runtime", "payload": {"operation": "demo/work"}}], "metadata": {}}"#;

const SUITE: &str = "suite_name: demo\nscenarios:\n  - scenario_name: tried\n    missions: [{name: demo/try}]\n";

fn manifest() -> Value {
    json!({
        "name": "demo", "version": "1.0.0", "sdk": "none", "description": "",
        "missions": [{"name": "try", "description": "", "params_schema": true, "examples": [{}]}],
        "operations": [{
            "name": "work", "description": "", "payload_schema": true, "reads": [], "writes": [],
            "examples": [{"payload": {"n": 1}, "state": {}}],
        }],
    })
}

fn plugin(module: &str) -> Vec<u8> {
    let manifest = manifest();
    let workflow = json!({
        "id": "try", "steps": [{"id": "s", "kind": "runtime", "payload": {"operation": "work", "n": 1}}], "metadata": {}
    });
    TextPlugin {
        module,
        describe: Some(&manifest),
        workflow: Some(&workflow),
        manifest: Some(&manifest),
        ..TextPlugin::default()
    }
    .bytes()
}

/// A folder with a plugin and a workflow.
struct Desk(TempDir);

impl Desk {
    fn new(module: &str) -> Self {
        let desk = Self(tempfile::tempdir().expect("a folder"));
        desk.write("demo.wasm", plugin(module));
        desk.write("workflow.json", WORKFLOW);
        desk
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.at(name), bytes).expect("the file is written");
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.at(name)).expect("the file is there")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sortie"));
        command.args(arguments).current_dir(self.0.path()).env("NO_COLOR", "1");
        command.env("SORTIE_CACHE_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"));
        command
    }

    /// The exit code, and standard output and error.
    fn sortie(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let output = self.command(arguments).stdin(Stdio::null()).output().expect("the command runs");
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        (output.status.code(), format!("{out}{err}"))
    }
}

fn digest(bytes: &[u8]) -> String {
    sortie_json::ContentHash::of_bytes(bytes).to_string()
}

#[test]
fn a_saved_failure_is_reproduced_exactly_and_by_no_other_plugin() {
    let desk = Desk::new(DIVIDES);
    let run = ["exec", "workflow.json", "--plugin", "demo.wasm", "--save-failure", "failure.json"];
    let (code, output) = desk.sortie(&run);
    assert_eq!(code, Some(1), "{output}");
    assert!(output.contains("  reproduce  sortie plugin replay failure.json\n"), "{output}");
    let digest_of_it = digest(&plugin(DIVIDES));
    let saved: Value = serde_json::from_str(&desk.read("failure.json")).expect("JSON");
    let fuel = saved["fuel"].as_u64().expect("fuel");
    let text = format!(
        "trap the plugin trapped: it divided an integer by zero
  plugin     demo 1.0.0 (`demo.wasm`, {})
  operation  work
  function   divide
  fuel       {fuel} of 500000000
  memory     131072 of 67108864 bytes
  details    {{\"trap\":\"division_by_zero\"}}
  reproduce  sortie plugin replay failure.json
",
        &digest_of_it[..12]
    );
    let reproduced = format!("{text}✔ reproduced: the same outcome, fuel and peak memory\n");
    assert_eq!(desk.sortie(&["plugin", "replay", "failure.json"]), (Some(0), reproduced.clone()));

    // The same in another folder, where the file has another name.
    fs::rename(desk.at("demo.wasm"), desk.at("moved.wasm")).expect("the file is renamed");
    let moved = desk.sortie(&["plugin", "replay", "failure.json", "--plugin", "moved.wasm"]);
    assert_eq!(moved, (Some(0), reproduced.replace("demo.wasm", "moved.wasm")));
    let (code, output) = desk.sortie(&["plugin", "replay", "failure.json"]);
    assert_eq!(code, Some(3), "{output}");
    assert!(output.starts_with("error[file_not_found]: there is no file `demo.wasm`\n"), "{output}");

    // Another expectation than what happens.
    let mut other = saved.clone();
    other["fuel"] = json!(fuel + 1);
    desk.write("other.json", other.to_string());
    let differs = desk.sortie(&["plugin", "replay", "other.json", "--plugin", "moved.wasm"]);
    let expected = format!("{text}✘ not reproduced: the fuel was {}, and is {fuel}\n", fuel + 1);
    let expected = expected.replace("demo.wasm", "moved.wasm").replace("replay failure.json", "replay other.json");
    assert_eq!(differs, (Some(1), expected));

    // Another plugin.
    let another = plugin("(func (export \"sortie:plugin/mission@0.2.0#execute\") (type $execute) (call $ok))");
    desk.write("another.wasm", &another);
    let refused = desk.sortie(&["plugin", "replay", "failure.json", "--plugin", "another.wasm"]);
    let expected = format!(
        "error[another_plugin]: the call was made with the plugin `demo` of digest {digest_of_it}, but `another.wasm` \
         has digest {}\n |\n = help: give the file that made the call: `--plugin FILE`\n",
        digest(&another)
    );
    assert_eq!(refused, (Some(5), expected));
}

#[test]
fn a_saved_call_is_made_with_another_build_and_told_as_it_ends_now() {
    let desk = Desk::new(DIVIDES);
    desk.sortie(&["exec", "workflow.json", "--plugin", "demo.wasm", "--save-failure", "failure.json"]);
    let mended = plugin("(func (export \"sortie:plugin/mission@0.2.0#execute\") (type $execute) (call $ok))");
    desk.write("mended.wasm", &mended);
    let (code, output) = desk.sortie(&["plugin", "replay", "failure.json", "--with", "mended.wasm"]);
    let begins = "recorded   trap the plugin trapped: it divided an integer by zero\nnow        ok\n  plugin     demo";
    assert!(code == Some(0) && output.starts_with(begins), "{output}");
    assert!(output.ends_with("✔ the call ends well now\n"), "{output}");
    let (code, output) = desk.sortie(&["plugin", "replay", "failure.json", "--with", "demo.wasm"]);
    assert!(code == Some(1) && output.ends_with("✘ the call still fails\n"), "{output}");
    let (code, output) =
        desk.sortie(&["plugin", "replay", "failure.json", "--with", "mended.wasm", "--format", "json"]);
    let told: Value = serde_json::from_str(&output).expect("JSON");
    assert_eq!((code, &told["passed"], &told["rejected"]), (Some(0), &json!(true), &Value::Null));
    assert_eq!(told["actual"]["plugin"]["digest"], digest(&mended));

    // One that has no such operation.
    let other = json!({
        "name": "demo", "version": "2.0.0", "sdk": "none", "description": "", "missions": [], "operations": [],
    });
    let bytes = TextPlugin { describe: Some(&other), manifest: Some(&other), ..TextPlugin::default() }.bytes();
    desk.write("other.wasm", bytes);
    let (code, output) = desk.sortie(&["plugin", "replay", "failure.json", "--with", "other.wasm"]);
    let expected = "error[no_such_function]: the plugin `demo` of `other.wasm` has no operation `work`\n";
    assert!(code == Some(3) && output.starts_with(expected), "{output}");
}

#[test]
fn a_replay_of_a_change_that_is_not_declared_says_what_was_rejected() {
    let writes = "(data (i32.const 0) \"/donetrue\")
        (func $done (result i32)
          (i32.store (i32.const 2052) (i32.const 0)) (i32.store (i32.const 2056) (i32.const 5))
          (i32.store (i32.const 2060) (i32.const 5)) (i32.store (i32.const 2064) (i32.const 4))
          (call $changes (i32.const 2048) (i32.const 1)))
        (func (export \"sortie:plugin/mission@0.2.0#execute\") (type $execute) (call $done))";
    let desk = Desk::new(writes);
    let (code, output) =
        desk.sortie(&["exec", "workflow.json", "--plugin", "demo.wasm", "--save-failure", "failure.json"]);
    assert_eq!(code, Some(1), "{output}");
    let (code, output) = desk.sortie(&["plugin", "replay", "failure.json"]);
    let rejected = "  rejected   change 1 (add at `/done`): the operation does not declare that it writes `/done`\n";
    assert!(code == Some(0) && output.contains(rejected), "{output}");
    let (code, output) = desk.sortie(&["plugin", "replay", "failure.json", "--with", "demo.wasm"]);
    assert!(code == Some(1) && output.contains(rejected), "{output}");
}

#[test]
fn doctor_says_what_is_missing_and_what_to_type() {
    let desk = Desk::new("");
    let doctor = |cache: &str| {
        let mut command = desk.command(&["doctor", "--format", "json"]);
        command.env("PATH", desk.at("nothing")).env("HOME", desk.at("home")).env_remove("XDG_DATA_HOME");
        let output = command.env("SORTIE_CACHE_DIR", desk.at(cache)).output().expect("the command runs");
        let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let findings = told["findings"].as_array().expect("findings").clone();
        let verdict = move |subject: &str| {
            let found = findings.iter().find(|finding| finding["subject"] == subject).expect("it was looked at");
            (found["verdict"].as_str().expect("a verdict").to_owned(), found["help"].clone())
        };
        (output.status.code(), verdict)
    };
    let (code, verdict) = doctor("cache");
    assert_eq!(code, Some(0));
    assert_eq!(verdict("cache"), ("ok".to_owned(), Value::Null));
    assert_eq!(verdict("Rust"), ("absent".to_owned(), json!("install Rust from https://rustup.rs")));
    for language in ["JavaScript", "Python"] {
        assert_eq!(verdict(language).0, "absent");
    }
    // A file where the cache's folder is to be.
    let (code, verdict) = doctor("demo.wasm");
    assert_eq!((code, verdict("cache").0.as_str()), (Some(1), "wrong"));
    // A project whose tool is not installed.
    desk.write("package.json", r#"{"name": "a", "version": "1.0.0", "devDependencies": {"componentize-qjs": "1"}}"#);
    let (code, verdict) = doctor("cache");
    assert_eq!((code, verdict("plugin").0.as_str()), (Some(1), "wrong"));
}

#[test]
fn doctor_names_the_journal_that_commands_use() {
    let desk = Desk::new("");
    let output = desk.command(&["doctor"]).env("SORTIE_JOURNAL", "there.sqlite").output().expect("the command runs");
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(told.contains("journal     there.sqlite, which the first run that pauses makes"), "{told}");
}

#[test]
fn a_mission_that_cannot_be_built_and_a_failing_example_are_saved_too() {
    let desk = Desk::new("");
    let module =
        "(func (export \"sortie:plugin/mission@0.2.0#build\") (param i32 i32 i32 i32) (result i32) unreachable)";
    let manifest = manifest();
    let bytes =
        TextPlugin { module, describe: Some(&manifest), manifest: Some(&manifest), ..TextPlugin::default() }.bytes();
    desk.write("demo.wasm", bytes);
    let (code, output) = desk.sortie(&["run", "try", "--plugin", "demo.wasm", "--save-failure", "a.json"]);
    assert_eq!(code, Some(1), "{output}");
    let (code, output) = desk.sortie(&["plugin", "check", "demo.wasm", "--save-failure", "b.json", "--runs", "1"]);
    assert_eq!(code, Some(5), "{output}");
    for file in ["a.json", "b.json"] {
        let (code, output) = desk.sortie(&["plugin", "replay", file]);
        assert_eq!(code, Some(0), "{output}");
        assert!(output.contains("  mission    try\n"), "{output}");
    }
}

#[test]
fn a_replay_tells_programs_what_it_found() {
    let desk = Desk::new(DIVIDES);
    desk.sortie(&["exec", "workflow.json", "--plugin", "demo.wasm", "--save-failure", "failure.json"]);
    let (code, output) = desk.sortie(&["plugin", "replay", "failure.json", "--format", "json"]);
    let mut told: Value = serde_json::from_str(&output).expect("JSON");
    let engine = told["engine"].take();
    assert_eq!(engine["recorded"], engine["here"]);
    let end = json!({"outcome": "trap", "fuel": told["actual"]["fuel"], "memory_bytes": 131_072});
    let expected = json!({
        "schema_version": "replayed_call@2", "reproduced": true, "difference": null, "rejected": null, "engine": null,
        "expected": end, "actual": end,
    });
    assert_eq!((code, told), (Some(0), expected));
}

#[test]
fn the_names_beside_a_plugin_and_those_in_the_cache_tell_where_it_failed() {
    let desk = Desk::new(DIVIDES);
    let run = ["exec", "workflow.json", "--plugin", "demo.wasm"];
    let function = |output: &str| {
        let line = output.lines().find_map(|line| line.strip_prefix("  function   "));
        line.map(str::to_owned)
    };
    let symbols = |digest: &str, prefix: &str| {
        let names: Vec<String> = (0..40).map(|index| format!("{prefix}::{index}")).collect();
        json!({"schema_version": "plugin_symbols@1", "digest": digest, "functions": names}).to_string()
    };
    assert_eq!(function(&desk.sortie(&run).1).as_deref(), Some("divide"));
    let right = digest(&plugin(DIVIDES));
    desk.write("demo.symbols.json", symbols(&right, "demo"));
    let told = function(&desk.sortie(&run).1).expect("a function");
    let (first, second) = told.split_once(", called by ").expect("two functions");
    assert!(first.starts_with("demo::") && second.starts_with("demo::") && first != second, "{told}");
    // Names of another plugin, or what is no such file, are nobody's names.
    for other in [symbols(&digest(b"another"), "other"), "{".to_owned()] {
        desk.write("demo.symbols.json", other);
        assert_eq!(function(&desk.sortie(&run).1).as_deref(), Some("divide"));
    }
    fs::create_dir_all(desk.at("cache/symbols")).expect("a folder");
    desk.write(&format!("cache/symbols/{right}.json"), symbols(&right, "cached"));
    let output = desk.command(&run).env("SORTIE_CACHE_DIR", desk.at("cache")).output().expect("the command runs");
    let told = function(&String::from_utf8_lossy(&output.stdout)).expect("a function");
    assert!(told.starts_with("cached::"), "{told}");
}

#[test]
fn a_budget_is_written_and_kept_to() {
    let desk = Desk::new(DIVIDES);
    let check = ["plugin", "check", "demo.wasm", "--runs", "1"];
    let (code, output) = desk.sortie(&[&check[..], &["--write-budget"]].concat());
    assert_eq!(code, Some(0), "{output}");
    assert!(output.contains("  ok       budget       written to `fuel.lock`\n"), "{output}");
    let budget: Value = serde_json::from_str(&desk.read("fuel.lock")).expect("JSON");
    let fuel = |name: &str| budget["fuel"][name]["fuel"].as_u64().expect("fuel");
    let (mission, operation) = (fuel("mission try 1"), fuel("operation work 1"));
    let bytes = plugin(DIVIDES).len();
    let input = |value: Value| sortie_json::ContentHash::of(&value).to_string();
    let (params, call) = (input(json!({"params": {}})), input(json!({"payload": {"n": 1}, "state": {}})));
    assert_eq!(
        desk.read("fuel.lock"),
        format!(
            "{{
  \"bytes\": {bytes},
  \"fuel\": {{
    \"mission try 1\": {{\"fuel\":{mission},\"input\":\"{params}\"}},
    \"operation work 1\": {{\"fuel\":{operation},\"input\":\"{call}\"}}
  }},
  \"plugin\": \"demo\",
  \"schema_version\": \"plugin_budget@1\"
}}
"
        )
    );
    let lines = |output: &str| output.lines().filter(|line| line.contains(" budget ")).collect::<Vec<_>>().join("\n");
    let (code, output) = desk.sortie(&check);
    let kept = format!(
        "  ok       budget       size: {bytes} bytes, +0.0 % against a budget of {bytes}
  ok       budget       mission `try`, example 1: {mission} units of fuel, +0.0 % against a budget of {mission}
  ok       budget       operation `work`, example 1: {operation} units of fuel, +0.0 % against a budget of {operation}"
    );
    assert_eq!((code, lines(&output)), (Some(0), kept));

    // The same work, done dearer.
    let dearer = DIVIDES.replace("(call $ok))", &format!("{} (call $ok))", "(nop) (drop (i32.const 1))".repeat(20)));
    desk.write("demo.wasm", plugin(&dearer));
    let (code, output) = desk.sortie(&check);
    assert_eq!(code, Some(5), "{output}");
    let over = format!("against a budget of {operation}, and 5 % more is tolerated");
    assert!(lines(&output).lines().last().is_some_and(|line| line.ends_with(&over)), "{output}");
    let (code, output) = desk.sortie(&[&check[..], &["--tolerance", "1000"]].concat());
    assert_eq!(code, Some(0), "{output}");

    // A plugin that fails gets no budget.
    desk.write(
        "demo.wasm",
        plugin("(func (export \"sortie:plugin/mission@0.2.0#execute\") (type $execute) unreachable)"),
    );
    let before = desk.read("fuel.lock");
    let (code, output) = desk.sortie(&[&check[..], &["--write-budget"]].concat());
    assert_eq!(code, Some(5), "{output}");
    assert!(
        output.contains("  skipped  budget       it is not written, since the plugin failed a check\n"),
        "{output}"
    );
    assert_eq!(desk.read("fuel.lock"), before);
}

/// A component with this text for its manifest section.
fn with_section(text: &str) -> Vec<u8> {
    let manifest: Value = serde_json::from_str(text).expect("JSON");
    let module = "(func (export \"sortie:plugin/mission@0.2.0#describe\") (result i32) unreachable)";
    TextPlugin { module, manifest: Some(&manifest), ..TextPlugin::default() }.bytes()
}

#[test]
fn a_manifest_that_is_too_much_is_told_by_its_size_and_not_read() {
    let desk = Desk::new("");
    let mut long = manifest();
    long["description"] = json!("x".repeat(10 << 20));
    let mut many = manifest();
    let operation = |index: usize| json!({"name": format!("o{index}"), "description": "", "payload_schema": true, "reads": [], "writes": [], "examples": []});
    many["operations"] = (0..100_000).map(operation).collect();
    for manifest in [long.to_string(), many.to_string()] {
        let bytes = manifest.len();
        assert!(bytes > 7_000_000, "{bytes}");
        desk.write("large.wasm", with_section(&manifest));
        let said = format!("it has {bytes} bytes, more than the limit of 1048576");
        let help = "rebuild the plugin with `sortie plugin build`, which writes the manifest from `describe`";
        assert_eq!(
            desk.sortie(&["missions", "--plugin", "large.wasm"]),
            (
                Some(5),
                format!(
                    "error[broken_manifest]: the plugin `large.wasm` was rejected: the plugin's manifest is broken: \
                     {said}\n |\n = help: {help}\n"
                )
            )
        );
        let (code, output) = desk.sortie(&["plugin", "check", "large.wasm"]);
        assert_eq!(code, Some(5));
        let line = format!("  failed   manifest     the plugin's manifest is broken: {said}\n");
        assert!(output.contains(&line), "{output}");
        let (code, output) = desk.sortie(&["plugin", "inspect", "large.wasm"]);
        assert_eq!(code, Some(5));
        let end = format!("rejected (broken_manifest): the plugin's manifest is broken: {said}\n  help: {help}\n");
        assert!(output.ends_with(&end), "{output}");
    }
}

#[test]
fn a_file_past_the_limit_is_not_read() {
    let desk = Desk::new("");
    let file = fs::File::create(desk.at("huge.wasm")).expect("the file is made");
    file.set_len((64 << 20) + 1).expect("it has its size");
    let expected = "error[plugin_too_large]: `huge.wasm` has 67108865 bytes, more than the limit of 67108864\n |\n = \
                    help: strip the names and debug sections, and remove what the plugin does not need\n";
    for command in ["check", "inspect", "test"] {
        assert_eq!(desk.sortie(&["plugin", command, "huge.wasm"]), (Some(5), expected.to_owned()));
    }
}

#[test]
fn a_watched_plugin_is_tested_again_when_a_file_changes() {
    let desk = Desk::new(DIVIDES);
    desk.write("suite.yaml", SUITE);
    let mut command = desk.command(&["plugin", "test", "demo.wasm", "--watch"]);
    let mut watching =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
    let (tell, told) = mpsc::channel();
    let streams: [Box<dyn std::io::Read + Send>; 2] =
        [Box::new(watching.stdout.take().expect("a pipe")), Box::new(watching.stderr.take().expect("a pipe"))];
    for stream in streams {
        let tell = tell.clone();
        thread::spawn(move || {
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                let _ = tell.send(line);
            }
        });
    }
    // Generous: the machine may be busy. What is waited for comes in time, or the test fails.
    let wait_for = |what: &str| {
        let mut seen = Vec::new();
        while !seen.last().is_some_and(|line: &String| line.contains(what)) {
            seen.push(told.recv_timeout(Duration::from_mins(2)).unwrap_or_else(|_| panic!("no {what:?}: {seen:#?}")));
        }
        seen.join("\n")
    };
    let both = |result: &str| {
        // What two streams say comes in any order.
        let seen = wait_for("watching `.`");
        if seen.contains(result) { seen } else { seen + &wait_for(result) }
    };
    assert!(both("PASS").contains("PASS"));
    desk.write("suite.yaml", format!("{SUITE}    expect: [{{path: success, op: eq, expected: false}}]\n"));
    assert!(both("FAIL").contains("FAIL"));
    desk.write("suite.yaml", "suite_name: [\n");
    assert!(both("error[").contains("error["));
    desk.write("suite.yaml", SUITE);
    assert!(both("PASS").contains("PASS"));
    watching.kill().expect("it is killed");
    watching.wait().expect("it ends");
}
