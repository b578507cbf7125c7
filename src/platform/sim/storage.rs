//! Storage as `IndexedDB` does it: transactions in order, committed later, whole or not at all.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use super::executor::Slot;
use super::rng::Rng;
use super::tab::{StorageMode, Tab};
use super::world::Core;
use crate::platform::{Expect, StorageKind, Store, StoreError, Stored, Subscription, Write};

/// How long a transaction takes unless told otherwise, in milliseconds.
const TRANSACTION_MS: (u64, u64) = (0, 4);
/// How long after its commit the page hears of it.
const ANSWER_MS: (u64, u64) = (0, 2);

/// The records of one origin (or of one tab that has only memory), and the key that seals them.
pub struct Storage {
    records: RefCell<BTreeMap<String, Stored>>,
    next_version: Cell<u64>,
    quota_bytes: Cell<Option<usize>>,
    denied: Cell<bool>,
    aborts: Cell<u32>,
    abort_probability: Cell<f64>,
    full_probability: Cell<f64>,
    transaction_ms: Cell<(u64, u64)>,
    /// No transaction ends before those that began earlier.
    last_end_ms: Cell<u64>,
    commits: Cell<u64>,
    rng: Rng,
    pub(super) key: [u8; 32],
    /// Who hears of changes.
    listeners: RefCell<Vec<(u64, Rc<dyn Fn(&str)>)>>,
    /// Secrets of keys that sign, by name.
    signing_keys: RefCell<BTreeMap<String, [u8; 32]>>,
}

impl Storage {
    pub(super) fn new(rng: &Rng) -> Self {
        let rng = rng.fork();
        let mut key = [0; 32];
        rng.fill(&mut key);
        Self {
            records: RefCell::default(),
            next_version: Cell::new(1),
            quota_bytes: Cell::new(None),
            denied: Cell::new(false),
            aborts: Cell::new(0),
            abort_probability: Cell::new(0.0),
            full_probability: Cell::new(0.0),
            transaction_ms: Cell::new(TRANSACTION_MS),
            last_end_ms: Cell::new(0),
            commits: Cell::new(0),
            rng,
            key,
            listeners: RefCell::default(),
            signing_keys: RefCell::default(),
        }
    }

    /// All that is stored now.
    pub fn records(&self) -> BTreeMap<String, Vec<u8>> {
        self.records.borrow().iter().map(|(key, stored)| (key.clone(), stored.bytes.clone())).collect()
    }

    /// Stores behind everybody's back: what a person with developer tools, or another version of the client, does.
    pub fn put(&self, key: &str, bytes: Option<Vec<u8>>) {
        self.change(key, bytes);
    }

    /// The person clears the site's data. (The key stays: it belongs to no record here.)
    pub fn clear(&self) {
        self.records.borrow_mut().clear();
    }

    /// Tells of changes, to whoever made them too.
    fn tell(&self, core: &Rc<Core>, keys: &[String]) {
        for (_, listener) in self.listeners.borrow().iter() {
            for key in keys {
                let (listener, key) = (listener.clone(), key.clone());
                core.after(self.rng.between(ANSWER_MS), move |_| listener(&key));
            }
        }
    }

    pub(super) fn signing_key(&self, name: &str) -> Option<[u8; 32]> {
        self.signing_keys.borrow().get(name).copied()
    }

    pub(super) fn keep_signing_key(&self, name: &str, secret: [u8; 32]) {
        self.signing_keys.borrow_mut().entry(name.to_owned()).or_insert(secret);
    }

    /// The keys that sign are lost.
    pub fn lose_signing_keys(&self) {
        self.signing_keys.borrow_mut().clear();
    }

    /// No more than so many bytes, keys and values together; more is [`StoreError::Full`].
    pub fn set_quota_bytes(&self, quota: Option<usize>) {
        self.quota_bytes.set(quota);
    }

    /// Refuses everything from now on, or no longer.
    pub fn set_denied(&self, denied: bool) {
        self.denied.set(denied);
    }

    /// The next `count` writing transactions abort.
    pub fn abort_next(&self, count: u32) {
        self.aborts.set(count);
    }

    /// Writing transactions abort with this probability.
    pub fn set_abort_probability(&self, probability: f64) {
        self.abort_probability.set(probability);
    }

    /// Writing transactions find storage full with this probability.
    pub fn set_full_probability(&self, probability: f64) {
        self.full_probability.set(probability);
    }

    /// How long transactions take from now on, in milliseconds: least and most.
    pub fn set_transaction_ms(&self, least: u64, most: u64) {
        self.transaction_ms.set((least, most));
    }

    /// How many writing transactions were committed.
    pub fn commits(&self) -> u64 {
        self.commits.get()
    }

    fn change(&self, key: &str, bytes: Option<Vec<u8>>) -> u64 {
        let mut records = self.records.borrow_mut();
        let Some(bytes) = bytes else {
            records.remove(key);
            return 0;
        };
        let version = self.next_version.replace(self.next_version.get() + 1);
        records.insert(key.to_owned(), Stored { version, bytes });
        version
    }

