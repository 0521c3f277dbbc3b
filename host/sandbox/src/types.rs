//! What the types of a component take, before anything of them is validated.
//!
//! What validates a component copies the type of an instance or of another component wherever it is imported, exported or
//! instantiated, as the resources in it are others each time. So a few bytes can stand for very much: a type of a thousand
//! members that a type imports a thousand times. And it calls itself for each type that is written within another, of which a
//! level takes three bytes. Both are found out first, by reading each part as that does, without calling itself.

use wasmparser::{
    BinaryReader, BinaryReaderError, CanonicalFunction, ComponentAlias, ComponentDefinedType, ComponentExport,
    ComponentExternName, ComponentExternalKind, ComponentFuncType, ComponentImport, ComponentInstance,
    ComponentOuterAliasKind, ComponentType, ComponentTypeRef, ComponentValType, CoreType, Encoding, Payload,
    TypeBounds,
};

use crate::bounds::{TYPES_WITHIN_EACH_OTHER, features};

/// A name of so many bytes weighs as much as what it is the name of.
const BYTES_OF_A_NAME: usize = 32;

/// An adapter weighs so much besides what its function does.
const ADAPTER: u64 = 16;

/// The type of a component, and that of an instance: both are lists of declarations, of which each may be a type.
const LISTS: [u8; 2] = [0x41, 0x42];

/// How heavy each of some things is, by its index.
type Weights = Vec<u64>;

/// The types of a component so far, and what is compiled for them: of each function that one part of a component gives to another
/// an adapter, for each place that takes it.
///
/// The weight of a type is how many members, parameters, cases and names are in it, those of the types that it refers to
/// counted wherever it does; a long name is one more for each 32 bytes. What comes out of an instance is taken for as heavy
/// as the whole instance.
#[derive(Debug, Default)]
pub(crate) struct TypeCosts {
    /// The components that are being read, the outermost first.
    components: Vec<Scope>,
    /// The weight of all that was declared, each type as often as it is referred to.
    weight: u64,
    /// How deep types are within each other; one level more than there may be, if it is more.
    nesting: u64,
}

/// A component that is being read, or a type that is a list of declarations.
#[derive(Debug, Default)]
struct Scope {
    types: Weights,
    functions: Weights,
    instances: Weights,
    components: Weights,
    /// The adapters of each component that is defined in it.
    adapters_within: Weights,
    /// What it consists of, as a type: imports and exports.
    weight: u64,
    /// What is in its adapters, and those of the instances within it.
    adapters: u64,
    /// Whether it is a module, which has no types of components.
    is_module: bool,
    /// Of a type: how many declarations come yet.
    left: u32,
}

impl TypeCosts {
    /// The weight of all that was declared so far.
    pub(crate) fn weight(&self) -> u64 {
        self.weight
    }

    /// How deep types are within each other so far; one level more than there may be, if it is more.
    pub(crate) fn nesting(&self) -> u64 {
        self.nesting
    }

    /// Counts what is in a payload of a component. It ends early where there is more than `most`.
    ///
    /// Where a section is broken, what comes before that is counted: who reads it next comes to the same place.
    pub(crate) fn count(&mut self, payload: &Payload<'_>, file: &[u8], most: u64) {
        match payload {
            Payload::Version { encoding, .. } => {
                self.components.push(Scope { is_module: *encoding == Encoding::Module, ..Scope::default() });
            }
            Payload::End(_) => {
                let Some(ended) = self.components.pop() else { return };
                if let (false, Some(outer)) = (ended.is_module, self.components.last_mut()) {
                    outer.components.push(ended.weight);
                    outer.set_adapters(ended.adapters);
                }
            }
            Payload::ComponentTypeSection(items) => {
                let section = file.get(items.range()).unwrap_or_default();
                let section = BinaryReader::new_features(section, items.range().start, features());
                let mut walk = Walk { costs: self, reader: section, open: Vec::new(), most };
                let _ = walk.section();
            }
            Payload::ComponentImportSection(items) => self.each(items.clone(), most, |costs, import| {
                costs.declare(import.name, import.ty);
            }),
            Payload::ComponentExportSection(items) => self.each(items.clone(), most, |costs, export| {
                let weight = costs.of_item(&export);
                costs.define(export.kind, weight);
                costs.add_member(named(export.name.name, weight));
            }),
            Payload::ComponentAliasSection(items) => self.each(items.clone(), most, |costs, alias| {
                costs.weight = costs.weight.saturating_add(1);
                let weight = costs.of_alias(&alias, &[]);
                let adapters = match alias {
                    ComponentAlias::Outer { kind: ComponentOuterAliasKind::Component, count, index } => {
                        costs.adapters(count, index)
                    }
                    _ => 0,
                };
                if let Some(kind) = defined_by(&alias) {
                    costs.define(kind, weight);
                }
                if let (1.., Some(scope)) = (adapters, costs.components.last_mut()) {
                    scope.set_adapters(adapters);
                }
            }),
            Payload::ComponentInstanceSection(items) => self.each(items.clone(), most, |costs, instance| {
                let weight = match instance {
                    ComponentInstance::Instantiate { component_index, .. } => {
                        // Each instance has adapters of its own.
                        costs.adapt(costs.adapters(0, component_index));
                        costs.known(ComponentExternalKind::Component, component_index)
                    }
                    ComponentInstance::FromExports(items) => {
                        items.iter().map(|item| named(item.name.name, costs.of_item(item))).fold(1, u64::saturating_add)
                    }
                };
                costs.weight = costs.weight.saturating_add(weight);
                costs.define(ComponentExternalKind::Instance, weight);
            }),
            Payload::ComponentCanonicalSection(items) => self.each(items.clone(), most, |costs, function| {
                let weight = match function {
                    CanonicalFunction::Lift { type_index, .. } => {
                        let weight = costs.known(ComponentExternalKind::Type, type_index);
                        costs.define(ComponentExternalKind::Func, weight);
                        weight
                    }
                    CanonicalFunction::Lower { func_index, .. } => costs.known(ComponentExternalKind::Func, func_index),
                    _ => 0,
                };
                costs.adapt(weight.saturating_add(ADAPTER));
            }),
            _ => {}
        }
    }

