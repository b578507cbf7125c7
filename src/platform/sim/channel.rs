//! Broadcast channels: messages arrive late, in order from one sender only, and not all of them.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use super::rng::Rng;
use super::tab::{Tab, TabState};
use crate::platform::{Channel, Subscription};

/// How long a message travels, in milliseconds.
const TRAVEL_MS: (u64, u64) = (0, 20);

#[derive(Clone)]
struct Listener {
    id: u64,
    tab: Rc<TabState>,
    channel: String,
    hear: Rc<dyn Fn(&str)>,
}

/// The channels of one origin.
pub struct Channels {
    listeners: RefCell<Vec<Listener>>,
    /// When the last message from one tab to another arrives.
    last_arrival_ms: RefCell<BTreeMap<(u32, u32), u64>>,
    loss_probability: Cell<f64>,
    lost_ms: RefCell<Vec<u64>>,
    travel_ms: Cell<(u64, u64)>,
    rng: Rng,
}

impl Channels {
    pub(super) fn new(rng: Rng) -> Self {
        Self {
            listeners: RefCell::default(),
            last_arrival_ms: RefCell::default(),
            loss_probability: Cell::new(0.0),
            lost_ms: RefCell::default(),
            travel_ms: Cell::new(TRAVEL_MS),
            rng,
        }
    }

    /// Messages are lost with this probability, each receiver's for itself.
    pub fn set_loss_probability(&self, probability: f64) {
        self.loss_probability.set(probability);
    }

    /// When messages were lost.
    pub fn lost_ms(&self) -> Vec<u64> {
        self.lost_ms.borrow().clone()
    }

    /// Messages travel so long, in milliseconds: least and most.
    pub fn set_travel_ms(&self, least: u64, most: u64) {
        self.travel_ms.set((least, most));
    }

    pub(super) fn forget(&self, tab: u32) {
        let mut listeners = self.listeners.borrow_mut();
        let (gone, kept) = listeners.drain(..).partition(|listener| listener.tab.id == tab);
        *listeners = kept;
        drop(listeners);
        drop::<Vec<_>>(gone);
    }

    fn remove(&self, id: u64) {
        let mut listeners = self.listeners.borrow_mut();
        let gone = listeners.iter().position(|listener| listener.id == id).map(|index| listeners.remove(index));
        drop(listeners);
        drop(gone);
    }

    fn find(&self, id: u64) -> Option<Listener> {
        let listeners = self.listeners.borrow();
        // Who listened first has the lowest id.
        let index = listeners.binary_search_by_key(&id, |listener| listener.id).ok()?;
        listeners.get(index).cloned()
    }
}

impl Channel for Tab {
    fn has_channel(&self) -> bool {
        self.0.options.borrow().channel
    }

    fn post(&self, channel: &str, message: &str) {
        if !self.has_channel() || !self.0.is_running() {
            return;
        }
        let core = &self.0.core;
        let channels = &self.0.origin.channels;
        let message: Rc<str> = message.into();
        for listener in channels.listeners.borrow().iter() {
            let to = &listener.tab;
            if to.id == self.0.id || listener.channel != channel {
                continue;
            }
            if channels.rng.chance(channels.loss_probability.get()) {
                channels.lost_ms.borrow_mut().push(core.now_ms());
                continue;
            }
            let mut arrivals = channels.last_arrival_ms.borrow_mut();
            let last_ms = arrivals.entry((self.0.id, to.id)).or_default();
            *last_ms = (*last_ms).max(core.now_ms() + channels.rng.between(channels.travel_ms.get()));
            let (id, origin, message) = (listener.id, self.0.origin.clone(), message.clone());
            core.after(*last_ms - core.now_ms(), move |_| {
                if let Some(listener) = origin.channels.find(id)
                    && listener.tab.is_running()
                {
                    (listener.hear)(&message);
                }
            });
        }
    }

    fn listen(&self, channel: &str, listener: Box<dyn Fn(&str)>) -> Subscription {
        if !self.has_channel() || !self.is_alive() {
            return Subscription::new(|| ());
        }
        let id = self.0.core.unique();
        let hear = Rc::from(listener);
        let entry = Listener { id, tab: self.0.clone(), channel: channel.to_owned(), hear };
        self.0.origin.channels.listeners.borrow_mut().push(entry);
        let origin = self.0.origin.clone();
        Subscription::new(move || origin.channels.remove(id))
    }
}
