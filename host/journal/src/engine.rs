//! Engines: what drives the runs of a journal by itself and writes their events, such as a cluster of durable workflows.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::answer::{CancelOutcome, DecideOutcome, NewAnswer};
use crate::{Actor, JournalError, RunId, Setback, Token};

/// What drives the runs of a journal by itself and writes their events: nobody else claims, drives or adds to one. A
/// journal that has one is read as any other, and asked through its engine for all that would change a run.
///
/// What a person's answer comes to, an engine judges by the same rules as a journal: its callers judge beforehand, on a copy,
/// and tell what is refused there in the words of any journal.
pub trait RunEngine: Send + Sync {
    /// Has a run started under that name, at most once, and returns when its first event can be read: the tokens of its
    /// waits, in their order. Nothing, if there was a run of that name before.
    fn start(&self, run: &RunId, order: &RunOrder<'_>) -> Result<Option<Vec<Token>>, JournalError>;

    /// Answers a wait.
    fn decide(&self, answer: &NewAnswer<'_>) -> Result<DecideOutcome, JournalError>;

    /// Ends a run that has not ended yet.
    fn cancel(&self, run: &RunId, reason: &str, actor: &Actor) -> Result<CancelOutcome, JournalError>;

    /// Why a run does not go on, where the engine tries in vain. It may cost more than to read the run, whose summary does not
    /// tell of it.
    fn setback(&self, run: &RunId) -> Result<Option<Setback>, JournalError>;
}

/// What an engine is to run.
#[derive(Debug, Clone, Copy)]
pub struct RunOrder<'a> {
    /// The mission, `plugin/name`, with its params; nothing, where a workflow is given. The engine's own plugins build it.
    pub mission: Option<(&'a str, &'a Value)>,
    /// The workflow definition, as far as the caller built it: what is to be run, where there is no mission.
    pub workflow: &'a Value,
    /// The state to begin with.
    pub state: &'a Value,
    /// The context's metadata.
    pub metadata: &'a Value,
    /// Decisions that are at hand, by step id.
    pub answers: &'a BTreeMap<String, Value>,
    /// Who starts it.
    pub by: Option<&'a Actor>,
}
