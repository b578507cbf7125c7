//! The session: one grant, refreshed once for all tabs, dropped only on proof that it is dead.

mod tabs;

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use futures_util::future::select;

use super::credentials::{Grant, SessionToken};
use super::oauth::id_token::Claims;
use super::oauth::token::{TokenAnswer, TokenError};
use super::peers::PeerMessage;
use super::way::WayIn;
use crate::error::{CloudError, Code, Result};
use crate::event::{AuthState, CloudEvent, Events, UserInfo};
use crate::platform::backoff::backoff_ms;
use crate::platform::exclusive::exclusive;
use crate::platform::flight::Flight;
use crate::platform::notify::Notify;
use crate::platform::vault::Vault;
use crate::platform::{Expect, Platform, Subscription};
use crate::secret::Secret;

const SLOT: &str = "session";
/// How long a refresh waits for other tabs before it gives up, unsent.
const ACQUIRE_LIMIT_MS: u64 = 25_000;
/// How long other tabs are given to hand over a token that one of them just got.
const ASK_MS: u64 = 150;
/// A token that ends within this is not sent any more.
const SPENT_MS: u64 = 1_000;
const BACKOFF_BASE_MS: u64 = 1_000;
const BACKOFF_MAX_MS: u64 = 300_000;

/// For whom the person acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ActFor {
    /// Themselves.
    Personal,
    /// The organization of that id.
    Organization(String),
}

impl ActFor {
    /// The value of `organization_id` on the wire (CONTRACT, sign-in).
    pub(super) fn parameter(&self) -> &str {
        match self {
            Self::Personal => "",
            Self::Organization(id) => id,
        }
    }

    /// The organization's id; none: the personal account.
    pub(super) fn organization(&self) -> Option<&str> {
        match self {
            Self::Personal => None,
            Self::Organization(id) => Some(id),
        }
    }
}

/// A grant and its place in storage.
#[derive(Clone)]
struct Kept {
    grant: Grant,
    /// The version in storage that it was read from or written as.
    version: u64,
    /// It could not be stored yet, and is newer than what is. The stored one must never be sent again.
    unsaved: bool,
}

/// The state of the sign-in of this tab, and the rules that keep it in step with the other tabs.
pub struct Session<P> {
    platform: Rc<P>,
    vault: Rc<Vault<P>>,
    events: Rc<Events>,
    way: Rc<dyn WayIn>,
    /// Names the lock and the channel.
    scope: String,
    state: Cell<AuthState>,
    kept: RefCell<Option<Kept>>,
    token: RefCell<Option<(SessionToken, u64)>>,
    /// Another number after every sign-in and sign-out: what began under an old one is thrown away.
    epoch: Cell<u64>,
    flight: Flight<Result<()>>,
    /// The token that the server answered 401 to; nobody may hand it to us again.
    refused: RefCell<Option<Secret>>,
    failures: Cell<u32>,
    /// Not before this does the next try of its own accord happen, by the monotonic clock.
    next_try_ms: Cell<u64>,
    wake: Notify,
    listening: RefCell<Option<Subscription>>,
    me: Weak<Self>,
}

impl<P: Platform> Session<P> {
    /// A session kept in `vault`, not looked at yet. `scope` names who gives the tokens, and to which client.
    pub fn new(
        platform: Rc<P>,
        vault: Rc<Vault<P>>,
        events: Rc<Events>,
        way: Rc<dyn WayIn>,
        scope: String,
    ) -> Rc<Self> {
        Rc::new_cyclic(|me| Self {
            platform,
            vault,
            events,
            way,
            scope,
            state: Cell::new(AuthState::Initializing),
            kept: RefCell::new(None),
            token: RefCell::new(None),
            epoch: Cell::new(0),
            flight: Flight::default(),
            refused: RefCell::new(None),
            failures: Cell::new(0),
            next_try_ms: Cell::new(0),
            wake: Notify::default(),
            listening: RefCell::new(None),
            me: me.clone(),
        })
    }

