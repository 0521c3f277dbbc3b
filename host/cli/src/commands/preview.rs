//! `sortie preview`.

use clap::Args;
use serde_json::{Value, json};
use sortie_host::journal::{Inbox, Owner, RunId};
use sortie_host::{HostError, Outlook, Preview, Session, StateChange, offered_answers};
use sortie_json::UserError;

use crate::candidates;
use crate::error::{CliError, Exit};
use crate::journal::find;
use crate::options::{Format, JournalArguments, PluginArguments};
use crate::refusal::Refusal;
use crate::render::waiting::plain;
use crate::render::{print, print_json, printable};
use crate::{input, project};

/// How many characters of a value are shown in one line.
const LONGEST: usize = 100;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The run's name, or the beginning of it.
    #[arg(add = candidates::runs())]
    run: RunId,
    /// Preview this answer only: JSON, or else the text itself; `@FILE` for a file in JSON, YAML or TOML [default:
    /// every answer that the step offers].
    #[arg(long, value_name = "JSON|TEXT|@FILE", allow_hyphen_values = true)]
    value: Option<String>,
    #[command(flatten)]
    journal: JournalArguments,
    #[command(flatten)]
    plugins: PluginArguments,
}

/// What follows from an answer, or why it would not be accepted.
type Ahead = Result<Preview, HostError>;

/// Shows what would follow from each answer to what a run asks. Nothing is decided, and nothing is written.
pub(crate) fn preview(arguments: &Arguments, format: Format) -> Result<Exit, CliError> {
    let journal = arguments.journal.open()?;
    let host = project::host(&arguments.plugins)?;
    // Who only looks claims nothing.
    let nobody = Owner::new("");
    let run = find(&*journal, &arguments.run)?;
    let session = host.runs(&*journal, &*journal.clock(), &nobody).waiting(&run)?;
    let waiting = session.and_then(|session| session.question().map(|question| (session, question)));
    let Some((session, question)) = waiting else {
        let shown = Inbox::new(&*journal, &*journal.clock()).show(&run)?;
        let status = shown.record.summary.status.to_string();
        return Err(Refusal::NotWaiting { run: run.to_string(), status }.into());
    };
    let answers = match &arguments.value {
        Some(text) => vec![input::json_or_text(text, "--value")?],
        None => offered_answers(&question.step),
    };
    let unanswered = match &arguments.value {
        Some(_) => None,
        None => session.preview_of_expiry()?,
    };
    let seen: Vec<(Value, Ahead)> =
        answers.into_iter().map(|answer| (answer.clone(), session.preview(&answer))).collect();
    match format {
        Format::Json => print_json(&json!({
            "run": run,
            "step": question.step.id,
            "previews": seen.iter().map(|(answer, ahead)| of_answer(answer, ahead)).collect::<Vec<_>>(),
            "unanswered": unanswered.as_ref().map(of_preview),
        }))?,
        Format::Human => print(&text(&session, &seen, unanswered.as_ref()))?,
    }
    let all_refused = !seen.is_empty() && seen.iter().all(|(_, ahead)| ahead.is_err());
    Ok(if all_refused { Exit::Rejected } else { Exit::Done })
}

fn of_answer(answer: &Value, ahead: &Ahead) -> Value {
    let (mut told, name, other) = match ahead {
        Ok(preview) => (of_preview(preview), "error", Value::Null),
        Err(error) => {
            let error = json!({"code": UserError::code(error), "message": error.to_string(), "help": error.help()});
            (json!({}), "error", error)
        }
    };
    if let Some(members) = told.as_object_mut() {
        members.insert("answer".to_owned(), answer.clone());
        members.insert(name.to_owned(), other);
    }
    told
}

fn of_preview(preview: &Preview) -> Value {
    let (result, asks) = match &preview.outlook {
        Outlook::Ends(result) => (Some(result.to_json()), None),
        Outlook::Asks(question) => {
            (None, Some(json!({"step": question.step.id, "description": question.step.description})))
        }
    };
    json!({
        "state": preview.state,
        "changes": preview.changes.changes,
        "more_changes": preview.changes.more,
        "fuel": preview.fuel,
        "result_hash": result.as_ref().and_then(|result| result.pointer("/receipt/result_hash")),
        "result": result,
        "asks": asks,
    })
}

fn text(session: &Session, seen: &[(Value, Ahead)], unanswered: Option<&Preview>) -> String {
    let question = session.question().map(|question| printable(&question.step.description)).unwrap_or_default();
    let mut text = format!("{question}\n");
    if seen.is_empty() {
        text.push_str("The step offers no answers: preview one with `--value JSON`.\n");
    }
    for (answer, ahead) in seen {
        text.push_str(&format!("\n{}\n", printable(&plain(answer))));
        match ahead {
            Ok(preview) => text.push_str(&lines(preview)),
            Err(error) => text.push_str(&format!("  would not be accepted: {}\n", printable(&error.to_string()))),
        }
    }
    if let Some(preview) = unanswered {
        text.push_str("\nif nobody answers\n");
        text.push_str(&lines(preview));
    }
    text
}

fn lines(preview: &Preview) -> String {
    let mut text = String::new();
    for change in &preview.changes.changes {
        text.push_str(&changed(change));
    }
    if preview.changes.more > 0 {
        text.push_str(&format!("  … and {} places more\n", preview.changes.more));
    }
    if preview.changes.is_empty() {
        text.push_str("  the state stays as it is\n");
    }
    match &preview.outlook {
        Outlook::Asks(question) => text.push_str(&format!("  then asks: {}\n", printable(&question.step.description))),
        Outlook::Ends(result) => {
            if let Some(message) = &result.error_message {
                let step = result.failed_step_id.as_deref().unwrap_or_default();
                text.push_str(&format!("  then fails at step `{}`: {}\n", printable(step), printable(message)));
            }
            for verdict in result.verdicts.values() {
                let word = if verdict.passed { "PASS" } else { "FAIL" };
                text.push_str(&format!("  {word} {}\n", printable(&verdict.summary)));
            }
            text.push_str(&format!("  result {}\n", result.receipt.result_hash));
        }
    }
    text.push_str(&format!("  fuel {}\n", preview.fuel));
    text
}

fn changed(change: &StateChange) -> String {
    let path = change.path.to_string();
    let place = if path.is_empty() { "the whole state".to_owned() } else { printable(&path) };
    match (&change.before, &change.after) {
        (None, after) => format!("  + {place}  {}\n", after.as_ref().map(short).unwrap_or_default()),
        (Some(before), None) => format!("  - {place}  {}\n", short(before)),
        (Some(before), Some(after)) => format!("  ~ {place}  {} → {}\n", short(before), short(after)),
    }
}

fn short(value: &Value) -> String {
    let text = printable(&value.to_string());
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}
