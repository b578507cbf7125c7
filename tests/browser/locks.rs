//! Web Locks, and pages that go away with them.

use std::future::Future;
use std::pin::pin;

use futures_util::future::{Either, select};
use js_sys::Reflect;
use roo_cloud_web::platform::browser::{Browser, LockGuard, StorageChoice};
use roo_cloud_web::platform::{Locks, Timers};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test as test;

use crate::support::{Patch, fresh_namespace, js, open, open_in, unhandled_rejections};

/// The lock, if it is free; a browser grants it in a few milliseconds.
async fn try_lock(browser: &Browser, name: &str) -> Option<LockGuard> {
    match select(pin!(browser.lock(name)), pin!(browser.sleep(200))).await {
        Either::Left((guard, _)) => guard,
        Either::Right(_) => None,
    }
}

/// Whether `future` is still pending after a while.
async fn waits(browser: &Browser, future: std::pin::Pin<&mut impl Future>) -> bool {
    matches!(select(future, pin!(browser.sleep(100))).await, Either::Right(_))
}

fn hide_page() {
    js("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))");
}

#[test]
async fn one_holds_the_others_wait_and_names_are_apart() {
    let namespace = fresh_namespace();
    let (first, second) =
        (open_in(&namespace, StorageChoice::Auto).await, open_in(&namespace, StorageChoice::Auto).await);
    let held = first.lock("x").await.unwrap();
    assert!(try_lock(&second, "x").await.is_none());
    assert!(try_lock(&first, "x").await.is_none(), "not re-entrant");
    assert!(try_lock(&second, "y").await.is_some());
    assert!(try_lock(&*open().await, "x").await.is_some(), "another namespace");
    let mut waiting = pin!(second.lock("x"));
    assert!(waits(&first, waiting.as_mut()).await);
    drop(held);
    assert!(waiting.await.is_some());
}

#[test]
async fn a_dropped_request_is_withdrawn() {
    let browser = open().await;
    let unhandled = unhandled_rejections();
    let held = browser.lock("x").await.unwrap();
    {
        let mut given_up = pin!(browser.lock("x"));
        assert!(waits(&browser, given_up.as_mut()).await);
    }
    // Asked for but never polled again.
    let mut forgotten = Box::pin(browser.lock("x"));
    assert!(waits(&browser, forgotten.as_mut()).await);
    drop(forgotten);
    drop(held);
    assert!(try_lock(&browser, "x").await.is_some());
    browser.sleep(1).await;
    assert_eq!(unhandled.length(), 0, "{unhandled:?}");
}

#[test]
async fn d6_a_page_that_hides_lets_go_of_what_it_holds_and_waits_for() {
    let browser = open().await;
    let held = browser.lock("x").await.unwrap();
    let mut waiting = pin!(browser.lock("x"));
    assert!(waits(&browser, waiting.as_mut()).await);
    hide_page();
    // As another tab would: neither the old holder nor the one that waited is in the way.
    let other = try_lock(&browser, "x").await;
    assert!(other.is_some());
    assert!(waits(&browser, waiting.as_mut()).await, "its caller's limit ends it");
    drop(held);
    assert!(try_lock(&browser, "x").await.is_none(), "the old guard does not let go of the new one's lock");
}

#[test]
async fn a_stolen_lock_is_lost_quietly() {
    let namespace = fresh_namespace();
    let browser = open_in(&namespace, StorageChoice::Auto).await;
    let unhandled = unhandled_rejections();
    let held = browser.lock("x").await.unwrap();
    js(&format!("navigator.locks.request('roo-cloud-web/{namespace}:x', {{ steal: true }}, () => {{}})"));
    browser.sleep(50).await;
    assert!(try_lock(&browser, "x").await.is_some());
    drop(held);
    assert_eq!(unhandled.length(), 0, "{unhandled:?}");
}

#[test]
async fn a_refusal_is_no_lock() {
    let browser = open().await;
    for request in ["() => Promise.reject(new DOMException('denied', 'SecurityError'))", "() => { throw 1 }", "null"] {
        let locks = js("({})");
        Reflect::set(&locks, &"request".into(), &js(&format!("({request})"))).unwrap();
        let _patch = Patch::replace(&js("navigator"), "locks", &locks);
        assert!(browser.lock("x").await.is_none(), "{request}");
    }
    assert!(browser.lock("x").await.is_some());
}

#[test]
async fn a_lock_is_held_in_the_browser_itself() {
    let namespace = fresh_namespace();
    let browser = open_in(&namespace, StorageChoice::Auto).await;
    let query = || async {
        let query = js("navigator.locks.query().then(({ held }) => held.map(({ name }) => name).join())");
        JsFuture::from(js_sys::Promise::resolve(&query)).await.unwrap().as_string().unwrap()
    };
    let name = format!("roo-cloud-web/{namespace}:x");
    let held = browser.lock("x").await.unwrap();
    assert!(query().await.contains(&name));
    drop(held);
    browser.sleep(50).await;
    assert!(!query().await.contains(&name));
}
