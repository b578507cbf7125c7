//! `IndexedDB`: records `{ v: version, b: bytes }` under their keys, and the keys of cryptography beside them.
//!
//! A transaction lives as long as requests follow each other in it. It is awaited from request to request only: the
//! continuation of a request's own promise still runs inside the request's event, in all engines, while anything else
//! (`WebCrypto`, a timer) would let the transaction commit under us.
//!
//! `face/database.js` opens it, which `face/index.js` begins while the module still loads.

use std::cell::RefCell;

use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::super::js::{self, Deferred};
use super::{failure, fresh_version};
use crate::platform::{Expect, StoreError, Stored, Write};

const RECORDS: &str = "records";
const KEYS: &str = "keys";

#[wasm_bindgen]
extern "C" {
    #[derive(Clone)]
    type Database;
    #[wasm_bindgen(method, catch)]
    fn transaction(this: &Database, table: &str, mode: &str, options: &JsValue) -> Result<Transaction, JsValue>;

    type Transaction;
    #[wasm_bindgen(method, catch, js_name = objectStore)]
    fn object_store(this: &Transaction, name: &str) -> Result<Table, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn abort(this: &Transaction) -> Result<(), JsValue>;

    type Table;
    #[wasm_bindgen(method, catch)]
    fn get(this: &Table, key: &str) -> Result<Request, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn put(this: &Table, value: &JsValue, key: &str) -> Result<Request, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn delete(this: &Table, key: &str) -> Result<Request, JsValue>;
    #[wasm_bindgen(method, catch, js_name = getAllKeys)]
    fn get_all_keys(this: &Table, range: &JsValue) -> Result<Request, JsValue>;

    type Request;
    #[wasm_bindgen(method, getter, catch)]
    fn result(this: &Request) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch, js_namespace = IDBKeyRange, js_name = bound)]
    fn key_range(lower: &str, upper: &str) -> Result<JsValue, JsValue>;
}

// The package has it in its one script; tests are given a copy.
#[cfg_attr(feature = "parts", wasm_bindgen(raw_module = "./database.js"))]
#[cfg_attr(not(feature = "parts"), wasm_bindgen(module = "/src/face/database.js"))]
extern "C" {
    type Opened;
    #[wasm_bindgen(catch, js_name = connect)]
    async fn connect(name: &str) -> Result<Opened, JsValue>;
    #[wasm_bindgen(method, getter)]
    fn database(this: &Opened) -> Database;
    #[wasm_bindgen(method, getter)]
    fn sealing(this: &Opened) -> JsValue;
}

impl Request {
    async fn settled(&self) -> Result<(), JsValue> {
        settled_by(self, &["onsuccess"], "onerror")?.await.map(drop)
    }
}

/// Settles inside one of those events. (Handlers are set so that it fails if this is no object: `indexedDB` may be a fake.)
fn settled_by(target: &JsValue, resolving: &[&str], rejecting: &str) -> Result<JsFuture, JsValue> {
    let settling = Deferred::new();
    for event in resolving {
        js::set(target, event, &settling.resolve)?;
    }
    js::set(target, rejecting, &settling.reject)?;
    Ok(settling.promise.into())
}

/// A connection, opened anew when the browser or another tab has had it closed.
pub(in super::super) struct IndexedDb {
    name: String,
    database: RefCell<Database>,
}

impl IndexedDb {
    /// The database `name`, and what lies there as the key that seals, if anything does.
    pub(in super::super) async fn open(name: &str) -> Result<(Self, JsValue), JsValue> {
        let opened = connect(name).await?;
        let database = Self { name: String::from(name), database: RefCell::new(opened.database()) };
        Ok((database, opened.sealing()))
    }

    async fn begin(&self, table: &str, mode: &str) -> Result<(Transaction, Table), JsValue> {
        let options = js::object(&[("durability", &"relaxed".into())]);
        let database = self.database.borrow().clone();
        let transaction = if let Ok(transaction) = database.transaction(table, mode, &options) {
            transaction
        } else {
            let database = connect(&self.name).await?.database();
            self.database.replace(database.clone());
            database.transaction(table, mode, &options)?
        };
        let table = transaction.object_store(table)?;
        Ok((transaction, table))
    }

