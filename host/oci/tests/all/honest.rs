//! A registry that does what OCI's distribution specification says, in memory. It lists what refers to a manifest.

#![allow(clippy::expect_used, clippy::unwrap_used, unreachable_pub, reason = "a test says what it expected")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use sortie_json::ContentHash;

use crate::server::{Answer, Request, Server};

/// What the registry has.
#[derive(Default)]
struct Store {
    blobs: BTreeMap<String, Vec<u8>>,
    /// By digest: the type and the bytes.
    manifests: BTreeMap<String, (String, Vec<u8>)>,
    tags: BTreeMap<String, String>,
    uploads: BTreeMap<String, Vec<u8>>,
}

/// The registry.
pub struct Registry {
    pub server: Server,
    store: Arc<Mutex<Store>>,
}

impl Registry {
    pub fn start() -> Self {
        let store: Arc<Mutex<Store>> = Arc::default();
        let kept = Arc::clone(&store);
        let server = Server::start(move |request| kept.lock().unwrap().answer(request));
        Self { server, store }
    }

    pub fn tags(&self) -> Vec<String> {
        self.store.lock().unwrap().tags.keys().cloned().collect()
    }
}

impl Store {
    fn answer(&mut self, request: &Request) -> Answer {
        let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
        if path == "/v2/" {
            return Answer::ok("{}");
        }
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        let Some((name, rest)) = parts.split_last() else { return Answer::status(404) };
        let kind = if rest.contains(&"uploads") { "uploads" } else { rest.last().copied().unwrap_or_default() };
        match (request.method.as_str(), kind) {
            ("POST", _) => {
                let id = self.uploads.len().to_string();
                self.uploads.insert(id.clone(), Vec::new());
                Answer::status(202).header("Location", format!("{path}{id}"))
            }
            ("PATCH", "uploads") => {
                self.uploads.get_mut(*name).expect("an upload").extend_from_slice(&request.body);
                Answer::status(202).header("Location", path)
            }
            ("PUT", "uploads") => {
                let mut bytes = self.uploads.remove(*name).expect("an upload");
                bytes.extend_from_slice(&request.body);
                let digest = digest(&bytes);
                assert_eq!(query.replace("%3A", ":"), format!("digest={digest}"));
                self.blobs.insert(digest, bytes);
                Answer::status(201).header("Location", path)
            }
            ("PUT", "manifests") => self.put(name, request).header("Location", path),
            (_, "manifests") => self.manifest(name),
            (_, "blobs") => self.blobs.get(*name).map_or_else(|| Answer::status(404), |bytes| Answer::ok(&bytes[..])),
            (_, "referrers") => self.referrers(name, query),
            _ => Answer::status(404),
        }
    }

    fn put(&mut self, name: &str, request: &Request) -> Answer {
        let digest = digest(&request.body);
        if name != digest {
            self.tags.insert(name.to_owned(), digest.clone());
        }
        let kind = request.headers.get("content-type").cloned().unwrap_or_default();
        self.manifests.insert(digest, (kind, request.body.clone()));
        let manifest: Value = serde_json::from_slice(&request.body).expect("a manifest is JSON");
        match manifest["subject"]["digest"].as_str() {
            Some(subject) => Answer::status(201).header("OCI-Subject", subject),
            None => Answer::status(201),
        }
    }

    fn manifest(&self, name: &str) -> Answer {
        let digest = self.tags.get(name).map_or(name, String::as_str);
        match self.manifests.get(digest) {
            Some((kind, bytes)) => {
                Answer::ok(&bytes[..]).header("Content-Type", kind).header("Docker-Content-Digest", digest)
            }
            None => Answer::status(404),
        }
    }

    fn referrers(&self, subject: &str, query: &str) -> Answer {
        let wanted = query.strip_prefix("artifactType=").map(|kind| kind.replace("%2B", "+").replace("%2F", "/"));
        let manifests: Vec<Value> = self
            .manifests
            .iter()
            .filter_map(|(digest, (kind, bytes))| {
                let manifest: Value = serde_json::from_slice(bytes).ok()?;
                let artifact = manifest["artifactType"].as_str()?;
                let is_wanted = wanted.as_deref().is_none_or(|wanted| wanted == artifact);
                (manifest["subject"]["digest"] == subject && is_wanted).then(
                    || json!({"mediaType": kind, "digest": digest, "size": bytes.len(), "artifactType": artifact}),
                )
            })
            .collect();
        let kind = "application/vnd.oci.image.index.v1+json";
        let index = json!({"schemaVersion": 2, "mediaType": kind, "manifests": manifests});
        Answer::ok(index.to_string()).header("Content-Type", kind)
    }
}

fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", ContentHash::of_bytes(bytes))
}
