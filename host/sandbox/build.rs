//! Encodes the plugin interface, so that a plugin's functions can be held against it.

use std::path::{Path, PathBuf};

use wit_parser::Resolve;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=wit");
    for (version, folder) in [("0.2.0", "wit"), ("0.1.0", "wit/0.1.0")] {
        if let Err(message) = encode(version, Path::new(folder)) {
            println!("cargo::error={message}");
            std::process::exit(1);
        }
    }
}

fn encode(version: &str, folder: &Path) -> Result<(), String> {
    let mut resolve = Resolve::default();
    let pushed = resolve.push_dir(folder);
    let (package, _) = pushed.map_err(|error| format!("the plugin interface: {error:#}"))?;
    let bytes = wit_component::encode(&resolve, package).map_err(|error| format!("{error:#}"))?;
    let out = std::env::var_os("OUT_DIR").map(PathBuf::from).ok_or("cargo did not set OUT_DIR")?;
    std::fs::write(out.join(format!("interface-{version}.wasm")), bytes)
        .map_err(|error| format!("{}: {error}", out.display()))
}
