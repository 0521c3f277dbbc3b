//! The pure state machine that turns a workflow into a result.
//!
//! No wasm, no I/O, no clock, no threads: the engine says what it wants next and is told what happened.

pub mod json;
