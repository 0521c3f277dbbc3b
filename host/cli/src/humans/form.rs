//! An answer, asked for field by field as its schema has them. What comes of it is checked against the whole schema
//! by the caller: a schema can say more than a form can ask.

use std::collections::BTreeMap;
use std::io;

use jsonptr::PointerBuf;
use serde_json::{Map, Value};
use sortie_host::{DecisionError, HumanStep, schema_bounds};
use sortie_json::{Diagnostic, ForeignJson, Report};

use crate::input;
use crate::render::printable;
use crate::render::waiting::plain;

/// Where a person is asked.
pub(super) trait Prompt {
    /// Lets them choose one of several; gives its index. Nothing is chosen before they do, unless there is a preset.
    fn select(&mut self, prompt: &str, items: &[String], preset: Option<usize>) -> io::Result<usize>;

    /// Lets them type a line; it may be empty.
    fn line(&mut self, prompt: &str) -> io::Result<String>;

    /// Tells them something before they are asked again.
    fn tell(&mut self, text: &str) -> io::Result<()>;
}

/// The answer to a step, as far as it is filled in. What was found to be wrong is asked for again, and nothing else.
pub(super) struct Form<'s> {
    step: &'s HumanStep,
    /// What the answer is held to, as far as it is asked for: of several alternatives the one that was chosen.
    schema: Option<&'s Value>,
    /// The members that are filled in, where the answer is an object whose members are asked for one by one.
    members: Map<String, Value>,
    /// The members that are to be asked for: all, at first.
    wanted: Option<Vec<String>>,
}

impl<'s> Form<'s> {
    pub(super) fn new(step: &'s HumanStep) -> Self {
        Self { step, schema: step.schema.as_ref(), members: Map::new(), wanted: None }
    }

    /// Asks for what is wanted, and gives the whole answer.
    pub(super) fn fill(&mut self, prompt: &mut dyn Prompt) -> io::Result<Value> {
        let again = self.wanted.take().zip(self.schema);
        let answer = match again {
            Some((wanted, schema)) => {
                for name in wanted {
                    let Some(property) = schema.get("properties").and_then(|properties| properties.get(&name)) else {
                        continue;
                    };
                    let asked = Field::of_member("", schema, &name, property).ask(prompt)?;
                    self.members.remove(&name);
                    self.members.extend(asked.map(|value| (name, value)));
                }
                Value::Object(self.members.clone())
            }
            None => self.answer(prompt)?,
        };
        self.members = answer.as_object().cloned().unwrap_or_default();
        Ok(answer)
    }

    /// What is wrong is asked for again: the member that is named, where there is one to ask for.
    pub(super) fn reject(&mut self, error: &DecisionError) {
        let DecisionError::SchemaMismatch { field, .. } = error else { return };
        let Some(schema) = self.schema else { return };
        let name = PointerBuf::parse(field.as_str())
            .ok()
            .and_then(|pointer| pointer.first().map(|token| token.decoded().into_owned()));
        let asks_for = |name: &String| {
            matches!(Kind::of(schema), Kind::Object(properties) if properties.contains_key(name))
                && !self.members.is_empty()
        };
        self.wanted = name.filter(asks_for).map(|name| vec![name]);
    }

    fn answer(&mut self, prompt: &mut dyn Prompt) -> io::Result<Value> {
        let step = self.step;
        if let Some(choices) = &step.choices {
            let preset = step.default.as_ref().and_then(|default| choices.iter().position(|choice| choice == default));
            return choose("Your answer", choices, preset, prompt);
        }
        self.schema = step.schema.as_ref();
        let alternatives = match self.schema.map(Kind::of) {
            Some(Kind::Alternatives(alternatives)) => Some(alternatives),
            _ => None,
        };
        // A default that is one of them needs no line of its own.
        let of_default = |alternative: &Value| step.default.is_some() && only_value(alternative) == step.default;
        let preset = alternatives.and_then(|alternatives| alternatives.iter().position(of_default));
        if let (Some(default), None) = (&step.default, preset) {
            let items = [format!("the default: {default}"), "something else".to_owned()];
            if prompt.select("Your answer", &items.map(|item| printable(&item)), Some(0))? == 0 {
                return Ok(default.clone());
            }
        }
        if let Some(alternatives) = alternatives {
            let chosen = prompt.select("Your answer", &titles(alternatives), preset)?;
            self.schema = alternatives.get(chosen);
        }
        match self.schema {
            Some(schema) => {
                let (path, label) = (String::new(), "Your answer".to_owned());
                Field { path, label, about: None, schema, required: true }.ask(prompt).map(or_null)
            }
            None => json_or_text("Your answer (JSON or text)", prompt),
        }
    }
}

