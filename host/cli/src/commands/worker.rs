//! `sortie worker`.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use clap::Args;
use serde_json::{Value, json};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use sortie_host::journal::{Segment, Timestamp};
use sortie_worker::{Delivery, Notifier, Stop, Work, Worker};

use crate::error::{CliError, Exit};
use crate::log::LogArguments;
use crate::options::{Format, JournalArguments, PluginArguments};
use crate::project;
use crate::receivers::NotifyArguments;
use crate::render::{PrintError, note, print, print_json, printable};

/// How soon after a signal workers are told to stop.
const LOOK: Duration = Duration::from_millis(100);

#[derive(Debug, Args)]
pub(crate) struct WorkerArguments {
    /// Resume this many runs at a time.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: u16,
    /// Stop when there is nothing left to do, instead of waiting for more.
    #[arg(long)]
    once: bool,
    #[command(flatten)]
    log: LogArguments,
    #[command(flatten)]
    notify: NotifyArguments,
    /// Resume even if a plugin is not the one that a run began with; the receipt says so.
    #[arg(long)]
    allow_changed_plugin: bool,
    #[command(flatten)]
    journal: JournalArguments,
    #[command(flatten)]
    plugins: PluginArguments,
}

/// Resumes runs and ends waits until it is interrupted, and prints what it did: a line each.
pub(crate) fn worker(arguments: &WorkerArguments, format: Format) -> Result<Exit, CliError> {
    let _logging = arguments.log.begin()?;
    let host = project::host(&arguments.plugins)?;
    let journal = arguments.journal.open_or_make()?;
    let presence = journal.announce()?;
    let clock = journal.clock();
    let worker = Worker::new(&host, &*journal, &*clock, &*presence);
    let worker = if arguments.allow_changed_plugin { worker.allowing_changed_plugins() } else { worker };
    host.runs(&*journal, &*clock, &*presence).offer_plugins()?;
    let receivers = arguments.notify.receivers()?;
    let notifiers = receivers.iter().map(|(name, receiver)| {
        let notifier = Notifier::new(&*journal, &*clock, &*presence, name, &**receiver);
        match arguments.notify.notify_before {
            Some(lead) => notifier.before_deadlines(lead),
            None => notifier,
        }
    });
    // Each has a thread of its own, so that one receiver that is slow keeps nobody waiting.
    let notifiers: Vec<Notifier<'_>> = notifiers.collect();
    let printing = Mutex::new(Ok(()));
    let tell = |work: &Work| {
        let mut printed = printing.lock().unwrap_or_else(PoisonError::into_inner);
        if printed.is_ok() {
            *printed = told(work, clock.now(), format);
        }
    };
    if arguments.once {
        // A receiver that is new is told of what happens from here on.
        for notifier in &notifiers {
            notifier.notify(&say)?;
        }
        while let Some(work) = worker.work_once()? {
            tell(&work);
        }
        for notifier in &notifiers {
            notifier.notify(&say)?;
        }
    } else {
        let stop = Arc::new(Stop::new());
        let called = Arc::clone(&stop);
        journal.on_drivable(Arc::new(move || called.call()));
        until_interrupted(&worker, &stop, arguments.threads, &notifiers, &tell);
    }
    printing.into_inner().unwrap_or_else(PoisonError::into_inner)?;
    Ok(Exit::Done)
}

/// What is said of notifications: only what went wrong.
fn say(notified: &Delivery) {
    match notified {
        Delivery::Failed { message, reason, retry_at } => note(
            "not_notified",
            &format!("{} of {} was not delivered, again at {retry_at}: {reason}", message.kind, message.id),
        ),
        Delivery::Dropped { message, reason } => {
            note("not_notified", &format!("{} of {} is given up: {reason}", message.kind, message.id));
        }
        _ => {}
    }
}

fn until_interrupted(
    worker: &Worker<'_>,
    stop: &Stop,
    threads: u16,
    notifiers: &[Notifier<'_>],
    tell: &(dyn Fn(&Work) + Sync),
) {
    let interrupted = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        // Where a signal cannot be caught, it ends the process: what was acknowledged is in the journal all the same.
        let _ = flag::register(signal, Arc::clone(&interrupted));
    }
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(move || worker.run(stop, &|work| tell(work)));
        }
        for notifier in notifiers {
            scope.spawn(move || notifier.run(stop, &say));
        }
        while !interrupted.load(Ordering::SeqCst) {
            thread::sleep(LOOK);
        }
        stop.stop();
    });
}

fn told(work: &Work, now: Timestamp, format: Format) -> Result<(), PrintError> {
    match format {
        Format::Json => print_json(&to_json(work, now)),
        Format::Human => print(&format!("{now} {}\n", printable(&work.to_string()))),
    }
}

fn to_json(work: &Work, at: Timestamp) -> Value {
    let (mut hash, mut step, mut setback, mut message) = (None, None, None, None);
    match work {
        Work::Drove { segment: Segment::Done(completed), .. } => hash = Some(completed.result.receipt.result_hash),
        Work::Drove { segment: Segment::Asked(asked), .. } => step = Some(&asked.waiting.question.step.id),
        Work::SetBack { setback: why, .. } => setback = Some(why),
        Work::Unavailable { error } => message = Some(error.to_string()),
        _ => {}
    }
    json!({
        "at": at, "code": work.code(), "run": work.run(), "step": step, "result_hash": hash, "setback": setback,
        "message": message,
    })
}
