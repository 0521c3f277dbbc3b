//! How often, and how soon again.

use std::time::Duration;

/// How often a run is tried, and how long the pauses are.
///
/// ```
/// use std::time::Duration;
///
/// use sortie_worker::Pace;
///
/// let pace = Pace { attempts: 3, ..Pace::default() };
/// assert_eq!(pace.retry_after(2), Some(Duration::from_secs(2)));
/// assert_eq!(pace.retry_after(3), None, "it is set aside");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// How long to pause when there is nothing to do. Default: a quarter of a second.
    pub idle: Duration,
    /// How often to look for drivers that are gone. Default: ten seconds.
    pub look: Duration,
    /// How long to wait before a run is tried again after the first fault of the host; each time in a row doubles it.
    /// Default: a second.
    pub first_retry: Duration,
    /// The longest that such a wait becomes. Default: five minutes.
    pub longest_retry: Duration,
    /// After how many faults in a row a run is set aside. Default: 12, which takes about twenty minutes.
    pub attempts: u32,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            idle: Duration::from_millis(250),
            look: Duration::from_secs(10),
            first_retry: Duration::from_secs(1),
            longest_retry: Duration::from_mins(5),
            attempts: 12,
        }
    }
}

impl Pace {
    /// How long to wait after that many faults in a row; nothing, if it was tried often enough.
    #[must_use]
    pub fn retry_after(&self, attempts: u32) -> Option<Duration> {
        let doublings = attempts.saturating_sub(1);
        let wait = 2_u32.checked_pow(doublings).and_then(|times| self.first_retry.checked_mul(times));
        (attempts < self.attempts).then(|| wait.unwrap_or(self.longest_retry).min(self.longest_retry))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_end() {
        let pace = Pace { attempts: 40, ..Pace::default() };
        let seconds = |attempts| pace.retry_after(attempts).map(|wait| wait.as_secs());
        assert_eq!([1, 2, 3, 4].map(seconds), [Some(1), Some(2), Some(4), Some(8)]);
        assert_eq!([9, 10, 39].map(seconds), [Some(256), Some(300), Some(300)]);
        assert_eq!([40, 41, u32::MAX].map(seconds), [None, None, None]);
    }
}
