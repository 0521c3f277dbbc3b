//! Dependencies point one way, and the pure crates stay pure.
#![allow(clippy::panic, clippy::unwrap_used, reason = "a rule that cannot be checked is broken")]

use std::collections::BTreeSet;
use std::process::Command;

use sortie_tidy::crates::Workspace;
use sortie_tidy::rust::Source;
use sortie_tidy::tree::{files_that_end, root};

/// From the ground up: a crate uses crates of lower floors alone. A new crate needs a floor.
const FLOORS: &[&[&str]] = &[
    &["sortie-first-party", "sortie-json", "sortie-plugin-macros"],
    &["sortie-interface"],
    &["sortie-engine", "sortie-plugin-sdk", "sortie-packager"],
    &["sortie-harness", "sortie-journal", "sortie-sandbox"],
    &["sortie-journal-postgres", "sortie-journal-sqlite"],
    &["sortie-journal-stores"],
    &["sortie-plugin-core", "sortie-plugin-daily-loop", "sortie-plugin-echo", "sortie-plugin-run-tests"],
    &["sortie-host"],
    &["sortie-attestation", "sortie-oci", "sortie-runner", "sortie-worker", "sortie-restate", "sortie-telemetry"],
    &["sortie-server"],
    &["sortie"],
    &["sortie-benches", "sortie-tests", "sortie-tidy"],
];

/// Crates without I/O, clock, threads and randomness: what they compute is a function of what they are given.
const PURE: &[&str] = &["sortie-json", "sortie-interface", "sortie-engine", "sortie-harness"];

/// What a pure crate must not be linked with, however far away.
const IMPURE: &[&str] = &[
    "async-std",
    "axum",
    "chrono",
    "clap",
    "fastrand",
    "futures-executor",
    "getrandom",
    "hyper",
    "jiff",
    "mimalloc",
    "num_cpus",
    "postgres",
    "rand",
    "rayon",
    "reqwest",
    "rusqlite",
    "smol",
    "sqlx",
    "stacker",
    "tempfile",
    "time",
    "tokio",
    "ureq",
    "wasmtime",
];

/// What a pure crate must not name.
const IMPURE_PATHS: &[&str] = &[
    "std::env",
    "std::fs",
    "std::io::std",
    "std::net",
    "std::process::Command",
    "std::process::abort",
    "std::process::exit",
    "std::thread",
    "std::time::Instant",
    "std::time::SystemTime",
    "HashMap",
    "HashSet",
    "RandomState",
];

/// Files whose maps without an order are only looked up, and never gone through.
const LOOKED_UP: &[&str] = &[];

fn floor(name: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&name))
}

#[test]
fn each_crate_uses_crates_of_lower_floors_alone() {
    let workspace = Workspace::read();
    for member in &workspace.members {
        let own = floor(&member.name).unwrap_or_else(|| panic!("give the crate {} a floor in FLOORS", member.name));
        for used in &member.uses {
            let Some(other) = floor(used) else { continue };
            assert!(other < own, "{} must not use {used}: dependencies point down", member.name);
        }
    }
}

#[test]
fn the_pure_crates_are_linked_with_nothing_impure() {
    let workspace = Workspace::read();
    for name in PURE.iter().filter(|name| workspace.members.iter().any(|member| member.name == **name)) {
        let linked = workspace.linked_with(name);
        for impure in IMPURE {
            assert!(
                !linked.contains(*impure),
                "{name} is pure, and is linked with {impure}: see `cargo tree -p {name}`"
            );
        }
    }
}

#[test]
fn the_pure_crates_name_no_world_and_no_order_of_chance() {
    let workspace = Workspace::read();
    for member in workspace.members.iter().filter(|member| PURE.contains(&member.name.as_str())) {
        let folder = format!("{}/src/", member.folder);
        for file in files_that_end(".rs").iter().filter(|file| file.path.starts_with(&folder)) {
            let code = Source::parse(&file.text).code_without_tests();
            let looked_up = LOOKED_UP.contains(&file.path.as_str());
            for path in IMPURE_PATHS.iter().filter(|_| !file.path.ends_with("/tests.rs")) {
                let allowed = looked_up && path.starts_with("Hash");
                assert!(allowed || !code.contains(path), "{}: a pure crate names {path}", file.path);
            }
        }
    }
}

#[test]
fn tokio_stays_in_the_crates_that_serve_networks() {
    for member in Workspace::read().members {
        // The last one speaks with servers on a thread of its own, and has nothing of it in its interface.
        let serves = ["sortie-server", "sortie-restate", "sortie-journal-postgres"].contains(&member.name.as_str());
        assert!(serves || !member.uses.contains("tokio"), "{} must not use tokio", member.name);
    }
}

#[test]
fn who_embeds_the_host_pays_for_no_command_and_no_database() {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let arguments = ["tree", "--locked", "--offline", "-p", "sortie-host", "-e", "normal", "--prefix", "none"];
    // A journal too is had without a database.
    for features in ["first-party", "first-party,journal"] {
        let mut command = Command::new(&cargo);
        let output = command.args(arguments).args(["--features", features]).current_dir(root()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let tree = String::from_utf8(output.stdout).unwrap();
        assert!(tree.contains("wasmtime"), "cargo tree shows the host's dependencies: {tree}");
        for unwanted in ["clap", "rusqlite", "axum", "tokio", "indicatif"] {
            let linked = tree.lines().any(|line| line.split(' ').next() == Some(unwanted));
            assert!(
                !linked,
                "sortie-host with {features} is linked with {unwanted}: see `cargo tree -p sortie-host -e normal -i {unwanted}`"
            );
        }
    }
}

#[test]
fn each_crate_has_one_test_binary() {
    for member in Workspace::read().members {
        let Ok(entries) = std::fs::read_dir(root().join(&member.folder).join("tests")) else { continue };
        let paths = entries.flatten().map(|entry| entry.path());
        let binaries: Vec<_> = paths
            .filter(|path| path.extension().is_some_and(|ending| ending == "rs") || path.join("main.rs").is_file())
            .filter(|path| !path.join("Cargo.toml").is_file())
            .collect();
        assert!(binaries.len() <= 1, "{} has several test binaries, each linked on its own: {binaries:?}", member.name);
    }
}

/// An edit of what is missing there would leave the plugins of the host older than their sources without a word, and of what is
/// too much would warn for nothing.
#[test]
fn first_party_plugins_are_as_old_as_what_they_are_made_of() {
    let workspace = Workspace::read();
    let build = sortie_tidy::tree::read("host/first-party/sources.rs").unwrap();
    let is_plugin =
        |name: &str| name.starts_with("sortie-plugin-") && !["macros", "sdk"].iter().any(|end| name.ends_with(end));
    let plugins = || workspace.members.iter().map(|member| member.name.as_str()).filter(|name| is_plugin(name));
    let mut parts: BTreeSet<String> = plugins().flat_map(|plugin| workspace.linked_with(plugin)).collect();
    parts.extend(plugins().map(str::to_owned));
    for member in &workspace.members {
        for watched in ["Cargo.toml", "src"] {
            let path = format!("\"{}/{watched}\"", member.folder);
            let (is_watched, is_part) = (build.contains(&path), parts.contains(&member.name));
            assert!(
                is_watched == is_part,
                "SOURCES of host/first-party/sources.rs {} {path}",
                if is_part { "lacks" } else { "has no use for" }
            );
        }
    }
}
