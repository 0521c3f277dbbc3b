//! Telling others what happened: each change of a journal as a message, at least once.
//!
//! What happened is in the journal's feed, written in the commit that it tells of: so nothing has to be put into an
//! outbox beside it, and nothing that was not committed is told. Each receiver has a bookmark there, which moves once a
//! message was delivered. Of several processes that tell one receiver, one does at a time.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Map, Value, json};
use sortie_host::journal::{
    Bookmark, Clock, Driver, Event, FeedEntry, Filter, Journal, JournalError, Order, Position, RunRecord, RunSummary,
    Timestamp,
};

use crate::stop::Stop;

/// How long one process has the right to tell a receiver, unless it renews that.
const LEASE: Duration = Duration::from_mins(2);

/// How often it is looked whether something happened.
const LOOK: Duration = Duration::from_millis(500);

/// How many changes are read at once.
const CHANGES: usize = 50;

/// What happened, for somebody who is not here.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// The same each time that the message is sent: who gets one twice can tell.
    pub id: String,
    /// `run.waiting`, `run.due`, `run.approved`, `run.decided`, `run.expired`, `run.done`, `run.failed` or `run.cancelled`.
    pub kind: &'static str,
    /// When it happened.
    pub at: Timestamp,
    /// `{"type", "timestamp", "data"}`, as [Standard Webhooks](https://www.standardwebhooks.com) have it. Nothing of params,
    /// state or answers is in it.
    pub body: Value,
}

/// Where messages go.
pub trait Receiver: Send + Sync {
    /// Delivers a message; an error says why it was not. It is sent again then.
    fn deliver(&self, message: &Message) -> Result<(), String>;
}

/// How often and how soon again a message is sent that was not delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// The pause after the first failure; each one in a row doubles it. Default: five seconds.
    pub first_retry: Duration,
    /// The longest pause. Default: an hour.
    pub longest_retry: Duration,
    /// After how many failures a message is dropped, so that others get through. Default: 24, which takes more than half a
    /// day.
    pub attempts: u32,
}

impl Default for Patience {
    fn default() -> Self {
        let (first_retry, longest_retry) = (Duration::from_secs(5), Duration::from_hours(1));
        Self { first_retry, longest_retry, attempts: 24 }
    }
}

/// Tells one receiver what happens in a journal.
///
/// ```
/// use std::sync::Mutex;
///
/// use sortie_host::journal::{Clock, Event, Journal, MemoryJournal, NewRun, Owner, SystemClock};
/// use sortie_worker::{Message, Notifier, Receiver};
///
/// #[derive(Default)]
/// struct Kinds(Mutex<Vec<&'static str>>);
///
/// impl Receiver for Kinds {
///     fn deliver(&self, message: &Message) -> Result<(), String> {
///         self.0.lock().map_err(|error| error.to_string())?.push(message.kind);
///         Ok(())
///     }
/// }
///
/// let (journal, driver, receiver) = (MemoryJournal::new(), Owner::new("worker 1"), Kinds::default());
/// let notifier = Notifier::new(&journal, &SystemClock, &driver, "chat", &receiver);
/// // What happened before is not told.
/// notifier.notify(&|_| ())?;
/// # use sortie_journal::{Cancellation, Start};
/// # let start = Event::Started(Start { mission: "release".to_owned(), by: None, body: serde_json::json!({}) });
/// # let end = Event::Cancelled(Cancellation { actor: "ann".into(), reason: "no need".to_owned() });
/// # journal.create(&NewRun { run: "run-1".parse()?, at: SystemClock.now(), events: vec![start, end], lease: None })?;
/// // Then a run is cancelled.
/// notifier.notify(&|delivery| println!("{delivery:?}"))?;
/// assert_eq!(*receiver.0.lock().unwrap(), ["run.cancelled"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Notifier<'a> {
    journal: &'a dyn Journal,
    clock: &'a dyn Clock,
    driver: &'a dyn Driver,
    purpose: String,
    receiver: &'a dyn Receiver,
    patience: Patience,
    /// How long before a deadline it is told that it comes near; not at all, if there is none.
    lead: Option<Duration>,
    failures: Mutex<Failures>,
}

/// Failures in a row, and when to try again.
#[derive(Debug, Default)]
struct Failures {
    count: u32,
    until: Option<Timestamp>,
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Delivery {
    /// The receiver has it.
    Delivered(Message),
    /// It was not delivered, and is sent again.
    Failed {
        /// The message.
        message: Message,
        /// Why.
        reason: String,
        /// When it is sent again.
        retry_at: Timestamp,
    },
    /// It was not delivered, and is not sent again.
    Dropped {
        /// The message.
        message: Message,
        /// Why.
        reason: String,
    },
}

impl fmt::Debug for Notifier<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notifier").field("purpose", &self.purpose).finish_non_exhaustive()
    }
}

