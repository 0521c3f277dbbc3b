//! What can be wrong with a definition.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jsonptr::PointerBuf;
use sortie_json::{Code, Exit, MAX_QUOTED_BYTES, Part, excerpt};

/// Which of the documents of a test run. Closed: there is no third document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DefinitionDocument {
    /// The suite.
    Suite,
    /// The expectations that stand in a file of their own.
    Expectations,
}

/// A place in a document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DefinitionPlace {
    /// The document.
    pub document: DefinitionDocument,
    /// The JSON Pointer into it: of the innermost value that the mistake is in, so that something is there. (Inside
    /// of what a reference to an axis stands for, the document has but the reference.)
    pub pointer: PointerBuf,
}

impl fmt::Display for DefinitionPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let document = match self.document {
            DefinitionDocument::Suite => "suite",
            DefinitionDocument::Expectations => "expectations",
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
    pub place: DefinitionPlace,
    /// Whether the key or the value there is meant.
    pub part: Part,
    /// What is wrong, one line.
    pub message: String,
    /// What was expected, where that is not obvious.
    pub expected: Option<String>,
    /// What to do about it.
    pub help: Option<String>,
    /// The other place that takes part in the mistake (the first of two duplicates, say).
    pub other: Option<DefinitionPlace>,
}

impl DefinitionError {
    pub(super) fn new(code: DefinitionErrorCode, place: DefinitionPlace, message: impl Into<String>) -> Self {
        let message = bounded(message.into());
        Self { code, place, part: Part::Value, message, expected: None, help: None, other: None }
    }

    pub(super) fn at_key(mut self) -> Self {
        self.part = Part::Key;
        self
    }

    pub(super) fn expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = Some(bounded(expected.into()));
        self
    }

    pub(super) fn help(mut self, help: impl Into<Option<String>>) -> Self {
        self.help = help.into().map(bounded);
        self
    }

    pub(super) fn other(mut self, other: DefinitionPlace) -> Self {
        self.other = Some(other);
        self
    }
}

/// How long each part of what is said of a mistake may be, in bytes: names that others chose may be in it.
const MAX_SAID_BYTES: usize = 1_000;

fn bounded(text: String) -> String {
    if text.len() <= MAX_SAID_BYTES { text } else { excerpt(&text, MAX_SAID_BYTES).into_owned() }
}

/// A name that somebody chose, as messages repeat it.
pub(super) fn quoted(name: &str) -> Cow<'_, str> {
    excerpt(name, MAX_QUOTED_BYTES)
}

macro_rules! codes {
    ($($variant:ident = $code:literal, $exit:ident, $meaning:literal, $remedy:literal;)*) => {
        /// The kinds of mistakes, a closed set with stable codes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum DefinitionErrorCode {
            $(#[doc = concat!("`", $code, "`: ", $meaning)] $variant,)*
        }

        impl DefinitionErrorCode {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The stable code, with what it means and what to do about it.
            #[must_use]
            pub fn code(self) -> Code {
                match self {
                    $(Self::$variant => Code::new($code, Exit::$exit, $meaning, $remedy),)*
                }
            }
        }
    };
}

