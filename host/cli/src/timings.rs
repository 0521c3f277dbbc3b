//! Where the host's time goes. The libraries open a span around each kind of work; what was spent within each, and not
//! within another inside it, is added up here. Nothing of it reaches a result.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use comfy_table::{CellAlignment, Table, presets};
use serde_json::{Value, json};
use tracing::span::Id;
use tracing::{Metadata, Subscriber};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

use crate::error::Exit;
use crate::render::to_stderr;

/// What each kind of work is, in the order in which it is told.
const KINDS: [(&str, &str); 13] = [
    ("read", "reading documents"),
    ("load", "loading plugins: checking them, reading their manifests"),
    ("cache", "reading compiled code from the cache"),
    ("compile", "compiling, and keeping it in the cache"),
    ("check", "checking params and workflows"),
    ("prepare", "preparing calls: what they may read, its text and its hash"),
    ("instantiate", "making instances"),
    ("execute", "executing plugins"),
    ("convert", "reading what plugins returned"),
    ("apply", "applying changes to the state, and the chain of hashes"),
    ("result", "making results and their hashes"),
    ("journal", "reading and writing the journal"),
    ("render", "printing"),
];

/// What is none of these: starting, and whatever has no span.
const OTHER: &str = "other";

#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct TimingsArguments {
    /// Report on standard error where the host's time went. This is not part of the result, and differs each time.
    #[arg(long, value_enum, value_name = "FORM", num_args = 0..=1, require_equals = true, default_missing_value = "table")]
    timings: Option<TimingsForm>,
}

/// How timings are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum TimingsForm {
    /// A table, for people.
    Table,
    /// A line of JSON, for programs.
    Json,
}

/// A clock that runs, where timings are wanted.
pub(crate) struct Stopwatch {
    form: TimingsForm,
    begun: Instant,
    spent: Spent,
}

impl TimingsArguments {
    /// Does a command's work, and tells then where the time went.
    pub(crate) fn around<E>(self, work: impl FnOnce() -> Result<Exit, E>) -> Result<Exit, E> {
        let stopwatch = self.timings.map(Stopwatch::begin);
        let outcome = work();
        if let Some(stopwatch) = stopwatch {
            to_stderr(&stopwatch.told());
        }
        outcome
    }
}

impl Stopwatch {
    fn begin(form: TimingsForm) -> Self {
        let spent = Spent::default();
        let timed = filter_fn(|metadata| metadata.target() == sortie_sandbox::TIMINGS);
        // It begins once in a process.
        drop(registry().with(spent.clone().with_filter(timed)).try_init());
        Self { form, begun: Instant::now(), spent }
    }

    fn told(&self) -> String {
        let total = self.begun.elapsed();
        let spent = self.spent.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Of several threads, more time is spent than passes.
        let within = spent.values().map(|kind| kind.time).sum();
        let other = Kind { times: 1, time: total.saturating_sub(within) };
        let rows = KINDS.iter().filter_map(|(name, words)| Some((*name, *words, *spent.get(name)?)));
        let rows = rows.chain([(OTHER, "all else", other)]);
        match self.form {
            TimingsForm::Json => json_line(rows, total),
            TimingsForm::Table => table(rows, total),
        }
    }
}

fn json_line<'r>(rows: impl Iterator<Item = (&'r str, &'r str, Kind)>, total: Duration) -> String {
    let microseconds = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
    let row = |(name, _, kind): (&str, &str, Kind)| {
        (name.to_owned(), json!({"count": kind.times, "microseconds": microseconds(kind.time)}))
    };
    let parts: serde_json::Map<String, Value> = rows.map(row).collect();
    let timings = json!({"schema_version": "timings@1", "microseconds": microseconds(total), "parts": parts});
    format!("{timings}\n")
}

fn table<'r>(rows: impl Iterator<Item = (&'r str, &'r str, Kind)>, total: Duration) -> String {
    let milliseconds = |time: Duration| format!("{:.3}", time.as_secs_f64() * 1e3);
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(["", "COUNT", "MS", ""]);
    for (name, words, kind) in rows {
        table.add_row([name.to_owned(), kind.times.to_string(), milliseconds(kind.time), words.to_owned()]);
    }
    table.add_row(["together".to_owned(), String::new(), milliseconds(total), String::new()]);
    for column in [1, 2] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let lines: Vec<String> = table.to_string().lines().map(|line| line.trim_end().to_owned()).collect();
    lines.join("\n") + "\n"
}

/// What was spent on a kind of work.
#[derive(Debug, Clone, Copy, Default)]
struct Kind {
    times: u64,
    time: Duration,
}

/// What was spent, by the names of spans: on all threads together.
#[derive(Debug, Clone, Default)]
struct Spent(Arc<Mutex<BTreeMap<&'static str, Kind>>>);

/// A span that a thread is in.
struct Within {
    began: Instant,
    /// What was spent in spans inside it.
    inside: Duration,
}

thread_local! {
    static STACK: RefCell<Vec<Within>> = const { RefCell::new(Vec::new()) };
}

impl<S: Subscriber + for<'s> LookupSpan<'s>> Layer<S> for Spent {
    fn on_enter(&self, _: &Id, _: Context<'_, S>) {
        STACK.with_borrow_mut(|stack| stack.push(Within { began: Instant::now(), inside: Duration::ZERO }));
    }

    fn on_exit(&self, id: &Id, context: Context<'_, S>) {
        let ended = STACK.with_borrow_mut(|stack| {
            let Within { began, inside } = stack.pop()?;
            let whole = began.elapsed();
            if let Some(around) = stack.last_mut() {
                around.inside += whole;
            }
            Some(whole.saturating_sub(inside))
        });
        let name = context.metadata(id).map(Metadata::name);
        if let (Some(time), Some(name)) = (ended, name) {
            let mut spent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let kind = spent.entry(name).or_default();
            kind.times += 1;
            kind.time += time;
        }
    }
}
