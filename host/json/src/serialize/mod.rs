//! The canonical form of our own types, without a copy of them as values.
//!
//! A type's members come in the order in which they are declared. They are written as they come, and put in order at
//! the end of their object, where they are not.

mod key;

use serde::Serialize;
use serde::ser::{
    Error as _, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

use crate::scalar::is_plain_ascii;
use crate::write::{boolean, float, integer, string, write};
use key::Key;

pub use key::NotJson;

/// How `serde_json` hands out a number, if a program that embeds this one has turned on its `arbitrary_precision`.
const NUMBER: &str = "$serde_json::private::Number";
/// How `serde_json` hands out a text that is JSON already.
const RAW: &str = "$serde_json::private::RawValue";

/// The canonical bytes of the JSON form of a type; an error says why it has none (a key that is no string, say).
///
/// ```
/// use std::collections::BTreeMap;
///
/// use sortie_json::canonical_of;
///
/// assert_eq!(canonical_of(&BTreeMap::from([("b", 1.0), ("a", 2.0)])).unwrap(), br#"{"a":2,"b":1}"#);
/// assert!(canonical_of(&f64::NAN).is_err());
/// ```
pub fn canonical_of<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, NotJson> {
    let mut bytes = Vec::with_capacity(512);
    append_canonical_of(value, &mut bytes)?;
    Ok(bytes)
}

/// Appends these bytes to a buffer; where there is an error, some of them.
pub(crate) fn append_canonical_of<T: Serialize + ?Sized>(value: &T, bytes: &mut Vec<u8>) -> Result<(), NotJson> {
    let mut writer = Writer { bytes: std::mem::take(bytes), members: Vec::new(), spare: Vec::new() };
    let written = value.serialize(&mut writer);
    *bytes = writer.bytes;
    written
}

struct Writer {
    bytes: Vec<u8>,
    /// The members so far of all objects that are open.
    members: Vec<Member>,
    /// Where members are put in order.
    spare: Vec<u8>,
}

/// Where a member stands: its key in quotes from `start`, its value up to `end`.
#[derive(Clone, Copy)]
struct Member {
    start: usize,
    key_end: usize,
    end: usize,
    /// Whether the bytes of its key are in the order of what they mean.
    is_plain: bool,
}

/// An array or object that is being written.
struct Open<'w> {
    writer: &'w mut Writer,
    /// Where the bracket is.
    start: usize,
    /// How many members there were before.
    before: usize,
    empty: bool,
    close: &'static [u8],
}

impl Writer {
    fn open(&mut self, open: &[u8], close: &'static [u8]) -> Open<'_> {
        self.bytes.extend_from_slice(open);
        let (start, before) = (self.bytes.len(), self.members.len());
        Open { writer: self, start, before, empty: true, close }
    }

    /// An object of one member, whose value comes next.
    fn variant(&mut self, name: &str) {
        self.bytes.push(b'{');
        string(name, &mut self.bytes);
        self.bytes.push(b':');
    }
}

impl Open<'_> {
    fn comma(&mut self) {
        if !std::mem::take(&mut self.empty) {
            self.writer.bytes.push(b',');
        }
    }

    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NotJson> {
        self.comma();
        value.serialize(&mut *self.writer)
    }

    fn key(&mut self, key: &str) {
        self.comma();
        let Writer { bytes, members, .. } = &mut *self.writer;
        let start = bytes.len();
        bytes.reserve(key.len() + 3);
        // The names of our own types are short and ASCII: one look at them tells all.
        let is_plain = if is_plain_ascii(key.as_bytes()) {
            bytes.push(b'"');
            bytes.extend_from_slice(key.as_bytes());
            bytes.push(b'"');
            true
        } else {
            string(key, bytes);
            is_plain(bytes.get(start..).unwrap_or_default())
        };
        let key_end = bytes.len();
        members.push(Member { start, key_end, end: key_end, is_plain });
        bytes.push(b':');
    }

    fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NotJson> {
        let number = self.writer.members.len().checked_sub(1);
        value.serialize(&mut *self.writer)?;
        let end = self.writer.bytes.len();
        if let Some(member) = number.and_then(|number| self.writer.members.get_mut(number)) {
            member.end = end;
        }
        Ok(())
    }

