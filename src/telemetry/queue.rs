//! What waits to be sent, as this tab knows it: its own events that are not stored yet, and a list of the stored segments of
//! whoever is signed in, whichever tab wrote them. An event leaves it when the cloud has named it, or for a reason that is counted.

use std::collections::VecDeque;
use std::rc::Rc;

use super::segment::{Event, SlotFacts, bytes_of, portion, slot_facts, slot_of};
use crate::json::Writer;

/// The most events and bytes (of more than one event) in a segment, so that each is read and sent with others.
const SEGMENT: (usize, usize) = (100, 128 * 1024);
/// The most bytes that are stored in one transaction, if it is more than one segment.
const TRANSACTION_BYTES: usize = 1024 * 1024;

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
    /// It waited longer than anybody would care.
    Expired,
    /// What lay in storage was changed by someone else, or cannot be read.
    Corrupt,
    /// The cloud refused it for what it says.
    Rejected,
    /// The cloud here has the old route only, which does not know its type.
    Unsupported,
}

impl DropReason {
    const ALL: [Self; 9] = [
        Self::Disabled,
        Self::SignedOut,
        Self::Filtered,
        Self::BeforeSend,
        Self::Overflow,
        Self::Expired,
        Self::Corrupt,
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
            Self::Expired => "expired",
            Self::Corrupt => "corrupt",
            Self::Rejected => "rejected",
            Self::Unsupported => "unsupported",
        }
    }
}

/// An event that is not stored yet.
struct Pending {
    /// The path of its account.
    path: Rc<str>,
    event: Event,
    since_ms: u64,
    /// It is being stored or sent.
    held: bool,
}

/// Stored events, as far as this tab knows them.
pub struct Segment {
    /// Where they lie.
    pub slot: String,
    /// What its slot says.
    pub facts: SlotFacts,
    /// This tab wrote it: its version and, of the oldest, the events.
    pub own: Option<(u64, Vec<Event>)>,
    /// Since when this tab knows it, by the monotonic clock.
    since_ms: u64,
    /// Counts what this tab wrote, so that a list read meanwhile does not lose it.
    number: u64,
}

/// A segment that is being written.
pub struct NewSegment {
    /// Where.
    pub slot: String,
    /// What.
    pub events: Vec<Event>,
    path: Rc<str>,
}

/// The queue and its counts.
#[derive(Default)]
pub struct Queue {
    pending: VecDeque<Pending>,
    pending_bytes: usize,
    /// Some of it is being stored or sent; or was, before it was purged. Nothing else begins meanwhile.
    is_busy: bool,
    /// The path of the account whose segments are known; none until they were listed.
    listed: Option<Rc<str>>,
    /// In the order of their slots, which is that of time.
    stored: Vec<Segment>,
    written: u64,
    in_flight: usize,
    delivered: u64,
    dropped: [u64; DropReason::ALL.len()],
}

impl Queue {
    // ---------------------------------------------------------------------------------------------------------- not stored

    /// Takes in `event` of the account at `path`; over `most_bytes` of what is not stored, the oldest that nothing happens to
    /// make room.
    pub fn push(&mut self, path: &Rc<str>, event: Event, now_ms: u64, most_bytes: usize) {
        self.pending_bytes += event.bytes();
        self.pending.push_back(Pending { path: path.clone(), event, since_ms: now_ms, held: false });
        while self.pending_bytes > most_bytes
            && let Some(at) = self.pending.iter().position(|pending| !pending.held)
        {
            if let Some(pending) = self.pending.remove(at) {
                self.pending_bytes -= pending.event.bytes();
            }
            self.count(DropReason::Overflow, 1);
        }
    }

    /// What is to be stored next, in segments; nothing while something happens to what is not stored.
    pub fn next_segments(&mut self) -> Vec<NewSegment> {
        let mut segments = Vec::new();
        if self.is_busy {
            return segments;
        }
        let (mut from, mut bytes) = (0, 0);
        while bytes < TRANSACTION_BYTES
            && let Some(first) = self.pending.get(from)
        {
            let path = first.path.clone();
            let same = self.pending.range(from..).take_while(|pending| pending.path == path);
            let count = portion(same.map(|pending| &pending.event), SEGMENT.0, SEGMENT.1);
            let mut events = Vec::with_capacity(count);
            for pending in self.pending.range_mut(from..from + count) {
                pending.held = true;
                events.push(pending.event.clone());
            }
            from += count;
            bytes += bytes_of(&events);
            segments.push(NewSegment { slot: slot_of(&path, &events), events, path });
        }
        self.is_busy = !segments.is_empty();
        segments
    }