/// Whether a form asks for all that a schema wants, so that nobody has to read the schema.
pub(super) fn asks_for_all(schema: &Value) -> bool {
    match Kind::of(schema) {
        Kind::Anything => false,
        Kind::Alternatives(alternatives) => alternatives.iter().all(asks_for_all),
        Kind::Object(properties) => properties.values().all(asks_for_all),
        Kind::ListOf(items) => asks_for_all(items),
        Kind::Constant(_) | Kind::Choice(_) | Kind::Boolean | Kind::Text | Kind::Number(_) | Kind::Words { .. } => true,
    }
}

/// The only value that a schema lets through, where it is one that has nothing to fill in.
fn only_value(schema: &Value) -> Option<Value> {
    match Kind::of(schema) {
        Kind::Constant(constant) => Some(constant.clone()),
        Kind::Object(properties) if required(schema).len() == properties.len() => {
            let member = |(name, schema): (&String, &Value)| Some((name.clone(), only_value(schema)?));
            properties.iter().map(member).collect::<Option<Map<_, _>>>().map(Value::Object)
        }
        _ => None,
    }
}

fn titles(alternatives: &[Value]) -> Vec<String> {
    let titles = alternatives.iter().map(|alternative| plain(alternative.get("title").unwrap_or(alternative)));
    titles.map(|title| printable(&title)).collect()
}

/// A place in the answer that a schema describes.
struct Field<'s> {
    /// The names that lead to it from the answer, with dots; empty for the answer itself.
    path: String,
    label: String,
    /// What it is for, where that is too long to stand in each question.
    about: Option<String>,
    schema: &'s Value,
    required: bool,
}

/// How long a description may be that stands in a question.
const SHORT_DESCRIPTION: usize = 60;

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
    /// Words with commas between them; those that are numbers are taken for that, where numbers may be among them.
    Words {
        numbers: bool,
    },
    /// Elements that are asked for one by one.
    ListOf(&'s Value),
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
        let items = schema.get("items");
        match (only_type(schema), schema.get("properties").and_then(Value::as_object)) {
            (Some("object") | None, Some(properties)) if !is_nullable(schema) => Self::Object(properties),
            (Some("boolean"), _) if !is_nullable(schema) => Self::Boolean,
            (Some("string"), _) => Self::Text,
            (Some("integer"), _) => Self::Number("a whole number"),
            (Some("number"), _) => Self::Number("a number"),
            (Some("array"), _) if !is_nullable(schema) => match (items, items.and_then(words)) {
                (_, Some(numbers)) => Self::Words { numbers },
                (Some(items), None) if matches!(Kind::of(items), Kind::Object(_)) => Self::ListOf(items),
                (_, None) => Self::Anything,
            },
            (_, _) => Self::Anything,
        }
    }
}

impl<'s> Field<'s> {
    /// A member of an object.
    fn of_member(of: &str, object: &Value, name: &str, schema: &'s Value) -> Self {
        let path = if of.is_empty() { name.to_owned() } else { format!("{of}.{name}") };
        let described = schema.get("description").and_then(Value::as_str);
        let is_short = |text: &&str| text.chars().count() <= SHORT_DESCRIPTION;
        let label = described.filter(is_short).map_or_else(|| path.clone(), |text| format!("{path}: {text}"));
        let about = described.filter(|text| !is_short(text)).map(|text| printable(&format!("{path}: {text}")));
        let required = required(object).iter().any(|required| required == name);
        Self { path, label: printable(&label), about, schema, required }
    }

