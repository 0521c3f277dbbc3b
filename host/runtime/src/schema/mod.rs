//! JSON Schemas (draft 2020-12), compiled once, and what does not match them.

mod budget;
mod cache;
mod keywords;
mod words;

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{Draft, PatternOptions, ValidationError, Validator};
use serde_json::Value;

pub(crate) use crate::schema::budget::SchemaBudget;
use crate::schema::budget::{Work, work};
pub use crate::schema::keywords::{Misspelling, misspelt_keywords};
pub use crate::schema::words::{FieldWords, schema_bounds, schema_words};
use sortie_json::{MAX_MESSAGE_BYTES, MAX_QUOTED_BYTES, excerpt, nearest};

/// How many alternatives are told one by one.
const MAX_ALTERNATIVES: usize = 4;

/// What one compiled pattern may take, in bytes.
const PATTERN_BYTES: usize = 512 << 10;
/// What matching one pattern may keep, in bytes.
const PATTERN_CACHE_BYTES: usize = 256 << 10;
/// How many mismatches are told.
const MAX_MISMATCHES: usize = 20;
/// How many values a message has that something may be.
const MAX_OPTIONS: usize = 20;
/// How many names that are not in the schema are told.
const MAX_NAMES: usize = 5;

/// Checks that a value is a JSON Schema (draft 2020-12) that a host can use; the error says what is wrong with it.
///
/// ```
/// use serde_json::json;
/// use sortie_host::check_schema;
///
/// assert!(check_schema(&json!({"type": "object", "required": ["today"]})).is_ok());
/// assert!(check_schema(&json!({"type": "date"})).is_err());
/// ```
pub fn check_schema(schema: &Value) -> Result<(), String> {
    Schema::compile(schema).map(drop)
}

/// A compiled schema. Patterns take time linear in the text; nothing is fetched.
#[derive(Clone)]
pub(crate) struct Schema(Arc<CompiledSchema>);

struct CompiledSchema {
    validator: Validator,
    text: Value,
    /// Its first keyword that there is not, once somebody asked.
    misspelt: OnceLock<Option<Misspelling>>,
}

/// What `format` means in a schema: the standard leaves both open (JSON Schema Validation, section 7.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Formats {
    /// It only says what is meant.
    Annotated,
    /// A text has to have it: who gives a date, in an answer or a param, is to be told that it is none.
    Asserted,
}

/// A value that does not match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mismatch {
    /// The JSON Pointer of what does not match.
    pub(crate) pointer: String,
    /// Why.
    pub(crate) message: String,
}

impl Schema {
    /// Compiles a schema; the error says what is wrong with it.
    pub(crate) fn compile(schema: &Value) -> Result<Self, String> {
        Self::compile_within(&mut SchemaBudget::default(), schema, Formats::Annotated)
    }

    /// Compiles a schema of a human step, unless it was compiled not long ago. Its formats are asserted.
    pub(crate) fn kept(schema: &Value) -> Result<Self, String> {
        cache::compiled(schema)
    }

    /// Compiles a schema of several that have one budget.
    pub(crate) fn compile_within(budget: &mut SchemaBudget, schema: &Value, formats: Formats) -> Result<Self, String> {
        budget.take(schema)?;
        let patterns = PatternOptions::regex().size_limit(PATTERN_BYTES).dfa_size_limit(PATTERN_CACHE_BYTES);
        jsonschema::options()
            .with_draft(Draft::Draft202012)
            .with_pattern_options(patterns)
            .should_validate_formats(formats == Formats::Asserted)
            .build(schema)
            .map(|validator| {
                Self(Arc::new(CompiledSchema { validator, text: schema.clone(), misspelt: OnceLock::new() }))
            })
            .map_err(|error| excerpt(&not_a_schema(&error), MAX_MESSAGE_BYTES).into_owned())
    }

