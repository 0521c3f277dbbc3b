//! Changing a plugin's operators, one at a time: which changes does no scenario catch?
//!
//! A change that every scenario passes with is code that no scenario depends on. What is changed is the plugin's own code,
//! as far as the names of its functions are known; how many are tried is the caller's, spread evenly over all.

mod operators;

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

use sortie_host::{Allocation, Backend, Frame, HostError, RegisteredPlugin, SandboxConfig};

use self::operators::OperatorPlace;
use crate::call_failure::is_machinery;
use crate::error::{TestError, Verdict};
use crate::hosts::{Hosts, MakeHost};
use crate::options::{Options, Retention};
use crate::run::TestPlan;
use crate::scenario::{self, Bench};
use crate::schedule::in_order;
use crate::select::ChosenScenario;
use crate::symbols::{Symbols, file_of};

/// A change of one operator of a plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mutant {
    /// The plugin.
    pub plugin: String,
    /// The function, where its name is known.
    pub function: Option<String>,
    /// The offset of the operator in the plugin's file.
    pub offset: usize,
    /// The operator, and what it became.
    pub operators: (&'static str, &'static str),
}

/// What came of changing a plugin's operators.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MutationReport {
    /// How many operators could be changed.
    pub places: usize,
    /// How many were.
    pub tried: usize,
    /// How many of these no scenario reaches: with a trap in their place, everything passes too.
    pub unreached: usize,
    /// The changes that no scenario caught.
    pub survivors: Vec<Mutant>,
}

/// A change that is to be tried.
struct Trial<'t> {
    plugin: &'t RegisteredPlugin,
    place: OperatorPlace,
    function: Option<String>,
}

/// Changes up to so many operators of the given plugins, one at a time, and runs the chosen scenarios of a plan until one
/// fails. It tells how many changes were tried so far.
///
/// # Errors
///
/// A scenario fails without any change; a host cannot be made; somebody interrupts it.
pub fn mutate(
    plan: &TestPlan<'_>,
    options: &Options,
    make_host: MakeHost<'_>,
    most: usize,
    progress: &mut (dyn FnMut(usize) + Send),
) -> Result<MutationReport, TestError> {
    let chosen = plan.chosen();
    if let Some(failing) = first_failure(plan.hosts(), options, &chosen)? {
        return Err(TestError::FailsUnchanged(failing));
    }
    let registry = plan.hosts().registry();
    let given: Vec<&RegisteredPlugin> =
        registry.plugins().filter(|plugin| plan.hosts().is_given(plugin.name())).collect();
    if given.is_empty() {
        return Err(TestError::NothingToMutate);
    }
    let mut all = Vec::new();
    for plugin in given {
        let symbols = Symbols::of(plugin);
        let origin = plugin.origin().to_owned();
        let places = operators::places(plugin.plugin().bytes());
        let places = places.map_err(|rejection| HostError::Plugin { origin, rejection })?;
        all.extend(own(plugin, &symbols, &places));
    }
    let trials = spread(all, most);
    let mut report = MutationReport { places: trials.0, ..MutationReport::default() };
    let trials = trials.1;
    let work = |index: usize| trials.get(index).map(|trial| fate(trial, options, make_host, &chosen));
    let take = |index: usize, done: Option<Result<Fate, TestError>>| {
        if options.stop.load(Ordering::Relaxed) {
            return ControlFlow::Break(TestError::Interrupted);
        }
        match done.unwrap_or(Ok(Fate::Caught)) {
            Ok(fate) => {
                report.tried += 1;
                report.unreached += usize::from(fate == Fate::Unreached);
                report.survivors.extend(trials.get(index).filter(|_| fate == Fate::Survived).map(Trial::told));
            }
            Err(error) => return ControlFlow::Break(error),
        }
        progress(index + 1);
        ControlFlow::Continue(())
    };
    match in_order(options.jobs, trials.len(), work, take) {
        Some(error) => Err(error),
        None => Ok(report),
    }
}