    pub(super) async fn read(&self, keys: &[&str]) -> Result<Vec<Option<Stored>>, JsValue> {
        let (_, table) = self.begin(RECORDS, "readonly").await?;
        let requests = keys.iter().map(|key| table.get(key)).collect::<Result<Vec<_>, _>>()?;
        if let Some(last) = requests.last() {
            last.settled().await?;
        }
        requests.iter().map(|request| request.result().map(|value| stored(&value))).collect()
    }

    pub(super) async fn apply(&self, writes: Vec<Write>) -> Result<Vec<u64>, StoreError> {
        let (transaction, table) = self.begin(RECORDS, "readwrite").await.map_err(|error| failure(&error))?;
        let ended = ended(&transaction).map_err(|error| failure(&error))?;
        let refused = match write_if(&table, &writes).await {
            Ok(Some(versions)) => match ended.await {
                Ok(_) => return Ok(versions),
                Err(_) => failure(&js::get(&transaction, "error")),
            },
            Ok(None) => StoreError::Mismatch,
            Err(error) => failure(&error),
        };
        // Throws where it has been aborted already.
        let _ = transaction.abort();
        Err(refused)
    }

    pub(super) async fn keys(&self, prefix: &str) -> Result<Vec<String>, JsValue> {
        let (_, table) = self.begin(RECORDS, "readonly").await?;
        let mut end = String::from(prefix);
        end.push('\u{ffff}');
        let request = table.get_all_keys(&key_range(prefix, &end)?)?;
        request.settled().await?;
        Ok(request.result()?.unchecked_into::<Array>().iter().filter_map(|key| key.as_string()).collect())
    }

    /// The cryptographic key of that name; `undefined` if there is none.
    pub(in super::super) async fn key(&self, name: &str) -> Result<JsValue, JsValue> {
        let (_, table) = self.begin(KEYS, "readonly").await?;
        let request = table.get(name)?;
        request.settled().await?;
        request.result()
    }

    /// The key of that name, or `key`, stored under it, if what is there is none.
    pub(in super::super) async fn key_or_put(
        &self,
        name: &str,
        key: &JsValue,
        is_key: fn(&JsValue) -> bool,
    ) -> Result<JsValue, JsValue> {
        let (transaction, table) = self.begin(KEYS, "readwrite").await?;
        let ended = ended(&transaction)?;
        let request = table.get(name)?;
        request.settled().await?;
        let present = request.result()?;
        if is_key(&present) {
            return Ok(present);
        }
        table.put(key, name)?;
        ended.await?;
        Ok(key.clone())
    }
}

/// Settles when the transaction has committed or been aborted.
fn ended(transaction: &Transaction) -> Result<JsFuture, JsValue> {
    settled_by(transaction, &["oncomplete"], "onabort")
}

/// Issues the writes and gives the versions they make, if all that they expect holds.
async fn write_if(table: &Table, writes: &[Write]) -> Result<Option<Vec<u64>>, JsValue> {
    let mut checks = Vec::new();
    for write in writes {
        if write.expect != Expect::Any {
            checks.push((write.expect, table.get(&write.key)?));
        }
    }
    if let Some((_, last)) = checks.last() {
        last.settled().await?;
    }
    for (expect, request) in &checks {
        if !expect.holds(stored_version(&request.result()?)) {
            return Ok(None);
        }
    }
    let mut versions = Vec::new();
    for write in writes {
        if let Some(bytes) = &write.bytes {
            let version = fresh_version();
            #[allow(clippy::cast_precision_loss)] // below 2^53
            let number = JsValue::from_f64(version as f64);
            table.put(&js::object(&[("v", &number), ("b", &Uint8Array::from(bytes.as_slice()))]), &write.key)?;
            versions.push(version);
        } else {
            table.delete(&write.key)?;
            versions.push(0);
        }
    }
    Ok(Some(versions))
}

/// What is no record of ours counts as absent.
fn stored(record: &JsValue) -> Option<Stored> {
    Some(Stored { version: stored_version(record)?, bytes: js::get(record, "b").dyn_ref::<Uint8Array>()?.to_vec() })
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturates
fn stored_version(record: &JsValue) -> Option<u64> {
    js::get(record, "b").is_instance_of::<Uint8Array>().then_some(js::get(record, "v").as_f64()? as u64)
}
