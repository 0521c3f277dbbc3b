//! The tables of a text, put together by the rules for what may be added to what (TOML 1.1, "Table").

use std::collections::BTreeMap;
use std::ops::Range;

use jsonptr::PointerBuf;
use serde_json::Value;

use super::events::Event;
use crate::fault::{Fault, FaultKind};
use crate::limits::{ROOM_OF_KEY, ROOM_OF_OBJECT};

/// A table.
#[derive(Debug)]
pub(super) struct Table {
    origin: Origin,
    /// Where its header, its braces or the key that made it is.
    pub(super) span: Range<usize>,
    pub(super) entries: Vec<Entry>,
    index: BTreeMap<String, usize>,
}

#[derive(Debug)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) place: Range<usize>,
    pub(super) item: Item,
}

#[derive(Debug)]
pub(super) enum Item {
    Scalar(Result<Value, FaultKind>, Range<usize>),
    Array(Vec<Item>, Range<usize>),
    Table(Table),
    /// An array of tables, with a header each.
    Tables(Vec<Table>),
}

/// What made a table, and so what may be added to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// The header of a table within it: its own header may come.
    Within,
    /// Its header.
    Header,
    /// A key with dots: more of them may come, in the same table.
    Dots,
    /// Braces: nothing may be added.
    Braces,
}

/// Takes what happens in a text.
pub(super) struct Tree {
    root: Table,
    depth: usize,
    /// The room that tables may take, and that those take which were named so far.
    limit: usize,
    room: usize,
    /// The keys of the last header: where the next keys belong.
    current: Vec<String>,
    /// Whether the last header was wrong: what follows it belongs nowhere.
    lost: bool,
    header: Option<Header>,
    /// The parts of a key so far.
    keys: Vec<Key>,
    /// The arrays and inline tables that are open, each with the key before it.
    open: Vec<Open>,
}

struct Header {
    start: usize,
    of_array: bool,
}

/// A part of a key, and where it is.
type Key = (String, Range<usize>);

enum Open {
    Array(Vec<Item>, Range<usize>, Vec<Key>),
    Table(Table, Vec<Key>),
}

impl Open {
    fn keys(&self) -> &[Key] {
        match self {
            Self::Array(_, _, keys) | Self::Table(_, keys) => keys,
        }
    }
}

type Taken = Result<(), Box<Fault>>;

impl Tree {
    pub(super) fn new(depth: usize, limit: usize, length: usize) -> Self {
        Self {
            root: Table::new(Origin::Header, 0..length),
            depth,
            limit,
            room: 0,
            current: Vec::new(),
            lost: false,
            header: None,
            keys: Vec::new(),
            open: Vec::new(),
        }
    }

    pub(super) fn into_root(self) -> Table {
        self.root
    }

    pub(super) fn take(&mut self, event: Event) -> Taken {
        match event {
            Event::HeaderStart { start, of_array } => {
                // A text that could not be read may have left something open.
                self.open.clear();
                self.keys.clear();
                self.header = Some(Header { start, of_array });
            }
            Event::HeaderEnd { end } => return self.header(end),
            Event::Key(key, place) => {
                // Each part of a key but the last may make a table, which takes more here than later.
                let makes_table = !self.keys.is_empty();
                self.room += if makes_table { 4 * ROOM_OF_OBJECT } else { ROOM_OF_KEY };
                if self.room > self.limit {
                    return Err(fault(FaultKind::TooManyValues(self.limit), self.way(), place, None));
                }
                self.keys.push((key, place));
            }
            Event::Equals => {}
            Event::Scalar(value, span) => return self.item(Item::Scalar(value, span)),
            Event::ArrayStart(span) => {
                let keys = self.opening(&span)?;
                self.open.push(Open::Array(Vec::new(), span, keys));
            }
            Event::TableStart(span) => {
                let keys = self.opening(&span)?;
                self.open.push(Open::Table(Table::new(Origin::Braces, span), keys));
            }
            Event::ArrayEnd(end) | Event::TableEnd(end) => {
                return match self.open.pop() {
                    Some(Open::Array(elements, span, keys)) => {
                        self.keys = keys;
                        self.item(Item::Array(elements, span.start..end))
                    }
                    Some(Open::Table(table, keys)) => {
                        self.keys = keys;
                        let span = table.span.start..end;
                        self.item(Item::Table(Table { span, ..table }))
                    }
                    None => Ok(()),
                };
            }
        }
        Ok(())
    }

