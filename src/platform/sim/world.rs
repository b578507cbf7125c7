//! The world: one clock, one network, some origins, and the tabs in them.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use super::executor::{Executor, Slot, Step, Waiting};
use super::network::Network;
use super::origin::Origin;
use super::rng::Rng;
use super::tab::{Tab, TabOptions, TabState};
use crate::platform::PageSignal;

/// Where the wall clock starts: 2027-01-15T08:00:00Z.
const EPOCH_MS: u64 = 1_800_000_000_000;
/// So many polls without time going on are a loop that never waits.
const BUSY_POLLS: u64 = 2_000_000;

type Event = Box<dyn FnOnce(&Rc<Core>)>;
/// When, and which of several at that time.
pub(super) type EventKey = (u64, u64);

/// Whether the monotonic clock goes on while the machine sleeps; systems differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Monotonic {
    /// It stops, and so do timers: a minute before sleep and a minute after make two.
    StopsInSleep,
    /// It goes on: timers that came due in sleep fire at once afterwards.
    RunsInSleep,
}

/// What all parts of the world share.
pub(super) struct Core {
    pub(super) rng: Rng,
    pub(super) executor: Executor,
    pub(super) network: Network,
    pub(super) tabs: RefCell<Vec<Tab>>,
    origins: RefCell<BTreeMap<String, Rc<Origin>>>,
    events: RefCell<BTreeMap<EventKey, Event>>,
    next_event: Cell<u64>,
    next_id: Cell<u64>,
    /// Milliseconds that the machine was awake, and asleep with a clock that went on.
    now_ms: Cell<u64>,
    /// Milliseconds of sleep that `now_ms` does not know.
    slept_ms: Cell<u64>,
    wall_shift_ms: Cell<i64>,
    pub(super) online: Cell<bool>,
}

impl Core {
    /// The time that timers and the monotonic clock go by.
    pub(super) fn now_ms(&self) -> u64 {
        self.now_ms.get()
    }

    /// Milliseconds since 1970 as the servers, whose clocks are right, see them.
    pub(super) fn true_ms(&self) -> u64 {
        EPOCH_MS + self.now_ms.get() + self.slept_ms.get()
    }

    /// Milliseconds since 1970 as this machine's clock says.
    pub(super) fn wall_ms(&self) -> u64 {
        self.true_ms().saturating_add_signed(self.wall_shift_ms.get())
    }

    /// A number given out once.
    pub(super) fn unique(&self) -> u64 {
        self.next_id.replace(self.next_id.get() + 1)
    }

    /// Has `event` happen `ms` from now.
    pub(super) fn after(&self, ms: u64, event: impl FnOnce(&Rc<Self>) + 'static) -> EventKey {
        let key = (self.now_ms().saturating_add(ms), self.next_event.replace(self.next_event.get() + 1));
        self.events.borrow_mut().insert(key, Box::new(event));
        key
    }

    pub(super) fn cancel(&self, key: EventKey) {
        let event = self.events.borrow_mut().remove(&key);
        drop(event);
    }

    /// Gives `value` to whoever waits on `slot`, `ms` from now.
    pub(super) fn answer<T: 'static>(&self, ms: u64, slot: &Slot<T>, value: T) {
        let slot = slot.clone();
        self.after(ms, move |_| slot.set(value));
    }

    /// Waits some milliseconds between the two of `range`, and suspends its caller even for 0.
    pub(super) fn pause(&self, range: (u64, u64)) -> Waiting<()> {
        let slot = Slot::new();
        self.answer(self.rng.between(range), &slot, ());
        slot.waiting()
    }

    pub(super) fn origin(&self, name: &str) -> Rc<Origin> {
        let mut origins = self.origins.borrow_mut();
        origins.entry(name.to_owned()).or_insert_with(|| Rc::new(Origin::new(&self.rng))).clone()
    }

    fn step(self: &Rc<Self>, until_ms: u64) -> Step {
        match self.executor.step() {
            Step::Idle => {}
            step => return step,
        }
        let event = {
            let mut events = self.events.borrow_mut();
            match events.first_entry() {
                Some(first) if first.key().0 <= until_ms => {
                    let time = first.key().0;
                    Some((time, first.remove()))
                }
                _ => None,
            }
        };
        let Some((time, event)) = event else { return Step::Idle };
        self.now_ms.set(self.now_ms().max(time));
        event(self);
        Step::Worked
    }
}

/// A world of its own, the same for the same seed. When it is dropped, everything in it ends.
///
/// See the [module's page](super) for how a scenario is written.
pub struct World {
    core: Rc<Core>,
    seed: u64,
}

impl World {
    /// An empty world.
    pub fn new(seed: u64) -> Self {
        let rng = Rng::new(seed);
        let core = Core {
            executor: Executor::new(rng.fork()),
            network: Network::new(rng.fork()),
            tabs: RefCell::default(),
            origins: RefCell::default(),
            events: RefCell::default(),
            next_event: Cell::new(0),
            next_id: Cell::new(1),
            now_ms: Cell::new(0),
            slept_ms: Cell::new(0),
            wall_shift_ms: Cell::new(0),
            online: Cell::new(true),
            rng,
        };
        Self { core: Rc::new(core), seed }
    }

    /// What it was made from.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Dice for the scenario itself.
    pub fn rng(&self) -> &Rng {
        &self.core.rng
    }

    /// The network and the servers on it.
    pub fn network(&self) -> &Network {
        &self.core.network
    }

    /// Storage, locks and channels of the origin `name`, such as `https://app.example`.
    pub fn origin(&self, name: &str) -> Rc<Origin> {
        self.core.origin(name)
    }

    /// A tab at [`TabOptions::default`]'s address, visible.
    pub fn open_tab(&self) -> Tab {
        self.open_tab_with(TabOptions::default())
    }