    /// Asks for a value; nothing, where it may be left out and was.
    fn ask(&self, prompt: &mut dyn Prompt) -> io::Result<Option<Value>> {
        if let Some(about) = &self.about {
            prompt.tell(about)?;
        }
        match Kind::of(self.schema) {
            Kind::Constant(constant) if self.required => Ok(Some(constant.clone())),
            Kind::Constant(constant) => self.choose(std::slice::from_ref(constant), prompt),
            Kind::Choice(choices) => self.choose(choices, prompt),
            Kind::Boolean => self.choose(&[Value::Bool(true), Value::Bool(false)], prompt),
            Kind::Alternatives(alternatives) => {
                let chosen = alternatives.get(prompt.select(&self.label, &titles(alternatives), None)?);
                let schema = chosen.unwrap_or(&Value::Null);
                let (path, label) = (self.path.clone(), self.label.clone());
                Field { path, label, about: None, schema, required: self.required }.ask(prompt)
            }
            Kind::Object(properties) if self.required => self.object(properties, prompt).map(Some),
            Kind::Object(properties) => {
                let offered = ["(leave it out)".to_owned(), "fill it in".to_owned()];
                let fills = prompt.select(&self.label, &offered, None)? == 1;
                fills.then(|| self.object(properties, prompt)).transpose()
            }
            Kind::Text => Ok(self.line("", prompt)?.map(|line| self.or_none(line))),
            Kind::Number(what) => self.number(what, prompt),
            Kind::Words { numbers } => {
                let word = |word: &str| match word.parse::<i64>() {
                    Ok(number) if numbers && number.to_string() == word => Value::from(number),
                    Ok(_) | Err(_) => Value::from(word),
                };
                let words = |line: String| {
                    let words = line.split(',').map(str::trim).filter(|word| !word.is_empty());
                    words.map(word).collect::<Vec<_>>()
                };
                let line = self.line("separated by commas", prompt)?;
                Ok(line.map(words).filter(|words| self.required || !words.is_empty()).map(Value::Array))
            }
            Kind::ListOf(items) => self.elements(items, prompt),
            Kind::Anything => self.json(prompt),
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
            let asked = Field::of_member(&self.path, self.schema, name, schema).ask(prompt)?;
            members.extend(asked.map(|value| (name.clone(), value)));
        }
        Ok(Value::Object(members))
    }

    /// Asks for one element after the other, until there is no more.
    fn elements(&self, items: &Value, prompt: &mut dyn Prompt) -> io::Result<Option<Value>> {
        let mut elements = Vec::new();
        loop {
            let count = elements.len();
            let none = if count == 0 { "none".to_owned() } else { format!("no more than {count}") };
            let offered = [none, if count == 0 { "one".to_owned() } else { "one more".to_owned() }];
            if prompt.select(&self.label, &offered, None)? == 0 {
                break;
            }
            let path = format!("{}[{}]", self.path, count + 1);
            let element = Field { label: path.clone(), path, about: None, schema: items, required: true };
            elements.extend(element.ask(prompt)?);
        }
        Ok(Some(elements).filter(|elements| self.required || !elements.is_empty()).map(Value::Array))
    }

    fn choose(&self, choices: &[Value], prompt: &mut dyn Prompt) -> io::Result<Option<Value>> {
        let left_out = (!self.required).then(|| "(leave it out)".to_owned());
        let shown = labels(choices).into_iter().chain(left_out);
        let index = prompt.select(&self.label, &shown.collect::<Vec<_>>(), None)?;
        Ok(choices.get(index).cloned())
    }

    /// A line; nothing, where the field may be left out and the line is empty.
    fn line(&self, form: &str, prompt: &mut dyn Prompt) -> io::Result<Option<String>> {
        let optional = match (self.required, is_nullable(self.schema)) {
            (true, false) => "",
            (true, true) => "empty for none",
            (false, _) => "may be left empty",
        };
        let bounds: Vec<String> = schema_bounds(self.schema).iter().map(|bound| printable(bound)).collect();
        let hints = std::iter::once(form).chain(bounds.iter().map(String::as_str)).chain([optional]);
        let hints: Vec<_> = hints.filter(|hint| !hint.is_empty()).collect();
        let hints = if hints.is_empty() { String::new() } else { format!(" ({})", hints.join(", ")) };
        let line = prompt.line(&format!("{}{hints}", self.label))?;
        Ok(Some(line).filter(|line| self.required || !line.is_empty()))
    }

    /// A text; where there may be none, an empty one is that.
    fn or_none(&self, line: String) -> Value {
        if line.is_empty() && is_nullable(self.schema) { Value::Null } else { Value::String(line) }
    }

    /// A number, asked for until it is one.
    fn number(&self, what: &str, prompt: &mut dyn Prompt) -> io::Result<Option<Value>> {
        loop {
            let Some(line) = self.line(what, prompt)? else { return Ok(None) };
            if line.is_empty() && is_nullable(self.schema) {
                return Ok(Some(Value::Null));
            }
            if let Some(number) = sortie_json::parse_str(&line).ok().filter(Value::is_number) {
                return Ok(Some(number));
            }
            let hint = if line.contains(',') { ": it has a point before its decimals, and no commas" } else { "" };
            prompt.tell(&printable(&format!("{line:?} is not {what}{hint}")))?;
        }
    }

