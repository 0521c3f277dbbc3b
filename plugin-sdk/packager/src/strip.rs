//! Taking out of a component what is not needed to run it, and keeping the functions' names.

use rustc_demangle::demangle;
use sortie_interface::MANIFEST_SECTION;
use wasm_encoder::{NameSection, Section as _};
use wasmparser::{BinaryReader, ExportSectionReader, Name, NameSectionReader};

use crate::PackError;
use crate::sections::{Binary, append};

/// The custom section in which tools name themselves.
const PRODUCERS_SECTION: &str = "producers";
/// The custom section with the names of a core module and its functions.
const NAME_SECTION: &str = "name";
/// The id of a core module's export section.
const EXPORT: u8 = 7;
/// What the names of the interface's functions begin with, among a core module's exports.
const MISSION: &str = "sortie:plugin/mission@";
/// The greatest number of functions that a module can have by the validator's limits.
const MAX_FUNCTIONS: usize = 1_000_000;

/// A component without what is not needed, and the names that were in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StrippedComponent {
    /// The component.
    pub component: Vec<u8>,
    /// The names of the functions of its main module, by their index in it, imports counted. Empty where a function
    /// has no name; without elements where none has. The main module is the one that exports the interface's functions,
    /// as it is where a trap is told.
    pub functions: Vec<String>,
}

/// Takes every custom section out of a component and of what is in it, but for the manifest, the tools' names and
/// the names of the modules that are not the main one: a function of theirs is not to be taken for one of the main
/// module's.
pub fn strip(component: &[u8]) -> Result<StrippedComponent, PackError> {
    let main = main_module(component)?;
    let functions = match main {
        Some(main) => function_names(main)?,
        None => Vec::new(),
    };
    Ok(StrippedComponent { component: without_custom(component, main)?, functions })
}

/// The first core module that exports a function of the interface.
fn main_module(bytes: &[u8]) -> Result<Option<&[u8]>, PackError> {
    let binary = Binary::read(bytes)?;
    if !binary.is_component() {
        return Ok(exports_interface(&binary)?.then_some(bytes));
    }
    for section in binary.sections.iter().filter(|section| binary.is_nested(section)) {
        if let Some(main) = main_module(section.contents)? {
            return Ok(Some(main));
        }
    }
    Ok(None)
}

fn exports_interface(module: &Binary<'_>) -> Result<bool, PackError> {
    for section in module.sections.iter().filter(|section| section.id == EXPORT) {
        for export in ExportSectionReader::new(BinaryReader::new(section.contents, 0))? {
            if export?.name.starts_with(MISSION) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

fn without_custom(bytes: &[u8], main: Option<&[u8]>) -> Result<Vec<u8>, PackError> {
    let binary = Binary::read(bytes)?;
    let is_main = main.is_some_and(|main| std::ptr::eq(main, bytes));
    let mut kept = binary.begin();
    for section in &binary.sections {
        match section.custom_name() {
            Some(MANIFEST_SECTION | PRODUCERS_SECTION) => append(&mut kept, section.id, section.contents),
            Some(NAME_SECTION) if !binary.is_component() && !is_main => {
                if let Some(name) = section.custom_data().and_then(module_name) {
                    let mut names = NameSection::new();
                    names.module(name);
                    names.append_to(&mut kept);
                }
            }
            Some(_) => {}
            None if binary.is_nested(section) => {
                append(&mut kept, section.id, &without_custom(section.contents, main)?);
            }
            None => append(&mut kept, section.id, section.contents),
        }
    }
    Ok(kept)
}

/// The name of the module, by its `name` section.
fn module_name(data: &[u8]) -> Option<&str> {
    let names = NameSectionReader::new(BinaryReader::new(data, 0));
    names.filter_map(Result::ok).find_map(|name| match name {
        Name::Module { name, .. } => Some(name),
        _ => None,
    })
}

/// The names of a module's functions by index, demangled.
fn function_names(module: &[u8]) -> Result<Vec<String>, PackError> {
    let mut functions: Vec<String> = Vec::new();
    let binary = Binary::read(module)?;
    for section in binary.sections.iter().filter(|section| section.custom_name() == Some(NAME_SECTION)) {
        let Some(data) = section.custom_data() else { continue };
        for name in NameSectionReader::new(BinaryReader::new(data, 0)) {
            // Names are a comfort: a section that cannot be read has none.
            let Ok(Name::Function(map)) = name else { continue };
            for naming in map.into_iter().filter_map(Result::ok) {
                let index = usize::try_from(naming.index).unwrap_or(usize::MAX);
                // A name beyond what a module can have is no name.
                if index < MAX_FUNCTIONS {
                    if functions.len() <= index {
                        functions.resize(index + 1, String::new());
                    }
                    if let Some(function) = functions.get_mut(index) {
                        // Without the hash that tells two versions of a crate apart.
                        *function = format!("{:#}", demangle(naming.name));
                    }
                }
            }
        }
    }
    Ok(functions)
}
