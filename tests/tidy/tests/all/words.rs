//! Words that this project does not use, with what it says instead.

use std::path::Path;

use sortie_tidy::rust::Source;
use sortie_tidy::tree::{TextFile, text_files};

/// What is not said, and what is said instead.
const BANNED: &[(&str, &str)] = &[
    ("go on with", "resume"),
    ("goes on with", "resumes"),
    ("gone on with", "resumed"),
    ("going on with", "resuming"),
    ("waits for nobody", "is not waiting for an answer"),
    ("thinks the plugin", "the plugin's own word"),
    ("simply", "nothing: leave it out"),
    ("obviously", "nothing: leave it out"),
    ("blazing", "a figure"),
    ("utilize", "use"),
    ("leverage", "use"),
    ("whitelist", "allow-list"),
    ("blacklist", "deny-list"),
];

/// Places of one machine, which are on no other.
const MACHINE_PATHS: &[&str] = &["/work/", "/root/", "/home/", "/Users/", "/tmp/docs"];

/// Where these words are looked for: what people read.
fn is_prose(path: &str) -> bool {
    [".rs", ".md", ".toml", ".wit", ".py", ".js", ".yaml", ".yml"].iter().any(|ending| path.ends_with(ending))
}

/// This file has to say the words to forbid them.
fn is_this_file(path: &str) -> bool {
    path.ends_with("tidy/tests/all/words.rs")
}

fn prose() -> Vec<TextFile> {
    text_files().into_iter().filter(|file| is_prose(&file.path) && !is_this_file(&file.path)).collect()
}

fn is_rust(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|ending| ending == "rs")
}

/// What people read of a file: all of a document; of Rust its comments and texts.
fn read_by_people(file: &TextFile) -> Vec<String> {
    if !is_rust(&file.path) {
        return vec![file.text.clone()];
    }
    let source = Source::parse(&file.text);
    vec![source.comments, source.strings]
}

/// The text without what breaks a phrase over two lines.
fn joined(text: &str) -> String {
    let words = text.split_whitespace().filter(|word| !matches!(*word, "//" | "///" | "//!" | "\\" | "#"));
    words.collect::<Vec<_>>().join(" ")
}

#[test]
fn the_words_of_the_style_guide_are_kept() {
    let mut broken = Vec::new();
    for file in prose() {
        for text in read_by_people(&file) {
            let text = joined(&text).to_lowercase();
            for (banned, instead) in BANNED.iter().filter(|(banned, _)| text.contains(banned)) {
                let at = text.find(banned).unwrap_or_default();
                let from = text[..at].char_indices().rev().nth(30).map_or(0, |(at, _)| at);
                broken.push(format!("{}: “{}{banned}”: say: {instead}", file.path, &text[from..at]));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn nothing_names_a_place_of_one_machine() {
    let mut broken = Vec::new();
    for file in text_files().iter().filter(|file| !is_this_file(&file.path)) {
        for (number, line) in file.text.lines().enumerate() {
            for path in MACHINE_PATHS.iter().filter(|path| line.contains(*path)) {
                broken.push(format!("{}:{}: names {path}", file.path, number + 1));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
