//! Where a result differs from one that was recorded.

use std::collections::BTreeSet;

use jsonptr::PointerBuf;
use serde::Serialize;
use serde_json::Value;

/// Where a result differs from the one in a bundle.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// The first step that differs; none, if all steps are the same and something else differs.
    pub step_id: Option<String>,
    /// Where in the result.
    pub path: PointerBuf,
    /// What the bundle has there.
    pub bundle: Option<Value>,
    /// What came of running it again.
    pub again: Option<Value>,
}

/// The first difference of two values that stand at a pointer.
pub(crate) fn first_difference(at: &str, recorded: &Value, again: &Value) -> Option<Difference> {
    let path = PointerBuf::parse(at).unwrap_or_default();
    first(Some(recorded), Some(again), path)
}

/// The first difference of two values, members in the order of their names.
pub(crate) fn first(bundle: Option<&Value>, again: Option<&Value>, path: PointerBuf) -> Option<Difference> {
    if bundle == again {
        return None;
    }
    let below = |token: &str| {
        let mut path = path.clone();
        path.push_back(token);
        path
    };
    let found = match (bundle, again) {
        (Some(Value::Object(old)), Some(Value::Object(new))) => {
            let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
            names.into_iter().find_map(|name| first(old.get(name), new.get(name), below(name)))
        }
        (Some(Value::Array(old)), Some(Value::Array(new))) => (0..old.len().max(new.len()))
            .find_map(|index| first(old.get(index), new.get(index), below(&index.to_string()))),
        _ => None,
    };
    found.or_else(|| Some(Difference { step_id: None, path, bundle: bundle.cloned(), again: again.cloned() }))
}
