//! What the documents say of the tree: links lead somewhere, invariants have tests, the first page is short.
#![allow(clippy::panic, reason = "a rule that cannot be checked is broken")]

use std::path::Path;

use sortie_tidy::tree::{TextFile, files_that_end, read, root};

fn document(path: &str) -> String {
    read(path).unwrap_or_else(|| panic!("there is no {path}"))
}

/// The texts in a line that stand in backticks.
fn quoted(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

/// The prose of a document: without its code blocks.
fn prose(text: &str) -> String {
    let mut in_code = false;
    let keep = |line: &&str| {
        let fence = line.trim_start().starts_with("```");
        in_code ^= fence;
        !in_code && !fence
    };
    text.lines().filter(keep).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_first_page_is_at_most_a_hundred_lines() {
    let lines = document("README.md").lines().count();
    assert!(lines <= 100, "README.md has {lines} lines: move the rest to the book");
}

#[test]
fn links_between_documents_lead_to_files() {
    let mut broken = Vec::new();
    for file in files_that_end(".md") {
        let folder = Path::new(&file.path).parent().map(Path::to_path_buf).unwrap_or_default();
        let prose = prose(&file.text);
        for (at, _) in prose.match_indices("](") {
            let target = prose[at + 2..].split([')', ' ']).next().unwrap_or_default();
            let path = target.split('#').next().unwrap_or_default();
            let elsewhere = target.contains("://") || target.starts_with("mailto:") || path.is_empty();
            if !elsewhere && !root().join(&folder).join(path).exists() {
                broken.push(format!("{}: {target}", file.path));
            }
        }
    }
    assert!(broken.is_empty(), "links that lead nowhere:\n{}", broken.join("\n"));
}

#[test]
fn files_that_the_documents_name_are_there() {
    let mut broken = Vec::new();
    for name in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "tests/README.md"] {
        for path in quoted(&prose(&document(name)).replace('\n', " ")).filter(|text| is_path(text)) {
            let path = path.trim_end_matches("/*");
            if !root().join(path).exists() {
                broken.push(format!("{name}: {path}"));
            }
        }
    }
    assert!(broken.is_empty(), "files that are not there:\n{}", broken.join("\n"));
}

/// Whether a text in backticks names a file or folder of the tree, from its top.
fn is_path(text: &str) -> bool {
    let tops = ["host/", "plugin-sdk/", "plugins/", "tests/", ".ci/"];
    let names_test = text.contains(".rs::") || text == "tests/all";
    tops.iter().any(|top| text.starts_with(top)) && !text.contains([' ', '…', '<']) && !names_test
}

/// The numbered items under a heading of a document, each on one line.
fn items(text: &str, heading: &str) -> Vec<String> {
    let section = text.split(&format!("\n{heading}\n")).nth(1).unwrap_or_else(|| panic!("no section {heading}"));
    let section = section.split("\n## ").next().unwrap_or_default();
    let mut items: Vec<String> = Vec::new();
    for line in section.lines() {
        let begins = line.split_once(". ").is_some_and(|(number, _)| number.parse::<u32>().is_ok());
        if begins {
            items.push(line.to_owned());
        } else if line.starts_with("   ")
            && let Some(item) = items.last_mut()
        {
            item.push(' ');
            item.push_str(line.trim());
        }
    }
    items
}

#[test]
fn each_invariant_names_tests_that_exist() {
    let invariants = items(&document("ARCHITECTURE.md"), "## Invariants");
    assert!(invariants.len() >= 10, "the invariants of the design are there: {}", invariants.len());
    for (number, invariant) in invariants.iter().enumerate() {
        assert!(invariant.starts_with(&format!("{}. ", number + 1)), "invariants are numbered in order: {invariant}");
        let tests: Vec<&str> = quoted(invariant).filter(|text| text.contains(".rs::")).collect();
        assert!(!tests.is_empty(), "no test is named (`path/to/file.rs::name`): {invariant}");
        for test in tests {
            assert!(is_test(test), "there is no test {test}: {invariant}");
        }
    }
}

#[test]
fn each_promise_names_tests_that_exist() {
    let text = document("SECURITY.md");
    let promises: Vec<&str> = text.lines().filter(|line| line.starts_with("| ")).collect();
    let named: Vec<&str> =
        promises.iter().flat_map(|line| quoted(line)).filter(|text| text.contains(".rs::")).collect();
    assert!(named.len() >= 8, "the promises name their tests: {}", named.len());
    for test in named {
        assert!(is_test(test), "SECURITY.md names a test that is not there: {test}");
    }
}

/// The rows of the account of cost: the place, what bounds it, and what shows that.
fn account_of_cost(text: &str) -> Vec<[&str; 3]> {
    let section = text.split("\n## The account of cost\n").nth(1).unwrap_or_default();
    let rows = section.split("\n## ").next().unwrap_or_default().lines().filter(|line| line.starts_with("| "));
    let cells = rows.filter_map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        <[&str; 3]>::try_from(cells).ok()
    });
    cells.filter(|[place, ..]| *place != "place").collect()
}