impl<'a> Notifier<'a> {
    /// Tells a receiver what happens from the first time on. The name stands for the receiver in the journal.
    #[must_use]
    pub fn new(
        journal: &'a dyn Journal,
        clock: &'a dyn Clock,
        driver: &'a dyn Driver,
        name: &str,
        receiver: &'a dyn Receiver,
    ) -> Self {
        Self {
            journal,
            clock,
            driver,
            purpose: format!("notify:{name}"),
            receiver,
            patience: Patience::default(),
            lead: None,
            failures: Mutex::default(),
        }
    }

    /// The same with other patience.
    #[must_use]
    pub fn with_patience(self, patience: Patience) -> Self {
        Self { patience, ..self }
    }

    /// The same, and it is told when a deadline is so near.
    #[must_use]
    pub fn before_deadlines(self, lead: Duration) -> Self {
        Self { lead: Some(lead), ..self }
    }

    /// Sends what there is to send now, and tells what became of each message. Stops at the first that was not delivered.
    ///
    /// # Errors
    ///
    /// The journal failed. What was delivered meanwhile may be sent again.
    pub fn notify(&self, on_notified: &dyn Fn(&Delivery)) -> Result<(), JournalError> {
        let now = self.clock.now();
        if self.failures().until.is_some_and(|until| now < until) {
            return Ok(());
        }
        let Bookmark::Granted(at) = self.hold(&self.purpose)? else { return Ok(()) };
        let Some(mut at) = at else {
            let end = self.journal.position()?;
            self.journal.move_bookmark(&self.purpose, self.driver.owner(), end)?;
            return Ok(());
        };
        loop {
            let changes = self.journal.changes(at, CHANGES)?;
            if changes.is_empty() {
                break;
            }
            for change in changes {
                for message in self.messages(&change)? {
                    if !self.send(message, now, on_notified) {
                        return Ok(());
                    }
                }
                at = change.position;
                let moved = self.journal.move_bookmark(&self.purpose, self.driver.owner(), at)?;
                if !moved {
                    return Ok(());
                }
            }
            self.hold(&self.purpose)?;
        }
        self.lead.map_or(Ok(()), |lead| self.notify_due(lead, now, on_notified))
    }

    /// The right to tell the receiver. Whoever had it and is gone gives it up.
    fn hold(&self, purpose: &str) -> Result<Bookmark, JournalError> {
        let owner = self.driver.owner();
        match self.journal.hold_bookmark(purpose, owner, LEASE)? {
            Bookmark::Held(lease) if self.driver.is_gone(&lease.owner) => {
                self.journal.hold_bookmark(purpose, &lease.owner, Duration::ZERO)?;
                self.journal.hold_bookmark(purpose, owner, LEASE)
            }
            bookmark @ (Bookmark::Granted(_) | Bookmark::Held(_)) => Ok(bookmark),
        }
    }

    fn purpose_of_deadlines(&self) -> String {
        format!("{}:due", self.purpose)
    }

    /// Sends what there is to send until it is told to stop. While the journal is not available, it pauses and tries again.
    pub fn run(&self, stop: &Stop, on_notified: &dyn Fn(&Delivery)) {
        while !stop.is_stopped() {
            let calls = stop.calls();
            // What went wrong with the journal, those who work on it say.
            let _ = self.notify(on_notified);
            stop.pause(calls, LOOK);
        }
        // Others need not wait. Where the journal does not take it, their wait has an end all the same.
        for purpose in [self.purpose.clone(), self.purpose_of_deadlines()] {
            let _ = self.journal.hold_bookmark(&purpose, self.driver.owner(), Duration::ZERO);
        }
    }

    /// Tells of the deadlines that have come near since the last time.
    fn notify_due(&self, lead: Duration, now: Timestamp, on_notified: &dyn Fn(&Delivery)) -> Result<(), JournalError> {
        let purpose = self.purpose_of_deadlines();
        let Bookmark::Granted(told) = self.hold(&purpose)? else { return Ok(()) };
        // The bookmark is a time here: up to which deadlines have been told of.
        let until = now.plus(lead);
        let told = told.map_or(now.as_millis(), |position| i64::try_from(position.get()).unwrap_or(i64::MAX));
        let near = Filter { due_by: Some(until), order: Order::Due, ..Filter::waiting() };
        for summary in self.journal.list(&near)? {
            let deadline = summary.wait.as_ref().and_then(|wait| wait.deadline);
            let is_new = deadline.is_some_and(|deadline| deadline.as_millis() > told);
            if is_new && !self.send(due(&summary, now), now, on_notified) {
                return Ok(());
            }
        }
        let until = Position::new(u64::try_from(until.as_millis()).unwrap_or_default());
        self.journal.move_bookmark(&purpose, self.driver.owner(), until).map(drop)
    }

