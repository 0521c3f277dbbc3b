//! How much there is in a component: counted while it is validated, held against bounds before anything is compiled.
//!
//! What compiling and instantiating cost is not told by a file's length: a component can instantiate another that
//! instantiates a third, and a compiler's time grows faster than a function with many loops does. The bounds are far
//! above what toolchains make, CPython included, and low enough that what passes them compiles in seconds.

use wasmparser::types::Types;
use wasmparser::{
    BinaryReaderError, ComponentAlias, ComponentExternalKind, ComponentInstance, ComponentOuterAliasKind,
    ComponentTypeRef, CompositeInnerType, Encoding, FuncValidatorAllocations, Instance, Parser, Payload, ValidPayload,
    Validator,
};

use crate::bounds::{
    EXPORTS_PER_COMPONENT, IMPORTS_PER_COMPONENT, INSTANCES_PER_COMPONENT, MEMBERS_OF_TYPES, MEMORIES_PER_COMPONENT,
    SECTIONS_PER_COMPONENT, TABLES_PER_COMPONENT, TYPES_WITHIN_EACH_OTHER,
};
use crate::types::TypeCosts;

mod function;

pub(crate) use function::{Function, inspect};

const PAGE_BYTES: u64 = 64 << 10;

/// The greatest count of each thing: some three times what is in a plugin in Python, which has 13,492 functions in
/// 6.5 MB of code, with 338,329 blocks and branches, 84,549 calls, and 7,482 calls by table and bulk operations; and in
/// its largest 426,843 bytes, 8,559 blocks and branches, 781 of them within each other. What is counted in a function is
/// counted in the one that has most of it.
///
/// Some things take the compiler much more time or memory than their bytes tell: a call by table takes a hundred times as
/// long as an addition, and 74 kB of blocks that hand on eight values each took 4 GB. These are counted in all functions,
/// too.
pub(crate) const BOUNDS: &[(&str, u64)] = &[
    ("core instances, each counted as often as it is instantiated", INSTANCES_PER_COMPONENT as u64),
    ("component instances, each counted as often as it is instantiated", 64),
    ("memories, each counted as often as it is instantiated", MEMORIES_PER_COMPONENT as u64),
    ("tables, each counted as often as it is instantiated", TABLES_PER_COMPONENT as u64),
    ("memories of its own in one module", 1),
    ("tables of its own in one module", 1),
    ("modules and components within each other", 8),
    ("sections", SECTIONS_PER_COMPONENT as u64),
    ("types", 20_000),
    ("types within each other", TYPES_WITHIN_EACH_OTHER),
    ("members of types, counted as often as their type is used", MEMBERS_OF_TYPES),
    ("imports", IMPORTS_PER_COMPONENT as u64),
    ("exports", EXPORTS_PER_COMPONENT as u64),
    ("globals", 50_000),
    ("functions", 50_000),
    ("data segments", 50_000),
    ("elements of tables", 400_000),
    ("bytes of code", 24 << 20),
    ("bytes of code in one function", 1 << 20),
    ("locals in one function", 2_000),
    ("values on the operand stack of one function", 500),
    ("loops in one function", 400),
    ("blocks within each other in one function", 2_000),
    ("blocks and branches in one function", 20_000),
    ("targets of branch tables in one function", 40_000),
    ("locals times blocks and branches in one function", 1_000_000),
    ("results of one function", 64),
    ("parameters and results of blocks in one function", 5_000),
    ("globals in one function", 1_500),
    ("calls in one function", 20_000),
    ("calls by table and bulk operations in one function", 1_000),
    ("blocks and branches in all functions", 1_500_000),
    ("locals times blocks and branches, of each function, in all of them", 50_000_000),
    ("loops times blocks within each other, of each function, in all of them", 5_000_000),
    ("targets of branch tables in all functions", 200_000),
    ("parameters and results of blocks in all functions", 300_000),
    ("calls in all functions", 500_000),
    ("calls by table and bulk operations in all functions", 100_000),
];

/// What was counted, in the order of [`BOUNDS`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Census {
    whole: Contents,
    own_memories: u64,
    own_tables: u64,
    nesting: u64,
    sections: u64,
    types: u64,
    type_nesting: u64,
    type_members: u64,
    imports: u64,
    exports: u64,
    globals: u64,
    functions: u64,
    data_segments: u64,
    elements: u64,
    code_bytes: u64,
    largest: Function,
    locals_times_branches: u64,
    results: u64,
    /// The same of all functions together.
    all: Totals,
}

/// What the functions have together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Totals {
    branches: u64,
    locals_times_branches: u64,
    loops_times_nesting: u64,
    targets: u64,
    handed_on: u64,
    direct_calls: u64,
    bulk_operations: u64,
}

