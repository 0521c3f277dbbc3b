//! What a file consists of, read as far as it can be read. Nothing is judged here, and nothing run.

use std::collections::BTreeMap;

use sortie_interface::MANIFEST_SECTION;
use sortie_json::{ContentHash, MAX_QUOTED_BYTES, excerpt};
use wasmparser::{BinaryReader, BinaryReaderError, Encoding, Parser, Payload, ProducersSectionReader};

use crate::bounds::{EXPORTS_PER_COMPONENT, IMPORTS_PER_COMPONENT, SECTIONS_PER_COMPONENT};

const PAGE_BYTES: u64 = 64 << 10;

/// How many tools and languages are told of one file.
const MOST_PRODUCERS: usize = 1_000;

/// What kind of file it is. A closed set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// It has no bytes.
    Empty,
    /// It does not begin as WebAssembly does.
    NotWasm,
    /// A core WebAssembly module.
    CoreModule,
    /// A WebAssembly component, or what claims to be one.
    Component,
}

/// A tool that took part in making a file, or a language that it was written in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Producer {
    /// `language`, `processed-by` or `sdk`.
    pub role: String,
    /// The tool or the language.
    pub name: String,
    /// Its version; may be empty.
    pub version: String,
}

/// What a file consists of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anatomy {
    /// The SHA-256 of the file.
    pub digest: ContentHash,
    /// The file's length in bytes.
    pub size: usize,
    /// What kind of file it is.
    pub kind: FileKind,
    /// The names of the component's imports.
    pub imports: Vec<String>,
    /// The names of its exports.
    pub exports: Vec<String>,
    /// The text of its manifest section.
    pub manifest: Option<Vec<u8>>,
    /// What the `producers` sections say, of the component and of all that is within it; sorted, each once. Of a thousand
    /// of them, no more are told.
    pub producers: Vec<Producer>,
    /// From a kind of section to the bytes that all sections of that kind take, whatever they are within. Their sum
    /// is the file's size. What comes after more sections than a plugin may have is in the rest.
    pub sections: BTreeMap<String, usize>,
    /// The least memory that its instances take together, in bytes.
    pub memory_bytes: u64,
    /// The elements that its largest table begins with.
    pub table_elements: u64,
    /// Where reading ended before the file's end, and why.
    pub broken: Option<(usize, String)>,
}

impl Anatomy {
    /// Reads a file.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let kind = match bytes {
            [] => FileKind::Empty,
            _ if !bytes.starts_with(b"\0asm") => FileKind::NotWasm,
            _ if Parser::is_core_wasm(bytes) => FileKind::CoreModule,
            _ => FileKind::Component,
        };
        let mut anatomy = Self {
            digest: ContentHash::of_bytes(bytes),
            size: bytes.len(),
            kind,
            imports: Vec::new(),
            exports: Vec::new(),
            manifest: None,
            producers: Vec::new(),
            sections: BTreeMap::new(),
            memory_bytes: 0,
            table_elements: 0,
            broken: None,
        };
        if matches!(kind, FileKind::CoreModule | FileKind::Component)
            && let Err(error) = anatomy.read(bytes)
        {
            anatomy.broken = Some((error.offset(), error.message().to_owned()));
        }
        anatomy.producers.sort();
        anatomy.producers.dedup();
        let named: usize = anatomy.sections.values().sum();
        if let Some(rest) = bytes.len().checked_sub(named).filter(|rest| *rest > 0) {
            anatomy.sections.insert("headers and the rest".to_owned(), rest);
        }
        anatomy
    }

    /// Whether it imports the means to run missions itself.
    #[must_use]
    pub fn orchestrates(&self) -> bool {
        self.imports.iter().any(|import| import.starts_with("sortie:plugin/missions@"))
    }

    fn read(&mut self, bytes: &[u8]) -> Result<(), BinaryReaderError> {
        let (mut depth, mut sections) = (0_usize, 0_usize);
        for payload in Parser::new(0).parse_all(bytes) {
            let payload = payload?;
            sections += usize::from(payload.as_section().is_some());
            // Nothing is known of the file yet, and what is kept of a section can take more room than the section.
            if sections > SECTIONS_PER_COMPONENT {
                return Ok(());
            }
            if let (Some(name), Some((_, range))) = (section_name(&payload), payload.as_section()) {
                *self.sections.entry(name).or_default() += range.len();
            }
            match payload {
                Payload::Version { encoding: Encoding::Component | Encoding::Module, .. } => depth += 1,
                Payload::End(_) => depth = depth.saturating_sub(1),
                Payload::ComponentImportSection(section) if depth == 1 => {
                    for import in section.into_iter().take(IMPORTS_PER_COMPONENT) {
                        self.imports.push(import?.name.name.to_owned());
                    }
                }
                Payload::ComponentExportSection(section) if depth == 1 => {
                    for export in section.into_iter().take(EXPORTS_PER_COMPONENT) {
                        self.exports.push(export?.name.name.to_owned());
                    }
                }
                Payload::CustomSection(section) if depth == 1 && section.name() == MANIFEST_SECTION => {
                    self.manifest = Some(section.data().to_vec());
                }
                Payload::CustomSection(section) if section.name() == "producers" => {
                    // A broken one says nothing, and does no harm.
                    let _ = self.read_producers(section.data());
                }
                Payload::TableSection(section) => {
                    for table in section {
                        self.table_elements = self.table_elements.max(table?.ty.initial);
                    }
                }
                Payload::MemorySection(section) => {
                    for memory in section {
                        let bytes = memory?.initial.saturating_mul(PAGE_BYTES);
                        self.memory_bytes = self.memory_bytes.saturating_add(bytes);
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn read_producers(&mut self, data: &[u8]) -> Result<(), BinaryReaderError> {
        for field in ProducersSectionReader::new(BinaryReader::new(data, 0))? {
            let field = field?;
            for value in field.values {
                let value = value?;
                if self.producers.len() >= MOST_PRODUCERS {
                    return Ok(());
                }
                self.producers.push(Producer {
                    role: field.name.to_owned(),
                    name: value.name.to_owned(),
                    version: value.version.to_owned(),
                });
            }
        }
        Ok(())
    }
}

/// The kind of a section, for its size. What contains other sections has no size of its own.
fn section_name(payload: &Payload<'_>) -> Option<String> {
    let name = match payload {
        Payload::CodeSectionStart { .. } => "code",
        Payload::DataSection(_) => "data",
        Payload::ElementSection(_) | Payload::TableSection(_) => "tables",
        Payload::CustomSection(section) => {
            return Some(format!("custom `{}`", excerpt(section.name(), MAX_QUOTED_BYTES)));
        }
        Payload::TypeSection(_)
        | Payload::ImportSection(_)
        | Payload::FunctionSection(_)
        | Payload::MemorySection(_)
        | Payload::GlobalSection(_)
        | Payload::ExportSection(_)
        | Payload::StartSection { .. }
        | Payload::DataCountSection { .. } => "types, imports and exports",
        Payload::InstanceSection(_)
        | Payload::CoreTypeSection(_)
        | Payload::ComponentInstanceSection(_)
        | Payload::ComponentAliasSection(_)
        | Payload::ComponentTypeSection(_)
        | Payload::ComponentCanonicalSection(_)
        | Payload::ComponentStartSection { .. }
        | Payload::ComponentImportSection(_)
        | Payload::ComponentExportSection(_) => "component wiring",
        _ => return None,
    };
    Some(name.to_owned())
}
