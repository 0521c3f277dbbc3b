//! From a pointer to the place in the text.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::rc::Rc;

use jsonptr::Pointer;
use serde_json::Value;

use super::receiver::{Anchor, Receiver, Shape, Step};
use crate::fault::FaultKind;

/// Which part of what a pointer names. Closed: there is nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The value.
    Value,
    /// The key of the last member of that name in its object (the value, where it has no key).
    Key,
}

/// Remembers the places on the way to what a pointer names, and those within anchors, to which the way may lead.
pub(crate) struct Locator {
    tokens: Vec<String>,
    open: Vec<Open>,
    root: Option<Rc<Place>>,
    anchors: BTreeMap<Anchor, Rc<Place>>,
    /// Where the last scalar or bracket ended.
    passed: usize,
}

/// Where a value stands, and what is within it.
#[derive(Debug, Clone, Default)]
struct Place {
    span: Range<usize>,
    /// Of a text, what it says: it may be a key elsewhere.
    text: Option<String>,
    children: Vec<Child>,
}

#[derive(Debug, Clone)]
struct Child {
    token: String,
    key: Option<Range<usize>>,
    place: Rc<Place>,
}

/// An array or object whose end has not come.
struct Open {
    anchor: Anchor,
    interest: Interest,
    place: Place,
    /// What is merged into an object.
    merged: Vec<Rc<Place>>,
    /// What the next child is called; of an array the number of its elements so far.
    next: Next,
}

enum Next {
    Index(usize),
    Key(String, Range<usize>),
    Merge,
    NoKey,
}

/// What of a value is worth remembering.
#[derive(Clone, Copy)]
enum Interest {
    Nothing,
    /// This is where so many tokens of the pointer lead.
    Way(usize),
    Everything,
}

impl Locator {
    pub(crate) fn of(pointer: &Pointer) -> Self {
        let tokens = pointer.tokens().map(|token| token.decoded().into_owned()).collect();
        Self { tokens, open: Vec::new(), root: None, anchors: BTreeMap::new(), passed: 0 }
    }

    /// The place, if the pointer leads to one.
    pub(crate) fn found(&self, part: Part) -> Option<Range<usize>> {
        let mut place = self.root.as_ref()?;
        let mut key = None;
        for token in &self.tokens {
            // Of members with the same name the last counts.
            let child = place.children.iter().rev().find(|child| child.token == *token)?;
            place = &child.place;
            key = child.key.as_ref();
        }
        match (part, key) {
            (Part::Key, Some(key)) => Some(key.clone()),
            (Part::Key, None) | (Part::Value, _) => Some(place.span.clone()),
        }
    }

    /// What of the value that comes next is worth remembering.
    fn interest(&self, anchor: Anchor) -> Interest {
        if anchor != 0 {
            return Interest::Everything;
        }
        let Some(open) = self.open.last() else { return Interest::Way(0) };
        let wanted = |passed: usize| self.tokens.get(passed);
        let (passed, leads) = match (open.interest, &open.next) {
            (Interest::Nothing, _) | (_, Next::NoKey) => return Interest::Nothing,
            (Interest::Everything, _) | (Interest::Way(_), Next::Merge) => return Interest::Everything,
            (Interest::Way(passed), Next::Index(index)) => {
                (passed, wanted(passed).is_some_and(|token| token.parse::<usize>().ok() == Some(*index)))
            }
            (Interest::Way(passed), Next::Key(key, _)) => (passed, wanted(passed) == Some(key)),
        };
        if leads { Interest::Way(passed + 1) } else { Interest::Nothing }
    }

    fn attach(&mut self, place: Rc<Place>, interest: Interest) {
        let Some(open) = self.open.last_mut() else {
            self.root = Some(place);
            return;
        };
        let remember = !matches!(interest, Interest::Nothing);
        match &mut open.next {
            Next::Index(index) => {
                if remember {
                    open.place.children.push(Child { token: index.to_string(), key: None, place });
                }
                *index += 1;
            }
            Next::Merge => open.merged.push(place),
            Next::NoKey => {}
            Next::Key(..) => {
                if let Next::Key(token, key) = std::mem::replace(&mut open.next, Next::NoKey)
                    && remember
                {
                    open.place.children.push(Child { token, key: Some(key), place });
                }
            }
        }
    }

