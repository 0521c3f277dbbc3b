//! How much of requests and of answers is held for users, until it is answered and sent.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;

use crate::codes;
use crate::problem::Problem;

/// How many bytes are held for all users together.
const MAX_OF_ALL: usize = 256 << 20;
/// How many of them for one.
const MAX_OF_USER: usize = 64 << 20;

/// How many bytes are held for whom.
#[derive(Debug, Default)]
pub(crate) struct Holdings(Mutex<HashMap<String, usize>>);

/// Bytes that are held for a user, until this is dropped.
#[derive(Debug)]
pub(crate) struct Hold {
    holdings: Arc<Holdings>,
    user: String,
    bytes: usize,
}

impl Holdings {
    /// Nothing yet, for a user.
    pub(crate) fn of(self: &Arc<Self>, user: &str) -> Hold {
        Hold { holdings: Arc::clone(self), user: user.to_owned(), bytes: 0 }
    }

    fn locked(&self) -> MutexGuard<'_, HashMap<String, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hold {
    /// Holds so many bytes more, unless that is too much beside what is held already. Whoever has nothing else may have one
    /// thing of any size: what each is has a limit of its own.
    pub(crate) fn grow(&mut self, bytes: usize) -> Result<(), Problem> {
        let mut all = self.holdings.locked();
        let (held, total) = (all.get(&self.user).copied().unwrap_or_default(), all.values().sum::<usize>());
        let fits = |held: usize, most: usize| held == self.bytes || held.saturating_add(bytes) <= most;
        if !fits(held, MAX_OF_USER) {
            let detail = "your other requests and their answers take as much memory as one user may have";
            return Err(Problem::new(codes::SERVER_BUSY, detail));
        }
        if !fits(total, MAX_OF_ALL) {
            return Err(Problem::new(codes::SERVER_BUSY, "requests and answers take as much memory as they may have"));
        }
        *all.entry(self.user.clone()).or_default() += bytes;
        self.bytes += bytes;
        Ok(())
    }

    /// Whose it is.
    pub(crate) fn user(&self) -> &str {
        &self.user
    }

    /// An answer, that is held until it is sent.
    pub(crate) fn answer(self, bytes: Bytes) -> Bytes {
        struct Owner(Bytes, #[expect(dead_code, reason = "it is held as long as the bytes are")] Hold);
        impl AsRef<[u8]> for Owner {
            fn as_ref(&self) -> &[u8] {
                &self.0
            }
        }
        Bytes::from_owner(Owner(bytes, self))
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        let mut all = self.holdings.locked();
        if let Some(held) = all.get_mut(&self.user) {
            *held -= self.bytes.min(*held);
            if *held == 0 {
                all.remove(&self.user);
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by it")]
mod tests {
    use super::*;

    #[test]
    fn as_much_is_held_for_a_user_and_for_all_as_may_be_and_not_a_byte_more() {
        let holdings = Arc::new(Holdings::default());
        let hold = |user: &str, bytes: usize| {
            let mut holding = holdings.of(user);
            holding.grow(bytes).map(|()| holding).map_err(|problem| problem.detail.clone())
        };
        let [one, two] = [1, MAX_OF_USER - 1].map(|bytes| hold("ann", bytes).unwrap());
        assert!(hold("ann", 1).unwrap_err().starts_with("your other requests"));
        let others = ["bob", "cyd", "dee"].map(|user| hold(user, MAX_OF_USER).unwrap());
        assert!(hold("eve", 1).unwrap_err().starts_with("requests and answers"));
        // What is sent is held no longer.
        let answer = two.answer(Bytes::from_static(b"answer"));
        assert!(hold("ann", 1).is_err() && hold("eve", 1).is_err());
        assert_eq!(answer.as_ref(), b"answer");
        drop(answer);
        let eve = hold("eve", 1).unwrap();
        drop((one, others, eve));
        assert!(holdings.locked().is_empty());
        // One thing alone may be larger, and grow.
        let mut large = hold("ann", MAX_OF_ALL + 1).unwrap();
        assert!(large.grow(1).is_ok() && hold("ann", 1).is_err());
    }
}