    fn header(&mut self, end: usize) -> Taken {
        let Some(header) = self.header.take() else { return Ok(()) };
        let keys = std::mem::take(&mut self.keys);
        let span = header.start..end;
        self.current = keys.iter().map(|(key, _)| key.clone()).collect();
        let made = self.root.with_header(&keys, span, header.of_array, self.depth);
        self.lost = made.is_err();
        made
    }

    /// The key of what a bracket opens.
    fn opening(&mut self, bracket: &Range<usize>) -> Result<Vec<Key>, Box<Fault>> {
        let keys = std::mem::take(&mut self.keys);
        if self.level() + keys.len().max(1) > self.depth {
            return Err(fault(FaultKind::TooDeep(self.depth), self.way(), bracket.clone(), None));
        }
        Ok(keys)
    }

    /// The level of what is open, of which the root's is 1.
    fn level(&self) -> usize {
        let inner: usize = self.open.iter().map(|open| open.keys().len().max(1)).sum();
        self.current.len() + 1 + inner
    }

    /// The pointer of what is open.
    fn way(&mut self) -> PointerBuf {
        let mut pointer = PointerBuf::root();
        self.root.at(&self.current, &mut pointer);
        for open in &self.open {
            open.keys().iter().for_each(|(key, _)| pointer.push_back(key.as_str()));
            if let Open::Array(elements, ..) = open {
                pointer.push_back(elements.len());
            }
        }
        pointer
    }

    /// Puts a value where it belongs.
    fn item(&mut self, item: Item) -> Taken {
        let keys = std::mem::take(&mut self.keys);
        let (depth, level) = (self.depth, self.level());
        match self.open.last_mut() {
            Some(Open::Array(elements, ..)) => {
                elements.push(item);
                Ok(())
            }
            Some(Open::Table(table, _)) => {
                table.insert(&keys, item, &mut PointerBuf::root(), depth, level).map_err(|mut fault| {
                    let mut pointer = self.way();
                    pointer.append(&fault.pointer);
                    fault.pointer = pointer;
                    fault
                })
            }
            None if self.lost => Ok(()),
            None => {
                let mut pointer = PointerBuf::root();
                match self.root.at(&self.current, &mut pointer) {
                    Some(table) => table.insert(&keys, item, &mut pointer, depth, level),
                    None => Ok(()),
                }
            }
        }
    }
}

impl Table {
    fn new(origin: Origin, span: Range<usize>) -> Self {
        Self { origin, span, entries: Vec::new(), index: BTreeMap::new() }
    }

    fn get(&mut self, key: &str) -> Option<&mut Entry> {
        let index = self.index.get(key)?;
        self.entries.get_mut(*index)
    }

    /// The entry of a key, which is made with this item if there is none.
    fn entry(&mut self, key: &str, place: &Range<usize>, item: impl FnOnce() -> Item) -> Option<&mut Entry> {
        let index = self.index.get(key).copied().unwrap_or_else(|| {
            self.entries.push(Entry { key: key.to_owned(), place: place.clone(), item: item() });
            self.index.insert(key.to_owned(), self.entries.len() - 1);
            self.entries.len() - 1
        });
        self.entries.get_mut(index)
    }

    /// The table to which keys lead: of an array of tables the last.
    fn at(&mut self, keys: &[String], pointer: &mut PointerBuf) -> Option<&mut Self> {
        let Some((key, rest)) = keys.split_first() else { return Some(self) };
        pointer.push_back(key.as_str());
        match &mut self.get(key)?.item {
            Item::Table(table) => table.at(rest, pointer),
            Item::Tables(tables) => {
                pointer.push_back(tables.len().saturating_sub(1));
                tables.last_mut()?.at(rest, pointer)
            }
            Item::Scalar(..) | Item::Array(..) => None,
        }
    }

