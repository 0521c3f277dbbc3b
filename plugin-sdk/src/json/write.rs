//! From values to JSON text, without a tree of values on the way: writing costs little more than the text.

use core::cell::Cell;
use core::fmt::{self, Write};

use serde::Serialize;
use serde::ser::{
    Error, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple, SerializeTupleStruct,
    SerializeTupleVariant, Serializer,
};

#[cfg(test)]
use super::to_value;
use super::{MAX_INTEGER, ToKey, VERBATIM};
use crate::scan::unescaped;

/// The text, or nothing where some part may have no JSON form: [`to_value`](super::to_value) tells which, and why.
pub(super) fn written<T: Serialize + ?Sized>(value: &T) -> Option<String> {
    let mut text = String::with_capacity(ROOM);
    value.serialize(Writer { text: &mut text, form: Form::Own }).ok()?;
    Some(text)
}

/// The text of an object that has a string under a name, and the members of a value; nothing, where that is no object of
/// Rust's or has a member of this name too, or where some part may have no JSON form.
pub(super) fn written_with<T: Serialize + ?Sized>(name: &str, string: &str, value: &T) -> Option<String> {
    let mut text = String::with_capacity(ROOM);
    text.push('{');
    write_string(&mut text, name);
    text.push(':');
    write_string(&mut text, string);
    let is_object = Cell::new(false);
    value.serialize(Writer { text: &mut text, form: Form::Members { but: name, is_object: &is_object } }).ok()?;
    is_object.get().then_some(text)
}

/// Most texts are no longer, and growing takes about as long as writing.
const ROOM: usize = 128;

/// Something that may have no JSON form.
#[derive(Debug)]
struct Unwritable;

impl fmt::Display for Unwritable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it may have no JSON form")
    }
}

impl core::error::Error for Unwritable {}

impl Error for Unwritable {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

/// Writes a value behind a text.
struct Writer<'w> {
    text: &'w mut String,
    form: Form<'w>,
}

/// What is written of a value.
#[derive(Clone, Copy)]
enum Form<'w> {
    /// Its JSON form.
    Own,
    /// It is a string that is JSON text, and written as it is.
    Verbatim,
    /// If it is an object, which is then told, its members, behind others: none of them may have this name.
    Members { but: &'w str, is_object: &'w Cell<bool> },
}

pub(super) fn write_string(text: &mut String, string: &str) {
    text.reserve(string.len() + 2);
    text.push('"');
    let plain = unescaped(string.as_bytes());
    if plain >= string.len() {
        text.push_str(string);
    } else {
        write_odd(text, string, plain);
    }
    text.push('"');
}

/// Writes what is in a string that begins with so many bytes that need no escape, and continues with one that does.
fn write_odd(text: &mut String, string: &str, mut plain: usize) {
    let mut rest = string;
    loop {
        let (plainly, odd) = rest.split_at(plain.min(rest.len()));
        text.push_str(plainly);
        let mut letters = odd.chars();
        match letters.next() {
            None => break,
            Some('"') => text.push_str("\\\""),
            Some('\\') => text.push_str("\\\\"),
            Some('\n') => text.push_str("\\n"),
            Some('\r') => text.push_str("\\r"),
            Some('\t') => text.push_str("\\t"),
            // Writing to a text does not fail.
            Some(control) => drop(write!(text, "\\u{:04x}", u32::from(control))),
        }
        rest = letters.as_str();
        plain = unescaped(rest.as_bytes());
    }
}

