//! Taking turns: at most so many calls hold instances at a time, and a call past that waits.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// A counting semaphore. It has cache lines of its own: every call writes it, and only reads what lies beside it.
#[derive(Debug)]
#[repr(align(128))]
pub(crate) struct Gate {
    places: Mutex<Places>,
    freed: Condvar,
}

#[derive(Debug)]
struct Places {
    free: usize,
    /// How many calls wait: if none does, nobody needs to be woken.
    waiting: usize,
}

/// A place, given back when dropped.
#[derive(Debug)]
pub(crate) struct Turn<'g>(&'g Gate);

impl Gate {
    pub(crate) fn new(places: usize) -> Self {
        let places = Mutex::new(Places { free: places, waiting: 0 });
        Self { places, freed: Condvar::new() }
    }

    /// Waits for a place.
    pub(crate) fn enter(&self) -> Turn<'_> {
        let mut places = self.places();
        while places.free == 0 {
            places.waiting += 1;
            places = self.freed.wait(places).unwrap_or_else(PoisonError::into_inner);
            places.waiting -= 1;
        }
        places.free -= 1;
        Turn(self)
    }

    fn places(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut places = self.0.places();
        places.free += 1;
        let somebody_waits = places.waiting > 0;
        drop(places);
        if somebody_waits {
            self.0.freed.notify_one();
        }
    }
}
