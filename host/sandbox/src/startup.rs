//! What it costs to copy into the memories of an instance what they begin with.
//!
//! Where the system maps that, it costs no fuel. Elsewhere (macOS, Windows, WebAssembly) the instance's own code copies it before
//! anything of the guest's is executed, and is charged for it. So that a plugin uses the same fuel everywhere, a call gets
//! so much more there as is told here: what wasmtime 48 charges for what it would otherwise map. What it charges on every
//! system (a segment whose place is not a constant, or that would make a map of mostly nothing) is the guest's own.

use wasmparser::{
    ComponentAlias, ComponentInstance, ComponentOuterAliasKind, ConstExpr, Data, DataKind, Element, ElementItems,
    ElementKind, Encoding, Instance, MemoryType, Operator, Parser, Payload, Table, TableInit, TypeRef,
};

use crate::bounds::features;
use crate::census::InvalidComponent;

type Fuel = sortie_engine::Fuel;

const PAGE_BYTES: u64 = 64 << 10;
/// What a map may have beyond twice what is in it: wasmtime's default.
const SPARSE_BYTES: u64 = 16 << 20;
/// The longest table whose functions wasmtime puts in place without code.
const MAX_TABLE: u64 = 1 << 20;
/// What beginning to copy costs, where the instance has nothing else to do first.
const ENTRY: Fuel = 1;
/// Elements of a table that are put in place without a look at the fuel.
const MOST_UNSETTLED: u64 = 128;
/// What the place of a segment costs.
const PLACE: Fuel = 1;

/// What an instance of a component is charged for copying. The component has to be valid.
pub(crate) fn copying(component: &[u8]) -> Result<Fuel, InvalidComponent> {
    let mut scopes: Vec<Scope> = Vec::new();
    let mut parser = Parser::new(0);
    parser.set_features(features());
    for payload in parser.parse_all(component) {
        let payload = payload?;
        match &payload {
            Payload::Version { encoding, .. } => {
                scopes.push(Scope { is_module: *encoding == Encoding::Module, ..Scope::default() });
            }
            Payload::End(_) => {
                let Some(closed) = scopes.pop() else { continue };
                let Some(outer) = scopes.last_mut() else { return Ok(closed.instances) };
                if closed.is_module {
                    outer.modules.push(closed.module.copying());
                } else {
                    outer.components.push(closed.instances);
                }
            }
            payload => take(&mut scopes, payload)?,
        }
    }
    Ok(0)
}

/// A module or a component that is being read.
#[derive(Debug, Default)]
struct Scope {
    is_module: bool,
    module: Module,
    /// What each of its modules and components is charged.
    modules: Vec<Fuel>,
    components: Vec<Fuel>,
    /// What the instances that it makes are charged together.
    instances: Fuel,
}

fn take(scopes: &mut [Scope], payload: &Payload<'_>) -> Result<(), InvalidComponent> {
    if let Payload::ComponentAliasSection(section) = payload {
        for alias in section.clone() {
            alias_of(scopes, &alias?);
        }
        return Ok(());
    }
    let Some(scope) = scopes.last_mut() else { return Ok(()) };
    let at = |all: &[Fuel], index: u32| usize::try_from(index).ok().and_then(|index| all.get(index).copied());
    match payload {
        Payload::InstanceSection(section) => {
            for instance in section.clone() {
                if let Instance::Instantiate { module_index, .. } = instance? {
                    scope.instances = scope.instances.saturating_add(at(&scope.modules, module_index).unwrap_or(0));
                }
            }
            Ok(())
        }
        Payload::ComponentInstanceSection(section) => {
            for instance in section.clone() {
                if let ComponentInstance::Instantiate { component_index, .. } = instance? {
                    let component = at(&scope.components, component_index).unwrap_or(0);
                    scope.instances = scope.instances.saturating_add(component);
                }
            }
            Ok(())
        }
        payload => scope.module.take(payload),
    }
}

/// Modules and components from elsewhere than an outer one, loading rejects.
fn alias_of(scopes: &mut [Scope], alias: &ComponentAlias<'_>) {
    let ComponentAlias::Outer { kind, count, index } = alias else { return };
    let is_module = *kind == ComponentOuterAliasKind::CoreModule;
    if !is_module && *kind != ComponentOuterAliasKind::Component {
        return;
    }
    let find = || {
        let outer = scopes.len().checked_sub(1)?.checked_sub(usize::try_from(*count).ok()?)?;
        let outer = scopes.get(outer)?;
        let all = if is_module { &outer.modules } else { &outer.components };
        all.get(usize::try_from(*index).ok()?).copied()
    };
    let found = find().unwrap_or(0);
    if let Some(scope) = scopes.last_mut() {
        if is_module { scope.modules.push(found) } else { scope.components.push(found) }
    }
}

