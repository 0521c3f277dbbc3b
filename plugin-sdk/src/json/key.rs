//! From the keys of maps to those of JSON objects.

use serde::Serialize;
use serde::ser::{Impossible, Serializer};

use super::NotJson;
use super::write::write_string;

/// The key of a map: a string, or what is written as one.
#[derive(Default)]
pub(super) struct ToKey<'w> {
    /// Behind which text a string is written at once.
    text: Option<&'w mut String>,
}

/// The key; nothing, where it was written.
type Key = Option<String>;

impl<'w> ToKey<'w> {
    /// Writes a string behind this text.
    pub(super) fn behind(text: &'w mut String) -> Self {
        Self { text: Some(text) }
    }
}

fn no_key<T>(what: &str) -> Result<T, NotJson> {
    Err(NotJson::new(format!("has a key that is {what}: a key is a string")))
}

macro_rules! written_keys {
    ($($function:ident: $type:ty),* $(,)?) => {
        $(fn $function(self, value: $type) -> Result<Key, NotJson> {
            Ok(Some(value.to_string()))
        })*
    };
}

impl Serializer for ToKey<'_> {
    type Ok = Key;
    type Error = NotJson;
    type SerializeSeq = Impossible<Key, NotJson>;
    type SerializeTuple = Impossible<Key, NotJson>;
    type SerializeTupleStruct = Impossible<Key, NotJson>;
    type SerializeTupleVariant = Impossible<Key, NotJson>;
    type SerializeMap = Impossible<Key, NotJson>;
    type SerializeStruct = Impossible<Key, NotJson>;
    type SerializeStructVariant = Impossible<Key, NotJson>;

    written_keys!(
        serialize_bool: bool,
        serialize_i8: i8,
        serialize_i16: i16,
        serialize_i32: i32,
        serialize_i64: i64,
        serialize_i128: i128,
        serialize_u8: u8,
        serialize_u16: u16,
        serialize_u32: u32,
        serialize_u64: u64,
        serialize_u128: u128,
        serialize_char: char,
    );

    fn serialize_str(self, value: &str) -> Result<Key, NotJson> {
        let Some(text) = self.text else { return Ok(Some(value.to_owned())) };
        write_string(text, value);
        Ok(None)
    }

    fn serialize_f32(self, _: f32) -> Result<Key, NotJson> {
        no_key("a number with a fraction")
    }

    fn serialize_f64(self, _: f64) -> Result<Key, NotJson> {
        no_key("a number with a fraction")
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<Key, NotJson> {
        no_key("bytes")
    }

    fn serialize_none(self) -> Result<Key, NotJson> {
        no_key("nothing")
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Key, NotJson> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Key, NotJson> {
        no_key("nothing")
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Key, NotJson> {
        no_key("nothing")
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<Key, NotJson> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<Key, NotJson> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<Key, NotJson> {
        no_key("an enum with a value")
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self::SerializeSeq, NotJson> {
        no_key("a list")
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, NotJson> {
        no_key("a tuple")
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeTupleStruct, NotJson> {
        no_key("a tuple")
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, NotJson> {
        no_key("an enum with a value")
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, NotJson> {
        no_key("a map")
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeStruct, NotJson> {
        no_key("a struct")
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, NotJson> {
        no_key("an enum with a value")
    }
}
