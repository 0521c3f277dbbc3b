//! Runs that an engine drives itself: what is asked of a journal, asked of the engine.

use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use sortie_engine::{ExecutionContext, Next};
use sortie_journal::codes::RUN_UNDER_WAY;
use sortie_journal::wait::{CancelOutcome, DecideOutcome, NewAnswer};
use sortie_journal::{
    Actor, Clock, EngineError, Journal, JournalError, Lease, MemoryJournal, Owner, RunEngine, RunId, RunOrder,
    RunRecord, Start, Status, Token,
};

use super::beginning::Beginning;
use super::fold::fold;
use super::runs::{ResumeOutcome, cancelled};
use super::segment::{NewQuestion, OpenQuestion, Segment};
use super::{DecideError, Inbox, InboxEntry, Launch, RunError, Runs, StartedRun};
use crate::draft::Draft;

/// How long who starts a run waits for its first question, or its end.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long until it is asked whether, and why, a run does not go on.
const DOUBT: Duration = Duration::from_secs(1);
/// How long until it is looked again.
const LOOK: Duration = Duration::from_millis(25);

/// What of two beginnings has to be the same for one to be the other again. Limits and plugins are the engine's own.
const ORDER: [&str; 3] = ["workflow", "context", "answers"];

impl Runs<'_> {
    /// Starts a run, at most once where the name was there before, and waits for its first question or its end.
    pub(super) fn start_on(
        &self,
        engine: &dyn RunEngine,
        run: &RunId,
        draft: Draft,
        (context, answers): (&ExecutionContext, &BTreeMap<String, Value>),
    ) -> Result<Launch, RunError> {
        // What cannot run is told at once, and never sent.
        let session = draft.start(context)?;
        let start = Beginning::of(&session, context, answers).start(&session, self.by())?;
        let plan = session.run().plan();
        let mission = plan.mission().map(|mission| (format!("{}/{}", mission.plugin, mission.name), &mission.params));
        let order = RunOrder {
            mission: mission.as_ref().map(|(name, params)| (name.as_str(), *params)),
            workflow: &plan.workflow().definition().to_json(),
            state: context.initial_state(),
            metadata: context.metadata(),
            answers,
            by: self.by(),
        };
        if let Some(tokens) = engine.start(run, &order)? {
            let segment = first_segment(self.journal(), engine, run, tokens)?;
            Ok(Launch::Now(StartedRun { run: run.clone(), segment }))
        } else {
            let record = self.journal().read(run)?;
            if !is_alike(&record, &start) {
                return Err(JournalError::RunExists { run: run.clone() }.into());
            }
            Ok(Launch::Before(Box::new(record.summary)))
        }
    }

    /// Answers a wait: judged here first, by the rules of any journal and with the plugins that are here.
    pub(super) fn decide_on(&self, engine: &dyn RunEngine, answer: &NewAnswer<'_>) -> Result<DecideOutcome, RunError> {
        let judged = || self.on(&copy(self.journal(), answer.run)?).decide(answer);
        if let already @ DecideOutcome::Already { .. } = judged()? {
            return Ok(already);
        }
        match engine.decide(answer) {
            Ok(decided) => Ok(decided),
            // Somebody else was faster, if it is refused here too by now.
            Err(refused) => match judged()? {
                already @ DecideOutcome::Already { .. } => Ok(already),
                DecideOutcome::Accepted { .. } | DecideOutcome::Approved { .. } => Err(refused.into()),
            },
        }
    }

    /// How a run stands that only its engine drives.
    pub(super) fn look(&self, run: &RunId, clock: &dyn Clock) -> Result<ResumeOutcome, RunError> {
        match self.idle(run)? {
            Some(stands) => Ok(stands),
            None => Ok(ResumeOutcome::Held(Lease { owner: Owner::new("the engine"), until: clock.now().plus(LOOK) })),
        }
    }
}

impl Inbox<'_> {
    /// Ends a run, if by the rules of any journal that can be done.
    pub(super) fn cancel_on(
        &self,
        engine: &dyn RunEngine,
        run: &RunId,
        reason: &str,
        actor: &Actor,
    ) -> Result<CancelOutcome, RunError> {
        let judged = || Inbox::new(&copy(self.journal(), run)?, self.clock()).cancel(run, reason, actor);
        if let already @ CancelOutcome::Already { .. } = judged()? {
            return Ok(already);
        }
        match engine.cancel(run, reason, actor) {
            Ok(cancelled) => Ok(cancelled),
            Err(refused) => match judged()? {
                already @ CancelOutcome::Already { .. } => Ok(already),
                CancelOutcome::Now { .. } => Err(refused.into()),
            },
        }
    }
}

fn is_alike(record: &RunRecord, start: &Start) -> bool {
    record.events.first().is_some_and(|recorded| match &recorded.event {
        sortie_journal::Event::Started(found) => {
            found.mission == start.mission && ORDER.iter().all(|name| found.body.get(name) == start.body.get(name))
        }
        _ => false,
    })
}

/// How far a run comes that was started.
fn first_segment(
    journal: &dyn Journal,
    engine: &dyn RunEngine,
    run: &RunId,
    tokens: Vec<Token>,
) -> Result<Segment, RunError> {
    let began = Instant::now();
    let mut doubts = began + DOUBT;
    loop {
        let record = journal.read(run)?;
        match record.summary.status {
            Status::Running | Status::Decided => {
                let now = Instant::now();
                let mut setback = None;
                if now >= doubts {
                    setback = engine.setback(run)?.map(|setback| setback.reason);
                    doubts = now + DOUBT;
                }
                if setback.is_some() || now >= began + PATIENCE {
                    let why = setback.map(|reason| format!(": {reason}")).unwrap_or_default();
                    let message = format!("run `{run}` was started, and has come to no question and no end yet{why}");
                    return Err(JournalError::Engine(EngineError { code: RUN_UNDER_WAY, message }).into());
                }
                thread::sleep(LOOK);
            }
            Status::Cancelled => match cancelled(&record)? {
                ResumeOutcome::WasCancelled { by, at, reason } => {
                    return Err(DecideError::Cancelled { by, at, reason }.into());
                }
                _ => return Err(JournalError::UnknownRun { run: run.clone() }.into()),
            },
            Status::Waiting | Status::Done | Status::Failed => return segment(record, tokens),
        }
    }
}

/// A run that waits or has ended.
fn segment(record: RunRecord, tokens: Vec<Token>) -> Result<Segment, RunError> {
    let folded = fold(&record)?;
    let Next::Ask(step) = folded.run.next() else { return Ok(Segment::Done(Box::new(folded.finished(&record)?))) };
    let question = crate::humans::Question::of(step, &folded.run);
    let asked = InboxEntry { record, question: None, completed: None };
    let place = asked.waits().len().saturating_sub(1);
    let waiting = OpenQuestion { summary: asked.record.summary, question };
    let token = tokens.into_iter().nth(place).map_or_else(Token::generate, Ok)?;
    Ok(Segment::Asked(Box::new(NewQuestion { waiting, token, log: Vec::new() })))
}

/// A journal that has this run and no other; none, if there is no such run.
fn copy(journal: &dyn Journal, run: &RunId) -> Result<MemoryJournal, RunError> {
    let copy = MemoryJournal::new();
    match journal.read(run) {
        Ok(record) => {
            copy.restore(&record)?;
        }
        Err(JournalError::UnknownRun { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(copy)
}
