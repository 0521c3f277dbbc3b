//! The hosts that recorded runs are run again on: one for all that are made of the same plugins.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use serde_json::json;
use sortie_host::{Bundle, Host, HostBuilder, HostError, Limits, Recording, SandboxConfig};

use super::{ReplayError, Source};
use crate::hosts::MakeHost;

/// How many hosts are kept: each has the code of its plugins and a pool of instances.
const MAX_HOSTS: usize = 4;

/// Makes hosts, and keeps those that were made last.
pub(super) struct ReplayHosts<'h> {
    /// The candidates' files, by their plugins' names.
    candidates: BTreeMap<String, Vec<u8>>,
    make_host: MakeHost<'h>,
    sandbox: SandboxConfig,
    allows_limits: bool,
    kept: Mutex<Newest<Host>>,
}

/// The [`MAX_HOSTS`] things that were made last, by what they were made of.
struct Newest<T>(VecDeque<(String, T)>);

impl<T: Clone> Newest<T> {
    fn find(&self, key: &str) -> Option<T> {
        self.0.iter().find(|(other, _)| other == key).map(|(_, made)| made.clone())
    }

    fn keep(&mut self, key: String, made: T) {
        if self.0.len() >= MAX_HOSTS {
            self.0.pop_front();
        }
        self.0.push_back((key, made));
    }
}

impl<T> Default for Newest<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<'h> ReplayHosts<'h> {
    /// Loads the candidates.
    pub(super) fn new(
        candidates: &[PathBuf],
        make_host: MakeHost<'h>,
        sandbox: SandboxConfig,
        allows_limits: bool,
    ) -> Result<Self, HostError> {
        let builder = Host::builder().sandbox(sandbox.clone());
        let host = candidates.iter().fold(builder, HostBuilder::plugin_file).build()?;
        let registry = host.registry();
        let file = |name: &str| Some((name.to_owned(), registry.plugin(name).ok()?.plugin().bytes().to_vec()));
        let names: Vec<String> = registry.plugins().map(|plugin| plugin.name().to_owned()).collect();
        let candidates = names.iter().filter_map(|name| file(name)).collect();
        Ok(Self { candidates, make_host, sandbox, allows_limits, kept: Mutex::default() })
    }

    /// Whether a run can depend on a candidate.
    pub(super) fn concern(&self, recording: &Recording) -> bool {
        self.candidates.keys().any(|name| recording.depends_on(name))
    }

    /// The host of a recorded run.
    pub(super) fn of(&self, name: &str, source: &Source) -> Result<Host, ReplayError> {
        let key = key(source);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(host) = kept.find(&key) {
            return Ok(host);
        }
        let host = self.make(name, source)?;
        kept.keep(key, host.clone());
        Ok(host)
    }

    fn make(&self, name: &str, Source { recording, bundle }: &Source) -> Result<Host, ReplayError> {
        let of_bundle = |error| ReplayError::Bundle { path: name.to_owned(), error: Box::new(error) };
        let limits = recording.limits;
        if !self.allows_limits {
            let of_plugins = recording.policies.values().map(|policy| policy.limits(&limits));
            for limits in std::iter::once(limits).chain(of_plugins) {
                let within = limits.within(&Limits::GREATEST_OF_A_FILE);
                within.map_err(|error| of_bundle(HostError::from(error).into()))?;
            }
        }
        let mut builder = Host::builder().limits(limits).sandbox(self.sandbox.clone());
        for (plugin, policy) in &recording.policies {
            builder = builder.policy(plugin, policy.clone());
        }
        let Some(bundle) = bundle else { return Ok(self.of_surroundings(builder)?) };
        let others = recording.plugins.iter().filter(|plugin| !self.candidates.contains_key(&plugin.name));
        for plugin in others {
            let file = Bundle::plugin_file(bundle, &plugin.name).map_err(of_bundle)?;
            builder = builder.plugin_named(&plugin.name, file, "in the bundle");
        }
        let concerned = self.candidates.iter().filter(|(name, _)| recording.depends_on(name));
        for (name, file) in concerned {
            builder = builder.plugin_named(name, file.clone(), "that is the candidate");
        }
        Ok(builder.build()?)
    }

    /// The caller's host, whose plugins of the candidates' names are replaced.
    fn of_surroundings(&self, builder: HostBuilder) -> Result<Host, HostError> {
        let host = (self.make_host)(builder)?;
        let there: BTreeSet<String> = host.registry().plugins().map(|plugin| plugin.name().to_owned()).collect();
        for (name, file) in &self.candidates {
            if there.contains(name) {
                host.unregister(name)?;
            }
            host.register_named(name, file.clone(), "that is the candidate")?;
        }
        Ok(host)
    }
}

/// What two runs have to have in common to run on one host: the plugins' files and what was decided for them. Limits but
/// for the memory are given to each run.
fn key(Source { recording, bundle }: &Source) -> String {
    let plugins = bundle.is_some().then_some(&recording.plugins);
    json!({"plugins": plugins, "policies": recording.policies, "memory": recording.limits.memory_bytes}).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_hosts_are_kept_as_may_be_and_not_one_more() {
        let mut kept = Newest::default();
        (0..MAX_HOSTS).for_each(|number| kept.keep(number.to_string(), number));
        assert_eq!((kept.find("0"), kept.find("3"), kept.find("4")), (Some(0), Some(3), None));
        kept.keep("4".to_owned(), 4);
        assert_eq!((kept.find("0"), kept.find("1"), kept.find("4")), (None, Some(1), Some(4)));
    }
}
