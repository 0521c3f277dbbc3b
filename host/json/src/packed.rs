//! Values in little space.

use serde_json::Value;

/// A value as text: of a small object, a tenth of the memory of the tree that it stands for. The text is compact and
/// not canonical: it is read again here and shown to nobody.
///
/// ```
/// use sortie_json::PackedValue;
///
/// let value = serde_json::json!({"name": "a scenario", "tags": ["slow"]});
/// assert_eq!(PackedValue::of(&value).value(), value);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackedValue(Box<[u8]>);

impl PackedValue {
    /// Packs a value that keeps the rules.
    #[must_use]
    pub fn of(value: &Value) -> Self {
        #[expect(clippy::expect_used, reason = "a Value has string keys, and its text fits into memory")]
        let text = serde_json::to_vec(value).expect("a value has a JSON form");
        Self(text.into_boxed_slice())
    }

    /// The text.
    pub(crate) fn text(&self) -> &[u8] {
        &self.0
    }
}

/// Takes the elements of lists out of an object and packs them: for each name, those of the list under it, if that is
/// one. An empty list stays behind.
///
/// ```
/// use serde_json::json;
/// use sortie_json::pack_lists;
///
/// let mut suite = json!({"name": "days", "scenarios": [{"n": 1}, {"n": 2}]});
/// let packed = pack_lists(&mut suite, &["scenarios"]);
/// assert_eq!(suite, json!({"name": "days", "scenarios": []}));
/// assert_eq!(packed[0][1].value(), json!({"n": 2}));
/// ```
#[must_use]
pub fn pack_lists(object: &mut Value, names: &[&str]) -> Vec<Vec<PackedValue>> {
    let mut pack = |name: &&str| match object.get_mut(*name) {
        // One by one: a value is freed as soon as it is packed.
        Some(Value::Array(elements)) => {
            std::mem::take(elements).into_iter().map(|value| PackedValue::of(&value)).collect()
        }
        Some(_) | None => Vec::new(),
    };
    names.iter().map(&mut pack).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{ParseLimits, parse_packed, parse_str};

    #[test]
    fn what_was_packed_is_the_value_that_it_was() {
        let value =
            parse_str(r#"{"a": [1, 1.50, -0.0, 1e30, "é\n", null, {"b": {}}], "c": -9007199254740991}"#).unwrap();
        assert_eq!(PackedValue::of(&value).value(), value);
    }

    #[test]
    fn lists_are_packed_while_they_are_read_as_they_are_afterwards() {
        let text = r#"{"a": [1, {"x": []}], "b": {"a": [2]}, "c": "text", "d": []}"#;
        let names = ["a", "c", "d", "e"];
        let (head, packed) = parse_packed(text.as_bytes(), ParseLimits::default(), &names).unwrap();
        assert_eq!(head, json!({"a": [], "b": {"a": [2]}, "c": "text", "d": []}));
        let values: Vec<Vec<Value>> = packed.iter().map(|list| list.iter().map(PackedValue::value).collect()).collect();
        assert_eq!(values, [vec![json!(1), json!({"x": []})], vec![], vec![], vec![]]);
        let mut whole = parse_str(text).unwrap();
        assert_eq!((pack_lists(&mut whole, &names), whole), (packed, head));
    }
}
