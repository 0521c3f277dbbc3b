//! A place in a document while it is read, and reading members of objects whose shape was checked before.

use jsonptr::{PointerBuf, Token};
use serde_json::{Map, Value};

use super::error::{DefinitionDocument, DefinitionPlace};

/// The way from a document's root to a value: cheap to extend, made a pointer only for an error.
#[derive(Debug, Clone, Copy)]
pub(super) enum Trail<'t> {
    Root(DefinitionDocument),
    Key(&'t Trail<'t>, &'t str),
    Index(&'t Trail<'t>, usize),
}

impl<'t> Trail<'t> {
    pub(super) fn key(&'t self, key: &'t str) -> Trail<'t> {
        Trail::Key(self, key)
    }

    pub(super) fn index(&'t self, index: usize) -> Trail<'t> {
        Trail::Index(self, index)
    }

    /// The place, its pointer written in one piece: one is made for each scenario, mission and expectation. Within a
    /// key of any length, it is where that is.
    pub(super) fn place(&self) -> DefinitionPlace {
        let mut text = String::with_capacity(ROOM_OF_POINTER);
        let document = match self.write(&mut text) {
            Written::Whole(document) | Written::Beginning(document) => document,
        };
        // What is written are tokens behind slashes.
        DefinitionPlace { document, pointer: PointerBuf::parse(text).unwrap_or_default() }
    }

    fn write(&self, text: &mut String) -> Written {
        let (parent, token) = match self {
            Self::Root(document) => return Written::Whole(*document),
            Self::Key(parent, key) if key.len() <= MAX_POINTER_BYTES => (parent, Token::new(*key)),
            Self::Key(parent, _) => return parent.write(text).cut(),
            Self::Index(parent, index) => (parent, Token::from(*index)),
        };
        match parent.write(text) {
            Written::Whole(document) if text.len() + token.encoded().len() < MAX_POINTER_BYTES => {
                text.push('/');
                text.push_str(token.encoded());
                Written::Whole(document)
            }
            written => written.cut(),
        }
    }
}

/// How much of a trail was written, and in which document it is.
enum Written {
    Whole(DefinitionDocument),
    Beginning(DefinitionDocument),
}

impl Written {
    fn cut(self) -> Self {
        match self {
            Self::Whole(document) | Self::Beginning(document) => Self::Beginning(document),
        }
    }
}

/// How long the pointer of a place may be, in bytes.
const MAX_POINTER_BYTES: usize = 1_000;

/// What most pointers have room in.
const ROOM_OF_POINTER: usize = 48;

/// An object of a document and where it is. Members of a wrong type count as absent: the check of the shape has
/// reported them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node<'d> {
    pub(super) members: &'d Map<String, Value>,
    pub(super) trail: Trail<'d>,
}

impl<'d> Node<'d> {
    pub(super) fn new(value: &'d Value, trail: Trail<'d>) -> Option<Self> {
        value.as_object().map(|members| Self { members, trail })
    }

    /// A member that is there and not null.
    pub(super) fn get(&self, key: &str) -> Option<&'d Value> {
        self.members.get(key).filter(|value| !value.is_null())
    }

    pub(super) fn text(&self, key: &str) -> Option<&'d str> {
        self.get(key)?.as_str()
    }

    pub(super) fn object(&self, key: &str) -> Option<&'d Map<String, Value>> {
        self.get(key)?.as_object()
    }

    pub(super) fn list(&self, key: &str) -> &'d [Value] {
        self.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
    }

    pub(super) fn texts(&self, key: &str) -> impl Iterator<Item = String> {
        self.list(key).iter().filter_map(Value::as_str).map(str::to_owned)
    }
}
