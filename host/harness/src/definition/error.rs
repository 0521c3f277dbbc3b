//! What can be wrong with a definition.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jsonptr::PointerBuf;
use sortie_json::Part;

/// Which of the documents of a test run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Document {
    /// The suite.
    Suite,
    /// The expectations that stand in a file of their own.
    Expectations,
}

/// A place in a document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The document.
    pub document: Document,
    /// The JSON Pointer into it: of the innermost value that the mistake is in, so that something is there. (Inside
    /// of what a reference to an axis stands for, the document has but the reference.)
    pub pointer: PointerBuf,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let document = match self.document {
            Document::Suite => "suite",
            Document::Expectations => "expectations",
        };
        write!(f, "{document}#{}", self.pointer)
    }
}

/// Something that is wrong with a definition, or, among the warnings, suspicious.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct DefinitionError {
    /// Which kind of mistake it is.
    pub code: DefinitionErrorCode,
    /// Where it is.
    pub place: Place,
    /// Whether the key or the value there is meant.
    pub part: Part,
    /// What is wrong, one line.
    pub message: String,
    /// What was expected, where that is not obvious.
    pub expected: Option<String>,
    /// What to do about it.
    pub help: Option<String>,
    /// The other place that takes part in the mistake (the first of two duplicates, say).
    pub other: Option<Place>,
}

impl DefinitionError {
    pub(super) fn new(code: DefinitionErrorCode, place: Place, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { code, place, part: Part::Value, message, expected: None, help: None, other: None }
    }

    pub(super) fn at_key(mut self) -> Self {
        self.part = Part::Key;
        self
    }

    pub(super) fn expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self
    }

    pub(super) fn help(mut self, help: impl Into<Option<String>>) -> Self {
        self.help = help.into();
        self
    }

    pub(super) fn other(mut self, other: Place) -> Self {
        self.other = Some(other);
        self
    }
}

macro_rules! codes {
    ($($variant:ident $code:literal $doc:literal,)*) => {
        /// The kinds of mistakes, a closed set with stable codes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum DefinitionErrorCode {
            $(#[doc = concat!("`", $code, "`: ", $doc)] $variant,)*
        }

        impl DefinitionErrorCode {
            /// All of them, each with what it means.
            pub const ALL: &[(Self, &str)] = &[$((Self::$variant, $doc),)*];

            /// The stable code.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)*
                }
            }
        }
    };
}

codes! {
    WrongType "wrong_type" "a value is not of the type that the format wants there.",
    InvalidName "invalid_name" "a name is empty or has control characters.",
    OutOfRange "out_of_range" "a number is below zero or not whole.",
    EmptyList "empty_list" "a list needs an element.",
    MissingField "missing_field" "a field is missing.",
    UnknownField "unknown_field" "a field that the format does not have (a warning).",
    UnknownValue "unknown_value" "text that is none of the words that are possible there.",
    UnknownOp "unknown_op" "there is no such operator.",
    ConflictingFields "conflicting_fields" "two fields say the same thing in two ways.",
    DuplicateScenario "duplicate_scenario" "two scenarios have the same name.",
    DuplicateMission "duplicate_mission" "a scenario calls a mission twice under the same name.",
    DuplicateExpectation "duplicate_expectation" "two expectations have the same id.",
    ReservedId "reserved_id" "an id begins with `implicit:`.",
    UnknownScenario "unknown_scenario" "an expectation names a scenario that the suite does not have.",
    UnknownMission "unknown_mission" "an expectation names a mission that its scenario does not call.",
    AmbiguousMission "ambiguous_mission" "an expectation names no mission and its scenario calls several.",
    SuiteMismatch "suite_mismatch" "the expectations are for another suite.",
    InvalidPath "invalid_path" "a path is neither dotted nor a JSON Pointer.",
    InvalidExpected "invalid_expected" "the operator cannot use what it was given.",
    InvalidRegex "invalid_regex" "a regular expression does not parse.",
    InvalidAxis "invalid_axis" "an axis of a matrix has a name that cannot be referred to.",
    DuplicateAxisValue "duplicate_axis_value" "an axis has the same value twice.",
    UnknownAxis "unknown_axis" "a reference to an axis that the matrix does not have.",
    CyclicMatrix "cyclic_matrix" "axes refer to each other in a cycle.",
    MatrixTooLarge "matrix_too_large" "a matrix has too many combinations.",
    FixtureUnavailable "fixture_unavailable" "a fixture cannot be had.",
}

impl fmt::Display for DefinitionErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// What reading a definition came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoded<T> {
    /// The definition, or all that is wrong with it.
    pub result: Result<T, Vec<DefinitionError>>,
    /// What is suspicious.
    pub warnings: Vec<DefinitionError>,
}

impl<T> Decoded<T> {
    /// Turns warnings into errors.
    #[must_use]
    pub fn strict(self) -> Self {
        let result = match self.result {
            Ok(value) if self.warnings.is_empty() => Ok(value),
            Ok(_) => Err(self.warnings),
            Err(errors) => Err(errors.into_iter().chain(self.warnings).collect()),
        };
        Self { result, warnings: Vec::new() }
    }
}

/// The greatest number of mistakes of one kind at one place that are told.
const MAX_AT_ONE_PLACE: usize = 5;

/// Collects what is wrong. The same mistake at the same place, which a matrix makes once for each combination, counts
/// once; and of different ones of a kind the first few do.
#[derive(Debug, Default)]
pub(super) struct Problems {
    errors: Vec<DefinitionError>,
    warnings: Vec<DefinitionError>,
    seen: BTreeMap<(DefinitionErrorCode, Place), BTreeSet<String>>,
}

impl Problems {
    pub(super) fn error(&mut self, error: DefinitionError) {
        if self.is_news(&error) {
            self.errors.push(error);
        }
    }

    pub(super) fn warning(&mut self, warning: DefinitionError) {
        if self.is_news(&warning) {
            self.warnings.push(warning);
        }
    }

    pub(super) fn append(&mut self, other: Self) {
        other.errors.into_iter().for_each(|error| self.error(error));
        other.warnings.into_iter().for_each(|warning| self.warning(warning));
    }

    fn is_news(&mut self, error: &DefinitionError) -> bool {
        let told = self.seen.entry((error.code, error.place.clone())).or_default();
        told.len() < MAX_AT_ONE_PLACE && told.insert(error.message.clone())
    }

    pub(super) fn into_decoded<T>(self, value: Option<T>) -> Decoded<T> {
        let result = match value {
            Some(value) if self.errors.is_empty() => Ok(value),
            Some(_) | None => Err(self.errors),
        };
        Decoded { result, warnings: self.warnings }
    }
}
