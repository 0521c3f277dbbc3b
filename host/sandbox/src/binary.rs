//! What can be told from a plugin's bytes without compiling or running them.

use semver::Version;
use wasmparser::{Encoding, Parser, Payload, Validator, WasmFeatures};

use crate::INTERFACE_VERSION;
use crate::backend::MAX_TABLE_ELEMENTS;
use crate::rejection::PluginRejection;

/// The custom section that holds the manifest, as JSON.
pub const MANIFEST_SECTION: &str = "sortie:manifest";

/// The greatest size of a plugin's file: 64 MiB.
pub const MAX_PLUGIN_BYTES: usize = 64 << 20;

const PAGE_BYTES: u64 = 64 << 10;

/// What a component's bytes say.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    /// The names of the component's imports.
    pub(crate) imports: Vec<String>,
    /// The names of its exports.
    pub(crate) exports: Vec<String>,
    /// The text of its manifest section.
    pub(crate) manifest: Option<Vec<u8>>,
    /// The least memory that its instances take together.
    pub(crate) memory_bytes: u64,
    /// The elements that its largest table begins with.
    pub(crate) table_elements: u64,
}

/// The WebAssembly that the sandbox accepts: deterministic on every backend.
pub(crate) fn features() -> WasmFeatures {
    WasmFeatures::WASM1
        | WasmFeatures::BULK_MEMORY
        | WasmFeatures::REFERENCE_TYPES
        | WasmFeatures::SIGN_EXTENSION
        | WasmFeatures::SATURATING_FLOAT_TO_INT
        | WasmFeatures::MULTI_VALUE
        | WasmFeatures::SIMD
        | WasmFeatures::TAIL_CALL
        | WasmFeatures::MULTI_MEMORY
        | WasmFeatures::EXTENDED_CONST
        | WasmFeatures::COMPONENT_MODEL
        | WasmFeatures::GC_TYPES
}

/// Reads and checks: size, kind, validity, imports, interface version, initial memory.
pub(crate) fn inspect(bytes: &[u8], memory_limit: u64) -> Result<Facts, PluginRejection> {
    if bytes.len() > MAX_PLUGIN_BYTES {
        return Err(PluginRejection::TooLarge { size: bytes.len(), limit: MAX_PLUGIN_BYTES });
    }
    if !bytes.starts_with(b"\0asm") {
        return Err(PluginRejection::NotWasm);
    }
    if Parser::is_core_wasm(bytes) {
        return Err(PluginRejection::CoreModule);
    }
    Validator::new_with_features(features()).validate_all(bytes).map_err(invalid)?;
    let facts = read(bytes).map_err(invalid)?;
    facts.imports.iter().try_for_each(|import| check_import(import))?;
    check_exports(&facts.exports)?;
    if facts.memory_bytes > memory_limit {
        return Err(PluginRejection::MemoryTooLarge { size: facts.memory_bytes, limit: memory_limit });
    }
    // A pool has no place for larger ones, so nowhere do they pass.
    let limit = MAX_TABLE_ELEMENTS as u64;
    if facts.table_elements > limit {
        return Err(PluginRejection::TableTooLarge { size: facts.table_elements, limit });
    }
    Ok(facts)
}

fn invalid(error: wasmparser::BinaryReaderError) -> PluginRejection {
    PluginRejection::Invalid { offset: error.offset(), message: error.message().to_owned() }
}

fn read(bytes: &[u8]) -> Result<Facts, wasmparser::BinaryReaderError> {
    let mut facts = Facts::default();
    let mut depth = 0_usize;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload? {
            Payload::Version { encoding: Encoding::Component | Encoding::Module, .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(section) if depth == 1 => {
                for import in section {
                    facts.imports.push(import?.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(section) if depth == 1 => {
                for export in section {
                    facts.exports.push(export?.name.name.to_owned());
                }
            }
            Payload::CustomSection(section) if depth == 1 && section.name() == MANIFEST_SECTION => {
                facts.manifest = Some(section.data().to_vec());
            }
            Payload::TableSection(section) => {
                for table in section {
                    facts.table_elements = facts.table_elements.max(table?.ty.initial);
                }
            }
            Payload::MemorySection(section) => {
                for memory in section {
                    let bytes = memory?.initial.saturating_mul(PAGE_BYTES);
                    facts.memory_bytes = facts.memory_bytes.saturating_add(bytes);
                }
            }
            _ => {}
        }
    }
    Ok(facts)
}

fn check_import(import: &str) -> Result<(), PluginRejection> {
    let foreign = || PluginRejection::ForeignImport { import: import.to_owned() };
    let (interface, version) = sorties(import).ok_or_else(foreign)?;
    match interface {
        "log" | "missions" | "types" => check_version(import, version),
        _ if is_newer(version) => Err(newer(import)),
        _ => Err(foreign()),
    }
}

fn check_exports(exports: &[String]) -> Result<(), PluginRejection> {
    let mission = exports.iter().find_map(|export| match sorties(export) {
        Some(("mission", version)) => Some((export, version)),
        Some(_) | None => None,
    });
    match mission {
        Some((export, version)) => check_version(export, version),
        None => Err(PluginRejection::NotAPlugin),
    }
}

/// The interface and version in a name such as `sortie:plugin/log@0.1.0`.
fn sorties(name: &str) -> Option<(&str, &str)> {
    name.strip_prefix("sortie:plugin/")?.split_once('@')
}

fn check_version(name: &str, version: &str) -> Result<(), PluginRejection> {
    if version == INTERFACE_VERSION {
        Ok(())
    } else if is_newer(version) {
        Err(newer(name))
    } else {
        Err(PluginRejection::NotAPlugin)
    }
}

fn is_newer(version: &str) -> bool {
    match (Version::parse(version), Version::parse(INTERFACE_VERSION)) {
        (Ok(version), Ok(ours)) => version > ours,
        (Err(_), _) | (_, Err(_)) => false,
    }
}

fn newer(name: &str) -> PluginRejection {
    PluginRejection::NewerInterface { needs: name.to_owned(), has: INTERFACE_VERSION }
}
