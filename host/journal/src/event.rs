//! What is kept of a run: its events, and how each is written.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sortie_json::{self as json, ContentHash};

use crate::{Actor, RunId, Timestamp, TokenHash};

/// One thing that happened to a run. Each has a [kind](EventKind) and a JSON body.
/// A closed set: who folds a history has to know each.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The run was made: always the first event, and only that.
    Started(Start),
    /// What the engine did; any JSON.
    Engine(Value),
    /// A person was asked; the run waits.
    Asked(Wait),
    /// One of several people who have to agree gave an answer; the run still waits.
    Approved(DecisionRecord),
    /// The wait was answered; the run can go on.
    Decided(DecisionRecord),
    /// The wait's deadline passed; the run can go on.
    Expired(Expiry),
    /// The run was ended before its time.
    Cancelled(Cancellation),
    /// A remark of the host that is no part of the result (it was resumed with a changed plugin, say); any JSON.
    Note(Value),
    /// The run has its result.
    Finished(Finish),
}

/// How a run begins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Start {
    /// The name of the mission, for the inbox.
    pub mission: String,
    /// Who started it, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Actor>,
    /// What the host needs to rebuild the run: spec, context, digests of plugins, limits. Any JSON.
    pub body: Value,
}

/// What a person is asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Wait {
    /// The id of the human step.
    pub step: String,
    /// What is asked, for the inbox.
    pub description: String,
    /// Who may answer. Nobody named: anybody.
    pub assignees: Vec<String>,
    /// From when on no answer is accepted: an instant, fixed when the question was asked.
    pub deadline: Option<Timestamp>,
    /// What happens then.
    pub on_expiry: ExpiryAction,
    /// The hash of the token that lets its bearer answer.
    pub token_hash: TokenHash,
    /// What else the host wants to show and to check: context, schema, choices. Any JSON.
    pub details: Value,
    /// The hash of all that the person is asked and shown, as the host makes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question_hash: Option<ContentHash>,
    /// How many people have to agree on the answer.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub approvals: u32,
    /// Whether whoever started the run may not answer.
    #[serde(default, skip_serializing_if = "is_false")]
    pub not_starter: bool,
}

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

/// What happens when a deadline passes. Closed, as what a step can ask for is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExpiryAction {
    /// The step fails.
    Fail,
    /// The step takes this value.
    Default(Value),
}

/// The answer to a wait.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DecisionRecord {
    /// The id of the human step.
    pub step: String,
    /// What was decided.
    pub value: Value,
    /// By whom.
    pub actor: Actor,
    /// What they said about it.
    pub comment: Option<String>,
    /// By what right.
    pub via: Via,
    /// The hash of the question that was answered: the one of the wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question_hash: Option<ContentHash>,
    /// What proves to others that the actor decided so, where they signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<Signature>,
    /// The others who agreed to it before, where it took several people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvals: Vec<Approval>,
}

/// Somebody's agreement to a decision that takes several people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Whose.
    pub actor: Actor,
    /// When it was recorded.
    pub at: Timestamp,
    /// What they said about it.
    pub comment: Option<String>,
    /// By what right.
    pub via: Via,
    /// Their signature, where they signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<Signature>,
}

/// A person's signature of their decision, as they gave it. The journal keeps it; who reads it checks it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// How it is made and written.
    pub form: SignatureForm,
    /// The run that was signed for.
    pub run: RunId,
    /// When it was made, by the clock of who made it.
    pub signed_at: Timestamp,
    /// The signature.
    pub text: String,
}

/// How a signature is made and written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SignatureForm {
    /// As OpenSSH has it (`PROTOCOL.sshsig`), in armour.
    Sshsig,
}

/// By what right a decision was accepted. Closed: each is a right that a record can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    /// The actor had the token.
    Token,
    /// The actor has the journal.
    Owner,
}

/// A deadline that passed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Expiry {
    /// The id of the human step.
    pub step: String,
    /// What comes of it: as the wait had it.
    pub outcome: ExpiryAction,
}

