//! Changing a plugin's operators, one at a time: which changes does no scenario catch?
//!
//! A change that every scenario passes with is code that no scenario depends on. What is changed is the plugin's own code,
//! as far as the names of its functions are known, and of that what a scenario reaches: the functions are found first, and
//! where all pass with a trap in a place of one, none gets there. How many are changed is the caller's; they are spread evenly.

mod operators;
mod reach;

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

use sortie_host::{Allocation, Backend, Frame, HostError, RegisteredPlugin, SandboxConfig};

use self::operators::OperatorPlace;
use crate::call_failure::is_machinery;
use crate::error::{TestError, TestVerdict};
use crate::hosts::{Hosts, MakeHost};
use crate::language::Language;
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
    /// How many, in functions that scenarios reach, were looked at and left as they are, since none reaches them.
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

/// How many places are looked at for each change that is wanted: a scenario may reach little of a function.
const MOST_LOOKS: usize = 8;

/// How many functions are found for each change that is wanted.
const FUNCTIONS_PER_CHANGE: usize = 4;

/// Changes up to so many operators of the given plugins that scenarios reach, one at a time, and runs the chosen scenarios
/// of a plan until one fails. It tells how many changes were tried so far.
///
/// # Errors
///
/// A scenario fails without any change; a plugin's code is an interpreter's; a host cannot be made; somebody interrupts it.
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
    let interpreted = given.iter().find_map(|plugin| {
        let language =
            Language::of_manifest(plugin.plugin().manifest()).filter(|language| language.is_interpreted())?;
        Some(TestError::MutatesInterpreter { plugin: plugin.name().to_owned(), language })
    });
    if let Some(error) = interpreted {
        return Err(error);
    }
    let (mut all, mut report) = (Vec::new(), MutationReport::default());
    for plugin in given {
        let symbols = Symbols::of(plugin);
        let origin = plugin.origin().to_owned();
        let places = operators::places(plugin.plugin().bytes());
        let places = places.map_err(|rejection| HostError::Plugin { origin, rejection })?;
        let own = own(plugin, &symbols, &places);
        report.places += own.len();
        let places: Vec<OperatorPlace> = own.iter().map(|trial| trial.place).collect();
        let most = most.saturating_mul(FUNCTIONS_PER_CHANGE);
        let reached = reach::reached(plugin, &places, most, (options, make_host), &chosen)?;
        all.extend(own.into_iter().filter(|trial| reached.contains(&trial.place.function)));
    }
    let mut trials = scattered(all);
    trials.truncate(most.saturating_mul(MOST_LOOKS));
    let work = |index: usize| trials.get(index).map(|trial| fate(trial, options, make_host, &chosen));
    let take = |index: usize, done: Option<Result<Fate, TestError>>| {
        if options.stop.load(Ordering::Relaxed) {
            return ControlFlow::Break(Some(TestError::Interrupted));
        }
        match done.unwrap_or(Ok(Fate::Unreached)) {
            Ok(Fate::Unreached) => report.unreached += 1,
            Ok(fate) => {
                report.tried += 1;
                report.survivors.extend(trials.get(index).filter(|_| fate == Fate::Survived).map(Trial::told));
                progress(report.tried);
            }
            Err(error) => return ControlFlow::Break(Some(error)),
        }
        if report.tried < most { ControlFlow::Continue(()) } else { ControlFlow::Break(None) }
    };
    let broken = if most == 0 { None } else { in_order(options.jobs, trials.len(), work, take) };
    match broken.flatten() {
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

/// All of them, in an order in which the first so many are spread evenly, however many these are: by the bits of their
/// places, the last bit first (van der Corput).
fn scattered<T>(all: Vec<T>) -> Vec<T> {
    let bits = all.len().next_power_of_two().trailing_zeros();
    let mut all: Vec<(usize, T)> = all.into_iter().enumerate().collect();
    all.sort_by_key(|(index, _)| index.reverse_bits().checked_shr(usize::BITS - bits).unwrap_or(0));
    all.into_iter().map(|(_, one)| one).collect()
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

fn fate(
    trial: &Trial<'_>,
    options: &Options,
    make_host: MakeHost<'_>,
    chosen: &[ChosenScenario<'_>],
) -> Result<Fate, TestError> {
    if passes(trial, UNREACHABLE, options, make_host, chosen)? {
        return Ok(Fate::Unreached);
    }
    let survived = passes(trial, trial.place.swap.byte, options, make_host, chosen)?;
    Ok(if survived { Fate::Survived } else { Fate::Caught })
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
    let hosts = hosts_with(trial.plugin, file, options, make_host)?;
    match first_failure(&hosts, options, chosen) {
        Ok(failing) => Ok(failing.is_none()),
        // A change can make a call run for as long as the watchdog lets it: that is noticed too.
        Err(TestError::Fault(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Hosts with the given plugins, one of them with another file.
fn hosts_with(
    plugin: &RegisteredPlugin,
    file: Vec<u8>,
    options: &Options,
    make_host: MakeHost<'_>,
) -> Result<Hosts, TestError> {
    // What runs once is not worth optimising, and not worth keeping.
    let sandbox = SandboxConfig {
        backend: Backend::CraneliftUnoptimized,
        allocation: Allocation::OnDemand,
        cache: None,
        ..SandboxConfig::default()
    };
    let own = file_of(plugin);
    let others: Vec<PathBuf> = options.plugins.iter().filter(|path| own.as_ref() != Some(path)).cloned().collect();
    let mut hosts = Hosts::make(make_host, &sandbox, &others, &[])?;
    hosts.replace(plugin.name(), file)?;
    Ok(hosts)
}

/// The first scenario that fails.
fn first_failure(hosts: &Hosts, options: &Options, chosen: &[ChosenScenario<'_>]) -> Result<Option<String>, TestError> {
    let bench = Bench { hosts, again: None, strictness: options.strictness, keep: Retention::Nothing };
    for chosen in chosen.iter().filter(|chosen| chosen.scenario.skip.is_none()) {
        if options.stop.load(Ordering::Relaxed) {
            return Err(TestError::Interrupted);
        }
        if scenario::run(&bench, chosen, None)?.verdict == TestVerdict::Failed {
            return Ok(Some(chosen.title()));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_what_is_tried_are_spread_evenly() {
        assert_eq!(scattered((0..8).collect()), [0, 4, 2, 6, 1, 5, 3, 7]);
        assert_eq!(scattered((0..6).collect()), [0, 4, 2, 1, 5, 3]);
        assert_eq!(scattered(vec![7]), [7]);
        assert!(scattered(Vec::<u8>::new()).is_empty());
    }
}
