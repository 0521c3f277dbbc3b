//! `sortie inbox show`.

use clap::Args;
use serde_json::{Value, json};
use sortie_host::journal::{DecisionRecord, Event, Inbox, InboxEntry, OpenQuestion, RunId, Timestamp};

use crate::candidates;
use crate::error::{CliError, Exit};
use crate::journal::find;
use crate::options::{Format, JournalArguments, PluginArguments};
use crate::render::waiting::{self, AnswerCommand};
use crate::render::{print, print_json, printable, table};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The run's name, or the beginning of it.
    #[arg(add = candidates::runs())]
    run: RunId,
    #[command(flatten)]
    journal: JournalArguments,
}

/// Shows a run.
pub(crate) fn show(arguments: &Arguments, format: Format) -> Result<Exit, CliError> {
    let journal = arguments.journal.open()?;
    let shown = Inbox::new(&*journal, &*journal.clock()).show(&find(&*journal, &arguments.run)?)?;
    match format {
        Format::Json => print_json(&to_json(&shown, arguments))?,
        Format::Human => print(&text(&shown))?,
    }
    Ok(Exit::Done)
}

fn waiting_for(shown: &InboxEntry) -> Option<OpenQuestion> {
    let question = shown.question.clone()?;
    Some(OpenQuestion { summary: shown.record.summary.clone(), question })
}

fn to_json(shown: &InboxEntry, arguments: &Arguments) -> Value {
    let summary = &shown.record.summary;
    let plugins = PluginArguments { paths: Vec::new(), no_orchestrating: false, allow_limits: false };
    let command = AnswerCommand { journal: &arguments.journal, plugins: &plugins };
    let events = shown.record.events.iter().map(|recorded| {
        json!({"sequence": recorded.sequence, "at": recorded.at, "kind": recorded.event.kind().code(), "what": what(&recorded.event)})
    });
    json!({
        "run": summary.run,
        "mission": summary.mission,
        "started_by": summary.started_by,
        "setback": summary.setback,
        "status": summary.status,
        "created_at": summary.created_at,
        "updated_at": summary.updated_at,
        "driven_by": summary.lease.as_ref().map(|lease| &lease.owner),
        "approvals": approvals(shown),
        "waiting": waiting_for(shown).map(|waits| waiting::to_json(&waits, None, command)),
        "events": events.collect::<Vec<_>>(),
        "result": shown.completed.as_ref().map(|completed| completed.result.to_json()),
    })
}

/// Who agrees to what so far; null, where the question takes one person.
fn approvals(shown: &InboxEntry) -> Value {
    match &shown.question {
        Some(question) if question.step.approvals > 1 => {
            let approval = |(given, at): &(&DecisionRecord, Timestamp)| json!({"actor": given.actor, "value": given.value, "at": at, "comment": given.comment});
            let given: Vec<Value> = shown.approvals().iter().map(approval).collect();
            json!({"needed": question.step.approvals, "given": given})
        }
        Some(_) | None => Value::Null,
    }
}

fn text(shown: &InboxEntry) -> String {
    let summary = &shown.record.summary;
    let mut text = match waiting_for(shown) {
        Some(waits) => waiting::whole_question(&waits),
        None => format!("{}: {}, run {}\n", printable(&summary.mission), summary.status, summary.run),
    };
    if let Some(lease) = &summary.lease {
        text.push_str(&format!(
            "being run by {}, whose lease ends at {}\n",
            printable(lease.owner.as_str()),
            lease.until
        ));
    }
    if let Some(setback) = &summary.setback {
        let again = setback.retry_at.map_or_else(
            || format!("set aside: `sortie inbox retry {}` lets it be tried again", summary.run),
            |time| format!("to be tried again at {time}"),
        );
        let reason = printable(&setback.reason);
        text.push_str(&format!(
            "attempt {} failed [{}]: {reason}\n{again}\n",
            setback.attempts,
            printable(&setback.code)
        ));
    }
    let approvals = shown.approvals();
    if let (Some(question), false) = (&shown.question, approvals.is_empty()) {
        text.push_str(&waiting::approvals(&approvals, question.step.approvals));
    }
    text.push('\n');
    let rows = shown.record.events.iter().map(|recorded| {
        let what = printable(&clipped(&what(&recorded.event)));
        vec![recorded.sequence.to_string(), recorded.at.to_string(), recorded.event.kind().code().to_owned(), what]
    });
    text.push_str(&table(&["#", "at", "event", ""], rows.collect()));
    text
}

/// The beginning of a text that may be of any length.
fn clipped(text: &str) -> String {
    const LONGEST: usize = 200;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{} … ({} bytes)", text.get(..end).unwrap_or_default(), text.len()),
        None => text.to_owned(),
    }
}

/// An event on one line.
fn what(event: &Event) -> String {
    match event {
        Event::Started(start) => start.mission.clone(),
        Event::Engine(body) => of_engine(body).to_owned(),
        Event::Note(_) => "it is resumed with changed plugins".to_owned(),
        Event::Asked(wait) => format!("{}: {}", wait.step, wait.description),
        Event::Approved(decision) | Event::Decided(decision) => {
            let comment = decision.comment.as_ref().map(|comment| format!(" ({comment})")).unwrap_or_default();
            format!("{}: {} by {}{comment}", decision.step, decision.value, decision.actor)
        }
        Event::Expired(expiry) => expiry.step.clone(),
        Event::Cancelled(cancellation) => format!("{} by {}", cancellation.reason, cancellation.actor),
        Event::Finished(finish) => {
            finish.result.get("result_hash").and_then(Value::as_str).unwrap_or_default().to_owned()
        }
    }
}

fn of_engine(body: &Value) -> &str {
    match (body.pointer("/called/outcome/failed/kind"), body.get("called")) {
        (Some(kind), _) => kind.as_str().unwrap_or_default(),
        (None, Some(_)) => "a call: ok",
        (None, None) => "an answer at hand",
    }
}
