//! What can be wrong with a text or a value.

use std::borrow::Cow;
use std::convert::Infallible;
use std::ops::{Deref, Range};

use jsonptr::PointerBuf;

use crate::excerpt::{MAX_MESSAGE_BYTES, MAX_QUOTED_BYTES, excerpt};

/// How many faults of one text are reported: what is beyond them helps nobody, and a hostile text could have millions.
const MAX_FAULTS: usize = 1000;
/// How many bytes their pointers may have together before no more are reported: each repeats the keys on its way.
pub(crate) const MAX_POINTER_BYTES: usize = 1 << 20;

/// Something that keeps a text from being read, or a value from being I-JSON, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct Fault {
    /// What is wrong.
    pub kind: FaultKind,
    /// The JSON Pointer of the value, as far as the text could be understood.
    pub pointer: PointerBuf,
    /// The bytes in the text, where there is a text.
    pub span: Option<Range<usize>>,
    /// Of a key that appears twice, the bytes where it appears first.
    pub first: Option<Range<usize>>,
}

/// The kinds of [`Fault`], each with a stable [code](Self::code).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FaultKind {
    /// The text is empty, or white space and comments alone.
    #[error("the document is empty")]
    Empty,
    /// The text is longer than its limit.
    #[error("the document has {size} bytes, more than the limit of {limit}")]
    TooLarge {
        /// Its length in bytes.
        size: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// The bytes are not UTF-8.
    #[error("the document is not UTF-8")]
    NotUtf8,
    /// The bytes are UTF-16, by their byte order mark.
    #[error("the document is UTF-16, and not UTF-8")]
    Utf16,
    /// A JSON text that is exchanged begins with a byte order mark, which RFC 8259 forbids (section 8.1).
    #[error("the document begins with a byte order mark")]
    ByteOrderMark,
    /// There is a byte order mark within a YAML text, which is allowed at its beginning alone (YAML 1.2.2, section 5.2).
    #[error("there is a byte order mark within the document")]
    ByteOrderMarkWithin,
    /// The text is not of its format.
    #[error("{}", .0.problem)]
    Syntax(Syntax),
    /// A `\u` escape is half of a surrogate pair.
    #[error("the escape is half of a surrogate pair, which stands for no character")]
    LoneSurrogate,
    /// A text or key has a code point that stands for no character (RFC 7493, section 2.1).
    #[error(
        "the text has the code point U+{0:04X}, which stands for no character and is not allowed in JSON that is exchanged"
    )]
    Noncharacter(u32),
    /// A key appears twice in one object.
    #[error("the key `{}` appears twice in one object", excerpt(.0, MAX_QUOTED_BYTES))]
    DuplicateKey(String),
    /// An integer that other JSON readers would round.
    #[error("the integer is outside ±(2^53−1), where JSON readers disagree about its value")]
    IntegerOutOfRange,
    /// A number beyond the range of a double, NaN, or an infinity.
    #[error("the number is beyond the range of a 64-bit float")]
    NumberOutOfRange,
    /// Arrays and objects are nested too deeply.
    #[error("arrays and objects are nested deeper than {0} levels")]
    TooDeep(usize),
    /// The values take more room than their limit, however short the text is.
    #[error("the values of the document take more room than the limit of {0} bytes")]
    TooManyValues(usize),
    /// A YAML collection in brackets, or a text that looks like one, that takes more room to read than there is.
    #[error("a value in brackets or in one text has more than {0} brackets, commas, colons and quotes")]
    FlowTooLong(usize),
    /// More YAML anchors than there may be.
    #[error("the document has more than {0} anchors")]
    TooManyAnchors(usize),
    /// A YAML key that is no string.
    #[error("the key is not a string")]
    KeyNotString,
    /// A YAML merge key `<<` whose value is neither an object nor a list of objects.
    #[error("the merge key `<<` takes an object or a list of objects")]
    MergeOfOther,
    /// YAML aliases that stand for more than there is room for.
    #[error("the aliases stand for too much")]
    AliasExpansionTooLarge,
    /// A YAML alias inside of what it stands for.
    #[error("the alias stands for a value that contains it")]
    AliasOfItself,
    /// A second document in one YAML stream.
    #[error("the text holds more than one document")]
    MoreThanOneDocument,
    /// A YAML tag outside the core schema.
    #[error("the tag `{}` is not of the core schema", excerpt(.0, MAX_QUOTED_BYTES))]
    UnknownTag(String),
    /// A YAML value that is not what its tag says.
    #[error("the value is not of its tag `{}`", excerpt(.0, MAX_QUOTED_BYTES))]
    TagMismatch(String),
}

/// What is not of its format, and what should have been there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Syntax {
    /// What is wrong.
    pub problem: Cow<'static, str>,
    /// What was expected: it stands beside the caret.
    pub expected: Option<Cow<'static, str>>,
    /// What to do about it.
    pub help: Option<&'static str>,
}

impl Syntax {
    /// What is wrong, in words that need no more.
    pub(crate) fn of(problem: impl Into<Cow<'static, str>>) -> Self {
        Self { problem: problem.into(), expected: None, help: None }
    }

