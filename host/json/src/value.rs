//! A value that is I-JSON, and the proof of it.

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::fault::{Collection, Fault, FaultKind, Faults};
use crate::limits::{MAX_DEPTH, ParseLimits};
use crate::read::parse;
use crate::scalar::{noncharacter, normalised};

/// A value that keeps the rules: I-JSON (RFC 7493), nested no deeper than 128 levels, its numbers normalised. Nothing
/// makes one but a reader, or a check of a value from elsewhere; so who has one need not check it.
///
/// ```
/// use sortie_json::Json;
///
/// let read = Json::read(br#"{"a": 1.0}"#).unwrap();
/// let made = Json::of(serde_json::json!({"a": 1})).unwrap();
/// assert_eq!(read, made);
/// assert!(Json::of(serde_json::json!({"a": u64::MAX})).is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Json(Value);

impl Json {
    /// Reads a text of at most 64 MiB.
    ///
    /// # Errors
    ///
    /// It is an error if it is not I-JSON: each fault is told, with its place.
    pub fn read(bytes: &[u8]) -> Result<Self, Faults> {
        Self::read_within(bytes, ParseLimits::default())
    }

    /// Reads a text within limits, of which the depth is at most 128.
    ///
    /// # Errors
    ///
    /// It is an error if it is not I-JSON, or exceeds a limit: each fault is told, with its place.
    pub fn read_within(bytes: &[u8], limits: ParseLimits) -> Result<Self, Faults> {
        parse(bytes, ParseLimits { depth: limits.depth.min(MAX_DEPTH), ..limits }).map(Self)
    }

    /// Checks a value from elsewhere than a text, such as a host program's, and normalises its numbers, in place.
    ///
    /// # Errors
    ///
    /// It is an error if it is not I-JSON: each fault is told, with its place.
    pub fn of(mut value: Value) -> Result<Self, Faults> {
        let mut check = Check { faults: Collection::default(), depth: MAX_DEPTH };
        check.normalise(&mut value, &Place::Root, 0);
        if check.faults.is_empty() {
            return Ok(Self(value));
        }
        take_apart(value);
        Err(check.faults.into_faults())
    }

    /// Checks a value as [`of`](Self::of) does, and copies it: nothing is copied of what is nested too deeply, so that a
    /// value of any depth is refused on any stack.
    ///
    /// ```
    /// use serde_json::{Value, json};
    /// use sortie_json::Json;
    ///
    /// assert_eq!(Json::copy_of(&json!([1.0])).unwrap().into_value(), json!([1]));
    /// let deep = (0..200).fold(Value::Null, |inner, _| json!([inner]));
    /// assert!(Json::copy_of(&deep).is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// It is an error if it is not I-JSON; of a value that is nested too deeply the first fault alone is told.
    pub fn copy_of(value: &Value) -> Result<Self, Faults> {
        if is_deeper(value, MAX_DEPTH) {
            check(value, MAX_DEPTH)?;
        }
        Self::of(value.clone())
    }

    /// What a reader has made.
    #[cfg(feature = "documents")]
    pub(crate) fn read_already(value: Value) -> Self {
        Self(value)
    }

    /// An object without members.
    #[must_use]
    pub fn empty_object() -> Self {
        Self(Value::Object(Map::new()))
    }

    /// The value.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.0
    }

    /// The value alone.
    #[must_use]
    pub fn into_value(self) -> Value {
        self.0
    }
}

impl TryFrom<Value> for Json {
    type Error = Faults;

    fn try_from(value: Value) -> Result<Self, Faults> {
        Self::of(value)
    }
}

impl From<Json> for Value {
    fn from(json: Json) -> Self {
        json.0
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

/// Whether a value that is not to be changed is I-JSON, its numbers normalised, and nested no deeper than that. The
/// error has the first fault alone.
///
/// ```
/// use serde_json::json;
/// use sortie_json::{FaultKind, check};
///
/// assert!(check(&json!({"n": 9_007_199_254_740_991_i64}), 8).is_ok());
/// let faults = check(&json!([[[1]]]), 2).unwrap_err();
/// assert_eq!(faults[0].kind, FaultKind::TooDeep(2));
/// ```
pub fn check(value: &Value, max_depth: usize) -> Result<(), Faults> {
    check_at(value, &Place::Root, 0, max_depth)
}

/// Whether a value is nested deeper than that. It takes no more of the native stack than so many levels do.
///
/// ```
/// use serde_json::json;
/// use sortie_json::is_deeper;
///
/// assert!(is_deeper(&json!([[1]]), 1) && !is_deeper(&json!([[1]]), 2));
/// ```
#[must_use]
pub fn is_deeper(value: &Value, levels: usize) -> bool {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
        Value::Array(elements) => levels == 0 || elements.iter().any(|element| is_deeper(element, levels - 1)),
        Value::Object(members) => levels == 0 || members.values().any(|member| is_deeper(member, levels - 1)),
    }
}

/// Drops a value that may be nested to any depth: what drops itself takes the native stack for each level.
fn take_apart(value: Value) {
    let mut left = vec![value];
    while let Some(value) = left.pop() {
        match value {
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
            Value::Array(elements) => left.extend(elements),
            Value::Object(members) => left.extend(members.into_iter().map(|(_, member)| member)),
        }
    }
}

fn check_at(value: &Value, place: &Place<'_>, depth: usize, max_depth: usize) -> Result<(), Faults> {
    let fault = |kind| Faults::from(Fault { kind, pointer: place.pointer(), span: None, first: None });
    let deeper = || if depth < max_depth { Ok(depth + 1) } else { Err(fault(FaultKind::TooDeep(max_depth))) };
    let text = |text: &str| match noncharacter(text) {
        Some(character) => Err(fault(FaultKind::Noncharacter(character.into()))),
        None => Ok(()),
    };
    match value {
        Value::Null | Value::Bool(_) => Ok(()),
        Value::String(content) => text(content),
        Value::Number(number) => normalised(number).map(drop).map_err(fault),
        Value::Array(elements) => {
            let depth = deeper()?;
            let mut elements = elements.iter().enumerate();
            elements.try_for_each(|(index, element)| check_at(element, &Place::Index(place, index), depth, max_depth))
        }
        Value::Object(members) => {
            let depth = deeper()?;
            members.iter().try_for_each(|(key, value)| {
                text(key)?;
                check_at(value, &Place::Key(place, key), depth, max_depth)
            })
        }
    }
}

struct Check {
    faults: Collection,
    depth: usize,
}

impl Check {
    fn fault(&mut self, kind: FaultKind, place: &Place<'_>) {
        if self.faults.has_room() {
            self.faults.add(Fault { kind, pointer: place.pointer(), span: None, first: None });
        }
    }

