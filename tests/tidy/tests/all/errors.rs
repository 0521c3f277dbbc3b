//! The index of error codes in the book is made of the tables in the code (`codes! { … }`), so that it cannot lie.
//!
//! `SORTIE_BLESS=1 cargo tidy` writes it anew.
#![allow(clippy::panic, clippy::unwrap_used, reason = "a rule that cannot be checked is broken")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;

use sortie_tidy::rust::Source;
use sortie_tidy::tree::{files_that_end, read, root};

const PAGE: &str = "host/book/src/errors.md";

const HEAD: &str = "# Error index

Every code that an error can have, as `--format json` prints it in `error.code`; made of the tables in the code. A code is
for programs and never changes its meaning; the sentence beside it is for people, and names the place.

| code | exit | what is wrong | what to do |
|---|---|---|---|
";

/// A code, and what it means.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    exit: &'static str,
    meaning: String,
    remedy: String,
}

/// The exit code that an error of a kind ends the command with.
fn exit(name: &str) -> &'static str {
    match name {
        "Done" => "0",
        "Failed" => "1",
        "Usage" => "2",
        "Rejected" => "3",
        "Waiting" => "4",
        "PluginRejected" => "5",
        "HostFault" => "70",
        other => panic!("what does the command exit with on {other}?"),
    }
}

/// The entries of the tables in a file: `NAME = "code", Exit, "meaning", "remedy";`.
fn entries(text: &str) -> Vec<(String, Entry)> {
    let uncommented: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let text = uncommented.join("\n");
    let mut found = Vec::new();
    for (at, _) in text.match_indices("codes! {") {
        let table = text[at + "codes! {".len()..].trim_start();
        // The codes of elsewhere that this table lists come first.
        let table = table.strip_prefix('[').and_then(|rest| rest.split_once(']')).map_or(table, |(_, own)| own);
        let end = Source::parse(table)
            .code
            .find('}')
            .map_or(table.chars().count(), |end| Source::parse(table).code[..end].chars().count());
        let table: String = table.chars().take(end).collect();
        let strings: Vec<String> = literals(&table);
        let exits: Vec<&'static str> = Source::parse(&table).code.split(';').filter_map(exit_of).collect();
        assert_eq!(strings.len(), exits.len() * 3, "an entry has a code, an exit, a meaning and a remedy: {table}");
        for (texts, exit) in strings.chunks(3).zip(exits) {
            let entry = Entry { exit, meaning: sentence(&texts[1]), remedy: sentence(&texts[2]) };
            found.push((texts[0].clone(), entry));
        }
    }
    found
}

/// The codes that a file's tables name in brackets, since another crate declares them: constants are called like codes.
fn listed(text: &str) -> Vec<String> {
    let lists = text.match_indices("codes! {").filter_map(|(at, head)| {
        let list = text[at + head.len()..].trim_start().strip_prefix('[')?;
        list.split_once(']').map(|(list, _)| list)
    });
    let code = |path: &str| path.rsplit("::").next().unwrap_or_default().trim().to_lowercase();
    lists.flat_map(|list| list.split(',').map(code).filter(|code| !code.is_empty()).collect::<Vec<_>>()).collect()
}

/// A text as a sentence.
fn sentence(text: &str) -> String {
    let (first, rest) = text.split_at(text.chars().next().map_or(0, char::len_utf8));
    let stop = if text.ends_with('.') { "" } else { "." };
    format!("{}{rest}{stop}", first.to_uppercase())
}

/// The exit in an entry whose texts are blank: the name after the first comma.
fn exit_of(entry: &str) -> Option<&'static str> {
    entry.split(',').nth(1).map(|name| exit(name.trim()))
}

/// The texts of the string literals in Rust.
fn literals(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut characters = code.chars().peekable();
    while let Some(character) = characters.next() {
        if character != '"' {
            continue;
        }
        let mut text = String::new();
        while let Some(next) = characters.next() {
            match next {
                '"' => break,
                '\\' => match characters.next() {
                    Some('\n') => while characters.next_if(|next| next.is_whitespace()).is_some() {},
                    Some(escaped) => text.push(escaped),
                    None => {}
                },
                other => text.push(other),
            }
        }
        found.push(text);
    }
    found
}

fn index() -> BTreeMap<String, BTreeSet<Entry>> {
    let mut index: BTreeMap<String, BTreeSet<Entry>> = BTreeMap::new();
    for file in files_that_end(".rs").iter().filter(|file| file.path.contains("/src/") && !file.path.contains("tidy/"))
    {
        for (code, entry) in entries(&file.text) {
            index.entry(code).or_default().insert(entry);
        }
    }
    index
}

