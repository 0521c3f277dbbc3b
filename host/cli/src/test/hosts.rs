//! The hosts that run missions.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::{Map, Value, json};
use sortie_harness::runner::{MissionCall, MissionError, MissionRunner, ScenarioResult};
use sortie_host::{ExecutionContext, Host, HostBuilder, HostError, HumanPolicy, Limits, Registered, SandboxConfig};

use super::coverage::{Coverage, Reached};
use super::limits;
use super::select::Chosen;

/// Makes a host of a builder that says how it executes: the caller registers what comes with the command, and its
/// limits.
pub(crate) type MakeHost<'m> = &'m dyn Fn(HostBuilder) -> Result<Host, HostError>;

/// A host for each set of limits that the calls of the suites have.
#[derive(Debug)]
pub(super) struct Hosts {
    first: Host,
    others: Vec<(Limits, Host)>,
    /// The names of the plugins that were given.
    given: BTreeSet<String>,
}

impl Hosts {
    /// Makes the hosts that scenarios need, with plugins.
    pub(super) fn make(
        make_host: MakeHost<'_>,
        sandbox: &SandboxConfig,
        plugins: &[PathBuf],
        chosen: &[Chosen<'_>],
    ) -> Result<Self, HostError> {
        let bare = |builder: HostBuilder| make_host(builder.sandbox(sandbox.clone()));
        let register = |host: &Host| plugins.iter().try_for_each(|plugin| host.register_path(plugin));
        let first = bare(Host::builder())?;
        let before = first.registry();
        register(&first)?;
        let registry = first.registry();
        let new = registry.plugins().map(Registered::name).filter(|name| before.plugin(name).is_err());
        let given = new.map(str::to_owned).collect();
        let mut hosts = Self { first, others: Vec::new(), given };
        for mission in chosen.iter().flat_map(|chosen| &chosen.scenario.missions) {
            let limits = hosts.limits(&mission.limits).map_err(HostError::Bug)?;
            if hosts.with(&limits).is_none() {
                let host = bare(Host::builder().limits(limits))?;
                register(&host)?;
                hosts.others.push((limits, host));
            }
        }
        Ok(hosts)
    }

    /// What a scenario reached, if anybody wants to know.
    pub(super) fn reached(&self, result: &ScenarioResult) -> Reached {
        if self.given.is_empty() { Reached::default() } else { Reached::by(result, &self.first.registry()) }
    }

    /// What of the given plugins was reached.
    pub(super) fn coverage(&self, reached: &Reached) -> Vec<Coverage> {
        let registry = self.first.registry();
        let given = registry.plugins().filter(|plugin| self.given.contains(plugin.name()));
        given.map(|plugin| reached.coverage(plugin)).collect()
    }

    fn limits(&self, limits: &Map<String, Value>) -> Result<Limits, String> {
        if limits.is_empty() {
            return Ok(*self.first.limits());
        }
        limits::overridden(self.first.limits(), limits)
            .map_err(|(name, reason)| format!("the limit `{name}`: {reason}"))
    }

    fn with(&self, limits: &Limits) -> Option<&Host> {
        if self.first.limits() == limits {
            return Some(&self.first);
        }
        self.others.iter().find(|(of, _)| of == limits).map(|(_, host)| host)
    }

    fn try_run(&self, call: &MissionCall<'_>) -> Result<Value, HostError> {
        let limits = self.limits(call.limits).map_err(HostError::Bug)?;
        let host = self.with(&limits).ok_or_else(|| HostError::Bug("no host has these limits".to_owned()))?;
        let context = ExecutionContext::new(call.initial_state.clone())?.with_metadata(call.metadata.clone())?;
        let answers = call.answers.iter().map(|(step, answer)| (step.clone(), answer.clone())).collect();
        let session = host.start_mission(call.mission, &context, call.params)?;
        let completed = session.finish(&HumanPolicy::AnswersOrMark(answers))?;
        serde_json::to_value(completed.result).map_err(|error| HostError::Bug(error.to_string()))
    }
}

impl MissionRunner for Hosts {
    fn run(&self, call: &MissionCall<'_>) -> Result<Value, MissionError> {
        self.try_run(call).map_err(|error| match error {
            HostError::Fault(_) | HostError::Bug(_) => MissionError::HostFault { message: error.to_string() },
            HostError::Plugin { .. }
            | HostError::PluginFile { .. }
            | HostError::PolicyMemory { .. }
            | HostError::Registry(_)
            | HostError::InvalidParams { .. }
            | HostError::InvalidPayload { .. }
            | HostError::ParamsTooLarge { .. }
            | HostError::ParamsNotIJson(_)
            | HostError::BuildFailed { .. }
            | HostError::Workflow(_)
            | HostError::Context(_)
            | HostError::Start(_)
            | HostError::Decision(_)
            | HostError::Waiting { .. } => MissionError::Rejected {
                code: error.code().to_owned(),
                message: error.to_string(),
                details: error.help().map(|help| json!({"help": help})),
            },
        })
    }
}
