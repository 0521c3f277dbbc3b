//! What can be wrong with the input of an operation.

use sortie_plugin_sdk::{Failure, Node};

use crate::decision::DecisionError;
use crate::selection::NotASelection;

/// What makes an operation of the daily loop fail.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The tasks are there, and are not the array that `task export` prints.
    #[error("{pointer} must be an array as `task export` prints it, and is {found}{}", .shape.map_or("", ObjectShape::remedy))]
    TasksNotAnArray {
        /// What an object is in the place of the array, if that can be told.
        shape: Option<ObjectShape>,
        /// The JSON Pointer of the tasks.
        pointer: String,
        /// The JSON type that was found, with its article: `an object`.
        found: &'static str,
    },
    /// A part of the state that the mission keeps is of another type than it makes it.
    #[error("{pointer} must be {expected}, and is {found}")]
    NotOurs {
        /// The JSON Pointer of the part.
        pointer: &'static str,
        /// The JSON type that it must have, with its article.
        expected: &'static str,
        /// The JSON type that was found, with its article.
        found: &'static str,
    },
    /// The archiving is asked for in another place than where it is done.
    #[error(
        "`tasks` has to be \"/tasks\" and `archive` \"/archive\", or `tasks` \"/daily_done\", where the summary leaves what \
         is to be archived"
    )]
    OtherPlaces,
    /// The selection of tasks is none.
    #[error(transparent)]
    Selection(#[from] NotASelection),
    /// What is given as Taskwarrior's configuration is none.
    #[error(
        "`taskrc` is no text of a .taskrc, of lines such as `urgency.due.coefficient=10`: give the file's text, with `@` before \
             the name of the file"
    )]
    NotAConfiguration,
    /// The coefficients are none.
    #[error("`urgency` is not as it must be: {0}")]
    Coefficients(String),
    /// The person's decision cannot be followed.
    #[error(transparent)]
    Decision(#[from] DecisionError),
}

/// What an object is in the place of an array of tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectShape {
    /// One task.
    Task,
    /// A state, which has the tasks.
    State,
}

impl ObjectShape {
    /// Tells what an object is.
    pub fn of(node: Node<'_>) -> Option<Self> {
        if !node.is_object() {
            return None;
        }
        let is_task = || node.get("description").or_else(|| node.get("uuid")).is_some();
        match node.get("tasks") {
            Some(tasks) if tasks.is_array() => Some(Self::State),
            _ => is_task().then_some(Self::Task),
        }
    }

    fn remedy(self) -> &'static str {
        match self {
            Self::Task => ": put a task that is alone into brackets, `[…]`",
            Self::State => " that has `tasks`: give the file as the whole state, with `--state` alone",
        }
    }
}

impl Error {
    /// The stable code of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TasksNotAnArray { .. } => "tasks_not_an_array",
            Self::NotOurs { .. } => "unexpected_state",
            Self::OtherPlaces => "invalid_payload",
            Self::Selection(_) => "invalid_filter",
            Self::NotAConfiguration => "invalid_taskrc",
            Self::Coefficients(_) => "invalid_urgency",
            Self::Decision(_) => "decision_rejected",
        }
    }
}

/// The failure of the step: with the faults of a decision one by one.
pub(crate) fn failure(error: Error) -> Failure {
    let failure = Failure::new(error.code(), error.to_string());
    match error {
        Error::Decision(decision) => {
            let faults: Vec<_> = decision.faults.iter().map(ToString::to_string).collect();
            failure.with_details(serde_json::json!({"faults": faults}))
        }
        Error::TasksNotAnArray { .. }
        | Error::NotOurs { .. }
        | Error::OtherPlaces
        | Error::Selection(_)
        | Error::NotAConfiguration
        | Error::Coefficients(_) => failure,
    }
}
