//! Whether something happened, for those who watch: one look at the journal for all of them.

use std::sync::Arc;
use std::time::Duration;

use sortie_host::journal::Position;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, watch};

/// How many watch at once.
const MAX_WATCHERS: usize = 64;
/// How soon it is seen what another process did.
const LOOK: Duration = Duration::from_millis(400);

/// How far the journal's feed has come.
#[derive(Debug)]
pub(crate) struct Feed {
    /// Nothing, once the server is told to stop.
    end: watch::Sender<Option<Position>>,
    places: Arc<Semaphore>,
    changed: Notify,
}

/// Somebody who watches.
#[derive(Debug)]
pub(crate) struct Watcher {
    end: watch::Receiver<Option<Position>>,
    _place: OwnedSemaphorePermit,
}

impl Default for Feed {
    fn default() -> Self {
        let (end, _) = watch::channel(Some(Position::START));
        Self { end, places: Arc::new(Semaphore::new(MAX_WATCHERS)), changed: Notify::new() }
    }
}

impl Feed {
    /// A place to watch from; nothing, if too many do.
    pub(crate) fn watch(&self) -> Option<Watcher> {
        let place = Arc::clone(&self.places).try_acquire_owned().ok()?;
        Some(Watcher { end: self.end.subscribe(), _place: place })
    }

    /// Whether anybody watches.
    pub(crate) fn is_watched(&self) -> bool {
        self.end.receiver_count() > 0
    }

    /// Tells that this process changed something.
    pub(crate) fn changed(&self) {
        self.changed.notify_one();
    }

    /// Waits until it is worth a look.
    pub(crate) async fn pause(&self) {
        let _ = tokio::time::timeout(LOOK, self.changed.notified()).await;
    }

    /// Tells those who watch how far the feed has come.
    pub(crate) fn reached(&self, end: Position) {
        self.end.send_if_modified(|known| known.is_some() && known.replace(end) != Some(end));
    }

    /// Ends all watching.
    pub(crate) fn close(&self) {
        self.end.send_replace(None);
    }
}

impl Watcher {
    /// Notes that what happened until now is about to be read. False, once there is no more to come.
    pub(crate) fn note(&mut self) -> bool {
        self.end.borrow_and_update().is_some()
    }

    /// Waits until more happened than was noted. False, once there is no more to come.
    pub(crate) async fn more(&mut self) -> bool {
        self.end.changed().await.is_ok() && self.end.borrow().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_who_watch_are_told_of_changes_and_of_the_end_and_are_not_too_many() -> std::io::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
        runtime.block_on(async {
            let feed = Feed::default();
            assert!(!feed.is_watched());
            let mut watchers: Vec<Watcher> = std::iter::from_fn(|| feed.watch()).collect();
            assert_eq!(watchers.len(), MAX_WATCHERS);
            let Some(mut one) = watchers.pop() else { return };
            assert!(one.note());
            feed.reached(Position::new(3));
            assert!(one.more().await && one.note());
            feed.reached(Position::new(3));
            let nothing = tokio::time::timeout(Duration::from_millis(1), one.more()).await;
            assert!(nothing.is_err(), "the same place again is no change");
            feed.close();
            feed.reached(Position::new(4));
            assert!(!one.more().await);
            drop(one);
            assert!(feed.watch().is_some());
        });
        Ok(())
    }
}
