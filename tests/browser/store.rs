//! Storage where the conformance suite cannot reach: full, broken, taken away, or not ours.

use futures_util::future::join;
use js_sys::Promise;
use roo_cloud_web::platform::browser::StorageChoice;
use roo_cloud_web::platform::{Expect, StorageKind, Store, StoreError, Write};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test as test;

use crate::opening::adapter;
use crate::support::{Patch, bytes_of, delete_database, fresh_namespace, js, open, open_in, write};

#[wasm_bindgen(module = "/tests/browser/support.js")]
extern "C" {
    #[wasm_bindgen(js_name = quotaExceeded)]
    fn quota_exceeded() -> JsValue;
    #[wasm_bindgen(js_name = faultAt)]
    fn fault_at(method: &str, nth: u32, error: &str) -> JsValue;
    fn lies() -> Vec<JsValue>;
    #[wasm_bindgen(js_name = putRecord)]
    fn put_record(database: &str, key: &str, value: &JsValue) -> Promise;
    #[wasm_bindgen(js_name = fillLocalStorage)]
    fn fill_local_storage(room: u32);
}

fn choices() -> [StorageChoice; 5] {
    [
        StorageChoice::IndexedDb,
        StorageChoice::Local,
        StorageChoice::Session,
        StorageChoice::Memory,
        StorageChoice::Custom(adapter(&js("new Map"), &JsValue::UNDEFINED)),
    ]
}

#[test]
async fn all_kinds_keep_bytes_versions_and_order() {
    for choice in choices() {
        let namespace = fresh_namespace();
        let browser = open_in(&namespace, choice).await;
        let kind = browser.storage_kind();
        let every_byte: Vec<u8> = (0..=255).collect();
        let writes = vec![
            write("b/2", Expect::Absent, &every_byte),
            write("b/1", Expect::Any, b""),
            write("a", Expect::Any, b"first"),
        ];
        let versions = browser.apply(writes).await.unwrap();
        assert_eq!(browser.keys("").await.unwrap(), ["a", "b/1", "b/2"], "{kind:?}");
        assert_eq!(browser.keys("b/").await.unwrap(), ["b/1", "b/2"], "{kind:?}");
        let read = browser.read(&["b/2", "none", "b/1", "a"]).await.unwrap();
        let read: Vec<_> = read.into_iter().map(|stored| stored.map(|stored| (stored.version, stored.bytes))).collect();
        let expected = [
            Some((versions[0], every_byte)),
            None,
            Some((versions[1], Vec::new())),
            Some((versions[2], b"first".to_vec())),
        ];
        assert_eq!(read, expected, "{kind:?}");
        // One stale expectation, and nothing happens.
        let writes = vec![
            write("a", Expect::Version(versions[2]), b"second"),
            Write { key: "b/1".into(), expect: Expect::Version(versions[0]), bytes: None },
        ];
        assert_eq!(browser.apply(writes).await, Err(StoreError::Mismatch), "{kind:?}");
        assert_eq!(bytes_of(&browser, "a").await.unwrap(), b"first", "{kind:?}");
        // Deleted and written anew, a key has a version it never had.
        let gone = Write { key: "a".into(), expect: Expect::Version(versions[2]), bytes: None };
        assert_eq!(browser.apply(vec![gone]).await.unwrap(), [0], "{kind:?}");
        let again = browser.apply(vec![write("a", Expect::Absent, b"first")]).await.unwrap();
        assert!(again[0] != versions[2] && again[0] != 0, "{kind:?}");
        assert!(browser.apply(vec![]).await.unwrap().is_empty(), "{kind:?}");
        assert!(browser.read(&[]).await.unwrap().is_empty(), "{kind:?}");
    }
}

#[test]
async fn what_one_client_stores_another_of_its_namespace_sees_and_no_other() {
    for choice in [StorageChoice::IndexedDb, StorageChoice::Local, StorageChoice::Session, StorageChoice::Memory] {
        let again = match choice {
            StorageChoice::IndexedDb => StorageChoice::Auto,
            StorageChoice::Local => StorageChoice::Local,
            StorageChoice::Session => StorageChoice::Session,
            _ => StorageChoice::Memory,
        };
        let other = match again {
            StorageChoice::Auto => StorageChoice::IndexedDb,
            StorageChoice::Local => StorageChoice::Local,
            StorageChoice::Session => StorageChoice::Session,
            _ => StorageChoice::Memory,
        };
        let namespace = fresh_namespace();
        let browser = open_in(&namespace, choice).await;
        let kind = browser.storage_kind();
        browser.apply(vec![write("k", Expect::Absent, b"v")]).await.unwrap();
        assert_eq!(bytes_of(&*open_in(&namespace, again).await, "k").await.unwrap(), b"v", "{kind:?}");
        let stranger = open_in(&fresh_namespace(), other).await;
        assert_eq!(bytes_of(&stranger, "k").await, None, "{kind:?}");
        assert!(stranger.keys("").await.unwrap().is_empty(), "{kind:?}");
    }
}

