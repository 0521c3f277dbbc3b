//! What bounds the work on schemas: a schema comes from a plugin, and validating is the host's work.
//!
//! A schema of a few hundred bytes can take for ever to validate with, since a `$ref` can stand in many places and lead
//! to a schema that has many more. So validating is counted before it is done: a walk over schema and value that visits
//! every pair that a validator could visit, and ends where a budget does.

use std::collections::HashMap;

use serde_json::{Map, Value};

use sortie_json::pattern_cost;

/// The greatest size of one schema, in values.
const MAX_NODES: usize = 20_000;
/// The deepest nesting of one schema.
const MAX_DEPTH: usize = 64;
/// The texts of a schema's patterns together, in bytes.
const MAX_PATTERN_BYTES: usize = 16 << 10;
/// How often a pattern may name a control character (`\cA`): each is replaced by itself, and the pattern read anew.
const MAX_CONTROLS: usize = 64;
/// The greatest number of pairs of a schema and a value that one validation may visit.
const MAX_VISITS: usize = 4_000_000;
/// The greatest number for which it is told what does not match: that takes a multiple of the time.
const MAX_VISITS_TO_EXPLAIN: usize = 200_000;
/// How many bytes may be copied for telling what does not match: a validator makes all mismatches before the first is told, each
/// with its place, and those of alternatives with the value.
const MAX_COPIED: usize = 64 << 20;
/// How deeply schemas may lead to each other.
const MAX_CHAIN: usize = 256;
/// The keywords for what no other keyword has to do with.
const UNEVALUATED: [&str; 2] = ["unevaluatedItems", "unevaluatedProperties"];
/// What each byte costs that is held against a pattern of which it cannot be told: what the largest costs that compiles.
const GREATEST_PATTERN_COST: usize = 1024;

/// What the schemas of one plugin may have together.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SchemaBudget {
    nodes: usize,
    patterns: usize,
}

/// The values and the patterns of one plugin's schemas.
const NODES_OF_PLUGIN: usize = 100_000;
const PATTERNS_OF_PLUGIN: usize = 128;

impl Default for SchemaBudget {
    fn default() -> Self {
        Self { nodes: NODES_OF_PLUGIN, patterns: PATTERNS_OF_PLUGIN }
    }
}

/// How much work validating a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    /// Little enough that all mismatches can be told.
    Explained,
    /// So much that it is only told whether the value matches.
    Judged,
    /// More than a validation may be.
    TooMuch,
}

impl SchemaBudget {
    /// The values and the patterns that were taken.
    pub(crate) fn taken(&self) -> (usize, usize) {
        (NODES_OF_PLUGIN - self.nodes, PATTERNS_OF_PLUGIN - self.patterns)
    }

    /// Takes what a schema needs, or says what it has too much of.
    pub(crate) fn take(&mut self, schema: &Value) -> Result<(), String> {
        let mut counted = SchemaSize::default();
        counted.count(schema, schema, 0)?;
        let left = |has: usize, may: usize, what: &str| {
            may.checked_sub(has).ok_or_else(|| format!("the plugin's schemas have more {what} than they may have"))
        };
        self.nodes = left(counted.nodes, self.nodes, "values")?;
        self.patterns = left(counted.patterns, self.patterns, "patterns")?;
        Ok(())
    }
}

#[derive(Default)]
struct SchemaSize {
    nodes: usize,
    patterns: usize,
    pattern_bytes: usize,
}

