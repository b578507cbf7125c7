//! `AuthService`: who is signed in, and the session that keeps it so.
//!
//! One way in per client: OAuth 2.0 ([`oauth`], the default), [`ticket`]s, a provider of the page's own ([`custom`]) or a
//! static token. What the ways share stands in
//! [`session`]: the states, the one refresh for all tabs, and the rule that credentials are dropped only on proof. What
//! differs is behind [`way::WayIn`].

pub mod credentials;
pub mod custom;
pub mod oauth;
pub mod peers;
pub mod session;
pub mod static_token;
pub mod ticket;
pub mod way;

use std::rc::{Rc, Weak};

use futures_util::future::join;

use crate::api::{Authorization, TokenSource};
use crate::error::{CloudError, Code, Result};
use crate::event::{AuthState, UserInfo};
use crate::platform::vault::Vault;
use crate::platform::{Platform, Response};
use crate::secret::Secret;
use custom::Provider;
use oauth::OAuthConfig;
use oauth::sign_in::SignIn;
use oauth::token::TokenError;
use session::{ActFor, Session};
use static_token::StaticToken;
use ticket::TicketConfig;
use way::{Way, WayConfig};

use crate::event::Events;

/// How people sign in here.
enum Kind<P: Platform> {
    /// Somewhere, and kept from then on.
    Kept {
        /// Keeps it.
        session: Rc<Session<P>>,
        /// Knows where, and with what.
        way: Rc<Way<P>>,
        /// Begins sign-ins on a page of somebody else's and ends them; none: the page's own provider does.
        sign_in: Option<Rc<SignIn<P>>>,
    },
    /// A token from the options.
    Static(Box<StaticToken>),
}

/// Who is signed in, by whichever way.
pub struct AuthService<P: Platform> {
    platform: Rc<P>,
    kind: Kind<P>,
}

impl<P: Platform> AuthService<P> {
    /// Signs in by OAuth; records lie in `vault`.
    pub fn oauth(
        platform: Rc<P>,
        vault: &Rc<Vault<P>>,
        events: Rc<Events>,
        config: OAuthConfig,
        scope: String,
    ) -> Self {
        let redirect_uri = config.redirect_uri.clone();
        Self::kept(platform, vault, events, WayConfig::OAuth(config), Some(redirect_uri), scope)
    }

    /// Signs in by tickets; records lie in `vault`.
    pub fn ticket(
        platform: Rc<P>,
        vault: &Rc<Vault<P>>,
        events: Rc<Events>,
        config: TicketConfig,
        scope: String,
    ) -> Self {
        let redirect_uri = config.auth_redirect.clone();
        Self::kept(platform, vault, events, WayConfig::Ticket(config), Some(redirect_uri), scope)
    }

    /// Signs in by the page's own `provider`; that somebody is signed in lies in `vault`.
    pub fn custom(
        platform: Rc<P>,
        vault: &Rc<Vault<P>>,
        events: Rc<Events>,
        provider: Rc<dyn Provider>,
        scope: String,
    ) -> Self {
        Self::kept(platform, vault, events, WayConfig::Custom(provider), None, scope)
    }

    fn kept(
        platform: Rc<P>,
        vault: &Rc<Vault<P>>,
        events: Rc<Events>,
        config: WayConfig,
        redirect_uri: Option<String>,
        scope: String,
    ) -> Self {
        let way = Rc::new(Way::new(platform.clone(), config));
        let session = Session::new(platform.clone(), vault.clone(), events, way.clone(), scope);
        let sign_in = redirect_uri.map(|redirect_uri| {
            Rc::new(SignIn::new(platform.clone(), way.clone(), redirect_uri, session.clone(), vault.clone()))
        });
        Self { platform, kind: Kind::Kept { session, way, sign_in } }
    }

    /// Signed in by `token` for as long as it is good.
    pub fn static_token(platform: Rc<P>, token: StaticToken) -> Self {
        Self { platform, kind: Kind::Static(Box::new(token)) }
    }

    /// Looks into storage. Never fails on what it finds.
    pub async fn open(&self) {
        let Kind::Kept { sign_in, session, .. } = &self.kind else { return };
        if let Some(sign_in) = sign_in {
            sign_in.hear_host();
        }
        // At the same time: a first snapshot waits for both.
        match sign_in {
            Some(sign_in) => drop(join(session.open(), sign_in.open()).await),
            None => session.open().await,
        }
    }

