//! `sortie inbox`.

use std::time::Duration;

use clap::Args;
use serde_json::{Value, json};
use sortie_host::journal::{Clock, Filter, Inbox, RunSummary, Status, SystemClock, Timestamp};

use crate::error::{CliError, Exit};
use crate::options::{Format, JournalArguments};
use crate::render::{print, print_json, printable, table};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Only runs of this mission.
    #[arg(long, value_name = "NAME")]
    mission: Option<String>,
    /// Only runs that this person may answer: they are named, or nobody is.
    #[arg(long, value_name = "NAME")]
    assignee: Option<String>,
    /// Only runs that have waited for this long: seconds, or a number with `s`, `m`, `h` or `d`.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    older_than: Option<Duration>,
    #[command(flatten)]
    journal: JournalArguments,
}

/// Lists the runs that wait for a person.
pub(crate) fn list(arguments: &Arguments, format: Format) -> Result<Exit, CliError> {
    let journal = arguments.journal.open()?;
    let now = SystemClock.now();
    let filter = Filter {
        mission: arguments.mission.clone(),
        assignee: arguments.assignee.clone(),
        asked_by: arguments.older_than.map(|age| before(now, age)),
        ..Filter::waiting()
    };
    let inbox = Inbox::new(&journal, &SystemClock);
    let (waiting, resumable) = (inbox.list(&filter)?, inbox.resumable()?.len());
    match format {
        Format::Json => {
            let waiting: Vec<Value> = waiting.iter().map(|summary| entry(summary, now)).collect();
            print_json(&json!({"waiting": waiting, "resumable": resumable}))?;
        }
        Format::Human => print(&shown(&waiting, resumable, now))?,
    }
    Ok(Exit::Done)
}

fn entry(summary: &RunSummary, now: Timestamp) -> Value {
    let wait = summary.wait.as_ref();
    json!({
        "run": summary.run,
        "mission": summary.mission,
        "step": wait.map(|wait| &wait.step),
        "description": wait.map(|wait| &wait.description),
        "assignees": wait.map(|wait| &wait.assignees),
        "asked_at": wait.map(|wait| wait.asked_at),
        "deadline": wait.and_then(|wait| wait.deadline),
        "expired": has_expired(summary, now),
    })
}

fn has_expired(summary: &RunSummary, now: Timestamp) -> bool {
    let deadline = summary.wait.as_ref().and_then(|wait| wait.deadline);
    summary.status == Status::Waiting && deadline.is_some_and(|deadline| deadline <= now)
}

fn shown(waiting: &[RunSummary], resumable: usize, now: Timestamp) -> String {
    let mut text = String::new();
    if waiting.is_empty() {
        text.push_str("Nothing waits for a person.\n");
    } else {
        let columns = ["run", "mission", "asks", "for", "since", "until"];
        text.push_str(&table(&columns, waiting.iter().map(|summary| row(summary, now)).collect()));
    }
    match resumable {
        0 => {}
        1 => text.push_str("1 run can be resumed: `sortie resume`\n"),
        count => text.push_str(&format!("{count} runs can be resumed: `sortie resume`\n")),
    }
    text
}

fn row(summary: &RunSummary, now: Timestamp) -> Vec<String> {
    let wait = summary.wait.as_ref();
    let assignees = wait.map(|wait| wait.assignees.join(", ")).unwrap_or_default();
    let deadline = match wait.and_then(|wait| wait.deadline) {
        None => "any time".to_owned(),
        Some(_) if has_expired(summary, now) => "expired".to_owned(),
        Some(deadline) => shorter(deadline),
    };
    vec![
        summary.run.to_string(),
        printable(&summary.mission),
        wait.map(|wait| printable(&wait.description)).unwrap_or_default(),
        if assignees.is_empty() { "anybody".to_owned() } else { printable(&assignees) },
        wait.map(|wait| shorter(wait.asked_at)).unwrap_or_default(),
        deadline,
    ]
}

/// The time without its milliseconds: `2026-03-01T09:30:00Z`.
fn shorter(time: Timestamp) -> String {
    let text = time.to_string();
    text.split_once('.').map_or_else(|| text.clone(), |(seconds, _)| format!("{seconds}Z"))
}

fn before(now: Timestamp, age: Duration) -> Timestamp {
    let millis = i64::try_from(age.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_millis(now.as_millis().saturating_sub(millis)).unwrap_or(Timestamp::MIN)
}

/// A time such as human steps have it.
fn duration(text: &str) -> Result<Duration, String> {
    let unit = |unit: &str| match unit {
        "" | "s" => Some(1),
        "m" => Some(60),
        "h" => Some(3600),
        "d" => Some(86_400),
        _ => None,
    };
    let (number, rest) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let seconds = unit(rest).and_then(|unit| number.parse::<u64>().ok()?.checked_mul(unit));
    seconds
        .map(Duration::from_secs)
        .ok_or_else(|| "expected a time such as 90 (seconds), `15m`, `8h` or `2d`".to_owned())
}