    /// Looks into storage. Whatever it finds, it does not fail: what is unreadable counts as signed out.
    pub async fn open(&self) {
        match self.read().await {
            Ok(Some(kept)) => {
                *self.kept.borrow_mut() = Some(kept);
                self.set_state(AuthState::AttemptingSession, None);
            }
            Ok(None) => self.set_state(AuthState::LoggedOut, None),
            Err(error) => {
                self.set_state(AuthState::LoggedOut, Some(error.code));
                self.events.emit(CloudEvent::BackgroundError(error));
            }
        }
    }

    /// Where the sign-in stands.
    pub fn state(&self) -> AuthState {
        self.state.get()
    }

    /// Who is signed in.
    pub fn user(&self) -> Option<UserInfo> {
        self.kept.borrow().as_ref().map(|kept| kept.grant.user.clone())
    }

    /// Which sign-in it is; another one has another number.
    pub fn sign_in(&self) -> Option<u64> {
        self.kept.borrow().as_ref().map(|kept| kept.grant.sign_in)
    }

    /// The session token, if it is good now.
    pub fn token(&self) -> Option<Secret> {
        self.token_for(0)
    }

    /// The session token, if it is good for `min_ttl_ms` more.
    pub fn token_for(&self, min_ttl_ms: u64) -> Option<Secret> {
        let token = self.token.borrow();
        let (token, _) = token.as_ref()?;
        (token.remaining_ms(&*self.platform) > min_ttl_ms).then(|| token.value.clone())
    }

    /// A session token that is good for `min_ttl_ms` more (at most three quarters of a token's life are given), refreshed where
    /// it must be.
    pub async fn fresh_token(&self, min_ttl_ms: u64) -> Result<Secret> {
        let asked_ms = min_ttl_ms.max(SPENT_MS);
        let can_ms = self.token.borrow().as_ref().map_or(asked_ms, |(token, _)| asked_ms.min(token.lives_ms() / 4 * 3));
        if let Some(token) = self.token_for(can_ms) {
            return Ok(token);
        }
        let refreshed = self.refresh().await;
        match self.token() {
            Some(token) => Ok(token),
            None => Err(refreshed.err().unwrap_or_else(not_authenticated)),
        }
    }

    /// The server answered 401 to `sent`: unless another one is there by now, it is dropped and a new one fetched.
    pub async fn rejected(&self, sent: &Secret) -> Result<()> {
        if self.token().is_some_and(|token| token != *sent) {
            return Ok(());
        }
        *self.token.borrow_mut() = None;
        *self.refused.borrow_mut() = Some(sent.clone());
        self.refresh().await
    }

    /// Fetches a session token: one request for all callers of this tab, and for all tabs.
    pub async fn refresh(&self) -> Result<()> {
        self.refresh_as(None).await
    }

    /// The same, acting for another organization from then on.
    pub async fn switch_organization(&self, to: ActFor) -> Result<()> {
        // What is under way is for somebody else; joined, it would lose this switch. Another may begin while one is awaited.
        while let Some(under_way) = self.flight.under_way() {
            let _ = under_way.await;
        }
        self.refresh_as(Some(to)).await
    }

    async fn refresh_as(&self, switch: Option<ActFor>) -> Result<()> {
        if self.kept.borrow().is_none() {
            return Err(not_authenticated());
        }
        if let Some(under_way) = self.flight.under_way() {
            return under_way.await;
        }
        let Some(me) = self.me.upgrade() else { return Err(not_authenticated()) };
        let work = async move {
            let result = me.refresh_across_tabs(switch).await;
            me.flight.land();
            me.after_refresh(&result);
            result
        };
        self.flight.start(&*self.platform, work).await
    }

    /// Counts failures and tells them; the state follows.
    fn after_refresh(&self, result: &Result<()>) {
        match result {
            Ok(()) => self.forget_failures(),
            Err(error) if self.kept.borrow().is_some() => {
                self.failures.set(self.failures.get().saturating_add(1));
                let wait_ms = backoff_ms(
                    &*self.platform,
                    self.failures.get(),
                    BACKOFF_BASE_MS,
                    BACKOFF_MAX_MS,
                    error.retry_after_ms,
                );
                self.next_try_ms.set(self.platform.monotonic_ms().saturating_add(wait_ms));
                if self.token().is_none() {
                    self.set_state(AuthState::InactiveSession, Some(error.code));
                }
                self.events.emit(CloudEvent::BackgroundError(error.clone()));
            }
            Err(_) => {}
        }
        self.wake.notify();
    }

