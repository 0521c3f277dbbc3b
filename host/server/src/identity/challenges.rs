//! What passkeys were asked to sign: each challenge is given to one browser, answered once, and soon over.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sortie_host::journal::Timestamp;
use sortie_json::ContentHash;

/// How long a person has to find their finger.
const LIFETIME: Duration = Duration::from_mins(2);
/// How many there are at most; the oldest goes first. Whoever asks from one address, as often as the server answers, fills
/// it in no less than that time.
const MAX_CHALLENGES: usize = 4096;

/// What was asked of whom.
#[derive(Debug)]
pub(crate) struct Challenges<T>(Mutex<HashMap<ContentHash, OpenChallenge<T>>>);

#[derive(Debug)]
struct OpenChallenge<T> {
    /// The hash of the secret that only the browser has that was asked.
    browser: ContentHash,
    what: T,
    until: Timestamp,
}

impl<T> Default for Challenges<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> Challenges<T> {
    /// Notes what was asked of a browser.
    pub(crate) fn ask(&self, challenge: &[u8], browser: &str, what: T, now: Timestamp) {
        let mut all = self.locked();
        all.retain(|_, asked| now < asked.until);
        if all.len() >= MAX_CHALLENGES
            && let Some(oldest) = all.iter().min_by_key(|(_, asked)| asked.until).map(|(name, _)| *name)
        {
            all.remove(&oldest);
        }
        let browser = ContentHash::of_bytes(browser.as_bytes());
        all.insert(ContentHash::of_bytes(challenge), OpenChallenge { browser, what, until: now.plus(LIFETIME) });
    }

    /// What was asked with a challenge, if it was asked of this browser, and not long ago. It is over then, either way.
    pub(crate) fn take(&self, challenge: &[u8], browser: &str, now: Timestamp) -> Option<T> {
        let asked = self.locked().remove(&ContentHash::of_bytes(challenge))?;
        let is_its = asked.browser == ContentHash::of_bytes(browser.as_bytes()) && now < asked.until;
        is_its.then_some(asked.what)
    }

    fn locked(&self) -> MutexGuard<'_, HashMap<ContentHash, OpenChallenge<T>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::MIN;

    #[test]
    fn a_challenge_is_answered_once_and_by_the_browser_that_was_asked() {
        let challenges = Challenges::default();
        challenges.ask(b"one", "ann's", 1, NOW);
        let take = |challenge: &[u8], browser| challenges.take(challenge, browser, NOW);
        assert_eq!(take(b"another", "ann's"), None);
        assert_eq!((take(b"one", "ann's"), take(b"one", "ann's")), (Some(1), None));
        challenges.ask(b"two", "ann's", 2, NOW);
        assert_eq!((take(b"two", "bob's"), take(b"two", "ann's")), (None, None));
    }

    #[test]
    fn a_challenge_is_soon_over() {
        let challenges = Challenges::default();
        for (later, answered) in [(LIFETIME.saturating_sub(Duration::from_millis(1)), Some(1)), (LIFETIME, None)] {
            challenges.ask(b"one", "ann's", 1, NOW);
            assert_eq!(challenges.take(b"one", "ann's", NOW.plus(later)), answered, "{later:?}");
        }
    }

    #[test]
    fn challenges_are_bounded_and_the_oldest_goes_first() {
        let challenges = Challenges::default();
        let ask = |number: usize| {
            let now = NOW.plus(Duration::from_millis(u64::from(number > 0)));
            challenges.ask(&number.to_be_bytes(), "ann's", number, now);
        };
        (0..MAX_CHALLENGES).for_each(ask);
        assert!(challenges.locked().values().any(|challenge| challenge.what == 0), "there is room for all of them");
        ask(MAX_CHALLENGES);
        assert_eq!(challenges.locked().len(), MAX_CHALLENGES);
        assert_eq!(challenges.take(&0usize.to_be_bytes(), "ann's", NOW), None);
    }
}
