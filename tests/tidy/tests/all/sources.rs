//! What holds of each file of Rust: where `unsafe` stands, how long it is, how types are named, no circles.
#![allow(clippy::panic, reason = "a rule that cannot be checked is broken")]

use std::collections::BTreeMap;

use sortie_tidy::crates::Workspace;
use sortie_tidy::imports::Imports;
use sortie_tidy::rust::{Source, names};
use sortie_tidy::tree::{TextFile, files_that_end};

/// A file has one subject and fits in the head: so many lines, without the tests within it.
const MOST_LINES: usize = 600;

/// The files with `unsafe`, and why they cannot do without.
const UNSAFE: &[(&str, &str)] = &[
    ("host/sandbox/src/cache.rs", "wasmtime cannot check machine code that it loads: a hash over the file does"),
    ("host/verifier/src/lib.rs", "the page calls its functions by their names"),
    ("host/verifier/src/platform.rs", "wasmtime and `getrandom` ask for these by name, where there is no system"),
    ("plugin-sdk/src/allocator.rs", "an allocator is unsafe by its trait; it runs in the plugin, never in the host"),
];

/// Nouns and adjectives that only look like participles.
const NOUNS: &[&str] = &[
    "Beginning",
    "Binding",
    "Embedding",
    "Ending",
    "Finding",
    "Greeting",
    "Misspelling",
    "Nesting",
    "Pending",
    "Ranking",
    "Recording",
    "Setting",
    "String",
];

/// Names of public types that stand in several libraries, and the one meaning that they have there.
const SHARED: &[(&str, &str)] = &[
    ("Call", "one call of a plugin: the host's side, and what the plugin sees of it"),
    ("Deadline", "when a call has to be over: as threads watch it, and where there are none"),
    ("DecideError", "why a decision was not accepted: by any check, and by the host's"),
    ("HumanStep", "a step that a person decides: as the engine asks it, and as a plugin writes it"),
    ("Presence", "a process that drives runs: each store announces it in its own way"),
    ("Step", "a step of a workflow: as the host reads it, and as a plugin writes it"),
];

fn sources() -> Vec<TextFile> {
    files_that_end(".rs")
}

#[test]
fn unsafe_stands_where_it_must_and_nowhere_else() {
    let mut found: Vec<String> = Vec::new();
    for file in sources() {
        let code = Source::parse(&file.text).code;
        if names(&code).any(|(_, name)| name == "unsafe") {
            found.push(file.path);
        }
    }
    let listed: Vec<&str> = UNSAFE.iter().map(|(path, _)| *path).collect();
    assert_eq!(found, listed, "the files with unsafe code; each needs a reason in UNSAFE, and its comment SAFETY");
}

#[test]
fn each_unsafe_block_says_why_it_is_sound() {
    for (path, _) in UNSAFE {
        let file = sources().into_iter().find(|file| file.path == *path).unwrap_or_else(|| panic!("no {path}"));
        assert!(
            Source::parse(&file.text).comments.contains("SAFETY:"),
            "{path}: an unsafe block needs its SAFETY comment"
        );
    }
}

/// A file up to the tests within it: cases do not make it harder to read.
fn without_tests(text: &str) -> &str {
    text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or(text)
}

#[test]
fn files_fit_in_the_head() {
    let long: Vec<String> = sources()
        .iter()
        .map(|file| (&file.path, without_tests(&file.text).lines().count()))
        .filter(|(_, lines)| *lines > MOST_LINES)
        .map(|(path, lines)| format!("{path}: {lines} lines"))
        .collect();
    assert!(long.is_empty(), "more than {MOST_LINES} lines: these have a second subject\n{}", long.join("\n"));
}

#[test]
fn types_are_named_by_nouns() {
    let mut found = Vec::new();
    for file in sources().into_iter().filter(|file| file.path.contains("/src/") && !file.path.contains("/fixtures/")) {
        let code = Source::parse(&file.text).code_without_tests();
        let mut before = "";
        for (_, name) in names(&code) {
            if ["struct", "enum", "trait", "union"].contains(&before) && is_participle(name) {
                found.push(format!("{}: {name}", file.path));
            }
            before = name;
        }
    }
    assert!(found.is_empty(), "name these types by nouns that work as headings:\n{}", found.join("\n"));
}

/// A word that means two things has to be renamed by whoever uses both, and is misread by who does not.
#[test]
fn a_public_name_has_one_meaning() {
    let is_library = |path: &str| {
        let inside = (path.starts_with("host/") || path.starts_with("plugin-sdk/")) && path.contains("/src/");
        inside && !["host/cli/", "host/restate/", "host/python/"].iter().any(|folder| path.starts_with(folder))
    };
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in sources().into_iter().filter(|file| is_library(&file.path)) {
        let code = Source::parse(&file.text).code_without_tests();
        let words: Vec<&str> = names(&code).map(|(_, name)| name).collect();
        for three in words.windows(3) {
            let [visibility, kind, name] = three else { continue };
            if *visibility == "pub" && ["struct", "enum", "trait", "union", "type"].contains(kind) {
                places.entry((*name).to_owned()).or_default().push(file.path.clone());
            }
        }
    }
    for (name, paths) in places {
        let shared = SHARED.iter().any(|(shared, _)| *shared == name);
        assert!(paths.len() == 1 || shared, "`{name}` has several meanings; rename all but one: {paths:?}");
        assert!(paths.len() > 1 || !shared, "`{name}` has one place: take it from SHARED");
    }
}

/// Participles that do not end like one.
const IRREGULAR: &[&str] =
    &["Built", "Chosen", "Found", "Given", "Held", "Kept", "Known", "Made", "Seen", "Sent", "Shown", "Taken", "Told"];

fn is_participle(name: &str) -> bool {
    let last = name.rfind(char::is_uppercase).map_or(name, |at| &name[at..]);
    let regular = (last.ends_with("ing") || last.ends_with("ed")) && last.len() > 4 && !NOUNS.contains(&last);
    regular || IRREGULAR.contains(&last)
}

#[test]
fn files_import_in_one_direction() {
    let files = sources();
    for member in Workspace::read().members {
        let imports = Imports::read(&files, &format!("{}/src", member.folder));
        let told: Vec<String> = imports.circles().iter().map(|circle| imports.among(circle).join("\n  ")).collect();
        assert!(
            told.is_empty(),
            "files of {} import from one another in circles; move what both need below them:\n  {}",
            member.folder,
            told.join("\n\n  ")
        );
    }
}
