//! How long the canonical form takes, against another implementation of RFC 8785: ratios within one run.
//!
//! `cargo run --release -p sortie-json --example canonical`

use std::hint::black_box;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sortie_json::{Canonical, ContentHash, canonical, canonical_of, canonical_size, parse};

fn main() {
    let tasks: Vec<Value> = (0..2000)
        .map(|number| {
            json!({
                "id": number, "uuid": format!("{number:032x}"), "status": "pending", "urgency": f64::from(number) / 7.0,
                "description": "Call the office about the letter that came last week", "tags": ["work", "phone"],
                "entry": "20260108T120000Z", "annotations": [{"entry": "20260108T120000Z", "description": "a \"note\"\n"}],
            })
        })
        .collect();
    let values = [
        ("2,000 tasks", json!({"tasks": tasks})),
        ("100,000 integers", (0..100_000).collect()),
        ("50,000 doubles", (0..50_000).map(|number| f64::from(number) * 0.1).collect()),
        ("text", json!("all sorts of words without anything special in them ".repeat(20_000))),
        ("escapes", json!("\"\n\\".repeat(100_000))),
        (
            "keys beyond ASCII",
            (0..20_000).map(|number| (format!("schlüssel-{number}-\u{1f600}"), json!(number))).collect(),
        ),
    ];
    println!("{:<20} {:>10} {:>8} {:>8} {:>8} {:>8} {:>8}", "", "bytes", "write", "hash", "size", "as type", "read");
    for (name, value) in &values {
        let bytes = canonical(value);
        let theirs = time(|| drop(black_box(serde_json_canonicalizer::to_vec(value))));
        let ratio = |ours: Duration| theirs.as_secs_f64() / ours.as_secs_f64();
        let read = time(|| drop(black_box(serde_json::from_slice::<Value>(&bytes))));
        let ours = time(|| drop(black_box(parse(&bytes, sortie_json::ParseLimits::default()))));
        println!(
            "{name:<20} {:>10} {:>7.1}x {:>7.1}x {:>7.1}x {:>7.1}x {:>7.2}x",
            Canonical::of(value).size(),
            ratio(time(|| drop(black_box(canonical(value))))),
            ratio(time(|| {
                black_box(ContentHash::of(value));
            })),
            ratio(time(|| {
                black_box(canonical_size(value));
            })),
            ratio(time(|| drop(black_box(canonical_of(value))))),
            read.as_secs_f64() / ours.as_secs_f64(),
        );
    }
    println!(
        "the time of serde_json_canonicalizer::to_vec, and for reading that of serde_json, by ours: more is faster"
    );
}

/// The shortest of some times.
fn time(work: impl Fn()) -> Duration {
    let once = || {
        let start = Instant::now();
        work();
        start.elapsed()
    };
    (0..12).map(|_| once()).min().unwrap_or_default()
}
