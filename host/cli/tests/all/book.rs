//! The book against the real binary: what its commands print, and the pages that are made of what the binary says.
//!
//! In a page, a block of the language `console` has commands (`$ …`) and what they print, both streams together. The
//! commands of a page run one after the other in one folder, and each has to succeed. A comment `<!-- file: NAME -->`
//! before a block makes it a file there. Hashes, fuel, runs, times and durations are not compared; a line `…` stands for
//! any lines.
//!
//! `SORTIE_BLESS=1 cargo test -p sortie book::` writes into the pages what the binary prints now.

#![allow(clippy::expect_used, clippy::panic, reason = "a test says what it expected")]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use regex::Regex;
use serde_json::{Value, json};
use sortie_harness::definition::DefinitionErrorCode;

use crate::support::cache;

/// What a line of any lines is in a page.
const ANY: &str = "…";

fn pages() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../book/src")
}

fn blesses() -> bool {
    std::env::var_os("SORTIE_BLESS").is_some()
}

/// A block of code in a page.
struct Block<'p> {
    language: &'p str,
    /// The file that it is, if it is one.
    file: Option<&'p str>,
    body: &'p str,
}

/// A command of a page, and what the page says that it prints.
struct Example {
    command: String,
    printed: String,
}

/// A page as text and blocks, in order: put together again, it is the page.
fn parts(page: &str) -> Vec<(&str, Option<Block<'_>>)> {
    let mut parts = Vec::new();
    let mut rest = page;
    while let Some(start) = rest.find("\n```").map(|at| at + 1) {
        let after = &rest[start + 3..];
        let (Some(line), Some(end)) = (after.find('\n'), after.find("\n```\n")) else { break };
        let before = &rest[..start];
        let comment = before.trim_end().rsplit('\n').next().unwrap_or_default();
        let file = comment.strip_prefix("<!-- file: ").and_then(|name| name.strip_suffix(" -->"));
        let body = after.get(line + 1..=end).unwrap_or_default();
        parts.push((before, Some(Block { language: &after[..line], file, body })));
        rest = &after[end + 5..];
    }
    parts.push((rest, None));
    parts
}

fn examples(body: &str) -> Vec<Example> {
    let mut examples: Vec<Example> = Vec::new();
    let mut continues = false;
    for line in body.lines() {
        match (line.strip_prefix("$ "), examples.last_mut()) {
            (Some(command), _) => examples.push(Example { command: command.to_owned(), printed: String::new() }),
            (None, Some(example)) if continues => {
                example.command.push('\n');
                example.command.push_str(line);
            }
            (None, Some(example)) => {
                example.printed.push_str(line);
                example.printed.push('\n');
                continue;
            }
            (None, None) => panic!("a block of commands begins with `$ `: {line}"),
        }
        continues = line.ends_with('\\');
    }
    examples
}

