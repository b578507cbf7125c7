//! Delivering what waits: when, in which portions, and what an answer means for it.

use std::rc::Rc;

use futures_util::FutureExt;
use futures_util::future::select;

use super::{Flushed, TelemetryClient};
use crate::api::{Call, TokenSource};
use crate::error::{CloudError, Code, Result};
use crate::event::{Account, CloudEvent};
use crate::platform::backoff::backoff_ms;
use crate::platform::{Platform, within};
use crate::telemetry::queue::{DropReason, QueuedEvent};
use crate::telemetry::wire::{
    BATCH_ROUTE, SINGLE_ROUTE, Verdict, build_batch, build_single, process_batch_answer, verdict,
};

/// The most that goes into one request with other events, in bytes.
const MAX_BATCH_BYTES: usize = 512 * 1024;
/// What browsers let requests carry that outlive their page is 64 KiB for all together; we use a little less.
const KEEPALIVE_BYTES: usize = 60_000;
const BACKOFF_BASE_MS: u64 = 2_000;
const BACKOFF_MAX_MS: u64 = 300_000;

impl<P: Platform, T: TokenSource> TelemetryClient<P, T> {
    /// Sends what waits now, whatever the backoff says; at most for `timeout_ms`. Fails as the sending fails; what was not
    /// delivered stays in the queue.
    pub async fn flush(&self, timeout_ms: Option<u64>) -> Result<Flushed> {
        let before = self.queue.borrow().delivered_count();
        if let Some(account) = (self.surroundings.account)()
            && (self.queue.borrow().waiting(&account).next().is_some() || self.flight.under_way().is_some())
        {
            // Too late: what is under way goes on.
            within(&*self.platform, timeout_ms.unwrap_or(u64::MAX), self.deliver()).await.unwrap_or(Ok(()))?;
        }
        let queue = self.queue.borrow();
        Ok(Flushed { delivered: queue.delivered_count() - before, remaining: queue.len() as u64 })
    }

    /// Something happened (a session, the network, somebody looks): try again now, unless the server asked for time.
    pub fn wake(&self) {
        if !self.wait_is_servers.get() {
            self.failures.set(0);
            self.next_try_ms.set(0);
        }
        self.wake.notify();
    }

    /// The page may be closing: sends what the browser lets a request carry that outlives its page. A bonus; what is not
    /// acknowledged stays queued.
    pub fn page_hidden(&self) {
        if let Some(account) = (self.surroundings.account)()
            && (self.surroundings.has_session)()
            && !self.single_route.get()
            && self.flight.under_way().is_none()
            && let Some(me) = self.me.upgrade()
        {
            let batch = self.queue.borrow().take_batch(&account, self.config.batch_size, KEEPALIVE_BYTES);
            let bytes: usize = batch.iter().map(|event| event.bytes()).sum();
            if batch.is_empty() || bytes > KEEPALIVE_BYTES {
                self.queue.borrow().put_back(&batch);
                return;
            }
            self.platform.spawn(
                async move {
                    // What fails is sent again when the page is seen again.
                    let _ = me.send_batch(&account, &batch, true).await;
                    me.queue.borrow().put_back(&batch);
                    me.changed();
                }
                .boxed_local(),
            );
        }
    }

    /// Ends everything that runs here.
    pub fn end(&self) {
        self.ended.set(true);
        self.wake.notify();
    }

    pub(super) fn start_delivering(&self) {
        if self.is_delivering.replace(true) {
            self.wake.notify();
        } else if let Some(me) = self.me.upgrade() {
            self.platform.spawn(async move { me.keep_delivering().await }.boxed_local());
        }
    }

    async fn keep_delivering(self: Rc<Self>) {
        while !self.ended.get() {
            let wait_ms = self.next_delivery_in_ms();
            if wait_ms > 0 {
                select(Box::pin(self.platform.sleep(wait_ms)), Box::pin(self.wake.notified())).await;
            } else if let Err(error) = self.deliver().await {
                self.events.emit(CloudEvent::BackgroundError(error));
            }
        }
    }

    fn next_delivery_in_ms(&self) -> u64 {
        if !self.platform.online() || !(self.surroundings.has_session)() {
            return u64::MAX;
        }
        let Some(account) = (self.surroundings.account)() else { return u64::MAX };
        let queue = self.queue.borrow();
        let mut waiting = queue.waiting(&account);
        let Some(oldest) = waiting.next() else { return u64::MAX };
        let due_in_ms = if waiting.count() + 1 >= self.config.batch_size {
            0
        } else {
            let age_ms = self.platform.wall_ms().saturating_sub(oldest.timestamp_ms);
            self.config.flush_interval_ms.saturating_sub(age_ms)
        };
        due_in_ms.max(self.next_try_ms.get().saturating_sub(self.platform.monotonic_ms()))
    }

