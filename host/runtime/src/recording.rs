//! A run that was recorded, and running it again on other plugins: would it come out the same?

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value, json};
use sortie_engine::{
    Decision, ExecutionContext, Fuel, Limits, LineageStep, Mission, OrchestrationResult, PluginPolicy, PluginRef, Step,
    WorkflowDefinition,
};

use crate::difference::{Difference, first_difference};
use crate::error::HostError;
use crate::host::Host;
use crate::humans::Question;
use crate::session::{Progress, Session};

/// A run that was recorded, in a bundle or in a journal: all that it was made of but the plugins' files, and how far it
/// came.
#[derive(Debug, Clone, PartialEq)]
pub struct Recording {
    /// The mission that its workflow was built from; none, where the workflow was given.
    pub mission: Option<Mission>,
    /// The workflow, built or given, as JSON; none, where it is not known as it was not needed.
    pub workflow: Option<Value>,
    /// What it started from.
    pub context: ExecutionContext,
    /// The limits that it kept to.
    pub limits: Limits,
    /// What was decided for single plugins, by their names.
    pub policies: BTreeMap<String, PluginPolicy>,
    /// The plugins that it can depend on.
    pub plugins: Vec<PluginRef>,
    /// What happened, step by step.
    pub steps: Vec<LineageStep>,
    /// The fuel that it used.
    pub fuel: Fuel,
    /// How it ended, or what it waits for.
    pub end: RecordedEnd,
}

/// How a recorded run stands. Closed: a run stops nowhere else.
#[derive(Debug, Clone, PartialEq)]
pub enum RecordedEnd {
    /// It is finished.
    Done(Box<OrchestrationResult>),
    /// It waits for an answer to this.
    Waiting(Box<Question>),
}

/// What came of running a recorded run again.
#[derive(Debug, Clone, PartialEq)]
pub struct Replay {
    /// How it compares.
    pub outcome: ReplayOutcome,
    /// The fuel that it used now.
    pub fuel: Fuel,
}

/// How a run compares with the recorded one. A closed set: a report has a line for each.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum ReplayOutcome {
    /// Everything that a person or a program gets to see is the same: where it waits, it can be continued.
    Same,
    /// Something is not: the first such thing.
    Different(Difference),
    /// It succeeded or waited, and fails now; or it was run, and is rejected now.
    Failing {
        /// The step that fails; none, where it does not begin.
        step_id: Option<String>,
        /// The stable code.
        code: String,
        /// Why, in words.
        message: String,
    },
    /// A decision that was made cannot be made now: it does not fit the question, or another one is asked.
    DecisionMisfit {
        /// The human step.
        step_id: String,
        /// Why, in words.
        reason: String,
    },
}

impl Recording {
    /// The name of what was run: `plugin/mission`, or the workflow's id.
    #[must_use]
    pub fn name(&self) -> String {
        match (&self.mission, &self.workflow) {
            (Some(mission), _) => format!("{}/{}", mission.plugin, mission.name),
            (None, workflow) => {
                let id = workflow.as_ref().and_then(|workflow| workflow.get("id")?.as_str());
                id.unwrap_or_default().to_owned()
            }
        }
    }

    /// Whether its result can depend on the plugin of a name.
    #[must_use]
    pub fn depends_on(&self, plugin: &str) -> bool {
        self.plugins.iter().any(|reference| reference.name == plugin)
    }

    /// The result, where it is finished.
    #[must_use]
    pub fn result(&self) -> Option<&OrchestrationResult> {
        match &self.end {
            RecordedEnd::Done(result) => Some(result),
            RecordedEnd::Waiting(_) => None,
        }
    }