#[test]
fn the_index_has_each_code_with_its_meaning_and_its_remedy() {
    let mut page = HEAD.to_owned();
    let index = index();
    assert!(index.len() > 10, "the tables of codes are found: {}", index.len());
    let entries = index.iter().flat_map(|(code, entries)| entries.iter().map(move |entry| (code, entry)));
    for (code, Entry { exit, meaning, remedy }) in entries {
        let cell = |text: &str| text.replace('|', "\\|");
        writeln!(page, "| `{code}` | {exit} | {} | {} |", cell(meaning), cell(remedy)).unwrap();
    }
    if std::env::var_os("SORTIE_BLESS").is_some() {
        fs::write(root().join(PAGE), &page).unwrap();
    }
    let written = read(PAGE).unwrap_or_default();
    let differs = written.lines().zip(page.lines()).find(|(written, made)| written != made);
    assert!(written == page, "{PAGE} is not what the code says ({differs:?}): SORTIE_BLESS=1 cargo tidy writes it");
}

/// Codes that are declared twice: how a step failed and why an answer was not taken; and what is wrong in a suite, whose
/// crate knows no host, and in a call.
const DECLARED_TWICE: &[&str] = &["expired", "invalid_answer", "unknown_mission"];

#[test]
fn each_code_is_declared_once() {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in files_that_end(".rs").iter().filter(|file| file.path.contains("/src/") && !file.path.contains("tidy/"))
    {
        for (code, _) in entries(&file.text) {
            places.entry(code).or_default().push(file.path.clone());
        }
    }
    let twice = places.iter().filter(|(code, places)| places.len() > 1 && !DECLARED_TWICE.contains(&code.as_str()));
    let twice: Vec<String> = twice.map(|(code, places)| format!("{code}: {}", places.join(", "))).collect();
    assert!(twice.is_empty(), "name one of the two in the other's table, in brackets:\n{}", twice.join("\n"));
}

#[test]
fn entries_are_read_as_they_are_written() {
    let text = "/// codes! { DOC = \"doc\", Failed, \"a\", \"b\"; }\nsortie_json::codes! {\n    A = \"a_b\", Rejected,\n        \
                \"It {has} a \\\"quote\\\", and \\\n         a line.\", \"mend; it\";\n}\n";
    let entry =
        Entry { exit: "3", meaning: "It {has} a \"quote\", and a line.".to_owned(), remedy: "Mend; it.".to_owned() };
    assert_eq!(entries(text), [("a_b".to_owned(), entry)]);
    let text = text.replace("{\n    A", "{\n    [other::codes::ELSEWHERE]\n    A");
    assert_eq!((entries(&text).len(), listed(&text)), (1, vec!["elsewhere".to_owned()]));
}

/// The body of a block that begins at a brace, found by its braces in code without texts.
fn block(text: &str, code: &str, from: usize) -> Option<(String, usize)> {
    let open = code.chars().skip(from).position(|character| character == '{')? + from;
    let mut depth = 0_usize;
    for (at, character) in code.chars().enumerate().skip(open) {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((text.chars().skip(open).take(at - open).collect(), at));
        }
    }
    None
}

/// What an `impl` of a file has between its braces, by how it begins.
fn impls(text: &str) -> Vec<(String, String)> {
    let code = Source::parse(text).code;
    let mut found = Vec::new();
    let mut line_start = 0;
    for line in code.lines() {
        if line.starts_with("impl") {
            let head = line.trim_end_matches('{').trim().to_owned();
            found.extend(block(text, &code, line_start).map(|(body, _)| (head, body)));
        }
        line_start += line.chars().count() + 1;
    }
    found
}

/// The codes that a function `code` of a body names.
fn named_codes(body: &str) -> Vec<String> {
    let code = Source::parse(body).code;
    let Some(at) = code.find("fn code(&self) -> &'static str") else { return Vec::new() };
    let at = code[..at].chars().count();
    block(body, &code, at).map(|(body, _)| literals(&body)).unwrap_or_default()
}

#[test]
fn each_code_that_an_error_names_is_in_its_crates_table() {
    let files: Vec<_> = files_that_end(".rs")
        .into_iter()
        .filter(|file| file.path.contains("/src/") && file.path.starts_with("host/"))
        .collect();
    let of_crate = |path: &str| path.split("/src/").next().unwrap_or_default().to_owned();
    let mut tables: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut users: BTreeSet<(String, String)> = BTreeSet::new();
    for file in &files {
        tables.entry(of_crate(&file.path)).or_default().extend(entries(&file.text).into_iter().map(|(code, _)| code));
        tables.entry(of_crate(&file.path)).or_default().extend(listed(&file.text));
        let heads = impls(&file.text)
            .into_iter()
            .filter_map(|(head, _)| head.strip_prefix("impl UserError for ").map(str::to_owned));
        users.extend(heads.map(|user| (of_crate(&file.path), user)));
    }
    let mut checked = 0;
    for file in &files {
        let home = of_crate(&file.path);
        for (head, body) in impls(&file.text) {
            let Some(name) = head.strip_prefix("impl ") else { continue };
            if !users.contains(&(home.clone(), name.to_owned())) {
                continue;
            }
            for code in named_codes(&body) {
                checked += 1;
                let known = tables.get(&home).is_some_and(|table| table.contains(&code));
                assert!(
                    known,
                    "{}: `{name}` has the code `{code}`, which is not in the table of {home}: users would be told of a bug",
                    file.path
                );
            }
        }
    }
    assert!(checked > 30, "the codes of errors are found: {checked}");
}
