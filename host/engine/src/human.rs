//! Human steps: what is asked, and what is answered.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use jsonptr::PointerBuf;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use sortie_interface::Block;
use sortie_json::{MAX_QUOTED_BYTES, excerpt, nearest, passes_as_itself, present};
use unicode_normalization::UnicodeNormalization;
use unicode_security::skeleton;

/// What happens when a decision comes too late. Closed: there is nothing else that a step could ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnExpiry {
    /// The step fails, with the code `expired`.
    #[default]
    Fail,
    /// The step takes its default.
    Default,
}

/// A question to a person.
///
/// ```
/// use serde_json::json;
/// use sortie_engine::HumanStep;
///
/// let payload = json!({"description": "Ship it?", "choices": ["yes", "no"], "expires": "8h"});
/// let step = HumanStep::from_payload("approve", &payload).unwrap();
/// assert_eq!(step.expires_seconds, Some(8 * 3600));
///
/// let error = HumanStep::from_payload("approve", &json!({"description": "Ship it?", "choises": []})).unwrap_err();
/// assert_eq!(error.member(), "choises");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HumanStep {
    /// The step's id.
    pub id: String,
    /// What is asked, in words.
    pub description: String,
    /// The earlier steps whose displays are put before the person, by their ids.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub show: Vec<String>,
    /// The part of the state that is shown to the person.
    pub context: Option<PointerBuf>,
    /// JSON Schema (draft 2020-12) of the decision.
    pub schema: Option<Value>,
    /// The decisions to choose from; any, where there are none.
    pub choices: Option<Vec<Value>>,
    /// What is decided where nobody does.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub default: Option<Value>,
    /// The time to decide in, in seconds from when it is asked.
    pub expires_seconds: Option<u64>,
    /// What happens after that time.
    pub on_expiry: OnExpiry,
    /// Who may decide; anybody, where there are none.
    pub assignees: Vec<String>,
    /// How many people have to agree on the decision.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub approvals: u32,
    /// Whether whoever started the run may not decide.
    #[serde(default, skip_serializing_if = "is_false")]
    pub not_starter: bool,
}

/// The most people whose agreement a step can take.
const MAX_APPROVALS: u64 = 16;

fn one() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "it is what serde passes")]
fn is_one(approvals: &u32) -> bool {
    *approvals == 1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "it is what serde passes")]
fn is_false(flag: &bool) -> bool {
    !flag
}

/// What an earlier step put before people, as a human step shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Display {
    /// The earlier step's id.
    pub step: String,
    /// Its blocks; none, where it displayed nothing.
    pub blocks: Vec<Block>,
}

/// A payload that cannot be asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HumanStepError {
    /// A member that a human step does not have.
    #[error("it has no member `{0}`; {told}", told = meant(.0))]
    UnknownMember(String),
    /// A member of the wrong type or form.
    #[error("`{member}` is {found}, and should be {expected}")]
    Member {
        /// Its name.
        member: &'static str,
        /// What it is, as JSON.
        found: String,
        /// What it should be.
        expected: &'static str,
    },
    /// It shows a step that is not an earlier runtime step: only those have displays.
    #[error("`show` names `{0}`, which is not a runtime step before it: only those have something to show")]
    ShowsNoEarlierStep(String),
    /// It takes its default when it expires, and has none.
    #[error("`on_expiry: default` needs a `default`")]
    NoDefault,
    /// The default is not one of the choices.
    #[error("`default` is not one of `choices`")]
    DefaultNotAChoice,
    /// It takes more people than it asks.
    #[error("`approvals` is {approvals}, and `assignees` names {assignees}: so many cannot agree")]
    TooFewAssignees {
        /// How many have to agree.
        approvals: u32,
        /// How many are asked.
        assignees: usize,
    },
    /// A choice that is there twice.
    #[error("`choices` has {0} twice")]
    ChoiceTwice(String),
    /// Two choices that a person cannot tell apart.
    #[error("the choices {one} and {other} look alike, as both are shown as `{label}`: make them differ in words")]
    ChoicesAlike {
        /// One, as JSON in ASCII, so that all of it is seen.
        one: String,
        /// The other, likewise.
        other: String,
        /// What both look like.
        label: String,
    },
}

impl HumanStepError {
    /// The member of the payload that it is about.
    #[must_use]
    pub fn member(&self) -> &str {
        match self {
            Self::UnknownMember(name) => name,
            Self::Member { member, .. } => member,
            Self::ShowsNoEarlierStep(_) => "show",
            Self::NoDefault => "on_expiry",
            Self::DefaultNotAChoice => "default",
            Self::TooFewAssignees { .. } => "approvals",
            Self::ChoiceTwice(_) | Self::ChoicesAlike { .. } => "choices",
        }
    }
}

