//! What a call's instance can reach: its limits, its log, and, for an orchestrating plugin, the host's missions.

use std::sync::Arc;

use sortie_engine::{Fuel, Limits};
use sortie_interface::INTERFACE_VERSIONS;
use wasmtime::component::{ComponentType, Lift, Linker, WasmStr};
use wasmtime::{ResourceLimiter, StoreContextMut};

use crate::abi::{Failure, Level};
use crate::bounds::MAX_TABLE_ELEMENTS;
use crate::convert;
use crate::fault::HostFault;
use crate::missions::{MissionHost, RequestTexts};
use crate::profile::Recorder;
use crate::watchdog::Deadline;

/// What a line of a log takes of the log's limit besides its message.
const LINE_BYTES: usize = 16;

/// What a line costs that the log has no room for, besides one unit for each byte of it: the host is called for it.
const LOST_LINE_FUEL: Fuel = 500;

/// How often memory or a table may be asked to grow in vain: each time the host is called, and the plugin pays next to
/// nothing. An allocator asks once.
const MOST_VAIN_GROWTHS: u32 = 10_000;

/// What it costs to ask for a mission, besides one unit for each byte of the request and of the reply: the host looks
/// up names, checks a schema and makes instances for it, whatever comes of it.
const REQUEST_FUEL: Fuel = 2_000;

/// A line of a plugin's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// `debug`, `info`, `warn` or `error`.
    pub level: &'static str,
    /// The message.
    pub message: String,
}

/// A request as it lies in the plugin's memory: nothing of it is copied before its size is known.
#[derive(ComponentType, Lift)]
#[component(record)]
struct Request {
    mission: WasmStr,
    params: WasmStr,
    #[component(name = "initial-state")]
    initial_state: WasmStr,
    metadata: WasmStr,
    answers: WasmStr,
}

/// Why a host function or a limit ended a call. It travels through wasmtime as an error, and is told by its type.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Ending {
    #[error("the plugin ended the call: {}", .0.message)]
    Aborted(Failure),
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
    /// How often memory or a table was asked to grow in vain.
    pub(crate) vain_growths: u32,
    pub(crate) log: Vec<LogLine>,
    pub(crate) log_left: usize,
    pub(crate) log_truncated: bool,
    pub(crate) missions: Option<Arc<dyn MissionHost>>,
    pub(crate) depth: u32,
    pub(crate) limits: Limits,
    pub(crate) deadline: Deadline,
    /// What the plugin tells of its fuel, if it does.
    pub(crate) recorder: Option<Recorder>,
}

impl CallState {
    fn grows_in_vain(&mut self) -> wasmtime::Result<()> {
        self.vain_growths = self.vain_growths.saturating_add(1);
        if self.vain_growths > MOST_VAIN_GROWTHS { Err(Ending::MemoryLimit.into()) } else { Ok(()) }
    }
}

impl ResourceLimiter for CallState {
    fn memory_growing(&mut self, current: usize, desired: usize, max: Option<usize>) -> wasmtime::Result<bool> {
        if max.is_some_and(|max| desired > max) {
            // More than the plugin itself declares: it gets the −1 of the specification, and nothing is taken.
            return self.grows_in_vain().map(|()| false);
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
        denied(&error)?;
        self.grows_in_vain()
    }

    fn table_growing(&mut self, current: usize, desired: usize, max: Option<usize>) -> wasmtime::Result<bool> {
        if let Some(recorder) = self.recorder.as_mut().filter(|recorder| recorder.is_told_by(max)) {
            recorder.take(desired.saturating_sub(current));
            // Made without elements, it stays so.
            return Ok(desired == 0);
        }
        if desired > MAX_TABLE_ELEMENTS { Err(Ending::MemoryLimit.into()) } else { Ok(true) }
    }

    fn table_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        denied(&error)?;
        self.grows_in_vain()
    }
}

/// Why memory or a table did not grow although this limiter allowed it. Growing past what its type can have gives a
/// guest the −1 of the specification, which wasmtime tells with a message of its own and nothing below it; everything
/// else is the machine's shortage, and must not be told apart by a guest.
fn denied(error: &wasmtime::Error) -> wasmtime::Result<()> {
    if error.downcast_ref::<&'static str>().is_some() || error.downcast_ref::<String>().is_some() {
        return Ok(());
    }
    Err(Ending::Fault(HostFault::Memory(format!("{error:#}"))).into())
}