/// The changes in what the plugin's author wrote: the functions of its crate, which is called like it, as far as names are
/// known and tell that; else all but those of the language and the SDK.
fn own<'t>(plugin: &'t RegisteredPlugin, symbols: &Symbols, places: &[OperatorPlace]) -> Vec<Trial<'t>> {
    let name = |place: &OperatorPlace| {
        let frame = Frame { function: place.function, main: true, name: None };
        symbols.name(&frame).map(str::to_owned)
    };
    let of_crate = format!("{}::", plugin.name().replace('-', "_"));
    let trials = places.iter().map(|place| Trial { plugin, place: *place, function: name(place) });
    let (own, others): (Vec<Trial<'_>>, Vec<Trial<'_>>) =
        trials.partition(|trial| trial.function.as_ref().is_some_and(|name| name.contains(&of_crate)));
    if !own.is_empty() {
        return own;
    }
    let is_own = |trial: &Trial<'_>| trial.function.as_deref().is_none_or(|name| !is_machinery(name));
    others.into_iter().filter(is_own).collect()
}

/// How many there are, and so many of them, spread evenly.
fn spread<T>(all: Vec<T>, most: usize) -> (usize, Vec<T>) {
    let count = all.len();
    let kept = most.min(count);
    let is_kept = |index: usize| (index * kept) / count.max(1) != ((index + 1) * kept) / count.max(1);
    (count, all.into_iter().enumerate().filter(|(index, _)| is_kept(*index)).map(|(_, one)| one).collect())
}

impl Trial<'_> {
    fn told(&self) -> Mutant {
        let OperatorPlace { offset, swap, .. } = self.place;
        Mutant {
            plugin: self.plugin.name().to_owned(),
            function: self.function.clone(),
            offset,
            operators: (swap.name, swap.becomes),
        }
    }
}

/// What becomes of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Caught,
    Survived,
    Unreached,
}

/// What becomes of a change: where all scenarios pass with it and with a trap in its place, none of them gets there.
fn fate(
    trial: &Trial<'_>,
    options: &Options,
    make_host: MakeHost<'_>,
    chosen: &[ChosenScenario<'_>],
) -> Result<Fate, TestError> {
    if !passes(trial, trial.place.swap.byte, options, make_host, chosen)? {
        return Ok(Fate::Caught);
    }
    let unreached = passes(trial, UNREACHABLE, options, make_host, chosen)?;
    Ok(if unreached { Fate::Unreached } else { Fate::Survived })
}

/// The operator that traps. What follows it is valid whatever it takes from the stack.
const UNREACHABLE: u8 = 0x00;

/// Whether all scenarios pass with another operator in a place.
fn passes(
    trial: &Trial<'_>,
    operator: u8,
    options: &Options,
    make_host: MakeHost<'_>,
    chosen: &[ChosenScenario<'_>],
) -> Result<bool, TestError> {
    let mut file = trial.plugin.plugin().bytes().to_vec();
    if let Some(byte) = file.get_mut(trial.place.offset) {
        *byte = operator;
    }
    // What runs once is not worth optimising, and not worth keeping.
    let sandbox = SandboxConfig {
        backend: Backend::CraneliftUnoptimized,
        allocation: Allocation::OnDemand,
        cache: None,
        ..SandboxConfig::default()
    };
    let own = file_of(trial.plugin);
    let others: Vec<PathBuf> = options.plugins.iter().filter(|path| own.as_ref() != Some(path)).cloned().collect();
    let hosts = Hosts::make(make_host, &sandbox, &others, &[])?;
    hosts.replace(trial.plugin.name(), file)?;
    match first_failure(&hosts, options, chosen) {
        Ok(failing) => Ok(failing.is_none()),
        // A change can make a call run for as long as the watchdog lets it: that is noticed too.
        Err(TestError::Fault(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// The first scenario that fails.
fn first_failure(hosts: &Hosts, options: &Options, chosen: &[ChosenScenario<'_>]) -> Result<Option<String>, TestError> {
    let bench = Bench { hosts, again: None, strictness: options.strictness, keep: Retention::Nothing };
    for chosen in chosen.iter().filter(|chosen| chosen.scenario.skip.is_none()) {
        if options.stop.load(Ordering::Relaxed) {
            return Err(TestError::Interrupted);
        }
        if scenario::run(&bench, chosen, None)?.verdict == Verdict::Failed {
            return Ok(Some(chosen.title()));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_tried_is_spread_evenly() {
        assert_eq!(spread((0..10).collect(), 3), (10, vec![3, 6, 9]));
        assert_eq!(spread((0..3).collect(), 10), (3, vec![0, 1, 2]));
        assert_eq!(spread(Vec::<u8>::new(), 10), (0, Vec::new()));
    }
}