    /// The first of its keywords that is probably misspelt. It is looked for once.
    pub(crate) fn misspelt(&self) -> Option<&Misspelling> {
        let CompiledSchema { text, misspelt, .. } = &*self.0;
        misspelt.get_or_init(|| misspelt_keywords(text).into_iter().next()).as_ref()
    }

    /// What does not match, in the order of the places: the first few of it.
    pub(crate) fn mismatches(&self, value: &Value) -> Vec<Mismatch> {
        let CompiledSchema { validator, text, .. } = &*self.0;
        let of_the_whole = |message: &str| vec![Mismatch { pointer: String::new(), message: message.to_owned() }];
        let work = work(text, value);
        if work == Work::TooMuch {
            return of_the_whole("it would take too long to check the value against the schema");
        }
        if validator.is_valid(value) {
            return Vec::new();
        }
        if work == Work::Judged {
            return of_the_whole("it does not match the schema, and is too large to say where");
        }
        let errors = validator.iter_errors(value).take(MAX_MISMATCHES);
        let mut mismatches: Vec<_> = errors.map(|error| mismatch(text, &error)).collect();
        mismatches.sort_by(|a, b| (&a.pointer, &a.message).cmp(&(&b.pointer, &b.message)));
        mismatches
    }
}

/// The mismatch that an error tells of. That a value fits none of several schemas tells nothing of where it does not:
/// that is told of the schema that it comes furthest in.
fn mismatch(schema: &Value, error: &ValidationError<'_>) -> Mismatch {
    let alternatives = match error.kind() {
        ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => context.as_slice(),
        // The enum is jsonschema's, and large.
        _ => &[],
    };
    let whole = error.instance_path().to_string();
    let within = alternatives.iter().filter_map(|errors| errors.first().map(|error| mismatch(schema, error)));
    // Of the equally far the first.
    let furthest = within.rev().max_by_key(|mismatch| mismatch.pointer.matches('/').count());
    if let Some(mismatch) = furthest.filter(|mismatch| mismatch.pointer.len() > whole.len()) {
        return mismatch;
    }
    let bounded = |text: String| excerpt(&text, MAX_MESSAGE_BYTES).into_owned();
    Mismatch { pointer: bounded(whole), message: message(schema, error) }
}

/// What does not match, in words, and not in many.
fn message(schema: &Value, error: &ValidationError<'_>) -> String {
    let in_words = match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected } => Some(unknown(schema, error, unexpected)),
        ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => {
            none_of(error.instance(), context).or_else(|| of_each(schema, error, context))
        }
        ValidationErrorKind::Enum { options } => {
            let options = options.as_array().map(|options| options.iter().collect::<Vec<_>>());
            options.and_then(|options| one_of(error.instance(), &options, &[]))
        }
        ValidationErrorKind::Pattern { .. } => of_another_form(schema, error),
        ValidationErrorKind::Format { format } => of_another_form(schema, error)
            .or_else(|| words::of_format(format).map(|form| format!("{} is not {form}", quoted(error.instance())))),
        // The enum is jsonschema's, and large.
        _ => None,
    };
    // Of alternatives within alternatives each says what those within it say.
    excerpt(&in_words.unwrap_or_else(|| quoting(error)), MAX_MESSAGE_BYTES).into_owned()
}

/// Of a value that is none of several: what it may be, and of a text what was probably meant.
fn one_of(value: &Value, options: &[&Value], types: &[&str]) -> Option<String> {
    let texts = options.iter().map(ToString::to_string).chain(types.iter().map(|kind| (*kind).to_owned()));
    let shown: Vec<String> = texts.take(MAX_OPTIONS + 1).collect();
    let told = match shown.split_last()? {
        _ if shown.len() > MAX_OPTIONS => return None,
        (only, []) => format!("{} is not {only}", quoted(value)),
        (last, others) => format!("{} is not one of {} or {last}", quoted(value), others.join(", ")),
    };
    let near = value.as_str().and_then(|text| nearest(text, options.iter().filter_map(|option| option.as_str())));
    Some(near.map_or_else(|| told.clone(), |near| format!("{told}, did you mean {near:?}?")))
}

