//! Keeping what waits: written when it happens, listed, trimmed, deleted when the cloud has it.

use std::rc::Rc;

use futures_util::FutureExt;
use futures_util::future::select;

use super::TelemetryClient;
use super::delivery::KEEPALIVE_BYTES;
use super::sending::Batch;
use crate::api::TokenSource;
use crate::error::{Code, Result};
use crate::event::CloudEvent;
use crate::platform::vault::Change;
use crate::platform::{Expect, Platform};
use crate::telemetry::queue::{Done, DropReason};
use crate::telemetry::segment::{Event, SEGMENTS, list_of, slot_facts, slot_of};
use crate::uuid::Uuid;

/// A transaction begins so long after the one before, and what happens meanwhile is stored together, so that a burst makes few. Not where nobody looks: there timers are late, and
/// what happens while a transaction commits is together anyway.
const TOGETHER_MS: u64 = 20;
/// Storage that failed is tried again after this time.
const TRY_AGAIN_MS: u64 = 5_000;
/// What waited for so long is dropped: 30 days.
const MAX_AGE_MS: u64 = 30 * 24 * 3_600_000;
/// Leads the slot that says until when the cloud asked for a pause, by the wall clock. (No account's path begins like that.)
const PAUSE: &str = "events/~/";
/// A longer pause than the longest Retry-After is a clock set back.
const MAX_PAUSE_MS: u64 = 3_600_000;

impl<P: Platform, T: TokenSource> TelemetryClient<P, T> {
    /// Has what was captured written.
    pub(super) fn start_storing(&self) {
        if self.has_storage()
            && !self.is_storing.replace(true)
            && let Some(me) = self.me.upgrade()
        {
            self.platform.spawn(me.store().boxed_local());
        }
    }

    async fn store(self: Rc<Self>) {
        loop {
            let segments = self.queue.borrow_mut().next_segments();
            if segments.is_empty() {
                break;
            }
            let change = |slot: &str, events: &[Event]| Change {
                slot: slot.to_owned(),
                expect: Expect::Any,
                plain: Some(list_of(events)),
            };
            let changes = segments.iter().map(|segment| change(&segment.slot, &segment.events)).collect();
            let (purges, began_ms) = (self.purges.get(), self.platform.monotonic_ms());
            let stored = self.vault.apply(changes).await;
            if purges != self.purges.get() {
                // Purged while it was written.
                self.list_anew();
            }
            let wait_ms = match stored {
                Ok(versions) => {
                    self.storage_fails.set(false);
                    let now_ms = self.platform.monotonic_ms();
                    self.queue.borrow_mut().segments_stored(segments, &versions, now_ms, KEEPALIVE_BYTES);
                    // A transaction that takes its time has let enough come together.
                    TOGETHER_MS.saturating_sub(now_ms.saturating_sub(began_ms))
                }
                Err(error) => {
                    self.queue.borrow_mut().let_go();
                    if !self.storage_fails.replace(true) {
                        self.events.emit(CloudEvent::BackgroundError(error));
                    }
                    TRY_AGAIN_MS
                }
            };
            if self.queue.borrow().bytes() > self.config.max_queue_bytes as u64 {
                self.trim_due.set(true);
            }
            self.stored.notify();
            self.changed();
            self.wake.notify();
            if !self.queue.borrow().has_pending() {
                break;
            }
            if self.platform.visible() || self.storage_fails.get() {
                select(Box::pin(self.platform.sleep(wait_ms)), Box::pin(self.hurry.notified())).await;
            }
        }
        self.is_storing.set(false);
        // Whoever waits for what was purged meanwhile is not left waiting.
        self.stored.notify();
    }

    /// Drops what waits for the account at `path`: at once what is not stored, with the next list what is.
    pub(super) fn purge(&self, path: &Rc<str>) {
        self.queue.borrow_mut().purge_pending(path, DropReason::Disabled);
        // What happens from now on sorts after this id. ("~" sorts after all.)
        let end = self.next_id().map_or_else(|_| String::from("~"), Uuid::text);
        let mut purges_due = self.purges_due.borrow_mut();
        purges_due.retain(|(due, _)| due != path);
        purges_due.push((path.clone(), end));
    }

