//! `IndexedDB`. What is asked of the browser is in `face/database.js`, which `face/index.js` begins while the module still loads.

use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;

use super::super::js;
use super::{failure, fresh_version};
use crate::platform::{Expect, StoreError, Stored, Write};

// The package has it in its one script; tests are given a copy.
#[cfg_attr(feature = "parts", wasm_bindgen(raw_module = "./database.js"))]
#[cfg_attr(not(feature = "parts"), wasm_bindgen(module = "/src/face/database.js"))]
extern "C" {
    type Database;
    #[wasm_bindgen(catch)]
    async fn connect(name: &str) -> Result<Database, JsValue>;
    #[wasm_bindgen(method, getter)]
    fn sealing(this: &Database) -> JsValue;
    #[wasm_bindgen(method, catch)]
    async fn read(this: &Database, keys: &Array) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    async fn apply(this: &Database, writes: &Array) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    async fn keys(this: &Database, prefix: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    async fn key(this: &Database, name: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = keyOrPut)]
    async fn key_or_put(this: &Database, name: &str, made: &JsValue) -> Result<JsValue, JsValue>;
}

/// Records `{ v: version, b: bytes }` under their keys, and the keys of cryptography beside them.
pub(in super::super) struct IndexedDb(Database);

impl IndexedDb {
    /// The database `name`, and what lies there as the key that seals, if anything does.
    pub(in super::super) async fn open(name: &str) -> Result<(Self, JsValue), JsValue> {
        let database = connect(name).await?;
        let sealing = database.sealing();
        Ok((Self(database), sealing))
    }

    pub(super) async fn read(&self, keys: &[&str]) -> Result<Vec<Option<Stored>>, JsValue> {
        let keys: Array = keys.iter().copied().map(JsValue::from).collect();
        let found = self.0.read(&keys).await?.unchecked_into::<Array>();
        Ok(found.iter().map(|record| stored(&record)).collect())
    }

    pub(super) async fn apply(&self, writes: Vec<Write>) -> Result<Vec<u64>, StoreError> {
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
        match self.0.apply(&changes).await {
            Ok(holds) if holds.is_truthy() => Ok(versions),
            Ok(_) => Err(StoreError::Mismatch),
            Err(error) => Err(failure(&error)),
        }
    }

    pub(super) async fn keys(&self, prefix: &str) -> Result<Vec<String>, JsValue> {
        let keys = self.0.keys(prefix).await?.unchecked_into::<Array>();
        Ok(keys.iter().filter_map(|key| key.as_string()).collect())
    }

    /// The cryptographic key of that name; `undefined` if there is none.
    pub(in super::super) async fn key(&self, name: &str) -> Result<JsValue, JsValue> {
        self.0.key(name).await
    }

    /// The key of that name, or `made`, stored under it, if what is there is none.
    pub(in super::super) async fn key_or_put(&self, name: &str, made: &JsValue) -> Result<JsValue, JsValue> {
        self.0.key_or_put(name, made).await
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
