//! [`Locks`].

use std::cell::RefCell;
use std::rc::Rc;

use futures_util::future::{join, join3};
use roo_cloud_web::platform::{Locks, Platform, Timers, within};

use super::{Bench, PATIENCE_MS, tab, two_tabs};

/// Long enough to see that a lock is not granted.
const A_WHILE_MS: u64 = 100;

/// Takes the lock, or fails.
async fn take<P: Platform>(place: &Rc<P>, name: &str) -> P::Guard {
    within(&**place, PATIENCE_MS, place.lock(name)).await.expect("granted in time").expect("there are locks")
}

pub async fn exclude_each_other(bench: &impl Bench) {
    let (one, two) = two_tabs(bench).await;
    assert!(one.has_locks() && two.has_locks());
    let held = take(&one, "lock").await;
    assert!(within(&*two, A_WHILE_MS, two.lock("lock")).await.is_none());
    drop(held);
    let held = take(&two, "lock").await;
    assert!(within(&*one, A_WHILE_MS, one.lock("lock")).await.is_none());
    drop(held);
    take(&one, "lock").await;
}

pub async fn are_handed_over_in_order(bench: &impl Bench) {
    let tabs = bench.tabs(3).await;
    let order = RefCell::new(Vec::new());
    let held = take(&tabs[0], "lock").await;
    let wait = async |tab: usize, after_ms: u64, name: &'static str| {
        let place = &tabs[tab];
        place.sleep(after_ms).await;
        let guard = take(place, "lock").await;
        order.borrow_mut().push(name);
        place.sleep(20).await;
        drop(guard);
    };
    let release = async {
        tabs[0].sleep(300).await;
        assert!(order.borrow().is_empty());
        drop(held);
    };
    join(release, join3(wait(2, 0, "first"), wait(1, 100, "second"), wait(2, 200, "third"))).await;
    assert_eq!(order.into_inner(), ["first", "second", "third"]);
}

pub async fn exclude_within_one_tab(bench: &impl Bench) {
    let place = tab(bench).await;
    let held = take(&place, "lock").await;
    assert!(within(&*place, A_WHILE_MS, place.lock("lock")).await.is_none());
    drop(held);
    take(&place, "lock").await;
}

pub async fn withdraw_dropped_requests(bench: &impl Bench) {
    let tabs = bench.tabs(3).await;
    let held = take(&tabs[0], "lock").await;
    {
        let impatient = async { assert!(within(&*tabs[1], A_WHILE_MS, tabs[1].lock("lock")).await.is_none()) };
        impatient.await;
    }
    drop(held);
    // Were the request still in the queue, it would hold the lock now.
    let held = take(&tabs[2], "lock").await;
    drop(held);
    // Dropped at once, before it was ever waited for.
    drop(tabs[1].lock("lock"));
    take(&tabs[0], "lock").await;
}

pub async fn know_names_apart(bench: &impl Bench) {
    let (one, two) = two_tabs(bench).await;
    let held = take(&one, "lock").await;
    take(&two, "another lock").await;
    drop(held);
    let held = take(&one, "lock").await;
    let stranger = tab(bench).await;
    take(&stranger, "lock").await;
    drop(held);
}
