//! The store keeps the contract of all stores.
#![allow(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

use std::sync::atomic::{AtomicU32, Ordering};

use sortie_journal::contract;
use sortie_journal_sqlite::SqliteJournal;

#[test]
fn the_journal_in_sqlite_keeps_the_contract() {
    let directory = tempfile::tempdir().unwrap();
    let number = AtomicU32::new(0);
    contract::check(|clock| {
        let name = format!("{}.journal", number.fetch_add(1, Ordering::Relaxed));
        Box::new(SqliteJournal::open(directory.path().join(name)).unwrap().with_clock(clock))
    })
    .unwrap();
}
