//! Pushing, pulling, and saying something of what is there.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use sortie_json::ContentHash;
use ureq::http::Method;

use crate::credentials::Credentials;
use crate::error::OciError;
use crate::manifest::{
    ANY_MANIFEST, ComponentFile, Descriptor, ENVELOPE, INDEX, Index, MANIFEST, Manifest, WASM, shown,
};
use crate::reference::Reference;
use crate::transport::{Ask, Reply, Right, Transport};

/// The greatest size of a manifest or a list of them: 1 MiB.
const MAX_MANIFEST_BYTES: u64 = 1 << 20;
/// The greatest size of a WebAssembly file: 64 MiB.
pub const MAX_COMPONENT_BYTES: u64 = 64 << 20;
/// The greatest size of an envelope: 1 MiB.
const MAX_ENVELOPE_BYTES: u64 = 1 << 20;
/// How many envelopes are read of those that say something of one manifest.
const MAX_ENVELOPES: usize = 32;
/// How long one answer of a registry may take, all of it: 2 minutes.
pub const PATIENCE: Duration = Duration::from_mins(2);

/// A client of registries that keep to OCI's distribution specification.
#[derive(Debug)]
pub struct Client {
    transport: Transport,
}

/// A WebAssembly file that was pulled: what its manifest says it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PulledFile {
    /// The digest of the manifest.
    pub manifest: ContentHash,
    /// The file.
    pub bytes: Vec<u8>,
    /// What the manifest says besides.
    pub annotations: BTreeMap<String, String>,
}

/// What a push does where the tag already stands for something else. A registry has no way to ask for that and to move the tag in
/// one: of two who push at the same moment, the later wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum TagRule {
    /// Nothing is pushed, and it is an error: what others know under that name stays what it is.
    #[default]
    Keep,
    /// The tag stands for the new file from then on. The old one can still be had by its digest.
    Move,
}

/// A WebAssembly file that was pushed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PushedFile {
    /// The digest of the manifest.
    pub manifest: ContentHash,
    /// The digest that the tag stood for before, if it was there: the same one, where this file was there already.
    pub before: Option<ContentHash>,
}

impl Client {
    /// A client that logs in with these credentials where it has to.
    #[must_use]
    pub fn new(credentials: Credentials) -> Self {
        Self::with_patience(credentials, PATIENCE)
    }

    /// The same, which waits so long for each answer.
    #[must_use]
    pub fn with_patience(credentials: Credentials, patience: Duration) -> Self {
        Self { transport: Transport::new(credentials, patience) }
    }

    /// The digest of the manifest that a reference stands for now.
    ///
    /// # Errors
    ///
    /// The registry does not have it, or lies.
    pub fn resolve(&self, reference: &Reference) -> Result<ContentHash, OciError> {
        Ok(ContentHash::of_bytes(&self.manifest(reference)?))
    }

    /// Pulls a WebAssembly file. All that comes is held to the digests that its manifest names; the manifest, to that of
    /// the reference, where it names one.
    ///
    /// # Errors
    ///
    /// The registry does not have it, sends something else, too much or too little, takes too long, or leads elsewhere.
    pub fn pull(&self, reference: &Reference) -> Result<PulledFile, OciError> {
        let text = self.manifest(reference)?;
        let manifest = read(reference, &text)?;
        let registry = reference.registry().to_owned();
        let not_wasm = |detail| OciError::NotWebAssembly { registry: registry.clone(), detail };
        let [layer] = manifest.layers.as_slice() else {
            return Err(not_wasm(format!("it has {} layers", manifest.layers.len())));
        };
        if layer.media_type != WASM {
            return Err(not_wasm(format!("its layer has the type `{}`", shown(&layer.media_type))));
        }
        let bytes = self.blob(reference, layer, ("file", MAX_COMPONENT_BYTES))?;
        Ok(PulledFile { manifest: ContentHash::of_bytes(&text), bytes, annotations: manifest.annotations })
    }

    /// Pushes a WebAssembly component, in the form that the registries of WebAssembly agreed on: gives the digest of its
    /// manifest, which is the same wherever it is pushed to. Without a tag in the reference, it is known by that alone.
    ///
    /// # Errors
    ///
    /// The tag stands for something else and is to be kept, or the registry does not take the file.
    pub fn push(
        &self,
        reference: &Reference,
        component: &ComponentFile<'_>,
        annotations: BTreeMap<String, String>,
        rule: TagRule,
    ) -> Result<PushedFile, OciError> {
        let (manifest, config) = Manifest::of_component(component, annotations);
        let text = manifest.to_bytes();
        let digest = ContentHash::of_bytes(&text);
        let before = match reference.tag() {
            Some(_) => self.tagged(reference)?,
            None => None,
        };
        match before {
            Some(found) if found == digest => return Ok(PushedFile { manifest: digest, before }),
            Some(found) if rule == TagRule::Keep => {
                return Err(OciError::TagTaken { reference: reference.to_string(), found });
            }
            Some(_) | None => {}
        }
        self.upload(reference, &config)?;
        self.upload(reference, component.bytes)?;
        let name = reference.tag().map_or_else(|| format!("sha256:{digest}"), str::to_owned);
        self.put_manifest(reference, &name, (&text, MANIFEST))?;
        Ok(PushedFile { manifest: digest, before })
    }