    /// `segments` are stored, in these versions. Of the oldest events, `mirror_bytes` are kept in memory.
    pub fn segments_stored(&mut self, segments: Vec<NewSegment>, versions: &[u64], now_ms: u64, mirror_bytes: usize) {
        self.remove_pending(|pending| pending.held);
        self.is_busy = false;
        for (segment, version) in segments.into_iter().zip(versions) {
            self.written += 1;
            if self.listed.as_ref() == Some(&segment.path) {
                self.add_own(segment.slot, *version, segment.events, now_ms, mirror_bytes);
            }
        }
    }

    /// Nothing happens any more to what is not stored.
    pub fn let_go(&mut self) {
        self.is_busy = false;
        for pending in &mut self.pending {
            pending.held = false;
        }
    }

    /// The oldest events of the account at `path` that are not stored and that nothing happens to.
    pub fn take_pending(&mut self, path: &Rc<str>, most_events: usize, most_bytes: usize, hold: bool) -> Vec<Event> {
        if self.is_busy {
            return Vec::new();
        }
        let theirs = || self.pending.iter().filter(|pending| pending.path == *path);
        let count = portion(theirs().map(|pending| &pending.event), most_events, most_bytes);
        let events: Vec<Event> = theirs().take(count).map(|pending| pending.event.clone()).collect();
        for pending in self.pending.iter_mut().filter(|pending| hold && pending.path == *path).take(count) {
            pending.held = true;
            self.is_busy = true;
        }
        events
    }

    /// Those of `done` that are not stored are done with.
    pub fn settle_pending(&mut self, done: &Done) {
        let mut counted = Vec::new();
        self.remove_pending(|pending| {
            let verdict = done.of(&pending.event);
            counted.extend(verdict);
            verdict.is_some()
        });
        for verdict in counted {
            self.count_verdict(verdict);
        }
    }

    /// Drops what is not stored of the account at `path`.
    pub fn purge_pending(&mut self, path: &Rc<str>, reason: DropReason) {
        let before = self.pending.len();
        self.remove_pending(|pending| pending.path == *path);
        self.count(reason, (before - self.pending.len()) as u64);
    }

    /// Whether there is something that is not stored.
    pub fn has_pending(&self) -> bool {
        !self.pending.is_empty()
    }

    /// How much is not stored, whosever it is.
    pub fn unstored(&self) -> usize {
        self.pending.len()
    }

    fn remove_pending(&mut self, mut gone: impl FnMut(&Pending) -> bool) {
        let bytes = &mut self.pending_bytes;
        self.pending.retain(|pending| {
            let gone = gone(pending);
            if gone {
                *bytes -= pending.event.bytes();
            }
            !gone
        });
    }

    // -------------------------------------------------------------------------------------------------------------- stored

    /// Whose segments are known.
    pub fn listed(&self) -> Option<&Rc<str>> {
        self.listed.as_ref()
    }

    /// Forgets which segments there are: they are to be listed.
    pub fn unlist(&mut self) {
        self.listed = None;
        self.stored.clear();
    }

    /// How much this tab has written so far.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// `slots` are the segments of the account at `path`, read when this tab had written `written`.
    pub fn list(&mut self, path: &Rc<str>, slots: Vec<String>, written: u64, now_ms: u64) {
        let mut known = if self.listed.as_ref() == Some(path) { std::mem::take(&mut self.stored) } else { Vec::new() };
        self.stored.clear();
        self.listed = Some(path.clone());
        let mut known = known.drain(..).peekable();
        for slot in slots {
            // Of those that are not in the list, one may have been written after it was read.
            while let Some(before) = known.next_if(|before| before.slot < slot) {
                self.stored.extend((before.number > written).then_some(before));
            }
            if let Some(same) = known.next_if(|same| same.slot == slot) {
                self.stored.push(same);
            } else if let Some(facts) = slot_facts(&slot)
                && !self.is_being_stored(&slot)
            {
                self.stored.push(Segment { slot, facts, own: None, since_ms: now_ms, number: 0 });
            }
        }
        self.stored.extend(known.filter(|late| late.number > written));
    }

    /// This tab has not heard yet that it is.
    fn is_being_stored(&self, slot: &str) -> bool {
        self.pending.iter().take_while(|pending| pending.held).any(|pending| slot.contains(pending.event.id()))
    }

    /// The segments known, the oldest first.
    pub fn stored(&self) -> &[Segment] {
        &self.stored
    }

