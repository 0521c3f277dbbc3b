//! One scenario made into several.

mod template;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};
use sortie_json::{ContentHash, canonical, canonical_size};

use super::document::Trail;
use super::error::{DefinitionError, DefinitionErrorCode as Code, MAX_TOLD, Problems, quoted};
use super::shape::did_you_mean;

pub(super) use template::{Values, has_references, substitute};

/// The greatest number of scenarios that one becomes.
pub const MAX_EXPANSIONS: usize = 10_000;

/// The greatest number of axes.
pub(super) const MAX_AXES: usize = 32;

/// The greatest length in bytes of an axis's name: it is in the name of each scenario.
const MAX_AXIS_BYTES: usize = 100;

/// The greatest size in bytes, in canonical form, of all scenarios that one becomes.
pub(super) const MAX_EXPANDED_BYTES: usize = 64 << 20;

/// The greatest length in characters of a value in an expanded name.
const MAX_LABEL_CHARS: usize = 40;

/// Axes that can be combined: their references are known and make no cycle.
#[derive(Debug)]
pub(super) struct Matrix {
    axes: Vec<Axis>,
    /// Indices of the axes, each after those that it refers to.
    resolution: Vec<usize>,
}

#[derive(Debug)]
struct Axis {
    name: String,
    values: Vec<Value>,
}

impl Matrix {
    /// Reads the axes of `matrix:` and checks the references of the scenario's other members to them. The shape of
    /// the matrix has been checked before; where that found something, there is no matrix.
    pub(super) fn read(
        members: &Map<String, Value>,
        body: &Map<String, Value>,
        scenario: &Trail<'_>,
        problems: &mut Problems,
    ) -> Option<Self> {
        let trail = scenario.key("matrix");
        if members.len() > MAX_AXES {
            problems.error(|| {
                DefinitionError::new(
                    Code::MatrixTooLarge,
                    trail.place(),
                    format!("the matrix has {} axes", members.len()),
                )
                .at_key()
                .expected(format!("at most {MAX_AXES}"))
            });
            return None;
        }
        let axes: Vec<Axis> = members
            .iter()
            .filter_map(|(name, values)| Some(Axis { name: name.clone(), values: values.as_array()?.clone() }))
            .filter(|axis| !axis.values.is_empty())
            .collect();
        let mut sound = axes.len() == members.len();
        for axis in &axes {
            sound &= check_axis(axis, &trail, problems);
        }
        let names: BTreeSet<&str> = members.keys().map(String::as_str).collect();
        let mut unknown = Vec::new();
        let mut visit = |name: &str, at: &Trail<'_>| {
            if !names.contains(name) && unknown.len() < MAX_TOLD {
                unknown.push(unknown_axis(name, &names, at));
            }
        };
        template::visit_references(members.iter(), &trail, &mut visit);
        template::visit_references(body.iter(), scenario, &mut visit);
        sound &= unknown.is_empty();
        for error in unknown {
            problems.error(|| error);
        }
        let resolution = resolution_order(&axes, &trail, problems)?;
        let cells = axes.iter().try_fold(1_usize, |cells, axis| cells.checked_mul(axis.values.len()));
        if cells.is_none_or(|cells| cells > MAX_EXPANSIONS) {
            problems.error(|| too_large(&trail, &format!("more than {MAX_EXPANSIONS} combinations")));
            return None;
        }
        sound.then_some(Self { axes, resolution })
    }

    /// How many scenarios it makes.
    pub(super) fn cells(&self) -> usize {
        self.axes.iter().map(|axis| axis.values.len()).product()
    }

    /// One combination and the scenario's members in it. The last axis changes fastest. Nothing, when that would take
    /// more bytes than the budget has.
    pub(super) fn cell(&self, index: usize, body: &Value, budget: &mut usize) -> Option<(Cell, Value)> {
        *budget = budget.checked_sub(canonical_size(body))?;
        let mut chosen = Vec::new();
        let mut rest = index;
        for axis in self.axes.iter().rev() {
            chosen.push(axis.values.get(rest % axis.values.len())?);
            rest /= axis.values.len();
        }
        chosen.reverse();
        let mut values = Values::new();
        for index in &self.resolution {
            let (axis, value) = (self.axes.get(*index)?, chosen.get(*index)?);
            let resolved = substitute(value, &values, budget)?;
            values.insert(axis.name.clone(), resolved);
        }
        let members = substitute(body, &values, budget)?;
        Some((Cell { label: label(&values), values }, members))
    }
}

/// One combination.
pub(super) struct Cell {
    pub(super) label: String,
    pub(super) values: Values,
}

/// The error for a matrix that makes too much.
pub(super) fn too_large(matrix: &Trail<'_>, what: &str) -> DefinitionError {
    DefinitionError::new(Code::MatrixTooLarge, matrix.place(), format!("the matrix makes {what}"))
        .at_key()
        .help("split the scenario, or take an axis out".to_owned())
}

/// That of [`MAX_EXPANDED_BYTES`].
pub(super) fn too_many_bytes(matrix: &Trail<'_>) -> DefinitionError {
    too_large(matrix, &format!("scenarios of more than {} MiB", MAX_EXPANDED_BYTES >> 20))
}

