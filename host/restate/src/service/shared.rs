//! The handlers beside the run's own: they look, and settle a turn.

use std::sync::Arc;

use restate_sdk::prelude::*;
use serde_json::{Value, json};
use sortie_host::Host;
use sortie_host::journal::{Inbox, InboxEntry, RunId, SystemClock};

use super::{SortieRun, now, recorded};
use crate::history::{self, HEAD, History, Parts, part, write};
use crate::judgement::{self, Judgement, JudgementError};
use crate::limits::{PART, carried};
use crate::refusal::Refusal;
use crate::request::{AnswerRequest, CancelRequest};
use crate::turn::{self, Settlement, TurnEnd};

/// Answers a wait.
pub(super) async fn decide(
    service: &SortieRun,
    ctx: &SharedWorkflowContext<'_>,
    run: &RunId,
    request: AnswerRequest,
) -> Result<Json<Value>, HandlerError> {
    let request = Arc::new(request);
    settle(service, ctx, run, move |host, history| judgement::of_answer(host, history, &request, now())).await
}

/// Cancels a run.
pub(super) async fn cancel(
    service: &SortieRun,
    ctx: &SharedWorkflowContext<'_>,
    run: &RunId,
    request: CancelRequest,
) -> Result<Json<Value>, HandlerError> {
    let request = Arc::new(request);
    settle(service, ctx, run, move |_, history| judgement::of_cancellation(history, &request, now())).await
}

/// Judges the run as it is, and settles its turn if nobody comes first; else judges again.
async fn settle(
    service: &SortieRun,
    ctx: &SharedWorkflowContext<'_>,
    run: &RunId,
    judge: impl Fn(&Host, &History) -> Result<Judgement, JudgementError> + Clone + Send + Sync + 'static,
) -> Result<Json<Value>, HandlerError> {
    // Each time somebody else settled a turn, of which there are three.
    loop {
        let Some(history) = load(ctx, run).await? else {
            return Err(judgement::unknown_wait(run).terminal().into());
        };
        let name = turn::name(history.record());
        let (host, calls, judge) = (service.host.clone(), service.calls.clone(), judge.clone());
        let work = move |host: &Host| recorded("the judgement", write(&judge(host, &history)?)?);
        let judged = ctx.run(move || SortieRun::on_a_thread(host, calls, work)).name("judge").await?;
        let Judgement { at, say, write: settled } = history::read(&judged)?;
        let say = say.map(Json).map_err(|refusal| HandlerError::from(refusal.terminal()));
        let (Some(what), Some(name)) = (settled, name) else { return say };
        let by = ctx.invocation_id().to_owned();
        ctx.resolve_promise(&name, write(&Settlement { at, by: by.clone(), what })?);
        let stands: Option<Vec<u8>> = ctx.peek_promise(&name).await?;
        let stands = stands.as_deref().map(history::read::<Settlement>).transpose()?;
        if stands.is_some_and(|stands| stands.by == by) {
            return say;
        }
    }
}

/// Shows a run.
pub(super) async fn show(
    _: &SortieRun,
    ctx: &SharedWorkflowContext<'_>,
    run: &RunId,
) -> Result<Json<Value>, HandlerError> {
    let Some(history) = load(ctx, run).await? else { return Err(unknown_run(run).terminal().into()) };
    let shown = tokio::task::spawn_blocking(move || shown(&history).map(|shown| to_json(&shown))).await??;
    Ok(Json(shown))
}

/// A part of a result.
pub(super) async fn part_handler(
    _: &SortieRun,
    ctx: &SharedWorkflowContext<'_>,
    run: &RunId,
    number: u64,
) -> Result<Vec<u8>, HandlerError> {
    let Some(history) = load(ctx, run).await? else { return Err(unknown_run(run).terminal().into()) };
    let result = tokio::task::spawn_blocking(move || {
        let completed = shown(&history)?.completed;
        Ok::<_, HandlerError>(completed.map(|completed| sortie_json::canonical(&completed.result.to_json())))
    });
    Ok(part_of(&result.await??.unwrap_or_default(), number))
}

