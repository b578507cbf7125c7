//! One piece of work at a time, shared by all who ask for it meanwhile.

use std::cell::RefCell;
use std::future::Future;

use futures_util::FutureExt;
use futures_util::future::{LocalBoxFuture, Shared};

use super::Timers;

/// Waits for work that others may wait for too.
pub type Joined<T> = Shared<LocalBoxFuture<'static, T>>;

/// The work under way, if any. Its outcome goes to everybody who joined.
pub struct Flight<T: Clone>(RefCell<Option<Joined<T>>>);

impl<T: Clone> Default for Flight<T> {
    fn default() -> Self {
        Self(RefCell::default())
    }
}

impl<T: Clone + 'static> Flight<T> {
    /// What is under way.
    pub fn under_way(&self) -> Option<Joined<T>> {
        self.0.borrow().clone()
    }

    /// Begins `work`, which calls [`Flight::land`] when its outcome stands. It goes on when every caller has given up waiting.
    pub fn start(&self, timers: &impl Timers, work: impl Future<Output = T> + 'static) -> Joined<T> {
        let flight = work.boxed_local().shared();
        *self.0.borrow_mut() = Some(flight.clone());
        timers.spawn(flight.clone().map(drop).boxed_local());
        flight
    }

    /// Nothing is under way any more: whoever asks from now on begins anew.
    pub fn land(&self) {
        let ended = self.0.borrow_mut().take();
        drop(ended);
    }
}
