//! Shapes of documents, and the check of a document against one.

use serde_json::{Map, Value};

use super::document::Trail;
use super::error::{DefinitionError, DefinitionErrorCode as Code, Problems, quoted};
use crate::expectation::{JsonType, Op};
use sortie_json::nearest;

/// The greatest length of a name, in bytes: names are repeated for each result.
const MAX_NAME_BYTES: usize = 1_000;

/// For how many unknown fields of an object it is searched what was meant. An object with more of them is an error.
const MAX_UNKNOWN: usize = 1_000;

/// What a value of a document may be.
#[derive(Debug)]
pub(super) enum Shape {
    /// Any value.
    Any,
    /// Any string.
    Text,
    /// A string with at least one character and without control characters (U+0000 to U+001F, U+007F).
    Name,
    /// Such a string that says why, and is not a yes or no.
    Reason,
    /// The name of an operator.
    Op,
    /// One of a few words.
    Choice(&'static [&'static str]),
    /// True or false.
    Boolean,
    /// A number of zero or more.
    NonNegative,
    /// A whole number of zero or more.
    Whole,
    /// Any object.
    Object,
    /// An object with any keys, whose values all have a shape.
    MapOf(&'static Shape),
    /// A list whose elements all have a shape.
    ListOf(&'static Shape),
    /// Such a list with at least one element.
    SomeOf(&'static Shape),
    /// An object with known fields.
    Struct(&'static Struct),
}

/// An object with known fields.
#[derive(Debug)]
pub(super) struct Struct {
    /// Its name in the schema.
    pub(super) name: &'static str,
    /// What it is called in messages.
    pub(super) title: &'static str,
    pub(super) description: &'static str,
    pub(super) fields: &'static [Field],
    /// Names that people use for fields that have another name.
    pub(super) synonyms: &'static [(&'static str, &'static str)],
    /// Whether fields whose names begin with `x-` are passed over: what anchors stand at, for other places to take.
    pub(super) extensible: bool,
}

/// A field of a [`Struct`].
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) presence: Presence,
    pub(super) shape: Shape,
    pub(super) description: &'static str,
}

/// Whether a field may be absent. An optional field may also be null.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    Required,
    Optional,
}

/// What to make of strings that refer to axes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum References {
    /// They are text like any other.
    AreText,
    /// They may stand for a value of any type, as the matrix could not be expanded.
    AreUnresolved,
}

/// What is a yes or a no, or nothing, somewhere: text that is no reason.
pub(super) const NO_REASONS: &[&str] = &[
    "", "0", "1", "y", "Y", "n", "N", "yes", "Yes", "YES", "no", "No", "NO", "true", "True", "TRUE", "false", "False",
    "FALSE", "on", "On", "ON", "off", "Off", "OFF", "null", "Null", "NULL", "~",
];

/// Where the fields stand that say what is run and what is expected of it: one that stands elsewhere is not heard.
const PLACES: &[(&str, &str)] = &[
    ("answers", "a mission, or in `defaults`"),
    ("params", "a mission, or in `defaults`"),
    ("limits", "a mission, or in `defaults`"),
    ("params_from", "a mission"),
    ("expect_error", "a mission"),
    ("initial_state", "a scenario, or in `defaults`"),
    ("state_from", "a scenario, or in `defaults`"),
    ("state", "a scenario, or in `defaults`"),
    ("expect", "a scenario"),
    ("skip", "a scenario"),
    ("matrix", "a scenario"),
    ("missions", "a scenario"),
    ("scenarios", "the suite"),
    ("requires", "the suite"),
    ("defaults", "the suite"),
    ("op", "an expectation"),
    ("path", "an expectation"),
    ("expected", "an expectation"),
    ("tolerance", "an expectation"),
];

/// Checks values against shapes.
pub(super) struct Checker<'p> {
    pub(super) problems: &'p mut Problems,
    pub(super) references: References,
}

