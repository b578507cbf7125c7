//! `TelemetryClient`: takes events in, and delivers them.
//!
//! An event is checked, handed to the page's own hook, stripped of secrets and only then kept, in storage as soon as can be. It
//! stays until the cloud names it: what fails to be sent is sent again, under the same id, by whichever tab there is.

mod capture;
mod delivery;
mod sending;
mod storing;

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use futures_util::FutureExt;

use super::event_types::EventTypes;
use super::filter::EventFilter;
use super::queue::Queue;
use crate::api::backfill::{ProgressListener, TaskId, TaskMessages, backfill};
use crate::api::{CloudApi, TokenSource};
use crate::error::Result;
use crate::event::{Account, CloudEvent, Events, UserInfo};
use crate::platform::backoff::Backoff;
use crate::platform::flight::Flight;
use crate::platform::notify::Notify;
use crate::platform::vault::Vault;
use crate::platform::{Platform, StorageKind};
use crate::uuid;

/// `queue-changed` is told at most once in this time.
const TELL_EVERY_MS: u64 = 100;
const BACKOFF_BASE_MS: u64 = 2_000;

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
            batch_size: 100,
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
    /// Shows who is signed in, as what.
    pub account: Box<dyn Fn(&mut dyn FnMut(Option<&UserInfo>))>,
    /// There is a session token, so that sending makes sense.
    pub has_session: Box<dyn Fn() -> bool>,
    /// The messages of tasks are sent. `None`: it is not known yet.
    pub task_sync: Box<dyn Fn() -> Option<bool>>,
}

/// What a flush did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flushed {
    /// So many were delivered meanwhile.
    pub delivered: u64,
    /// So many still wait.
    pub remaining: u64,
}

/// Takes in the events of this tab and delivers them.
pub struct TelemetryClient<P, T> {
    platform: Rc<P>,
    vault: Rc<Vault<P>>,
    api: Rc<CloudApi<P, T>>,
    events: Rc<Events>,
    config: TelemetryConfig,
    surroundings: Surroundings,
    enabled: Cell<bool>,
    ended: Cell<bool>,
    ids: uuid::V7,
    /// Drawn for the ids to come, which is cheaper for many at once.
    randomness: RefCell<Vec<u8>>,
    types: RefCell<EventTypes>,
    queue: RefCell<Queue>,
    /// Whose events are taken in now, and the path of their segments.
    account: RefCell<Option<(Account, Rc<str>)>>,
    /// How often the queue was purged: what was taken out of it before is not sent after.
    purges: Cell<u32>,
    /// Accounts whose stored events are to be purged, those before this id.
    purges_due: RefCell<Vec<(Rc<str>, String)>>,
    is_storing: Cell<bool>,
    /// Storage did not take the last events that it was given.
    storage_fails: Cell<bool>,
    hurry: Notify,
    stored: Notify,
    /// When the stored segments were last listed, by the monotonic clock.
    listed_at_ms: Cell<u64>,
    /// More is stored than may be.
    trim_due: Cell<bool>,
    /// Stored by a newer version of the client; for it to send.
    unreadable: RefCell<Vec<String>>,
    /// The cloud has no batch route; not asked again in this page's life.
    single_route: Cell<bool>,
    flight: Flight<Result<()>>,
    backoff: Backoff,
    is_saying_goodbye: Cell<bool>,
    wake: Notify,
    told_at_ms: Cell<u64>,
    will_tell: Cell<bool>,
    me: Weak<Self>,
}

