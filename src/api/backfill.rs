//! Sending the messages of a whole task, after the fact: what sharing needs where the task was not recorded as it went.

use std::cell::Cell;
use std::rc::Rc;

use super::{Call, CloudApi, TokenSource};
use crate::error::{CloudError, Code, Result};
use crate::json::{Document, Kind, Limits, Writer};
use crate::platform::{Crypto, Platform};

/// The most that is sent, in bytes: a long task with its pictures.
pub const MAX_BACKFILL_BYTES: usize = 64 * 1024 * 1024;

const MAX_TASK_ID_CHARS: usize = 256;
/// A line that is slower than this, 400 kbit/s, is none to send a long task over.
const SLOWEST_BYTES_PER_MS: u64 = 50;

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
pub struct TaskMessages(Vec<u8>);

impl TaskMessages {
    /// Checks `json`; fails with INVALID_ARGUMENT.
    pub fn new(json: Vec<u8>) -> Result<Self> {
        let refuse = |what: &str| CloudError::new(Code::InvalidArgument, format!("`messages`: {what}"));
        let limits = Limits { max_bytes: MAX_BACKFILL_BYTES, ..Limits::default() };
        let document = Document::parse(&json, limits).map_err(|error| refuse(error.what))?;
        let root = document.root();
        if root.kind() != Kind::Array || root.elements().any(|message| message.kind() != Kind::Object) {
            return Err(refuse("must be an array of messages"));
        }
        Ok(Self(json))
    }
}

/// How far a sending has come: told at its start, as bytes go out where the platform can tell, and when the cloud has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Of them, so many have gone out; all of them only once the cloud has said that it has them.
    pub sent_bytes: usize,
    /// The whole request body.
    pub total_bytes: usize,
}

/// Hears how far a sending has come.
pub type ProgressListener = Rc<dyn Fn(Progress)>;

/// Sends `messages` as those of `task`, in one request, as the cloud takes them. `properties` is the JSON object that goes with the person's
/// events. A large body is waited for longer: as long as it takes at [`SLOWEST_BYTES_PER_MS`]. Whose messages they are is asked by
/// `still_wanted` ([`Call::still_wanted`]).
pub async fn backfill<P: Platform, T: TokenSource>(
    platform: &P,
    api: &CloudApi<P, T>,
    task: TaskId<'_>,
    messages: TaskMessages,
    properties: &[u8],
    progress: Option<ProgressListener>,
    still_wanted: &dyn Fn() -> bool,
) -> Result<()> {
    let (content_type, body) = build_body(platform, task, messages, &with_task_id(properties, task)?);
    let total_bytes = body.len();
    let tell = |sent_bytes| {
        if let Some(progress) = &progress {
            progress(Progress { sent_bytes, total_bytes });
        }
    };
    tell(0);
    let uploaded = progress.clone().map(|progress| -> Rc<dyn Fn(usize)> {
        let most = Cell::new(0);
        // What is sent again, after a 401, was told before.
        Rc::new(move |sent_bytes| {
            if sent_bytes < total_bytes && sent_bytes > most.replace(most.get().max(sent_bytes)) {
                progress(Progress { sent_bytes, total_bytes });
            }
        })
    });
    api.call(Call {
        method: "POST",
        path: "/api/events/backfill",
        body: Some((content_type.into(), body.into())),
        uploaded,
        more_time_ms: total_bytes as u64 / SLOWEST_BYTES_PER_MS,
        still_wanted: Some(still_wanted),
        ..Call::default()
    })
    .await?;
    tell(total_bytes);
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

/// The request's body and its content type (RFC 7578), built around the messages where they lie: they may be most of what memory there is.
fn build_body<P: Crypto>(random: &P, task: TaskId<'_>, messages: TaskMessages, properties: &[u8]) -> (String, Vec<u8>) {
    let TaskMessages(mut body) = messages;
    let boundary = boundary_outside(random, &[task.as_str().as_bytes(), properties, &body]);
    let mut before = Vec::with_capacity(properties.len() + 1024);
    let mut part = |headers: &str, content: &[&[u8]]| {
        for piece in [b"--", boundary.as_bytes(), b"\r\n", headers.as_bytes(), b"\r\n\r\n"].iter().chain(content) {
            before.extend_from_slice(piece);
        }
    };
    part("Content-Disposition: form-data; name=\"taskId\"", &[task.as_str().as_bytes(), b"\r\n"]);
    part("Content-Disposition: form-data; name=\"properties\"", &[properties, b"\r\n"]);
    part(
        "Content-Disposition: form-data; name=\"file\"; filename=\"task.json\"\r\nContent-Type: application/json",
        &[],
    );
    let end = format!("\r\n--{boundary}--\r\n");
    let messages = 0..body.len();
    body.reserve_exact(before.len() + end.len());
    body.resize(messages.end + before.len(), 0);
    body.copy_within(messages, before.len());
    if let Some(place) = body.get_mut(..before.len()) {
        place.copy_from_slice(&before);
    }
    body.extend_from_slice(end.as_bytes());
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
