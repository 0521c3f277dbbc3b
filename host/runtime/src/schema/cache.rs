//! Schemas that were compiled not long ago, kept by their content: a workflow brings the schemas of its questions with it,
//! so the same ones come again with each run of a mission. What is kept is bounded, whatever workflows come.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;
use sortie_json::ContentHash;

use super::budget::SchemaBudget;
use super::{Formats, Schema};

/// How many schemas are kept, and how much they may have together.
const MAX_SCHEMAS: usize = 64;
const MAX_NODES: usize = 50_000;
const MAX_PATTERNS: usize = 64;

static CACHE: Mutex<SchemaCache> = Mutex::new(SchemaCache { schemas: VecDeque::new(), nodes: 0, patterns: 0 });

/// The schemas, those that were used last at the end.
struct SchemaCache {
    schemas: VecDeque<Entry>,
    nodes: usize,
    patterns: usize,
}

struct Entry {
    hash: ContentHash,
    schema: Schema,
    nodes: usize,
    patterns: usize,
}

/// The schema, compiled now or before. What it is compiled to is a function of its content, and so is the error.
pub(super) fn compiled(schema: &Value) -> Result<Schema, String> {
    // A host that runs one mission again and again has the same schema each time, and compares it sooner than it hashes it.
    let latest = CACHE.lock().unwrap_or_else(PoisonError::into_inner).latest();
    if let Some(latest) = latest.filter(|latest| latest.0.text == *schema) {
        return Ok(latest);
    }
    let hash = ContentHash::of(schema);
    let found = CACHE.lock().unwrap_or_else(PoisonError::into_inner).find(hash);
    if let Some(schema) = found {
        return Ok(schema);
    }
    let mut budget = SchemaBudget::default();
    let compiled = Schema::compile_within(&mut budget, schema, Formats::Asserted)?;
    let (nodes, patterns) = budget.taken();
    CACHE.lock().unwrap_or_else(PoisonError::into_inner).keep(Entry {
        hash,
        schema: compiled.clone(),
        nodes,
        patterns,
    });
    Ok(compiled)
}

impl SchemaCache {
    /// The schema that was used last.
    fn latest(&self) -> Option<Schema> {
        self.schemas.back().map(|entry| entry.schema.clone())
    }

    fn find(&mut self, hash: ContentHash) -> Option<Schema> {
        let index = self.schemas.iter().rposition(|entry| entry.hash == hash)?;
        if index + 1 < self.schemas.len() {
            let entry = self.schemas.remove(index)?;
            self.schemas.push_back(entry);
        }
        self.schemas.back().map(|entry| entry.schema.clone())
    }

    fn keep(&mut self, entry: Entry) {
        // Another thread may have kept it meanwhile.
        if entry.nodes > MAX_NODES || entry.patterns > MAX_PATTERNS || self.find(entry.hash).is_some() {
            return;
        }
        self.nodes += entry.nodes;
        self.patterns += entry.patterns;
        self.schemas.push_back(entry);
        while self.schemas.len() > MAX_SCHEMAS || self.nodes > MAX_NODES || self.patterns > MAX_PATTERNS {
            let Some(oldest) = self.schemas.pop_front() else { return };
            self.nodes -= oldest.nodes;
            self.patterns -= oldest.patterns;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by it")]

    use serde_json::json;

    use super::*;

    fn entry(name: usize, nodes: usize, patterns: usize) -> Entry {
        let schema = json!({"const": name});
        Entry { hash: ContentHash::of(&schema), schema: Schema::compile(&schema).unwrap(), nodes, patterns }
    }

    #[test]
    fn what_is_kept_is_bounded_and_what_is_used_stays() {
        let mut kept = SchemaCache { schemas: VecDeque::new(), nodes: 0, patterns: 0 };
        let first = entry(0, 1, 0).hash;
        kept.keep(entry(0, 1, 0));
        for name in 1..1000 {
            kept.keep(entry(name, name * 7 % 900, name % 5));
            assert!(kept.find(first).is_some(), "{name}");
            assert!(kept.schemas.len() <= MAX_SCHEMAS && kept.nodes <= MAX_NODES && kept.patterns <= MAX_PATTERNS);
            assert_eq!(kept.nodes, kept.schemas.iter().map(|entry| entry.nodes).sum::<usize>());
            assert_eq!(kept.patterns, kept.schemas.iter().map(|entry| entry.patterns).sum::<usize>());
        }
        kept.keep(entry(1000, MAX_NODES + 1, 0));
        assert!(kept.find(entry(1000, 0, 0).hash).is_none(), "what is larger than all may be is not kept");
    }

    #[test]
    fn a_schema_that_is_kept_says_what_it_said() {
        let schema = json!({"type": "string", "pattern": "^[a-z]+$"});
        for _ in 0..3 {
            let compiled = compiled(&schema).unwrap();
            assert!(compiled.mismatches(&json!("abc")).is_empty());
            assert_eq!(compiled.mismatches(&json!("ABC")).len(), 1);
            assert!(super::compiled(&json!({"type": "nothing"})).is_err());
        }
    }
}
