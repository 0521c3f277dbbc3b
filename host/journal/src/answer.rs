//! What is said to a run that waits, and how it was taken.

use serde_json::Value;
use sortie_json::ContentHash;

use crate::{Actor, RunId, Signature, Timestamp, Token};

/// An answer to a wait.
#[derive(Debug, Clone)]
pub struct NewAnswer<'a> {
    /// The run that waits.
    pub run: &'a RunId,
    /// By what right it is answered, and which of its waits.
    pub authority: Authority<'a>,
    /// The decision.
    pub value: &'a Value,
    /// Who decides. If the wait names assignees it must be one of them, by whatever right.
    pub actor: &'a Actor,
    /// What they say about it.
    pub comment: Option<&'a str>,
    /// The hash of the question that they were shown, where the caller knows it: an answer to another question is
    /// refused.
    pub question: Option<ContentHash>,
    /// The actor's signature of it, to be kept with it.
    pub signature: Option<&'a Signature>,
}

impl<'a> NewAnswer<'a> {
    /// An answer alone: without a remark, without a signature, and to whatever question the wait asks.
    #[must_use]
    pub fn new(run: &'a RunId, authority: Authority<'a>, value: &'a Value, actor: &'a Actor) -> Self {
        Self { run, authority, value, actor, comment: None, question: None, signature: None }
    }
}

/// By what right a wait is answered. Closed: there is no third right.
#[derive(Debug, Clone, Copy)]
pub enum Authority<'a> {
    /// The token of the wait, which also tells which wait is meant.
    Token(&'a Token),
    /// The caller has the journal, and so needs no token.
    Owner(Which<'a>),
}

/// Which of a run's waits is meant. Closed: a step names each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which<'a> {
    /// The one that was asked last.
    Last,
    /// The one of that step.
    Step(&'a str),
}

/// How a decision was accepted. A closed set with stable codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DecideOutcome {
    /// It stands from now on.
    Accepted {
        /// When it was recorded.
        at: Timestamp,
    },
    /// It is recorded, and more people have to agree before it stands.
    Approved {
        /// When it was recorded.
        at: Timestamp,
        /// How many agree to it by now.
        approvals: u32,
        /// How many have to.
        needed: u32,
    },
    /// The same decision stood already.
    Already {
        /// Who made it.
        by: Actor,
        /// When.
        at: Timestamp,
    },
}

impl DecideOutcome {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Accepted { .. } => "decided",
            Self::Approved { .. } => "approved",
            Self::Already { .. } => "already_decided",
        }
    }
}

/// How a run was cancelled. A closed set with stable codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CancelOutcome {
    /// It has ended now.
    Now {
        /// When it was recorded.
        at: Timestamp,
    },
    /// It was cancelled before; the reason given then stands.
    Already {
        /// By whom.
        by: Actor,
        /// When.
        at: Timestamp,
        /// Why.
        reason: String,
    },
}

impl CancelOutcome {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Now { .. } => "cancelled",
            Self::Already { .. } => "already_cancelled",
        }
    }
}
