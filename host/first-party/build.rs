//! Warns where the components are older than the sources beside them. Where there are no sources, there is nothing to do.

use std::env;

include!("sources.rs");

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let Some(folder) = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from) else { return };
    let (Some(root), stamp) = (folder.ancestors().nth(2), folder.join("components/sources.sha256")) else { return };
    if !root.join("plugins/core/src").is_dir() {
        return;
    }
    println!("cargo::rerun-if-changed=sources.rs");
    println!("cargo::rerun-if-changed={}", stamp.display());
    for source in SOURCES {
        println!("cargo::rerun-if-changed={}", root.join(source).display());
    }
    let made_from = fs::read_to_string(&stamp).unwrap_or_default();
    if hash_of_sources(root).is_ok_and(|hash| hash != made_from.trim()) {
        println!(
            "cargo::warning=the first-party plugins are older than their sources: `SORTIE_BLESS=1 cargo plugins` makes \
             them anew"
        );
    }
}