#[test]
fn each_place_in_the_account_of_cost_is_bounded_and_names_what_shows_it() {
    let text = document("SECURITY.md");
    let account = account_of_cost(&text);
    assert!(account.len() > 40, "the places are found: {}", account.len());
    let tests = tests();
    let corpus: Vec<String> = files_that_end(".wat")
        .into_iter()
        .filter_map(|file| Some(file.path.strip_prefix("tests/hostile/")?.trim_end_matches(".wat").to_owned()))
        .collect();
    let mut wrong = Vec::new();
    for [place, bound, shown] in account {
        if bound.is_empty() || quoted(shown).next().is_none() {
            wrong.push(format!("{place}: it has no bound, or names nothing that shows it"));
        }
        for name in quoted(shown) {
            let found = match name.strip_suffix(".wat") {
                Some(pattern) => corpus.iter().filter(|file| matches(pattern, file)).count().min(1),
                // The beginning of a name is enough, if there is one test that begins so.
                None => match name.strip_suffix('…') {
                    Some(beginning) => tests.iter().filter(|test| test.starts_with(beginning)).count(),
                    None => tests.iter().filter(|test| *test == name).count(),
                },
            };
            if found != 1 {
                wrong.push(format!("{place}: `{name}` is the name of {found} tests"));
            }
        }
    }
    assert!(wrong.is_empty(), "in the account of cost of SECURITY.md:\n{}", wrong.join("\n"));
}

/// Whether a name fits a pattern, in which `*` stands for anything at the beginning, at the end or both.
fn matches(pattern: &str, name: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(_), Some(_)) => name.contains(pattern.trim_matches('*')),
        (Some(end), None) => name.ends_with(end),
        (None, Some(beginning)) => name.starts_with(beginning),
        (None, None) => name == pattern,
    }
}

/// The names of all tests in the tree, those that Node.js runs among them.
fn tests() -> Vec<String> {
    let mut names = Vec::new();
    for file in files_that_end(".test.mjs") {
        let of_node = file.text.lines().filter_map(|line| line.strip_prefix("test(\"")?.split('"').next());
        names.extend(of_node.map(str::to_owned));
    }
    for file in files_that_end(".rs") {
        let mut is_test = false;
        for line in file.text.lines().map(str::trim) {
            if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
                is_test = true;
            } else if let Some(function) = line.trim_start_matches("async ").strip_prefix("fn ")
                && std::mem::take(&mut is_test)
            {
                names.push(function.split('(').next().unwrap_or_default().to_owned());
            }
        }
    }
    names
}

/// Whether `path/to/file.rs::name` is a test.
fn is_test(name: &str) -> bool {
    let Some((path, function)) = name.split_once("::") else { return false };
    let text = read(path).unwrap_or_default();
    let Some(at) = text.find(&format!("fn {function}(")) else { return false };
    let before: Vec<&str> = text[..at].lines().rev().take(8).collect();
    before.iter().any(|line| line.trim() == "#[test]")
}

#[test]
fn the_book_has_each_of_its_pages_in_its_table_of_contents() {
    let summary = document("host/book/src/SUMMARY.md");
    let pages: Vec<TextFile> =
        files_that_end(".md").into_iter().filter(|file| file.path.starts_with("host/book/src/")).collect();
    assert!(pages.len() > 10, "the book's pages are found: {}", pages.len());
    for page in pages {
        let name = page.path.trim_start_matches("host/book/src/");
        assert!(name == "SUMMARY.md" || summary.contains(&format!("({name})")), "SUMMARY.md does not list {name}");
    }
}

#[test]
fn changes_that_are_not_released_have_their_place() {
    assert!(
        document("CHANGELOG.md").contains("\n## Unreleased\n"),
        "CHANGELOG.md has a section for what is not released"
    );
}