    fn each<'b, T: wasmparser::FromReader<'b>>(
        &mut self,
        items: wasmparser::SectionLimited<'b, T>,
        most: u64,
        mut count: impl FnMut(&mut Self, T),
    ) {
        for item in items {
            let Ok(item) = item else { return };
            count(self, item);
            if self.weight > most {
                return;
            }
        }
    }

    /// Counts an import of the component that is being read.
    fn declare(&mut self, name: ComponentExternName<'_>, reference: ComponentTypeRef) {
        let Some(scope) = self.components.last_mut() else { return };
        let weight = scope.declare(name, reference);
        self.weight = self.weight.saturating_add(weight);
    }

    /// How heavy an item is that is exported, by what it is and by what it is said to be.
    fn of_item(&self, item: &ComponentExport<'_>) -> u64 {
        let said = item.ty.and_then(|reference| Some(self.components.last()?.of_reference(reference)));
        self.known(item.kind, item.index).max(said.unwrap_or(1))
    }

    /// Counts adapters: what hands values of these types from one part of a component to another is compiled for each.
    fn adapt(&mut self, weight: u64) {
        self.weight = self.weight.saturating_add(weight);
        if let Some(scope) = self.components.last_mut() {
            scope.adapters = scope.adapters.saturating_add(weight);
        }
    }

    /// The adapters of an instance of a component that is defined here, or in one around.
    fn adapters(&self, outwards: u32, component: u32) -> u64 {
        let find = || {
            let scope = self.components.iter().nth_back(usize::try_from(outwards).ok()?)?;
            scope.adapters_within.get(usize::try_from(component).ok()?)
        };
        find().map_or(0, |adapters| *adapters)
    }

    fn add_member(&mut self, weight: u64) {
        self.weight = self.weight.saturating_add(weight);
        if let Some(scope) = self.components.last_mut() {
            scope.weight = scope.weight.saturating_add(weight);
        }
    }

    fn known(&self, kind: ComponentExternalKind, index: u32) -> u64 {
        self.components.last().map_or(1, |scope| scope.known(kind, index))
    }

    fn define(&mut self, kind: ComponentExternalKind, weight: u64) {
        if let Some(scope) = self.components.last_mut() {
            scope.define(kind, weight);
        }
    }

    /// How heavy it is what an alias stands for: in the component that is being read, or in the innermost of the types.
    fn of_alias(&self, alias: &ComponentAlias<'_>, open: &[Scope]) -> u64 {
        let scope = |outwards: u32| {
            let outwards = usize::try_from(outwards).ok()?;
            let mut inner_first = open.iter().rev().chain(self.components.iter().rev());
            inner_first.nth(outwards)
        };
        match alias {
            ComponentAlias::InstanceExport { instance_index, .. } => {
                scope(0).map_or(1, |scope| scope.known(ComponentExternalKind::Instance, *instance_index))
            }
            ComponentAlias::Outer { kind: ComponentOuterAliasKind::Type, count, index } => {
                scope(*count).map_or(1, |scope| scope.known(ComponentExternalKind::Type, *index))
            }
            ComponentAlias::Outer { kind: ComponentOuterAliasKind::Component, count, index } => {
                scope(*count).map_or(1, |scope| scope.known(ComponentExternalKind::Component, *index))
            }
            ComponentAlias::Outer { .. } | ComponentAlias::CoreInstanceExport { .. } => 1,
        }
    }
}

