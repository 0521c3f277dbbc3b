//! What holds of what others depend on: enums can grow or say that they do not, and entry points are shown by examples.
#![allow(clippy::panic, reason = "a rule that cannot be checked is broken")]

use std::collections::{BTreeMap, BTreeSet};

use sortie_tidy::crates::Workspace;
use sortie_tidy::rust::names;
use sortie_tidy::tree::{self, TextFile, files_that_end};

/// The libraries whose entry points have examples, and their folders.
const SHOWN: &[(&str, &str)] = &[
    ("sortie-attestation", "host/attestation"),
    ("sortie-engine", "host/engine"),
    ("sortie-harness", "host/harness"),
    ("sortie-host", "host/runtime"),
    ("sortie-interface", "host/interface"),
    ("sortie-journal", "host/journal"),
    ("sortie-journal-sqlite", "host/journal/sqlite"),
    ("sortie-json", "host/json"),
    ("sortie-packager", "plugin-sdk/packager"),
    ("sortie-plugin-sdk", "plugin-sdk"),
    ("sortie-restate", "host/restate"),
    ("sortie-runner", "host/runner"),
    ("sortie-sandbox", "host/sandbox"),
    ("sortie-server", "host/server"),
    ("sortie-worker", "host/worker"),
];

/// Entry points of these libraries that no example shows, and why.
const NOT_SHOWN: &[(&str, &str)] = &[
    ("ChainHash", "made by journals alone; a store reads it back from its bytes"),
    ("EventKind", "a store reads its codes back"),
    ("MissionEntry", "the macro `mission` makes it"),
    ("OperationEntry", "the macro `operation` makes it"),
    ("RunQuery", "for stores in tables, in the workspace and with the contract to try them"),
    ("RunRecord", "for stores; the contract tries it"),
    ("compile_for_parent", "what a process that compiles for the command does, and nothing else"),
    ("mutate", "runs scenarios many times over, on a plugin whose functions have names"),
    ("serve_standard_streams", "takes the standard streams of the process that runs the example"),
];

/// Functions of types that are no entry points: they belong to a trait, or are for one of `serde` or `schemars`.
const OF_TRAITS: &[&str] = &[
    "custom",
    "default",
    "deserialize",
    "from",
    "from_str",
    "inline_schema",
    "json_schema",
    "schema_id",
    "schema_name",
    "try_from",
];

#[test]
fn a_public_enum_can_grow_or_says_that_it_is_closed() {
    let folders: Vec<String> = Workspace::read()
        .members
        .into_iter()
        .filter(|member| member.is_published_library)
        .map(|member| format!("{}/src/", member.folder))
        .collect();
    assert!(folders.len() > 15, "the published libraries are not found: {folders:?}");
    let is_ours = |file: &TextFile| folders.iter().any(|folder| file.path.starts_with(folder.as_str()));
    let mut found = Vec::new();
    for file in files_that_end(".rs").into_iter().filter(is_ours) {
        let lines: Vec<&str> = file.text.lines().map(str::trim).collect();
        for (number, line) in lines.iter().enumerate().filter(|(_, line)| line.starts_with("pub enum ")) {
            let above = lines[..number].iter().rev().take_while(|line| belongs_to_an_item(line));
            let says = |line: &&str| {
                let is_doc = line.starts_with("///");
                line.contains("non_exhaustive") || (is_doc && line.to_ascii_lowercase().contains("closed"))
            };
            if !above.into_iter().any(says) {
                found.push(format!("{}:{}: {line}", file.path, number + 1));
            }
        }
    }
    assert!(
        found.is_empty(),
        "give these enums `#[non_exhaustive]`, or a sentence that says why they are closed:\n{}",
        found.join("\n")
    );
}

/// Whether a line can stand between the first line of an item's documentation and the item.
fn belongs_to_an_item(line: &str) -> bool {
    line.starts_with("///") || !(line.is_empty() || line.starts_with("//!") || line.ends_with(['{', '}', ';']))
}