#[test]
async fn of_two_tabs_that_race_for_a_key_one_has_it() {
    let map = js("new Map");
    let custom = || StorageChoice::Custom(adapter(&map, &JsValue::UNDEFINED));
    for choices in [
        [StorageChoice::IndexedDb, StorageChoice::IndexedDb],
        [StorageChoice::Local, StorageChoice::Local],
        [StorageChoice::Memory, StorageChoice::Memory],
        [custom(), custom()],
    ] {
        let namespace = fresh_namespace();
        let [first, second] = choices;
        let (first, second) = (open_in(&namespace, first).await, open_in(&namespace, second).await);
        let writes = |bytes| vec![write("other", Expect::Any, bytes), write("k", Expect::Absent, bytes)];
        let results = join(first.apply(writes(b"first")), second.apply(writes(b"second"))).await;
        let winner: &[u8] = match results {
            (Ok(_), Err(StoreError::Mismatch)) => b"first",
            (Err(StoreError::Mismatch), Ok(_)) => b"second",
            other => panic!("{other:?}"),
        };
        assert_eq!(bytes_of(&second, "k").await.unwrap(), winner);
        assert_eq!(bytes_of(&first, "other").await.unwrap(), winner);
    }
}

#[test]
async fn e1_a_full_indexed_db_keeps_the_old_value() {
    let browser = open().await;
    browser.apply(vec![write("k", Expect::Any, b"old")]).await.unwrap();
    {
        let _full = Patch::replace(&js("IDBObjectStore.prototype"), "put", &quota_exceeded());
        let writes =
            vec![Write { key: "k".into(), expect: Expect::Any, bytes: None }, write("more", Expect::Any, b"new")];
        assert_eq!(browser.apply(writes).await, Err(StoreError::Full));
    }
    assert_eq!(bytes_of(&browser, "k").await.unwrap(), b"old");
    browser.apply(vec![write("k", Expect::Any, b"new")]).await.unwrap();
}

#[test]
async fn e1_a_full_local_storage_keeps_the_old_values() {
    let browser = open_in(&fresh_namespace(), StorageChoice::Local).await;
    let small = vec![1; 600];
    browser.apply(vec![write("grows", Expect::Any, &small), write("goes", Expect::Any, &small)]).await.unwrap();
    fill_local_storage(1_000);
    let writes = vec![
        Write { key: "goes".into(), expect: Expect::Any, bytes: None },
        write("new", Expect::Any, &small),
        write("grows", Expect::Any, &vec![2; 60_000]),
    ];
    let applied = browser.apply(writes).await;
    js("localStorage.removeItem('filler')");
    assert_eq!(applied, Err(StoreError::Full));
    assert_eq!(browser.keys("").await.unwrap(), ["goes", "grows"]);
    assert_eq!(bytes_of(&browser, "goes").await.unwrap(), small);
    assert_eq!(bytes_of(&browser, "grows").await.unwrap(), small);
}

#[test]
async fn an_aborted_transaction_changes_nothing() {
    let browser = open().await;
    browser.apply(vec![write("k", Expect::Any, b"old")]).await.unwrap();
    {
        let aborting = js("(put => function (...parameters) {
            const request = put.apply(this, parameters)
            this.transaction.abort()
            return request
        })(IDBObjectStore.prototype.put)");
        let _patch = Patch::replace(&js("IDBObjectStore.prototype"), "put", &aborting);
        assert_eq!(browser.apply(vec![write("k", Expect::Any, b"new")]).await, Err(StoreError::Unavailable));
    }
    assert_eq!(bytes_of(&browser, "k").await.unwrap(), b"old");
}

