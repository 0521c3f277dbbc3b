//! What can be wrong with the input of an operation.

use crate::decision::DecisionError;

/// What makes an operation of the daily loop fail.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// `/tasks` is there, and is not the array that `task export` prints.
    #[error("/tasks must be an array as `task export` prints it, and is {found}")]
    TasksNotAnArray {
        /// The JSON type that was found, with its article: `an object`.
        found: &'static str,
    },
    /// The person's decision cannot be followed.
    #[error(transparent)]
    Decision(#[from] DecisionError),
}

impl Error {
    /// The stable code of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TasksNotAnArray { .. } => "tasks_not_an_array",
            Self::Decision(_) => "decision_rejected",
        }
    }
}
