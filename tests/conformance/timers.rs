//! [`Timers`].

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_util::future::join_all;
use roo_cloud_web::platform::{Clock, Timers, within};

use super::{Bench, tab, until};

/// Browsers round their clocks.
const ROUNDING_MS: u64 = 2;

pub async fn wake_in_order_of_time(bench: &impl Bench) {
    let place = tab(bench).await;
    let woken = RefCell::new(Vec::new());
    join_all([150, 50, 250, 100, 200].map(|ms| {
        let (place, woken) = (&place, &woken);
        async move {
            place.sleep(ms).await;
            woken.borrow_mut().push(ms);
        }
    }))
    .await;
    assert_eq!(woken.into_inner(), [50, 100, 150, 200, 250]);
}

pub async fn never_wake_early(bench: &impl Bench) {
    let place = tab(bench).await;
    for ms in [0, 1, 10, 60] {
        let before_ms = place.monotonic_ms();
        place.sleep(ms).await;
        let took_ms = place.monotonic_ms() - before_ms;
        assert!(took_ms + ROUNDING_MS >= ms, "{took_ms} of {ms} ms");
    }
}

pub async fn take_any_duration(bench: &impl Bench) {
    let place = tab(bench).await;
    // setTimeout takes 32 bits and fires at once for more (FIELD-NOTES 7).
    for ms in [(1 << 31) - 1, 1 << 31, (1 << 31) + 1, (1 << 32) + 5, 1 << 53, u64::MAX] {
        assert!(within(&*place, 50, place.sleep(ms)).await.is_none(), "{ms} ms went by at once");
    }
}

pub async fn run_tasks_beside(bench: &impl Bench) {
    let place = tab(bench).await;
    let ran = Rc::new(Cell::new(0));
    for ms in [0, 30] {
        let (task_place, task_ran) = (place.clone(), ran.clone());
        place.spawn(Box::pin(async move {
            if ms > 0 {
                task_place.sleep(ms).await;
            }
            task_ran.set(task_ran.get() + 1);
        }));
    }
    assert_eq!(ran.get(), 0, "a task does not run inside the call that spawns it");
    until(&*place, "both tasks ran", || ran.get() == 2).await;
}
