//! What an operation returns.

use serde::Serialize;
use serde_json::Value;

/// One change of the state, with the meaning that RFC 6902 gives it. Paths are JSON Pointers.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Inserts into an array, or sets a member of an object.
    Add {
        /// Where.
        path: String,
        /// What.
        value: Value,
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
        value: Value,
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
        value: Value,
    },
}

/// What an operation did: changes of the state, in order, and an output that is kept under the step's id.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Output {
    /// Applied in order, all or none.
    pub changes: Vec<Change>,
    /// Kept in the result.
    pub output: Option<Value>,
}

impl Output {
    /// No change and no output.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets what is at a JSON Pointer; its parent has to be there.
    #[must_use]
    pub fn set(self, path: impl Into<String>, value: impl Serialize) -> Self {
        self.change(Change::Add { path: path.into(), value: to_value(value) })
    }

    /// Appends to the array at a JSON Pointer.
    #[must_use]
    pub fn append(self, path: &str, value: impl Serialize) -> Self {
        self.change(Change::Add { path: format!("{path}/-"), value: to_value(value) })
    }

    /// Removes what is at a JSON Pointer.
    #[must_use]
    pub fn remove(self, path: impl Into<String>) -> Self {
        self.change(Change::Remove { path: path.into() })
    }

    /// Adds any change.
    #[must_use]
    pub fn change(mut self, change: Change) -> Self {
        self.changes.push(change);
        self
    }

    /// Sets the output.
    #[must_use]
    pub fn output(mut self, output: impl Serialize) -> Self {
        self.output = Some(to_value(output));
        self
    }
}

/// A value that has no JSON form (a map with keys that are not strings) is a mistake of the author.
fn to_value(value: impl Serialize) -> Value {
    match serde_json::to_value(value) {
        Ok(value) => value,
        #[expect(clippy::panic, reason = "the host makes a panic a failure with the place and this message")]
        Err(error) => panic!("the value cannot be written as JSON: {error}"),
    }
}