    /// What a tag stands for, as who may push there is told.
    fn tagged(&self, reference: &Reference) -> Result<Option<ContentHash>, OciError> {
        match self.manifest_for(reference, Right::Push, ANY_MANIFEST) {
            Ok(bytes) => Ok(Some(ContentHash::of_bytes(&bytes))),
            Err(OciError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Attaches an envelope to a manifest: as what refers to it, where the registry knows that; else in the list of such
    /// things under a tag that is made of the digest, as the specification has it for older registries.
    ///
    /// # Errors
    ///
    /// The registry does not take it, or does not have the manifest.
    pub fn attach(
        &self,
        reference: &Reference,
        subject: ContentHash,
        envelope: &[u8],
    ) -> Result<ContentHash, OciError> {
        let subject_bytes = self.manifest(&reference.pinned(subject))?;
        let subject_descriptor = Descriptor::of(MANIFEST, &subject_bytes);
        let (manifest, config) = Manifest::of_envelope(envelope, subject_descriptor, BTreeMap::new());
        self.upload(reference, &config)?;
        self.upload(reference, envelope)?;
        let text = manifest.to_bytes();
        let digest = ContentHash::of_bytes(&text);
        let reply = self.put_manifest(reference, &format!("sha256:{digest}"), (&text, MANIFEST))?;
        if reply.header("oci-subject").is_none() {
            let tag = fallback_tag(subject);
            let mut manifests = self.index(reference, &format!("manifests/{tag}"))?.unwrap_or_default();
            let descriptor = manifest.descriptor(&text);
            manifests.retain(|other| other.digest != descriptor.digest);
            manifests.push(descriptor);
            self.put_manifest(reference, &tag, (&Index::new(manifests).to_bytes(), INDEX))?;
        }
        Ok(digest)
    }

    /// The envelopes that say something of a manifest, at most 32 of them, which may take as long as one answer may: a registry that
    /// lists many and sends each of them slowly would hold its caller for hours. Who made them is for the caller to check.
    ///
    /// # Errors
    ///
    /// The registry lies, or cannot be reached.
    pub fn envelopes(&self, reference: &Reference, subject: ContentHash) -> Result<Vec<Vec<u8>>, OciError> {
        // A registry need not leave out what is of another type.
        let referrers = format!("referrers/sha256:{subject}?artifactType={}", ENVELOPE.replace('+', "%2B"));
        let found = match self.index(reference, &referrers)? {
            Some(found) => found,
            None => self.index(reference, &format!("manifests/{}", fallback_tag(subject)))?.unwrap_or_default(),
        };
        let is_envelope = |descriptor: &&Descriptor| descriptor.artifact_type.as_deref() == Some(ENVELOPE);
        let mut envelopes = Vec::new();
        let began = Instant::now();
        for descriptor in found.iter().filter(is_envelope).take(MAX_ENVELOPES) {
            if began.elapsed() > self.transport.patience() {
                return Err(self.transport.timed_out(reference));
            }
            let Some(digest) = descriptor.sha256() else { continue };
            let manifest = read(reference, &self.manifest(&reference.pinned(digest))?)?;
            let is_about = manifest.subject.as_ref().and_then(Descriptor::sha256) == Some(subject);
            let layer = manifest.layers.iter().find(|layer| layer.media_type == ENVELOPE);
            if let (Some(layer), true) = (layer, is_about) {
                envelopes.push(self.blob(reference, layer, ("statement", MAX_ENVELOPE_BYTES))?);
            }
        }
        Ok(envelopes)
    }

    /// The bytes of a manifest.
    fn manifest(&self, reference: &Reference) -> Result<Vec<u8>, OciError> {
        self.manifest_for(reference, Right::Pull, MANIFEST)
    }

    fn manifest_for(&self, reference: &Reference, right: Right, accept: &str) -> Result<Vec<u8>, OciError> {
        let path = format!("/v2/{}/manifests/{}", reference.repository(), reference.name());
        let reply = self.transport.send(reference, &Ask { right, ..Ask::get(path, accept) })?;
        let reply = found(reference, reply, || format!("manifest `{}`", reference.name()))?;
        let announced = reply.header("docker-content-digest");
        let bytes = self.transport.body(reference, reply, ("manifest", MAX_MANIFEST_BYTES))?;
        let announced = announced.and_then(|digest| digest.strip_prefix("sha256:")?.parse::<ContentHash>().ok());
        for expected in reference.digest().into_iter().chain(announced) {
            same(reference, "manifest", expected, &bytes)?;
        }
        Ok(bytes)
    }

    /// A part of what a manifest names.
    fn blob(
        &self,
        reference: &Reference,
        descriptor: &Descriptor,
        (what, limit): (&'static str, u64),
    ) -> Result<Vec<u8>, OciError> {
        let registry = || reference.registry().to_owned();
        if descriptor.size > limit {
            return Err(OciError::TooLarge { registry: registry(), what, limit });
        }
        let Some(expected) = descriptor.sha256() else {
            let detail = format!("`{}` is not a SHA-256", shown(&descriptor.digest));
            return Err(OciError::NotAManifest { registry: registry(), detail });
        };
        let path = format!("/v2/{}/blobs/sha256:{expected}", reference.repository());
        let reply = self.transport.send(reference, &Ask { follows: true, ..Ask::get(path, "") })?;
        let reply = found(reference, reply, || format!("blob `sha256:{expected}`"))?;
        let bytes = self.transport.body(reference, reply, (what, descriptor.size))?;
        let found = bytes.len() as u64;
        if found != descriptor.size {
            return Err(OciError::Size { registry: registry(), what, expected: descriptor.size, found });
        }
        same(reference, what, expected, &bytes)?;
        Ok(bytes)
    }

    /// Uploads a part, if it is not there.
    fn upload(&self, reference: &Reference, bytes: &[u8]) -> Result<(), OciError> {
        let digest = format!("sha256:{}", ContentHash::of_bytes(bytes));
        let ask = |method: Method, path: String| Ask {
            method,
            path,
            right: Right::Push,
            accept: "",
            body: None,
            follows: false,
        };
        let repository = reference.repository();
        let there = self.transport.send(reference, &ask(Method::HEAD, format!("/v2/{repository}/blobs/{digest}")))?;
        if there.status() == 200 {
            return Ok(());
        }
        let begun = ask(Method::POST, format!("/v2/{repository}/blobs/uploads/"));
        let begun = self.transport.send(reference, &Ask { body: Some((b"", "application/octet-stream")), ..begun })?;
        let begun = expected(reference, begun, 202, "an upload")?;
        let location = begun.header("location").unwrap_or_default();
        let separator = if location.contains('?') { '&' } else { '?' };
        let put = ask(Method::PUT, format!("{location}{separator}digest={digest}"));
        let put = self.transport.send(reference, &Ask { body: Some((bytes, "application/octet-stream")), ..put })?;
        expected(reference, put, 201, "an upload").map(drop)
    }

    fn put_manifest(&self, reference: &Reference, name: &str, body: (&[u8], &str)) -> Result<Reply, OciError> {
        let ask = Ask {
            method: Method::PUT,
            path: format!("/v2/{}/manifests/{name}", reference.repository()),
            right: Right::Push,
            accept: "",
            body: Some(body),
            follows: false,
        };
        expected(reference, self.transport.send(reference, &ask)?, 201, "a manifest")
    }

    /// The manifests of a list; nothing, where the registry has no such list.
    fn index(&self, reference: &Reference, path: &str) -> Result<Option<Vec<Descriptor>>, OciError> {
        let path = format!("/v2/{}/{path}", reference.repository());
        let reply = self.transport.send(reference, &Ask::get(path, INDEX))?;
        if reply.status() == 404 {
            return Ok(None);
        }
        let reply = expected(reference, reply, 200, "a list of manifests")?;
        let text = self.transport.body(reference, reply, ("list of manifests", MAX_MANIFEST_BYTES))?;
        let registry = reference.registry().to_owned();
        let index = Index::read(&text).map_err(|detail| OciError::NotAManifest { registry, detail })?;
        Ok(Some(index.manifests))
    }
}

/// The tag of the list of what refers to a manifest, in registries that keep none themselves.
fn fallback_tag(subject: ContentHash) -> String {
    format!("sha256-{subject}")
}

fn read(reference: &Reference, text: &[u8]) -> Result<Manifest, OciError> {
    let registry = reference.registry().to_owned();
    Manifest::read(text).map_err(|detail| OciError::NotAManifest { registry, detail })
}

fn same(reference: &Reference, what: &'static str, expected: ContentHash, bytes: &[u8]) -> Result<(), OciError> {
    let found = ContentHash::of_bytes(bytes);
    if found == expected {
        return Ok(());
    }
    Err(OciError::Digest { registry: reference.registry().to_owned(), what, expected, found })
}

fn found(reference: &Reference, reply: Reply, what: impl Fn() -> String) -> Result<Reply, OciError> {
    match reply.status() {
        200 => Ok(reply),
        404 => Err(OciError::NotFound { registry: reference.registry().to_owned(), what: what() }),
        status => Err(OciError::Status { registry: reference.registry().to_owned(), status, what: what() }),
    }
}

fn expected(reference: &Reference, reply: Reply, wanted: u16, what: &str) -> Result<Reply, OciError> {
    match reply.status() {
        status if status == wanted => Ok(reply),
        status => Err(OciError::Status { registry: reference.registry().to_owned(), status, what: what.to_owned() }),
    }
}
