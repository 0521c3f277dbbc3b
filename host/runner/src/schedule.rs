//! Work on many threads, taken in order.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// How many pieces may be begun for each thread before the first of them is taken: what bounds memory.
const AHEAD_PER_THREAD: usize = 8;

/// Does pieces of work 0 to `count` on as many threads, this one among them, and takes the results in order, one at a
/// time, each on whatever thread made it or one before it ready to be taken. A break ends it; what was begun after is
/// thrown away. No more than a few results for each thread wait to be taken.
pub(crate) fn in_order<T: Send, B: Send>(
    jobs: NonZeroUsize,
    count: usize,
    work: impl Fn(usize) -> T + Sync,
    take: impl FnMut(usize, T) -> ControlFlow<B> + Send,
) -> Option<B> {
    let threads = jobs.get().min(count).max(1);
    let line = Line {
        count,
        ahead: threads * AHEAD_PER_THREAD,
        state: Mutex::new(State::default()),
        changed: Condvar::new(),
        taker: Mutex::new(Taker { take, broken: None }),
    };
    thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(|| line.run(&work));
        }
        line.run(&work);
    });
    line.taker.into_inner().unwrap_or_else(PoisonError::into_inner).broken
}

/// What is begun next, how far it may go, and what waits to be taken.
struct Line<T, F, B> {
    count: usize,
    ahead: usize,
    state: Mutex<State<T>>,
    changed: Condvar,
    /// Whoever set [`State::taking`] has it to itself.
    taker: Mutex<Taker<F, B>>,
}

struct State<T> {
    /// The next piece to begin.
    next: usize,
    /// How many were taken.
    taken: usize,
    /// Results that were made before one ahead of them.
    early: BTreeMap<usize, T>,
    /// Whether a thread takes results now.
    taking: bool,
    /// How many threads wait for results to be taken.
    waiting: usize,
    stopped: bool,
}

impl<T> Default for State<T> {
    fn default() -> Self {
        Self { next: 0, taken: 0, early: BTreeMap::new(), taking: false, waiting: 0, stopped: false }
    }
}

struct Taker<F, B> {
    take: F,
    broken: Option<B>,
}

impl<T, B, F: FnMut(usize, T) -> ControlFlow<B>> Line<T, F, B> {
    /// What each thread does, until nothing is left.
    fn run(&self, work: &impl Fn(usize) -> T) {
        // Whatever happens here, nobody is to wait for ever.
        let stop = Stop(self);
        while let Some(index) = self.next() {
            let result = work(index);
            self.done(index, result);
        }
        // Only a panic stops the others.
        std::mem::forget(stop);
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next piece, as soon as it may be begun.
    fn next(&self) -> Option<usize> {
        let mut state = self.state();
        while !state.stopped && state.next < self.count && state.next >= state.taken + self.ahead {
            state.waiting += 1;
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.waiting -= 1;
        }
        if state.stopped || state.next >= self.count {
            return None;
        }
        state.next += 1;
        Some(state.next - 1)
    }

    /// Hands in a result; takes all that can be taken, unless another thread does.
    fn done(&self, index: usize, result: T) {
        let mut state = self.state();
        state.early.insert(index, result);
        if state.taking {
            return;
        }
        state.taking = true;
        let mut taker = self.taker.lock().unwrap_or_else(PoisonError::into_inner);
        while !state.stopped {
            let index = state.taken;
            let Some(result) = state.early.remove(&index) else { break };
            drop(state);
            let verdict = (taker.take)(index, result);
            state = self.state();
            state.taken += 1;
            if let ControlFlow::Break(broken) = verdict {
                taker.broken = Some(broken);
                state.stopped = true;
            }
            if state.waiting > 0 {
                self.changed.notify_all();
            }
        }
        state.taking = false;
    }

    fn stop(&self) {
        self.state().stopped = true;
        self.changed.notify_all();
    }
}

/// Stops the line when it is dropped.
struct Stop<'l, T, F: FnMut(usize, T) -> ControlFlow<B>, B>(&'l Line<T, F, B>);

impl<T, B, F: FnMut(usize, T) -> ControlFlow<B>> Drop for Stop<'_, T, F, B> {
    fn drop(&mut self) {
        self.0.stop();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn results_are_taken_in_order_whatever_the_number_of_threads() {
        for jobs in [1, 2, 8, 100] {
            let mut seen = Vec::new();
            let broken: Option<()> = in_order(
                NonZeroUsize::new(jobs).unwrap(),
                500,
                |index| {
                    if index % 7 == 0 {
                        thread::yield_now();
                    }
                    index * 2
                },
                |index, result| {
                    seen.push((index, result));
                    ControlFlow::Continue(())
                },
            );
            assert_eq!(broken, None);
            assert!(seen.iter().enumerate().all(|(at, found)| *found == (at, at * 2)) && seen.len() == 500, "{jobs}");
        }
    }

    #[test]
    fn a_break_ends_it_and_work_does_not_run_far_ahead() {
        let begun = AtomicUsize::new(0);
        let broken = in_order(
            NonZeroUsize::new(4).unwrap(),
            100_000,
            |_| begun.fetch_add(1, Ordering::SeqCst),
            |index, _| if index == 10 { ControlFlow::Break("enough") } else { ControlFlow::Continue(()) },
        );
        assert_eq!(broken, Some("enough"));
        assert!(begun.into_inner() <= 11 + 4 * AHEAD_PER_THREAD);
    }

    #[test]
    fn no_work_is_done_at_once() {
        let broken: Option<()> = in_order(NonZeroUsize::MIN, 0, |index| index, |_, _| ControlFlow::Continue(()));
        assert_eq!(broken, None);
    }
}
