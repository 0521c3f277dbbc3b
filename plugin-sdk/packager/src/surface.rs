//! What a component has to do with others, and interfaces as components: how registries of WebAssembly have them.

use wit_component::DecodedWasm;
use wit_parser::{Resolve, WorldItem, WorldKey};

use crate::PackError;

/// The names of what a component exports and imports, in its own order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Surface {
    /// What it offers: `sortie:plugin/mission@0.2.0`.
    pub exports: Vec<String>,
    /// What it needs: `sortie:plugin/log@0.2.0`.
    pub imports: Vec<String>,
}

/// An interface that is a component, as registries have them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InterfacePackage {
    /// Its name: `sortie:plugin`.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The component. It has types and no code.
    pub bytes: Vec<u8>,
}

/// Reads what a component exports and imports. An interface that is a component exports its interfaces and worlds.
///
/// # Errors
///
/// The bytes are not a component.
pub fn surface(component: &[u8]) -> Result<Surface, PackError> {
    match wit_component::decode(component).map_err(undecoded)? {
        DecodedWasm::Component(resolve, world) => {
            let names = |items: &wit_parser::IndexMap<WorldKey, WorldItem>| {
                items.keys().map(|key| resolve.name_world_key(key)).collect()
            };
            let world = &resolve.worlds[world];
            Ok(Surface { exports: names(&world.exports), imports: names(&world.imports) })
        }
        DecodedWasm::WitPackage(resolve, package) => {
            let package = &resolve.packages[package];
            let items = package.interfaces.keys().chain(package.worlds.keys());
            Ok(Surface { exports: items.map(|item| package.name.interface_id(item)).collect(), imports: Vec::new() })
        }
    }
}

/// Makes a component of the text of an interface, in WIT: one package, which has a version.
///
/// # Errors
///
/// The text is not one, or names no version.
pub fn interface_package(text: &str) -> Result<InterfacePackage, PackError> {
    let mut resolve = Resolve::default();
    let id = resolve.push_str("package.wit", text).map_err(|error| PackError::Encode(error.to_string()))?;
    let name = &resolve.packages[id].name;
    let version = name.version.as_ref().ok_or_else(|| PackError::Encode("the package has no version".to_owned()))?;
    let bytes = wit_component::encode(&resolve, id).map_err(|error| PackError::Encode(error.to_string()))?;
    Ok(InterfacePackage { name: format!("{}:{}", name.namespace, name.name), version: version.to_string(), bytes })
}

fn undecoded(error: impl ToString) -> PackError {
    PackError::Read { offset: 0, message: error.to_string() }
}