    /// A tab as `options` say, visible.
    pub fn open_tab_with(&self, options: TabOptions) -> Tab {
        TabState::open(&self.core, options)
    }

    /// All tabs that are not closed or killed.
    pub fn tabs(&self) -> Vec<Tab> {
        self.core.tabs.borrow().clone()
    }

    /// Runs a future of the scenario itself, and with it the world, until it is done; nobody kills it.
    ///
    /// # Panics
    /// When it waits for something that can never happen any more, or when tasks run without ever waiting.
    pub fn run<T>(&self, future: impl Future<Output = T>) -> T {
        let mut future = pin!(future);
        self.core.executor.wake_root();
        let mut busy = Busy::default();
        loop {
            match self.core.step(u64::MAX) {
                Step::Root => {
                    let waker = self.core.executor.root_waker();
                    if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
                        return value;
                    }
                }
                Step::Worked => busy.check(&self.core),
                Step::Idle => panic!("the world stands still at {} ms: nothing is left to happen", self.now_ms()),
            }
        }
    }

    /// Lets `ms` milliseconds go by.
    ///
    /// # Panics
    /// When tasks run without ever waiting.
    pub fn run_for(&self, ms: u64) {
        let until_ms = self.core.now_ms().saturating_add(ms);
        let mut busy = Busy::default();
        while !matches!(self.core.step(until_ms), Step::Idle) {
            busy.check(&self.core);
        }
        self.core.now_ms.set(until_ms);
    }

    /// Begins `future` beside, as part of no tab.
    pub fn start<T: 'static>(&self, future: impl Future<Output = T> + 'static) -> Task<T> {
        start(&self.core, None, future)
    }

    /// A future that waits `ms`, unthrottled and unkillable.
    pub fn sleep(&self, ms: u64) -> impl Future<Output = ()> + 'static {
        let slot = Slot::new();
        self.core.answer(ms, &slot, ());
        slot.waiting()
    }

    /// Milliseconds since the world began, as its timers count them.
    pub fn now_ms(&self) -> u64 {
        self.core.now_ms()
    }

    /// Milliseconds since 1970 on clocks that are right: the servers'.
    pub fn true_ms(&self) -> u64 {
        self.core.true_ms()
    }

    /// How often a task was polled; a measure of work.
    pub fn polls(&self) -> u64 {
        self.core.executor.polls.get()
    }

    /// Sets the machine's wall clock forth, or back (negative), by so much.
    pub fn jump_wall_clock(&self, ms: i64) {
        self.core.wall_shift_ms.set(self.core.wall_shift_ms.get().saturating_add(ms));
    }

    /// The machine sleeps for `ms`: nothing runs, connections break, the servers' time and the wall clock go on. Afterwards,
    /// or so the dice say, the browser tells of the network's coming back.
    pub fn sleep_machine(&self, ms: u64, monotonic: Monotonic) {
        let core = &self.core;
        core.network.break_connections(core);
        match monotonic {
            Monotonic::StopsInSleep => core.slept_ms.set(core.slept_ms.get().saturating_add(ms)),
            Monotonic::RunsInSleep => core.now_ms.set(core.now_ms().saturating_add(ms)),
        }
        if core.online.get() && core.rng.chance(0.5) {
            self.signal_all(PageSignal::Offline);
            self.signal_all(PageSignal::Online);
        }
    }

    /// Takes the machine off the network, or puts it back on, and tells all tabs.
    pub fn set_online(&self, online: bool) {
        if self.core.online.replace(online) == online {
            return;
        }
        if !online {
            self.core.network.break_connections(&self.core);
        }
        self.signal_all(if online { PageSignal::Online } else { PageSignal::Offline });
    }

    fn signal_all(&self, signal: PageSignal) {
        for tab in self.tabs() {
            tab.signal(signal);
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        for tab in self.tabs() {
            tab.kill();
        }
        self.core.executor.drop_tasks(None);
        let events = self.core.events.take();
        drop(events);
        self.core.network.shut_down();
        let origins = self.core.origins.take();
        drop(origins);
    }
}

/// Begins `future` as a task of `tab`, or of none.
pub(super) fn start<T: 'static>(
    core: &Rc<Core>,
    tab: Option<Rc<TabState>>,
    future: impl Future<Output = T> + 'static,
) -> Task<T> {
    let done = Done { slot: Slot::new(), finished: false };
    let waiting = done.slot.waiting();
    core.executor.spawn(
        tab,
        Box::pin(async move {
            let mut done = done;
            let value = future.await;
            done.finished = true;
            done.slot.set(Some(value));
        }),
    );
    Task(waiting)
}

/// Tells the one who waits that the task was killed, unless it ended.
struct Done<T> {
    slot: Slot<Option<T>>,
    finished: bool,
}

impl<T> Drop for Done<T> {
    fn drop(&mut self) {
        if !self.finished {
            self.slot.set(None);
        }
    }
}

/// The result of a task that runs beside; dropping this does not end the task.
pub struct Task<T>(Waiting<Option<T>>);

impl<T> Future for Task<T> {
    /// `None`: its tab was killed first.
    type Output = Option<T>;

    fn poll(mut self: std::pin::Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        std::pin::Pin::new(&mut self.0).poll(cx)
    }
}

/// Finds loops that never wait.
#[derive(Default)]
struct Busy {
    since_ms: u64,
    polls: u64,
}

impl Busy {
    fn check(&mut self, core: &Core) {
        if core.now_ms() != self.since_ms {
            *self = Self { since_ms: core.now_ms(), polls: core.executor.polls.get() };
        }
        let polls = core.executor.polls.get() - self.polls;
        assert!(polls < BUSY_POLLS, "{polls} polls at {} ms without time going on", self.since_ms);
    }
}
