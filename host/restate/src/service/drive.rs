//! The handler of a run: from its beginning to its end, with everything that is not a function of what was recorded
//! before in a step that is recorded.

use std::sync::Arc;
use std::time::Duration;

use restate_sdk::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sortie_engine::OrchestrationResult;
use sortie_host::journal::{Actor, Clock, Event, RunId, Stage, Stepper, SystemClock, Timestamp};
use sortie_journal::wait::WaitRequest;
use sortie_journal::{Cancellation, Expiry, Token, TokenHash, Wait};

use super::begin::{StartRecord, begin, context};
use super::{SortieRun, now, recorded};
use crate::history::{self, HEAD, History, Parts, SUMMARY, WAITING, part, parts, write};
use crate::limits::carried;
use crate::refusal::{Refusal, is_passing};
use crate::request::StartRequest;
use crate::turn::{self, Settlement, TurnEnd};

/// What a step records of a call, or of an answer that was at hand.
#[derive(Serialize, Deserialize)]
struct ActRecord {
    at: Timestamp,
    event: Value,
}

/// What a step records of a question: the time, and the hash of the token, which is kept nowhere.
#[derive(Serialize, Deserialize)]
struct OpenWait {
    at: Timestamp,
    wait: Wait,
}

/// A run on its way.
struct Course<'c> {
    service: &'c SortieRun,
    ctx: &'c WorkflowContext<'c>,
    history: History,
    stepper: Arc<Stepper>,
    start_parts: usize,
}

/// Drives a run to its end, and gives what the workflow gives.
pub(super) async fn drive(
    service: &SortieRun,
    ctx: &WorkflowContext<'_>,
    run: &RunId,
    mut request: StartRequest,
) -> Result<Json<Value>, HandlerError> {
    let context = Arc::new(context(&mut request).map_err(|refusal| refusal.terminal())?);
    let tokens = std::mem::take(&mut request.tokens);
    let begun = {
        let (host, calls, context) = (service.host.clone(), service.calls.clone(), context.clone());
        let work = move |host: &sortie_host::Host| begin(host, &request, &context);
        ctx.run(move || SortieRun::on_a_thread(host, calls, work)).name("begin").await?
    };
    let begun: StartRecord = history::read(&begun)?;
    let (at, start) = begun.start(&context)?;
    drop(context);
    let stepper = Arc::new(Stepper::new(run.clone(), &start)?);
    let history = History::begin(run, at, Event::Started(start))?;
    let mut course = Course { service, ctx, history, stepper, start_parts: 0 };
    course.keep_start()?;
    let mut tokens = tokens.into_iter();
    loop {
        match course.stepper.stage()? {
            Stage::Act => {
                if let Some(end) = course.act().await? {
                    return Ok(end);
                }
            }
            Stage::Ask(question) => {
                if let Some(end) = course.ask(*question, tokens.next()).await? {
                    return Ok(end);
                }
            }
            Stage::Done(result) => return course.finish(*result).await,
        }
    }
}