    /// The oldest segments of the account at `path`, enough for so much: where they lie, and what is in memory of them.
    pub fn oldest(
        &self,
        path: &Rc<str>,
        most_events: usize,
        most_bytes: usize,
    ) -> Vec<(String, Option<(u64, Vec<Event>)>)> {
        let (mut events, mut bytes) = (0, 0);
        let goes = |segment: &&Segment| {
            let is_short = events < most_events as u64 && bytes < most_bytes as u64;
            events += segment.facts.events;
            bytes += segment.facts.bytes;
            is_short
        };
        let stored: &[Segment] = if self.listed.as_ref() == Some(path) { &self.stored } else { &[] };
        let mirrored = |segment: &Segment| segment.own.clone().filter(|(_, events)| !events.is_empty());
        stored.iter().take_while(goes).map(|segment| (segment.slot.clone(), mirrored(segment))).collect()
    }

    /// A segment is not there any more.
    pub fn remove_segment(&mut self, slot: &str) {
        self.stored.retain(|segment| segment.slot != slot);
    }

    /// A segment that this tab wrote, of the account whose segments are known.
    pub fn add_own(&mut self, slot: String, version: u64, events: Vec<Event>, now_ms: u64, mirror_bytes: usize) {
        let Some(facts) = slot_facts(&slot) else { return };
        self.written += 1;
        let number = self.written;
        let mirrored: usize =
            self.stored.iter().map(|s| s.own.as_ref().map_or(0, |(_, events)| bytes_of(events))).sum();
        let events = if mirrored + bytes_of(&events) <= mirror_bytes { events } else { Vec::new() };
        let at = self.stored.partition_point(|before| before.slot < slot);
        self.stored.insert(at, Segment { slot, facts, own: Some((version, events)), since_ms: now_ms, number });
    }

    /// How many bytes wait, stored and not.
    pub fn bytes(&self) -> u64 {
        self.stored_bytes() + self.pending_bytes as u64
    }

    fn stored_bytes(&self) -> u64 {
        self.stored.iter().map(|segment| segment.facts.bytes).sum()
    }

    // ------------------------------------------------------------------------------------------------------------- sending

    /// When something should be sent for the account at `path`, by the monotonic clock: at once where `batch` (events and
    /// bytes) of this tab's wait, else when the oldest has waited `interval_ms`, twice as long if another tab wrote it, which may
    /// still live. `with_pending`: what is not stored counts.
    pub fn due_ms(&self, path: &Rc<str>, batch: (usize, usize), interval_ms: u64, with_pending: bool) -> Option<u64> {
        let stored: &[Segment] = if self.listed.as_ref() == Some(path) { &self.stored } else { &[] };
        let pending = self.pending.iter().filter(|pending| with_pending && pending.path == *path);
        let (mut events, mut bytes, mut due_ms) = (0, 0, None);
        let mut add = |count: u64, length: u64, at_ms: u64| {
            events += count;
            bytes += length;
            due_ms = Some(due_ms.map_or(at_ms, |due_ms: u64| due_ms.min(at_ms)));
        };
        for segment in stored {
            match &segment.own {
                Some(_) => add(segment.facts.events, segment.facts.bytes, segment.since_ms.saturating_add(interval_ms)),
                None => add(0, 0, segment.since_ms.saturating_add(interval_ms.saturating_mul(2))),
            }
        }
        for pending in pending {
            add(1, pending.event.bytes() as u64, pending.since_ms.saturating_add(interval_ms));
        }
        if events >= batch.0 as u64 || bytes >= batch.1 as u64 { Some(0) } else { due_ms }
    }

    /// So many are on their way.
    pub fn set_in_flight(&mut self, count: usize) {
        self.in_flight = count;
    }

    // ------------------------------------------------------------------------------------------------------------ counting

    /// `count` more were dropped.
    pub fn count(&mut self, reason: DropReason, count: u64) {
        // Reasons are numbered in the order of ALL.
        if let Some(dropped) = self.dropped.get_mut(reason as usize) {
            *dropped += count;
        }
    }

    /// One more is done with.
    pub fn count_verdict(&mut self, verdict: Option<DropReason>) {
        match verdict {
            None => self.delivered += 1,
            Some(reason) => self.count(reason, 1),
        }
    }

    /// How many wait or are on their way, of the account at `path` alone.
    pub fn len(&self, path: Option<&Rc<str>>) -> u64 {
        let stored = self.stored.iter().map(|segment| segment.facts.events).sum::<u64>();
        stored + self.pending_of(path).count() as u64
    }

    /// What is not stored of the account at `path`.
    fn pending_of(&self, path: Option<&Rc<str>>) -> impl Iterator<Item = &Event> {
        self.pending.iter().filter(move |pending| Some(&pending.path) == path).map(|pending| &pending.event)
    }

