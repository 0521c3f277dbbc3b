//! Asking: from what a human step says to a wait with a token and a deadline.

use std::time::Duration;

use serde_json::Value;
use sortie_json::ContentHash;

use crate::{ExpiryAction, JournalError, RunSummary, Timestamp, Token, TokenHash, Wait};

/// What a person is to be asked. The fields are those of [`Wait`], where they are not described here.
#[derive(Debug, Clone, PartialEq)]
pub struct WaitRequest {
    /// The id of the human step.
    pub step: String,
    /// What is asked.
    pub description: String,
    /// Who may answer. Nobody named: anybody.
    pub assignees: Vec<String>,
    /// Until when.
    pub expires: Expires,
    /// What happens then.
    pub on_expiry: ExpiryAction,
    /// What else is to be shown and checked.
    pub details: Value,
    /// The hash of all that the person is asked and shown.
    pub question_hash: Option<ContentHash>,
    /// How many people have to agree on the answer.
    pub approvals: u32,
    /// Whether whoever started the run may not answer.
    pub not_starter: bool,
}

/// Until when a question can be answered. Closed: there is nothing in between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expires {
    /// For ever.
    Never,
    /// For that long after it was asked.
    After(Duration),
    /// Before that time.
    At(Timestamp),
}

/// A question that was asked.
#[derive(Debug, Clone)]
pub struct NewWait {
    /// The run, which now waits.
    pub summary: RunSummary,
    /// What lets its bearer answer. It is kept nowhere.
    pub token: Token,
}

impl WaitRequest {
    /// The wait that this question is when asked at that time, and its token: for a run that is made together with
    /// its first question. Elsewhere use [`Waits::ask`](super::Waits::ask).
    ///
    /// # Errors
    ///
    /// It is an error if the operating system gives no random bytes.
    pub fn ask(self, at: Timestamp) -> Result<(Wait, Token), JournalError> {
        let token = Token::generate()?;
        let deadline = match self.expires {
            Expires::Never => None,
            Expires::After(duration) => Some(at.plus(duration)),
            Expires::At(deadline) => Some(deadline),
        };
        let wait = Wait {
            step: self.step,
            description: self.description,
            assignees: self.assignees,
            deadline,
            on_expiry: self.on_expiry,
            token_hash: TokenHash::of(&token),
            details: self.details,
            question_hash: self.question_hash,
            approvals: self.approvals,
            not_starter: self.not_starter,
        };
        Ok((wait, token))
    }
}
