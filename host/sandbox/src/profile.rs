//! What a call used its fuel for, function by function.
//!
//! Nothing of it enters a result. It is a function of the plugin, the call and its limits, as the fuel is: the same on
//! every machine and every backend.

use std::collections::HashMap;
use std::sync::Arc;

use sortie_engine::Fuel;

use crate::instrument::{ENTER, LEAVE, ModuleNames};
use crate::trace::Frame;

/// How many different chains of calls are told apart. What more there are count as their callers'.
const MOST_NODES: usize = 1 << 16;
/// How deep a chain of calls is followed. What is called below counts as its caller's.
const MOST_DEPTH: usize = 256;

/// The fuel of a call, by the chains of calls in which it was used.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FuelProfile {
    /// A caller stands before what it calls; in the order of their first calls.
    pub nodes: Vec<ProfileNode>,
}

/// A function, called through one chain of calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileNode {
    /// The function.
    pub frame: Frame,
    /// Its caller's place among the nodes; none, where the host called it.
    pub caller: Option<usize>,
    /// How often it was called.
    pub calls: u64,
    /// The fuel that it used itself, without what it called.
    pub fuel: Fuel,
}

impl FuelProfile {
    /// The fuel of all nodes. Of a call that was ended before it returned, some is in none.
    #[must_use]
    pub fn fuel(&self) -> Fuel {
        self.nodes.iter().map(|node| node.fuel).fold(0, Fuel::saturating_add)
    }
}

/// How a compiled component tells of its fuel.
#[derive(Debug)]
pub(crate) struct Meter {
    /// The greatest size of the tables through which it tells.
    pub(crate) mark: usize,
    pub(crate) modules: Vec<ModuleNames>,
}

/// What was told during a call.
#[derive(Debug)]
pub(crate) struct Recorder {
    meter: Arc<Meter>,
    nodes: Vec<Node>,
    places: HashMap<(Option<usize>, u32), usize>,
    /// The functions that were entered and not left, by the places of their nodes.
    stack: Vec<usize>,
}

#[derive(Debug)]
struct Node {
    function: u32,
    caller: Option<usize>,
    calls: u64,
    fuel: Fuel,
}

impl Recorder {
    pub(crate) fn new(meter: Arc<Meter>) -> Self {
        Self { meter, nodes: Vec::new(), places: HashMap::new(), stack: Vec::new() }
    }

    /// Whether it is by this that the component tells.
    pub(crate) fn is_told_by(&self, maximum: Option<usize>) -> bool {
        maximum == Some(self.meter.mark)
    }

    /// Takes a number that was told.
    pub(crate) fn take(&mut self, told: usize) {
        let told = u32::try_from(told).unwrap_or(0);
        if told >= ENTER {
            return self.enter(told - ENTER);
        }
        let fuel = Fuel::from(told & (LEAVE - 1));
        if let Some(node) = self.stack.last().and_then(|place| self.nodes.get_mut(*place)) {
            node.fuel = node.fuel.saturating_add(fuel);
        }
        if told >= LEAVE {
            self.stack.pop();
        }
    }

    fn enter(&mut self, function: u32) {
        let caller = self.stack.last().copied();
        let known = self.places.get(&(caller, function)).copied();
        let place = match (known, caller) {
            (Some(known), _) => known,
            (None, Some(caller)) if self.nodes.len() >= MOST_NODES || self.stack.len() >= MOST_DEPTH => caller,
            (None, _) => {
                let place = self.nodes.len();
                self.nodes.push(Node { function, caller, calls: 0, fuel: 0 });
                self.places.insert((caller, function), place);
                place
            }
        };
        if let Some(node) = self.nodes.get_mut(place).filter(|node| node.function == function) {
            node.calls = node.calls.saturating_add(1);
        }
        self.stack.push(place);
    }

    /// All that was told.
    pub(crate) fn into_profile(self) -> FuelProfile {
        let node = |node: Node| ProfileNode {
            frame: self.meter.frame(node.function),
            caller: node.caller,
            calls: node.calls,
            fuel: node.fuel,
        };
        FuelProfile { nodes: self.nodes.into_iter().map(node).collect() }
    }
}

impl Meter {
    /// The function of a number.
    fn frame(&self, number: u32) -> Frame {
        let module = self.modules.iter().rev().find(|module| module.first <= number);
        let function = module.map_or(number, |module| number - module.first + module.imported);
        let name = module.and_then(|module| module.names.get(usize::try_from(function).ok()?)?.clone());
        Frame { function, main: module.is_some_and(|module| module.main), name }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recorder() -> Recorder {
        let names = |name: &str| vec![Some(name.to_owned())];
        let modules = vec![
            ModuleNames { first: 0, imported: 0, main: true, names: names("a") },
            ModuleNames { first: 10, imported: 2, main: false, names: Vec::new() },
        ];
        Recorder::new(Arc::new(Meter { mark: 7, modules }))
    }

    fn told(numbers: &[u32]) -> Vec<(u32, Option<usize>, u64, Fuel)> {
        let mut recorder = recorder();
        for number in numbers {
            recorder.take(usize::try_from(*number).unwrap_or_default());
        }
        let profile = recorder.into_profile();
        profile.nodes.iter().map(|node| (node.frame.function, node.caller, node.calls, node.fuel)).collect()
    }

    #[test]
    fn what_is_told_counts_for_the_innermost_function() {
        let numbers = [ENTER, 5, ENTER + 11, LEAVE + 20, ENTER + 11, LEAVE + 1, LEAVE + 2];
        assert_eq!(told(&numbers), [(0, None, 1, 7), (3, Some(0), 2, 21)]);
        assert_eq!(told(&[ENTER + 11, LEAVE + 3, ENTER, LEAVE, LEAVE + 9]), [(3, None, 1, 3), (0, None, 1, 0)]);
    }

    #[test]
    fn as_many_chains_of_calls_are_told_apart_as_may_be_and_not_one_more() {
        let chains = |functions: usize| {
            let mut recorder = recorder();
            recorder.enter(0);
            for function in 1..=u32::try_from(functions).unwrap_or_default() {
                recorder.enter(function);
                recorder.stack.pop();
            }
            recorder.nodes.len()
        };
        assert_eq!(chains(MOST_NODES - 2), MOST_NODES - 1);
        assert_eq!(chains(MOST_NODES - 1), MOST_NODES);
        assert_eq!(chains(MOST_NODES + 10), MOST_NODES);
    }

    #[test]
    fn what_is_deeper_than_is_followed_counts_for_its_caller() {
        let mut numbers = vec![ENTER; MOST_DEPTH + 10];
        numbers.extend([LEAVE + 1; MOST_DEPTH + 10]);
        let nodes = told(&numbers);
        assert_eq!(nodes.len(), MOST_DEPTH);
        assert_eq!(nodes.iter().map(|node| node.3).sum::<Fuel>(), u64::try_from(numbers.len() / 2).unwrap_or_default());
    }
}
