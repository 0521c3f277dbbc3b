//! `assert`: an expectation as a step.

use serde_json::Map;
use sortie_harness::expectation::{Assertion, AssertionOutcome, InvalidAssertion, JsonType, Mismatch, Op, bounded};
use sortie_plugin_sdk::prelude::*;

use crate::nearest::{nearest, suggesting};
use crate::state::some_value;

/// What is expected of the state. The operators are those of a suite's expectations.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Assert {
    /// A JSON Pointer into the state.
    pub path: String,
    /// The operator: `eq`, `ne`, `gt`, `ge`, `lt`, `le`, `exists`, `missing`, `contains`, `starts_with`,
    /// `ends_with`, `matches`, `length`, `type`, `one_of`, `includes`, `close_to`, `unordered_eq`.
    pub op: String,
    /// What the operator compares with.
    #[serde(default, deserialize_with = "some_value", skip_serializing_if = "Option::is_none")]
    pub expected: Option<Value>,
    /// Whether the comparison is to come out false.
    #[serde(default)]
    pub not: bool,
    /// By how much `close_to` may differ.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tolerance: Option<f64>,
    /// What the failure says instead of what is generated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// Fails the step unless the state is as expected.
#[operation(
    reads = [payload("/path")],
    examples = [
        (json!({"path": "/count", "op": "ge", "expected": 1}), json!({"count": 2})),
        (json!({"path": "/error", "op": "missing"}), json!({})),
    ]
)]
pub fn assert(payload: Assert, call: &Call) -> Result<Output> {
    let assertion = assertion(&payload)?;
    let actual = call.get(&payload.path);
    match assertion.check(actual) {
        AssertionOutcome::Passed => Ok(Output::new()),
        AssertionOutcome::Failed(mismatch) => Err(failure(&payload, &assertion, actual, &mismatch)),
    }
}

fn assertion(payload: &Assert) -> Result<Assertion> {
    let op: Op = payload.op.parse().map_err(|_| {
        let sentence = format!("there is no operator `{}`", payload.op);
        let near = nearest(&payload.op, Op::NAMES);
        Failure::new("invalid_op", suggesting(sentence, near)).with_details(json!({"nearest": near, "ops": Op::NAMES}))
    })?;
    let assertion = Assertion::new(op, payload.expected.clone(), payload.tolerance).map_err(|error| {
        let near = match &error {
            InvalidAssertion::UnknownType { name } => nearest(name, JsonType::NAMES),
            _ => None,
        };
        Failure::new("invalid_assertion", suggesting(error.to_string(), near))
    })?;
    Ok(if payload.not { assertion.negated() } else { assertion })
}

/// The details are the mismatch's facts and `reason`, `path`, `op`, and `actual` and `expected` where there are any.
fn failure(payload: &Assert, assertion: &Assertion, actual: Option<&Value>, mismatch: &Mismatch) -> Failure {
    let reason = mismatch.reason.to_string();
    let mut details: Map<String, Value> = mismatch.facts.clone();
    details.insert("reason".to_owned(), json!(reason));
    details.insert("path".to_owned(), json!(payload.path));
    details.insert("op".to_owned(), json!(payload.op));
    details.insert("not".to_owned(), json!(payload.not));
    for (key, value) in [("actual", actual), ("expected", assertion.expected())] {
        if let Some(value) = value {
            details.insert(key.to_owned(), bounded(value));
        }
    }
    let message = payload.message.clone().unwrap_or_else(|| sentence(payload, assertion, actual, &reason));
    Failure::new("assertion_failed", message).with_details(details)
}

