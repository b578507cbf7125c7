//! `TelemetryClient`: takes events in, and delivers them.
//!
//! An event is checked, handed to the page's own hook, stripped of secrets and only then kept. It stays until the cloud names
//! it: what fails to be sent is sent again, under the same id. Nothing runs before the first event.

mod delivery;

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use futures_util::FutureExt;

use super::event_types::{EventCheck, EventTypes, PropertiesCheck};
use super::filter::EventFilter;
use super::queue::{DropReason, Queue, QueuedEvent};
use super::taxonomy::task_event;
use crate::api::backfill::{Progress, TaskId, TaskMessages, backfill};
use crate::api::{CloudApi, TokenSource};
use crate::error::{CloudError, Code, Result};
use crate::event::{Account, CloudEvent, Events};
use crate::json::{Document, Json, Kind, Limits, Writer};
use crate::platform::Platform;
use crate::platform::flight::Flight;
use crate::platform::notify::Notify;
use crate::secret::rules::write_without_secrets;
use crate::uuid;

/// The largest event that is taken, in bytes: a message with its pictures.
const MAX_EVENT_BYTES: usize = 1024 * 1024;
/// `queue-changed` is told at most once in this time.
const TELL_EVERY_MS: u64 = 100;
/// What the cloud wants of every event of its own types.
const COMMON_PROPERTIES: [&str; 7] =
    ["appName", "appVersion", "vscodeVersion", "platform", "editorName", "language", "mode"];

/// Gives the properties that go with every event: a JSON object. `None`: the page's function failed.
pub type CommonProperties = Rc<dyn Fn() -> Option<Vec<u8>>>;
/// Looks at an event (`{type, properties}`) before anything is kept; gives what is to be kept of it, if anything.
pub type BeforeSend = Rc<dyn Fn(Vec<u8>) -> Option<Vec<u8>>>;

/// What the page's author says (`CloudOptions.telemetry`).
#[derive(Clone)]
pub struct TelemetryConfig {
    /// Take events in at all.
    pub enabled: bool,
    /// The most events in one request; so many waiting are sent at once.
    pub batch_size: usize,
    /// How long fewer than that wait for company, in milliseconds.
    pub flush_interval_ms: u64,
    /// What may wait, in bytes.
    pub max_queue_bytes: usize,
    /// Which events.
    pub filter: EventFilter,
    /// `properties`
    pub properties: Option<CommonProperties>,
    /// `beforeSend`
    pub before_send: Option<BeforeSend>,
}

impl Default for TelemetryConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            batch_size: 50,
            flush_interval_ms: 5_000,
            max_queue_bytes: 8 * 1024 * 1024,
            filter: EventFilter::default(),
            properties: None,
            before_send: None,
        }
    }
}

/// What the client knows of its surroundings, asked when it matters.
pub struct Surroundings {
    /// Who is signed in, as what.
    pub account: Box<dyn Fn() -> Option<Account>>,
    /// There is a session token, so that sending makes sense.
    pub has_session: Box<dyn Fn() -> bool>,
    /// The messages of tasks are sent.
    pub task_sync: Box<dyn Fn() -> bool>,
}

/// What a flush did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flushed {
    /// So many were delivered meanwhile.
    pub delivered: u64,
    /// So many still wait.
    pub remaining: u64,
}

/// An event on its way into the queue.
struct Candidate<'a> {
    event_type: &'a str,
    /// The names it may be listed under in `include` and `exclude`.
    names: &'a [&'a str],
    properties: Vec<u8>,
    check: Option<EventCheck>,
    in_production: bool,
}

/// Takes in the events of this tab and delivers them.
pub struct TelemetryClient<P, T> {
    platform: Rc<P>,
    api: Rc<CloudApi<P, T>>,
    events: Rc<Events>,
    config: TelemetryConfig,
    surroundings: Surroundings,
    enabled: Cell<bool>,
    ended: Cell<bool>,
    ids: uuid::V7,
    types: RefCell<EventTypes>,
    queue: RefCell<Queue>,
    /// The cloud has no batch route; not asked again in this page's life.
    single_route: Cell<bool>,
    flight: Flight<Result<()>>,
    failures: Cell<u32>,
    /// Not before this does the next try of its own accord happen, by the monotonic clock.
    next_try_ms: Cell<u64>,
    /// The server asked for the wait; only time ends it.
    wait_is_servers: Cell<bool>,
    is_delivering: Cell<bool>,
    wake: Notify,
    told_at_ms: Cell<u64>,
    will_tell: Cell<bool>,
    me: Weak<Self>,
}

