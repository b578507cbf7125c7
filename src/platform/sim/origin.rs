//! What the tabs of one origin share.

use std::rc::Rc;

use super::channel::Channels;
use super::locks::LockTable;
use super::rng::Rng;
use super::storage::Storage;

/// One origin: its storage with the key in it, its locks and its channels.
pub struct Origin {
    /// Records and key; they survive every tab.
    pub storage: Rc<Storage>,
    /// The Web Locks.
    pub locks: LockTable,
    /// The broadcast channels.
    pub channels: Channels,
}

impl Origin {
    pub(super) fn new(rng: &Rng) -> Self {
        Self {
            storage: Rc::new(Storage::new(rng)),
            locks: LockTable::new(rng.fork()),
            channels: Channels::new(rng.fork()),
        }
    }
}
