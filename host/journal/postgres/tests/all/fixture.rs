//! What the tests share.

use std::time::Duration;

use serde_json::{Value, json};
use sortie_journal::wait::{Expires, WaitRequest};
use sortie_journal::{Event, ExpiryAction, Finish, Journal, NewRun, RunId, RunSummary, Start, Timestamp};
use sortie_journal_postgres::{PostgresJournal, PostgresOptions, PostgresServer};

pub(crate) const TTL: Duration = Duration::from_mins(1);

pub(crate) fn server() -> Option<PostgresServer> {
    PostgresServer::start(&[]).unwrap()
}

pub(crate) fn open(server: &PostgresServer) -> PostgresJournal {
    PostgresJournal::open(&server.journal("sortie").unwrap()).unwrap()
}

/// A journal whose server is reached through a port.
pub(crate) fn open_at(port: u16, options: PostgresOptions) -> PostgresJournal {
    PostgresJournal::open_with(&format!("postgres://sortie@127.0.0.1:{port}/postgres").parse().unwrap(), options)
        .unwrap()
}

pub(crate) fn now() -> Timestamp {
    Timestamp::from_millis(0).unwrap()
}

pub(crate) fn run(name: &str) -> RunId {
    name.parse().unwrap()
}

pub(crate) fn started() -> Event {
    Event::Started(Start { mission: "daily".to_owned(), by: None, body: json!({"params": {"text": "a\0b"}}) })
}

pub(crate) fn question(step: &str) -> WaitRequest {
    WaitRequest {
        step: step.to_owned(),
        description: "Go on?\0".to_owned(),
        assignees: Vec::new(),
        expires: Expires::Never,
        on_expiry: ExpiryAction::Fail,
        details: Value::Null,
        question_hash: None,
        approvals: 1,
        not_starter: false,
    }
}

pub(crate) fn finished() -> Event {
    Event::Finished(Finish { success: true, result: json!({"success": true}) })
}

pub(crate) fn make(journal: &dyn Journal, name: &str) -> RunSummary {
    journal.create(&NewRun { run: run(name), at: now(), events: vec![started()], lease: None }).unwrap()
}