    /// The messages of a change. A run that was pruned has none.
    fn messages(&self, change: &FeedEntry) -> Result<Vec<Message>, JournalError> {
        let record = match self.journal.read(&change.run) {
            Ok(record) => record,
            Err(JournalError::UnknownRun { .. }) => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let of_change = |sequence: u64| change.from.get() < sequence && sequence <= change.to.get();
        let events = record.events.iter().filter(|recorded| of_change(recorded.sequence));
        let told = events.filter_map(|recorded| {
            let (kind, data) = told(&record, &recorded.event)?;
            Some(message(&format!("{}.{}", record.summary.run, recorded.sequence), kind, recorded.at, data))
        });
        Ok(told.collect())
    }

    /// Sends a message; gives whether the next one is to be sent.
    fn send(&self, message: Message, now: Timestamp, on_notified: &dyn Fn(&Delivery)) -> bool {
        let reason = match self.receiver.deliver(&message) {
            Ok(()) => {
                *self.failures() = Failures::default();
                on_notified(&Delivery::Delivered(message));
                return true;
            }
            Err(reason) => reason,
        };
        let mut failures = self.failures();
        failures.count = failures.count.saturating_add(1);
        let Patience { first_retry, longest_retry, attempts } = self.patience;
        if failures.count >= attempts {
            *failures = Failures::default();
            drop(failures);
            on_notified(&Delivery::Dropped { message, reason });
            return true;
        }
        let times = 2_u32.checked_pow(failures.count.saturating_sub(1));
        let wait = times.and_then(|times| first_retry.checked_mul(times)).unwrap_or(longest_retry).min(longest_retry);
        let retry_at = now.plus(wait);
        failures.until = Some(retry_at);
        drop(failures);
        on_notified(&Delivery::Failed { message, reason, retry_at });
        false
    }

    fn failures(&self) -> std::sync::MutexGuard<'_, Failures> {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is told of an event, if anything is.
fn told(record: &RunRecord, event: &Event) -> Option<(&'static str, Map<String, Value>)> {
    let mut data = of_run(&record.summary);
    let mut add = |members: Value| data.extend(members.as_object().cloned().unwrap_or_default());
    let kind = match event {
        Event::Asked(wait) => {
            add(json!({
                "step": wait.step, "description": wait.description, "assignees": wait.assignees,
                "deadline": wait.deadline,
            }));
            "run.waiting"
        }
        Event::Approved(decision) => {
            add(json!({"step": decision.step, "actor": decision.actor}));
            "run.approved"
        }
        Event::Decided(decision) => {
            add(json!({"step": decision.step, "actor": decision.actor}));
            "run.decided"
        }
        Event::Expired(expiry) => {
            add(json!({"step": expiry.step}));
            "run.expired"
        }
        Event::Cancelled(cancellation) => {
            add(json!({"reason": cancellation.reason, "actor": cancellation.actor}));
            "run.cancelled"
        }
        Event::Finished(finish) => {
            add(json!({"result_hash": finish.result.get("result_hash")}));
            if finish.success { "run.done" } else { "run.failed" }
        }
        Event::Started(_) | Event::Engine(_) | Event::Note(_) => return None,
    };
    Some((kind, data))
}

fn due(summary: &RunSummary, now: Timestamp) -> Message {
    let mut data = of_run(summary);
    if let Some(wait) = &summary.wait {
        let members = json!({
            "step": wait.step, "description": wait.description, "assignees": wait.assignees, "deadline": wait.deadline,
        });
        data.extend(members.as_object().cloned().unwrap_or_default());
    }
    message(&format!("{}.{}.due", summary.run, summary.version), "run.due", now, data)
}

fn of_run(summary: &RunSummary) -> Map<String, Value> {
    let members = json!({"run": summary.run, "mission": summary.mission, "started_by": summary.started_by});
    members.as_object().cloned().unwrap_or_default()
}

fn message(id: &str, kind: &'static str, at: Timestamp, data: Map<String, Value>) -> Message {
    Message { id: id.to_owned(), kind, at, body: json!({"type": kind, "timestamp": at, "data": data}) }
}
