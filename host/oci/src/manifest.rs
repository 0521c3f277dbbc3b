//! Manifests, as OCI's image specification has them, and the form that WebAssembly has in them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;
use sortie_json::{ContentHash, ParseLimits, canonical, parse};

pub(crate) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub(crate) const INDEX: &str = "application/vnd.oci.image.index.v1+json";
/// Whatever a tag may stand for: an image of another program's is something, too.
pub(crate) const ANY_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, \
    application/vnd.docker.distribution.manifest.v2+json, application/vnd.docker.distribution.manifest.list.v2+json, */*";
pub(crate) const WASM: &str = "application/wasm";
pub(crate) const WASM_CONFIG: &str = "application/vnd.wasm.config.v0+json";
/// A DSSE envelope, as what is said of something.
pub(crate) const ENVELOPE: &str = "application/vnd.dsse.envelope.v1+json";
const TITLE: &str = "org.opencontainers.image.title";
const EMPTY: &str = "application/vnd.oci.empty.v1+json";

/// What a manifest says of a part of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Descriptor {
    pub(crate) media_type: String,
    pub(crate) digest: String,
    pub(crate) size: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) artifact_type: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) annotations: BTreeMap<String, String>,
}

/// An image manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Manifest {
    schema_version: u32,
    #[serde(default)]
    media_type: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    artifact_type: Option<String>,
    pub(crate) config: Descriptor,
    pub(crate) layers: Vec<Descriptor>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) subject: Option<Descriptor>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) annotations: BTreeMap<String, String>,
}

/// A component that is to be in a registry, and what can be told of it without reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComponentFile<'a> {
    /// The file.
    pub bytes: &'a [u8],
    /// What it exports: `sortie:plugin/mission@0.2.0`.
    pub exports: Vec<String>,
    /// What it imports.
    pub imports: Vec<String>,
}

/// A list of manifests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Index {
    schema_version: u32,
    #[serde(default)]
    media_type: Option<String>,
    pub(crate) manifests: Vec<Descriptor>,
}

impl Descriptor {
    pub(crate) fn of(media_type: &str, bytes: &[u8]) -> Self {
        Self {
            media_type: media_type.to_owned(),
            digest: format!("sha256:{}", ContentHash::of_bytes(bytes)),
            size: bytes.len() as u64,
            artifact_type: None,
            annotations: BTreeMap::new(),
        }
    }

    /// The SHA-256; nothing, where it is a digest of another kind.
    pub(crate) fn sha256(&self) -> Option<ContentHash> {
        self.digest.strip_prefix("sha256:")?.parse().ok()
    }
}

impl Manifest {
    /// That of a WebAssembly component, with its config: a function of the component and the annotations, so that the same
    /// plugin has the same digest everywhere.
    pub(crate) fn of_component(
        component: &ComponentFile<'_>,
        annotations: BTreeMap<String, String>,
    ) -> (Self, Vec<u8>) {
        let mut layer = Descriptor::of(WASM, component.bytes);
        // By this other clients name the file that they write.
        layer.annotations.extend(annotations.get_key_value(TITLE).map(|(name, title)| (name.clone(), title.clone())));
        let config = canonical(&json!({
            // Its form wants a time, and whichever it was is nobody's business.
            "created": "1970-01-01T00:00:00Z",
            "architecture": "wasm",
            "os": "wasip2",
            "layerDigests": [layer.digest],
            "component": {"exports": component.exports, "imports": component.imports, "target": null},
        }));
        let manifest = Self {
            schema_version: 2,
            media_type: Some(MANIFEST.to_owned()),
            artifact_type: None,
            config: Descriptor::of(WASM_CONFIG, &config),
            layers: vec![layer],
            subject: None,
            annotations,
        };
        (manifest, config)
    }

    /// That of an envelope which says something of another manifest, with its config.
    pub(crate) fn of_envelope(
        bytes: &[u8],
        subject: Descriptor,
        annotations: BTreeMap<String, String>,
    ) -> (Self, Vec<u8>) {
        let config = b"{}".to_vec();
        let manifest = Self {
            schema_version: 2,
            media_type: Some(MANIFEST.to_owned()),
            artifact_type: Some(ENVELOPE.to_owned()),
            config: Descriptor::of(EMPTY, &config),
            layers: vec![Descriptor::of(ENVELOPE, bytes)],
            subject: Some(subject),
            annotations,
        };
        (manifest, config)
    }

    /// What it is, as lists of manifests tell it.
    pub(crate) fn descriptor(&self, bytes: &[u8]) -> Descriptor {
        Descriptor {
            artifact_type: self.artifact_type.clone(),
            annotations: self.annotations.clone(),
            ..Descriptor::of(MANIFEST, bytes)
        }
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        canonical(&serde_json::to_value(self).unwrap_or_default())
    }

    /// Reads a manifest; an error says why it is none.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, String> {
        let manifest: Self = typed(bytes, &["manifests"])?;
        match manifest.media_type.as_deref() {
            Some(MANIFEST) | None if manifest.schema_version == 2 => Ok(manifest),
            other => Err(format!("its type is `{}`", shown(other.unwrap_or("unknown")))),
        }
    }
}

impl Index {
    pub(crate) fn new(manifests: Vec<Descriptor>) -> Self {
        Self { schema_version: 2, media_type: Some(INDEX.to_owned()), manifests }
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        canonical(&serde_json::to_value(self).unwrap_or_default())
    }

    /// Reads a list; an error says why it is none.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, String> {
        let index: Self = typed(bytes, &["config", "layers"])?;
        match index.media_type.as_deref() {
            Some(INDEX) | None if index.schema_version == 2 => Ok(index),
            other => Err(format!("its type is `{}`", shown(other.unwrap_or("unknown")))),
        }
    }
}

/// Reads a document that has none of the members which only another kind has: what is of two kinds is a different thing to
/// whoever takes it for the other.
fn typed<T: for<'de> Deserialize<'de>>(bytes: &[u8], foreign: &[&str]) -> Result<T, String> {
    let document = parse(bytes, ParseLimits::default()).map_err(|faults| {
        faults.first().map_or_else(|| "it is not JSON".to_owned(), |fault| shown(&fault.kind.to_string()))
    })?;
    if let Some(member) = foreign.iter().find(|member| document.get(member).is_some()) {
        return Err(format!("it has `{member}`, which it cannot have"));
    }
    // Its words have what stands there instead.
    serde_json::from_value(document).map_err(|error| shown(&error.to_string()))
}

/// As much of a registry's text as an error has room for.
pub(crate) fn shown(text: &str) -> String {
    text.chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn component(bytes: &[u8]) -> ComponentFile<'_> {
        ComponentFile { bytes, exports: vec!["sortie:plugin/mission@0.2.0".to_owned()], imports: Vec::new() }
    }

    #[test]
    fn the_same_component_has_the_same_manifest() {
        let annotations = || BTreeMap::from([(TITLE.to_owned(), "demo.wasm".to_owned())]);
        let (manifest, config) = Manifest::of_component(&component(b"\0asm"), annotations());
        assert_eq!(Manifest::of_component(&component(b"\0asm"), annotations()), (manifest.clone(), config));
        assert_eq!(Manifest::read(&manifest.to_bytes()).unwrap(), manifest);
        assert_ne!(Manifest::of_component(&component(b"\0asn"), annotations()).0, manifest);
    }

    /// The guide on OCI artefacts of WebAssembly (CNCF, TAG Runtime): which members there are for a component.
    #[test]
    fn the_config_says_what_registries_of_webassembly_want_to_know() {
        let (manifest, config) = Manifest::of_component(&component(b"\0asm"), BTreeMap::new());
        assert_eq!(
            serde_json::from_slice::<serde_json::Value>(&config).unwrap(),
            json!({
                "created": "1970-01-01T00:00:00Z",
                "architecture": "wasm",
                "os": "wasip2",
                "layerDigests": [manifest.layers[0].digest],
                "component": {"exports": ["sortie:plugin/mission@0.2.0"], "imports": [], "target": null},
            })
        );
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_a_manifest_or_are_refused(bytes: Vec<u8>) {
            let _ = Manifest::read(&bytes);
            let _ = Index::read(&bytes);
        }
    }
}
