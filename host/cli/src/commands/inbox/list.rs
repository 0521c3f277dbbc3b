//! `sortie inbox`.

use std::num::NonZeroUsize;
use std::time::Duration;

use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use sortie_host::journal::{Actor, Cursor, Filter, Inbox, Order, RunSummary, Timestamp};
use sortie_json::{MAX_MESSAGE_BYTES, excerpt};

use crate::error::{CliError, Exit};
use crate::options::{Format, JournalArguments, at_least_one, duration};
use crate::render::{print, print_json, printable, table};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// List only runs of this mission.
    #[arg(long, value_name = "NAME")]
    mission: Option<String>,
    /// List only runs that this person may answer: those that name them, or nobody.
    #[arg(long, value_name = "NAME")]
    assignee: Option<String>,
    /// List only runs that have waited this long: seconds, or a number with `s`, `m`, `h` or `d`.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    older_than: Option<Duration>,
    /// List all runs, also finished and cancelled ones, the most recently changed first.
    #[arg(long)]
    all: bool,
    /// List only runs whose deadline has passed.
    #[arg(long, conflicts_with = "all")]
    overdue: bool,
    /// List only runs that were set aside because no worker could resume them.
    #[arg(long, conflicts_with_all = ["all", "overdue"])]
    set_aside: bool,
    /// Sort the list [default: `oldest`; with `--all`, `changed`].
    #[arg(long, value_enum)]
    sort: Option<Sort>,
    /// List at most this many.
    #[arg(long, value_name = "N", default_value = "100", value_parser = at_least_one::<NonZeroUsize>)]
    limit: NonZeroUsize,
    /// Where to read on in a list: what `next` was in the JSON of the list before.
    #[arg(long, value_name = "CURSOR", hide = true)]
    after: Option<Cursor>,
    #[command(flatten)]
    journal: JournalArguments,
}

/// In which order runs are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Sort {
    /// The first started first.
    Oldest,
    /// The last started first.
    Newest,
    /// The most recently changed first.
    Changed,
    /// The earliest deadline first.
    Due,
}

impl Arguments {
    /// Whether only some of the runs are wanted.
    fn selects(&self) -> bool {
        self.mission.is_some() || self.assignee.is_some() || self.older_than.is_some() || self.overdue
    }

    fn filter(&self, now: Timestamp) -> Filter {
        let of_kind = if self.all {
            Filter { order: Order::Changed, ..Filter::default() }
        } else if self.set_aside {
            Filter::set_aside()
        } else {
            Filter::waiting()
        };
        Filter {
            mission: self.mission.clone(),
            assignee: self.assignee.as_deref().map(Actor::new),
            asked_by: self.older_than.map(|age| before(now, age)),
            due_by: self.overdue.then_some(now),
            after: self.after.clone(),
            order: self.sort.map_or(of_kind.order, |sort| match sort {
                Sort::Oldest => Order::Oldest,
                Sort::Newest => Order::Newest,
                Sort::Changed => Order::Changed,
                Sort::Due => Order::Due,
            }),
            // One more tells that there is more.
            limit: Some(self.limit.get().saturating_add(1)),
            ..of_kind
        }
    }
}

/// Lists the runs that wait for a person.
pub(crate) fn list(arguments: &Arguments, format: Format) -> Result<Exit, CliError> {
    let journal = arguments.journal.open()?;
    let clock = journal.clock();
    let now = clock.now();
    let filter = arguments.filter(now);
    let inbox = Inbox::new(&*journal, &*clock);
    let mut runs = inbox.list(&filter)?;
    let more = runs.len() > arguments.limit.get();
    runs.truncate(arguments.limit.get());
    let (aside, resumable) = (inbox.list(&Filter::set_aside())?.len(), inbox.resumable()?.len());
    let resumable = resumable.saturating_sub(aside);
    match format {
        Format::Json => {
            let next = runs.last().filter(|_| more).map(|last| filter.order.cursor(last));
            let entries: Vec<Value> = runs.iter().map(|summary| summary.row(now)).collect();
            let name = if arguments.all || arguments.set_aside { "runs" } else { "waiting" };
            print_json(&json!({name: entries, "resumable": resumable, "set_aside": aside, "next": next}))?;
        }
        Format::Human => {
            let mut text = if runs.is_empty() && !arguments.all && !arguments.set_aside && arguments.selects() {
                "No waiting run matches.\n".to_owned()
            } else if arguments.all || arguments.set_aside {
                listed(&runs)
            } else {
                waiting(&runs, now)
            };
            if more {
                text.push_str("there are more: `--limit N`\n");
            }
            text.push_str(&left_to_do(resumable, aside));
            print(&text)?;
        }
    }
    Ok(Exit::Done)
}