/// The end of a run before its time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancellation {
    /// Why.
    pub reason: String,
    /// By whom.
    pub actor: Actor,
}

/// The end of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finish {
    /// Whether the result is a success.
    pub success: bool,
    /// The result. Any JSON.
    pub result: Value,
}

/// The kinds of [`Event`], a closed set with stable codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// [`Event::Started`].
    Started,
    /// [`Event::Engine`].
    Engine,
    /// [`Event::Asked`].
    Asked,
    /// [`Event::Approved`].
    Approved,
    /// [`Event::Decided`].
    Decided,
    /// [`Event::Expired`].
    Expired,
    /// [`Event::Cancelled`].
    Cancelled,
    /// [`Event::Note`].
    Note,
    /// [`Event::Finished`].
    Finished,
}

impl EventKind {
    /// All kinds.
    pub const ALL: [Self; 9] = [
        Self::Started,
        Self::Engine,
        Self::Asked,
        Self::Approved,
        Self::Decided,
        Self::Expired,
        Self::Cancelled,
        Self::Note,
        Self::Finished,
    ];

    /// The stable code, as it is stored.
    pub fn code(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Engine => "engine",
            Self::Asked => "asked",
            Self::Approved => "approved",
            Self::Decided => "decided",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::Note => "note",
            Self::Finished => "finished",
        }
    }

    /// The kind that has this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// Arrays and objects that this crate, and the host's own events, put around a value that a state may hold: a change
/// in a patch in an outcome in a call is the deepest of them.
const OWN_DEPTH: usize = 16;

/// How many bytes the description of a [`Wait`] may have, and its assignees as JSON: lists show both for each run that waits.
pub const MAX_ASKED_BYTES: usize = 1 << 20;

/// How deeply a value in one of the types here may be: a default is the deepest, with its wait and itself around it.
const MAX_INNER_DEPTH: usize = Event::MAX_DEPTH - 2;

impl Event {
    /// How deeply the body of an event may be nested.
    pub(crate) const MAX_DEPTH: usize = json::MAX_DEPTH + OWN_DEPTH;
    /// The greatest size of the body of an event that is kept, and of the [room](json::room) that its values take: twice what
    /// the default limits of a run let it have.
    pub(crate) const MAX_BYTES: usize = 256 << 20;
    /// The same for one that is read: there is what stands around its values too, of which the assignees are most.
    pub(crate) const MAX_READ_BYTES: usize = Self::MAX_BYTES + (4 << 20);

    /// Its kind.
    pub fn kind(&self) -> EventKind {
        match self {
            Self::Started(_) => EventKind::Started,
            Self::Engine(_) => EventKind::Engine,
            Self::Asked(_) => EventKind::Asked,
            Self::Approved(_) => EventKind::Approved,
            Self::Decided(_) => EventKind::Decided,
            Self::Expired(_) => EventKind::Expired,
            Self::Cancelled(_) => EventKind::Cancelled,
            Self::Note(_) => EventKind::Note,
            Self::Finished(_) => EventKind::Finished,
        }
    }

