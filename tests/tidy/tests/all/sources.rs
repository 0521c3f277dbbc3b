//! What holds of each file of Rust: where `unsafe` stands, how long it is, how types are named, no circles.
#![allow(clippy::panic, reason = "a rule that cannot be checked is broken")]

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

/// Types that are called by what they do and not by what they are. This list only gets shorter.
const PARTICIPLES: &[&str] = &["Checked"];

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

/// How many entries of these lists may be gone before they have to be taken from them.
const MOST_STALE: usize = 10;

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
                found.push((name.to_owned(), file.path.clone()));
            }
            before = name;
        }
    }
    let new: Vec<String> = found
        .iter()
        .filter(|(name, _)| !PARTICIPLES.contains(&name.as_str()))
        .map(|(name, path)| format!("{path}: {name}"))
        .collect();
    assert!(new.is_empty(), "name these types by nouns that work as headings:\n{}", new.join("\n"));
    let gone = |name: &&&str| !found.iter().any(|(found, _)| found == *name);
    let stale: Vec<&&str> = PARTICIPLES.iter().filter(gone).collect();
    assert!(stale.len() <= MOST_STALE, "these are gone: take them from PARTICIPLES: {stale:?}");
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
