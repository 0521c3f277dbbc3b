//! No watchdog, where the host is WebAssembly itself: there is neither a second thread nor a clock. Fuel bounds a call.

use std::time::Duration;

use wasmtime::Engine;

/// When a call has to be over: never.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline(());

impl Deadline {
    /// Nobody counts epochs.
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "where there is a clock, time can be over")]
    pub(crate) fn ticks_left(&self) -> Option<u64> {
        Some(1)
    }
}

#[derive(Debug)]
pub(crate) struct Watchdog(());

impl Watchdog {
    pub(crate) fn start(_engine: &Engine, _patience: Duration) -> Self {
        Self(())
    }

    #[expect(clippy::unused_self, reason = "where there is a clock, it gives a call its time")]
    pub(crate) fn deadline(&self) -> Deadline {
        Deadline(())
    }
}
