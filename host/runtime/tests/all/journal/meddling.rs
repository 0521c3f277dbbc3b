//! Others who act at the worst moment: between two accesses to the journal.

use std::sync::Mutex;
use std::time::Duration;

use serde_json::json;
use sortie_host::journal::{
    Actor, Bookmark, Claim, Event, FeedEntry, Filter, Inbox, Journal, JournalError, MemoryJournal, NewRun, Owner,
    Position, ResumeOutcome, RunId, RunRecord, RunSummary, Segment, Setback, SystemClock, Timestamp, Version,
};

use super::{answer, ask, driver, host, log, no_answers, waits, workflow};
use crate::support::context;

/// A journal in which somebody else does something before a read, counted from when that was said.
#[derive(Default)]
struct Meddled {
    inner: MemoryJournal,
    before: Mutex<Option<(usize, Deed)>>,
}

type Deed = Box<dyn FnOnce(&MemoryJournal) + Send>;

impl Meddled {
    /// Somebody does this after that many reads.
    fn after(&self, reads: usize, deed: impl FnOnce(&MemoryJournal) + Send + 'static) {
        *self.before.lock().unwrap() = Some((reads, Box::new(deed)));
    }

    fn meddle(&self) {
        let mut before = self.before.lock().unwrap();
        match before.take() {
            Some((0, deed)) => deed(&self.inner),
            Some((reads, deed)) => *before = Some((reads - 1, deed)),
            None => {}
        }
    }
}

impl Journal for Meddled {
    fn create(&self, new: &NewRun) -> Result<RunSummary, JournalError> {
        self.inner.create(new)
    }

    fn restore(&self, record: &RunRecord) -> Result<RunSummary, JournalError> {
        self.inner.restore(record)
    }

    fn read(&self, run: &RunId) -> Result<RunRecord, JournalError> {
        self.meddle();
        self.inner.read(run)
    }

    fn append(
        &self,
        run: &RunId,
        expected: Version,
        at: Timestamp,
        events: &[Event],
    ) -> Result<RunSummary, JournalError> {
        self.meddle();
        self.inner.append(run, expected, at, events)
    }

    fn list(&self, filter: &Filter) -> Result<Vec<RunSummary>, JournalError> {
        self.inner.list(filter)
    }

    fn claim(&self, run: &RunId, owner: &Owner, ttl: Duration) -> Result<Claim, JournalError> {
        self.inner.claim(run, owner, ttl)
    }

    fn release(&self, run: &RunId, owner: &Owner) -> Result<(), JournalError> {
        self.inner.release(run, owner)
    }

    fn claim_next(&self, owner: &Owner, ttl: Duration) -> Result<Option<RunSummary>, JournalError> {
        self.inner.claim_next(owner, ttl)
    }

    fn set_back(&self, run: &RunId, owner: &Owner, setback: &Setback) -> Result<(), JournalError> {
        self.inner.set_back(run, owner, setback)
    }

    fn retry(&self, run: &RunId) -> Result<(), JournalError> {
        self.inner.retry(run)
    }

    fn changes(&self, after: Position, limit: usize) -> Result<Vec<FeedEntry>, JournalError> {
        self.inner.changes(after, limit)
    }

    fn position(&self) -> Result<Position, JournalError> {
        self.inner.position()
    }

    fn hold_bookmark(&self, purpose: &str, owner: &Owner, ttl: Duration) -> Result<Bookmark, JournalError> {
        self.inner.hold_bookmark(purpose, owner, ttl)
    }

    fn move_bookmark(&self, purpose: &str, owner: &Owner, to: Position) -> Result<bool, JournalError> {
        self.inner.move_bookmark(purpose, owner, to)
    }

    fn prune(&self, ended_before: Timestamp) -> Result<usize, JournalError> {
        self.inner.prune(ended_before)
    }
}

#[test]
fn a_run_that_is_answered_or_cancelled_at_any_moment_of_a_resume_is_driven_once_or_not_at_all() {
    let host = host();
    for (answered, moment) in (0..6).flat_map(|moment| [(false, moment), (true, moment)]) {
        let (journal, owner) = (Meddled::default(), driver());
        let runs = host.runs(&journal, &SystemClock, &owner);
        let steps = [ask("ask", json!({})), log("end")];
        let run = waits(runs.start(host.draft(workflow(&steps)), &context(json!({})), &no_answers()).unwrap());
        if answered {
            runs.decide(&answer(&run, "ask", &json!(1), &Actor::new("ann"))).unwrap();
        }
        let named = run.clone();
        journal.after(moment, move |inner| {
            let (inbox, bob) = (Inbox::new(inner, &SystemClock), Actor::new("bob"));
            if answered {
                inbox.cancel(&named, "meddling", &bob).unwrap();
            } else {
                inbox.decide(&answer(&named, "ask", &json!(2), &bob)).unwrap();
            }
        });
        let resumed = runs.resume(&run).unwrap();
        let record = journal.inner.read(&run).unwrap();
        let expected = match resumed {
            ResumeOutcome::Drove(Segment::Done(_)) => vec!["started", "asked", "decided", "engine", "finished"],
            ResumeOutcome::Waits(_) => vec!["started", "asked"],
            ResumeOutcome::WasCancelled { .. } => vec!["started", "asked", "decided", "cancelled"],
            other => panic!("{answered} {moment}: {other:?}"),
        };
        let kinds: Vec<_> = record.events.iter().map(|recorded| recorded.event.kind().code()).collect();
        assert_eq!(kinds, expected, "{answered} {moment}");
        assert_eq!(record.summary.lease, None);
    }
}