    async fn refresh_across_tabs(&self, switch: Option<ActFor>) -> Result<()> {
        let epoch = self.epoch.get();
        // Before the lock, which is for the token request alone.
        self.way.prepare().await?;
        let _alone = exclusive(&self.platform, &format!("refresh/{}", self.scope), ACQUIRE_LIMIT_MS).await?;
        for _ in 0..3 {
            let Some(kept) = self.reread(epoch).await? else { return Err(not_authenticated()) };
            if switch.is_none() && self.hand_over(&kept).await {
                return Ok(());
            }
            let Some(refresh_token) = kept.grant.refresh_token.clone() else {
                self.end(Some(Code::TokenExpired));
                return Err(token_expired());
            };
            let kept = match self.mark_sent(kept).await {
                Ok(kept) => kept,
                Err(error) if error.code == Code::Conflict => continue,
                Err(error) => return Err(error),
            };
            self.check(epoch)?;
            let held = self.last_token();
            match self.way.renew(&refresh_token, switch.as_ref(), held.as_ref()).await {
                Ok((answer, claims)) => return self.commit(epoch, kept, answer, claims, switch).await,
                Err(TokenError::Other(error)) => return Err(error),
                Err(TokenError::InvalidGrant) => {
                    self.check(epoch)?;
                    // Without locks, or with one stolen, another tab may have spent it first: then its successor is in storage.
                    match self.read().await {
                        Ok(Some(newer)) if newer.grant.generation != kept.grant.generation && !kept.unsaved => {
                            *self.kept.borrow_mut() = Some(newer);
                        }
                        _ => {
                            self.forget_stored(&kept).await;
                            self.end(Some(Code::TokenExpired));
                            return Err(token_expired());
                        }
                    }
                }
            }
        }
        Err(CloudError::new(Code::Conflict, "other tabs kept changing the session; nothing was lost, try again"))
    }

    /// The grant as storage has it now, which may be newer than ours. `None`: signed out in another tab, and so here.
    async fn reread(&self, epoch: u64) -> Result<Option<Kept>> {
        let ours = self.kept.borrow().clone();
        let found = match ours {
            // Newer than what is stored: try to store it, and use it either way.
            Some(ours) if ours.unsaved => self.save(ours).await,
            ours => match self.read().await {
                Ok(found) => found,
                Err(error) if error.code == Code::StorageUnavailable => ours,
                Err(error) => return Err(error),
            },
        };
        self.check(epoch)?;
        match &found {
            Some(found) => self.keep(found.clone()),
            None => self.end(None),
        }
        Ok(found)
    }

    /// Whether another tab has a token of this grant that is good for a while, and gave it to us.
    async fn hand_over(&self, kept: &Kept) -> bool {
        if self.took(kept) {
            return true;
        }
        let peer_may_have = kept.grant.token_until_ms > self.platform.wall_ms() + SPENT_MS;
        if !peer_may_have || !self.platform.has_channel() {
            return false;
        }
        self.tell(&PeerMessage::Ask { sign_in: kept.grant.sign_in, generation: kept.grant.generation });
        for _ in 0..6 {
            self.platform.sleep(ASK_MS / 6).await;
            if self.took(kept) {
                return true;
            }
        }
        false
    }

    /// Whether the token we hold is of this very refresh and good for a while.
    fn took(&self, kept: &Kept) -> bool {
        let good = self
            .token
            .borrow()
            .as_ref()
            .is_some_and(|(token, generation)| *generation == kept.grant.generation && !self.is_due(token));
        if good {
            self.set_state(AuthState::ActiveSession, None);
        }
        good
    }

