//! JSON that stays the text it is written as until something of it is asked for.
//!
//! The host has checked what it passes, so nothing here checks it again: a value is passed over by finding its end, a
//! string by looking for its quote, many bytes at a time. Of text that is no JSON there is no promise but that
//! reading it ends and does not panic.

use core::fmt;
use std::borrow::Cow;

use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};

use crate::failure::{Failure, Result};
use crate::json::RAW;
use crate::scan::{container_end, string_end};

/// A value in JSON text, which it borrows: reading a part of it costs what lies before that part, and makes nothing.
///
/// ```
/// use sortie_plugin_sdk::prelude::*;
///
/// let call = Call::with_state(json!({"tasks": [{"note": "Call mum", "size": 3}, {"note": "Pay"}]})).build();
/// let tasks = call.node("/tasks").map(|tasks| tasks.elements()).into_iter().flatten();
/// let sizes = tasks.filter_map(|task| task.get("size")?.as_integer());
/// assert_eq!(sizes.sum::<i64>(), 3);
/// ```
#[derive(Clone, Copy)]
pub struct Node<'t> {
    /// The text from the value's first byte on: it may go on behind the value.
    rest: &'t str,
    /// Where the value ends, once that is known; else 0.
    end: usize,
    /// Of a string whose end is known, whether it is written without escapes.
    is_plain: bool,
}

impl<'t> Node<'t> {
    /// The value of a JSON text.
    ///
    /// ```
    /// use sortie_plugin_sdk::Node;
    ///
    /// let tasks = Node::of(r#"{"tasks": [{"note": "Call mum"}]}"#);
    /// let first = tasks.pointer("/tasks/0/note").and_then(Node::as_str);
    /// assert_eq!(first.as_deref(), Some("Call mum"));
    /// ```
    #[must_use]
    pub fn of(text: &'t str) -> Self {
        let rest = text.trim_matches(is_blank);
        // The text is the value's, to its end; of a string it is still to be found whether it has escapes.
        let end = if rest.starts_with(['{', '[']) { rest.len() } else { 0 };
        Self { rest, end, is_plain: false }
    }

    /// The value that begins here in a text, wherever it ends.
    fn at(text: &'t str, begin: usize) -> Option<Self> {
        Some(Self { rest: text.get(begin..)?, end: 0, is_plain: false })
    }

