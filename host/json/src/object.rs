//! Objects of our own that are hashed: written member by member, in canonical form, into a buffer.

use serde::Serialize;
use serde_json::Value;

use crate::hash::ContentHash;
use crate::serialize::append_canonical_of;
use crate::write::{boolean, integer, object, string, write};

/// Writes an object in canonical form, whose members are known when this is compiled: nothing is put in order, and nothing
/// is copied first. The names are ASCII, and come in the order of their bytes.
///
/// ```
/// use serde_json::json;
/// use sortie_json::{ContentHash, ObjectWriter};
///
/// let mut bytes = Vec::new();
/// let mut object = ObjectWriter::begin(&mut bytes);
/// object.count("fuel", 7);
/// object.object("plugin", |plugin| plugin.text("name", "core"));
/// object.value("state", &json!({"b": 1, "a": 2}));
/// object.end();
/// assert_eq!(bytes, br#"{"fuel":7,"plugin":{"name":"core"},"state":{"a":2,"b":1}}"#);
/// ```
#[derive(Debug)]
#[must_use = "an object is whole once it was ended"]
pub struct ObjectWriter<'b> {
    bytes: &'b mut Vec<u8>,
    last: Option<&'static str>,
}

impl<'b> ObjectWriter<'b> {
    /// Begins an object behind what the buffer has.
    pub fn begin(bytes: &'b mut Vec<u8>) -> Self {
        bytes.push(b'{');
        Self { bytes, last: None }
    }

    /// Ends it.
    pub fn end(self) {
        self.bytes.push(b'}');
    }

    /// A name. Its value comes next.
    fn name(&mut self, name: &'static str) -> &mut Vec<u8> {
        debug_assert!(self.last.is_none_or(|last| last < name) && name.is_ascii(), "{name} is not in order");
        self.bytes.reserve(name.len() + 4);
        self.bytes.extend_from_slice(if self.last.is_some() { b",\"" } else { b"\"" });
        self.bytes.extend_from_slice(name.as_bytes());
        self.bytes.extend_from_slice(b"\":");
        self.last = Some(name);
        self.bytes
    }

    /// A member that is a value.
    pub fn value(&mut self, name: &'static str, value: &Value) {
        write(value, self.name(name));
    }

    /// A member that is a text.
    pub fn text(&mut self, name: &'static str, text: &str) {
        string(text, self.name(name));
    }

    /// A member that is a text, or null.
    pub fn optional_text(&mut self, name: &'static str, text: Option<&str>) {
        match text {
            Some(text) => self.text(name, text),
            None => self.null(name),
        }
    }

    /// A member that is a hash.
    pub fn hash(&mut self, name: &'static str, hash: &ContentHash) {
        hash.write(self.name(name));
    }

    /// A member that is a number which is not negative; what no double has is written as the nearest.
    pub fn count(&mut self, name: &'static str, count: u64) {
        let bytes = self.name(name);
        match i64::try_from(count) {
            Ok(count) => integer(count, bytes),
            Err(_) => append_canonical_of(&count, bytes).unwrap_or_default(),
        }
    }

    /// A member that is true or false.
    pub fn flag(&mut self, name: &'static str, flag: bool) {
        boolean(flag, self.name(name));
    }

    /// A member that is null.
    pub fn null(&mut self, name: &'static str) {
        self.name(name).extend_from_slice(b"null");
    }

    /// A member that is an object of our own.
    pub fn object(&mut self, name: &'static str, write: impl FnOnce(&mut ObjectWriter<'_>)) {
        let mut object = ObjectWriter::begin(self.name(name));
        write(&mut object);
        object.end();
    }

    /// A member that is a list of such objects.
    pub fn objects<T>(
        &mut self,
        name: &'static str,
        items: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut ObjectWriter<'_>, T),
    ) {
        let bytes = self.name(name);
        bytes.push(b'[');
        for (index, item) in items.into_iter().enumerate() {
            if index > 0 {
                bytes.push(b',');
            }
            let mut object = ObjectWriter::begin(bytes);
            write(&mut object, item);
            object.end();
        }
        bytes.push(b']');
    }

    /// A member that is an object of values, whose keys come in any order and each once.
    pub fn values<'v>(&mut self, name: &'static str, members: impl IntoIterator<Item = (&'v str, &'v Value)>) {
        let mut members: Vec<_> = members.into_iter().collect();
        object(&mut members, self.name(name));
    }

    /// A member of another type of ours, which has string keys and no floats but those of `Value`s.
    pub fn ours<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) {
        #[expect(clippy::expect_used, reason = "our types have string keys and no NaN: that is all that could fail")]
        append_canonical_of(value, self.name(name)).expect("our types have a JSON form");
    }
}