/// A part of the run's events. They only grow, so that parts which are asked for one after the other fit.
pub(super) async fn history_handler(
    _: &SortieRun,
    ctx: &SharedWorkflowContext<'_>,
    run: &RunId,
    number: u64,
) -> Result<Vec<u8>, HandlerError> {
    let Some(history) = load(ctx, run).await? else { return Err(unknown_run(run).terminal().into()) };
    let bytes = [history.start()?, history.events()?].concat();
    Ok(part_of(&bytes, number))
}

fn part_of(bytes: &[u8], number: u64) -> Vec<u8> {
    let from = usize::try_from(number).unwrap_or(usize::MAX).saturating_mul(PART).min(bytes.len());
    let to = from.saturating_add(PART).min(bytes.len());
    bytes.get(from..to).unwrap_or_default().to_vec()
}

fn shown(history: &History) -> Result<InboxEntry, HandlerError> {
    let run = history.record().summary.run.clone();
    Ok(Inbox::new(&history.journal()?, &SystemClock).show(&run)?)
}

fn to_json(shown: &InboxEntry) -> Value {
    let summary = &shown.record.summary;
    let wait = summary.wait.as_ref();
    let waiting = shown.question.as_ref().map(|question| {
        let step = &question.step;
        json!({
            "step": step.id, "description": step.description, "choices": step.choices, "schema": step.schema,
            "default": step.default, "context": question.context, "displays": question.displays,
            "assignees": step.assignees, "question_hash": question.hash,
            "asked_at": wait.map(|wait| wait.asked_at), "deadline": wait.and_then(|wait| wait.deadline),
        })
    });
    let events: Vec<Value> = shown
        .record
        .events
        .iter()
        .map(|recorded| json!({"sequence": recorded.sequence, "at": recorded.at, "kind": recorded.event.kind().code()}))
        .collect();
    let (size, result) = shown.completed.as_ref().map(|completed| carried(completed.result.to_json())).unzip();
    json!({
        "run": summary.run, "mission": summary.mission, "started_by": summary.started_by, "status": summary.status,
        "created_at": summary.created_at, "updated_at": summary.updated_at, "chain": shown.record.chain.to_string(),
        "waiting": waiting, "events": events, "result_bytes": size,
        "result": result.flatten(),
    })
}

fn unknown_run(run: &RunId) -> Refusal {
    Refusal::from(&sortie_host::journal::RunError::from(sortie_host::journal::JournalError::UnknownRun {
        run: run.clone(),
    }))
}

/// The run as it is, what settled its turns included; nothing, if there is none.
async fn load(ctx: &SharedWorkflowContext<'_>, run: &RunId) -> Result<Option<History>, HandlerError> {
    let Some(mut history) = kept(ctx, run).await? else { return Ok(None) };
    let mut is_read_again = false;
    while let Some(name) = turn::name(history.record()) {
        let settled: Option<Vec<u8>> = ctx.peek_promise(&name).await?;
        let Some(settled) = settled else { break };
        let Settlement { at, what, .. } = history::read(&settled)?;
        // What led to the end was kept before the end was settled, but may have been so since it was read here.
        if matches!(what, TurnEnd::Finished(_)) && !is_read_again {
            is_read_again = true;
            match kept(ctx, run).await? {
                Some(again) => history = again,
                None => return Ok(None),
            }
            continue;
        }
        history.push(at, what.into_event())?;
    }
    Ok(Some(history))
}

/// The run as its own handler kept it last.
async fn kept(ctx: &SharedWorkflowContext<'_>, run: &RunId) -> Result<Option<History>, HandlerError> {
    let head: Option<Vec<u8>> = ctx.get(HEAD).await?;
    let Some(head) = head else { return Ok(None) };
    let Parts { start, events } = history::read(&head)?;
    let start = joined(ctx, "start", start).await?;
    let events = joined(ctx, "events", events).await?;
    Ok(Some(History::read(run, &start, &events)?))
}

async fn joined(ctx: &SharedWorkflowContext<'_>, of: &str, count: usize) -> Result<Vec<u8>, HandlerError> {
    let mut bytes = Vec::new();
    for index in 0..count {
        let key = part(of, index);
        let part: Option<Vec<u8>> = ctx.get(&key).await?;
        bytes.extend(part.unwrap_or_default());
    }
    Ok(bytes)
}
