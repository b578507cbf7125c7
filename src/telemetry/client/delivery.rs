//! Delivering what waits: when, and by whom.

use std::rc::Rc;

use futures_util::FutureExt;
use futures_util::future::select;

use super::sending::{Batch, Loaded};
use super::{Flushed, TelemetryClient};
use crate::api::TokenSource;
use crate::error::{CloudError, Code, Result};
use crate::event::CloudEvent;
use crate::platform::exclusive::exclusive;
use crate::platform::{Platform, within};
use crate::telemetry::queue::Done;
use crate::telemetry::segment::portion;

/// The most that goes into one request with other events, in bytes.
const MAX_BATCH_BYTES: usize = 512 * 1024;
/// What browsers let requests carry that outlive their page is 64 KiB for all together; we use a little less.
pub(super) const KEEPALIVE_BYTES: usize = 60_000;
/// One tab delivers at a time; another waits so long for its turn before it looks again whether there is anything to do.
const TURN_LIMIT_MS: u64 = 10_000;
/// So often a tab looks for what other tabs left.
const LOOK_AGAIN_MS: u64 = 60_000;

/// What is to be done next.
enum Step {
    Wait(u64),
    List(Rc<str>),
    Deliver,
}

impl<P: Platform, T: TokenSource> TelemetryClient<P, T> {
    /// Sends what waits now, whatever the backoff says; at most for `timeout_ms`. Fails as the sending fails; what was not
    /// delivered stays in the queue.
    pub async fn flush(&self, timeout_ms: Option<u64>) -> Result<Flushed> {
        let before = self.queue.borrow().delivered_count();
        self.hurry.notify();
        let sending = async {
            // It may stop short of what has not waited long.
            if let Some(under_way) = self.flight.under_way() {
                let _ = under_way.await;
            }
            self.deliver(true).await
        };
        // Too late: what is under way goes on.
        within(&*self.platform, timeout_ms.unwrap_or(u64::MAX), sending).await.unwrap_or(Ok(()))?;
        let path = self.account();
        let queue = self.queue.borrow();
        Ok(Flushed { delivered: queue.delivered_count() - before, remaining: queue.len(path.as_ref()) })
    }

    /// Something happened (a session, the network, somebody looks): try again now, unless the server asked for time.
    pub fn wake(&self) {
        self.backoff.woken();
        self.hurry.notify();
        self.wake.notify();
    }

    /// The page may be closing: sends what the browser lets a request carry that outlives its page. A bonus; what is not
    /// acknowledged stays queued.
    pub fn page_hidden(&self) {
        self.hurry.notify();
        if (self.surroundings.has_session)()
            && !self.single_route.get()
            && self.flight.under_way().is_none()
            && let Some(batch) = self.last_batch()
            && let Some(me) = self.me.upgrade()
            && !self.is_saying_goodbye.replace(true)
        {
            self.platform.spawn(
                async move {
                    let mut done = Done::default();
                    let events = me.still_sent(&batch.events, &mut done);
                    if !events.is_empty() {
                        // What fails is sent again, by this page if it is seen again.
                        let _ = me.send_batch(&batch, &events, &mut done, true).await;
                    }
                    let _ = me.settle(&batch, done).await;
                    me.is_saying_goodbye.set(false);
                    me.changed();
                }
                .boxed_local(),
            );
        }
    }

    /// The oldest events, as far as they are in memory: nothing is sent before what happened earlier.
    fn last_batch(&self) -> Option<Batch> {
        let path = self.account()?;
        let mut queue = self.queue.borrow_mut();
        let mut batch = Batch { path: path.clone(), purges: self.purges.get(), segments: vec![], events: vec![] };
        if self.has_storage() && queue.listed() != Some(&path) {
            return None;
        }
        for segment in queue.stored() {
            let Some((version, events)) = segment.own.as_ref().filter(|(_, events)| !events.is_empty()) else {
                break;
            };
            batch.events.extend_from_slice(events);
            batch.segments.push(Loaded { slot: segment.slot.clone(), version: *version, events: events.clone() });
        }
        if batch.segments.len() == queue.stored().len() {
            batch.events.extend(queue.take_pending(&path, self.config.batch_size, KEEPALIVE_BYTES, false));
        }
        batch.events.truncate(portion(batch.events.iter(), self.config.batch_size, KEEPALIVE_BYTES));
        let bytes: usize = batch.events.iter().map(|event| event.bytes() + 1).sum();
        (1..=KEEPALIVE_BYTES).contains(&bytes).then_some(batch)
    }

    /// Ends everything that runs here. What was captured is still stored.
    pub fn end(&self) {
        self.ended.set(true);
        self.wake.notify();
    }

    /// Begins to deliver.
    pub fn start(&self) {
        if let Some(me) = self.me.upgrade() {
            self.platform.spawn(me.keep_delivering().boxed_local());
        }
    }

    async fn keep_delivering(self: Rc<Self>) {
        while !self.ended.get() {
            let done = match self.next_step() {
                Step::Wait(wait_ms) => {
                    select(Box::pin(self.platform.sleep(wait_ms)), Box::pin(self.wake.notified())).await;
                    Ok(())
                }
                Step::List(path) => self.list(&path, false).await,
                Step::Deliver => self.deliver(false).await,
            };
            if let Err(error) = done {
                self.events.emit(CloudEvent::BackgroundError(error));
            }
        }
    }

