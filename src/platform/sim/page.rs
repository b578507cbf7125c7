//! The page: visibility, signals, address, windows; urls by the `url` crate.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::tab::{PopupMode, Tab};
use crate::platform::{Page, PageSignal, Popup, Subscription, Url};

type Listener = Rc<dyn Fn(PageSignal)>;

/// One tab's page.
pub(super) struct PageState {
    address: RefCell<Option<Url>>,
    listeners: RefCell<Vec<(u64, Listener)>>,
    navigations: RefCell<Vec<String>>,
    popups: RefCell<Vec<SimPopup>>,
    pub(super) in_click: Cell<bool>,
    pub(super) clipboard: RefCell<Option<String>>,
}

impl PageState {
    pub(super) fn new(address: &str) -> Self {
        Self {
            address: RefCell::new(parse(address)),
            listeners: RefCell::default(),
            navigations: RefCell::default(),
            popups: RefCell::default(),
            in_click: Cell::new(false),
            clipboard: RefCell::default(),
        }
    }

    pub(super) fn origin(&self) -> String {
        self.address.borrow().as_ref().map_or_else(|| "null".to_owned(), |url| url.origin.clone())
    }

    pub(super) fn forget_listeners(&self) {
        let gone = self.listeners.take();
        drop(gone);
    }

    fn remove(&self, id: u64) {
        let mut listeners = self.listeners.borrow_mut();
        let gone = listeners.iter().position(|entry| entry.0 == id).map(|index| listeners.remove(index));
        drop(listeners);
        drop(gone);
    }
}

fn parse(text: &str) -> Option<Url> {
    url::Url::parse(text).ok().map(|url| taken_apart(&url))
}

fn taken_apart(url: &url::Url) -> Url {
    Url {
        href: url.as_str().to_owned(),
        scheme: url.scheme().to_owned(),
        origin: url.origin().ascii_serialization(),
        hostname: url.host_str().unwrap_or_default().to_owned(),
        path: url.path().to_owned(),
        query: url.query().unwrap_or_default().to_owned(),
        fragment: url.fragment().unwrap_or_default().to_owned(),
        has_userinfo: !url.username().is_empty() || url.password().is_some_and(|password| !password.is_empty()),
    }
}

impl Tab {
    /// Tells the page's listeners.
    pub fn signal(&self, signal: PageSignal) {
        if !self.0.is_running() {
            return;
        }
        let ids: Vec<u64> = self.0.page.listeners.borrow().iter().map(|entry| entry.0).collect();
        for id in ids {
            let listener =
                self.0.page.listeners.borrow().iter().find(|entry| entry.0 == id).map(|entry| entry.1.clone());
            if let Some(listener) = listener {
                listener(signal);
            }
        }
    }

    /// Where it wanted to go, in order. It stays nevertheless: opening the next page is the scenario's.
    pub fn navigations(&self) -> Vec<String> {
        self.0.page.navigations.borrow().clone()
    }

    /// The windows it opened, in order.
    pub fn popups(&self) -> Vec<SimPopup> {
        self.0.page.popups.borrow().clone()
    }
}

impl Page for Tab {
    type Popup = SimPopup;

    fn visible(&self) -> bool {
        !self.0.is_hidden()
    }

    fn online(&self) -> bool {
        self.0.core.online.get()
    }

    fn on_signal(&self, listener: Box<dyn Fn(PageSignal)>) -> Subscription {
        if !self.is_alive() {
            return Subscription::new(|| ());
        }
        let id = self.0.core.unique();
        self.0.page.listeners.borrow_mut().push((id, Rc::from(listener)));
        let tab = self.0.clone();
        Subscription::new(move || tab.page.remove(id))
    }

    fn parse_url(&self, text: &str) -> Option<Url> {
        parse(text)
    }

    fn address(&self) -> Option<Url> {
        self.0.page.address.borrow().clone()
    }

    fn replace_address(&self, url: &str) {
        let here = self.0.page.address.borrow().as_ref().and_then(|here| url::Url::parse(&here.href).ok());
        let next = here.and_then(|here| here.join(url).ok()).map(|next| taken_apart(&next));
        let next = next.filter(|next| next.origin == self.0.page.origin());
        if next.is_some() {
            *self.0.page.address.borrow_mut() = next;
        }
    }

    fn navigate(&self, url: &str) -> bool {
        let can = self.0.options.borrow().navigates && self.0.is_running();
        if can {
            self.0.page.navigations.borrow_mut().push(url.to_owned());
        }
        can
    }

    fn open_popup(&self) -> Option<SimPopup> {
        let (mode, wants_gesture) = {
            let options = self.0.options.borrow();
            (options.popups, options.wants_gesture)
        };
        let allowed = matches!(mode, PopupMode::Opens | PopupMode::LiesClosed);
        if !allowed || (wants_gesture && !self.0.page.in_click.get()) {
            return None;
        }
        let lies_closed = mode == PopupMode::LiesClosed;
        let popup = SimPopup(Rc::new(PopupState { lies_closed, open: Cell::new(true), urls: RefCell::default() }));
        self.0.page.popups.borrow_mut().push(popup.clone());
        Some(popup)
    }

    fn can_popup(&self) -> bool {
        self.0.options.borrow().popups != PopupMode::Missing
    }
}

struct PopupState {
    lies_closed: bool,
    open: Cell<bool>,
    urls: RefCell<Vec<String>>,
}

/// A window that a tab opened; clones are the same window.
#[derive(Clone)]
pub struct SimPopup(Rc<PopupState>);

impl SimPopup {
    /// Where it was sent, in order.
    pub fn urls(&self) -> Vec<String> {
        self.0.urls.borrow().clone()
    }

    /// Whether it is open, truly.
    pub fn is_open(&self) -> bool {
        self.0.open.get()
    }
}

impl Popup for SimPopup {
    fn go(&self, url: &str) {
        if self.is_open() {
            self.0.urls.borrow_mut().push(url.to_owned());
        }
    }

    fn closed(&self) -> bool {
        // Under COOP the opener loses the window once it has gone somewhere.
        !self.is_open() || (self.0.lies_closed && !self.0.urls.borrow().is_empty())
    }

    /// Also what the person does.
    fn close(&self) {
        if !self.0.lies_closed {
            self.0.open.set(false);
        }
    }
}