impl Checker<'_> {
    /// Checks a value and all that is in it.
    pub(super) fn check(&mut self, value: &Value, shape: &Shape, trail: &Trail<'_>) {
        if self.references == References::AreUnresolved && value.as_str().is_some_and(|text| text.contains("${{")) {
            return;
        }
        match (shape, value) {
            (Shape::Name, Value::String(name)) if name.len() > MAX_NAME_BYTES => self.error(|| {
                let message = format!("the name has {} bytes", name.len());
                DefinitionError::new(Code::InvalidName, trail.place(), message)
                    .expected(format!("at most {MAX_NAME_BYTES}"))
                    .help("give it a short name, and say the rest in a `description`".to_owned())
            }),
            (Shape::Name, Value::String(name)) => self.check_name(name, trail),
            (Shape::Reason, Value::String(reason)) => self.check_reason(reason, trail),
            (Shape::Reason, Value::Bool(skips)) => self.check_reason(if *skips { "true" } else { "false" }, trail),
            (Shape::Op, Value::String(name)) => self.check_word(name, &Op::NAMES, Code::UnknownOp, trail),
            (Shape::Choice(words), Value::String(word)) => self.check_word(word, words, Code::UnknownValue, trail),
            (Shape::NonNegative | Shape::Whole, Value::Number(_)) => self.check_range(value, shape, trail),
            (Shape::MapOf(shape), Value::Object(members)) => {
                for (key, member) in members {
                    self.check(member, shape, &trail.key(key));
                }
            }
            (Shape::ListOf(shape) | Shape::SomeOf(shape), Value::Array(elements)) if !elements.is_empty() => {
                for (index, element) in elements.iter().enumerate() {
                    self.check(element, shape, &trail.index(index));
                }
            }
            (Shape::Any, _)
            | (Shape::Text, Value::String(_))
            | (Shape::Boolean, Value::Bool(_))
            | (Shape::Object, Value::Object(_))
            | (Shape::ListOf(_), Value::Array(_)) => {}
            (Shape::SomeOf(_), Value::Array(_)) => self.error(|| {
                DefinitionError::new(Code::EmptyList, trail.place(), "the list is empty")
                    .expected("at least one element")
            }),
            (Shape::Struct(description), Value::Object(members)) => {
                self.check_fields(members, description, trail, |_| true);
            }
            (shape, value) => self.error(|| {
                DefinitionError::new(Code::WrongType, trail.place(), format!("this is {}", named(value)))
                    .expected(wanted(shape))
                    .help(wrapped(shape, value))
            }),
        }
    }

    /// Checks an object's fields, and goes into those that `enter` says.
    pub(super) fn check_fields(
        &mut self,
        members: &Map<String, Value>,
        description: &Struct,
        trail: &Trail<'_>,
        enter: impl Fn(&str) -> bool,
    ) {
        for field in description.fields {
            match (members.get(field.name), field.presence) {
                // A list that needs an element is as empty when nothing stands after its name.
                (Some(Value::Null), Presence::Optional) if matches!(field.shape, Shape::SomeOf(_)) => {
                    self.check(&Value::Array(Vec::new()), &field.shape, &trail.key(field.name));
                }
                (None | Some(Value::Null), Presence::Optional) => {}
                // Where its name is misspelt, the name is the mistake, and is told below.
                (None, Presence::Required) if description.misspelt(field, members).is_some() => {}
                (None, Presence::Required) => self.error(|| missing(description, field, trail)),
                (Some(value), _) if enter(field.name) => self.check(value, &field.shape, &trail.key(field.name)),
                (Some(_), _) => {}
            }
        }
        let is_foreign = |key: &&String| description.field(key).is_none() && !description.sets_aside(key);
        for (index, key) in members.keys().filter(is_foreign).enumerate() {
            if index == MAX_UNKNOWN {
                let message = format!("{} has more than {MAX_UNKNOWN} unknown fields", description.title);
                self.error(|| DefinitionError::new(Code::UnknownField, trail.place(), message));
                break;
            }
            let problem = unknown(description, key, members, trail);
            // What was meant to be said and is not heard makes a suite green that should be red.
            if problem.help.is_some() {
                self.problems.error(|| problem);
            } else {
                let aside = description
                    .extensible
                    .then(|| format!("what only anchors stand at has a name such as `x-{}`", quoted(key)));
                self.problems.warning(|| problem.help(aside));
            }
        }
    }

    fn check_name(&mut self, name: &str, trail: &Trail<'_>) {
        let (message, help) = if name.is_empty() {
            ("the name is empty", None)
        } else if !has_controls(name) {
            return;
        } else if name.strip_suffix('\n').is_some_and(|line| !has_controls(line)) {
            let help = "write it on the line of its key, or behind `|-` in place of `|`, which keeps the line break";
            ("the name ends with a line break", Some(help))
        } else {
            let help =
                "within double quotes, a backslash and a letter are one character; within single quotes they stay two";
            ("the name has control characters", Some(help))
        };
        self.error(|| {
            DefinitionError::new(Code::InvalidName, trail.place(), message)
                .expected(wanted(&Shape::Name))
                .help(help.map(str::to_owned))
        });
    }

    fn check_reason(&mut self, reason: &str, trail: &Trail<'_>) {
        let reason = reason.trim();
        if NO_REASONS.contains(&reason) {
            let skips = matches!(reason.to_ascii_lowercase().as_str(), "1" | "y" | "yes" | "true" | "on");
            let help = if skips { "say why: `skip: waits for #12`" } else { "to run it, take `skip` out" };
            self.error(|| {
                DefinitionError::new(Code::InvalidName, trail.place(), "this is not a reason")
                    .expected("why the scenario is skipped, such as `waits for #12`")
                    .help(help.to_owned())
            });
        } else {
            self.check_name(reason, trail);
        }
    }

    fn check_word(&mut self, word: &str, words: &[&'static str], code: Code, trail: &Trail<'_>) {
        if words.contains(&word) {
            return;
        }
        let what = if code == Code::UnknownOp { "there is no operator" } else { "there is no choice" };
        self.error(|| {
            DefinitionError::new(code, trail.place(), format!("{what} `{}`", quoted(word)))
                .expected(format!("one of {}", words.join(", ")))
                .help(match (code, synonym_of_op(word)) {
                    (Code::UnknownOp, Some(op)) => Some(format!("did you mean `{op}`?")),
                    _ => did_you_mean(word, words.iter().copied()),
                })
        });
    }

    fn check_range(&mut self, value: &Value, shape: &Shape, trail: &Trail<'_>) {
        let number = value.as_f64().unwrap_or(-1.0);
        if number < 0.0 || (matches!(shape, Shape::Whole) && number.fract() != 0.0) {
            self.error(|| {
                DefinitionError::new(Code::OutOfRange, trail.place(), format!("{value} is out of range"))
                    .expected(wanted(shape))
            });
        }
    }

    fn error(&mut self, error: impl FnOnce() -> DefinitionError) {
        self.problems.error(error);
    }
}

