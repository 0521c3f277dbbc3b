//! A suite's document, as it is read.

use serde_json::Value;
use sortie_json::{PackedValue, pack_lists};

/// A suite's document whose scenarios and expectations are packed: a suite may be long, and one of them at a time is
/// enough.
///
/// ```
/// use sortie_harness::definition::{NoFixtures, SuiteDocument, suite, test_run};
/// use sortie_json::{ParseLimits, parse_packed};
///
/// let text = br#"{"suite_name": "days", "scenarios": [{"scenario_name": "a", "missions": [{"name": "daily_loop"}]}]}"#;
/// let (head, packed) = parse_packed(text, ParseLimits::default(), &SuiteDocument::LISTS).unwrap();
/// let test_run = test_run(SuiteDocument::new(head, packed), None, &NoFixtures).result.unwrap();
/// assert_eq!(test_run.suite_name(), "days");
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct SuiteDocument {
    /// The document; its lists of scenarios and of expectations are empty, if they are lists.
    pub(super) head: Value,
    pub(super) scenarios: Vec<PackedValue>,
    pub(super) expectations: Vec<PackedValue>,
}

impl SuiteDocument {
    /// The members whose lists are packed.
    pub const LISTS: [&'static str; 2] = ["scenarios", "expectations"];

    /// Puts a document together with what was packed of it: the elements of each of the [`LISTS`](Self::LISTS).
    #[must_use]
    pub fn new(head: Value, packed: Vec<Vec<PackedValue>>) -> Self {
        let mut packed = packed.into_iter();
        let mut next = || packed.next().unwrap_or_default();
        Self { head, scenarios: next(), expectations: next() }
    }
}

impl From<Value> for SuiteDocument {
    fn from(mut document: Value) -> Self {
        let packed = pack_lists(&mut document, &Self::LISTS);
        Self::new(document, packed)
    }
}
