//! `setTimeout`, which fires at once when asked for 2^31 ms or more, and the microtask queue.

use std::future::Future;

use futures_util::future::LocalBoxFuture;
use gloo_timers::future::TimeoutFuture;

use super::Browser;
use crate::platform::Timers;

const LONGEST_MS: u32 = i32::MAX as u32;

/// Dropping it clears the timer.
pub(super) async fn sleep(ms: u64) {
    let mut left = ms;
    loop {
        let step = u32::try_from(left).map_or(LONGEST_MS, |left| left.min(LONGEST_MS));
        TimeoutFuture::new(step).await;
        left -= u64::from(step);
        if left == 0 {
            break;
        }
    }
}

impl Timers for Browser {
    fn sleep(&self, ms: u64) -> impl Future<Output = ()> + 'static {
        sleep(ms)
    }

    fn spawn(&self, task: LocalBoxFuture<'static, ()>) {
        wasm_bindgen_futures::spawn_local(task);
    }
}