    /// How many the cloud has taken from this tab since this began.
    pub fn delivered_count(&self) -> u64 {
        self.delivered
    }

    /// `QueueStats`, as JSON: what waits is that of the account at `path`, whose segments are known.
    pub fn stats(&self, path: Option<&Rc<str>>, now_wall_ms: u64, paused_until_ms: Option<u64>) -> Vec<u8> {
        let unstored_bytes = self.pending_of(path).map(Event::bytes).sum::<usize>() as u64;
        let mut json = Writer::new();
        json.begin_object();
        for (name, value) in [
            ("queued", self.len(path)),
            ("bytes", self.stored_bytes() + unstored_bytes),
            ("unstored", self.pending_of(path).count() as u64),
            ("inFlight", self.in_flight as u64),
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
        let pending =
            self.pending_of(path).next().and_then(|first| slot_facts(&slot_of("", std::slice::from_ref(first))));
        let oldest = self.stored.first().map(|segment| segment.facts).or(pending);
        if let Some(oldest) = oldest {
            json.name("oldestAgeMs");
            json.u64(now_wall_ms.saturating_sub(oldest.began_ms));
        }
        if let Some(paused_until_ms) = paused_until_ms {
            json.name("pausedUntil");
            json.u64(paused_until_ms);
        }
        json.end_object();
        json.into_bytes()
    }
}

/// What became of events that were sent: `None` for those that were delivered.
#[derive(Default)]
pub struct Done(Vec<(String, Option<DropReason>)>);

impl Done {
    /// The event `id` is done with.
    pub fn add(&mut self, id: &str, verdict: Option<DropReason>) {
        self.0.push((id.to_owned(), verdict));
    }

    /// What became of `event`, if anything did.
    pub fn of(&self, event: &Event) -> Option<Option<DropReason>> {
        self.0.iter().find(|(id, _)| id == event.id()).map(|(_, verdict)| *verdict)
    }

