//! Runs tasks one poll at a time; which of the ready ones comes next is drawn by the seed.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use futures_util::future::LocalBoxFuture;

use super::rng::Rng;
use super::tab::TabState;

/// The future that `World::run` polls itself.
pub(super) const ROOT: u64 = 0;

type Ready = Arc<Mutex<Vec<u64>>>;

/// What one step did.
pub(super) enum Step {
    /// The root future wants to be polled.
    Root,
    /// Something happened.
    Worked,
    /// Nothing is left to do now.
    Idle,
}

struct Wakeup {
    id: u64,
    queued: AtomicBool,
    ready: Ready,
}

impl Wake for Wakeup {
    fn wake(self: Arc<Self>) {
        if !self.queued.swap(true, Ordering::Relaxed) {
            self.ready.lock().unwrap_or_else(PoisonError::into_inner).push(self.id);
        }
    }
}

struct Task {
    tab: Option<Rc<TabState>>,
    /// Not here while it is being polled.
    future: Option<LocalBoxFuture<'static, ()>>,
    wakeup: Arc<Wakeup>,
}

pub(super) struct Executor {
    tasks: RefCell<BTreeMap<u64, Task>>,
    ready: Ready,
    root: Arc<Wakeup>,
    next_id: Cell<u64>,
    pub(super) polls: Cell<u64>,
    rng: Rng,
}

impl Executor {
    pub(super) fn new(rng: Rng) -> Self {
        let ready = Ready::default();
        let root = Arc::new(Wakeup { id: ROOT, queued: AtomicBool::new(false), ready: ready.clone() });
        Self { tasks: RefCell::default(), ready, root, next_id: Cell::new(ROOT + 1), polls: Cell::new(0), rng }
    }

    /// Wakes the root; the root clears its flag with [`Executor::root_waker`].
    pub(super) fn wake_root(&self) {
        Waker::from(self.root.clone()).wake();
    }

    pub(super) fn root_waker(&self) -> Waker {
        self.root.queued.store(false, Ordering::Relaxed);
        Waker::from(self.root.clone())
    }

    pub(super) fn spawn(&self, tab: Option<Rc<TabState>>, future: LocalBoxFuture<'static, ()>) {
        let id = self.next_id.replace(self.next_id.get() + 1);
        let wakeup = Arc::new(Wakeup { id, queued: AtomicBool::new(false), ready: self.ready.clone() });
        self.tasks.borrow_mut().insert(id, Task { tab, future: Some(future), wakeup: wakeup.clone() });
        Waker::from(wakeup).wake();
    }

    /// Polls one ready task.
    pub(super) fn step(&self) -> Step {
        let Some(id) = self.draw() else { return Step::Idle };
        if id == ROOT {
            return Step::Root;
        }
        let (tab, wakeup, future) = {
            let mut tasks = self.tasks.borrow_mut();
            let Some(task) = tasks.get_mut(&id) else { return Step::Worked };
            (task.tab.clone(), task.wakeup.clone(), task.future.take())
        };
        let Some(mut future) = future else { return Step::Worked };
        if let Some(tab) = &tab
            && !tab.lets_run(id)
        {
            self.put_back(id, future);
            return Step::Worked;
        }
        self.polls.set(self.polls.get() + 1);
        wakeup.queued.store(false, Ordering::Relaxed);
        let waker = Waker::from(wakeup);
        if future.as_mut().poll(&mut Context::from_waker(&waker)).is_ready() {
            self.tasks.borrow_mut().remove(&id);
        } else {
            self.put_back(id, future);
        }
        Step::Worked
    }

    fn draw(&self) -> Option<u64> {
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        if ready.is_empty() {
            return None;
        }
        let index = self.rng.index(ready.len());
        Some(ready.swap_remove(index))
    }

    /// Puts a polled future back, unless its tab was killed meanwhile: then it ends here.
    fn put_back(&self, id: u64, future: LocalBoxFuture<'static, ()>) {
        let mut tasks = self.tasks.borrow_mut();
        if let Some(task) = tasks.get_mut(&id) {
            task.future = Some(future);
            return;
        }
        drop(tasks);
        drop(future);
    }

    /// Makes tasks ready that were taken from the queue without being polled.
    pub(super) fn requeue(&self, ids: Vec<u64>) {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner).extend(ids);
    }

    /// Drops the tasks of `tab` (of all tabs and none without one), where they stand.
    pub(super) fn drop_tasks(&self, tab: Option<u32>) {
        let doomed: Vec<Task> = {
            let mut tasks = self.tasks.borrow_mut();
            let ids: Vec<u64> = tasks
                .iter()
                .filter(|(_, task)| tab.is_none() || task.tab.as_ref().map(|owner| owner.id) == tab)
                .map(|(id, _)| *id)
                .collect();
            ids.iter().filter_map(|id| tasks.remove(id)).collect()
        };
        drop(doomed);
    }
}

struct SlotState<T> {
    value: Cell<Option<T>>,
    waker: RefCell<Option<Waker>>,
}

/// Where an answer of the world arrives, once.
pub(super) struct Slot<T>(Rc<SlotState<T>>);

impl<T> Clone for Slot<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Slot<T> {
    pub(super) fn new() -> Self {
        Self(Rc::new(SlotState { value: Cell::new(None), waker: RefCell::new(None) }))
    }

    pub(super) fn set(&self, value: T) {
        self.0.value.set(Some(value));
        if let Some(waker) = self.0.waker.take() {
            waker.wake();
        }
    }

    /// The end that waits.
    pub(super) fn waiting(&self) -> Waiting<T> {
        Waiting(self.clone())
    }
}

/// Waits for a [`Slot`].
pub(super) struct Waiting<T>(Slot<T>);

impl<T> Future for Waiting<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let state = &self.0.0;
        if let Some(value) = state.value.take() {
            return Poll::Ready(value);
        }
        let mut waker = state.waker.borrow_mut();
        match &mut *waker {
            Some(waker) => waker.clone_from(cx.waker()),
            none => *none = Some(cx.waker().clone()),
        }
        Poll::Pending
    }
}
