//! The driver: from wait to wait, each segment of a run in one commit.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use sortie_engine::{ExecutionContext, Next};
use sortie_journal::wait::{CancelOutcome, Waits};
use sortie_journal::{
    Actor, Claim, ClaimedRun, Clock, Driver, Event, Filter, Journal, JournalError, Lease, NewRun, RunId, RunRecord,
    RunSummary, Start, Status, Timestamp, settle,
};
use sortie_sandbox::timed;

use super::audit::Note;
use super::beginning::Beginning;
use super::fold::{RebuiltRun, body, fold};
use super::segment::{OpenQuestion, Segment, drive, end, run_span};
use super::{ChangedPlugin, Inbox, RunError, plugins};
use crate::binding::bind_again;
use crate::bundle::Bundle;
use crate::decision::i_json;
use crate::draft::Draft;
use crate::error::HostError;
use crate::host::Host;
use crate::humans::Question;
use crate::nested::nesting;
use crate::registry::Registry;
use crate::session::{FinishedRun, Session};

/// How long a driver has a run to itself. A segment is at most five calls, each of which a watchdog ends far sooner.
const LEASE: Duration = Duration::from_mins(5);

/// The runs of a journal, driven by a host.
#[derive(Clone, Copy)]
pub struct Runs<'a> {
    host: &'a Host,
    journal: &'a dyn Journal,
    clock: &'a dyn Clock,
    driver: &'a dyn Driver,
    changed: ChangePolicy,
    by: Option<&'a Actor>,
}

/// What to do when a plugin is not the one that a run began with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ChangePolicy {
    Refuse,
    Accept,
}

/// A run that was started.
#[derive(Debug)]
pub struct StartedRun {
    /// Its name in the journal.
    pub run: RunId,
    /// How far it came.
    pub segment: Segment,
}

/// What came of starting a run under a name that the caller gave. Closed: either this call started it, or one before.
#[derive(Debug)]
pub enum Launch {
    /// It was started.
    Now(StartedRun),
    /// It was started before, and stands so.
    Before(Box<RunSummary>),
}

/// What came of an attempt to resume a run. A closed set: a driver has to do something else after each.
#[derive(Debug)]
pub enum ResumeOutcome {
    /// It was driven, to its next wait or its end.
    Drove(Segment),
    /// It waits for a person, as it did before.
    Waits(Box<OpenQuestion>),
    /// It had ended before, with this result.
    HadEnded(Box<FinishedRun>),
    /// Another driver has it.
    Held(Lease),
    /// It was cancelled.
    WasCancelled {
        /// By whom.
        by: Actor,
        /// When.
        at: Timestamp,
        /// Why.
        reason: String,
    },
}

impl std::fmt::Debug for Runs<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runs").field("host", self.host).field("changed", &self.changed).finish_non_exhaustive()
    }
}

impl Host {
    /// The runs of a journal, driven by this host.
    #[must_use]
    pub fn runs<'a>(&'a self, journal: &'a dyn Journal, clock: &'a dyn Clock, driver: &'a dyn Driver) -> Runs<'a> {
        Runs { host: self, journal, clock, driver, changed: ChangePolicy::Refuse, by: None }
    }
}

impl<'a> Runs<'a> {
    /// The same, but a run may be resumed with a plugin that has changed since; its receipt says so.
    #[must_use]
    pub fn allowing_changed_plugins(self) -> Self {
        Self { changed: ChangePolicy::Accept, ..self }
    }

    /// The same, and who starts a run stands in its journal.
    #[must_use]
    pub fn on_behalf_of(self, by: &'a Actor) -> Self {
        Self { by: Some(by), ..self }
    }

    /// Starts a run and drives it to its first wait, or its end. `answers` are decisions that are at hand, by step id.
    /// Nothing is in the journal before the one commit that it takes.
    /// It is an error as for [`Host::start_mission`](crate::Host::start_mission), or if the journal cannot be written.
    pub fn start(
        &self,
        draft: Draft,
        context: &ExecutionContext,
        answers: &BTreeMap<String, Value>,
    ) -> Result<StartedRun, RunError> {
        let answers = &normalised(answers)?;
        if let Some(driving) = self.journal.engine() {
            let run = RunId::random()?;
            return match self.start_on(driving, &run, draft, (context, answers))? {
                Launch::Now(started) => Ok(started),
                Launch::Before(_) => Err(JournalError::RunExists { run }.into()),
            };
        }
        let mut session = draft.start(context)?;
        let start = Beginning::of(&session, context, answers).start(&session, self.by)?;
        self.make(RunId::random()?, &mut session, start, answers)
    }