/// Of a value that fits none of several schemas, which each say in a word what they want: what it may be.
fn none_of(value: &Value, alternatives: &[Vec<ValidationError<'static>>]) -> Option<String> {
    let (mut values, mut types) = (Vec::new(), Vec::new());
    wanted(alternatives, &mut values, &mut types)?;
    let mut seen = BTreeSet::new();
    types.retain(|kind| seen.insert(*kind));
    if values.is_empty() && types.len() > 1 {
        return Some(format!("{} is neither {}", quoted(value), types.join(" nor ")));
    }
    // That it may be null goes without saying where it may have a value.
    types.retain(|kind| *kind != "null");
    one_of(value, &values, &types)
}

/// Of a value that fits none of several schemas: why it does not fit each, where these are few.
fn of_each(
    schema: &Value,
    error: &ValidationError<'_>,
    alternatives: &[Vec<ValidationError<'static>>],
) -> Option<String> {
    if alternatives.len() > MAX_ALTERNATIVES {
        return None;
    }
    let path = error.schema_path().as_str();
    let told = alternatives.iter().enumerate().map(|(index, errors)| {
        let why = message(schema, errors.first()?);
        let title = schema.pointer(&format!("{path}/{index}/title")).filter(|title| is_short(title));
        Some(title.and_then(Value::as_str).map_or_else(|| why.clone(), |title| format!("{title}: {why}")))
    });
    let mut told = told.collect::<Option<Vec<String>>>()?;
    told.dedup();
    match told.as_slice() {
        [only] => Some(only.clone()),
        several => Some(format!("{} fits none of what may be here ({})", quoted(error.instance()), several.join("; "))),
    }
}

/// The values and the types that alternatives want; nothing, where one of them wants something else.
fn wanted<'e>(
    alternatives: &'e [Vec<ValidationError<'static>>],
    values: &mut Vec<&'e Value>,
    types: &mut Vec<&'static str>,
) -> Option<()> {
    for errors in alternatives {
        match errors.first()?.kind() {
            ValidationErrorKind::Constant { expected_value } => values.push(&**expected_value),
            ValidationErrorKind::Enum { options } => values.extend(options.as_array()?),
            ValidationErrorKind::Type { kind: TypeKind::Single(kind) } => types.push(words::of_type(&kind.to_string())),
            ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => {
                wanted(context, values, types)?;
            }
            // The enum is jsonschema's, and large.
            _ => return None,
        }
    }
    Some(())
}

/// What makes a schema none, and where.
fn not_a_schema(error: &ValidationError<'_>) -> String {
    // What the standard says of schemas has no examples and no names to compare with.
    let told = message(&Value::Null, error);
    match error.instance_path().to_string() {
        whole if whole.is_empty() => told,
        place => format!("at `{place}`, {told}"),
    }
}

/// Of a text that is not of the form that is wanted, an example of one that is: what an author gives one for.
fn of_another_form(schema: &Value, error: &ValidationError<'_>) -> Option<String> {
    let parent = error.schema_path().as_str().rsplit_once('/').map_or("", |(parent, _)| parent);
    let example = schema.pointer(&format!("{parent}/examples/0")).filter(|example| is_short(example))?;
    Some(format!("{} does not have the expected form, such as {example}", quoted(error.instance())))
}

/// A value, where it is short enough.
fn quoted(value: &Value) -> String {
    if is_short(value) { value.to_string() } else { "the value".to_owned() }
}

/// Names, as words say them: `a`, `b` and `c`.
fn listed(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().take(MAX_OPTIONS).map(|name| format!("`{name}`")).collect();
    match quoted.as_slice() {
        _ if names.len() > MAX_OPTIONS => format!("{} and others", quoted.join(", ")),
        [others @ .., last] if !others.is_empty() => format!("{} and {last}", others.join(", ")),
        _ => quoted.concat(),
    }
}

