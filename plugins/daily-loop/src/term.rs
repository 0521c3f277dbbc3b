//! The terms that a task's urgency is the sum of.

use serde::{Deserialize, Serialize};

/// What a term is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TermKind {
    /// The tag `next`.
    Next,
    /// The due date.
    Due,
    /// Blocking other tasks.
    Blocking,
    /// The priority.
    Priority,
    /// A scheduled date in the past.
    Scheduled,
    /// Being worked on.
    Active,
    /// The days since it was entered.
    Age,
    /// The number of annotations.
    Annotations,
    /// The number of tags.
    Tags,
    /// Having a project.
    Project,
    /// A wait date in the future.
    Waiting,
    /// Being blocked by other tasks.
    Blocked,
    /// A tag that the caller named.
    UserTag,
    /// A project that the caller named.
    UserProject,
    /// A text that the caller named.
    UserKeyword,
    /// A user-defined attribute that the caller named.
    UserAttribute,
    /// What is added so that the task comes before what it blocks.
    Inherited,
}

/// One term of a task's urgency.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Term {
    /// What it is about.
    pub term: TermKind,
    /// The reason in words: `due 3 days ago`.
    pub words: String,
    /// How much of the coefficient counts; to four decimals.
    pub value: f64,
    /// By what the value is multiplied.
    pub coefficient: f64,
    /// What the term adds to the urgency; to four decimals.
    pub contribution: f64,
}