    /// The canonical bytes of its body. An error says why the body cannot be kept: it is not I-JSON, and could not be read again.
    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>, String> {
        let (values, depth): (&[&Value], _) = match self {
            Self::Engine(body) | Self::Note(body) => (&[body], Self::MAX_DEPTH),
            Self::Started(Start { body: value, .. })
            | Self::Approved(DecisionRecord { value, .. })
            | Self::Decided(DecisionRecord { value, .. })
            | Self::Expired(Expiry { outcome: ExpiryAction::Default(value), .. })
            | Self::Finished(Finish { result: value, .. }) => (&[value], MAX_INNER_DEPTH),
            Self::Asked(Wait { details, on_expiry: ExpiryAction::Default(value), .. }) => {
                (&[details, value], MAX_INNER_DEPTH)
            }
            Self::Asked(Wait { details, on_expiry: ExpiryAction::Fail, .. }) => (&[details], MAX_INNER_DEPTH),
            Self::Expired(Expiry { outcome: ExpiryAction::Fail, .. }) | Self::Cancelled(_) => (&[], MAX_INNER_DEPTH),
        };
        if let Self::Asked(wait) = self {
            let assignees = json!(wait.assignees);
            let sizes = [("description", wait.description.len()), ("assignees", json::canonical_size(&assignees))];
            if let Some((what, size)) = sizes.into_iter().find(|(_, size)| *size > MAX_ASKED_BYTES) {
                return Err(format!("its `{what}` has {size} bytes, more than the limit of {MAX_ASKED_BYTES}"));
            }
        }
        values.iter().try_for_each(|value| json::check(value, depth)).map_err(|faults| words(&faults))?;
        // What is kept has to be read again. What is not among these values is small.
        let room = values.iter().map(|value| json::room(value)).fold(0, usize::saturating_add);
        if room > Self::MAX_BYTES {
            return Err(format!("its values take {room} bytes of room, more than the limit of {}", Self::MAX_BYTES));
        }
        let bytes = match self {
            Self::Engine(body) | Self::Note(body) => Ok(json::canonical(body)),
            Self::Started(body) => json::canonical_of(body),
            Self::Asked(body) => json::canonical_of(body),
            Self::Approved(body) | Self::Decided(body) => json::canonical_of(body),
            Self::Expired(body) => json::canonical_of(body),
            Self::Cancelled(body) => json::canonical_of(body),
            Self::Finished(body) => json::canonical_of(body),
        };
        let bytes = bytes.map_err(|error| error.to_string())?;
        if bytes.len() > Self::MAX_BYTES {
            return Err(format!("it has {} bytes, more than the limit of {}", bytes.len(), Self::MAX_BYTES));
        }
        Ok(bytes)
    }

    /// The event that was written so.
    pub(crate) fn from_bytes(kind: EventKind, bytes: &[u8]) -> Result<Self, String> {
        Self::from_bytes_within(Self::MAX_READ_BYTES, kind, bytes)
    }

    fn from_bytes_within(most: usize, kind: EventKind, bytes: &[u8]) -> Result<Self, String> {
        let limits = json::ParseLimits { bytes: most, depth: Self::MAX_DEPTH };
        let body = json::parse(bytes, limits).map_err(|faults| words(&faults))?;
        Ok(match kind {
            EventKind::Engine => Self::Engine(body),
            EventKind::Note => Self::Note(body),
            EventKind::Started => Self::Started(typed_around(body, "body", |start: &mut Start| &mut start.body)?),
            EventKind::Asked => Self::Asked(typed_around(body, "details", |wait: &mut Wait| &mut wait.details)?),
            EventKind::Approved => Self::Approved(typed_around(body, "value", decided)?),
            EventKind::Decided => Self::Decided(typed_around(body, "value", decided)?),
            EventKind::Expired => Self::Expired(typed(body)?),
            EventKind::Cancelled => Self::Cancelled(typed(body)?),
            EventKind::Finished => Self::Finished(typed_around(body, "result", |end: &mut Finish| &mut end.result)?),
        })
    }
}

fn words(faults: &json::Faults) -> String {
    faults.first().map_or_else(String::new, |fault| format!("{} at `{}`", fault.kind, fault.pointer))
}

fn typed<T: DeserializeOwned>(body: Value) -> Result<T, String> {
    serde_json::from_value(body).map_err(|error| error.to_string())
}

/// The same, around a member that may be large: it is moved. `serde_json` would make it anew, beside the one that was read.
fn typed_around<T: DeserializeOwned>(
    mut body: Value,
    member: &str,
    place: impl FnOnce(&mut T) -> &mut Value,
) -> Result<T, String> {
    // One that is missing is still missed.
    let Some(large) = body.get_mut(member).map(Value::take) else { return typed(body) };
    let mut typed = typed(body)?;
    *place(&mut typed) = large;
    Ok(typed)
}