/// Most numbers have few digits behind the point: a whole number over a power of ten is read as the same number, and takes
/// a twentieth of what finding the shortest digits takes.
fn write_short(text: &mut String, value: f64) -> bool {
    const SCALE: f64 = 10_000.0;
    // Whole numbers up to here are exact, and so is what they are divided by: the quotient is the nearest there is.
    const MOST: f64 = 1e15;
    let scaled = (value * SCALE).round();
    if scaled == 0.0 || scaled.abs() > MOST || (scaled / SCALE).to_bits() != value.to_bits() {
        return false;
    }
    if scaled < 0.0 {
        text.push('-');
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is whole, positive and not large")]
    let scaled = scaled.abs() as u64;
    write_integer(text, scaled / 10_000);
    let fraction = scaled % 10_000;
    if fraction != 0 {
        // Behind a digit that is left out again, it has its leading zeros.
        let mut digits = itoa::Buffer::new();
        let digits = digits.format(10_000 + fraction).get(1..).unwrap_or_default();
        text.push('.');
        text.push_str(digits.trim_end_matches('0'));
    }
    true
}

fn write_integer(text: &mut String, integer: impl itoa::Integer) {
    text.push_str(itoa::Buffer::new().format(integer));
}

macro_rules! integers {
    ($($function:ident($type:ty)),* $(,)?) => {
        $(fn $function(self, value: $type) -> Result<(), Unwritable> {
            write_integer(self.text, value);
            Ok(())
        })*
    };
}

impl<'w> Serializer for Writer<'w> {
    type Ok = ();
    type Error = Unwritable;
    type SerializeSeq = Parts<'w>;
    type SerializeTuple = Parts<'w>;
    type SerializeTupleStruct = Parts<'w>;
    type SerializeTupleVariant = Parts<'w>;
    type SerializeMap = Parts<'w>;
    type SerializeStruct = Parts<'w>;
    type SerializeStructVariant = Parts<'w>;

    integers!(
        serialize_i8(i8),
        serialize_i16(i16),
        serialize_i32(i32),
        serialize_u8(u8),
        serialize_u16(u16),
        serialize_u32(u32),
    );

    fn serialize_bool(self, value: bool) -> Result<(), Unwritable> {
        self.text.push_str(if value { "true" } else { "false" });
        Ok(())
    }

    fn serialize_i64(self, value: i64) -> Result<(), Unwritable> {
        if value.unsigned_abs() > MAX_INTEGER {
            return Err(Unwritable);
        }
        write_integer(self.text, value);
        Ok(())
    }

    fn serialize_u64(self, value: u64) -> Result<(), Unwritable> {
        if value > MAX_INTEGER {
            return Err(Unwritable);
        }
        write_integer(self.text, value);
        Ok(())
    }

    fn serialize_i128(self, _: i128) -> Result<(), Unwritable> {
        Err(Unwritable)
    }

    fn serialize_u128(self, _: u128) -> Result<(), Unwritable> {
        Err(Unwritable)
    }

    fn serialize_f32(self, value: f32) -> Result<(), Unwritable> {
        self.serialize_f64(value.into())
    }

    fn serialize_f64(self, value: f64) -> Result<(), Unwritable> {
        if !value.is_finite() {
            return Err(Unwritable);
        }
        if !write_short(self.text, value) {
            self.text.push_str(&serde_json::to_string(&value).map_err(|_| Unwritable)?);
        }
        Ok(())
    }

    fn serialize_char(self, value: char) -> Result<(), Unwritable> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result<(), Unwritable> {
        if matches!(self.form, Form::Verbatim) {
            self.text.push_str(value);
        } else {
            write_string(self.text, value);
        }
        Ok(())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), Unwritable> {
        value.serialize(self)
    }

    fn serialize_none(self) -> Result<(), Unwritable> {
        self.serialize_unit()
    }

    fn serialize_unit(self) -> Result<(), Unwritable> {
        self.text.push_str("null");
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Unwritable> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Unwritable> {
        value.serialize(self)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), Unwritable> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), Unwritable> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Unwritable> {
        let mut parts = self.variant(variant, "", "}");
        value.serialize(parts.writer())?;
        parts.finish();
        Ok(())
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Parts<'w>, Unwritable> {
        Ok(self.parts("[", "]"))
    }

    fn serialize_tuple(self, _: usize) -> Result<Parts<'w>, Unwritable> {
        Ok(self.parts("[", "]"))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Parts<'w>, Unwritable> {
        Ok(self.parts("[", "]"))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Parts<'w>, Unwritable> {
        Ok(self.variant(variant, "[", "]}"))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Parts<'w>, Unwritable> {
        Ok(self.object())
    }

    fn serialize_struct(self, name: &'static str, _: usize) -> Result<Parts<'w>, Unwritable> {
        if name.starts_with(VERBATIM) {
            return Ok(Parts { form: Form::Verbatim, ..self.parts("", "") });
        }
        Ok(self.object())
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Parts<'w>, Unwritable> {
        Ok(self.variant(variant, "{", "}}"))
    }
}

impl<'w> Writer<'w> {
    fn parts(self, opening: &str, closing: &'static str) -> Parts<'w> {
        self.text.push_str(opening);
        Parts { text: self.text, closing, is_first: true, form: Form::Own }
    }

    fn object(self) -> Parts<'w> {
        let Form::Members { is_object, .. } = self.form else { return self.parts("{", "}") };
        is_object.set(true);
        Parts { text: self.text, closing: "}", is_first: false, form: self.form }
    }

    /// Opens an object whose one member has the name of a variant.
    fn variant(self, name: &str, opening: &str, closing: &'static str) -> Parts<'w> {
        self.text.push('{');
        write_string(self.text, name);
        self.text.push(':');
        self.parts(opening, closing)
    }
}

/// What has parts, that are written one after the other.
struct Parts<'w> {
    text: &'w mut String,
    closing: &'static str,
    is_first: bool,
    /// What is written of the whole: its one field, where that has JSON text.
    form: Form<'w>,
}

impl Parts<'_> {
    fn writer(&mut self) -> Writer<'_> {
        let form = if matches!(self.form, Form::Verbatim) { Form::Verbatim } else { Form::Own };
        Writer { text: self.text, form }
    }

    fn separate(&mut self) {
        if !self.is_first {
            self.text.push(',');
        }
        self.is_first = false;
    }

    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unwritable> {
        self.separate();
        value.serialize(self.writer())
    }

    fn member<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), Unwritable> {
        match self.form {
            Form::Verbatim => return value.serialize(self.writer()),
            Form::Members { but, .. } if but == name => return Err(Unwritable),
            Form::Own | Form::Members { .. } => {}
        }
        self.separate();
        write_string(self.text, name);
        self.text.push(':');
        value.serialize(self.writer())
    }

    fn finish(self) {
        self.text.push_str(self.closing);
    }
}

