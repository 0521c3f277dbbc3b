//! The hosts that run missions.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value, json};
use sortie_harness::runner::{MissionCall, MissionError, MissionRunner, ScenarioResult};
use sortie_host::{
    Answer, EndedRun, ExecutionContext, Host, HostBuilder, HostError, HumanPolicy, Limits, RegisteredPlugin, Registry,
    Remark, RunEnd, SandboxConfig, SavedCall,
};

use crate::call_failure::CallFailure;
use crate::coverage::{Coverage, Reach};
use crate::error::TestError;
use sortie_json::nearest;

use crate::limits;
use crate::load::Suite;

/// Makes a host of a builder that says how it executes: the caller registers what comes with the command, and its
/// limits.
pub type MakeHost<'m> = &'m (dyn Fn(HostBuilder) -> Result<Host, HostError> + Sync);

/// What there is to say of a mission besides its result.
pub(crate) enum Observation<'o> {
    /// What whoever runs it should know of it.
    Remarks(&'o [Remark]),
    /// The call of a given plugin that it failed at.
    FailedCall(CallFailure<'o>),
}

/// What runs missions, each within its own limits.
#[derive(Debug)]
pub(crate) struct Hosts {
    host: Host,
    /// The limits of a call that says nothing else.
    limits: Limits,
    /// The names of the plugins that were given.
    given: BTreeSet<String>,
    /// What the latest mission started from.
    latest: Mutex<Option<ExecutionContext>>,
}

impl Hosts {
    /// Makes what scenarios need, with plugins.
    pub(crate) fn make(
        make_host: MakeHost<'_>,
        sandbox: &SandboxConfig,
        plugins: &[PathBuf],
        suites: &[Suite],
    ) -> Result<Self, HostError> {
        let limits = Limits::default();
        let sets = suites.iter().flat_map(|suite| suite.test_run.limits());
        let mut memory = sets.map(|set| over(&limits, set).map(|limits| limits.memory_bytes));
        // Hosts with other limits share the instances of this one, which have to have room for the most of them.
        let most = memory.try_fold(limits.memory_bytes, |most, memory| memory.map(|memory| most.max(memory)))?;
        let builder = Host::builder().limits(Limits { memory_bytes: most, ..limits }).sandbox(sandbox.clone());
        let host = make_host(builder)?;
        let before = host.registry();
        plugins.iter().try_for_each(|plugin| host.register_path(plugin))?;
        let registry = host.registry();
        let new = registry.plugins().map(RegisteredPlugin::name).filter(|name| before.plugin(name).is_err());
        let given = new.map(str::to_owned).collect();
        Ok(Self { host, limits, given, latest: Mutex::default() })
    }

    /// The plugins that it has.
    pub(crate) fn registry(&self) -> Arc<Registry> {
        self.host.registry()
    }

    /// Whether a plugin was given, and does not come with the caller's host.
    pub(crate) fn is_given(&self, plugin: &str) -> bool {
        self.given.contains(plugin)
    }

    /// Gives a plugin by its bytes, in the place of the one of its name.
    pub(crate) fn replace(&mut self, name: &str, file: Vec<u8>) -> Result<(), HostError> {
        if self.host.registry().plugin(name).is_ok() {
            self.host.unregister(name)?;
        }
        self.host.register_named(name, file, "that was changed")?;
        self.given.insert(name.to_owned());
        Ok(())
    }

    /// Skips the scenarios of suites that are about plugins which are not registered.
    ///
    /// A name that is near that of a plugin which is registered was misspelt: that is an error.
    pub(crate) fn skip_without_plugins(&self, suites: &mut [Suite]) -> Result<(), TestError> {
        let registry = self.host.registry();
        for suite in suites {
            let missing = suite.test_run.requires().iter().find(|name| registry.plugin(name).is_err()).cloned();
            if let Some(name) = &missing {
                if let Some(near) = nearest(name, registry.plugins().map(RegisteredPlugin::name)) {
                    return Err(TestError::MisspeltPlugin {
                        file: suite.file.clone(),
                        name: name.clone(),
                        near: near.to_owned(),
                    });
                }
                suite.test_run.skip_all(&format!("the plugin `{name}` is not registered"));
            }
            suite.missing_plugin = missing;
        }
        Ok(())
    }

    /// What a scenario reached, if anybody wants to know.
    pub(crate) fn reached(&self, result: &ScenarioResult) -> Reach {
        if self.given.is_empty() { Reach::default() } else { Reach::by(result, &self.host.registry()) }
    }

    /// What of the given plugins was reached.
    pub(crate) fn coverage(&self, reached: &Reach) -> Vec<Coverage> {
        let registry = self.host.registry();
        let given = registry.plugins().filter(|plugin| self.given.contains(plugin.name()));
        given.map(|plugin| reached.coverage(plugin)).collect()
    }

    /// Whether plugins were given, whose coverage is told.
    pub(crate) fn tells_coverage(&self) -> bool {
        !self.given.is_empty()
    }

    /// Runs a mission, and tells what there is to say of it besides how it ended.
    pub(crate) fn run_observed(
        &self,
        call: &MissionCall<'_>,
        note: &mut dyn FnMut(Observation<'_>),
    ) -> Result<RunEnd, MissionError> {
        self.try_run(call, note).map_err(|error| {
            if let HostError::BuildFailed { call: failed, failure, .. } = &error {
                self.note(failed, None, &failure.details, note);
            }
            rejected(error)
        })
    }

    fn try_run(&self, call: &MissionCall<'_>, note: &mut dyn FnMut(Observation<'_>)) -> Result<RunEnd, HostError> {
        let host = self.host.with_limits(over(&self.limits, call.limits)?);
        let context = self.context(call)?;
        let answer = |(step, answer): (&String, &Value)| match Answer::read(answer) {
            Ok(answer) => Ok((step.clone(), answer)),
            Err(error) => Err(HostError::Answer { step: step.clone(), error }),
        };
        let script = call.answers.iter().map(answer).collect::<Result<_, _>>()?;
        let draft = host.build_mission(call.mission, call.params)?;
        note(Observation::Remarks(draft.remarks()));
        let EndedRun { end, failed, .. } = draft.start(&context)?.run_to_end(&HumanPolicy::Script(script))?;
        if let Some(failed) = failed.as_deref() {
            let builder = end.mission().map(|mission| mission.plugin.as_str());
            self.note(failed, builder, end.error_details(), note);
        }
        Ok(end)
    }

    /// What the mission starts from: that of the mission before, where it is the same. The scenarios of a suite often have
    /// one state, and to compare it takes less than to copy, check, measure and hash it.
    fn context(&self, call: &MissionCall<'_>) -> Result<ExecutionContext, HostError> {
        let latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let is_same = |context: &ExecutionContext| {
            (context.initial_state(), context.metadata()) == (call.initial_state, call.metadata)
        };
        if let Some(latest) = latest.filter(is_same) {
            return Ok(latest);
        }
        let context = ExecutionContext::new(call.initial_state.clone())?.with_metadata(call.metadata.clone())?;
        *self.latest.lock().unwrap_or_else(PoisonError::into_inner) = Some(context.clone());
        Ok(context)
    }

    fn note(&self, failed: &SavedCall, builder: Option<&str>, details: &Value, note: &mut dyn FnMut(Observation<'_>)) {
        if self.given.contains(&failed.call.plugin.name) {
            note(Observation::FailedCall(CallFailure { host: &self.host, failed, builder, details, saved: None }));
        }
    }
}

fn over(base: &Limits, limits: &Map<String, Value>) -> Result<Limits, HostError> {
    if limits.is_empty() {
        return Ok(*base);
    }
    limits::overridden(base, limits).map_err(|(name, reason)| HostError::Bug(format!("the limit `{name}`: {reason}")))
}

impl MissionRunner for Hosts {
    fn run(&self, call: &MissionCall<'_>) -> Result<Value, MissionError> {
        self.run_observed(call, &mut |_| ()).map(|end| end.into_result().into_json())
    }
}

fn rejected(error: HostError) -> MissionError {
    match error {
        HostError::Fault(_) | HostError::Bug(_) => MissionError::HostFault { message: error.to_string() },
        HostError::Plugin { .. }
        | HostError::Orchestrates { .. }
        | HostError::PluginFile { .. }
        | HostError::Limit(_)
        | HostError::PolicyMemory { .. }
        | HostError::PolicyOfNothing { .. }
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
        | HostError::Waiting { .. }
        | HostError::Cancelled { .. }
        | HostError::NeverExpires { .. }
        | HostError::Answer { .. } => MissionError::Rejected {
            code: error.code().to_owned(),
            message: error.to_string(),
            details: error.help().map(|help| json!({"help": help})),
        },
    }
}
