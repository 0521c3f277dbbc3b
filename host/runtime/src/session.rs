//! A run, driven to its next question or its end.

use std::sync::Arc;

use serde_json::Value;
use sortie_engine::{
    Call, Decision, DecisionStatus, FailedCall, Fuel, Function, LineageStep, OperationOutput, OrchestrationResult,
    Outcome, Pending, ProtocolError, Run, RunEnd, RunEvent,
};
use sortie_json::Json;
use sortie_sandbox::{CallReport, FuelProfile, HostFault, LogLine, Nesting, timed};
use tracing::field::Empty;
use tracing::info_span;

use crate::decision::{DecisionError, check_nobodys, fits, i_json, is_offered, of_i_json};
use crate::error::HostError;
use crate::humans::{HumanPolicy, Question, Settlement};
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

/// What a step's call used its fuel for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepProfile {
    /// The step's id; empty for the mission's builder.
    pub step_id: String,
    /// The name of the plugin that was called.
    pub plugin: String,
    /// All that the step used: what no function used is the host's work for it, missions within it, or, where the call was
    /// ended, what it was charged besides.
    pub fuel: Fuel,
    /// The functions.
    pub profile: FuelProfile,
}

/// A run that has begun, with the registry that it started with.
///
/// ```
/// use serde_json::json;
/// use sortie_host::{ExecutionContext, Host, Progress, WorkflowDefinition};
///
/// let host = Host::builder().build()?;
/// let step = json!({"id": "approve", "kind": "human", "payload": {"description": "Ship it?"}});
/// let workflow = WorkflowDefinition::from_json(&json!({"id": "release", "steps": [step]}))?;
/// let mut session = host.start(workflow, &ExecutionContext::new(json!({}))?)?;
/// let Progress::Waiting(question) = session.advance()? else { panic!("a person is asked first") };
/// assert_eq!(question.step.id, "approve");
///
/// let Progress::Done(finished) = session.answer(&json!("yes"))? else { panic!("nothing else is asked") };
/// assert!(finished.result.success);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Session {
    run: Run,
    registry: Arc<Registry>,
    nesting: Nesting,
    log: Vec<StepLog>,
    /// Where the host profiles.
    profiles: Vec<StepProfile>,
    /// The call that the run failed at.
    failed: Option<Box<SavedCall>>,
}

/// Where a session stands. Closed: a driver has to do both.
#[derive(Debug, Clone, PartialEq)]
pub enum Progress {
    /// A human step is to be answered, with [`Session::decide`].
    Waiting(Box<Question>),
    /// The run is finished.
    Done(Box<FinishedRun>),
}

/// A finished run.
#[derive(Debug, Clone, PartialEq)]
pub struct FinishedRun {
    /// The result.
    pub result: OrchestrationResult,
    /// What the plugins logged.
    pub log: Vec<StepLog>,
    /// What they used their fuel for, call by call; empty unless the host was made to profile.
    pub profiles: Vec<StepProfile>,
    /// The call that the run failed at; nothing, where it failed at none.
    pub failed: Option<Box<SavedCall>>,
}

/// A run that has ended, before a result is made of it.
#[derive(Debug, Clone, PartialEq)]
pub struct EndedRun {
    /// How it ended.
    pub end: RunEnd,
    /// What the plugins logged.
    pub log: Vec<StepLog>,
    /// What they used their fuel for, call by call; empty unless the host was made to profile.
    pub profiles: Vec<StepProfile>,
    /// The call that the run failed at; nothing, where it failed at none.
    pub failed: Option<Box<SavedCall>>,
}

impl EndedRun {
    /// The finished run, with its result.
    #[must_use]
    pub fn finished(self) -> FinishedRun {
        let _timed = timed!("result");
        let Self { end, log, profiles, failed } = self;
        FinishedRun { result: end.into_result(), log, profiles, failed }
    }
}

impl FinishedRun {
    /// Whether it was a plugin's call that failed, and not a human step.
    #[must_use]
    pub fn failed_in_a_call(&self) -> bool {
        !self.result.success && matches!(self.result.lineage.steps.last(), Some(LineageStep::Runtime { .. }))
    }
}

impl Session {
    /// A run that has begun, on these plugins, with what its builder logged.
    pub(crate) fn new(run: Run, registry: Arc<Registry>, nesting: Nesting, log: Vec<StepLog>) -> Self {
        Self { run, registry, nesting, log, profiles: Vec::new(), failed: None }
    }

