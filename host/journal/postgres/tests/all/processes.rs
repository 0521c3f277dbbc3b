//! Many processes at once: one wins, the others are told.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};

use serde_json::json;
use sortie_journal::wait::{AnswerMismatch, Authority, DecideError, DecideOutcome, NewAnswer, Waits, Which};
use sortie_journal::{Actor, Claim, Journal, NewRun, Owner, Status};
use sortie_journal_postgres::{PostgresJournal, PostgresServer};

use super::fixture::{TTL, finished, make, now, open, question, run, server, started};

/// What the children of these tests are told. Unset in the parent.
const ADDRESS: &str = "SORTIE_TEST_ADDRESS";
const DEED: &str = "SORTIE_TEST_DEED";
const NUMBER: &str = "SORTIE_TEST_NUMBER";

#[test]
#[ignore = "runs as a child of the tests below"]
fn child() {
    let told = |name: &str| std::env::var(name).unwrap();
    let journal = PostgresJournal::open(&told(ADDRESS).parse().unwrap()).unwrap();
    let (run, number) = (run("r1"), told(NUMBER));
    let said = match told(DEED).as_str() {
        "create" => {
            let new = NewRun { run, at: now(), events: vec![started()], lease: None };
            journal.create(&new).map_or_else(|error| error.code(), |_| "made")
        }
        "decide" => {
            let (value, actor) = (json!(number), Actor::new("ann"));
            let answer = NewAnswer::new(&run, Authority::Owner(Which::Last), &value, &actor);
            match Waits::new(&journal, &now).decide::<AnswerMismatch>(&answer, &|_, _| Ok(())) {
                Ok(DecideOutcome::Accepted { .. }) => "decided",
                Ok(DecideOutcome::Already { .. }) => "already",
                Err(DecideError::Conflict { .. }) => "conflict",
                Ok(DecideOutcome::Approved { .. }) | Err(_) => "failed",
            }
        }
        _ => match journal.claim(&run, &Owner::new(number), TTL).unwrap() {
            Claim::Granted(claimed) => {
                journal.append(&run, claimed.version, now(), &[finished()]).unwrap();
                "drove"
            }
            Claim::Held(_) | Claim::Idle(Status::Done) => "told",
            Claim::Idle(_) => "failed",
        },
    };
    println!("said {said} so");
}

fn race(server: &PostgresServer, deed: &str) -> BTreeMap<String, usize> {
    let address = server.journal("sortie").unwrap().to_string();
    let children: Vec<_> = (0..16)
        .map(|number| {
            let mut command = Command::new(std::env::current_exe().unwrap());
            command.args(["--exact", "processes::child", "--ignored", "--nocapture"]);
            command.env(ADDRESS, &address).env(DEED, deed).env(NUMBER, number.to_string());
            command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
        })
        .collect();
    let mut counts = BTreeMap::new();
    for child in children {
        let output = child.wait_with_output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let said = text.split("said ").nth(1).and_then(|rest| rest.split(' ').next());
        *counts.entry(said.unwrap_or("nothing").to_owned()).or_default() += 1;
    }
    counts
}

fn expected<const N: usize>(counts: [(&str, usize); N]) -> BTreeMap<String, usize> {
    counts.map(|(said, count)| (said.to_owned(), count)).into()
}

#[test]
fn of_sixteen_processes_that_make_decide_or_drive_one_run_one_does_and_fifteen_are_told() {
    let Some(server) = server() else { return };
    // The tables too are made by one of them.
    assert_eq!(race(&server, "create"), expected([("made", 1), ("run_exists", 15)]));
    let journal = open(&server);
    Waits::new(&journal, &now).ask(&journal.read(&run("r1")).unwrap().summary, Vec::new(), question("ask")).unwrap();
    assert_eq!(race(&server, "decide"), expected([("decided", 1), ("conflict", 15)]));
    assert_eq!(race(&server, "drive"), expected([("drove", 1), ("told", 15)]));
    assert_eq!(journal.read(&run("r1")).unwrap().events.len(), 4);
    make(&journal, "r2");
    assert_eq!(sortie_journal::verify(&journal, "the journal".as_ref()), Ok(2));
}