    /// Has what lies in storage listed before anything else happens to it.
    pub(super) fn list_anew(&self) {
        self.queue.borrow_mut().unlist();
        self.changed();
        self.wake.notify();
    }

    /// Lists what is stored for the account at `path`; `alone`, drops what is too old or too much.
    pub(super) async fn list(&self, path: &Rc<str>, alone: bool) -> Result<()> {
        self.listed_at_ms.set(self.platform.monotonic_ms());
        if alone {
            self.trim_due.set(false);
        }
        let purges = self.purges.get();
        if !self.enabled.get() && self.queue.borrow().listed() != Some(path) {
            // Whoever has signed in since.
            self.purge(path);
        }
        let purges_due = self.purges_due.borrow().clone();
        // It may hold what is to be purged, and not be in the list.
        let is_storing = self.is_storing.get();
        let (slots, written) = loop {
            let (written, is_listed) = {
                let queue = self.queue.borrow();
                (queue.written(), queue.listed() == Some(path))
            };
            let slots = match self.vault.slots(SEGMENTS).await {
                Ok(slots) => slots,
                Err(error) => {
                    if !is_listed {
                        self.queue.borrow_mut().list(path, Vec::new(), written, 0);
                    }
                    return Err(error);
                }
            };
            // What was written meanwhile is only known if there was a list to add it to.
            if is_listed || written == self.queue.borrow().written() {
                break (slots, written);
            }
        };
        let (now_ms, wall_ms) = (self.platform.monotonic_ms(), self.platform.wall_ms());
        let (mut theirs, mut gone, mut dropped) = (Vec::new(), Vec::new(), Vec::new());
        for slot in slots {
            if let Some(until_ms) = slot.strip_prefix(PAUSE) {
                let wait_ms = until_ms.parse::<u64>().unwrap_or(0).saturating_sub(wall_ms);
                if (1..=MAX_PAUSE_MS).contains(&wait_ms) {
                    self.backoff.asked_to_wait(&*self.platform, wait_ms);
                } else if alone {
                    gone.push(slot);
                }
                continue;
            }
            let Some(facts) = slot_facts(&slot) else { continue };
            let id_of = |path: &str| slot.strip_prefix(SEGMENTS)?.strip_prefix(path)?.strip_prefix('/');
            let is_purged = |(path, end): &(Rc<str>, String)| id_of(path).is_some_and(|id| id < end.as_str());
            let reason = if purges_due.iter().any(is_purged) {
                DropReason::Disabled
            } else if alone && facts.began_ms.saturating_add(MAX_AGE_MS) < wall_ms {
                DropReason::Expired
            } else {
                if id_of(path).is_some() && !self.unreadable.borrow().contains(&slot) {
                    theirs.push(slot);
                }
                continue;
            };
            dropped.push((reason, facts.events));
            gone.push(slot);
        }
        {
            let mut queue = self.queue.borrow_mut();
            queue.list(path, theirs, written, now_ms);
            if alone {
                let over = queue.bytes().saturating_sub(self.config.max_queue_bytes as u64);
                let mut freed = 0;
                for segment in queue.stored() {
                    if freed >= over {
                        break;
                    }
                    freed += segment.facts.bytes;
                    dropped.push((DropReason::Overflow, segment.facts.events));
                    gone.push(segment.slot.clone());
                }
            }
        }
        if !gone.is_empty() {
            let slots: Vec<&str> = gone.iter().map(String::as_str).collect();
            self.vault.delete(&slots).await?;
            let mut queue = self.queue.borrow_mut();
            for slot in gone {
                queue.remove_segment(&slot);
            }
            for (reason, count) in dropped {
                queue.count(reason, count);
            }
        }
        if !is_storing {
            self.purges_due.borrow_mut().retain(|due| !purges_due.contains(due));
        }
        if purges != self.purges.get() {
            self.queue.borrow_mut().unlist();
        }
        self.changed();
        Ok(())
    }

