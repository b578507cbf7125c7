//! Sending one portion of what waits, and what an answer means for it.

use std::rc::Rc;

use super::TelemetryClient;
use crate::api::{Call, TokenSource};
use crate::error::{CloudError, Code, Result};
use crate::platform::Platform;
use crate::telemetry::event_types::is_known;
use crate::telemetry::filter::TASK_MESSAGE;
use crate::telemetry::queue::{Done, DropReason};
use crate::telemetry::segment::{Event, portion};
use crate::telemetry::wire::{
    BATCH_ROUTE, SINGLE_ROUTE, Verdict, build_batch, build_single, process_batch_answer, type_of, verdict,
};

/// What goes on its way together.
pub(super) struct Batch {
    /// The path of its account.
    pub(super) path: Rc<str>,
    /// How often the queue had been purged when it was taken out.
    pub(super) purges: u32,
    /// Where its stored events lie.
    pub(super) segments: Vec<Loaded>,
    /// What is sent: the events of the segments, perhaps not all of the last, or events that are not stored.
    pub(super) events: Vec<Event>,
}

/// A segment, opened.
pub(super) struct Loaded {
    pub(super) slot: String,
    pub(super) version: u64,
    pub(super) events: Vec<Event>,
}

impl<P: Platform, T: TokenSource> TelemetryClient<P, T> {
    /// The oldest events of the account at `path`: stored ones, else ones that cannot be stored.
    pub(super) async fn next_batch(&self, path: &Rc<str>, most_events: usize, most_bytes: usize) -> Result<Batch> {
        let mut batch = Batch { path: path.clone(), purges: self.purges.get(), segments: vec![], events: vec![] };
        // Chosen at once: what is stored while others are opened may lie between them, and a part of it would overtake the rest.
        while batch.segments.is_empty() {
            let chosen = self.queue.borrow().oldest(path, most_events, most_bytes);
            if chosen.is_empty() {
                if self.sends_unstored() {
                    batch.events = self.queue.borrow_mut().take_pending(path, most_events, most_bytes, true);
                }
                break;
            }
            for (slot, mirrored) in chosen {
                let loaded = match mirrored {
                    Some(mirrored) => Some(mirrored),
                    None => self.load(&slot).await?,
                };
                if let Some((version, events)) = loaded {
                    batch.events.extend_from_slice(&events);
                    batch.segments.push(Loaded { slot, version, events });
                }
            }
        }
        batch.events.truncate(portion(batch.events.iter(), most_events, most_bytes));
        Ok(batch)
    }

    /// Sends `batch`; where the cloud refuses it, in halves, until the events that it refuses stand alone.
    pub(super) async fn send_parts(&self, batch: &Batch, done: &mut Done) -> Result<()> {
        let events = self.still_sent(&batch.events, done);
        if events.is_empty() {
            return Ok(());
        }
        let mut parts = vec![events.as_slice()];
        while let Some(part) = parts.pop() {
            if self.single_route.get() {
                for event in part {
                    self.send_single(batch, event, done).await?;
                }
                continue;
            }
            let Err(error) = self.send_batch(batch, part, done, false).await else { continue };
            match (verdict(&error), part) {
                (Verdict::NoBatchRoute, _) => {
                    // From now on each is done with before the next goes, so that a page that dies has one of them sent twice, not all.
                    self.single_route.set(true);
                    return Ok(());
                }
                (Verdict::Refused, [event]) => done.add(event.id(), Some(DropReason::Rejected)),
                (Verdict::Refused, _) => {
                    let (first, second) = part.split_at(part.len() / 2);
                    parts.extend([second, first]);
                }
                (Verdict::Kept, _) => return Err(error),
            }
        }
        Ok(())
    }

    /// Those of `events` that are still to be sent: messages of tasks are not where task sync was switched off since, and are done
    /// with. While nobody knows, what held when they were taken in holds.
    pub(super) fn still_sent(&self, events: &[Event], done: &mut Done) -> Vec<Event> {
        let mut events = events.to_vec();
        if (self.surroundings.task_sync)() == Some(false) {
            events.retain(|event| {
                let is_message = type_of(event).is_ok_and(|event_type| event_type == TASK_MESSAGE);
                if is_message {
                    done.add(event.id(), Some(DropReason::Filtered));
                }
                !is_message
            });
        }
        events
    }

    pub(super) async fn send_batch(
        &self,
        batch: &Batch,
        part: &[Event],
        done: &mut Done,
        keepalive: bool,
    ) -> Result<()> {
        let still_wanted = || self.is_wanted(batch);
        let call = Call { keepalive, still_wanted: Some(&still_wanted), ..Call::post(BATCH_ROUTE, build_batch(part)) };
        let answer = self.api.call(call).await?;
        let mut named = 0;
        process_batch_answer(answer.json()?.root(), |id, accepted| {
            if part.iter().any(|event| event.id() == id) {
                named += 1;
                done.add(id, (!accepted).then_some(DropReason::Rejected));
            }
        })?;
        if named == 0 {
            return Err(CloudError::new(
                Code::InvalidResponse,
                "the cloud's answer names none of the events that it was sent; they are kept and sent again",
            ));
        }
        Ok(())
    }

    async fn send_single(&self, batch: &Batch, event: &Event, done: &mut Done) -> Result<()> {
        if !is_known(&type_of(event)?)? {
            done.add(event.id(), Some(DropReason::Unsupported));
            return Ok(());
        }
        let still_wanted = || self.is_wanted(batch);
        let call = Call { still_wanted: Some(&still_wanted), ..Call::post(SINGLE_ROUTE, build_single(event)?) };
        match self.api.call(call).await {
            Ok(_) => done.add(event.id(), None),
            Err(error) if verdict(&error) == Verdict::Refused => done.add(event.id(), Some(DropReason::Rejected)),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// `batch` may be sent: they are signed in whose it is, nobody opted out, and it was not purged meanwhile.
    fn is_wanted(&self, batch: &Batch) -> bool {
        self.enabled.get() && batch.purges == self.purges.get() && self.account().is_some_and(|path| path == batch.path)
    }
}
