//! Durable throughput, against the floor of this disk.
//!
//! A run that is made, asks, is answered, is claimed and is finished takes four commits. This does so many times,
//! in turns with the same number of bare commits (one row each, in a database of its own with the same settings),
//! and prints how the two compare.
//!
//! `cargo run --release -p sortie-journal --example throughput -- [RUNS] [DIRECTORY]`

use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use serde_json::{Value, json};
use sortie_journal::wait::{Answer, Authority, Expires, Question, Waits};
use sortie_journal::{
    Actor, Claim, Clock, Event, Finish, Journal, NewRun, OnExpiry, Owner, RunId, SqliteJournal, Start, SystemClock,
};

/// Made and asked, decided, claimed, finished.
const COMMITS_OF_A_RUN: u32 = 4;

/// How many runs are done before it is the other's turn.
const TURN: u32 = 25;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let runs: u32 = arguments.next().map_or(Ok(500), |runs| runs.parse())?;
    let parent = arguments.next().map_or_else(std::env::temp_dir, Into::into);
    let directory = tempfile::tempdir_in(parent)?;

    let journal = SqliteJournal::open(directory.path().join("journal"))?;
    let bare = bare_database(&directory.path().join("bare"))?;
    let (mut of_runs, mut of_floor) = (Duration::ZERO, Duration::ZERO);
    let mut done = 0;
    while done < runs {
        let turn = TURN.min(runs - done);
        let start = Instant::now();
        (0..turn).try_for_each(|number| bare_commits(&bare, done + number))?;
        of_floor += start.elapsed();
        let start = Instant::now();
        (0..turn).try_for_each(|_| one_run(&journal))?;
        of_runs += start.elapsed();
        done += turn;
    }

    let commits = f64::from(runs) * f64::from(COMMITS_OF_A_RUN);
    let of_floor = commits / of_floor.as_secs_f64();
    let of_runs = commits / of_runs.as_secs_f64();
    println!("{runs} runs, {commits} commits each way, in {}", directory.path().display());
    println!("bare commits:    {of_floor:9.0} commits/s");
    println!("journal:         {of_runs:9.0} commits/s, {:.0} runs/s", of_runs / f64::from(COMMITS_OF_A_RUN));
    println!("ratio:           {:9.2}", of_runs / of_floor);
    Ok(())
}

fn bare_database(path: &Path) -> Result<Connection, Box<dyn Error>> {
    let connection = Connection::open(path)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE rows (id INTEGER PRIMARY KEY, body TEXT)",
    )?;
    Ok(connection)
}

fn bare_commits(connection: &Connection, number: u32) -> rusqlite::Result<()> {
    let mut insert = connection.prepare_cached("INSERT INTO rows (body) VALUES (?1)")?;
    (0..COMMITS_OF_A_RUN).try_for_each(|_| insert.execute([number]).map(|_| ()))
}

/// A run with a state of about a kilobyte.
fn one_run(journal: &SqliteJournal) -> Result<(), Box<dyn Error>> {
    let waits = Waits::new(journal, &SystemClock);
    let run = RunId::random()?;
    let at = SystemClock.now();
    let tasks: Vec<_> = (0..10).map(|task| json!({"id": task, "description": "water the plants", "due": at})).collect();
    let started = Event::Started(Start { mission: "daily".to_owned(), body: json!({ "state": {"tasks": tasks} }) });
    let question = Question {
        step: "confirm".to_owned(),
        description: "Go on?".to_owned(),
        assignees: vec!["ann".to_owned()],
        expires: Expires::After(Duration::from_hours(1)),
        on_expiry: OnExpiry::Fail,
        details: json!({"choices": ["yes", "no"]}),
    };
    let (wait, token) = question.ask(at)?;
    let called = |number| Event::Engine(json!({"called": number, "patch": [{"op": "add", "path": "/a", "value": 1}]}));
    let events = vec![started, called(1), Event::Asked(wait)];
    journal.create(&NewRun { run: run.clone(), at, events, lease: None })?;

    let answer = Answer {
        run: &run,
        authority: Authority::Token(&token),
        value: &json!({"choice": "yes"}),
        actor: &Actor::new("ann"),
        comment: None,
    };
    waits.decide(&answer, &|_, _| Ok(()))?;

    let claim = waits.claim(&run, &Owner::new("throughput"), Duration::from_mins(1))?;
    let Claim::Granted(summary) = claim else { return Err("the claim was not granted".into()) };
    let record = journal.read(&run)?;
    assert_eq!(record.version(), summary.version);
    let finish = Event::Finished(Finish { success: true, result: Value::Null });
    journal.append(&run, summary.version, SystemClock.now(), &[called(2), called(3), finish])?;
    Ok(())
}
