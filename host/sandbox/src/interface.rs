//! Whether a component's functions have the types that the plugin interface gives them.

use sortie_json::{MAX_MESSAGE_BYTES, excerpt};
use wasmparser::BinaryReaderError;
use wasmparser::component_types::{
    ComponentAnyTypeId, ComponentEntityType, ComponentInstanceTypeId, ComponentType, SubtypeCx,
};
use wasmparser::types::Types;
use wasmparser::{Validator, WasmFeatures};

use crate::census::{self, Census, Unfit};

/// The versions of `plugin-sdk/wit`, encoded by the build: a component type for each world.
const INTERFACES: [(&str, &[u8]); 2] = [
    ("0.2.0", include_bytes!(concat!(env!("OUT_DIR"), "/interface-0.2.0.wasm"))),
    ("0.1.0", include_bytes!(concat!(env!("OUT_DIR"), "/interface-0.1.0.wasm"))),
];

/// The world that has all that a plugin may import.
const WORLD: &str = "orchestrating-plugin";

/// What a plugin exports, without its version.
const MISSION: &str = "sortie:plugin/mission@";

/// A function, or an interface, that is not as the plugin interface has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mismatch {
    /// `sortie:plugin/mission@0.1.0#build`, or the name of an imported interface.
    pub(crate) what: String,
    /// How it differs.
    pub(crate) message: String,
}

/// A component that was found valid, with its types and those of the interface's versions.
pub(crate) struct ValidComponent {
    interfaces: Vec<Interface>,
    component: Types,
    pub(crate) census: Census,
}

/// A version of the interface.
struct Interface {
    version: &'static str,
    types: Types,
}

/// Validates a component.
pub(crate) fn validate(bytes: &[u8], features: WasmFeatures) -> Result<ValidComponent, Unfit> {
    // One validator for all: only then can their types be compared.
    let mut validator = Validator::new_with_features(features);
    let interfaces = INTERFACES.into_iter().map(|(version, interface)| {
        let types = validator.validate_all(interface)?;
        validator.reset();
        Ok(Interface { version, types })
    });
    let interfaces = interfaces.collect::<Result<_, BinaryReaderError>>()?;
    let (component, census) = census::validated(&mut validator, bytes)?;
    Ok(ValidComponent { interfaces, component, census })
}

impl ValidComponent {
    /// All functions and imports that are not as the interface has them, each by the version in its name; the imports
    /// are known to be the interface's.
    pub(crate) fn mismatches(&self, imports: &[String]) -> Vec<Mismatch> {
        self.interfaces.iter().flat_map(|interface| self.mismatches_with(interface, imports)).collect()
    }

    fn mismatches_with(&self, interface: &Interface, imports: &[String]) -> Vec<Mismatch> {
        let (ours, theirs) = (interface.types.as_ref(), self.component.as_ref());
        let Some(world) = world(&interface.types) else { return Vec::new() };
        let mut found = Vec::new();
        for import in imports {
            let item = (world.imports.get(import), theirs.component_item_for_import(import));
            if let (Some(given), Some(wanted)) = item
                && let Err(error) =
                    SubtypeCx::new_with_refs(ours, theirs).component_entity_type(&given.ty, &wanted.ty, 0)
            {
                found.push(Mismatch { what: import.clone(), message: words(&error) });
            }
        }
        let mission = format!("{MISSION}{}", interface.version);
        let expected = world.exports.get(&mission).map(|item| item.ty);
        let actual = theirs.component_item_for_export(&mission).map(|item| item.ty);
        match (expected, actual) {
            (Some(ComponentEntityType::Instance(expected)), Some(ComponentEntityType::Instance(actual))) => {
                found.extend(self.functions(&mission, (&interface.types, expected), actual));
            }
            (_, Some(_)) => {
                found.push(Mismatch { what: mission, message: "it is not an instance".to_owned() });
            }
            (_, None) => {}
        }
        found
    }

    fn functions(
        &self,
        mission: &str,
        (interface, expected): (&Types, ComponentInstanceTypeId),
        actual: ComponentInstanceTypeId,
    ) -> Vec<Mismatch> {
        let (ours, theirs) = (interface.as_ref(), self.component.as_ref());
        let mut found = Vec::new();
        let is_function = |ty: &ComponentEntityType| matches!(ty, ComponentEntityType::Func(_));
        if !self.component[actual].exports.values().any(|item| is_function(&item.ty)) {
            return vec![Mismatch { what: mission.to_owned(), message: "it has no functions".to_owned() }];
        }
        for (name, function) in &interface[expected].exports {
            // Types have no names where a function is called; a plugin need not export them.
            if !is_function(&function.ty) {
                continue;
            }
            let message = match self.component[actual].exports.get(name) {
                None => Some("it is not there".to_owned()),
                Some(item) => SubtypeCx::new_with_refs(theirs, ours)
                    .component_entity_type(&item.ty, &function.ty, 0)
                    .err()
                    .map(|error| words(&error)),
            };
            found.extend(message.map(|message| Mismatch { what: format!("{mission}#{name}"), message }));
        }
        found
    }
}

/// The world with everything: a component type within the component type that the interface's package exports.
fn world(interface: &Types) -> Option<&ComponentType> {
    let exported = interface.component_item_for_export(WORLD)?;
    let ComponentEntityType::Type { referenced: ComponentAnyTypeId::Component(package), .. } = exported.ty else {
        return None;
    };
    let within = interface[package].exports.values().find_map(|item| match item.ty {
        ComponentEntityType::Component(world) => Some(world),
        _ => None,
    });
    within.map(|world| &interface[world])
}

/// The validator's words on one line; it says first where, then what.
fn words(error: &BinaryReaderError) -> String {
    excerpt(&error.message().lines().map(str::trim).collect::<Vec<_>>().join(": "), MAX_MESSAGE_BYTES).into_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by it")]

    use sortie_interface::INTERFACE_VERSIONS;

    use super::*;

    #[test]
    fn the_encoded_interfaces_have_the_functions_that_are_compared() {
        assert_eq!(INTERFACES.map(|(version, _)| version), [INTERFACE_VERSIONS[1], INTERFACE_VERSIONS[0]]);
        for (version, interface) in INTERFACES {
            let types = Validator::new_with_features(WasmFeatures::all()).validate_all(interface).unwrap();
            let world = world(&types).unwrap();
            let ComponentEntityType::Instance(mission) = world.exports.get(&format!("{MISSION}{version}")).unwrap().ty
            else {
                panic!("an instance is expected")
            };
            let is_function =
                |item: &wasmparser::component_types::ComponentItem| matches!(item.ty, ComponentEntityType::Func(_));
            let functions: Vec<_> = types[mission]
                .exports
                .iter()
                .filter(|(_, item)| is_function(item))
                .map(|(name, _)| name.as_str())
                .collect();
            assert_eq!(functions, ["describe", "build", "execute"]);
            for import in ["types", "log", "missions"] {
                assert!(world.imports.get(&format!("sortie:plugin/{import}@{version}")).is_some(), "{import}");
            }
        }
    }
}