    /// Runs it again on a host's plugins, with the recorded decisions, and compares what a person or a program gets to
    /// see: everything that `result_hash` covers, and what was displayed. Fuel, digests and the way in which a state came
    /// about may differ.
    ///
    /// # Errors
    ///
    /// The host failed: a fault, or a mistake in Sortie. That a run is rejected or fails is an outcome.
    pub fn replay(&self, host: &Host) -> Result<Replay, HostError> {
        let host = host.with_limits(self.limits);
        match self.begin(&host) {
            Ok(session) => self.drive(session),
            Err(error @ (HostError::Fault(_) | HostError::Bug(_))) => Err(error),
            Err(error) => Ok(Replay { outcome: rejected(&error), fuel: 0 }),
        }
    }

    fn begin(&self, host: &Host) -> Result<Session, HostError> {
        match (&self.mission, &self.workflow) {
            (Some(mission), _) => host.start_mission(&self.name(), &self.context, &mission.params),
            (None, Some(workflow)) => host.start(WorkflowDefinition::from_json(workflow)?, &self.context),
            (None, None) => Err(HostError::Bug("a recording has neither a mission nor a workflow".to_owned())),
        }
    }

    fn drive(&self, mut session: Session) -> Result<Replay, HostError> {
        let mut decided = self.steps.iter().filter_map(|step| match step {
            LineageStep::Human { step_id, decision, .. } => Some((step_id, decision.as_ref())),
            LineageStep::Runtime { .. } => None,
        });
        loop {
            let progress = match session.advance() {
                Err(error @ (HostError::Fault(_) | HostError::Bug(_))) => return Err(error),
                Err(error) => return Ok(Replay { outcome: rejected(&error), fuel: session.run().fuel() }),
                Ok(progress) => progress,
            };
            let fuel = session.run().fuel();
            let question = match progress {
                Progress::Done(completed) => {
                    return Ok(Replay { outcome: self.compare_end(&session, &completed.result), fuel });
                }
                Progress::Waiting(question) => question,
            };
            let outcome = match decided.next() {
                Some((step, decision)) if *step == question.step.id => match decide(&mut session, decision)? {
                    None => continue,
                    Some(reason) => self.misfit(&session, question.step.id, reason),
                },
                Some((step, _)) => {
                    let reason = format!("`{step}` was asked in its place");
                    self.misfit(&session, question.step.id, reason)
                }
                None => self.compare_question(&session, &question),
            };
            return Ok(Replay { outcome, fuel });
        }
    }

    /// A decision that cannot be made; or, where something was different before, that: it is the cause.
    fn misfit(&self, session: &Session, step_id: String, reason: String) -> ReplayOutcome {
        // What was recorded behind this question is not reached yet.
        match self.difference_of_steps(session, session.run().steps().len()) {
            Some(difference) if difference.step_id.as_ref() != Some(&step_id) => ReplayOutcome::Different(difference),
            Some(_) | None => ReplayOutcome::DecisionMisfit { step_id, reason },
        }
    }

    fn compare_question(&self, session: &Session, question: &Question) -> ReplayOutcome {
        let asked = question.step.id.clone();
        let RecordedEnd::Waiting(recorded) = &self.end else {
            return self.misfit(session, asked, "it was not asked".to_owned());
        };
        let found = self.difference_of_steps(session, usize::MAX).or_else(|| {
            let told = |question: &Question| json!({"step": question.step, "context": question.context, "displays": question.displays});
            first_difference("/question", &told(recorded), &told(question))
                .map(|difference| Difference { step_id: Some(asked), ..difference })
        });
        found.map_or(ReplayOutcome::Same, ReplayOutcome::Different)
    }

