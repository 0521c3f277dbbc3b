//! The calls of given plugins that failed in a scenario: what their author wants to know of them.

use std::cell::RefCell;

use serde_json::Value;
use sortie_harness::runner::{MissionCall, MissionError, MissionRunner};

use super::hosts::Hosts;
use crate::render::failure::Failing;
use crate::render::printable;

/// A call that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FailedCall {
    /// The mission that it was made for.
    pub(super) mission: String,
    /// `ok` where the state refused what it returned, or the stable code of the failure.
    pub(super) code: String,
    /// Why, in words; empty where the state refused what it returned.
    pub(super) message: String,
    /// What else there is to say, a line each.
    pub(super) lines: Vec<String>,
}

/// Runs the missions of one scenario, and keeps the calls that failed.
#[derive(Debug)]
pub(super) struct Noting<'h> {
    hosts: &'h Hosts,
    calls: RefCell<Vec<FailedCall>>,
}

impl<'h> Noting<'h> {
    pub(super) fn new(hosts: &'h Hosts) -> Self {
        Self { hosts, calls: RefCell::new(Vec::new()) }
    }

    /// The calls that failed, in order.
    pub(super) fn into_calls(self) -> Vec<FailedCall> {
        self.calls.into_inner()
    }
}

impl MissionRunner for Noting<'_> {
    fn run(&self, call: &MissionCall<'_>) -> Result<Value, MissionError> {
        self.hosts.run_noting(call, &mut |failing| self.calls.borrow_mut().push(FailedCall::of(call.mission, &failing)))
    }
}

impl FailedCall {
    fn of(mission: &str, failing: &Failing<'_>) -> Self {
        let outcome = &failing.attempt.end.outcome;
        let mut lines = failing.plain();
        lines.push(format!("reproduce  `sortie run {mission} --save-failure FILE`, with these params and this state"));
        Self {
            mission: mission.to_owned(),
            code: outcome.code().to_owned(),
            message: outcome.failure().map(|failure| printable(&failure.message)).unwrap_or_default(),
            lines,
        }
    }
}
