//! People at a terminal: what they type, paste and leave, at a pseudo-terminal, with the real command.

#![allow(clippy::expect_used, clippy::panic, reason = "a test says what it expected")]

use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use nix::pty::{Winsize, openpty};
use nix::sys::termios::{LocalFlags, tcgetattr};
use serde_json::{Value, json};
use sortie_tests::{TextPlugin, skip};

use crate::support::{json_of, parsed, run, sortie, text};

/// How long to wait for what has to come: a test that fails takes that long, one that passes does not.
const PATIENCE: Duration = Duration::from_mins(2);

/// The command at a terminal of its own.
struct Terminal {
    child: Child,
    keys: File,
    /// Kept open, so that what was printed can be read when the command has ended.
    line: OwnedFd,
    screen: Arc<Mutex<String>>,
    reader: JoinHandle<()>,
    /// What was waited for ends here.
    seen: usize,
}

impl Terminal {
    /// Runs the command in a folder; `typed` is there before it has begun.
    fn open(folder: &Path, arguments: &[&str], actor: &str, typed: &str) -> Self {
        Self::wide(80, folder, arguments, actor, typed)
    }

    /// The same, at a terminal of so many columns.
    fn wide(columns: u16, folder: &Path, arguments: &[&str], actor: &str, typed: &str) -> Self {
        let mut command = sortie(folder);
        command.args(arguments).env("SORTIE_ACTOR", actor).env_remove("COLUMNS");
        Self::with(columns, command, typed)
    }

    /// Runs a command that belongs to the terminal, in a folder, with nothing on its standard input.
    fn piped(folder: &Path, arguments: &[&str]) -> Self {
        Self::in_a_session(folder, &["sh", "-c", "true | \"$0\" \"$@\""], arguments)
    }

    /// Runs the command in a session of its own, by a shell that belongs to the terminal.
    fn in_a_session(folder: &Path, shell: &[&str], arguments: &[&str]) -> Self {
        let sortie = sortie(folder);
        let mut command = Command::new("setsid");
        command.args(["--ctty", "--wait"]).args(shell).arg(sortie.get_program()).args(arguments);
        command.current_dir(folder);
        for (name, value) in sortie.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        Self::with(80, command, "")
    }

    fn with(columns: u16, mut command: Command, typed: &str) -> Self {
        let size = Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        let pty = openpty(Some(&size), None).expect("a terminal");
        let mut keys = File::from(pty.master);
        keys.write_all(typed.as_bytes()).expect("it is typed");
        let end = || Stdio::from(pty.slave.try_clone().expect("the terminal"));
        let child = command.stdin(end()).stdout(end()).stderr(end()).spawn().expect("the command runs");
        let screen = Arc::new(Mutex::new(String::new()));
        let (mut output, shown) = (keys.try_clone().expect("the terminal"), Arc::clone(&screen));
        let reader = thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = output.read(&mut bytes) {
                shown.lock().expect("the screen").push_str(&String::from_utf8_lossy(&bytes[..count]));
            }
        });
        Self { child, keys, line: pty.slave, screen, reader, seen: 0 }
    }

    /// Waits until that is shown, after all that was waited for before.
    fn until(&mut self, text: &str) {
        let begun = Instant::now();
        loop {
            let screen = self.screen.lock().expect("the screen").clone();
            if let Some(found) = screen[self.seen..].find(text) {
                self.seen += found + text.len();
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "`{text}` is not shown after {}: {screen}", self.seen);
            thread::sleep(Duration::from_millis(10));
        }
    }

    fn keys(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).expect("it is typed");
    }

    /// Whether the terminal sends lines and shows what is typed, as it did before.
    fn is_as_before(&self) -> bool {
        let flags = tcgetattr(&self.line).expect("the settings").local_flags;
        flags.contains(LocalFlags::ICANON | LocalFlags::ECHO | LocalFlags::ISIG)
    }

    /// Waits for the end; gives the exit code and all that was shown.
    fn end(mut self) -> (i32, String) {
        let status = self.child.wait().expect("the command ends");
        assert!(self.is_as_before(), "the terminal is left as it was");
        let Self { line, keys, reader, screen, .. } = self;
        // Nobody has the other side open then, and the reader ends.
        drop(line);
        reader.join().expect("the reader ends");
        drop(keys);
        let screen = screen.lock().expect("the screen").clone();
        (status.code().expect("an exit code"), screen)
    }
}

