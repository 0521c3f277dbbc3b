//! The functions.

use std::cmp::Ordering;

use serde_json::Value;

use super::fault::{Code, Fault};
use super::number::{count, in_range, round, to_json};
use super::types::{as_number, unfit};

/// The greatest number of digits that `round` takes.
const MAX_DIGITS: f64 = 15.0;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    Min,
    Max,
    Sum,
    Len,
    Round,
    Abs,
    Floor,
    Ceil,
}

impl Function {
    pub(super) const ALL: [Self; 8] =
        [Self::Min, Self::Max, Self::Sum, Self::Len, Self::Round, Self::Abs, Self::Floor, Self::Ceil];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Min => "min",
            Self::Max => "max",
            Self::Sum => "sum",
            Self::Len => "len",
            Self::Round => "round",
            Self::Abs => "abs",
            Self::Floor => "floor",
            Self::Ceil => "ceil",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|function| function.name() == name)
    }

    /// The least and the greatest number of arguments, and both in words.
    pub(super) fn arity(self) -> (usize, Option<usize>, &'static str) {
        match self {
            Self::Min | Self::Max | Self::Sum => (1, None, "one argument or more"),
            Self::Round => (1, Some(2), "one argument or two"),
            Self::Len | Self::Abs | Self::Floor | Self::Ceil => (1, Some(1), "one argument"),
        }
    }

    /// Calls the function at this place with values, each with its place. There are as many as it takes.
    pub(super) fn call(self, arguments: &[(Value, usize)], at: usize) -> Result<Value, Fault> {
        let Some((first, first_at)) = arguments.first() else { return Ok(Value::Null) };
        let number = || as_number(first, *first_at, self.name());
        match self {
            Self::Min => self.extreme(arguments, at, Ordering::Less),
            Self::Max => self.extreme(arguments, at, Ordering::Greater),
            Self::Sum => {
                let mut numbers = elements(arguments);
                let sum = numbers.try_fold(0.0, |sum, (value, at)| in_range(sum + as_number(value, at, "sum")?, at));
                sum.map(to_json)
            }
            Self::Len => length(first, *first_at),
            Self::Round => in_range(round(number()?, digits(arguments.get(1))?), at).map(to_json),
            Self::Abs => in_range(number()?.abs(), at).map(to_json),
            Self::Floor => in_range(number()?.floor(), at).map(to_json),
            Self::Ceil => in_range(number()?.ceil(), at).map(to_json),
        }
    }

    fn extreme(self, arguments: &[(Value, usize)], at: usize, wanted: Ordering) -> Result<Value, Fault> {
        let mut found: Option<&Value> = None;
        for (value, at) in elements(arguments) {
            let ordering = match (value, found) {
                (Value::Number(_) | Value::String(_), None) => wanted,
                (Value::Number(_), Some(best @ Value::Number(_))) => {
                    as_number(value, at, self.name())?.total_cmp(&as_number(best, at, self.name())?)
                }
                (Value::String(value), Some(Value::String(best))) => value.cmp(best),
                _ => return Err(unfit(value, at, &format!("`{}` takes numbers alone or strings alone", self.name()))),
            };
            if ordering == wanted {
                found = Some(value);
            }
        }
        let empty = || Fault::new(Code::InvalidArguments, at, format!("`{}` of nothing is nothing", self.name()));
        found.cloned().ok_or_else(empty)
    }
}

/// The arguments, the elements of arrays in the place of arrays.
fn elements(arguments: &[(Value, usize)]) -> impl Iterator<Item = (&Value, usize)> {
    arguments.iter().flat_map(|(value, at)| {
        let values = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        values.iter().map(|value| (value, *at))
    })
}

fn length(value: &Value, at: usize) -> Result<Value, Fault> {
    let length = match value {
        Value::String(text) => text.chars().count(),
        Value::Array(elements) => elements.len(),
        Value::Object(members) => members.len(),
        Value::Null | Value::Bool(_) | Value::Number(_) => {
            return Err(unfit(value, at, "`len` takes a string, an array or an object"));
        }
    };
    Ok(to_json(count(length)))
}

fn digits(argument: Option<&(Value, usize)>) -> Result<usize, Fault> {
    let Some((value, at)) = argument else { return Ok(0) };
    let digits = as_number(value, *at, "round")?;
    if digits.fract() != 0.0 || !(0.0..=MAX_DIGITS).contains(&digits) {
        let message = "`round` takes a whole number of digits from 0 to 15";
        return Err(Fault::new(Code::InvalidArguments, *at, message));
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is whole, and from 0 to 15")]
    Ok(digits as usize)
}
