//! Taking events in: checked, handed to the page's own hook, stripped of secrets.

use super::TelemetryClient;
use crate::api::TokenSource;
use crate::error::{CloudError, Code, Result};
use crate::event::CloudEvent;
use crate::json::{Document, Json, Kind, Limits, Look, Writer};
use crate::platform::Platform;
use crate::secret::rules::{is_suspect, write_without_secrets};
use crate::telemetry::event_types::{EventCheck, PropertiesCheck};
use crate::telemetry::queue::DropReason;
use crate::telemetry::segment::Event;
use crate::telemetry::taxonomy::task_event;
use crate::uuid::Uuid;

/// The largest event that is taken, in bytes: a message with its pictures.
const MAX_EVENT_BYTES: usize = 1024 * 1024;
/// What is drawn at once for ids, of 16 bytes each.
const RANDOM_BYTES: usize = 1024;
/// What the cloud wants of every event of its own types.
const COMMON_PROPERTIES: [&str; 7] =
    ["appName", "appVersion", "vscodeVersion", "platform", "editorName", "language", "mode"];

/// An event on its way into the queue.
struct Candidate<'a> {
    event_type: &'a str,
    /// The names it may be listed under in `include` and `exclude`.
    names: &'a [&'a str],
    check: Option<EventCheck>,
}

impl<P: Platform, T: TokenSource> TelemetryClient<P, T> {
    /// Takes in `event` (`{type, properties?}`) and gives its id. Fails with INVALID_EVENT, naming the path of the fault.
    pub fn capture(&self, event: &[u8]) -> Result<Uuid> {
        let mut is_suspect = false;
        let document = parse_looking(event, &mut is_suspect)?;
        let root = document.root();
        let event_type = root.get("type").and_then(Json::as_str).ok_or_else(|| invalid("type should be a string"))?;
        let own = root.get("properties");
        if own.is_some_and(|own| own.kind() != Kind::Object) {
            return Err(invalid("properties should be an object"));
        }
        let check = self.types.borrow().check(&event_type);
        let candidate = Candidate { event_type: &event_type, names: &[&event_type], check: Some(check) };
        if own.is_some() && self.config.properties.is_none() {
            return self.take_in(&candidate, root, is_suspect);
        }
        let whole = self.with_common(&event_type, own, &mut is_suspect);
        self.take_in(&candidate, parse(&whole)?.root(), is_suspect)
    }

    /// Takes in the task event `name` with its arguments (a JSON array), tells listeners of it, and gives its id. Fails with
    /// INVALID_EVENT.
    pub fn emit_task_event(&self, name: &str, arguments: &[u8]) -> Result<String> {
        let event = task_event(name).ok_or_else(|| invalid("there is no task event of this name"))?;
        let data = event.data(parse(arguments)?.root())?;
        let id = if data.partial {
            // Another event will bring the whole message.
            self.next_id()?
        } else {
            let mut is_suspect = false;
            let own = parse_looking(&data.properties, &mut is_suspect)?;
            let event_type = event.sent_as();
            let mut names = vec![event_type];
            if event_type != name {
                names.push(name);
            }
            let check = event.production_type.is_some().then_some(EventCheck::CLOUDS);
            let whole = self.with_common(event_type, Some(own.root()), &mut is_suspect);
            self.take_in(&Candidate { event_type, names: &names, check }, parse(&whole)?.root(), is_suspect)?
        };
        let id = id.text();
        let mut json = Writer::new();
        json.begin_object();
        for (member, value) in [("id", id.as_str()), ("name", name), ("category", event.category.as_str())] {
            json.name(member);
            json.str(value);
        }
        if let Some(task_id) = &data.task_id {
            json.name("taskId");
            json.str(task_id);
        }
        json.end_object();
        self.events.emit(CloudEvent::TaskEvent(json.into_bytes().into()));
        Ok(id)
    }

    /// Teaches the client an event type whose properties a JSON Schema describes. Fails with INVALID_ARGUMENT.
    pub fn define_event(&self, event_type: &str, schema: &[u8]) -> Result<()> {
        let refuse = |what: &str| CloudError::new(Code::InvalidArgument, format!("`schema`: {what}"));
        let schema = Document::parse(schema, Limits::default()).map_err(|error| refuse(error.what))?;
        self.types.borrow_mut().define(event_type, schema.root())
    }

    /// Teaches the client an event type whose properties a function checks. Fails with INVALID_ARGUMENT.
    pub fn define_event_with(&self, event_type: &str, check: PropertiesCheck) -> Result<()> {
        self.types.borrow_mut().define_with(event_type, check)
    }

    /// The properties that go with every event, less secrets: a JSON object.
    pub fn common_properties(&self) -> Vec<u8> {
        let (mut merged, mut json) = (Writer::new(), Writer::new());
        self.write_with_common(None, &mut false, &mut merged);
        match parse(merged.as_bytes()) {
            Ok(document) => drop(write_without_secrets(document.root(), &mut json)),
            Err(_) => json.raw_bytes(b"{}"),
        }
        json.into_bytes()
    }

