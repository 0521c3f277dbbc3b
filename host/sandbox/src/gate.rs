//! Taking turns: at most so many calls hold instances at a time, and a call past that waits.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// A counting semaphore.
#[derive(Debug, Clone)]
pub(crate) struct Gate(Arc<(Mutex<usize>, Condvar)>);

/// A place, given back when dropped.
#[derive(Debug)]
pub(crate) struct Turn(Gate);

impl Gate {
    pub(crate) fn new(places: usize) -> Self {
        Self(Arc::new((Mutex::new(places), Condvar::new())))
    }

    /// Waits for a place.
    pub(crate) fn enter(&self) -> Turn {
        let (places, freed) = &*self.0;
        let free = places.lock().unwrap_or_else(PoisonError::into_inner);
        let mut free = freed.wait_while(free, |free| *free == 0).unwrap_or_else(PoisonError::into_inner);
        *free -= 1;
        Turn(self.clone())
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let (places, freed) = &*self.0.0;
        *places.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        freed.notify_one();
    }
}
