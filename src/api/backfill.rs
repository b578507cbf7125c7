//! Sending the messages of a whole task, after the fact: what sharing needs where the task was not recorded as it went.

use super::{Call, CloudApi, TokenSource};
use crate::error::{CloudError, Code, Result};
use crate::json::{Document, Kind, Limits, Writer};
use crate::platform::{Crypto, Platform};

/// The most that is sent, in bytes: a long task with its pictures.
pub const MAX_BACKFILL_BYTES: usize = 64 * 1024 * 1024;

const MAX_TASK_ID_CHARS: usize = 256;

/// A task's id, checked: not empty, at most 256 characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskId<'a>(&'a str);

impl<'a> TaskId<'a> {
    /// Checks `id`; fails with INVALID_ARGUMENT.
    pub fn new(id: &'a str) -> Result<Self> {
        if id.is_empty() || id.chars().count() > MAX_TASK_ID_CHARS {
            return Err(CloudError::new(Code::InvalidArgument, "`taskId` must have 1 to 256 characters"));
        }
        Ok(Self(id))
    }

    /// The id.
    pub const fn as_str(self) -> &'a str {
        self.0
    }
}

/// The messages of a task, checked to be a JSON array of objects.
#[derive(Clone, Copy)]
pub struct TaskMessages<'a>(&'a [u8]);

impl<'a> TaskMessages<'a> {
    /// Checks `json`; fails with INVALID_ARGUMENT.
    pub fn new(json: &'a [u8]) -> Result<Self> {
        let refuse = |what: &str| CloudError::new(Code::InvalidArgument, format!("`messages`: {what}"));
        let limits = Limits { max_bytes: MAX_BACKFILL_BYTES, ..Limits::default() };
        let document = Document::parse(json, limits).map_err(|error| refuse(error.what))?;
        let root = document.root();
        if root.kind() != Kind::Array || root.elements().any(|message| message.kind() != Kind::Object) {
            return Err(refuse("must be an array of messages"));
        }
        Ok(Self(json))
    }
}

/// How far a sending has come. Browsers tell of no bytes on their way, so it is told at its start and its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Of them, so many are known to have arrived.
    pub sent_bytes: usize,
    /// The whole request body.
    pub total_bytes: usize,
}

/// Sends `messages` as those of `task`. `properties` is the JSON object that goes with the person's events.
pub async fn backfill<P: Platform, T: TokenSource>(
    platform: &P,
    api: &CloudApi<P, T>,
    task: TaskId<'_>,
    messages: TaskMessages<'_>,
    properties: &[u8],
    progress: &dyn Fn(Progress),
) -> Result<()> {
    let (content_type, body) = build_body(platform, task, messages, &with_task_id(properties, task)?);
    let total_bytes = body.len();
    progress(Progress { sent_bytes: 0, total_bytes });
    let body = Some((content_type.into(), body));
    api.call(Call { method: "POST", path: "/api/events/backfill", body, ..Call::default() }).await?;
    progress(Progress { sent_bytes: total_bytes, total_bytes });
    Ok(())
}

fn with_task_id(properties: &[u8], task: TaskId<'_>) -> Result<Vec<u8>> {
    let refuse = || CloudError::new(Code::InvalidArgument, "the event properties must be an object");
    let document = Document::parse(properties, Limits::default()).map_err(|_| refuse())?;
    if document.root().kind() != Kind::Object {
        return Err(refuse());
    }
    let mut json = Writer::with_capacity(properties.len() + 64);
    json.begin_object();
    for (name, value) in document.root().members().filter(|(name, _)| *name != "taskId") {
        json.name_text(name);
        json.raw(value);
    }
    json.name("taskId");
    json.str(task.as_str());
    json.end_object();
    Ok(json.into_bytes())
}

/// The request's body and its content type (RFC 7578).
fn build_body<P: Crypto>(
    random: &P,
    task: TaskId<'_>,
    messages: TaskMessages<'_>,
    properties: &[u8],
) -> (String, Vec<u8>) {
    let boundary = boundary_outside(random, &[task.as_str().as_bytes(), properties, messages.0]);
    let mut body = Vec::with_capacity(messages.0.len() + properties.len() + 1024);
    let mut part = |headers: &str, content: &[u8]| {
        for piece in [b"--", boundary.as_bytes(), b"\r\n", headers.as_bytes(), b"\r\n\r\n", content, b"\r\n"] {
            body.extend_from_slice(piece);
        }
    };
    part("Content-Disposition: form-data; name=\"taskId\"", task.as_str().as_bytes());
    part("Content-Disposition: form-data; name=\"properties\"", properties);
    part(
        "Content-Disposition: form-data; name=\"file\"; filename=\"task.json\"\r\nContent-Type: application/json",
        messages.0,
    );
    for piece in [b"--", boundary.as_bytes(), b"--\r\n"] {
        body.extend_from_slice(piece);
    }
    (format!("multipart/form-data; boundary={boundary}"), body)
}

/// A boundary that stands in none of `contents` (RFC 2046, 5.1.1). Randomness makes a second try unlikely, the number makes one
/// certain to help.
fn boundary_outside<P: Crypto>(random: &P, contents: &[&[u8]]) -> String {
    let mut bytes = [0; 8];
    let _ = random.random(&mut bytes);
    let mut number = u64::from_le_bytes(bytes);
    loop {
        let boundary = format!("roo-cloud-web-{number:016x}");
        let found = |content: &&[u8]| content.windows(boundary.len()).any(|window| window == boundary.as_bytes());
        if !contents.iter().any(found) {
            return boundary;
        }
        number = number.wrapping_add(1);
    }
}

#[cfg(not(target_arch = "wasm32"))] // the simulated world is native
#[cfg(test)]
#[path = "backfill_tests.rs"]
mod tests;
