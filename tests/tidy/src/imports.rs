//! Which file of a crate imports from which: by the paths in its code that begin with `crate`, `super` or `self`.
//!
//! A name that a module passes on (`pub use`) counts where it is defined. A module's declaration of its children
//! (`mod x;`), and what it passes on of them, are no imports. What is only compiled for tests is left out.

use std::collections::{BTreeMap, BTreeSet};

use crate::rust::{Source, is_name};
use crate::tree::TextFile;

/// A module's path within its crate: `["wait", "decide"]`.
type ModulePath = Vec<String>;

/// The files of one crate and what they import of one another.
#[derive(Debug, Clone, Default)]
pub struct Imports {
    /// From a file to those that it imports from, each with a name that it takes from there.
    pub of: BTreeMap<String, BTreeMap<String, String>>,
}

#[derive(Debug, Default)]
struct Module {
    file: String,
    /// The paths that the code names, each as it stands there.
    paths: Vec<Vec<String>>,
    /// From a name to the path that it is passed on from.
    passed_on: BTreeMap<String, Vec<String>>,
}

impl Imports {
    /// Reads the files of a crate, which lies in this folder.
    pub fn read(files: &[TextFile], source_folder: &str) -> Self {
        let mut modules: BTreeMap<ModulePath, Module> = BTreeMap::new();
        for file in files {
            if let Some(path) = module_path(&file.path, source_folder) {
                modules.insert(path.clone(), module(file, &path));
            }
        }
        let mut imports = Self::default();
        for (own, module) in &modules {
            let targets = imports.of.entry(module.file.clone()).or_default();
            for path in &module.paths {
                if let Some((target, name)) = resolve(&modules, path, 0)
                    && target != own
                {
                    targets.entry(modules[target].file.clone()).or_insert(name);
                }
            }
        }
        imports
    }

    /// The sets of files that import from one another in circles, each in order of their paths.
    pub fn circles(&self) -> Vec<Vec<String>> {
        let reached: BTreeMap<&String, BTreeSet<&String>> =
            self.of.keys().map(|file| (file, self.reach(file))).collect();
        let mut circles: Vec<Vec<String>> = Vec::new();
        for (file, reach) in &reached {
            if reach.contains(*file) && !circles.iter().any(|circle| circle.contains(*file)) {
                let back = |other: &&&String| reached.get(**other).is_some_and(|theirs| theirs.contains(*file));
                circles.push(reach.iter().filter(back).map(|other| (*other).clone()).collect());
            }
        }
        circles
    }

    /// The imports among these files, a line each: what a circle is made of.
    pub fn among(&self, files: &[String]) -> Vec<String> {
        let mut lines = Vec::new();
        for (file, targets) in self.of.iter().filter(|(file, _)| files.contains(file)) {
            for (target, name) in targets.iter().filter(|(target, _)| files.contains(target)) {
                lines.push(format!("{file} → {target} ({name})"));
            }
        }
        lines
    }

    fn reach(&self, from: &String) -> BTreeSet<&String> {
        let mut seen = BTreeSet::new();
        let mut open = vec![from];
        while let Some(file) = open.pop() {
            for next in self.of.get(file).into_iter().flat_map(BTreeMap::keys) {
                if seen.insert(next) {
                    open.push(next);
                }
            }
        }
        seen
    }
}

/// The module that a file is, if it is one of this folder's that is not only for tests.
fn module_path(path: &str, source_folder: &str) -> Option<ModulePath> {
    let inner = path.strip_prefix(source_folder)?.strip_prefix('/')?.strip_suffix(".rs")?;
    let mut parts: Vec<String> = inner.split('/').map(str::to_owned).collect();
    if parts.iter().any(|part| part == "tests" || part == "bin") {
        return None;
    }
    if parts.last().is_some_and(|last| last == "mod") || matches!(inner, "lib" | "main") {
        parts.pop();
    }
    Some(parts)
}

fn module(file: &TextFile, own: &ModulePath) -> Module {
    let code = Source::parse(&file.text).code_without_tests();
    let mut module = Module { file: file.path.clone(), ..Module::default() };
    for (root, at) in roots(&code) {
        let Some(base) = base(root, own, &code[..at]) else { continue };
        for path in tree(&code[at + root.len()..]) {
            let full: Vec<String> = base.0.iter().cloned().chain(path).collect();
            if base.1 {
                pass_on(&mut module, full);
            } else {
                module.paths.push(full);
            }
        }
    }
    for path in passed_on_children(&code) {
        let full = own.iter().cloned().chain(path).collect();
        pass_on(&mut module, full);
    }
    module
}

fn pass_on(module: &mut Module, path: Vec<String>) {
    if let Some(name) = path.last() {
        module.passed_on.insert(name.clone(), path);
    }
}

/// Where the code names `crate`, `super` or `self` as the beginning of a path.
fn roots(code: &str) -> Vec<(&'static str, usize)> {
    let mut found = Vec::new();
    for root in ["crate", "super", "self"] {
        let whole = |&at: &usize| {
            let before = code[..at].chars().next_back();
            code[at + root.len()..].starts_with("::")
                && !before.is_some_and(|character| is_name(character) || character == ':')
        };
        found.extend(code.match_indices(root).map(|(at, _)| at).filter(whole).map(|at| (root, at)));
    }
    found
}

