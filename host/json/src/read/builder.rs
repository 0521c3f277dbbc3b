//! From what a reader finds to a checked value.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use jsonptr::PointerBuf;
use serde_json::map::Entry;
use serde_json::{Map, Value};

use super::receiver::{Anchor, Receiver, Shape, Step, Stop};
#[cfg(feature = "documents")]
use super::yaml::dialect::OldScalar;
#[cfg(feature = "documents")]
use crate::fault::MAX_POINTER_BYTES;
use crate::fault::{Collection, Fault, FaultKind, Faults};
use crate::limits::{ParseLimits, ROOM_OF_KEY, ROOM_OF_OBJECT, ROOM_OF_VALUE, room};
use crate::packed::{PackedValue, pack_lists};
use crate::scalar::noncharacter;

/// What was built.
pub(crate) struct BuiltValue {
    pub(crate) value: Value,
    /// The elements of the lists that were to be packed.
    pub(crate) packed: Vec<Vec<PackedValue>>,
    /// Scalars that YAML 1.1 read otherwise, the first hundred.
    #[cfg(feature = "documents")]
    pub(crate) old_scalars: Vec<(OldScalar, PointerBuf, Range<usize>)>,
}

/// How many scalars that YAML 1.1 read otherwise are told.
#[cfg(feature = "documents")]
const MAX_OLD_SCALARS: usize = 100;

/// How many values the aliases of one YAML document may stand for, in all.
pub const MAX_ALIAS_NODES: usize = 1_000_000;

/// Makes a value, and holds it to the rules: depth, keys that appear once, what aliases may stand for.
pub(crate) struct Builder<'l> {
    limits: ParseLimits,
    faults: Collection,
    open: Vec<Open>,
    root: Option<Value>,
    /// Whether to remember where each key stands.
    places_of_keys: bool,
    duplicates: bool,
    /// The members of the root whose lists are packed, and what was packed of each.
    lists: &'l [&'l str],
    packed: Vec<Vec<PackedValue>>,
    anchors: BTreeMap<Anchor, Node>,
    /// What anchors and aliases hold so far.
    expanded: Size,
    /// The room that all values take so far.
    room: usize,
    #[cfg(feature = "documents")]
    old_scalars: Vec<(OldScalar, PointerBuf, Range<usize>)>,
    /// The bytes of their pointers.
    #[cfg(feature = "documents")]
    old_scalar_bytes: usize,
}

/// A value, and what it takes to copy it.
struct Node {
    value: Value,
    size: Size,
}

#[derive(Clone, Copy, Default)]
struct Size {
    nodes: usize,
    bytes: usize,
    height: usize,
}

/// An array or object whose end has not come.
struct Open {
    anchor: Anchor,
    start: Range<usize>,
    within: Container,
}

enum Container {
    Array(Vec<Value>),
    /// An array whose elements are packed: which of the lists it is, and how many elements it has so far.
    Packed {
        list: usize,
        elements: usize,
        /// The room that was taken when it began, by what is not packed.
        room: usize,
    },
    Object {
        members: Map<String, Value>,
        key: Key,
        /// Where its keys stand.
        places: BTreeMap<String, Range<usize>>,
        /// What is merged into it, the first before the others.
        merged: Vec<Map<String, Value>>,
        /// Where its merge key stands.
        merge: Option<Range<usize>>,
    },
}

/// The key of the member that comes next.
enum Key {
    Is(String, Range<usize>),
    Merge,
    /// There is none yet, or it was rejected.
    None,
}