impl<P: Platform, T: TokenSource> TelemetryClient<P, T> {
    /// One that keeps events in `vault`, sends them over `api` and tells `events`.
    pub fn new(
        platform: Rc<P>,
        vault: Rc<Vault<P>>,
        api: Rc<CloudApi<P, T>>,
        events: Rc<Events>,
        config: TelemetryConfig,
        surroundings: Surroundings,
    ) -> Rc<Self> {
        Rc::new_cyclic(|me| Self {
            platform,
            vault,
            api,
            events,
            enabled: Cell::new(config.enabled),
            config,
            surroundings,
            ended: Cell::default(),
            ids: uuid::V7::default(),
            randomness: RefCell::default(),
            types: RefCell::default(),
            queue: RefCell::default(),
            account: RefCell::default(),
            purges: Cell::default(),
            purges_due: RefCell::default(),
            is_storing: Cell::default(),
            storage_fails: Cell::default(),
            hurry: Notify::default(),
            stored: Notify::default(),
            listed_at_ms: Cell::default(),
            trim_due: Cell::default(),
            unreadable: RefCell::default(),
            single_route: Cell::default(),
            flight: Flight::default(),
            backoff: Backoff::new(BACKOFF_BASE_MS),
            is_saying_goodbye: Cell::default(),
            wake: Notify::default(),
            told_at_ms: Cell::default(),
            will_tell: Cell::default(),
            me: me.clone(),
        })
    }

    /// Switches taking in on or off. Off, what waits for whoever is signed in is purged.
    pub fn set_enabled(&self, enabled: bool) {
        self.enabled.set(enabled);
        if !enabled {
            self.purges.set(self.purges.get() + 1);
            if let Some(path) = self.account() {
                self.purge(&path);
                self.list_anew();
            }
        }
    }

    /// Sends the messages of a whole task. Fails with INVALID_ARGUMENT, with ABORTED once somebody else is signed in, and as requests fail.
    pub async fn backfill(&self, task_id: &str, messages: Vec<u8>, progress: Option<ProgressListener>) -> Result<()> {
        let (task, messages) = (TaskId::new(task_id)?, TaskMessages::new(messages)?);
        let account = self.account();
        let still_wanted = || self.account() == account;
        let properties = self.common_properties();
        backfill(&*self.platform, &self.api, task, messages, &properties, progress, &still_wanted).await
    }

    /// The path of the segments of the account whose events are taken in now.
    fn account(&self) -> Option<Rc<str>> {
        let mut path = None;
        (self.surroundings.account)(&mut |user| {
            let mut known = self.account.borrow_mut();
            let is_known = match (&*known, user.and_then(|user| user.id.as_ref().zip(Some(user)))) {
                (Some((known, _)), Some((id, user))) => {
                    known.user_id == *id && known.organization_id == user.organization_id
                }
                (None, None) => true,
                _ => false,
            };
            if !is_known {
                *known = user.and_then(UserInfo::account).map(|account| {
                    let path = account.path().into();
                    (account, path)
                });
                self.queue.borrow_mut().unlist();
            }
            path = known.as_ref().map(|(_, path)| path.clone());
        });
        path
    }

    /// What is stored outlives this realm; where it does not, events stay in memory until they are sent.
    fn has_storage(&self) -> bool {
        self.platform.storage_kind() != StorageKind::Memory
    }

    // ------------------------------------------------------------------------------------------------------------ telling

    /// `QueueStats` now, as JSON.
    pub fn stats(&self) -> Vec<u8> {
        // Nobody sees what waits for somebody else.
        let path = self.account();
        let wall_ms = self.platform.wall_ms();
        let wait_ms = self.backoff.remaining_ms(&*self.platform);
        self.queue.borrow().stats(path.as_ref(), wall_ms, (wait_ms > 0).then(|| wall_ms.saturating_add(wait_ms)))
    }

    /// How many events of this tab are not stored yet, whosever they are.
    pub fn unstored(&self) -> usize {
        self.queue.borrow().unstored()
    }

    fn changed(&self) {
        if self.will_tell.get() {
            return;
        }
        let Some(me) = self.me.upgrade() else { return };
        self.will_tell.set(true);
        let since_ms = self.platform.monotonic_ms().saturating_sub(self.told_at_ms.get());
        self.platform.spawn(
            async move {
                // Never within the call that changed it: what listeners do would take whoever captures their time.
                if since_ms < TELL_EVERY_MS {
                    me.platform.sleep(TELL_EVERY_MS - since_ms).await;
                }
                me.will_tell.set(false);
                me.tell();
            }
            .boxed_local(),
        );
    }

    fn tell(&self) {
        self.told_at_ms.set(self.platform.monotonic_ms());
        self.events.emit(CloudEvent::QueueChanged(self.stats().into()));
    }
}