/// What one instantiation makes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Contents {
    core_instances: u64,
    component_instances: u64,
    memories: u64,
    tables: u64,
    memory_bytes: u64,
    table_elements: u64,
    code_bytes: u64,
}

impl Contents {
    /// What is not known from within the file. Toolchains make nothing of the kind, and no bound lets it pass.
    const UNKNOWN: Self = Self {
        core_instances: u64::MAX,
        component_instances: u64::MAX,
        memories: u64::MAX,
        tables: u64::MAX,
        memory_bytes: u64::MAX,
        table_elements: u64::MAX,
        code_bytes: u64::MAX,
    };

    fn add(&mut self, other: Self) {
        let sum = u64::saturating_add;
        self.core_instances = sum(self.core_instances, other.core_instances);
        self.component_instances = sum(self.component_instances, other.component_instances);
        self.memories = sum(self.memories, other.memories);
        self.tables = sum(self.tables, other.tables);
        self.memory_bytes = sum(self.memory_bytes, other.memory_bytes);
        self.table_elements = self.table_elements.max(other.table_elements);
        self.code_bytes = sum(self.code_bytes, other.code_bytes);
    }
}

/// A module or a component that is being read.
#[derive(Debug, Default)]
struct Scope {
    is_module: bool,
    contents: Contents,
    modules: Vec<Contents>,
    components: Vec<Contents>,
}

/// A census that is being taken: what was counted so far, and what is being read.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    census: Census,
    scopes: Vec<Scope>,
}

impl Counts {
    /// Counts a function of the module that is being read.
    pub(crate) fn count_function(&mut self, function: Function) {
        self.census.count_function(function, &mut self.scopes);
    }

    /// Counts what there is in a payload, functions apart.
    pub(crate) fn count(&mut self, payload: &Payload<'_>) -> Result<(), BinaryReaderError> {
        self.census.count(payload, &mut self.scopes)
    }

    pub(crate) fn into_census(self) -> Census {
        self.census
    }
}

/// Why a component is not valid, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InvalidComponent {
    pub(crate) offset: usize,
    pub(crate) message: String,
}

/// Why validating ended before the end of a component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// It is not valid.
    Invalid(InvalidComponent),
    /// It has more of something than a component may have: what, how many up to there, and the bound.
    TooComplex { what: &'static str, count: u64, limit: u64 },
}

impl From<BinaryReaderError> for Unfit {
    fn from(error: BinaryReaderError) -> Self {
        Self::Invalid(error.into())
    }
}

impl From<BinaryReaderError> for InvalidComponent {
    fn from(error: BinaryReaderError) -> Self {
        Self { offset: error.offset(), message: error.message().to_owned() }
    }
}

/// Validates a component, and counts what there is in it. Where there is more of something than there may be, nothing that
/// comes after it is looked at: validating takes time and memory too.
pub(crate) fn validated(validator: &mut Validator, bytes: &[u8]) -> Result<(Types, Census), Unfit> {
    let mut counts = Counts::default();
    let mut costs = TypeCosts::default();
    let mut allocations = FuncValidatorAllocations::default();
    let mut types = None;
    let mut parser = Parser::new(0);
    parser.set_features(*validator.features());
    for payload in parser.parse_all(bytes) {
        let payload = payload?;
        if let Some((what, count, limit)) = counts.census.announced_beyond(&payload) {
            return Err(Unfit::TooComplex { what, count, limit });
        }
        costs.count(&payload, bytes, MEMBERS_OF_TYPES);
        counts.census.type_nesting = costs.nesting();
        counts.census.type_members = costs.weight();
        if let Some((what, count, limit)) = counts.census.beyond() {
            return Err(Unfit::TooComplex { what, count, limit });
        }
        match validator.payload(&payload)? {
            ValidPayload::Func(function, body) => {
                let (function, kept) = inspect(function, &body, allocations)?;
                allocations = kept;
                counts.count_function(function);
            }
            ValidPayload::End(ended) => types = Some(ended),
            ValidPayload::Ok | ValidPayload::Parser(_) => {}
        }
        counts.count(&payload)?;
        if let Some((what, count, limit)) = counts.census.beyond() {
            return Err(Unfit::TooComplex { what, count, limit });
        }
    }
    let too_early = || InvalidComponent { offset: bytes.len(), message: "the file ends too early".to_owned() };
    let types = types.ok_or_else(|| Unfit::Invalid(too_early()))?;
    Ok((types, counts.into_census()))
}

fn wide(size: usize) -> u64 {
    u64::try_from(size).unwrap_or(u64::MAX)
}

impl Census {
    /// The first thing that there is more of than there may be: what, how many, and the bound.
    fn beyond(&self) -> Option<(&'static str, u64, u64)> {
        let counts = self.counts();
        BOUNDS.iter().zip(counts).find(|((_, bound), count)| count > bound).map(|((what, bound), n)| (*what, n, *bound))
    }

