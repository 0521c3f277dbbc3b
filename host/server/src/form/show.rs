//! A form as HTML: works without any script, with a keyboard and a screen reader.

use std::collections::BTreeMap;

use maud::{Markup, html};
use serde_json::Value;

use super::fields::TextKind;
use super::read::name;
use super::{Control, Field, Misfit};
use crate::text::text;

/// What is in a form: what was written, and what is wrong with it.
#[derive(Debug, Default)]
pub(crate) struct Entries {
    /// Names and texts.
    pub(crate) texts: Vec<(String, String)>,
    /// What is wrong, by the pointer of the field.
    wrong: BTreeMap<String, Vec<String>>,
}

impl Entries {
    /// A form with these texts.
    pub(crate) fn with(texts: Vec<(String, String)>) -> Self {
        Self { texts, wrong: BTreeMap::new() }
    }

    /// The same form, with what is wrong.
    #[must_use]
    pub(crate) fn and(mut self, misfits: impl IntoIterator<Item = Misfit>) -> Self {
        for misfit in misfits {
            self.wrong.entry(misfit.pointer).or_default().push(misfit.message);
        }
        self
    }

    /// What was written into the field of a name.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.texts.iter().find(|(sent, _)| sent == name).map(|(_, text)| text.as_str())
    }

    /// All that is wrong, with its place.
    pub(crate) fn all_wrong(&self) -> Vec<String> {
        let told = |(pointer, messages): (&String, &Vec<String>)| {
            let place = if pointer.is_empty() { String::new() } else { format!("{pointer}: ") };
            format!("{place}{}", messages.join("; "))
        };
        self.wrong.iter().map(told).collect()
    }

    /// Whether anything was written into a field or below it, or is wrong there.
    fn is_used(&self, field: &Field) -> bool {
        let (below, name) = (format!("{}/", field.pointer), format!("{}/", name(field)));
        self.texts.iter().any(|(sent, text)| sent.starts_with(&name) && !text.trim().is_empty())
            || self.wrong.keys().any(|pointer| pointer.starts_with(&below))
    }

    fn text(&self, field: &Field) -> &str {
        let name = name(field);
        self.texts.iter().find(|(sent, _)| *sent == name).map_or("", |(_, text)| text)
    }

    /// What is wrong at a field; also below it, where no field is there for that.
    fn wrong(&self, field: &Field) -> Vec<&str> {
        let below = !matches!(field.control, Control::Group(_) | Control::Rows(_));
        let at = |pointer: &str| match pointer.strip_prefix(&field.pointer) {
            Some("") => true,
            Some(rest) => below && rest.starts_with('/'),
            None => false,
        };
        let told = self.wrong.iter().filter(|(pointer, _)| at(pointer));
        told.flat_map(|(_, messages)| messages.iter().map(String::as_str)).collect()
    }

    /// What is wrong and has no field, which has to be told all the same.
    fn elsewhere(&self, form: &Field) -> Vec<&str> {
        let told = |pointer: &str| is_covered(form, pointer);
        let rest = self.wrong.iter().filter(|(pointer, _)| !told(pointer));
        rest.flat_map(|(_, messages)| messages.iter().map(String::as_str)).collect()
    }
}

