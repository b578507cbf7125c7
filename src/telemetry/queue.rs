//! What waits to be sent: in memory, oldest first, bounded in bytes. An event leaves it when the cloud has named it, or for a
//! reason that is counted.

use std::cell::Cell;
use std::collections::VecDeque;
use std::rc::Rc;

use crate::event::Account;
use crate::json::Writer;

/// Why an event will never be sent. JavaScript sees the names as keys of `QueueStats.dropped`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DropReason {
    /// Telemetry is switched off; what waited was purged.
    Disabled,
    /// Nobody was signed in, so it is nobody's.
    SignedOut,
    /// `include`, `exclude` or the cloud's own rules leave it out.
    Filtered,
    /// `beforeSend` did not want it sent, or threw.
    BeforeSend,
    /// It made room for newer ones.
    Overflow,
    /// The cloud refused it for what it says.
    Rejected,
    /// The cloud here has the old route only, which does not know its type.
    Unsupported,
}

impl DropReason {
    const ALL: [Self; 7] = [
        Self::Disabled,
        Self::SignedOut,
        Self::Filtered,
        Self::BeforeSend,
        Self::Overflow,
        Self::Rejected,
        Self::Unsupported,
    ];

    /// The name JavaScript sees.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Disabled => "disabled",
            Self::SignedOut => "signed-out",
            Self::Filtered => "filtered",
            Self::BeforeSend => "before-send",
            Self::Overflow => "overflow",
            Self::Rejected => "rejected",
            Self::Unsupported => "unsupported",
        }
    }
}

/// An event that passed all checks.
pub struct QueuedEvent {
    /// A UUID of version 7; the cloud keeps each once.
    pub id: String,
    /// Its type.
    pub event_type: String,
    /// Its properties, a JSON object without secrets.
    pub properties: Vec<u8>,
    /// When it happened, in milliseconds since 1970 by the wall clock.
    pub timestamp_ms: u64,
    /// Whose it is.
    pub account: Account,
    /// Production knows its type, so that the single route takes it too.
    pub in_production: bool,
    in_flight: Cell<bool>,
}

impl QueuedEvent {
    /// One that is not on its way yet.
    pub fn new(
        id: String,
        event_type: String,
        properties: Vec<u8>,
        timestamp_ms: u64,
        account: Account,
        in_production: bool,
    ) -> Self {
        Self { id, event_type, properties, timestamp_ms, account, in_production, in_flight: Cell::new(false) }
    }

    /// About what it takes on the wire, in bytes.
    pub fn bytes(&self) -> usize {
        self.properties.len() + self.event_type.len() + 112
    }
}

/// The queue and its counts.
#[derive(Default)]
pub struct Queue {
    events: VecDeque<Rc<QueuedEvent>>,
    bytes: usize,
    delivered: u64,
    dropped: [u64; DropReason::ALL.len()],
}

impl Queue {
    /// Takes `event` in; over `most_bytes`, the oldest that are not on their way make room.
    pub fn push(&mut self, event: QueuedEvent, most_bytes: usize) {
        self.bytes += event.bytes();
        self.events.push_back(Rc::new(event));
        while self.bytes > most_bytes
            && let Some(at) = self.events.iter().position(|event| !event.in_flight.get())
        {
            self.remove(at);
            self.count_drop(DropReason::Overflow);
        }
    }

    /// The oldest events of `account` that are not on their way, which they are from now on: at most `most_events` and, if it is
    /// more than one, `most_bytes`.
    pub fn take_batch(&self, account: &Account, most_events: usize, most_bytes: usize) -> Vec<Rc<QueuedEvent>> {
        let mut bytes = 0;
        let fits = |event: &&Rc<QueuedEvent>| {
            let is_first = bytes == 0;
            bytes += event.bytes();
            is_first || bytes <= most_bytes
        };
        let batch: Vec<_> = self.waiting(account).take(most_events).take_while(fits).cloned().collect();
        for event in &batch {
            event.in_flight.set(true);
        }
        batch
    }

    /// Events of `account` that are not on their way.
    pub fn waiting(&self, account: &Account) -> impl Iterator<Item = &Rc<QueuedEvent>> {
        self.events.iter().filter(move |event| !event.in_flight.get() && event.account == *account)
    }

    /// Whether any of `batch` is still here.
    pub fn holds_any(&self, batch: &[Rc<QueuedEvent>]) -> bool {
        batch.iter().any(|event| self.events.iter().any(|held| Rc::ptr_eq(held, event)))
    }

    /// What is left of `batch` is no longer on its way: it is tried again.
    pub fn put_back(&self, batch: &[Rc<QueuedEvent>]) {
        for event in batch {
            event.in_flight.set(false);
        }
    }

    /// The cloud has the event `id`. False: it is not here.
    pub fn delivered(&mut self, id: &str) -> bool {
        let Some(at) = self.find(id) else { return false };
        self.remove(at);
        self.delivered += 1;
        true
    }

