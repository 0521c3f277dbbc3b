//! When to stop.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Tells workers to stop, or that there may be something to do.
///
/// ```
/// use sortie_worker::Stop;
///
/// let stop = Stop::new();
/// assert!(!stop.is_stopped());
/// stop.stop();
/// assert!(stop.is_stopped());
/// ```
#[derive(Debug, Default)]
pub struct Stop {
    standing: Mutex<StopState>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct StopState {
    stopped: bool,
    /// How often somebody said that there may be something to do.
    calls: u64,
}

impl Stop {
    /// Go on, for now.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Tells all workers to stop once they have done what they are doing.
    pub fn stop(&self) {
        self.change(|standing| standing.stopped = true);
    }

    /// Tells all workers that pause that there may be something to do: who decided in the same process need not wait
    /// until it is found.
    pub fn call(&self) {
        self.change(|standing| standing.calls = standing.calls.wrapping_add(1));
    }

    /// Whether workers are to stop.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner).stopped
    }

    /// How often workers were called.
    pub(crate) fn calls(&self) -> u64 {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner).calls
    }

    /// Pauses for that long; less, if workers are to stop or were called since the count was taken.
    pub(crate) fn pause(&self, calls: u64, duration: Duration) {
        let standing = self.standing.lock().unwrap_or_else(PoisonError::into_inner);
        let idle = |standing: &mut StopState| !standing.stopped && standing.calls == calls;
        drop(self.changed.wait_timeout_while(standing, duration, idle));
    }

    fn change(&self, change: impl FnOnce(&mut StopState)) {
        change(&mut self.standing.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify_all();
    }
}
