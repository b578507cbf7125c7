//! Events as they are sent and stored.
//!
//! What was captured together is stored together: a segment, one sealed record that is written once. Its slot says all that
//! the queue has to know of it without opening it: whose it is, when it began, how many events it holds, and how many bytes.

use std::rc::Rc;

use crate::error::{CloudError, Code, Result};
use crate::json::{Document, Json, Limits, Writer};

/// Leads the slots of all segments; the account's path follows.
pub const SEGMENTS: &str = "events/";
/// What stands before and after an event's id in its text.
const BEFORE_ID: &[u8] = b"{\"id\":\"";
const ID_BYTES: usize = 36;

/// An event as the cloud takes it: the text of `{id, type, properties, timestamp}`. Clones share it.
#[derive(Clone)]
pub struct Event(Rc<[u8]>);

impl Event {
    /// `id` is a UUID, `properties` a JSON object without secrets, the time one of the wall clock.
    pub fn new(id: &str, event_type: &str, properties: &[u8], timestamp_ms: u64) -> Self {
        let mut json = Writer::with_capacity(properties.len() + event_type.len() + 112);
        json.raw_bytes(BEFORE_ID);
        json.append(id.as_bytes());
        json.append(b"\",\"type\":");
        json.str(event_type);
        json.append(b",\"properties\":");
        json.append(properties);
        json.append(b",\"timestamp\":");
        json.u64(timestamp_ms);
        json.end_object();
        Self(json.into_bytes().into())
    }

    fn read(json: Json<'_>) -> Option<Self> {
        let event = Self(json.raw().into());
        (event.0.starts_with(BEFORE_ID) && event.id().len() == ID_BYTES).then_some(event)
    }

    /// Its id.
    pub fn id(&self) -> &str {
        let id = self.0.get(BEFORE_ID.len()..BEFORE_ID.len() + ID_BYTES).unwrap_or_default();
        std::str::from_utf8(id).unwrap_or_default()
    }

    /// Its text.
    pub fn json(&self) -> &[u8] {
        &self.0
    }

    /// How long its text is.
    pub fn bytes(&self) -> usize {
        self.0.len()
    }
}

/// `[event, event, …]`
pub fn list_of(events: &[Event]) -> Vec<u8> {
    let mut json = Writer::with_capacity(bytes_of(events) + events.len() + 2);
    json.begin_array();
    for event in events {
        json.raw_bytes(event.json());
    }
    json.end_array();
    json.into_bytes()
}

/// The events of a segment's record. Fails with CORRUPT_DATA.
pub fn events_of(record: &[u8]) -> Result<Vec<Event>> {
    let limits = Limits { max_bytes: usize::MAX, ..Limits::default() };
    let document = Document::parse(record, limits).ok();
    let events = document.and_then(|list| list.root().elements().map(Event::read).collect::<Option<Vec<_>>>());
    events.ok_or_else(|| CloudError::new(Code::CorruptData, "stored events are unreadable; they were dropped"))
}

/// How many bytes the texts of `events` are long together.
pub fn bytes_of(events: &[Event]) -> usize {
    events.iter().map(Event::bytes).sum()
}

/// How many of `events` go together: at most `most_events` and, if it is more than one, `most_bytes`.
pub fn portion<'a>(events: impl Iterator<Item = &'a Event>, most_events: usize, most_bytes: usize) -> usize {
    let mut bytes = 0;
    let fits = |event: &&Event| {
        let is_first = bytes == 0;
        bytes += event.bytes();
        is_first || bytes <= most_bytes
    };
    events.take(most_events).take_while(fits).count()
}

/// The slot of a segment of `events`, which are not none, of the account at `path`.
pub fn slot_of(path: &str, events: &[Event]) -> String {
    let mut slot = String::from(SEGMENTS);
    slot.push_str(path);
    slot.push('/');
    slot.push_str(events.first().map_or("", Event::id));
    for number in [events.len(), bytes_of(events)] {
        let mut digits = Writer::new();
        digits.u64(number as u64);
        slot.push('.');
        slot.extend(digits.as_bytes().iter().copied().map(char::from));
    }
    slot
}

/// What a segment's slot says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlotFacts {
    /// When its first event happened, in milliseconds since 1970: the time in a UUID of version 7 (RFC 9562, 5.7).
    pub began_ms: u64,
    /// How many events it holds.
    pub events: u64,
    /// How long their texts are.
    pub bytes: u64,
}

/// Reads a slot; `None`: it is no segment's.
pub fn slot_facts(slot: &str) -> Option<SlotFacts> {
    let (rest, bytes) = slot.rsplit_once('.')?;
    let (rest, events) = rest.rsplit_once('.')?;
    let (_, id) = rest.rsplit_once('/')?;
    let time = |from, to| u64::from_str_radix(id.get(from..to)?, 16).ok();
    Some(SlotFacts {
        began_ms: time(0, 8)? << 16 | time(9, 13)?,
        events: events.parse().ok()?,
        bytes: bytes.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::{Event, events_of, list_of, portion, slot_facts, slot_of};

    fn event(number: u8) -> Event {
        Event::new(&format!("017f22e2-79b0-7000-8000-0000000000{number:02}"), "T", br#"{"a":1}"#, 5)
    }

    #[test]
    fn events_come_out_of_their_record_as_they_went_in() {
        let events = [event(1), event(2)];
        let record = list_of(&events);
        let read = events_of(&record).unwrap();
        assert_eq!(read.len(), 2);
        assert_eq!(read[1].id(), "017f22e2-79b0-7000-8000-000000000002");
        assert_eq!(
            String::from_utf8(read[1].json().to_vec()).unwrap(),
            r#"{"id":"017f22e2-79b0-7000-8000-000000000002","type":"T","properties":{"a":1},"timestamp":5}"#
        );
        for corrupt in [&b"["[..], b"[1]", br#"[{"type":"T"}]"#, br#"[{"id":"short"}]"#] {
            assert!(events_of(corrupt).is_err());
        }
    }

    #[test]
    fn a_slot_tells_what_its_segment_holds() {
        let events = [event(1), event(2)];
        let slot = slot_of("user/org", &events);
        assert_eq!(slot, format!("events/user/org/{}.2.{}", events[0].id(), 2 * events[0].bytes()));
        let facts = slot_facts(&slot).unwrap();
        assert_eq!((facts.began_ms, facts.events, facts.bytes), (0x017f_22e2_79b0, 2, 2 * events[0].bytes() as u64));
        for none in ["", "events/user/org/", "events/user/org/x.1.1", "events/~/5", "events/a/b/017f22e2-79b0.x.1"] {
            assert_eq!(slot_facts(none), None, "{none}");
        }
    }

    #[test]
    fn one_event_goes_whatever_its_size() {
        let events = [event(1), event(2), event(3)];
        let of = |most_events, most_bytes| portion(events.iter(), most_events, most_bytes);
        assert_eq!([of(9, 1), of(9, 2 * events[0].bytes()), of(2, usize::MAX), of(9, usize::MAX)], [1, 2, 2, 3]);
    }
}