impl Struct {
    pub(super) fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The unknown member that was probably meant to be a field which is not there.
    pub(super) fn misspelt<'m>(&self, field: &Field, members: &'m Map<String, Value>) -> Option<&'m str> {
        let unknown = members.keys().map(String::as_str).filter(|key| self.field(key).is_none());
        let names =
            |key: &&str| self.meant(key, members) == Some(field.name) || field.name == "op" && op_named(key).is_some();
        unknown.take(MAX_UNKNOWN).find(names)
    }

    /// Whether what has this name is passed over.
    fn sets_aside(&self, name: &str) -> bool {
        self.extensible && name.starts_with("x-")
    }

    /// The only field that has to be there, if there is one.
    fn only_required(&self) -> Option<&'static Field> {
        let mut required = self.fields.iter().filter(|field| field.presence == Presence::Required);
        required.next().filter(|_| required.next().is_none())
    }

    /// The field, not among the members yet, that an unknown one was probably meant to be.
    fn meant(&self, key: &str, members: &Map<String, Value>) -> Option<&'static str> {
        let synonym = self.synonyms.iter().find(|(synonym, _)| *synonym == key).map(|(_, name)| *name);
        let free = || self.fields.iter().map(|field| field.name).filter(|name| !members.contains_key(*name));
        synonym
            .filter(|name| !members.contains_key(*name))
            .or_else(|| free().find(|name| name.eq_ignore_ascii_case(key)))
            .or_else(|| nearest(key, free()))
    }
}

fn missing(description: &Struct, field: &Field, trail: &Trail<'_>) -> DefinitionError {
    let message = format!("{} has no `{}`", description.title, field.name);
    DefinitionError::new(Code::MissingField, trail.place(), message).expected(format!(
        "`{}`: {}",
        field.name,
        wanted(&field.shape)
    ))
}

fn unknown(description: &Struct, key: &str, members: &Map<String, Value>, trail: &Trail<'_>) -> DefinitionError {
    let names: Vec<&str> = description.fields.iter().map(|field| field.name).collect();
    let twice = || {
        let name = nearest(key, names.iter().copied())?;
        Some(format!("there is `{name}` already: put what stands here into it, or take it out"))
    };
    let as_op = || {
        let op = op_named(key)?;
        (description.field("op").is_some() && !members.contains_key("op"))
            .then(|| format!("write `op: {op}`, and what stands here as `expected`"))
    };
    let meant = || description.meant(key, members).map(|name| format!("did you mean `{name}`?"));
    let elsewhere = || {
        let is_synonym = description.synonyms.iter().any(|(synonym, _)| *synonym == key);
        let (_, place) = PLACES.iter().find(|(name, _)| *name == key && !is_synonym)?;
        Some(format!("`{key}` stands in {place}"))
    };
    let help = as_op().or_else(elsewhere).or_else(meant).or_else(twice);
    let message = format!("{} has no field `{}`", description.title, quoted(key));
    DefinitionError::new(Code::UnknownField, trail.key(key).place(), message)
        .at_key()
        .expected(format!("one of {}", names.join(", ")))
        .help(help)
}