impl HumanStep {
    /// Reads the payload of a human step. `expires` is a whole number of seconds, or one with a unit: `90s`,
    /// `15m`, `8h`, `2d`.
    ///
    /// # Errors
    ///
    /// It is an error if a member is missing, is not of its type, or contradicts another.
    pub fn from_payload(id: &str, payload: &Value) -> Result<Self, HumanStepError> {
        let empty = Map::new();
        let members = payload.as_object().unwrap_or(&empty);
        if let Some(unknown) = members.keys().find(|key| !MEMBERS.contains(&key.as_str())) {
            return Err(HumanStepError::UnknownMember(unknown.clone()));
        }
        let step = Self {
            id: id.to_owned(),
            description: member(members, "description", "a string", |value| value.as_str().map(str::to_owned))?
                // A question without a word in it is none.
                .filter(|text| !text.trim().is_empty())
                .unwrap_or_else(|| id.to_owned()),
            show: member(members, "show", "an array of ids of earlier steps", |value| {
                let ids: Option<Vec<&str>> = value.as_array()?.iter().map(Value::as_str).collect();
                // A step is shown once, however often it is named.
                let mut seen = BTreeSet::new();
                Some(ids?.into_iter().filter(|id| seen.insert(*id)).map(str::to_owned).collect())
            })?
            .unwrap_or_default(),
            context: member(members, "context", "a JSON Pointer into the state, such as `/notes`", |value| {
                PointerBuf::parse(value.as_str()?).ok()
            })?,
            schema: member(members, "schema", "a JSON Schema: an object or a boolean", |value| {
                (value.is_object() || value.is_boolean()).then(|| value.clone())
            })?,
            choices: member(members, "choices", "an array of at least one value", |value| {
                value.as_array().filter(|choices| !choices.is_empty()).cloned()
            })?,
            default: members.get("default").cloned(),
            expires_seconds: member(
                members,
                "expires",
                "a time of at least a second, such as 90 (seconds), `15m`, `8h` or `2d`",
                |value| seconds(value).filter(|seconds| (1..=MAX_SECONDS).contains(seconds)),
            )?,
            on_expiry: member(members, "on_expiry", "`fail` or `default`", |value| match value.as_str()? {
                "fail" => Some(OnExpiry::Fail),
                "default" => Some(OnExpiry::Default),
                _ => None,
            })?
            .unwrap_or_default(),
            assignees: member(members, "assignees", "an array of names, none of them empty", |value| {
                value
                    .as_array()?
                    .iter()
                    .map(|name| name.as_str().filter(is_name).map(|name| name.trim().to_owned()))
                    .collect()
            })?
            .unwrap_or_default(),
            approvals: member(members, "approvals", "how many people have to agree: a number from 1 to 16", |value| {
                value.as_u64().filter(|count| (1..=MAX_APPROVALS).contains(count))?.try_into().ok()
            })?
            .unwrap_or(1),
            not_starter: member(members, "not_starter", "`true` or `false`", Value::as_bool)?.unwrap_or_default(),
        };
        step.checked()
    }

    fn checked(self) -> Result<Self, HumanStepError> {
        if self.on_expiry == OnExpiry::Default && self.default.is_none() {
            return Err(HumanStepError::NoDefault);
        }
        if let Some((one, other)) = self.choices.as_deref().and_then(alike) {
            return Err(if one == other {
                HumanStepError::ChoiceTwice(one.to_string())
            } else {
                HumanStepError::ChoicesAlike {
                    one: choice_in_ascii(one),
                    other: choice_in_ascii(other),
                    label: look(one),
                }
            });
        }
        let people: BTreeSet<String> = self.assignees.iter().map(|name| name.nfc().collect()).collect();
        if !people.is_empty() && people.len() < usize::try_from(self.approvals).unwrap_or(usize::MAX) {
            return Err(HumanStepError::TooFewAssignees { approvals: self.approvals, assignees: people.len() });
        }
        match (&self.choices, &self.default) {
            (Some(choices), Some(default)) if !choices.contains(default) => Err(HumanStepError::DefaultNotAChoice),
            _ => Ok(self),
        }
    }
}

