//! A thread that ends calls that hang. It decides no result: what it ends is a host fault.

use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use wasmtime::Engine;

const TICK: Duration = Duration::from_millis(100);

/// How many times its own patience a call may take, with all the missions that it runs.
const WITH_MISSIONS: u32 = 6;

/// When a call has to be over, the missions that it runs included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline {
    at: Instant,
    patience: Duration,
}

impl Deadline {
    /// The epochs that a call which begins now, or goes on, may take: those of its own patience, or the fewer that are
    /// left; nothing, if the time is over.
    pub(crate) fn ticks_left(&self) -> Option<u64> {
        let left = self.at.checked_duration_since(Instant::now())?.min(self.patience);
        Some(u64::try_from(left.as_millis() / TICK.as_millis()).unwrap_or(u64::MAX / 2).clamp(1, u64::MAX / 2) + 1)
    }
}

/// Advances the engine's epoch while it lives.
#[derive(Debug)]
pub(crate) struct Watchdog {
    patience: Duration,
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
        // An `Instant` so far away is none.
        Self { patience: patience.min(Duration::from_secs(u64::from(u32::MAX))), _stop: stop }
    }

    /// When an outermost call that begins now has to be over.
    pub(crate) fn deadline(&self) -> Deadline {
        Deadline { at: Instant::now() + self.patience * WITH_MISSIONS, patience: self.patience }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by it")]

    use super::*;

    #[test]
    fn a_call_has_six_times_its_patience_with_its_missions_and_never_more_than_its_patience_at_once() {
        let (patience, engine) = (Duration::from_mins(1), Engine::default());
        let watchdog = Watchdog::start(&engine, patience);
        let before = Instant::now();
        let deadline = watchdog.deadline();
        let after = Instant::now();
        assert!((before + 6 * patience..=after + 6 * patience).contains(&deadline.at));
        // However much is left, it is told so often that it goes on: 600 ticks, and what is begun of one.
        assert_eq!(deadline.ticks_left(), Some(601));
        // Near the end it is what is left.
        let left = |time: Duration| Deadline { at: Instant::now() + time, patience }.ticks_left();
        assert!(left(Duration::from_secs(5)).is_some_and(|ticks| (2..=51).contains(&ticks)));
        assert_eq!(Deadline { at: before.checked_sub(TICK).unwrap(), patience }.ticks_left(), None);
    }
}
