//! What the client asks of the place it runs in: one trait per thing, each with two worlds.
//!
//! `browser` is the real one and the only one (besides `bindings`) that knows a browser exists; `sim` is a seeded world of
//! tabs, clock, network and storage for tests. Both pass the same conformance suite, one per trait; where they differ, the
//! simulator is wrong.
//!
//! Rules that hold for all of it:
//! - One thread. Futures are not `Send`; **dropping a future gives up what it waits for** (a fetch is aborted, a lock request
//!   is withdrawn, a timer is cleared). Timeouts and abort signals are nothing more than that.
//! - Nothing else reads a clock, draws randomness, stores, sends or waits.

pub mod backoff;
pub mod exclusive;
pub mod flight;
pub mod notify;
pub mod vault;

use std::future::Future;
use std::pin::pin;
use std::rc::Rc;

use futures_util::future::{Either, LocalBoxFuture, select};

use crate::error::Code;

#[cfg(target_arch = "wasm32")]
pub mod browser;
#[cfg(not(target_arch = "wasm32"))]
pub mod sim;

/// Everything the client needs, in one bound.
pub trait Platform:
    Http + Store + Clock + Timers + Locks + Channel + Crypto + Clipboard + Page + Host + 'static
{
}
impl<T: Http + Store + Clock + Timers + Locks + Channel + Crypto + Clipboard + Page + Host + 'static> Platform for T {}

/// Waits for `work`, at most `limit_ms`; `None`: too late, and `work` is given up.
pub async fn within<T>(timers: &impl Timers, limit_ms: u64, work: impl Future<Output = T>) -> Option<T> {
    match select(pin!(work), pin!(timers.sleep(limit_ms))).await {
        Either::Left((done, _)) => Some(done),
        Either::Right(((), _)) => None,
    }
}

/// Undoes a registration (a listener, a channel) when dropped.
pub struct Subscription(Option<Box<dyn FnOnce()>>);

impl Subscription {
    /// Runs `undo` on drop.
    pub fn new(undo: impl FnOnce() + 'static) -> Self {
        Self(Some(Box::new(undo)))
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        if let Some(undo) = self.0.take() {
            undo();
        }
    }
}

// ---------------------------------------------------------------------------------------------------------------- Http

/// One HTTP request. Redirects are errors (a 307 would repost a refresh token), credentials are omitted, nothing is cached.
#[derive(Clone, Default)]
pub struct Request {
    /// `GET`, `POST`, `PATCH`.
    pub method: &'static str,
    /// Absolute; already checked by the caller to be https, or http on a loopback host.
    pub url: String,
    /// Name and value; values may be secret, so this type has no `Debug`.
    pub headers: Vec<(&'static str, String)>,
    /// The body's bytes; its type stands in `headers`.
    pub body: Option<Rc<[u8]>>,
    /// Hears how many bytes of the body have gone out, where the place can tell.
    pub uploaded: Option<Rc<dyn Fn(usize)>>,
    /// May outlive the page. The browser grants 64 KiB to all such requests in flight together.
    pub keepalive: bool,
    /// A longer answer is given up as [`HttpError::TooLarge`], in bytes.
    pub max_answer_bytes: usize,
}

/// The answer, whole.
#[derive(Clone, Debug, Default)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// Names in lower case. Only those that CORS exposes are there.
    pub headers: Vec<(String, String)>,
    /// The body's bytes.
    pub body: Vec<u8>,
}

impl Response {
    /// The header `name` (lower case), if it came.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

/// Why no answer came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HttpError {
    /// Offline, refused, cut, redirected, or blocked by CORS: browsers do not tell them apart.
    Network,
    /// The answer is larger than [`Request::max_answer_bytes`].
    TooLarge,
}

/// The network.
pub trait Http {
    /// Sends and reads the whole answer. Dropping the future aborts the request. There is no timeout in here.
    fn send(&self, request: Request) -> impl Future<Output = Result<Response, HttpError>>;
}

// --------------------------------------------------------------------------------------------------------------- Store

/// A stored value and the version that a later [`Write`] may insist on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Opaque; different after every write of the key, never 0.
    pub version: u64,
    /// What was written.
    pub bytes: Vec<u8>,
}

/// What must hold for a [`Write`] to happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// Nothing.
    Any,
    /// The key is not there.
    Absent,
    /// The key is there in this version.
    Version(u64),
}

/// One change of one key.
#[derive(Clone, Debug)]
pub struct Write {
    /// The key.
    pub key: String,
    /// Checked in the same transaction.
    pub expect: Expect,
    /// The new bytes; `None` deletes the key.
    pub bytes: Option<Vec<u8>>,
}

