//! A tab: its life, its clock and its timers.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use futures_util::future::LocalBoxFuture;

use super::executor::{Slot, Waiting};
use super::host::HostState;
use super::origin::Origin;
use super::page::PageState;
use super::rng::Rng;
use super::storage::Storage;
use super::world::{Core, EventKey, Task, start};
use crate::platform::{ClipboardKind, Clock, PageSignal, Timers};

/// A hidden tab's timers fire on whole seconds, …
const HIDDEN_STEP_MS: u64 = 1000;
/// … and after a minute of hiding, on whole minutes.
const LONG_HIDDEN_STEP_MS: u64 = 60_000;
const LONG_HIDDEN_AFTER_MS: u64 = 60_000;

/// How long after a poll a tab dies of it, in milliseconds.
const DEATH_MS: (u64, u64) = (0, 10);

/// Which storage a tab has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StorageMode {
    /// The origin's, shared with its other tabs and surviving them.
    Shared,
    /// Memory of its own, as where storage is denied.
    Memory,
    /// None at all: every call is refused.
    Denied,
}

/// What `window.open` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PopupMode {
    /// Opens a window that tells the truth.
    Opens,
    /// Opens one that says it is closed while it is open, as under COOP.
    LiesClosed,
    /// Is blocked.
    Blocked,
    /// Cannot be tried, as in a webview.
    Missing,
}

/// What a tab is given when it is opened.
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is one thing that a place may lack")]
pub struct TabOptions {
    /// Where it is. Its origin decides with whom it shares storage, locks and channels.
    pub address: String,
    /// Which storage.
    pub storage: StorageMode,
    /// Whether there are Web Locks.
    pub locks: bool,
    /// Whether there is a `BroadcastChannel`.
    pub channel: bool,
    /// Whether there is `crypto.subtle` with a key.
    pub crypto: bool,
    /// What copying can do here.
    pub clipboard: ClipboardKind,
    /// What opening a window does.
    pub popups: PopupMode,
    /// Whether it can leave for another page.
    pub navigates: bool,
    /// Whether popups and copies want a click ([`Tab::click`]).
    pub wants_gesture: bool,
    /// Whether storage tells of changes by itself.
    pub storage_tells: bool,
    /// Whether an extension is on the other side.
    pub host: bool,
}

impl Default for TabOptions {
    fn default() -> Self {
        Self {
            address: "https://app.example/".to_owned(),
            storage: StorageMode::Shared,
            locks: true,
            channel: true,
            crypto: true,
            clipboard: ClipboardKind::Promise,
            popups: PopupMode::Opens,
            navigates: true,
            wants_gesture: false,
            storage_tells: false,
            host: false,
        }
    }
}

impl TabOptions {
    /// At `address`, else the default.
    pub fn at(address: &str) -> Self {
        Self { address: address.to_owned(), ..Self::default() }
    }

