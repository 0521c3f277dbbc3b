//! Plugins for tests: first-party ones, and copies of them under other names.
#![expect(clippy::unwrap_used, reason = "a test may end where its input is not as it must be")]

use sortie_host::{FIRST_PARTY, Host, Manifest};

/// The file and the manifest of a first-party plugin.
pub(crate) fn first_party(name: &str) -> (Vec<u8>, Manifest) {
    let host = Host::builder().first_party().build().unwrap();
    let registry = host.registry();
    let plugin = registry.plugin(name).unwrap().plugin();
    let file = FIRST_PARTY.iter().find(|file| host_digest(file) == plugin.digest().to_string()).unwrap();
    (file.to_vec(), plugin.manifest().clone())
}

fn host_digest(file: &[u8]) -> String {
    sortie_host::json::ContentHash::of_bytes(file).to_string()
}

/// A first-party plugin's file with another manifest.
pub(crate) fn altered(name: &str, alter: impl FnOnce(&mut Manifest)) -> Vec<u8> {
    let (file, mut manifest) = first_party(name);
    alter(&mut manifest);
    sortie_packager::with_manifest(&file, &serde_json::to_value(manifest).unwrap()).unwrap()
}

/// A first-party plugin's file under another name.
pub(crate) fn renamed(name: &str, new_name: &str) -> Vec<u8> {
    altered(name, |manifest| new_name.clone_into(&mut manifest.name))
}
