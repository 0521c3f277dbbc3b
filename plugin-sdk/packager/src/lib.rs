//! Makes plugins of what compilers make: components with a manifest section.
//!
//! Used by the build of the first-party plugins and by `sortie plugin build`.
//!
//! ```
//! use sortie_packager::{interface_package, strip, surface, with_manifest, with_stack};
//!
//! // What a compiler made, and the names of its functions that it left within.
//! let compiled = wat::parse_str("(component (core module $m (func $greet)) (@custom \"notes\" \"of a compiler\"))")?;
//! let stripped = strip(&compiled)?;
//! assert!(stripped.component.len() < compiled.len());
//!
//! let packed = with_manifest(&stripped.component, &serde_json::json!({"name": "hello"}))?;
//! let packed = with_stack(&packed, 4)?;
//! assert!(surface(&packed)?.imports.is_empty());
//!
//! // An interface goes to registries as a component, too.
//! let interface = interface_package("package example:greeter@1.0.0; interface greet { greet: func() -> string; }")?;
//! assert_eq!((interface.name.as_str(), interface.version.as_str()), ("example:greeter", "1.0.0"));
//! assert_eq!(surface(&interface.bytes)?.exports, ["example:greeter/greet@1.0.0"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod sections;
mod stack;
mod strip;
mod surface;

use serde_json::Value;
use sortie_interface::MANIFEST_SECTION;
use wasm_encoder::{ComponentSection, CustomSection};
use wit_component::ComponentEncoder;

use sections::{Binary, append};
pub use stack::with_stack;
pub use strip::{StrippedComponent, strip};
pub use surface::{InterfacePackage, Surface, interface_package, surface};

/// What a Rust plugin is linked with: a stack of 64 KiB at the bottom of memory, where running over it traps.
pub const LINK_ARGUMENTS: &[&str] = &["-C", "link-arg=-zstack-size=65536"];

/// The target that a Rust plugin is compiled for.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// A file that cannot be packed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PackError {
    /// A core module that is not one of a plugin.
    #[error("the module cannot be made a component: {0}")]
    Encode(String),
    /// A core module that expects a host other than Sortie.
    #[error("the module imports `{name}` from `{module}`, which Sortie does not provide")]
    ForeignImport {
        /// The module that is to have it.
        module: String,
        /// The import's name.
        name: String,
    },
    /// Bytes that are not a component.
    #[error("the component cannot be read (at byte {offset}): {message}")]
    Read {
        /// Where in the file, or in the module within it.
        offset: usize,
        /// What the parser says.
        message: String,
    },
}

impl From<wasmparser::BinaryReaderError> for PackError {
    fn from(error: wasmparser::BinaryReaderError) -> Self {
        Self::Read { offset: error.offset(), message: error.message().to_owned() }
    }
}

/// Makes a component of a core module that carries its component type, as `wit-bindgen` leaves it.
///
/// ```
/// // A module that says nothing of an interface becomes a component without one; what it imports has to be Sortie's.
/// let module = wat::parse_str("(module (func (export \"add\")))")?;
/// assert!(sortie_packager::componentize(&module).is_ok());
/// let reads_a_clock = wat::parse_str("(module (import \"wasi\" \"clock\" (func)))")?;
/// let error = sortie_packager::componentize(&reads_a_clock).expect_err("a plugin has no clock");
/// assert!(error.to_string().contains("which Sortie does not provide"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn componentize(module: &[u8]) -> Result<Vec<u8>, PackError> {
    let failed = |error: &dyn std::fmt::Display| PackError::Encode(format!("{error:#}"));
    if let Some(foreign) = foreign_import(module)? {
        return Err(foreign);
    }
    ComponentEncoder::default()
        .validate(true)
        .module(module)
        .map_err(|error| failed(&error))?
        .encode()
        .map_err(|error| failed(&error))
}

/// The first import that no interface of Sortie's has: a library that expects a browser or WASI leaves it.
fn foreign_import(module: &[u8]) -> Result<Option<PackError>, PackError> {
    for payload in wasmparser::Parser::new(0).parse_all(module) {
        if let wasmparser::Payload::ImportSection(section) = payload? {
            for import in section.into_imports() {
                let import = import?;
                // What bindings make of exports and of their own needs begins with a bracket or a dollar sign.
                let is_ours = import.module.starts_with("sortie:") || import.module.starts_with(['[', '$']);
                if !is_ours {
                    let (module, name) = (import.module.to_owned(), import.name.to_owned());
                    return Ok(Some(PackError::ForeignImport { module, name }));
                }
            }
        }
    }
    Ok(None)
}

/// The component with this manifest in place of any that it had.
pub fn with_manifest(component: &[u8], manifest: &Value) -> Result<Vec<u8>, PackError> {
    let binary = Binary::read(component)?;
    let mut packed = binary.begin();
    for section in binary.sections.iter().filter(|section| section.custom_name() != Some(MANIFEST_SECTION)) {
        append(&mut packed, section.id, section.contents);
    }
    let text = manifest.to_string();
    CustomSection { name: MANIFEST_SECTION.into(), data: text.as_bytes().into() }.append_to_component(&mut packed);
    Ok(packed)
}
