//! Least privilege: which parts of the state an operation sees, and which it may change.

use jsonptr::{Pointer, PointerBuf};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

/// A part of the state, as a manifest declares it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Region {
    /// The value at this pointer, and all below it.
    State(PointerBuf),
    /// The value at each pointer that the payload carries at this pointer into it, where the token `*` stands for
    /// every element or member.
    Payload(PointerBuf),
}

impl<'de> Deserialize<'de> for Region {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "snake_case", deny_unknown_fields)]
        enum Text {
            State(String),
            Payload(String),
        }
        let parse = |text: String| {
            PointerBuf::parse(text.as_str())
                .map_err(|_| serde::de::Error::custom(format!("`{text}` is not a JSON Pointer (RFC 6901)")))
        };
        match Text::deserialize(deserializer)? {
            Text::State(text) => parse(text).map(Self::State),
            Text::Payload(text) => parse(text).map(Self::Payload),
        }
    }
}

/// A payload that carries no JSON Pointer where the operation expects one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the payload's `{at}` is not a JSON Pointer into the state: {found}")]
pub struct InvalidRegion {
    /// Where in the payload.
    pub at: PointerBuf,
    /// What stands there, as JSON.
    pub found: Value,
}

/// What one step's operation may read and write, with all pointers known.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Access {
    reads: Vec<PointerBuf>,
    writes: Vec<PointerBuf>,
}

impl Access {
    /// Resolves an operation's regions with a step's payload.
    pub fn resolve(reads: &[Region], writes: &[Region], payload: &Value) -> Result<Self, InvalidRegion> {
        Ok(Self { reads: resolve(reads, payload)?, writes: resolve(writes, payload)? })
    }

    /// The same access within what a host allows besides; `None` allows all.
    #[must_use]
    pub fn narrowed(self, reads: Option<&[PointerBuf]>, writes: Option<&[PointerBuf]>) -> Self {
        let within = |pointers: Vec<PointerBuf>, allowed: Option<&[PointerBuf]>| match allowed {
            None => pointers,
            Some(allowed) => intersection(&pointers, allowed),
        };
        Self { reads: within(self.reads, reads), writes: within(self.writes, writes) }
    }

    /// The pointers that may be read, sorted.
    #[must_use]
    pub fn reads(&self) -> &[PointerBuf] {
        &self.reads
    }

    /// The pointers that may be written, sorted.
    #[must_use]
    pub fn writes(&self) -> &[PointerBuf] {
        &self.writes
    }

    /// Whether a change at this pointer is allowed.
    #[must_use]
    pub fn may_write(&self, pointer: &Pointer) -> bool {
        self.writes.iter().any(|allowed| pointer.starts_with(allowed))
    }

    /// Whether the value at this pointer may be seen: to write a part is to know it.
    #[must_use]
    pub fn may_read(&self, pointer: &Pointer) -> bool {
        self.may_write(pointer) || self.reads.iter().any(|allowed| pointer.starts_with(allowed))
    }

    /// The part of the state that the operation is given: from each pointer to the value there. The cost is that
    /// of the parts, whatever the size of the rest.
    #[must_use]
    pub fn project(&self, state: &Value) -> Value {
        let part = |pointer: &PointerBuf| Some((pointer.to_string(), pointer.resolve(state).ok()?.clone()));
        Value::Object(self.reads.iter().filter_map(part).collect::<Map<_, _>>())
    }
}

/// What lies in one of each: the longer of any two pointers of which one begins with the other.
fn intersection(pointers: &[PointerBuf], allowed: &[PointerBuf]) -> Vec<PointerBuf> {
    let mut both = Vec::new();
    for pointer in pointers {
        for limit in allowed {
            if pointer.starts_with(limit) {
                both.push(pointer.clone());
            } else if limit.starts_with(pointer) {
                both.push(limit.clone());
            }
        }
    }
    sorted(both)
}

