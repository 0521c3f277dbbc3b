//! What can be wrong with a document, and the words for it.

use crate::FaultKind;

use crate::{Format, MAX_ALIAS_NODES};

/// The kinds of rejection of a document, a closed set. Each has a stable [code](Self::code).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Kind {
    /// A rule of I-JSON, which holds in all formats.
    #[error("{0}")]
    Json(#[from] FaultKind),
    /// A YAML key that is no string.
    #[error("the key is not a string")]
    KeyNotString,
    /// The key `<<`, which older YAML readers took for a merge.
    #[error("the merge key `<<` is not part of YAML 1.2")]
    MergeKey,
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
    #[error("the tag `{0}` is not of the core schema")]
    UnknownTag(String),
    /// A YAML value that is not what its tag says.
    #[error("the value is not of its tag `{0}`")]
    TagMismatch(String),
}

impl Kind {
    /// The stable code of this kind.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Json(kind) => kind.code(),
            Self::KeyNotString => "key_not_string",
            Self::MergeKey => "merge_key",
            Self::AliasExpansionTooLarge => "alias_expansion_too_large",
            Self::AliasOfItself => "alias_of_itself",
            Self::MoreThanOneDocument => "more_than_one_document",
            Self::UnknownTag(_) => "unknown_tag",
            Self::TagMismatch(_) => "tag_mismatch",
        }
    }

    pub(crate) fn message(&self, format: Format) -> String {
        match self {
            Self::Json(FaultKind::Syntax(detail)) => format!("this is not valid {format}: {detail}"),
            _ => self.to_string(),
        }
    }

    /// What stands beside the caret.
    pub(crate) fn label(&self) -> Option<String> {
        let label = match self {
            Self::Json(kind) => return json_label(kind),
            Self::KeyNotString => "expected a string",
            Self::MergeKey => "expected a key of this object",
            Self::AliasExpansionTooLarge => "the limit is reached here",
            Self::AliasOfItself => "this alias",
            Self::MoreThanOneDocument => "a second document begins here",
            Self::UnknownTag(_) | Self::TagMismatch(_) => "this value",
        };
        Some(label.to_owned())
    }

    /// What to do about it.
    pub(crate) fn help(&self, format: Format) -> Option<&'static str> {
        match self {
            Self::Json(kind) => json_help(kind, format),
            Self::KeyNotString => Some("put the key in quotes"),
            Self::MergeKey => Some("write the members out; to mean a key of that name, put it in quotes"),
            Self::AliasExpansionTooLarge => {
                const { assert!(MAX_ALIAS_NODES == 1_000_000, "the help names the limit") };
                Some("aliases may stand for 1000000 values in all, and no more bytes than a document may have")
            }
            Self::AliasOfItself => Some("a value without end cannot be written as JSON"),
            Self::MoreThanOneDocument => Some("put each document into a file of its own"),
            Self::UnknownTag(_) => Some("the tags are !!str, !!int, !!float, !!bool, !!null, !!seq and !!map"),
            Self::TagMismatch(_) => Some("remove the tag, or change the value"),
        }
    }
}

fn json_label(kind: &FaultKind) -> Option<String> {
    let label = match kind {
        FaultKind::Syntax(detail) => return expectation(detail).map(str::to_owned),
        FaultKind::Empty => "expected a value",
        FaultKind::TooLarge { .. } => return None,
        FaultKind::NotUtf8 => "this is not UTF-8",
        FaultKind::ByteOrderMark => "expected the document",
        FaultKind::LoneSurrogate => "expected a pair",
        FaultKind::DuplicateKey(_) => "it appears here again",
        FaultKind::IntegerOutOfRange => "expected at most 9007199254740991, and at least the negative of it",
        FaultKind::NumberOutOfRange => "expected a finite number",
        FaultKind::TooDeep(_) => "one level too many begins here",
    };
    Some(label.to_owned())
}

fn json_help(kind: &FaultKind, format: Format) -> Option<&'static str> {
    match (kind, format) {
        (FaultKind::Empty, Format::Json | Format::Yaml) => Some("an empty object is written `{}`"),
        (FaultKind::NotUtf8, _) => Some("save the file as UTF-8"),
        (FaultKind::ByteOrderMark, _) => Some("save the file as UTF-8 without a byte order mark"),
        (FaultKind::Syntax(detail), Format::Yaml) => syntax_help(detail),
        (FaultKind::Empty, Format::Toml)
        | (FaultKind::Syntax(_), Format::Json | Format::Toml)
        | (FaultKind::TooLarge { .. } | FaultKind::TooDeep(_), _) => None,
        (FaultKind::LoneSurrogate, _) => Some("write the character itself"),
        (FaultKind::DuplicateKey(_), _) => Some("keep one of the two"),
        (FaultKind::IntegerOutOfRange, _) => Some("put it in quotes, as a string, if no arithmetic is done with it"),
        (FaultKind::NumberOutOfRange, _) => Some("JSON has no NaN and no infinities"),
    }
}

/// The part of a syntax error that says what was expected.
fn expectation(detail: &str) -> Option<&str> {
    let behind_comma = || detail.split_once(", expected ").and_then(|(before, _)| detail.get(before.len() + 2..));
    if detail.starts_with("expected ") { Some(detail) } else { behind_comma() }
}

/// The advice for the mistakes that people make in YAML; the details are those of `yaml::syntax`.
fn syntax_help(detail: &str) -> Option<&'static str> {
    [
        ("tab", "indent with spaces"),
        ("deeper", "put spaces before the line"),
        ("indent", "the lines of one block begin in the same column"),
        ("of `:`", "put text that contains `: ` in quotes, or check the indentation and the brackets before"),
        ("`:`", "put text that contains `: ` in quotes, or check the indentation of this line"),
        ("cannot begin", "put the text in quotes"),
        ("behind the closing quote", "in single quotes a quote is written `''`, in double quotes `\\\"`"),
        ("surrogate", "write the character itself, or `\\U` and its eight digits"),
    ]
    .into_iter()
    .find_map(|(word, help)| detail.contains(word).then_some(help))
}