/// The module that a path begins at, and whether the path passes a name on.
fn base(root: &str, own: &ModulePath, before: &str) -> Option<(ModulePath, bool)> {
    let statement = before.rfind([';', '{', '}']).map_or(before, |at| &before[at + 1..]);
    let public = statement.contains("pub") && statement.contains("use ");
    let base = match root {
        "crate" => Vec::new(),
        "self" => own.clone(),
        _ => own[..own.len().checked_sub(1)?].to_vec(),
    };
    Some((base, public))
}

/// What `pub use` passes on of a module's children, whose paths begin with the child's name.
fn passed_on_children(code: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("pub") {
        let statement = code[at..].split(';').next().unwrap_or_default();
        let Some(tree_at) = statement.find("use ") else { continue };
        let visibility = statement[3..tree_at].trim();
        let path = statement[tree_at + 4..].trim_start();
        let own = ["crate::", "super::", "self::"].iter().all(|root| !path.starts_with(root));
        if own && (visibility.is_empty() || (visibility.starts_with('(') && visibility.ends_with(')'))) {
            found.extend(tree(&format!("::{path}")));
        }
    }
    found
}

/// The paths of a tree of imports that begins with `::`: `::a::{B, c::D}` has `a::B` and `a::c::D`. What a path is
/// renamed to is not followed.
fn tree(code: &str) -> Vec<Vec<String>> {
    let mut path = Vec::new();
    let mut rest = code;
    while let Some(next) = rest.strip_prefix("::") {
        let next = next.trim_start();
        if let Some(branches) = next.strip_prefix('{') {
            return split(branches)
                .iter()
                .flat_map(|branch| tree(&format!("::{branch}")))
                .map(|branch| path.iter().cloned().chain(branch.into_iter().filter(|part| part != "self")).collect())
                .collect();
        }
        if next.starts_with('*') {
            path.push("*".to_owned());
            break;
        }
        let length = next.find(|character| !is_name(character)).unwrap_or(next.len());
        if length == 0 {
            break;
        }
        path.push(next[..length].to_owned());
        rest = next[length..].trim_start();
    }
    if path.is_empty() { Vec::new() } else { vec![path] }
}

/// The branches of a group, up to its closing brace.
fn split(branches: &str) -> Vec<&str> {
    let (mut depth, mut start, mut found) = (0_usize, 0, Vec::new());
    for (at, character) in branches.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => {
                found.push(branches[start..at].trim());
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                found.push(branches[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    found.retain(|branch| !branch.is_empty());
    found
}

/// The module where the name of a path is defined, and the name.
fn resolve<'m>(
    modules: &'m BTreeMap<ModulePath, Module>,
    path: &[String],
    followed: usize,
) -> Option<(&'m ModulePath, String)> {
    let mut path = path.to_vec();
    while let Some(at) = path.iter().position(|part| part == "super").filter(|&at| at > 0) {
        path.drain(at - 1..=at);
    }
    let length = (0..=path.len()).rev().find(|&length| modules.contains_key(&path[..length]))?;
    let (own, module) = modules.get_key_value(&path[..length])?;
    let Some(name) = path.get(length) else { return Some((own, "the module".to_owned())) };
    if followed < 8
        && let Some(found) = module.passed_on.get(name).and_then(|next| resolve(modules, next, followed + 1))
    {
        return Some(found);
    }
    Some((own, name.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(files: &[(&str, &str)]) -> Imports {
        let file = |&(path, text): &(&str, &str)| TextFile { path: path.to_owned(), text: text.to_owned() };
        Imports::read(&files.iter().map(file).collect::<Vec<_>>(), "src")
    }

    #[test]
    fn a_circle_is_found_through_names_that_are_passed_on() {
        let imports = read(&[
            ("src/lib.rs", "mod a; mod b; mod c; pub use a::A; pub use b::{B, other::C};"),
            ("src/a.rs", "use crate::{B, c::D};"),
            ("src/b.rs", "pub mod other; fn f() -> crate::A { }"),
            ("src/b/other.rs", "use super::super::c;"),
            ("src/c.rs", "#[cfg(test)] mod tests { use crate::A; } // use crate::A;"),
        ]);
        assert_eq!(imports.circles(), [["src/a.rs", "src/b.rs"]]);
        assert_eq!(imports.among(&imports.circles()[0]), ["src/a.rs → src/b.rs (B)", "src/b.rs → src/a.rs (A)"]);
    }

    #[test]
    fn what_goes_one_way_is_no_circle() {
        let imports = read(&[
            ("src/main.rs", "mod top; mod low; use top::run;"),
            ("src/top/mod.rs", "mod child; use crate::low::L; pub use child::Child;"),
            ("src/top/child.rs", "use crate::low::L;"),
            ("src/low.rs", ""),
        ]);
        assert!(imports.circles().is_empty(), "{:?}", imports.circles());
    }
}