    fn close(self) {
        self.writer.order(self.start, self.before);
        self.writer.bytes.extend_from_slice(self.close);
    }
}

impl Writer {
    /// Puts the members of the object that began at a place in order. Of members with the same key the last counts.
    fn order(&mut self, start: usize, before: usize) {
        let Self { bytes, members, spare } = self;
        let own = members.get_mut(before..).unwrap_or_default();
        let key = |member: &Member| bytes.get(member.start..member.key_end).unwrap_or_default();
        let compare = |one: &Member, other: &Member| {
            if one.is_plain && other.is_plain {
                inside(key(one)).cmp(inside(key(other)))
            } else {
                meaning(key(one)).cmp(&meaning(key(other)))
            }
        };
        if !own.is_sorted_by(|one, other| compare(one, other).is_lt()) {
            own.sort_by(compare);
            spare.clear();
            for (index, member) in own.iter().enumerate() {
                let is_last = own.get(index + 1).is_none_or(|next| key(next) != key(member));
                if is_last {
                    if !spare.is_empty() {
                        spare.push(b',');
                    }
                    spare.extend_from_slice(bytes.get(member.start..member.end).unwrap_or_default());
                }
            }
            bytes.truncate(start);
            bytes.extend_from_slice(spare);
        }
        members.truncate(before);
    }
}

/// Whether the bytes of a key are in the order of what they mean.
fn is_plain(key: &[u8]) -> bool {
    !key.iter().any(|byte| *byte == b'\\' || *byte >= 0xee)
}

fn inside(key: &[u8]) -> &[u8] {
    key.get(1..key.len().saturating_sub(1)).unwrap_or_default()
}

/// The UTF-16 code units of a key as it is written.
fn meaning(key: &[u8]) -> Vec<u16> {
    let text: String = serde_json::from_slice(key).unwrap_or_default();
    text.encode_utf16().collect()
}

impl<'w> Serializer for &'w mut Writer {
    type Ok = ();
    type Error = NotJson;
    type SerializeSeq = Open<'w>;
    type SerializeTuple = Open<'w>;
    type SerializeTupleStruct = Open<'w>;
    type SerializeTupleVariant = Open<'w>;
    type SerializeMap = Open<'w>;
    type SerializeStruct = Fields<'w>;
    type SerializeStructVariant = Open<'w>;

    fn serialize_bool(self, value: bool) -> Result<(), NotJson> {
        boolean(value, &mut self.bytes);
        Ok(())
    }

    fn serialize_i8(self, value: i8) -> Result<(), NotJson> {
        self.serialize_i64(value.into())
    }

    fn serialize_i16(self, value: i16) -> Result<(), NotJson> {
        self.serialize_i64(value.into())
    }

    fn serialize_i32(self, value: i32) -> Result<(), NotJson> {
        self.serialize_i64(value.into())
    }

    fn serialize_i64(self, value: i64) -> Result<(), NotJson> {
        integer(value, &mut self.bytes);
        Ok(())
    }

    fn serialize_u8(self, value: u8) -> Result<(), NotJson> {
        self.serialize_i64(value.into())
    }

    fn serialize_u16(self, value: u16) -> Result<(), NotJson> {
        self.serialize_i64(value.into())
    }

    fn serialize_u32(self, value: u32) -> Result<(), NotJson> {
        self.serialize_i64(value.into())
    }

    fn serialize_u64(self, value: u64) -> Result<(), NotJson> {
        match i64::try_from(value) {
            Ok(value) => integer(value, &mut self.bytes),
            #[expect(clippy::cast_precision_loss, reason = "a number that is no double is written as the nearest")]
            Err(_) => float(value as f64, &mut self.bytes),
        }
        Ok(())
    }

    fn serialize_f32(self, value: f32) -> Result<(), NotJson> {
        self.serialize_f64(value.into())
    }

    fn serialize_f64(self, value: f64) -> Result<(), NotJson> {
        if !value.is_finite() {
            return Err(NotJson::custom("JSON has no NaN and no infinities"));
        }
        float(value, &mut self.bytes);
        Ok(())
    }

    fn serialize_char(self, value: char) -> Result<(), NotJson> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result<(), NotJson> {
        string(value, &mut self.bytes);
        Ok(())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), NotJson> {
        let mut sequence = self.serialize_seq(Some(value.len()))?;
        value.iter().try_for_each(|byte| SerializeSeq::serialize_element(&mut sequence, byte))?;
        SerializeSeq::end(sequence)
    }

