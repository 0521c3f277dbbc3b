//! Publishes the plugin interface in a registry, each version of it under its number, as the tools of WebAssembly have
//! interfaces there:
//!
//! ```sh
//! cargo run -p sortie-oci --example publish_interface -- ghcr.io/OWNER/sortie/plugin
//! ```
//!
//! A version that is there stays as it is: what would change one is an error.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::{env, fs};

use sortie_oci::{Client, ComponentFile, Credentials, OciError, Reference, TagRule};
use sortie_packager::{InterfacePackage, interface_package, surface};

/// The interface's versions, below `plugin-sdk/wit`.
const FILES: &[&str] = &["0.1.0/plugin.wit", "plugin.wit"];

fn main() -> Result<(), Box<dyn Error>> {
    let to = env::args().nth(1).ok_or("say where to: `ghcr.io/OWNER/sortie/plugin`")?;
    let client = Client::new(Credentials::of_docker()?);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../plugin-sdk/wit");
    for reference in publish(&client, &to.parse()?, &folder)? {
        println!("{reference}");
    }
    Ok(())
}

/// Publishes each version; gives what they are under.
pub(crate) fn publish(client: &Client, to: &Reference, folder: &Path) -> Result<Vec<Reference>, Box<dyn Error>> {
    let mut published = Vec::new();
    for file in FILES {
        let InterfacePackage { name, version, bytes } = interface_package(&fs::read_to_string(folder.join(file))?)?;
        let there = to.tagged(&version)?;
        let before = match client.resolve(&there) {
            Ok(digest) => Some(digest),
            Err(OciError::NotFound { .. }) => None,
            Err(error) => return Err(error.into()),
        };
        let annotations = [
            ("org.opencontainers.image.title", format!("{}.wasm", name.replace(':', "-"))),
            ("org.opencontainers.image.version", version.clone()),
            ("org.opencontainers.image.licenses", "MIT OR Apache-2.0".to_owned()),
        ];
        let annotations: BTreeMap<String, String> =
            annotations.into_iter().map(|(name, text)| (name.to_owned(), text)).collect();
        let outline = surface(&bytes)?;
        let file = ComponentFile { bytes: &bytes, exports: outline.exports, imports: outline.imports };
        if let Some(before) = before {
            if client.pull(&there)?.bytes != bytes {
                return Err(format!("`{name}@{version}` was published otherwise: it is a new version").into());
            }
            published.push(there.pinned(before));
        } else {
            let pushed = client.push(&there, &file, annotations, TagRule::Keep)?;
            published.push(there.pinned(pushed.manifest));
        }
    }
    Ok(published)
}
