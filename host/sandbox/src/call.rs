//! Making a call, and telling how it ended.

use std::sync::Arc;

use serde_json::{Value, json};
use sortie_engine::{Call, FailureKind, Fuel, Function, Limits, Outcome, StepFailure};
use sortie_interface::Manifest;
use wasmtime::component::Instance;
use wasmtime::{OutOfMemory, Store, Trap};

use crate::abi;
use crate::backend::Sandbox;
use crate::bounds::MAX_HANDLES;
use crate::convert;
use crate::entry::Entry;
use crate::fault::HostFault;
use crate::missions::MissionHost;
use crate::profile::{FuelProfile, Recorder};
use crate::rejection::PluginRejection;
use crate::stacks::on_guest_stack;
use crate::store::{CallState, Ending, LogLine};
use crate::timed;
use crate::trace::{self, Frame};
use crate::trap;
use crate::watchdog::Deadline;

/// What a call is made within: the missions around it, and those that it may run.
#[derive(Clone, Default)]
pub struct Nesting {
    /// Who runs missions for the plugin, if anybody.
    pub missions: Option<Arc<dyn MissionHost>>,
    /// How many missions the call's own runs within.
    pub depth: u32,
    /// When the outermost call has to be over; nothing, where this is that call.
    pub deadline: Option<Deadline>,
}

impl std::fmt::Debug for Nesting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Nesting").field("depth", &self.depth).finish_non_exhaustive()
    }
}

/// How a call ended, with what is no part of its result.
#[derive(Debug, Clone, PartialEq)]
pub struct CallReport {
    /// How it ended.
    pub outcome: Outcome,
    /// The fuel that it used.
    pub fuel: Fuel,
    /// The most memory that the instance had, in bytes: all its linear memories together.
    pub memory_bytes: u64,
    /// Where in the plugin the call was ended, innermost first; empty when the plugin returned.
    pub trace: Vec<Frame>,
    /// What it logged.
    pub log: Vec<LogLine>,
    /// Whether it logged more than its limit.
    pub log_truncated: bool,
    /// Which functions used the fuel, where the sandbox is asked for it ([`SandboxConfig::profile`](crate::SandboxConfig::profile)).
    pub profile: Option<FuelProfile>,
}

struct CallEnd<T> {
    outcome: Result<T, StepFailure>,
    fuel: Fuel,
    trace: Vec<Frame>,
    state: CallState,
}

impl<T> CallEnd<T> {
    /// The report, where what the plugin returned is one of our own types.
    fn report(self, own: impl FnOnce(T) -> Result<Outcome, StepFailure>) -> CallReport {
        let _timed = timed!("convert");
        CallReport {
            outcome: self.outcome.and_then(own).unwrap_or_else(Outcome::Failed),
            fuel: self.fuel,
            memory_bytes: self.state.memory_used,
            trace: self.trace,
            log: self.state.log,
            log_truncated: self.state.log_truncated,
            profile: self.state.recorder.map(Recorder::into_profile),
        }
    }
}

pub(crate) fn call(
    sandbox: &Sandbox,
    component: &Entry,
    call: &Call,
    nesting: &Nesting,
) -> Result<CallReport, HostFault> {
    let (limits, fuel) = (&call.limits, call.fuel);
    match &call.function {
        Function::Build { mission, params } => {
            let ended = enter(sandbox, component, limits, nesting, fuel, |instance, store| {
                component.build(instance, store, mission, params.as_str())
            })?;
            Ok(ended.report(|returned| {
                let workflow = returned.map_err(|failure| said(failure, limits))?;
                fits(convert::workflow_bytes(&workflow), limits)?;
                convert::workflow(workflow, limits).map(Outcome::Built)
            }))
        }
        Function::Execute(input) => {
            let input = convert::operation_input(input, call.seed());
            let ended = enter(sandbox, component, limits, nesting, fuel, |instance, store| {
                component.execute(instance, store, input)
            })?;
            Ok(ended.report(|returned| {
                let output = returned.map_err(|failure| said(failure, limits))?;
                let returned = convert::OperationReturn::from(output);
                fits(returned.bytes(), limits)?;
                returned.into_output(limits).map(Outcome::Executed)
            }))
        }
    }
}