    /// Takes the header of a table within this one.
    fn with_header(&mut self, keys: &[Key], span: Range<usize>, of_array: bool, depth: usize) -> Taken {
        let mut table = self;
        let mut pointer = PointerBuf::root();
        let Some(((last, place), way)) = keys.split_last() else { return Ok(()) };
        for (level, (key, place)) in way.iter().enumerate() {
            pointer.push_back(key.as_str());
            if level + 2 > depth {
                return Err(fault(FaultKind::TooDeep(depth), pointer, place.clone(), None));
            }
            let made = || Item::Table(Self::new(Origin::Within, place.clone()));
            let Some(entry) = table.entry(key, place, made) else { return Ok(()) };
            let first = entry.place.clone();
            let inner = match &mut entry.item {
                Item::Table(inner) if inner.origin != Origin::Braces => Some(inner),
                Item::Tables(tables) => {
                    pointer.push_back(tables.len().saturating_sub(1));
                    tables.last_mut()
                }
                Item::Table(_) | Item::Scalar(..) | Item::Array(..) => None,
            };
            table = inner.ok_or_else(|| repeated(key, pointer.clone(), place, first))?;
        }
        pointer.push_back(last.as_str());
        // An array of tables is a level itself.
        if way.len() + 2 + usize::from(of_array) > depth {
            return Err(fault(FaultKind::TooDeep(depth), pointer, place.clone(), None));
        }
        let made =
            || if of_array { Item::Tables(Vec::new()) } else { Item::Table(Self::new(Origin::Within, span.clone())) };
        let Some(entry) = table.entry(last, place, made) else { return Ok(()) };
        match &mut entry.item {
            Item::Tables(tables) if of_array => tables.push(Self::new(Origin::Header, span)),
            Item::Table(inner) if !of_array && inner.origin == Origin::Within => {
                inner.origin = Origin::Header;
                inner.span = span;
                entry.place = place.clone();
            }
            _ => return Err(repeated(last, pointer, place, entry.place.clone())),
        }
        Ok(())
    }

    /// Takes a value under a key, which may have dots. This table is at a level, of which the root's is 1.
    fn insert(&mut self, keys: &[Key], item: Item, pointer: &mut PointerBuf, depth: usize, level: usize) -> Taken {
        let Some(((last, place), way)) = keys.split_last() else { return Ok(()) };
        let mut table = self;
        for (passed, (key, place)) in way.iter().enumerate() {
            pointer.push_back(key.as_str());
            if level + passed + 1 > depth {
                return Err(fault(FaultKind::TooDeep(depth), pointer.clone(), place.clone(), None));
            }
            let made = || Item::Table(Self::new(Origin::Dots, place.clone()));
            let Some(entry) = table.entry(key, place, made) else { return Ok(()) };
            let first = entry.place.clone();
            table = match &mut entry.item {
                Item::Table(inner) if inner.origin == Origin::Dots => inner,
                _ => return Err(repeated(key, pointer.clone(), place, first)),
            };
        }
        pointer.push_back(last.as_str());
        if let Some(entry) = table.get(last) {
            return Err(repeated(last, pointer.clone(), place, entry.place.clone()));
        }
        table.entry(last, place, || item);
        Ok(())
    }
}

fn repeated(key: &str, pointer: PointerBuf, place: &Range<usize>, first: Range<usize>) -> Box<Fault> {
    fault(FaultKind::DuplicateKey(key.to_owned()), pointer, place.clone(), Some(first))
}

/// A fault at a place that the reader knows.
fn fault(kind: FaultKind, pointer: PointerBuf, span: Range<usize>, first: Option<Range<usize>>) -> Box<Fault> {
    Box::new(Fault { kind, pointer, span: Some(span), first })
}
