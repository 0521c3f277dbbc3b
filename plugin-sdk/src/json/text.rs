//! JSON as text, which costs little more than its bytes where a tree of values would be made and torn down.

use core::fmt;

use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

use super::required;
use super::write::{written, written_with};
use crate::node::Node;

/// A JSON value as the text that it is written as. Two are the same if their values are.
///
/// ```
/// use sortie_plugin_sdk::JsonText;
/// use sortie_plugin_sdk::prelude::*;
///
/// let text = JsonText::of(&[1, 2]);
/// assert_eq!((text.as_str(), text.value()), ("[1,2]", json!([1, 2])));
/// ```
#[derive(Clone)]
pub struct JsonText(String);

impl JsonText {
    /// The text of a value. Panics, which the host makes a failure with the place, where it has no JSON form.
    #[must_use]
    #[track_caller]
    pub fn of<T: Serialize + ?Sized>(value: &T) -> Self {
        Self::required(value, format_args!("the value"))
    }

    /// The text of a value. What has no JSON form is a mistake of the author.
    #[track_caller]
    pub(crate) fn required<T: Serialize + ?Sized>(value: &T, what: fmt::Arguments<'_>) -> Self {
        // No closure, in which the caller's place would be this one.
        match written(value) {
            Some(text) => Self(text),
            None => Self(required(value, what).to_string()),
        }
    }

    /// The text of an object that has a string under a name and the members of a value, in place of one that has this name;
    /// the kind of the value, where it has no members.
    #[track_caller]
    pub(crate) fn with_members<T: Serialize + ?Sized>(
        (name, string): (&str, &str),
        value: &T,
        what: fmt::Arguments<'_>,
    ) -> Result<Self, &'static str> {
        if let Some(text) = written_with(name, string, value) {
            return Ok(Self(text));
        }
        let members = Self::required(value, what);
        members.with_member(name, string).ok_or_else(|| members.kind())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The value.
    #[must_use]
    pub fn value(&self) -> Value {
        crate::node::from_text(&self.0).unwrap_or_default()
    }

    /// What it is, with its article.
    fn kind(&self) -> &'static str {
        Node::of(&self.0).kind()
    }

    /// The object that it is, or that nothing is, with a member more, in place of one that has its name. Nothing, where it is
    /// something else.
    fn with_member<T: Serialize + ?Sized>(&self, name: &str, value: &T) -> Option<Self> {
        let node = Node::of(&self.0);
        if node.is_null() {
            return Some(Self(format!("{{{}:{}}}", Self::of(name), Self::of(value))));
        }
        if !node.is_object() {
            return None;
        }
        if node.get(name).is_some() {
            let mut value_with = self.value();
            value_with.as_object_mut()?.insert(name.to_owned(), required(value, format_args!("`{name}`")));
            return Some(value_with.into());
        }
        let (members, value) = (node.text().get(1..)?, Self::of(value));
        let comma = if members.starts_with('}') { "" } else { "," };
        Some(Self(format!("{{{}:{value}{comma}{members}", Self::of(name))))
    }

    pub(crate) fn into_string(self) -> String {
        self.0
    }
}

impl From<Value> for JsonText {
    fn from(value: Value) -> Self {
        Self(value.to_string())
    }
}

impl PartialEq for JsonText {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0 || self.value() == other.value()
    }
}

impl PartialEq<Value> for JsonText {
    fn eq(&self, other: &Value) -> bool {
        self.value() == *other
    }
}

impl fmt::Debug for JsonText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for JsonText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// As the value that it is.
impl Serialize for JsonText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Node::of(&self.0).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for JsonText {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_object_takes_a_member_more_and_each_name_once() {
        let with = |text: &str| JsonText(text.to_owned()).with_member("a", "x").map(|text| text.0);
        assert_eq!(with("{}").as_deref(), Some(r#"{"a":"x"}"#));
        assert_eq!(with("null").as_deref(), Some(r#"{"a":"x"}"#));
        assert_eq!(with(r#"{"b":{"a":1}}"#).as_deref(), Some(r#"{"a":"x","b":{"a":1}}"#));
        assert_eq!(with(r#"{"b":1,"a":2}"#).as_deref(), Some(r#"{"a":"x","b":1}"#));
        assert_eq!((with("[]"), with("1")), (None, None));
    }

    #[test]
    fn members_are_written_behind_a_string_and_each_name_once() {
        #[derive(Serialize)]
        struct Parcel {
            b: u8,
            #[serde(flatten)]
            more: Value,
        }
        let with = |value: &dyn Fn() -> Result<JsonText, &'static str>| value().map(|text| text.0);
        let of = |value: Value| with(&|| JsonText::with_members(("a", "x"), &value, format_args!("it")));
        assert_eq!(of(json!({})).as_deref(), Ok(r#"{"a":"x"}"#));
        assert_eq!(of(json!(null)).as_deref(), Ok(r#"{"a":"x"}"#));
        assert_eq!(of(json!({"b": {"a": 1}})).as_deref(), Ok(r#"{"a":"x","b":{"a":1}}"#));
        assert_eq!(of(json!({"b": 1, "a": 2})).as_deref(), Ok(r#"{"a":"x","b":1}"#));
        assert_eq!(of(json!({"\"": 1})).as_deref(), Ok(r#"{"a":"x","\"":1}"#));
        assert_eq!((of(json!([])), of(json!("s"))), (Err("an array"), Err("a string")));
        let parcel = |more: Value| {
            let parcel = Some(Parcel { b: 1, more });
            with(&|| JsonText::with_members(("a", "x"), &parcel, format_args!("it")))
        };
        assert_eq!(parcel(json!({"c": [2]})).as_deref(), Ok(r#"{"a":"x","b":1,"c":[2]}"#));
        assert_eq!(parcel(json!({"a": 3})).as_deref(), Ok(r#"{"a":"x","b":1}"#));
        assert_eq!(
            with(&|| JsonText::with_members(("b", "x"), &Parcel { b: 1, more: json!({}) }, format_args!("it")))
                .as_deref(),
            Ok(r#"{"b":"x"}"#)
        );
    }

    #[test]
    fn two_texts_are_the_same_if_their_values_are() {
        let read = |text: &str| serde_json::from_str::<JsonText>(text).ok();
        assert_eq!(read(r#"{"b": 1, "a": 2}"#), Some(JsonText(r#"{"b":1,"a":2}"#.to_owned())));
        assert!(JsonText::of(&1) != JsonText::of(&2) && JsonText::of(&[1]) == json!([1]));
    }
}