/// A folder with a workflow of these steps, as `workflow.yaml`.
fn folder(steps: &Value) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let workflow = json!({"id": "asks", "steps": steps});
    fs::write(folder.path().join("workflow.yaml"), workflow.to_string()).expect("the workflow");
    folder
}

fn human(id: &str, payload: Value) -> Value {
    json!({"id": id, "kind": "human", "payload": payload})
}

const EXEC: [&str; 4] = ["--format", "json", "exec", "workflow.yaml"];

/// The result that stands last on the screen.
fn result(screen: &str) -> Value {
    let json = screen.lines().rev().find_map(|line| line.find('{').map(|start| &line[start..]));
    let json = json.unwrap_or_else(|| panic!("no JSON: {screen}"));
    serde_json::from_str(json.trim_end()).unwrap_or_else(|error| panic!("{error}: {screen}"))
}

#[test]
fn what_was_typed_before_a_question_answers_none() {
    let steps = json!([
        human("first", json!({"description": "Start the dry run?", "choices": ["go", "stop"]})),
        human("second", json!({"description": "DELETE PRODUCTION DATABASE?", "choices": ["delete", "keep"]})),
    ]);
    let folder = folder(&steps);
    let mut terminal = Terminal::open(folder.path(), &EXEC, "ann", "1\r1\r\r\r");
    terminal.until("Start the dry run?");
    terminal.until("2) stop");
    // Enter alone chooses nothing.
    terminal.keys("\r");
    terminal.keys("1\r");
    terminal.until("DELETE PRODUCTION DATABASE?");
    terminal.until("2) keep");
    terminal.keys("\r");
    terminal.until("nothing is chosen yet: arrows, a number or the first letters");
    terminal.keys("\u{1b}[B");
    terminal.until("> 1) delete");
    terminal.keys("\u{1b}[B");
    terminal.until("> 2) keep");
    terminal.keys("\r");
    let (exit, screen) = terminal.end();
    assert_eq!(exit, 0, "{screen}");
    let decisions = &result(&screen)["decisions"];
    assert_eq!((&decisions["first"]["value"], &decisions["second"]["value"]), (&json!("go"), &json!("keep")));
}

#[test]
fn a_terminal_that_only_prints_is_not_steered() {
    let steps = json!([
        human("sure", json!({"description": "Sure?", "choices": ["yes", "no"]})),
        human("why", json!({"description": "Why?", "schema": {"type": "string"}})),
    ]);
    let folder = folder(&steps);
    let mut command = sortie(folder.path());
    command.args(EXEC).env("SORTIE_ACTOR", "ann").env("TERM", "dumb");
    let mut terminal = Terminal::with(80, command, "");
    terminal.until("2) no");
    terminal.keys("n");
    terminal.until("> 2) no");
    terminal.keys("\r");
    terminal.until("Your answer: ");
    terminal.keys("late\u{7f}r\r");
    let (exit, screen) = terminal.end();
    assert_eq!(exit, 0, "{screen}");
    assert!(!screen.contains('\u{1b}'), "{screen}");
    let decisions = &result(&screen)["decisions"];
    assert_eq!((&decisions["sure"]["value"], &decisions["why"]["value"]), (&json!("no"), &json!("latr")));
}

