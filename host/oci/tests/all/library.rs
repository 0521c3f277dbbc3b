//! Why the client is our own. Each test shows something that the client which other tools use does at a registry that
//! lies, and that nothing in its configuration forbids. Where one fails after an update, this crate may do with less.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test says what it expected")]

use std::time::Duration;

use oci_client::client::{ClientConfig, ClientProtocol};
use oci_client::secrets::RegistryAuth;
use oci_client::{Client, Reference};
use tokio::time::timeout;

use crate::server::{Answer, Body, Server};

const FILE: &[u8] = b"\0asm, as far as a registry knows";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// The client, which leaves it to the program who does the cryptography.
pub(crate) fn client() -> Client {
    // Another test may have said so before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::new(ClientConfig { protocol: ClientProtocol::Http, ..ClientConfig::default() })
}

fn reference(server: &Server) -> Reference {
    format!("{}/team/demo:1", server.address).parse().expect("a reference")
}

pub(crate) fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

#[test]
fn it_reads_a_manifest_that_has_no_end() {
    let server = Server::start(|_| Answer { status: 200, headers: Vec::new(), body: Body::Endless });
    let (client, reference) = (client(), reference(&server));
    let pulled = client.pull_manifest_raw(&reference, &RegistryAuth::Anonymous, &[MANIFEST]);
    assert!(wait(async { timeout(Duration::from_millis(300), pulled).await }).is_err());
}

#[test]
fn it_takes_a_manifest_from_wherever_the_registry_leads() {
    let elsewhere = Server::start(|_| Answer::ok("{}"));
    let to = format!("http://{}/metadata", elsewhere.address);
    let server = Server::start(move |_| Answer::status(302).header("Location", to.clone()));
    let pulled = wait(client().pull_manifest_raw(&reference(&server), &RegistryAuth::Anonymous, &[MANIFEST]));
    assert_eq!(pulled.unwrap().0, "{}");
}

#[test]
fn it_uploads_to_wherever_the_registry_says() {
    let elsewhere = Server::start(|_| Answer::status(201).header("Location", "/"));
    let to = format!("http://{}/upload", elsewhere.address);
    let server = Server::start(move |_| Answer::status(202).header("Location", to.clone()));
    let digest = format!("sha256:{}", sortie_json::ContentHash::of_bytes(FILE));
    // It may fail afterwards: by then it has sent the file.
    let _ = wait(client().push_blob(&reference(&server), FILE, &digest));
    assert!(elsewhere.requests().iter().any(|request| request.body == FILE));
}

#[test]
fn it_sends_a_password_by_http_to_whom_the_registry_names() {
    let elsewhere = Server::start(|_| Answer::ok(r#"{"token": "x"}"#));
    let challenge = format!("Bearer realm=\"http://{}/token\",service=\"x\"", elsewhere.address);
    let server = Server::start(move |_| Answer::status(401).header("WWW-Authenticate", challenge.clone()));
    let login = RegistryAuth::Basic("ann".to_owned(), "secret".to_owned());
    assert!(wait(client().pull_manifest_raw(&reference(&server), &login, &[MANIFEST])).is_err());
    let sent = elsewhere.requests();
    assert!(sent.iter().any(|request| request.headers.contains_key("authorization")), "{sent:?}");
}

#[test]
fn it_panics_at_a_token_with_a_line_in_it() {
    let server = Server::start(|request| {
        if request.path.starts_with("/token") {
            return Answer::ok(r#"{"token": "a\nb"}"#);
        }
        let host = request.headers.get("host").cloned().unwrap_or_default();
        Answer::status(401).header("WWW-Authenticate", format!("Bearer realm=\"http://{host}/token\""))
    });
    let pull =
        move || drop(wait(client().pull_manifest_raw(&reference(&server), &RegistryAuth::Anonymous, &[MANIFEST])));
    assert!(std::thread::spawn(pull).join().is_err());
}