    fn is_due(&self, token: &SessionToken) -> bool {
        token.remaining_ms(&*self.platform) <= self.margin_ms(token)
    }

    /// Notes in storage that a refresh is on its way, so that whoever comes next knows why the token may be spent.
    async fn mark_sent(&self, mut kept: Kept) -> Result<Kept> {
        kept.grant.sent_at_ms = Some(self.platform.wall_ms());
        if kept.unsaved {
            return Ok(kept);
        }
        match self.vault.write(SLOT, Expect::Version(kept.version), &kept.grant.to_json()).await {
            Ok(version) => kept.version = version,
            // Full or denied: the note is a courtesy, the refresh is not.
            Err(error) if matches!(error.code, Code::StorageFull | Code::StorageUnavailable) => {}
            Err(error) => return Err(error),
        }
        Ok(kept)
    }

    /// Takes the answer of a refresh: memory first, then storage, then the others.
    async fn commit(
        &self,
        epoch: u64,
        mut kept: Kept,
        answer: TokenAnswer,
        claims: Option<Claims>,
        switch: Option<ActFor>,
    ) -> Result<()> {
        if self.check(epoch).is_err() {
            return Err(self.discard(answer.refresh_token.as_ref()).await);
        }
        if let Some(claims) = &claims
            && !kept.grant.subject.is_empty()
            && claims.subject != kept.grant.subject
        {
            self.forget_stored(&kept).await;
            self.end(Some(Code::InvalidCredentials));
            return Err(CloudError::new(
                Code::InvalidCredentials,
                "the server answered for another person; sign in again",
            ));
        }
        let grant = &mut kept.grant;
        grant.generation += 1;
        grant.sent_at_ms = None;
        grant.token_until_ms = self.platform.wall_ms() + answer.expires_in_ms;
        if answer.refresh_token.is_some() {
            grant.refresh_token = answer.refresh_token;
        }
        let said = answer.acts_for.filter(|to| grant.user.organization_id.as_deref() != to.organization());
        if let Some(to) = switch.or(said) {
            grant.user.organization_name = None;
            grant.user.organization_image_url = None;
            grant.user.organization_role = claims.and_then(|claims| claims.organization_role);
            grant.user.organization_id = match to {
                ActFor::Personal => None,
                ActFor::Organization(id) => Some(id),
            };
        }
        let (user, generation) = (grant.user.clone(), grant.generation);
        let before = self.user();
        let token = SessionToken::new(&*self.platform, answer.access_token, answer.expires_in_ms);
        *self.token.borrow_mut() = Some((token, generation));
        kept.unsaved = true;
        *self.kept.borrow_mut() = Some(kept.clone());
        if before.as_ref() != Some(&user) {
            self.events.emit(CloudEvent::UserInfo(Some(user)));
        }

        let refresh_token = kept.grant.refresh_token.clone();
        let saved = self.save(kept).await;
        if self.check(epoch).is_err() {
            return Err(self.discard(refresh_token.as_ref()).await);
        }
        let Some(saved) = saved else {
            self.end(None);
            return Err(self.discard(refresh_token.as_ref()).await);
        };
        *self.kept.borrow_mut() = Some(saved);
        self.set_state(AuthState::ActiveSession, None);
        self.tell_token();
        Ok(())
    }

    /// Signed out, or somebody else in, while a refresh was under way: nobody may use what came.
    async fn discard(&self, refresh_token: Option<&Secret>) -> CloudError {
        if let Some(token) = refresh_token {
            let _ = self.way.revoke(token).await;
        }
        not_authenticated()
    }