    /// Begins to hear the other tabs and the extension, and lets the page's own provider get ready; fails with what that failed with.
    pub async fn listen(&self) -> Result<()> {
        let Kind::Kept { sign_in, session, way } = &self.kind else { return Ok(()) };
        let hearer = sign_in.as_ref().map(Rc::downgrade);
        session.listen(Box::new(move |message| {
            if let Some(sign_in) = hearer.as_ref().and_then(Weak::upgrade) {
                sign_in.heard(&message);
            }
        }));
        if let Some(sign_in) = sign_in {
            sign_in.answer_host();
        }
        let initialized = match way.custom() {
            Some(custom) => custom.initialize().await,
            None => Ok(()),
        };
        // What happened between the first look and now, nobody told us.
        session.look_into_storage().await;
        initialized
    }

    /// Keeps the session alive until `ended` says so.
    pub async fn keep_alive(&self, ended: impl Fn() -> bool) {
        if let Kind::Kept { session, .. } = &self.kind {
            session.clone().keep_alive(ended).await;
        }
    }

    /// Hears no other tab any more, and ends [`AuthService::keep_alive`], once that is to end.
    pub fn close(&self) {
        if let Kind::Kept { session, sign_in, .. } = &self.kind {
            session.close();
            if let Some(sign_in) = sign_in {
                sign_in.close();
            }
        }
    }

    /// Look at the clock now: the page can be seen, is online, or woke up.
    pub fn wake(&self) {
        if let Kind::Kept { session, .. } = &self.kind {
            session.wake();
        }
    }

    /// Where the sign-in stands.
    pub fn state(&self) -> AuthState {
        match &self.kind {
            Kind::Kept { session, .. } => session.state(),
            Kind::Static(token) if token.token(self.platform.wall_ms()).is_some() => AuthState::ActiveSession,
            Kind::Static(_) => AuthState::InactiveSession,
        }
    }

    /// Who is signed in.
    pub fn user(&self) -> Option<UserInfo> {
        let mut user = None;
        self.with_user(&mut |now| user = now.cloned());
        user
    }

    /// Shows `look` who is signed in, without copying it.
    pub fn with_user(&self, look: &mut dyn FnMut(Option<&UserInfo>)) {
        match &self.kind {
            Kind::Kept { session, .. } => session.with_user(look),
            Kind::Static(token) => look(Some(token.user())),
        }
    }

    /// Which sign-in it is; a static token is none.
    pub fn sign_in_number(&self) -> Option<u64> {
        match &self.kind {
            Kind::Kept { session, .. } => session.sign_in(),
            Kind::Static(_) => None,
        }
    }

    /// What the cloud says of the person.
    pub async fn learn_user(&self, user: UserInfo) {
        if let Kind::Kept { session, .. } = &self.kind {
            session.learn_user(user).await;
        }
    }

    /// The session token, if it is good now.
    pub fn session_token(&self) -> Option<Secret> {
        match &self.kind {
            Kind::Kept { session, .. } => session.token(),
            Kind::Static(token) => token.token(self.platform.wall_ms()),
        }
    }

    /// A session token that is good for `min_ttl_ms` more.
    pub async fn fresh_token(&self, min_ttl_ms: u64) -> Result<Secret> {
        match &self.kind {
            Kind::Kept { session, .. } => session.fresh_token(min_ttl_ms).await,
            Kind::Static(token) => token.token(self.platform.wall_ms()).ok_or_else(|| {
                CloudError::new(Code::TokenExpired, "the configured token has ended; configure a new one")
            }),
        }
    }

    /// Sign-ins in the browser and their callbacks. Fails with UNSUPPORTED_BY_AUTH.
    pub fn sign_in(&self) -> Result<&Rc<SignIn<P>>> {
        match &self.kind {
            Kind::Kept { sign_in: Some(sign_in), .. } => Ok(sign_in),
            _ => Err(unsupported("signing in on a page")),
        }
    }

    /// Signs in at the page's own provider; none: there is none.
    pub async fn sign_in_at_provider(&self) -> Option<Result<()>> {
        match &self.kind {
            Kind::Kept { way, session, .. } => Some(way.custom()?.sign_in(session).await),
            Kind::Static(_) => None,
        }
    }

