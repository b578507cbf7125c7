//! `CloudService`: owns the parts, starts them in order, lets what happens in one reach the others, and ends them.

mod account;
mod config;
mod documents;

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use futures_util::FutureExt;
use futures_util::future::join;

pub use self::config::{AuthConfig, Config};
use self::config::{check_oauth, check_redirect};
use crate::api::{CloudApi, checked_base};
use crate::auth::AuthService;
use crate::auth::static_token::StaticToken;
use crate::auth::ticket::TicketConfig;
use crate::error::{CloudError, Code, Result};
use crate::event::{AuthState, CloudEvent, Events, UserInfo};
use crate::platform::vault::Vault;
use crate::platform::{PageSignal, Platform, Subscription};
use crate::profiles::manager::ProviderSettingsManager;
use crate::settings::permissions::is_task_sync_enabled;
use crate::settings::service::SettingsService;
use crate::share::{SharePermissions, ShareRequest, ShareResult, ShareService};
use crate::telemetry::client::{Surroundings, TelemetryClient};

/// The client of one cloud, for one person at a time.
pub struct CloudService<P: Platform> {
    platform: Rc<P>,
    config: Config,
    events: Rc<Events>,
    outside: Rc<dyn Fn(&CloudEvent)>,
    auth: Rc<AuthService<P>>,
    api: Rc<CloudApi<P, AuthService<P>>>,
    settings: Rc<SettingsService<P, AuthService<P>>>,
    profiles: Rc<ProviderSettingsManager<P>>,
    share: ShareService<P, AuthService<P>>,
    telemetry: Rc<TelemetryClient<P, AuthService<P>>>,
    /// The person is known as the cloud knows them, not only as the token does.
    user_complete: Cell<bool>,
    /// They are being asked for.
    learning: Cell<bool>,
    /// Settings came that the profiles have not been merged with.
    sync_due: Cell<bool>,
    online: Cell<bool>,
    last_error: RefCell<Option<CloudError>>,
    generation: Cell<u64>,
    disposed: Rc<Cell<bool>>,
    /// What goes on beside the page, since [`CloudService::start`].
    reaction: RefCell<Option<Rc<dyn Fn(&CloudEvent)>>>,
    signals: RefCell<Option<Subscription>>,
    me: Weak<Self>,
}