/// Of properties that are not in the schema, those that were probably meant.
fn unknown(schema: &Value, error: &ValidationError<'_>, unexpected: &[String]) -> String {
    let parent = error.schema_path().as_str().rsplit_once('/').map_or("", |(parent, _)| parent);
    let properties = schema.pointer(&format!("{parent}/properties")).and_then(Value::as_object);
    let names: Vec<&str> =
        properties.into_iter().flat_map(|properties| properties.keys().map(String::as_str)).collect();
    let beyond = unexpected.len().saturating_sub(MAX_NAMES);
    let told = unexpected.iter().take(MAX_NAMES).map(|property| match nearest(property, names.iter().copied()) {
        Some(near) => format!("there is no `{property}`, did you mean `{near}`?"),
        None if names.is_empty() => format!("there is no `{property}`"),
        None => format!("there is no `{property}`, only {}", listed(&names)),
    });
    let mut told: Vec<String> = told.collect();
    if beyond > 0 {
        told.push(format!("nor are there {beyond} more of its members"));
    }
    told.join("; ")
}

/// What an error says, where it quotes no more of the value than a few bytes.
fn quoting(error: &ValidationError<'_>) -> String {
    if is_short(error.instance()) { error.to_string() } else { error.masked_with("the value").to_string() }
}

