//! TOML 1.1: the reader. Tables come in any order in a text, so they are put together before they are told.

mod events;
mod syntax;
mod tree;

use std::ops::Range;

use super::receiver::{Reader, Receiver, Shape, Step, Stop};
use super::remedy::Notation;
use crate::fault::FaultKind;
use events::events;
use tree::{Item, Table, Tree};

/// The format, how many levels of arrays and tables there may be, and what room they may take.
pub(crate) struct Toml {
    pub(crate) depth: usize,
    pub(crate) room: usize,
}

impl Reader for Toml {
    fn notation(&self) -> Notation {
        Notation::Toml
    }

    fn read<R: Receiver>(&self, text: &str, receiver: &mut R) -> Step {
        let found = events(text, self.depth);
        let mut errors = syntax::faults(text, &found.errors);
        if let Some(bracket) = &found.too_deep {
            // What is behind it was not looked at.
            errors.retain(|(_, span)| span.start < bracket.start);
        }
        for (kind, span) in errors.iter().cloned() {
            receiver.fault(kind, span);
        }
        if let Some(bracket) = found.too_deep {
            receiver.fault(FaultKind::TooDeep(self.depth), bracket);
            return Err(Stop);
        }
        let mut tree = Tree::new(self.depth, self.room, text.len());
        for event in found.events {
            if let Err(fault) = tree.take(event) {
                let stops = matches!(fault.kind, FaultKind::TooDeep(_) | FaultKind::TooManyValues(_));
                receiver.found(*fault);
                if stops {
                    return Err(Stop);
                }
            }
        }
        let unread: Vec<Range<usize>> = errors.into_iter().map(|(_, span)| span).collect();
        table(&tree.into_root(), &unread, receiver)
    }
}

fn table<R: Receiver>(table: &Table, unread: &[Range<usize>], receiver: &mut R) -> Step {
    receiver.start(Shape::Object, table.span.clone(), 0)?;
    for entry in &table.entries {
        receiver.key(entry.key.as_str().into(), entry.place.clone())?;
        item(&entry.item, unread, receiver)?;
    }
    receiver.end(Some(table.span.end))
}

fn item<R: Receiver>(value: &Item, unread: &[Range<usize>], receiver: &mut R) -> Step {
    match value {
        Item::Scalar(value, span) => {
            // What the reader made of something that it could not read is not worth a word.
            let touches = |error: &Range<usize>| error.start <= span.end && span.start <= error.end;
            let value = match value {
                Err(_) if unread.iter().any(touches) => Ok(serde_json::Value::Null),
                value => value.clone(),
            };
            receiver.scalar(value, span.clone(), 0)
        }
        Item::Table(inner) => table(inner, unread, receiver),
        Item::Array(elements, span) => {
            receiver.start(Shape::Array, span.clone(), 0)?;
            elements.iter().try_for_each(|element| item(element, unread, receiver))?;
            receiver.end(Some(span.end))
        }
        Item::Tables(tables) => {
            let first = tables.first().map_or(0..0, |table| table.span.clone());
            receiver.start(Shape::Array, first.clone(), 0)?;
            tables.iter().try_for_each(|inner| table(inner, unread, receiver))?;
            receiver.end(Some(first.end))
        }
    }
}
