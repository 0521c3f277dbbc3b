//! From values to JSON text, without a tree of values on the way: writing costs little more than the text.

use core::fmt;

use serde::ser::{
    Error, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple, SerializeTupleStruct,
    SerializeTupleVariant, Serializer,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[cfg(test)]
use super::to_value;
use super::{MAX_INTEGER, required};
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
        Self(written(value).unwrap_or_else(|| required(value, what).to_string()))
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
    pub(crate) fn kind(&self) -> &'static str {
        Node::of(&self.0).kind()
    }

    /// The object that it is, or that nothing is, with a member more, in place of one that has its name. Nothing, where it is
    /// something else.
    pub(crate) fn with_member<T: Serialize + ?Sized>(&self, name: &str, value: &T) -> Option<Self> {
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

/// The text, or nothing where some part may have no JSON form: [`to_value`] tells which, and why.
fn written<T: Serialize + ?Sized>(value: &T) -> Option<String> {
    serde_json::to_string(&Checked { value, is_key: false }).ok()
}

/// A value whose numbers and keys are checked while it is written.
struct Checked<'v, T: ?Sized> {
    value: &'v T,
    is_key: bool,
}

impl<'v, T: ?Sized> Checked<'v, T> {
    fn value(value: &'v T) -> Self {
        Self { value, is_key: false }
    }
}

impl<T: Serialize + ?Sized> Serialize for Checked<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(Checker { inner: serializer, is_key: self.is_key })
    }
}

/// A serializer that refuses what JSON has no form for, and leaves the rest to another.
struct Checker<S> {
    inner: S,
    is_key: bool,
}

fn refused<E: Error>() -> E {
    E::custom("it may have no JSON form")
}

macro_rules! passed_on {
    ($($function:ident($type:ty)),* $(,)?) => {
        $(fn $function(self, value: $type) -> Result<S::Ok, S::Error> {
            self.inner.$function(value)
        })*
    };
}