    /// The text that it is written as.
    #[must_use]
    pub fn text(self) -> &'t str {
        let end = if self.end > 0 { self.end } else { value_end(self.rest.as_bytes(), 0).0 };
        self.rest.get(..end).unwrap_or_default()
    }

    fn first(self) -> Option<u8> {
        self.rest.as_bytes().first().copied()
    }

    /// What it is, with its article: `null`, `a boolean`, `a number`, `a string`, `an array` or `an object`.
    #[must_use]
    pub fn kind(self) -> &'static str {
        match self.first() {
            Some(b'{') => "an object",
            Some(b'[') => "an array",
            Some(b'"') => "a string",
            Some(b't' | b'f') => "a boolean",
            Some(b'0'..=b'9' | b'-') => "a number",
            _ => "null",
        }
    }

    /// Whether it is null.
    #[must_use]
    pub fn is_null(self) -> bool {
        self.first() == Some(b'n')
    }

    /// Whether it is an array.
    #[must_use]
    pub fn is_array(self) -> bool {
        self.first() == Some(b'[')
    }

    /// Whether it is an object.
    #[must_use]
    pub fn is_object(self) -> bool {
        self.first() == Some(b'{')
    }

    /// The string that it is; borrowed, where it is written without escapes.
    #[must_use]
    pub fn as_str(self) -> Option<Cow<'t, str>> {
        if self.first() != Some(b'"') {
            return None;
        }
        let (quote, is_plain) =
            if self.end > 0 { (self.end - 1, self.is_plain) } else { string_end(self.rest.as_bytes(), 1) };
        if is_plain {
            self.rest.get(1..quote).map(Cow::Borrowed)
        } else {
            from_text(self.rest.get(..=quote)?).ok().map(Cow::Owned)
        }
    }

    /// The whole number that it is.
    #[must_use]
    pub fn as_integer(self) -> Option<i64> {
        self.number()?.parse().ok()
    }

    /// The number that it is.
    #[must_use]
    pub fn as_number(self) -> Option<f64> {
        self.number()?.parse().ok()
    }

    /// The boolean that it is.
    #[must_use]
    pub fn as_bool(self) -> Option<bool> {
        matches!(self.first(), Some(b't' | b'f')).then(|| self.text().parse().ok()).flatten()
    }

    fn number(self) -> Option<&'t str> {
        matches!(self.first(), Some(b'0'..=b'9' | b'-')).then(|| self.text())
    }

    /// The elements of an array, in order. What is none has none.
    #[must_use]
    pub fn elements(self) -> Elements<'t> {
        let begin = if self.is_array() { 1 } else { self.rest.len() };
        Elements { text: self.rest, at: begin, is_on_element: false }
    }

    /// The members of an object, in order. What is none has none.
    #[must_use]
    pub fn members(self) -> Members<'t> {
        let begin = if self.is_object() { 1 } else { self.rest.len() };
        Members { text: self.rest, at: begin, end: None }
    }

    /// The member of an object that has this name.
    #[must_use]
    pub fn get(self, name: &str) -> Option<Self> {
        let mut members = self.members();
        loop {
            let (own, begin) = members.name()?;
            if own == name {
                return Self::at(members.text, begin);
            }
            members.pass(begin);
        }
    }

    /// The value at a JSON Pointer into this one (RFC 6901).
    #[must_use]
    pub fn pointer(self, pointer: &str) -> Option<Self> {
        let mut at = self;
        for token in pointer.split('/').skip(1) {
            at = if at.is_array() {
                at.elements().nth(token.parse().ok()?)?
            } else if token.contains('~') {
                at.get(&token.replace("~1", "/").replace("~0", "~"))?
            } else {
                at.get(token)?
            };
        }
        Some(at)
    }

    /// The value as a type, which can borrow from the text.
    pub fn read<T: Deserialize<'t>>(self) -> Result<T> {
        self.begins_with().map_err(|error| Failure::new("unexpected_state", error.to_string()))
    }

    /// The value as a type. Reading finds its end, so that is not looked for before.
    pub(crate) fn begins_with<T: Deserialize<'t>>(self) -> serde_json::Result<T> {
        if self.end > 0 {
            return from_text(self.text());
        }
        let mut reader = serde_json::Deserializer::from_str(self.rest);
        reader.disable_recursion_limit();
        T::deserialize(&mut reader)
    }
}

impl PartialEq for Node<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl Eq for Node<'_> {}

/// Reads JSON that the host passes, as deep as it is: the host bounds its depth.
pub(crate) fn from_text<'t, T: Deserialize<'t>>(text: &'t str) -> serde_json::Result<T> {
    let mut reader = serde_json::Deserializer::from_str(text);
    reader.disable_recursion_limit();
    let value = T::deserialize(&mut reader)?;
    reader.end()?;
    Ok(value)
}

/// As the value that it is.
impl Serialize for Node<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> core::result::Result<S::Ok, S::Error> {
        let mut text = serializer.serialize_struct(RAW, 1)?;
        text.serialize_field(RAW, self.text())?;
        text.end()
    }
}

/// As JSON.
impl fmt::Display for Node<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

/// The elements of an array.
#[derive(Debug, Clone)]
pub struct Elements<'t> {
    text: &'t str,
    at: usize,
    /// Whether an element is at this place that was given out, and is to be passed over.
    is_on_element: bool,
}

impl<'t> Elements<'t> {
    /// Goes on behind an element whose members were all read, so that its end is not looked for again. Members of another
    /// object, or that are not at their end, change nothing.
    pub fn after(&mut self, members: &Members<'t>) {
        let here = self.text.get(self.at..).map(str::as_ptr);
        if let Some(end) = members.end
            && self.is_on_element
            && here == Some(members.text.as_ptr())
        {
            self.at = after_separator(self.text.as_bytes(), self.at + end);
            self.is_on_element = false;
        }
    }
}

