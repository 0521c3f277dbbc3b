//! The store keeps the contract of all stores.

use std::sync::atomic::{AtomicU32, Ordering};

use sortie_journal::contract;
use sortie_journal_postgres::{PostgresJournal, PostgresServer};

#[test]
fn the_journal_in_postgresql_keeps_the_contract() {
    let Some(server) = PostgresServer::start(&[]).unwrap() else { return };
    let number = AtomicU32::new(0);
    contract::check(|clock| {
        let address = server.journal(&format!("journal_{}", number.fetch_add(1, Ordering::Relaxed))).unwrap();
        Box::new(PostgresJournal::open(&address).unwrap().with_clock(clock))
    })
    .unwrap();
}