#[test]
fn each_entry_point_is_shown_by_an_example_that_runs() {
    let files = files_that_end(".rs");
    let mut missing: BTreeMap<String, String> = BTreeMap::new();
    for (name, folder) in SHOWN {
        let of_crate = |file: &&TextFile| file.path.starts_with(&format!("{folder}/src/"));
        let examples: String = files.iter().filter(of_crate).map(|file| examples(&file.text)).collect();
        let shown: BTreeSet<&str> = names(&examples).map(|(_, name)| name).collect();
        let list = tree::read(&format!("tests/api/{name}.txt")).unwrap_or_else(|| panic!("no list of {name}"));
        let entries: BTreeSet<String> = list.lines().filter_map(|line| entry_point(line, name)).collect();
        assert!(!entries.is_empty(), "the entry points of {name} are not found");
        missing.extend(entries.into_iter().filter(|entry| !shown.contains(entry.as_str())).map(|entry| {
            let place = format!("{name}: {entry}");
            (entry, place)
        }));
    }
    for (name, _) in NOT_SHOWN {
        missing.remove(*name);
    }
    let places: Vec<String> = missing.into_values().collect();
    assert!(places.is_empty(), "show these in an example of their crate's documentation:\n{}", places.join("\n"));
}

/// The code of the examples in a file's documentation that run.
fn examples(text: &str) -> String {
    let mut code = String::new();
    let mut runs = None;
    for line in text.lines() {
        let line = line.trim_start();
        let Some(line) = line.strip_prefix("///").or_else(|| line.strip_prefix("//!")) else {
            runs = None;
            continue;
        };
        match (line.trim_start().strip_prefix("```"), runs) {
            (Some(kind), None) => runs = Some(["", "rust"].contains(&kind.trim())),
            (Some(_), Some(_)) => runs = None,
            (None, Some(true)) => {
                code.push_str(line);
                code.push('\n');
            }
            (None, _) => {}
        }
    }
    code
}

/// What a line of a library's list makes something with: a type that has a function to make it, or a function by its own
/// name.
fn entry_point(line: &str, library: &str) -> Option<String> {
    let declared = line.strip_prefix("pub fn ").or_else(|| line.strip_prefix("pub const fn "))?;
    let own = declared.strip_prefix(&format!("{}::", library.replace('-', "_")))?;
    let (path, arguments) = plain_path(own);
    let mut segments = path.rsplit("::");
    let (function, owner) = (segments.next()?, segments.next());
    let of_type = owner.filter(|owner| owner.starts_with(char::is_uppercase));
    let Some(of_type) = of_type else { return Some(function.to_owned()) };
    let first = arguments.split([',', ')', ':']).next().unwrap_or_default();
    let takes_itself = first.ends_with("self");
    (!takes_itself && !OF_TRAITS.contains(&function)).then(|| of_type.to_owned())
}

/// The path of a function without what it is generic over, and its arguments.
fn plain_path(declared: &str) -> (String, &str) {
    let (mut path, mut depth, mut before) = (String::new(), 0_usize, ' ');
    for (at, character) in declared.char_indices() {
        match character {
            '<' => depth += 1,
            // Not that of an arrow.
            '>' if before != '-' => depth = depth.saturating_sub(1),
            '(' if depth == 0 => return (path, declared.get(at + 1..).unwrap_or_default()),
            _ if depth == 0 => path.push(character),
            _ => {}
        }
        before = character;
    }
    (path, "")
}

#[test]
fn an_entry_point_is_what_makes_something_out_of_something_else() {
    let cases = [
        ("pub fn sortie_json::Canonical::of(value: &serde_json::value::Value) -> Self", Some("Canonical")),
        ("pub fn sortie_json::parse_str(text: &str) -> core::result::Result<Value, Faults>", Some("parse_str")),
        ("pub fn sortie_json::Waits<'a>::new(journal: &'a dyn Journal) -> Self", Some("Waits")),
        ("pub fn sortie_json::canonical_of<T: Fn(u8) -> u8>(value: &T) -> Vec<u8>", Some("canonical_of")),
        ("pub fn sortie_json::Json::value(&self) -> &Value", None),
        ("pub fn sortie_json::Json::from(value: Value) -> Self", None),
        ("pub fn alloc::string::String::from(value: Json) -> Self", None),
        ("pub struct sortie_json::Json", None),
    ];
    for (line, expected) in cases {
        assert_eq!(entry_point(line, "sortie-json").as_deref(), expected, "{line}");
    }
}
