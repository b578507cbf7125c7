//! Where records lie: `IndexedDB`, or a store of texts (`localStorage`, `sessionStorage`, memory, the user's own). What is asked of
//! the browser is in `face/browser.js`, which `face/index.js` begins while the module still loads: it weighs less there than in the module.

use std::rc::Rc;

use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;

use super::{Browser, js, realm, scoped};
use crate::platform::{Expect, Locks, StorageKind, Store, StoreError, Stored, Subscription, Write, within};

// The package has it in its one script; tests are given a copy.
#[cfg_attr(feature = "parts", wasm_bindgen(raw_module = "./browser.js"))]
#[cfg_attr(not(feature = "parts"), wasm_bindgen(module = "/src/face/browser.js"))]
extern "C" {
    /// A database, or a store of texts.
    pub(super) type Place;
    #[wasm_bindgen(method, catch)]
    async fn read(this: &Place, keys: &Array) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    async fn apply(this: &Place, writes: &Array) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    async fn keys(this: &Place, prefix: &str) -> Result<JsValue, JsValue>;

    /// Fails where there is no database to be had.
    #[wasm_bindgen(catch)]
    pub(super) async fn connect(name: &str) -> Result<Place, JsValue>;
}

#[cfg_attr(feature = "parts", wasm_bindgen(raw_module = "./browser.js"))]
#[cfg_attr(not(feature = "parts"), wasm_bindgen(module = "/src/face/browser.js"))]
extern "C" {
    fn texts(object: &JsValue, scope: &str, is_own: bool) -> Place;
}

/// How long a change of the user's own store waits for those of other tabs, in milliseconds.
const LOCK_LIMIT_MS: u64 = 10_000;

/// The chosen place.
pub(super) struct Records {
    kind: StorageKind,
    place: Place,
}

impl Records {
    pub(super) fn database(place: Place) -> Self {
        Self { kind: StorageKind::IndexedDb, place }
    }

    /// This realm's memory.
    pub(super) fn memory(scope: &str) -> Self {
        Self::texts(StorageKind::Memory, &JsValue::UNDEFINED, scope)
    }

    /// Memory where Web Storage is denied.
    pub(super) fn web(kind: StorageKind, name: &str, scope: &str) -> Self {
        let storage = realm::member(name);
        if storage.is_object() { Self::texts(kind, &storage, scope) } else { Self::memory(scope) }
    }

    /// The user's own.
    pub(super) fn custom(scope: &str, adapter: &JsValue) -> Self {
        Self::texts(StorageKind::Custom, adapter, scope)
    }

    fn texts(kind: StorageKind, object: &JsValue, scope: &str) -> Self {
        Self { kind, place: texts(object, &scoped(scope, ""), kind == StorageKind::Custom) }
    }

    async fn read(&self, keys: &[&str]) -> Result<Vec<Option<Stored>>, JsValue> {
        let keys: Array = keys.iter().copied().map(JsValue::from).collect();
        let found = self.place.read(&keys).await?.unchecked_into::<Array>();
        Ok(found.iter().map(|record| stored(&record)).collect())
    }

    async fn apply(&self, writes: Vec<Write>) -> Result<Vec<u64>, StoreError> {
        let (changes, mut versions) = (Array::new(), Vec::with_capacity(writes.len()));
        for Write { key, expect, bytes } in writes {
            let expected = match expect {
                Expect::Any => JsValue::UNDEFINED,
                Expect::Absent => JsValue::NULL,
                Expect::Version(version) => number(version),
            };
            let version = if bytes.is_some() { fresh_version() } else { 0 };
            let bytes = bytes.map_or(JsValue::UNDEFINED, |bytes| Uint8Array::from(bytes.as_slice()).into());
            changes.push(&Array::of4(&key.into(), &expected, &number(version), &bytes));
            versions.push(version);
        }
        match self.place.apply(&changes).await {
            Ok(holds) if holds.is_truthy() => Ok(versions),
            Ok(_) => Err(StoreError::Mismatch),
            Err(error) => Err(failure(&error)),
        }
    }

    async fn keys(&self, prefix: &str) -> Result<Vec<String>, JsValue> {
        let keys = self.place.keys(prefix).await?.unchecked_into::<Array>();
        Ok(keys.iter().filter_map(|key| key.as_string()).collect())
    }
}

#[allow(clippy::cast_precision_loss)] // below 2^53
fn number(version: u64) -> JsValue {
    JsValue::from_f64(version as f64)
}

/// What is no record of ours counts as absent.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturates
fn stored(record: &JsValue) -> Option<Stored> {
    let bytes = js::get(record, "b");
    let version = js::get(record, "v").as_f64()? as u64;
    Some(Stored { version, bytes: bytes.dyn_ref::<Uint8Array>()?.to_vec() })
}

/// Versions are drawn, not counted, so that a key deleted and written anew never has an old one: 1 to 2^52, which a
/// JavaScript number holds exactly.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // positive and whole by construction
fn fresh_version() -> u64 {
    (js_sys::Math::random() * 4_503_599_627_370_496.0) as u64 + 1
}

/// What an exception of a store means to us.
fn failure(exception: &JsValue) -> StoreError {
    if js::is_named(exception, "QuotaExceededError") { StoreError::Full } else { StoreError::Unavailable }
}

/// What signs people in: it lies with the host's secrets, where the host keeps some.
fn is_secret(key: &str) -> bool {
    const PENDING: &[u8] = b"/pending/";
    // Searching a str for a str brings 8 KB into the module.
    key.ends_with("/session") || key.as_bytes().windows(PENDING.len()).any(|part| part == PENDING)
}

impl Browser {
    /// Where what is under `key` lies. All keys of one call lie in one place.
    fn place(&self, key: Option<&str>) -> &Records {
        let found = self.found();
        match &found.secrets {
            Some(secrets) if key.is_some_and(is_secret) => secrets,
            _ => &found.records,
        }
    }
}

impl Store for Browser {
    async fn read(&self, keys: &[&str]) -> Result<Vec<Option<Stored>>, StoreError> {
        self.place(keys.first().copied()).read(keys).await.map_err(|error| failure(&error))
    }

    async fn apply(&self, writes: Vec<Write>) -> Result<Vec<u64>, StoreError> {
        let records = self.place(writes.first().map(|write| write.key.as_str()));
        // The user's own store answers late, so its changes are checked and made under a lock.
        let _alone = if records.kind == StorageKind::Custom {
            // A page that was put aside may wait for a lock for good.
            within(self, LOCK_LIMIT_MS, self.lock("store")).await.ok_or(StoreError::Unavailable)?
        } else {
            None
        };
        records.apply(writes).await
    }

    async fn keys(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        self.place(Some(prefix)).keys(prefix).await.map_err(|error| failure(&error))
    }

    fn storage_kind(&self) -> StorageKind {
        self.found().records.kind
    }

    fn on_change(&self, listener: Box<dyn Fn(&str)>) -> Subscription {
        let listener: Rc<dyn Fn(&str)> = Rc::from(listener);
        let found = self.found();
        let heard: Vec<_> = [Some(&found.records), found.secrets.as_ref()]
            .into_iter()
            .flatten()
            .map(|records| {
                let listener = listener.clone();
                js::hear(&records.place, "onChange", Box::new(move |key| listener(key)))
            })
            .collect();
        Subscription::new(move || drop(heard))
    }
}