/// What decides in a core module how its memories get what they begin with.
#[derive(Debug, Default)]
struct Module {
    imported_memories: u32,
    imported_tables: u32,
    memories: Vec<MemoryType>,
    /// How long each of its own tables is, if functions can be put into it without code.
    tables: Vec<Option<u64>>,
    segments: Vec<Segment>,
    /// Whether its instances execute code before they are used, whatever their memories begin with.
    starts: bool,
    /// What of that code is charged together with what comes next, and is not charged where nothing does: see [`unsettled`](Self::unsettled).
    values: Fuel,
    elements: Vec<Elements>,
    /// Whether some segment of a memory can only be copied.
    is_dynamic: bool,
}

/// A segment of a table.
#[derive(Debug)]
struct Elements {
    needs_code: bool,
    /// What its place costs.
    place: Fuel,
    count: u64,
    /// What its values cost.
    values: Fuel,
}

/// What a memory has at a place to begin with.
#[derive(Debug)]
struct Segment {
    memory: u32,
    start: u64,
    length: u64,
}

impl Module {
    fn take(&mut self, payload: &Payload<'_>) -> Result<(), InvalidComponent> {
        match payload {
            Payload::ImportSection(section) => {
                for import in section.clone().into_imports() {
                    match import?.ty {
                        TypeRef::Memory(_) => self.imported_memories += 1,
                        TypeRef::Table(_) => self.imported_tables += 1,
                        _ => {}
                    }
                }
            }
            Payload::MemorySection(section) => {
                for memory in section.clone() {
                    self.memories.push(memory?);
                }
            }
            Payload::TableSection(section) => {
                for table in section.clone() {
                    self.table(&table?);
                }
            }
            Payload::GlobalSection(section) => {
                for global in section.clone() {
                    let value = global?.init_expr;
                    if !is_constant(&value) {
                        self.starts = true;
                        self.values += cost(&value);
                    }
                }
            }
            Payload::StartSection { .. } => self.starts = true,
            Payload::ElementSection(section) => {
                for element in section.clone() {
                    self.element(&element?)?;
                }
            }
            Payload::DataSection(section) => {
                for data in section.clone() {
                    self.data(&data?);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn table(&mut self, table: &Table<'_>) {
        // Loading rejects tables that are filled with a value.
        let is_plain = table.ty.element_type.is_func_ref() && matches!(table.init, TableInit::RefNull);
        self.tables.push(is_plain.then_some(table.ty.initial));
    }

    fn element(&mut self, element: &Element<'_>) -> Result<(), InvalidComponent> {
        let mut values = 0;
        if let ElementItems::Expressions(_, items) = &element.items {
            for item in items.clone() {
                values += cost(&item?);
            }
        }
        match &element.kind {
            ElementKind::Declared => {}
            ElementKind::Passive => {
                self.starts = true;
                self.values += values;
            }
            ElementKind::Active { table_index, offset_expr } => {
                let needs_code = self.needs_code(table_index.unwrap_or(0), offset_expr, &element.items);
                self.starts |= needs_code;
                let count = match &element.items {
                    ElementItems::Functions(items) => items.count(),
                    ElementItems::Expressions(_, items) => items.count(),
                };
                self.elements.push(Elements { needs_code, place: cost(offset_expr), count: count.into(), values });
            }
        }
        Ok(())
    }

    /// Whether a segment of a table is put in place by code.
    fn needs_code(&self, table: u32, offset: &ConstExpr<'_>, items: &ElementItems<'_>) -> bool {
        let ElementItems::Functions(items) = items else { return true };
        let own = table.checked_sub(self.imported_tables).and_then(|own| self.tables.get(usize::try_from(own).ok()?));
        let (Some(Some(length)), Some(offset)) = (own, place(offset)) else { return true };
        offset + u64::from(items.count()) > (*length).min(MAX_TABLE)
    }

    fn data(&mut self, data: &Data<'_>) {
        let DataKind::Active { memory_index, offset_expr } = &data.kind else { return };
        match place(offset_expr) {
            Some(start) => {
                let length = u64::try_from(data.data.len()).unwrap_or(u64::MAX);
                self.segments.push(Segment { memory: *memory_index, start, length });
            }
            None => self.is_dynamic = true,
        }
    }

    /// What its instances are charged for copying what would otherwise be mapped.
    fn copying(&self) -> Fuel {
        if self.is_dynamic || self.segments.is_empty() || !self.is_mapped() {
            return 0;
        }
        let copied = self.segments.iter().fold(0, |sum: Fuel, segment| sum.saturating_add(segment.length + PLACE));
        copied.saturating_add(if self.starts { self.unsettled() } else { ENTRY })
    }

    /// What is charged of the code that precedes the copy when something is copied, and else is not: wasmtime adds up what is known
    /// beforehand, and charges it with the next thing that is not known, or is large. Its code makes the values of globals,
    /// then those of passive segments, then puts in place segments of tables, all from the first that needs code.
    fn unsettled(&self) -> Fuel {
        let mut unsettled = self.values;
        for Elements { place, count, values, .. } in self.elements.iter().skip_while(|elements| !elements.needs_code) {
            let before = if *count > MOST_UNSETTLED { 0 } else { unsettled + place + count };
            unsettled = before + values;
        }
        unsettled
    }

    /// Whether all segments are within memories of its own, and close enough together to be mapped.
    fn is_mapped(&self) -> bool {
        let own = |segment: &Segment| {
            let own = segment.memory.checked_sub(self.imported_memories)?;
            self.memories.get(usize::try_from(own).ok()?)
        };
        let is_within = |segment: &Segment| {
            let size = own(segment).map_or(0, |memory| memory.initial.saturating_mul(PAGE_BYTES));
            segment.start.saturating_add(segment.length) <= size
        };
        let is_dense = |memory: u32| {
            let of_it = || self.segments.iter().filter(|segment| segment.memory == memory && segment.length > 0);
            let first = of_it().map(|segment| segment.start).min().unwrap_or(0);
            let end = of_it().map(|segment| segment.start + segment.length).max().unwrap_or(0);
            let bytes: u64 = of_it().map(|segment| segment.length).sum();
            end - first < bytes.saturating_mul(2).max(SPARSE_BYTES)
        };
        self.segments.iter().all(is_within) && self.segments.iter().all(|segment| is_dense(segment.memory))
    }
}

/// The one operator of an expression that has no more.
fn single<'e>(expression: &ConstExpr<'e>) -> Option<Operator<'e>> {
    let mut operators = expression.get_operators_reader();
    let operator = operators.read().ok()?;
    matches!(operators.read(), Ok(Operator::End)).then_some(operator)
}

/// What it costs to make the value of an expression: a unit for each operator.
fn cost(expression: &ConstExpr<'_>) -> Fuel {
    let operators = expression.get_operators_reader().into_iter();
    operators.map_while(Result::ok).filter(|operator| !matches!(operator, Operator::End)).map(|_| 1).sum()
}

fn is_constant(expression: &ConstExpr<'_>) -> bool {
    matches!(
        single(expression),
        Some(
            Operator::I32Const { .. }
                | Operator::I64Const { .. }
                | Operator::F32Const { .. }
                | Operator::F64Const { .. }
                | Operator::V128Const { .. }
        )
    )
}

/// A place that is known before the instance is made.
fn place(expression: &ConstExpr<'_>) -> Option<u64> {
    match single(expression)? {
        Operator::I32Const { value } => Some(u64::from(value.cast_unsigned())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by it")]

    use wasmtime::component::{Component, Linker};
    use wasmtime::{Engine, InstanceAllocationStrategy, ResourceLimiter, Store};

    use super::*;
    use crate::backend::{Backend, SandboxConfig, settings};

    /// The fuel that an instance uses until it can be called, on an engine that maps and on one that copies.
    fn used(component: &[u8], backend: Backend, maps: bool) -> Fuel {
        const FUEL: Fuel = 1 << 40;
        let config = SandboxConfig { backend, ..SandboxConfig::default() };
        let mut settings = settings(&config, InstanceAllocationStrategy::OnDemand).unwrap();
        let engine = Engine::new(settings.memory_init_cow(maps)).unwrap();
        let component = Component::new(&engine, crate::stack::metered(component).unwrap()).unwrap();
        let mut store = Store::new(&engine, NoLimits);
        store.limiter(|limits| limits);
        store.set_fuel(FUEL).unwrap();
        store.set_epoch_deadline(1 << 40);
        let mut linker = Linker::new(&engine);
        linker.define_unknown_imports_as_traps(&component).unwrap();
        linker.instantiate(&mut store, &component).unwrap();
        FUEL - store.get_fuel().unwrap()
    }

    struct NoLimits;

    impl ResourceLimiter for NoLimits {
        fn memory_growing(&mut self, _: usize, _: usize, _: Option<usize>) -> wasmtime::Result<bool> {
            Ok(true)
        }

        fn table_growing(&mut self, _: usize, _: usize, _: Option<usize>) -> wasmtime::Result<bool> {
            Ok(true)
        }
    }

    fn check(component: &[u8], expected: Fuel, what: &str) {
        assert_eq!(copying(component).unwrap(), expected, "{what}");
        // Elsewhere no engine maps.
        if cfg!(target_os = "linux") {
            for backend in [Backend::Cranelift, Backend::Pulley] {
                let (mapped, copied) = (used(component, backend, true), used(component, backend, false));
                assert_eq!(copied.checked_sub(mapped), Some(expected), "{what}: {copied} and {mapped}");
            }
        }
    }

    #[test]
    fn a_copy_is_charged_what_is_told() {
        let data = r#"(memory 2) (data (i32.const 8) "abc")"#;
        let function = "(func $f)";
        let cases = [
            ("(memory 1)", 0),
            (data, 5),
            (r#"(memory 1) (data (i32.const 8) "\00\00") (data (i32.const 9) "") (data (i32.const 100) "xyz")"#, 9),
            (r#"(memory 1) (data "passive")"#, 0),
            (r#"(memory 1) (data "passive") (data (i32.const 65535) "x")"#, 3),
            // Something is executed before in any case.
            (&format!("{data} {function} (start $f)"), 4),
            (&format!("{data} {function} (elem func $f)"), 4),
            // It is in part charged with what is copied.
            (&format!("{data} (global i32 (i32.add (i32.const 1) (i32.const 2)))"), 7),
            (&format!("{data} {function} (global funcref (ref.func $f))"), 5),
            (&format!("{data} {function} (elem funcref (ref.func $f) (ref.func $f))"), 6),
            (&format!("{data} {function} (table 1 funcref) (elem (i32.const 0) funcref (ref.func $f))"), 7),
            (
                &format!(
                    "{data} {function} (global funcref (ref.func $f)) (table 3 funcref)
                        (elem (i32.const 0) $f) (elem (i32.const 1) funcref (ref.func $f)) (elem (i32.const 2) $f)"
                ),
                10,
            ),
            (
                &format!(
                    "{data} {function} (table 200 funcref)
                        (elem (i32.const 0) funcref (ref.func $f)) (elem (i32.const 1){})",
                    " $f".repeat(150)
                ),
                4,
            ),
            // Nothing is.
            (&format!("{data} (global i32 (i32.const 1)) (global (mut f64) (f64.const 0))"), 5),
            (&format!("{data} {function} (table 3 funcref) (elem (i32.const 1) $f $f)"), 5),
            (&format!("{data} {function} (elem declare func $f)"), 5),
            // What is not mapped anywhere.
            (r#"(memory 1) (data (i32.add (i32.const 4) (i32.const 4)) "x") (data (i32.const 0) "y")"#, 0),
            (r#"(memory 400) (data (i32.const 0) "x") (data (i32.const 20000000) "y")"#, 0),
            (r#"(memory 400) (data (i32.const 0) "x") (data (i32.const 10000000) "y")"#, 5),
        ];
        for (module, expected) in cases {
            let instances = |count: usize| "(core instance (instantiate $m))".repeat(count);
            let of = |count: usize| format!("(component (core module $m {module}) {})", instances(count));
            check(&wat::parse_str(of(1)).unwrap(), expected, module);
            check(&wat::parse_str(of(3)).unwrap(), 3 * expected, module);
        }
    }

    #[test]
    fn each_instance_of_each_component_counts() {
        let module = r#"(core module $m (memory 1) (data (i32.const 0) "abc"))"#;
        let nested = format!(
            "(component {module} (core instance (instantiate $m))
                (component $c (alias outer 1 $m (core module $o)) (core instance (instantiate $o)) (core instance (instantiate $o)))
                (instance (instantiate $c)) (instance (instantiate $c)) (component $unused {module}))"
        );
        check(&wat::parse_str(nested).unwrap(), 25, "components within components");
        let imported = r#"(component
            (core module $m (memory (export "m") 1) (data (i32.const 0) "abc"))
            (core module $n (import "m" "m" (memory 1)) (data (i32.const 7) "x"))
            (core instance $i (instantiate $m)) (core instance (instantiate $n (with "m" (instance $i)))))"#;
        check(&wat::parse_str(imported).unwrap(), 5, "a memory of another module");
        let placed = r#"(component
            (core module $m (global (export "g") i32 (i32.const 4)))
            (core module $n (import "m" "g" (global $g i32)) (memory 1) (data (global.get $g) "x") (data (i32.const 0) "y"))
            (core instance $i (instantiate $m)) (core instance (instantiate $n (with "m" (instance $i)))))"#;
        check(&wat::parse_str(placed).unwrap(), 0, "a place that another module knows");
    }

    #[test]
    fn a_plugin_of_a_compiler_is_charged_what_is_told() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../first-party/components/echo.wasm");
        let echo = std::fs::read(folder).unwrap();
        let expected = copying(&echo).unwrap();
        assert!(expected > 1_000, "it has data: {expected}");
        check(&echo, expected, "echo");
    }
}