    /// JSON, asked for until it is, or a text, where that may be meant.
    fn json(&self, prompt: &mut dyn Prompt) -> io::Result<Option<Value>> {
        let may_be_text = match self.schema.get("type") {
            None => true,
            Some(Value::Array(types)) => types.iter().any(|kind| kind == "string"),
            Some(kind) => kind == "string",
        };
        loop {
            let Some(line) = self.line(if may_be_text { "JSON or text" } else { "JSON" }, prompt)? else {
                return Ok(None);
            };
            match input::value_or_text(&line, "the answer") {
                Ok(Value::String(text)) if !may_be_text && text == line => {
                    prompt.tell(&printable(&format!("{line:?} is not JSON")))?;
                }
                Ok(value) => return Ok(Some(value)),
                Err(report) => prompt.tell(&said(&report))?,
            }
        }
    }
}

/// The type that a schema names, beside `null`.
fn only_type(schema: &Value) -> Option<&str> {
    match schema.get("type")? {
        Value::Array(types) => {
            let mut others = types.iter().filter(|kind| *kind != "null");
            others.next()?.as_str().filter(|_| others.next().is_none())
        }
        kind => kind.as_str(),
    }
}

/// Whether a schema names `null` among other types.
fn is_nullable(schema: &Value) -> bool {
    let types = schema.get("type").and_then(Value::as_array);
    types.is_some_and(|types| types.len() > 1 && types.iter().any(|kind| kind == "null"))
}

/// Of a list's elements that are words: whether numbers may be among them. Nothing, where they are something else.
fn words(items: &Value) -> Option<bool> {
    let kind = |schema: &Value| schema.get("type").and_then(Value::as_str).map(str::to_owned);
    let of_several = items.get("anyOf").or_else(|| items.get("oneOf")).and_then(Value::as_array);
    let kinds: Vec<String> = match of_several {
        Some(alternatives) => alternatives.iter().map(kind).collect::<Option<_>>()?,
        None => vec![kind(items)?],
    };
    let has = |name: &str| kinds.iter().any(|kind| kind == name);
    let is_word = kinds.iter().all(|kind| kind == "string" || kind == "integer");
    (is_word && has("string")).then(|| has("integer"))
}

/// The names of the members that an object has to have.
fn required(object: &Value) -> &[Value] {
    object.get("required").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn choose(label: &str, choices: &[Value], preset: Option<usize>, prompt: &mut dyn Prompt) -> io::Result<Value> {
    let index = prompt.select(label, &labels(choices), preset)?;
    Ok(or_null(choices.get(index).cloned()))
}

/// What values are shown as in a list: texts as they are, unless two look alike or there is nothing to see of one. Those
/// are shown as JSON, which tells them apart.
fn labels(values: &[Value]) -> Vec<String> {
    let look = |value: &Value| plain(value).split_whitespace().collect::<Vec<_>>().join(" ");
    let mut seen = BTreeMap::new();
    for value in values {
        *seen.entry(look(value)).or_insert(0_usize) += 1;
    }
    let is_clear = |value: &Value| {
        let look = look(value);
        !look.is_empty() && seen.get(&look) == Some(&1)
    };
    let shown = |value: &Value| {
        if is_clear(value) { printable(&plain(value)) } else { ForeignJson(&value.to_string()).to_string() }
    };
    values.iter().map(shown).collect()
}

/// An answer as JSON, or, where it is none, as a string: asked for until there is one. Nothing is no answer, and what begins
/// as JSON and is none was not meant as a text.
fn json_or_text(label: &str, prompt: &mut dyn Prompt) -> io::Result<Value> {
    loop {
        let line = prompt.line(label)?;
        if line.trim().is_empty() {
            prompt.tell("type an answer; `\"\"` is an empty text, and Ctrl-D means later")?;
            continue;
        }
        match input::value_or_text(&line, "the answer") {
            Ok(value) => return Ok(value),
            Err(report) => prompt.tell(&said(&report))?,
        }
    }
}

/// What is wrong with what was typed, on one line.
fn said(report: &Report) -> String {
    let said = |diagnostic: &Diagnostic| {
        let help = diagnostic.help.as_deref().map(|help| format!("; {help}")).unwrap_or_default();
        printable(&format!("{}{help}", diagnostic.message))
    };
    report.diagnostics.first().map(said).unwrap_or_default()
}

fn or_null(value: Option<Value>) -> Value {
    value.unwrap_or(Value::Null)
}

#[cfg(test)]
mod tests;