    /// The same under a name that the caller gives, at most once: who does not know whether it was started asks again,
    /// and is told how it stands. A run of this name that began otherwise is an error,
    /// [`RunExists`](JournalError::RunExists); who started it makes no difference.
    pub fn start_as(
        &self,
        run: &RunId,
        draft: Draft,
        context: &ExecutionContext,
        answers: &BTreeMap<String, Value>,
    ) -> Result<Launch, RunError> {
        let answers = &normalised(answers)?;
        if let Some(driving) = self.journal.engine() {
            return self.start_on(driving, run, draft, (context, answers));
        }
        let mut session = draft.start(context)?;
        let start = Beginning::of(&session, context, answers).start(&session, self.by)?;
        if let Some(before) = self.began_alike(run, &start)? {
            return Ok(Launch::Before(Box::new(before)));
        }
        match self.make(run.clone(), &mut session, start.clone(), answers) {
            Ok(started) => Ok(Launch::Now(started)),
            // Somebody else was faster.
            Err(RunError::Journal(error @ JournalError::RunExists { .. })) => {
                let before = self.began_alike(run, &start)?.ok_or(error)?;
                Ok(Launch::Before(Box::new(before)))
            }
            Err(error) => Err(error),
        }
    }

    /// The run of that name, if there is one and it began so.
    fn began_alike(&self, run: &RunId, start: &Start) -> Result<Option<RunSummary>, RunError> {
        let record = match self.journal.read(run) {
            Ok(record) => record,
            Err(JournalError::UnknownRun { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let is_alike = record.events.first().is_some_and(|recorded| match &recorded.event {
            Event::Started(found) => found.mission == start.mission && found.body == start.body,
            _ => false,
        });
        if is_alike { Ok(Some(record.summary)) } else { Err(JournalError::RunExists { run: run.clone() }.into()) }
    }

    /// Drives a run that has begun, and makes it in the journal.
    fn make(
        &self,
        run: RunId,
        session: &mut Session,
        start: Start,
        answers: &BTreeMap<String, Value>,
    ) -> Result<StartedRun, RunError> {
        let _span = run_span(&run, Some(&start.mission)).entered();
        let mut events = vec![Event::Started(start)];
        let progress = drive(session, answers, &mut events)?;
        let at = self.clock.now();
        let end = end(progress, at, &[], &mut events)?;
        let new = NewRun { run: run.clone(), at, events, lease: None };
        let summary = {
            let _timed = timed!("journal");
            settle::create(self.journal, &new)?
        };
        Ok(StartedRun { run, segment: end.kept(summary, session) })
    }

    /// Where the runs are kept.
    pub(super) fn journal(&self) -> &'a dyn Journal {
        self.journal
    }

    /// On whose behalf runs are started.
    pub(super) fn by(&self) -> Option<&'a Actor> {
        self.by
    }

    /// The same on another journal.
    pub(super) fn on<'j>(&'j self, journal: &'j dyn Journal) -> Runs<'j> {
        Runs { journal, ..*self }
    }

    /// The inbox of the same journal.
    #[must_use]
    pub fn inbox(&self) -> Inbox<'_> {
        Inbox::new(self.journal, self.clock)
    }

    /// The runs that wait for a person, oldest first; a deadline may have passed.
    /// It is an error if the journal cannot be read.
    pub fn pending(&self) -> Result<Vec<RunSummary>, RunError> {
        self.inbox().pending()
    }

    /// A run that waits, as a session: to preview what follows from an answer. Nothing of what is done with it is in the
    /// journal. Nothing, if the run does not wait.
    pub fn waiting(&self, run: &RunId) -> Result<Option<Session>, RunError> {
        let record = self.journal.read(run)?;
        if record.summary.status != Status::Waiting {
            return Ok(None);
        }
        self.session(run, &mut fold(&record)?, &mut Vec::new()).map(Some)
    }

    /// Ends a run that has not ended yet.
    /// It is an error if there is no such run, if it has ended, or if the journal cannot be written.
    pub fn cancel(&self, run: &RunId, reason: &str, actor: &Actor) -> Result<CancelOutcome, RunError> {
        self.inbox().cancel(run, reason, actor)
    }

    /// Drives a run to its next wait, or its end, if it was answered, has expired or was interrupted. After an error
    /// the run is as it was. Where an engine drives the runs, it is the one that holds a run that goes on.
    pub fn resume(&self, run: &RunId) -> Result<ResumeOutcome, RunError> {
        if self.journal.engine().is_some() {
            return self.look(run, self.clock);
        }
        // It begins again only when somebody else has added to the run, whose history is finite: so this ends.
        loop {
            let claimed = match self.claim(run)? {
                Claim::Granted(summary) => summary,
                Claim::Held(lease) => return Ok(ResumeOutcome::Held(lease)),
                Claim::Idle(_) => match self.idle(run)? {
                    Some(resumed) => return Ok(resumed),
                    None => continue,
                },
            };
            match self.journal.read(run).map_err(RunError::from).and_then(|record| self.go_on(&claimed, &record)) {
                Ok(segment) => return Ok(ResumeOutcome::Drove(segment)),
                Err(RunError::Journal(JournalError::Conflict { .. })) => {}
                Err(error) => {
                    // What failed is what is to be told.
                    let _ = self.journal.release(run, self.driver.owner());
                    return Err(error);
                }
            }
        }
    }

