//! Waking a task that waits for "something happened".

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::task::{Poll, Waker};

/// A bell for one waiting task. Rung before anybody waits, it is heard by the next wait.
#[derive(Default)]
pub struct Notify {
    rung: Cell<bool>,
    waiter: RefCell<Option<Waker>>,
}

impl Notify {
    /// Rings.
    pub fn notify(&self) {
        self.rung.set(true);
        let waiter = self.waiter.borrow_mut().take();
        if let Some(waiter) = waiter {
            waiter.wake();
        }
    }

    /// Waits until it rings.
    pub async fn notified(&self) {
        poll_fn(|context| {
            if self.rung.take() {
                return Poll::Ready(());
            }
            *self.waiter.borrow_mut() = Some(context.waker().clone());
            Poll::Pending
        })
        .await;
    }
}
