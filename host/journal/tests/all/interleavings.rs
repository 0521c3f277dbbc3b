//! Random histories: what people, drivers and clocks do, in any order and in the middle of one another.
//!
//! Every operation is a read, a judgement and a compare-and-set; between the read and the write others come in.
//! Whatever happens, the history stays valid, only grows, keeps what was acknowledged, and is the same in memory and
//! in SQLite.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it does not expect")]
#![allow(clippy::doc_markdown, reason = "SQLite is a name, not code")]

use std::cell::Cell;
use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Value, json};
use sortie_journal::wait::{
    Authority, CancelError, CancelOutcome, DecideError, DecideOutcome, ExpireOutcome, NewAnswer, Resolution, Waits,
    Which, waits,
};
use sortie_journal::{
    Actor, Bookmark, Claim, Clock, Event, EventRecord, ExpiryAction, FeedEntry, Filter, Finish, Journal, JournalError,
    MemoryJournal, NewRun, Owner, Position, RunId, RunRecord, RunSummary, Setback, Start, Timestamp, Token, TokenHash,
    Version, Wait,
};
use sortie_journal_sqlite::SqliteJournal;

/// What somebody does.
#[derive(Debug, Clone)]
enum Act {
    Decide {
        actor: u8,
        value: u8,
        step: Option<u8>,
    },
    Expire,
    Cancel,
    Claim {
        owner: u8,
    },
    Release {
        owner: u8,
    },
    /// Resumes the run, if there is something to resume: to the next question, or to the end.
    Drive {
        to_the_end: u8,
    },
    Note,
    /// The clock moves, or jumps back.
    Tick {
        seconds: i8,
    },
}

/// An act, and what others do between its read and its write.
type Scene = (Act, Vec<Act>);

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => (0..3_u8, 0..3_u8, proptest::option::weighted(0.3, 0..3_u8))
            .prop_map(|(actor, value, step)| Act::Decide { actor, value, step }),
        2 => Just(Act::Expire),
        1 => Just(Act::Cancel),
        2 => (0..3_u8).prop_map(|owner| Act::Claim { owner }),
        1 => (0..3_u8).prop_map(|owner| Act::Release { owner }),
        3 => (0..4_u8).prop_map(|to_the_end| Act::Drive { to_the_end }),
        1 => Just(Act::Note),
        3 => (-60..60_i8).prop_map(|seconds| Act::Tick { seconds }),
    ]
}

fn scenes() -> impl Strategy<Value = Vec<Scene>> {
    proptest::collection::vec((act(), proptest::collection::vec(act(), 0..3)), 1..30)
}

/// A journal into which others break between a read and the write that follows.
struct Broken<'a> {
    stage: &'a Stage<'a>,
    others: Mutex<VecDeque<Act>>,
}

impl Broken<'_> {
    fn let_others_in(&self) {
        let others = std::mem::take(&mut *self.others.lock().unwrap());
        for act in others {
            self.stage.play(self.stage.journal, &act);
        }
    }
}

impl Journal for Broken<'_> {
    fn create(&self, new: &NewRun) -> Result<RunSummary, JournalError> {
        self.stage.journal.create(new)
    }

    fn restore(&self, record: &RunRecord) -> Result<RunSummary, JournalError> {
        self.stage.journal.restore(record)
    }

    fn read(&self, run: &RunId) -> Result<RunRecord, JournalError> {
        self.stage.journal.read(run)
    }

    fn append(
        &self,
        run: &RunId,
        expected: Version,
        at: Timestamp,
        events: &[Event],
    ) -> Result<RunSummary, JournalError> {
        self.let_others_in();
        self.stage.journal.append(run, expected, at, events)
    }

    fn list(&self, filter: &Filter) -> Result<Vec<RunSummary>, JournalError> {
        self.stage.journal.list(filter)
    }

    fn claim(&self, run: &RunId, owner: &Owner, ttl: Duration) -> Result<Claim, JournalError> {
        self.let_others_in();
        self.stage.journal.claim(run, owner, ttl)
    }

    fn release(&self, run: &RunId, owner: &Owner) -> Result<(), JournalError> {
        self.stage.journal.release(run, owner)
    }

    fn claim_next(&self, owner: &Owner, ttl: Duration) -> Result<Option<RunSummary>, JournalError> {
        self.stage.journal.claim_next(owner, ttl)
    }

    fn set_back(&self, run: &RunId, owner: &Owner, setback: &Setback) -> Result<(), JournalError> {
        self.stage.journal.set_back(run, owner, setback)
    }

    fn retry(&self, run: &RunId) -> Result<(), JournalError> {
        self.stage.journal.retry(run)
    }

    fn changes(&self, after: Position, limit: usize) -> Result<Vec<FeedEntry>, JournalError> {
        self.stage.journal.changes(after, limit)
    }

    fn position(&self) -> Result<Position, JournalError> {
        self.stage.journal.position()
    }

    fn hold_bookmark(&self, purpose: &str, owner: &Owner, ttl: Duration) -> Result<Bookmark, JournalError> {
        self.stage.journal.hold_bookmark(purpose, owner, ttl)
    }

    fn move_bookmark(&self, purpose: &str, owner: &Owner, to: Position) -> Result<bool, JournalError> {
        self.stage.journal.move_bookmark(purpose, owner, to)
    }

    fn prune(&self, ended_before: Timestamp) -> Result<usize, JournalError> {
        self.stage.journal.prune(ended_before)
    }
}

