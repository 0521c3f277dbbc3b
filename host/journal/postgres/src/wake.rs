//! Waking those who wait for work, in whatever process: `NOTIFY` and `LISTEN`.
//!
//! A server notifies in the order of its commits, and so lets one commit at a time that does: a write that waits for the disk
//! would keep all others waiting. So it is a statement of its own, after the write, from a thread of its own, which says once
//! what was to be said many times meanwhile. One that gets lost does no harm: who waits for work looks now and then.

use std::sync::mpsc::{self, Receiver, SyncSender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::client::Client;
use crate::pool::Pool;

/// How long is listened before it is asked whether anybody still wants to hear.
const LISTEN: Duration = Duration::from_millis(500);

/// The pause before a server is tried again that could not be listened to.
const RETRY: Duration = Duration::from_secs(1);

/// Tells other processes that a run can be driven.
pub(crate) struct Herald {
    pool: Arc<Pool>,
    thread: Mutex<Option<(SyncSender<()>, JoinHandle<()>)>>,
}

impl Herald {
    pub(crate) fn new(pool: Arc<Pool>) -> Self {
        Self { pool, thread: Mutex::default() }
    }

    /// Tells it soon. Does not wait.
    pub(crate) fn tell(&self) {
        let mut thread = lock(&self.thread);
        if thread.is_none() {
            let (ask, asked) = mpsc::sync_channel(1);
            let pool = Arc::clone(&self.pool);
            let spawned = thread::Builder::new().name("sortie-notify".to_owned()).spawn(move || notify(&pool, &asked));
            // Without a thread nobody is told, and finds it by looking.
            let Ok(spawned) = spawned else { return };
            *thread = Some((ask, spawned));
        }
        if let Some((ask, _)) = &*thread {
            // If it is to be told already, this is told with it.
            let _ = ask.try_send(());
        }
    }
}

/// What is to be told is told before the journal is closed.
impl Drop for Herald {
    fn drop(&mut self) {
        if let Some((ask, thread)) = lock(&self.thread).take() {
            drop(ask);
            // A panic of it concerns nobody.
            let _ = thread.join();
        }
    }
}

fn notify(pool: &Pool, asked: &Receiver<()>) {
    let sql = format!("NOTIFY \"{}\"", pool.address.schema);
    while asked.recv().is_ok() {
        // Whoever would have been told looks by themselves.
        let _ = pool.again(|client| Ok(client.batch(&sql)?));
    }
}

/// What is called when another process tells that a run can be driven.
#[derive(Default)]
pub(crate) struct Listeners {
    calls: Mutex<Vec<Arc<dyn Fn() + Send + Sync>>>,
}

impl Listeners {
    /// Adds one, and listens from the first on, as long as the journal is there.
    pub(crate) fn add(self: &Arc<Self>, pool: &Arc<Pool>, call: Arc<dyn Fn() + Send + Sync>) {
        let mut calls = lock(&self.calls);
        calls.push(call);
        if calls.len() == 1 {
            let (listeners, pool) = (Arc::downgrade(self), Arc::downgrade(pool));
            let listen = move || listen(&listeners, &pool);
            // Without a thread nobody is called, and finds work by looking.
            drop(thread::Builder::new().name("sortie-listen".to_owned()).spawn(listen));
        }
    }

    fn call(&self) {
        let calls = lock(&self.calls).clone();
        for call in calls {
            call();
        }
    }
}

fn listen(listeners: &Weak<Listeners>, pool: &Weak<Pool>) {
    while let Some(pool) = pool.upgrade() {
        let connected = pool.connect().and_then(|client| {
            client.batch(&format!("LISTEN \"{}\"", pool.address.schema))?;
            Ok(client)
        });
        drop(pool);
        match connected {
            Ok(client) => pass_on(client, listeners),
            Err(_) => thread::sleep(RETRY),
        }
    }
}

/// Calls the listeners whenever the server notifies, until the connection is lost or nobody listens any more.
fn pass_on(client: Client, listeners: &Weak<Listeners>) {
    // Something may have been told while nobody listened.
    let mut is_told = true;
    while let Some(listeners) = listeners.upgrade() {
        if is_told {
            listeners.call();
        }
        drop(listeners);
        match client.is_notified(LISTEN) {
            Ok(told) => is_told = told,
            Err(_) => return,
        }
    }
}

/// A lock whose holder never leaves what it guards half changed.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