fn resolve(regions: &[Region], payload: &Value) -> Result<Vec<PointerBuf>, InvalidRegion> {
    let mut pointers = Vec::new();
    for region in regions {
        match region {
            Region::State(pointer) => pointers.push(pointer.clone()),
            Region::Payload(at) => carried(at, payload, &mut pointers)?,
        }
    }
    Ok(sorted(pointers))
}

fn sorted(mut pointers: Vec<PointerBuf>) -> Vec<PointerBuf> {
    pointers.sort_by(|a, b| a.as_str().cmp(b.as_str()));
    pointers.dedup();
    pointers
}

/// Collects the pointers that the payload carries at a pattern.
fn carried(pattern: &Pointer, payload: &Value, into: &mut Vec<PointerBuf>) -> Result<(), InvalidRegion> {
    let mut found: Vec<(PointerBuf, &Value)> = vec![(PointerBuf::root(), payload)];
    for token in pattern.tokens() {
        let name = token.decoded();
        found = found.into_iter().flat_map(|(at, value)| children(&at, value, &name)).collect();
    }
    for (at, value) in found {
        let pointer = value.as_str().and_then(|text| PointerBuf::parse(text).ok());
        into.push(pointer.ok_or_else(|| InvalidRegion { at, found: value.clone() })?);
    }
    Ok(())
}

fn children<'v>(at: &Pointer, value: &'v Value, name: &str) -> Vec<(PointerBuf, &'v Value)> {
    let below = |token: &str, child: &'v Value| {
        let mut pointer = at.to_buf();
        pointer.push_back(token);
        (pointer, child)
    };
    match value {
        Value::Object(members) if name == "*" => members.iter().map(|(key, child)| below(key, child)).collect(),
        Value::Array(elements) if name == "*" => {
            elements.iter().enumerate().map(|(index, child)| below(&index.to_string(), child)).collect()
        }
        Value::Object(members) => members.get(name).map(|child| below(name, child)).into_iter().collect(),
        Value::Array(elements) => {
            let element = name.parse::<usize>().ok().and_then(|index| elements.get(index));
            element.map(|child| below(name, child)).into_iter().collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn regions(value: Value) -> Vec<Region> {
        serde_json::from_value(value).unwrap()
    }

    fn texts(pointers: &[PointerBuf]) -> Vec<&str> {
        pointers.iter().map(|pointer| pointer.as_str()).collect()
    }

    #[test]
    fn regions_come_from_the_manifest_and_from_the_payload() {
        let reads = regions(json!([{"state": "/b"}, {"payload": "/with/*"}, {"payload": "/absent"}]));
        let access = Access::resolve(&reads, &[], &json!({"with": {"x": "/a", "y": "/b"}})).unwrap();
        assert_eq!(texts(access.reads()), ["/a", "/b"]);
        assert_eq!(access.project(&json!({"a": 1, "c": 2})), json!({"/a": 1}));
    }

    #[test]
    fn a_payload_without_a_pointer_where_one_is_due_is_an_error_that_says_where() {
        let reads = regions(json!([{"payload": "/changes/*/path"}]));
        let error = Access::resolve(&reads, &[], &json!({"changes": [{"path": "/a"}, {"path": 7}]})).unwrap_err();
        assert_eq!((error.at.as_str(), error.found), ("/changes/1/path", json!(7)));
    }

    #[test]
    fn a_pointer_covers_what_is_below_it_and_not_what_only_begins_alike() {
        let access = Access::resolve(&[], &regions(json!([{"state": "/tasks"}])), &json!({})).unwrap();
        let may = |text: &'static str| access.may_write(Pointer::from_static(text));
        assert!(may("/tasks") && may("/tasks/0/id"));
        assert!(!may("/tasks2") && !may("") && !may("/other"));
    }

    #[test]
    fn a_host_can_narrow_what_an_operation_declares() {
        let declared = regions(json!([{"state": ""}]));
        let access = Access::resolve(&declared, &declared, &json!({})).unwrap();
        let only = [PointerBuf::parse("/a").unwrap()];
        let access = access.narrowed(Some(&only), Some(&[]));
        assert_eq!(texts(access.reads()), ["/a"]);
        assert!(access.writes().is_empty());
    }
}
