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
/// How many objects a list of them is asked for at once.
const ROWS: usize = 3;
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
    /// Whether it has to be there.
    pub(crate) required: bool,
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
    Select(Vec<Value>),
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
        let text = |name: &str| outer.get(name).or_else(|| schema.get(name)).and_then(Value::as_str).map(str::to_owned);
        let control = match schema.get("const") {
            Some(value) if required => Control::Fixed(value.clone()),
            Some(_) | None => self.control(schema, &pointer, depth),
        };
        Field {
            label: text("title").filter(|_| !pointer.is_empty()).unwrap_or(label),
            hint: hint(text("description"), schema, &control),
            required: required && !nullable,
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
                let bound = |name: &str| schema.get(name).filter(|value| value.is_number()).cloned();
                Control::Number { whole: number == "integer", min: bound("minimum"), max: bound("maximum") }
            }
            Some("boolean") => Control::Select(vec![Value::Bool(true), Value::Bool(false)]),
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
                let rows: Vec<Field> = (0..ROWS).map(row).collect();
                // Objects of whatever members are no rows of fields.
                let are_groups =
                    rows.iter().all(|row| matches!(&row.control, Control::Group(fields) if !fields.is_empty()));
                if are_groups { Control::Rows(rows) } else { Control::Json }
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

/// The values of an enumeration, a constant, or a choice of constants.
fn options(schema: &Value) -> Option<Vec<Value>> {
    if let Some(value) = schema.get("const") {
        return Some(vec![value.clone()]);
    }
    let listed = schema.get("enum").and_then(Value::as_array).cloned();
    let constants = || {
        let choices = schema.get("oneOf").or_else(|| schema.get("anyOf"))?.as_array()?;
        choices.iter().map(|choice| choice.get("const").cloned()).collect::<Option<Vec<_>>>()
    };
    listed.or_else(constants).filter(|options| !options.is_empty() && options.len() <= MAX_OPTIONS)
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
    let range = |least: Option<String>, most: Option<String>, of: &str| match (least, most) {
        (Some(least), Some(most)) if least == most => Some(format!("exactly {least}{of}")),
        (Some(least), Some(most)) => Some(format!("{least} to {most}{of}")),
        (Some(least), None) => Some(format!("at least {least}{of}")),
        (None, Some(most)) => Some(format!("at most {most}{of}")),
        (None, None) => None,
    };
    let bounds = match control {
        Control::Text(_) => range(of("minLength"), of("maxLength"), " characters"),
        Control::Number { .. } => {
            let strict = |name: &str, word: &str| of(name).map(|bound| format!("{word} {bound}"));
            range(of("minimum"), of("maximum"), "")
                .or_else(|| strict("exclusiveMinimum", "more than"))
                .or_else(|| strict("exclusiveMaximum", "less than"))
        }
        Control::Lines(_) => range(of("minItems"), of("maxItems"), " lines"),
        Control::Select(_) | Control::Group(_) | Control::Rows(_) | Control::Fixed(_) | Control::Json => None,
    };
    let pattern = schema.get("pattern").and_then(Value::as_str).map(|pattern| format!("must match {pattern}"));
    let lines = matches!(control, Control::Lines(_)).then(|| "one per line".to_owned());
    let json = matches!(control, Control::Json).then(|| "as JSON".to_owned());
    let parts: Vec<String> = [description, lines, json, bounds, pattern].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(" · "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn control(schema: Value) -> Control {
        Field::of(&schema, "x").control
    }

    #[test]
    fn each_kind_of_schema_has_its_control() {
        assert_eq!(control(json!({"type": "string"})), Control::Text(TextKind::Line));
        assert_eq!(control(json!({"type": ["string", "null"], "format": "date"})), Control::Text(TextKind::Date));
        assert_eq!(control(json!({"type": "boolean"})), Control::Select(vec![json!(true), json!(false)]));
        assert_eq!(
            control(json!({"oneOf": [{"const": "a"}, {"const": "b"}]})),
            Control::Select(vec![json!("a"), json!("b")])
        );
        assert_eq!(
            control(json!({"type": "integer", "minimum": 1})),
            Control::Number { whole: true, min: Some(json!(1)), max: None }
        );
        assert_eq!(control(json!({"type": "array", "items": {"type": "string"}})), Control::Lines(Items::Texts));
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
        assert!(matches!(fields.first().map(|field| &field.control), Some(Control::Rows(rows)) if rows.len() == ROWS));
        assert_eq!(Field::variants(&json!({"type": "string"}), "Answer").len(), 1);
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
