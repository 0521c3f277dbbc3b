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

impl Difference {
    /// Whether it is in what a bundle says of who decided what and when: no run makes that again, and `again` is what stands
    /// there by rights, where that is known.
    #[must_use]
    pub fn is_of_audit(&self) -> bool {
        let path = self.path.as_str();
        // Where a step is named, the run asked something else.
        self.step_id.is_none() && (path == "/audit_hash" || path.starts_with("/receipt/audit/"))
    }
}

/// The first difference of two values that stand at a pointer.
pub(crate) fn first_difference(at: &str, recorded: &Value, again: &Value) -> Option<Difference> {
    first(Some(recorded), Some(again), &mut PointerBuf::parse(at).unwrap_or_default())
}

/// The first difference of two values, members in the order of their names.
pub(crate) fn first(bundle: Option<&Value>, again: Option<&Value>, path: &mut PointerBuf) -> Option<Difference> {
    if bundle == again {
        return None;
    }
    let found = match (bundle, again) {
        (Some(Value::Object(old)), Some(Value::Object(new))) => {
            let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
            names.into_iter().find_map(|name| below(name, old.get(name), new.get(name), path))
        }
        (Some(Value::Array(old)), Some(Value::Array(new))) => (0..old.len().max(new.len()))
            .find_map(|index| below(&index.to_string(), old.get(index), new.get(index), path)),
        _ => None,
    };
    found.or_else(|| {
        let (bundle, again) = (bundle.cloned(), again.cloned());
        Some(Difference { step_id: None, path: path.clone(), bundle, again })
    })
}

/// The first difference of what is below. A name can be long, and is not copied for each value that is below it.
fn below(token: &str, old: Option<&Value>, new: Option<&Value>, path: &mut PointerBuf) -> Option<Difference> {
    path.push_back(token);
    let found = first(old, new, path);
    path.pop_back();
    found
}