pub(crate) fn describe(sandbox: &Sandbox, component: &Entry) -> Result<Manifest, PluginRejection> {
    let limits = Limits::default();
    let ended = enter(sandbox, component, &limits, &Nesting::default(), limits.fuel_per_call, |instance, store| {
        component.describe(instance, store)
    })?;
    let manifest: abi::Manifest =
        ended.outcome.map_err(|failure| PluginRejection::Describe { message: failure.message })?;
    convert::manifest(manifest).map_err(PluginRejection::Manifest)
}

/// A plugin's failure as a step's, within the limits: it goes into the result as an output does.
fn said(failure: abi::Failure, limits: &Limits) -> StepFailure {
    match fits(convert::failure_bytes(&failure), limits) {
        Ok(()) => convert::failure(failure, limits),
        Err(too_large) => too_large,
    }
}

fn fits(size: usize, limits: &Limits) -> Result<(), StepFailure> {
    let limit = limits.output_bytes;
    if u64::try_from(size).unwrap_or(u64::MAX) <= limit {
        return Ok(());
    }
    let message = format!("the plugin returned {size} bytes, more than the limit of {limit}");
    Err(convert::rejected("output_too_large", message))
}

/// Makes an instance, calls it once, and throws it away.
fn enter<T>(
    sandbox: &Sandbox,
    component: &Entry,
    limits: &Limits,
    nesting: &Nesting,
    fuel: Fuel,
    call: impl FnOnce(&Instance, &mut Store<CallState>) -> wasmtime::Result<T>,
) -> Result<CallEnd<T>, HostFault> {
    // A mission within a mission has its place in the pool through the outermost one: waiting for another place
    // while holding one could go on for ever.
    let _turn = (nesting.depth == 0).then(|| sandbox.0.gate.enter());
    let made = on_guest_stack(|| made(sandbox, component, limits, nesting, fuel, call), went_not_deep);
    made.map_err(|error| HostFault::Memory(error.to_string()))?
}

/// The fuel of a call that cannot have touched more than a few pages of its stack.
const SHALLOW_FUEL: Fuel = 1_000_000;

fn went_not_deep<T>(ended: &Result<CallEnd<T>, HostFault>) -> bool {
    ended.as_ref().is_ok_and(|ended| ended.fuel < SHALLOW_FUEL)
}

/// The same, on a stack that has room for it.
fn made<T>(
    sandbox: &Sandbox,
    component: &Entry,
    limits: &Limits,
    nesting: &Nesting,
    fuel: Fuel,
    call: impl FnOnce(&Instance, &mut Store<CallState>) -> wasmtime::Result<T>,
) -> Result<CallEnd<T>, HostFault> {
    let deadline = nesting.deadline.unwrap_or_else(|| sandbox.0.watchdog.deadline());
    let ticks = deadline.ticks_left().ok_or(HostFault::Watchdog)?;
    let state = CallState {
        // A pool has no room for more than it was made for; without a pool it is the same.
        memory_limit: limits.memory_bytes.min(sandbox.0.memory_bytes),
        memory_used: 0,
        vain_growths: 0,
        log: Vec::new(),
        log_left: usize::try_from(limits.log_bytes).unwrap_or(usize::MAX),
        log_truncated: false,
        missions: nesting.missions.clone(),
        depth: nesting.depth,
        limits: *limits,
        deadline,
        recorder: component.recorder(),
    };
    let mut store = Store::new(&sandbox.0.engine, state);
    store.limiter(|state| state);
    let fault = |error: wasmtime::Error| HostFault::Engine(format!("{error:#}"));
    store.set_fuel(fuel.saturating_add(component.copying())).map_err(fault)?;
    store.set_hostcall_fuel(lifted_bytes(limits));
    store.set_max_component_handles(MAX_HANDLES);
    store.set_epoch_deadline(ticks);
    let instantiated = {
        let _timed = timed!("instantiate");
        component.instantiate(&mut store)
    };
    let executing = timed!("execute");
    let (returned, trace) = match instantiated {
        Err(error) => (Err(ending(&error, Stage::Instantiating, limits)?), trace::of(&error)),
        Ok(instance) => match call(&instance, &mut store) {
            Ok(value) => (Ok(value), Vec::new()),
            Err(error) => (Err(ending(&error, Stage::Calling, limits)?), trace::of(&error)),
        },
    };
    drop(executing);
    let left = store.get_fuel().map_err(fault)?;
    let spent = match &returned {
        // Wasmtime keeps the count in a register, and what was burnt last is lost where a trap or a limit ends
        // the call; so the whole budget is charged, which is the same on every backend.
        Err(failure) if takes_all(failure.kind) => fuel,
        Ok(_) | Err(_) => fuel.saturating_sub(left),
    };
    Ok(CallEnd { outcome: returned, fuel: spent, trace, state: store.into_data() })
}

