//! What readers found, in words: what stands beside the caret, and what to do about it.

use super::diagnostic::{Diagnostic, Place};
use super::format::Format;
use crate::fault::{Fault, FaultKind};
use crate::limits::{ROOM_OF_KEY, ROOM_OF_OBJECT, ROOM_OF_VALUE};
use crate::read::MAX_ALIAS_NODES;

impl Fault {
    /// The fault in words.
    pub(super) fn into_diagnostic(self, format: Format) -> Diagnostic {
        let pointer = (!self.kind.is_of_text()).then_some(self.pointer);
        let mut diagnostic = Diagnostic::error(self.kind.code(), message(&self.kind, format));
        diagnostic.label = label(&self.kind);
        diagnostic.help = help(&self.kind, format).map(str::to_owned);
        if pointer.is_some() || self.span.is_some() {
            diagnostic.place = Some(Place { span: self.span, pointer });
        }
        if let Some(first) = self.first {
            diagnostic.secondary.push((Place { span: Some(first), pointer: None }, "it appears here first".to_owned()));
        }
        diagnostic
    }
}

fn message(kind: &FaultKind, format: Format) -> String {
    match kind {
        FaultKind::Syntax(syntax) => format!("this is not valid {format}: {}", syntax.problem),
        kind => kind.to_string(),
    }
}

fn label(kind: &FaultKind) -> Option<String> {
    let label = match kind {
        FaultKind::Syntax(syntax) => return syntax.expected.as_ref().map(|expected| format!("expected {expected}")),
        FaultKind::TooLarge { .. } => return None,
        FaultKind::Empty => "expected a value",
        FaultKind::NotUtf8 => "this is not UTF-8",
        FaultKind::Utf16 => "the byte order mark of UTF-16",
        FaultKind::ByteOrderMark => "expected the document",
        FaultKind::ByteOrderMarkWithin => "a byte order mark (U+FEFF), which editors do not show",
        FaultKind::LoneSurrogate => "expected a pair",
        FaultKind::Noncharacter(_) => "expected characters alone",
        FaultKind::DuplicateKey(_) => "it appears here again",
        FaultKind::IntegerOutOfRange => "expected at most 9007199254740991, and at least the negative of it",
        FaultKind::NumberOutOfRange => "expected a finite number",
        FaultKind::TooDeep(_) => "one level too many begins here",
        FaultKind::KeyNotString => "expected a string",
        FaultKind::MergeOfOther => "expected an object or a list of objects",
        FaultKind::TooManyValues(_)
        | FaultKind::FlowTooLong(_)
        | FaultKind::TooManyAnchors(_)
        | FaultKind::AliasExpansionTooLarge => "the limit is reached here",
        FaultKind::AliasOfItself => "this alias",
        FaultKind::MoreThanOneDocument => "a second document begins here",
        FaultKind::UnknownTag(_) | FaultKind::TagMismatch(_) => "this value",
    };
    Some(label.to_owned())
}

fn help(kind: &FaultKind, format: Format) -> Option<&'static str> {
    match kind {
        FaultKind::Syntax(syntax) => syntax.help,
        FaultKind::Empty => match format {
            Format::Json | Format::Yaml => Some("an empty object is written `{}`"),
            Format::Toml => None,
        },
        FaultKind::TooLarge { .. } | FaultKind::TooDeep(_) => None,
        FaultKind::TooManyValues(_) => {
            const { assert!(ROOM_OF_VALUE == 8 && ROOM_OF_KEY == 8 && ROOM_OF_OBJECT == 64, "the help names what counts") };
            Some("a value counts 8 bytes, a key 8, and an object 64 more: split it, or leave out what is not needed")
        }
        FaultKind::FlowTooLong(_) => {
            Some("write the document as JSON, or each element on a line of its own, behind `- `")
        }
        FaultKind::TooManyAnchors(_) => Some("leave out those that no alias refers to"),
        FaultKind::NotUtf8 => Some("save the file as UTF-8"),
        FaultKind::Utf16 => Some(
            "save the file as UTF-8; of PowerShell's `COMMAND > FILE`, that is `COMMAND | Out-File -Encoding utf8 FILE`",
        ),
        FaultKind::ByteOrderMark => Some("save the file as UTF-8 without a byte order mark"),
        FaultKind::ByteOrderMarkWithin => Some("remove the character: only a file's beginning may have it"),
        FaultKind::LoneSurrogate => Some("write the character itself"),
        FaultKind::Noncharacter(_) => Some("remove it, or write U+FFFD in its place"),
        FaultKind::DuplicateKey(_) => Some("keep one of the two"),
        FaultKind::IntegerOutOfRange => Some("put it in quotes, as a string, if no arithmetic is done with it"),
        FaultKind::NumberOutOfRange => Some("JSON has no NaN and no infinities"),
        FaultKind::KeyNotString => Some("put the key in quotes"),
        FaultKind::MergeOfOther => Some("to mean a key of that name, put it in quotes"),
        FaultKind::AliasExpansionTooLarge => {
            const { assert!(MAX_ALIAS_NODES == 1_000_000, "the help names the limit") };
            Some("aliases may stand for 1000000 values in all, and no more bytes than a document may have")
        }
        FaultKind::AliasOfItself => Some("a value without end cannot be written as JSON"),
        FaultKind::MoreThanOneDocument => Some("put each document into a file of its own"),
        FaultKind::UnknownTag(_) => Some(
            "write the value that it stands for; the tags are !!str, !!int, !!float, !!bool, !!null, !!seq and !!map",
        ),
        FaultKind::TagMismatch(_) => Some("remove the tag, or change the value"),
    }
}