    /// Claims the next run that can be driven, for [`drive`](Self::drive); nothing, if there is none.
    pub fn claim_next(&self) -> Result<Option<ClaimedRun>, RunError> {
        if self.journal.engine().is_some() {
            return Ok(None);
        }
        Ok(self.journal.take_next(self.driver.owner(), LEASE)?)
    }

    /// Drives a run that this driver has claimed to its next wait, or its end. After an error the run is as it was, and
    /// still claimed: [`release`](sortie_journal::Journal::release) it, or
    /// [`set it back`](sortie_journal::Journal::set_back).
    pub fn drive(&self, claimed: &ClaimedRun) -> Result<Segment, RunError> {
        self.go_on(&claimed.summary, claimed.record.as_ref().map_err(Clone::clone)?)
    }

    /// Bundles a finished run with all that it was made of, for anyone to make it again: decisions are those that stand.
    /// The plugins that took part have to be registered here.
    /// It is an error if the run has no result, or if a plugin that took part is not registered.
    pub fn bundle(&self, run: &RunId) -> Result<Bundle, RunError> {
        let record = self.journal.read(run)?;
        let folded = fold(&record)?;
        let status = record.summary.status;
        if !matches!(status, Status::Done | Status::Failed) {
            return Err(RunError::NoResult { run: run.clone(), status });
        }
        let completed = folded.finished(&record)?;
        // One that has changed is told of where it is missed.
        self.registry(run, &folded)?;
        let workflow = folded.run.plan().workflow().definition();
        Ok(Bundle::new(workflow, folded.beginning.context(), &completed.result, &self.host.registry())?)
    }

    /// Ends the wait whose deadline passed first, as its step says for this case; nothing, if none has passed.
    pub fn expire_next(&self) -> Result<Option<RunId>, RunError> {
        if self.journal.engine().is_some() {
            return Ok(None);
        }
        let first = Filter { limit: Some(1), ..Filter::expired(self.clock.now()) };
        let Some(due) = self.journal.list(&first)?.pop() else { return Ok(None) };
        self.waits().expire(&due.run)?;
        Ok(Some(due.run))
    }

    /// Puts the plugins that are registered here, but those that come with the host, beside the runs, if the journal keeps
    /// plugins: a worker that lacks one has it from there.
    pub fn offer_plugins(&self) -> Result<(), RunError> {
        Ok(plugins::offer(&self.host.registry(), self.journal)?)
    }

    /// Registers here the plugins that a run needs and that are kept beside the runs, if they are not here yet.
    /// It is an error if one is neither here nor there, or if the journal cannot be read.
    pub fn fetch_plugins(&self, run: &RunId) -> Result<(), RunError> {
        // An engine keeps no plugins.
        if self.journal.plugins().is_none() {
            return Ok(());
        }
        self.registry(run, &fold(&self.journal.read(run)?)?)?;
        Ok(())
    }

    /// Registers here the plugin that a run needs, if it is kept beside the runs; gives whether it is here now.
    fn fetch_plugin(&self, error: &RunError) -> Result<bool, RunError> {
        match error {
            RunError::MissingPlugin { name, digest, .. } => plugins::fetch(self.host, self.journal, name, digest),
            _ => Ok(false),
        }
    }

    /// Ends the leases of drivers that are known to be gone, so that their runs can be claimed; gives how many.
    /// It is an error if the journal cannot be written.
    pub fn free(&self) -> Result<usize, RunError> {
        if self.journal.engine().is_some() {
            return Ok(0);
        }
        let mut freed = 0;
        for summary in self.journal.list(&Filter::claimed())? {
            let Some(lease) = summary.lease else { continue };
            if self.driver.is_gone(&lease.owner) {
                self.journal.release(&summary.run, &lease.owner)?;
                freed += 1;
            }
        }
        Ok(freed)
    }