fn waiting(runs: &[RunSummary], now: Timestamp) -> String {
    if runs.is_empty() {
        return "Nothing waits for a person.\n".to_owned();
    }
    let columns = ["run", "mission", "asks", "for", "since", "until"];
    table(&columns, runs.iter().map(|summary| row(summary, now)).collect())
}

/// Runs of any status.
fn listed(runs: &[RunSummary]) -> String {
    if runs.is_empty() {
        return "There is no such run.\n".to_owned();
    }
    let row = |summary: &RunSummary| {
        let status = match &summary.setback {
            Some(setback) if setback.retry_at.is_none() => format!("set aside: {}", printable(&setback.reason)),
            Some(_) | None => summary.status.to_string(),
        };
        let by = summary.started_by.as_ref().map(|by| printable(by.as_str())).unwrap_or_default();
        let mission = printable(&summary.mission);
        vec![summary.run.to_string(), mission, status, by, shorter(summary.created_at), shorter(summary.updated_at)]
    };
    table(&["run", "mission", "status", "by", "since", "at"], runs.iter().map(row).collect())
}

/// What waits for something else than a person.
fn left_to_do(resumable: usize, aside: usize) -> String {
    let resume = match resumable {
        0 => String::new(),
        1 => "1 run can be resumed: `sortie resume`\n".to_owned(),
        count => format!("{count} runs can be resumed: `sortie resume`\n"),
    };
    let retry = match aside {
        0 => String::new(),
        1 => "1 run was set aside: `sortie inbox --set-aside`\n".to_owned(),
        count => format!("{count} runs were set aside: `sortie inbox --set-aside`\n"),
    };
    resume + &retry
}

fn row(summary: &RunSummary, now: Timestamp) -> Vec<String> {
    let wait = summary.wait.as_ref();
    let assignees = wait.map(|wait| wait.assignees.join(", ")).unwrap_or_default();
    let mut whom = if assignees.is_empty() { "anybody".to_owned() } else { cell(&assignees) };
    if let Some(agreement) = wait.and_then(|wait| wait.agreement.as_ref()) {
        whom.push_str(&format!(" ({} of {})", agreement.reached(), agreement.needed));
    }
    let deadline = match wait.and_then(|wait| wait.deadline) {
        None => "any time".to_owned(),
        Some(_) if summary.has_expired(now) => "expired".to_owned(),
        Some(deadline) => shorter(deadline),
    };
    vec![
        summary.run.to_string(),
        printable(&summary.mission),
        wait.map(|wait| cell(&wait.description)).unwrap_or_default(),
        whom,
        wait.map(|wait| shorter(wait.asked_at)).unwrap_or_default(),
        deadline,
    ]
}

/// The beginning of a text, as it stands in a table: all of it is shown with the run.
fn cell(text: &str) -> String {
    printable(&excerpt(text, MAX_MESSAGE_BYTES))
}

/// The time without its milliseconds: `2026-03-01T09:30:00Z`.
fn shorter(time: Timestamp) -> String {
    let text = time.to_string();
    text.split_once('.').map_or_else(|| text.clone(), |(seconds, _)| format!("{seconds}Z"))
}

pub(crate) fn before(now: Timestamp, age: Duration) -> Timestamp {
    let millis = i64::try_from(age.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_millis(now.as_millis().saturating_sub(millis)).unwrap_or(Timestamp::MIN)
}