/// Where the acts are played, and what was said to those who acted.
struct Stage<'a> {
    journal: &'a dyn Journal,
    clock: Arc<AtomicI64>,
    run: RunId,
    /// What was said, in order: compared between the implementations.
    said: Mutex<Vec<String>>,
    /// The decision that was accepted for each step.
    accepted: Mutex<BTreeMap<String, Value>>,
    /// The run when it was last looked at.
    seen: Mutex<Vec<EventRecord>>,
}

fn time(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds * 1000).unwrap()
}

fn question(number: usize, at: Timestamp) -> Event {
    let token: Token = "07".repeat(32).parse().unwrap();
    Event::Asked(Wait {
        step: format!("step-{number}"),
        description: "Go on?".to_owned(),
        assignees: vec!["actor-0".to_owned(), "actor-1".to_owned()],
        deadline: (number != 1).then(|| at.plus(Duration::from_mins(1))),
        on_expiry: ExpiryAction::Default(json!(number)),
        token_hash: TokenHash::of(&token),
        details: Value::Null,
        question_hash: None,
        approvals: 1,
        not_starter: false,
    })
}

impl Stage<'_> {
    fn say(&self, what: impl std::fmt::Debug) {
        self.said.lock().unwrap().push(format!("{what:?}"));
    }

    fn play(&self, journal: &dyn Journal, act: &Act) {
        let clock = || time(self.clock.load(Ordering::SeqCst));
        let waits = Waits::new(journal, &clock);
        match act {
            Act::Decide { actor, value, step } => {
                let step = step.map(|step| format!("step-{step}"));
                let value = json!({ "value": value });
                let actor = Actor::new(format!("actor-{actor}"));
                let answer = NewAnswer::new(
                    &self.run,
                    Authority::Owner(step.as_deref().map_or(Which::Last, Which::Step)),
                    &value,
                    &actor,
                );
                // Which step an answer to the last one was judged by, the validator learns.
                let judged = Cell::new(String::new());
                let decided = waits.decide(&answer, &|wait, _| {
                    judged.set(wait.step.clone());
                    Ok(())
                });
                self.check_decided(&answer, &judged.take(), &decided);
                self.say(decided);
            }
            Act::Expire => {
                let expired = waits.expire(&self.run).unwrap();
                if let ExpireOutcome::Now { at, .. } = expired {
                    let found = self.resolved(
                        |resolution| matches!(resolution, Resolution::Expired { at: when, .. } if *when == at),
                    );
                    assert!(found, "an expiry that was told is recorded");
                }
                self.say(expired);
            }
            Act::Cancel => {
                let cancelled = waits.cancel(&self.run, "enough", &Actor::new("actor-0"));
                match &cancelled {
                    Ok(CancelOutcome::Now { .. } | CancelOutcome::Already { .. }) | Err(CancelError::Ended { .. }) => {
                        assert!(self.journal.read(&self.run).unwrap().summary.status.is_final());
                    }
                    Err(CancelError::Journal(error)) => panic!("{error}"),
                }
                self.say(cancelled);
            }
            Act::Claim { owner } => {
                let owner = Owner::new(format!("owner-{owner}"));
                self.say(waits.claim(&self.run, &owner, Duration::from_secs(20)).unwrap());
            }
            Act::Release { owner } => {
                journal.release(&self.run, &Owner::new(format!("owner-{owner}"))).unwrap();
            }
            Act::Drive { to_the_end } => self.drive(journal, *to_the_end == 0, clock()),
            Act::Note => {
                let version = journal.read(&self.run).unwrap().version();
                let noted = journal.append(&self.run, version, clock(), &[Event::Note(Value::Null)]);
                self.say(noted.map_err(|error| error.code()));
            }
            Act::Tick { seconds } => {
                self.clock.fetch_add(i64::from(*seconds), Ordering::SeqCst);
            }
        }
        self.look();
    }

    fn drive(&self, journal: &dyn Journal, to_the_end: bool, now: Timestamp) {
        let record = journal.read(&self.run).unwrap();
        if !record.summary.status.is_drivable() {
            return;
        }
        let next = if to_the_end {
            Event::Finished(Finish { success: true, result: Value::Null })
        } else {
            question(waits(&record).len(), now.max(record.summary.updated_at))
        };
        let driven = journal.append(&self.run, record.version(), now, &[Event::Engine(Value::Null), next]);
        if let Err(error) = &driven {
            assert_eq!(error.code(), "version_conflict");
        }
        self.say(driven.map_err(|error| error.code()));
    }

    fn resolved(&self, is_so: impl Fn(&Resolution<'_>) -> bool) -> bool {
        waits(&self.journal.read(&self.run).unwrap()).iter().any(|wait| is_so(&wait.resolution))
    }

    /// What was said of a decision is true.
    fn check_decided(&self, answer: &NewAnswer<'_>, judged: &str, decided: &Result<DecideOutcome, DecideError>) {
        let stands = |by: &Actor, when: Timestamp, same: bool| {
            self.resolved(|resolution| match resolution {
                Resolution::Decided { decision, at } => {
                    decision.actor == *by && *at == when && (decision.value == *answer.value) == same
                }
                Resolution::Open | Resolution::Expired { .. } | Resolution::Cancelled { .. } => false,
            })
        };
        match decided {
            Ok(DecideOutcome::Accepted { at }) => {
                let before = self.accepted.lock().unwrap().insert(judged.to_owned(), answer.value.clone());
                assert_eq!(before, None, "a step is decided once");
                assert!(stands(answer.actor, *at, true));
            }
            Ok(DecideOutcome::Approved { .. }) => panic!("one person is enough here"),
            Ok(DecideOutcome::Already { by, at }) => assert!(stands(by, *at, true)),
            Err(DecideError::Conflict { by, at }) => assert!(stands(by, *at, false)),
            Err(DecideError::Expired { .. }) => {
                assert!(self.resolved(|resolution| matches!(resolution, Resolution::Expired { .. })));
            }
            Err(DecideError::Cancelled { .. }) => {
                assert!(self.resolved(|resolution| matches!(resolution, Resolution::Cancelled { .. })));
            }
            Err(DecideError::NotAssignee { actor, .. }) => assert_eq!(actor.as_str(), "actor-2"),
            Err(DecideError::UnknownWait { .. }) => {}
            Err(other) => panic!("{other}"),
        }
    }

    /// What must hold at any time.
    fn look(&self) {
        let record = self.journal.read(&self.run).unwrap();
        let mut seen = self.seen.lock().unwrap();
        assert_eq!(record.events[..seen.len()], seen[..], "a history only grows");
        assert!(record.events.is_sorted_by_key(|recorded| recorded.at), "time does not go back");
        seen.clone_from(&record.events);
        let found = waits(&record);
        for wait in &found {
            if let Resolution::Decided { decision, at } = wait.resolution {
                assert!(
                    wait.wait.deadline.is_none_or(|deadline| at < deadline),
                    "a decision is made before the deadline"
                );
                assert_eq!(
                    self.accepted.lock().unwrap().get(&decision.step).unwrap_or(&decision.value),
                    &decision.value
                );
            }
            if let Resolution::Expired { at, .. } = wait.resolution {
                assert!(wait.wait.deadline.is_some_and(|deadline| deadline <= at), "no deadline passes early");
            }
        }
        let open = found.iter().filter(|wait| wait.resolution == Resolution::Open).count();
        assert!(open <= 1, "one wait at a time");
    }
}

