//! `patch`: a JSON Patch (RFC 6902).

use sortie_plugin_sdk::prelude::*;
use sortie_plugin_sdk::{Change, JsonText};

use crate::nearest::{nearest, suggesting};
use crate::state::some_value;

/// The operations of RFC 6902.
const OPS: [&str; 6] = ["add", "remove", "replace", "move", "copy", "test"];

/// What to change.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Patch {
    /// A JSON Patch (RFC 6902): applied in order, all or none.
    pub changes: Vec<PatchChange>,
}

/// One operation of a JSON Patch. Members that the standard does not define are ignored (RFC 6902, section 4).
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
pub struct PatchChange {
    /// `add`, `remove`, `replace`, `move`, `copy` or `test`.
    pub op: String,
    /// A JSON Pointer into the state.
    pub path: String,
    /// What `add`, `replace` and `test` need.
    #[serde(default, deserialize_with = "some_value", skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// A JSON Pointer into the state: what `move` and `copy` need.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
}

/// Applies a JSON Patch (RFC 6902) to the state: all of it or none.
// What may be written may be tested and copied as well. The operation itself looks at none of it.
#[operation(
    writes = [payload("/changes/*/path"), payload("/changes/*/from")],
    examples = [(
        json!({"changes": [
            {"op": "test", "path": "/a", "value": 1},
            {"op": "add", "path": "/list/-", "value": 2},
            {"op": "move", "from": "/a", "path": "/b"},
        ]}),
        json!({"a": 1, "list": []})
    )]
)]
pub fn patch(payload: Patch) -> Result<Output> {
    let changes = payload.changes.into_iter().enumerate().map(|(index, change)| read(index, change));
    Ok(Output { changes: changes.collect::<Result<_>>()?, ..Output::default() })
}

fn read(index: usize, change: PatchChange) -> Result<Change> {
    let PatchChange { op, path, value, from } = change;
    let malformed = |what: String| {
        Failure::new("invalid_change", format!("`/changes/{index}`: {what}")).with_details(json!({"index": index}))
    };
    let value = || value.map(JsonText::from).ok_or_else(|| malformed(format!("`{op}` needs a `value`")));
    let from = || from.ok_or_else(|| malformed(format!("`{op}` needs a `from`")));
    match op.as_str() {
        "add" => Ok(Change::Add { path, value: value()? }),
        "remove" => Ok(Change::Remove { path }),
        "replace" => Ok(Change::Replace { path, value: value()? }),
        "move" => Ok(Change::Move { from: from()?, path }),
        "copy" => Ok(Change::Copy { from: from()?, path }),
        "test" => Ok(Change::Test { path, value: value()? }),
        other => Err(malformed(suggesting(format!("there is no operation `{other}`"), nearest(other, OPS)))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Expectation, check, rejects};

    fn patched(changes: Value, expected: Expectation<'_>) {
        check(&patch::ENTRY, json!({"changes": changes}), json!({"a": 1, "list": [1]}), expected);
    }

    #[test]
    fn each_operation_means_what_the_standard_says() {
        let cases = [
            (json!([]), json!({"a": 1, "list": [1]})),
            (json!([{"op": "add", "path": "/list/0", "value": null}]), json!({"a": 1, "list": [null, 1]})),
            (json!([{"op": "remove", "path": "/a"}]), json!({"list": [1]})),
            (json!([{"op": "replace", "path": "/a", "value": null}]), json!({"a": null, "list": [1]})),
            (json!([{"op": "move", "from": "/a", "path": "/b"}]), json!({"b": 1, "list": [1]})),
            (json!([{"op": "copy", "from": "/a", "path": "/list/-"}]), json!({"a": 1, "list": [1, 1]})),
            (json!([{"op": "test", "path": "/a", "value": 1}]), json!({"a": 1, "list": [1]})),
            // Members that an operation does not define are ignored (RFC 6902, section 4, and appendix A.11).
            (json!([{"op": "remove", "path": "/a", "value": 1}]), json!({"list": [1]})),
            (json!([{"op": "add", "path": "/b", "value": 2, "xyz": 123}]), json!({"a": 1, "b": 2, "list": [1]})),
        ];
        for (changes, after) in cases {
            patched(changes, Expectation::State(after));
        }
    }

    #[test]
    fn a_malformed_operation_is_named_by_its_index() {
        let good = json!({"op": "remove", "path": "/a"});
        let cases = [
            (json!({"op": "add", "path": "/b"}), "`add` needs a `value`"),
            (json!({"op": "replace", "path": "/b"}), "`replace` needs a `value`"),
            (json!({"op": "test", "path": "/b"}), "`test` needs a `value`"),
            (json!({"op": "move", "path": "/b"}), "`move` needs a `from`"),
            (json!({"op": "copy", "path": "/b", "value": 1}), "`copy` needs a `from`"),
            (json!({"op": "ad", "path": "/b"}), "there is no operation `ad`; did you mean `add`?"),
            (json!({"op": "upsert", "path": "/b"}), "there is no operation `upsert`"),
        ];
        for (change, what) in cases {
            let message = format!("`/changes/1`: {what}");
            patched(json!([good, change]), Expectation::Failure("invalid_change", &message));
        }
    }

    #[test]
    fn what_is_no_payload_is_rejected() {
        rejects(&patch::ENTRY, json!({"changes": [{"op": "remove"}]}), "missing field `path`");
        rejects(&patch::ENTRY, json!({"changes": [], "x": 1}), "unknown field `x`");
    }
}
