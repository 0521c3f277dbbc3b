//! The thread that speaks with servers for a journal whose callers block.
//!
//! Whoever asks waits for the answer on their own thread, without the runtime: so a journal can be used within another
//! runtime too, in which no runtime may be entered.

use std::fmt;
use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, JoinHandle, Thread};
use std::time::Instant;

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;
use tokio::task;

/// A runtime on a thread of its own, as long as this is kept. What it has begun ends with it.
pub(crate) struct Network {
    handle: Handle,
    running: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Network").finish_non_exhaustive()
    }
}

impl Network {
    pub(crate) fn start() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (end, ended) = oneshot::channel::<()>();
        let run = move || {
            // It ends once nobody is there any more who could say so.
            let _ = runtime.block_on(ended);
        };
        let thread = thread::Builder::new().name("sortie-postgres".to_owned()).spawn(run)?;
        Ok(Self { handle, running: Some((end, thread)) })
    }

    /// Begins some work on the thread.
    pub(crate) fn spawn<F>(&self, work: F) -> task::JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send,
    {
        self.handle.spawn(work)
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        if let Some((end, thread)) = self.running.take() {
            drop(end);
            // A panic of it concerns nobody.
            let _ = thread.join();
        }
    }
}

/// Who is told that there is more to do.
struct Waiter(Thread);

impl Wake for Waiter {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits for a result on this thread; gives nothing if it is not there by then.
pub(crate) fn wait<F: Future>(future: F, end: Instant) -> Option<F::Output> {
    let waker = Waker::from(Arc::new(Waiter(thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(done) = future.as_mut().poll(&mut context) {
            return Some(done);
        }
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return None;
        }
        thread::park_timeout(left);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_is_waited_for_comes_from_the_thread_or_is_given_up() {
        let network = Network::start().unwrap();
        let soon = || Instant::now() + Duration::from_mins(1);
        assert_eq!(wait(network.spawn(async { 1 }), soon()).map(Result::unwrap), Some(1));
        let never = network.spawn(std::future::pending::<()>());
        assert!(wait(never, Instant::now() + Duration::from_millis(5)).is_none());
        let begun = network.spawn(std::future::pending::<()>());
        drop(network);
        assert!(wait(begun, soon()).unwrap().is_err(), "it ends with the thread");
    }

    #[test]
    fn it_can_be_used_and_dropped_within_another_runtime() {
        Builder::new_current_thread().build().unwrap().block_on(async {
            let network = Network::start().unwrap();
            let soon = Instant::now() + Duration::from_mins(1);
            assert_eq!(wait(network.spawn(async { 1 }), soon).map(Result::unwrap), Some(1));
        });
    }
}
