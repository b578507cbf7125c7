//! The event routes: what is sent, and how answers are read (CONTRACT, API).

use super::segment::{Event, bytes_of, list_of};
use crate::error::{CloudError, Code, Result};
use crate::json::{Document, Json, Kind, Limits, Writer};

/// Many events in one request; the cloud keeps each id once.
pub(super) const BATCH_ROUTE: &str = "/api/events/batch";
/// One event in a request; what production accepts today.
pub(super) const SINGLE_ROUTE: &str = "/api/events";

/// `{events: [{id, type, properties, timestamp}]}`
pub(super) fn build_batch(events: &[Event]) -> Vec<u8> {
    let mut json = Writer::with_capacity(bytes_of(events) + events.len() + 16);
    json.begin_object();
    json.name("events");
    json.raw_bytes(&list_of(events));
    json.end_object();
    json.into_bytes()
}

/// `{type, properties}`
pub(super) fn build_single(event: &Event) -> Result<Vec<u8>> {
    let document = parse(event)?;
    let mut json = Writer::with_capacity(event.bytes());
    json.begin_object();
    for name in ["type", "properties"] {
        if let Some(value) = document.root().get(name) {
            json.name(name);
            json.raw(value);
        }
    }
    json.end_object();
    Ok(json.into_bytes())
}

/// The type of `event`.
pub(super) fn type_of(event: &Event) -> Result<String> {
    Ok(parse(event)?.root().get("type").and_then(Json::as_str).unwrap_or_default().into_owned())
}

fn parse(event: &Event) -> Result<Document<'_>> {
    Document::parse(event.json(), Limits::default()).map_err(|fault| CloudError::new(Code::InvalidEvent, fault.what))
}

/// Calls `verdict(id, accepted)` for each event that a batch's answer names. Fails with INVALID_RESPONSE.
pub(super) fn process_batch_answer(answer: Json<'_>, mut verdict: impl FnMut(&str, bool)) -> Result<()> {
    let list = |name| answer.get(name).filter(|list| list.kind() == Kind::Array);
    let (Some(accepted), Some(rejected)) = (list("accepted"), list("rejected")) else {
        return Err(CloudError::new(
            Code::InvalidResponse,
            "the cloud's answer to events does not say which it took; they are kept and sent again",
        ));
    };
    for id in accepted.elements().filter_map(Json::as_str) {
        verdict(&id, true);
    }
    for id in rejected.elements().filter_map(|rejection| rejection.get("id")?.as_str()) {
        verdict(&id, false);
    }
    Ok(())
}

/// What a failed sending means for the events in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The cloud here has no batch route: 404 or 405.
    NoBatchRoute,
    /// Something in them is not to the cloud's liking, and sending the same again will not help: 400, 413, 422.
    Refused,
    /// Nothing: they are kept and sent again.
    Kept,
}

/// Reads a failure of either route.
pub(super) fn verdict(error: &CloudError) -> Verdict {
    match error.status {
        Some(404 | 405) => Verdict::NoBatchRoute,
        Some(400 | 413 | 422) => Verdict::Refused,
        _ => Verdict::Kept,
    }
}