    fn text(&mut self, text: &str, place: &Place<'_>) {
        if let Some(character) = noncharacter(text) {
            self.fault(FaultKind::Noncharacter(character.into()), place);
        }
    }

    fn normalise(&mut self, value: &mut Value, place: &Place<'_>, depth: usize) {
        if depth >= self.depth && (value.is_array() || value.is_object()) {
            self.fault(FaultKind::TooDeep(self.depth), place);
            return;
        }
        match value {
            Value::Null | Value::Bool(_) => {}
            Value::String(content) => self.text(content, place),
            Value::Number(number) => match normalised(number) {
                Ok(number) => *value = number,
                Err(kind) => self.fault(kind, place),
            },
            Value::Array(elements) => {
                for (index, element) in elements.iter_mut().enumerate() {
                    self.normalise(element, &Place::Index(place, index), depth + 1);
                }
            }
            Value::Object(members) => {
                members.sort_keys();
                for (key, value) in members.iter_mut() {
                    let place = Place::Key(place, key);
                    self.text(key, &place);
                    self.normalise(value, &place, depth + 1);
                }
            }
        }
    }
}

/// A path from the root, kept on the stack: it costs nothing until there is something to report.
enum Place<'p> {
    Root,
    Key(&'p Place<'p>, &'p str),
    Index(&'p Place<'p>, usize),
}

impl Place<'_> {
    fn pointer(&self) -> jsonptr::PointerBuf {
        match self {
            Self::Root => jsonptr::PointerBuf::root(),
            Self::Key(parent, key) => {
                let mut pointer = parent.pointer();
                pointer.push_back(*key);
                pointer
            }
            Self::Index(parent, index) => {
                let mut pointer = parent.pointer();
                pointer.push_back(*index);
                pointer
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_from_elsewhere_is_held_to_the_rules_of_readers() {
        let wrong = json!({"a": [1, u64::MAX], "b": "\u{ffff}", "\u{1fffe}": 1, "c": 1e17});
        let faults = Json::of(wrong.clone()).expect_err("against the rules");
        let told: Vec<_> = faults.iter().map(|fault| (fault.kind.code(), fault.pointer.as_str())).collect();
        assert_eq!(
            told,
            [
                ("integer_out_of_range", "/a/1"),
                ("noncharacter", "/b"),
                ("integer_out_of_range", "/c"),
                ("noncharacter", "/\u{1fffe}"),
            ]
        );
        assert_eq!(check(&wrong, MAX_DEPTH).expect_err("against the rules")[..], faults[..1]);
        assert_eq!(Json::of(json!([1.0, -0.0, 1e30])).unwrap().into_value(), json!([1, 0, 1e30]));
    }

    #[test]
    fn nesting_is_bounded() {
        let nested = |depth: usize| (0..depth).fold(Value::Null, |inner, _| Value::Array(vec![inner]));
        assert!(Json::of(nested(128)).is_ok());
        assert_eq!(Json::of(nested(129)).expect_err("too deep")[0].kind, FaultKind::TooDeep(128));
        assert!(check(&nested(3), 3).is_ok());
        assert!(check(&nested(3), 2).is_err());
    }

    #[test]
    fn a_value_of_any_depth_is_refused_and_no_stack_is_used_up() {
        // The macro would serialise what it is given.
        let object = |inner| Value::Object(Map::from_iter([("a".to_owned(), inner)]));
        let nested = |depth: usize| (0..depth).fold(Value::Null, |inner, _| object(Value::Array(vec![inner])));
        assert!(Json::copy_of(&nested(64)).is_ok() && Json::copy_of(&nested(65)).is_err());
        let deep = nested(500_000);
        let refused = Json::copy_of(&deep).expect_err("too deep");
        assert_eq!(refused[0].kind, FaultKind::TooDeep(128));
        assert_eq!(Json::of(deep).expect_err("too deep")[..], refused[..]);
    }
}
