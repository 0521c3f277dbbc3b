//! The hashes that `tests/embedder` compares with, made with our own features.

#[path = "../../../../tests/embedder/hashes.rs"]
#[expect(unreachable_pub, reason = "there it is a crate")]
mod embedder;

/// `SORTIE_BLESS=1` writes the list anew.
#[test]
fn hashes_are_those_that_an_embedding_program_has() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/embedder/hashes.txt");
    let hashes = embedder::hashes();
    if std::env::var_os("SORTIE_BLESS").is_some() {
        std::fs::write(file, &hashes).unwrap();
    }
    assert_eq!(std::fs::read_to_string(file).unwrap(), hashes);
    assert!(!hashes.contains("false, "), "{hashes}");
    assert!(!hashes.contains("false]"), "{hashes}");
}
