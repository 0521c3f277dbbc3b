//! Durable throughput, against the floor of this disk.
//!
//! A run that is made, asks, is answered, is claimed and is finished takes four commits, of which the claim's need
//! not survive the machine. This does so many times, in turns with as many bare commits (one row each, in a database
//! of its own with the same settings), and prints how they compare: with bare commits that are all durable, and with
//! bare commits of which one in four is not, either.
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
    let (mut of_runs, mut of_durable, mut of_alike) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
    let mut done = 0;
    while done < runs {
        let turn = TURN.min(runs - done);
        of_durable += timed(|| (0..turn).try_for_each(|_| bare_commits(&bare, "FULL")))?;
        of_alike += timed(|| (0..turn).try_for_each(|_| bare_commits(&bare, "NORMAL")))?;
        of_runs += timed(|| (0..turn).try_for_each(|_| one_run(&journal)))?;
        done += turn;
    }

    let commits = f64::from(runs) * f64::from(COMMITS_OF_A_RUN);
    let rate = |time: Duration| commits / time.as_secs_f64();
    let (durable, alike, journal) = (rate(of_durable), rate(of_alike), rate(of_runs));
    println!("{runs} runs, {commits} commits each way, in {}", directory.path().display());
    println!("bare commits, all durable:           {durable:8.0}/s");
    println!("bare commits, three of four durable: {alike:8.0}/s");
    println!(
        "commits of the journal:              {journal:8.0}/s ({:.0} runs/s)",
        journal / f64::from(COMMITS_OF_A_RUN)
    );
    println!("ratio to the same number of commits, all durable: {:.2}", journal / durable);
    println!("ratio to commits that are as durable:             {:.2}", journal / alike);
    Ok(())
}

fn bare_database(path: &Path) -> Result<Connection, Box<dyn Error>> {
    let connection = Connection::open(path)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE rows (id INTEGER PRIMARY KEY, body TEXT)",
    )?;
    Ok(connection)
}

/// Four commits, the last of them of that durability.
fn bare_commits(connection: &Connection, last: &str) -> Result<(), Box<dyn Error>> {
    let mut insert = connection.prepare_cached("INSERT INTO rows (body) VALUES (?1)")?;
    (1..COMMITS_OF_A_RUN).try_for_each(|number| insert.execute([number]).map(|_| ()))?;
    connection.pragma_update(None, "synchronous", last)?;
    insert.execute([COMMITS_OF_A_RUN])?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    Ok(())
}

fn timed(work: impl FnOnce() -> Result<(), Box<dyn Error>>) -> Result<Duration, Box<dyn Error>> {
    let start = Instant::now();
    work()?;
    Ok(start.elapsed())
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
