//! Waking a task that waits for "something happened", and letting others go first.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use futures_util::FutureExt;

use super::Timers;

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

/// Lets the tasks that are ready go first, without waiting for anything else.
pub async fn give_way(timers: &impl Timers) {
    // By a task at the end of the queue: whoever awaits this may be polled for other reasons before that.
    let bell = Rc::new(Notify::default());
    let ringing = bell.clone();
    timers.spawn(async move { ringing.notify() }.boxed_local());
    bell.notified().await;
}