    /// Stores `kept`; what cannot be stored stays in memory and is tried again with the next refresh. `None`: another tab
    /// signed out, or somebody else in, and this grant is over.
    async fn save(&self, mut kept: Kept) -> Option<Kept> {
        for _ in 0..3 {
            match self.vault.write(SLOT, Expect::Version(kept.version), &kept.grant.to_json()).await {
                Ok(version) => return Some(Kept { version, unsaved: false, ..kept }),
                Err(error) if error.code == Code::Conflict => match self.read().await {
                    Ok(Some(stored)) if stored.grant.sign_in != kept.grant.sign_in => return None,
                    Ok(Some(stored)) if stored.grant.generation > kept.grant.generation => return Some(stored),
                    // An older one, touched since we read it: ours replaces it.
                    Ok(Some(stored)) => kept.version = stored.version,
                    Ok(None) => return None,
                    Err(_) => return Some(kept),
                },
                Err(error) => {
                    self.events.emit(CloudEvent::BackgroundError(error));
                    return Some(kept);
                }
            }
        }
        Some(kept)
    }

    /// Somebody signed in here with `answer`, who is `user`.
    pub async fn begin(&self, answer: TokenAnswer, user: UserInfo) -> Result<()> {
        let mut number = [0; 6];
        self.platform
            .random(&mut number)
            .map_err(|_| CloudError::new(Code::CryptoUnavailable, "no randomness here"))?;
        let grant = Grant {
            sign_in: number.iter().fold(0, |sum, byte| (sum << 8) | u64::from(*byte)),
            generation: 0,
            refresh_token: answer.refresh_token,
            subject: user.id.clone().unwrap_or_default(),
            user,
            sent_at_ms: None,
            token_until_ms: self.platform.wall_ms() + answer.expires_in_ms,
        };
        let token = SessionToken::new(&*self.platform, answer.access_token, answer.expires_in_ms);
        self.establish(grant, token).await
    }

    /// Somebody signed in here: `grant` replaces what there was, in all tabs.
    pub async fn establish(&self, grant: Grant, token: SessionToken) -> Result<()> {
        self.epoch.set(self.epoch.get() + 1);
        let epoch = self.epoch.get();
        let (user, generation) = (grant.user.clone(), grant.generation);
        let mut kept = Kept { grant, version: 0, unsaved: true };
        match self.vault.write(SLOT, Expect::Any, &kept.grant.to_json()).await {
            Ok(version) => {
                kept.version = version;
                kept.unsaved = false;
            }
            // Signed in all the same, for as long as this page lives.
            Err(error) => self.events.emit(CloudEvent::BackgroundError(error)),
        }
        self.check(epoch)?;
        *self.kept.borrow_mut() = Some(kept);
        // Where credentials are all that came, the first token is still to be asked for.
        let has_token = token.remaining_ms(&*self.platform) > 0;
        *self.token.borrow_mut() = has_token.then_some((token, generation));
        self.set_state(if has_token { AuthState::ActiveSession } else { AuthState::AttemptingSession }, None);
        self.events.emit(CloudEvent::UserInfo(Some(user)));
        self.wake();
        if !has_token {
            // Failing, it is tried again; the sign-in stands.
            let _ = self.refresh().await;
        }
        Ok(())
    }

    /// What is known of the person has grown (`GET /api/me`).
    pub async fn learn_user(&self, user: UserInfo) {
        let epoch = self.epoch.get();
        let Some(mut kept) = self.kept.borrow().clone() else { return };
        if kept.grant.user == user {
            return;
        }
        kept.grant.user = user.clone();
        if let Some(ours) = self.kept.borrow_mut().as_mut() {
            ours.grant.user = user.clone();
        }
        self.events.emit(CloudEvent::UserInfo(Some(user)));
        // A refresh in another tab may be faster; then this is learned again.
        if let Ok(version) = self.vault.write(SLOT, Expect::Version(kept.version), &kept.grant.to_json()).await
            && self.epoch.get() == epoch
            && let Some(ours) = self.kept.borrow_mut().as_mut()
            && ours.version == kept.version
        {
            ours.version = version;
            self.tell(&PeerMessage::UserChanged { sign_in: kept.grant.sign_in });
        }
    }

    /// What session tokens are asked for with.
    pub fn credential(&self) -> Option<Secret> {
        self.kept.borrow().as_ref().and_then(|kept| kept.grant.refresh_token.clone())
    }

