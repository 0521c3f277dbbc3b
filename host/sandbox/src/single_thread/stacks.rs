//! Native stacks for guests, where the host is WebAssembly itself: there is one stack, and the interpreter keeps the frames
//! of a guest elsewhere.

use std::io;

/// Does something on the only stack that there is.
#[expect(clippy::unnecessary_wraps, reason = "a stack of one's own can be refused")]
pub(crate) fn on_guest_stack<R>(work: impl FnOnce() -> R, _keep: impl FnOnce(&R) -> bool) -> io::Result<R> {
    Ok(work())
}
