//! What the tests here share.

use std::cell::Cell;
use std::rc::Rc;

use js_sys::{Array, Function, Promise};
use roo_cloud_web::platform::browser::{Browser, BrowserOptions, StorageChoice};
use roo_cloud_web::platform::{Expect, Store, Timers, Write};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/tests/browser/support.js")]
extern "C" {
    fn replace(object: &JsValue, name: &str, value: &JsValue) -> Function;
    fn deny(object: &JsValue, name: &str) -> Function;
    #[wasm_bindgen(js_name = unhandledRejections)]
    pub fn unhandled_rejections() -> Array;
    #[wasm_bindgen(js_name = deleteDatabase)]
    pub fn delete_database(name: &str) -> Promise;
    pub fn trap() -> JsValue;
}

/// A property of the realm replaced until this is dropped.
pub struct Patch(Function);

impl Patch {
    pub fn replace(object: &JsValue, name: &str, value: &JsValue) -> Self {
        Self(replace(object, name, value))
    }

    pub fn deny(object: &JsValue, name: &str) -> Self {
        Self(deny(object, name))
    }
}

impl Drop for Patch {
    fn drop(&mut self) {
        self.0.call0(&JsValue::UNDEFINED).unwrap();
    }
}

/// The value of a JavaScript expression.
pub fn js(expression: &str) -> JsValue {
    js_sys::eval(expression).unwrap()
}

pub fn global() -> JsValue {
    js_sys::global().into()
}

/// A namespace that no other test uses, nor an earlier run.
pub fn fresh_namespace() -> String {
    thread_local!(static COUNT: Cell<u32> = const { Cell::new(0) });
    COUNT.with(|count| count.set(count.get() + 1));
    format!("test-{}-{}", js_sys::Date::now(), COUNT.with(Cell::get))
}

pub async fn opened(options: BrowserOptions) -> Rc<Browser> {
    let browser = Browser::new(options);
    browser.look_around().await;
    browser
}

pub async fn open_in(namespace: &str, storage: StorageChoice) -> Rc<Browser> {
    opened(BrowserOptions { storage, namespace: namespace.into(), ..BrowserOptions::default() }).await
}

pub async fn open() -> Rc<Browser> {
    open_in(&fresh_namespace(), StorageChoice::Auto).await
}

pub fn write(key: &str, expect: Expect, bytes: &[u8]) -> Write {
    Write { key: key.into(), expect, bytes: Some(bytes.to_vec()) }
}

/// The bytes of one record.
pub async fn bytes_of(browser: &Browser, key: &str) -> Option<Vec<u8>> {
    browser.read(&[key]).await.unwrap().pop().flatten().map(|stored| stored.bytes)
}

/// Lets what is under way go on until `condition` holds.
pub async fn until(browser: &Browser, what: &str, mut condition: impl FnMut() -> bool) {
    for _ in 0..500 {
        if condition() {
            return;
        }
        browser.sleep(10).await;
    }
    panic!("waited in vain until {what}");
}