/// What is never the same, by what stands there instead.
struct Masks(Vec<(Regex, &'static str)>);

impl Masks {
    fn new() -> Self {
        let masks = [
            (r"\b[0-9a-f]{64}\b", "HASH"),
            (r#"(run |"run": ?"|answer |show |cancel |resume )[0-9a-z]{12}\b"#, "${1}RUN"),
            (r"^( *)[0-9a-z]{12}( )", "${1}RUN${2}"),
            (r"\b[0-9a-f]{12}\b", "DIGEST"),
            (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(\.\d+)?Z?( UTC)?", "TIME"),
            (r"\b\d+(\.\d+)? ?(µs|ms|s|min)\b", "DURATION"),
            // Fuel and sizes of memory, which change with every build of a plugin.
            (r"\b\d[\d,]{3,}\b", "NUMBER"),
            (r" +", " "),
        ];
        Self(masks.map(|(pattern, text)| (Regex::new(pattern).expect("a pattern"), text)).into())
    }

    fn lines(&self, text: &str) -> Vec<String> {
        let masked = |line: &str| {
            let line = line.trim_end().to_owned();
            self.0.iter().fold(line, |line, (pattern, with)| pattern.replace_all(&line, *with).into_owned())
        };
        text.trim_end().lines().map(masked).collect()
    }

    /// Whether a command printed what the page says.
    fn agree(&self, page: &str, printed: &str) -> bool {
        matches(&self.lines(page), &self.lines(printed))
    }
}

fn matches(page: &[String], printed: &[String]) -> bool {
    match (page.split_first(), printed.split_first()) {
        (None, None) => true,
        (Some((line, rest)), _) if line.trim() == ANY => {
            (0..=printed.len()).any(|skipped| matches(rest, &printed[skipped..]))
        }
        (Some((line, rest)), Some((other, others))) => line == other && matches(rest, others),
        _ => false,
    }
}

/// The runs that a text names.
fn runs(text: &str) -> Vec<String> {
    let pattern = Regex::new(r#"(?:: run |"run": ?")([0-9a-z]{12})\b"#).expect("a pattern");
    pattern.captures_iter(text).map(|found| found[1].to_owned()).collect()
}

/// Runs the commands of a page, and gives the page with what they print.
fn executed(page: &str, masks: &Masks) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let mut renamed: BTreeMap<String, String> = BTreeMap::new();
    let mut text = String::new();
    for (before, block) in parts(page) {
        text.push_str(before);
        let Some(Block { language, file, body }) = block else { continue };
        if let Some(file) = file {
            fs::write(folder.path().join(file), body).expect("the file is written");
        }
        let mut body = body.to_owned();
        if language == "console" {
            body = examples(&body).iter().map(|example| shown(example, folder.path(), &mut renamed, masks)).collect();
        }
        write!(text, "```{language}\n{body}```\n").expect("a string");
    }
    text
}

/// Runs a command; gives it with what the page says if that is right, and with what it prints if not.
fn shown(example: &Example, folder: &Path, renamed: &mut BTreeMap<String, String>, masks: &Masks) -> String {
    let mut command = example.command.clone();
    for (page, actual) in &*renamed {
        command = command.replace(page, actual);
    }
    let mut printed = printed(&command, folder);
    let (of_page, actual) = (runs(&example.printed), runs(&printed));
    renamed.extend(of_page.into_iter().zip(actual));
    for (page, actual) in &*renamed {
        printed = printed.replace(actual, page);
    }
    let output = if masks.agree(&example.printed, &printed) { &example.printed } else { &printed };
    let blank = if output.is_empty() || output.ends_with('\n') { "" } else { "\n" };
    format!("$ {}\n{output}{blank}", example.command)
}

fn printed(command: &str, folder: &Path) -> String {
    let binary = Path::new(env!("CARGO_BIN_EXE_sortie")).parent().expect("its folder").to_path_buf();
    let before = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(std::iter::once(binary).chain(std::env::split_paths(&before))).expect("a path");
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("{{ {command}\n}} 2>&1")]).current_dir(folder).stdin(Stdio::null());
    shell.env("PATH", path).env("HOME", folder).env("XDG_DATA_HOME", folder.join(".data"));
    shell.env("SORTIE_CACHE_DIR", cache()).env("USER", "ann").env("NO_COLOR", "1").env("COLUMNS", "100");
    for name in ["SORTIE_ACTOR", "SORTIE_JOURNAL", "SORTIE_TOKEN", "SORTIE_KILL_POINT", "SORTIE_PLUGIN_PATH"] {
        shell.env_remove(name);
    }
    let output = shell.output().expect("a shell");
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success(), "`{command}` ended with {}: {text}", output.status);
    text
}

/// Compares a page with what it should be, or writes it.
fn hold(path: &Path, page: &str, right: &str) -> Option<String> {
    if page == right {
        return None;
    }
    if blesses() {
        fs::write(path, right).expect("the page is written");
        return None;
    }
    let line = page.lines().zip(right.lines()).position(|(one, other)| one != other).unwrap_or_default();
    let at = |text: &str| text.lines().skip(line).take(4).collect::<Vec<_>>().join("\n    ");
    Some(format!("{}:{}: it says\n    {}\nand should say\n    {}", path.display(), line + 1, at(page), at(right)))
}

#[test]
fn what_the_commands_of_the_book_print_is_what_it_says() {
    let masks = Masks::new();
    let mut paths: Vec<PathBuf> =
        fs::read_dir(pages()).expect("the pages").map(|entry| entry.expect("a page").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    paths.sort();
    let mut executed_blocks = 0;
    let mut wrong = Vec::new();
    for path in paths {
        let page = fs::read_to_string(&path).expect("a page");
        executed_blocks +=
            parts(&page).iter().filter_map(|(_, block)| block.as_ref()).filter(|b| b.language == "console").count();
        wrong.extend(hold(&path, &page, &executed(&page, &masks)));
    }
    assert!(wrong.is_empty(), "{}\nSORTIE_BLESS=1 writes what is printed now", wrong.join("\n"));
    assert!(executed_blocks > 10, "the book's commands are found: {executed_blocks}");
}

#[test]
fn a_page_is_told_from_one_that_lies() {
    let masks = Masks::new();
    let page = "# A\n\n<!-- file: a.json -->\n```json\n[1]\n```\n\n```console\n$ cat a.json\n[1]\n$ echo fuel 12345\nfuel 99,999\n```\n";
    assert_eq!(executed(page, &masks), page);
    assert_eq!(executed(&page.replace("\n[1]\n$", "\n[2]\n$"), &masks), page);
    assert_eq!(executed(&page.replace("\n[1]\n$", "\n…\n$"), &masks), page.replace("\n[1]\n$", "\n…\n$"));
}

#[test]
fn the_first_command_of_the_first_page_runs() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let page = fs::read_to_string(top.join("README.md")).expect("the first page");
    let command = page.lines().find_map(|line| line.strip_prefix("cargo run -- ")).expect("its first command");
    let text = printed(&format!("sortie {command}"), &top);
    assert!(text.contains("✔ daily_loop"), "{text}");
}

/// What `--help` says of a command and all below it.
fn help(path: &[String], page: &mut String) {
    let name = std::iter::once("sortie").chain(path.iter().map(String::as_str)).collect::<Vec<_>>().join(" ");
    let text = printed(&format!("{name} --help"), Path::new("."));
    let body: Vec<&str> = text.trim_end().lines().map(str::trim_end).collect();
    write!(page, "\n{} `{name}`\n\n```text\n{}\n```\n", "#".repeat((path.len() + 1).clamp(2, 4)), body.join("\n"))
        .expect("a string");
    let listed = text.split("\nCommands:\n").nth(1).unwrap_or_default();
    for line in listed.lines().take_while(|line| !line.trim().is_empty()) {
        let Some(command) = line.strip_prefix("  ").filter(|line| !line.starts_with(' ')) else { continue };
        let command = command.split(' ').next().unwrap_or_default();
        if command != "help" {
            help(&[path, &[command.to_owned()]].concat(), page);
        }
    }
}

#[test]
fn the_command_reference_is_what_the_command_says_of_itself() {
    let mut page = "# Command reference\n\nWhat `--help` says of each command.\n".to_owned();
    help(&[], &mut page);
    let path = pages().join("commands.md");
    let wrong = hold(&path, &fs::read_to_string(&path).unwrap_or_default(), &page);
    assert!(wrong.is_none(), "{}", wrong.unwrap_or_default());
    assert!(page.contains("## `sortie run`") && page.contains("### `sortie inbox answer`"), "{page}");
}

/// A type in a schema, in words.
fn type_of(schema: &Value) -> String {
    if let Some(choices) = schema["enum"].as_array() {
        let names: Vec<String> = choices.iter().map(|choice| format!("`{}`", choice.as_str().unwrap_or("?"))).collect();
        return if names.len() > 4 { "one of the operators".to_owned() } else { names.join(" or ") };
    }
    if let Some(types) = schema["type"].as_array() {
        let types: Vec<&str> = types.iter().filter_map(Value::as_str).filter(|name| *name != "null").collect();
        return types.join(" or ");
    }
    let whole = |schema: &Value| schema["type"].as_str().unwrap_or("any value").to_owned();
    match (schema["anyOf"].as_array(), schema["$ref"].as_str(), schema["type"].as_str()) {
        (Some(either), ..) => {
            let types: Vec<String> = either.iter().map(type_of).filter(|text| text != "null").collect();
            types.join(" or ")
        }
        (_, Some(reference), _) => format!("a `{}`", name_of(reference.rsplit('/').next().unwrap_or_default())),
        (_, _, Some("array")) if schema["items"].is_object() => match type_of(&schema["items"]).as_str() {
            "any value" => "array".to_owned(),
            items => format!("array of {}", items.trim_start_matches("a ")),
        },
        _ => whole(schema),
    }
}

/// A definition of the schema, as a heading.
fn name_of(definition: &str) -> String {
    let words = definition.trim_end_matches("Definition");
    let mut name = String::new();
    for character in words.chars() {
        if character.is_uppercase() && !name.is_empty() {
            name.push(' ');
        }
        name.extend(character.to_lowercase());
    }
    name
}

fn keys(name: &str, schema: &Value, page: &mut String) {
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let description = schema["description"].as_str().unwrap_or_default();
    write!(page, "\n## {name}\n\n{description}\n\n| key | type | |\n|---|---|---|\n").expect("a string");
    for (key, value) in schema["properties"].as_object().into_iter().flatten() {
        let needed = if required.contains(&key.as_str()) { " **Required.**" } else { "" };
        let about = value["description"].as_str().unwrap_or_default().replace('|', "\\|").replace('\n', " ");
        writeln!(page, "| `{key}` | {} | {about}{needed} |", type_of(value)).expect("a string");
    }
}

#[test]
fn the_reference_of_suites_has_each_key_and_each_operator() {
    let schema: Value = serde_json::from_str(&printed("sortie test --print-schema", Path::new("."))).expect("JSON");
    let mut page = "# Keys of a suite\n\nMade of `sortie test --print-schema`, which editors read too.\n".to_owned();
    keys("suite", &schema, &mut page);
    for (name, definition) in schema["$defs"].as_object().expect("definitions") {
        keys(&name_of(name), definition, &mut page);
    }
    page.push_str("\n## What can be wrong with a scenario\n\n| code | means |\n|---|---|\n");
    for (code, meaning) in sortie_runner::FINDINGS {
        writeln!(page, "| `{code}` | {meaning} |").expect("a string");
    }
    page.push_str("\n## What can be wrong with a suite\n\n| code | means | what to do |\n|---|---|---|\n");
    for error in DefinitionErrorCode::ALL {
        let (code, remedy) = (error.code(), error.code().remedy());
        writeln!(page, "| `{code}` | {} | {remedy} |", code.meaning()).expect("a string");
    }
    let path = pages().join("suite-keys.md");
    let wrong = hold(&path, &fs::read_to_string(&path).unwrap_or_default(), &page);
    assert!(wrong.is_none(), "{}", wrong.unwrap_or_default());

    let guide = fs::read_to_string(pages().join("suites.md")).expect("the page about suites");
    let operators = &schema["$defs"]["ExpectationDefinition"]["properties"]["op"]["enum"];
    let operators = operators.as_array().expect("the operators");
    assert!(operators.len() > 10, "{operators:?}");
    for operator in operators.iter().filter_map(Value::as_str) {
        assert!(guide.contains(&format!("| `{operator}` |")), "suites.md says what the operator `{operator}` means");
    }
}

/// What is registered of a kind, a section each.
fn listed(kind: &str, schema: &str, page: &mut String) {
    let list = printed(&format!("sortie {kind} --format json"), Path::new("."));
    let list: Value = serde_json::from_str(&list).expect("JSON");
    for entry in list.as_array().expect("a list") {
        let text = |member: &str| entry[member].as_str().expect("a text");
        let name = format!("`{}/{}`", text("plugin"), text("name"));
        let described = json!({"description": text("description"), "properties": entry[schema]["properties"],
            "required": entry[schema]["required"]});
        let mut section = String::new();
        keys(&name, &described, &mut section);
        if entry[schema]["properties"].as_object().is_none_or(serde_json::Map::is_empty) {
            section.truncate(section.find("\n| key").unwrap_or(section.len()));
        }
        page.push_str(&section.replacen("\n## ", "\n### ", 1));
    }
}

#[test]
fn the_reference_of_what_ships_is_what_is_registered() {
    let mut page = "# Missions and operations\n\nWhat is there without any further plugin. `sortie missions NAME` and \
                    `sortie operations NAME` print it with its whole schema and its examples.\n"
        .to_owned();
    page.push_str("\n## Missions\n");
    listed("missions", "params_schema", &mut page);
    page.push_str("\n## Operations\n");
    listed("operations", "payload_schema", &mut page);
    let path = pages().join("operations.md");
    let wrong = hold(&path, &fs::read_to_string(&path).unwrap_or_default(), &page);
    assert!(wrong.is_none(), "{}", wrong.unwrap_or_default());
}

/// What each limit is for, and its unit.
const LIMITS: &[(&str, &str)] = &[
    ("fuel_per_call", "fuel for one call of a plugin"),
    ("fuel_per_mission", "fuel for a whole mission, the call of its builder included"),
    ("json_depth", "how deeply arrays and objects may be nested"),
    ("log_bytes", "what one call may log, in bytes; the rest is dropped, and costs fuel"),
    ("memory_bytes", "memory of one plugin instance, in bytes"),
    ("mission_depth", "how many missions may run within each other"),
    ("output_bytes", "what one call may return, in bytes"),
    ("params_bytes", "a mission's params in canonical form, in bytes; the context's metadata likewise"),
    ("state_bytes", "the state in canonical form, in bytes"),
];

#[test]
fn the_table_of_limits_has_each_limit_of_the_receipt_with_its_default() {
    let result = printed("sortie run echo --format json", Path::new("."));
    let result: Value = serde_json::from_str(&result).expect("a result");
    let limits = result["receipt"]["limits"].as_object().expect("the limits");
    let mut table = "| limit | bounds | default |\n|---|---|---|\n".to_owned();
    for (name, default) in limits {
        let meaning = LIMITS.iter().find(|(limit, _)| limit == name).map(|(_, meaning)| *meaning);
        let meaning = meaning.unwrap_or_else(|| panic!("say in LIMITS what `{name}` bounds"));
        writeln!(table, "| `{name}` | {meaning} | {default} |").expect("a string");
    }
    let path = pages().join("../made/limits.md");
    let wrong = hold(&path, &fs::read_to_string(&path).unwrap_or_default(), &table);
    assert!(wrong.is_none(), "{}", wrong.unwrap_or_default());
}