impl SchemaSize {
    fn count(&mut self, root: &Value, schema: &Value, depth: usize) -> Result<(), String> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(format!("it has more than {MAX_NODES} values"));
        }
        if depth > MAX_DEPTH {
            return Err(format!("it is nested deeper than {MAX_DEPTH} levels"));
        }
        match schema {
            Value::Array(elements) => elements.iter().try_for_each(|each| self.count(root, each, depth + 1)),
            Value::Object(members) => {
                Self::references(root, members, depth)?;
                if let Some(pattern) = members.get("pattern").and_then(Value::as_str) {
                    self.pattern(pattern)?;
                }
                let properties = members.get("patternProperties").and_then(Value::as_object);
                for pattern in properties.into_iter().flat_map(Map::keys) {
                    self.pattern(pattern)?;
                }
                members.values().try_for_each(|each| self.count(root, each, depth + 1))
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
        }
    }

    fn pattern(&mut self, pattern: &str) -> Result<(), String> {
        self.patterns += 1;
        self.pattern_bytes += pattern.len();
        if self.pattern_bytes > MAX_PATTERN_BYTES {
            return Err(format!("its patterns have more than {MAX_PATTERN_BYTES} bytes"));
        }
        if pattern.matches("\\c").count() > MAX_CONTROLS {
            return Err(format!(
                "a pattern names more than {MAX_CONTROLS} control characters: write ranges, such as `[\\x00-\\x1f]`"
            ));
        }
        Ok(())
    }

    /// Holds references to what can be followed here: to places in the same schema, by JSON Pointer.
    fn references(root: &Value, members: &Map<String, Value>, depth: usize) -> Result<(), String> {
        // A property may have such a name; a schema's keyword has a text.
        for keyword in ["$dynamicRef", "$recursiveRef"] {
            if members.get(keyword).is_some_and(Value::is_string) {
                return Err(format!("`{keyword}` is not supported: write `$ref`"));
            }
        }
        if depth > 0 && members.get("$id").is_some_and(Value::is_string) {
            return Err("a `$id` within a schema is not supported: references are to places in the whole".to_owned());
        }
        if let Some(reference) = members.get("$ref").and_then(Value::as_str)
            && target(root, reference).is_none()
        {
            let shown: String = reference.chars().take(80).collect();
            return Err(format!("the `$ref` {shown:?} leads nowhere in the schema: write `#/$defs/…`"));
        }
        Ok(())
    }
}

/// Where a reference leads: `#`, or `#` and a JSON Pointer, percent-encoded where it has to be (RFC 6901, section 6).
fn target<'s>(root: &'s Value, reference: &str) -> Option<&'s Value> {
    let pointer = reference.strip_prefix('#')?;
    if pointer.contains('%') { root.pointer(&decoded(pointer)?) } else { root.pointer(pointer) }
}

fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// Counts what validating a value would be, and stops where that is known to be too much.
pub(crate) fn work(schema: &Value, value: &Value) -> Work {
    let mut walk = Walk {
        root: schema,
        left: MAX_VISITS,
        costs: HashMap::new(),
        copies: Some(MAX_COPIED),
        place: 0,
        alternatives: 0,
    };
    match walk.visit(schema, value, 0) {
        Err(OutOfBudget) => Work::TooMuch,
        Ok(()) if MAX_VISITS - walk.left > MAX_VISITS_TO_EXPLAIN || walk.copies.is_none() => Work::Judged,
        Ok(()) => Work::Explained,
    }
}

struct OutOfBudget;

struct Walk<'s> {
    root: &'s Value,
    left: usize,
    /// What a byte costs that is held against each pattern.
    costs: HashMap<&'s str, usize>,
    /// How many bytes may yet be copied; nothing, once it is too much to tell what does not match.
    copies: Option<usize>,
    /// The bytes of the place that is looked at, in the value and in the schema.
    place: usize,
    /// How many alternatives, whose mismatches have copies of the value, are around it.
    alternatives: usize,
}

impl<'s> Walk<'s> {
    fn spend(&mut self, visits: usize) -> Result<(), OutOfBudget> {
        self.left = self.left.checked_sub(visits).ok_or(OutOfBudget)?;
        Ok(())
    }

    fn visit(&mut self, schema: &'s Value, value: &Value, chain: usize) -> Result<(), OutOfBudget> {
        self.spend(1)?;
        if chain > MAX_CHAIN {
            return Err(OutOfBudget);
        }
        self.copy(mismatches(schema), value);
        let Value::Object(keywords) = schema else { return Ok(()) };
        self.spend(keywords.len())?;
        if let Value::String(text) = value {
            self.spend(text.len() / 8)?;
        }
        // To know what was evaluated, a validator looks at everything beside it again.
        let looks = if UNEVALUATED.iter().any(|keyword| keywords.contains_key(*keyword)) { 2 } else { 1 };
        for (keyword, argument) in std::iter::repeat_n(keywords, looks).flatten() {
            let alternatives = usize::from(["anyOf", "oneOf", "propertyNames"].contains(&keyword.as_str()));
            self.alternatives += alternatives;
            self.within(keyword.len(), |walk| walk.keyword(keyword, argument, value, chain + 1))?;
            self.alternatives -= alternatives;
        }
        Ok(())
    }