codes! {
    WrongType = "wrong_type", Rejected,
        "A value does not have the expected type.", "write a value of the expected type";
    InvalidName = "invalid_name", Rejected,
        "A name is empty or contains control characters.", "use a name that can be read and typed";
    OutOfRange = "out_of_range", Rejected,
        "A number is negative or not whole.", "write a whole number that is not negative";
    EmptyList = "empty_list", Rejected, "A list must not be empty.", "add an element, or remove the key";
    MissingField = "missing_field", Rejected, "A field is missing.", "add it";
    UnknownField = "unknown_field", Rejected,
        "The format has no such field: a warning, or an error with `--strict` or where the name is a misspelling.",
        "correct the name, or remove the field";
    UnknownValue = "unknown_value", Rejected,
        "A value is not one of the allowed words.", "write one of the words listed";
    UnknownOp = "unknown_op", Rejected, "There is no such operator.", "write one of the operators listed";
    ConflictingFields = "conflicting_fields", Rejected,
        "Two fields contradict or repeat each other.", "remove one of the two";
    DuplicateScenario = "duplicate_scenario", Rejected,
        "Two scenarios have the same name.", "give one of them another name";
    DuplicateMission = "duplicate_mission", Rejected,
        "A scenario calls a mission twice under the same name.", "give one of the calls another name with `as: NAME`";
    DuplicateExpectation = "duplicate_expectation", Rejected,
        "Two expectations have the same id.", "give one of them another id, or remove the id";
    ReservedId = "reserved_id", Rejected, "An id starts with `implicit:`.", "give the expectation another id";
    UnknownScenario = "unknown_scenario", Rejected,
        "An expectation names a scenario that the suite does not have.", "name one of the suite's scenarios";
    UnknownMission = "unknown_mission", Rejected,
        "An expectation names a mission that its scenario does not call.", "use the name that the scenario uses (its `as`)";
    AmbiguousMission = "ambiguous_mission", Rejected,
        "An expectation does not say which of its scenario's missions it means.", "add `mission_name`";
    SuiteMismatch = "suite_mismatch", Rejected,
        "The expectations are for another suite.", "give the file of that suite, or correct `suite_name`";
    InvalidPath = "invalid_path", Rejected,
        "A path is neither dotted nor a JSON Pointer.", "write `final_state.tasks.0.id` or `/final_state/tasks/0/id`";
    InvalidExpected = "invalid_expected", Rejected,
        "The operator does not accept this `expected` value.", "change the value, or use another operator";
    InvalidRegex = "invalid_regex", Rejected,
        "A regular expression is invalid.", "fix the expression; the book says what it may contain";
    InvalidAnswer = "invalid_answer", Rejected,
        "An answer is an object with a member that starts with `$`, but is not one of the special answers.",
        "write `{$expire: true}`, `{$cancel: REASON}` or `{$mark: true}`; or `{$value: ANSWER}` to answer with such an object";
    InvalidAxis = "invalid_axis", Rejected,
        "An axis of a matrix has an invalid name.", "name it with letters, digits, `_` and `-`";
    DuplicateAxisValue = "duplicate_axis_value", Rejected, "An axis has the same value twice.", "remove one of them";
    UnknownAxis = "unknown_axis", Rejected,
        "A reference names an axis that the matrix does not have.", "add the axis, or write `$${{` for the text `${{`";
    CyclicMatrix = "cyclic_matrix", Rejected,
        "Axes refer to each other in a cycle.", "write out the values of one of them";
    MatrixTooLarge = "matrix_too_large", Rejected,
        "A matrix has too many axes or combinations.", "split the scenario, or remove axes or values";
    SuiteTooLarge = "suite_too_large", Rejected,
        "A suite becomes more scenarios or expectations than can be run.", "split the suite into several files";
    FixtureUnavailable = "fixture_unavailable", Rejected,
        "A fixture is not available.", "check its name: a fixture is beside the suite or in a folder below";
}

impl fmt::Display for DefinitionErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code().as_str())
    }
}

/// What reading a definition came to.
#[derive(Debug, Clone, PartialEq)]
pub struct DefinitionResult<T> {
    /// The definition, or all that is wrong with it.
    pub result: Result<T, Vec<DefinitionError>>,
    /// What is suspicious.
    pub warnings: Vec<DefinitionError>,
}

impl<T> DefinitionResult<T> {
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

/// The greatest number of mistakes that are told, and of warnings.
pub(super) const MAX_TOLD: usize = 1_000;

/// Collects what is wrong. The same mistake at the same place, which a matrix makes once for each combination, counts
/// once; and of different ones of a kind the first few do. What is not told is not even put into words.
#[derive(Debug, Default)]
pub(super) struct Problems {
    errors: Vec<DefinitionError>,
    warnings: Vec<DefinitionError>,
    seen: BTreeMap<(DefinitionErrorCode, DefinitionPlace), BTreeSet<String>>,
}

impl Problems {
    pub(super) fn error(&mut self, error: impl FnOnce() -> DefinitionError) {
        if self.errors.len() < MAX_TOLD {
            let error = error();
            if self.is_news(&error) {
                self.errors.push(error);
            }
        }
    }

    pub(super) fn warning(&mut self, warning: impl FnOnce() -> DefinitionError) {
        if self.warnings.len() < MAX_TOLD {
            let warning = warning();
            if self.is_news(&warning) {
                self.warnings.push(warning);
            }
        }
    }

    pub(super) fn append(&mut self, other: Self) {
        other.errors.into_iter().for_each(|error| self.error(|| error));
        other.warnings.into_iter().for_each(|warning| self.warning(|| warning));
    }

    fn is_news(&mut self, error: &DefinitionError) -> bool {
        let told = self.seen.entry((error.code, error.place.clone())).or_default();
        told.len() < MAX_AT_ONE_PLACE && told.insert(error.message.clone())
    }

    pub(super) fn into_decoded<T>(self, value: Option<T>) -> DefinitionResult<T> {
        let result = match value {
            Some(value) if self.errors.is_empty() => Ok(value),
            Some(_) | None => Err(self.errors),
        };
        DefinitionResult { result, warnings: self.warnings }
    }
}
