//! The session: one grant, refreshed once for all tabs, dropped only on proof that it is dead.

mod refresh;
mod tabs;

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use futures_util::FutureExt;
use futures_util::future::select;

use super::credentials::{Grant, SessionToken};
use super::oauth::token::TokenAnswer;
use super::peers::PeerMessage;
use super::way::Way;
use crate::error::{CloudError, Code, Result};
use crate::event::{AuthState, CloudEvent, Events, UserInfo};
use crate::platform::backoff::Backoff;
use crate::platform::exclusive::Exclusive;
use crate::platform::flight::Flight;
use crate::platform::notify::Notify;
use crate::platform::vault::{Change, Vault};
use crate::platform::{Expect, Platform, Subscription};
use crate::secret::Secret;
use refresh::SPENT_MS;

const SLOT: &str = "session";
const BACKOFF_BASE_MS: u64 = 1_000;
/// How often storing is tried again that did not succeed.
const SAVE_AGAIN_MS: u64 = 15_000;

/// Tabs fall into so many parts by chance, so that a few can be asked.
const PARTS: u64 = 64;

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

impl Kept {
    fn is_same_refresh(&self, other: &Self) -> bool {
        self.grant.sign_in == other.grant.sign_in && self.grant.generation == other.grant.generation
    }
}

/// A session token in hand.
struct Held {
    token: SessionToken,
    /// Of which sign-in.
    sign_in: u64,
    /// After which refresh.
    generation: u64,
    /// This tab got it, and is the first to hand it over.
    got_here: bool,
}

impl Held {
    fn got_here(token: SessionToken, grant: &Grant) -> Self {
        Self { token, sign_in: grant.sign_in, generation: grant.generation, got_here: true }
    }

    /// Of this refresh or a later one.
    fn is_of(&self, kept: &Kept) -> bool {
        self.sign_in == kept.grant.sign_in && self.generation >= kept.grant.generation
    }
}

/// The state of the sign-in of this tab, and the rules that keep it in step with the other tabs.
pub struct Session<P: Platform> {
    platform: Rc<P>,
    vault: Rc<Vault<P>>,
    events: Rc<Events>,
    way: Rc<Way<P>>,
    /// Names the lock and the channel.
    scope: String,
    /// Which of [`PARTS`] this tab falls into.
    part: u64,
    state: Cell<AuthState>,
    kept: RefCell<Option<Kept>>,
    held: RefCell<Option<Held>>,
    /// Another number after every sign-in and sign-out: what began under an old one is thrown away.
    epoch: Cell<u64>,
    /// A sign-in is being stored: what storage tells of it is no news.
    storing: Cell<bool>,
    /// The sign-in that ended here, and that storage did not let go of.
    left_behind: Cell<Option<u64>>,
    flight: Flight<Result<()>>,
    /// The token that the server answered 401 to; nobody may hand it to us again.
    refused: RefCell<Option<Secret>>,
    /// How long a token must be good for whoever waits for one.
    wanted_ms: Cell<u64>,
    backoff: Backoff,
    wake: Notify,
    /// Another tab handed over a token.
    served: Notify,
    /// Kept while what is stored is spent, and its successor could not be stored: whoever gets it would send the spent one.
    holds_back: RefCell<Option<Exclusive<P>>>,
    listening: RefCell<Option<Subscription>>,
    me: Weak<Self>,
}

