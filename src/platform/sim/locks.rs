//! Web Locks.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use super::executor::Slot;
use super::rng::Rng;
use super::tab::{Tab, TabState};
use super::world::Core;
use crate::platform::{Guard, Locks};

/// How long granting takes, in milliseconds.
const GRANT_MS: (u64, u64) = (0, 3);
/// How long after a tab's death its locks go on (65 ms were measured).
const AFTER_DEATH_MS: (u64, u64) = (0, 65);

struct LockRequest {
    id: u64,
    tab: Option<u32>,
    granted: Slot<()>,
}

#[derive(Default)]
struct Lock {
    /// The request that holds it, and its tab.
    holder: Option<(u64, Option<u32>)>,
    queue: VecDeque<LockRequest>,
}

/// The locks of one origin.
pub struct LockTable {
    locks: RefCell<BTreeMap<String, Lock>>,
    granted: Cell<u64>,
    rng: Rng,
}

impl LockTable {
    pub(super) fn new(rng: Rng) -> Self {
        Self { locks: RefCell::default(), granted: Cell::new(0), rng }
    }

    /// How often a lock was granted.
    pub fn grants(&self) -> u64 {
        self.granted.get()
    }

    /// Whether somebody holds `name`.
    pub fn is_held(&self, name: &str) -> bool {
        self.locks.borrow().get(name).is_some_and(|lock| lock.holder.is_some())
    }

    /// Takes the lock `name` away from its holder, who is not told and goes on, and gives it to the next.
    pub fn steal(&self, tab: &Tab, name: &str) {
        let holder = self.locks.borrow().get(name).and_then(|lock| lock.holder);
        if let Some((id, _)) = holder {
            self.release(&tab.0.core, name, id);
        }
    }

    fn request(&self, core: &Rc<Core>, name: &str, id: u64, tab: Option<u32>, granted: Slot<()>) {
        let mut locks = self.locks.borrow_mut();
        let lock = locks.entry(name.to_owned()).or_default();
        lock.queue.push_back(LockRequest { id, tab, granted });
        self.grant_next(core, lock, 0);
    }

    /// Gives the lock up, or the request for it.
    fn release(&self, core: &Rc<Core>, name: &str, id: u64) {
        let mut locks = self.locks.borrow_mut();
        let Some(lock) = locks.get_mut(name) else { return };
        lock.queue.retain(|request| request.id != id);
        if lock.holder.is_some_and(|(holder, _)| holder == id) {
            lock.holder = None;
            self.grant_next(core, lock, 0);
        }
        if lock.holder.is_none() {
            locks.remove(name);
        }
    }

    /// Gives up all that `tab` holds or waits for.
    pub(super) fn release_all(&self, core: &Rc<Core>, tab: u32) {
        let mut locks = self.locks.borrow_mut();
        for lock in locks.values_mut() {
            lock.queue.retain(|request| request.tab != Some(tab));
            if lock.holder.is_some_and(|(_, holder)| holder == Some(tab)) {
                lock.holder = None;
                self.grant_next(core, lock, self.rng.between(AFTER_DEATH_MS));
            }
        }
        locks.retain(|_, lock| lock.holder.is_some());
    }

    fn grant_next(&self, core: &Rc<Core>, lock: &mut Lock, delay_ms: u64) {
        if lock.holder.is_some() {
            return;
        }
        if let Some(next) = lock.queue.pop_front() {
            lock.holder = Some((next.id, next.tab));
            self.granted.set(self.granted.get() + 1);
            core.answer(delay_ms + self.rng.between(GRANT_MS), &next.granted, ());
        }
    }
}

/// A lock of a simulated tab, held until dropped.
pub struct LockGuard {
    tab: Rc<TabState>,
    name: String,
    id: u64,
}

impl Drop for LockGuard {
    fn drop(&mut self) {
        // A dead tab's locks were released with it.
        if !self.tab.is_dead() {
            self.tab.origin.locks.release(&self.tab.core, &self.name, self.id);
        }
    }
}

impl Guard for LockGuard {
    fn is_held(&self) -> bool {
        let locks = self.tab.origin.locks.locks.borrow();
        locks.get(&self.name).and_then(|lock| lock.holder).is_some_and(|(id, _)| id == self.id)
    }
}

impl Locks for Tab {
    type Guard = LockGuard;

    fn has_locks(&self) -> bool {
        self.0.options.borrow().locks
    }

    async fn lock(&self, name: &str) -> Option<LockGuard> {
        if !self.has_locks() {
            return None;
        }
        let granted = Slot::new();
        // Made first, so that dropping this future withdraws the request.
        let guard = LockGuard { tab: self.0.clone(), name: name.to_owned(), id: self.0.core.unique() };
        if self.is_alive() {
            self.0.origin.locks.request(&self.0.core, name, guard.id, Some(self.0.id), granted.clone());
        }
        granted.waiting().await;
        Some(guard)
    }
}