impl Course<'_> {
    /// Makes a call. It gives the workflow's end, if the run was cancelled meanwhile.
    async fn act(&mut self) -> Result<Option<Json<Value>>, HandlerError> {
        let (host, calls, stepper) = (self.service.host.clone(), self.service.calls.clone(), self.stepper.clone());
        let work = move |host: &sortie_host::Host| match stepper.act(host) {
            Ok(Event::Engine(event)) => recorded("what a step did", write(&ActRecord { at: now(), event })?),
            Ok(_) => Err("a step did something that is no event of the engine".into()),
            Err(error) if is_passing(&error) => Err(Refusal::from(&error).passing().into()),
            Err(error) => Err(Refusal::from(&error).terminal().into()),
        };
        let acted = self.ctx.run(move || SortieRun::on_a_thread(host, calls, work)).name("call").await;
        let ActRecord { at, event } = match acted {
            Ok(acted) => history::read(&acted)?,
            Err(error) if is_cancellation(&error) => return self.cancelled_on_restate().await.map(Some),
            Err(error) => return Err(error.into()),
        };
        self.happened(at, Event::Engine(event))?;
        Ok(None)
    }

    /// Asks a person, and waits. It gives the workflow's end, if the run was cancelled.
    async fn ask(
        &mut self,
        question: WaitRequest,
        token: Option<TokenHash>,
    ) -> Result<Option<Json<Value>>, HandlerError> {
        let asked = self
            .ctx
            .run(move || async move {
                let at = now();
                let (mut wait, _) = question.ask(at)?;
                wait.token_hash = match token {
                    Some(hash) => hash,
                    // Nobody has it.
                    None => TokenHash::of(&Token::generate()?),
                };
                recorded("a question", write(&OpenWait { at, wait })?)
            })
            .name("ask")
            .await?;
        let OpenWait { at, wait } = history::read(&asked)?;
        self.happened(at, Event::Asked(wait.clone()))?;
        self.keep(true)?;
        loop {
            let Settlement { at, what, .. } = self.settlement(&wait).await?;
            let event = what.into_event();
            let (is_cancelled, waits_on) = (matches!(event, Event::Cancelled(_)), matches!(event, Event::Approved(_)));
            self.happened(at, event)?;
            if is_cancelled {
                return self.ended(None).map(Some);
            }
            if !waits_on {
                break;
            }
            self.keep(true)?;
        }
        self.ctx.clear(WAITING);
        Ok(None)
    }

    /// What comes first: an answer, a cancellation, or the deadline.
    async fn settlement(&self, wait: &Wait) -> Result<Settlement, HandlerError> {
        let name = self.turn()?;
        let settled = match wait.deadline {
            None => self.ctx.promise::<Vec<u8>>(&name).await,
            Some(deadline) => {
                // The timer is set once, and Restate keeps it: it is told the time that is left when that is done.
                let left = deadline.as_millis().saturating_sub(SystemClock.now().as_millis());
                let left = Duration::from_millis(u64::try_from(left).unwrap_or(0));
                let step = wait.step.clone();
                let expiry = TurnEnd::Expired(Expiry { step, outcome: wait.on_expiry.clone() });
                restate_sdk::select! {
                    settled = self.ctx.promise::<Vec<u8>>(&name) => settled,
                    rung = self.ctx.sleep(left) => match rung {
                        Ok(()) => self.settle(&name, deadline, expiry).await,
                        Err(error) => Err(error),
                    },
                    on_cancel => Err(TerminalError::new_with_code(CANCELLED, "cancelled"))
                }
            }
        };
        match settled {
            Ok(settled) => Ok(history::read(&settled)?),
            Err(error) if is_cancellation(&error) => {
                let at = self.history.record().summary.updated_at;
                Ok(history::read(&self.settle(&name, at, cancellation()).await?)?)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Settles the turn, if nobody came first; gives what stands.
    async fn settle(&self, name: &str, at: Timestamp, what: TurnEnd) -> Result<Vec<u8>, TerminalError> {
        let settlement = Settlement { at, by: self.ctx.invocation_id().to_owned(), what };
        let bytes = write(&settlement).map_err(TerminalError::from_error)?;
        self.ctx.resolve_promise(name, bytes);
        self.ctx.promise::<Vec<u8>>(name).await
    }

    /// Ends a run that has its result, unless it was cancelled before.
    async fn finish(&mut self, result: OrchestrationResult) -> Result<Json<Value>, HandlerError> {
        let name = self.turn()?;
        self.keep(false)?;
        let at = self.ctx.run(|| async { Ok(write(&now())?) }).name("finish").await?;
        let at: Timestamp = history::read(&at)?;
        let Some(finished) = TurnEnd::of(Stepper::finish(&result)) else {
            return Err("a run finished with something that is no result".into());
        };
        let settlement: Settlement = history::read(&self.settle(&name, at, finished).await?)?;
        let event = settlement.what.into_event();
        let is_cancelled = matches!(event, Event::Cancelled(_));
        self.history.push(settlement.at, event)?;
        self.ended(if is_cancelled { None } else { Some(result) })
    }

    /// Somebody cancelled the invocation by Restate's own means.
    async fn cancelled_on_restate(&mut self) -> Result<Json<Value>, HandlerError> {
        let at = self.history.record().summary.updated_at;
        let settlement: Settlement = history::read(&self.settle(&self.turn()?, at, cancellation()).await?)?;
        self.history.push(settlement.at, settlement.what.into_event())?;
        self.ended(None)
    }

    /// Keeps how the run stands at its end, and gives what the workflow gives.
    fn ended(&self, result: Option<OrchestrationResult>) -> Result<Json<Value>, HandlerError> {
        let record = self.history.record();
        self.ctx.clear(WAITING);
        self.ctx.set(SUMMARY, write(&record.summary)?);
        let status = record.summary.status;
        let Some(result) = result else {
            let cancelled = record.events.iter().rev().find_map(|recorded| match &recorded.event {
                Event::Cancelled(cancellation) => Some((cancellation, recorded.at)),
                _ => None,
            });
            let by = cancelled.map(|(cancellation, _)| &cancellation.actor);
            let reason = cancelled.map(|(cancellation, _)| &cancellation.reason);
            let at = cancelled.map(|(_, at)| at);
            return Ok(Json(
                json!({"run": record.summary.run, "status": status, "by": by, "at": at, "reason": reason}),
            ));
        };
        let hash = result.receipt.result_hash;
        let (size, result) = carried(result.to_json());
        let run = &record.summary.run;
        Ok(Json(json!({"run": run, "status": status, "result_hash": hash, "result_bytes": size, "result": result})))
    }

    /// Tells the run and its history what happened.
    fn happened(&mut self, at: Timestamp, event: Event) -> Result<(), HandlerError> {
        let stepper = Arc::get_mut(&mut self.stepper).ok_or("a call of an earlier attempt still goes on")?;
        stepper.tell(at, &event)?;
        self.history.push(at, event)?;
        Ok(())
    }

    /// The promise of the turn that the run is at.
    fn turn(&self) -> Result<String, HandlerError> {
        turn::name(self.history.record()).ok_or_else(|| "the run has ended, and goes on".into())
    }

    /// Keeps the first event.
    fn keep_start(&mut self) -> Result<(), HandlerError> {
        let start = self.history.start()?;
        let kept = parts(&start);
        for (index, bytes) in kept.iter().enumerate() {
            self.ctx.set(&part("start", index), bytes.to_vec());
        }
        self.start_parts = kept.len();
        self.keep(false)
    }

    /// Keeps the other events, for the handlers beside this one and for lists.
    fn keep(&self, is_waiting: bool) -> Result<(), HandlerError> {
        let events = self.history.events()?;
        let kept = parts(&events);
        for (index, bytes) in kept.iter().enumerate() {
            self.ctx.set(&part("events", index), bytes.to_vec());
        }
        let summary = write(&self.history.record().summary)?;
        if is_waiting {
            self.ctx.set(WAITING, summary.clone());
        }
        self.ctx.set(SUMMARY, summary);
        self.ctx.set(HEAD, write(&Parts { start: self.start_parts, events: kept.len() })?);
        Ok(())
    }
}

/// The status of an invocation that was cancelled by Restate's own means.
const CANCELLED: u16 = 409;

fn is_cancellation(error: &TerminalError) -> bool {
    error.code() == CANCELLED && error.message().eq_ignore_ascii_case("cancelled")
}

fn cancellation() -> TurnEnd {
    let reason = "its invocation was cancelled on Restate".to_owned();
    TurnEnd::Cancelled(Cancellation { reason, actor: Actor::new("restate") })
}