#[test]
async fn a_database_deleted_from_outside_is_let_go_and_opened_again() {
    let namespace = fresh_namespace();
    let browser = open_in(&namespace, StorageChoice::Auto).await;
    browser.apply(vec![write("k", Expect::Any, b"v")]).await.unwrap();
    let deleted = delete_database(&format!("roo-cloud-web/{namespace}")).await.unwrap();
    assert!(deleted.is_truthy(), "blocked by our connection");
    assert_eq!(bytes_of(&browser, "k").await, None);
    browser.apply(vec![write("k", Expect::Absent, b"v2")]).await.unwrap();
    assert_eq!(bytes_of(&browser, "k").await.unwrap(), b"v2");
}

#[test]
async fn e3_what_is_no_record_counts_as_absent() {
    let namespace = fresh_namespace();
    let database = format!("roo-cloud-web/{namespace}");
    let browser = open_in(&namespace, StorageChoice::Auto).await;
    for junk in
        ["7", "'text'", "null", "[]", "({})", "({ v: 'x', b: 'y' })", "({ v: 1 })", "({ b: new Uint8Array(1) })"]
    {
        put_record(&database, "k", &js(junk)).await.unwrap();
        assert_eq!(bytes_of(&browser, "k").await, None, "{junk}");
        browser.apply(vec![write("k", Expect::Absent, b"v")]).await.unwrap();
    }
    put_record(&database, "k", &js("({ v: 7, b: new Uint8Array([1]) })")).await.unwrap();
    browser.apply(vec![write("k", Expect::Version(7), b"v")]).await.unwrap();

    let browser = open_in(&namespace, StorageChoice::Local).await;
    for junk in ["", "short", "!!!! no base64 !!!!", "e30", "\u{1F600}"] {
        js(&format!("localStorage.setItem('{database}:k', '{junk}')"));
        assert_eq!(bytes_of(&browser, "k").await, None, "{junk}");
        browser.apply(vec![write("k", Expect::Absent, b"v")]).await.unwrap();
    }
}

#[test]
async fn the_users_store_is_restored_when_it_fails_midway() {
    for (error, failure) in [("QuotaExceededError", StoreError::Full), ("InvalidStateError", StoreError::Unavailable)] {
        // Two sets begin; of the next three the second fails.
        let faulty = adapter(&js("new Map"), &fault_at("set", 4, error));
        let browser = open_in(&fresh_namespace(), StorageChoice::Custom(faulty)).await;
        browser.apply(vec![write("a", Expect::Any, b"a"), write("b", Expect::Any, b"b")]).await.unwrap();
        let writes = vec![
            write("new", Expect::Any, b"new"),
            write("a", Expect::Any, b"changed"),
            write("b", Expect::Any, b"changed"),
        ];
        assert_eq!(browser.apply(writes).await, Err(failure));
        assert_eq!(browser.keys("").await.unwrap(), ["a", "b"]);
        assert_eq!(bytes_of(&browser, "a").await.unwrap(), b"a");
        assert_eq!(bytes_of(&browser, "b").await.unwrap(), b"b");
    }
}

#[test]
async fn a_users_store_that_fails_is_unavailable_and_one_that_lies_harms_nobody() {
    for method in ["get", "set", "delete", "keys"] {
        let faulty = adapter(&js("new Map"), &fault_at(method, 1, "DataError"));
        let browser = open_in(&fresh_namespace(), StorageChoice::Custom(faulty)).await;
        assert_eq!(browser.storage_kind(), StorageKind::Custom);
        let failure = match method {
            "get" => browser.read(&["k"]).await.map(drop),
            "set" => browser.apply(vec![write("k", Expect::Any, b"")]).await.map(drop),
            "delete" => {
                browser.apply(vec![Write { key: "k".into(), expect: Expect::Any, bytes: None }]).await.map(drop)
            }
            _ => browser.keys("").await.map(drop),
        };
        assert_eq!(failure, Err(StoreError::Unavailable), "{method}");
        browser.apply(vec![write("k", Expect::Any, b"v")]).await.unwrap();
        assert_eq!(bytes_of(&browser, "k").await.unwrap(), b"v", "{method}");
    }
    for liar in lies() {
        let browser = open_in(&fresh_namespace(), StorageChoice::Custom(liar)).await;
        assert_eq!(browser.read(&["k"]).await.unwrap(), [None]);
        assert!(browser.keys("").await.unwrap_or_default().is_empty());
        let _ = browser.apply(vec![write("k", Expect::Absent, b"v")]).await;
    }
    let browser = open_in(&fresh_namespace(), StorageChoice::Custom(JsValue::from(7))).await;
    assert_eq!(browser.read(&["k"]).await, Err(StoreError::Unavailable));
}
