//! The calls of given plugins that failed in a scenario: what their author wants to know of them.

use std::cell::RefCell;

use serde_json::{Value, json};
use sortie_harness::runner::{MissionCall, MissionError, MissionRunner, ScenarioResult};
use sortie_host::{Remark, RunEnd};
use sortie_json::Foreign;

use crate::call_failure::CallFailure;
use crate::hosts::{Hosts, Observation};

/// A call that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FailedCall {
    /// The mission that it was made for.
    pub(crate) mission: String,
    /// `ok` where the state refused what it returned, or the stable code of the failure.
    pub(crate) code: String,
    /// Why, in words; empty where the state refused what it returned.
    pub(crate) message: String,
    /// What else there is to say, a line each.
    pub(crate) lines: Vec<String>,
}

/// Runs the missions of one scenario, and keeps the calls that failed, and what there is to say of each mission.
#[derive(Debug)]
pub(crate) struct CallRecorder<'h> {
    hosts: &'h Hosts,
    /// The members that are made of results, besides a part of their receipt; nothing, where results are made whole.
    members: Option<Vec<&'h str>>,
    recorded: RefCell<Record>,
}

/// What was kept of the missions of one scenario.
#[derive(Debug, Default)]
pub(crate) struct Record {
    /// The calls that failed, in order.
    pub(crate) calls: Vec<FailedCall>,
    /// The remarks on each mission that was run, in order.
    pub(crate) remarks: Vec<Vec<Remark>>,
    /// How the missions ended of whose results only members were made, in order; nothing for those that have none, or whole ones.
    ends: Vec<Option<Box<RunEnd>>>,
}

impl<'h> CallRecorder<'h> {
    pub(crate) fn new(hosts: &'h Hosts, members: Option<Vec<&'h str>>) -> Self {
        Self { hosts, members, recorded: RefCell::default() }
    }

    pub(crate) fn into_record(self) -> Record {
        self.recorded.into_inner()
    }

    /// The members that are looked at, and what is looked at of each receipt; nothing, where that is more.
    fn part(&self, end: &RunEnd) -> Option<Value> {
        let mut part = end.members(self.members.as_deref()?)?;
        part.insert("receipt".to_owned(), json!({"fuel": end.fuel(), "result_hash": end.result_hash()}));
        Some(Value::Object(part))
    }
}

impl Record {
    /// Makes results whole of which only members were made; says whether there were any.
    pub(crate) fn complete(&mut self, scenario: &mut ScenarioResult) -> bool {
        let mut any = false;
        for (mission, end) in scenario.mission_results.iter_mut().zip(std::mem::take(&mut self.ends)) {
            let Some(end) = end else { continue };
            mission.value = end.into_result().into_json();
            any = true;
        }
        any
    }
}

impl MissionRunner for CallRecorder<'_> {
    fn run(&self, call: &MissionCall<'_>) -> Result<Value, MissionError> {
        let mut remarks = Vec::new();
        let result = self.hosts.run_observed(call, &mut |observation| match observation {
            Observation::Remarks(of_mission) => remarks = of_mission.to_vec(),
            Observation::FailedCall(failure) => {
                self.recorded.borrow_mut().calls.push(FailedCall::of(call.mission, &failure));
            }
        });
        let mut recorded = self.recorded.borrow_mut();
        recorded.remarks.push(remarks);
        let end = result.inspect_err(|_| recorded.ends.push(None))?;
        let Some(part) = self.part(&end) else {
            recorded.ends.push(None);
            return Ok(end.into_result().into_json());
        };
        recorded.ends.push(Some(Box::new(end)));
        Ok(part)
    }
}

impl FailedCall {
    fn of(mission: &str, failure: &CallFailure<'_>) -> Self {
        let outcome = &failure.failed.report.outcome;
        let mut lines = failure.lines();
        lines.push(format!("reproduce  `sortie run {mission} --save-failure FILE`, with these params and this state"));
        Self {
            mission: mission.to_owned(),
            code: outcome.code().to_owned(),
            message: outcome.failure().map(|failed| Foreign(&failed.message).to_string()).unwrap_or_default(),
            lines,
        }
    }
}
