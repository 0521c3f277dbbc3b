//! The journal in memory keeps the contract of all stores.

use sortie_journal::{MemoryJournal, contract};

#[test]
fn the_journal_in_memory_keeps_the_contract() {
    contract::check(|clock| Box::new(MemoryJournal::with_clock(clock))).unwrap();
}
