//! Events: kept once by id on the batch route, as often as they come on the single one; and the messages of tasks.

use roo_cloud_web::platform::sim::Reply;
use serde_json::{Value, json};

use super::State;
use super::api::{Caller, fault, ok};

/// An event as the cloud keeps it.
pub struct Event {
    /// In which order it came.
    pub number: u64,
    pub person: String,
    pub organization: Option<String>,
    pub kind: String,
    pub properties: Value,
    /// When it happened, as the client says (need not, on the single route).
    pub timestamp: Option<u64>,
    pub received_ms: u64,
}

fn is_sound(event: &Value) -> bool {
    event["type"].as_str().is_some_and(|kind| !kind.is_empty()) && event["properties"].is_object()
}

fn kept(state: &mut State, caller: &Caller, event: &Value, now_ms: u64) -> Event {
    Event {
        number: state.number(),
        person: caller.person.clone(),
        organization: caller.organization.clone(),
        kind: event["type"].as_str().unwrap_or_default().to_owned(),
        properties: event["properties"].clone(),
        timestamp: event["timestamp"].as_u64(),
        received_ms: now_ms,
    }
}

pub(super) fn single(state: &mut State, caller: &Caller, body: &[u8], now_ms: u64) -> Reply {
    let Some(event) = serde_json::from_slice(body).ok().filter(is_sound) else { return fault(400, "bad_request") };
    let event = kept(state, caller, &event, now_ms);
    state.events.insert(format!("single_{}", event.number), event);
    ok(&json!({"success": true}))
}

pub(super) fn batch(state: &mut State, caller: &Caller, body: &[u8], now_ms: u64) -> Reply {
    if !state.has_batch_route {
        return fault(404, "not_found");
    }
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let Some(events) = body["events"].as_array() else { return fault(400, "bad_request") };
    if let Some(poison) = &state.poisonous_type
        && events.iter().any(|event| event["type"] == poison.as_str())
    {
        return fault(400, "bad_request");
    }
    let (mut accepted, mut rejected) = (Vec::new(), Vec::new());
    for event in events {
        let Some(id) = event["id"].as_str().filter(|id| is_uuid_v7(id)) else {
            rejected.push(json!({"id": event["id"], "reason": "id is no UUIDv7"}));
            continue;
        };
        if !is_sound(event) {
            rejected.push(json!({"id": id, "reason": "invalid"}));
            continue;
        }
        if state.events.contains_key(id) {
            state.repeated_events += 1;
        } else {
            let event = kept(state, caller, event, now_ms);
            state.events.insert(id.to_owned(), event);
        }
        accepted.push(id);
    }
    ok(&json!({"accepted": accepted, "rejected": rejected}))
}

/// RFC 9562, 5.7.
fn is_uuid_v7(id: &str) -> bool {
    let bytes = id.as_bytes();
    bytes.len() == 36
        && bytes.iter().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => *byte == b'-',
            14 => *byte == b'7',
            19 => matches!(byte, b'8' | b'9' | b'a' | b'b'),
            _ => byte.is_ascii_digit() || (b'a'..=b'f').contains(byte),
        })
}

/// `taskId`, `properties` and `file` as multipart/form-data (RFC 7578).
pub(super) fn backfill(state: &mut State, content_type: Option<&str>, body: &[u8]) -> Reply {
    let boundary = content_type.and_then(|value| value.strip_prefix("multipart/form-data; boundary="));
    let (Some(boundary), Ok(body)) = (boundary, std::str::from_utf8(body)) else { return fault(400, "bad_request") };
    let delimiter = format!("--{}", boundary.trim_matches('"'));
    let part = |name: &str| {
        body.split(&delimiter).find_map(|part| {
            let (head, text) = part.strip_prefix("\r\n")?.split_once("\r\n\r\n")?;
            head.contains(&format!("name=\"{name}\"")).then(|| text.strip_suffix("\r\n").unwrap_or(text).to_owned())
        })
    };
    let (Some(task), Some(properties), Some(file)) = (part("taskId"), part("properties"), part("file")) else {
        return fault(400, "bad_request");
    };
    let json = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
    if task.is_empty() || !json(&properties).is_object() || !json(&file).is_array() {
        return fault(400, "bad_request");
    }
    state.tasks.insert(task, file);
    ok(&json!({"success": true}))
}
