//! The strategy of copying, over clipboards that refuse one thing or another.

use js_sys::Array;
use roo_cloud_web::platform::browser::{Browser, BrowserOptions};
use roo_cloud_web::platform::{Clipboard, ClipboardKind, Timers};
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test as test;

use crate::support::{Patch, fresh_namespace, global, js, open, opened, unhandled_rejections};

#[wasm_bindgen(module = "/tests/browser/support.js")]
extern "C" {
    #[wasm_bindgen(js_name = fakeClipboard)]
    fn fake_clipboard(log: &Array, refuse: Vec<String>) -> JsValue;
    #[wasm_bindgen(js_name = fakeClipboardItem)]
    fn fake_clipboard_item() -> JsValue;
    #[wasm_bindgen(js_name = fakeHost)]
    fn fake_host(log: &Array, refuse: Vec<String>) -> JsValue;
}

struct Scene {
    browser: Rc<Browser>,
    log: Array,
    _patches: Vec<Patch>,
}

/// A browser whose clipboard refuses what `refuse` names, with a host.
async fn scene(refuse: &[&str]) -> Scene {
    let refuse: Vec<String> = refuse.iter().map(ToString::to_string).collect();
    let log = Array::new();
    let clipboard = fake_clipboard(&log, refuse.clone());
    let patches = vec![
        Patch::replace(&js("navigator"), "clipboard", &clipboard),
        Patch::replace(&global(), "ClipboardItem", &fake_clipboard_item()),
    ];
    let host = Some(fake_host(&log, refuse));
    let browser = opened(BrowserOptions { host, namespace: fresh_namespace(), ..BrowserOptions::default() }).await;
    Scene { browser, log, _patches: patches }
}

fn log(log: &Array) -> Vec<String> {
    log.iter().filter_map(|entry| entry.as_string()).collect()
}

#[test]
async fn the_write_begins_in_the_click_and_ends_with_the_text() {
    let scene = scene(&[]).await;
    assert_eq!(scene.browser.clipboard_kind(), ClipboardKind::Promise);
    let copy = scene.browser.begin_copy();
    assert_eq!(log(&scene.log), ["write"], "before anything was awaited");
    scene.browser.sleep(20).await;
    assert!(scene.browser.finish_copy(copy, "https://share/1").await);
    assert_eq!(log(&scene.log), ["write", "https://share/1"]);
}

#[test]
async fn what_is_refused_is_tried_another_way_and_then_told() {
    for (refuse, copied, expected) in [
        (&["write"][..], true, &["write", "writeText", "text"][..]),
        (&["write", "writeText"], true, &["write", "writeText", "writeClipboard", "text"]),
        (&["write", "writeText", "writeClipboard"], false, &["write", "writeText", "writeClipboard"]),
    ] {
        let scene = scene(refuse).await;
        let unhandled = unhandled_rejections();
        let copy = scene.browser.begin_copy();
        assert_eq!(scene.browser.finish_copy(copy, "text").await, copied, "{refuse:?}");
        assert_eq!(log(&scene.log), expected, "{refuse:?}");
        scene.browser.sleep(20).await;
        assert_eq!(unhandled.length(), 0, "{unhandled:?}");
    }
}

#[test]
async fn a_dropped_copy_leaves_the_clipboard_as_it_was() {
    let scene = scene(&[]).await;
    let unhandled = unhandled_rejections();
    drop(scene.browser.begin_copy());
    scene.browser.sleep(20).await;
    assert_eq!(log(&scene.log), ["write"]);
    assert_eq!(unhandled.length(), 0, "{unhandled:?}");
}

#[test]
async fn the_kind_is_what_there_is() {
    let with_host = scene(&[]).await;
    {
        let _item = Patch::replace(&global(), "ClipboardItem", &JsValue::UNDEFINED);
        assert_eq!(with_host.browser.clipboard_kind(), ClipboardKind::Text);
        let copy = with_host.browser.begin_copy();
        assert!(with_host.browser.finish_copy(copy, "text").await);
        assert_eq!(log(&with_host.log), ["writeText", "text"]);
    }
    let _none = Patch::replace(&js("navigator"), "clipboard", &JsValue::UNDEFINED);
    assert_eq!(with_host.browser.clipboard_kind(), ClipboardKind::Host);
    let bare = open().await;
    assert_eq!(bare.clipboard_kind(), ClipboardKind::None);
    let copy = bare.begin_copy();
    assert!(!bare.finish_copy(copy, "text").await);
}

#[test]
async fn the_engine_itself_copies_by_promise() {
    assert_eq!(open().await.clipboard_kind(), ClipboardKind::Promise);
    // Whether it may without a click is the engine's affair; it must not throw, nor leave a rejection behind.
    let unhandled = unhandled_rejections();
    let browser = open().await;
    drop(browser.begin_copy());
    browser.sleep(50).await;
    assert_eq!(unhandled.length(), 0, "{unhandled:?}");
}
