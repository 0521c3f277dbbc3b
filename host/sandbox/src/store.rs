//! What a call's instance can reach: its limits, its log, and, for an orchestrating plugin, the host's missions.

use std::sync::Arc;

use serde_json::Value;
use sortie_engine::{Fuel, StepFailure};
use wasmtime::component::{HasData, Linker};
use wasmtime::{AsContextMut, ResourceLimiter, StoreContextMut};

use crate::backend::MAX_TABLE_ELEMENTS;
use crate::bindings::{log, missions, types};
use crate::call::HostFault;
use crate::convert;

/// What a line of a log takes of the log's limit besides its message.
const LINE_BYTES: usize = 16;

/// A line of a plugin's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// `debug`, `info`, `warn` or `error`.
    pub level: &'static str,
    /// The message.
    pub message: String,
}

/// A mission that a plugin wants run.
#[derive(Debug, Clone, PartialEq)]
pub struct MissionRequest {
    /// Its name.
    pub mission: String,
    /// Its params.
    pub params: Value,
    /// The state it begins with.
    pub initial_state: Value,
    /// The context's metadata.
    pub metadata: Value,
    /// From ids of human steps to answers.
    pub answers: Value,
    /// The fuel that is left to the plugin that asks.
    pub fuel: Fuel,
    /// How many missions this one runs within.
    pub depth: u32,
}

/// A mission that a plugin ran.
#[derive(Debug, Clone, PartialEq)]
pub struct MissionReply {
    /// The result as JSON, or why the mission was rejected.
    pub result: Result<Value, StepFailure>,
    /// The fuel that it used.
    pub fuel: Fuel,
}

/// Who runs missions for plugins: the host.
pub trait MissionHost: Send + Sync {
    /// Runs a mission.
    fn run(&self, request: MissionRequest) -> Result<MissionReply, HostFault>;
}

/// Why a host function or a limit ended a call. It travels through wasmtime as an error, and is told by its type.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Ending {
    #[error("the plugin ended the call: {}", .0.message)]
    Aborted(types::Failure),
    #[error("the plugin wanted more memory than it may have")]
    MemoryLimit,
    #[error("the plugin's call of an import cannot be used: {0}")]
    BadRequest(String),
    #[error("the missions that the plugin ran used up its fuel")]
    OutOfFuel,
    #[error(transparent)]
    Fault(#[from] HostFault),
}

/// The data of a call's store.
pub(crate) struct CallState {
    pub(crate) memory_limit: u64,
    pub(crate) memory_used: u64,
    pub(crate) log: Vec<LogLine>,
    pub(crate) log_left: usize,
    pub(crate) log_truncated: bool,
    pub(crate) missions: Option<Arc<dyn MissionHost>>,
    pub(crate) depth: u32,
    pub(crate) ticks: u64,
}

/// How wasmtime names the data that host functions get.
pub(crate) struct HasCallState;

impl HasData for HasCallState {
    type Data<'a> = &'a mut CallState;
}

impl ResourceLimiter for CallState {
    fn memory_growing(&mut self, current: usize, desired: usize, max: Option<usize>) -> wasmtime::Result<bool> {
        if max.is_some_and(|max| desired > max) {
            // More than the plugin itself declares: it gets the −1 of the specification, and nothing is taken.
            return Ok(false);
        }
        let more = u64::try_from(desired.saturating_sub(current)).unwrap_or(u64::MAX);
        let used = self.memory_used.saturating_add(more);
        if used > self.memory_limit {
            return Err(Ending::MemoryLimit.into());
        }
        self.memory_used = used;
        Ok(true)
    }

    fn memory_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        // A guest that asks for more than its own maximum gets the −1 that the specification gives it, and keeps
        // going; what the operating system denies must not be told apart by a guest.
        if error.downcast_ref::<std::io::Error>().is_some() {
            return Err(Ending::Fault(HostFault::Memory(format!("{error:#}"))).into());
        }
        Ok(())
    }

    fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        if desired > MAX_TABLE_ELEMENTS { Err(Ending::MemoryLimit.into()) } else { Ok(true) }
    }
}

impl types::Host for CallState {}

/// Adds all that a plugin can import.
pub(crate) fn add_to_linker(linker: &mut Linker<CallState>) -> wasmtime::Result<()> {
    types::add_to_linker::<_, HasCallState>(linker, |state| state)?;
    let mut log = linker.instance("sortie:plugin/log@0.1.0")?;
    log.func_wrap("log", |store, (level, message)| write_log(store, level, message))?;
    log.func_wrap("abort", |_, (failure,): (types::Failure,)| -> wasmtime::Result<()> {
        Err(Ending::Aborted(failure).into())
    })?;
    linker
        .instance("sortie:plugin/missions@0.1.0")?
        .func_wrap("run", |store, (request,)| run_mission(store, request).map(|result| (result,)))
}

/// The import `log.log`. What the log has no room for any more costs fuel, one for each byte: it was copied here too,
/// and a plugin must not make the host work for nothing.
fn write_log(mut store: StoreContextMut<'_, CallState>, level: log::Level, message: String) -> wasmtime::Result<()> {
    let state = store.data_mut();
    let level = match level {
        log::Level::Debug => "debug",
        log::Level::Info => "info",
        log::Level::Warn => "warn",
        log::Level::Error => "error",
    };
    // A line takes memory even where it is empty.
    if let Some(left) = state.log_left.checked_sub(message.len() + LINE_BYTES) {
        state.log_left = left;
        state.log.push(LogLine { level, message });
        return Ok(());
    }
    state.log_left = 0;
    state.log_truncated = true;
    let cost = u64::try_from(message.len()).unwrap_or(u64::MAX);
    let fuel = store.get_fuel()?;
    // Without any left, the plugin is stopped where it goes on.
    store.set_fuel(fuel.saturating_sub(cost))
}

/// The import `missions.run`: it needs the store for the caller's fuel.
fn run_mission(
    mut store: StoreContextMut<'_, CallState>,
    request: missions::Request,
) -> wasmtime::Result<Result<String, types::Failure>> {
    let fuel = store.get_fuel()?;
    let state = store.data();
    let (host, depth, ticks) = (state.missions.clone(), state.depth, state.ticks);
    let Some(host) = host else {
        return Ok(Err(types::Failure {
            code: "no_missions".to_owned(),
            message: "this host runs no missions for plugins".to_owned(),
            details: None,
        }));
    };
    let request = convert::mission_request(request, fuel, depth + 1).map_err(Ending::BadRequest)?;
    let reply = host.run(request).map_err(Ending::Fault)?;
    let mut context = store.as_context_mut();
    // What the missions took is theirs, not the caller's: its own time begins anew.
    context.set_epoch_deadline(ticks);
    let Some(left) = fuel.checked_sub(reply.fuel) else {
        context.set_fuel(0)?;
        return Err(Ending::OutOfFuel.into());
    };
    context.set_fuel(left)?;
    Ok(match reply.result {
        Ok(result) => Ok(convert::text(&result)),
        Err(failure) => Err(convert::failure_to_guest(&failure)),
    })
}
