//! `SettingsService`: the settings in hand, and how they are kept fresh.
//!
//! What is held stays through every error; only sign-out, a change of person or organization, or a newer valid answer
//! replaces it (CONTRACT, API). A 304 parses nothing, writes nothing and wakes nobody.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use futures_util::FutureExt;
use futures_util::future::select;

use super::cache::{Held, Source, slot, version_of};
use super::permissions::{CloudSettings, UserSettingsConfig};
use super::validation::{parse_settings, read};
use super::wishes::Wishes;
use crate::api::{Call, CloudApi, TokenSource};
use crate::error::{CloudError, Code, Result};
use crate::event::{Account, CloudEvent, Events};
use crate::json::{Json, Writer};
use crate::platform::backoff::Backoff;
use crate::platform::flight::Flight;
use crate::platform::notify::{Notify, give_way};
use crate::platform::vault::Vault;
use crate::platform::{Platform, Subscription};

const SETTINGS: &str = "/api/extension-settings";
const BACKOFF_BASE_MS: u64 = 2_000;

/// What a refresh found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshOutcome {
    /// Something is different now.
    pub changed: bool,
    /// Who said so.
    pub source: RefreshSource,
    /// Entries that were left out, in words.
    pub warnings: Vec<String>,
}

/// Who told a refresh what it found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefreshSource {
    /// The server, with an answer.
    Network,
    /// The server, with a 304.
    NotModified,
}

impl RefreshSource {
    /// The name JavaScript sees.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::NotModified => "not-modified",
        }
    }
}

/// A change of the user's own settings; what is absent stays as it is.
pub type UserSettingsPatch = UserSettingsConfig;

/// Keeps the settings of the account that is signed in.
pub struct SettingsService<P, T> {
    pub(super) platform: Rc<P>,
    pub(super) vault: Rc<Vault<P>>,
    pub(super) events: Rc<Events>,
    pub(super) api: Rc<CloudApi<P, T>>,
    channel: String,
    interval_ms: u64,
    pub(super) account: RefCell<Option<Account>>,
    /// What is cached for the account was not looked at yet; whether anything was held before.
    unread: Cell<Option<bool>>,
    pub(super) held: RefCell<Option<Held>>,
    /// When the server was last asked with success, here or in another tab; settings may be older in words, not in truth.
    checked_at_ms: Cell<u64>,
    flight: Flight<Result<RefreshOutcome>>,
    /// For whom the server is asked now. None once it answered: whoever asks then wants a newer answer.
    asking_for: RefCell<Option<Account>>,
    backoff: Backoff,
    wake: Notify,
    listening: RefCell<Option<Subscription>>,
    pub(super) wishes: Wishes,
    pub(super) me: Weak<Self>,
}

impl<P: Platform, T: TokenSource> SettingsService<P, T> {
    /// Settings cached in `vault`, asked for again every `interval_ms`. `scope` names issuer and client.
    pub fn new(
        platform: Rc<P>,
        vault: Rc<Vault<P>>,
        events: Rc<Events>,
        api: Rc<CloudApi<P, T>>,
        scope: &str,
        interval_ms: u64,
    ) -> Rc<Self> {
        Rc::new_cyclic(|me| Self {
            platform,
            vault,
            events,
            api,
            channel: format!("roo-cloud-web settings {scope}"),
            interval_ms,
            account: RefCell::default(),
            unread: Cell::new(None),
            held: RefCell::default(),
            checked_at_ms: Cell::new(0),
            flight: Flight::default(),
            asking_for: RefCell::default(),
            backoff: Backoff::new(BACKOFF_BASE_MS),
            wake: Notify::default(),
            listening: RefCell::default(),
            wishes: Wishes::default(),
            me: me.clone(),
        })
    }

    /// Uses `settings` and never asks the server.
    pub fn hold_static(&self, settings: Held) {
        *self.held.borrow_mut() = Some(settings);
    }

    /// What is held now.
    pub fn held(&self) -> Option<Held> {
        self.held.borrow().clone()
    }

    /// Calls `look` with what is held now.
    pub fn with<R>(&self, look: impl FnOnce(Option<&Held>) -> R) -> R {
        look(self.held.borrow().as_ref())
    }

    /// When the server last said that what is held is good.
    pub fn fetched_at_ms(&self) -> Option<u64> {
        self.held.borrow().as_ref().map(|held| held.fetched_at_ms.max(self.checked_at_ms.get()))
    }