impl<'l> Builder<'l> {
    pub(crate) fn new(limits: ParseLimits, lists: &'l [&'l str]) -> Self {
        Self {
            limits,
            faults: Collection::default(),
            open: Vec::new(),
            root: None,
            places_of_keys: false,
            duplicates: false,
            lists,
            packed: vec![Vec::new(); lists.len()],
            anchors: BTreeMap::new(),
            expanded: Size::default(),
            room: 0,
            #[cfg(feature = "documents")]
            old_scalars: Vec::new(),
            #[cfg(feature = "documents")]
            old_scalar_bytes: 0,
        }
    }

    /// The same, remembering where each key appears first.
    pub(crate) fn with_places_of_keys(self) -> Self {
        Self { places_of_keys: true, ..self }
    }

    /// Whether a key appeared twice in its object.
    pub(crate) fn has_duplicates(&self) -> bool {
        self.duplicates
    }

    /// What was built, or what is wrong.
    pub(crate) fn finish(mut self) -> Result<BuiltValue, Faults> {
        match self.root {
            Some(mut root) if self.faults.is_empty() => {
                // An alias stands for a whole list, which was not read element by element.
                let aliased = pack_lists(&mut root, self.lists);
                let packed = self.packed.into_iter().zip(aliased).map(|(packed, aliased)| [packed, aliased].concat());
                Ok(BuiltValue {
                    value: root,
                    packed: packed.collect(),
                    #[cfg(feature = "documents")]
                    old_scalars: self.old_scalars,
                })
            }
            Some(_) | None => {
                if self.faults.is_empty() {
                    self.faults.add(Fault::in_text(FaultKind::Empty, 0..0));
                }
                Err(self.faults.into_faults())
            }
        }
    }

    /// Keeps a value that has an anchor, and puts it where it belongs.
    fn attach(&mut self, value: Value, span: Range<usize>, anchor: Anchor) -> Step {
        if anchor != 0 {
            let size = Size::of(&value);
            self.charge(size, &span)?;
            self.occupy(room(&value), &span)?;
            self.anchors.insert(anchor, Node { value: value.clone(), size });
        }
        let Some(open) = self.open.last_mut() else {
            self.root = Some(value);
            return Ok(());
        };
        match &mut open.within {
            Container::Array(elements) => elements.push(value),
            Container::Packed { list, elements, room } => {
                *elements += 1;
                self.room = *room;
                self.packed.get_mut(*list).into_iter().for_each(|packed| packed.push(PackedValue::of(&value)));
            }
            Container::Object { members, key, merged, .. } => match std::mem::replace(key, Key::None) {
                // Looked up once, for the place where it goes.
                Key::Is(key, place) => match members.entry(key) {
                    Entry::Vacant(member) => {
                        member.insert(value);
                    }
                    Entry::Occupied(member) => {
                        let key = member.key().clone();
                        self.duplicate(&key, place);
                    }
                },
                Key::Merge => match objects(value) {
                    Some(objects) => merged.extend(objects),
                    None => self.fault(FaultKind::MergeOfOther, span),
                },
                Key::None => {}
            },
        }
        Ok(())
    }

    fn duplicate(&mut self, key: &str, place: Range<usize>) {
        self.duplicates = true;
        if !self.faults.has_room() {
            return;
        }
        let first = match self.open.last() {
            Some(Open { within: Container::Object { places, .. }, .. }) => places.get(key).cloned(),
            _ => None,
        };
        let mut pointer = self.pointer();
        pointer.push_back(key);
        self.faults.add(Fault { kind: FaultKind::DuplicateKey(key.to_owned()), pointer, span: Some(place), first });
    }

    /// Counts a copy of a value against what aliases may hold.
    fn charge(&mut self, size: Size, span: &Range<usize>) -> Step {
        self.expanded.nodes = self.expanded.nodes.saturating_add(size.nodes);
        self.expanded.bytes = self.expanded.bytes.saturating_add(size.bytes);
        if self.expanded.nodes > MAX_ALIAS_NODES || self.expanded.bytes > self.limits.bytes {
            self.fault(FaultKind::AliasExpansionTooLarge, span.clone());
            return Err(Stop);
        }
        Ok(())
    }

    /// Counts what a value takes, or a part of one, against the limit. It is the end where no more faults are told.
    fn occupy(&mut self, room: usize, span: &Range<usize>) -> Step {
        if !self.faults.has_room() {
            return Err(Stop);
        }
        self.room = self.room.saturating_add(room);
        if self.room > self.limits.room() {
            self.fault(FaultKind::TooManyValues(self.limits.room()), span.clone());
            return Err(Stop);
        }
        Ok(())
    }

    /// Which of the lists to pack the array is that begins now, if it is one.
    fn list_to_pack(&self) -> Option<usize> {
        match self.open.as_slice() {
            [Open { within: Container::Object { key: Key::Is(key, _), members, .. }, .. }]
                if !members.contains_key(key) =>
            {
                self.lists.iter().position(|name| name == key)
            }
            _ => None,
        }
    }

    fn set_key(&mut self, new: Key) {
        if let Some(Open { within: Container::Object { key, .. }, .. }) = self.open.last_mut() {
            *key = new;
        }
    }

    /// The pointer of the value that comes next.
    fn pointer(&self) -> PointerBuf {
        let mut pointer = PointerBuf::root();
        for open in &self.open {
            match &open.within {
                Container::Array(elements) => pointer.push_back(elements.len()),
                Container::Packed { elements, .. } => pointer.push_back(*elements),
                Container::Object { key: Key::Is(key, _), .. } => pointer.push_back(key.as_str()),
                Container::Object { key: Key::Merge, .. } => pointer.push_back("<<"),
                Container::Object { key: Key::None, .. } => {}
            }
        }
        pointer
    }
}