    /// What was expected, where nothing else is to be said.
    pub(crate) fn expected(expected: &'static str) -> Self {
        Self { problem: format!("expected {expected}").into(), expected: Some(expected.into()), help: None }
    }

    /// The same with what was expected.
    #[must_use]
    pub(crate) fn but_expected(self, expected: &'static str) -> Self {
        let problem = format!("{}, expected {expected}", self.problem).into();
        Self { problem, expected: Some(expected.into()), ..self }
    }

    /// The same with what to do about it.
    #[must_use]
    pub(crate) fn help(self, help: &'static str) -> Self {
        Self { help: Some(help), ..self }
    }
}

impl FaultKind {
    /// The stable code of this kind.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty_document",
            Self::TooLarge { .. } => "document_too_large",
            Self::NotUtf8 | Self::Utf16 => "not_utf8",
            Self::ByteOrderMark => "byte_order_mark",
            Self::ByteOrderMarkWithin => "byte_order_mark_within",
            Self::Syntax(_) => "syntax_error",
            Self::LoneSurrogate => "lone_surrogate",
            Self::Noncharacter(_) => "noncharacter",
            Self::DuplicateKey(_) => "duplicate_key",
            Self::IntegerOutOfRange => "integer_out_of_range",
            Self::NumberOutOfRange => "number_out_of_range",
            Self::TooDeep(_) => "nesting_too_deep",
            Self::TooManyValues(_) => "too_many_values",
            Self::KeyNotString => "key_not_string",
            Self::MergeOfOther => "merge_of_other",
            Self::FlowTooLong(_) => "flow_too_long",
            Self::TooManyAnchors(_) => "too_many_anchors",
            Self::AliasExpansionTooLarge => "alias_expansion_too_large",
            Self::AliasOfItself => "alias_of_itself",
            Self::MoreThanOneDocument => "more_than_one_document",
            Self::UnknownTag(_) => "unknown_tag",
            Self::TagMismatch(_) => "tag_mismatch",
        }
    }

    /// Whether it concerns the text, and no value in it.
    #[must_use]
    pub fn is_of_text(&self) -> bool {
        matches!(
            self,
            Self::Empty
                | Self::TooLarge { .. }
                | Self::NotUtf8
                | Self::Utf16
                | Self::ByteOrderMark
                | Self::ByteOrderMarkWithin
                | Self::Syntax(_)
                | Self::LoneSurrogate
                | Self::MoreThanOneDocument
        )
    }
}

/// All that was found wrong with a text or a value, in the order of the text: at least one [`Fault`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.first().map_or_else(String::new, Fault::with_pointer))]
pub struct Faults(Vec<Fault>);

impl Deref for Faults {
    type Target = [Fault];

    fn deref(&self) -> &[Fault] {
        &self.0
    }
}

impl IntoIterator for Faults {
    type Item = Fault;
    type IntoIter = std::vec::IntoIter<Fault>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'f> IntoIterator for &'f Faults {
    type Item = &'f Fault;
    type IntoIter = std::slice::Iter<'f, Fault>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl Faults {
    /// The same with what to do about what is not of its format, by its place.
    pub(crate) fn remedied(mut self, remedied: impl Fn(&Range<usize>, Syntax) -> Syntax) -> Self {
        for fault in &mut self.0 {
            if let (FaultKind::Syntax(syntax), Some(span)) = (&mut fault.kind, &fault.span) {
                *syntax = remedied(span, syntax.clone());
            }
        }
        self
    }
}

impl From<Fault> for Faults {
    fn from(fault: Fault) -> Self {
        Self(vec![fault])
    }
}

/// So that what has been checked is taken where a check can fail.
impl From<Infallible> for Faults {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

impl Fault {
    /// What is wrong, and where in the value.
    fn with_pointer(&self) -> String {
        format!("{self} (at `{}`)", excerpt(self.pointer.as_str(), MAX_MESSAGE_BYTES))
    }

    /// A fault of a text.
    pub(crate) fn in_text(kind: FaultKind, span: Range<usize>) -> Self {
        Self { kind, pointer: PointerBuf::root(), span: Some(span), first: None }
    }
}

/// The faults found so far.
#[derive(Debug, Default)]
pub(crate) struct Collection {
    faults: Vec<Fault>,
    pointer_bytes: usize,
}

impl Collection {
    /// Whether more faults are worth their place.
    pub(crate) fn has_room(&self) -> bool {
        self.faults.len() < MAX_FAULTS && self.pointer_bytes < MAX_POINTER_BYTES
    }

    pub(crate) fn add(&mut self, fault: Fault) {
        if self.has_room() {
            self.pointer_bytes += fault.pointer.as_str().len();
            self.faults.push(fault);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.faults.is_empty()
    }

    /// The faults in the order of the text; those without a place come last.
    pub(crate) fn into_faults(mut self) -> Faults {
        self.faults.sort_by_key(|fault| fault.span.as_ref().map_or(usize::MAX, |span| span.start));
        Faults(self.faults)
    }
}