/// Why storage did not do it. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreError {
    /// Denied, missing or broken here.
    Unavailable,
    /// The quota is used up.
    Full,
    /// An [`Expect`] did not hold: read again.
    Mismatch,
}

/// Where the records lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StorageKind {
    /// `IndexedDB`.
    IndexedDb,
    /// `localStorage`.
    Local,
    /// `sessionStorage`.
    Session,
    /// This realm's memory; gone with it.
    Memory,
    /// The user's own adapter.
    Custom,
}

/// Key-value storage shared by all tabs of the origin. Keys are short ASCII, values opaque bytes (already sealed).
pub trait Store {
    /// Reads all `keys` in one transaction, in order.
    fn read(&self, keys: &[&str]) -> impl Future<Output = Result<Vec<Option<Stored>>, StoreError>>;
    /// All writes or none, in one transaction; `Ok` means committed and gives the new versions (0 for a deletion), in order.
    fn apply(&self, writes: Vec<Write>) -> impl Future<Output = Result<Vec<u64>, StoreError>>;
    /// All keys that begin with `prefix`, sorted.
    fn keys(&self, prefix: &str) -> impl Future<Output = Result<Vec<String>, StoreError>>;
    /// Where the records lie, found by trying.
    fn storage_kind(&self) -> StorageKind;
    /// Calls `listener` with each key that changed, where the place tells of that by itself (a `StorageAdapter` with `onChange`);
    /// one's own changes may be among them.
    fn on_change(&self, _listener: Box<dyn Fn(&str)>) -> Subscription {
        Subscription::new(|| ())
    }
}

// --------------------------------------------------------------------------------------------------- Clock, Timers, Locks

/// Time.
pub trait Clock {
    /// Milliseconds since 1970 by the wall clock, which people and NTP set forth and back.
    fn wall_ms(&self) -> u64;
    /// Milliseconds since some start, never set back; stops in sleep on some systems.
    fn monotonic_ms(&self) -> u64;
}

/// Waiting, and work beside.
pub trait Timers {
    /// Resolves `ms` milliseconds later or somewhat after (hidden tabs: up to a minute); any `u64` is fine.
    fn sleep(&self, ms: u64) -> impl Future<Output = ()> + 'static;
    /// Runs `task` beside, until it ends or the page goes.
    fn spawn(&self, task: LocalBoxFuture<'static, ()>);
}

/// A lock in hand.
pub trait Guard: 'static {
    /// False once the page was put aside, which takes its locks away; it may have come back since.
    fn is_held(&self) -> bool;
}

/// Mutual exclusion between the tabs of the origin (Web Locks).
pub trait Locks {
    /// Holds the lock until dropped; also released when the page is hidden for good.
    type Guard: Guard;
    /// Whether the place has locks at all. Without, the caller uses a lease in storage.
    fn has_locks(&self) -> bool;
    /// Waits for the lock, first come first served. Dropping the future withdraws the request. `None`: no locks here.
    fn lock(&self, name: &str) -> impl Future<Output = Option<Self::Guard>>;
}

// ------------------------------------------------------------------------------------------------------------- Channel

/// Messages to the other tabs of the origin (`BroadcastChannel`). Some are lost, none comes back to its sender.
pub trait Channel {
    /// Whether there is anybody to reach at all.
    fn has_channel(&self) -> bool;
    /// Posts to all others that listen on `channel` now.
    fn post(&self, channel: &str, message: &str);
    /// Calls `listener` with each message that others post on `channel`.
    fn listen(&self, channel: &str, listener: Box<dyn Fn(&str)>) -> Subscription;
}

// -------------------------------------------------------------------------------------------------------------- Crypto

/// Why cryptography did not do it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CryptoError {
    /// No `crypto.subtle`, or no place to keep the key.
    Unavailable,
    /// The sealed bytes, the key or the additional data are not those of the sealing.
    Refused,
}

/// Randomness, hashing, sealing under this installation's non-extractable key, and signing with others.
pub trait Crypto {
    /// Fills `out` from a cryptographically secure source.
    fn random(&self, out: &mut [u8]) -> Result<(), CryptoError>;
    /// SHA-256 (FIPS 180-4).
    fn sha256(&self, data: &[u8]) -> impl Future<Output = Result<[u8; 32], CryptoError>>;
    /// AES-256-GCM under a fresh 96-bit nonce, which leads the result; `bound` is the additional authenticated data.
    fn seal(&self, bound: &[u8], plain: &[u8]) -> impl Future<Output = Result<Vec<u8>, CryptoError>>;
    /// Opens what [`Crypto::seal`] made with the same `bound`.
    fn open(&self, bound: &[u8], sealed: &[u8]) -> impl Future<Output = Result<Vec<u8>, CryptoError>>;
    /// The public half (x, y) of this installation's non-extractable ECDSA key `name`, on P-256. `make`: it is made, for all tabs,
    /// if it is not there; else `None`.
    fn signing_key(&self, name: &str, make: bool) -> impl Future<Output = Result<Option<[u8; 64]>, CryptoError>>;
    /// Signs `data` with it: ES256 (RFC 7518, 3.4), r and s. `Refused`: it is not there.
    fn sign(&self, name: &str, data: &[u8]) -> impl Future<Output = Result<[u8; 64], CryptoError>>;
}

