//! Packs the components, and warns where they are older than the sources beside them, if there are sources.

use std::env;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::DeflateEncoder;

include!("sources.rs");

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let Some(folder) = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from) else { return };
    if let Err(error) = pack(&folder.join("components")) {
        println!("cargo::error=the components cannot be packed: {error}");
        return;
    }
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

/// Writes each component and its list of functions packed, as the library includes them.
fn pack(components: &Path) -> std::io::Result<()> {
    println!("cargo::rerun-if-changed={}", components.display());
    let out = env::var_os("OUT_DIR").map(PathBuf::from).ok_or(std::io::ErrorKind::NotFound)?;
    for entry in fs::read_dir(components)? {
        let file = entry?.path();
        if !file.extension().is_some_and(|extension| extension == "wasm" || extension == "functions") {
            continue;
        }
        let mut packed = DeflateEncoder::new(Vec::new(), Compression::best());
        packed.write_all(&fs::read(&file)?)?;
        let mut name = file.file_name().unwrap_or_default().to_owned();
        name.push(".deflate");
        fs::write(out.join(name), packed.finish()?)?;
    }
    Ok(())
}