impl<'t> Iterator for Elements<'t> {
    type Item = Node<'t>;

    fn next(&mut self) -> Option<Node<'t>> {
        let bytes = self.text.as_bytes();
        let at = if self.is_on_element { after_separator(bytes, value_end(bytes, self.at).0) } else { self.at };
        self.at = after_blanks(bytes, at);
        self.is_on_element = !matches!(bytes.get(self.at), None | Some(b']' | b'}' | b','));
        if self.is_on_element { Node::at(self.text, self.at) } else { None }
    }

    /// Each takes a byte at least, and a comma.
    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.text.len().saturating_sub(self.at) / 2))
    }
}

/// The members of an object: their names and their values.
#[derive(Debug, Clone)]
pub struct Members<'t> {
    text: &'t str,
    at: usize,
    /// Where the object ends, once that is known.
    end: Option<usize>,
}

impl<'t> Members<'t> {
    /// The name of the next member, and where its value begins.
    fn name(&mut self) -> Option<(Cow<'t, str>, usize)> {
        let bytes = self.text.as_bytes();
        let begin = after_blanks(bytes, self.at);
        if bytes.get(begin) != Some(&b'"') {
            if bytes.get(begin) == Some(&b'}') {
                self.end = Some(begin + 1);
            }
            self.at = bytes.len();
            return None;
        }
        let (quote, is_plain) = string_end(bytes, begin + 1);
        let name = if is_plain {
            Cow::Borrowed(self.text.get(begin + 1..quote)?)
        } else {
            Cow::Owned(from_text(self.text.get(begin..=quote)?).ok()?)
        };
        Some((name, after_separator(bytes, quote + 1)))
    }

    /// Goes on behind a value that begins here. Where it ends, and whether it is a string without escapes.
    fn pass(&mut self, begin: usize) -> (usize, bool) {
        let bytes = self.text.as_bytes();
        let (end, is_plain) = value_end(bytes, begin);
        self.at = after_separator(bytes, end);
        (end, is_plain)
    }
}

impl<'t> Iterator for Members<'t> {
    type Item = (Cow<'t, str>, Node<'t>);

    fn next(&mut self) -> Option<Self::Item> {
        let (name, begin) = self.name()?;
        let (end, is_plain) = self.pass(begin);
        Some((name, Node { rest: self.text.get(begin..)?, end: end.saturating_sub(begin), is_plain }))
    }
}

/// Where the members of an object are whose names are pointers, sorted as the canonical form has them. It grows as members
/// are asked for: nothing behind them is looked at, and nothing is looked for twice.
#[derive(Debug, Clone, Default)]
pub(crate) struct Index {
    found: Vec<Place>,
    /// Where the next name begins, once one was looked for.
    next: Option<usize>,
    is_whole: bool,
}

/// Where a member is.
#[derive(Debug, Clone)]
struct Place {
    name: String,
    begin: usize,
    /// How long its value is, once that is known.
    length: usize,
    is_plain: bool,
}

impl Index {
    /// The value of the longest name of this object's that a pointer begins with, and the rest of the pointer.
    pub(crate) fn part<'t, 'p>(&mut self, object: &'t str, pointer: &'p str) -> Option<(Node<'t>, &'p str)> {
        let rest_of =
            |place: &Place| pointer.strip_prefix(&*place.name).filter(|rest| rest.is_empty() || rest.starts_with('/'));
        while !self.is_whole && !self.found.last().is_some_and(|last| is_at_or_behind(&last.name, pointer)) {
            self.look_on(object);
        }
        let (place, rest) = self.found.iter().rev().find_map(|place| Some((place, rest_of(place)?)))?;
        let rest_of_text = object.get(place.begin..)?;
        Some((Node { rest: rest_of_text, end: place.length, is_plain: place.is_plain }, rest))
    }