/// Adds all that a plugin can import: these interfaces are the same in every version.
pub(crate) fn add_to_linker(linker: &mut Linker<CallState>) -> wasmtime::Result<()> {
    for version in INTERFACE_VERSIONS {
        // It has types alone.
        linker.instance(&format!("sortie:plugin/types@{version}"))?;
        let mut log = linker.instance(&format!("sortie:plugin/log@{version}"))?;
        log.func_wrap("log", |store, (level, message): (Level, WasmStr)| write_log(store, level, message))?;
        log.func_wrap("abort", |_, (failure,): (Failure,)| -> wasmtime::Result<()> {
            Err(Ending::Aborted(failure).into())
        })?;
        linker
            .instance(&format!("sortie:plugin/missions@{version}"))?
            .func_wrap("run", |store, (request,)| run_mission(store, request).map(|result| (result,)))?;
    }
    Ok(())
}

/// The import `log.log`. What the log has no room for any more costs fuel, for each line and each byte: it was read here too,
/// and a plugin must not make the host work for nothing. It is copied only where it is kept.
fn write_log(mut store: StoreContextMut<'_, CallState>, level: Level, message: WasmStr) -> wasmtime::Result<()> {
    let level = match level {
        Level::Debug => "debug",
        Level::Info => "info",
        Level::Warn => "warn",
        Level::Error => "error",
    };
    let message = message.to_str(&store)?;
    let length = message.len();
    // A line takes memory even where it is empty.
    if let Some(left) = store.data().log_left.checked_sub(length + LINE_BYTES) {
        let message = message.into_owned();
        let state = store.data_mut();
        state.log_left = left;
        state.log.push(LogLine { level, message });
        return Ok(());
    }
    let state = store.data_mut();
    state.log_left = 0;
    state.log_truncated = true;
    let fuel = store.get_fuel()?;
    // Without any left, the plugin is stopped where it goes on.
    store.set_fuel(fuel.saturating_sub(fuel_for(length).saturating_add(LOST_LINE_FUEL)))
}

/// What the host's work on so many bytes costs: one unit each.
fn fuel_for(bytes: usize) -> Fuel {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

/// Takes fuel, and ends the call where there is not so much.
fn pay(store: &mut StoreContextMut<'_, CallState>, cost: Fuel) -> wasmtime::Result<Fuel> {
    let left = store.get_fuel()?.checked_sub(cost);
    store.set_fuel(left.unwrap_or(0))?;
    left.ok_or_else(|| Ending::OutOfFuel.into())
}

/// The import `missions.run`: it needs the store for the caller's fuel.
fn run_mission(
    mut store: StoreContextMut<'_, CallState>,
    request: Request,
) -> wasmtime::Result<Result<String, Failure>> {
    let limits = store.data().limits;
    let Some(host) = store.data().missions.clone() else {
        return Ok(Err(Failure {
            code: "no_missions".to_owned(),
            message: "this host runs no missions for plugins".to_owned(),
            details: None,
        }));
    };
    let (depth, deadline) = (store.data().depth + 1, store.data().deadline);
    let (cost, request) = {
        let text = |text: &WasmStr| text.to_str(&store);
        let (mission, params, metadata) = (text(&request.mission)?, text(&request.params)?, text(&request.metadata)?);
        let (initial_state, answers) = (text(&request.initial_state)?, text(&request.answers)?);
        let texts = RequestTexts {
            mission: &mission,
            params: &params,
            initial_state: &initial_state,
            metadata: &metadata,
            answers: &answers,
        };
        let cost = REQUEST_FUEL.saturating_add(fuel_for(texts.bytes()));
        // Nothing is parsed that is not paid for, or is larger than it may be.
        let request = match (store.get_fuel()?.checked_sub(cost), texts.too_large(&limits)) {
            (None, _) => None,
            (Some(_), Some(failure)) => Some(Err(failure)),
            (Some(fuel), None) => {
                let request = convert::mission_request(&texts, &limits, fuel, depth, deadline);
                Some(Ok(request.map_err(|unread| Ending::BadRequest(unread.message))?))
            }
        };
        (cost, request)
    };
    pay(&mut store, cost)?;
    let reply = match request {
        None => return Err(Ending::OutOfFuel.into()),
        Some(Err(failure)) => return Ok(Err(failure)),
        Some(Ok(request)) => host.run(request).map_err(Ending::Fault)?,
    };
    // What the missions took of the time is theirs, not the caller's; but all have to be over in time.
    let ticks = deadline.ticks_left().ok_or(Ending::Fault(HostFault::Watchdog))?;
    store.set_epoch_deadline(ticks);
    pay(&mut store, reply.fuel)?;
    let result = match reply.result {
        Ok(result) => Ok(convert::text(&result)),
        Err(failure) => Err(convert::failure_to_guest(&failure)),
    };
    pay(&mut store, result.as_ref().map_or(0, |text| fuel_for(text.len())))?;
    Ok(result)
}
