//! Stores of texts: `localStorage`, `sessionStorage`, a `Map` for memory, and the user's own `StorageAdapter`.
//!
//! A record is the base64url text of its version (8 bytes, little-endian) and its bytes. What answers with a value answers
//! at once, so on Web Storage and in memory a change is checked and made without giving way; what answers with a promise
//! (the user's own) is awaited, and changed under a lock.

use base64ct::{Base64UrlUnpadded, Encoding};
use futures_util::future::{Either, select};
use js_sys::{Map, Object};
use wasm_bindgen::{JsCast, JsValue};

use super::super::{js, realm, scoped, timers};
use super::{failure, fresh_version};
use crate::platform::{StorageKind, StoreError, Stored, Subscription, Write};

/// The user's own store is waited for so long, in milliseconds.
const ANSWER_LIMIT_MS: u64 = 5_000;

thread_local! {
    /// One memory for all clients of this realm.
    static MEMORY: Map = Map::new();
}

/// One of them.
pub(in super::super) struct TextStore {
    kind: StorageKind,
    object: JsValue,
    /// Leads every key.
    scope: String,
}

impl TextStore {
    pub(in super::super) fn memory(scope: &str) -> Self {
        Self::new(StorageKind::Memory, MEMORY.with(|map| map.clone().into()), scope)
    }

    pub(in super::super) fn local(scope: &str) -> Self {
        Self::web(StorageKind::Local, "localStorage", scope)
    }

    pub(in super::super) fn session(scope: &str) -> Self {
        Self::web(StorageKind::Session, "sessionStorage", scope)
    }

    pub(in super::super) fn custom(scope: &str, adapter: JsValue) -> Self {
        Self::new(StorageKind::Custom, adapter, scope)
    }

    /// Memory where Web Storage is denied.
    fn web(kind: StorageKind, name: &str, scope: &str) -> Self {
        let storage = realm::member(name);
        if storage.is_object() { Self::new(kind, storage, scope) } else { Self::memory(scope) }
    }

    fn new(kind: StorageKind, object: JsValue, scope: &str) -> Self {
        Self { kind, object, scope: scoped(scope, "") }
    }

    pub(super) fn kind(&self) -> StorageKind {
        self.kind
    }

    fn is_web(&self) -> bool {
        matches!(self.kind, StorageKind::Local | StorageKind::Session)
    }

    fn full_key(&self, key: &str) -> JsValue {
        let mut full = self.scope.clone();
        full.push_str(key);
        full.into()
    }

    /// What it answers; one that never does is no store.
    async fn answer(&self, answer: Result<JsValue, JsValue>) -> Result<JsValue, JsValue> {
        let (settled, limit) = (js::settled(answer), timers::sleep(ANSWER_LIMIT_MS));
        if self.kind != StorageKind::Custom {
            return settled.await;
        }
        match select(std::pin::pin!(settled), std::pin::pin!(limit)).await {
            Either::Left((answer, _)) => answer,
            Either::Right(_) => Err(JsValue::UNDEFINED),
        }
    }

    /// Calls `listener` with each of our keys that the user's store says changed.
    pub(super) fn on_change(&self, listener: Box<dyn Fn(&str)>) -> Subscription {
        let scope = self.scope.clone();
        let ours = move |key: &str| {
            if let Some(key) = key.strip_prefix(&scope) {
                listener(key);
            }
        };
        let object = if self.kind == StorageKind::Custom { &self.object } else { &JsValue::NULL };
        js::hear(object, "onChange", Box::new(ours))
    }

    async fn text(&self, key: &str) -> Result<Option<String>, JsValue> {
        let get = if self.is_web() { "getItem" } else { "get" };
        Ok(self.answer(js::call(&self.object, get, &[&self.full_key(key)])).await?.as_string())
    }

    async fn set_text(&self, key: &str, text: Option<&str>) -> Result<(), JsValue> {
        let key = self.full_key(key);
        let (set, delete) = if self.is_web() { ("setItem", "removeItem") } else { ("set", "delete") };
        let done = match text {
            Some(text) => js::call(&self.object, set, &[&key, &text.into()]),
            None => js::call(&self.object, delete, &[&key]),
        };
        // A `Map` answers with itself, which is nothing to wait for.
        if self.kind == StorageKind::Custom { self.answer(done).await.map(drop) } else { done.map(drop) }
    }

    pub(super) async fn read(&self, keys: &[&str]) -> Result<Vec<Option<Stored>>, JsValue> {
        let mut records = Vec::new();
        for key in keys {
            records.push(self.text(key).await?.and_then(|text| decode(&text)));
        }
        Ok(records)
    }

    pub(super) async fn apply(&self, writes: Vec<Write>) -> Result<Vec<u64>, StoreError> {
        let mut before = Vec::new();
        for write in &writes {
            let text = self.text(&write.key).await.map_err(|error| failure(&error))?;
            if !write.expect.holds(text.as_deref().and_then(decode).map(|record| record.version)) {
                return Err(StoreError::Mismatch);
            }
            before.push((&write.key, text));
        }
        let mut versions = Vec::new();
        for write in &writes {
            let version = fresh_version();
            let text = write.bytes.as_deref().map(|bytes| encode(version, bytes));
            if let Err(error) = self.set_text(&write.key, text.as_deref()).await {
                // Backwards, so that each step leads to a state that had room.
                before.truncate(versions.len() + 1);
                for (key, text) in before.iter().rev() {
                    let _ = self.set_text(key, text.as_deref()).await;
                }
                return Err(failure(&error));
            }
            versions.push(if write.bytes.is_some() { version } else { 0 });
        }
        Ok(versions)
    }

    pub(super) async fn keys(&self, prefix: &str) -> Result<Vec<String>, JsValue> {
        let names = if self.is_web() {
            Object::keys(self.object.unchecked_ref::<Object>()).into()
        } else {
            self.answer(js::call(&self.object, "keys", &[&self.full_key(prefix)])).await?
        };
        let mut keys = Vec::new();
        for name in js::array_from(&names)?.iter() {
            let name = name.as_string().unwrap_or_default();
            let Some(key) = name.strip_prefix(&self.scope) else { continue };
            if key.starts_with(prefix) {
                // Most stores answer in order already, so this appends.
                let place = keys.partition_point(|known: &String| known.as_str() < key);
                keys.insert(place, String::from(key));
            }
        }
        Ok(keys)
    }
}

fn encode(version: u64, bytes: &[u8]) -> String {
    let mut record = version.to_le_bytes().to_vec();
    record.extend_from_slice(bytes);
    Base64UrlUnpadded::encode_string(&record)
}

/// What is no record of ours counts as absent.
fn decode(text: &str) -> Option<Stored> {
    let mut bytes = Base64UrlUnpadded::decode_vec(text).ok()?;
    let version = u64::from_le_bytes(*bytes.first_chunk()?);
    bytes.drain(..size_of::<u64>());
    Some(Stored { version, bytes })
}
