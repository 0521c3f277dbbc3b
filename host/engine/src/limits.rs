//! What bounds a run.

use serde::{Deserialize, Serialize};
use sortie_json::ObjectWriter;

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
    /// How deeply arrays and objects may be nested.
    pub json_depth: usize,
    /// What one call may log, in bytes.
    pub log_bytes: u64,
    /// Memory of one plugin instance, in bytes: all its linear memories together.
    pub memory_bytes: u64,
    /// How many missions may run within each other.
    pub mission_depth: u32,
    /// What one call may return, in bytes.
    pub output_bytes: u64,
    /// The canonical form of a mission's params, in bytes; that of the context's metadata likewise.
    pub params_bytes: u64,
    /// The canonical form of the state, in bytes.
    pub state_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            fuel_per_call: 500_000_000,
            fuel_per_mission: 2_000_000_000,
            memory_bytes: 64 << 20,
            state_bytes: 32 << 20,
            params_bytes: 1 << 20,
            output_bytes: 8 << 20,
            log_bytes: 64 << 10,
            json_depth: sortie_json::MAX_DEPTH,
            mission_depth: 4,
        }
    }
}

impl Limits {
    /// Its members in canonical form.
    pub(crate) fn write(&self, object: &mut ObjectWriter<'_>) {
        let Self {
            fuel_per_call,
            fuel_per_mission,
            json_depth,
            log_bytes,
            memory_bytes,
            mission_depth,
            output_bytes,
            params_bytes,
            state_bytes,
        } = *self;
        object.count("fuel_per_call", fuel_per_call);
        object.count("fuel_per_mission", fuel_per_mission);
        object.count("json_depth", u64::try_from(json_depth).unwrap_or(u64::MAX));
        object.count("log_bytes", log_bytes);
        object.count("memory_bytes", memory_bytes);
        object.count("mission_depth", mission_depth.into());
        object.count("output_bytes", output_bytes);
        object.count("params_bytes", params_bytes);
        object.count("state_bytes", state_bytes);
    }

    /// The greatest limits that any run can have: beyond them, what they bound would no longer be safe to do.
    pub const GREATEST: Self = Self {
        fuel_per_call: 1 << 53,
        fuel_per_mission: 1 << 53,
        memory_bytes: 4 << 30,
        state_bytes: 1 << 30,
        params_bytes: 1 << 30,
        output_bytes: 1 << 30,
        log_bytes: 1 << 30,
        json_depth: sortie_json::MAX_DEPTH,
        mission_depth: 4,
    };

    /// The greatest limits that a file can bring with it, be it a bundle, a saved failure, a suite or a journal, unless
    /// the user says that it may have what it asks for: some seconds of work, and memory that every machine has.
    pub const GREATEST_OF_A_FILE: Self = Self {
        fuel_per_call: 10_000_000_000,
        fuel_per_mission: 20_000_000_000,
        memory_bytes: 1 << 30,
        state_bytes: 128 << 20,
        params_bytes: 64 << 20,
        output_bytes: 128 << 20,
        log_bytes: 16 << 20,
        ..Self::GREATEST
    };

    /// The greatest [`room`](sortie_json::room) that the state's values take: as many bytes as its text may have, or a little.
    #[must_use]
    pub fn state_room(&self) -> u64 {
        self.state_bytes.max(u64::try_from(sortie_json::FREE_ROOM).unwrap_or(u64::MAX))
    }

    /// Of each limit the greater one.
    #[must_use]
    pub fn or_greater(&self, other: &Self) -> Self {
        Self {
            fuel_per_call: self.fuel_per_call.max(other.fuel_per_call),
            fuel_per_mission: self.fuel_per_mission.max(other.fuel_per_mission),
            memory_bytes: self.memory_bytes.max(other.memory_bytes),
            state_bytes: self.state_bytes.max(other.state_bytes),
            params_bytes: self.params_bytes.max(other.params_bytes),
            output_bytes: self.output_bytes.max(other.output_bytes),
            log_bytes: self.log_bytes.max(other.log_bytes),
            json_depth: self.json_depth.max(other.json_depth),
            mission_depth: self.mission_depth.max(other.mission_depth),
        }
    }

    /// Whether each of these limits is within another; the error names the first that is not.
    pub fn within(&self, greatest: &Self) -> Result<(), LimitTooGreat> {
        let wide = |size: usize| u64::try_from(size).unwrap_or(u64::MAX);
        let all = [
            ("fuel_per_call", self.fuel_per_call, greatest.fuel_per_call),
            ("fuel_per_mission", self.fuel_per_mission, greatest.fuel_per_mission),
            ("memory_bytes", self.memory_bytes, greatest.memory_bytes),
            ("state_bytes", self.state_bytes, greatest.state_bytes),
            ("params_bytes", self.params_bytes, greatest.params_bytes),
            ("output_bytes", self.output_bytes, greatest.output_bytes),
            ("log_bytes", self.log_bytes, greatest.log_bytes),
            ("json_depth", wide(self.json_depth), wide(greatest.json_depth)),
            ("mission_depth", u64::from(self.mission_depth), u64::from(greatest.mission_depth)),
        ];
        match all.into_iter().find(|(_, asked, greatest)| asked > greatest) {
            None => Ok(()),
            Some((limit, asked, greatest)) => Err(LimitTooGreat { limit, asked, greatest }),
        }
    }
}

/// A limit that is greater than it may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the limit `{limit}` is {asked}, more than the {greatest} that it may be")]
pub struct LimitTooGreat {
    /// The limit's name.
    pub limit: &'static str,
    /// What it is.
    pub asked: u64,
    /// The most that it may be.
    pub greatest: u64,
}