    /// Signs this device out: wipes what is stored and known here, and in all tabs. Gives the refresh token, to be revoked.
    pub async fn sign_out(&self) -> Result<Option<Secret>> {
        let token = self.credential();
        self.end(None);
        self.tell(&PeerMessage::SignedOut);
        self.vault.delete(&[SLOT]).await?;
        Ok(token)
    }

    /// From now on this tab is signed out.
    fn end(&self, cause: Option<Code>) {
        self.epoch.set(self.epoch.get() + 1);
        *self.token.borrow_mut() = None;
        *self.refused.borrow_mut() = None;
        let was = self.kept.borrow_mut().take();
        self.set_state(AuthState::LoggedOut, cause);
        if was.is_some() {
            self.events.emit(CloudEvent::UserInfo(None));
        }
        self.wake.notify();
    }

    /// Drops a grant that is proven dead from storage, unless another tab replaced it.
    async fn forget_stored(&self, kept: &Kept) {
        if let Ok(Some(stored)) = self.read().await
            && stored.grant.sign_in == kept.grant.sign_in
            && stored.grant.generation <= kept.grant.generation
        {
            let _ = self.vault.delete(&[SLOT]).await;
            self.tell(&PeerMessage::SignedOut);
        }
    }

    /// Keeps the session alive until `ended` says so: renews before the end, backs off after failures, looks again when woken.
    /// Timers only wake; the clock decides.
    pub async fn keep_alive(self: Rc<Self>, ended: impl Fn() -> bool) {
        while !ended() {
            let wait_ms = self.next_refresh_in_ms();
            if wait_ms == 0 {
                // What went wrong is told by the refresh itself.
                let _ = self.refresh().await;
            } else {
                select(Box::pin(self.platform.sleep(wait_ms)), Box::pin(self.wake.notified())).await;
            }
        }
    }

    fn next_refresh_in_ms(&self) -> u64 {
        if self.kept.borrow().is_none() {
            return u64::MAX;
        }
        let due_in_ms = self
            .token
            .borrow()
            .as_ref()
            .map_or(0, |(token, _)| token.remaining_ms(&*self.platform).saturating_sub(self.margin_ms(token)));
        due_in_ms.max(self.next_try_ms.get().saturating_sub(self.platform.monotonic_ms()))
    }

    /// The page can be seen, or is online, or awake again: look at the clock now, and forget the backoff.
    pub fn wake(&self) {
        self.forget_failures();
        self.wake.notify();
    }

    fn margin_ms(&self, token: &SessionToken) -> u64 {
        self.way.margin_ms().min(token.lives_ms() / 4)
    }

    /// The session token held last, which may have ended or been refused.
    fn last_token(&self) -> Option<Secret> {
        let held = self.token.borrow().as_ref().map(|(token, _)| token.value.clone());
        held.or_else(|| self.refused.borrow().clone())
    }

    fn forget_failures(&self) {
        self.failures.set(0);
        self.next_try_ms.set(0);
    }

    async fn read(&self) -> Result<Option<Kept>> {
        let Some(record) = self.vault.read(SLOT).await? else { return Ok(None) };
        match Grant::from_json(&record.bytes).or_else(|| self.way.migrate(&record.bytes)) {
            Some(grant) => Ok(Some(Kept { grant, version: record.version, unsaved: false })),
            None => Err(CloudError::new(Code::CorruptData, "the stored sign-in is unreadable; sign in again")),
        }
    }

    /// Fails if somebody signed in or out since `epoch`.
    fn check(&self, epoch: u64) -> Result<()> {
        if self.epoch.get() == epoch { Ok(()) } else { Err(not_authenticated()) }
    }

    fn set_state(&self, state: AuthState, cause: Option<Code>) {
        let previous = self.state.replace(state);
        if previous != state {
            self.events.emit(CloudEvent::AuthStateChanged { state, previous, cause });
        }
    }
}

/// Nobody is signed in.
pub(crate) fn not_authenticated() -> CloudError {
    CloudError::new(Code::NotAuthenticated, "nobody is signed in")
}

fn token_expired() -> CloudError {
    CloudError::new(Code::TokenExpired, "the sign-in has ended; what is stored here is intact, sign in again")
}
