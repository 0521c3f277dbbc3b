//! How many requests of one user are worked on at a time, so that there is always room for those of others.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::codes;
use crate::problem::Problem;

/// The requests that are worked on, by user. Those of whoever is not signed in count together.
#[derive(Debug)]
pub(crate) struct Shares {
    most: usize,
    begun: Mutex<HashMap<String, usize>>,
}

/// A request that is worked on, until this is dropped.
#[derive(Debug)]
pub(crate) struct Share {
    shares: Arc<Shares>,
    user: String,
}

impl Shares {
    /// Of all places that there are for work, half are for one user.
    pub(crate) fn of(places: usize) -> Self {
        Self { most: places.div_ceil(2), begun: Mutex::default() }
    }

    /// Begins a request of a user, or of somebody who is not signed in.
    pub(crate) fn begin(self: &Arc<Self>, user: Option<&str>) -> Result<Share, Problem> {
        let user = user.unwrap_or_default();
        let mut begun = self.locked();
        let count = begun.entry(user.to_owned()).or_default();
        if *count >= self.most {
            let most = self.most;
            let detail = format!("{most} of your requests are worked on already, as many as one user may have");
            return Err(Problem::new(codes::SERVER_BUSY, detail));
        }
        *count += 1;
        drop(begun);
        Ok(Share { shares: Arc::clone(self), user: user.to_owned() })
    }

    fn locked(&self) -> MutexGuard<'_, HashMap<String, usize>> {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut begun = self.shares.locked();
        if let Some(count) = begun.get_mut(&self.user) {
            *count -= 1;
            if *count == 0 {
                begun.remove(&self.user);
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by it")]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_places_are_for_one_user_and_the_rest_for_others() {
        let shares = Arc::new(Shares::of(5));
        let begin = |user| shares.begin(user).map_err(|problem| (problem.code.clone(), problem.detail.clone()));
        let of_ann: Vec<_> = (0..3).map(|_| begin(Some("ann")).unwrap()).collect();
        let (code, detail) = begin(Some("ann")).unwrap_err();
        assert_eq!((code.as_str(), detail.get(..1)), ("server_busy", Some("3")), "{detail}");
        let others: Vec<_> = [Some("bob"), Some("bob"), None, None, None].map(begin).into_iter().collect();
        assert!(others.iter().all(Result::is_ok) && begin(None).is_err());
        drop(of_ann);
        let again = begin(Some("ann")).unwrap();
        drop((again, others));
        assert!(shares.locked().is_empty());
    }
}
