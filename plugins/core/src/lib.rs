//! The plugin `core`: the operations that every mission can use by their short names, and the mission `workflow`,
//! which composes operations without a builder of its own.
//!
//! | operation | does |
//! |---|---|
//! | [`noop`] | nothing |
//! | [`fail`] | fails the step |
//! | [`set`], [`append`], [`remove`] | one place of the state |
//! | [`merge`] | a JSON Merge Patch (RFC 7396) |
//! | [`patch`] | a JSON Patch (RFC 6902) |
//! | [`copy`], `move` | from one place to another |
//! | [`calc`] | an arithmetic and comparison expression |
//! | [`assert`](mod@assert) | an expectation as a step |
//!
//! Each is in a module of its own. Places are JSON Pointers (RFC 6901), and an operation sees and changes only those
//! that its payload names. A failure has a code of its own; where the state does not allow what was asked but no
//! operation has to look to find out (the parent of a place is not there, say), the host rejects the change.

pub mod append;
pub mod assert;
pub mod calc;
pub mod copy;
pub mod fail;
pub mod merge;
pub mod r#move;
mod nearest;
pub mod noop;
pub mod patch;
pub mod remove;
pub mod set;
mod state;
#[cfg(test)]
mod testing;
pub mod workflow;

use sortie_plugin_sdk::plugin;

plugin!(
    name: "core",
    missions: [workflow::workflow],
    operations: [
        noop::noop,
        fail::fail,
        set::set,
        append::append,
        remove::remove,
        merge::merge,
        patch::patch,
        copy::copy,
        r#move::relocate,
        calc::calc,
        assert::assert,
    ]
);
