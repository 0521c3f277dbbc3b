//! A journal in a database, with the real command: moved to and from, checked, and its password shown nowhere.
#![allow(clippy::expect_used, clippy::panic, reason = "a test says what it expected")]

use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use sortie_journal_postgres::PostgresServer;

use crate::support::{log_step, parsed, sortie, text, write_workflow};

/// The command, whose journal is this one.
fn with(folder: &Path, journal: &str) -> Command {
    let mut command = sortie(folder);
    command.env("SORTIE_JOURNAL", journal).env("PGPASSWORD", "hidden word");
    command
}

fn done(command: &mut Command) -> Value {
    let output = command.args(["--format", "json"]).output().expect("the command runs");
    assert!(output.status.success() || output.status.code() == Some(4), "{}", String::from_utf8_lossy(&output.stderr));
    parsed(&output)
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn a_run_begins_in_a_file_moves_to_a_database_is_answered_and_resumed_there_and_moves_back() {
    let Some(server) = PostgresServer::start(&[]).expect("a server") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let ask = json!({"id": "ask", "kind": "human", "payload": {"choices": ["yes", "no"]}});
    write_workflow(folder, &[log_step("before"), ask, log_step("after")]);
    let database = format!("postgres://sortie@localhost:{}/postgres", server.port());
    std::fs::write(folder.join("answers.json"), "{\"ask\": \"yes\"}").expect("the answers");
    let straight = done(sortie(folder).args(["exec", "workflow.json", "--answers", "answers.json"]));

    let run = done(with(folder, "one.sqlite").args(["exec", "workflow.json", "--mode", "pause"]));
    let run = text(&run, "/run").to_owned();
    done(with(folder, "one.sqlite").args(["journal", "export", "runs.jsonl"]));
    let again =
        with(folder, "one.sqlite").args(["journal", "export", "runs.jsonl"]).output().expect("the command runs");
    assert_eq!(again.status.code(), Some(3), "{}", said(&again));
    let imported = done(with(folder, &database).args(["journal", "import", "runs.jsonl"]));
    assert_eq!((&imported["imported"], &imported["present"]), (&json!(1), &json!(0)));
    let imported = done(with(folder, &database).args(["journal", "import", "runs.jsonl"]));
    assert_eq!((&imported["imported"], &imported["present"]), (&json!(0), &json!(1)));

    done(with(folder, &database).args(["inbox", "answer", &run, "--choice", "yes", "--no-resume"]));
    let worked = done(with(folder, &database).args(["worker", "--once"]));
    assert_eq!(text(&worked, "/code"), "done");
    assert_eq!(
        text(&worked, "/result_hash"),
        text(&straight, "/receipt/result_hash"),
        "where it is kept is not in a result"
    );
    assert_eq!(done(with(folder, &database).args(["journal", "check"]))["checked"], json!(1));

    done(with(folder, &database).args(["journal", "backup", "two.sqlite"]));
    assert_eq!(done(with(folder, "two.sqlite").args(["journal", "check"]))["checked"], json!(1));
    let bundled = with(folder, "two.sqlite").args(["inbox", "bundle", &run, "bundle.json"]).output();
    assert!(bundled.expect("the command runs").status.success());
    let verified = sortie(folder).args(["verify", "bundle.json"]).output().expect("the command runs");
    assert!(verified.status.success(), "{}", said(&verified));
    // The run of the last change stays.
    assert_eq!(done(with(folder, &database).args(["journal", "prune", "--older-than", "0s"]))["pruned"], json!(0));
}

#[test]
fn a_password_is_never_printed_and_a_url_that_is_none_is_not_repeated() {
    let Some(server) = PostgresServer::start(&[]).expect("a server") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let ask = json!({"id": "ask", "kind": "human", "payload": {"choices": ["yes", "no"]}});
    write_workflow(folder, &[ask]);
    let port = server.port();
    for (journal, exit) in [
        (format!("postgres://sortie:hidden@localhost:{port}/postgres"), 4),
        (format!("postgres://sortie:hidden@localhost:{port}/nothing"), 3),
        (format!("postgres://sortie:hid@den@localhost:{port}/postgres"), 2),
        (format!("postgres://sortie:hidden@localhost:{port}/postgres?hidden=1"), 2),
    ] {
        for named in [true, false] {
            let mut command = with(folder, if named { "other.sqlite" } else { &journal });
            command.args(["exec", "workflow.json", "--mode", "pause"]);
            if named {
                command.args(["--journal", &journal]);
            }
            let output = command.output().expect("the command runs");
            assert_eq!(output.status.code(), Some(exit), "{}", said(&output));
            assert!(!said(&output).contains("hid"), "{}", said(&output));
        }
    }
}

/// The same command on a machine whose clock is off.
fn elsewhere(command: &Command, offset: &str) -> Command {
    let mut there = Command::new("faketime");
    there.args(["-f", offset]).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => there.env(name, value),
            None => there.env_remove(name),
        };
    }
    there.current_dir(command.get_current_dir().expect("the command has a folder"));
    there
}

#[test]
fn a_wait_ends_at_its_deadline_whatever_the_clocks_of_those_who_ask_answer_and_expire() {
    let Some(server) = PostgresServer::start(&[]).expect("a server") else { return };
    let found = Command::new("faketime").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !found.is_ok_and(|status| status.success()) {
        sortie_tests::skip("faketime is not installed");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let database = format!("postgres://sortie@localhost:{}/postgres", server.port());
    let ask = |expires: &str| {
        let payload = json!({"choices": ["yes", "no"], "expires": expires, "on_expiry": "default", "default": "no"});
        write_workflow(folder, &[json!({"id": "ask", "kind": "human", "payload": payload})]);
    };
    let command = |arguments: &[&str]| {
        let mut command = with(folder, &database);
        command.args(arguments);
        command
    };
    let start = ["exec", "workflow.json", "--mode", "pause"];
    for offset in ["-20m", "+20m"] {
        ask("10m");
        let run = done(&mut elsewhere(&command(&start), offset));
        let run = text(&run, "/run");
        // By the clock of one of these its time is over, by that of the other it was asked in the future.
        for other in ["-20m", "+20m"] {
            let worked = elsewhere(&command(&["worker", "--once"]), other).output().expect("the command runs");
            assert_eq!((worked.status.code(), said(&worked).as_str()), (Some(0), ""), "asked {offset}, worker {other}");
        }
        let answer = ["inbox", "answer", run, "--choice", "yes"];
        let answered = done(&mut elsewhere(&command(&answer), if offset == "-20m" { "+20m" } else { "-20m" }));
        assert_eq!(text(&answered, "/decisions/ask/value"), "yes", "{answered}");
    }
    ask("1s");
    done(&mut elsewhere(&command(&start), "+20m"));
    let expired = loop {
        let worked = elsewhere(&command(&["worker", "--once", "--format", "json"]), "-20m").output().expect("it runs");
        if !worked.stdout.is_empty() {
            break said(&worked);
        }
    };
    assert!(expired.contains("\"expired\""), "{expired}");
    assert_eq!(done(&mut command(&["journal", "check"]))["checked"], json!(3));
}