    /// The same with what its builder used fuel for.
    pub(crate) fn with_profiles(self, profiles: Vec<StepProfile>) -> Self {
        Self { profiles, ..self }
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
    ///
    /// # Errors
    ///
    /// It is an error only if the host fails.
    pub fn advance(&mut self) -> Result<Progress, HostError> {
        self.advance_with(&mut |_| Ok(()))
    }

    /// The same, and tells each call after it was made: what a journal keeps.
    ///
    /// # Errors
    ///
    /// It is an error only if the host or `on_call` fails.
    pub fn advance_with(
        &mut self,
        on_call: &mut dyn FnMut(&CallReport) -> Result<(), HostError>,
    ) -> Result<Progress, HostError> {
        self.call_plugins(on_call)?;
        if let Some(step) = self.run.question() {
            return Ok(Progress::Waiting(Box::new(Question::of(step.clone(), &self.run))));
        }
        Ok(Progress::Done(Box::new(self.clone().completed()?)))
    }

    /// Makes calls until the run wants none.
    fn call_plugins(&mut self, on_call: &mut dyn FnMut(&CallReport) -> Result<(), HostError>) -> Result<(), HostError> {
        let bug = |error: ProtocolError| HostError::Bug(error.to_string());
        while let Some(pending) = self.prepared() {
            let plugin = self.registry.plugin(&pending.call().plugin.name)?.plugin();
            let mut report = traced(pending.step_id(), pending.call(), || plugin.call(pending.call(), &self.nesting))?;
            on_call(&report)?;
            if !report.log.is_empty() {
                self.log.push(StepLog { step_id: pending.step_id().to_owned(), lines: report.log.clone() });
            }
            // The outcome is the run's; it comes back where the step failed.
            let outcome = std::mem::replace(&mut report.outcome, Outcome::Executed(OperationOutput::default()));
            let profile = report.profile.take().map(|profile| StepProfile {
                step_id: pending.step_id().to_owned(),
                plugin: pending.call().plugin.name.clone(),
                fuel: 0,
                profile,
            });
            let before = self.run.fuel();
            let failed = {
                let _timed = timed!("apply");
                self.run.called(pending, outcome, report.fuel).map_err(bug)?
            };
            let fuel = self.run.fuel().saturating_sub(before);
            self.profiles.extend(profile.map(|profile| StepProfile { fuel, ..profile }));
            if let Some(failed) = failed {
                let FailedCall { call, outcome } = *failed;
                self.failed = Some(Box::new(SavedCall { call, report: CallReport { outcome, ..report } }));
            }
        }
        Ok(())
    }

    /// The call that the run wants next, with what its plugin is given.
    fn prepared(&self) -> Option<Pending> {
        let _timed = timed!("prepare");
        self.run.pending()
    }

    /// The finished run.
    fn completed(self) -> Result<FinishedRun, HostError> {
        self.ended().map(EndedRun::finished)
    }

    fn ended(self) -> Result<EndedRun, HostError> {
        let end = self.run.into_end().ok_or_else(|| HostError::Bug("the run is not finished".to_owned()))?;
        Ok(EndedRun { end, log: self.log, profiles: self.profiles, failed: self.failed })
    }

    /// Answers the human step that the session waits at; the answer has to fit it.
    ///
    /// # Errors
    ///
    /// It is an error if the answer does not fit, or if the session is not waiting for one.
    pub fn decide(&mut self, mut decision: Decision) -> Result<(), HostError> {
        if let Some(step) = self.run.question() {
            match decision.status {
                DecisionStatus::Answered => {
                    decision.value = of_i_json(&step.id, Json::of(decision.value))?;
                    fits(step, &decision.value)?;
                }
                DecisionStatus::Defaulted | DecisionStatus::Marked => check_nobodys(step, &decision)?,
            }
        }
        self.apply(RunEvent::Decided(decision))
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
        self.ahead_with(value, &mut |_| Ok(()))
    }

    /// The same, and tells each call on the way there.
    pub(crate) fn ahead_with(
        &self,
        value: &Value,
        on_call: &mut dyn FnMut(&CallReport) -> Result<(), HostError>,
    ) -> Result<(Self, Progress), HostError> {
        let Some(step) = self.run.question() else {
            return Err(HostError::Bug("a session was answered that is not waiting for an answer".to_owned()));
        };
        let value = &i_json(&step.id, value)?;
        let mut ahead = self.clone();
        ahead.decide(Decision::answered(value.clone()))?;
        let progress = ahead.advance_with(on_call)?;
        let Some(failure) = failure(&progress).filter(|_| !is_offered(step, value)) else {
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
    ///
    /// # Errors
    ///
    /// It is an error if the session is not waiting for an answer.
    pub fn expire(&mut self) -> Result<(), HostError> {
        self.apply(RunEvent::Expired)
    }

    /// Runs to the end, asking the policy at each human step.
    ///
    /// # Errors
    ///
    /// It is an error if the policy has no answer that fits, or if the host fails.
    pub fn finish(self, humans: &HumanPolicy) -> Result<FinishedRun, HostError> {
        self.run_to_end(humans).map(EndedRun::finished)
    }

    /// Does what [`finish`](Self::finish) does, and makes no result of it yet: for a driver that looks at little of each.
    ///
    /// ```
    /// use serde_json::json;
    /// use sortie_host::{ExecutionContext, Host, HumanPolicy, WorkflowDefinition};
    ///
    /// let host = Host::builder().build()?;
    /// let step = json!({"id": "approve", "kind": "human", "payload": {"description": "Ship it?"}});
    /// let workflow = WorkflowDefinition::from_json(&json!({"id": "release", "steps": [step]}))?;
    /// let session = host.start(workflow, &ExecutionContext::new(json!({}))?)?;
    /// let ended = session.run_to_end(&HumanPolicy::Mark)?;
    /// assert!(ended.end.success() && ended.finished().result.decisions.contains_key("approve"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// It is an error as for [`finish`](Self::finish).
    pub fn run_to_end(mut self, humans: &HumanPolicy) -> Result<EndedRun, HostError> {
        self.drive(humans)?;
        self.ended()
    }

    /// The same, and tells the fuel that was used until then, also where it could not be finished.
    pub(crate) fn finish_telling_fuel(
        mut self,
        humans: &HumanPolicy,
    ) -> (Result<OrchestrationResult, HostError>, Fuel) {
        let driven = self.drive(humans);
        let fuel = self.run.fuel();
        (driven.and_then(|()| self.completed()).map(|completed| completed.result), fuel)
    }

    /// Makes calls and decisions until there are none left.
    fn drive(&mut self, humans: &HumanPolicy) -> Result<(), HostError> {
        loop {
            self.call_plugins(&mut |_| Ok(()))?;
            let Some(step) = self.run.question() else { return Ok(()) };
            match humans.settle(step, &self.run)? {
                Settlement::Decision(decision) => self.decide(decision)?,
                Settlement::Expiry => self.expire()?,
            }
        }
    }

    /// The run itself.
    #[must_use]
    pub fn run(&self) -> &Run {
        &self.run
    }

    fn apply(&mut self, event: RunEvent) -> Result<(), HostError> {
        self.run.apply(event).map_err(|error| HostError::Bug(error.to_string()))
    }
}

/// Makes a call within a span of its own, for whoever listens. Nothing of what the plugin is given or gives is in it.
fn traced(
    step: &str,
    call: &Call,
    make: impl FnOnce() -> Result<CallReport, HostFault>,
) -> Result<CallReport, HostFault> {
    let function = match &call.function {
        Function::Build { mission, .. } => mission,
        Function::Execute(input) => &input.operation,
    };
    let span = info_span!(
        "call", step, plugin = call.plugin.name.as_str(), digest = %call.plugin.digest, function = function.as_str(),
        outcome = Empty, fuel = Empty,
    );
    let reported = span.in_scope(make);
    if let Ok(report) = &reported {
        span.record("outcome", report.outcome.code());
        span.record("fuel", report.fuel);
    }
    reported
}

/// The step and the message of a call that failed.
fn failure(progress: &Progress) -> Option<(String, String)> {
    let Progress::Done(completed) = progress else { return None };
    let result = &completed.result;
    let failed = completed.failed_in_a_call();
    failed
        .then(|| (result.failed_step_id.clone().unwrap_or_default(), result.error_message.clone().unwrap_or_default()))
}
