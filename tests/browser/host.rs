//! The extension on the other side of a webview, as a page hands it over: whatever of it there is.

use js_sys::{Array, Map};
use roo_cloud_web::error::Code;
use roo_cloud_web::platform::browser::{Browser, BrowserOptions, StorageChoice};
use roo_cloud_web::platform::{Expect, Host, StorageKind, Store, StoreError};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test as test;

use crate::opening::adapter;
use crate::support::{bytes_of, fresh_namespace, js, open_in, opened, trap, until, write};

async fn with_host(host: JsValue) -> Rc<Browser> {
    let namespace = fresh_namespace();
    opened(BrowserOptions { host: Some(host), namespace, ..BrowserOptions::default() }).await
}

fn object(members: &[(&str, &JsValue)]) -> JsValue {
    let object = js_sys::Object::new();
    for (name, value) in members {
        js_sys::Reflect::set(&object, &(*name).into(), value).unwrap();
    }
    object.into()
}

#[test]
async fn it_opens_pages_and_says_where_it_receives_answers() {
    let opened = Array::new();
    let host = object(&[
        ("openExternal", &js("(function (url) { this.opened.push(url); return Promise.resolve() })")),
        ("callbackUri", &js("(async () => 'vscode://a.b/auth')")),
        ("opened", &opened),
    ]);
    let browser = with_host(host).await;
    assert!(browser.opens_pages());
    assert_eq!(browser.open_external("https://id.example/").await, Ok(()));
    assert_eq!(opened.get(0).as_string().as_deref(), Some("https://id.example/"));
    assert_eq!(browser.callback_uri().await.as_deref(), Some("vscode://a.b/auth"));
}

#[test]
async fn what_it_refuses_with_is_passed_on_if_it_is_a_code() {
    for (open, code) in [
        ("(() => { throw Object.assign(new Error('x'), { code: 'LOGIN_CANCELLED' }) })", Some(Code::LoginCancelled)),
        ("(() => Promise.reject({ code: 'HOST_UNAVAILABLE' }))", Some(Code::HostUnavailable)),
        ("(() => Promise.reject({ code: 'MINE' }))", None),
        ("(() => Promise.reject())", None),
        ("(() => { throw { get code() { throw 1 } } })", None),
    ] {
        let browser = with_host(object(&[("openExternal", &js(open)), ("callbackUri", &js("(() => 7)"))])).await;
        assert_eq!(browser.open_external("https://id.example/").await, Err(code), "{open}");
        assert_eq!(browser.callback_uri().await, None);
    }
    let browser = with_host(trap()).await;
    assert!(browser.open_external("https://id.example/").await.is_err());
    assert_eq!(browser.callback_uri().await, None);
    drop(browser.on_callback(Box::new(|_| {})));
}

#[test]
async fn its_answers_are_heard_until_nobody_listens_and_harm_nobody_after() {
    let ears = Array::new();
    let host = object(&[
        ("ears", &ears),
        (
            "onCallback",
            &js("(function (listener) { this.ears.push(listener); return () => { this.ears.ended = true } })"),
        ),
    ]);
    let browser = with_host(host).await;
    let heard: Rc<RefCell<Vec<String>>> = Rc::default();
    let notes = heard.clone();
    let subscription = browser.on_callback(Box::new(move |url| notes.borrow_mut().push(url.to_owned())));
    let ear: js_sys::Function = ears.get(0).unchecked_into();
    for value in [JsValue::from("vscode://a.b?code=1"), 7.into(), JsValue::UNDEFINED] {
        ear.call1(&JsValue::UNDEFINED, &value).unwrap();
    }
    assert_eq!(*heard.borrow(), ["vscode://a.b?code=1"]);
    drop(subscription);
    assert!(js_sys::Reflect::get(&ears, &"ended".into()).unwrap().is_truthy());
    // It kept what it was given.
    ear.call1(&JsValue::UNDEFINED, &"late".into()).unwrap();
    assert_eq!(heard.borrow().len(), 1);
}

#[test]
async fn what_signs_people_in_lies_with_its_secrets_and_all_else_does_not() {
    let map = Map::new();
    let secrets = adapter(&map, &JsValue::UNDEFINED);
    let browser = with_host(object(&[("secrets", &secrets)])).await;
    assert_eq!(browser.storage_kind(), StorageKind::IndexedDb);
    for key in ["issuer client/session", "issuer client/pending/a", "issuer client/settings/user/"] {
        browser.apply(vec![write(key, Expect::Absent, key.as_bytes())]).await.unwrap();
        assert_eq!(bytes_of(&browser, key).await.unwrap(), key.as_bytes());
    }
    assert_eq!(map.size(), 2);
    assert_eq!(browser.keys("issuer client/pending/").await.unwrap(), ["issuer client/pending/a"]);
    let origin = js("location.origin").as_string().unwrap();
    for key in map.keys() {
        assert!(key.unwrap().as_string().unwrap().contains(&origin), "webviews of another origin have another key");
    }
    let stale = browser.apply(vec![write("issuer client/session", Expect::Absent, b"")]).await;
    assert_eq!(stale, Err(StoreError::Mismatch));
}

#[test]
async fn a_store_tells_of_changes_of_our_keys() {
    let map = Map::new();
    let store = adapter(&map, &JsValue::UNDEFINED);
    let ears = Array::new();
    js_sys::Reflect::set(&store, &"ears".into(), &ears).unwrap();
    let on_change = js("(function (listener) { this.ears.push(listener); return () => { this.ears.length = 0 } })");
    js_sys::Reflect::set(&store, &"onChange".into(), &on_change).unwrap();
    let browser = open_in(&fresh_namespace(), StorageChoice::Custom(store)).await;
    let heard: Rc<RefCell<Vec<String>>> = Rc::default();
    let notes = heard.clone();
    let subscription = browser.on_change(Box::new(move |key| notes.borrow_mut().push(key.to_owned())));
    browser.apply(vec![write("owner/session", Expect::Any, b"x")]).await.unwrap();
    let full = map.keys().next().unwrap().value();
    let ear: js_sys::Function = ears.get(0).unchecked_into();
    for key in [full, "foreign".into(), JsValue::NULL] {
        ear.call1(&JsValue::UNDEFINED, &key).unwrap();
    }
    assert_eq!(*heard.borrow(), ["owner/session"]);
    drop(subscription);
    assert_eq!(ears.length(), 0);
    until(&browser, "it is over", || true).await;
}
