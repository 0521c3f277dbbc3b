//! Taking turns: at most so many calls hold instances at a time, and a call past that waits.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// A counting semaphore.
#[derive(Debug, Clone)]
pub(crate) struct Gate(Arc<Semaphore>);

#[derive(Debug)]
struct Semaphore {
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
pub(crate) struct Turn(Gate);

impl Gate {
    pub(crate) fn new(places: usize) -> Self {
        let places = Mutex::new(Places { free: places, waiting: 0 });
        Self(Arc::new(Semaphore { places, freed: Condvar::new() }))
    }

    /// Waits for a place.
    pub(crate) fn enter(&self) -> Turn {
        let mut places = self.0.places();
        while places.free == 0 {
            places.waiting += 1;
            places = self.0.freed.wait(places).unwrap_or_else(PoisonError::into_inner);
            places.waiting -= 1;
        }
        places.free -= 1;
        Turn(self.clone())
    }
}

impl Semaphore {
    fn places(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let shared = &*self.0.0;
        let mut places = shared.places();
        places.free += 1;
        let somebody_waits = places.waiting > 0;
        drop(places);
        if somebody_waits {
            shared.freed.notify_one();
        }
    }
}
