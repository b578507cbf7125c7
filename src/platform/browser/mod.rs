//! The real world: the only place besides `bindings` that names a browser crate. One small file per browser API.
//!
//! It works in a window, a worker and a sandboxed frame; what a place lacks or denies is found by trying and told by the
//! readers of [`Browser`]. Nothing that JavaScript hands over is trusted to have a shape: a getter that throws counts as
//! absent, a call that throws or a promise that rejects is an error of the trait.

mod channel;
mod clipboard;
mod clock;
mod crypto;
mod host;
mod http;
pub(crate) mod js;
mod locks;
mod page;
mod realm;
mod store;
mod timers;

use std::cell::{Cell, OnceCell};
use std::rc::Rc;

use js_sys::Function;
use wasm_bindgen::{JsCast, JsValue};

use channel::Channels;
use clock::Performance;
use crypto::Keys;
use http::Fetch;
use store::{Records, connect};
use talc::wasm::WasmDynamicTalc;

use crate::platform::StorageKind;

pub use clipboard::BrowserCopy;
pub use locks::LockGuard;
pub use page::BrowserPopup;

/// As fast as the standard one, and a third of its size.
#[global_allocator]
static MEMORY: WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

/// Where the user wants records to lie (`CloudOptions.storage`).
#[derive(Default)]
pub enum StorageChoice {
    /// The best that works here.
    #[default]
    Auto,
    /// `IndexedDB`.
    IndexedDb,
    /// `localStorage`.
    Local,
    /// `sessionStorage`.
    Session,
    /// This realm's memory.
    Memory,
    /// A `StorageAdapter`: `get`, `set`, `delete`, `keys`.
    Custom(JsValue),
}

/// What the page's author gave us to stand on.
#[derive(Default)]
pub struct BrowserOptions {
    /// Where records shall lie. Without `IndexedDB` (for the sealing key) or `WebCrypto` it is memory all the same.
    pub storage: StorageChoice,
    /// Used in place of the page's `fetch`.
    pub fetch: Option<Function>,
    /// As the page's `fetch`, for a body whose way out is watched.
    pub upload: Option<Function>,
    /// A `HostAdapter`.
    pub host: Option<JsValue>,
    /// Keeps clients of one origin apart: their records, key, locks and messages.
    pub namespace: String,
}

/// A realm of a browser.
pub struct Browser {
    /// Leads the name of everything that all tabs share.
    scope: String,
    host: JsValue,
    fetch: Fetch,
    storage: Cell<StorageChoice>,
    found: OnceCell<Found>,
    performance: Option<Performance>,
    channels: Channels,
    persistent: Rc<Cell<bool>>,
}

/// What only asking tells.
struct Found {
    records: Records,
    /// The host's own place for secrets.
    secrets: Option<Records>,
    /// None: there is no WebCrypto.
    keys: Option<Keys>,
    has_locks: bool,
}

impl Browser {
    /// A realm of which nothing is known yet: what stores, seals or locks waits for [`Browser::look_around`].
    pub fn new(options: BrowserOptions) -> Rc<Self> {
        let mut scope = String::from("roo-cloud-web");
        if !options.namespace.is_empty() {
            scope.push('/');
            scope.push_str(&options.namespace);
        }
        let host = options.host.unwrap_or(JsValue::NULL);
        Rc::new(Self {
            fetch: Fetch::new(options.fetch, options.upload, &host),
            channels: Channels::default(),
            scope,
            host,
            storage: Cell::new(options.storage),
            found: OnceCell::new(),
            performance: Performance::open(),
            persistent: page::watch_persistence(),
        })
    }

    /// Finds out what works here. Never fails: at worst all is in memory, after three seconds if `IndexedDB` hangs.
    pub async fn look_around(&self) {
        let scope = &self.scope;
        let locks_probe = locks::probe();
        let database = connect(scope).await.ok();
        let keys = crypto::open_keys(database.as_ref()).await;
        let lasts = keys.as_ref().is_some_and(Keys::lasting);
        // Records may outlive the page only sealed, and sealed only under a key that outlives it too.
        let records = match (self.storage.take(), database.filter(|_| lasts)) {
            (StorageChoice::Auto | StorageChoice::IndexedDb, Some(database)) => Records::database(database),
            (StorageChoice::Local, Some(_)) => Records::web(StorageKind::Local, "localStorage", scope),
            (StorageChoice::Session, Some(_)) => Records::web(StorageKind::Session, "sessionStorage", scope),
            (StorageChoice::Custom(adapter), Some(_)) => Records::custom(scope, &adapter),
            _ => Records::memory(scope),
        };
        // Each origin of a host's webviews has a key of its own, so each has records of its own.
        let of_origin =
            [&**scope, &js::get(&realm::member("location"), "origin").as_string().unwrap_or_default()].join("/");
        let secrets = js::get(&self.host, "secrets");
        let secrets = (secrets.is_object() && lasts).then(|| Records::custom(&of_origin, &secrets));
        let has_locks = js::settled(locks_probe).await.is_ok();
        let _ = self.found.set(Found { records, secrets, keys, has_locks });
    }

    fn found(&self) -> &Found {
        debug_assert!(self.found.get().is_some(), "look around first");
        self.found.get_or_init(|| Found {
            records: Records::memory(&self.scope),
            secrets: None,
            keys: None,
            has_locks: false,
        })
    }

    /// Whether stored records are sealed: there is `WebCrypto` and a key.
    pub fn sealed(&self) -> bool {
        self.found().keys.is_some()
    }

    /// Whether requests may outlive the page.
    pub fn keepalive(&self) -> bool {
        self.fetch.keepalive()
    }

    /// Whether there is an extension on the other side.
    pub fn has_host(&self) -> bool {
        self.host.is_object()
    }

    /// Whether the browser promised not to evict this origin's storage; false until it has answered.
    pub fn persistent(&self) -> bool {
        self.persistent.get()
    }

    /// Nobody here speaks with the other tabs any more, or hears them: the client was disposed of. An open channel would keep a worker, or
    /// Node, alive.
    pub fn leave(&self) {
        self.channels.close();
    }

    fn scoped(&self, name: &str) -> String {
        scoped(&self.scope, name)
    }
}

fn scoped(scope: &str, name: &str) -> String {
    let mut full = String::from(scope);
    full.push(':');
    full.push_str(name);
    full
}

/// A method of an object that the user handed over, if it is there.
fn method(object: &JsValue, name: &str) -> Option<Function> {
    js::get(object, name).dyn_into().ok()
}