impl Scope {
    /// An import or an export in a type, or an import of a component: how heavy it is.
    fn declare(&mut self, name: ComponentExternName<'_>, reference: ComponentTypeRef) -> u64 {
        let weight = self.of_reference(reference);
        self.define(reference.kind(), weight);
        let weight = named(name.name, weight);
        self.weight = self.weight.saturating_add(weight);
        weight
    }

    fn define(&mut self, kind: ComponentExternalKind, weight: u64) {
        match kind {
            ComponentExternalKind::Type => self.types.push(weight),
            ComponentExternalKind::Func => self.functions.push(weight),
            ComponentExternalKind::Instance => self.instances.push(weight),
            ComponentExternalKind::Component => self.components.push(weight),
            ComponentExternalKind::Module | ComponentExternalKind::Value => {}
        }
    }

    /// The adapters of the component that was defined last.
    fn set_adapters(&mut self, adapters: u64) {
        self.adapters_within.resize(self.components.len().saturating_sub(1), 0);
        self.adapters_within.push(adapters);
    }

    /// How heavy something is that was defined before. What is not there is found by who validates it.
    fn known(&self, kind: ComponentExternalKind, index: u32) -> u64 {
        let space = match kind {
            ComponentExternalKind::Type => &self.types,
            ComponentExternalKind::Func => &self.functions,
            ComponentExternalKind::Instance => &self.instances,
            ComponentExternalKind::Component => &self.components,
            ComponentExternalKind::Module | ComponentExternalKind::Value => return 1,
        };
        usize::try_from(index).ok().and_then(|index| space.get(index)).map_or(1, |weight| *weight)
    }

    fn of_reference(&self, reference: ComponentTypeRef) -> u64 {
        match reference {
            ComponentTypeRef::Func(index)
            | ComponentTypeRef::Instance(index)
            | ComponentTypeRef::Component(index)
            | ComponentTypeRef::Type(TypeBounds::Eq(index)) => self.known(ComponentExternalKind::Type, index),
            ComponentTypeRef::Value(value) => self.of_value(value),
            ComponentTypeRef::Module(_) | ComponentTypeRef::Type(TypeBounds::SubResource) => 1,
        }
    }

    fn of_value(&self, value: ComponentValType) -> u64 {
        match value {
            ComponentValType::Primitive(_) => 1,
            ComponentValType::Type(index) => self.known(ComponentExternalKind::Type, index),
        }
    }

    /// A type that is made of others, each under a name, or without one where it is empty.
    fn of_parts<'n>(&self, parts: impl IntoIterator<Item = (&'n str, Option<ComponentValType>)>) -> u64 {
        let part = |(name, value): (&str, Option<_>)| named(name, value.map_or(1, |value| self.of_value(value)));
        parts.into_iter().map(part).fold(1, u64::saturating_add)
    }

    fn of_values(&self, values: impl IntoIterator<Item = ComponentValType>) -> u64 {
        self.of_parts(values.into_iter().map(|value| ("", Some(value))))
    }

    /// A type that is no list of declarations.
    fn of_type(&self, read: &ComponentType<'_>) -> u64 {
        match read {
            ComponentType::Defined(defined) => match defined {
                ComponentDefinedType::Primitive(_) | ComponentDefinedType::Own(_) | ComponentDefinedType::Borrow(_) => {
                    1
                }
                ComponentDefinedType::Record(fields) => {
                    self.of_parts(fields.iter().map(|(name, value)| (*name, Some(*value))))
                }
                ComponentDefinedType::Variant(cases) => self.of_parts(cases.iter().map(|case| (case.name, case.ty))),
                ComponentDefinedType::Flags(names) | ComponentDefinedType::Enum(names) => {
                    self.of_parts(names.iter().map(|name| (*name, None)))
                }
                ComponentDefinedType::Tuple(values) => self.of_values(values.iter().copied()),
                ComponentDefinedType::List(value)
                | ComponentDefinedType::FixedLengthList(value, _)
                | ComponentDefinedType::Option(value) => self.of_values([*value]),
                ComponentDefinedType::Map(key, value) => self.of_values([*key, *value]),
                ComponentDefinedType::Result { ok, err } => self.of_values([*ok, *err].into_iter().flatten()),
                ComponentDefinedType::Future(value) | ComponentDefinedType::Stream(value) => self.of_values(*value),
            },
            ComponentType::Func(ComponentFuncType { params, result, .. }) => {
                let params = params.iter().map(|(name, value)| (*name, Some(*value)));
                self.of_parts(params.chain(result.map(|value| ("", Some(value)))))
            }
            ComponentType::Component(_) | ComponentType::Instance(_) | ComponentType::Resource { .. } => 1,
        }
    }
}

