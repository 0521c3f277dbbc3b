//! A run, driven to its next question or its end.

use std::sync::Arc;

use serde_json::Value;
use sortie_engine::{Decision, DecisionStatus, Event, LineageStep, Next, OrchestrationResult, Run};
use sortie_sandbox::{CallReport, LogLine, Nesting};

use crate::decision::{DecisionError, check_decision, is_offered};
use crate::error::HostError;
use crate::humans::{HumanPolicy, Question};
use crate::registry::Registry;
use crate::saved_call::SavedCall;

/// What a plugin logged in a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepLog {
    /// The step's id; empty for the mission's builder.
    pub step_id: String,
    /// What was logged.
    pub lines: Vec<LogLine>,
}

/// A run that has begun, with the registry that it started with.
#[derive(Debug, Clone)]
pub struct Session {
    run: Run,
    registry: Arc<Registry>,
    nesting: Nesting,
    log: Vec<StepLog>,
    /// The last call that was made.
    last: Option<Box<SavedCall>>,
}

/// Where a session stands.
#[derive(Debug, Clone, PartialEq)]
pub enum Progress {
    /// A human step is to be answered, with [`Session::decide`].
    Waiting(Box<Question>),
    /// The run is finished.
    Done(Box<Completed>),
}

/// A finished run.
#[derive(Debug, Clone, PartialEq)]
pub struct Completed {
    /// The result.
    pub result: OrchestrationResult,
    /// What the plugins logged.
    pub log: Vec<StepLog>,
    /// The last call that was made; where the run failed at a runtime step, the call of that step.
    pub last: Option<Box<SavedCall>>,
}

impl Completed {
    /// Whether it was a plugin's call that failed, and not a human step.
    #[must_use]
    pub fn failed_in_a_call(&self) -> bool {
        !self.result.success && matches!(self.result.lineage.steps.last(), Some(LineageStep::Runtime { .. }))
    }
}

impl Session {
    /// A run that has begun, on these plugins, with what its builder logged.
    pub(crate) fn new(run: Run, registry: Arc<Registry>, nesting: Nesting, log: Vec<StepLog>) -> Self {
        Self { run, registry, nesting, log, last: None }
    }

    /// What the plugins logged so far.
    #[cfg(feature = "journal")]
    pub(crate) fn log(&self) -> &[StepLog] {
        &self.log
    }

    /// The plugins that it runs on.
    #[cfg(feature = "journal")]
    pub(crate) fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Makes calls until a person is needed or nothing is left. After a host fault, it can be called again.
    pub fn advance(&mut self) -> Result<Progress, HostError> {
        self.advance_with(&mut |_| Ok(()))
    }

    /// The same, and tells each call after it was made: what a journal keeps.
    pub fn advance_with(
        &mut self,
        on_call: &mut dyn FnMut(&CallReport) -> Result<(), HostError>,
    ) -> Result<Progress, HostError> {
        loop {
            let pending = match self.run.next() {
                Next::Done(result) => {
                    let (log, last) = (self.log.clone(), self.last.clone());
                    return Ok(Progress::Done(Box::new(Completed { result: *result, log, last })));
                }
                Next::Ask(step) => {
                    return Ok(Progress::Waiting(Box::new(Question::of(step, &self.run))));
                }
                Next::Call(pending) => *pending,
            };
            let plugin = self.registry.plugin(&pending.call().plugin.name)?.plugin();
            let report = plugin.call(pending.call(), &self.nesting)?;
            on_call(&report)?;
            if !report.log.is_empty() {
                self.log.push(StepLog { step_id: pending.step_id().to_owned(), lines: report.log.clone() });
            }
            let told = self.run.called(pending, report.outcome.clone(), report.fuel);
            let call = told.map_err(|error| HostError::Bug(error.to_string()))?;
            self.last = Some(Box::new(SavedCall { call, report }));
        }
    }

    /// Answers the human step that the session waits at; the answer has to fit it.
    pub fn decide(&mut self, decision: Decision) -> Result<(), HostError> {
        if let Next::Ask(step) = self.run.next()
            && decision.status != DecisionStatus::Marked
        {
            check_decision(&step, &decision.value)?;
        }
        self.apply(Event::Decided(decision))
    }

    /// Answers the human step that the session waits at and makes the calls that follow, up to the next human step or the
    /// end. An answer from which nothing but a failure can follow is refused: then nothing has happened, and the step can be
    /// answered again.
    pub fn answer(&mut self, value: &Value) -> Result<Progress, HostError> {
        let (ahead, progress) = self.ahead(value)?;
        *self = ahead;
        Ok(progress)
    }

    /// The session as it will be if the human step that it waits at is answered so: missions are pure, so what will be can
    /// be had beforehand. It is an error where nothing but a failure can follow: where the run fails in a call before
    /// the next human step, would not fail alike without an answer, and the step does not offer this answer itself.
    pub(crate) fn ahead(&self, value: &Value) -> Result<(Self, Progress), HostError> {
        let Next::Ask(step) = self.run.next() else {
            return Err(HostError::Bug("a session was answered that is not waiting for an answer".to_owned()));
        };
        let mut ahead = self.clone();
        ahead.decide(Decision::answered(value.clone()))?;
        let progress = ahead.advance()?;
        let Some(failure) = failure(&progress).filter(|_| !is_offered(&step, value)) else {
            return Ok((ahead, progress));
        };
        let mut unanswered = self.clone();
        unanswered.decide(match &step.default {
            Some(default) if default != value => Decision::answered(default.clone()),
            Some(_) | None => Decision::marked(),
        })?;
        let without = unanswered.advance()?;
        if self::failure(&without).is_some_and(|without| without == failure) {
            return Ok((ahead, progress));
        }
        Err(DecisionError::Refused { step: step.id.clone(), reason: failure.1 }.into())
    }

    /// Tells that the human step that the session waits at was not answered in time and has no default to take.
    pub fn expire(&mut self) -> Result<(), HostError> {
        self.apply(Event::Expired)
    }

    /// Runs to the end, asking the policy at each human step.
    pub fn finish(mut self, humans: &HumanPolicy) -> Result<Completed, HostError> {
        loop {
            match self.advance()? {
                Progress::Done(completed) => return Ok(*completed),
                Progress::Waiting(question) => self.decide(humans.decide(&question)?)?,
            }
        }
    }

    /// The run itself.
    #[must_use]
    pub fn run(&self) -> &Run {
        &self.run
    }

    fn apply(&mut self, event: Event) -> Result<(), HostError> {
        self.run.apply(event).map_err(|error| HostError::Bug(error.to_string()))
    }
}

/// The step and the message of a call that failed.
fn failure(progress: &Progress) -> Option<(String, String)> {
    let Progress::Done(completed) = progress else { return None };
    let result = &completed.result;
    let failed = completed.failed_in_a_call();
    failed
        .then(|| (result.failed_step_id.clone().unwrap_or_default(), result.error_message.clone().unwrap_or_default()))
}
