//! `Browser::look_around` in places that lack or deny what it asks for.

use js_sys::{Array, Function};
use roo_cloud_web::platform::browser::{Browser, BrowserOptions, StorageChoice};
use roo_cloud_web::platform::{
    Channel, Clipboard, Clock, Crypto, CryptoError, Expect, Http, Locks, Page, Request, StorageKind, Store, StoreError,
    Timers,
};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test as test;

use crate::support::{Patch, bytes_of, fresh_namespace, global, js, open, open_in, opened, trap, until, write};

#[wasm_bindgen(module = "/tests/browser/support.js")]
extern "C" {
    #[wasm_bindgen(js_name = hangingIndexedDb)]
    fn hanging_indexed_db() -> JsValue;
    #[wasm_bindgen(js_name = hastyTimeout)]
    fn hasty_timeout(delays: &Array) -> Function;
    pub fn adapter(map: &JsValue, fault: &JsValue) -> JsValue;
}

#[test]
async fn every_choice_is_honoured_where_all_works() {
    let namespace = fresh_namespace();
    for (storage, kind) in [
        (StorageChoice::Auto, StorageKind::IndexedDb),
        (StorageChoice::IndexedDb, StorageKind::IndexedDb),
        (StorageChoice::Local, StorageKind::Local),
        (StorageChoice::Session, StorageKind::Session),
        (StorageChoice::Memory, StorageKind::Memory),
        (StorageChoice::Custom(adapter(&js("new Map"), &JsValue::UNDEFINED)), StorageKind::Custom),
    ] {
        let browser = open_in(&namespace, storage).await;
        assert_eq!(browser.storage_kind(), kind);
        assert!(browser.sealed() && browser.has_locks() && browser.has_channel());
        assert!(!browser.has_host());
    }
}

#[test]
async fn keepalive_is_what_the_engine_has() {
    let own = open().await;
    assert_eq!(own.keepalive(), js("'keepalive' in Request.prototype").is_truthy());
    let fetch: Function = js("(() => {})").unchecked_into();
    let injected = opened(BrowserOptions { fetch: Some(fetch), ..BrowserOptions::default() }).await;
    assert!(!injected.keepalive());
}

/// A client in memory that works all the same.
async fn works_in_memory(browser: &Browser) {
    assert_eq!(browser.storage_kind(), StorageKind::Memory);
    browser.apply(vec![write("k", Expect::Any, b"value")]).await.unwrap();
    assert_eq!(bytes_of(browser, "k").await.as_deref(), Some(&b"value"[..]));
}

#[test]
async fn e2_a_sandboxed_frame_has_memory_only() {
    let names = ["indexedDB", "localStorage", "sessionStorage"];
    let _denied = names.map(|name| Patch::deny(&global(), name));
    let refusing = js("({ query: () => Promise.reject(new DOMException('denied', 'SecurityError')) })");
    let _locks = Patch::replace(&js("navigator"), "locks", &refusing);
    for storage in [StorageChoice::Auto, StorageChoice::IndexedDb, StorageChoice::Local, StorageChoice::Session] {
        let browser = open_in(&fresh_namespace(), storage).await;
        works_in_memory(&browser).await;
        assert!(browser.sealed(), "under a key of this realm");
        assert!(!browser.has_locks());
        assert!(browser.lock("x").await.is_none());
        let sealed = browser.seal(b"bound", b"plain").await.unwrap();
        assert_eq!(browser.open(b"bound", &sealed).await.unwrap(), b"plain");
    }
}

#[test]
async fn e2_indexed_db_that_is_missing_throws_fails_or_denies_leaves_memory() {
    for instead in [
        "undefined",
        "null",
        "({})",
        "({ open() { throw new DOMException('denied', 'SecurityError') } })",
        "({ open: () => undefined })",
        "({ open() { const request = {}; queueMicrotask(() => request.onerror({ type: 'error' })); return request } })",
        "({ open() { const request = { result: 7 }; queueMicrotask(() => request.onsuccess({})); return request } })",
    ] {
        let _patch = Patch::replace(&global(), "indexedDB", &js(instead));
        works_in_memory(&*open().await).await;
    }
}

#[test]
async fn e2_indexed_db_that_hangs_is_given_up() {
    let _database = Patch::replace(&global(), "indexedDB", &hanging_indexed_db());
    let delays = Array::new();
    let browser = {
        let _timeout = Patch::replace(&global(), "setTimeout", &hasty_timeout(&delays));
        open().await
    };
    works_in_memory(&browser).await;
    assert_eq!(delays.get(0).as_f64(), Some(3_000.0));
}

