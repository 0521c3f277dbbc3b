//! Makes plugins of what compilers make: components with a manifest section.
//!
//! Used by the build of the first-party plugins and by `sortie plugin build`.

use serde_json::Value;
use wasm_encoder::{ComponentSection, CustomSection, Encode};
use wasmparser::{Parser, Payload};
use wit_component::ComponentEncoder;

/// The custom section that holds the manifest, as JSON.
const MANIFEST_SECTION: &str = "sortie:manifest";

/// What a Rust plugin is linked with: a stack of 64 KiB at the bottom of memory, where running over it traps.
pub const LINK_ARGUMENTS: &[&str] = &["-C", "link-arg=-zstack-size=65536"];

/// The target that a Rust plugin is compiled for.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// A file that cannot be packed.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// A core module that is not one of a plugin.
    #[error("the module cannot be made a component: {0}")]
    Encode(String),
    /// Bytes that are not a component.
    #[error("the component cannot be read (at byte {offset}): {message}")]
    Read {
        /// Where in the file.
        offset: u64,
        /// What the parser says.
        message: String,
    },
}

/// Makes a component of a core module that carries its component type, as `wit-bindgen` leaves it.
pub fn componentize(module: &[u8]) -> Result<Vec<u8>, PackError> {
    let failed = |error: &dyn std::fmt::Display| PackError::Encode(format!("{error:#}"));
    ComponentEncoder::default()
        .validate(true)
        .module(module)
        .map_err(|error| failed(&error))?
        .encode()
        .map_err(|error| failed(&error))
}

/// The component with this manifest in place of any that it had.
pub fn with_manifest(component: &[u8], manifest: &Value) -> Result<Vec<u8>, PackError> {
    let read = |error: wasmparser::BinaryReaderError| PackError::Read {
        offset: error.offset(),
        message: error.message().to_owned(),
    };
    let mut packed = Vec::with_capacity(component.len());
    let mut kept = 0;
    let mut depth = 0_usize;
    for payload in Parser::new(0).parse_all(component) {
        match payload.map_err(read)? {
            Payload::Version { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::CustomSection(section) if depth == 1 && section.name() == MANIFEST_SECTION => {
                let whole = |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX);
                let range = whole(section.range().start)..whole(section.range().end);
                // The range is that of the contents; the section's id and size stand before it.
                let mut size = Vec::new();
                (range.end - range.start).encode(&mut size);
                let start = range.start.saturating_sub(size.len() + 1);
                packed.extend_from_slice(component.get(kept..start).unwrap_or_default());
                kept = range.end;
            }
            _ => {}
        }
    }
    packed.extend_from_slice(component.get(kept..).unwrap_or_default());
    let text = manifest.to_string();
    CustomSection { name: MANIFEST_SECTION.into(), data: text.as_bytes().into() }.append_to_component(&mut packed);
    Ok(packed)
}