    fn next_step(&self) -> Step {
        let Some(path) = self.account() else { return Step::Wait(u64::MAX) };
        let is_shared = self.has_storage();
        let since_list_ms = self.platform.monotonic_ms().saturating_sub(self.listed_at_ms.get());
        let is_listed = self.queue.borrow().listed() == Some(&path);
        if is_shared && !is_listed {
            return Step::List(path);
        }
        let may_try_in_ms = self.backoff.remaining_ms(&*self.platform);
        if self.enabled.get() && self.trim_due.get() {
            return Step::Deliver;
        }
        let may_send = self.enabled.get() && self.may_send();
        let due_in_ms = if may_send { self.due_in_ms(&path).max(may_try_in_ms) } else { u64::MAX };
        // What could not be purged is tried again, whether anything may be sent or not.
        let looks_again = is_shared && (may_send || !self.purges_due.borrow().is_empty());
        let list_in_ms = if looks_again { LOOK_AGAIN_MS.saturating_sub(since_list_ms) } else { u64::MAX };
        match due_in_ms.min(list_in_ms) {
            0 if due_in_ms == 0 => Step::Deliver,
            0 => Step::List(path),
            wait_ms => Step::Wait(wait_ms),
        }
    }

    fn may_send(&self) -> bool {
        self.platform.online() && (self.surroundings.has_session)()
    }

    /// What is not stored is sent from memory, because it cannot be stored.
    pub(super) fn sends_unstored(&self) -> bool {
        !self.has_storage() || self.storage_fails.get()
    }

    fn due_in_ms(&self, path: &Rc<str>) -> u64 {
        let batch = (self.config.batch_size, MAX_BATCH_BYTES);
        let due_ms = self.queue.borrow().due_ms(path, batch, self.config.flush_interval_ms, self.sends_unstored());
        due_ms.map_or(u64::MAX, |due_ms| due_ms.saturating_sub(self.platform.monotonic_ms()))
    }

    /// Sends batch after batch while they are due, or `all`, until one fails; callers at the same time share it.
    async fn deliver(&self, all: bool) -> Result<()> {
        if let Some(under_way) = self.flight.under_way() {
            return under_way.await;
        }
        let Some(me) = self.me.upgrade() else {
            return Err(CloudError::new(Code::Disposed, "the client was disposed of"));
        };
        let work = async move {
            let result = me.send_all(all).await;
            me.flight.land();
            me.after_delivery(&result);
            result
        };
        self.flight.start(&*self.platform, work).await
    }

    fn after_delivery(&self, result: &Result<()>) {
        if let Err(error) = result {
            self.backoff.failed(&*self.platform, error.retry_after_ms);
        }
        self.changed();
        self.wake.notify();
    }

    async fn send_all(&self, all: bool) -> Result<()> {
        let Some(path) = self.account() else { return Ok(()) };
        let mut _alone = None;
        if self.has_storage() {
            _alone = match exclusive(&self.platform, &self.vault.key("events"), TURN_LIMIT_MS).await {
                Ok(alone) => Some(alone),
                // Another tab is at it.
                Err(error) if error.code == Code::Timeout => return Ok(()),
                Err(error) => return Err(error),
            };
            // Storage that fails keeps nobody from sending what is in memory alone.
            if let Err(error) = self.list(&path, true).await
                && !self.queue.borrow().stored().is_empty()
            {
                return Err(error);
            }
        }
        let may_try = || self.may_send() && self.backoff.remaining_ms(&*self.platform) == 0;
        while !self.ended.get() && (all || (may_try() && self.due_in_ms(&path) == 0)) {
            // One at a time, so that none is sent again that the old route has.
            let most_events = if self.single_route.get() { 1 } else { self.config.batch_size };
            let batch = self.next_batch(&path, most_events, MAX_BATCH_BYTES).await?;
            if batch.events.is_empty() {
                let is_being_stored =
                    self.is_storing.get() && !self.sends_unstored() && self.queue.borrow().has_pending();
                if all && is_being_stored {
                    self.stored.notified().await;
                    continue;
                }
                break;
            }
            self.queue.borrow_mut().set_in_flight(batch.events.len());
            self.changed();
            let mut done = Done::default();
            let sent = self.send_parts(&batch, &mut done).await;
            let settled = self.settle(&batch, done).await;
            let is_list_good = batch.segments.is_empty() || self.queue.borrow().listed() == Some(&path);
            {
                let mut queue = self.queue.borrow_mut();
                queue.set_in_flight(0);
                if batch.segments.is_empty() {
                    queue.let_go();
                }
            }
            self.start_storing();
            self.changed();
            match sent {
                // Somebody else is signed in by now, or nothing is to be sent any more.
                Err(error) if error.code == Code::Aborted => break,
                Err(error) => {
                    if let Some(wait_ms) = error.retry_after_ms
                        && self.has_storage()
                    {
                        self.store_pause(wait_ms).await;
                    }
                    return Err(error);
                }
                Ok(()) => settled?,
            }
            if !is_list_good {
                break;
            }
            self.backoff.forget();
        }
        Ok(())
    }
}
