//! Points at which a test kills the process. Without the feature `kill-points` there is nothing here at all.
//!
//! With the feature, the environment variable `SORTIE_KILL_POINT=N` makes the process kill itself when a
//! [`SqliteJournal`](crate::SqliteJournal) comes to its Nth write boundary, counted from 1 over the life of the
//! process and all its threads and journals. The boundaries of each write are: before `BEGIN`, behind every
//! statement (so at least once before `COMMIT`), and behind `COMMIT`. Setting up a new file has boundaries too. A
//! process that ends without having come to the Nth boundary was not killed: a test counts N up until that happens.
//!
//! The process ends by `kill -9`, so that no destructor runs and no buffer is flushed; where there is no program
//! `kill`, by `abort`, which does not run or flush any either.

/// A write boundary.
#[cfg(not(feature = "kill-points"))]
#[inline]
pub(crate) const fn reach() {}

/// A write boundary.
#[cfg(feature = "kill-points")]
pub(crate) fn reach() {
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    static FATAL: LazyLock<Option<u64>> =
        LazyLock::new(|| std::env::var("SORTIE_KILL_POINT").ok().and_then(|number| number.parse().ok()));
    static REACHED: AtomicU64 = AtomicU64::new(0);

    let number = REACHED.fetch_add(1, Ordering::SeqCst) + 1;
    if *FATAL == Some(number) {
        let _ = std::process::Command::new("kill").args(["-KILL", &std::process::id().to_string()]).status();
        std::process::abort();
    }
}