    fn compare_end(&self, session: &Session, result: &OrchestrationResult) -> ReplayOutcome {
        let failed = || ReplayOutcome::Failing {
            step_id: result.failed_step_id.clone(),
            code: result.error_code.map(|code| code.code().to_owned()).unwrap_or_default(),
            message: result.error_message.clone().unwrap_or_default(),
        };
        let recorded = match &self.end {
            RecordedEnd::Waiting(_) if !result.success => return failed(),
            RecordedEnd::Waiting(question) => {
                let step_id = question.step.id.clone();
                let reason = "it is not asked any more: the run ends without it".to_owned();
                return self.misfit(session, step_id, reason);
            }
            RecordedEnd::Done(recorded) => recorded,
        };
        if recorded.success && !result.success {
            return failed();
        }
        let displays = |steps: &[LineageStep]| steps.iter().map(|step| step.display().to_vec()).collect::<Vec<_>>();
        let same = recorded.hash() == result.hash() && displays(&self.steps) == displays(&result.lineage.steps);
        if same {
            return ReplayOutcome::Same;
        }
        let found = self
            .difference_of_steps(session, usize::MAX)
            .or_else(|| first_difference("", &seen(recorded), &seen(result)));
        found.map_or(ReplayOutcome::Same, ReplayOutcome::Different)
    }

    /// The first of so many steps that differs in what is seen of it.
    fn difference_of_steps(&self, session: &Session, most: usize) -> Option<Difference> {
        let recorded_steps = self.executed();
        let now: Vec<Step> = session.run().plan().workflow().definition().steps.clone();
        let steps = session.run().steps();
        (0..self.steps.len().max(steps.len()).min(most)).find_map(|index| {
            let (old, new) = (self.steps.get(index), steps.get(index));
            let told = |step: Option<&LineageStep>, executed: Option<&Step>| match step {
                None => Value::Null,
                Some(step) => seen_of_step(step, executed),
            };
            let at = format!("/steps/{index}");
            let (old_seen, new_seen) = (told(old, recorded_steps.get(index)), told(new, now.get(index)));
            let id = old.or(new).map(|step| step.step_id().to_owned());
            first_difference(&at, &old_seen, &new_seen).map(|found| Difference { step_id: id, ..found })
        })
    }

    /// The steps that were executed, with their payloads.
    fn executed(&self) -> Vec<Step> {
        match &self.end {
            RecordedEnd::Done(result) => result.executed_steps.clone(),
            RecordedEnd::Waiting(_) => {
                let workflow = self.workflow.as_ref().and_then(|json| WorkflowDefinition::from_json(json).ok());
                workflow.map(|workflow| workflow.steps).unwrap_or_default()
            }
        }
    }
}

/// What a person or a program gets to see of a step.
fn seen_of_step(step: &LineageStep, executed: Option<&Step>) -> Value {
    let whole = serde_json::to_value(step).unwrap_or_default();
    let members = ["step_id", "kind", "operation", "outcome", "decision", "patch", "output", "display", "verdict"];
    let member = |name: &&str| Some(((*name).to_owned(), whole.get(*name)?.clone()));
    let mut seen: Map<String, Value> = members.iter().filter_map(member).collect();
    if let Some(executed) = executed {
        seen.insert("payload".to_owned(), executed.payload.clone());
    }
    Value::Object(seen)
}

/// What `result_hash` covers.
fn seen(result: &OrchestrationResult) -> Value {
    let whole = result.to_json();
    let members = [
        "id",
        "success",
        "executed_steps",
        "final_state",
        "outputs",
        "decisions",
        "verdicts",
        "error_code",
        "error_message",
    ];
    members
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), whole.get(*name)?.clone())))
        .collect::<Map<_, _>>()
        .into()
}

fn rejected(error: &HostError) -> ReplayOutcome {
    ReplayOutcome::Failing { step_id: None, code: error.code().to_owned(), message: error.to_string() }
}

/// Makes a recorded decision; the reason, if it does not fit any more.
fn decide(session: &mut Session, decision: Option<&Decision>) -> Result<Option<String>, HostError> {
    let decided = match decision {
        Some(decision) => session.decide(decision.clone()),
        None => session.expire(),
    };
    match decided {
        Ok(()) => Ok(None),
        Err(HostError::Decision(error)) => Ok(Some(error.to_string())),
        Err(error) => Err(error),
    }
}