    /// Finds the next member.
    fn look_on(&mut self, object: &str) {
        let bytes = object.as_bytes();
        let at = match (self.found.last_mut(), self.next) {
            (Some(last), _) => {
                let (end, is_plain) = value_end(bytes, last.begin);
                (last.length, last.is_plain) = (end - last.begin, is_plain);
                after_separator(bytes, end)
            }
            (None, Some(next)) => next,
            (None, None) => after_blanks(bytes, 0) + 1,
        };
        let mut members = Members { text: object, at, end: None };
        match members.name() {
            Some((name, begin)) => {
                self.found.push(Place { name: name.into_owned(), begin, length: 0, is_plain: false });
            }
            None => self.is_whole = true,
        }
        self.next = Some(members.at);
    }
}

/// Whether a name is this pointer, or comes behind all names that it begins with.
fn is_at_or_behind(name: &str, pointer: &str) -> bool {
    name == pointer || (!pointer.starts_with(name) && name.encode_utf16().gt(pointer.encode_utf16()))
}

fn is_blank(letter: char) -> bool {
    matches!(letter, ' ' | '\t' | '\n' | '\r')
}

fn after_blanks(bytes: &[u8], mut at: usize) -> usize {
    while matches!(bytes.get(at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
        at += 1;
    }
    at
}

/// Where the next value begins: past blanks and one comma or colon.
fn after_separator(bytes: &[u8], at: usize) -> usize {
    // As the canonical form has it: no blanks, and a value at once.
    if let Some([b',' | b':', first, ..]) = bytes.get(at..)
        && *first > b' '
    {
        return at + 1;
    }
    let at = after_blanks(bytes, at);
    if matches!(bytes.get(at), Some(b',' | b':')) { after_blanks(bytes, at + 1) } else { at }
}

/// Where the value that begins here ends, or here, where there is none; and whether it is a string without escapes.
fn value_end(bytes: &[u8], begin: usize) -> (usize, bool) {
    match bytes.get(begin) {
        Some(b'"') => {
            let (quote, is_plain) = string_end(bytes, begin + 1);
            ((quote + 1).min(bytes.len()), is_plain)
        }
        Some(b'{' | b'[') => (container_end(bytes, begin), false),
        _ => {
            let mut at = begin;
            while !matches!(bytes.get(at), None | Some(b',' | b']' | b'}' | b' ' | b'\t' | b'\n' | b'\r')) {
                at += 1;
            }
            (at, false)
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// Reads all of a value by its nodes.
    fn by_nodes(node: Node) -> Value {
        match node.kind() {
            "an array" => node.elements().map(by_nodes).collect(),
            "an object" => node.members().map(|(name, value)| (name.into_owned(), by_nodes(value))).collect(),
            "a string" => Value::String(node.as_str().unwrap().into_owned()),
            "a boolean" => Value::Bool(node.as_bool().unwrap()),
            "a number" => node.as_integer().map_or_else(|| json!(node.as_number().unwrap()), Value::from),
            _ => {
                assert!(node.is_null() && node.text() == "null", "{node}");
                Value::Null
            }
        }
    }

    fn check(text: &str) {
        assert_eq!(by_nodes(Node::of(text)), serde_json::from_str::<Value>(text).unwrap(), "{text}");
    }

    #[test]
    fn a_node_reads_what_serde_json_reads() {
        for text in ["null", "true", " false ", "0", "-12", "1.5", "-0.25e-7", "1e300", "9007199254740991", "\"\""] {
            check(text);
            check(&format!("[{text}]"));
            check(&format!(" {{ \"a\" : {text} ,\n \"b\":[ {text} , {text} ] }} "));
        }
        check("[]");
        check("[[], {}, [[[]]], {\"\": {}}]");
        check(r#"{"a\"b": "c\\", "\\": "\\\"", "}": "]", "é€😀": "\u00e9\ud83d\ude00 é€😀"}"#);
    }

    #[test]
    fn a_string_ends_at_its_quote_wherever_that_stands() {
        for length in 0..40 {
            let plain = "x".repeat(length);
            check(&format!("[\"{plain}\",1]"));
            for at in 0..=length {
                let (before, behind) = plain.split_at(at);
                check(&format!("{{\"{before}\\\"{behind}\":\"{before}\\\\{behind}\",\"z\":[\"{before}é{behind}\"]}}"));
            }
        }
    }

    #[test]
    fn a_pointer_leads_to_a_node() {
        let node = Node::of(r#"{"a": [1, {"b/c": {"~": "x"}}], "": 2}"#);
        let check = |pointer: &str, expected: Option<&str>| assert_eq!(node.pointer(pointer).map(Node::text), expected);
        check("", Some(node.text()));
        check("/", Some("2"));
        check("/a/0", Some("1"));
        check("/a/1/b~1c/~0", Some("\"x\""));
        for nowhere in ["/b", "/a/2", "/a/x", "/a/0/0", "/a/1/b"] {
            check(nowhere, None);
        }
    }

    #[test]
    fn what_is_of_another_type_is_nothing() {
        let node = Node::of("[1]");
        assert_eq!((node.as_str(), node.as_integer(), node.as_bool(), node.members().count()), (None, None, None, 0));
        assert_eq!((Node::of("nan").as_number(), Node::of("1.5").as_integer()), (None, None));
        assert_eq!(Node::of("{}").elements().count(), 0);
        assert_eq!(crate::json!({"a": Node::of("[1, {}]")}), json!({"a": [1, {}]}));
        assert_eq!(Node::of("[1,2]").read::<Vec<u8>>().unwrap(), [1, 2]);
        assert_eq!(Node::of("[1,2]").read::<u8>().unwrap_err().code, "unexpected_state");
    }

    #[test]
    fn elements_go_on_behind_members_that_were_read() {
        let text = r#"[ {"a": 1, "b": [{}]} , {"a": 2}, {}, 7, {"a": 3} ]"#;
        let mut elements = Node::of(text).elements();
        let mut found = Vec::new();
        while let Some(element) = elements.next() {
            let mut members = element.members();
            found.extend(members.by_ref().filter_map(|(name, value)| (name == "a").then(|| value.as_integer())?));
            elements.after(&members);
            // Twice is once, and what is of another place changes nothing.
            elements.after(&members);
            elements.after(&Node::of("{}").members());
        }
        assert_eq!(found, [1, 2, 3]);
        let mut elements = Node::of("[{\"a\": [1, 2]}, 5]").elements();
        let first = elements.next().unwrap();
        elements.after(&first.members());
        assert_eq!((first.text(), elements.next().unwrap().as_integer()), ("{\"a\": [1, 2]}", Some(5)));
    }

    #[test]
    fn a_part_is_found_by_the_longest_name() {
        let text = r#"{"/a":{"b":{"c":1}},"/a/b":{"c":2},"/ab":4,"/a~1b":3,"/b":5}"#;
        let check = |pointer: &str, expected: Option<(&str, &str)>| {
            assert_eq!(
                Index::default().part(text, pointer).map(|(node, rest)| (node.text(), rest)),
                expected,
                "{pointer}"
            );
        };
        check("/a/b/c", Some(("{\"c\":2}", "/c")));
        check("/a/x", Some(("{\"b\":{\"c\":1}}", "/x")));
        check("/a", Some(("{\"b\":{\"c\":1}}", "")));
        check("/ab", Some(("4", "")));
        check("/b/c", Some(("5", "/c")));
        check("/abc", None);
        check("/c", None);
        assert_eq!(Index::default().part("{\"\":{\"a\":1}}", "/a").map(|(_, rest)| rest), Some("/a"));
    }

    #[test]
    fn depth_costs_no_stack() {
        let text = format!("{{\"a\":{}{},\"b\":1}}", "[".repeat(1 << 20), "]".repeat(1 << 20));
        assert_eq!(Node::of(&text).get("b").and_then(Node::as_integer), Some(1));
    }

    #[test]
    fn what_is_no_json_ends_too() {
        for text in
            ["", "{", "[", "\"", "[\"", "{\"a", "{\"a\"", "{\"a\":", "[1", "[,]", "{,}", "]", "{\"a\":}", "\"\\"]
        {
            let node = Node::of(text);
            let _ = (node.as_str(), node.as_number(), node.elements().count(), node.pointer("/a/0"));
            assert!(node.members().take(9).count() < 9, "{text}");
        }
    }
}
