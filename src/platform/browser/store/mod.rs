//! Where records lie: `IndexedDB`, or a store of texts (`localStorage`, `sessionStorage`, memory, the user's own).

mod indexed_db;
mod text;

pub(super) use indexed_db::IndexedDb;
pub(super) use text::TextStore;

use std::rc::Rc;

use super::{Browser, js};
use crate::platform::{Expect, Locks, StorageKind, Store, StoreError, Stored, Subscription, Write};
use wasm_bindgen::JsValue;

/// The chosen place.
pub(super) enum Records {
    IndexedDb(Rc<IndexedDb>),
    Text(TextStore),
}

impl Expect {
    /// Whether this holds of a key whose record has that version.
    fn holds(self, version: Option<u64>) -> bool {
        match self {
            Self::Any => true,
            Self::Absent => version.is_none(),
            Self::Version(expected) => version == Some(expected),
        }
    }
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
        match self.place(keys.first().copied()) {
            Records::IndexedDb(database) => database.read(keys).await.map_err(|error| failure(&error)),
            Records::Text(texts) => texts.read(keys).await.map_err(|error| failure(&error)),
        }
    }

    async fn apply(&self, writes: Vec<Write>) -> Result<Vec<u64>, StoreError> {
        match self.place(writes.first().map(|write| write.key.as_str())) {
            Records::IndexedDb(database) => database.apply(writes).await,
            Records::Text(texts) => {
                // The user's own store answers late, so its changes are checked and made under a lock.
                let custom = texts.kind() == StorageKind::Custom;
                let _alone = if custom { self.lock("store").await } else { None };
                texts.apply(writes).await
            }
        }
    }

    async fn keys(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        match self.place(Some(prefix)) {
            Records::IndexedDb(database) => database.keys(prefix).await.map_err(|error| failure(&error)),
            Records::Text(texts) => texts.keys(prefix).await.map_err(|error| failure(&error)),
        }
    }

    fn storage_kind(&self) -> StorageKind {
        match &self.found().records {
            Records::IndexedDb(_) => StorageKind::IndexedDb,
            Records::Text(texts) => texts.kind(),
        }
    }

    fn on_change(&self, listener: Box<dyn Fn(&str)>) -> Subscription {
        let listener: Rc<dyn Fn(&str)> = Rc::from(listener);
        let found = self.found();
        let heard: Vec<_> = [Some(&found.records), found.secrets.as_ref()]
            .into_iter()
            .flatten()
            .filter_map(|place| match place {
                Records::Text(texts) => {
                    let listener = listener.clone();
                    Some(texts.on_change(Box::new(move |key| listener(key))))
                }
                Records::IndexedDb(_) => None,
            })
            .collect();
        Subscription::new(move || drop(heard))
    }
}
