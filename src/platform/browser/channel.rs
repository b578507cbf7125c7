//! `BroadcastChannel`: one object per name, for posting and listening, so that nobody hears itself.

use std::cell::{Cell, RefCell};

use wasm_bindgen::prelude::*;
use web_sys::{BroadcastChannel, MessageEvent};

use super::js::AbortOnDrop;
use super::{Browser, realm};
use crate::platform::{Channel, Subscription};

/// The channels used so far.
#[derive(Default)]
pub(super) struct Channels {
    open: RefCell<Vec<(String, BroadcastChannel)>>,
    closed: Cell<bool>,
}

impl Channels {
    fn named(&self, name: &str) -> Option<BroadcastChannel> {
        if self.closed.get() || !realm::member("BroadcastChannel").is_function() {
            return None;
        }
        let mut channels = self.open.borrow_mut();
        if let Some((_, channel)) = channels.iter().find(|(known, _)| known == name) {
            return Some(channel.clone());
        }
        let channel = BroadcastChannel::new(name).ok()?;
        channels.push((String::from(name), channel.clone()));
        Some(channel)
    }

    /// Closes all of them, for good.
    pub(super) fn close(&self) {
        self.closed.set(true);
        for (_, channel) in self.open.take() {
            channel.close();
        }
    }
}

impl Drop for Channels {
    fn drop(&mut self) {
        self.close();
    }
}

impl Channel for Browser {
    fn has_channel(&self) -> bool {
        realm::member("BroadcastChannel").is_function()
    }

    fn post(&self, channel: &str, message: &str) {
        if let Some(channel) = self.channels.named(&self.scoped(channel)) {
            // Fails only on what cannot be cloned, and text can.
            let _ = channel.post_message(&message.into());
        }
    }

    fn listen(&self, channel: &str, listener: Box<dyn Fn(&str)>) -> Subscription {
        let handler = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            if let Some(message) = event.data().as_string() {
                listener(&message);
            }
        });
        let abort = AbortOnDrop::new().ok();
        if let (Some(abort), Some(channel)) = (&abort, self.channels.named(&self.scoped(channel))) {
            abort.listen(&channel, "message", handler.as_ref());
        }
        Subscription::new(move || drop((abort, handler)))
    }
}
