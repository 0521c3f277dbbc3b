//! What a host decides for one plugin.

use jsonptr::PointerBuf;
use serde::{Deserialize, Serialize};

use crate::access::Access;
use crate::limits::{Fuel, Limits};

/// What a host decides for one plugin: limits of its own in place of the run's, and a smaller part of the state than
/// its manifest declares. The default decides nothing. A policy can decide a result, so the receipt has it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PluginPolicy {
    /// Fuel for one call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fuel_per_call: Option<Fuel>,
    /// Memory of one instance, in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<u64>,
    /// What one call may return, in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_bytes: Option<u64>,
    /// What one call may log, in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_bytes: Option<u64>,
    /// The plugin's operations read nothing of the state but what lies at or below these pointers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reads: Option<Vec<PointerBuf>>,
    /// The plugin's operations write nothing of the state but what lies at or below these pointers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub writes: Option<Vec<PointerBuf>>,
}

impl PluginPolicy {
    /// The limits of the plugin's calls, in a run with these limits.
    #[must_use]
    pub fn limits(&self, of_run: &Limits) -> Limits {
        Limits {
            fuel_per_call: self.fuel_per_call.unwrap_or(of_run.fuel_per_call),
            memory_bytes: self.memory_bytes.unwrap_or(of_run.memory_bytes),
            output_bytes: self.output_bytes.unwrap_or(of_run.output_bytes),
            log_bytes: self.log_bytes.unwrap_or(of_run.log_bytes),
            ..*of_run
        }
    }

    /// What is left of what an operation may read and write.
    #[must_use]
    pub fn access(&self, declared: Access) -> Access {
        declared.narrowed(self.reads.as_deref(), self.writes.as_deref())
    }
}