#[test]
fn a_paste_is_one_answer_and_chooses_nothing() {
    let steps = json!([
        human("any", json!({"description": "Anything?"})),
        human("sure", json!({"description": "Sure?", "choices": ["yes", "no"]})),
    ]);
    for paste in ["\u{1b}[200~yes\nyes\n1\n\u{1b}[201~", "yes\ryes\r1\r"] {
        let folder = folder(&steps);
        let mut terminal = Terminal::open(folder.path(), &EXEC, "ann", "");
        terminal.until("Your answer (JSON or text): ");
        terminal.keys(paste);
        terminal.until("yes⏎yes⏎1");
        terminal.keys("\r");
        terminal.until("2) no");
        terminal.keys("\u{1b}[200~1\n\u{1b}[201~");
        terminal.keys("2");
        terminal.until("> 2) no");
        terminal.keys("\r");
        let (exit, screen) = terminal.end();
        assert_eq!(exit, 0, "{screen}");
        let decisions = &result(&screen)["decisions"];
        let found = (&decisions["any"]["value"], &decisions["sure"]["value"]);
        assert_eq!(found, (&json!("yes\nyes\n1"), &json!("no")), "{paste:?}");
    }
}

#[test]
fn a_line_that_is_typed_has_at_most_a_mebibyte() {
    let folder = folder(&json!([human("any", json!({"description": "Anything?"}))]));
    let mut terminal = Terminal::open(folder.path(), &EXEC, "ann", "");
    terminal.until("Your answer (JSON or text): ");
    terminal.keys(&format!("\u{1b}[200~{}\u{1b}[201~", "a".repeat(1 << 20)));
    terminal.until("… (1048576 bytes)");
    terminal.keys("b");
    terminal.until("a line has at most 1 MiB");
    // What was there stays, and one that is taken back makes room for it.
    terminal.until("… (1048576 bytes)");
    terminal.keys("\u{7f}c");
    terminal.until("… (1048575 bytes)");
    terminal.keys("\u{15}no\r");
    let (exit, screen) = terminal.end();
    assert_eq!(exit, 0, "{exit}");
    assert_eq!(result(&screen)["decisions"]["any"]["value"], json!("no"));
}

#[test]
fn a_line_that_is_pasted_with_its_line_break_is_an_answer_without_it() {
    let properties = json!({"name": {"type": "string"}, "mail": {"type": "string", "format": "email"}});
    let schema = json!({"type": "object", "required": ["name", "mail"], "properties": properties});
    let folder = folder(&json!([human("who", json!({"description": "Who?", "schema": schema}))]));
    let mut terminal = Terminal::open(folder.path(), &EXEC, "ann", "");
    terminal.until("name: ");
    terminal.keys("\u{1b}[200~Ann\r\n\u{1b}[201~");
    terminal.until("Ann");
    terminal.keys("\r");
    terminal.until("mail (an e-mail address): ");
    terminal.keys("\u{1b}[200~ann@example.org\n\u{1b}[201~");
    terminal.until("ann@example.org");
    terminal.keys("\r");
    let (exit, screen) = terminal.end();
    assert_eq!(exit, 0, "{screen}");
    assert_eq!(result(&screen)["decisions"]["who"]["value"], json!({"name": "Ann", "mail": "ann@example.org"}));
}

#[test]
fn nothing_is_no_answer_and_broken_json_is_no_text() {
    let folder = folder(&json!([human("any", json!({"description": "Anything?"}))]));
    let mut terminal = Terminal::wide(30, folder.path(), &EXEC, "ann", "");
    terminal.until("Your answer (JSON or text): ");
    terminal.keys("\r");
    terminal.until("Ctrl-D means later");
    terminal.until("Your answer (JSON or text): ");
    terminal.keys("[1,\r");
    terminal.until("this is not valid JSON");
    terminal.until("Your answer (JSON or text): ");
    // The line has gone over two ends of the terminal, and is taken back from its beginning.
    terminal.keys("so be it, and so it was meant, yess");
    terminal.until("yess");
    terminal.keys("\u{7f}");
    terminal.until("\u{1b}[2A\r\u{1b}[JYour answer (JSON or text): so be it, and so it was meant, yes");
    terminal.keys("\u{17}");
    terminal.until("so it was meant, ");
    terminal.keys("no\r");
    let (exit, screen) = terminal.end();
    assert_eq!(exit, 0, "{screen}");
    assert_eq!(result(&screen)["decisions"]["any"]["value"], json!("so be it, and so it was meant, no"));
}

