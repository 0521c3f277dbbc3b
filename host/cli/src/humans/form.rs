//! An answer, asked for field by field as its schema has them. What comes of it is checked against the whole schema
//! by the caller: a schema can say more than a form can ask.

use std::io;

use jsonptr::PointerBuf;
use serde_json::{Map, Value};
use sortie_host::{DecisionError, HumanStep};

use crate::render::printable;
use crate::render::waiting::plain;

/// Where a person is asked.
pub(super) trait Prompt {
    /// Lets them choose one of several; gives its index. Nothing is chosen before they do, unless there is a preset.
    fn select(&mut self, prompt: &str, items: &[String], preset: Option<usize>) -> io::Result<usize>;

    /// Lets them type a line; it may be empty.
    fn line(&mut self, prompt: &str) -> io::Result<String>;
}

/// The answer to a step, as far as it is filled in. What was found to be wrong is asked for again, and nothing else.
pub(super) struct Form<'s> {
    step: &'s HumanStep,
    /// The members that are filled in, where the answer is an object whose members are asked for one by one.
    members: Map<String, Value>,
    /// The members that are to be asked for: all, at first.
    wanted: Option<Vec<String>>,
}

impl<'s> Form<'s> {
    pub(super) fn new(step: &'s HumanStep) -> Self {
        Self { step, members: Map::new(), wanted: None }
    }

    /// Asks for what is wanted, and gives the whole answer.
    pub(super) fn fill(&mut self, prompt: &mut dyn Prompt) -> io::Result<Value> {
        let again = self.wanted.take().zip(self.step.schema.as_ref());
        let answer = match again {
            Some((wanted, schema)) => {
                for name in wanted {
                    let Some(property) = schema.get("properties").and_then(|properties| properties.get(&name)) else {
                        continue;
                    };
                    let asked = Field::of_member(schema, &name, property).ask(prompt)?;
                    self.members.remove(&name);
                    self.members.extend(asked.map(|value| (name, value)));
                }
                Value::Object(self.members.clone())
            }
            None => answer(self.step, prompt)?,
        };
        self.members = answer.as_object().cloned().unwrap_or_default();
        Ok(answer)
    }

    /// What is wrong is asked for again: the member that is named, where there is one to ask for.
    pub(super) fn reject(&mut self, error: &DecisionError) {
        let DecisionError::SchemaMismatch { field, .. } = error else { return };
        let Some(schema) = &self.step.schema else { return };
        let name = PointerBuf::parse(field.as_str())
            .ok()
            .and_then(|pointer| pointer.first().map(|token| token.decoded().into_owned()));
        let asks_for = |name: &String| {
            matches!(Kind::of(schema), Kind::Object(properties) if properties.contains_key(name))
                && !self.members.is_empty()
        };
        self.wanted = name.filter(asks_for).map(|name| vec![name]);
    }
}

/// Asks for the answer to a step.
fn answer(step: &HumanStep, prompt: &mut dyn Prompt) -> io::Result<Value> {
    if let Some(choices) = &step.choices {
        let preset = step.default.as_ref().and_then(|default| choices.iter().position(|choice| choice == default));
        return choose("Your answer", choices, preset, prompt);
    }
    if let Some(default) = &step.default {
        let items = [format!("the default: {default}"), "something else".to_owned()];
        if prompt.select("Your answer", &items.map(|item| printable(&item)), Some(0))? == 0 {
            return Ok(default.clone());
        }
    }
    match &step.schema {
        Some(schema) => Field { label: "Your answer".to_owned(), schema, required: true }.ask(prompt).map(or_null),
        None => json_or_text("Your answer (JSON or text)", prompt),
    }
}

/// A place in the answer that a schema describes.
struct Field<'s> {
    label: String,
    schema: &'s Value,
    required: bool,
}

