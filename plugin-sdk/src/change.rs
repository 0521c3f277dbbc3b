//! What an operation changes.

use crate::json::JsonText;

/// One change of the state, with the meaning that RFC 6902 gives it. Paths are JSON Pointers.
/// Closed, as the plugin interface is.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Inserts into an array, or sets a member of an object.
    Add {
        /// Where.
        path: String,
        /// What.
        value: JsonText,
    },
    /// Removes what is there.
    Remove {
        /// Where.
        path: String,
    },
    /// Replaces what is there.
    Replace {
        /// Where.
        path: String,
        /// By what.
        value: JsonText,
    },
    /// Moves what is there.
    Move {
        /// From where.
        from: String,
        /// Where to.
        path: String,
    },
    /// Copies what is there.
    Copy {
        /// From where.
        from: String,
        /// Where to.
        path: String,
    },
    /// Fails the step unless this is there.
    Test {
        /// Where.
        path: String,
        /// What.
        value: JsonText,
    },
}