    /// The cloud asked for a pause: no tab, now or after a reload, is to try earlier.
    pub(super) async fn store_pause(&self, wait_ms: u64) {
        let mut slot = String::from(PAUSE);
        slot.push_str(&self.platform.wall_ms().saturating_add(wait_ms).to_string());
        // Where it cannot be stored, this tab knows it.
        let _ = self.vault.apply(vec![Change { slot, expect: Expect::Any, plain: Some(Vec::new()) }]).await;
    }

    /// The events of the segment `slot` and its version. `None`: there is nothing to be sent (any more).
    pub(super) async fn load(&self, slot: &str) -> Result<Option<(u64, Vec<Event>)>> {
        let record = match self.vault.read(slot).await {
            Ok(Some(record)) => {
                crate::telemetry::segment::events_of(&record.bytes).map(|events| (record.version, events))
            }
            Ok(None) => {
                self.queue.borrow_mut().remove_segment(slot);
                return Ok(None);
            }
            Err(error) => Err(error),
        };
        match record {
            Ok(loaded) => Ok(Some(loaded)),
            Err(error) if error.code == Code::CorruptData => {
                // The vault has set it aside, or wiped it.
                self.vault.delete(&[slot]).await?;
                let mut queue = self.queue.borrow_mut();
                queue.remove_segment(slot);
                queue.count(DropReason::Corrupt, slot_facts(slot).map_or(0, |facts| facts.events));
                drop(queue);
                self.events.emit(CloudEvent::BackgroundError(error));
                Ok(None)
            }
            Err(error) if error.code == Code::VersionMismatch => {
                self.unreadable.borrow_mut().push(slot.to_owned());
                self.queue.borrow_mut().remove_segment(slot);
                self.events.emit(CloudEvent::BackgroundError(error));
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Deletes the events of `batch` that are done with, and counts them.
    pub(super) async fn settle(&self, batch: &Batch, mut done: Done) -> Result<()> {
        let (mut changes, mut rests, mut verdicts) = (Vec::new(), Vec::new(), Vec::new());
        for segment in &batch.segments {
            let mut rest = Vec::new();
            let before = verdicts.len();
            for event in &segment.events {
                match done.of(event) {
                    Some(verdict) => {
                        verdicts.push(verdict);
                        done.forget(event);
                    }
                    None => rest.push(event.clone()),
                }
            }
            if verdicts.len() == before {
                continue;
            }
            let slot = segment.slot.clone();
            changes.push(Change { slot, expect: Expect::Version(segment.version), plain: None });
            if !rest.is_empty() {
                let slot = slot_of(&batch.path, &rest);
                changes.push(Change { slot, expect: Expect::Any, plain: Some(list_of(&rest)) });
            }
            rests.push((segment.slot.as_str(), rest));
        }
        if !changes.is_empty() {
            match self.vault.apply(changes).await {
                Ok(versions) => {
                    let now_ms = self.platform.monotonic_ms();
                    let mut queue = self.queue.borrow_mut();
                    let is_listed = queue.listed() == Some(&batch.path);
                    let mut versions = versions.into_iter();
                    for (slot, rest) in rests {
                        queue.remove_segment(slot);
                        versions.next();
                        if !rest.is_empty() {
                            let version = versions.next().unwrap_or(0);
                            if is_listed {
                                queue.add_own(slot_of(&batch.path, &rest), version, rest, now_ms, KEEPALIVE_BYTES);
                            }
                        }
                    }
                    for verdict in verdicts {
                        queue.count_verdict(verdict);
                    }
                }
                // Another tab settled it first, or it was purged: what there is, is listed anew.
                Err(error) if error.code == Code::Conflict => self.queue.borrow_mut().unlist(),
                Err(error) => return Err(error),
            }
        }
        self.queue.borrow_mut().settle_pending(&done);
        Ok(())
    }
}
