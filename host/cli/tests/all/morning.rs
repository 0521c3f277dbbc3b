//! A morning with the real Taskwarrior and a database of two thousand tasks, at a time of its own: the export becomes a
//! plan, a person decides, and what changed goes back; on the next working day the loop goes on. The transcript stands in the book; `SORTIE_BLESS=1` writes it.
//! Where `task` or `faketime` is not installed, the test is skipped.
#![expect(clippy::unwrap_used, reason = "a test may end where its tool does not work as it must")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

/// When it is, for `faketime` and for the mission: a Thursday.
const NOW: &str = "2026-01-08 07:30:00";

/// What there is to do about a house, and where.
const VERBS: [&str; 9] = ["Clean", "Paint", "Check", "Measure", "Sort out", "Oil", "Mend", "Photograph", "Sand down"];
const THINGS: [&str; 11] = [
    "the balcony door",
    "the kitchen tap",
    "the cellar shelves",
    "the letterbox",
    "the attic hatch",
    "the garden gate",
    "the bookcase",
    "the skirting boards",
    "the boiler",
    "the stair rail",
    "the workbench",
];

/// Whether a program is installed.
fn is_there(program: &str) -> bool {
    Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

/// So many tasks of some years: nine of ten are done, and of the others some are due, blocked or wait.
fn tasks(count: usize) -> Vec<Value> {
    let uuid = |number: usize| format!("{:08x}-0000-4000-8000-{number:012x}", number * 2_654_435 % 0xffff_fff1);
    let task = |number: usize| {
        let (month, day, hour) = (number % 12 + 1, number % 28 + 1, number % 24);
        let (entry, modified) =
            (format!("{}{month:02}{day:02}T{hour:02}0000Z", 2023 + number % 3), format!("20251220T{hour:02}1500Z"));
        let description = format!("{} {}", VERBS[number / 10 % 9], THINGS[number / 10 % 11]);
        let mut task = json!({
            "uuid": uuid(number), "description": description, "status": "pending", "entry": entry,
            "modified": modified, "project": format!("house.room{}", number % 7),
        });
        if !number.is_multiple_of(10) {
            let yesterday = number % 311 == 5;
            let end = format!("{}T{hour:02}3000Z", if yesterday { "20260107" } else { "20251221" });
            (task["status"], task["modified"], task["end"]) = (json!("completed"), json!(end), json!(end));
        } else if number.is_multiple_of(30) {
            task["due"] = json!(format!("202601{:02}T180000Z", number / 30 % 28 + 1));
            task["priority"] = json!(["H", "M", "L"][number / 30 % 3]);
        } else if number.is_multiple_of(70) {
            task["wait"] = json!("20260201T000000Z");
        } else if number.is_multiple_of(110) {
            task["depends"] = json!([uuid(number - 10)]);
        }
        if number.is_multiple_of(50) {
            task["tags"] = json!(["weekly"]);
        }
        task
    };
    (0..count).map(task).collect()
}

/// A folder with a database, and what was done in it.
struct Morning {
    folder: TempDir,
    now: &'static str,
    transcript: String,
}

impl Morning {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs a line of a shell in the folder, with `task` at its time, and notes what it printed.
    fn run(&mut self, line: &str) -> String {
        let output = self.shell(line);
        let printed = String::from_utf8(output.stdout).unwrap();
        let errors = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{line}\n{printed}{errors}");
        assert_eq!(errors, "", "{line}");
        let shown = printed.lines().filter(|line| !line.starts_with("result ")).map(|line| {
            let line = line.split(", fuel ").next().unwrap_or(line);
            format!("{}\n", line.trim_end())
        });
        let _ = write!(self.transcript, "$ {line}\n{}\n", shown.collect::<String>());
        printed
    }

    fn shell(&self, line: &str) -> Output {
        let functions = format!(
            "task() {{ faketime -f '{now}' task rc.confirmation=off rc.hooks=off rc.verbose=label rc.defaultwidth=100 \
             \"$@\"; }}\nsortie() {{ \"$SORTIE\" \"$@\"; }}\n",
            now = self.now,
        );
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("{functions}{line}")]).current_dir(self.folder.path()).stdin(Stdio::null());
        shell.env("SORTIE", env!("CARGO_BIN_EXE_sortie")).env("TZ", "UTC").env("NO_COLOR", "1");
        shell.env("TASKRC", self.path("taskrc")).env("TASKDATA", self.path("data"));
        shell.env("SORTIE_CACHE_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"));
        shell.output().unwrap()
    }

    fn json(&self, line: &str) -> Value {
        serde_json::from_slice(&self.shell(line).stdout).unwrap()
    }
}

