//! One table of what criterion measured, and of what the peers did.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::Outcome;

pub(crate) const CALLS: &str = "calls";
pub(crate) const MISSIONS: &str = "missions";

/// What each row is called, and the row that it is compared with besides F. Two threads that do as much each as one
/// does take 1.00 × its time where they share nothing, and 2.00 × where they take turns.
const ROWS: &[(&str, &str, &str, Option<&str>)] = &[
    (CALLS, "bare_noop", "F: a fresh `noop` on bare wasmtime", None),
    (CALLS, "sandboxed_noop", "a fresh `noop` through the sandbox", Some("bare_noop")),
    (CALLS, "native_noop", "`noop`, native", None),
    (CALLS, "bare_set", "a fresh `set` of 0.6 kB on bare wasmtime", None),
    (CALLS, "sandboxed_set", "a fresh `set` of 0.6 kB through the sandbox", Some("bare_set")),
    (CALLS, "native_set", "`set` of 0.6 kB, native", None),
    (MISSIONS, "exec_noop", "`exec` of one `noop`", Some("bare_noop")),
    (MISSIONS, "exec_five_noops", "`exec` of five `noop`", Some("exec_noop")),
    (MISSIONS, "exec_set", "`exec` of one `set` of 0.6 kB", Some("bare_set")),
    (MISSIONS, "echo", "`echo`: two calls", None),
    (MISSIONS, "daily_loop_empty", "`daily_loop` without tasks", None),
    (MISSIONS, "daily_loop_10", "`daily_loop`, 10 tasks", None),
    (MISSIONS, "daily_loop_1000", "`daily_loop`, 1,000 tasks", None),
    (MISSIONS, "daily_loop_20000", "`daily_loop`, 20,000 tasks", Some("daily_loop_1000")),
    (CALLS, "hash_on_one_thread", "hashing 16 KiB on one thread", None),
    (CALLS, "hash_on_two_threads", "as many on each of two threads", Some("hash_on_one_thread")),
    (CALLS, "bare_on_one_thread", "F on one thread", None),
    (CALLS, "bare_on_two_threads", "as many on each of two threads", Some("bare_on_one_thread")),
    (MISSIONS, "echo_on_one_thread", "`echo` on one thread", None),
    (MISSIONS, "echo_on_two_threads", "as many on each of two threads", Some("echo_on_one_thread")),
];

/// Prints the table of all that was measured in this run or an earlier one.
pub(crate) fn print() -> Outcome<()> {
    let folder = output_folder();
    let mut medians = BTreeMap::new();
    for (group, name, ..) in ROWS {
        if let Some(median) = median(&folder.join(group).join(name))? {
            medians.insert(*name, median);
        }
    }
    let Some(floor) = medians.get("bare_noop").copied() else {
        println!("\nThere is no table without F: run the benchmarks without a filter once.");
        return Ok(());
    };
    println!("\n{:<44} {:>12} {:>9}  COMPARED", "", "MEDIAN", "RATIO");
    for (_, name, title, compared) in ROWS {
        let Some(time) = medians.get(name) else { continue };
        let beside = compared.and_then(|other| Some(format!("{:.2} × {other}", time / medians.get(other)?)));
        row(title, *time, floor, &beside.unwrap_or_default());
    }
    for (title, time) in peers()? {
        row(&title, time, floor, "");
    }
    Ok(())
}

fn row(title: &str, nanoseconds: f64, floor: f64, beside: &str) {
    println!("{title:<44} {:>9.2} µs {:>7.2} F  {beside}", nanoseconds / 1e3, nanoseconds / floor);
}

/// Where criterion writes.
fn output_folder() -> PathBuf {
    let set = std::env::var_os("CRITERION_HOME").map(PathBuf::from);
    set.unwrap_or_else(|| match std::env::var_os("CARGO_TARGET_DIR") {
        Some(target) => Path::new(&target).join("criterion"),
        None => workspace().join("target/criterion"),
    })
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap_or(Path::new(".")).to_owned()
}

/// In nanoseconds.
fn median(benchmark: &Path) -> Outcome<Option<f64>> {
    let Ok(text) = fs::read_to_string(benchmark.join("new/estimates.json")) else { return Ok(None) };
    let estimates: Value = serde_json::from_str(&text)?;
    Ok(estimates["median"]["point_estimate"].as_f64())
}

/// What the peers measured, if they are asked: a line for each, its title and its nanoseconds.
fn peers() -> Outcome<Vec<(String, f64)>> {
    if std::env::var_os("SORTIE_PEERS").is_none() {
        return Ok(Vec::new());
    }
    let manifest = workspace().join("tests/peers/Cargo.toml");
    let output =
        Command::new("cargo").args(["run", "--release", "--quiet", "--manifest-path"]).arg(manifest).output()?;
    if !output.status.success() {
        return Err(format!("the peers cannot be measured:\n{}", String::from_utf8_lossy(&output.stderr)).into());
    }
    let text = String::from_utf8(output.stdout)?;
    let rows = text.lines().filter_map(|line| line.split_once('\t'));
    rows.map(|(title, time)| Ok((title.to_owned(), time.parse()?))).collect()
}
