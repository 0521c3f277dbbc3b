//! What somebody may do.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What somebody may do: each role may do what those before it may. A closed set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// See what there is: runs, their states, missions, plugins.
    View,
    /// Start runs, too.
    Start,
    /// Decide what runs ask, too.
    Decide,
    /// Cancel runs, too.
    Admin,
}

impl Role {
    /// All roles, from the least.
    pub const ALL: [Self; 4] = [Self::View, Self::Start, Self::Decide, Self::Admin];

    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Start => "start",
            Self::Decide => "decide",
            Self::Admin => "admin",
        }
    }
}
