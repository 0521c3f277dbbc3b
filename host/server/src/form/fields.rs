//! From a schema to fields.

use serde_json::Value;

/// How deep objects are asked for as groups of fields; what is deeper is asked for as JSON.
const MAX_DEPTH: usize = 3;
/// How many members of an object are asked for as fields.
const MAX_MEMBERS: usize = 60;
/// How many choices are offered as such.
const MAX_OPTIONS: usize = 100;
/// How many forms one question can have.
const MAX_VARIANTS: usize = 6;
/// How many objects a list of them is asked for at once, unless it says otherwise.
const ROWS: u64 = 3;
/// How many at most.
const MAX_ROWS: u64 = 12;
/// How many references are followed for one field.
const MAX_REFERENCES: usize = 8;

/// One thing that a form asks for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Field {
    /// The JSON Pointer (RFC 6901) of its value in what is asked for.
    pub(crate) pointer: String,
    /// What people call it.
    pub(crate) label: String,
    /// What the schema says of it.
    pub(crate) hint: Option<String>,
    /// Whether something has to be written.
    pub(crate) required: bool,
    /// Whether nothing written means `null`: it has to be there, and may be that.
    pub(crate) blank_is_null: bool,
    /// What it is if nothing is written.
    pub(crate) default: Option<Value>,
    /// How it is asked for.
    pub(crate) control: Control,
}

/// How a field is asked for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Control {
    /// A text.
    Text(TextKind),
    /// A number.
    Number {
        /// Whether it has to be whole.
        whole: bool,
        /// The least.
        min: Option<Value>,
        /// The greatest.
        max: Option<Value>,
    },
    /// One of these.
    Select(Vec<Alternative>),
    /// Values, each on a line of its own.
    Lines(Items),
    /// An object of these.
    Group(Vec<Field>),
    /// Objects, each of which may be left out.
    Rows(Vec<Field>),
    /// This value and no other: there is nothing to ask.
    Fixed(Value),
    /// Anything.
    Json,
}

/// One of several values.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Alternative {
    /// The value.
    pub(crate) value: Value,
    /// What people call it, where the schema says.
    pub(crate) title: Option<String>,
}

/// What stands on the lines of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Items {
    /// Texts.
    Texts,
    /// Numbers.
    Numbers,
    /// Numbers, and texts that are none.
    Either,
}

/// What a text looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TextKind {
    /// A line.
    Line,
    /// Several lines.
    Lines,
    /// A date.
    Date,
    /// An e-mail address.
    Email,
    /// A URL.
    Url,
}

impl Field {
    /// The field for all that a schema describes.
    pub(crate) fn of(schema: &Value, label: &str) -> Self {
        Reader { root: schema }.field(schema, String::new(), label.to_owned(), true, 0)
    }

    /// The forms that what is asked for can have: where a schema is a choice of objects, one for each of them, called by its
    /// title.
    pub(crate) fn variants(schema: &Value, label: &str) -> Vec<Self> {
        let reader = Reader { root: schema };
        let (resolved, _) = reader.resolved(schema);
        let choices = resolved.get("oneOf").or_else(|| resolved.get("anyOf")).and_then(Value::as_array);
        let is_object = |choice: &Value| type_of(reader.resolved(choice).0) == Some("object");
        match choices {
            Some(choices) if (2..=MAX_VARIANTS).contains(&choices.len()) && choices.iter().all(is_object) => {
                let title = |choice: &Value, index: usize| {
                    let title = reader.resolved(choice).0.get("title").or_else(|| choice.get("title"));
                    title.and_then(Value::as_str).map_or_else(|| format!("{label} {}", index + 1), str::to_owned)
                };
                let choices = choices.iter().enumerate();
                choices
                    .map(|(index, choice)| reader.field(choice, String::new(), title(choice, index), true, 0))
                    .collect()
            }
            Some(_) | None => vec![Self::of(schema, label)],
        }
    }

    /// The one value that the field can have, if there is but one.
    pub(crate) fn only(&self) -> Option<Value> {
        match &self.control {
            Control::Fixed(value) => Some(value.clone()),
            Control::Group(fields) => {
                let member = |field: &Self| Some((last(&field.pointer), field.only()?));
                fields.iter().map(member).collect::<Option<_>>().map(Value::Object)
            }
            _ => None,
        }
    }
}

/// The last token of a pointer, as a name.
pub(super) fn last(pointer: &str) -> String {
    let token = pointer.rsplit('/').next().unwrap_or_default();
    token.replace("~1", "/").replace("~0", "~")
}

