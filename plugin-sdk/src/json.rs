//! From values to JSON, where what JSON has no form for is an error with its place: `serde_json` makes `null` of NaN.

use core::fmt::{Arguments, Display, Formatter};

use serde::Serialize;
use serde::ser::{
    SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple, SerializeTupleStruct,
    SerializeTupleVariant, Serializer,
};
use serde_json::{Map, Number, Value};

mod key;
mod literal;
mod text;
mod write;

use key::ToKey;
pub use literal::{element, member};
pub use text::JsonText;

/// The greatest integer that every reader of JSON knows exactly (RFC 7493, section 2.2).
const MAX_INTEGER: u64 = (1 << 53) - 1;

/// A value that has no JSON form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NotJson {
    /// The tokens of the JSON Pointer of what has none, innermost first.
    place: Vec<String>,
    reason: String,
}

impl NotJson {
    fn new(reason: impl Into<String>) -> Self {
        Self { place: Vec::new(), reason: reason.into() }
    }

    /// The same, within a member or an element.
    fn within(mut self, token: impl Display) -> Self {
        self.place.push(token.to_string().replace('~', "~0").replace('/', "~1"));
        self
    }
}

impl Display for NotJson {
    fn fmt(&self, f: &mut Formatter<'_>) -> core::fmt::Result {
        if self.place.is_empty() {
            return write!(f, "it {}", self.reason);
        }
        f.write_str("at `")?;
        for token in self.place.iter().rev() {
            write!(f, "/{token}")?;
        }
        write!(f, "` {}", self.reason)
    }
}

impl core::error::Error for NotJson {}

impl serde::ser::Error for NotJson {
    fn custom<T: Display>(message: T) -> Self {
        Self::new(format!("is what cannot be written: {message}"))
    }
}

/// The value as JSON.
pub(crate) fn to_value<T: Serialize + ?Sized>(value: &T) -> Result<Value, NotJson> {
    value.serialize(ToValue)
}

/// The value as JSON. What has no JSON form is a mistake of the author.
#[track_caller]
pub(crate) fn required<T: Serialize + ?Sized>(value: &T, what: Arguments<'_>) -> Value {
    match to_value(value) {
        Ok(value) => value,
        #[expect(clippy::panic, reason = "the host makes a panic a failure with the place and this message")]
        Err(error) => panic!("{what} cannot be JSON: {error}"),
    }
}

/// How `serde_json` passes what is JSON already through a serializer: as a struct of this kind of name, with the text in
/// its one member.
const VERBATIM: &str = "$serde_json::private::";
/// That name, where the text is any JSON.
pub(crate) const RAW: &str = "$serde_json::private::RawValue";

struct ToValue;

fn integer(number: i128) -> Result<Value, NotJson> {
    let exact = number.unsigned_abs() <= u128::from(MAX_INTEGER);
    match (exact, i64::try_from(number)) {
        (true, Ok(number)) => Ok(number.into()),
        _ => Err(NotJson::new(format!(
            "is the integer {number}, which not every reader of JSON knows exactly: write it as a string"
        ))),
    }
}

impl Serializer for ToValue {
    type Ok = Value;
    type Error = NotJson;
    type SerializeSeq = Items;
    type SerializeTuple = Items;
    type SerializeTupleStruct = Items;
    type SerializeTupleVariant = Items;
    type SerializeMap = Members;
    type SerializeStruct = Members;
    type SerializeStructVariant = Members;

    fn serialize_bool(self, value: bool) -> Result<Value, NotJson> {
        Ok(Value::Bool(value))
    }

    fn serialize_i8(self, value: i8) -> Result<Value, NotJson> {
        Ok(value.into())
    }

    fn serialize_i16(self, value: i16) -> Result<Value, NotJson> {
        Ok(value.into())
    }

    fn serialize_i32(self, value: i32) -> Result<Value, NotJson> {
        Ok(value.into())
    }

    fn serialize_i64(self, value: i64) -> Result<Value, NotJson> {
        integer(value.into())
    }

    fn serialize_i128(self, value: i128) -> Result<Value, NotJson> {
        integer(value)
    }

    fn serialize_u8(self, value: u8) -> Result<Value, NotJson> {
        Ok(value.into())
    }

    fn serialize_u16(self, value: u16) -> Result<Value, NotJson> {
        Ok(value.into())
    }

    fn serialize_u32(self, value: u32) -> Result<Value, NotJson> {
        Ok(value.into())
    }