impl<P: Platform, T: TokenSource> TelemetryClient<P, T> {
    /// One that sends over `api` and tells `events`.
    pub fn new(
        platform: Rc<P>,
        api: Rc<CloudApi<P, T>>,
        events: Rc<Events>,
        config: TelemetryConfig,
        surroundings: Surroundings,
    ) -> Rc<Self> {
        Rc::new_cyclic(|me| Self {
            platform,
            api,
            events,
            enabled: Cell::new(config.enabled),
            config,
            surroundings,
            ended: Cell::new(false),
            ids: uuid::V7::default(),
            types: RefCell::default(),
            queue: RefCell::default(),
            single_route: Cell::new(false),
            flight: Flight::default(),
            failures: Cell::new(0),
            next_try_ms: Cell::new(0),
            wait_is_servers: Cell::new(false),
            is_delivering: Cell::new(false),
            wake: Notify::default(),
            told_at_ms: Cell::new(0),
            will_tell: Cell::new(false),
            me: me.clone(),
        })
    }

    // ---------------------------------------------------------------------------------------------------------- taking in

    /// Takes in `event` (`{type, properties?}`) and gives its id. Fails with INVALID_EVENT, naming the path of the fault.
    pub fn capture(&self, event: &[u8]) -> Result<String> {
        let document = parse(event)?;
        let root = document.root();
        let event_type = root.get("type").and_then(Json::as_str).ok_or_else(|| invalid("type should be a string"))?;
        let own = root.get("properties");
        if own.is_some_and(|own| own.kind() != Kind::Object) {
            return Err(invalid("properties should be an object"));
        }
        let check = self.types.borrow().check(root);
        let in_production = !check.is_defined();
        let properties = self.with_common(own);
        self.take_in(Candidate {
            event_type: &event_type,
            names: &[&event_type],
            properties,
            check: Some(check),
            in_production,
        })
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
            let own = parse(&data.properties)?;
            let event_type = event.sent_as();
            let in_production = event.production_type.is_some();
            let mut names = vec![event_type];
            if event_type != name {
                names.push(name);
            }
            let check = in_production.then_some(EventCheck::CLOUDS);
            let properties = self.with_common(Some(own.root()));
            self.take_in(Candidate { event_type, names: &names, properties, check, in_production })?
        };
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

    /// Switches taking in on or off. Off, what waits is purged.
    pub fn set_enabled(&self, enabled: bool) {
        self.enabled.set(enabled);
        if !enabled {
            self.queue.borrow_mut().purge(DropReason::Disabled);
            self.changed();
        }
    }

    /// The properties that go with every event, less secrets: a JSON object.
    pub fn common_properties(&self) -> Vec<u8> {
        let mut json = Writer::new();
        let merged = self.with_common(None);
        match parse(&merged) {
            Ok(document) => drop(write_without_secrets(document.root(), &mut json)),
            Err(_) => json.raw_bytes(b"{}"),
        }
        json.into_bytes()
    }

    fn take_in(&self, mut event: Candidate<'_>) -> Result<String> {
        check(&event)?;
        let id = self.next_id()?;
        let account = (self.surroundings.account)();
        let refused = if !self.enabled.get() {
            Some(DropReason::Disabled)
        } else if account.is_none() {
            Some(DropReason::SignedOut)
        } else if !self.config.filter.passes(event.names, (self.surroundings.task_sync)()) {
            Some(DropReason::Filtered)
        } else {
            None
        };
        let (None, Some(account)) = (refused, account) else {
            self.count_drop(refused.unwrap_or(DropReason::SignedOut));
            return Ok(id);
        };
        if let Some(before_send) = &self.config.before_send {
            let Some(kept) = before_send(whole(&event)) else {
                self.count_drop(DropReason::BeforeSend);
                return Ok(id);
            };
            event.properties = kept_properties(&kept, event.event_type)?;
            check(&event)?;
        }
        let mut open = Writer::with_capacity(event.properties.len());
        write_without_secrets(parse(&event.properties)?.root(), &mut open);
        let (event_type, in_production) = (event.event_type.to_owned(), event.in_production);
        let now_ms = self.platform.wall_ms();
        let event = QueuedEvent::new(id.clone(), event_type, open.into_bytes(), now_ms, account, in_production);
        if event.bytes() > MAX_EVENT_BYTES.min(self.config.max_queue_bytes) {
            return Err(invalid("it is too large"));
        }
        self.queue.borrow_mut().push(event, self.config.max_queue_bytes);
        self.changed();
        self.start_delivering();
        Ok(id)
    }