    /// A sandboxed frame: memory alone, no locks, no channel, no popups.
    pub fn sandboxed() -> Self {
        Self {
            storage: StorageMode::Memory,
            locks: false,
            channel: false,
            popups: PopupMode::Blocked,
            ..Self::default()
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Life {
    Running,
    Frozen,
    Dead,
}

/// What there is to know about one tab.
pub(super) struct TabState {
    pub(super) id: u32,
    pub(super) core: Rc<Core>,
    pub(super) options: RefCell<TabOptions>,
    pub(super) origin: Rc<Origin>,
    /// The origin's storage, or one of its own.
    pub(super) storage: Rc<Storage>,
    pub(super) page: PageState,
    pub(super) host: HostState,
    pub(super) rng: Rng,
    opened_ms: u64,
    died_ms: Cell<Option<u64>>,
    life: Cell<Life>,
    hidden_since_ms: Cell<Option<u64>>,
    /// Timers that came due while throttled or frozen.
    late_timers: RefCell<Vec<Rc<Timer>>>,
    next_tick_ms: Cell<Option<u64>>,
    /// Tasks that became ready while frozen.
    parked: RefCell<Vec<u64>>,
    polls: Cell<u64>,
    kill_at_poll: Cell<Option<u64>>,
}

impl TabState {
    pub(super) fn open(core: &Rc<Core>, options: TabOptions) -> Tab {
        let page = PageState::new(&options.address);
        let origin = core.origin(&page.origin());
        let storage = if options.storage == StorageMode::Shared {
            origin.storage.clone()
        } else {
            Rc::new(Storage::new(&core.rng))
        };
        let tab = Tab(Rc::new(Self {
            id: u32::try_from(core.unique()).unwrap_or(u32::MAX),
            core: core.clone(),
            options: RefCell::new(options),
            origin,
            storage,
            page,
            host: HostState::default(),
            rng: core.rng.fork(),
            opened_ms: core.now_ms(),
            died_ms: Cell::new(None),
            life: Cell::new(Life::Running),
            hidden_since_ms: Cell::new(None),
            late_timers: RefCell::default(),
            next_tick_ms: Cell::new(None),
            parked: RefCell::default(),
            polls: Cell::new(0),
            kill_at_poll: Cell::new(None),
        }));
        core.tabs.borrow_mut().push(tab.clone());
        tab
    }

    pub(super) fn is_dead(&self) -> bool {
        self.life.get() == Life::Dead
    }

    /// Whether its code runs at all now.
    pub(super) fn is_running(&self) -> bool {
        self.life.get() == Life::Running
    }

    pub(super) fn is_hidden(&self) -> bool {
        self.hidden_since_ms.get().is_some()
    }

    /// Asked before each poll of its task `task`. Kills it where the scenario wants that, keeps the task where it is frozen.
    pub(super) fn lets_run(self: &Rc<Self>, task: u64) -> bool {
        match self.life.get() {
            Life::Running => {}
            Life::Frozen => {
                self.parked.borrow_mut().push(task);
                return false;
            }
            Life::Dead => return false,
        }
        let polls = self.polls.get() + 1;
        self.polls.set(polls);
        if self.kill_at_poll.get().is_none_or(|limit| polls < limit) {
            return true;
        }
        self.kill_at_poll.set(None);
        if self.core.rng.chance(0.5) {
            self.kill();
            return false;
        }
        let tab = self.clone();
        self.core.after(self.core.rng.between(DEATH_MS), move |_| tab.kill());
        true
    }

    pub(super) fn kill(self: &Rc<Self>) {
        if self.life.replace(Life::Dead) == Life::Dead {
            return;
        }
        self.died_ms.set(Some(self.core.now_ms()));
        self.core.tabs.borrow_mut().retain(|tab| tab.0.id != self.id);
        self.core.network.abandon(&self.core, self.id);
        self.core.executor.drop_tasks(Some(self.id));
        self.origin.locks.release_all(&self.core, self.id);
        self.origin.channels.forget(self.id);
        self.page.forget_listeners();
        self.late_timers.take();
    }

    /// A timer is due: it fires, or waits for the next step that hiding leaves it, or for the thaw.
    fn timer_due(self: &Rc<Self>, timer: Rc<Timer>) {
        if self.is_dead() {
            return;
        }
        let Some(step) = self.throttle_ms() else {
            timer.fired.set(());
            return;
        };
        let now_ms = self.core.now_ms();
        if self.is_running() && now_ms.is_multiple_of(step) {
            timer.fired.set(());
            return;
        }
        self.late_timers.borrow_mut().push(timer);
        let tick_ms = now_ms.next_multiple_of(step);
        if self.is_running() && self.next_tick_ms.get().is_none_or(|next| next <= now_ms || next > tick_ms) {
            self.next_tick_ms.set(Some(tick_ms));
            let tab = self.clone();
            self.core.after(tick_ms - now_ms, move |_| {
                if tab.is_running() {
                    tab.fire_late_timers();
                }
            });
        }
    }

    /// `None`: not throttled.
    fn throttle_ms(&self) -> Option<u64> {
        if !self.is_running() {
            return Some(HIDDEN_STEP_MS);
        }
        let hidden_ms = self.core.now_ms() - self.hidden_since_ms.get()?;
        Some(if hidden_ms < LONG_HIDDEN_AFTER_MS { HIDDEN_STEP_MS } else { LONG_HIDDEN_STEP_MS })
    }

    fn fire_late_timers(&self) {
        self.next_tick_ms.set(None);
        for timer in self.late_timers.take() {
            timer.fired.set(());
        }
    }
}

/// A tab; clones are the same tab. It is the [`Platform`](crate::platform::Platform) of the client in it.
#[derive(Clone)]
pub struct Tab(pub(super) Rc<TabState>);

impl Tab {
    /// Which one, in the log of the network.
    pub fn id(&self) -> u32 {
        self.0.id
    }

    /// Storage, locks and channels of its origin.
    pub fn origin(&self) -> Rc<Origin> {
        self.0.origin.clone()
    }

    /// The storage it uses: the origin's, or its own.
    pub fn storage(&self) -> Rc<Storage> {
        self.0.storage.clone()
    }

    /// Changes what it was given. (Which storage it has stays, but it can be denied and granted again.)
    pub fn change(&self, change: impl FnOnce(&mut TabOptions)) {
        change(&mut self.0.options.borrow_mut());
    }

    /// Begins `future` as part of this tab: it is killed and frozen with it.
    pub fn start<T: 'static>(&self, future: impl Future<Output = T> + 'static) -> Task<T> {
        start(&self.0.core, Some(self.0.clone()), future)
    }

    /// Whether it still lives.
    pub fn is_alive(&self) -> bool {
        !self.0.is_dead()
    }

    /// Whether it lives and is not frozen.
    pub fn is_running(&self) -> bool {
        self.0.is_running()
    }

    /// When it was killed or closed, by [`World::now_ms`](super::World::now_ms).
    pub fn died_ms(&self) -> Option<u64> {
        self.0.died_ms.get()
    }

    /// How often its tasks were polled so far.
    pub fn polls(&self) -> u64 {
        self.0.polls.get()
    }

    /// Ends it as a crash does: its tasks are dropped at whichever await they are, its requests abandoned, its locks released a
    /// little later. Storage stays; a transaction under way may or may not happen.
    pub fn kill(&self) {
        self.0.kill();
    }

    /// Kills it at its `polls`-th poll from now (1 is the next): right before it, or shortly after, when what it began is under
    /// way. Every await is such a place.
    pub fn kill_at_poll(&self, polls: u64) {
        self.0.kill_at_poll.set(Some(self.0.polls.get() + polls.max(1)));
    }

    /// Closes it as a person does: it hears that it is hidden, and ends. What it writes then is lost or not.
    pub fn close(&self) {
        self.hide();
        self.kill();
    }

    /// Makes it invisible: its timers fire once a second, after a minute once a minute.
    pub fn hide(&self) {
        if self.0.hidden_since_ms.get().is_none() {
            self.0.hidden_since_ms.set(Some(self.0.core.now_ms()));
            self.signal(PageSignal::Hidden);
        }
    }

    /// Makes it visible again; late timers fire now.
    pub fn show(&self) {
        if self.0.hidden_since_ms.take().is_some() {
            self.0.fire_late_timers();
            self.signal(PageSignal::Visible);
        }
    }

    /// Stops all that runs in it. It keeps its locks and hears no message: what a page in Chromium's back/forward cache does
    /// that did not release on `pagehide`.
    pub fn freeze(&self) {
        if self.0.is_running() {
            self.0.life.set(Life::Frozen);
        }
    }

    /// The page is left and kept in the back/forward cache: the platform releases its locks on `pagehide`, then it is frozen.
    pub fn enter_back_forward_cache(&self) {
        self.hide();
        self.0.origin.locks.release_all(&self.0.core, self.0.id);
        self.freeze();
    }

    /// Lets it run again, and tells it ([`PageSignal::Resumed`]).
    pub fn thaw(&self) {
        if self.0.life.get() == Life::Frozen {
            self.0.life.set(Life::Running);
            self.0.core.executor.requeue(self.0.parked.take());
            self.0.fire_late_timers();
            self.signal(PageSignal::Resumed);
        }
    }

    /// Runs `action` as what a click does: popups and copies may begin in it.
    pub fn click<T>(&self, action: impl FnOnce() -> T) -> T {
        self.0.page.in_click.set(true);
        let result = action();
        self.0.page.in_click.set(false);
        result
    }
}

impl Clock for Tab {
    fn wall_ms(&self) -> u64 {
        self.0.core.wall_ms()
    }

    fn monotonic_ms(&self) -> u64 {
        self.0.core.now_ms() - self.0.opened_ms
    }
}

impl Timers for Tab {
    fn sleep(&self, ms: u64) -> impl Future<Output = ()> + 'static {
        let timer = Rc::new(Timer { fired: Slot::new() });
        let due = timer.clone();
        let tab = self.0.clone();
        let key = self.0.core.after(ms, move |_| tab.timer_due(due));
        Sleep { waiting: timer.fired.waiting(), key, core: self.0.core.clone() }
    }

    fn spawn(&self, task: LocalBoxFuture<'static, ()>) {
        if self.is_alive() {
            self.0.core.executor.spawn(Some(self.0.clone()), task);
        }
    }
}

struct Timer {
    fired: Slot<()>,
}

/// Clears its timer when dropped.
struct Sleep {
    waiting: Waiting<()>,
    key: EventKey,
    core: Rc<Core>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.waiting).poll(cx)
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.core.cancel(self.key);
    }
}