    /// Sends batch after batch until none waits or one fails; callers at the same time share it.
    async fn deliver(&self) -> Result<()> {
        if let Some(under_way) = self.flight.under_way() {
            return under_way.await;
        }
        let Some(me) = self.me.upgrade() else {
            return Err(CloudError::new(Code::Disposed, "the client was disposed of"));
        };
        let work = async move {
            let result = me.send_all().await;
            me.flight.land();
            me.after_delivery(&result);
            result
        };
        self.flight.start(&*self.platform, work).await
    }

    fn after_delivery(&self, result: &Result<()>) {
        match result {
            Ok(()) => {
                self.failures.set(0);
                self.next_try_ms.set(0);
                self.wait_is_servers.set(false);
            }
            Err(error) => {
                self.failures.set(self.failures.get().saturating_add(1));
                let (failures, retry_after_ms) = (self.failures.get(), error.retry_after_ms);
                let wait_ms = backoff_ms(&*self.platform, failures, BACKOFF_BASE_MS, BACKOFF_MAX_MS, retry_after_ms);
                self.next_try_ms.set(self.platform.monotonic_ms().saturating_add(wait_ms));
                self.wait_is_servers.set(retry_after_ms.is_some());
            }
        }
        self.changed();
        self.wake.notify();
    }

    async fn send_all(&self) -> Result<()> {
        while !self.ended.get() {
            let Some(account) = (self.surroundings.account)() else { return Ok(()) };
            let batch = self.queue.borrow().take_batch(&account, self.config.batch_size, MAX_BATCH_BYTES);
            if batch.is_empty() {
                return Ok(());
            }
            self.changed();
            let sent = self.send_parts(&account, &batch).await;
            self.queue.borrow().put_back(&batch);
            self.changed();
            match sent {
                // Somebody else is signed in by now: go on with theirs.
                Err(error) if error.code == Code::Aborted => {}
                sent => sent?,
            }
        }
        Ok(())
    }

    /// Sends `batch`; where the cloud refuses it, in halves, until the events that it refuses stand alone.
    async fn send_parts(&self, account: &Account, batch: &[Rc<QueuedEvent>]) -> Result<()> {
        let mut parts = vec![batch];
        while let Some(part) = parts.pop() {
            if self.single_route.get() {
                for event in part {
                    self.send_single(account, event).await?;
                }
                continue;
            }
            let Err(error) = self.send_batch(account, part, false).await else { continue };
            match (verdict(&error), part) {
                (Verdict::NoBatchRoute, _) => {
                    self.single_route.set(true);
                    parts.push(part);
                }
                (Verdict::Refused, [event]) => self.drop_event(event, DropReason::Rejected),
                (Verdict::Refused, _) => {
                    let (first, second) = part.split_at(part.len() / 2);
                    parts.extend([second, first]);
                }
                (Verdict::Kept, _) => return Err(error),
            }
        }
        Ok(())
    }

    async fn send_batch(&self, account: &Account, batch: &[Rc<QueuedEvent>], keepalive: bool) -> Result<()> {
        let still_wanted = || self.is_wanted(account, batch);
        let call = Call { keepalive, still_wanted: Some(&still_wanted), ..Call::post(BATCH_ROUTE, build_batch(batch)) };
        let answer = self.api.call(call).await?;
        let mut named = 0;
        process_batch_answer(answer.json()?.root(), |id, accepted| {
            let mut queue = self.queue.borrow_mut();
            let was_here = if accepted { queue.delivered(id) } else { queue.drop_event(id, DropReason::Rejected) };
            named += usize::from(was_here);
        })?;
        if named == 0 && self.is_wanted(account, batch) {
            return Err(CloudError::new(
                Code::InvalidResponse,
                "the cloud's answer names none of the events that it was sent; they are kept and sent again",
            ));
        }
        Ok(())
    }

    async fn send_single(&self, account: &Account, event: &Rc<QueuedEvent>) -> Result<()> {
        if !event.in_production {
            self.drop_event(event, DropReason::Unsupported);
            return Ok(());
        }
        let still_wanted = || self.is_wanted(account, std::slice::from_ref(event));
        let call = Call { still_wanted: Some(&still_wanted), ..Call::post(SINGLE_ROUTE, build_single(event)) };
        match self.api.call(call).await {
            Ok(_) => drop(self.queue.borrow_mut().delivered(&event.id)),
            Err(error) if verdict(&error) == Verdict::Refused => self.drop_event(event, DropReason::Rejected),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// `batch` may be sent: they are signed in whose it is, and it was not purged meanwhile.
    fn is_wanted(&self, account: &Account, batch: &[Rc<QueuedEvent>]) -> bool {
        let is_theirs = (self.surroundings.account)().as_ref() == Some(account);
        is_theirs && self.queue.borrow().holds_any(batch)
    }

    fn drop_event(&self, event: &QueuedEvent, reason: DropReason) {
        self.queue.borrow_mut().drop_event(&event.id, reason);
    }
}
