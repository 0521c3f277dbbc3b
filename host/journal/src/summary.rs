//! What follows from a run's events: where it stands, and what the inbox lists.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::chain::{EventRecord, StoredEvent};
use sortie_json::ContentHash;

use crate::{
    Actor, ChainHash, DecisionRecord, Event, EventKind, HistoryFault, JournalError, Lease, RunId, Setback, Status,
    Timestamp, TokenHash, Version,
};

/// What is known of a run without reading its events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunSummary {
    /// Its name.
    pub run: RunId,
    /// The mission it runs.
    pub mission: String,
    /// Who started it, if that is known.
    pub started_by: Option<Actor>,
    /// Where it stands.
    pub status: Status,
    /// How many events it has.
    pub version: Version,
    /// When its first event was recorded.
    pub created_at: Timestamp,
    /// When its last event was recorded.
    pub updated_at: Timestamp,
    /// The wait that was asked last, answered or not: the status tells.
    pub wait: Option<WaitSummary>,
    /// Who drives it, if anybody does. The lease may have run out.
    pub lease: Option<Lease>,
    /// Why it was not driven when it was tried last.
    pub setback: Option<Setback>,
}

/// What is known of a wait without reading the run's events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitSummary {
    /// The id of the human step.
    pub step: String,
    /// What is asked.
    pub description: String,
    /// Who may answer. Nobody named: anybody.
    pub assignees: Vec<String>,
    /// When it was asked.
    pub asked_at: Timestamp,
    /// From when on no answer is accepted.
    pub deadline: Option<Timestamp>,
    /// The hash of the token.
    pub token_hash: TokenHash,
    /// The hash of the question, where the host made one.
    pub question_hash: Option<ContentHash>,
    /// What was said so far, where several people have to agree. A list may not know it of a wait that another release asked;
    /// a run that is read always does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<Agreement>,
}

/// How many people have to agree on an answer, and who gave which so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreement {
    /// How many have to give the same answer.
    pub needed: u32,
    /// The last answer of each person, by its hash, in the order in which they were given.
    pub given: Vec<(Actor, ContentHash)>,
}

impl Agreement {
    /// How many agree by now: on the answer that most people gave.
    pub fn reached(&self) -> u32 {
        let alike = |hash: &ContentHash| self.given.iter().filter(|(_, given)| given == hash).count();
        let most = self.given.iter().map(|(_, hash)| alike(hash)).max();
        most.and_then(|most| u32::try_from(most).ok()).unwrap_or_default()
    }

    fn add(&mut self, decision: &DecisionRecord) {
        self.given.retain(|(before, _)| *before != decision.actor);
        self.given.push((decision.actor.clone(), ContentHash::of(&decision.value)));
    }
}

impl WaitSummary {
    /// Whether this person is asked: they are named, or nobody is.
    pub fn may_answer(&self, person: &Actor) -> bool {
        is_asked(&self.assignees, person)
    }
}

/// Whether a person is among those who are asked; all are, if nobody is named.
pub(crate) fn is_asked(assignees: &[String], person: &Actor) -> bool {
    assignees.is_empty() || assignees.iter().any(|assignee| Actor::new(assignee) == *person)
}

impl RunSummary {
    /// The summary of a run that has but its first event.
    fn first(run: &RunId, at: Timestamp, event: &Event) -> Result<Self, HistoryFault> {
        let Event::Started(start) = event else { return Err(HistoryFault::NoStart) };
        Ok(Self {
            run: run.clone(),
            mission: start.mission.clone(),
            started_by: start.by.clone(),
            status: Status::Running,
            version: Version::new(1),
            created_at: at,
            updated_at: at,
            wait: None,
            lease: None,
            setback: None,
        })
    }

