//! What will be: a run is pure, so what follows from an answer can be had before anybody gives it.

use serde_json::Value;
use sortie_engine::{Decision, Fuel, HumanStep, Next, OnExpiry, OrchestrationResult};

use crate::change::StateChanges;
use crate::decision::offered;
use crate::error::HostError;
use crate::humans::Question;
use crate::session::{Progress, Session};

/// How many answers of a step are previewed: each may cost what a mission may.
const MAX_OFFERED: usize = 8;

/// What follows from an answer to a human step.
#[derive(Debug, Clone, PartialEq)]
pub struct Preview {
    /// Where the run is then.
    pub outlook: Outlook,
    /// The state then.
    pub state: Value,
    /// How it differs from the state in which the question is asked.
    pub changes: StateChanges,
    /// The fuel that it takes to get there from here.
    pub fuel: Fuel,
}

/// Where a run is after an answer. Closed: a run stops nowhere else.
#[derive(Debug, Clone, PartialEq)]
pub enum Outlook {
    /// It has ended, with this result: once it really has, the result has the same hash.
    Ends(Box<OrchestrationResult>),
    /// A person is asked again.
    Asks(Box<Question>),
}

impl Session {
    /// What the session waits for, if it waits for a person.
    #[must_use]
    pub fn question(&self) -> Option<Question> {
        match self.run().next() {
            Next::Ask(step) => Some(Question::of(step, self.run())),
            Next::Call(_) | Next::Done(_) => None,
        }
    }

    /// What follows from an answer to the human step that the session waits at, up to the next human step or the end. It
    /// is an error where the answer would not be accepted: [`answer`](Self::answer) would give the same one.
    pub fn preview(&self, value: &Value) -> Result<Preview, HostError> {
        let (ahead, progress) = self.ahead(value)?;
        Ok(self.seen(&ahead, progress))
    }

    /// What follows if nobody answers the human step that the session waits at before its deadline; nothing, where it has
    /// none.
    pub fn preview_of_expiry(&self) -> Result<Option<Preview>, HostError> {
        let Next::Ask(step @ HumanStep { expires_seconds: Some(_), .. }) = self.run().next() else { return Ok(None) };
        let mut ahead = self.clone();
        match (step.on_expiry, step.default) {
            (OnExpiry::Default, Some(default)) => ahead.decide(Decision::defaulted(default))?,
            (OnExpiry::Default | OnExpiry::Fail, _) => ahead.expire()?,
        }
        let progress = ahead.advance()?;
        Ok(Some(self.seen(&ahead, progress)))
    }

    fn seen(&self, ahead: &Self, progress: Progress) -> Preview {
        let (before, after) = (self.run(), ahead.run());
        Preview {
            outlook: match progress {
                Progress::Done(completed) => Outlook::Ends(Box::new(completed.result)),
                Progress::Waiting(question) => Outlook::Asks(question),
            },
            state: after.state().clone(),
            changes: StateChanges::between(before.state(), after.state()),
            fuel: after.fuel().saturating_sub(before.fuel()),
        }
    }
}

/// The answers that a human step offers by itself: its choices; or the values that its schema lists, where it is a
/// boolean, an enumeration or a constant; and its default. No more than eight, so that to preview all of them has a
/// bound.
///
/// ```
/// use serde_json::json;
/// use sortie_host::{HumanStep, offered_answers};
///
/// let step = HumanStep::from_payload("approve", &json!({"description": "Ship it?", "schema": {"type": "boolean"}}))?;
/// assert_eq!(offered_answers(&step), [json!(true), json!(false)]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn offered_answers(step: &HumanStep) -> Vec<Value> {
    let mut answers = Vec::new();
    for answer in offered(step).into_iter().chain(step.default.clone()) {
        if answers.len() < MAX_OFFERED && !answers.contains(&answer) {
            answers.push(answer);
        }
    }
    answers
}
