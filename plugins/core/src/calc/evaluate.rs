//! From an expression to its value.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde_json::Value;
use sortie_plugin_sdk::Call;

use super::fault::{Code, Fault};
use super::number::{in_range, to_json};
use super::parser::{Comparator, Expression, Node, Operator};
use super::types::{as_boolean, as_number, unfit};
use crate::state::described;

/// The value: a number, a string or a boolean.
pub(super) fn evaluate(expression: &Expression, names: &BTreeMap<String, String>, call: &Call) -> Result<Value, Fault> {
    let value = Evaluation { names, call }.value(expression)?;
    match &value {
        // A value of the state may be beyond what a result may be.
        Value::Number(_) => in_range(as_number(&value, expression.at, "calc")?, expression.at).map(to_json),
        Value::String(_) | Value::Bool(_) => Ok(value),
        Value::Null | Value::Array(_) | Value::Object(_) => {
            Err(unfit(&value, expression.at, "the result is to be a number, a string or a boolean"))
        }
    }
}

struct Evaluation<'e> {
    names: &'e BTreeMap<String, String>,
    call: &'e Call,
}

impl Evaluation<'_> {
    fn value(&self, expression: &Expression) -> Result<Value, Fault> {
        let at = expression.at;
        match &expression.node {
            Node::Number(number) => Ok(to_json(*number)),
            Node::Text(text) => Ok(Value::from(text.as_str())),
            Node::Boolean(boolean) => Ok(Value::from(*boolean)),
            Node::Name(name) => self.named(name, at),
            Node::Negative(operand) => Ok(to_json(in_range(-self.number(operand, "-")?, at)?)),
            Node::Not(operand) => Ok(Value::from(!self.boolean(operand, "not")?)),
            Node::Arithmetic(first, terms) => {
                let name = terms.first().map_or("+", |term| term.operator.name());
                terms
                    .iter()
                    .try_fold(self.number(first, name)?, |left, term| {
                        let right = self.number(&term.operand, term.operator.name())?;
                        calculate(term.operator, left, right, term.at)
                    })
                    .map(to_json)
            }
            Node::Comparison(comparator, sides) => {
                let (left, right) = (self.value(&sides.0)?, self.value(&sides.1)?);
                compare(*comparator, &left, &right, at).map(Value::from)
            }
            Node::And(parts) => self.all(parts, "and", true).map(Value::from),
            Node::Or(parts) => self.all(parts, "or", false).map(|all_false| Value::from(!all_false)),
            Node::Call(function, arguments) => {
                let values = arguments.iter().map(|argument| Ok((self.value(argument)?, argument.at)));
                function.call(&values.collect::<Result<Vec<_>, Fault>>()?, at)
            }
        }
    }

    fn named(&self, name: &str, at: usize) -> Result<Value, Fault> {
        let pointer = self.names.get(name).map(String::as_str).unwrap_or_default();
        let missing = || {
            let message = format!("`{name}` is what is at `{pointer}` in the state, where there is nothing");
            Fault::new(Code::PathMissing, at, message)
        };
        self.call.get(pointer).cloned().ok_or_else(missing)
    }

    fn number(&self, operand: &Expression, name: &str) -> Result<f64, Fault> {
        as_number(&self.value(operand)?, operand.at, name)
    }

    fn boolean(&self, operand: &Expression, name: &str) -> Result<bool, Fault> {
        as_boolean(&self.value(operand)?, operand.at, name)
    }

    /// Whether all parts are so; the first that is not ends it.
    fn all(&self, parts: &[Expression], name: &str, wanted: bool) -> Result<bool, Fault> {
        for part in parts {
            if self.boolean(part, name)? != wanted {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl Operator {
    fn name(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
        }
    }
}

/// Of whole numbers within range, a double's results are exact or beyond the range; so is a division without rest.
fn calculate(operator: Operator, left: f64, right: f64, at: usize) -> Result<f64, Fault> {
    let result = match operator {
        Operator::Add => left + right,
        Operator::Subtract => left - right,
        Operator::Multiply => left * right,
        Operator::Divide | Operator::Remainder if right == 0.0 => {
            return Err(Fault::new(Code::DivisionByZero, at, format!("`{}` by zero", operator.name())));
        }
        Operator::Divide => left / right,
        Operator::Remainder => left % right,
    };
    in_range(result, at)
}

fn compare(comparator: Comparator, left: &Value, right: &Value, at: usize) -> Result<bool, Fault> {
    let ordered = !matches!(comparator, Comparator::Equal | Comparator::Unequal);
    let ordering = match (left, right) {
        (Value::Number(_), Value::Number(_)) => {
            let (left, right) = (as_number(left, at, "<")?, as_number(right, at, "<")?);
            left.partial_cmp(&right).unwrap_or(Ordering::Equal)
        }
        (Value::String(left), Value::String(right)) => left.cmp(right),
        (Value::Bool(left), Value::Bool(right)) if !ordered => left.cmp(right),
        _ => {
            let wanted = if ordered { "two numbers or two strings" } else { "two numbers, strings or booleans" };
            let message = format!("this compares {wanted}, not {} with {}", described(left), described(right));
            return Err(Fault::new(Code::TypeError, at, message));
        }
    };
    Ok(match comparator {
        Comparator::Equal => ordering.is_eq(),
        Comparator::Unequal => ordering.is_ne(),
        Comparator::Less => ordering.is_lt(),
        Comparator::LessOrEqual => ordering.is_le(),
        Comparator::Greater => ordering.is_gt(),
        Comparator::GreaterOrEqual => ordering.is_ge(),
    })
}