/// The operator of this name, here or elsewhere.
fn op_named(name: &str) -> Option<&'static str> {
    Op::NAMES.into_iter().find(|op| *op == name).or_else(|| synonym_of_op(name).map(Op::name))
}

/// The operator that is known elsewhere by another name.
fn synonym_of_op(name: &str) -> Option<Op> {
    Some(match name {
        "=" | "==" | "===" | "equal" | "equals" | "is" => Op::Eq,
        "!=" | "<>" | "neq" | "not_eq" | "not_equal" | "not_equals" => Op::Ne,
        ">" | "greater_than" => Op::Gt,
        ">=" | "gte" => Op::Ge,
        "<" | "less_than" => Op::Lt,
        "<=" | "lte" => Op::Le,
        "present" | "exist" | "is_defined" => Op::Exists,
        "absent" | "not_exists" | "undefined" => Op::Missing,
        "has" | "include" => Op::Contains,
        "regex" | "regexp" | "match" | "=~" => Op::Matches,
        "len" | "size" | "count" => Op::Length,
        "is_a" | "typeof" | "is_type" => Op::Type,
        "in" | "any_of" => Op::OneOf,
        "subset" | "superset" | "match_object" => Op::Includes,
        "approx" | "approximately" | "near" => Op::CloseTo,
        "same_elements" | "set_eq" => Op::UnorderedEq,
        _ => return None,
    })
}

/// How what stands there becomes what is wanted, where it only has to be put into something.
fn wrapped(shape: &Shape, value: &Value) -> Option<String> {
    let named = |description: &Struct, text: &str| {
        let field = description.only_required().filter(|field| matches!(field.shape, Shape::Name))?;
        (!has_controls(text)).then(|| format!("{{{}: {text}}}", field.name))
    };
    match (shape, value) {
        (Shape::ListOf(Shape::Struct(_)) | Shape::SomeOf(Shape::Struct(_)), Value::Object(_))
        | (Shape::ListOf(Shape::Name), Value::String(_)) => Some(
            "put it into a list: `[` before it and `]` behind it, or `- ` before it on a line of its own".to_owned(),
        ),
        (Shape::ListOf(Shape::Struct(element)) | Shape::SomeOf(Shape::Struct(element)), Value::String(text)) => {
            named(element, text).map(|element| format!("write `[{element}]`"))
        }
        (Shape::Struct(description), Value::String(text)) => {
            named(description, text).map(|whole| format!("write `{whole}`"))
        }
        (Shape::Struct(description), Value::Array(_)) => {
            let of_structs = |field: &&Field| {
                field.presence == Presence::Required && matches!(field.shape, Shape::SomeOf(Shape::Struct(_)))
            };
            let list = description.fields.iter().find(of_structs)?;
            Some(format!("put the list under `{}:`", list.name))
        }
        _ => None,
    }
}

/// Whether a text has control characters, which no name has.
pub(super) fn has_controls(text: &str) -> bool {
    text.chars().any(|character| character < ' ' || character == '\u{7f}')
}

/// "did you mean …?", when one of the candidates is near.
pub(super) fn did_you_mean<'c>(name: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<String> {
    nearest(name, candidates).map(|near| format!("did you mean `{near}`?"))
}

/// A value's type with its article.
pub(super) fn named(value: &Value) -> &'static str {
    match JsonType::of(value) {
        JsonType::Null => "null",
        JsonType::Boolean => "a boolean",
        JsonType::Number => "a number",
        JsonType::String => "a string",
        JsonType::Array => "a list",
        JsonType::Object => "an object",
    }
}

/// A shape in words.
fn wanted(shape: &Shape) -> String {
    match shape {
        Shape::Any => "any value".to_owned(),
        Shape::Text => "a string".to_owned(),
        Shape::Reason => "a reason in words".to_owned(),
        Shape::Name => "a string that is not empty and has no control characters".to_owned(),
        Shape::Op => format!("an operator: one of {}", Op::NAMES.join(", ")),
        Shape::Choice(words) => format!("one of {}", words.join(", ")),
        Shape::Boolean => "true or false".to_owned(),
        Shape::NonNegative => "a number of zero or more".to_owned(),
        Shape::Whole => "a whole number of zero or more".to_owned(),
        Shape::Object | Shape::MapOf(_) => "an object".to_owned(),
        Shape::ListOf(_) | Shape::SomeOf(_) => "a list".to_owned(),
        Shape::Struct(description) => format!("an object: {}", description.title),
    }
}
