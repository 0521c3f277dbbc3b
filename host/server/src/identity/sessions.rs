//! How a person comes in: by an address that works once, or with a token; and is known afterwards by a cookie.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sortie_host::journal::{JournalError, Timestamp, Token};
use sortie_json::ContentHash;

use super::Role;

/// How long a session lasts.
const LIFETIME: Duration = Duration::from_hours(12);
/// How many sessions there are at most; the oldest goes first.
const MAX_SESSIONS: usize = 1024;

/// A person who came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Session {
    pub(crate) user: String,
    pub(crate) role: Role,
    /// What each form of a page carries: no other site can know it.
    pub(crate) form_token: String,
}

/// The entry of the one who started the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) user: String,
    pub(crate) role: Role,
}

/// The sessions, and the addresses that make one.
#[derive(Debug, Default)]
pub(crate) struct Doors {
    entries: Mutex<HashMap<ContentHash, Entry>>,
    /// Those for whom there was an address: who has a passkey comes in by it again.
    owners: Mutex<HashMap<String, Role>>,
    sessions: Mutex<HashMap<ContentHash, SessionRecord>>,
}

#[derive(Debug)]
struct SessionRecord {
    session: Session,
    until: Timestamp,
}

impl Doors {
    /// A key that lets its first bearer in.
    pub(crate) fn key(&self, entry: Entry) -> Result<String, JournalError> {
        let key = Token::generate()?.reveal();
        locked(&self.owners).insert(entry.user.clone(), entry.role);
        locked(&self.entries).insert(hash(&key), entry);
        Ok(key)
    }

    /// The role of somebody for whom there was a key.
    pub(crate) fn owner(&self, user: &str) -> Option<Role> {
        locked(&self.owners).get(user).copied()
    }

    /// Takes a key: it works once.
    pub(crate) fn enter(&self, key: &str) -> Option<Entry> {
        locked(&self.entries).remove(&hash(key))
    }

    /// Begins a session, always under a new name: who knew an earlier cookie knows nothing of this one.
    pub(crate) fn begin(&self, user: String, role: Role, now: Timestamp) -> Result<String, JournalError> {
        let (name, form_token) = (Token::generate()?.reveal(), Token::generate()?.reveal());
        let mut sessions = locked(&self.sessions);
        sessions.retain(|_, kept| now < kept.until);
        if sessions.len() >= MAX_SESSIONS
            && let Some(oldest) = sessions.iter().min_by_key(|(_, kept)| kept.until).map(|(name, _)| *name)
        {
            sessions.remove(&oldest);
        }
        let until = now.plus(LIFETIME);
        sessions.insert(hash(&name), SessionRecord { session: Session { user, role, form_token }, until });
        Ok(name)
    }

    /// The session of a cookie.
    pub(crate) fn session(&self, name: &str, now: Timestamp) -> Option<Session> {
        let sessions = locked(&self.sessions);
        let kept = sessions.get(&hash(name)).filter(|kept| now < kept.until)?;
        Some(kept.session.clone())
    }

    /// Ends a session.
    pub(crate) fn end(&self, name: &str) {
        locked(&self.sessions).remove(&hash(name));
    }
}

/// Secrets are looked up by their hashes, so that the time taken tells nothing of them.
fn hash(secret: &str) -> ContentHash {
    ContentHash::of_bytes(secret.as_bytes())
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by it")]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::MIN;

    #[test]
    fn a_key_works_once_and_a_session_has_a_name_of_its_own() {
        let doors = Doors::default();
        let key = doors.key(Entry { user: "ann".to_owned(), role: Role::Admin }).unwrap();
        let entry = doors.enter(&key).unwrap();
        assert_eq!(doors.enter(&key), None);
        let (one, two) = (
            doors.begin(entry.user, entry.role, NOW).unwrap(),
            doors.begin("bob".to_owned(), Role::View, NOW).unwrap(),
        );
        let session = |name| doors.session(name, NOW);
        assert_eq!(session(&one).unwrap().user, "ann");
        assert_ne!(session(&one).unwrap().form_token, session(&two).unwrap().form_token);
        doors.end(&one);
        assert_eq!((session(&one), session("")), (None, None));
    }

    #[test]
    fn a_session_ends_when_its_time_is_over_and_not_before() {
        let doors = Doors::default();
        let name = doors.begin("ann".to_owned(), Role::View, NOW).unwrap();
        let after = |time| doors.session(&name, NOW.plus(time)).is_some();
        assert_eq!((after(LIFETIME.saturating_sub(Duration::from_millis(1))), after(LIFETIME)), (true, false));
    }

    #[test]
    fn sessions_are_bounded_and_the_oldest_goes_first() {
        let doors = Doors::default();
        let first = doors.begin("first".to_owned(), Role::View, NOW).unwrap();
        let more = || doors.begin("other".to_owned(), Role::View, NOW.plus(Duration::from_millis(1))).unwrap();
        (1..MAX_SESSIONS).for_each(|_| drop(more()));
        assert!(doors.session(&first, NOW).is_some(), "there is room for all of them");
        more();
        assert_eq!(doors.session(&first, NOW), None);
        assert_eq!(locked(&doors.sessions).len(), MAX_SESSIONS);
    }
}