    fn finish(&mut self, place: Place, interest: Interest, anchor: Anchor) {
        let place = Rc::new(place);
        if anchor != 0 {
            self.anchors.insert(anchor, Rc::clone(&place));
        }
        self.attach(place, interest);
    }

    fn set_next(&mut self, next: Next) {
        if let Some(open) = self.open.last_mut() {
            open.next = next;
        }
    }
}

impl Place {
    /// Takes in what is merged into this object: members that it has not, from an object or from each of a list.
    fn merge(&mut self, merged: &[Rc<Self>]) {
        if merged.is_empty() {
            return;
        }
        let mut known: BTreeSet<String> = self.children.iter().map(|child| child.token.clone()).collect();
        for source in merged {
            let is_list = source.children.iter().any(|child| child.key.is_none());
            let objects: Vec<&Self> = if is_list {
                source.children.iter().map(|child| child.place.as_ref()).collect()
            } else {
                vec![source.as_ref()]
            };
            for child in objects.into_iter().flat_map(|object| &object.children) {
                if known.insert(child.token.clone()) {
                    self.children.push(child.clone());
                }
            }
        }
    }
}

impl Receiver for Locator {
    fn scalar(&mut self, value: Result<Value, FaultKind>, span: Range<usize>, anchor: Anchor) -> Step {
        let interest = self.interest(anchor);
        self.passed = span.end;
        let text = match value {
            Ok(Value::String(text)) if anchor != 0 => Some(text),
            Ok(_) | Err(_) => None,
        };
        self.finish(Place { span, text, ..Place::default() }, interest, anchor);
        Ok(())
    }

    fn start(&mut self, shape: Shape, span: Range<usize>, anchor: Anchor) -> Step {
        let next = match shape {
            Shape::Array => Next::Index(0),
            Shape::Object => Next::NoKey,
        };
        let interest = self.interest(anchor);
        self.passed = span.end;
        let place = Place { span, ..Place::default() };
        self.open.push(Open { anchor, interest, place, merged: Vec::new(), next });
        Ok(())
    }

    fn end(&mut self, end: Option<usize>) -> Step {
        let Some(Open { anchor, interest, mut place, merged, .. }) = self.open.pop() else { return Ok(()) };
        self.passed = end.unwrap_or(self.passed);
        place.span.end = self.passed;
        place.merge(&merged);
        self.finish(place, interest, anchor);
        Ok(())
    }

    fn key(&mut self, key: Cow<'_, str>, span: Range<usize>) -> Step {
        self.passed = span.end;
        self.set_next(Next::Key(key.into_owned(), span));
        Ok(())
    }

    fn fault(&mut self, _kind: FaultKind, _span: Range<usize>) {}

    fn anchored_key(&mut self, anchor: Anchor, key: &str) {
        if anchor != 0 {
            let place = Place { text: Some(key.to_owned()), ..Place::default() };
            self.anchors.insert(anchor, Rc::new(place));
        }
    }

    fn no_key(&mut self) {
        self.set_next(Next::NoKey);
    }

    fn merge_key(&mut self, _: Range<usize>) {
        self.set_next(Next::Merge);
    }

    fn alias(&mut self, anchor: Anchor, span: Range<usize>) -> Step {
        let interest = self.interest(0);
        self.passed = span.end;
        let place = self.anchors.get(&anchor).map(|place| place.as_ref().clone()).unwrap_or_default();
        self.attach(Rc::new(Place { span, ..place }), interest);
        Ok(())
    }

    fn alias_key(&mut self, anchor: Anchor, span: Range<usize>) -> Step {
        match self.anchors.get(&anchor).and_then(|place| place.text.clone()) {
            Some(key) => self.set_next(Next::Key(key, span)),
            None => self.set_next(Next::NoKey),
        }
        Ok(())
    }
}
