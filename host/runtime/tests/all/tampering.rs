//! Bundles that somebody changed.
#![expect(clippy::unwrap_used, reason = "a test may end where its input is not as it must be")]

use serde_json::{Value, json};
use sortie_host::Bundle;
use sortie_host::json::ContentHash;

use crate::support::sandbox;

/// What verifying says of a bundle: nothing, if it is as it should be.
pub(crate) fn judged(bundle: &Value) -> Result<(), String> {
    let bundle: Bundle = serde_json::from_value(bundle.clone()).map_err(|error| error.to_string())?;
    match bundle.verify(sandbox()) {
        Ok(None) => Ok(()),
        Ok(Some(difference)) => Err(difference.path.to_string()),
        Err(error) => Err(error.to_string()),
    }
}

/// The pointers of all values of a document.
fn pointers(value: &Value, at: &str, into: &mut Vec<String>) {
    into.push(at.to_owned());
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, member)| pointers(member, &format!("{at}/{name}"), into));
        }
        Value::Array(elements) => {
            elements.iter().enumerate().for_each(|(index, element)| pointers(element, &format!("{at}/{index}"), into));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn altered(value: &Value) -> Value {
    match value {
        Value::Null => json!("something"),
        Value::Bool(yes) => json!(!yes),
        Value::Number(number) => json!(number.as_u64().map_or(0, |number| number + 1)),
        Value::String(text) => json!(format!("{text}x")),
        Value::Array(_) => json!({}),
        Value::Object(_) => json!([]),
    }
}

/// What somebody could take for the same value, and is of another kind.
fn other_kinds(value: &Value) -> Vec<Value> {
    let mut kinds = vec![json!([value]), json!({"": value})];
    match value {
        Value::Null => kinds.extend([json!(false), json!(""), json!(0), json!({}), json!([])]),
        Value::Bool(yes) => kinds.extend([json!(yes.to_string()), json!(u8::from(*yes))]),
        Value::Number(number) => kinds.push(json!(number.to_string())),
        Value::String(text) => {
            let as_number = text.parse::<u32>().ok().map(|number| json!(number));
            kinds.extend([json!(format!(" {text}")), Value::Null].into_iter().chain(as_number));
        }
        Value::Array(elements) => {
            let turned: Vec<_> = elements.iter().rev().cloned().collect();
            kinds.extend((turned != *elements).then(|| json!(turned)));
        }
        Value::Object(_) => kinds.push(Value::Null),
    }
    kinds
}

/// Alters, adds to and removes each value of a bundle that is right, and requires that verifying tells of it each time. Gives
/// how many values there are.
pub(crate) fn notices_every_change(bundle: &Value) -> usize {
    assert_eq!(judged(bundle), Ok(()));
    let mut all = Vec::new();
    pointers(bundle, "", &mut all);
    for at in &all {
        let with = |change: &dyn Fn(&mut Value)| {
            let mut changed = bundle.clone();
            change(changed.pointer_mut(at).unwrap());
            judged(&changed)
        };
        assert!(with(&|value| *value = altered(value)).is_err(), "altered at {at}");
        for kind in other_kinds(bundle.pointer(at).unwrap()) {
            assert!(with(&|value| *value = kind.clone()).is_err(), "{kind} at {at}");
        }
        let added = with(&|value| match value {
            Value::Object(members) => drop(members.insert("one_more".to_owned(), json!(1))),
            Value::Array(elements) => elements.push(elements.first().cloned().unwrap_or_default()),
            other => *other = altered(other),
        });
        assert!(added.is_err(), "added at {at}");
        let Some((parent, name)) = at.rsplit_once('/') else { continue };
        let mut changed = bundle.clone();
        match changed.pointer_mut(parent).unwrap() {
            Value::Object(members) => drop(members.remove(name)),
            Value::Array(elements) => drop(elements.remove(name.parse::<usize>().unwrap())),
            _ => unreachable!("a value within is in one of these"),
        }
        assert!(judged(&changed).is_err(), "removed at {at}");
    }
    all.len()
}

/// The bundle with another audit, and the hash that belongs to it, as the book describes it.
pub(crate) fn with_audit(mut bundle: Value, audit: Value) -> Value {
    let hash = ContentHash::of(&json!({"audit": audit, "receipt": bundle["result"]["receipt"]["id"]}));
    bundle["result"]["receipt"]["audit"] = audit;
    bundle["audit_hash"] = json!(hash);
    bundle
}
