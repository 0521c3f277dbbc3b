//! How one state differs from another, for people: what stood at a place before, and what stands there after.

use std::collections::BTreeSet;

use jsonptr::PointerBuf;
use serde::Serialize;
use serde_json::Value;

/// How many changes are told one by one.
const MAX_CHANGES: usize = 200;
/// How many bytes the pointers of those may have together: a name can be as long as a state may be large.
const MAX_PATH_BYTES: usize = 64 << 10;

/// A place at which two states differ.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StateChange {
    /// The JSON Pointer (RFC 6901) of the place.
    pub path: PointerBuf,
    /// What stood there; absent if nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// What stands there now; absent if nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
}

/// Where two states differ, in the order of the places; the elements of an array are paired from both its ends.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct StateChanges {
    /// The first of them.
    pub changes: Vec<StateChange>,
    /// How many there are besides.
    pub more: usize,
    #[serde(skip)]
    path_bytes: usize,
}

impl StateChanges {
    /// Where two states differ.
    ///
    /// ```
    /// use serde_json::json;
    /// use sortie_host::StateChanges;
    ///
    /// let found = StateChanges::between(&json!({"tasks": [1, 3]}), &json!({"tasks": [1, 2, 3], "done": true}));
    /// let places: Vec<String> = found.changes.iter().map(|change| change.path.to_string()).collect();
    /// assert_eq!(places, ["/done", "/tasks/1"]);
    /// ```
    #[must_use]
    pub fn between(before: &Value, after: &Value) -> Self {
        let mut found = Self::default();
        found.compare(Some(before), Some(after), &mut PointerBuf::root());
        found
    }

    /// Whether the states are the same.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// How many places there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.changes.len() + self.more
    }

    fn compare(&mut self, before: Option<&Value>, after: Option<&Value>, path: &mut PointerBuf) {
        match (before, after) {
            (Some(Value::Object(old)), Some(Value::Object(new))) => {
                let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
                for name in names {
                    self.below(name, old.get(name), new.get(name), path);
                }
            }
            (Some(Value::Array(old)), Some(Value::Array(new))) => self.arrays(old, new, path),
            (before, after) if before == after => {}
            (before, after) => {
                let path_bytes = self.path_bytes.saturating_add(path.len());
                let fits = self.changes.is_empty() || path_bytes <= MAX_PATH_BYTES;
                if self.more == 0 && self.changes.len() < MAX_CHANGES && fits {
                    self.path_bytes = path_bytes;
                    let (before, after) = (before.cloned(), after.cloned());
                    self.changes.push(StateChange { path: path.clone(), before, after });
                } else {
                    self.more += 1;
                }
            }
        }
    }

    fn arrays(&mut self, old: &[Value], new: &[Value], path: &mut PointerBuf) {
        let alike = old.iter().zip(new).take_while(|(old, new)| old == new).count();
        let (old, new) = (old.get(alike..).unwrap_or_default(), new.get(alike..).unwrap_or_default());
        let at_end = old.iter().rev().zip(new.iter().rev()).take_while(|(old, new)| old == new).count();
        let old = old.get(..old.len() - at_end).unwrap_or_default();
        let new = new.get(..new.len() - at_end).unwrap_or_default();
        for index in 0..old.len().max(new.len()) {
            self.below(&(alike + index).to_string(), old.get(index), new.get(index), path);
        }
    }

    fn below(&mut self, token: &str, before: Option<&Value>, after: Option<&Value>, path: &mut PointerBuf) {
        path.push_back(token);
        self.compare(before, after, path);
        path.pop_back();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(before: Value, after: Value, expected: Value) {
        let found = StateChanges::between(&before, &after);
        assert_eq!(serde_json::to_value(found.changes).unwrap_or_default(), expected);
    }

    #[test]
    fn each_place_that_differs_is_told_once_with_both_values() {
        check(json!({"a": 1}), json!({"a": 1}), json!([]));
        check(json!({"a": 1}), json!({"a": 2}), json!([{"path": "/a", "before": 1, "after": 2}]));
        check(json!({"a": null}), json!({}), json!([{"path": "/a", "before": null}]));
        check(json!({}), json!({"a/b": {}}), json!([{"path": "/a~1b", "after": {}}]));
        check(json!({"a": [1]}), json!({"a": {}}), json!([{"path": "/a", "before": [1], "after": {}}]));
    }

    #[test]
    fn what_is_inserted_into_an_array_or_removed_is_told_alone() {
        check(json!([1, 2, 4]), json!([1, 2, 3, 4]), json!([{"path": "/2", "after": 3}]));
        check(json!([1, 2, 3]), json!([2, 3]), json!([{"path": "/0", "before": 1}]));
        check(json!([1, 1]), json!([1, 1, 1]), json!([{"path": "/2", "after": 1}]));
        check(
            json!([{"id": 1, "done": false}, {"id": 2}]),
            json!([{"id": 1, "done": true}, {"id": 2}]),
            json!([{"path": "/0/done", "before": false, "after": true}]),
        );
    }

    #[test]
    fn a_great_difference_is_counted_to_its_end() {
        let all: Vec<usize> = (0..1000).collect();
        let found = StateChanges::between(&json!({"all": []}), &json!({"all": all}));
        assert_eq!((found.changes.len(), found.more, found.count()), (MAX_CHANGES, 800, 1000));
        for (length, more) in [(MAX_CHANGES, 0), (MAX_CHANGES + 1, 1)] {
            let found = StateChanges::between(&json!({"all": []}), &json!({"all": vec![0; length]}));
            assert_eq!((found.changes.len(), found.more), (MAX_CHANGES, more));
        }
        // A pointer of a slash, a name, a slash and a digit.
        let long = |name: usize| {
            let (name, all) = ("n".repeat(name), vec![0; 8]);
            let found = StateChanges::between(&json!({&name: []}), &json!({&name: all}));
            (found.changes.len(), found.more)
        };
        assert_eq!(long(MAX_PATH_BYTES / 8 - 3), (8, 0));
        assert_eq!(long(MAX_PATH_BYTES / 8 - 2), (7, 1));
        assert_eq!(long(10 << 20), (1, 7));
    }
}