/// What a form can ask for, as far as a schema tells.
enum Kind<'s> {
    /// There is nothing to ask.
    Constant(&'s Value),
    Choice(&'s [Value]),
    Alternatives(&'s [Value]),
    Object(&'s Map<String, Value>),
    Boolean,
    Text,
    Number(&'static str),
    ListOfTexts,
    Anything,
}

impl<'s> Kind<'s> {
    fn of(schema: &'s Value) -> Self {
        let list = |name: &str| schema.get(name).and_then(Value::as_array).map(Vec::as_slice);
        if let Some(constant) = schema.get("const") {
            return Self::Constant(constant);
        }
        if let Some(choices) = list("enum") {
            return Self::Choice(choices);
        }
        if let Some(alternatives) = list("oneOf").or_else(|| list("anyOf"))
            && alternatives.iter().all(|alternative| alternative.get("title").is_some())
        {
            return Self::Alternatives(alternatives);
        }
        let items = schema.get("items").and_then(|items| items.get("type")).and_then(Value::as_str);
        match (schema.get("type").and_then(Value::as_str), schema.get("properties").and_then(Value::as_object)) {
            (Some("object") | None, Some(properties)) => Self::Object(properties),
            (Some("boolean"), _) => Self::Boolean,
            (Some("string"), _) => Self::Text,
            (Some("integer"), _) => Self::Number("a whole number"),
            (Some("number"), _) => Self::Number("a number"),
            (Some("array"), _) if items == Some("string") => Self::ListOfTexts,
            (_, _) => Self::Anything,
        }
    }
}

impl<'s> Field<'s> {
    /// A member of an object.
    fn of_member(object: &Value, name: &str, schema: &'s Value) -> Self {
        let described = schema.get("description").and_then(Value::as_str);
        let label = described.map_or_else(|| name.to_owned(), |described| format!("{name}: {described}"));
        let required = required(object).iter().any(|required| required == name);
        Self { label: printable(&label), schema, required }
    }

    /// Asks for a value; nothing, where it may be left out and was.
    fn ask(&self, prompt: &mut dyn Prompt) -> io::Result<Option<Value>> {
        match Kind::of(self.schema) {
            Kind::Constant(constant) if self.required => Ok(Some(constant.clone())),
            Kind::Constant(constant) => self.choose(std::slice::from_ref(constant), prompt),
            Kind::Choice(choices) => self.choose(choices, prompt),
            Kind::Boolean => self.choose(&[Value::Bool(true), Value::Bool(false)], prompt),
            Kind::Alternatives(alternatives) => {
                let titles =
                    alternatives.iter().map(|alternative| plain(alternative.get("title").unwrap_or(alternative)));
                let titles: Vec<String> = titles.map(|title| printable(&title)).collect();
                let chosen = alternatives.get(prompt.select(&self.label, &titles, None)?);
                let schema = chosen.unwrap_or(&Value::Null);
                Field { label: self.label.clone(), schema, required: self.required }.ask(prompt)
            }
            Kind::Object(properties) if self.required => self.object(properties, prompt).map(Some),
            Kind::Text => Ok(self.line("", prompt)?.map(Value::String)),
            Kind::Number(what) => self.parsed(what, Value::is_number, prompt),
            Kind::ListOfTexts => {
                let texts = |line: String| {
                    let texts = line.split(',').map(str::trim).filter(|text| !text.is_empty());
                    texts.map(Value::from).collect::<Vec<_>>()
                };
                let line = self.line("separated by commas", prompt)?;
                Ok(line.map(texts).filter(|texts| self.required || !texts.is_empty()).map(Value::Array))
            }
            Kind::Object(_) | Kind::Anything => self.parsed("JSON", |_| true, prompt),
        }
    }

    /// Asks for each member: first those that have to be there, in the order in which the schema names them. Members
    /// themselves have no order in JSON.
    fn object(&self, properties: &Map<String, Value>, prompt: &mut dyn Prompt) -> io::Result<Value> {
        let required = required(self.schema);
        let first = required.iter().filter_map(Value::as_str).filter_map(|name| properties.get_key_value(name));
        let then = properties.iter().filter(|(name, _)| !required.iter().any(|required| required == name.as_str()));
        let mut members = Map::new();
        for (name, schema) in first.chain(then) {
            let asked = Field::of_member(self.schema, name, schema).ask(prompt)?;
            members.extend(asked.map(|value| (name.clone(), value)));
        }
        Ok(Value::Object(members))
    }

    fn choose(&self, choices: &[Value], prompt: &mut dyn Prompt) -> io::Result<Option<Value>> {
        let left_out = (!self.required).then(|| "(leave it out)".to_owned());
        let shown = choices.iter().map(|choice| printable(&plain(choice))).chain(left_out);
        let index = prompt.select(&self.label, &shown.collect::<Vec<_>>(), None)?;
        Ok(choices.get(index).cloned())
    }

    /// A line; nothing, where the field may be left out and the line is empty.
    fn line(&self, form: &str, prompt: &mut dyn Prompt) -> io::Result<Option<String>> {
        let optional = if self.required { "" } else { "may be left empty" };
        let bounds = bounds(self.schema);
        let hints = std::iter::once(form).chain(bounds.iter().map(String::as_str)).chain([optional]);
        let hints: Vec<_> = hints.filter(|hint| !hint.is_empty()).collect();
        let hints = if hints.is_empty() { String::new() } else { format!(" ({})", hints.join(", ")) };
        let line = prompt.line(&format!("{}{hints}", self.label))?;
        Ok(Some(line).filter(|line| self.required || !line.is_empty()))
    }

    /// A line of JSON that is of the right kind, asked for until it is.
    fn parsed(&self, what: &str, fits: fn(&Value) -> bool, prompt: &mut dyn Prompt) -> io::Result<Option<Value>> {
        loop {
            let Some(line) = self.line(what, prompt)? else { return Ok(None) };
            if let Some(value) = sortie_json::parse_str(&line).ok().filter(fits) {
                return Ok(Some(value));
            }
        }
    }
}

/// The names of the members that an object has to have.
fn required(object: &Value) -> &[Value] {
    object.get("required").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// What a schema says of a text or a number, in words.
fn bounds(schema: &Value) -> Vec<String> {
    let said = |keyword: &str| schema.get(keyword).filter(|value| value.is_number() || value.is_string());
    let mut bounds = Vec::new();
    for (keyword, before, after) in [
        ("minimum", "at least ", ""),
        ("exclusiveMinimum", "more than ", ""),
        ("maximum", "at most ", ""),
        ("exclusiveMaximum", "less than ", ""),
        ("multipleOf", "a multiple of ", ""),
        ("minLength", "at least ", " characters"),
        ("maxLength", "at most ", " characters"),
        ("pattern", "matching ", ""),
    ] {
        bounds.extend(said(keyword).map(|value| printable(&format!("{before}{}{after}", plain(value)))));
    }
    bounds.extend(said("format").and_then(Value::as_str).map(|format| match format {
        "date" => "a date such as 2026-03-01".to_owned(),
        "time" => "a time such as 09:30:00Z".to_owned(),
        "date-time" => "a date and time such as 2026-03-01T09:30:00Z".to_owned(),
        "email" => "an e-mail address".to_owned(),
        "uri" => "a URL such as https://example.org/".to_owned(),
        other => printable(&format!("as `{other}`")),
    }));
    bounds
}

fn choose(label: &str, choices: &[Value], preset: Option<usize>, prompt: &mut dyn Prompt) -> io::Result<Value> {
    let shown: Vec<String> = choices.iter().map(|choice| printable(&plain(choice))).collect();
    let index = prompt.select(label, &shown, preset)?;
    Ok(or_null(choices.get(index).cloned()))
}

/// An answer as JSON, or, where it is none, as a string.
fn json_or_text(label: &str, prompt: &mut dyn Prompt) -> io::Result<Value> {
    let text = prompt.line(label)?;
    Ok(sortie_json::parse_str(&text).unwrap_or(Value::String(text)))
}

fn or_null(value: Option<Value>) -> Value {
    value.unwrap_or(Value::Null)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what it expected")]
mod tests {
    use std::collections::VecDeque;

    use serde_json::json;

    use super::*;

    /// A person who says what is scripted: an item to select, or a line.
    struct Script {
        says: VecDeque<&'static str>,
        asked: Vec<String>,
    }

    impl Prompt for Script {
        fn select(&mut self, prompt: &str, items: &[String], preset: Option<usize>) -> io::Result<usize> {
            let preset = preset.map_or_else(|| "none".to_owned(), |preset| preset.to_string());
            self.asked.push(format!("{prompt} [{}] {preset}", items.join("|")));
            let said = self.says.pop_front().ok_or(io::ErrorKind::UnexpectedEof)?;
            Ok(items.iter().position(|item| item == said).expect("an item"))
        }

        fn line(&mut self, prompt: &str) -> io::Result<String> {
            self.asked.push(prompt.to_owned());
            Ok(self.says.pop_front().ok_or(io::ErrorKind::UnexpectedEof)?.to_owned())
        }
    }

    /// What is asked, in what words, and what comes of it.
    fn check(payload: Value, says: &[&'static str], asked: &[&str], expected: Value) {
        let step = HumanStep::from_payload("step", &payload).unwrap();
        let mut script = Script { says: says.iter().copied().collect(), asked: Vec::new() };
        let given = Form::new(&step).fill(&mut script).unwrap();
        assert_eq!(script.asked, asked);
        assert_eq!(given, expected);
        assert!(script.says.is_empty(), "nobody asked for {:?}", script.says);
    }

    #[test]
    fn choices_are_selected_from_the_default_first() {
        let payload = json!({"choices": ["ship", 3, "wait"], "default": "wait"});
        check(payload, &["3"], &["Your answer [ship|3|wait] 2"], json!(3));
    }

    #[test]
    fn what_was_right_is_not_asked_for_again() {
        let schema = json!({"type": "object", "required": ["title", "amount"], "properties": {
            "title": {"type": "string"},
            "amount": {"type": "number", "minimum": 1, "maximum": 10},
        }});
        let step = HumanStep::from_payload("step", &json!({"schema": schema})).unwrap();
        let says = ["Trip", "12", "7"].into();
        let mut script = Script { says, asked: Vec::new() };
        let mut form = Form::new(&step);
        let first = form.fill(&mut script).unwrap();
        form.reject(&sortie_host::check_decision(&step, &first).unwrap_err());
        assert_eq!(form.fill(&mut script).unwrap(), json!({"title": "Trip", "amount": 7}));
        let amount = "amount (a number, at least 1, at most 10)";
        assert_eq!(script.asked, ["title", amount, amount]);
    }

    #[test]
    fn without_a_schema_an_answer_is_json_or_text() {
        check(json!({}), &["{\"a\": 1}"], &["Your answer (JSON or text)"], json!({"a": 1}));
        check(json!({}), &["all of it"], &["Your answer (JSON or text)"], json!("all of it"));
    }

    #[test]
    fn the_fields_of_an_object_are_asked_for_one_by_one_and_those_left_empty_are_left_out() {
        let schema = json!({"type": "object", "required": ["weight", "kind"], "properties": {
            "weight": {"type": "integer", "description": "In grams."},
            "kind": {"enum": ["letter", "parcel"]},
            "form": {"const": 1},
            "fragile": {"type": "boolean"},
            "names": {"type": "array", "items": {"type": "string"}},
            "note": {"type": "string"},
            "other": {"type": "object"},
        }});
        let asked = [
            "weight: In grams. (a whole number)",
            "weight: In grams. (a whole number)",
            "kind [letter|parcel] none",
            "form [1|(leave it out)] none",
            "fragile [true|false|(leave it out)] none",
            "names (separated by commas, may be left empty)",
            "note (may be left empty)",
            "other (JSON, may be left empty)",
        ];
        let says = ["much", "12", "parcel", "(leave it out)", "false", "ann, bob", "", ""];
        let expected = json!({"kind": "parcel", "weight": 12, "fragile": false, "names": ["ann", "bob"]});
        check(json!({"schema": schema}), &says, &asked, expected);
    }

    #[test]
    fn alternatives_with_titles_are_selected_and_then_filled_in() {
        let schema = json!({"oneOf": [
            {"title": "Accept", "type": "object", "required": ["accept"], "properties": {"accept": {"const": true}}},
            {"title": "Change", "type": "object", "properties": {"drop": {"type": "array", "items": {"type": "string"}}}},
        ]});
        let payload = json!({"schema": schema, "default": {"accept": true}});
        let default = r#"the default: {"accept":true}"#;
        let first = "Your answer [the default: {\"accept\":true}|something else] 0";
        check(payload.clone(), &[default], &[first], json!({"accept": true}));
        let asked = [first, "Your answer [Accept|Change] none"];
        check(payload.clone(), &["something else", "Accept"], &asked, json!({"accept": true}));
        let asked = [first, "Your answer [Accept|Change] none", "drop (separated by commas, may be left empty)"];
        check(payload, &["something else", "Change", "a1, b2"], &asked, json!({"drop": ["a1", "b2"]}));
    }
}