struct Reader<'s> {
    root: &'s Value,
}

impl<'s> Reader<'s> {
    fn field(&self, schema: &'s Value, pointer: String, label: String, required: bool, depth: usize) -> Field {
        let outer = schema;
        let (schema, nullable) = self.resolved(schema);
        let may_be_null = |name: &Value| name.as_array().is_some_and(|names| names.iter().any(|name| name == "null"));
        let nullable = nullable || schema.get("type").is_some_and(may_be_null);
        let text = |name: &str| outer.get(name).or_else(|| schema.get(name)).and_then(Value::as_str).map(str::to_owned);
        let control = match schema.get("const") {
            Some(value) if required => Control::Fixed(value.clone()),
            Some(_) | None => self.control(schema, &pointer, depth),
        };
        Field {
            label: text("title").filter(|_| !pointer.is_empty()).unwrap_or(label),
            hint: hint(text("description"), schema, &control),
            required: required && !nullable,
            blank_is_null: required && nullable && !pointer.is_empty(),
            default: outer.get("default").or_else(|| schema.get("default")).filter(|value| !value.is_null()).cloned(),
            pointer,
            control,
        }
    }

    /// The schema that a reference or a choice with `null` comes to, and whether it may be left out for `null`.
    fn resolved(&self, mut schema: &'s Value) -> (&'s Value, bool) {
        let mut nullable = false;
        for _ in 0..MAX_REFERENCES {
            if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
                match reference.strip_prefix('#').and_then(|pointer| self.root.pointer(pointer)) {
                    Some(found) => schema = found,
                    None => break,
                }
                continue;
            }
            let choices = schema.get("anyOf").or_else(|| schema.get("oneOf")).and_then(Value::as_array);
            let is_null = |choice: &&Value| choice.get("type").and_then(Value::as_str) == Some("null");
            match choices.map(Vec::as_slice) {
                Some([one, null]) if is_null(&null) => (schema, nullable) = (one, true),
                Some([null, one]) if is_null(&null) => (schema, nullable) = (one, true),
                _ => break,
            }
        }
        (schema, nullable)
    }

    fn control(&self, schema: &'s Value, pointer: &str, depth: usize) -> Control {
        if let Some(options) = options(schema) {
            return Control::Select(options);
        }
        match type_of(schema) {
            Some("string") => Control::Text(kind(schema)),
            Some(number @ ("integer" | "number")) => {
                let whole = number == "integer";
                let bound = |name: &str, inwards: fn(f64) -> f64| {
                    let bound = schema.get(name).filter(|value| value.is_number())?;
                    // A browser counts the steps from the least on.
                    let inner = bound.as_f64().filter(|bound| whole && bound.fract() != 0.0).map(inwards);
                    Some(inner.map_or_else(|| bound.clone(), Value::from))
                };
                Control::Number { whole, min: bound("minimum", f64::ceil), max: bound("maximum", f64::floor) }
            }
            Some("boolean") => Control::Select([true, false].map(|value| Alternative::of(&Value::Bool(value))).into()),
            Some("array") => self.list(schema, pointer, depth),
            Some("object") if depth < MAX_DEPTH => self.group(schema, pointer, depth),
            Some(_) | None => Control::Json,
        }
    }

    fn list(&self, schema: &'s Value, pointer: &str, depth: usize) -> Control {
        let Some(items) = schema.get("items") else { return Control::Json };
        let (items, _) = self.resolved(items);
        let is_number = |name: &str| matches!(name, "integer" | "number");
        match type_of(items) {
            Some("string") => Control::Lines(Items::Texts),
            Some(name) if is_number(name) => Control::Lines(Items::Numbers),
            Some("object") if depth + 1 < MAX_DEPTH => {
                let row = |index: usize| {
                    let label = (index + 1).to_string();
                    self.field(items, format!("{pointer}/{index}"), label, false, depth + 1)
                };
                let count = |name: &str, otherwise| schema.get(name).and_then(Value::as_u64).unwrap_or(otherwise);
                let (least, most) = (count("minItems", 0), count("maxItems", u64::MAX));
                if least > MAX_ROWS {
                    return Control::Json;
                }
                let shown = usize::try_from(ROWS.max(least).min(most)).unwrap_or_default();
                let rows: Vec<Field> = (0..shown).map(row).collect();
                // Objects of whatever members are no rows of fields.
                let are_groups =
                    rows.iter().all(|row| matches!(&row.control, Control::Group(fields) if !fields.is_empty()));
                if are_groups && shown > 0 { Control::Rows(rows) } else { Control::Json }
            }
            Some(_) => Control::Json,
            None => {
                let choices = items.get("anyOf").or_else(|| items.get("oneOf")).and_then(Value::as_array);
                let kinds: Vec<_> = choices.into_iter().flatten().map(|choice| type_of(choice)).collect();
                let either = kinds.contains(&Some("string"))
                    && kinds.iter().all(|kind| kind.is_some_and(|name| name == "string" || is_number(name)));
                if either { Control::Lines(Items::Either) } else { Control::Json }
            }
        }
    }

    fn group(&self, schema: &'s Value, pointer: &str, depth: usize) -> Control {
        let members = schema.get("properties").and_then(Value::as_object);
        let closed = schema.get("additionalProperties") == Some(&Value::Bool(false));
        // An object of whatever members cannot be asked for by their names.
        let members = match members {
            Some(members) if members.len() <= MAX_MEMBERS => members,
            None if closed => return Control::Group(Vec::new()),
            Some(_) | None => return Control::Json,
        };
        let required = schema.get("required").and_then(Value::as_array);
        let is_required = |name: &str| required.is_some_and(|all| all.iter().any(|one| one == name));
        // What has to be there and is not described could not be given.
        let is_described = |name: &Value| name.as_str().is_none_or(|name| members.contains_key(name));
        if !required.is_none_or(|all| all.iter().all(is_described)) {
            return Control::Json;
        }
        let field = |(name, schema): (&String, &'s Value)| {
            let token = name.replace('~', "~0").replace('/', "~1");
            self.field(schema, format!("{pointer}/{token}"), name.clone(), is_required(name), depth + 1)
        };
        let mut fields: Vec<Field> = members.iter().map(field).collect();
        // What has to be there comes first, and what takes much room last.
        fields.sort_by_key(|field| (!field.required, matches!(field.control, Control::Rows(_) | Control::Json)));
        Control::Group(fields)
    }
}