impl<P: Platform> CloudService<P> {
    /// Checks `config` and puts the parts together; fails with CONFIG. `outside` hears every event. Nothing is asked of storage before
    /// [`CloudService::open`].
    pub fn new(platform: Rc<P>, config: Config, outside: Rc<dyn Fn(&CloudEvent)>) -> Result<Rc<Self>> {
        let base = checked_base(&*platform, &config.api_url, "apiUrl")?;
        let events = Rc::new(Events::default());
        let (owner, auth) = match &config.auth {
            AuthConfig::OAuth { oauth, .. } => {
                check_oauth(&*platform, oauth)?;
                let owner = format!("{} {}", oauth.issuer, oauth.client_id);
                let vault = Rc::new(Vault::new(platform.clone(), owner.clone()));
                (owner.clone(), AuthService::oauth(platform.clone(), &vault, events.clone(), oauth.clone(), owner))
            }
            AuthConfig::Ticket { clerk_url, auth_redirect } => {
                let ticket = TicketConfig {
                    api_url: base.clone(),
                    clerk_url: checked_base(&*platform, clerk_url, "auth.clerkUrl")?,
                    auth_redirect: auth_redirect.clone(),
                };
                check_redirect(&*platform, auth_redirect, "auth.authRedirect")?;
                let owner = format!("{base} {}", ticket.clerk_url);
                let vault = Rc::new(Vault::new(platform.clone(), owner.clone()));
                (owner.clone(), AuthService::ticket(platform.clone(), &vault, events.clone(), ticket, owner))
            }
            AuthConfig::Custom { provider } => {
                let owner = format!("{base} custom");
                let vault = Rc::new(Vault::new(platform.clone(), owner.clone()));
                let provider = provider.clone();
                (owner.clone(), AuthService::custom(platform.clone(), &vault, events.clone(), provider, owner))
            }
            AuthConfig::Static { token } => {
                (format!("{base} token"), AuthService::static_token(platform.clone(), StaticToken::new(token)?))
            }
        };
        let vault = Rc::new(Vault::new(platform.clone(), owner.clone()));
        let auth = Rc::new(auth);
        let api = Rc::new(CloudApi::new(platform.clone(), base, auth.clone()));
        let settings = SettingsService::new(
            platform.clone(),
            vault.clone(),
            events.clone(),
            api.clone(),
            &owner,
            config.settings_interval_ms,
        );
        if let Some(organization) = &config.static_settings {
            settings.hold_static(organization.clone());
        }
        let profiles = ProviderSettingsManager::new(platform.clone(), vault.clone(), events.clone(), &owner);
        let share = ShareService::new(platform.clone(), api.clone(), events.clone());
        let telemetry = TelemetryClient::new(
            platform.clone(),
            vault,
            api.clone(),
            events.clone(),
            config.telemetry.clone(),
            surroundings(&auth, &settings),
        );
        let online = Cell::new(platform.online());
        Ok(Rc::new_cyclic(|me| Self {
            platform,
            config,
            events,
            outside,
            auth,
            api,
            settings,
            profiles,
            share,
            telemetry,
            user_complete: Cell::new(false),
            learning: Cell::new(false),
            sync_due: Cell::new(false),
            online,
            last_error: RefCell::default(),
            generation: Cell::new(0),
            disposed: Rc::default(),
            reaction: RefCell::default(),
            signals: RefCell::default(),
            me: me.clone(),
        }))
    }

    /// Looks into storage: all that a first snapshot needs. What lies there never makes it fail. [`CloudService::start`] does the rest.
    pub async fn open(&self) {
        let me = self.me.clone();
        self.events.set_listener(Some(Rc::new(move |event| {
            if let Some(me) = me.upgrade() {
                me.observe(&event);
            }
        })));
        self.auth.open().await;
        self.open_account().await;
    }

    /// Begins, once, what goes on beside the page: asks the network, hears the other tabs, keeps the session alive, delivers events.
    /// Nothing of it is reachable before, so that it may lie in a part of the module that is loaded after the first snapshot.
    pub fn start(&self) {
        if self.disposed.get() || self.reaction.borrow().is_some() {
            return;
        }
        let me = self.me.clone();
        *self.reaction.borrow_mut() = Some(Rc::new(move |event| {
            if let Some(me) = me.upgrade() {
                me.react(event);
            }
        }));
        self.settings.listen();
        self.profiles.listen();
        self.hear_page();
        self.set_online(self.platform.online());

        let ended = |disposed: &Rc<Cell<bool>>| {
            let disposed = disposed.clone();
            move || disposed.get()
        };
        let (auth_ended, settings_ended) = (ended(&self.disposed), ended(&self.disposed));
        self.spawn(|me| async move {
            // Whoever was disposed of meanwhile would never stop listening.
            if me.disposed.get() {
                return;
            }
            if let Err(error) = me.auth.listen().await {
                me.events.emit(CloudEvent::BackgroundError(error));
            }
            me.auth.keep_alive(auth_ended).await;
        });
        let (settings, signed_in) = (self.settings.clone(), self.auth.clone());
        let may_ask = move || signed_in.session_token().is_some();
        self.platform.spawn(async move { settings.keep_fresh(settings_ended, may_ask).await }.boxed_local());
        self.telemetry.start();
        if self.auth.state() == AuthState::ActiveSession {
            self.session_began(true);
        }
        // What lay in storage was merged when it came, but for a page that was closed meanwhile.
        self.sync_if_due();
    }