macro_rules! elements {
    ($($trait:ident $function:ident),* $(,)?) => {
        $(impl $trait for Parts<'_> {
            type Ok = ();
            type Error = Unwritable;

            fn $function<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unwritable> {
                self.element(value)
            }

            fn end(self) -> Result<(), Unwritable> {
                self.finish();
                Ok(())
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
        $(impl $trait for Parts<'_> {
            type Ok = ();
            type Error = Unwritable;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Unwritable> {
                self.member(name, value)
            }

            fn end(self) -> Result<(), Unwritable> {
                self.finish();
                Ok(())
            }
        })*
    };
}

fields!(SerializeStruct, SerializeStructVariant);

impl SerializeMap for Parts<'_> {
    type Ok = ();
    type Error = Unwritable;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Unwritable> {
        self.separate();
        let begin = self.text.len();
        if let Some(key) = key.serialize(ToKey::behind(self.text)).map_err(|_| Unwritable)? {
            write_string(self.text, &key);
        }
        if let Form::Members { but, .. } = self.form {
            // A name that is written with escapes may be it.
            let written = self.text.get(begin + 1..self.text.len() - 1).unwrap_or_default();
            if written == but || written.contains('\\') {
                return Err(Unwritable);
            }
        }
        self.text.push(':');
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unwritable> {
        value.serialize(self.writer())
    }

    fn end(self) -> Result<(), Unwritable> {
        self.finish();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::{Value, json};

    use super::super::JsonText;
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
        assert_eq!((written(&[5_i128]), JsonText::of(&[5_i128]).as_str()), (None, "[5]"));
    }

    #[test]
    fn what_is_written_in_short_is_the_same_number() {
        let few = [0.0, -0.0, 0.1, 0.001, 0.25, 7.25, -13.75, 99.999, 1.0, 1e9, -1e9, 1_234.5, 0.3, 0.07, 2.675];
        let odd = [1e-4, 0.0005, 1.0 / 3.0, 1e300, -5e-324, 1e12, 1e15 + 0.5, 0.1 + 0.2, f64::MAX, f64::EPSILON];
        for value in few.into_iter().chain(odd).chain((-3_000..3_000).map(|thousandths| f64::from(thousandths) / 1e3)) {
            let text = written(&value).unwrap();
            assert_eq!(text.parse::<f64>().unwrap().to_bits(), value.to_bits(), "{value} as {text}");
            assert_eq!(serde_json::from_str::<Value>(&text).unwrap().as_f64(), Some(value), "{text}");
        }
        assert_eq!([7.25, -0.5, 12.0, 0.001].map(|value| written(&value).unwrap()), ["7.25", "-0.5", "12", "0.001"]);
    }

    #[test]
    fn strings_are_written_with_what_they_need_of_escapes() {
        for length in 0..40 {
            for odd in ["", "\"", "\\", "\n\r\t", "\u{0}\u{8}\u{c}\u{1f}", "\u{7f}é😀", "\"\"\\\\"] {
                let text = format!("{}{odd}{}", "x".repeat(length), "é".repeat(length));
                let written = written(&text).unwrap();
                assert_eq!(serde_json::from_str::<String>(&written).unwrap(), text, "{written}");
            }
        }
    }
}
