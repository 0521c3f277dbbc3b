//! From the events of the YAML reader to a checked value.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

use crate::{FaultKind, Packed, ParseLimits, pack_lists};
use jsonptr::PointerBuf;
use saphyr_parser::{Event, Parser, ScalarStyle, Span, Tag};
use serde_json::{Map, Value};

use super::{offsets, scalar, syntax};
use crate::Kind;
use crate::finding::Finding;

/// How many values the aliases of one YAML document may stand for, in all.
pub const MAX_ALIAS_NODES: usize = 1_000_000;

/// Reads a YAML text, and packs the elements of the lists under these members of the root.
pub(crate) fn read(text: &str, limits: ParseLimits, lists: &[&str]) -> Result<(Value, Vec<Vec<Packed>>), Vec<Finding>> {
    // The reader takes this character for the end of the text.
    if let Some(at) = text.find('\0') {
        let kind = FaultKind::Syntax("a NUL character cannot be part of it".to_owned());
        return Err(vec![Finding::in_text(kind, at..at + 1)]);
    }
    let mut build = Build::run(text, limits, Keys::Forget, lists);
    if build.findings.iter().any(|finding| matches!(finding.kind, Kind::Json(FaultKind::DuplicateKey(_)))) {
        build = Build::run(text, limits, Keys::Remember, lists);
    }
    match build.root {
        Some(mut root) if build.findings.is_empty() => {
            // An alias stands for a whole list, which was not read element by element.
            let aliased = pack_lists(&mut root, lists);
            let packed = build.packed.into_iter().zip(aliased).map(|(packed, aliased)| [packed, aliased].concat());
            Ok((root, packed.collect()))
        }
        _ if build.findings.is_empty() => Err(vec![Finding::in_text(FaultKind::Empty, 0..0)]),
        _ => {
            let places = build.findings.iter_mut().flat_map(|finding| [&mut finding.span, &mut finding.first]);
            offsets::to_bytes(text, places.filter_map(Option::as_mut));
            Err(build.findings)
        }
    }
}

/// Whether to remember where each key stands: only when it is known that some are repeated.
#[derive(Clone, Copy)]
enum Keys {
    Forget,
    Remember,
}

/// The reader cannot go on.
struct Stop;

struct Build<'l> {
    limits: ParseLimits,
    keys: Keys,
    findings: Vec<Finding>,
    open: Vec<Open>,
    /// The anchors that some alias refers to.
    referenced: HashSet<usize>,
    anchors: HashMap<usize, Node>,
    /// The characters before which there is a tab in the indentation.
    indented_by_tabs: HashSet<usize>,
    /// What anchors and aliases hold so far.
    expanded: Size,
    root: Option<Value>,
    documents: usize,
    /// The members of the root whose lists are packed, and what was packed of each.
    lists: &'l [&'l str],
    packed: Vec<Vec<Packed>>,
}

/// A value, and what it takes to copy it.
#[derive(Clone)]
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
    anchor: usize,
    /// Where it begins, in characters.
    start: Range<usize>,
    size: Size,
    within: Within,
}

enum Within {
    Array(Vec<Value>),
    /// An array whose elements are packed: which of the lists it is, and how many elements it has so far.
    Packed {
        list: usize,
        elements: usize,
    },
    Object {
        members: Map<String, Value>,
        key: Key,
        places: HashMap<String, Range<usize>>,
    },
}

/// The key of the member that comes next.
enum Key {
    Expected,
    Is(String),
    /// There was one, and it was rejected.
    Rejected,
}