    /// The same of a section that says how much is in it, before anything of it is read.
    fn announced_beyond(&self, payload: &Payload<'_>) -> Option<(&'static str, u64, u64)> {
        let mut ahead = Self::default();
        ahead.count_announced(payload);
        ahead.types += self.types;
        ahead.imports += self.imports;
        ahead.exports += self.exports;
        ahead.globals += self.globals;
        ahead.data_segments += self.data_segments;
        ahead.functions += self.functions;
        ahead.beyond()
    }

    /// Counts what a section says that is in it.
    fn count_announced(&mut self, payload: &Payload<'_>) {
        match payload {
            Payload::TypeSection(section) => self.types += u64::from(section.count()),
            Payload::CoreTypeSection(section) => self.types += u64::from(section.count()),
            Payload::ComponentTypeSection(section) => self.types += u64::from(section.count()),
            Payload::ImportSection(section) => self.imports += u64::from(section.count()),
            Payload::ComponentImportSection(section) => self.imports += u64::from(section.count()),
            Payload::ExportSection(section) => self.exports += u64::from(section.count()),
            Payload::ComponentExportSection(section) => self.exports += u64::from(section.count()),
            Payload::GlobalSection(section) => self.globals += u64::from(section.count()),
            Payload::DataSection(section) => self.data_segments += u64::from(section.count()),
            Payload::ComponentCanonicalSection(section) => self.functions += u64::from(section.count()),
            _ => {}
        }
    }

    /// The least memory that its instances take together, in bytes.
    pub(crate) fn memory_bytes(&self) -> u64 {
        self.whole.memory_bytes
    }

    /// The code of its instances together, in bytes: that of a module counts as often as the module is instantiated.
    pub(crate) fn instantiated_code_bytes(&self) -> u64 {
        self.whole.code_bytes
    }

    fn counts(&self) -> [u64; BOUNDS.len()] {
        [
            self.whole.core_instances,
            self.whole.component_instances,
            self.whole.memories,
            self.whole.tables,
            self.own_memories,
            self.own_tables,
            self.nesting,
            self.sections,
            self.types,
            self.type_nesting,
            self.type_members,
            self.imports,
            self.exports,
            self.globals,
            self.functions,
            self.data_segments,
            self.elements,
            self.code_bytes,
            self.largest.bytes,
            self.largest.locals,
            self.largest.height,
            self.largest.loops,
            self.largest.nesting,
            self.largest.branches,
            self.largest.targets,
            self.locals_times_branches,
            self.results,
            self.largest.handed_on,
            self.largest.globals,
            self.largest.direct_calls,
            self.largest.bulk_operations,
            self.all.branches,
            self.all.locals_times_branches,
            self.all.loops_times_nesting,
            self.all.targets,
            self.all.handed_on,
            self.all.direct_calls,
            self.all.bulk_operations,
        ]
    }

    fn count_function(&mut self, function: Function, scopes: &mut [Scope]) {
        add(scopes, Contents { code_bytes: function.bytes, ..Contents::default() });
        let largest = &mut self.largest;
        largest.bytes = largest.bytes.max(function.bytes);
        largest.locals = largest.locals.max(function.locals);
        largest.height = largest.height.max(function.height);
        largest.loops = largest.loops.max(function.loops);
        largest.nesting = largest.nesting.max(function.nesting);
        largest.branches = largest.branches.max(function.branches);
        largest.targets = largest.targets.max(function.targets);
        largest.handed_on = largest.handed_on.max(function.handed_on);
        largest.globals = largest.globals.max(function.globals);
        largest.direct_calls = largest.direct_calls.max(function.direct_calls);
        largest.bulk_operations = largest.bulk_operations.max(function.bulk_operations);
        let product = (function.locals + function.height).saturating_mul(function.branches);
        self.locals_times_branches = self.locals_times_branches.max(product);
        self.all.branches += function.branches;
        self.all.locals_times_branches = self.all.locals_times_branches.saturating_add(product);
        self.all.loops_times_nesting =
            self.all.loops_times_nesting.saturating_add(function.loops.saturating_mul(function.nesting));
        self.all.targets += function.targets;
        self.all.handed_on = self.all.handed_on.saturating_add(function.handed_on);
        self.all.direct_calls += function.direct_calls;
        self.all.bulk_operations += function.bulk_operations;
        self.functions += 1;
        self.code_bytes = self.code_bytes.saturating_add(function.bytes);
    }