#[test]
async fn e2_a_users_store_that_never_answers_is_unavailable() {
    let never = js("(method) => new Promise(() => {})");
    let browser = open_in(&fresh_namespace(), StorageChoice::Custom(adapter(&js("new Map"), &never))).await;
    let delays = Array::new();
    let _timeout = Patch::replace(&global(), "setTimeout", &hasty_timeout(&delays));
    assert!(browser.read(&["k"]).await.is_err());
    assert_eq!(delays.get(0).as_f64(), Some(5_000.0));
    assert!(browser.keys("").await.is_err());
}

#[test]
async fn a_change_of_a_users_store_waits_for_another_tab_s_but_not_for_good() {
    let namespace = fresh_namespace();
    let browser = open_in(&namespace, StorageChoice::Custom(adapter(&js("new Map"), &JsValue::UNDEFINED))).await;
    let _held =
        js(&format!("navigator.locks.request('roo-cloud-web/{namespace}:store', () => new Promise(() => {{}}))"));
    let delays = Array::new();
    let _timeout = Patch::replace(&global(), "setTimeout", &hasty_timeout(&delays));
    let changed = browser.apply(vec![write("k", Expect::Any, b"v")]).await;
    assert_eq!(changed, Err(StoreError::Unavailable));
    assert_eq!(delays.get(0).as_f64(), Some(10_000.0));
}

#[test]
async fn a6_without_web_crypto_nothing_outlives_the_page() {
    let _subtle = Patch::replace(&js("crypto"), "subtle", &JsValue::UNDEFINED);
    for storage in [StorageChoice::Auto, StorageChoice::Local, StorageChoice::Custom(trap())] {
        let browser = open_in(&fresh_namespace(), storage).await;
        works_in_memory(&browser).await;
        assert!(!browser.sealed());
        assert_eq!(browser.sha256(b"abc").await, Err(CryptoError::Unavailable));
        assert_eq!(browser.seal(b"", b"").await, Err(CryptoError::Unavailable));
        assert_eq!(browser.open(b"", b"0123456789ab").await, Err(CryptoError::Unavailable));
    }
}

#[test]
async fn a_realm_that_has_nothing_harms_nobody() {
    let names = ["crypto", "performance", "document", "history", "BroadcastChannel", "navigator", "fetch", "open"];
    let patches: Vec<Patch> = names
        .iter()
        .filter(|name| {
            // `document` cannot be taken from a window.
            js(&format!("Object.getOwnPropertyDescriptor(globalThis, '{name}')?.configurable ?? true")).is_truthy()
        })
        .map(|name| Patch::replace(&global(), name, &JsValue::UNDEFINED))
        .collect();
    assert!(patches.len() >= 6);
    let browser = open().await;
    assert!(!browser.has_locks() && !browser.has_channel() && !browser.sealed() && !browser.persistent());
    assert!(browser.online() && browser.visible() && !browser.can_popup() && browser.open_popup().is_none());
    assert_eq!(browser.random(&mut [0; 8]), Err(CryptoError::Unavailable));
    let _ = browser.monotonic_ms();
    browser.post("c", "text");
    drop(browser.listen("c", Box::new(|_| {})));
    drop(browser.on_signal(Box::new(|_| {})));
    browser.replace_address("/elsewhere");
    let copy = browser.begin_copy();
    assert!(!browser.finish_copy(copy, "text").await);
    let request = Request { method: "GET", url: "https://example.com".into(), ..Request::default() };
    assert!(browser.send(request).await.is_err());
    browser.sleep(1).await;
}

#[test]
async fn traps_in_the_options_harm_nobody() {
    let host = Some(trap());
    let fetch = Some(trap().unchecked_into());
    let storage = StorageChoice::Custom(trap());
    let browser = opened(BrowserOptions { storage, fetch, upload: None, host, namespace: fresh_namespace() }).await;
    assert!(browser.read(&["k"]).await.is_err());
    assert!(browser.apply(vec![write("k", Expect::Any, b"")]).await.is_err());
    assert!(browser.keys("").await.is_err());
    let request = Request { method: "GET", url: "https://example.com".into(), ..Request::default() };
    assert!(browser.send(request).await.is_err());
    let _ = browser.clipboard_kind();
}

#[test]
async fn persistence_is_asked_for_beside() {
    let storage = js("({ persisted: () => Promise.resolve(true) })");
    let _patch = Patch::replace(&js("navigator"), "storage", &storage);
    let browser = open().await;
    until(&browser, "the answer came", || browser.persistent()).await;
}
