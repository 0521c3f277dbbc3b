//! User-defined attributes: what a filter asks of them.
//!
//! A filter does not say of which type an attribute is, and the export does: a number is a number, a date is written as all dates
//! are, and a duration as `PT3H`. Anything else is a text.

use std::cmp::{Ordering, Reverse};

use sortie_plugin_sdk::Node;

use super::{Order, Place};
use crate::moment::Moment;
use crate::task::is_own;
use crate::when;
use crate::written::Written;
use crate::zone::Now;

/// What is asked of one attribute.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Own {
    pub(super) name: String,
    pub(super) asked: Comparison,
    /// Its values from the greatest to the least, where the user has put them into an order.
    pub(super) values: Option<Vec<String>>,
}

/// What is asked of its value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Comparison {
    /// That there is one.
    Any,
    /// A text at this place.
    Says(Place, String),
    /// That it is this; of a text that it begins so, and of a date that it is of that day, unless it has to be exactly this.
    Is(Operand, bool),
    /// That it is more than this, or less.
    Compared(Order, Operand),
}

/// What a value is compared with, as whatever it can be.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Operand {
    text: String,
    number: Option<f64>,
    seconds: Option<i64>,
    moment: Option<Moment>,
    now: Option<Now>,
}

/// The value of an attribute.
enum OwnValue {
    Number(f64),
    Duration(i64),
    Date(Moment),
    Text(String),
}

impl Operand {
    pub(super) fn of(text: &str, now: Option<Now>) -> Self {
        Self {
            text: text.to_owned(),
            number: number(text),
            seconds: when::span(text),
            moment: when::parse(text, now).ok(),
            now,
        }
    }
}

impl Own {
    /// Whether a task's value is as it is asked for.
    pub(super) fn holds(&self, element: Node<'_>) -> bool {
        let node = element.get(&self.name);
        if let (Some(values), Comparison::Compared(order, operand)) = (&self.values, &self.asked) {
            let own = node.and_then(Node::as_str).unwrap_or_default();
            return order.admits(rank(values, &own).cmp(&rank(values, &operand.text)));
        }
        match (&self.asked, node.and_then(OwnValue::of)) {
            (Comparison::Any, value) => value.is_some(),
            (Comparison::Says(place, part), value) => place.holds(&value.map(OwnValue::text).unwrap_or_default(), part),
            (Comparison::Is(operand, exactly), Some(value)) => value.is(operand, *exactly),
            // What is of another type is not less.
            (Comparison::Compared(order, operand), Some(value)) => {
                value.compared(operand).map_or(*order == Order::From, |found| order.admits(found))
            }
            // No number is less than any, as to Taskwarrior.
            (Comparison::Compared(Order::Before | Order::By, operand), None) => operand.number.is_some(),
            (Comparison::Is(..) | Comparison::Compared(Order::From | Order::After, _), None) => false,
        }
    }
}

/// Where a value stands among others, the least first. What is none of them stands above them all, as to Taskwarrior.
fn rank(values: &[String], value: &str) -> Reverse<Option<usize>> {
    Reverse(values.iter().position(|each| each == value))
}

/// Whether a task has any attribute of its user's own; the priority is one, as to Taskwarrior.
pub(super) fn has_any(element: Node<'_>) -> bool {
    element.members().any(|(name, value)| (is_own(&name) || name == "priority") && OwnValue::of(value).is_some())
}

impl OwnValue {
    /// What is absent, null or empty is no value.
    fn of(node: Node<'_>) -> Option<Self> {
        if let Some(number) = node.as_number() {
            return Some(Self::Number(number));
        }
        let Some(text) = node.as_str() else {
            return (!node.is_null()).then(|| Self::Text(node.text().to_owned()));
        };
        if text.is_empty() {
            return None;
        }
        let date = || match Written::parse(&text) {
            Ok(Written::At(moment, None)) if text.len() == 16 => Some(Self::Date(moment)),
            _ => None,
        };
        let duration = || text.starts_with('P').then(|| when::span(&text)).flatten().map(Self::Duration);
        let number = || number(&text).map(Self::Number);
        Some(date().or_else(duration).or_else(number).unwrap_or_else(|| Self::Text(text.into_owned())))
    }

    fn text(self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Duration(seconds) => seconds.to_string(),
            Self::Date(moment) => moment.basic(),
            Self::Text(text) => text,
        }
    }

    fn is(&self, operand: &Operand, exactly: bool) -> bool {
        match self {
            Self::Number(_) | Self::Duration(_) => self.compared(operand) == Some(Ordering::Equal),
            Self::Date(own) => match (operand.moment, operand.now) {
                (Some(asked), Some(now)) if !exactly => now.zone.day(*own) == now.zone.day(asked),
                (asked, _) => asked == Some(*own),
            },
            Self::Text(own) if exactly => *own == operand.text,
            Self::Text(own) => own.starts_with(&operand.text),
        }
    }

    /// How it compares; nothing, with what is of another type.
    fn compared(&self, operand: &Operand) -> Option<Ordering> {
        match self {
            Self::Number(own) => operand.number.map(|asked| own.total_cmp(&asked)),
            Self::Duration(own) => operand.seconds.map(|asked| own.cmp(&asked)),
            Self::Date(own) => operand.moment.map(|asked| own.cmp(&asked)),
            Self::Text(own) => Some(own.as_str().cmp(&operand.text)),
        }
    }
}

/// The number that a text is; `-0` is 0.
fn number(text: &str) -> Option<f64> {
    let is_of_number = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E');
    let found = text.bytes().all(is_of_number).then(|| text.parse::<f64>().ok()).flatten();
    found.filter(|number| number.is_finite()).map(|number| number + 0.0)
}