fn check_axis(axis: &Axis, matrix: &Trail<'_>, problems: &mut Problems) -> bool {
    let trail = matrix.key(&axis.name);
    let mut sound = true;
    let is_word = |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | '-');
    if axis.name.is_empty() || !axis.name.chars().all(is_word) {
        let message = format!("`{}` cannot be the name of an axis", quoted(&axis.name));
        problems.error(|| {
            DefinitionError::new(Code::InvalidAxis, trail.place(), message)
                .at_key()
                .expected("letters, digits, `_` and `-`")
        });
        sound = false;
    } else if axis.name.len() > MAX_AXIS_BYTES {
        problems.error(|| {
            let message = format!("the name of the axis `{}` is too long", quoted(&axis.name));
            DefinitionError::new(Code::InvalidAxis, matrix.place(), message)
                .at_key()
                .expected(format!("at most {MAX_AXIS_BYTES} bytes"))
        });
        sound = false;
    }
    let mut seen = BTreeMap::new();
    for (index, value) in axis.values.iter().enumerate() {
        if let Some(first) = seen.insert(canonical(value), index) {
            let message = format!("the axis `{}` has this value twice", quoted(&axis.name));
            problems.error(|| {
                DefinitionError::new(Code::DuplicateAxisValue, trail.index(index).place(), message)
                    .other(trail.index(first).place())
            });
            sound = false;
        }
    }
    sound
}

fn unknown_axis(name: &str, names: &BTreeSet<&str>, at: &Trail<'_>) -> DefinitionError {
    let known = names.iter().copied().collect::<Vec<_>>().join(", ");
    DefinitionError::new(Code::UnknownAxis, at.place(), format!("the matrix has no axis `{}`", quoted(name)))
        .expected(format!("one of {known}"))
        .help(did_you_mean(name, names.iter().copied()).or_else(|| Some("write `$${{` for the text `${{`".to_owned())))
}

/// Puts each axis after those that it refers to, by taking again and again the first one whose references are all
/// taken. What is left refers to itself.
fn resolution_order(axes: &[Axis], matrix: &Trail<'_>, problems: &mut Problems) -> Option<Vec<usize>> {
    let mut references: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for axis in axes {
        let found = references.entry(&axis.name).or_default();
        template::visit_elements(&axis.values, matrix, &mut |name, _| {
            found.insert(name.to_owned());
        });
    }
    let known: BTreeSet<String> = references.keys().map(|name| (*name).to_owned()).collect();
    for names in references.values_mut() {
        names.retain(|name| known.contains(name));
    }
    let mut order = Vec::new();
    loop {
        let ready = references.iter().find(|(_, names)| names.is_empty()).map(|(name, _)| *name);
        let Some(ready) = ready else { break };
        references.remove(ready);
        for names in references.values_mut() {
            names.remove(ready);
        }
        order.extend(axes.iter().position(|axis| axis.name == ready));
    }
    let Some(start) = references.keys().next().copied() else { return Some(order) };
    let cycle = cycle_from(start, &references);
    let first = cycle.first().copied().unwrap_or(start);
    let message = format!("the axes refer to each other in a cycle: {}", cycle.join(" → "));
    problems.error(|| {
        DefinitionError::new(Code::CyclicMatrix, matrix.key(first).place(), message)
            .at_key()
            .help("write out the values of one of them".to_owned())
    });
    None
}

/// Follows first references until a name comes up again: `a → b → a`.
fn cycle_from<'n>(start: &'n str, references: &'n BTreeMap<&str, BTreeSet<String>>) -> Vec<&'n str> {
    let mut way = vec![start];
    loop {
        let next = way.last().and_then(|name| references.get(name)).and_then(|names| names.first());
        let Some(next) = next else { return way };
        let met = way.iter().position(|name| name == next);
        way.push(next);
        if let Some(met) = met {
            return way.split_off(met);
        }
    }
}

/// `[axis=value,...]`, unambiguous and of bounded length.
fn label(values: &Values) -> String {
    let cells: Vec<String> = values.iter().map(|(name, value)| format!("{name}={}", label_of(value))).collect();
    format!("[{}]", cells.join(","))
}

/// A plain string as it is; a string that would be mistaken for another value or for punctuation, and any other
/// value, as canonical JSON; what is too long by its hash.
fn label_of(value: &Value) -> String {
    let plain = |text: &str| {
        !text.is_empty()
            && text.trim() == text
            && !text.contains(['[', ']', '{', '}', ',', '=', '"', '\\', '#'])
            && !text.contains(|character: char| character < ' ' || character == '\u{7f}')
            && serde_json::from_str::<Value>(text).is_err()
    };
    let text = match value {
        Value::String(text) if plain(text) => text.clone(),
        other => String::from_utf8_lossy(&canonical(other)).replace('\u{7f}', "\\u007f"),
    };
    if text.chars().count() <= MAX_LABEL_CHARS {
        return text;
    }
    let hash = ContentHash::of(value).to_string();
    format!("#{}", hash.get(..16).unwrap_or(&hash))
}
