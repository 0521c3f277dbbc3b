//! From a JSON Pointer to the place in the text: so that parsing keeps no places, and an error still has one.

use std::ops::Range;

use jsonptr::{Pointer, Token};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// Which part of what a pointer names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The value.
    Value,
    /// The key of the last member of that name in its object (the value, where it has no key).
    Key,
}

/// The byte range in a well-formed JSON text of what a pointer names. Of members with the same name the last
/// counts, as it is the one that would silently win.
#[must_use]
pub fn locate(text: &str, pointer: &Pointer, part: Part) -> Option<Range<usize>> {
    let mut found: &str = text.trim_matches([' ', '\t', '\n', '\r']);
    let mut key_end = None;
    for token in pointer.tokens() {
        let (child, in_object) = child(found, &token)?;
        key_end = in_object.then(|| offset(text, child));
        found = child;
    }
    let start = offset(text, found);
    match (part, key_end) {
        (Part::Key, Some(value_start)) => key_before(text, value_start),
        (Part::Key, None) | (Part::Value, _) => Some(start..start + found.len()),
    }
}

/// The distance of a part of the text from its beginning.
fn offset(text: &str, part: &str) -> usize {
    part.as_ptr().addr() - text.as_ptr().addr()
}

fn child<'a>(text: &'a str, token: &Token<'_>) -> Option<(&'a str, bool)> {
    let mut reader = serde_json::Deserializer::from_str(text);
    reader.disable_recursion_limit();
    Child(token.decoded().as_ref()).deserialize(&mut reader).ok().flatten()
}

/// The range of the key whose value starts at `value_start`.
fn key_before(text: &str, value_start: usize) -> Option<Range<usize>> {
    let before = text.get(..value_start)?.trim_end().strip_suffix(':')?.trim_end();
    let mut start = before.len().checked_sub(1)?;
    loop {
        start = before.get(..start)?.rfind('"')?;
        let escapes = before.get(..start)?.bytes().rev().take_while(|byte| *byte == b'\\').count();
        if escapes % 2 == 0 {
            return Some(start..before.len());
        }
    }
}

/// Finds one member of an object, or one element of an array; the flag says that it was a member.
struct Child<'t>(&'t str);

impl<'de> DeserializeSeed<'de> for Child<'_> {
    type Value = Option<(&'de str, bool)>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Child<'_> {
    type Value = Option<(&'de str, bool)>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an array or an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(key) = map.next_key::<String>()? {
            if key == self.0 {
                found = Some((map.next_value::<&RawValue>()?.get(), true));
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let wanted = self.0.parse::<usize>().ok();
        let mut found = None;
        let mut index = 0;
        while let Some(element) = seq.next_element::<&RawValue>()? {
            if Some(index) == wanted {
                found = Some((element.get(), false));
            }
            index += 1;
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, pointer: &'static str, part: Part, expected: Option<&str>) {
        let range = locate(text, Pointer::from_static(pointer), part);
        assert_eq!(range.map(|range| &text[range]), expected, "{pointer} of {text}");
    }

    #[test]
    fn a_pointer_leads_to_its_text() {
        let text = r#" {"a": [1, {"b~/\"c": "x"}], "a2": {"d" : 2}} "#;
        check(text, "", Part::Value, Some(text.trim()));
        check(text, "/a/0", Part::Value, Some("1"));
        check(text, "/a/1/b~0~1\"c", Part::Value, Some("\"x\""));
        check(text, "/a/1/b~0~1\"c", Part::Key, Some(r#""b~/\"c""#));
        check(text, "/a2/d", Part::Key, Some("\"d\""));
        check(text, "/a/0", Part::Key, Some("1"));
        check(text, "/a/7", Part::Value, None);
        check(text, "/nowhere", Part::Value, None);
        check(r#"{"a":1,"a":2}"#, "/a", Part::Value, Some("2"));
    }
}
