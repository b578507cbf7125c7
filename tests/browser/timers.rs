//! `setTimeout` and the clocks.

use std::cell::Cell;
use std::pin::pin;
use std::rc::Rc;

use futures_util::future::{Either, select};
use js_sys::{Array, Function};
use roo_cloud_web::platform::{Clock, Timers};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test as test;

use crate::support::{Patch, global, open, until};

#[wasm_bindgen(module = "/tests/browser/support.js")]
extern "C" {
    #[wasm_bindgen(js_name = hastyTimeout)]
    fn hasty_timeout(delays: &Array) -> Function;
}

#[test]
async fn d9_a_long_sleep_does_not_fire_at_once() {
    let browser = open().await;
    for ms in [1 << 31, 1 << 32, u64::MAX] {
        match select(pin!(browser.sleep(ms)), pin!(browser.sleep(50))).await {
            Either::Left(_) => panic!("{ms} ms have not passed"),
            Either::Right(_) => {}
        }
    }
}

#[test]
async fn d9_a_long_sleep_is_slept_in_pieces() {
    let browser = open().await;
    let delays = Array::new();
    {
        let _timeout = Patch::replace(&global(), "setTimeout", &hasty_timeout(&delays));
        for ms in [0, 1, 2_147_483_647, 2_147_483_648, 5_000_000_000] {
            browser.sleep(ms).await;
        }
    }
    let delays: Vec<f64> = delays.iter().filter_map(|delay| delay.as_f64()).collect();
    let longest = 2_147_483_647.0;
    assert_eq!(delays, [0.0, 1.0, longest, longest, 1.0, longest, longest, 705_032_706.0]);
}

#[test]
async fn a_dropped_sleep_is_cleared() {
    let browser = open().await;
    let cleared = Rc::new(Cell::new(0));
    let counting = cleared.clone();
    let clear = Closure::<dyn Fn(JsValue)>::new(move |_| counting.set(counting.get() + 1));
    let _patch = Patch::replace(&global(), "clearTimeout", clear.as_ref());
    let before = cleared.get();
    {
        let (short, long) = (pin!(browser.sleep(1)), pin!(browser.sleep(60_000)));
        assert!(matches!(select(short, long).await, Either::Left(_)));
    }
    until(&browser, "it was cleared", || cleared.get() > before).await;
}

#[test]
async fn spawned_work_goes_on_beside() {
    let browser = open().await;
    let done = Rc::new(Cell::new(false));
    let (doing, timers) = (done.clone(), browser.clone());
    browser.spawn(Box::pin(async move {
        timers.sleep(1).await;
        doing.set(true);
    }));
    assert!(!done.get());
    until(&browser, "it was done", || done.get()).await;
}

#[test]
async fn clocks_tell_milliseconds() {
    let browser = open().await;
    assert!(browser.wall_ms() > 1_700_000_000_000);
    let (wall, monotonic) = (browser.wall_ms(), browser.monotonic_ms());
    browser.sleep(30).await;
    assert!((25..5_000).contains(&(browser.monotonic_ms() - monotonic)));
    assert!((25..5_000).contains(&(browser.wall_ms() - wall)));
}
