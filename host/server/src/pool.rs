//! Where work is done that takes its time: calls of plugins, and accesses to the journal. Both are blocking, so they run on
//! threads of their own, and no more of it waits than is worth waiting for.

use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::Semaphore;

/// How much may wait for each thread that works.
const WAITING_PER_THREAD: usize = 16;

/// A body that is larger is read aside: the thread that serves all connections has better to do.
const READ_AT_ONCE: usize = 64 << 10;
/// How many bodies are read aside at a time.
pub(crate) const READERS: usize = 2;

/// The places that a pool of so many threads has for jobs, those that wait among them.
pub(crate) fn places(threads: usize) -> usize {
    threads.max(1) * (1 + WAITING_PER_THREAD)
}

/// Reads a body of so many bytes: a large one on another thread. It waits its turn, as what is held of bodies has a bound.
pub(crate) async fn read_aside<T: Send + 'static>(
    bytes: usize,
    read: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Overload> {
    static TURNS: Semaphore = Semaphore::const_new(READERS);
    if bytes <= READ_AT_ONCE {
        return Ok(read());
    }
    let turn = TURNS.acquire().await.map_err(|_| Overload)?;
    // It is read to its end, whether its client is still there or not.
    let read = move || {
        let read = read();
        drop(turn);
        read
    };
    tokio::task::spawn_blocking(read).await.map_err(|_| Overload)
}

/// Answers a message of so many bytes: a large one on another thread, and no other large one meanwhile, as what is read of it may
/// take fifty times its bytes.
pub(crate) async fn answer_alone<T: Send + 'static>(
    bytes: usize,
    answer: impl Future<Output = T> + Send + 'static,
) -> Result<T, Overload> {
    static TURN: Semaphore = Semaphore::const_new(1);
    if bytes <= READ_AT_ONCE {
        return Ok(answer.await);
    }
    let turn = TURN.acquire().await.map_err(|_| Overload)?;
    let runtime = Handle::current();
    let answer = move || {
        let answer = runtime.block_on(answer);
        drop(turn);
        answer
    };
    tokio::task::spawn_blocking(answer).await.map_err(|_| Overload)
}

/// The server has as much to do as it takes on at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Overload;

/// A number of threads, and a bounded number of jobs that wait for one.
#[derive(Debug, Clone)]
pub(crate) struct Pool {
    admitted: Arc<Semaphore>,
    running: Arc<Semaphore>,
}

impl Pool {
    /// A pool of that many threads.
    pub(crate) fn new(threads: usize) -> Self {
        let threads = threads.max(1);
        Self { admitted: Arc::new(Semaphore::new(places(threads))), running: Arc::new(Semaphore::new(threads)) }
    }

    /// Does a job, or says that too much is to be done already. A job whose client goes away is done to its end all the
    /// same: it holds its place until then.
    pub(crate) async fn run<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> Result<T, Overload> {
        let admitted = Arc::clone(&self.admitted).try_acquire_owned().map_err(|_| Overload)?;
        let running = Arc::clone(&self.running).acquire_owned().await.map_err(|_| Overload)?;
        let done = tokio::task::spawn_blocking(move || {
            let result = job();
            drop((running, admitted));
            result
        });
        // A job that panicked is a mistake of ours; its client is told to try again, and the server lives.
        done.await.map_err(|_| Overload)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by it")]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn a_large_body_is_read_on_another_thread_and_a_small_one_at_once() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let here = std::thread::current().id();
        let read_by = |bytes| runtime.block_on(read_aside(bytes, || std::thread::current().id())).unwrap();
        assert_eq!(read_by(READ_AT_ONCE), here);
        assert_ne!(read_by(READ_AT_ONCE + 1), here);
    }

    #[test]
    fn large_messages_are_answered_one_at_a_time_and_on_another_thread() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let here = std::thread::current().id();
        let begun = Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let answer = |begun: Arc<std::sync::atomic::AtomicUsize>| async move {
            let before = begun.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            tokio::task::yield_now().await;
            std::thread::yield_now();
            begun.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
            (before, std::thread::current().id())
        };
        runtime.block_on(async {
            let large = |_| tokio::spawn(answer_alone(READ_AT_ONCE + 1, answer(Arc::clone(&begun))));
            for job in (0..20).map(large).collect::<Vec<_>>() {
                let (before, thread) = job.await.unwrap().unwrap();
                assert_eq!((before, thread == here), (0, false));
            }
            let (_, thread) = answer_alone(READ_AT_ONCE, answer(begun)).await.unwrap();
            assert_eq!(thread, here);
        });
    }

    #[test]
    fn what_is_more_than_fits_is_turned_away_and_what_waits_is_done() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let pool = Pool::new(1);
            let (go, gate) = mpsc::channel::<()>();
            let gate = Arc::new(std::sync::Mutex::new(gate));
            let jobs: Vec<_> = (0..=WAITING_PER_THREAD)
                .map(|index| {
                    let (pool, gate) = (pool.clone(), Arc::clone(&gate));
                    tokio::spawn(async move {
                        pool.run(move || {
                            gate.lock().unwrap().recv().unwrap();
                            index
                        })
                        .await
                    })
                })
                .collect();
            tokio::task::yield_now().await;
            assert_eq!(pool.run(|| ()).await, Err(Overload));
            for _ in &jobs {
                go.send(()).unwrap();
            }
            for (index, job) in jobs.into_iter().enumerate() {
                assert_eq!(job.await.unwrap(), Ok(index));
            }
            assert_eq!(pool.run(|| 7).await, Ok(7));
        });
    }
}