impl<P: Platform> Session<P> {
    /// A session kept in `vault`, not looked at yet. `scope` names who gives the tokens, and to which client.
    pub fn new(platform: Rc<P>, vault: Rc<Vault<P>>, events: Rc<Events>, way: Rc<Way<P>>, scope: String) -> Rc<Self> {
        let mut part = [0];
        // Without randomness all are in one.
        let _ = platform.random(&mut part);
        Rc::new_cyclic(|me| Self {
            platform,
            vault,
            events,
            way,
            scope,
            part: u64::from(part[0]) % PARTS,
            state: Cell::new(AuthState::Initializing),
            kept: RefCell::new(None),
            held: RefCell::new(None),
            epoch: Cell::new(0),
            storing: Cell::new(false),
            left_behind: Cell::new(None),
            flight: Flight::default(),
            refused: RefCell::new(None),
            wanted_ms: Cell::new(0),
            backoff: Backoff::new(BACKOFF_BASE_MS),
            wake: Notify::default(),
            served: Notify::default(),
            holds_back: RefCell::new(None),
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

    /// Shows `look` whose it is, without copying it.
    pub fn with_user(&self, look: &mut dyn FnMut(Option<&UserInfo>)) {
        look(self.kept.borrow().as_ref().map(|kept| &kept.grant.user));
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
        let held = self.held.borrow();
        let token = &held.as_ref()?.token;
        (token.remaining_ms(&*self.platform) > min_ttl_ms).then(|| token.value.clone())
    }

    /// A session token that is good for `min_ttl_ms` more (at most three quarters of a token's life are given), refreshed where
    /// it must be.
    pub async fn fresh_token(&self, min_ttl_ms: u64) -> Result<Secret> {
        let asked_ms = min_ttl_ms.max(SPENT_MS);
        let can_ms = self.held.borrow().as_ref().map_or(asked_ms, |held| asked_ms.min(held.token.lives_ms() / 4 * 3));
        if let Some(token) = self.token_for(can_ms) {
            return Ok(token);
        }
        // One that is good for a while, but not for so long, is not good enough now.
        self.wanted_ms.set(can_ms);
        let refreshed = self.refresh().await;
        self.wanted_ms.set(0);
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
        *self.held.borrow_mut() = None;
        *self.refused.borrow_mut() = Some(sent.clone());
        self.refresh().await
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
            id_token: answer.id_token,
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
        let (user, held) = (grant.user.clone(), Held::got_here(token, &grant));
        let mut kept = Kept { grant, version: 0, unsaved: true };
        self.storing.set(true);
        let stored = self.vault.replace(SLOT, &kept.grant.to_json()).await;
        self.storing.set(false);
        match stored {
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
        let has_token = held.token.remaining_ms(&*self.platform) > 0;
        *self.held.borrow_mut() = has_token.then_some(held);
        *self.holds_back.borrow_mut() = None;
        self.set_state(if has_token { AuthState::ActiveSession } else { AuthState::AttemptingSession }, None);
        self.events.emit(CloudEvent::UserInfo(Some(user)));
        self.look_at_clock();
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
        // Where that fails, it is stored with the next refresh.
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

    /// The newest ID token, if the server gave one.
    pub fn id_token(&self) -> Option<Secret> {
        self.kept.borrow().as_ref().and_then(|kept| kept.grant.id_token.clone())
    }

    /// Signs this device out: wipes what is stored and known here, and in all tabs. Gives the refresh token, to be revoked, and whether
    /// all was wiped; what storage did not let go of is tried again, and counts for nothing here.
    pub async fn sign_out(&self) -> (Option<Secret>, Result<()>) {
        let (token, sign_in) = (self.credential(), self.sign_in());
        self.end(None);
        self.tell(&PeerMessage::SignedOut { sign_in: 0 });
        let wiped = self.vault.delete(&[SLOT]).await;
        if wiped.is_err() {
            self.left_behind.set(sign_in);
            self.wake.notify();
        }
        (token, wiped)
    }

    /// Tries again to wipe the sign-in that ended here.
    async fn wipe_again(&self) {
        let gone = match self.read().await {
            Ok(Some(stored)) if Some(stored.grant.sign_in) == self.left_behind.get() => {
                let wipe = Change { slot: SLOT.to_owned(), expect: Expect::Version(stored.version), plain: None };
                self.vault.apply(vec![wipe]).await.is_ok()
            }
            found => found.is_ok(),
        };
        if gone {
            self.left_behind.set(None);
        }
    }

    /// From now on this tab is signed out.
    fn end(&self, cause: Option<Code>) {
        self.epoch.set(self.epoch.get() + 1);
        *self.held.borrow_mut() = None;
        *self.refused.borrow_mut() = None;
        *self.holds_back.borrow_mut() = None;
        let was = self.kept.borrow_mut().take();
        self.set_state(AuthState::LoggedOut, cause);
        if was.is_some() {
            self.events.emit(CloudEvent::UserInfo(None));
        }
        self.wake.notify();
    }

    /// Keeps the session alive until `ended` says so: renews before the end, backs off after failures, looks again when woken.
    /// Timers only wake; the clock decides.
    pub async fn keep_alive(self: Rc<Self>, ended: impl Fn() -> bool) {
        while !ended() {
            let wait_ms = self.next_refresh_in_ms();
            if wait_ms == 0 {
                // What went wrong is told by the refresh itself.
                let _ = self.refresh().await;
                continue;
            }
            let unsaved = self.kept.borrow().as_ref().is_some_and(|kept| kept.unsaved);
            let unwiped = self.left_behind.get().is_some();
            let wait_ms = if unsaved || unwiped { wait_ms.min(SAVE_AGAIN_MS) } else { wait_ms };
            select(Box::pin(self.platform.sleep(wait_ms)), Box::pin(self.wake.notified())).await;
            if unsaved {
                self.save_again().await;
            }
            if unwiped {
                self.wipe_again().await;
            }
        }
    }

    fn next_refresh_in_ms(&self) -> u64 {
        if self.kept.borrow().is_none() {
            return u64::MAX;
        }
        let due_in_ms = self
            .held
            .borrow()
            .as_ref()
            .map_or(0, |held| held.token.remaining_ms(&*self.platform).saturating_sub(self.margin_ms(&held.token)));
        due_in_ms.max(self.backoff.remaining_ms(&*self.platform))
    }

    /// Whether the token in hand is good for a while.
    fn has_good_token(&self) -> bool {
        let held = self.held.borrow();
        held.as_ref().is_some_and(|held| {
            held.token.remaining_ms(&*self.platform) > self.margin_ms(&held.token).max(self.wanted_ms.get())
        })
    }

    /// The page can be seen, or is online, or awake again: looks at the clock now, and whether other tabs signed in or out, for
    /// a page that is frozen hears nothing of it.
    pub fn wake(&self) {
        // A page that was put aside lost its locks; any other keeps them.
        let held_back = self.holds_back.borrow_mut().take();
        *self.holds_back.borrow_mut() = held_back.filter(Exclusive::is_held);
        self.backoff.woken();
        self.wake.notify();
        if let Some(me) = self.me.upgrade()
            && self.state.get() != AuthState::Initializing
        {
            self.platform.spawn(async move { me.look_into_storage().await }.boxed_local());
        }
    }

    /// There is a token, or another sign-in: what failed before says nothing any more.
    fn look_at_clock(&self) {
        self.backoff.forget();
        self.wake.notify();
    }

    fn margin_ms(&self, token: &SessionToken) -> u64 {
        self.way.get().margin_ms().min(token.lives_ms() / 4)
    }

    /// The session token held last, which may have ended or been refused.
    fn last_token(&self) -> Option<Secret> {
        let held = self.held.borrow().as_ref().map(|held| held.token.value.clone());
        held.or_else(|| self.refused.borrow().clone())
    }

    async fn read(&self) -> Result<Option<Kept>> {
        let Some(record) = self.vault.read(SLOT).await? else { return Ok(None) };
        match Grant::from_json(&record.bytes).or_else(|| self.way.migrate(&record.bytes)) {
            Some(mut grant) => {
                if let Some(ours) = self.kept.borrow().as_ref()
                    && grant.misses_what_is_known_in(&ours.grant)
                {
                    grant.user.clone_from(&ours.grant.user);
                }
                Ok(Some(Kept { grant, version: record.version, unsaved: false }))
            }
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