/// What weighs so much, under a name.
fn named(name: &str, weight: u64) -> u64 {
    let name = u64::try_from(name.len() / BYTES_OF_A_NAME).unwrap_or(u64::MAX);
    weight.saturating_add(name)
}

/// Reads a section of types.
struct Walk<'c, 'b> {
    costs: &'c mut TypeCosts,
    reader: BinaryReader<'b>,
    /// The lists of declarations that are being read, the outermost first.
    open: Vec<Scope>,
    most: u64,
}

impl Walk<'_, '_> {
    fn section(&mut self) -> Result<(), BinaryReaderError> {
        for _ in 0..self.reader.read_var_u32()? {
            self.one_type()?;
            while let Some(list) = self.open.last_mut() {
                if self.costs.nesting > TYPES_WITHIN_EACH_OTHER {
                    return Ok(());
                }
                if let Some(less) = list.left.checked_sub(1) {
                    list.left = less;
                    self.declaration()?;
                } else {
                    let weight = list.weight.saturating_add(1);
                    self.open.pop();
                    self.define_type(weight);
                }
                if self.costs.weight > self.most {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// A type; of one that is a list, only how long it is.
    fn one_type(&mut self) -> Result<(), BinaryReaderError> {
        if LISTS.contains(&self.reader.clone().read_u8()?) {
            self.reader.read_u8()?;
            self.open.push(Scope { left: self.reader.read_var_u32()?, ..Scope::default() });
            let nesting = u64::try_from(self.open.len()).unwrap_or(u64::MAX);
            self.costs.nesting = self.costs.nesting.max(nesting);
        } else {
            let read = self.reader.read::<ComponentType<'_>>()?;
            let weight = self.innermost().map_or(1, |scope| scope.of_type(&read));
            self.define_type(weight);
        }
        Ok(())
    }

    fn innermost(&mut self) -> Option<&mut Scope> {
        self.open.last_mut().or(self.costs.components.last_mut())
    }

    fn define_type(&mut self, weight: u64) {
        self.costs.weight = self.costs.weight.saturating_add(weight);
        if let Some(scope) = self.innermost() {
            scope.define(ComponentExternalKind::Type, weight);
        }
    }

    fn declare(&mut self, name: ComponentExternName<'_>, reference: ComponentTypeRef) {
        let weight = self.innermost().map_or(1, |scope| scope.declare(name, reference));
        self.costs.weight = self.costs.weight.saturating_add(weight);
    }

    fn declaration(&mut self) -> Result<(), BinaryReaderError> {
        let kind = self.reader.read_u8()?;
        match kind {
            0x00 => {
                self.reader.read::<CoreType<'_>>()?;
            }
            0x01 => self.one_type()?,
            0x02 => {
                let alias = self.reader.read::<ComponentAlias<'_>>()?;
                let weight = self.costs.of_alias(&alias, &self.open);
                self.costs.weight = self.costs.weight.saturating_add(1);
                if let (Some(scope), Some(kind)) = (self.innermost(), defined_by(&alias)) {
                    scope.define(kind, weight);
                }
            }
            0x03 => {
                let import = self.reader.read::<ComponentImport<'_>>()?;
                self.declare(import.name, import.ty);
            }
            0x04 => {
                let name = self.reader.read::<ComponentExternName<'_>>()?;
                let reference = self.reader.read::<ComponentTypeRef>()?;
                self.declare(name, reference);
            }
            // There is no such declaration, and nothing behind it.
            _ => self.open.clear(),
        }
        Ok(())
    }
}

/// What an alias defines, other than parts of core modules.
fn defined_by(alias: &ComponentAlias<'_>) -> Option<ComponentExternalKind> {
    match alias {
        ComponentAlias::InstanceExport { kind, .. } => Some(*kind),
        ComponentAlias::Outer { kind: ComponentOuterAliasKind::Type, .. } => Some(ComponentExternalKind::Type),
        ComponentAlias::Outer { kind: ComponentOuterAliasKind::Component, .. } => {
            Some(ComponentExternalKind::Component)
        }
        ComponentAlias::Outer { .. } | ComponentAlias::CoreInstanceExport { .. } => None,
    }
}

#[cfg(test)]
mod tests;