// ----------------------------------------------------------------------------------------------------------- Clipboard

/// How text gets into the clipboard here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClipboardKind {
    /// `navigator.clipboard.write` with a promise, begun in the click.
    Promise,
    /// `navigator.clipboard.writeText`, afterwards.
    Text,
    /// The extension on the other side.
    Host,
    /// Not at all.
    None,
}

/// The clipboard. A copy begins in the click, before its text is known, and ends when it is.
pub trait Clipboard {
    /// A copy under way; dropped unfinished, it leaves the clipboard as it was.
    type Copy: 'static;
    /// How copying works here.
    fn clipboard_kind(&self) -> ClipboardKind;
    /// Synchronous: call it inside the click.
    fn begin_copy(&self) -> Self::Copy;
    /// Gives the text; true where the clipboard took it.
    fn finish_copy(&self, copy: Self::Copy, text: &str) -> impl Future<Output = bool>;
}

// ---------------------------------------------------------------------------------------------------------------- Page

/// What happened to the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageSignal {
    /// It can be seen again.
    Visible,
    /// It can not be seen any more; nothing may follow.
    Hidden,
    /// The browser believes there is a network.
    Online,
    /// The browser knows there is none.
    Offline,
    /// Back from the back/forward cache, from freezing or from sleep.
    Resumed,
}

/// A parsed absolute url (WHATWG URL; the page's own `URL` in a browser).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    /// The whole, normalized.
    pub href: String,
    /// Without the colon: `https`.
    pub scheme: String,
    /// `https://example.com:8443`; `null` for schemes without one.
    pub origin: String,
    /// Without port, lower case: `example.com`, `[::1]`.
    pub hostname: String,
    /// With its slash: `/a/b`.
    pub path: String,
    /// Without the question mark; empty where there is none.
    pub query: String,
    /// Without the hash; empty where there is none.
    pub fragment: String,
    /// Whether a user name or password stands in it.
    pub has_userinfo: bool,
}

/// A window opened for a sign-in.
pub trait Popup: 'static {
    /// Sends it to `url`.
    fn go(&self, url: &str);
    /// Whether it says that it is closed. Advisory: under COOP it says so while open.
    fn closed(&self) -> bool;
    /// Closes it, where the browser lets us.
    fn close(&self);
}

/// The page and its window; in a worker, whatever of it there is.
pub trait Page {
    /// The window type of [`Page::open_popup`].
    type Popup: Popup;
    /// Whether somebody may be looking.
    fn visible(&self) -> bool;
    /// Whether the browser believes there is a network.
    fn online(&self) -> bool;
    /// Calls `listener` at each signal.
    fn on_signal(&self, listener: Box<dyn Fn(PageSignal)>) -> Subscription;
    /// Parses an absolute url.
    fn parse_url(&self, text: &str) -> Option<Url>;
    /// The page's own address.
    fn address(&self) -> Option<Url>;
    /// Puts `url` (same origin, or relative to the page's address) into the address bar and the history entry, without loading anything.
    fn replace_address(&self, url: &str);
    /// Leaves for `url`; false where this place cannot.
    fn navigate(&self, url: &str) -> bool;
    /// Opens an empty window; call it inside the click. `None`: blocked.
    fn open_popup(&self) -> Option<Self::Popup>;
    /// Whether popups can be tried at all.
    fn can_popup(&self) -> bool;
    /// Closes the page's own window, where a script opened it.
    fn close_window(&self) {}
}

// ---------------------------------------------------------------------------------------------------------------- Host

/// The extension on the other side of a webview, where there is one (`HostAdapter`).
pub trait Host {
    /// Whether it opens pages for us.
    fn opens_pages(&self) -> bool;
    /// Has it open `url` in the person's own browser. `Err`: it did not, for the reason that it gave, if it is one of ours.
    fn open_external(&self, url: &str) -> impl Future<Output = Result<(), Option<Code>>>;
    /// The address at which it receives answers; `None`: it does not say.
    fn callback_uri(&self) -> impl Future<Output = Option<String>>;
    /// Calls `listener` with each answer that it receives.
    fn on_callback(&self, listener: Box<dyn Fn(&str)>) -> Subscription;
}