    fn count(&mut self, payload: &Payload<'_>, scopes: &mut Vec<Scope>) -> Result<(), BinaryReaderError> {
        if payload.as_section().is_some() {
            self.sections += 1;
        }
        self.count_announced(payload);
        match payload {
            Payload::Version { encoding, .. } => {
                scopes.push(Scope { is_module: *encoding == Encoding::Module, ..Scope::default() });
                self.nesting = self.nesting.max(wide(scopes.len()));
            }
            Payload::End(_) => self.close(scopes),
            Payload::TypeSection(section) => {
                for group in section.clone() {
                    for found in group?.types() {
                        if let CompositeInnerType::Func(function) = &found.composite_type.inner {
                            self.results = self.results.max(wide(function.results().len()));
                        }
                    }
                }
            }
            Payload::ElementSection(section) => {
                for element in section.clone() {
                    self.elements += match element?.items {
                        wasmparser::ElementItems::Functions(items) => u64::from(items.count()),
                        wasmparser::ElementItems::Expressions(_, items) => u64::from(items.count()),
                    };
                }
            }
            Payload::MemorySection(section) => {
                self.own_memories = self.own_memories.max(u64::from(section.count()));
                for memory in section.clone() {
                    let memory_bytes = memory?.initial.saturating_mul(PAGE_BYTES);
                    add(scopes, Contents { memories: 1, memory_bytes, ..Contents::default() });
                }
            }
            Payload::TableSection(section) => {
                self.own_tables = self.own_tables.max(u64::from(section.count()));
                for table in section.clone() {
                    let table_elements = table?.ty.initial;
                    add(scopes, Contents { tables: 1, table_elements, ..Contents::default() });
                }
            }
            Payload::InstanceSection(section) => {
                for instance in section.clone() {
                    if let Instance::Instantiate { module_index, .. } = instance? {
                        let module = known(scopes, 0, module_index, |scope| &scope.modules);
                        add(scopes, Contents { core_instances: 1, ..Contents::default() });
                        add(scopes, module);
                    }
                }
            }
            Payload::ComponentInstanceSection(section) => {
                for instance in section.clone() {
                    if let ComponentInstance::Instantiate { component_index, .. } = instance? {
                        let component = known(scopes, 0, component_index, |scope| &scope.components);
                        add(scopes, Contents { component_instances: 1, ..Contents::default() });
                        add(scopes, component);
                    }
                }
            }
            Payload::ComponentImportSection(section) => {
                for import in section.clone() {
                    match import?.ty {
                        ComponentTypeRef::Module(_) => define(scopes, true, Contents::UNKNOWN),
                        ComponentTypeRef::Component(_) => define(scopes, false, Contents::UNKNOWN),
                        _ => {}
                    }
                }
            }
            Payload::ComponentAliasSection(section) => {
                for alias in section.clone() {
                    alias_of(scopes, &alias?);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self, scopes: &mut Vec<Scope>) {
        let Some(closed) = scopes.pop() else { return };
        if scopes.is_empty() {
            self.whole = closed.contents;
        } else {
            define(scopes, closed.is_module, closed.contents);
        }
    }
}

fn add(scopes: &mut [Scope], contents: Contents) {
    if let Some(scope) = scopes.last_mut() {
        scope.contents.add(contents);
    }
}

fn define(scopes: &mut [Scope], is_module: bool, contents: Contents) {
    if let Some(scope) = scopes.last_mut() {
        if is_module { scope.modules.push(contents) } else { scope.components.push(contents) }
    }
}

fn known(scopes: &[Scope], outwards: u32, index: u32, space: impl Fn(&Scope) -> &Vec<Contents>) -> Contents {
    let find = || {
        let scope = scopes.len().checked_sub(1)?.checked_sub(usize::try_from(outwards).ok()?)?;
        space(scopes.get(scope)?).get(usize::try_from(index).ok()?).copied()
    };
    find().unwrap_or(Contents::UNKNOWN)
}

fn alias_of(scopes: &mut [Scope], alias: &ComponentAlias<'_>) {
    match alias {
        ComponentAlias::InstanceExport { kind: ComponentExternalKind::Module, .. } => {
            define(scopes, true, Contents::UNKNOWN);
        }
        ComponentAlias::InstanceExport { kind: ComponentExternalKind::Component, .. } => {
            define(scopes, false, Contents::UNKNOWN);
        }
        ComponentAlias::Outer { kind: ComponentOuterAliasKind::CoreModule, count, index } => {
            let module = known(scopes, *count, *index, |scope| &scope.modules);
            define(scopes, true, module);
        }
        ComponentAlias::Outer { kind: ComponentOuterAliasKind::Component, count, index } => {
            let component = known(scopes, *count, *index, |scope| &scope.components);
            define(scopes, false, component);
        }
        ComponentAlias::InstanceExport { .. }
        | ComponentAlias::CoreInstanceExport { .. }
        | ComponentAlias::Outer { .. } => {}
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by it")]
mod tests;