    /// Does something at a place whose name has so many bytes.
    fn within(
        &mut self,
        name: usize,
        visit: impl FnOnce(&mut Self) -> Result<(), OutOfBudget>,
    ) -> Result<(), OutOfBudget> {
        self.place += name + 1;
        visit(self)?;
        self.place -= name + 1;
        Ok(())
    }

    /// Counts what so many mismatches of a value copy.
    fn copy(&mut self, mismatches: usize, value: &Value) {
        // A value that nothing is asked of is not measured.
        let Some(left) = self.copies.filter(|_| mismatches > 0) else { return };
        let value = if self.alternatives > 0 { size(value, left) } else { Some(0) };
        let each = value.and_then(|value| self.place.checked_add(value));
        self.copies = each.and_then(|each| left.checked_sub(each.checked_mul(mismatches)?));
    }

    /// Counts what a mismatch copies of a schema, or says of a value.
    fn quote(&mut self, value: &Value) {
        self.copies = self.copies.and_then(|left| left.checked_sub(size(value, left)?));
    }

    fn keyword(&mut self, keyword: &str, argument: &'s Value, value: &Value, chain: usize) -> Result<(), OutOfBudget> {
        match keyword {
            "allOf" | "anyOf" | "oneOf" => {
                let schemas = argument.as_array().map(Vec::as_slice).unwrap_or_default();
                schemas.iter().try_for_each(|schema| self.visit(schema, value, chain))
            }
            "not" => {
                self.quote(argument);
                self.visit(argument, value, chain)
            }
            "if" | "then" | "else" => self.visit(argument, value, chain),
            "$ref" => {
                let (root, reference) = (self.root, argument.as_str().unwrap_or_default());
                self.spend(reference.len() / 8)?;
                target(root, reference).map_or(Ok(()), |schema| self.visit(schema, value, chain))
            }
            "dependentSchemas" | "dependencies" => {
                argument.as_object().into_iter().flatten().try_for_each(|(name, schema)| {
                    self.name(name)?;
                    if schema.is_array() { self.measure(schema) } else { self.visit(schema, value, chain) }
                })
            }
            "pattern" => match (argument, value) {
                (Value::String(pattern), Value::String(text)) => self.matching(pattern, text),
                _ => Ok(()),
            },
            // Whether a text is a pattern: each name of a group is compared with those before it.
            "format" => match (argument.as_str(), value) {
                (Some("regex"), Value::String(text)) => {
                    let names = text.matches("(?<").count() + text.matches("\\k<").count();
                    self.spend(text.len().saturating_add(names.saturating_mul(names) / 16))
                }
                _ => Ok(()),
            },
            "enum" => {
                self.quote(argument);
                self.measure(argument)
            }
            "const" => {
                self.quote(argument);
                self.measure(value)
            }
            "uniqueItems" => self.measure(value),
            _ => match value {
                Value::Object(members) => self.of_object(keyword, argument, members, chain),
                Value::Array(elements) => self.of_array(keyword, argument, elements, chain),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
            },
        }
    }