    fn serialize_none(self) -> Result<(), NotJson> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), NotJson> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), NotJson> {
        self.bytes.extend_from_slice(b"null");
        Ok(())
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<(), NotJson> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _name: &'static str, _index: u32, variant: &'static str) -> Result<(), NotJson> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _name: &'static str, value: &T) -> Result<(), NotJson> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), NotJson> {
        self.variant(variant);
        value.serialize(&mut *self)?;
        self.bytes.push(b'}');
        Ok(())
    }

    fn serialize_seq(self, _length: Option<usize>) -> Result<Open<'w>, NotJson> {
        Ok(self.open(b"[", b"]"))
    }

    fn serialize_tuple(self, _length: usize) -> Result<Open<'w>, NotJson> {
        Ok(self.open(b"[", b"]"))
    }

    fn serialize_tuple_struct(self, _name: &'static str, _length: usize) -> Result<Open<'w>, NotJson> {
        Ok(self.open(b"[", b"]"))
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _length: usize,
    ) -> Result<Open<'w>, NotJson> {
        self.variant(variant);
        Ok(self.open(b"[", b"]}"))
    }

    fn serialize_map(self, _length: Option<usize>) -> Result<Open<'w>, NotJson> {
        Ok(self.open(b"{", b"}"))
    }

    fn serialize_struct(self, name: &'static str, _length: usize) -> Result<Fields<'w>, NotJson> {
        Ok(match name {
            NUMBER | RAW => Fields::Text(self),
            _ => Fields::Own(self.open(b"{", b"}")),
        })
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _length: usize,
    ) -> Result<Open<'w>, NotJson> {
        self.variant(variant);
        Ok(self.open(b"{", b"}}"))
    }
}

impl SerializeSeq for Open<'_> {
    type Ok = ();
    type Error = NotJson;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NotJson> {
        self.element(value)
    }

    fn end(self) -> Result<(), NotJson> {
        self.close();
        Ok(())
    }
}

impl SerializeTuple for Open<'_> {
    type Ok = ();
    type Error = NotJson;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NotJson> {
        self.element(value)
    }

    fn end(self) -> Result<(), NotJson> {
        self.close();
        Ok(())
    }
}

impl SerializeTupleStruct for Open<'_> {
    type Ok = ();
    type Error = NotJson;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NotJson> {
        self.element(value)
    }

    fn end(self) -> Result<(), NotJson> {
        self.close();
        Ok(())
    }
}

impl SerializeTupleVariant for Open<'_> {
    type Ok = ();
    type Error = NotJson;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NotJson> {
        self.element(value)
    }

    fn end(self) -> Result<(), NotJson> {
        self.close();
        Ok(())
    }
}

impl SerializeMap for Open<'_> {
    type Ok = ();
    type Error = NotJson;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), NotJson> {
        key.serialize(Key(|text: &str| self.key(text)))
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NotJson> {
        self.value(value)
    }

    fn end(self) -> Result<(), NotJson> {
        self.close();
        Ok(())
    }
}

impl SerializeStructVariant for Open<'_> {
    type Ok = ();
    type Error = NotJson;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), NotJson> {
        self.key(name);
        self.value(value)
    }

    fn end(self) -> Result<(), NotJson> {
        self.close();
        Ok(())
    }
}

/// The members of a struct, or the text of what `serde_json` hands out as JSON text.
enum Fields<'w> {
    Own(Open<'w>),
    Text(&'w mut Writer),
}

impl SerializeStruct for Fields<'_> {
    type Ok = ();
    type Error = NotJson;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), NotJson> {
        match self {
            Self::Own(open) => {
                open.key(name);
                open.value(value)
            }
            Self::Text(writer) => {
                let mut read = Ok(serde_json::Value::Null);
                value.serialize(Key(|text: &str| read = serde_json::from_str(text)))?;
                write(&read.map_err(NotJson::custom)?, &mut writer.bytes);
                Ok(())
            }
        }
    }

    fn end(self) -> Result<(), NotJson> {
        if let Self::Own(open) = self {
            open.close();
        }
        Ok(())
    }
}