#[test]
fn ctrl_z_stops_the_command_and_the_question_is_asked_again_when_it_continues() {
    let folder = folder(&json!([human("ask", json!({"description": "Sure?", "choices": ["yes", "no"]}))]));
    // A shell with job control: the terminal is its own, and it continues the command.
    let script = r#""$0" --format json exec workflow.yaml; echo "stopped $?"; fg"#;
    let mut terminal = Terminal::in_a_session(folder.path(), &["bash", "-m", "-c", script], &[]);
    terminal.until("2) no");
    terminal.keys("2\u{1a}");
    terminal.until("stopped 148");
    terminal.until("Your answer");
    terminal.until("> 2) no");
    terminal.keys("\r");
    let (exit, screen) = terminal.end();
    assert_eq!(exit, 0, "{screen}");
    assert_eq!(result(&screen)["decisions"]["ask"]["value"], json!("no"));
}

#[test]
fn ctrl_c_leaves_the_terminal_as_it_was_and_nothing_in_the_journal() {
    for payload in [json!({"choices": ["a", "b"]}), json!({})] {
        let folder = folder(&json!([human("ask", payload)]));
        let mut terminal = Terminal::open(folder.path(), &["exec", "workflow.yaml"], "ann", "");
        terminal.until("Your answer");
        assert!(!terminal.is_as_before());
        terminal.keys("\u{3}");
        let (exit, screen) = terminal.end();
        assert_eq!(exit, 3, "{screen}");
        assert!(screen.contains("not_answered") && screen.contains("Ctrl-D"), "{screen}");
        assert!(screen.ends_with("\u{1b}[?2004l") || screen.contains("\u{1b}[?2004l"), "{screen}");
        assert!(!folder.path().join("journal.sqlite").exists());
    }
}