impl Receiver for Builder<'_> {
    fn scalar(&mut self, value: Result<Value, FaultKind>, span: Range<usize>, anchor: Anchor) -> Step {
        self.occupy(ROOM_OF_VALUE, &span)?;
        let value = value.and_then(|value| match value.as_str().and_then(noncharacter) {
            Some(character) => Err(FaultKind::Noncharacter(character.into())),
            None => Ok(value),
        });
        let value = value.unwrap_or_else(|kind| {
            self.fault(kind, span.clone());
            Value::Null
        });
        self.attach(value, span, anchor)
    }

    fn start(&mut self, shape: Shape, start: Range<usize>, anchor: Anchor) -> Step {
        if self.open.len() >= self.limits.depth {
            self.fault(FaultKind::TooDeep(self.limits.depth), start);
            return Err(Stop);
        }
        let besides = if shape == Shape::Object { ROOM_OF_OBJECT } else { 0 };
        self.occupy(ROOM_OF_VALUE + besides, &start)?;
        let within = match shape {
            Shape::Object => {
                let (members, places) = (Map::new(), BTreeMap::new());
                Container::Object { members, key: Key::None, places, merged: Vec::new(), merge: None }
            }
            Shape::Array => match self.list_to_pack() {
                Some(list) if anchor == 0 => Container::Packed { list, elements: 0, room: self.room },
                Some(_) | None => Container::Array(Vec::new()),
            },
        };
        self.open.push(Open { anchor, start, within });
        Ok(())
    }

    fn end(&mut self, _end: Option<usize>) -> Step {
        let Some(open) = self.open.pop() else { return Ok(()) };
        let value = match open.within {
            Container::Array(elements) => Value::Array(elements),
            Container::Packed { .. } => Value::Array(Vec::new()),
            Container::Object { mut members, merged, .. } => {
                // What the object itself says counts, then what is merged first.
                for (key, value) in merged.into_iter().flatten() {
                    members.entry(key).or_insert(value);
                }
                // Nothing to do, but where a program has turned on `serde_json/preserve_order`.
                members.sort_keys();
                Value::Object(members)
            }
        };
        self.attach(value, open.start, open.anchor)
    }

    fn key(&mut self, key: Cow<'_, str>, span: Range<usize>) -> Step {
        self.occupy(ROOM_OF_KEY, &span)?;
        if let Some(character) = noncharacter(&key) {
            self.fault(FaultKind::Noncharacter(character.into()), span.clone());
        }
        let remember = self.places_of_keys;
        if let Some(Open { within: Container::Object { places, .. }, .. }) = self.open.last_mut()
            && remember
            && !places.contains_key(key.as_ref())
        {
            places.insert(key.clone().into_owned(), span.clone());
        }
        self.set_key(Key::Is(key.into_owned(), span));
        Ok(())
    }

    fn fault(&mut self, kind: FaultKind, span: Range<usize>) {
        if self.faults.has_room() {
            let pointer = self.pointer();
            self.faults.add(Fault { kind, pointer, span: Some(span), first: None });
        }
    }

    fn found(&mut self, fault: Fault) {
        self.faults.add(fault);
    }

    #[cfg(feature = "documents")]
    fn old_scalar(&mut self, scalar: OldScalar, span: Range<usize>) {
        if self.old_scalars.len() < MAX_OLD_SCALARS && self.old_scalar_bytes < MAX_POINTER_BYTES {
            let pointer = self.pointer();
            self.old_scalar_bytes += pointer.as_str().len();
            self.old_scalars.push((scalar, pointer, span));
        }
    }

    fn anchored_key(&mut self, anchor: Anchor, key: &str) {
        if anchor != 0 {
            let value = Value::String(key.to_owned());
            self.anchors.insert(anchor, Node { size: Size::of(&value), value });
        }
    }

    fn no_key(&mut self) {
        self.set_key(Key::None);
    }

    fn merge_key(&mut self, span: Range<usize>) {
        self.set_key(Key::Merge);
        let Some(Open { within: Container::Object { merge, .. }, .. }) = self.open.last_mut() else { return };
        if let Some(first) = merge.replace(span.clone())
            && self.faults.has_room()
        {
            let kind = FaultKind::DuplicateKey("<<".to_owned());
            self.faults.add(Fault { kind, pointer: self.pointer(), span: Some(span), first: Some(first) });
        }
    }

    fn alias(&mut self, anchor: Anchor, span: Range<usize>) -> Step {
        let Some(node) = self.anchors.get(&anchor) else {
            // The value of an anchor whose end has not come contains the alias; any other was rejected.
            if self.open.iter().any(|open| open.anchor == anchor) {
                self.fault(FaultKind::AliasOfItself, span.clone());
            }
            return self.attach(Value::Null, span, 0);
        };
        let size = node.size;
        if self.open.len() + size.height > self.limits.depth {
            self.fault(FaultKind::TooDeep(self.limits.depth), span);
            return Err(Stop);
        }
        self.charge(size, &span)?;
        let value = self.anchors.get(&anchor).map_or(Value::Null, |node| node.value.clone());
        self.occupy(room(&value), &span)?;
        self.attach(value, span, 0)
    }

    fn alias_key(&mut self, anchor: Anchor, span: Range<usize>) -> Step {
        match self.anchors.get(&anchor).map(|node| &node.value) {
            Some(Value::String(key)) => {
                let key = key.clone();
                self.key(key.into(), span)
            }
            Some(_) => {
                self.fault(FaultKind::KeyNotString, span);
                self.no_key();
                Ok(())
            }
            None => {
                self.fault(FaultKind::AliasOfItself, span);
                self.no_key();
                Ok(())
            }
        }
    }
}

