//! Where in a plugin a call was ended. For people: nothing of it enters a result.

use wasmtime::{FrameInfo, WasmBacktrace};

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

/// The frames that wasmtime found, innermost first.
pub(crate) fn of(error: &wasmtime::Error) -> Vec<Frame> {
    let backtrace = error.downcast_ref::<WasmBacktrace>();
    backtrace.map(|backtrace| backtrace.frames().iter().map(frame).collect()).unwrap_or_default()
}

fn frame(frame: &FrameInfo) -> Frame {
    let mut exports = frame.module().exports();
    Frame {
        function: frame.func_index(),
        main: exports.any(|export| export.name().starts_with("sortie:plugin/mission@")),
        name: frame.func_name().map(str::to_owned),
    }
}
