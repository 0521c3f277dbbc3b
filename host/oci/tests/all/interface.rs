//! The plugin interface in a registry, as `cargo run --example publish_interface` puts it there.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test says what it expected")]

use std::fs;
use std::path::Path;

use sortie_oci::{Client, Credentials, Reference};
use wit_component::{DecodedWasm, OutputToString, WitPrinter};
use wit_parser::{PackageId, Resolve};

use crate::honest::Registry;
use crate::publish_interface::publish;

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../plugin-sdk/wit")
}

fn text(resolve: &Resolve, package: PackageId) -> String {
    let mut printer = WitPrinter::new(OutputToString::default());
    printer.print(resolve, package, &[]).unwrap();
    printer.output.to_string()
}

#[test]
fn each_version_is_published_once_and_says_what_its_text_says() {
    let registry = Registry::start();
    let client = Client::new(Credentials::none());
    let to: Reference = format!("{}/sortie/plugin", registry.server.address).parse().unwrap();
    let published = publish(&client, &to, &folder()).unwrap();
    assert_eq!(registry.tags(), ["0.1.0", "0.2.0"]);
    for (reference, file) in published.iter().zip(["0.1.0/plugin.wit", "plugin.wit"]) {
        let pulled = client.pull(reference).unwrap();
        let Ok(DecodedWasm::WitPackage(resolve, package)) = wit_component::decode(&pulled.bytes) else {
            panic!("{reference} is no interface");
        };
        let mut source = Resolve::default();
        let own = source.push_str(file, &fs::read_to_string(folder().join(file)).unwrap()).unwrap();
        assert_eq!(text(&resolve, package), text(&source, own), "{file}");
    }
    assert_eq!(publish(&client, &to, &folder()).unwrap(), published, "it is there already");
}

#[test]
fn a_version_that_was_published_is_not_replaced() {
    let registry = Registry::start();
    let client = Client::new(Credentials::none());
    let to: Reference = format!("{}/sortie/plugin", registry.server.address).parse().unwrap();
    publish(&client, &to, &folder()).unwrap();
    let other = tempfile::tempdir().unwrap();
    fs::create_dir(other.path().join("0.1.0")).unwrap();
    for file in ["0.1.0/plugin.wit", "plugin.wit"] {
        let text = fs::read_to_string(folder().join(file)).unwrap();
        fs::write(other.path().join(file), text.replace("record failure {", "record failure {\n    new: bool,"))
            .unwrap();
    }
    let error = publish(&client, &to, other.path()).unwrap_err().to_string();
    assert!(error.contains("sortie:plugin@0.1.0"), "{error}");
}

#[test]
fn what_a_registry_is_told_of_it_are_its_interfaces_and_worlds() {
    let package =
        sortie_packager::interface_package(&fs::read_to_string(folder().join("plugin.wit")).unwrap()).unwrap();
    let surface = sortie_packager::surface(&package.bytes).unwrap();
    assert_eq!((package.name.as_str(), package.version.as_str()), ("sortie:plugin", "0.2.0"));
    assert!(surface.exports.contains(&"sortie:plugin/mission@0.2.0".to_owned()), "{surface:?}");
    assert!(surface.imports.is_empty());
}
