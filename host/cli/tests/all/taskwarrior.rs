//! The real Taskwarrior, piped into the real command: its urgencies and its order are those of our plan for the day.
//! Where `task` is not installed, the test is skipped.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may end where its tool does not work as it must")]

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// How far our urgency may be from Taskwarrior's, which counts in single precision and prints six digits.
const TOLERANCE: f64 = 0.01;

/// What is done with `task`, a command a line. The nth `add` makes task n; the repeating one comes last.
const COMMANDS: &str = "
add plain
add overdue for long due:now-30d
add overdue project:home due:now-3d
add due soon due:now+5d +a
add due later due:now+13d +a +b +c
add high priority:H +next
add medium priority:M project:work.big
add low priority:L
add scheduled in the past scheduled:now-2d
add scheduled in the future scheduled:now+2d
add started
11 start
add hidden wait:now+10d priority:H
add noted
13 annotate one
13 annotate two
add a year old entry:now-400d project:café
add blocks and is blocked depends:1
add is blocked depends:15,2
add done later due:now-2d
add deleted later
17 done
18 delete
add repeats due:now-1d recur:weekly until:now+20d
";

/// The real tool, with a database of its own.
struct Taskwarrior {
    folder: TempDir,
}

impl Taskwarrior {
    fn install() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("data")).unwrap();
        fs::write(folder.path().join("taskrc"), "confirmation=off\nhooks=off\nverbose=nothing\n").unwrap();
        let taskwarrior = Self { folder };
        match taskwarrior.command().arg("--version").output() {
            Ok(_) => Some(taskwarrior),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => panic!("task: {error}"),
        }
    }

    fn command(&self) -> Command {
        let mut command = Command::new("task");
        let folder = self.folder.path();
        command.env("TASKRC", folder.join("taskrc")).env("TASKDATA", folder.join("data")).env("TZ", "UTC");
        command
    }

    fn run(&self, arguments: &[&str]) -> String {
        let output = self.command().args(arguments).stdin(Stdio::null()).output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "task {arguments:?}: {errors}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Now, as a date-time in UTC.
    fn now(&self) -> String {
        format!("{}Z", self.run(&["calc", "now"]).trim())
    }

    /// The export, and its moment. A day does not begin between the two.
    fn export(&self) -> (String, String) {
        loop {
            let (before, export, after) = (self.now(), self.run(&["export"]), self.now());
            if before.get(..10) == after.get(..10) {
                return (export, before);
            }
        }
    }
}

/// What `sortie run daily_loop` prints, given the export on standard input.
fn daily_loop(export: &str, today: &str) -> Value {
    let mut sortie = Command::new(env!("CARGO_BIN_EXE_sortie"))
        .args(["run", "daily_loop", "--state-at", "/tasks", "--state", "-", "--mode", "mark", "--format", "json"])
        .args(["--param", &format!("today={today}"), "--param", "limit=1000", "--param", "include=all"])
        .env("SORTIE_CACHE_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"))
        .env("TZ", "UTC")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    sortie.stdin.take().unwrap().write_all(export.as_bytes()).unwrap();
    let output = sortie.wait_with_output().unwrap();
    let (printed, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{printed}{errors}");
    assert_eq!(errors, "", "diagnostics");
    serde_json::from_str(&printed).unwrap()
}

/// The identifiers and the urgencies of tasks.
fn urgencies<'a>(tasks: impl IntoIterator<Item = &'a Value>) -> Vec<(&'a str, f64)> {
    tasks.into_iter().map(|task| (task["uuid"].as_str().unwrap(), task["urgency"].as_f64().unwrap())).collect()
}

/// Checks a list of ours: it has each task that Taskwarrior exported as one to do, by falling urgency of its own.
fn check(list: &Value, exported: &[(&str, f64)]) {
    let ours = urgencies(list.as_array().unwrap());
    assert_eq!(ours.len(), exported.len());
    let theirs: Vec<f64> = ours
        .iter()
        .map(|(uuid, urgency)| {
            let (_, expected) = exported.iter().find(|(exported, _)| exported == uuid).unwrap();
            assert!((urgency - expected).abs() <= TOLERANCE, "{uuid}: {urgency} and not {expected}");
            *expected
        })
        .collect();
    assert!(theirs.windows(2).all(|pair| pair[0] >= pair[1] - TOLERANCE), "the order: {theirs:?}");
}

#[test]
fn the_plan_has_the_urgencies_and_the_order_of_the_real_tool() {
    let Some(taskwarrior) = Taskwarrior::install() else {
        sortie_tests::skip("task is not installed");
        return;
    };
    for line in COMMANDS.lines().filter(|line| !line.is_empty()) {
        taskwarrior.run(&line.split(' ').collect::<Vec<_>>());
    }
    // Makes the instances of what repeats.
    taskwarrior.run(&["list"]);
    let (export, now) = taskwarrior.export();
    let tasks: Value = serde_json::from_str(&export).unwrap();
    let to_do = |task: &&Value| matches!(task["status"].as_str(), Some("pending" | "waiting"));
    let exported = urgencies(tasks.as_array().unwrap().iter().filter(to_do));
    assert!(exported.len() >= 18, "tasks of each kind: {}", exported.len());

    let result = daily_loop(&export, &now);
    assert_eq!(result["success"], true);
    let daily = &result["final_state"]["daily"];
    check(&daily["priorities"]["tasks"], &exported);
    check(&daily["plan"]["tasks"], &exported);
    assert_eq!(result["outputs"]["generate_priorities"]["tasks"], daily["priorities"]["tasks"]);
    let archived = result["final_state"]["archive"].as_array().unwrap();
    assert_eq!(archived.len(), 1, "what is completed is archived");
}

/// What the command builds, in a zone with summer time: its exit code, the payload of the first step, and what it says.
fn built(params: &[&str]) -> (Option<i32>, Value, String) {
    let mut sortie = Command::new(env!("CARGO_BIN_EXE_sortie"));
    sortie.args(["build", "daily_loop"]).args(params.iter().flat_map(|param| ["--param", param]));
    sortie.env("SORTIE_CACHE_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"));
    let output = sortie.env("TZ", "CET-1CEST,M3.5.0,M10.5.0/3").env("NO_COLOR", "1").output().unwrap();
    let workflow: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let said = String::from_utf8(output.stderr).unwrap();
    (output.status.code(), workflow["steps"][0]["payload"].clone(), said)
}

#[test]
fn the_command_gives_the_rule_of_its_zone_and_the_date_of_a_word() {
    let rule = "<+01>-1<+02>,M3.5.0,M10.5.0/3";
    let (exit, payload, said) = built(&[]);
    assert_eq!((exit, &*said, &payload["zone"]), (Some(0), "", &Value::from(rule)));
    let (_, payload, _) = built(&["today=tomorrow"]);
    let date = payload["today"].as_str().unwrap();
    assert!(date.len() == 10 && date.starts_with("20"), "{date}");
    // What has the offset of a place is another zone's, but the rule is given: the mission tells which counts.
    let (_, payload, _) = built(&["today=2027-03-26T07:00:00-05:00", "zone=+09:00"]);
    assert_eq!(payload["zone"], "+09:00");
    let (exit, _, said) = built(&["zone=No/Where"]);
    assert!(exit == Some(2) && said.starts_with("error[unknown_zone]: the param `zone` is \"No/Where\""), "{said}");
    let (exit, _, said) = built(&["today=tomorow"]);
    assert!(exit == Some(3) && said.contains("did you mean `tomorrow`?"), "{said}");
}