    /// From now on settings are those of `account`: what was held of another is dropped. [`Self::open`] does the rest.
    pub fn turn_to(&self, account: Option<Account>) {
        if *self.account.borrow() == account {
            return;
        }
        let before = self.account.replace(account);
        if !before.is_some_and(|before| self.is_by(&before)) {
            self.wishes.forget();
        }
        if self.is_static() {
            return;
        }
        let had = self.held.borrow_mut().take().is_some();
        self.unread.set(Some(had || self.unread.get() == Some(true)));
        self.checked_at_ms.set(0);
        self.backoff.forget();
    }

    /// Takes what is cached for the account. Never fails on what it finds.
    pub async fn open(&self) {
        let Some(had) = self.unread.take() else { return };
        let account = self.account.borrow().clone();
        let found = if let Some(account) = &account {
            self.cached(account, Source::Cache).await
        } else {
            // The tab that signed out did this too, but not of what came here since.
            self.forget().await.unwrap_or_default();
            None
        };
        // Somebody else by now, or the server was faster.
        if *self.account.borrow() != account || self.held.borrow().is_some() {
            return;
        }
        let has = found.is_some();
        self.checked_at_ms.set(found.as_ref().map_or(0, |held| held.fetched_at_ms.min(self.platform.wall_ms())));
        *self.held.borrow_mut() = found;
        if had || has {
            self.events.emit(CloudEvent::SettingsUpdated { organization: true, user: true, warnings: Vec::new() });
        }
        self.wake.notify();
    }

    async fn cached(&self, account: &Account, source: Source) -> Option<Held> {
        match self.vault.read(&slot(account)).await {
            Ok(record) => record.and_then(|record| Held::from_json(&record.bytes, source)),
            Err(error) => {
                self.events.emit(CloudEvent::BackgroundError(error));
                None
            }
        }
    }

    /// Drops what is cached for everybody: somebody signed out.
    pub async fn forget(&self) -> Result<()> {
        let slots = self.vault.slots("settings/").await?;
        self.vault.delete(&slots.iter().map(String::as_str).collect::<Vec<_>>()).await
    }

    /// Asks the server now; callers at the same time share one request.
    pub async fn refresh(&self) -> Result<RefreshOutcome> {
        if self.is_static() {
            return Ok(RefreshOutcome { changed: false, source: RefreshSource::NotModified, warnings: Vec::new() });
        }
        let account = loop {
            let account = self.signed_in()?;
            let Some(under_way) = self.flight.under_way() else { break account };
            let is_theirs = self.asking_for.borrow().as_ref() == Some(&account);
            let outcome = under_way.await;
            if is_theirs {
                return outcome;
            }
        };
        let Some(me) = self.me.upgrade() else {
            return Err(CloudError::new(Code::Disposed, "the client was disposed of"));
        };
        *self.asking_for.borrow_mut() = Some(account.clone());
        let work = async move {
            let result = me.fetch(account).await;
            me.flight.land();
            me.after_refresh(&result);
            result
        };
        self.flight.start(&*self.platform, work).await
    }

    fn after_refresh(&self, result: &Result<RefreshOutcome>) {
        match result {
            Ok(_) => self.backoff.forget(),
            Err(error) => self.backoff.failed(&*self.platform, error.retry_after_ms),
        }
    }

    /// Whoever is signed in.
    pub(super) fn signed_in(&self) -> Result<Account> {
        let account = self.account.borrow().clone();
        account.ok_or_else(|| CloudError::new(Code::NotAuthenticated, "nobody is signed in"))
    }

