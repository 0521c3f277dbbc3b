//! How a run went, step by step: for people, and for whoever checks it.

use serde_json::Value;
use sortie_engine::{ExecutionContext, LineageStep, Mission, Run, WorkflowDefinition};
use sortie_journal::Timestamp;

use super::fold::{RebuiltRun, fold_each};
use super::{Inbox, RunError, RunId};
use crate::change::StateChanges;

/// How a run went so far.
#[derive(Debug, Clone)]
pub struct Timeline {
    /// What the workflow was built from; nothing, where it was given.
    pub mission: Option<Mission>,
    /// What the run is a run of.
    pub workflow: WorkflowDefinition,
    /// What it began with.
    pub context: ExecutionContext,
    /// What building the mission cost.
    pub builder_fuel: u64,
    /// What was done, oldest first.
    pub steps: Vec<TimelineStep>,
    /// The state after the last of them.
    pub state: Value,
}

/// A step of a run that was executed.
#[derive(Debug, Clone)]
pub struct TimelineStep {
    /// What was done, with the hash of the chain up to here.
    pub step: LineageStep,
    /// When it was recorded: together with the question or the result that it led to.
    pub at: Timestamp,
    /// What it changed.
    pub changes: StateChanges,
}

impl Inbox<'_> {
    /// How a run went so far.
    ///
    /// # Errors
    ///
    /// It is an error if the journal cannot be read, or has no such run.
    pub fn timeline(&self, run: &RunId) -> Result<Timeline, RunError> {
        let record = self.journal().read(run)?;
        let mut steps: Vec<TimelineStep> = Vec::new();
        let mut before: Option<Value> = None;
        let folded = fold_each(&record, &mut |at, run| {
            if let Some(step) = run.lineage().get(steps.len()) {
                let changes =
                    before.as_ref().map(|before| StateChanges::between(before, run.state())).unwrap_or_default();
                steps.push(TimelineStep { step: step.clone(), at, changes });
            }
            before = Some(run.state().clone());
        })?;
        Ok(Timeline::of(&folded, steps))
    }

    /// The state of a run after a step; before the first, where no step is named. Nothing, if the step was not executed.
    pub fn state_after(&self, run: &RunId, step: Option<&str>) -> Result<Option<Value>, RunError> {
        let record = self.journal().read(run)?;
        let mut found = None;
        fold_each(&record, &mut |_, run: &Run| {
            let last = run.lineage().last().map(LineageStep::step_id);
            if last == step && found.is_none() {
                found = Some(run.state().clone());
            }
        })?;
        Ok(found)
    }
}

impl Timeline {
    fn of(folded: &RebuiltRun, steps: Vec<TimelineStep>) -> Self {
        let plan = folded.run.plan();
        Self {
            mission: plan.mission().cloned(),
            workflow: plan.workflow().definition().clone(),
            context: folded.beginning.context().clone(),
            builder_fuel: folded.beginning.builder_fuel(),
            steps,
            state: folded.run.state().clone(),
        }
    }
}