    /// Hears everything that happens inside: the outside first, then whoever has to act on it.
    fn observe(&self, event: &CloudEvent) {
        if self.disposed.get() {
            return;
        }
        if matches!(event, CloudEvent::AuthStateChanged { .. } | CloudEvent::UserInfo(_)) {
            self.turn_to_account();
        }
        self.generation.set(self.generation.get() + 1);
        match event {
            CloudEvent::BackgroundError(error) => *self.last_error.borrow_mut() = Some(error.clone()),
            CloudEvent::SettingsUpdated { organization: true, .. } if self.config.sync_profiles => {
                self.sync_due.set(true);
            }
            _ => {}
        }
        (self.outside)(event);
        let reaction = self.reaction.borrow().clone();
        if let Some(reaction) = reaction {
            reaction(event);
        }
    }

    fn react(&self, event: &CloudEvent) {
        match event {
            CloudEvent::AuthStateChanged { state: AuthState::ActiveSession, previous, .. } => {
                *self.last_error.borrow_mut() = None;
                self.session_began(matches!(previous, AuthState::LoggedOut | AuthState::Initializing));
            }
            CloudEvent::UserInfo(_) => self.spawn(|me| async move { me.follow_account().await }),
            CloudEvent::SettingsUpdated { organization: true, .. } => self.sync_if_due(),
            _ => {}
        }
    }

    /// There is a session token: what could not be asked without one is asked now.
    fn session_began(&self, signed_in_now: bool) {
        self.settings.wake(signed_in_now);
        self.telemetry.wake();
        self.learn_person();
    }

    /// Nothing of one account shows for another: what was held of it is gone before anybody hears that somebody else is there.
    fn turn_to_account(&self) {
        let user = self.auth.user();
        let account = user.as_ref().and_then(UserInfo::account);
        if account.is_none() {
            self.user_complete.set(false);
        }
        self.settings.turn_to(account);
        self.profiles.turn_to(user.and_then(|user| user.id));
    }

    /// Settings and profiles are those of whoever is signed in.
    async fn open_account(&self) {
        self.turn_to_account();
        join(self.settings.open(), self.profiles.open()).await;
    }

    async fn follow_account(&self) {
        self.open_account().await;
        self.sync_if_due();
        self.settings.wake(false);
    }

    /// Merges what came, once there is something to merge it into.
    fn sync_if_due(&self) {
        if self.profiles.is_open() && self.sync_due.take() {
            self.spawn(|me| async move { me.sync_in_background().await });
        }
    }

    async fn sync_in_background(&self) {
        match self.sync_profiles(None).await {
            Err(error) if error.code != Code::NotAuthenticated => self.events.emit(CloudEvent::BackgroundError(error)),
            _ => {}
        }
    }

    fn hear_page(&self) {
        let me = self.me.clone();
        let signals = self.platform.on_signal(Box::new(move |signal| {
            let Some(me) = me.upgrade() else { return };
            let online = signal != PageSignal::Offline && (signal == PageSignal::Online || me.platform.online());
            me.set_online(online);
            if matches!(signal, PageSignal::Online | PageSignal::Visible | PageSignal::Resumed) {
                me.auth.wake();
                me.settings.wake(signal == PageSignal::Online);
                me.telemetry.wake();
            }
            if signal == PageSignal::Hidden {
                me.telemetry.page_hidden();
            }
        }));
        *self.signals.borrow_mut() = Some(signals);
    }

    fn set_online(&self, online: bool) {
        if self.online.replace(online) != online {
            self.events.emit(CloudEvent::ConnectionChanged { online });
        }
    }

    /// Ends everything that runs. What is stored stays.
    pub fn dispose(&self) {
        if self.disposed.replace(true) {
            return;
        }
        self.events.set_listener(None);
        *self.signals.borrow_mut() = None;
        self.auth.close();
        self.settings.close();
        self.profiles.close();
        self.telemetry.end();
    }