/// What a choice is shown and named as: a string as it is, anything else as JSON.
///
/// ```
/// use serde_json::json;
/// use sortie_engine::choice_label;
///
/// assert_eq!(choice_label(&json!("ship it")), "ship it");
/// assert_eq!(choice_label(&json!({"days": 2})), r#"{"days":2}"#);
/// ```
#[must_use]
pub fn choice_label(choice: &Value) -> String {
    match choice {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The first two choices that look alike: there is one look for both, or their characters are easily taken for one another
/// (Unicode Technical Standard #39, section 4). Of ASCII, a person tells `l` from `1` and `m` from `rn`.
fn alike(choices: &[Value]) -> Option<(&Value, &Value)> {
    let (mut looks, mut skeletons) = (BTreeMap::new(), BTreeMap::new());
    choices.iter().find_map(|choice| {
        let look = look(choice);
        let shape: String = skeleton(&look).collect();
        let same = looks.insert(look.clone(), choice);
        let (first, is_ascii) = *skeletons.entry(shape).or_insert((choice, look.is_ascii()));
        let similar = Some(first).filter(|_| !(is_ascii && look.is_ascii()));
        same.or_else(|| similar.filter(|first| !std::ptr::eq(*first, choice))).map(|one| (one, choice))
    })
}

/// What a person sees of a choice: no blanks around it, and no more than one within; no way in which a character is
/// composed (Unicode Standard Annex #15, form KC), and no variant of a glyph.
fn look(choice: &Value) -> String {
    let is_variant = |c: &char| ('\u{fe00}'..='\u{fe0f}').contains(c);
    let label: String = choice_label(choice).nfkc().filter(|c| !is_variant(c)).collect();
    label.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A choice as JSON in ASCII: every character is seen, however alike some look.
///
/// ```
/// use serde_json::json;
/// use sortie_engine::choice_in_ascii;
///
/// assert_eq!(choice_in_ascii(&json!("caf\u{e9}")), r#""caf\u00e9""#);
/// assert_eq!(choice_in_ascii(&json!("\u{1d11e}")), r#""\ud834\udd1e""#);
/// ```
#[must_use]
pub fn choice_in_ascii(choice: &Value) -> String {
    let mut text = String::new();
    for c in choice.to_string().chars() {
        if c.is_ascii() {
            text.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a string does not fail.
                let _ = write!(text, "\\u{unit:04x}");
            }
        }
    }
    text
}

/// The members that the payload of a human step may have.
const MEMBERS: [&str; 11] = [
    "description",
    "show",
    "context",
    "schema",
    "choices",
    "default",
    "expires",
    "on_expiry",
    "assignees",
    "approvals",
    "not_starter",
];

/// What a member that there is not may have been meant to be.
fn meant(unknown: &str) -> String {
    match nearest(unknown, MEMBERS) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("it has {}", MEMBERS.join(", ")),
    }
}

/// Whether there is something to be seen of a name.
fn is_name(name: &&str) -> bool {
    name.chars().any(|c| !c.is_whitespace() && passes_as_itself(c))
}

fn member<T>(
    members: &Map<String, Value>,
    name: &'static str,
    expected: &'static str,
    read: impl FnOnce(&Value) -> Option<T>,
) -> Result<Option<T>, HumanStepError> {
    match members.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => read(value).map(Some).ok_or_else(|| {
            let found = excerpt(&value.to_string(), MAX_QUOTED_BYTES).into_owned();
            HumanStepError::Member { member: name, found, expected }
        }),
    }
}

/// The longest time that a number in JSON can tell.
const MAX_SECONDS: u64 = (1 << 53) - 1;

fn seconds(value: &Value) -> Option<u64> {
    if let Some(number) = value.as_u64() {
        return Some(number);
    }
    let text = value.as_str()?;
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let unit = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(unit)
}

/// How a decision came to be. A closed set: it is in what is hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecisionStatus {
    /// A person, or a script in a person's place, answered.
    Answered,
    /// The time was over, and the step's default was taken.
    Defaulted,
    /// Nobody was asked: the step was recorded and passed.
    Marked,
}

/// The answer to a human step. Whoever makes one has checked it against the step's choices and schema.
///
/// ```
/// use serde_json::json;
/// use sortie_engine::Decision;
///
/// assert_eq!(Decision::answered(json!("yes")).to_json(), json!({"status": "answered", "value": "yes"}));
/// assert_eq!(Decision::defaulted(json!("no")).to_json(), json!({"status": "defaulted", "value": "no"}));
/// assert_eq!(Decision::marked().to_json(), json!({"status": "marked", "value": null}));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// How it came to be.
    pub status: DecisionStatus,
    /// What was decided.
    pub value: Value,
}

impl Decision {
    /// What a person answered.
    #[must_use]
    pub fn answered(value: Value) -> Self {
        Self { status: DecisionStatus::Answered, value }
    }

    /// What the step says is decided where nobody does.
    #[must_use]
    pub fn defaulted(value: Value) -> Self {
        Self { status: DecisionStatus::Defaulted, value }
    }

    /// Nothing: the step is recorded and passed.
    #[must_use]
    pub fn marked() -> Self {
        Self { status: DecisionStatus::Marked, value: Value::Null }
    }

    /// `{"status", "value"}`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({"status": self.status, "value": self.value})
    }
}
