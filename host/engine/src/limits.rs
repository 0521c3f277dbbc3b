//! What bounds a run.

use serde::{Deserialize, Serialize};

/// Fuel, in wasmtime's units: about one for each WebAssembly instruction.
pub type Fuel = u64;

/// The limits of a run. Each is written in the receipt, because each can decide a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Fuel for one call of a plugin.
    pub fuel_per_call: Fuel,
    /// Fuel for a whole mission, the call of its builder included.
    pub fuel_per_mission: Fuel,
    /// Memory of one plugin instance, in bytes: all its linear memories together.
    pub memory_bytes: u64,
    /// The canonical form of the state, in bytes.
    pub state_bytes: u64,
    /// The canonical form of a mission's params, in bytes; that of the context's metadata likewise.
    pub params_bytes: u64,
    /// What one call may return, in bytes.
    pub output_bytes: u64,
    /// What one call may log, in bytes.
    pub log_bytes: u64,
    /// How deeply arrays and objects may be nested.
    pub json_depth: usize,
    /// How many missions may run within each other.
    pub mission_depth: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            fuel_per_call: 200_000_000,
            fuel_per_mission: 1_000_000_000,
            memory_bytes: 64 << 20,
            state_bytes: 16 << 20,
            params_bytes: 1 << 20,
            output_bytes: 8 << 20,
            log_bytes: 64 << 10,
            json_depth: sortie_json::MAX_DEPTH,
            mission_depth: 4,
        }
    }
}