    /// The event `id` will never be sent. False: it is not here.
    pub fn drop_event(&mut self, id: &str, reason: DropReason) -> bool {
        let Some(at) = self.find(id) else { return false };
        self.remove(at);
        self.count_drop(reason);
        true
    }

    /// One more was dropped before it came in.
    pub fn count_drop(&mut self, reason: DropReason) {
        // Reasons are numbered in the order of ALL.
        if let Some(count) = self.dropped.get_mut(reason as usize) {
            *count += 1;
        }
    }

    /// Drops all that waits.
    pub fn purge(&mut self, reason: DropReason) {
        while !self.events.is_empty() {
            self.remove(0);
            self.count_drop(reason);
        }
    }

    /// How many wait or are on their way.
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// How many the cloud has taken since this began.
    pub fn delivered_count(&self) -> u64 {
        self.delivered
    }

    /// `QueueStats`, as JSON.
    pub fn stats(&self, now_wall_ms: u64, paused_until_ms: Option<u64>) -> Vec<u8> {
        let in_flight = self.events.iter().filter(|event| event.in_flight.get()).count();
        let queued = self.events.len() as u64;
        let mut json = Writer::new();
        json.begin_object();
        for (name, value) in [
            ("queued", queued),
            ("bytes", self.bytes as u64),
            // All of it: this queue lives in memory.
            ("unstored", queued),
            ("inFlight", in_flight as u64),
            ("delivered", self.delivered),
        ] {
            json.name(name);
            json.u64(value);
        }
        json.name("dropped");
        json.begin_object();
        for (reason, &count) in DropReason::ALL.iter().zip(&self.dropped).filter(|(_, count)| **count > 0) {
            json.name(reason.as_str());
            json.u64(count);
        }
        json.end_object();
        if let Some(oldest) = self.events.front() {
            json.name("oldestAgeMs");
            json.u64(now_wall_ms.saturating_sub(oldest.timestamp_ms));
        }
        if let Some(paused_until_ms) = paused_until_ms {
            json.name("pausedUntil");
            json.u64(paused_until_ms);
        }
        json.end_object();
        json.into_bytes()
    }

    fn find(&self, id: &str) -> Option<usize> {
        self.events.iter().position(|event| event.id == id)
    }

    fn remove(&mut self, at: usize) {
        if let Some(event) = self.events.remove(at) {
            self.bytes -= event.bytes();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{DropReason, Queue, QueuedEvent};
    use crate::event::Account;

    fn account(organization: &str) -> Account {
        Account { user_id: "u".into(), organization_id: Some(organization.into()) }
    }

    fn event(id: &str, organization: &str) -> QueuedEvent {
        QueuedEvent::new(id.into(), "T".into(), b"{}".to_vec(), 1_000, account(organization), true)
    }

    fn ids(queue: &Queue, organization: &str, most_events: usize, most_bytes: usize) -> Vec<String> {
        let batch = queue.take_batch(&account(organization), most_events, most_bytes);
        batch.iter().map(|event| event.id.clone()).collect()
    }

    #[test]
    fn a_batch_is_the_oldest_of_one_account_and_each_is_sent_by_one() {
        let mut queue = Queue::default();
        for (id, organization) in [("1", "a"), ("2", "b"), ("3", "a"), ("4", "a")] {
            queue.push(event(id, organization), usize::MAX);
        }
        assert_eq!(ids(&queue, "a", 2, usize::MAX), ["1", "3"]);
        assert_eq!(ids(&queue, "a", 2, usize::MAX), ["4"]);
        assert_eq!(ids(&queue, "b", 9, 1), ["2"], "one goes, whatever its size");
        assert!(ids(&queue, "b", 9, 1).is_empty());
        assert!(queue.delivered("3") && !queue.delivered("3"));
        assert!(queue.drop_event("4", DropReason::Rejected));
        let stats = String::from_utf8(queue.stats(1_500, Some(2_000))).unwrap();
        let bytes = 2 * event("1", "a").bytes();
        assert_eq!(
            stats,
            format!(
                r#"{{"queued":2,"bytes":{bytes},"unstored":2,"inFlight":2,"delivered":1,"dropped":{{"rejected":1}},"oldestAgeMs":500,"pausedUntil":2000}}"#
            )
        );
    }

    #[test]
    fn i3_overflow_drops_the_oldest_that_is_not_on_its_way_and_counts_it() {
        let mut queue = Queue::default();
        let room = 2 * event("1", "a").bytes();
        queue.push(event("1", "a"), room);
        assert_eq!(ids(&queue, "a", 1, room), ["1"]);
        queue.push(event("2", "a"), room);
        queue.push(event("3", "a"), room);
        assert_eq!(ids(&queue, "a", 9, usize::MAX), ["3"]);
        assert_eq!(queue.dropped[DropReason::Overflow as usize], 1);
        queue.purge(DropReason::Disabled);
        assert_eq!((queue.bytes, queue.dropped[DropReason::Disabled as usize]), (0, 2));
    }
}
