//! Taking out of a component what is not needed to run it, and keeping the functions' names.

use rustc_demangle::demangle;
use sortie_interface::MANIFEST_SECTION;
use wasm_encoder::{NameSection, Section as _};
use wasmparser::{BinaryReader, Name, NameSectionReader};

use crate::PackError;
use crate::sections::{Binary, append};

/// The custom section in which tools name themselves.
const PRODUCERS_SECTION: &str = "producers";
/// The custom section with the names of a core module and its functions.
const NAME_SECTION: &str = "name";
/// The id of a core module's code section.
const CODE: u8 = 10;
/// The greatest number of functions that a module can have by the validator's limits.
const MAX_FUNCTIONS: usize = 1_000_000;

/// A component without what is not needed, and the names that were in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stripped {
    /// The component.
    pub component: Vec<u8>,
    /// The names of the functions of its main module, by their index in it, imports counted. Empty where a function
    /// has no name; without elements where none has. The main module is the one with the most code.
    pub functions: Vec<String>,
}

/// Takes every custom section out of a component and of what is in it, but for the manifest, the tools' names and
/// the names of the modules that are not the main one: a function of theirs is not to be taken for one of the main
/// module's.
pub fn strip(component: &[u8]) -> Result<Stripped, PackError> {
    let main = main_module(component)?;
    let functions = match main {
        Some(main) => function_names(main)?,
        None => Vec::new(),
    };
    Ok(Stripped { component: without_custom(component, main)?, functions })
}

/// The core module with the most code.
fn main_module(bytes: &[u8]) -> Result<Option<&[u8]>, PackError> {
    let mut modules = Vec::new();
    collect_modules(bytes, &mut modules)?;
    // Of two alike, the first.
    Ok(modules.into_iter().rev().max_by_key(|(code, _)| *code).map(|(_, module)| module))
}

fn collect_modules<'a>(bytes: &'a [u8], modules: &mut Vec<(usize, &'a [u8])>) -> Result<(), PackError> {
    let binary = Binary::read(bytes)?;
    if !binary.is_component() {
        let code = binary.sections.iter().filter(|section| section.id == CODE);
        modules.push((code.map(|section| section.contents.len()).sum(), bytes));
    }
    for section in binary.sections.iter().filter(|section| binary.is_nested(section)) {
        collect_modules(section.contents, modules)?;
    }
    Ok(())
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