    /// The summary once that event has happened, or why it cannot. This is the one definition of a valid history.
    pub fn after(&self, at: Timestamp, event: &Event) -> Result<Self, HistoryFault> {
        let kind = event.kind();
        let status = self.status.after(kind).ok_or(HistoryFault::Misplaced { kind, status: self.status })?;
        let mut next = self.clone();
        next.status = status;
        next.version = Version::new(self.version.get() + 1);
        next.updated_at = at;
        match event {
            Event::Asked(wait) => {
                next.wait = Some(WaitSummary {
                    step: wait.step.clone(),
                    description: wait.description.clone(),
                    assignees: wait.assignees.clone(),
                    asked_at: at,
                    deadline: wait.deadline,
                    token_hash: wait.token_hash,
                    question_hash: wait.question_hash,
                    agreement: (wait.approvals > 1).then(|| Agreement { needed: wait.approvals, given: Vec::new() }),
                });
            }
            Event::Approved(decision) | Event::Decided(decision) => {
                self.asks_at(&decision.step)?;
                next.agree(decision);
            }
            Event::Expired(expiry) => self.asks_at(&expiry.step)?,
            Event::Finished(finish) => {
                next.status = if finish.success { Status::Done } else { Status::Failed };
            }
            Event::Started(_) | Event::Engine(_) | Event::Cancelled(_) | Event::Note(_) => {}
        }
        if !next.status.is_drivable() {
            next.lease = None;
        }
        if kind != EventKind::Note {
            next.setback = None;
        }
        Ok(next)
    }

    /// Counts who agrees, where several people have to: the one whose answer decides is one of them.
    fn agree(&mut self, decision: &DecisionRecord) {
        if let Some(agreement) = self.wait.as_mut().and_then(|wait| wait.agreement.as_mut()) {
            agreement.add(decision);
        }
    }

    /// Whether it waits past its deadline.
    pub fn has_expired(&self, now: Timestamp) -> bool {
        let deadline = self.wait.as_ref().and_then(|wait| wait.deadline);
        self.status == Status::Waiting && deadline.is_some_and(|deadline| deadline <= now)
    }

    /// The run as programs are shown it in a list.
    pub fn row(&self, now: Timestamp) -> Value {
        let wait = self.wait.as_ref();
        json!({
            "run": self.run,
            "mission": self.mission,
            "status": self.status,
            "started_by": self.started_by,
            "created_at": self.created_at,
            "updated_at": self.updated_at,
            "setback": self.setback,
            "step": wait.map(|wait| &wait.step),
            "description": wait.map(|wait| &wait.description),
            "assignees": wait.map(|wait| &wait.assignees),
            "asked_at": wait.map(|wait| wait.asked_at),
            "deadline": wait.and_then(|wait| wait.deadline),
            "expired": self.has_expired(now),
            "approvals": wait.and_then(|wait| wait.agreement.as_ref()).map(|agreement| json!({
                "reached": agreement.reached(), "needed": agreement.needed,
            })),
        })
    }

    fn asks_at(&self, answered: &str) -> Result<(), HistoryFault> {
        let asked = self.wait.as_ref().map_or("", |wait| wait.step.as_str());
        if asked == answered {
            return Ok(());
        }
        Err(HistoryFault::OtherStep { asked: asked.to_owned(), answered: answered.to_owned() })
    }
}

/// All that a store must keep of a run beside its events, to add more.
///
/// ```
/// use serde_json::json;
/// use sortie_journal::{Clock, Event, Head, RunId, Start, Status, SystemClock, Version};
///
/// let run: RunId = "release-7".parse()?;
/// let start = Start { mission: "release".to_owned(), by: None, body: json!({}) };
/// let (head, first) = Head::create(&run, SystemClock.now(), &[Event::Started(start)], None)?;
/// let (head, second) = head.append(SystemClock.now(), &[Event::Engine(json!({"called": 1}))])?;
/// assert_eq!((head.summary.status, head.summary.version), (Status::Running, Version::new(2)));
///
/// // What a store reads again is checked, and comes to the same.
/// let (rebuilt, events) = Head::rebuild(&run, [first, second].concat())?;
/// assert_eq!((rebuilt, events.len()), (head, 2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// What is known of the run.
    pub summary: RunSummary,
    /// The chain hash of its last event.
    pub chain: ChainHash,
}

