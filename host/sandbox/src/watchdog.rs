//! A thread that ends calls that hang. It decides no result: what it ends is a host fault.

use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use wasmtime::Engine;

const TICK: Duration = Duration::from_millis(100);

/// Advances the engine's epoch while it lives.
#[derive(Debug)]
pub(crate) struct Watchdog {
    ticks: u64,
    _stop: Sender<()>,
}

impl Watchdog {
    /// Starts the thread. A call may take this long, or a little more.
    pub(crate) fn start(engine: &Engine, patience: Duration) -> Self {
        let (stop, stopped) = mpsc::channel::<()>();
        let engine = engine.weak();
        thread::spawn(move || {
            while stopped.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                let Some(engine) = engine.upgrade() else { return };
                engine.increment_epoch();
            }
        });
        let ticks = u64::try_from(patience.as_millis() / TICK.as_millis()).unwrap_or(u64::MAX / 2);
        Self { ticks: ticks.clamp(1, u64::MAX / 2) + 1, _stop: stop }
    }

    /// The epochs that a call may take.
    pub(crate) fn ticks(&self) -> u64 {
        self.ticks
    }
}