    /// `own` on top of the page's common properties.
    fn with_common(&self, own: Option<Json<'_>>) -> Vec<u8> {
        let common = self.config.properties.as_ref().and_then(|properties| properties());
        let common = common.as_deref().and_then(|common| parse(common).ok());
        let mut json = Writer::new();
        json.begin_object();
        for (name, value) in common.iter().flat_map(|common| common.root().members()) {
            if own.is_none_or(|own| own.members().all(|(other, _)| other != name)) {
                json.name_text(name);
                json.raw(value);
            }
        }
        for (name, value) in own.into_iter().flat_map(Json::members) {
            json.name_text(name);
            json.raw(value);
        }
        json.end_object();
        json.into_bytes()
    }

    fn next_id(&self) -> Result<String> {
        let mut bytes = [0; 16];
        self.platform.random(&mut bytes).map_err(|_| CloudError::new(Code::CryptoUnavailable, "no randomness here"))?;
        Ok(self.ids.next(self.platform.wall_ms(), bytes))
    }

    fn count_drop(&self, reason: DropReason) {
        self.queue.borrow_mut().count_drop(reason);
        self.changed();
    }

    /// Sends the messages of a whole task. Fails with INVALID_ARGUMENT, and as requests fail.
    pub async fn backfill(&self, task_id: &str, messages: &[u8], progress: &dyn Fn(Progress)) -> Result<()> {
        let (task, messages) = (TaskId::new(task_id)?, TaskMessages::new(messages)?);
        backfill(&*self.platform, &self.api, task, messages, &self.common_properties(), progress).await
    }

    // ------------------------------------------------------------------------------------------------------------ telling

    /// `QueueStats` now, as JSON.
    pub fn stats(&self) -> Vec<u8> {
        let wall_ms = self.platform.wall_ms();
        let wait_ms = self.next_try_ms.get().saturating_sub(self.platform.monotonic_ms());
        self.queue.borrow().stats(wall_ms, (wait_ms > 0).then(|| wall_ms.saturating_add(wait_ms)))
    }

    fn changed(&self) {
        if self.will_tell.get() {
            return;
        }
        let since_ms = self.platform.monotonic_ms().saturating_sub(self.told_at_ms.get());
        if since_ms >= TELL_EVERY_MS {
            self.tell();
        } else if let Some(me) = self.me.upgrade() {
            self.will_tell.set(true);
            let wait = self.platform.sleep(TELL_EVERY_MS - since_ms);
            self.platform.spawn(
                async move {
                    wait.await;
                    me.will_tell.set(false);
                    me.tell();
                }
                .boxed_local(),
            );
        }
    }

    fn tell(&self) {
        self.told_at_ms.set(self.platform.monotonic_ms());
        self.events.emit(CloudEvent::QueueChanged(self.stats().into()));
    }
}

fn check(event: &Candidate<'_>) -> Result<()> {
    let Some(check) = &event.check else { return Ok(()) };
    check.run(parse(&whole(event))?.root()).map_err(|mut error| {
        if COMMON_PROPERTIES.iter().any(|name| error.message.ends_with(&format!("properties.{name} is required"))) {
            error.message += "; the option `telemetry.properties` can give it to every event";
        }
        error
    })
}

/// `{type, properties}`
fn whole(event: &Candidate<'_>) -> Vec<u8> {
    let mut json = Writer::with_capacity(event.properties.len() + event.event_type.len() + 32);
    json.begin_object();
    json.name("type");
    json.str(event.event_type);
    json.name("properties");
    json.raw_bytes(&event.properties);
    json.end_object();
    json.into_bytes()
}

/// The properties of what `beforeSend` gave back.
fn kept_properties(event: &[u8], event_type: &str) -> Result<Vec<u8>> {
    let document = parse(event)?;
    let root = document.root();
    if root.get("type").and_then(Json::as_text).is_none_or(|kept| kept != event_type) {
        return Err(invalid("`beforeSend` should not change its type"));
    }
    let properties = root.get("properties").filter(|properties| properties.kind() == Kind::Object);
    Ok(properties.ok_or_else(|| invalid("`beforeSend` should leave it an object as properties"))?.raw().to_vec())
}

fn parse(json: &[u8]) -> Result<Document<'_>> {
    Document::parse(json, Limits::default()).map_err(|error| invalid(error.what))
}

fn invalid(what: &str) -> CloudError {
    CloudError::new(Code::InvalidEvent, format!("the event is not valid: {what}"))
}
