//! Native stacks for guests: each thread keeps one, since to make one takes about as long as a short call does.

use std::cell::Cell;
use std::io;

use corosensei::on_stack;
use corosensei::stack::DefaultStack;

use crate::bounds::{GUEST_STACK_BYTES, HOST_STACK_BYTES};

thread_local! {
    static SPARE: Cell<Option<DefaultStack>> = const { Cell::new(None) };
}

/// Does something on a stack with room for a guest, and tells whether the stack is to be kept: one that a guest went
/// deep into holds on to the memory that it touched.
pub(crate) fn on_guest_stack<R>(work: impl FnOnce() -> R, keep: impl FnOnce(&R) -> bool) -> io::Result<R> {
    let mut stack = match SPARE.take() {
        Some(stack) => stack,
        None => DefaultStack::new(GUEST_STACK_BYTES + HOST_STACK_BYTES)?,
    };
    let result = on_stack(&mut stack, work);
    if keep(&result) {
        SPARE.set(Some(stack));
    }
    Ok(result)
}
