//! What an operation is called with, besides its payload.

use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::access::check_read;
use crate::failure::{Failure, Result};
use crate::node::{Index, Node, from_text};

/// What an operation knows of the run that calls it: the parts of the state that it declares to read, the
/// decisions so far, the context's metadata, and a seed.
///
/// The state stays the text that the host gave until something of it is asked for: what an operation does not look at
/// costs it little more than finding its end.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    pub(crate) step_id: String,
    pub(crate) state: Parts,
    pub(crate) decisions: Object,
    pub(crate) metadata: Object,
    pub(crate) seed: u64,
}

/// A JSON object that stays the text that the host gave until somebody asks for it.
#[derive(Debug, Clone)]
pub(crate) struct Object {
    text: String,
    members: OnceCell<Map<String, Value>>,
}

impl Object {
    pub(crate) fn of(text: String) -> Self {
        Self { text, members: OnceCell::new() }
    }

    fn members(&self) -> &Map<String, Value> {
        self.members.get_or_init(|| from_text(&self.text).unwrap_or_default())
    }

    /// The same with a member more.
    fn with(mut self, name: &str, value: Value) -> Self {
        self.members();
        if let Some(members) = self.members.get_mut() {
            members.insert(name.to_owned(), value);
        }
        self
    }
}

impl PartialEq for Object {
    fn eq(&self, other: &Self) -> bool {
        self.members() == other.members()
    }
}

/// The parts of the state that an operation may read, as JSON text.
#[derive(Debug, Clone)]
pub(crate) struct Parts {
    /// An object from declared pointers to their values.
    text: String,
    /// Where they are, as far as anybody asked.
    index: RefCell<Index>,
    /// The parts, once the value of one was asked for.
    values: OnceCell<Vec<Part>>,
    /// Whether what is not declared is there, too, as in a unit test.
    is_whole: bool,
}

#[derive(Debug, Clone)]
struct Part {
    /// The pointer that is declared.
    pointer: String,
    /// The value, once it was asked for.
    value: OnceCell<Value>,
}

impl Parts {
    /// A JSON object from declared pointers to their values. Nothing of it is looked at yet.
    pub(crate) fn of(text: String) -> Self {
        Self { text, index: RefCell::default(), values: OnceCell::new(), is_whole: false }
    }

    /// All of a state, which may be read as a whole.
    fn whole(state: &Value) -> Self {
        Self { is_whole: true, ..Self::of(serde_json::json!({"": state}).to_string()) }
    }

    /// Refuses to look for what the operation does not declare to read: what the host gives is declared.
    #[track_caller]
    fn check(&self, pointer: &str, is_found: bool) {
        if self.is_whole || !is_found {
            check_read(pointer);
        }
    }

    /// The value at a pointer, as text.
    fn node(&self, pointer: &str) -> Option<Node<'_>> {
        let (node, rest) = self.index.try_borrow_mut().ok()?.part(&self.text, pointer)?;
        node.pointer(rest)
    }

    /// The value at a pointer: in the part of the longest declared pointer that it begins with.
    fn value(&self, pointer: &str) -> Option<&Value> {
        let parts = self.values.get_or_init(|| {
            let part =
                |(pointer, _): (Cow<'_, str>, Node<'_>)| Part { pointer: pointer.into_owned(), value: OnceCell::new() };
            Node::of(&self.text).members().map(part).collect()
        });
        let (part, rest) = parts.iter().rev().find_map(|part| {
            let rest = pointer.strip_prefix(part.pointer.as_str())?;
            (rest.is_empty() || rest.starts_with('/')).then_some((part, rest))
        })?;
        let read = || self.node(&part.pointer).and_then(|node| from_text(node.text()).ok()).unwrap_or_default();
        part.value.get_or_init(read).pointer(rest)
    }
}

impl PartialEq for Parts {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Call {
    /// For unit tests: a call on this state, a JSON object. An operation may read of it what it declares, anybody else all.
    #[must_use]
    pub fn with_state(state: Value) -> CallBuilder {
        CallBuilder(Self {
            step_id: "step".to_owned(),
            state: Parts::whole(&state),
            decisions: Object::of("{}".to_owned()),
            metadata: Object::of("{}".to_owned()),
            seed: 0,
        })
    }