fn decided(decision: &mut DecisionRecord) -> &mut Value {
    &mut decision.value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_reads_back_from_its_code() {
        for kind in EventKind::ALL {
            assert_eq!(EventKind::from_code(kind.code()), Some(kind));
        }
        assert_eq!(EventKind::from_code("Started"), None);
    }

    #[test]
    fn a_default_that_is_null_is_not_a_failure() {
        for outcome in [ExpiryAction::Fail, ExpiryAction::Default(Value::Null), ExpiryAction::Default(json!("fail"))] {
            let event = Event::Expired(Expiry { step: "s".to_owned(), outcome });
            let bytes = event.to_bytes().unwrap();
            assert_eq!(Event::from_bytes(EventKind::Expired, &bytes).unwrap(), event);
        }
    }

    #[test]
    fn what_is_large_in_an_event_is_moved_and_missed_where_it_is_missing() {
        let large = json!([1, {"a": null}]);
        for (kind, member, around) in [
            (EventKind::Started, "body", json!({"mission": "m"})),
            (
                EventKind::Asked,
                "details",
                json!({
                    "step": "s", "description": "", "assignees": [], "deadline": null, "on_expiry": "fail",
                    "token_hash": "0".repeat(64),
                }),
            ),
            (EventKind::Decided, "value", json!({"step": "s", "actor": "a", "comment": null, "via": "owner"})),
            (EventKind::Finished, "result", json!({"success": true})),
        ] {
            assert!(Event::from_bytes(kind, around.to_string().as_bytes()).unwrap_err().contains(member), "{member}");
            let mut whole = around;
            whole[member] = large.clone();
            let read = Event::from_bytes(kind, whole.to_string().as_bytes()).unwrap();
            let kept: Value = serde_json::from_slice(&read.to_bytes().unwrap()).unwrap();
            assert_eq!(kept[member], large);
        }
    }

    #[test]
    fn a_question_is_kept_that_has_as_many_bytes_as_lists_may_show_and_not_one_more() {
        let kept = |description: usize, assignees: usize| {
            let wait = Wait {
                step: "ask".to_owned(),
                description: "d".repeat(description),
                // Four of the bytes are the brackets and the quotation marks.
                assignees: vec!["a".repeat(assignees - 4)],
                deadline: None,
                on_expiry: ExpiryAction::Fail,
                token_hash: TokenHash::from_bytes([0; 32]),
                details: Value::Null,
                question_hash: None,
                approvals: 1,
                not_starter: false,
            };
            Event::Asked(wait).to_bytes().is_ok()
        };
        let most = MAX_ASKED_BYTES;
        assert_eq!((kept(most, most), kept(most + 1, most), kept(most, most + 1)), (true, false, false));
    }

    #[test]
    fn the_values_of_an_event_take_as_much_room_as_they_may_and_not_a_byte_more() {
        let body = json!(vec![json!({}); 20_000]);
        let (bytes, room) = (json::canonical(&body), json::room(&body));
        let read = |most| Event::from_bytes_within(most, EventKind::Note, &bytes).is_ok();
        assert!(bytes.len() < room && room > json::FREE_ROOM);
        assert_eq!((read(room), read(room - 1)), (true, false));
    }

    #[test]
    fn a_body_at_the_depth_limit_is_kept_and_what_is_not_i_json_is_refused() {
        let nested = |depth| (0..depth).fold(json!(1), |inner, _| json!([inner]));
        let started = |body| Event::Started(Start { mission: "m".to_owned(), by: None, body });
        let deepest = started(nested(json::MAX_DEPTH));
        let bytes = deepest.to_bytes().unwrap();
        assert_eq!(Event::from_bytes(EventKind::Started, &bytes).unwrap(), deepest);
        assert!(Event::Engine(nested(json::MAX_DEPTH + OWN_DEPTH + 1)).to_bytes().is_err());
        assert!(Event::Engine(json!({"n": u64::MAX})).to_bytes().is_err());
    }
}
