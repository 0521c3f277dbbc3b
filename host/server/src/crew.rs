//! Resumes what was decided, has expired or was interrupted, and tells others what happens, while the server runs: the
//! workers and notifiers of `sortie-worker`, on threads of their own.

use std::io;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use sortie_host::journal::Segment;
use sortie_worker::{Delivery, Notifier, Receiver, Stop, Work, Worker};

use crate::app::App;
use crate::deployment::Deployment;

/// Somebody who is told what happens.
#[derive(Clone)]
pub struct Listener {
    /// What stands for it in the journal: what was delivered is known by this name.
    pub name: String,
    /// Where messages go.
    pub receiver: Arc<dyn Receiver>,
    /// How long before a deadline it is told that it comes near; not at all, if there is none.
    pub lead: Option<Duration>,
}

impl std::fmt::Debug for Listener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Listener").field("name", &self.name).finish_non_exhaustive()
    }
}

/// The threads that drive runs and tell of them. They end when this is dropped, each after what it is at.
#[derive(Debug, Default)]
pub(crate) struct Crew {
    stop: Arc<Stop>,
    threads: Vec<JoinHandle<()>>,
}

impl Crew {
    /// Begins with that many workers.
    pub(crate) fn begin(app: &Arc<App>, workers: usize, listeners: &[Listener]) -> io::Result<Self> {
        let mut crew = Self { stop: Arc::clone(app.crew_stop()), threads: Vec::new() };
        // What other processes on the same database did.
        let weak = Arc::downgrade(app);
        let call = move || weak.upgrade().into_iter().for_each(|app| app.changed());
        app.deployment().journal.on_drivable(Arc::new(call));
        // An engine drives its runs itself.
        let workers = if app.deployment().journal.engine().is_some() { 0 } else { workers };
        for _ in 0..workers {
            let (app, stop) = (Arc::clone(app), Arc::clone(&crew.stop));
            let work = move || {
                let Deployment { host, journal, clock, driver } = app.deployment();
                Worker::new(host, &**journal, &**clock, &**driver).run(&stop, &|work| tell(&app, work));
            };
            crew.threads.push(thread::Builder::new().name("sortie-worker".to_owned()).spawn(work)?);
        }
        for listener in listeners {
            let (app, stop, listener) = (Arc::clone(app), Arc::clone(&crew.stop), listener.clone());
            let notify = move || {
                let Deployment { journal, clock, driver, .. } = app.deployment();
                let Listener { name, receiver, lead } = &listener;
                let notifier = Notifier::new(&**journal, &**clock, &**driver, name, &**receiver);
                let notifier = match lead {
                    Some(lead) => notifier.before_deadlines(*lead),
                    None => notifier,
                };
                notifier.run(&stop, &|delivery| app.metrics.notification(code(delivery)));
            };
            crew.threads.push(thread::Builder::new().name("sortie-notifier".to_owned()).spawn(notify)?);
        }
        Ok(crew)
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        self.stop.stop();
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

/// What a worker did is counted, and shown to whoever watches.
fn tell(app: &App, work: &Work) {
    app.metrics.work(work.code());
    if let Work::Drove { segment: Segment::Done(completed), .. } = work {
        app.metrics.fuel(completed.result.receipt.fuel);
    }
    app.changed();
}

fn code(delivery: &Delivery) -> &'static str {
    match delivery {
        Delivery::Delivered(_) => "delivered",
        Delivery::Failed { .. } => "failed",
        _ => "dropped",
    }
}