fn is_covered(field: &Field, pointer: &str) -> bool {
    match &field.control {
        Control::Group(fields) | Control::Rows(fields) => {
            field.pointer == pointer || fields.iter().any(|field| is_covered(field, pointer))
        }
        // What is not asked for has no place where something could be said of it.
        Control::Fixed(_) => false,
        _ => pointer.strip_prefix(field.pointer.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
    }
}

/// The fields of a form, without the form itself.
/// `prefix` begins the ids of its elements: a page can have several forms.
pub(crate) fn show(form: &Field, filled: &Entries, prefix: &str) -> Markup {
    let elsewhere = filled.elsewhere(form);
    html! {
        @for message in elsewhere { p.error role="alert" { (text(message)) } }
        @match &form.control {
            Control::Group(fields) => {
                @for message in filled.wrong(form) { p.error role="alert" { (text(message)) } }
                // What has to be given comes first.
                @for field in fields.iter().filter(|field| field.required) { (one(field, filled, prefix, form.required)) }
                @for field in fields.iter().filter(|field| !field.required) { (one(field, filled, prefix, form.required)) }
            }
            _ => (one(form, filled, prefix, true)),
        }
    }
}

/// A field. A browser insists on what has to be there, but not within what may be left out.
fn one(field: &Field, filled: &Entries, prefix: &str, insists: bool) -> Markup {
    let insists = insists && field.required;
    let id = format!("{prefix}{}", field.pointer.replace('/', "-"));
    let wrong = filled.wrong(field);
    if matches!(field.control, Control::Fixed(_)) {
        return html! {};
    }
    if let Control::Rows(rows) = &field.control {
        return html! {
            fieldset {
                legend { (text(&field.label)) @if !field.required { span.optional { " optional" } } }
                @if let Some(hint) = &field.hint { p.hint { (text(hint)) } }
                @for message in wrong { p.error role="alert" { (text(message)) } }
                @for (row, fields) in rows.iter().filter_map(members) {
                    details.row open[filled.is_used(row)] {
                        summary { (text(&field.label)) " " (text(&row.label)) }
                        @for field in fields { (one(field, filled, prefix, false)) }
                    }
                }
            }
        };
    }
    if let Control::Group(fields) = &field.control {
        let inner = html! {
            @if let Some(hint) = &field.hint { p.hint { (text(hint)) } }
            @for message in &wrong { p.error role="alert" { (text(message)) } }
            @for field in fields { (one(field, filled, prefix, insists)) }
        };
        return html! {
            @if field.required {
                fieldset { legend { (text(&field.label)) } (inner) }
            } @else {
                // What may be left out takes a line until somebody wants it.
                details.group open[!wrong.is_empty() || filled.is_used(field)] {
                    summary { (text(&field.label)) span.optional { " optional" } }
                    (inner)
                }
            }
        };
    }
    let mut described = Vec::new();
    if field.hint.is_some() {
        described.push(format!("{id}-hint"));
    }
    if !wrong.is_empty() {
        described.push(format!("{id}-wrong"));
    }
    let described = (!described.is_empty()).then(|| described.join(" "));
    html! {
        div.field {
            label for=(id) { (text(&field.label)) @if !field.required { span.optional { " optional" } } }
            @if let Some(hint) = &field.hint { p.hint id=(format!("{id}-hint")) { (text(hint)) } }
            (control(field, filled, (&id, described.as_deref()), !wrong.is_empty(), insists))
            @if !wrong.is_empty() {
                div id=(format!("{id}-wrong")) { @for message in wrong { p.error { (text(message)) } } }
            }
        }
    }
}

/// A row with its fields.
fn members(row: &Field) -> Option<(&Field, &[Field])> {
    match &row.control {
        Control::Group(fields) => Some((row, fields)),
        _ => None,
    }
}

fn control(
    field: &Field,
    filled: &Entries,
    (id, described): (&str, Option<&str>),
    wrong: bool,
    insists: bool,
) -> Markup {
    let (name, value) = (name(field), filled.text(field));
    let invalid = wrong.then_some("true");
    let long = |rows: usize, class: &str| {
        html! {
            textarea id=(id) name=(name) class=(class) rows=(rows.max(value.lines().count().min(20)))
                required[insists && !matches!(field.control, Control::Lines(_) | Control::Text(_))]
                spellcheck=(if class == "code" { "false" } else { "true" })
                aria-describedby=[described] aria-invalid=[invalid] { "\n" (value) }
        }
    };
    let input = |kind: &str, mode: Option<&str>, min: Option<&Value>, max: Option<&Value>, step: Option<&str>| {
        html! {
            input id=(id) name=(name) type=(kind) value=(value) inputmode=[mode] min=[min] max=[max] step=[step]
                required[insists] autocomplete="off" aria-describedby=[described] aria-invalid=[invalid];
        }
    };
    match &field.control {
        Control::Text(TextKind::Line) => input("text", None, None, None, None),
        Control::Text(TextKind::Lines) => long(4, ""),
        Control::Text(TextKind::Date) => input("date", None, None, None, None),
        Control::Text(TextKind::Email) => input("email", None, None, None, None),
        Control::Text(TextKind::Url) => input("url", None, None, None, None),
        Control::Number { whole, min, max } => {
            let (mode, step) = if *whole { ("numeric", "1") } else { ("decimal", "any") };
            input("number", Some(mode), min.as_ref(), max.as_ref(), Some(step))
        }
        Control::Lines(_) => long(3, ""),
        Control::Json | Control::Group(_) | Control::Rows(_) | Control::Fixed(_) => long(4, "code"),
        Control::Select(options) => html! {
            select id=(id) name=(name) required[insists] aria-describedby=[described] aria-invalid=[invalid] {
                option value="" { (if field.required { "Choose…" } else { "—" }) }
                @for option in options {
                    @let text_of = option.value.to_string();
                    option value=(text_of) selected[text_of == value] {
                        (text(&option.title.clone().unwrap_or_else(|| words(&option.value))))
                    }
                }
            }
        },
    }
}

/// A value as people would say it.
pub(crate) fn words(value: &Value) -> String {
    match value {
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Null => "nothing".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