#[test]
fn a_morning_with_two_thousand_tasks_goes_back_into_the_real_tool() {
    if let Some(missing) = ["task", "faketime"].into_iter().find(|program| !is_there(program)) {
        sortie_tests::skip(&format!("{missing} is not installed"));
        return;
    }
    let mut morning = Morning { folder: tempfile::tempdir().unwrap(), now: NOW, transcript: String::new() };
    fs::create_dir(morning.path("data")).unwrap();
    fs::write(morning.path("taskrc"), "news.version=2.6.0\n").unwrap();
    fs::write(morning.path("tasks.json"), serde_json::to_vec(&tasks(2_000)).unwrap()).unwrap();
    let imported = morning.shell("task import tasks.json");
    assert!(imported.status.success(), "{}", String::from_utf8_lossy(&imported.stderr));

    // What is proposed, and what the tool itself shows.
    morning.run("task limit:5 next");
    morning.run("task limit:5 ready");
    let plan = "task export | sortie run daily_loop --put /tasks=- --param today=2026-01-08T07:30:00Z --param limit=5";
    morning.run(&format!("{plan} --mode mark"));

    // The person decides by what is shown.
    let ready = morning.json("task +READY export");
    let mut ready: Vec<&Value> = ready.as_array().unwrap().iter().collect();
    ready.sort_by(|a, b| b["urgency"].as_f64().unwrap().total_cmp(&a["urgency"].as_f64().unwrap()));
    let (first, third) = (&ready[0]["id"], &ready[2]["id"]);
    let decision = json!({"confirm_priorities": {
        "order": [third],
        "drop": [first],
        "add": [{
            "description": "Call the plumber", "project": "house.bath", "priority": "H", "tags": ["phone"],
            "due": "tomorrow 10:00", "depends": [third],
        }],
    }});
    fs::write(morning.path("answers.json"), decision.to_string()).unwrap();
    morning.run("cat answers.json");
    morning.run(&format!("{plan} --answers answers.json --save-state state.json --save /daily/changes=changes.json"));

    // What changed goes back, and nothing else.
    let before = morning.json("task export");
    morning.run("task import changes.json");
    let after = morning.json("task export");
    let added: Vec<&Value> = after.as_array().unwrap().iter().filter(|task| task["tags"] == json!(["phone"])).collect();
    assert_eq!(after.as_array().unwrap().len(), before.as_array().unwrap().len() + 1);
    let [added] = added.as_slice() else { panic!("one task was added: {added:?}") };
    assert_eq!((&added["due"], &added["entry"]), (&json!("20260109T100000Z"), &json!("20260108T073000Z")));
    assert_eq!(added["depends"], json!([ready[2]["uuid"]]));
    let state: Value = serde_json::from_slice(&fs::read(morning.path("state.json")).unwrap()).unwrap();
    assert_eq!(state["daily"]["plan"]["added"], json!([added["uuid"]]));
    assert_eq!(state["archive"].as_array().unwrap().len(), 1_800);
    morning.run("task +phone list");

    // The same morning again, with what is kept: the day has one entry, and what is archived is archived once.
    morning.run(
        "task export | sortie run daily_loop --state state.json --put /tasks=- --param today=2026-01-08T07:45:00Z \
         --param limit=3 --param filter='project:house.bath or +weekly' --mode mark --save-state state.json",
    );
    let state: Value = serde_json::from_slice(&fs::read(morning.path("state.json")).unwrap()).unwrap();
    assert_eq!(state["archive"].as_array().unwrap().len(), 1_800);
    assert_eq!(state["daily"]["log"].as_array().unwrap().len(), 1);

    // The person does what stands first, and goes on after the weekend.
    morning.now = "2026-01-08 17:00:00";
    morning.run(&format!("task {third} done"));
    morning.now = "2026-01-12 07:30:00";
    morning.run(
        "task export | sortie run daily_loop --state state.json --put /tasks=- --param today=2026-01-12T07:30:00Z \
         --param limit=3 --mode mark --save-state state.json",
    );
    let state: Value = serde_json::from_slice(&fs::read(morning.path("state.json")).unwrap()).unwrap();
    assert_eq!(state["daily"]["summary"]["since"], "2026-01-08");
    assert_eq!(state["daily"]["summary"]["completed"]["count"], 1);
    assert_eq!(state["archive"].as_array().unwrap().len(), 1_801);
    assert_eq!(state["daily"]["log"].as_array().unwrap().len(), 2);

    let expected = Path::new(env!("CARGO_MANIFEST_DIR")).join("../book/made/morning.txt");
    if std::env::var_os("SORTIE_BLESS").is_some() {
        fs::write(&expected, &morning.transcript).unwrap();
    }
    let expected = fs::read_to_string(&expected).unwrap_or_default();
    assert_eq!(morning.transcript, expected, "SORTIE_BLESS=1 writes what is printed now");
}

/// The fuel of a daily loop over so many tasks, within the default limits.
fn fuel_of(count: usize) -> u64 {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tasks.json");
    fs::write(&file, serde_json::to_vec(&tasks(count)).unwrap()).unwrap();
    let mut sortie = Command::new(env!("CARGO_BIN_EXE_sortie"));
    sortie.args(["run", "daily_loop", "--state-at", "/tasks", "--param", "today=2026-01-08", "--mode", "mark"]);
    sortie.args(["--format", "json", "--state"]).arg(&file);
    sortie.env("SORTIE_CACHE_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"));
    let result: Value = serde_json::from_slice(&sortie.output().unwrap().stdout).unwrap();
    assert_eq!(result["success"], true, "{}", result["error_message"]);
    assert_eq!(result["final_state"]["archive"].as_array().unwrap().len(), count - count / 10);
    result["receipt"]["fuel"].as_u64().unwrap()
}

#[test]
fn twenty_thousand_tasks_are_planned_within_the_default_limits_for_what_each_of_a_thousand_takes() {
    let (thousand, many) = (fuel_of(1_000), fuel_of(20_000));
    assert!(many / 20 * 10 <= thousand * 13, "{many} for 20,000 and {thousand} for 1,000");
}