/// Whether a value is short enough to be quoted. Takes no longer than a short one does.
fn is_short(value: &Value) -> bool {
    fn left(value: &Value, limit: usize) -> Option<usize> {
        match value {
            Value::String(text) => limit.checked_sub(text.len()),
            Value::Array(elements) => elements.iter().try_fold(limit, |limit, each| left(each, limit)?.checked_sub(2)),
            Value::Object(members) => {
                members.iter().try_fold(limit, |limit, (name, each)| left(each, limit)?.checked_sub(name.len() + 4))
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => limit.checked_sub(4),
        }
    }
    left(value, MAX_QUOTED_BYTES).is_some()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by it")]

    use super::*;
    use serde_json::json;

    fn mismatches(schema: Value, value: Value) -> Vec<Mismatch> {
        Schema::compile(&schema).unwrap().mismatches(&value)
    }

    #[test]
    fn messages_quote_no_more_of_a_value_than_a_few_bytes() {
        let long = "x".repeat(1 << 20);
        let names: Vec<String> = (0..1000).map(|index| format!("{}{index}", "n".repeat(100))).collect();
        let object: serde_json::Map<String, Value> = names.iter().map(|name| (name.clone(), json!(1))).collect();
        let cases = [
            (json!({"type": "integer"}), json!(long)),
            (json!({"const": long}), json!(1)),
            (json!({"enum": names}), json!(1)),
            (json!({"additionalProperties": false}), Value::Object(object.clone())),
            (
                json!({"type": "object", "properties": {"a": true}, "additionalProperties": false}),
                Value::Object(object),
            ),
            (json!({"anyOf": [{"type": "integer"}, {"type": "null"}]}), json!([long])),
            (json!({"required": [long]}), json!({})),
            (json!({"pattern": "^a{3}$"}), json!(long)),
        ];
        for (schema, value) in cases {
            let found = mismatches(schema, value);
            assert!(!found.is_empty());
            for mismatch in found {
                assert!(mismatch.message.len() <= MAX_MESSAGE_BYTES + 3, "{} bytes", mismatch.message.len());
            }
        }
        // What is short is quoted.
        assert_eq!(mismatches(json!({"type": "integer"}), json!("no"))[0].message, "\"no\" is not of type \"integer\"");
    }

    #[test]
    fn a_text_of_another_form_is_told_with_an_example_of_the_right_one() {
        let day =
            |keyword: &str, form: &str| json!({"properties": {"day": {keyword: form, "examples": ["2026-01-08"]}}});
        for schema in [day("pattern", "^[0-9]{4}-"), day("format", "date")] {
            let schema = Schema::compile_within(&mut SchemaBudget::default(), &schema, Formats::Asserted).unwrap();
            let found = schema.mismatches(&json!({"day": "tomorrow"}));
            assert_eq!(found[0].message, "\"tomorrow\" does not have the expected form, such as \"2026-01-08\"");
        }
        assert_eq!(mismatches(json!({"pattern": "^a$"}), json!("b"))[0].message, "\"b\" does not match \"^a$\"");
    }

    #[test]
    fn what_may_be_there_is_told_in_words() {
        let check = |schema: Value, value: Value, expected: &str| {
            let found = mismatches(schema, value);
            assert_eq!(found.iter().map(|mismatch| mismatch.message.as_str()).collect::<Vec<_>>(), [expected]);
        };
        let ranks = || json!([{"const": "urgency", "description": "as computed"}, {"const": "exported"}]);
        check(
            json!({"oneOf": ranks()}),
            json!("export"),
            r#""export" is not one of "urgency" or "exported", did you mean "exported"?"#,
        );
        check(
            json!({"anyOf": [{"oneOf": ranks()}, {"type": "null"}]}),
            json!(3),
            "3 is not one of \"urgency\" or \"exported\"",
        );
        check(json!({"enum": ["a"]}), json!(true), "true is not \"a\"");
        check(json!({"anyOf": [{"type": "string"}, {"type": "array"}]}), json!(5), "5 is neither a text nor a list");
        let object = |title: &str, name: &str| json!({"title": title, "type": "object", "properties": {name: true}, "additionalProperties": false});
        let forms = || json!({"oneOf": [object("Accept", "accept"), object("Change", "drop")]});
        check(forms(), json!(true), "true is not an object");
        check(
            forms(),
            json!({"accept": true, "drop": 6}),
            "{\"accept\":true,\"drop\":6} fits none of what may be here (Accept: there is no `drop`, only `accept`; \
             Change: there is no `accept`, only `drop`)",
        );
        check(
            json!({"anyOf": [{"type": "string"}, {"type": "integer", "minimum": 1}]}),
            json!(0),
            "0 fits none of what may be here (0 is not of type \"string\"; 0 is less than the minimum of 1)",
        );
        assert_eq!(
            Schema::compile(&json!({"properties": {"name": {"type": "strin"}}})).err().unwrap(),
            "at `/properties/name/type`, \"strin\" is not one of \"array\", \"boolean\", \"integer\", \"null\", \"number\", \"object\", \
             \"string\" or a list, did you mean \"string\"?"
        );
        let dates = json!({"properties": {"on": {"format": "date"}}});
        let schema = Schema::compile_within(&mut SchemaBudget::default(), &dates, Formats::Asserted).unwrap();
        let found = schema.mismatches(&json!({"on": "31/12/2026"}));
        assert_eq!(found[0].message, r#""31/12/2026" is not a date such as 2026-03-01"#);
    }

    #[test]
    fn only_the_first_mismatches_are_told() {
        let told = |wrong: usize| mismatches(json!({"items": {"type": "integer"}}), json!(vec!["a"; wrong])).len();
        assert_eq!((told(19), told(20), told(21), told(1000)), (19, 20, 20, 20));
    }

    #[test]
    fn what_is_too_much_work_does_not_match_and_that_is_said() {
        let twice = |next: &str| json!({"allOf": [{"$ref": next}, {"$ref": next}]});
        let mut definitions = serde_json::Map::new();
        for level in 0..40 {
            definitions.insert(format!("l{level}"), twice(&format!("#/$defs/l{}", level + 1)));
        }
        definitions.insert("l40".to_owned(), json!({"type": "integer"}));
        let found = mismatches(json!({"$ref": "#/$defs/l0", "$defs": definitions}), json!(1));
        assert_eq!(found[0].message, "it would take too long to check the value against the schema");
    }

    #[test]
    fn a_pattern_is_held_to_what_it_takes_compiled() {
        assert!(Schema::compile(&json!({"pattern": r"^\w{1,20}$"})).is_ok());
        assert!(Schema::compile(&json!({"pattern": r"^(\pL{1,100}){1,100}$"})).is_err());
    }
}