impl Head {
    /// A new run, and its events as they are to be stored.
    ///
    /// # Errors
    ///
    /// It is an error if the events are not a run's first.
    pub fn create(
        run: &RunId,
        at: Timestamp,
        events: &[Event],
        lease: Option<Lease>,
    ) -> Result<(Self, Vec<StoredEvent>), JournalError> {
        let refuse = |fault| JournalError::InvalidHistory { run: run.clone(), fault };
        let (first, rest) = events.split_first().ok_or_else(|| refuse(HistoryFault::NoStart))?;
        let mut summary = RunSummary::first(run, at, first).map_err(refuse)?;
        summary.lease = lease;
        let sealed = seal(ChainHash::START, run, 1, at, first)?;
        let head = Self { summary, chain: sealed.chain };
        let (head, others) = head.append(at, rest)?;
        Ok((head, std::iter::once(sealed).chain(others).collect()))
    }

    /// The run with more events, and these as they are to be stored. Time does not go back in a run: an event is
    /// recorded no earlier than the one before it, whatever the clock says.
    ///
    /// # Errors
    ///
    /// It is an error if the events cannot follow those of the run.
    pub fn append(&self, at: Timestamp, events: &[Event]) -> Result<(Self, Vec<StoredEvent>), JournalError> {
        let run = &self.summary.run;
        let at = at.max(self.summary.updated_at);
        let mut head = self.clone();
        let mut sealed = Vec::with_capacity(events.len());
        for event in events {
            let refuse = |fault| JournalError::InvalidHistory { run: run.clone(), fault };
            head.summary = head.summary.after(at, event).map_err(refuse)?;
            let next = seal(head.chain, run, head.summary.version.get(), at, event)?;
            head.chain = next.chain;
            sealed.push(next);
        }
        Ok((head, sealed))
    }

    /// The run as its recorded events make it, for another journal; and these as they are to be stored. They get the chain
    /// hashes that they had.
    ///
    /// # Errors
    ///
    /// It is an error if the events are not those of a run, or do not have the chain hashes that they were recorded
    /// with.
    pub fn replay(run: &RunId, recorded: &[EventRecord]) -> Result<(Self, Vec<StoredEvent>), JournalError> {
        let mut together = recorded.chunk_by(|one, next| one.at == next.at);
        let events_of = |some: &[EventRecord]| some.iter().map(|recorded| recorded.event.clone()).collect::<Vec<_>>();
        let refuse = || JournalError::InvalidHistory { run: run.clone(), fault: HistoryFault::NoStart };
        let first = together.next().ok_or_else(refuse)?;
        let at = first.first().ok_or_else(refuse)?.at;
        let (mut head, mut sealed) = Self::create(run, at, &events_of(first), None)?;
        for some in together {
            let at = some.first().map_or(head.summary.updated_at, |recorded| recorded.at);
            let (next, more) = head.append(at, &events_of(some))?;
            head = next;
            sealed.extend(more);
        }
        Ok((head, sealed))
    }

    /// The run as its stored events tell it, without a lease; and the events, each found to be what was written.
    ///
    /// # Errors
    ///
    /// It is an error if an event is not what was stored.
    pub fn rebuild(run: &RunId, stored: Vec<StoredEvent>) -> Result<(Self, Vec<EventRecord>), JournalError> {
        let mut head: Option<Self> = None;
        let mut events = Vec::with_capacity(stored.len());
        for (sequence, sealed) in (1..).zip(stored) {
            let corrupt = |detail| JournalError::CorruptEvent { run: run.clone(), sequence, detail };
            let before = head.as_ref().map_or(ChainHash::START, |head| head.chain);
            let recorded = sealed.open(before, run, sequence).map_err(corrupt)?;
            let summary = match &head {
                None => RunSummary::first(run, recorded.at, &recorded.event),
                Some(head) => head.summary.after(recorded.at, &recorded.event),
            };
            let summary = summary.map_err(|fault| corrupt(fault.to_string()))?;
            head = Some(Self { summary, chain: sealed.chain });
            events.push(recorded);
        }
        let missing =
            || JournalError::CorruptEvent { run: run.clone(), sequence: 1, detail: "it is missing".to_owned() };
        Ok((head.ok_or_else(missing)?, events))
    }
}

fn seal(
    before: ChainHash,
    run: &RunId,
    sequence: u64,
    at: Timestamp,
    event: &Event,
) -> Result<StoredEvent, JournalError> {
    StoredEvent::new(before, run, sequence, at, event).map_err(|reason| JournalError::InvalidHistory {
        run: run.clone(),
        fault: HistoryFault::Body { kind: event.kind(), reason },
    })
}