    async fn fetch(&self, account: Account) -> Result<RefreshOutcome> {
        let known = self.held.borrow().as_ref().map(|held| (held.etag.clone(), held.user.clone()));
        let (etag, known_user) = known.unwrap_or_default();
        let call = Call { if_none_match: etag.as_deref(), ..Call::get(SETTINGS) };
        let answer = self.api.call(call).await?;
        self.asking_for.take();
        if self.account.borrow().as_ref() != Some(&account) {
            return Err(CloudError::new(Code::NotAuthenticated, "somebody else signed in while settings were fetched"));
        }
        let now_ms = self.platform.wall_ms();
        if answer.not_modified() {
            self.checked_at_ms.set(now_ms);
            self.tell(now_ms, false);
            return Ok(RefreshOutcome { changed: false, source: RefreshSource::NotModified, warnings: Vec::new() });
        }
        let document = answer.json()?;
        let settings = parse_settings(document.root())?;
        // Only now: what is no answer of the cloud's (a hotel's page) says nothing about what is held.
        self.checked_at_ms.set(now_ms);
        let (organization, user) = (settings.organization.bytes(), settings.user.json.raw());
        // A change that was made while this was on its way is newer than this.
        let overtaken = |held: &Rc<[u8]>| {
            known_user.as_ref().is_none_or(|known| !Rc::ptr_eq(known, held)) && version_of(held) > version_of(user)
        };
        let (same_organization, same_user, same_invalid) = {
            let held = self.held.borrow();
            let held = held.as_ref();
            (
                held.map(|held| &held.organization).filter(|held| *held.bytes() == *organization).cloned(),
                held.and_then(|held| Some((held.user.clone()?, held.user_config)))
                    .filter(|(held, _)| **held == *user || overtaken(held)),
                held.is_some_and(|held| *held.invalid_profiles == *settings.invalid_profiles),
            )
        };
        // What was left out counts: an entry that came invalid is not one that is gone.
        let (organization_changed, user_changed) = (same_organization.is_none() || !same_invalid, same_user.is_none());
        // The ETag is that of the whole answer.
        let is_whole = same_user.as_ref().is_none_or(|(held, _)| **held == *user);
        let etag = answer.etag().filter(|_| is_whole).map(str::to_owned);
        let changed = organization_changed || user_changed;
        if changed {
            let organization = match same_organization {
                Some(held) => held,
                None => settings.organization.checked()?,
            };
            let (user, user_config) =
                same_user.unwrap_or_else(|| (user.into(), Some(UserSettingsConfig::of(settings.user.json))));
            let next = Held {
                cloud_settings: document.root().get("organization").map(CloudSettings::of).unwrap_or_default(),
                user_config,
                // What did not change stays the very same bytes, so that nobody reads them again.
                organization,
                user: Some(user),
                etag,
                fetched_at_ms: now_ms,
                source: Source::Network,
                invalid_profiles: settings.invalid_profiles.into(),
            };
            self.replace(&account, next, organization_changed, user_changed, &settings.warnings).await;
        } else if let Some(held) = self.held.borrow_mut().as_mut() {
            held.etag = etag;
            held.source = Source::Network;
        }
        self.tell(now_ms, changed);
        Ok(RefreshOutcome { changed, source: RefreshSource::Network, warnings: settings.warnings })
    }

    /// Holds `next` from now on: memory first, then listeners, then storage.
    pub(super) async fn replace(
        &self,
        account: &Account,
        next: Held,
        organization: bool,
        user: bool,
        warnings: &[String],
    ) {
        *self.held.borrow_mut() = Some(next.clone());
        self.events.emit(CloudEvent::SettingsUpdated { organization, user, warnings: warnings.to_vec() });
        // What the event began goes first: the profiles are merged, which somebody may wait to see.
        give_way(&*self.platform).await;
        self.cache(account, &next).await;
    }

    async fn cache(&self, account: &Account, next: &Held) {
        let slot = slot(account);
        if let Err(error) = self.vault.replace(&slot, &next.to_json()).await {
            // A reload asks the server again; nothing is lost but time.
            self.events.emit(CloudEvent::BackgroundError(error));
        }
        if self.account.borrow().is_none() {
            // Signed out while it was written.
            self.vault.delete(&[&slot]).await.unwrap_or_default();
        }
    }

    /// Asks the server whenever settings are older than the interval, until `ended` says so; backs off after failures.
    pub async fn keep_fresh(self: Rc<Self>, ended: impl Fn() -> bool, may_ask: impl Fn() -> bool) {
        while !ended() {
            let wait_ms = if self.is_static() || self.account.borrow().is_none() || !may_ask() {
                u64::MAX
            } else {
                self.next_refresh_in_ms()
            };
            if wait_ms == 0 {
                let refreshed = self.refresh().await;
                let done = if refreshed.is_ok() { self.make_kept().await } else { refreshed.map(drop) };
                if let Err(error) = done {
                    self.events.emit(CloudEvent::BackgroundError(error));
                }
            } else {
                select(Box::pin(self.platform.sleep(wait_ms)), Box::pin(self.wake.notified())).await;
            }
        }
    }