    /// Whether [`CloudService::dispose`] was called.
    pub fn is_disposed(&self) -> bool {
        self.disposed.get()
    }

    // ------------------------------------------------------------------------------------------------------------ reading

    /// Another number whenever something in the snapshot may be another.
    pub fn generation(&self) -> u64 {
        self.generation.get()
    }

    /// What the browser believes about the network.
    pub fn online(&self) -> bool {
        self.online.get()
    }

    /// The last failure that nobody was waiting for, since the session became active.
    pub fn last_error(&self) -> Option<CloudError> {
        self.last_error.borrow().clone()
    }

    /// What happens, told to whoever listens.
    pub fn events(&self) -> &Events {
        &self.events
    }

    /// Who is signed in.
    pub fn auth(&self) -> &AuthService<P> {
        &self.auth
    }

    /// The settings in hand.
    pub fn settings(&self) -> &SettingsService<P, AuthService<P>> {
        &self.settings
    }

    /// The profiles in hand.
    pub fn profiles(&self) -> &ProviderSettingsManager<P> {
        &self.profiles
    }

    /// The place it runs in.
    pub fn platform(&self) -> &Rc<P> {
        &self.platform
    }

    /// What sharing is allowed now.
    pub fn share_permissions(&self) -> SharePermissions {
        let settings = self.settings.with(|held| held.map(|held| held.cloud_settings)).unwrap_or_default();
        SharePermissions {
            signed_in: self.auth.user().is_some(),
            share: settings.can_share(),
            share_publicly: settings.can_share_publicly(),
            expiration_days: settings.task_share_expiration_days,
        }
    }

    /// Shares a task; `copy` was begun in the click.
    pub async fn share_task(&self, copy: P::Copy, request: ShareRequest<'_>) -> Result<ShareResult> {
        let account = || self.auth.user().as_ref().and_then(UserInfo::account);
        let (asked_by, visibility) = (account(), request.visibility);
        let still_wanted = || account() == asked_by && self.share_permissions().check(visibility).is_ok();
        self.share.share_task(copy, request, self.share_permissions(), &still_wanted).await
    }

    /// Whether the messages of tasks are sent.
    pub fn is_task_sync_enabled(&self) -> bool {
        task_sync(&self.auth, &self.settings) == Some(true)
    }

    /// The events of this tab.
    pub fn telemetry(&self) -> &Rc<TelemetryClient<P, AuthService<P>>> {
        &self.telemetry
    }

    /// The API, for features of one's own.
    pub fn api(&self) -> &CloudApi<P, AuthService<P>> {
        &self.api
    }

    fn spawn<F: Future<Output = ()> + 'static>(&self, work: impl FnOnce(Rc<Self>) -> F) {
        if let Some(me) = self.me.upgrade() {
            self.platform.spawn(work(me).boxed_local());
        }
    }
}

fn task_sync<P: Platform>(auth: &AuthService<P>, settings: &SettingsService<P, AuthService<P>>) -> Option<bool> {
    let mut in_organization = false;
    auth.with_user(&mut |user| in_organization = user.is_some_and(|user| user.organization_id.is_some()));
    settings.with(|held| {
        let organization = held.map(|held| held.cloud_settings);
        is_task_sync_enabled(organization, held.and_then(|held| held.user_config), in_organization)
    })
}

/// What telemetry asks about the other rooms.
fn surroundings<P: Platform>(
    auth: &Rc<AuthService<P>>,
    settings: &Rc<SettingsService<P, AuthService<P>>>,
) -> Surroundings {
    let (person, session, sync, settings) = (auth.clone(), auth.clone(), auth.clone(), settings.clone());
    Surroundings {
        account: Box::new(move |look| person.with_user(look)),
        has_session: Box::new(move || session.session_token().is_some()),
        task_sync: Box::new(move || task_sync(&sync, &settings)),
    }
}
