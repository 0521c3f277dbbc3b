//! Identifiers that depend on nothing but what a task says.

use std::collections::BTreeSet;
use std::fmt::Write;

use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::task::Task;

/// A uuid of version 8 (RFC 9562, section 5.8) that is not taken: bits of the SHA-256 of what it is made of, and of how
/// many attempts were taken before.
pub(crate) fn free(kind: &str, of: &impl Serialize, taken: &BTreeSet<String>) -> String {
    let mut attempt = 0_u64;
    loop {
        // An array, because its text is the same however a JSON library orders the members of objects.
        let uuid = uuid_of(&json!([kind, of, attempt]).to_string());
        if !taken.contains(&uuid) {
            return uuid;
        }
        attempt += 1;
    }
}

/// An identifier for a task that has none.
pub(crate) fn of_unnamed(task: &Task, taken: &BTreeSet<String>) -> String {
    free("daily_loop/unnamed@1", &(&task.description, &task.project, task.entry, task.due), taken)
}

fn uuid_of(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    let mut uuid = String::with_capacity(36);
    for (index, byte) in digest.iter().take(16).enumerate() {
        let byte = match index {
            6 => byte & 0x0f | 0x80,
            8 => byte & 0x3f | 0x80,
            _ => *byte,
        };
        if matches!(index, 4 | 6 | 8 | 10) {
            uuid.push('-');
        }
        // Writing to a string cannot fail.
        let _ = write!(uuid, "{byte:02x}");
    }
    uuid
}
