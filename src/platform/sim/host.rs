//! An extension on the other side, as a scenario wants it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::tab::Tab;
use crate::error::Code;
use crate::platform::{Host, Subscription};

/// What one tab's extension was asked, and who listens to it.
#[derive(Default)]
pub(super) struct HostState {
    opened: RefCell<Vec<String>>,
    callback_uri: RefCell<Option<String>>,
    refuses: Cell<Option<Code>>,
    listeners: RefCell<Vec<(u64, Rc<dyn Fn(&str)>)>>,
}

impl Tab {
    /// What its extension opened in the person's browser, in order.
    pub fn opened(&self) -> Vec<String> {
        self.0.host.opened.borrow().clone()
    }

    /// From now on its extension says that it receives answers at `uri`.
    pub fn set_callback_uri(&self, uri: &str) {
        *self.0.host.callback_uri.borrow_mut() = Some(uri.to_owned());
    }

    /// From now on its extension refuses to open pages, with that code.
    pub fn refuse_pages(&self, code: Code) {
        self.0.host.refuses.set(Some(code));
    }

    /// Its extension received `url`, and passes it on.
    pub fn receive(&self, url: &str) {
        let listeners: Vec<_> = self.0.host.listeners.borrow().iter().map(|(_, listener)| listener.clone()).collect();
        for listener in listeners {
            listener(url);
        }
    }
}

impl Host for Tab {
    fn opens_pages(&self) -> bool {
        self.0.options.borrow().host
    }

    async fn open_external(&self, url: &str) -> Result<(), Option<Code>> {
        self.0.core.pause((0, 3)).await;
        if !self.opens_pages() {
            return Err(None);
        }
        if let Some(code) = self.0.host.refuses.get() {
            return Err(Some(code));
        }
        self.0.host.opened.borrow_mut().push(url.to_owned());
        Ok(())
    }

    async fn callback_uri(&self) -> Option<String> {
        self.0.core.pause((0, 3)).await;
        self.0.host.callback_uri.borrow().clone()
    }

    fn on_callback(&self, listener: Box<dyn Fn(&str)>) -> Subscription {
        let (id, tab) = (self.0.core.unique(), self.0.clone());
        self.0.host.listeners.borrow_mut().push((id, Rc::from(listener)));
        Subscription::new(move || tab.host.listeners.borrow_mut().retain(|(other, _)| *other != id))
    }
}
