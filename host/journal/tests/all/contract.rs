//! Both implementations keep the contract.

use std::sync::atomic::{AtomicU32, Ordering};

use sortie_journal::{MemoryJournal, SqliteJournal, contract};

#[test]
fn the_journal_in_memory_keeps_the_contract() {
    contract::check(|clock| Box::new(MemoryJournal::with_clock(clock))).unwrap();
}

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
