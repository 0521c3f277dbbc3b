//! `merge`: a JSON Merge Patch (RFC 7396).

use serde_json::Map;
use sortie_plugin_sdk::Change;
use sortie_plugin_sdk::prelude::*;

/// What to merge into what.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Merge {
    /// A JSON Pointer to what is merged into; empty for the whole state. The parent has to be there.
    // There is no default: a place that the payload does not carry is not declared, and could not be written.
    pub path: String,
    /// A JSON Merge Patch: members that are null are removed, objects are merged, all else is replaced.
    pub value: Value,
}

/// Merges a value into what is at a place in the state (RFC 7396). Only what differs is changed.
#[operation(
    reads = [payload("/path")],
    writes = [payload("/path")],
    examples = [
        (json!({"path": "", "value": {"a": 2, "b": null}}), json!({"a": 1, "b": 1, "c": 1})),
        (json!({"path": "/settings", "value": {"dark": true}}), json!({})),
    ]
)]
pub fn merge(payload: Merge, call: &Call) -> Result<Output> {
    let mut changes = Vec::new();
    merge_into(call.get(&payload.path), payload.value, payload.path, &mut changes);
    Ok(Output { changes, ..Output::default() })
}

fn merge_into(target: Option<&Value>, patch: Value, place: String, changes: &mut Vec<Change>) {
    match (target, patch) {
        (Some(Value::Object(target)), Value::Object(patch)) => merge_members(target, patch, &place, changes),
        (Some(target), patch) => {
            let value = without_nulls(patch);
            if *target != value {
                changes.push(Change::Replace { path: place, value: value.into() });
            }
        }
        (None, patch) => changes.push(Change::Add { path: place, value: without_nulls(patch).into() }),
    }
}

fn merge_members(target: &Map<String, Value>, patch: Map<String, Value>, place: &str, changes: &mut Vec<Change>) {
    for (key, patch) in patch {
        let place = format!("{place}/{}", key.replace('~', "~0").replace('/', "~1"));
        match (target.get(&key), patch) {
            (None, Value::Null) => {}
            (Some(_), Value::Null) => changes.push(Change::Remove { path: place }),
            (target, patch) => merge_into(target, patch, place, changes),
        }
    }
}

/// What a patch makes of what is no object: an object loses its null members; elements of arrays are left alone.
fn without_nulls(patch: Value) -> Value {
    match patch {
        Value::Object(members) => {
            let kept = members.into_iter().filter(|(_, value)| !value.is_null());
            Value::Object(kept.map(|(key, value)| (key, without_nulls(value))).collect())
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Expectation, check};

    /// The cases of RFC 7396, appendix A: target, patch, result.
    fn cases() -> Vec<(Value, Value, Value)> {
        vec![
            (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "b"}), json!({"b": "c"}), json!({"a": "b", "b": "c"})),
            (json!({"a": "b"}), json!({"a": null}), json!({})),
            (json!({"a": "b", "b": "c"}), json!({"a": null}), json!({"b": "c"})),
            (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "c"}), json!({"a": ["b"]}), json!({"a": ["b"]})),
            (json!({"a": {"b": "c"}}), json!({"a": {"b": "d", "c": null}}), json!({"a": {"b": "d"}})),
            (json!({"a": [{"b": "c"}]}), json!({"a": [1]}), json!({"a": [1]})),
            (json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"])),
            (json!({"a": "b"}), json!(["c"]), json!(["c"])),
            (json!({"a": "foo"}), json!(null), json!(null)),
            (json!({"a": "foo"}), json!("bar"), json!("bar")),
            (json!({"e": null}), json!({"a": 1}), json!({"e": null, "a": 1})),
            (json!([1, 2]), json!({"a": "b", "c": null}), json!({"a": "b"})),
            (json!({}), json!({"a": {"bb": {"ccc": null}}}), json!({"a": {"bb": {}}})),
        ]
    }

    #[test]
    fn the_cases_of_the_standard_hold_at_any_place() {
        for (target, patch, result) in cases() {
            let payload = json!({"path": "/at", "value": patch});
            check(&merge::ENTRY, payload, json!({"at": target}), Expectation::State(json!({"at": result})));
            if target.is_object() && result.is_object() {
                check(&merge::ENTRY, json!({"path": "", "value": patch}), target, Expectation::State(result));
            }
        }
    }

    #[test]
    fn where_nothing_is_the_value_is_added_without_its_nulls() {
        let payload = json!({"path": "/at", "value": {"a": 1, "b": null, "c": {"d": null}, "e": [null]}});
        let after = json!({"at": {"a": 1, "c": {}, "e": [null]}});
        check(&merge::ENTRY, payload, json!({}), Expectation::State(after));
    }

    #[test]
    fn only_what_differs_is_changed() {
        let call = Call::with_state(json!({"same": [1], "a/b~": {"same": 1, "old": 1}, "gone": 0})).build();
        let value = json!({"same": [1], "a/b~": {"same": 1, "old": 2}, "gone": null, "never": null});
        let output = merge(Merge { path: String::new(), value }, &call).unwrap();
        let replaced = Change::Replace { path: "/a~1b~0/old".to_owned(), value: json!(2).into() };
        assert_eq!(output.changes, [replaced, Change::Remove { path: "/gone".to_owned() }]);
    }
}