/// The objects that a merge key takes: one, or a list of them.
fn objects(value: Value) -> Option<Vec<Map<String, Value>>> {
    let object = |value| match value {
        Value::Object(members) => Some(members),
        _ => None,
    };
    match value {
        Value::Array(elements) => elements.into_iter().map(object).collect(),
        value => object(value).map(|object| vec![object]),
    }
}

impl Size {
    fn of(value: &Value) -> Self {
        let scalar = |bytes| Self { nodes: 1, bytes, height: 0 };
        match value {
            Value::String(text) => scalar(text.len()),
            Value::Null | Value::Bool(_) | Value::Number(_) => scalar(8),
            Value::Array(elements) => elements.iter().map(|element| (0, Self::of(element))).collect(),
            Value::Object(members) => members.iter().map(|(key, value)| (key.len(), Self::of(value))).collect(),
        }
    }
}

/// The size of an array or object, of the lengths of its keys and the sizes of its values.
impl FromIterator<(usize, Size)> for Size {
    fn from_iter<I: IntoIterator<Item = (usize, Size)>>(children: I) -> Self {
        let empty = Self { nodes: 1, bytes: 0, height: 1 };
        children.into_iter().fold(empty, |whole, (key, child)| Self {
            nodes: whole.nodes.saturating_add(child.nodes),
            bytes: whole.bytes.saturating_add(key).saturating_add(child.bytes),
            height: whole.height.max(child.height + 1),
        })
    }
}