fn sentence(payload: &Assert, assertion: &Assertion, actual: Option<&Value>, reason: &str) -> String {
    let not = if payload.not { "not " } else { "" };
    let expected = assertion.expected().map(|value| format!(" {}", bounded(value))).unwrap_or_default();
    let found = match actual {
        Some(value) => format!("it is {}", bounded(value)),
        None => "there is nothing".to_owned(),
    };
    format!("expected `{}` {not}{}{expected}, but {found} ({reason})", payload.path, payload.op)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Expectation, check};

    fn state() -> Value {
        json!({"n": 3, "text": "hello", "list": [1, 2, {"a": 1}], "nothing": null})
    }

    fn asserted(payload: Value, expected: Expectation<'_>) {
        check(&assert::ENTRY, payload, state(), expected);
    }

    #[test]
    fn what_holds_changes_nothing() {
        let cases = [
            json!({"path": "/n", "op": "eq", "expected": 3}),
            json!({"path": "/n", "op": "eq", "expected": 4, "not": true}),
            json!({"path": "/n", "op": "close_to", "expected": 3.1, "tolerance": 0.2}),
            json!({"path": "/nothing", "op": "eq", "expected": null}),
            json!({"path": "/nothing", "op": "exists"}),
            json!({"path": "/nowhere", "op": "missing"}),
            json!({"path": "/text", "op": "matches", "expected": "^h.*o$"}),
            json!({"path": "/list", "op": "length", "expected": 3}),
            json!({"path": "/list", "op": "includes", "expected": [{"a": 1}]}),
            json!({"path": "", "op": "contains", "expected": "n"}),
        ];
        for payload in cases {
            asserted(payload, Expectation::State(state()));
        }
    }

    #[test]
    fn what_does_not_hold_says_what_was_expected_and_found() {
        let cases = [
            (json!({"path": "/n", "op": "gt", "expected": 3}), "expected `/n` gt 3, but it is 3 (gt_mismatch)"),
            (
                json!({"path": "/n", "op": "eq", "expected": 3, "not": true}),
                "expected `/n` not eq 3, but it is 3 (not_eq_mismatch)",
            ),
            (json!({"path": "/n", "op": "eq", "expected": "3"}), "expected `/n` eq \"3\", but it is 3 (type_error)"),
            (
                json!({"path": "/x", "op": "eq", "expected": null}),
                "expected `/x` eq null, but there is nothing (path_missing)",
            ),
            (json!({"path": "/n", "op": "missing"}), "expected `/n` missing, but it is 3 (path_present)"),
            (json!({"path": "/n", "op": "missing", "message": "too many"}), "too many"),
        ];
        for (payload, message) in cases {
            asserted(payload, Expectation::Failure("assertion_failed", message));
        }
    }

    #[test]
    fn the_details_are_for_programs() {
        let call = Call::with_state(state()).build();
        let payload = json!({"path": "/list", "op": "length", "expected": 2});
        let failure = assert(serde_json::from_value(payload).unwrap(), &call).unwrap_err();
        let expected = json!({
            "reason": "length_mismatch", "path": "/list", "op": "length", "not": false, "length": 3,
            "actual": [1, 2, {"a": 1}], "expected": 2,
        });
        assert_eq!(failure.details, Some(expected));
    }

    #[test]
    fn an_assertion_that_cannot_be_made_is_a_failure_of_another_kind() {
        let cases = [
            (
                json!({"path": "", "op": "eqq", "expected": 1}),
                "invalid_op",
                "there is no operator `eqq`; did you mean `eq`?",
            ),
            (json!({"path": "", "op": "resembles"}), "invalid_op", "there is no operator `resembles`"),
            (json!({"path": "", "op": "eq"}), "invalid_assertion", "`eq` compares with `expected`, which is missing"),
            (
                json!({"path": "", "op": "type", "expected": "sting"}),
                "invalid_assertion",
                "there is no type `sting`; did you mean `string`?",
            ),
            (
                json!({"path": "", "op": "close_to", "expected": 1}),
                "invalid_assertion",
                "`close_to` needs a `tolerance`",
            ),
            (
                json!({"path": "", "op": "matches", "expected": "("}),
                "invalid_assertion",
                "the regular expression does not parse: unclosed group",
            ),
        ];
        for (payload, code, message) in cases {
            asserted(payload, Expectation::Failure(code, message));
        }
    }
}
