//! What is read and hashed does not hang on the features of `serde_json` that an embedding program turns on.

#[test]
fn hashes_are_the_same_with_other_features_of_serde_json() {
    // The features are really on: numbers keep their digits, and maps their order.
    let number: serde_json::Value = serde_json::from_str("1.10").unwrap();
    assert_eq!(number.to_string(), "1.10");
    let map: serde_json::Value = serde_json::from_str(r#"{"b":1,"a":2}"#).unwrap();
    assert_eq!(map.to_string(), r#"{"b":1,"a":2}"#);
    assert_eq!(sortie_embedder::hashes(), include_str!("../hashes.txt"));
}