impl<S: Serializer> Serializer for Checker<S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = Parts<S::SerializeSeq>;
    type SerializeTuple = Parts<S::SerializeTuple>;
    type SerializeTupleStruct = Parts<S::SerializeTupleStruct>;
    type SerializeTupleVariant = Parts<S::SerializeTupleVariant>;
    type SerializeMap = Parts<S::SerializeMap>;
    type SerializeStruct = Parts<S::SerializeStruct>;
    type SerializeStructVariant = Parts<S::SerializeStructVariant>;

    passed_on!(
        serialize_bool(bool),
        serialize_i8(i8),
        serialize_i16(i16),
        serialize_i32(i32),
        serialize_u8(u8),
        serialize_u16(u16),
        serialize_u32(u32),
        serialize_char(char),
        serialize_str(&str),
        serialize_bytes(&[u8]),
        serialize_unit_struct(&'static str),
    );

    fn serialize_i64(self, value: i64) -> Result<S::Ok, S::Error> {
        if value.unsigned_abs() > MAX_INTEGER { Err(refused()) } else { self.inner.serialize_i64(value) }
    }

    fn serialize_u64(self, value: u64) -> Result<S::Ok, S::Error> {
        if value > MAX_INTEGER { Err(refused()) } else { self.inner.serialize_u64(value) }
    }

    fn serialize_i128(self, _: i128) -> Result<S::Ok, S::Error> {
        Err(refused())
    }

    fn serialize_u128(self, _: u128) -> Result<S::Ok, S::Error> {
        Err(refused())
    }

    fn serialize_f32(self, value: f32) -> Result<S::Ok, S::Error> {
        self.serialize_f64(value.into())
    }

    fn serialize_f64(self, value: f64) -> Result<S::Ok, S::Error> {
        if self.is_key || !value.is_finite() { Err(refused()) } else { self.inner.serialize_f64(value) }
    }

    fn serialize_none(self) -> Result<S::Ok, S::Error> {
        self.inner.serialize_none()
    }

    fn serialize_unit(self) -> Result<S::Ok, S::Error> {
        self.inner.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.inner.serialize_some(&Checked { value, is_key: self.is_key })
    }

    fn serialize_unit_variant(self, name: &'static str, index: u32, variant: &'static str) -> Result<S::Ok, S::Error> {
        self.inner.serialize_unit_variant(name, index, variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, name: &'static str, value: &T) -> Result<S::Ok, S::Error> {
        self.inner.serialize_newtype_struct(name, &Checked { value, is_key: self.is_key })
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        self.inner.serialize_newtype_variant(name, index, variant, &Checked::value(value))
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Self::SerializeSeq, S::Error> {
        self.inner.serialize_seq(length).map(Parts)
    }

    fn serialize_tuple(self, length: usize) -> Result<Self::SerializeTuple, S::Error> {
        self.inner.serialize_tuple(length).map(Parts)
    }

    fn serialize_tuple_struct(self, name: &'static str, length: usize) -> Result<Self::SerializeTupleStruct, S::Error> {
        self.inner.serialize_tuple_struct(name, length).map(Parts)
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Self::SerializeTupleVariant, S::Error> {
        self.inner.serialize_tuple_variant(name, index, variant, length).map(Parts)
    }

    fn serialize_map(self, length: Option<usize>) -> Result<Self::SerializeMap, S::Error> {
        self.inner.serialize_map(length).map(Parts)
    }

    fn serialize_struct(self, name: &'static str, length: usize) -> Result<Self::SerializeStruct, S::Error> {
        self.inner.serialize_struct(name, length).map(Parts)
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Self::SerializeStructVariant, S::Error> {
        self.inner.serialize_struct_variant(name, index, variant, length).map(Parts)
    }
}

/// What has parts, each of which is checked.
struct Parts<P>(P);

macro_rules! elements {
    ($($trait:ident $function:ident),* $(,)?) => {
        $(impl<P: $trait> $trait for Parts<P> {
            type Ok = P::Ok;
            type Error = P::Error;

            fn $function<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), P::Error> {
                self.0.$function(&Checked::value(value))
            }

            fn end(self) -> Result<P::Ok, P::Error> {
                self.0.end()
            }
        })*
    };
}

elements!(
    SerializeSeq serialize_element,
    SerializeTuple serialize_element,
    SerializeTupleStruct serialize_field,
    SerializeTupleVariant serialize_field,
);

macro_rules! fields {
    ($($trait:ident),* $(,)?) => {
        $(impl<P: $trait> $trait for Parts<P> {
            type Ok = P::Ok;
            type Error = P::Error;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), P::Error> {
                self.0.serialize_field(name, &Checked::value(value))
            }

            fn skip_field(&mut self, name: &'static str) -> Result<(), P::Error> {
                self.0.skip_field(name)
            }

            fn end(self) -> Result<P::Ok, P::Error> {
                self.0.end()
            }
        })*
    };
}

fields!(SerializeStruct, SerializeStructVariant);

impl<P: SerializeMap> SerializeMap for Parts<P> {
    type Ok = P::Ok;
    type Error = P::Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), P::Error> {
        self.0.serialize_key(&Checked { value, is_key: true })
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), P::Error> {
        self.0.serialize_value(&Checked::value(value))
    }

    fn end(self) -> Result<P::Ok, P::Error> {
        self.0.end()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;

    #[derive(Serialize)]
    enum Shape {
        Nothing,
        One(f64),
        Two(u8, i64),
        Named { a: Option<u64>, b: &'static str },
    }

    #[derive(Serialize)]
    struct Unit;

    #[derive(Serialize)]
    struct Pair(u64, f32);

    /// What is written is what the tree of values is.
    fn check<T: Serialize>(value: &T) {
        let text = written(value);
        let read: Option<Value> = text.and_then(|text| serde_json::from_str(&text).ok());
        assert_eq!(read, to_value(value).ok());
    }

    #[test]
    fn what_is_written_is_what_the_value_is() {
        check(&[Shape::Nothing, Shape::One(1.5), Shape::Two(1, -2), Shape::Named { a: None, b: "x\"\u{e9}\n" }]);
        check(&(Unit, Pair(7, 0.5), (), 'c', true, Some(Some(1_i64)), [0_u8; 3]));
        check(&BTreeMap::from([(1_i64, "a"), (2, "b")]));
        check(&BTreeMap::from([('k', json!({"a": [1, {"b": null}]}))]));
        check(&((1_u64 << 53) - 1, -((1_i64 << 53) - 1)));
        check(&JsonText::from(json!({"deep": [1.25]})));
    }

    #[test]
    fn what_has_no_json_form_is_not_written() {
        for value in [Shape::One(f64::NAN), Shape::Two(1, i64::MIN), Shape::Named { a: Some(1 << 53), b: "" }] {
            assert_eq!((written(&[&value]), to_value(&value).is_err()), (None, true));
        }
        assert_eq!(written(&BTreeMap::from([([1], 1)])), None);
        // What is refused without need is written by way of its value.
        assert_eq!(JsonText::of(&[5_i128]).as_str(), "[5]");
    }

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
    fn two_texts_are_the_same_if_their_values_are() {
        let read = |text: &str| serde_json::from_str::<JsonText>(text).ok();
        assert_eq!(read(r#"{"b": 1, "a": 2}"#), Some(JsonText(r#"{"b":1,"a":2}"#.to_owned())));
        assert!(JsonText::of(&1) != JsonText::of(&2) && JsonText::of(&[1]) == json!([1]));
    }
}