impl Alternative {
    /// One without a title.
    fn of(value: &Value) -> Self {
        Self { value: value.clone(), title: None }
    }

    /// One of a schema that has but one value.
    fn constant(schema: &Value) -> Option<Self> {
        let title = schema.get("title").and_then(Value::as_str).map(str::to_owned);
        Some(Self { value: schema.get("const")?.clone(), title })
    }
}

/// The values of an enumeration, a constant, or a choice of constants.
fn options(schema: &Value) -> Option<Vec<Alternative>> {
    if let Some(value) = schema.get("const") {
        return Some(vec![Alternative::of(value)]);
    }
    let listed = schema.get("enum").and_then(Value::as_array);
    let listed = listed.map(|values| values.iter().map(Alternative::of).collect());
    let constants = || {
        let choices = schema.get("oneOf").or_else(|| schema.get("anyOf"))?.as_array()?;
        choices.iter().map(Alternative::constant).collect::<Option<Vec<_>>>()
    };
    listed.or_else(constants).filter(|options: &Vec<_>| !options.is_empty() && options.len() <= MAX_OPTIONS)
}

/// The one type of a schema; of two, the one that is not `null`.
fn type_of(schema: &Value) -> Option<&str> {
    match schema.get("type") {
        Some(Value::String(name)) => Some(name),
        Some(Value::Array(names)) => {
            let mut names = names.iter().filter_map(Value::as_str).filter(|name| *name != "null");
            names.next().filter(|_| names.next().is_none())
        }
        _ => schema.get("properties").map(|_| "object"),
    }
}

fn kind(schema: &Value) -> TextKind {
    match schema.get("format").and_then(Value::as_str) {
        Some("date") => TextKind::Date,
        Some("email") => TextKind::Email,
        Some("uri" | "url") => TextKind::Url,
        _ => match schema.get("maxLength").and_then(Value::as_u64) {
            Some(longest) if longest > 200 => TextKind::Lines,
            Some(_) | None => TextKind::Line,
        },
    }
}

