//! What is asked, in which words, and what comes of it.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what it expected")]

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

    fn tell(&mut self, text: &str) -> io::Result<()> {
        self.asked.push(format!("! {text}"));
        Ok(())
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
fn values_that_look_alike_or_cannot_be_seen_are_shown_as_json() {
    let payload = json!({"schema": {"enum": ["1", 1, null, "null", " ", "a\u{200b}b", "ab"]}});
    let asked = [r#"Your answer ["1"|1|null|"null"|" "|a\u{200b}b|ab] none"#];
    check(payload, &["\"null\""], &asked, json!("null"));
}

#[test]
fn nothing_is_no_answer_and_what_begins_as_json_is_no_text() {
    let label = "Your answer (JSON or text)";
    let empty = "! type an answer; `\"\"` is an empty text, and Ctrl-D means later";
    let broken = "! this is not valid JSON: the text ends within an object, expected `,` or `}`; the text is not complete: \
                  close what is open, or get the whole of it";
    let asked = [label, empty, label, broken, label];
    check(json!({}), &["  ", "{\"a\": 1", "so {be} it"], &asked, json!("so {be} it"));
    check(json!({}), &["\"\""], &[label], json!(""));
}

#[test]
fn what_may_be_null_is_left_empty_and_what_may_be_left_out_is_filled_in_by_its_members() {
    let schema = json!({"type": "object", "required": ["note", "size"], "properties": {
        "note": {"type": ["string", "null"]},
        "size": {"type": ["null", "integer"], "minimum": 1},
        "inner": {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}},
        "any": {"minLength": 2},
    }});
    let asked = [
        "note (empty for none)",
        "size (a whole number, at least 1, empty for none)",
        "any (JSON or text, at least 2 characters, may be left empty)",
        "inner [(leave it out)|fill it in] none",
        "inner.a",
    ];
    let expected = json!({"note": null, "size": null, "any": "so", "inner": {"a": "x"}});
    check(json!({"schema": schema}), &["", "", "so", "fill it in", "x"], &asked, expected);
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
        "! \"much\" is not a whole number",
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
fn a_field_within_another_is_named_with_it() {
    let schema = json!({"type": "object", "required": ["who"], "properties": {
        "who": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}},
        "size": {"type": "number"},
    }});
    let asked = [
        "who.name",
        "size (a number, may be left empty)",
        "! \"1,5\" is not a number: it has a point before its decimals, and no commas",
        "size (a number, may be left empty)",
    ];
    check(json!({"schema": schema}), &["Ann", "1,5", "1.5"], &asked, json!({"who": {"name": "Ann"}, "size": 1.5}));
}

#[test]
fn alternatives_with_titles_are_selected_and_then_filled_in() {
    let schema = json!({"oneOf": [
        {"title": "Accept", "type": "object", "required": ["accept"], "properties": {"accept": {"const": true}}},
        {"title": "Change", "type": "object", "properties": {"drop": {"type": "array", "items": {"type": "string"}}}},
    ]});
    let payload = json!({"schema": schema, "default": {"accept": true}});
    let first = "Your answer [Accept|Change] 0";
    check(payload.clone(), &["Accept"], &[first], json!({"accept": true}));
    let asked = [first, "drop (separated by commas, may be left empty)"];
    check(payload, &["Change", "a1, b2"], &asked, json!({"drop": ["a1", "b2"]}));
}

#[test]
fn a_default_that_is_no_alternative_has_a_line_of_its_own() {
    let schema = json!({"oneOf": [
        {"title": "Some", "type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}},
        {"title": "None", "type": "object", "required": ["n"], "properties": {"n": {"const": null}}},
    ]});
    let default = r#"the default: {"n":5}"#;
    let first = "Your answer [the default: {\"n\":5}|something else] 0";
    let payload = json!({"schema": schema, "default": {"n": 5}});
    check(payload.clone(), &[default], &[first], json!({"n": 5}));
    let asked = [first, "Your answer [Some|None] none", "n (a whole number)"];
    check(payload, &["something else", "Some", "7"], &asked, json!({"n": 7}));
}

#[test]
fn of_a_chosen_alternative_only_what_was_wrong_is_asked_for_again() {
    let schema = json!({"oneOf": [
        {"title": "Keep", "const": "keep"},
        {"title": "Change", "type": "object", "properties": {
            "size": {"type": "integer", "maximum": 3}, "why": {"type": "string"},
        }},
    ]});
    let step = HumanStep::from_payload("step", &json!({"schema": schema})).unwrap();
    let mut script = Script { says: ["Change", "9", "so", "2"].into(), asked: Vec::new() };
    let mut form = Form::new(&step);
    let first = form.fill(&mut script).unwrap();
    form.reject(&sortie_host::check_decision(&step, &first).unwrap_err());
    assert_eq!(form.fill(&mut script).unwrap(), json!({"size": 2, "why": "so"}));
    assert!(script.says.is_empty());
}

#[test]
fn lists_are_filled_in_by_words_and_by_elements() {
    let schema = json!({"type": "object", "properties": {
        "order": {"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "integer"}]}},
        "add": {"type": "array", "items": {"type": "object", "required": ["name"], "properties": {
            "name": {"type": "string"},
            "due": {"type": "string", "description": "When it must be done, which is told once and before it is asked for."},
        }}},
    }});
    assert!(asks_for_all(&schema) && !asks_for_all(&json!({"type": "array", "items": {"type": "array"}})));
    let asked = [
        "add [none|one] none",
        "add[1].name",
        "! add[1].due: When it must be done, which is told once and before it is asked for.",
        "add[1].due (may be left empty)",
        "add [no more than 1|one more] none",
        "order (separated by commas, may be left empty)",
    ];
    let says = ["one", "Call", "", "no more than 1", "12, 0b123456, 007"];
    let expected = json!({"add": [{"name": "Call"}], "order": [12, "0b123456", "007"]});
    check(json!({"schema": schema}), &says, &asked, expected);
}
