// What the components are made from, and a hash of it: included by the build script, which warns where the components are older,
// and by the test that makes them.

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// Folders and files, from the workspace's root.
const SOURCES: &[&str] = &[
    "Cargo.toml",
    "host/harness/Cargo.toml",
    "host/harness/src",
    "host/interface/Cargo.toml",
    "host/interface/src",
    "host/json/Cargo.toml",
    "host/json/src",
    "plugin-sdk/Cargo.toml",
    "plugin-sdk/macros/Cargo.toml",
    "plugin-sdk/macros/src",
    "plugin-sdk/src",
    "plugin-sdk/wit",
    "plugins/core/Cargo.toml",
    "plugins/core/src",
    "plugins/daily-loop/Cargo.toml",
    "plugins/daily-loop/src",
    "plugins/echo/Cargo.toml",
    "plugins/echo/src",
    "plugins/run-tests/Cargo.toml",
    "plugins/run-tests/src",
    "rust-toolchain.toml",
];

/// The hash of the sources' paths and texts: SHA-256, 64 lower-case hex digits.
fn hash_of_sources(root: &Path) -> std::io::Result<String> {
    let mut files = Vec::new();
    for source in SOURCES {
        list(&root.join(source), &mut files)?;
    }
    files.sort();
    let mut hash = Sha256::new();
    for file in files {
        let text = fs::read(&file)?;
        let path = file.strip_prefix(root).unwrap_or(&file).to_string_lossy().replace('\\', "/");
        hash.update((path.len() as u64).to_be_bytes());
        hash.update(path);
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text);
    }
    Ok(format!("{:x}", hash.finalize()))
}

fn list(path: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(path)? {
        list(&entry?.path(), files)?;
    }
    Ok(())
}