    fn next_refresh_in_ms(&self) -> u64 {
        // A page that nobody looks at asks when it is looked at again.
        if !self.platform.visible() {
            return u64::MAX;
        }
        // None: the clock was set back, and nobody knows.
        let age_ms = self.platform.wall_ms().checked_sub(self.checked_at_ms.get());
        let due_in_ms = age_ms.map_or(0, |age_ms| self.interval_ms.saturating_sub(age_ms));
        due_in_ms.max(self.backoff.remaining_ms(&*self.platform))
    }

    /// Something happened (sign-in, visibility, network): look at the clock now. `forced`: ask even if settings are fresh, but not
    /// before the server would have it.
    pub fn wake(&self, forced: bool) {
        if forced {
            self.checked_at_ms.set(0);
        }
        self.backoff.woken();
        self.wake.notify();
    }

    /// Hears from now on when another tab asked the server.
    pub fn listen(self: &Rc<Self>) {
        let me = Rc::downgrade(self);
        let subscription = self.platform.listen(
            &self.channel,
            Box::new(move |text| {
                let Some(me) = me.upgrade() else { return };
                let Ok(document) = read(text.as_bytes()) else { return };
                let told = |name| document.root().get(name);
                let Some(checked_at_ms) = told("checkedAt").and_then(Json::as_u64) else { return };
                let account = me.account.borrow().clone();
                let Some(account) =
                    account.filter(|account| told("slot").and_then(Json::as_str).as_deref() == Some(&slot(account)))
                else {
                    return;
                };
                me.checked_at_ms.set(checked_at_ms.min(me.platform.wall_ms()));
                if told("changed").and_then(Json::as_bool) == Some(true) {
                    let me = me.clone();
                    me.platform.clone().spawn(async move { me.take_over(account).await }.boxed_local());
                }
                me.wake.notify();
            }),
        );
        *self.listening.borrow_mut() = Some(subscription);
    }

    /// Hears no other tab any more, and ends [`SettingsService::keep_fresh`], once that is to end.
    pub fn close(&self) {
        *self.listening.borrow_mut() = None;
        self.wake.notify();
    }

    /// Takes what another tab stored.
    async fn take_over(&self, account: Account) {
        let before = self.held();
        let Some(mut found) = self.cached(&account, Source::OtherTab).await else { return };
        let is_untouched = self.with(|held| match (&before, held) {
            (None, None) => true,
            (Some(before), Some(held)) => {
                Rc::ptr_eq(&before.organization.bytes(), &held.organization.bytes())
                    && before.user.as_ref().map(Rc::as_ptr) == held.user.as_ref().map(Rc::as_ptr)
            }
            _ => false,
        });
        // Somebody else by now, or the server was asked here too, later.
        if self.account.borrow().as_ref() != Some(&account) || !is_untouched {
            return;
        }
        // What that tab asked for may be from before a change that was made here.
        let newer = before
            .filter(|held| held.user.as_deref().and_then(version_of) > found.user.as_deref().and_then(version_of));
        if let Some(held) = &newer {
            found = Held { user: held.user.clone(), user_config: held.user_config, etag: None, ..found };
        }
        let (organization, user) = {
            let held = self.held.borrow();
            let held = held.as_ref();
            (
                held.is_none_or(|held| {
                    held.organization != found.organization || held.invalid_profiles != found.invalid_profiles
                }),
                held.is_none_or(|held| held.user != found.user),
            )
        };
        *self.held.borrow_mut() = Some(found.clone());
        if organization || user {
            self.events.emit(CloudEvent::SettingsUpdated { organization, user, warnings: Vec::new() });
        }
        if newer.is_some() {
            self.cache(&account, &found).await;
            self.tell(self.checked_at_ms.get(), true);
        }
    }

    pub(super) fn tell(&self, checked_at_ms: u64, changed: bool) {
        let Some(account) = self.account.borrow().clone() else { return };
        let mut json = Writer::new();
        json.begin_object();
        json.name("slot");
        json.str(&slot(&account));
        json.name("checkedAt");
        json.u64(checked_at_ms);
        json.name("changed");
        json.bool(changed);
        json.end_object();
        self.platform.post(&self.channel, &String::from_utf8_lossy(json.as_bytes()));
    }

    pub(super) fn is_static(&self) -> bool {
        self.held.borrow().as_ref().is_some_and(|held| held.source == Source::Static)
    }
}