    fn commit(&self, writes: Vec<Write>) -> Result<Vec<u64>, StoreError> {
        if self.aborts.get() > 0 {
            self.aborts.set(self.aborts.get() - 1);
            return Err(StoreError::Unavailable);
        }
        if self.rng.chance(self.abort_probability.get()) {
            return Err(StoreError::Unavailable);
        }
        let holds = {
            let records = self.records.borrow();
            writes.iter().all(|write| match write.expect {
                Expect::Any => true,
                Expect::Absent => !records.contains_key(&write.key),
                Expect::Version(version) => records.get(&write.key).is_some_and(|stored| stored.version == version),
            })
        };
        if !holds {
            return Err(StoreError::Mismatch);
        }
        self.check_quota(&writes)?;
        self.commits.set(self.commits.get() + 1);
        Ok(writes.into_iter().map(|write| self.change(&write.key, write.bytes)).collect())
    }

    fn check_quota(&self, writes: &[Write]) -> Result<(), StoreError> {
        if writes.iter().all(|write| write.bytes.is_none()) {
            return Ok(());
        }
        if self.rng.chance(self.full_probability.get()) {
            return Err(StoreError::Full);
        }
        let Some(quota) = self.quota_bytes.get() else { return Ok(()) };
        let records = self.records.borrow();
        let mut sizes: BTreeMap<&str, usize> =
            records.iter().map(|(key, stored)| (key.as_str(), key.len() + stored.bytes.len())).collect();
        for write in writes {
            match &write.bytes {
                Some(bytes) => sizes.insert(&write.key, write.key.len() + bytes.len()),
                None => sizes.remove(write.key.as_str()),
            };
        }
        if sizes.values().sum::<usize>() > quota { Err(StoreError::Full) } else { Ok(()) }
    }

    fn read(&self, keys: &[String]) -> Vec<Option<Stored>> {
        let records = self.records.borrow();
        keys.iter().map(|key| records.get(key).cloned()).collect()
    }

    fn keys(&self, prefix: &str) -> Vec<String> {
        let records = self.records.borrow();
        let from_prefix = records.range(prefix.to_owned()..);
        from_prefix.map(|(key, _)| key).take_while(|key| key.starts_with(prefix)).cloned().collect()
    }
}

/// A page that is gone, or has lost interest, may have come too late to stop its transaction.
struct Interest(Rc<Cell<bool>>);

impl Drop for Interest {
    fn drop(&mut self) {
        self.0.set(false);
    }
}

impl Tab {
    async fn transact<T: 'static>(
        &self,
        work: impl FnOnce(&Storage) -> Result<T, StoreError> + 'static,
    ) -> Result<T, StoreError> {
        let storage = self.0.storage.clone();
        let core = &self.0.core;
        let slot = Slot::new();
        let interest = Interest(Rc::new(Cell::new(true)));
        let interested = interest.0.clone();
        let refused = self.0.options.borrow().storage == StorageMode::Denied;
        let end_ms = storage.last_end_ms.get().max(core.now_ms() + storage.rng.between(storage.transaction_ms.get()));
        storage.last_end_ms.set(end_ms);
        let answer = slot.clone();
        if !self.0.is_dead() {
            core.after(end_ms - core.now_ms(), move |core| {
                if !interested.get() && storage.rng.chance(0.5) {
                    return;
                }
                let result =
                    if refused || storage.denied.get() { Err(StoreError::Unavailable) } else { work(&storage) };
                core.answer(storage.rng.between(ANSWER_MS), &answer, result);
            });
        }
        let result = slot.waiting().await;
        drop(interest);
        result
    }
}

impl Store for Tab {
    async fn read(&self, keys: &[&str]) -> Result<Vec<Option<Stored>>, StoreError> {
        let keys: Vec<String> = keys.iter().map(|&key| key.to_owned()).collect();
        self.transact(move |storage| Ok(storage.read(&keys))).await
    }

    async fn apply(&self, writes: Vec<Write>) -> Result<Vec<u64>, StoreError> {
        let keys: Vec<String> = writes.iter().map(|write| write.key.clone()).collect();
        let result = self.transact(move |storage| storage.commit(writes)).await;
        if result.is_ok() {
            self.0.storage.tell(&self.0.core, &keys);
        }
        result
    }

    async fn keys(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        let prefix = prefix.to_owned();
        self.transact(move |storage| Ok(storage.keys(&prefix))).await
    }

    fn storage_kind(&self) -> StorageKind {
        match self.0.options.borrow().storage {
            StorageMode::Shared => StorageKind::IndexedDb,
            StorageMode::Memory | StorageMode::Denied => StorageKind::Memory,
        }
    }

    fn on_change(&self, listener: Box<dyn Fn(&str)>) -> Subscription {
        let tab = self.0.clone();
        if !tab.options.borrow().storage_tells {
            return Subscription::new(|| ());
        }
        let (id, alive) = (tab.core.unique(), tab.clone());
        let listener = move |key: &str| {
            if alive.is_running() {
                listener(key);
            }
        };
        tab.storage.listeners.borrow_mut().push((id, Rc::new(listener)));
        Subscription::new(move || tab.storage.listeners.borrow_mut().retain(|(other, _)| *other != id))
    }
}
