//! What a plugin was built of, for a statement about it.

use std::collections::BTreeMap;
use std::path::Path;

use sortie_attestation::Artifact;
use sortie_host::Plugin;
use sortie_json::ContentHash;
use sortie_runner::{Language, files};

/// The files that say what a project is and which dependencies it has.
const MATERIALS: [&str; 8] = [
    "Cargo.lock",
    "Cargo.toml",
    "package-lock.json",
    "package.json",
    "pyproject.toml",
    "requirements.txt",
    "rust-toolchain.toml",
    "tsconfig.json",
];

/// Those that are there; of a compiler's file, the file.
pub(super) fn materials(origin: &Path) -> Vec<Artifact> {
    let artifact = |name: String, file: &Path| {
        let bytes = files::bytes(&file.display().to_string()).ok()?;
        Some(Artifact::new(name, ContentHash::of_bytes(&bytes)))
    };
    if origin.is_dir() {
        MATERIALS.iter().filter_map(|name| artifact((*name).to_owned(), &origin.join(name))).collect()
    } else {
        artifact(origin.display().to_string(), origin).into_iter().collect()
    }
}

/// The language that the plugin says it was written in.
pub(super) fn language(plugin: &Plugin) -> String {
    Language::of_manifest(plugin.manifest())
        .map_or_else(|| "unknown".to_owned(), |language| language.name().to_lowercase())
}

/// What made the component.
pub(super) fn tools() -> BTreeMap<String, String> {
    BTreeMap::from([("sortie".to_owned(), env!("CARGO_PKG_VERSION").to_owned())])
}
