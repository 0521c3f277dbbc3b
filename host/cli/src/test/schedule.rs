//! Work on many threads, taken in order.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::sync::{Condvar, Mutex, PoisonError, mpsc};
use std::thread;

/// How many pieces may be begun for each thread before the first of them is taken: what bounds memory.
const AHEAD_PER_THREAD: usize = 8;

/// Does pieces of work 0 to `count` on threads, and takes the results in order, on this thread. A break ends it; what
/// was begun after is thrown away. No more than a few results for each thread wait to be taken.
pub(super) fn in_order<T: Send, B>(
    jobs: NonZeroUsize,
    count: usize,
    work: impl Fn(usize) -> T + Sync,
    mut take: impl FnMut(usize, T) -> ControlFlow<B>,
) -> Option<B> {
    let threads = jobs.get().min(count);
    let line = Line { count, ahead: threads * AHEAD_PER_THREAD, ..Line::default() };
    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        // Whatever happens here or there, nobody is to wait for ever.
        let _stop = Stop(&line);
        for _ in 0..threads {
            let (line, work, sender) = (&line, &work, sender.clone());
            scope.spawn(move || {
                let stop = Stop(line);
                while let Some(index) = line.next() {
                    if sender.send((index, work(index))).is_err() {
                        break;
                    }
                }
                // Only a panic stops the others.
                std::mem::forget(stop);
            });
        }
        drop(sender);
        let mut early = BTreeMap::new();
        let mut taken = 0;
        for (index, result) in receiver {
            early.insert(index, result);
            while let Some(result) = early.remove(&taken) {
                if let ControlFlow::Break(broken) = take(taken, result) {
                    return Some(broken);
                }
                taken += 1;
                line.taken(taken);
            }
        }
        None
    })
}

/// What is begun next, and how far it may go.
#[derive(Default)]
struct Line {
    count: usize,
    ahead: usize,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    next: usize,
    taken: usize,
    stopped: bool,
}

impl Line {
    /// The next piece, as soon as it may be begun.
    fn next(&self) -> Option<usize> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let wait = |state: &mut State| {
            !state.stopped && state.next < self.count && state.next >= state.taken.saturating_add(self.ahead)
        };
        let mut state = self.changed.wait_while(state, wait).unwrap_or_else(PoisonError::into_inner);
        if state.stopped || state.next >= self.count {
            return None;
        }
        state.next += 1;
        Some(state.next - 1)
    }

    fn taken(&self, taken: usize) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).taken = taken;
        self.changed.notify_all();
    }
}

/// Stops the line when it is dropped.
struct Stop<'l>(&'l Line);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner).stopped = true;
        self.0.changed.notify_all();
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