#[test]
fn later_keeps_the_run_with_the_answers_so_far() {
    let steps = json!([
        human("first", json!({"description": "One?", "choices": [1, 2]})),
        {"id": "between", "kind": "runtime", "payload": {"operation": "core/set", "path": "/n", "value": 1}},
        human("second", json!({"description": "Two?", "choices": [3, 4], "context": "/n"})),
    ]);
    let folder = folder(&steps);
    let mut terminal = Terminal::open(folder.path(), &EXEC, "ann", "");
    terminal.until("\n  2\r");
    terminal.keys("2\r");
    terminal.until("Two?");
    terminal.until("\n  4\r");
    terminal.keys("\u{4}");
    let (exit, screen) = terminal.end();
    assert_eq!(exit, 4, "{screen}");
    let kept = result(&screen);
    assert_eq!((text(&kept, "/step"), text(&kept, "/started_by")), ("second", "ann"));
    let run_id = text(&kept, "/run").to_owned();
    // At the terminal again, and later once more.
    let answer = ["inbox", "answer", &run_id[..6]];
    let mut again = Terminal::open(folder.path(), &answer, "ann", "");
    again.until("started by ann");
    again.until("\n  4\r");
    again.keys("\u{4}");
    let (exit, screen) = again.end();
    assert_eq!(exit, 4, "{screen}");
    let done = json_of(folder.path(), ["inbox", "answer", &run_id, "--choice", "4"]);
    assert_eq!(done["decisions"]["first"]["value"], json!(2));
    let straight = {
        fs::write(folder.path().join("answers.json"), r#"{"first": 2, "second": 4}"#).expect("the answers");
        json_of(folder.path(), ["exec", "workflow.yaml", "--answers", "answers.json"])
    };
    assert_eq!(text(&done, "/receipt/result_hash"), text(&straight, "/receipt/result_hash"));
}

#[test]
fn of_a_form_only_what_was_wrong_is_asked_for_again() {
    let schema = json!({"type": "object", "required": ["title", "on", "amount"], "properties": {
        "title": {"type": "string"},
        "on": {"type": "string", "format": "date"},
        "amount": {"type": "number", "exclusiveMinimum": 0, "maximum": 10},
    }});
    let folder = folder(&json!([human("ask", json!({"description": "When?", "schema": schema}))]));
    let mut terminal = Terminal::open(folder.path(), &EXEC, "ann", "");
    terminal.until("title: ");
    terminal.keys("Trip\r");
    terminal.until("on (a date such as 2026-03-01): ");
    terminal.keys("31/12/2026\r");
    terminal.until("amount (a number, more than 0, at most 10): ");
    terminal.keys("2.5\r");
    terminal.until("/on");
    terminal.until("on (a date such as 2026-03-01): ");
    terminal.keys("2026-12-32\u{7f}1\r");
    let (exit, screen) = terminal.end();
    assert_eq!(exit, 0, "{screen}");
    let expected = json!({"title": "Trip", "on": "2026-12-31", "amount": 2.5});
    assert_eq!(result(&screen)["decisions"]["ask"]["value"], expected);
}

#[test]
fn a_day_is_planned_without_reading_a_schema() {
    let folder = tempfile::tempdir().expect("a folder");
    let task = |id: u32, description: &str, priority: &str| {
        json!({"id": id, "uuid": format!("{id:08}-0000-4000-8000-000000000000"), "description": description,
               "status": "pending", "entry": "20260101T000000Z", "priority": priority})
    };
    let tasks = json!([task(1, "Paint", "H"), task(2, "Call the bank", "M"), task(3, "Plant", "L")]);
    fs::write(folder.path().join("tasks.json"), tasks.to_string()).expect("the tasks");
    let run = ["run", "daily_loop", "--put", "/tasks=tasks.json", "--param", "today=2026-01-08", "--format", "json"];
    let mut terminal = Terminal::open(folder.path(), &run, "ann", "");
    terminal.until("2) Change the proposal");
    terminal.keys("ch\r");
    terminal.until("add: New tasks.");
    terminal.until("2) one");
    terminal.keys("o\r");
    terminal.until("add[1].description");
    terminal.keys("Sweep\r");
    // What it depends on, when it is due, its priority, its project, when it is scheduled.
    for _ in 0..5 {
        terminal.until("may be left empty): ");
        terminal.keys("\r");
    }
    terminal.until("add[1].tags");
    terminal.keys("home\r");
    terminal.until("add[1].wait");
    terminal.keys("\r");
    terminal.until("2) one more");
    terminal.keys("n\r");
    terminal.until("drop: ");
    terminal.keys("1\r");
    terminal.until("order (");
    terminal.keys("3, 00000002\r");
    let (exit, screen) = terminal.end();
    assert_eq!(exit, 0, "{screen}");
    let asked = screen.lines().filter(|line| !line.contains("\"decisions\""));
    assert!(asked.into_iter().all(|line| !line.contains("oneOf")), "{screen}");
    let result = result(&screen);
    let decision = json!({"add": [{"description": "Sweep", "tags": ["home"]}], "drop": [1], "order": [3, "00000002"]});
    assert_eq!(result["decisions"]["confirm_priorities"]["value"], decision);
    let planned = result["final_state"]["daily"]["plan"]["tasks"].as_array().expect("a plan");
    let planned: Vec<&str> = planned.iter().map(|task| text(task, "/description")).collect();
    assert_eq!(planned, ["Plant", "Call the bank", "Sweep"]);
}

#[test]
fn assignees_hold_at_the_terminal_and_look_alikes_are_alike() {
    let payload = json!({"description": "Only some", "choices": ["a", "b"], "assignees": ["Alice", "José", "bob "]});
    let folder = folder(&json!([human("ask", payload)]));
    let (exit, screen) = Terminal::open(folder.path(), &["exec", "workflow.yaml"], "mallory", "").end();
    assert_eq!(exit, 3, "{screen}");
    assert!(screen.contains("asks_others") && screen.contains("mallory"), "{screen}");
    for actor in ["Jose\u{301}", " bob"] {
        let mut terminal = Terminal::open(folder.path(), &EXEC, actor, "");
        terminal.until("2) b");
        terminal.keys("1\r");
        let (exit, screen) = terminal.end();
        assert_eq!(exit, 0, "{screen}");
    }
    // The same in the journal.
    let asked = parsed(&run(folder.path(), ["--format", "json", "exec", "workflow.yaml", "--mode", "pause"]));
    let run_id = text(&asked, "/run");
    let refused = json_of(folder.path(), ["inbox", "answer", run_id, "--choice", "a", "--actor", "mallory"]);
    assert_eq!(text(&refused, "/error/code"), "not_assignee");
    let done = json_of(folder.path(), ["inbox", "answer", run_id, "--choice", "a", "--actor", "Jose\u{301} "]);
    assert_eq!(done["success"], json!(true), "{done}");
}

#[test]
fn a_context_that_leads_nowhere_is_said_where_the_person_decides() {
    let payload = json!({"description": "Pay this?", "context": "/invoice/totl", "choices": ["pay", "hold"]});
    let folder = folder(&json!([human("ask", payload)]));
    let mut terminal = Terminal::open(folder.path(), &["exec", "workflow.yaml"], "ann", "");
    terminal.until("`/invoice/totl`, and there is nothing");
    terminal.until("2) hold");
    terminal.keys("\u{3}");
    terminal.end();
}

/// A plugin `picky` whose operation `take` fails where people's decisions are long.
fn picky() -> Vec<u8> {
    let operation = json!({
        "name": "take", "description": "Takes short answers.", "payload_schema": true, "reads": [], "writes": [],
        "examples": [{"payload": {}, "state": {}}],
    });
    let manifest = json!({
        "name": "picky", "version": "1.0.0", "sdk": "none", "description": "Takes short answers.", "missions": [],
        "operations": [operation],
    });
    let module = r#"
        (data (i32.const 0) "too_longtoo long to be taken")
        (func (export "sortie:plugin/mission@0.2.0#execute") (type $execute)
          (if (result i32) (i32.gt_u (local.get 9) (i32.const 60))
            (then (call $failure (i32.const 8) (i32.const 8) (i32.const 20)))
            (else (call $ok))))"#;
    TextPlugin { module, describe: Some(&manifest), manifest: Some(&manifest), ..TextPlugin::default() }.bytes()
}

#[test]
fn an_answer_to_a_run_in_the_journal_that_could_only_fail_is_asked_for_again() {
    let take = json!({"id": "take", "kind": "runtime", "payload": {"operation": "take"}});
    let folder = folder(&json!([human("ask", json!({"description": "What is it called?"})), take]));
    fs::write(folder.path().join("picky.wasm"), picky()).expect("the plugin");
    let plugin = ["--plugin", "picky.wasm"];
    let pause = [&EXEC[..], &["--mode", "pause"], &plugin].concat();
    let asked = parsed(&run(folder.path(), &pause));
    let run_id = text(&asked, "/run");
    let answer = [&["--format", "json", "inbox", "answer", run_id][..], &plugin].concat();
    let mut terminal = Terminal::open(folder.path(), &answer, "ann", "");
    terminal.until("Your answer (JSON or text): ");
    terminal.keys("a name that goes on and on and on\r");
    terminal.until("too long to be taken");
    terminal.until("Your answer (JSON or text): ");
    terminal.keys("short\r");
    let (exit, screen) = terminal.end();
    assert_eq!(exit, 0, "{screen}");
    assert_eq!(result(&screen)["decisions"]["ask"]["value"], json!("short"));
}

#[test]
fn ids_hashes_and_times_are_never_broken_however_narrow_the_terminal_is() {
    let description = "Please check the expense report of the third quarter before it goes out to the auditors";
    let payload = json!({"description": description, "choices": ["yes", "no"], "assignees": ["ann", "bob", "carla"]});
    let folder = folder(&json!([human("ask", payload)]));
    let asked = parsed(&run(folder.path(), ["--format", "json", "exec", "workflow.yaml", "--mode", "pause"]));
    let run_id = text(&asked, "/run");
    for columns in [20, 40, 80, 100, 200] {
        let (_, screen) = Terminal::wide(columns, folder.path(), &["inbox"], "ann", "").end();
        assert!(screen.contains(run_id), "{columns}: {screen}");
    }
    // Where nobody watches, a run is one line.
    let piped = run(folder.path(), ["inbox"]);
    let piped = String::from_utf8_lossy(&piped.stdout);
    assert!(piped.lines().any(|line| line.contains(run_id) && line.contains(description)), "{piped}");
    let done = json_of(folder.path(), ["inbox", "answer", run_id, "--choice", "yes", "--actor", "ann"]);
    let hash = text(&done, "/receipt/result_hash");
    for columns in [20, 40, 80, 100, 120, 200] {
        let (_, screen) = Terminal::wide(columns, folder.path(), &["inbox", "show", run_id], "ann", "").end();
        assert!(screen.contains(run_id) && screen.contains(hash), "{columns}: {screen}");
    }
}

/// A folder with a workflow of one step, and a key that a passphrase protects; nothing, where there is no `ssh-keygen`.
fn with_protected_key(passphrase: &str) -> Option<tempfile::TempDir> {
    let step = json!({"id": "log", "kind": "runtime", "payload": {"operation": "noop"}});
    let folder = folder(&json!([step]));
    let mut command = Command::new("ssh-keygen");
    command.args(["-q", "-t", "ed25519", "-N", passphrase, "-f", "key"]).current_dir(folder.path());
    if command.status().is_ok_and(|status| status.success()) {
        return Some(folder);
    }
    skip("it needs ssh-keygen, of OpenSSH");
    None
}

const ATTESTS: [&str; 6] = ["exec", "workflow.yaml", "--attest", "key", "--attestation", "statement.json"];

#[test]
fn a_passphrase_is_asked_for_and_never_shown() {
    let Some(folder) = with_protected_key("open sesame") else { return };
    let mut terminal = Terminal::open(folder.path(), &ATTESTS, "ann", "");
    terminal.until("Passphrase of key: ");
    terminal.keys("sesame\r");
    terminal.until("That is another one. Passphrase of key: ");
    // Mistyped, taken back, and pasted.
    terminal.keys("opem\u{7f}n");
    terminal.keys("\u{1b}[200~ sesame\u{1b}[201~");
    terminal.keys("\r");
    let (exit, screen) = terminal.end();
    assert_eq!(exit, 0, "{screen}");
    assert!(!screen.contains("sesame"), "{screen}");
    assert!(folder.path().join("statement.json").exists());
}

#[test]
fn who_does_not_know_the_passphrase_starts_nothing() {
    let Some(folder) = with_protected_key("open sesame") else { return };
    let mut terminal = Terminal::open(folder.path(), &ATTESTS, "ann", "");
    for _ in 0..3 {
        terminal.until("Passphrase of key: ");
        terminal.keys("who knows\r");
    }
    terminal.until("error[wrong_passphrase]");
    assert_eq!(terminal.end().0, 3);
    let mut terminal = Terminal::open(folder.path(), &ATTESTS, "ann", "");
    terminal.until("Passphrase of key: ");
    terminal.keys("\u{3}");
    terminal.until("error[signing_key_encrypted]");
    assert_eq!(terminal.end().0, 3);
    assert!(!folder.path().join("statement.json").exists());
}

#[test]
fn a_passphrase_is_asked_for_at_the_terminal_where_standard_input_is_a_pipe() {
    let Some(folder) = with_protected_key("open sesame") else { return };
    let mut terminal = Terminal::piped(folder.path(), &ATTESTS);
    terminal.until("Passphrase of key: ");
    terminal.keys("open sesame\r");
    let (exit, screen) = terminal.end();
    assert_eq!(exit, 0, "{screen}");
    assert!(folder.path().join("statement.json").exists());
}