/// Whether a call that ended so is charged all the fuel that it could have used.
fn takes_all(kind: FailureKind) -> bool {
    matches!(kind, FailureKind::OutOfFuel | FailureKind::Trap | FailureKind::MemoryLimit | FailureKind::StackLimit)
}

/// What wasmtime may allocate for what a guest passes: lists have elements, which take more here than there.
fn lifted_bytes(limits: &Limits) -> usize {
    usize::try_from(limits.output_bytes).unwrap_or(usize::MAX).saturating_mul(8).saturating_add(1 << 20)
}

#[derive(Clone, Copy)]
enum Stage {
    Instantiating,
    Calling,
}

/// Tells how a call ended from the type of wasmtime's error, never from its text.
fn ending(error: &wasmtime::Error, stage: Stage, limits: &Limits) -> Result<StepFailure, HostFault> {
    let failed = |kind, message: &str, details| Ok(StepFailure { kind, message: message.to_owned(), details });
    if let Some(ending) = error.downcast_ref::<Ending>() {
        return match ending {
            Ending::Aborted(failure) => Ok(said(failure.clone(), limits)),
            Ending::MemoryLimit => {
                failed(FailureKind::MemoryLimit, "the plugin wanted more memory than it may have", Value::Null)
            }
            Ending::OutOfFuel => failed(FailureKind::OutOfFuel, "the missions within used up the fuel", Value::Null),
            Ending::BadRequest(message) => Ok(convert::rejected("bad_request", message.clone())),
            Ending::Fault(fault) => Err(fault.clone()),
        };
    }
    if let Some(trap) = error.downcast_ref::<Trap>() {
        return match trap {
            Trap::UnreachableCodeReached if trace::is_stack_limit(error) => {
                failed(FailureKind::StackLimit, "the plugin called itself more deeply than it may", Value::Null)
            }
            Trap::OutOfFuel => failed(FailureKind::OutOfFuel, "the plugin used up its fuel", Value::Null),
            Trap::StackOverflow => Err(HostFault::Stack),
            Trap::Interrupt => Err(HostFault::Watchdog),
            other => {
                let (code, words) = trap::described(*other);
                failed(FailureKind::Trap, &format!("the plugin trapped: {words}"), json!({"trap": code}))
            }
        };
    }
    if let Some(shortage) = error.downcast_ref::<OutOfMemory>() {
        return Err(HostFault::Memory(shortage.to_string()));
    }
    let is_running = !trace::of(error).is_empty();
    match stage {
        // What the plugin's own code does while it is instantiated, in a start function, is not the host's fault.
        Stage::Instantiating | Stage::Calling if is_running => {
            let message = "what the plugin passed to the host, or from one of its parts to another, does not fit the \
                           interface or is too large";
            Ok(convert::rejected("malformed_request", message.to_owned()))
        }
        Stage::Instantiating => Err(HostFault::Instantiate(format!("{error:#}"))),
        // Wasmtime found strings, lists or variants that the plugin returned to be none, or to be more than it may lift.
        Stage::Calling => {
            Ok(convert::rejected("malformed_output", "what the plugin returned does not fit the interface".to_owned()))
        }
    }
}