    /// The step's id.
    #[must_use]
    pub fn step_id(&self) -> &str {
        &self.step_id
    }

    /// The value at a JSON Pointer into the state, if there is one. Panics, which the host makes a failure with the place,
    /// where the operation does not declare to read it, as [`read`](Self::read) and [`node`](Self::node) do. The first look at a declared part makes values of all of it; [`read`](Self::read) makes no more than a
    /// type needs, and [`node`](Self::node) nothing.
    #[must_use]
    #[track_caller]
    pub fn get(&self, pointer: &str) -> Option<&Value> {
        let found = self.state.value(pointer);
        self.state.check(pointer, found.is_some());
        found
    }

    /// The value at a JSON Pointer into the state as a type, or `None` where there is nothing. The
    /// type is read from the text itself and can borrow from it: `&str` for a text without escapes, `Cow<str>` for any,
    /// [`&RawValue`](serde_json::value::RawValue) for a part that is only passed on.
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
    #[track_caller]
    pub fn read<'c, T: Deserialize<'c>>(&'c self, pointer: &str) -> Result<Option<T>> {
        let Some(node) = self.node(pointer) else { return Ok(None) };
        node.begins_with().map(Some).map_err(|error| {
            Failure::new("unexpected_state", format!("the state at `{pointer}` is not what is expected: {error}"))
        })
    }

    /// The value at a JSON Pointer into the state as the text that it is, to read only what is needed of it: the
    /// quickest way through much data.
    #[must_use]
    #[track_caller]
    pub fn node(&self, pointer: &str) -> Option<Node<'_>> {
        let found = self.state.node(pointer);
        self.state.check(pointer, found.is_some());
        found
    }

    /// What was decided at a human step: `None` when there was no such step so far, or nobody was asked.
    #[must_use]
    pub fn decision(&self, step_id: &str) -> Option<&Value> {
        let decision = self.decisions.members().get(step_id)?;
        let decided = decision.get("status").and_then(Value::as_str) != Some("marked");
        if decided { decision.get("value") } else { None }
    }

    /// All decisions so far: from step ids to `{"status", "value"}`.
    #[must_use]
    pub fn decisions(&self) -> &Map<String, Value> {
        self.decisions.members()
    }

    /// The context's metadata.
    #[must_use]
    pub fn metadata(&self) -> &Map<String, Value> {
        self.metadata.members()
    }

    /// Randomness that is the same every time: derived by hash from the call's input.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }
}

/// Makes a [`Call`] for a unit test.
#[derive(Debug, Clone, PartialEq)]
pub struct CallBuilder(Call);

impl CallBuilder {
    /// Adds an answered human step.
    #[must_use]
    pub fn decision(mut self, step_id: &str, value: Value) -> Self {
        self.0.decisions = self.0.decisions.with(step_id, serde_json::json!({"status": "answered", "value": value}));
        self
    }

    /// Adds a human step that was marked: nobody was asked.
    #[must_use]
    pub fn marked(mut self, step_id: &str) -> Self {
        self.0.decisions = self.0.decisions.with(step_id, serde_json::json!({"status": "marked", "value": null}));
        self
    }

    /// Adds to the metadata.
    #[must_use]
    pub fn metadata(mut self, key: &str, value: Value) -> Self {
        self.0.metadata = self.0.metadata.with(key, value);
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
    use serde_json::value::RawValue;

    #[test]
    fn the_longest_declared_pointer_has_the_value() {
        let mut call = Call::with_state(json!({"a": {"b": 1}, "ab": 2})).build();
        assert_eq!(call.get("/a/b"), Some(&json!(1)));
        assert_eq!(call.get("/ab"), Some(&json!(2)));
        call.state = Parts::of(r#"{"/a": {"b": 1}}"#.to_owned());
        assert_eq!(call.get("/a/b"), Some(&json!(1)));
        assert_eq!(call.get("/ab"), None);
        assert_eq!(call.read::<String>("/a/b").unwrap_err().code, "unexpected_state");
    }

    #[test]
    fn a_type_can_borrow_from_the_state() {
        let mut call = Call::with_state(json!({})).build();
        call.state = Parts::of(r#"{"/a": [ {"b": "text", "c": [1, {}]} ], "/n": null}"#.to_owned());
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