    /// What waiting means, in the journal of these runs.
    pub(super) fn waits(&self) -> Waits<'_> {
        Waits::new(self.journal, self.clock)
    }

    /// Claims a run; the lease of a driver that is gone is ended first.
    fn claim(&self, run: &RunId) -> Result<Claim, RunError> {
        let claim = || self.waits().claim(run, self.driver.owner(), LEASE);
        match claim()? {
            Claim::Held(lease) if self.driver.is_gone(&lease.owner) => {
                self.journal.release(run, &lease.owner)?;
                Ok(claim()?)
            }
            other @ (Claim::Granted(_) | Claim::Held(_) | Claim::Idle(_)) => Ok(other),
        }
    }

    /// What there is to say of a run that could not be driven; nothing, if it can be meanwhile.
    pub(super) fn idle(&self, run: &RunId) -> Result<Option<ResumeOutcome>, RunError> {
        let record = self.journal.read(run)?;
        match record.summary.status {
            Status::Running | Status::Decided => Ok(None),
            Status::Cancelled => Ok(Some(cancelled(&record)?)),
            Status::Done | Status::Failed => {
                Ok(Some(ResumeOutcome::HadEnded(Box::new(fold(&record)?.finished(&record)?))))
            }
            Status::Waiting => {
                let folded = fold(&record)?;
                let Next::Ask(step) = folded.run.next() else {
                    return Err(not_rebuilt(&record, "it waits, but not for a person"));
                };
                let question = Question::of(step, &folded.run);
                Ok(Some(ResumeOutcome::Waits(Box::new(OpenQuestion { summary: record.summary, question }))))
            }
        }
    }

    /// Drives a run that is claimed.
    fn go_on(&self, claimed: &RunSummary, record: &RunRecord) -> Result<Segment, RunError> {
        let _span = run_span(&claimed.run, Some(&claimed.mission)).entered();
        if record.version() != claimed.version {
            let (expected, current) = (claimed.version, record.version());
            return Err(JournalError::Conflict { run: claimed.run.clone(), expected, current }.into());
        }
        let mut folded = fold(record)?;
        let mut events = Vec::new();
        let mut session = self.session(&claimed.run, &mut folded, &mut events)?;
        let progress = drive(&mut session, &folded.beginning.answers, &mut events)?;

        let at = self.clock.now().max(record.summary.updated_at);
        let before: Vec<_> = record.events.iter().map(|recorded| (recorded.at, &recorded.event)).collect();
        let end = end(progress, at, &before, &mut events)?;
        let summary = settle::append(self.journal, &claimed.run, record.version(), at, &events)?;
        Ok(end.kept(summary, &session))
    }

    /// The plugins that a run needs; those that are not here are fetched from beside the runs, if the journal keeps plugins.
    fn registry(&self, run: &RunId, folded: &RebuiltRun) -> Result<(Arc<Registry>, Vec<ChangedPlugin>), RunError> {
        loop {
            match folded.registry(self.host, run) {
                // Each that is fetched is another one.
                Err(error) if self.fetch_plugin(&error)? => {}
                other => return other,
            }
        }
    }

    /// The session of a run, on the plugins that it began with.
    pub(super) fn session(
        &self,
        run: &RunId,
        folded: &mut RebuiltRun,
        events: &mut Vec<Event>,
    ) -> Result<Session, RunError> {
        let (registry, changed) = self.registry(run, folded)?;
        if let Some(plugin) = changed.first() {
            match self.changed {
                ChangePolicy::Refuse => {
                    return Err(RunError::ChangedPlugin { run: run.clone(), plugin: plugin.clone() });
                }
                ChangePolicy::Accept => {
                    let bindings = bind_again(&registry, &folded.run)?;
                    let note = Note::ChangedPlugins { plugins: changed, bindings };
                    events.push(Event::Note(body(&note)?));
                    folded.note(note).map_err(HostError::Bug)?;
                }
            }
        }
        let nesting = nesting(&registry, *folded.run.limits(), 0, None);
        Ok(Session::new(folded.run.clone(), registry, nesting, Vec::new()))
    }
}

/// The answers with their numbers normalised, as they come back from the journal; an error names the first that is not
/// I-JSON.
pub(super) fn normalised(answers: &BTreeMap<String, Value>) -> Result<BTreeMap<String, Value>, RunError> {
    let normalised =
        |(step, answer): (&String, &Value)| Ok((step.clone(), i_json(step, answer).map_err(HostError::from)?));
    answers.iter().map(normalised).collect()
}

fn not_rebuilt(record: &RunRecord, detail: &str) -> RunError {
    RunError::NotRebuilt { run: record.summary.run.clone(), detail: detail.to_owned() }
}

pub(super) fn cancelled(record: &RunRecord) -> Result<ResumeOutcome, RunError> {
    let found = record.events.iter().find_map(|recorded| {
        let Event::Cancelled(cancellation) = &recorded.event else { return None };
        let (by, reason) = (cancellation.actor.clone(), cancellation.reason.clone());
        Some(ResumeOutcome::WasCancelled { by, at: recorded.at, reason })
    });
    found.ok_or_else(|| not_rebuilt(record, "it is cancelled, but nobody did"))
}
