//! Where in a plugin a call was ended. For people: nothing of it enters a result.

use sortie_json::{MAX_MESSAGE_BYTES, excerpt};
use wasmtime::{ExternType, FrameInfo, WasmBacktrace};

/// A function of the plugin that had not returned when the call was ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Its index in its core module, imports counted.
    pub function: u32,
    /// Whether that is the main module: the one that exports the interface's functions.
    pub main: bool,
    /// Its name, as the module's own name section has it.
    pub name: Option<String>,
}

/// The frames that wasmtime found, innermost first. The function that ends a call whose stack is used up is none of the
/// plugin's.
pub(crate) fn of(error: &wasmtime::Error) -> Vec<Frame> {
    frames(error).iter().filter(|frame| !is_stop(frame)).map(frame_of).collect()
}

/// Whether a trap is the one that ends a call whose stack is used up.
pub(crate) fn is_stack_limit(error: &wasmtime::Error) -> bool {
    frames(error).first().is_some_and(is_stop)
}

fn frames(error: &wasmtime::Error) -> &[FrameInfo] {
    error.downcast_ref::<WasmBacktrace>().map(WasmBacktrace::frames).unwrap_or_default()
}

/// Whether a frame is of the function that [`metered`](crate::stack::metered) adds to each module as its last.
fn is_stop(frame: &FrameInfo) -> bool {
    let module = frame.module();
    let imported = module.imports().filter(|import| matches!(import.ty(), ExternType::Func(_))).count();
    let all = imported + module.functions().len();
    usize::try_from(frame.func_index()).is_ok_and(|index| index + 1 == all)
}

fn frame_of(frame: &FrameInfo) -> Frame {
    let mut exports = frame.module().exports();
    Frame {
        function: frame.func_index(),
        main: exports.any(|export| export.name().starts_with("sortie:plugin/mission@")),
        // It stands in the file, and is as long as that allows.
        name: frame.func_name().map(|name| excerpt(name, MAX_MESSAGE_BYTES).into_owned()),
    }
}
