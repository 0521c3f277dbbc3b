//! A cluster as a journal: it is read as any other, and its runs are started, decided and cancelled by the cluster.

use std::time::Duration;

use serde_json::Value;
use sortie_host::journal::{
    Actor, Authority, Bookmark, CancelOutcome, Claim, DecideOutcome, EngineError, Event, FeedEntry, Filter, Journal,
    JournalError, NewAnswer, NewRun, Owner, Position, RunEngine, RunId, RunOrder, RunRecord, RunSummary, Setback,
    Status, Timestamp, Token, Version, Which,
};
use sortie_journal::codes::{DRIVEN_BY_ENGINE, ENGINE_WITHOUT_FEED};
use sortie_json::{Code, UserError};

use crate::cluster::{Cluster, ClusterError};
use crate::codes;
use crate::listing::SummaryQuery;
use crate::request::{AnswerRequest, CancelRequest, StartRequest};

/// How long one request to the cluster may take, while its service is being restarted for instance.
const PATIENCE: Duration = Duration::from_secs(20);

/// The runs of a Restate cluster as a journal, for all that shows and decides runs: the cluster is its
/// [engine](sortie_journal::RunEngine).
///
/// What Restate does not give is refused with a code: it keeps no feed of changes (`engine_without_feed`), and nobody else
/// drives, writes or prunes its runs (`driven_by_engine`).
#[derive(Debug, Clone)]
pub struct ClusterJournal {
    cluster: Cluster,
}

impl ClusterJournal {
    /// The runs of that cluster.
    #[must_use]
    pub fn new(cluster: Cluster) -> Self {
        Self { cluster: cluster.within(PATIENCE) }
    }
}

fn error(run: Option<&RunId>, error: ClusterError) -> JournalError {
    match (&error, run) {
        (ClusterError::Refusal(refusal), Some(run)) if refusal.code == "unknown_run" => {
            JournalError::UnknownRun { run: run.clone() }
        }
        _ => JournalError::Engine(EngineError { code: UserError::code(&error), message: error.to_string() }),
    }
}

/// The same of a request that would change a run: where nothing is known of it, it may have been done all the same.
fn error_of_write(run: &RunId, failed: ClusterError) -> JournalError {
    match failed {
        ClusterError::TimedOut { .. } => JournalError::UnknownOutcome { detail: failed.to_string() },
        failed => error(Some(run), failed),
    }
}

fn not_here<T>(code: Code, message: &str) -> Result<T, JournalError> {
    Err(JournalError::Engine(EngineError { code, message: message.to_owned() }))
}

fn driven<T>() -> Result<T, JournalError> {
    not_here(DRIVEN_BY_ENGINE, "Restate drives the runs and writes their events: nobody else does")
}

fn no_feed<T>() -> Result<T, JournalError> {
    not_here(ENGINE_WITHOUT_FEED, "Restate keeps no list of what happened to its runs that others could follow")
}

/// A member of what a service said.
fn member<T: serde::de::DeserializeOwned>(told: &Value, name: &str) -> Result<T, JournalError> {
    let value = told.get(name).cloned().unwrap_or_default();
    serde_json::from_value(value).map_err(|unreadable| {
        let message = format!("the service on Restate gives no `{name}`: {unreadable}");
        JournalError::Engine(EngineError { code: codes::RESTATE_UNREADABLE, message })
    })
}

impl RunEngine for ClusterJournal {
    fn start(&self, run: &RunId, order: &RunOrder<'_>) -> Result<Option<Vec<Token>>, JournalError> {
        let (mission, workflow) = match order.mission {
            Some((name, params)) => (Some((name.to_owned(), params.clone())), None),
            None => (None, Some(order.workflow.clone())),
        };
        let (mission, params) = mission.unzip();
        let request = StartRequest {
            mission,
            params: params.unwrap_or_default(),
            workflow,
            state: order.state.clone(),
            metadata: order.metadata.clone(),
            answers: order.answers.clone(),
            by: order.by.map(|by| by.as_str().to_owned()),
            ..StartRequest::default()
        };
        let started = self.cluster.start(run, request).map_err(|failed| error_of_write(run, failed))?;
        self.cluster.begun(run, PATIENCE).map_err(|failed| error_of_write(run, failed))?;
        Ok(started.now.then_some(started.tokens))
    }

