//! Identifiers that depend on nothing but what a task says.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use rustc_hash::FxHashSet;
use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::task::{Task, short};

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

/// By how much of its identifier each of some tasks can be named, where that is more than the first few characters.
#[derive(Debug, Default)]
pub(crate) struct ShortNames<'u>(BTreeMap<&'u str, &'u str>);

impl<'u> ShortNames<'u> {
    /// Finds the names of tasks with these identifiers, each of which is there once.
    pub(crate) fn of(mut uuids: Vec<&'u str>) -> Self {
        let mut seen = FxHashSet::default();
        // As good as always: nothing is sorted then.
        if uuids.iter().all(|uuid| seen.insert(short(uuid))) {
            return Self::default();
        }
        uuids.sort_unstable();
        let mut names = BTreeMap::new();
        for (index, uuid) in uuids.iter().copied().enumerate() {
            let before = index.checked_sub(1).and_then(|before| uuids.get(before));
            let neighbours = before.into_iter().chain(uuids.get(index + 1));
            let shared = neighbours.map(|other| in_common(uuid, other)).max().unwrap_or_default();
            let name = uuid.get(..=shared).unwrap_or(uuid);
            if name.len() > short(uuid).len() {
                names.insert(uuid, name);
            }
        }
        Self(names)
    }

    /// The name of a task, where the first few characters of its identifier are none.
    pub(crate) fn get(&self, uuid: &str) -> Option<&'u str> {
        self.0.get(uuid).copied()
    }
}

/// How many bytes two texts begin with that are the same.
fn in_common(a: &str, b: &str) -> usize {
    a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_is_named_by_as_much_as_no_other_begins_with() {
        let names =
            ShortNames::of(vec!["aaaaaaaa-1", "bbbbbbbb-22", "bbbbbbbb-1", "cccccccc", "cccccccc-1", "bbbbbbbb-23"]);
        let shown = ["aaaaaaaa-1", "bbbbbbbb-1", "bbbbbbbb-22", "bbbbbbbb-23", "cccccccc", "cccccccc-1"]
            .map(|uuid| names.get(uuid).unwrap_or("as ever"));
        assert_eq!(shown, ["as ever", "bbbbbbbb-1", "bbbbbbbb-22", "bbbbbbbb-23", "as ever", "cccccccc-"]);
    }
}
