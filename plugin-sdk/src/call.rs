//! What an operation is called with, besides its payload.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::fmt;
use std::ops::Range;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::failure::{Failure, Result};

/// What an operation knows of the run that calls it: the parts of the state that it declares to read, the
/// decisions so far, the context's metadata, and a seed.
///
/// The state stays the text that the host gave until something of it is asked for: what an operation does not look at
/// costs it little more than finding its end.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    pub(crate) step_id: String,
    pub(crate) state: Parts,
    pub(crate) decisions: Map<String, Value>,
    pub(crate) metadata: Map<String, Value>,
    pub(crate) seed: u64,
}

/// The parts of the state that an operation may read, as JSON text.
#[derive(Debug, Clone)]
pub(crate) struct Parts {
    text: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone)]
struct Part {
    /// The pointer that is declared.
    pointer: String,
    /// Where in the text its value stands.
    place: Range<usize>,
    /// The value, once it was asked for.
    value: OnceCell<Value>,
}

/// Reads JSON that the host passes, as deep as it is: the host bounds its depth.
pub(crate) fn from_text<'t, T: Deserialize<'t>>(text: &'t str) -> serde_json::Result<T> {
    let mut reader = serde_json::Deserializer::from_str(text);
    reader.disable_recursion_limit();
    let value = T::deserialize(&mut reader)?;
    reader.end()?;
    Ok(value)
}

impl Parts {
    /// Reads a JSON object from declared pointers to their values, no deeper than that.
    pub(crate) fn read(text: String) -> Result<Self> {
        let mut found: Vec<(String, Range<usize>)> = Vec::new();
        let members: std::collections::BTreeMap<String, &RawValue> = serde_json::from_str(&text)?;
        for (pointer, value) in members {
            // The value is a piece of the text, so its place is the distance of their beginnings.
            let begin = (value.get().as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
            found.push((pointer, begin..begin + value.get().len()));
        }
        let part = |(pointer, place)| Part { pointer, place, value: OnceCell::new() };
        Ok(Self { parts: found.into_iter().map(part).collect(), text })
    }

    /// All of a state, which may be read as a whole.
    fn whole(state: &Value) -> Self {
        let text = state.to_string();
        let part = Part { pointer: String::new(), place: 0..text.len(), value: OnceCell::new() };
        Self { parts: vec![part], text }
    }

    /// The part that a pointer leads into, and the rest of the pointer. The declared pointers are few, and sorted; the
    /// longest that the pointer begins with has the value.
    fn part<'p>(&self, pointer: &'p str) -> Option<(&Part, &'p str)> {
        self.parts.iter().rev().find_map(|part| {
            let rest = pointer.strip_prefix(part.pointer.as_str())?;
            (rest.is_empty() || rest.starts_with('/')).then_some((part, rest))
        })
    }

    fn text(&self, part: &Part) -> &str {
        self.text.get(part.place.clone()).unwrap_or_default()
    }

    fn value<'v>(&self, part: &'v Part) -> &'v Value {
        part.value.get_or_init(|| from_text(self.text(part)).unwrap_or_default())
    }
}

impl PartialEq for Parts {
    fn eq(&self, other: &Self) -> bool {
        let texts = |parts: &Self| -> Vec<(String, String)> {
            parts.parts.iter().map(|part| (part.pointer.clone(), parts.text(part).to_owned())).collect()
        };
        texts(self) == texts(other)
    }
}

impl Call {
    /// For unit tests: a call that may read all of this state, a JSON object.
    #[must_use]
    pub fn with_state(state: Value) -> CallBuilder {
        CallBuilder(Self {
            step_id: "step".to_owned(),
            state: Parts::whole(&state),
            decisions: Map::new(),
            metadata: Map::new(),
            seed: 0,
        })
    }

    /// The step's id.
    #[must_use]
    pub fn step_id(&self) -> &str {
        &self.step_id
    }

    /// The value at a JSON Pointer into the state, if there is one. Only what the operation declares to read is
    /// there. The first look at a declared part reads all of it; [`read`](Self::read) reads no more than a type needs.
    #[must_use]
    pub fn get(&self, pointer: &str) -> Option<&Value> {
        let (part, rest) = self.state.part(pointer)?;
        self.state.value(part).pointer(rest)
    }

    /// The value at a JSON Pointer into the state as a type, or `None` where there is nothing. The
    /// type is read from the text itself and can borrow from it: `&str` for a text without escapes, `Cow<str>` for any,
    /// [`&RawValue`](RawValue) for a part that is only passed on.
    ///
    /// ```
    /// # use sortie_plugin_sdk::prelude::*;
    /// #[derive(Deserialize)]
    /// struct Task<'a> {
    ///     #[serde(borrow)]
    ///     description: std::borrow::Cow<'a, str>,
    /// }
    ///
    /// let call = Call::with_state(json!({"tasks": [{"description": "Call mum", "more": {}}]})).build();
    /// let tasks: Vec<Task> = call.read("/tasks")?.unwrap_or_default();
    /// assert_eq!(tasks[0].description, "Call mum");
    /// # Ok::<(), Failure>(())
    /// ```
    pub fn read<'c, T: Deserialize<'c>>(&'c self, pointer: &str) -> Result<Option<T>> {
        let Some((part, rest)) = self.state.part(pointer) else { return Ok(None) };
        let Some(text) = within(self.state.text(part), rest)? else { return Ok(None) };
        from_text(text).map(Some).map_err(|error| {
            Failure::new("unexpected_state", format!("the state at `{pointer}` is not what is expected: {error}"))
        })
    }

