//! Which functions of a plugin scenarios reach.
//!
//! Every place gets a trap. A call that ends in one tells the function that it was in; that function is left alone from then
//! on, and the scenarios go a little further, until no call ends in a trap any more.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use serde_json::Value;
use sortie_harness::runner::{MissionCall, MissionError, MissionRunner, run_scenario};
use sortie_host::RegisteredPlugin;

use super::operators::OperatorPlace;
use super::{UNREACHABLE, hosts_with};
use crate::error::TestError;
use crate::hosts::{Hosts, MakeHost, Observation};
use crate::options::Options;
use crate::select::ChosenScenario;

/// The functions that have one of these places and are reached, by their index; no more are looked for once there are so
/// many.
pub(super) fn reached(
    plugin: &RegisteredPlugin,
    places: &[OperatorPlace],
    most: usize,
    (options, make_host): (&Options, MakeHost<'_>),
    chosen: &[ChosenScenario<'_>],
) -> Result<BTreeSet<u32>, TestError> {
    let mut reached = BTreeSet::new();
    while reached.len() < most {
        let mut file = plugin.plugin().bytes().to_vec();
        for place in places.iter().filter(|place| !reached.contains(&place.function)) {
            if let Some(byte) = file.get_mut(place.offset) {
                *byte = UNREACHABLE;
            }
        }
        let tracer = Tracer { hosts: &hosts_with(plugin, file, options, make_host)?, ends: RefCell::default() };
        for test in chosen.iter().filter(|chosen| chosen.scenario.skip.is_none()).filter_map(ChosenScenario::test) {
            if options.stop.load(Ordering::Relaxed) {
                return Err(TestError::Interrupted);
            }
            // What a host fault keeps from being reached is not changed: that is no loss.
            let _ = run_scenario(&test.scenario, &tracer);
        }
        let ends = tracer.ends.into_inner();
        let before = reached.len();
        reached.extend(ends.into_iter().filter(|end| places.iter().any(|place| place.function == *end)));
        if reached.len() == before {
            break;
        }
    }
    Ok(reached)
}

/// Runs missions, and keeps the functions that calls of given plugins ended in.
struct Tracer<'h> {
    hosts: &'h Hosts,
    ends: RefCell<BTreeSet<u32>>,
}

impl MissionRunner for Tracer<'_> {
    fn run(&self, call: &MissionCall<'_>) -> Result<Value, MissionError> {
        let result = self.hosts.run_observed(call, &mut |observation| {
            if let Observation::FailedCall(failure) = observation {
                let innermost = failure.failed.report.trace.first().filter(|frame| frame.main);
                self.ends.borrow_mut().extend(innermost.map(|frame| frame.function));
            }
        });
        result.map(|end| end.into_result().into_json())
    }
}