    /// What became of `event` is dealt with.
    pub fn forget(&mut self, event: &Event) {
        self.0.retain(|(id, _)| id != event.id());
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::{Done, DropReason, Queue};
    use crate::telemetry::segment::{Event, slot_of};

    fn event(number: u8) -> Event {
        Event::new(&format!("017f22e2-79b0-7000-8000-0000000000{number:02}"), "T", b"{}", 1_000)
    }

    fn numbers(events: &[Event]) -> Vec<u8> {
        events.iter().map(|event| event.id()[34..].parse().unwrap()).collect()
    }

    /// Pushes events 1, 2, … of these accounts.
    fn queue(paths: &[&str]) -> (Queue, Vec<Rc<str>>) {
        let mut queue = Queue::default();
        let paths: Vec<Rc<str>> = paths.iter().map(|path| Rc::from(*path)).collect();
        for (number, path) in (1..).zip(&paths) {
            queue.push(path, event(number), 0, usize::MAX);
        }
        (queue, paths)
    }

    #[test]
    fn what_was_captured_together_is_stored_together_and_each_account_by_itself() {
        let (mut queue, paths) = queue(&["a", "a", "b", "a"]);
        queue.list(&paths[0], Vec::new(), 0, 0);
        let segments = queue.next_segments();
        let held: Vec<_> = segments.iter().map(|segment| (&*segment.path, numbers(&segment.events))).collect();
        assert_eq!(held, [("a", vec![1, 2]), ("b", vec![3]), ("a", vec![4])]);
        assert!(queue.next_segments().is_empty(), "nothing is written twice");
        assert!(queue.take_pending(&paths[0], 9, 9_999, true).is_empty(), "nor sent while it is written");
        queue.push(&paths[0], event(5), 0, usize::MAX);
        queue.segments_stored(segments, &[7, 8, 9], 5, usize::MAX);
        let stored: Vec<_> = queue.stored().iter().map(|segment| segment.facts.events).collect();
        assert_eq!(
            (stored, queue.len(Some(&paths[0])), queue.pending.len()),
            (vec![2, 1], 4, 1),
            "of a, and one more of a"
        );
        let next = queue.next_segments();
        assert_eq!(numbers(&next[0].events), [5]);
    }

    #[test]
    fn a_list_that_was_read_while_this_tab_wrote_loses_nothing_of_it() {
        let (mut queue, paths) = queue(&["a", "a"]);
        queue.list(&paths[0], Vec::new(), 0, 0);
        let written = queue.written();
        let segments = queue.next_segments();
        queue.segments_stored(segments, &[7], 5, usize::MAX);
        let foreign = slot_of("a", &[event(0)]);
        queue.list(&paths[0], vec![foreign.clone()], written, 6);
        assert_eq!((queue.stored().len(), queue.len(Some(&paths[0]))), (2, 3));
        assert!(queue.stored()[0].slot == foreign && queue.stored()[1].own.is_some());
        // What another tab has sent by now is not there any more.
        queue.list(&paths[0], Vec::new(), queue.written(), 7);
        assert_eq!(queue.len(Some(&paths[0])), 0);
    }

    #[test]
    fn i3_overflow_drops_the_oldest_that_nothing_happens_to_and_counts_it() {
        let path: Rc<str> = Rc::from("a");
        let mut queue = Queue::default();
        let room = 2 * event(1).bytes();
        queue.push(&path, event(1), 0, room);
        assert_eq!(numbers(&queue.take_pending(&path, 1, room, true)), [1]);
        queue.push(&path, event(2), 0, room);
        queue.push(&path, event(3), 0, room);
        assert_eq!(queue.dropped[DropReason::Overflow as usize], 1);
        let mut done = Done::default();
        done.add(event(1).id(), None);
        queue.settle_pending(&done);
        queue.let_go();
        assert_eq!(numbers(&queue.take_pending(&path, 9, room, true)), [3]);
        queue.purge_pending(&path, DropReason::Disabled);
        assert_eq!((queue.bytes(), queue.dropped[DropReason::Disabled as usize], queue.delivered), (0, 1, 1));
    }

    #[test]
    fn what_is_purged_while_it_is_written_or_sent_has_nothing_else_happen_meanwhile() {
        let (mut queue, paths) = queue(&["a"]);
        let path = &paths[0];
        let segments = queue.next_segments();
        queue.purge_pending(path, DropReason::Disabled);
        queue.push(path, event(2), 0, usize::MAX);
        assert!(queue.take_pending(path, 9, 9_999, true).is_empty(), "the first is still being written");
        queue.segments_stored(segments, &[7], 5, usize::MAX);
        assert_eq!(numbers(&queue.take_pending(path, 9, 9_999, true)), [2]);
        queue.purge_pending(path, DropReason::Disabled);
        queue.push(path, event(3), 0, usize::MAX);
        assert!(queue.next_segments().is_empty(), "the second is still being sent");
        queue.let_go();
        assert_eq!(numbers(&queue.next_segments()[0].events), [3]);
    }

    #[test]
    fn a_full_batch_of_ones_own_is_due_at_once_and_what_others_left_later() {
        let (mut queue, paths) = queue(&["a", "a"]);
        let path = &paths[0];
        queue.list(path, Vec::new(), 0, 0);
        let due = |queue: &Queue, events, bytes, pending| queue.due_ms(path, (events, bytes), 50, pending);
        assert_eq!(due(&queue, 2, 9_999, false), None, "it is stored first");
        assert_eq!(due(&queue, 3, 9_999, true), Some(50));
        assert_eq!(due(&queue, 2, 9_999, true), Some(0));
        let segments = queue.next_segments();
        queue.segments_stored(segments, &[7], 5, usize::MAX);
        assert_eq!(due(&queue, 3, 9_999, false), Some(55));
        assert_eq!([due(&queue, 2, 9_999, false), due(&queue, 3, 100, false)], [Some(0), Some(0)]);
        let mut other = Queue::default();
        other.list(path, vec![slot_of("a", &[event(1), event(2)])], 0, 5);
        assert_eq!(due(&other, 2, 9_999, false), Some(105));
    }

    #[test]
    fn stats_tell_what_is_where() {
        let (mut queue, paths) = queue(&["a", "a"]);
        queue.list(&paths[0], Vec::new(), 0, 0);
        let segments = queue.next_segments();
        queue.segments_stored(segments, &[7], 5, usize::MAX);
        queue.push(&paths[0], event(3), 0, usize::MAX);
        queue.set_in_flight(2);
        queue.count_verdict(None);
        queue.count_verdict(Some(DropReason::Rejected));
        let stats = String::from_utf8(queue.stats(Some(&paths[0]), 0x017f_22e2_79b0 + 500, Some(2_000))).unwrap();
        let bytes = 3 * event(1).bytes();
        assert_eq!(
            stats,
            format!(
                r#"{{"queued":3,"bytes":{bytes},"unstored":1,"inFlight":2,"delivered":1,"dropped":{{"rejected":1}},"oldestAgeMs":500,"pausedUntil":2000}}"#
            )
        );
    }
}