/// Seconds that a test counts, and a clock of them.
fn hand() -> (Arc<AtomicI64>, Arc<dyn Clock>) {
    let seconds = Arc::new(AtomicI64::new(0));
    let read = Arc::clone(&seconds);
    (seconds, Arc::new(move || time(read.load(Ordering::SeqCst))))
}

/// Plays all scenes; gives what was said and what is left.
fn perform(journal: &dyn Journal, clock: &Arc<AtomicI64>, scenes: &[Scene]) -> (Vec<String>, RunRecord) {
    let run: RunId = "run".parse().unwrap();
    let started = Event::Started(Start { mission: "daily".to_owned(), by: None, body: Value::Null });
    let events = vec![started, question(0, time(0))];
    journal.create(&NewRun { run: run.clone(), at: time(0), events, lease: None }).unwrap();
    let stage = Stage {
        journal,
        clock: Arc::clone(clock),
        run: run.clone(),
        said: Mutex::default(),
        accepted: Mutex::default(),
        seen: Mutex::default(),
    };
    for (act, others) in scenes {
        let broken = Broken { stage: &stage, others: Mutex::new(others.iter().cloned().collect()) };
        stage.play(&broken, act);
    }
    // All that was accepted is in the history.
    let record = journal.read(&run).unwrap();
    let decided: BTreeMap<_, _> = record
        .events
        .iter()
        .filter_map(|recorded| match &recorded.event {
            Event::Decided(decision) => Some((decision.step.clone(), decision.value.clone())),
            _ => None,
        })
        .collect();
    assert_eq!(*stage.accepted.lock().unwrap(), decided);
    (stage.said.into_inner().unwrap(), record)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn any_interleaving_gives_a_valid_history_and_the_same_in_memory_and_in_sqlite(scenes in scenes()) {
        let directory = tempfile::tempdir().unwrap();
        let hands = [hand(), hand()];
        let path = directory.path().join("journal");
        let sqlite = SqliteJournal::open(path).unwrap().with_clock(Arc::clone(&hands[0].1));
        let memory = MemoryJournal::with_clock(Arc::clone(&hands[1].1));
        let in_memory = perform(&memory, &hands[1].0, &scenes);
        prop_assert_eq!(perform(&sqlite, &hands[0].0, &scenes), in_memory);
        prop_assert_eq!(sqlite.verify(), Ok(1));
    }
}