    fn decide(&self, answer: &NewAnswer<'_>) -> Result<DecideOutcome, JournalError> {
        let (token, step) = match answer.authority {
            Authority::Token(token) => (Some(token.reveal()), None),
            Authority::Owner(Which::Step(step)) => (None, Some(step.to_owned())),
            Authority::Owner(Which::Last) => (None, None),
        };
        let request = AnswerRequest {
            value: answer.value.clone(),
            actor: answer.actor.as_str().to_owned(),
            token,
            step,
            comment: answer.comment.map(str::to_owned),
            question: answer.question,
            signature: answer.signature.cloned(),
        };
        let told = self.cluster.answer(answer.run, &request).map_err(|failed| error_of_write(answer.run, failed))?;
        let (code, at): (String, Timestamp) = (member(&told, "code")?, member(&told, "at")?);
        Ok(match code.as_str() {
            "decided" => DecideOutcome::Accepted { at },
            "approved" => {
                let (approvals, needed) = (member(&told, "approvals")?, member(&told, "needed")?);
                DecideOutcome::Approved { at, approvals, needed }
            }
            _ => DecideOutcome::Already { by: member(&told, "actor")?, at },
        })
    }

    fn cancel(&self, run: &RunId, reason: &str, actor: &Actor) -> Result<CancelOutcome, JournalError> {
        let request = CancelRequest { reason: reason.to_owned(), actor: actor.as_str().to_owned() };
        let told = self.cluster.cancel(run, &request).map_err(|failed| error_of_write(run, failed))?;
        let (code, at): (String, Timestamp) = (member(&told, "code")?, member(&told, "at")?);
        Ok(match code.as_str() {
            "cancelled" => CancelOutcome::Now { at },
            _ => CancelOutcome::Already { by: member(&told, "actor")?, at, reason: member(&told, "reason")? },
        })
    }

    fn setback(&self, run: &RunId) -> Result<Option<Setback>, JournalError> {
        self.cluster.setback(run).map_err(|failed| error(Some(run), failed))
    }
}

impl Journal for ClusterJournal {
    fn engine(&self) -> Option<&dyn RunEngine> {
        Some(self)
    }

    fn read(&self, run: &RunId) -> Result<RunRecord, JournalError> {
        self.cluster.record(run).map_err(|failed| error(Some(run), failed))
    }

    fn list(&self, filter: &Filter) -> Result<Vec<RunSummary>, JournalError> {
        filter.check()?;
        SummaryQuery::of(filter).read(&self.cluster).map_err(|failed| error(None, failed))
    }

    fn count(&self, status: Status) -> Result<usize, JournalError> {
        let counted = self.cluster.number(&SummaryQuery::count_of(status)).map_err(|failed| error(None, failed))?;
        Ok(usize::try_from(counted).unwrap_or(usize::MAX))
    }

    /// How many events all runs have: it is another one whenever something happened. There is nothing to be read from there
    /// on.
    fn position(&self) -> Result<Position, JournalError> {
        let events = self.cluster.number(&SummaryQuery::count_of_events()).map_err(|failed| error(None, failed))?;
        Ok(Position::new(events))
    }

    fn changes(&self, _: Position, _: usize) -> Result<Vec<FeedEntry>, JournalError> {
        no_feed()
    }

    fn hold_bookmark(&self, _: &str, _: &Owner, _: Duration) -> Result<Bookmark, JournalError> {
        no_feed()
    }

    fn move_bookmark(&self, _: &str, _: &Owner, _: Position) -> Result<bool, JournalError> {
        no_feed()
    }

    fn create(&self, _: &NewRun) -> Result<RunSummary, JournalError> {
        driven()
    }

    fn restore(&self, _: &RunRecord) -> Result<RunSummary, JournalError> {
        driven()
    }

    fn append(&self, _: &RunId, _: Version, _: Timestamp, _: &[Event]) -> Result<RunSummary, JournalError> {
        driven()
    }

    fn claim(&self, _: &RunId, _: &Owner, _: Duration) -> Result<Claim, JournalError> {
        driven()
    }

    /// Nothing: Restate drives all of them.
    fn claim_next(&self, _: &Owner, _: Duration) -> Result<Option<RunSummary>, JournalError> {
        Ok(None)
    }

    fn release(&self, _: &RunId, _: &Owner) -> Result<(), JournalError> {
        driven()
    }

    fn set_back(&self, _: &RunId, _: &Owner, _: &Setback) -> Result<(), JournalError> {
        driven()
    }

    fn retry(&self, _: &RunId) -> Result<(), JournalError> {
        driven()
    }

    fn prune(&self, _: Timestamp) -> Result<usize, JournalError> {
        driven()
    }
}