    /// Fails with UNSUPPORTED_BY_AUTH where nobody can sign out.
    pub fn can_sign_out(&self) -> Result<()> {
        if matches!(self.kind, Kind::Static(_)) { Err(unsupported("signing out")) } else { Ok(()) }
    }

    /// What the way in knows of the person, in the shape of `GET /api/me`; none: the cloud is to be asked.
    pub async fn person(&self) -> Result<Option<Vec<u8>>> {
        let Kind::Kept { way, session, .. } = &self.kind else { return Ok(None) };
        match session.credential() {
            Some(credential) => way.get().person(&credential).await,
            None => Ok(None),
        }
    }

    /// Acts for somebody else from now on.
    pub async fn switch_organization(&self, to: ActFor) -> Result<()> {
        match &self.kind {
            Kind::Kept { session, sign_in: Some(_), .. } => session.switch_organization(to).await,
            _ => Err(unsupported("switching organizations")),
        }
    }

    /// Signs this device out, here and in all tabs; gives what [`AuthService::revoke`] needs afterwards, and whether all was wiped.
    pub async fn sign_out(&self) -> (Option<Secret>, Result<()>) {
        match &self.kind {
            Kind::Kept { session, way, .. } => {
                if let Some(custom) = way.custom() {
                    custom.forget();
                }
                session.sign_out().await
            }
            Kind::Static(_) => (None, Err(unsupported("signing out"))),
        }
    }

    /// What tells the server who signs out there; to be asked before [`AuthService::sign_out`].
    pub fn id_token(&self) -> Option<Secret> {
        match &self.kind {
            Kind::Kept { session, .. } => session.id_token(),
            Kind::Static(_) => None,
        }
    }

    /// A token that is fetched with what [`AuthService::sign_out`] gave; afterwards that is what there is to revoke.
    pub async fn last_token(&self, credential: &mut Option<Secret>) -> Result<Secret> {
        // A provider of the page's own is not asked to sign in for a sign-out.
        let (Kind::Kept { way, sign_in: Some(_), .. }, Some(spent)) = (&self.kind, credential.clone()) else {
            return Err(session::not_authenticated());
        };
        match way.get().renew(&spent, None, None).await {
            Ok((answer, _)) => {
                *credential = answer.refresh_token.or(Some(spent));
                Ok(answer.access_token)
            }
            Err(TokenError::Other(error)) => Err(error),
            Err(TokenError::InvalidGrant) => Err(session::not_authenticated()),
        }
    }

    /// Tells the server that what it gave is no longer used. Failing is not fatal.
    pub async fn revoke(&self, refresh_token: &Secret) -> Result<()> {
        match &self.kind {
            Kind::Kept { way, .. } => match way.custom() {
                Some(custom) => custom.sign_out().await,
                None => way.get().revoke(refresh_token).await,
            },
            Kind::Static(_) => Ok(()),
        }
    }
}

impl<P: Platform> TokenSource for AuthService<P> {
    async fn authorize(&self, method: &str, url: &str) -> Result<Authorization> {
        let token = self.fresh_token(0).await?;
        let authorization = self.authorize_with(token.clone(), method, url).await;
        if let (Err(error), Kind::Kept { session, .. }) = (&authorization, &self.kind)
            && error.code == Code::TokenExpired
        {
            // What proves it is lost: so is the session, as asking for another token shows.
            session.rejected(&token).await?;
        }
        authorization
    }

    async fn authorize_with(&self, token: Secret, method: &str, url: &str) -> Result<Authorization> {
        match &self.kind {
            Kind::Kept { way, .. } => way.get().authorize(method, url, token).await,
            Kind::Static(_) => Ok(Authorization::bearer(token)),
        }
    }

    fn heard(&self, url: &str, response: &Response) -> bool {
        matches!(&self.kind, Kind::Kept { way, .. } if way.get().heard(url, response))
    }

    async fn rejected(&self, sent: &Secret) -> Result<()> {
        match &self.kind {
            Kind::Kept { session, .. } => session.rejected(sent).await,
            Kind::Static(_) => {
                Err(CloudError::new(Code::InvalidCredentials, "the cloud does not accept the configured token"))
            }
        }
    }
}

fn unsupported(what: &str) -> CloudError {
    CloudError::new(Code::UnsupportedByAuth, format!("{what} is not possible with this way of signing in"))
}