    fn serialize_u64(self, value: u64) -> Result<Value, NotJson> {
        integer(value.into())
    }

    fn serialize_u128(self, value: u128) -> Result<Value, NotJson> {
        integer(i128::try_from(value).unwrap_or(i128::MAX))
    }

    fn serialize_f32(self, value: f32) -> Result<Value, NotJson> {
        self.serialize_f64(value.into())
    }

    fn serialize_f64(self, value: f64) -> Result<Value, NotJson> {
        let number = Number::from_f64(value);
        number.map(Value::Number).ok_or_else(|| NotJson::new(format!("is {value}, which JSON has no number for")))
    }

    fn serialize_char(self, value: char) -> Result<Value, NotJson> {
        Ok(value.to_string().into())
    }

    fn serialize_str(self, value: &str) -> Result<Value, NotJson> {
        Ok(value.into())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<Value, NotJson> {
        Ok(value.into())
    }

    fn serialize_none(self) -> Result<Value, NotJson> {
        Ok(Value::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Value, NotJson> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Value, NotJson> {
        Ok(Value::Null)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Value, NotJson> {
        Ok(Value::Null)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<Value, NotJson> {
        Ok(variant.into())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<Value, NotJson> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Value, NotJson> {
        let value = value.serialize(self).map_err(|error| error.within(variant))?;
        Ok(Value::Object(Map::from_iter([(variant.to_owned(), value)])))
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Items, NotJson> {
        Ok(Items { variant: None, items: Vec::with_capacity(length.unwrap_or_default().min(1024)) })
    }

    fn serialize_tuple(self, length: usize) -> Result<Items, NotJson> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_struct(self, _: &'static str, length: usize) -> Result<Items, NotJson> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Items, NotJson> {
        Ok(Items { variant: Some(variant), items: Vec::new() })
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Members, NotJson> {
        Ok(Members::default())
    }

    fn serialize_struct(self, name: &'static str, _: usize) -> Result<Members, NotJson> {
        Ok(Members { verbatim: name.starts_with(VERBATIM), ..Members::default() })
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Members, NotJson> {
        Ok(Members { variant: Some(variant), ..Members::default() })
    }
}

/// The value of a variant, under its name.
fn tagged(variant: Option<&'static str>, value: Value) -> Value {
    match variant {
        Some(variant) => Value::Object(Map::from_iter([(variant.to_owned(), value)])),
        None => value,
    }
}

/// The error within a variant's value.
fn within(variant: Option<&'static str>, error: NotJson) -> NotJson {
    match variant {
        Some(variant) => error.within(variant),
        None => error,
    }
}

struct Items {
    variant: Option<&'static str>,
    items: Vec<Value>,
}

impl SerializeSeq for Items {
    type Ok = Value;
    type Error = NotJson;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NotJson> {
        let item = to_value(value).map_err(|error| within(self.variant, error.within(self.items.len())))?;
        self.items.push(item);
        Ok(())
    }

    fn end(self) -> Result<Value, NotJson> {
        Ok(tagged(self.variant, Value::Array(self.items)))
    }
}

impl SerializeTuple for Items {
    type Ok = Value;
    type Error = NotJson;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NotJson> {
        SerializeSeq::serialize_element(self, value)
    }

    fn end(self) -> Result<Value, NotJson> {
        SerializeSeq::end(self)
    }
}

impl SerializeTupleStruct for Items {
    type Ok = Value;
    type Error = NotJson;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NotJson> {
        SerializeSeq::serialize_element(self, value)
    }

    fn end(self) -> Result<Value, NotJson> {
        SerializeSeq::end(self)
    }
}

impl SerializeTupleVariant for Items {
    type Ok = Value;
    type Error = NotJson;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NotJson> {
        SerializeSeq::serialize_element(self, value)
    }

    fn end(self) -> Result<Value, NotJson> {
        SerializeSeq::end(self)
    }
}

#[derive(Default)]
struct Members {
    variant: Option<&'static str>,
    map: Map<String, Value>,
    key: Option<String>,
    verbatim: bool,
}

impl Members {
    fn insert<T: Serialize + ?Sized>(&mut self, key: String, value: &T) -> Result<(), NotJson> {
        match to_value(value) {
            Ok(value) => {
                self.map.insert(key, value);
                Ok(())
            }
            Err(error) => Err(within(self.variant, error.within(key))),
        }
    }
}

impl SerializeMap for Members {
    type Ok = Value;
    type Error = NotJson;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), NotJson> {
        self.key = key.serialize(ToKey::default())?;
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NotJson> {
        let key = self.key.take().unwrap_or_default();
        self.insert(key, value)
    }

    fn end(self) -> Result<Value, NotJson> {
        Ok(tagged(self.variant, Value::Object(self.map)))
    }
}

impl SerializeStruct for Members {
    type Ok = Value;
    type Error = NotJson;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), NotJson> {
        self.insert(name.to_owned(), value)
    }

    fn end(self) -> Result<Value, NotJson> {
        if self.verbatim {
            let text = self.map.values().next().and_then(Value::as_str).unwrap_or_default();
            return serde_json::from_str(text).map_err(serde::ser::Error::custom);
        }
        SerializeMap::end(self)
    }
}

impl SerializeStructVariant for Members {
    type Ok = Value;
    type Error = NotJson;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), NotJson> {
        self.insert(name.to_owned(), value)
    }

    fn end(self) -> Result<Value, NotJson> {
        SerializeMap::end(self)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by it")]

    use std::collections::BTreeMap;

    use super::*;

    #[derive(Serialize)]
    enum Shape {
        Point,
        Circle(f64),
        Box { width: f64 },
        Line(f64, f64),
    }

    #[test]
    fn what_has_a_json_form_is_written_as_serde_json_writes_it() {
        let check = |value: &dyn Fn() -> Value, expected: Value| assert_eq!(value(), expected);
        let keys = BTreeMap::from([(3_u8, Some('c')), (5, None)]);
        check(&|| to_value(&keys).unwrap(), serde_json::to_value(&keys).unwrap());
        for shape in [Shape::Point, Shape::Circle(1.5), Shape::Box { width: -0.5 }, Shape::Line(0.0, 1e300)] {
            assert_eq!(to_value(&shape).unwrap(), serde_json::to_value(&shape).unwrap());
        }
        let value = serde_json::json!({"a": [1, -2, 2.5, "é", null, true], "b": {"c": 9_007_199_254_740_991_u64}});
        assert_eq!(to_value(&value).unwrap(), value);
        assert_eq!(to_value(&("x", (), [0_u8; 2])).unwrap(), serde_json::json!(["x", null, [0, 0]]));
    }

    #[test]
    fn what_has_none_is_told_with_the_line_of_who_wrote_it() {
        let line = std::sync::Arc::new(std::sync::Mutex::new(None));
        let (told, before) = (std::sync::Arc::clone(&line), std::panic::take_hook());
        std::panic::set_hook(Box::new(move |panic| {
            if panic.payload_as_str() == Some("the output cannot be JSON: it is NaN, which JSON has no number for") {
                *told.lock().unwrap() = panic.location().map(|place| (place.file().to_owned(), place.line()));
            } else {
                before(panic);
            }
        }));
        let expected = line!() + 1;
        let made = std::panic::catch_unwind(|| crate::Output::new().output(f64::NAN));
        drop(std::panic::take_hook());
        assert!(made.is_err());
        assert_eq!(line.lock().unwrap().take(), Some((file!().to_owned(), expected)));
    }

    #[test]
    fn what_has_none_is_told_with_its_place() {
        #[track_caller]
        fn check(value: &(impl Serialize + ?Sized), message: &str) {
            assert_eq!(to_value(value).unwrap_err().to_string(), message);
        }
        check(&f64::NAN, "it is NaN, which JSON has no number for");
        check(
            &BTreeMap::from([("a/b", vec![1.0, f64::INFINITY])]),
            "at `/a~1b/1` is inf, which JSON has no number for",
        );
        check(&Shape::Circle(f64::NAN), "at `/Circle` is NaN, which JSON has no number for");
        check(&Shape::Box { width: f64::NAN }, "at `/Box/width` is NaN, which JSON has no number for");
        check(&Shape::Line(0.0, f64::NAN), "at `/Line/1` is NaN, which JSON has no number for");
        let exact = "which not every reader of JSON knows exactly: write it as a string";
        check(&[u64::MAX], &format!("at `/0` is the integer 18446744073709551615, {exact}"));
        check(&i64::MIN, &format!("it is the integer -9223372036854775808, {exact}"));
        check(&vec![BTreeMap::from([((1, 2), 3)])], "at `/0` has a key that is a tuple: a key is a string");
    }
}