    /// What was decided at a human step: `None` when there was no such step so far, or nobody was asked.
    #[must_use]
    pub fn decision(&self, step_id: &str) -> Option<&Value> {
        let decision = self.decisions.get(step_id)?;
        let decided = decision.get("status").and_then(Value::as_str) != Some("marked");
        if decided { decision.get("value") } else { None }
    }

    /// All decisions so far: from step ids to `{"status", "value"}`.
    #[must_use]
    pub fn decisions(&self) -> &Map<String, Value> {
        &self.decisions
    }

    /// The context's metadata.
    #[must_use]
    pub fn metadata(&self) -> &Map<String, Value> {
        &self.metadata
    }

    /// Randomness that is the same every time: derived by hash from the call's input.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }
}

/// The text of the value at a JSON Pointer into a value, as text too; what lies beside it is passed over.
fn within<'t>(text: &'t str, pointer: &str) -> Result<Option<&'t str>> {
    let mut at = text;
    for token in pointer.split('/').skip(1) {
        let name = token.replace("~1", "/").replace("~0", "~");
        let found = Find { name: &name }.deserialize(&mut serde_json::Deserializer::from_str(at))?;
        let Some(found) = found else { return Ok(None) };
        at = found.get();
    }
    Ok(Some(at))
}

/// Finds a member of an object, or an element of an array.
struct Find<'n> {
    name: &'n str,
}

impl<'de> DeserializeSeed<'de> for Find<'_> {
    type Value = Option<&'de RawValue>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Find<'_> {
    type Value = Option<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> std::result::Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E>(self, _: bool) -> std::result::Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, _: i64) -> std::result::Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, _: u64) -> std::result::Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E>(self, _: f64) -> std::result::Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E>(self, _: &str) -> std::result::Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> std::result::Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(key) = members.next_key::<Cow<'de, str>>()? {
            if key == self.name {
                found = Some(members.next_value()?);
            } else {
                members.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> std::result::Result<Self::Value, A::Error> {
        let (wanted, mut found, mut index) = (self.name.parse::<usize>().ok(), None, 0);
        loop {
            if wanted == Some(index) {
                let Some(element) = elements.next_element()? else { return Ok(found) };
                found = Some(element);
            } else if elements.next_element::<IgnoredAny>()?.is_none() {
                return Ok(found);
            }
            index += 1;
        }
    }
}

/// Makes a [`Call`] for a unit test.
#[derive(Debug, Clone, PartialEq)]
pub struct CallBuilder(Call);

impl CallBuilder {
    /// Adds an answered human step.
    #[must_use]
    pub fn decision(mut self, step_id: &str, value: Value) -> Self {
        self.0.decisions.insert(step_id.to_owned(), serde_json::json!({"status": "answered", "value": value}));
        self
    }

    /// Adds a human step that was marked: nobody was asked.
    #[must_use]
    pub fn marked(mut self, step_id: &str) -> Self {
        self.0.decisions.insert(step_id.to_owned(), serde_json::json!({"status": "marked", "value": null}));
        self
    }

    /// Adds to the metadata.
    #[must_use]
    pub fn metadata(mut self, key: &str, value: Value) -> Self {
        self.0.metadata.insert(key.to_owned(), value);
        self
    }

    /// Sets the seed.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.0.seed = seed;
        self
    }

    /// The call.
    #[must_use]
    pub fn build(self) -> Call {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_longest_declared_pointer_has_the_value() {
        let mut call = Call::with_state(json!({"a": {"b": 1}, "ab": 2})).build();
        assert_eq!(call.get("/a/b"), Some(&json!(1)));
        assert_eq!(call.get("/ab"), Some(&json!(2)));
        call.state = Parts::read(r#"{"/a": {"b": 1}}"#.to_owned()).unwrap();
        assert_eq!(call.get("/a/b"), Some(&json!(1)));
        assert_eq!(call.get("/ab"), None);
        assert_eq!(call.read::<String>("/a/b").unwrap_err().code, "unexpected_state");
    }

    #[test]
    fn a_type_can_borrow_from_the_state() {
        let mut call = Call::with_state(json!({})).build();
        call.state = Parts::read(r#"{"/a": [ {"b": "text", "c": [1, {}]} ], "/n": null}"#.to_owned()).unwrap();
        let read: Vec<std::collections::BTreeMap<&str, &RawValue>> = call.read("/a").unwrap().unwrap();
        assert_eq!(read[0]["c"].get(), "[1, {}]");
        assert_eq!(call.read::<&str>("/a/0/b").unwrap(), Some("text"));
        assert_eq!(call.read::<Value>("/a/0/b/c").unwrap(), None);
        assert_eq!(call.read::<Value>("/a/1").unwrap(), None);
        assert_eq!(call.read::<Option<u8>>("/n").unwrap(), Some(None));
        assert_eq!(call.read::<u8>("/none").unwrap(), None);
    }

    #[test]
    fn a_marked_step_has_no_decision() {
        let call = Call::with_state(json!({})).decision("a", json!(true)).marked("b").build();
        assert_eq!((call.decision("a"), call.decision("b"), call.decision("c")), (Some(&json!(true)), None, None));
    }
}
