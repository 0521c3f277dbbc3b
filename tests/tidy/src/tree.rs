//! The files of the repository.

use std::fs;
use std::path::{Path, PathBuf};

/// What builds and tools make, and is no part of the tree.
const MADE: [&str; 8] = [".git", ".venv", "__pycache__", "artifacts", "book-html", "corpus", "node_modules", "target"];

/// A file of the tree that is text.
#[derive(Debug, Clone)]
pub struct TextFile {
    /// Where it is, from the top of the tree, with `/` between folders.
    pub path: String,
    /// What is in it.
    pub text: String,
}

/// The top of the tree.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every file of the tree that is UTF-8, in order of their paths.
pub fn text_files() -> Vec<TextFile> {
    let mut found = Vec::new();
    walk(&root(), "", &mut found);
    found.sort_by(|one, other| one.path.cmp(&other.path));
    found
}

/// The files whose names end so, in order of their paths.
pub fn files_that_end(ending: &str) -> Vec<TextFile> {
    text_files().into_iter().filter(|file| file.path.ends_with(ending)).collect()
}

/// What is in a file of the tree; nothing where there is none.
pub fn read(path: &str) -> Option<String> {
    fs::read_to_string(root().join(path)).ok()
}

fn walk(folder: &Path, prefix: &str, found: &mut Vec<TextFile>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}/{name}") };
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() && !MADE.contains(&name.as_str()) {
            walk(&entry.path(), &path, found);
        } else if kind.is_file()
            && !MADE.contains(&name.as_str())
            && let Ok(text) = fs::read_to_string(entry.path())
        {
            found.push(TextFile { path, text });
        }
    }
}