/// What the schema says of a value, in words.
fn hint(description: Option<String>, schema: &Value, control: &Control) -> Option<String> {
    let of = |name: &str| schema.get(name).filter(|value| value.is_number()).map(ToString::to_string);
    let range = |least: Option<String>, most: Option<String>, noun: &str| {
        let counted = |number: &str| match (noun, number) {
            ("", _) => number.to_owned(),
            (_, "1") => format!("1 {noun}"),
            _ => format!("{number} {noun}s"),
        };
        match (least, most) {
            (Some(least), Some(most)) if least == most => Some(format!("exactly {}", counted(&least))),
            (Some(least), Some(most)) => Some(format!("{least} to {}", counted(&most))),
            (Some(least), None) => Some(format!("at least {}", counted(&least))),
            (None, Some(most)) => Some(format!("at most {}", counted(&most))),
            (None, None) => None,
        }
    };
    let bounds = match control {
        Control::Text(_) => range(of("minLength"), of("maxLength"), "character"),
        Control::Number { .. } => {
            let strict = |name: &str, word: &str| of(name).map(|bound| format!("{word} {bound}"));
            let bounds = [
                range(of("minimum"), of("maximum"), ""),
                strict("exclusiveMinimum", "more than"),
                strict("exclusiveMaximum", "less than"),
            ];
            let bounds: Vec<String> = bounds.into_iter().flatten().collect();
            (!bounds.is_empty()).then(|| bounds.join(", "))
        }
        Control::Lines(_) => range(of("minItems"), of("maxItems"), "line"),
        Control::Select(_) | Control::Group(_) | Control::Rows(_) | Control::Fixed(_) | Control::Json => None,
    };
    let pattern = schema.get("pattern").and_then(Value::as_str).map(|pattern| format!("must match {pattern}"));
    let lines = matches!(control, Control::Lines(_)).then(|| "one per line".to_owned());
    let json = matches!(control, Control::Json).then(|| "as JSON".to_owned());
    // Where its author broke a line is of no account here.
    let description = description.map(|text| text.split_ascii_whitespace().collect::<Vec<_>>().join(" "));
    let parts: Vec<String> = [description, lines, json, bounds, pattern].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(" · "))
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, json};

    use super::*;

    fn control(schema: Value) -> Control {
        Field::of(&schema, "x").control
    }

    #[test]
    fn a_form_has_as_many_members_choices_and_references_as_it_may_have_and_not_one_more() {
        let members = |count: usize| {
            let members: Map<String, Value> =
                (0..count).map(|at| (format!("m{at}"), json!({"type": "string"}))).collect();
            control(json!({"type": "object", "properties": members}))
        };
        assert!(matches!(members(MAX_MEMBERS), Control::Group(fields) if fields.len() == MAX_MEMBERS));
        assert_eq!(members(MAX_MEMBERS + 1), Control::Json);
        let choices = |count: usize| options(&json!({"enum": (0..count).collect::<Vec<_>>()})).map(|found| found.len());
        assert_eq!((choices(MAX_OPTIONS), choices(MAX_OPTIONS + 1)), (Some(MAX_OPTIONS), None));
        let references = |count: usize| {
            let mut definitions = Map::from_iter([("r0".to_owned(), json!({"type": "boolean"}))]);
            for at in 1..count {
                definitions.insert(format!("r{at}"), json!({"$ref": format!("#/$defs/r{}", at - 1)}));
            }
            control(json!({"$ref": format!("#/$defs/r{}", count - 1), "$defs": definitions}))
        };
        assert_ne!(references(MAX_REFERENCES), Control::Json);
        assert_eq!(references(MAX_REFERENCES + 1), Control::Json);
    }

    #[test]
    fn a_hint_tells_all_bounds_in_words() {
        let hint = |schema: Value| Field::of(&schema, "x").hint.unwrap_or_default();
        assert_eq!(hint(json!({"type": "string", "minLength": 1})), "at least 1 character");
        assert_eq!(hint(json!({"type": "string", "description": "How\nto call it."})), "How to call it.");
        assert_eq!(hint(json!({"type": "string", "minLength": 1, "maxLength": 20})), "1 to 20 characters");
        assert_eq!(hint(json!({"type": "number", "minimum": 1, "exclusiveMaximum": 5})), "at least 1, less than 5");
        let lines = json!({"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 1});
        assert_eq!(hint(lines), "one per line · exactly 1 line");
    }

    #[test]
    fn each_kind_of_schema_has_its_control() {
        assert_eq!(control(json!({"type": "string"})), Control::Text(TextKind::Line));
        assert_eq!(control(json!({"type": ["string", "null"], "format": "date"})), Control::Text(TextKind::Date));
        let select = |values: &[Value]| Control::Select(values.iter().map(Alternative::of).collect());
        assert_eq!(control(json!({"type": "boolean"})), select(&[json!(true), json!(false)]));
        assert_eq!(control(json!({"enum": [1, null]})), select(&[json!(1), Value::Null]));
        let Control::Select(titled) = control(json!({"oneOf": [{"const": 1, "title": "One"}, {"const": "b"}]})) else {
            panic!("it is a choice of constants")
        };
        let titled: Vec<_> = titled.iter().map(|one| (one.value.clone(), one.title.as_deref())).collect();
        assert_eq!(titled, [(json!(1), Some("One")), (json!("b"), None)]);
        assert_eq!(
            control(json!({"type": "integer", "minimum": 1})),
            Control::Number { whole: true, min: Some(json!(1)), max: None }
        );
        assert_eq!(
            control(json!({"type": "integer", "minimum": 0.5, "maximum": 3.5})),
            Control::Number { whole: true, min: Some(json!(1.0)), max: Some(json!(3.0)) }
        );
        assert_eq!(control(json!({"type": "array", "items": {"type": "string"}})), Control::Lines(Items::Texts));
        let some_of = json!({"properties": {"a": {"type": "string"}}, "required": ["a", "b"]});
        assert_eq!(control(some_of), Control::Json, "what is required and not described");
        for json in
            [json!(true), json!({}), json!({"type": "object"}), json!({"type": "array"}), json!({"$ref": "#/x"})]
        {
            assert_eq!(control(json.clone()), Control::Json, "{json}");
        }
    }

    #[test]
    fn a_choice_of_objects_is_a_form_for_each_and_what_can_be_but_one_thing_is_not_asked() {
        let schema = json!({"oneOf": [
            {"title": "Accept", "type": "object", "properties": {"accept": {"const": true}}, "required": ["accept"]},
            {"title": "Change", "type": "object", "properties": {
                "add": {"type": "array", "items": {"type": "object", "properties": {"name": {"type": "string"}}}},
            }},
        ]});
        let variants = Field::variants(&schema, "Answer");
        let labels: Vec<&str> = variants.iter().map(|variant| variant.label.as_str()).collect();
        assert_eq!(labels, ["Accept", "Change"]);
        assert_eq!(variants.first().and_then(Field::only), Some(json!({"accept": true})));
        assert_eq!(variants.last().and_then(Field::only), None);
        let Some(Control::Group(fields)) = variants.last().map(|variant| &variant.control) else {
            panic!("it is an object")
        };
        assert!(matches!(fields.first().map(|field| &field.control), Some(Control::Rows(rows)) if rows.len() == 3));
        assert_eq!(Field::variants(&json!({"type": "string"}), "Answer").len(), 1);
    }

    #[test]
    fn a_list_of_objects_has_as_many_rows_as_it_takes() {
        let rows = |least: u64, most: u64| {
            let items = json!({"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]});
            match control(json!({"type": "array", "minItems": least, "maxItems": most, "items": items})) {
                Control::Rows(rows) => rows.len(),
                _ => 0,
            }
        };
        for ((least, most), expected) in
            [((0, 9), 3), ((5, 9), 5), ((0, 2), 2), ((12, 99), 12), ((13, 99), 0), ((0, 0), 0)]
        {
            assert_eq!(rows(least, most), expected, "{least} to {most}");
        }
    }

    #[test]
    fn members_are_fields_required_ones_first_and_references_are_followed_as_far_as_they_end() {
        let schema = json!({
            "type": "object",
            "properties": {"a/b": {"$ref": "#/$defs/n"}, "z": {"anyOf": [{"$ref": "#/$defs/n"}, {"type": "null"}]}},
            "required": ["z", "a/b"],
            "$defs": {"n": {"type": "number", "description": "a number", "maximum": 5}},
        });
        let Control::Group(fields) = control(schema) else { panic!("it is an object") };
        let told: Vec<_> = fields.iter().map(|field| (field.pointer.as_str(), field.required)).collect();
        assert_eq!(told, [("/a~1b", true), ("/z", false)]);
        assert_eq!(fields.iter().map(|field| field.blank_is_null).collect::<Vec<_>>(), [false, true]);
        assert_eq!(fields.first().and_then(|field| field.hint.clone()), Some("a number · at most 5".to_owned()));
        let endless = json!({"$ref": "#"});
        assert_eq!(control(endless), Control::Json);
        let deep = json!({"properties": {"a": {"$ref": "#"}}});
        let mut depth = 0;
        let mut at = control(deep);
        while let Control::Group(fields) = at {
            depth += 1;
            at = fields.into_iter().next().map_or(Control::Json, |field| field.control);
        }
        assert_eq!(depth, MAX_DEPTH);
    }
}