    /// `event` is `{type, properties}`, of which nothing else is kept. There is no secret in it unless it `is_suspect`.
    fn take_in(&self, candidate: &Candidate<'_>, event: Json<'_>, mut is_suspect: bool) -> Result<Uuid> {
        check(candidate, event)?;
        let account = self.account();
        let refused = if !self.enabled.get() {
            Some(DropReason::Disabled)
        } else if account.is_none() {
            Some(DropReason::SignedOut)
        } else if !self.config.filter.passes(candidate.names, &|| (self.surroundings.task_sync)() == Some(true)) {
            Some(DropReason::Filtered)
        } else {
            None
        };
        let (None, Some(path)) = (refused, account) else {
            self.count_drop(refused.unwrap_or(DropReason::SignedOut));
            return self.next_id();
        };
        let kept;
        let kept_document;
        let mut kept_event = event;
        if let Some(before_send) = &self.config.before_send {
            let Some(given) = before_send(event.raw().to_vec()) else {
                self.count_drop(DropReason::BeforeSend);
                return self.next_id();
            };
            kept = kept_event_of(&given, candidate.event_type)?;
            is_suspect = false;
            kept_document = parse_looking(&kept, &mut is_suspect)?;
            kept_event = kept_document.root();
            check(candidate, kept_event)?;
        }
        // After the page's own function, which may capture events itself: they lie in the order of their ids.
        let wall_ms = self.platform.wall_ms();
        let id = self.id_at(wall_ms)?;
        let mut open = Writer::new();
        let event =
            Event::new(&id.text(), candidate.event_type, open_properties(kept_event, is_suspect, &mut open), wall_ms);
        if event.bytes() > MAX_EVENT_BYTES.min(self.config.max_queue_bytes) {
            return Err(invalid("it is too large"));
        }
        let now_ms = self.platform.monotonic_ms();
        self.queue.borrow_mut().push(&path, event, now_ms, self.config.max_queue_bytes);
        self.changed();
        self.start_storing();
        self.wake.notify();
        Ok(id)
    }

    /// `{type, properties}`, with `own` on top of the page's common properties.
    fn with_common(&self, event_type: &str, own: Option<Json<'_>>, is_suspect: &mut bool) -> Vec<u8> {
        let mut json = Writer::with_capacity(1024);
        json.begin_object();
        json.name("type");
        json.str(event_type);
        json.name("properties");
        self.write_with_common(own, is_suspect, &mut json);
        json.end_object();
        json.into_bytes()
    }

    fn write_with_common(&self, own: Option<Json<'_>>, is_suspect: &mut bool, json: &mut Writer) {
        let common = self.config.properties.as_ref().and_then(|properties| properties());
        let common = common.as_deref().and_then(|common| parse_looking(common, is_suspect).ok());
        let mut names = Vec::new();
        if let Some(own) = own {
            names.extend(own.members().map(|(name, _)| name));
        }
        json.begin_object();
        if let Some(common) = &common {
            for (name, value) in common.root().members() {
                if !names.contains(&name) {
                    json.name_text(name);
                    json.raw(value);
                }
            }
        }
        if let Some([_, members @ .., _]) = own.map(Json::raw)
            && !names.is_empty()
        {
            json.raw_bytes(members);
        }
        json.end_object();
    }

    pub(super) fn next_id(&self) -> Result<Uuid> {
        self.id_at(self.platform.wall_ms())
    }

    fn id_at(&self, wall_ms: u64) -> Result<Uuid> {
        let mut drawn = self.randomness.take();
        if drawn.is_empty() {
            drawn.resize(RANDOM_BYTES, 0);
            let filled = self.platform.random(&mut drawn);
            filled.map_err(|_| CloudError::new(Code::CryptoUnavailable, "no randomness here"))?;
        }
        let bytes = drawn.last_chunk().copied().unwrap_or_default();
        drawn.truncate(drawn.len().saturating_sub(bytes.len()));
        self.randomness.replace(drawn);
        Ok(self.ids.next(wall_ms, bytes))
    }

    fn count_drop(&self, reason: DropReason) {
        self.queue.borrow_mut().count(reason, 1);
        self.changed();
    }
}

fn check(candidate: &Candidate<'_>, event: Json<'_>) -> Result<()> {
    let Some(check) = &candidate.check else { return Ok(()) };
    check.run(event).map_err(|mut error| {
        if COMMON_PROPERTIES.iter().any(|name| error.message.ends_with(&format!("properties.{name} is required"))) {
            error.message += "; the option `telemetry.properties` can give it to every event";
        }
        error
    })
}

/// The properties of `event`, less secrets: as they stand where there are none, else written to `out`.
fn open_properties<'a>(event: Json<'a>, is_suspect: bool, out: &'a mut Writer) -> &'a [u8] {
    let Some(properties) = event.get("properties") else { return b"{}" };
    if !is_suspect {
        return properties.raw();
    }
    write_without_secrets(properties, out);
    out.as_bytes()
}

/// `{type, properties}` of what `beforeSend` gave back.
fn kept_event_of(event: &[u8], event_type: &str) -> Result<Vec<u8>> {
    let document = parse(event)?;
    let root = document.root();
    if root.get("type").and_then(Json::as_text).is_none_or(|kept| kept != event_type) {
        return Err(invalid("`beforeSend` should not change its type"));
    }
    let properties = root.get("properties").filter(|properties| properties.kind() == Kind::Object);
    let properties = properties.ok_or_else(|| invalid("`beforeSend` should leave it an object as properties"))?;
    let mut json = Writer::with_capacity(event.len());
    json.begin_object();
    json.name("type");
    json.str(event_type);
    json.name("properties");
    json.raw(properties);
    json.end_object();
    Ok(json.into_bytes())
}

/// As [`parse`], and notes whether there may be a secret in it.
fn parse_looking<'a>(json: &'a [u8], is_suspected: &mut bool) -> Result<Document<'a>> {
    let look: Look<'_> = &mut |met| *is_suspected = *is_suspected || is_suspect(&met);
    Document::parse_looking(json, Limits::default(), look).map_err(|error| invalid(error.what))
}

fn parse(json: &[u8]) -> Result<Document<'_>> {
    Document::parse(json, Limits::default()).map_err(|error| invalid(error.what))
}

fn invalid(what: &str) -> CloudError {
    CloudError::new(Code::InvalidEvent, format!("the event is not valid: {what}"))
}
