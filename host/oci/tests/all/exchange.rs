//! At a registry that keeps to the specification: with itself, and with the client that other tools for WebAssembly use.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test says what it expected")]

use std::collections::BTreeMap;

use oci_client::client::{Config, ImageLayer};
use oci_client::secrets::RegistryAuth;
use sortie_oci::{Client, ComponentFile, Credentials, Reference, TagRule};

use crate::honest::Registry;
use crate::library::{client, wait};

const FILE: &[u8] = b"\0asm, as far as a registry knows";
const ENVELOPE: &[u8] = br#"{"payload": ""}"#;
const ENVELOPES: &str = "application/vnd.dsse.envelope.v1+json";

fn reference(registry: &Registry) -> Reference {
    format!("{}/team/demo:1", registry.server.address).parse().expect("a reference")
}

fn file() -> ComponentFile<'static> {
    ComponentFile { bytes: FILE, exports: Vec::new(), imports: Vec::new() }
}

#[test]
fn a_registry_that_lists_what_refers_to_a_manifest_needs_no_list_under_a_tag() {
    let registry = Registry::start();
    let client = Client::new(Credentials::none());
    let reference = reference(&registry);
    let digest = client.push(&reference, &file(), BTreeMap::new(), TagRule::Keep).unwrap().manifest;
    assert!(client.envelopes(&reference, digest).unwrap().is_empty());
    client.attach(&reference, digest, ENVELOPE).unwrap();
    client.attach(&reference, digest, b"{}").unwrap();
    assert_eq!(registry.tags(), ["1"]);
    let mut found = client.envelopes(&reference, digest).unwrap();
    found.sort();
    assert_eq!(found, [ENVELOPE, b"{}"]);
    assert!(registry.server.requests().iter().all(|request| !request.path.contains("/manifests/sha256-")));
}

#[test]
fn the_client_of_other_tools_pulls_what_is_pushed_here_and_finds_what_is_said_of_it() {
    let registry = Registry::start();
    let reference = reference(&registry);
    let ours = Client::new(Credentials::none());
    let digest = ours.push(&reference, &file(), BTreeMap::new(), TagRule::Keep).unwrap().manifest;
    ours.attach(&reference, digest, ENVELOPE).unwrap();

    let there: oci_client::Reference = reference.to_string().parse().unwrap();
    let pulled = wait(client().pull(&there, &RegistryAuth::Anonymous, vec!["application/wasm"])).unwrap();
    assert_eq!(pulled.digest, Some(format!("sha256:{digest}")));
    assert_eq!(pulled.layers[0].data, FILE);
    assert_eq!(pulled.config.media_type, "application/vnd.wasm.config.v0+json");
    let pinned = there.clone_with_digest(format!("sha256:{digest}"));
    let found = wait(client().pull_referrers(&pinned, Some(ENVELOPES))).unwrap();
    assert_eq!(found.manifests.len(), 1);
}

#[test]
fn what_the_client_of_other_tools_pushed_is_pulled_here() {
    let registry = Registry::start();
    let reference = reference(&registry);
    let there: oci_client::Reference = reference.to_string().parse().unwrap();
    let layer = ImageLayer::new(FILE, "application/wasm".to_owned(), None);
    let config = Config::new(&b"{}"[..], "application/vnd.wasm.config.v0+json".to_owned(), None);
    wait(client().push(&there, &[layer], config, &RegistryAuth::Anonymous, None)).unwrap();
    assert_eq!(Client::new(Credentials::none()).pull(&reference).unwrap().bytes, FILE);
}