impl<'l> Build<'l> {
    fn run(text: &str, limits: ParseLimits, keys: Keys, lists: &'l [&'l str]) -> Self {
        let mut build = Self::new(text, limits, keys, lists);
        for event in Parser::new_from_str(text) {
            let step = match event {
                Ok((event, span)) if build.is_indented_by_tab(&event, span) => {
                    build.findings.push(syntax::tab_before(text, span.start.index()));
                    Err(Stop)
                }
                Ok((event, span)) => build.event(event, span),
                Err(error) => {
                    build.findings.push(syntax::finding(text, &error, limits));
                    Err(Stop)
                }
            };
            if step.is_err() {
                break;
            }
        }
        build
    }

    fn new(text: &str, limits: ParseLimits, keys: Keys, lists: &'l [&'l str]) -> Self {
        Self {
            limits,
            keys,
            findings: Vec::new(),
            open: Vec::new(),
            referenced: referenced_anchors(text),
            anchors: HashMap::new(),
            indented_by_tabs: syntax::indented_by_tabs(text),
            expanded: Size::default(),
            root: None,
            documents: 0,
            lists,
            packed: vec![Vec::new(); lists.len()],
        }
    }

    /// Whether a block begins behind a tab, which the reader allows in some places. Of a block the reader's span is
    /// empty.
    fn is_indented_by_tab(&self, event: &Event<'_>, span: Span) -> bool {
        matches!(event, Event::SequenceStart(..) | Event::MappingStart(..))
            && span.is_empty()
            && self.indented_by_tabs.contains(&span.start.index())
    }

    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), Stop> {
        let place = offsets::characters(span);
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
            Event::DocumentStart(_) => self.document(place),
            Event::Scalar(text, style, anchor, tag) => {
                self.scalar(Scalar { text, style, tag: tag.as_deref(), anchor }, place)
            }
            Event::Alias(anchor) => self.alias(anchor, place),
            Event::SequenceStart(anchor, tag) => {
                self.check_tag(tag.as_deref(), "seq", &place);
                let within = match self.list_to_pack() {
                    Some(list) if !self.referenced.contains(&anchor) => Within::Packed { list, elements: 0 },
                    Some(_) | None => Within::Array(Vec::new()),
                };
                self.start(anchor, place, within)
            }
            Event::MappingStart(anchor, tag) => {
                self.check_tag(tag.as_deref(), "map", &place);
                self.start(
                    anchor,
                    place,
                    Within::Object { members: Map::new(), key: Key::Expected, places: HashMap::new() },
                )
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(),
        }
    }

    fn document(&mut self, place: Range<usize>) -> Result<(), Stop> {
        self.documents += 1;
        if self.documents == 1 {
            return Ok(());
        }
        self.findings.push(Finding::in_text(Kind::MoreThanOneDocument, place));
        Err(Stop)
    }

    fn scalar(&mut self, scalar: Scalar<'_>, place: Range<usize>) -> Result<(), Stop> {
        let plain = scalar.style == ScalarStyle::Plain && scalar.tag.is_none();
        if plain && scalar.text.is_empty() && self.open.is_empty() {
            self.findings.push(Finding::in_text(FaultKind::Empty, place));
            return Err(Stop);
        }
        let anchor = scalar.anchor;
        let resolved = if plain && scalar.text == "<<" && self.expects_key() {
            Err(Kind::MergeKey)
        } else {
            scalar::resolve(scalar.text, scalar.style, scalar.tag)
        };
        match resolved {
            Ok(value) => {
                let bytes = value.as_str().map_or(8, str::len);
                self.finish(anchor, Node { value, size: Size { nodes: 1, bytes, height: 0 } }, place)
            }
            Err(kind) => {
                self.finding(kind, place);
                self.anchors.insert(anchor, Node { value: Value::Null, size: Size::default() });
                self.stand_in();
                Ok(())
            }
        }
    }

    /// Goes on behind a value that was rejected.
    fn stand_in(&mut self) {
        if self.expects_key() {
            self.set_key(Key::Rejected);
        } else {
            self.attach(Value::Null, Size::default(), 0..0);
        }
    }

    fn alias(&mut self, anchor: usize, place: Range<usize>) -> Result<(), Stop> {
        let Some(node) = self.anchors.get(&anchor) else {
            self.finding(Kind::AliasOfItself, place);
            self.stand_in();
            return Ok(());
        };
        let size = node.size;
        if self.open.len() + size.height > self.limits.depth {
            self.finding(FaultKind::TooDeep(self.limits.depth), place);
            return Err(Stop);
        }
        self.charge(size, &place)?;
        let value = self.anchors.get(&anchor).map_or(Value::Null, |node| node.value.clone());
        self.attach(value, size, place);
        Ok(())
    }

    /// Counts a copy of a value against what aliases may hold.
    fn charge(&mut self, size: Size, place: &Range<usize>) -> Result<(), Stop> {
        self.expanded.nodes = self.expanded.nodes.saturating_add(size.nodes);
        self.expanded.bytes = self.expanded.bytes.saturating_add(size.bytes);
        if self.expanded.nodes > MAX_ALIAS_NODES || self.expanded.bytes > self.limits.bytes {
            self.finding(Kind::AliasExpansionTooLarge, place.clone());
            return Err(Stop);
        }
        Ok(())
    }

    fn check_tag(&mut self, tag: Option<&Tag>, expected: &str, place: &Range<usize>) {
        if let Err(kind) = scalar::check_collection(tag, expected) {
            self.finding(kind, place.clone());
        }
    }

    fn start(&mut self, anchor: usize, start: Range<usize>, within: Within) -> Result<(), Stop> {
        if self.open.len() == self.limits.depth {
            self.finding(FaultKind::TooDeep(self.limits.depth), start);
            return Err(Stop);
        }
        self.open.push(Open { anchor, start, size: Size { nodes: 1, bytes: 0, height: 1 }, within });
        Ok(())
    }

    fn end(&mut self) -> Result<(), Stop> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        let value = match open.within {
            Within::Array(elements) => Value::Array(elements),
            Within::Packed { .. } => Value::Array(Vec::new()),
            Within::Object { members, .. } => Value::Object(members),
        };
        self.finish(open.anchor, Node { value, size: open.size }, open.start)
    }

    /// Keeps a value that has an anchor, and puts it where it belongs.
    fn finish(&mut self, anchor: usize, node: Node, place: Range<usize>) -> Result<(), Stop> {
        if anchor != 0 && self.referenced.contains(&anchor) {
            self.charge(node.size, &place)?;
            self.anchors.insert(anchor, node.clone());
        }
        self.attach(node.value, node.size, place);
        Ok(())
    }

    fn attach(&mut self, value: Value, size: Size, place: Range<usize>) {
        if self.expects_key() {
            self.key(value, size, place);
            return;
        }
        let Some(open) = self.open.last_mut() else {
            self.root = Some(value);
            return;
        };
        open.size.add(size);
        match &mut open.within {
            Within::Array(elements) => elements.push(value),
            Within::Packed { list, elements } => {
                *elements += 1;
                self.packed.get_mut(*list).into_iter().for_each(|packed| packed.push(Packed::of(&value)));
            }
            Within::Object { members, key, .. } => {
                if let Key::Is(key) = std::mem::replace(key, Key::Expected) {
                    members.insert(key, value);
                }
            }
        }
    }

    /// Which of the lists to pack the array is that begins now, if it is one.
    fn list_to_pack(&self) -> Option<usize> {
        match self.open.as_slice() {
            [Open { within: Within::Object { key: Key::Is(key), .. }, .. }] => {
                self.lists.iter().position(|name| name == key)
            }
            _ => None,
        }
    }

    fn expects_key(&self) -> bool {
        matches!(self.open.last(), Some(Open { within: Within::Object { key: Key::Expected, .. }, .. }))
    }

    fn key(&mut self, value: Value, size: Size, place: Range<usize>) {
        let Value::String(key) = value else {
            self.finding(Kind::KeyNotString, place);
            self.set_key(Key::Rejected);
            return;
        };
        let mut repeated = false;
        let mut first = None;
        if let Some(Open { within: Within::Object { members, places, .. }, size: whole, .. }) = self.open.last_mut() {
            whole.bytes = whole.bytes.saturating_add(size.bytes);
            repeated = members.contains_key(&key);
            first = places.get(&key).cloned();
            if let (Keys::Remember, None) = (self.keys, &first) {
                places.insert(key.clone(), place.clone());
            }
        }
        self.set_key(Key::Is(key.clone()));
        if repeated {
            let pointer = self.pointer();
            let kind = FaultKind::DuplicateKey(key).into();
            self.findings.push(Finding { kind, pointer: Some(pointer), span: Some(place), first });
        }
    }

    fn set_key(&mut self, new: Key) {
        if let Some(Open { within: Within::Object { key, .. }, .. }) = self.open.last_mut() {
            *key = new;
        }
    }

    fn finding(&mut self, kind: impl Into<Kind>, place: Range<usize>) {
        let pointer = self.pointer();
        self.findings.push(Finding::at(kind, pointer, Some(place)));
    }

    /// The pointer of the value that comes next.
    fn pointer(&self) -> PointerBuf {
        let mut pointer = PointerBuf::root();
        for open in &self.open {
            match &open.within {
                Within::Array(elements) => pointer.push_back(elements.len()),
                Within::Packed { elements, .. } => pointer.push_back(*elements),
                Within::Object { key: Key::Is(key), .. } => pointer.push_back(key.as_str()),
                Within::Object { key: Key::Expected | Key::Rejected, .. } => {}
            }
        }
        pointer
    }
}

impl Size {
    fn add(&mut self, child: Self) {
        self.nodes = self.nodes.saturating_add(child.nodes);
        self.bytes = self.bytes.saturating_add(child.bytes);
        self.height = self.height.max(child.height + 1);
    }
}

struct Scalar<'e> {
    text: Cow<'e, str>,
    style: ScalarStyle,
    tag: Option<&'e Tag>,
    anchor: usize,
}

/// The anchors that have aliases: only these are worth a copy. A text that has no aliases is not read for it.
fn referenced_anchors(text: &str) -> HashSet<usize> {
    if !(text.contains('*') && text.contains('&')) {
        return HashSet::new();
    }
    Parser::new_from_str(text)
        .map_while(Result::ok)
        .filter_map(|(event, _)| if let Event::Alias(anchor) = event { Some(anchor) } else { None })
        .collect()
}