    fn of_object(
        &mut self,
        keyword: &str,
        argument: &'s Value,
        members: &Map<String, Value>,
        chain: usize,
    ) -> Result<(), OutOfBudget> {
        match keyword {
            "properties" => {
                let schemas = argument.as_object();
                for (name, schema) in schemas.into_iter().flatten() {
                    self.name(name)?;
                    if let Some(member) = members.get(name) {
                        self.within(2 * name.len(), |walk| walk.visit(schema, member, chain))?;
                    }
                }
                Ok(())
            }
            "patternProperties" => {
                for (pattern, schema) in argument.as_object().into_iter().flatten() {
                    for (name, member) in members {
                        self.matching(pattern, name)?;
                        self.within(pattern.len() + name.len(), |walk| walk.visit(schema, member, chain))?;
                    }
                }
                Ok(())
            }
            "additionalProperties" => members.iter().try_for_each(|(name, member)| {
                self.name(name)?;
                self.within(name.len(), |walk| walk.visit(argument, member, chain))
            }),
            "required" | "dependentRequired" => self.measure(argument),
            "unevaluatedProperties" => {
                self.spend(members.len().saturating_mul(64))?;
                members.iter().try_for_each(|(name, member)| {
                    // It is said of which members there are too many.
                    self.copies = self.copies.and_then(|left| left.checked_sub(name.len()));
                    self.within(name.len(), |walk| walk.visit(argument, member, chain))
                })
            }
            "propertyNames" => {
                members.keys().try_for_each(|name| self.visit(argument, &Value::from(name.as_str()), chain))
            }
            _ => Ok(()),
        }
    }

    fn of_array(
        &mut self,
        keyword: &str,
        argument: &'s Value,
        elements: &[Value],
        chain: usize,
    ) -> Result<(), OutOfBudget> {
        match (keyword, argument) {
            ("prefixItems" | "items", Value::Array(schemas)) => {
                schemas.iter().zip(elements).try_for_each(|(schema, element)| self.visit(schema, element, chain))
            }
            ("items" | "additionalItems" | "contains", schema) => {
                elements.iter().try_for_each(|element| self.visit(schema, element, chain))
            }
            ("unevaluatedItems", schema) => {
                self.spend(elements.len().saturating_mul(64))?;
                elements.iter().try_for_each(|element| {
                    self.quote(element);
                    self.visit(schema, element, chain)
                })
            }
            _ => Ok(()),
        }
    }

    /// What it takes to look up a name.
    fn name(&mut self, name: &str) -> Result<(), OutOfBudget> {
        self.spend(1 + name.len() / 8)
    }

    /// What it takes to hold a text against a pattern.
    fn matching(&mut self, pattern: &'s str, text: &str) -> Result<(), OutOfBudget> {
        self.name(pattern)?;
        let cost = *self.costs.entry(pattern).or_insert_with(|| {
            let cost = pattern_cost(pattern).and_then(|cost| usize::try_from(cost).ok());
            cost.unwrap_or(GREATEST_PATTERN_COST).min(GREATEST_PATTERN_COST)
        });
        self.spend(text.len().saturating_mul(cost))
    }

    /// What it takes to compare a value with another.
    fn measure(&mut self, value: &Value) -> Result<(), OutOfBudget> {
        self.spend(1)?;
        match value {
            Value::String(text) => self.spend(text.len() / 8),
            Value::Array(elements) => elements.iter().try_for_each(|element| self.measure(element)),
            Value::Object(members) => members.iter().try_for_each(|(name, member)| {
                self.spend(name.len() / 8)?;
                self.measure(member)
            }),
            Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
        }
    }
}

/// How many mismatches there may be of one value with a schema, those of its parts aside.
fn mismatches(schema: &Value) -> usize {
    let Value::Object(keywords) = schema else { return 1 };
    let of_names = |names: &Value| names.as_array().map_or(0, Vec::len);
    let required = keywords.get("required").map_or(0, of_names);
    let dependent = keywords.get("dependentRequired").and_then(Value::as_object);
    let dependent: usize = dependent.into_iter().flat_map(Map::values).map(of_names).sum();
    keywords.len() + required + dependent
}

/// About what a copy of a value takes, in bytes; nothing, if it is more than there may be.
fn size(value: &Value, most: usize) -> Option<usize> {
    fn left(value: &Value, most: usize) -> Option<usize> {
        let most = most.checked_sub(size_of::<Value>())?;
        match value {
            Value::String(text) => most.checked_sub(text.len()),
            Value::Array(elements) => elements.iter().try_fold(most, |most, element| left(element, most)),
            Value::Object(members) => members.iter().try_fold(most, |most, (name, member)| {
                left(member, most.checked_sub(size_of::<String>() + name.len())?)
            }),
            Value::Null | Value::Bool(_) | Value::Number(_) => Some(most),
        }
    }
    left(value, most).map(|left| most - left)
}

#[cfg(test)]
mod tests;
