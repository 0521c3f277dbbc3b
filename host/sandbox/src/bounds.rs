//! What a plugin may consist of and use, whatever the limits of a call are.

use wasmparser::WasmFeatures;

/// How many missions may run within each other at the most; a host may allow fewer.
#[cfg(not(target_family = "wasm"))]
pub(crate) const MAX_MISSION_DEPTH: u32 = 4;
/// Native stack for a guest's frames: several times what [`BUDGET`](crate::stack::BUDGET) lets them have.
pub(crate) const GUEST_STACK_BYTES: usize = 128 << 20;
/// Native stack that has to be there for the host's own frames besides.
pub(crate) const HOST_STACK_BYTES: usize = 512 << 10;
/// The memories that one component may have.
pub(crate) const MEMORIES_PER_COMPONENT: u32 = 4;
/// The tables that one component may have.
pub(crate) const TABLES_PER_COMPONENT: u32 = 8;
/// The core instances that one component may have: an interpreter that is linked of libraries has a few dozen.
pub(crate) const INSTANCES_PER_COMPONENT: u32 = 64;
/// The sections that one component may have, custom ones and those of all that is within it among them.
pub(crate) const SECTIONS_PER_COMPONENT: usize = 2_000;
/// The imports that one component may have, and all that is within it.
pub(crate) const IMPORTS_PER_COMPONENT: usize = 20_000;
/// The exports that one component may have, and all that is within it.
pub(crate) const EXPORTS_PER_COMPONENT: usize = 50_000;
/// The types that may be written within each other: what toolchains make of an interface has four levels.
pub(crate) const TYPES_WITHIN_EACH_OTHER: u64 = 32;
/// What the types of one component may have of members, parameters, cases and names, those of the types that they refer to
/// counted wherever they do.
pub(crate) const MEMBERS_OF_TYPES: u64 = 500_000;
/// How long a table may be, and become.
pub(crate) const MAX_TABLE_ELEMENTS: usize = 100_000;

/// How many handles of resources the parts of a component may have at a time.
pub(crate) const MAX_HANDLES: usize = 100_000;

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
