//! The calls of given plugins that failed in a scenario: what their author wants to know of them.

use std::cell::RefCell;

use serde_json::Value;
use sortie_harness::runner::{MissionCall, MissionError, MissionRunner};
use sortie_host::Remark;
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
    calls: RefCell<Vec<FailedCall>>,
    /// The remarks on each mission that was run, in order.
    remarks: RefCell<Vec<Vec<Remark>>>,
}

impl<'h> CallRecorder<'h> {
    pub(crate) fn new(hosts: &'h Hosts) -> Self {
        Self { hosts, calls: RefCell::default(), remarks: RefCell::default() }
    }

    /// The calls that failed, in order; and the remarks on each mission that was run, in order.
    pub(crate) fn into_parts(self) -> (Vec<FailedCall>, Vec<Vec<Remark>>) {
        (self.calls.into_inner(), self.remarks.into_inner())
    }
}

impl MissionRunner for CallRecorder<'_> {
    fn run(&self, call: &MissionCall<'_>) -> Result<Value, MissionError> {
        let mut remarks = Vec::new();
        let result = self.hosts.run_observed(call, &mut |observation| match observation {
            Observation::Remarks(of_mission) => remarks = of_mission.to_vec(),
            Observation::FailedCall(failure) => {
                self.calls.borrow_mut().push(FailedCall::of(call.mission, &failure));
            }
        });
        self.remarks.borrow_mut().push(remarks);
        result
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
