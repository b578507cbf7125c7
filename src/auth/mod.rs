//! `AuthService`: who is signed in, and the session that keeps it so.
//!
//! One way in per client ([`Way`]): OAuth 2.0 ([`oauth`], the default) or a static token. What the ways share stands in
//! [`session`]: the states, the one refresh for all tabs, and the rule that credentials are dropped only on proof.

pub mod credentials;
pub mod oauth;
pub mod peers;
pub mod session;
pub mod static_token;

use std::rc::Rc;

use crate::api::{Authorization, TokenSource};
use crate::error::{CloudError, Code, Result};
use crate::event::{AuthState, UserInfo};
use crate::platform::Platform;
use crate::platform::vault::Vault;
use crate::secret::Secret;
use oauth::OAuthConfig;
use oauth::client::OAuthClient;
use oauth::sign_in::SignIn;
use session::{ActFor, Session};
use static_token::StaticToken;

use crate::event::Events;

/// How people sign in here.
pub enum Way<P> {
    /// OAuth 2.0 with PKCE.
    OAuth {
        /// Begins and ends sign-ins.
        sign_in: Rc<SignIn<P>>,
        /// Keeps them.
        session: Rc<Session<P>>,
        /// Talks to the authorization server.
        client: Rc<OAuthClient<P>>,
    },
    /// A token from the options.
    Static(Box<StaticToken>),
}

/// Who is signed in, by whichever way.
pub struct AuthService<P> {
    platform: Rc<P>,
    way: Way<P>,
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
        let client = Rc::new(OAuthClient::new(platform.clone(), config));
        let session = Session::new(platform.clone(), vault.clone(), events, client.clone(), scope);
        let sign_in = Rc::new(SignIn::new(platform.clone(), client.clone(), session.clone(), vault.clone()));
        Self { platform, way: Way::OAuth { sign_in, session, client } }
    }

    /// Signed in by `token` for as long as it is good.
    pub fn static_token(platform: Rc<P>, token: StaticToken) -> Self {
        Self { platform, way: Way::Static(Box::new(token)) }
    }

    /// Looks into storage and begins to hear the other tabs. Never fails on what it finds.
    pub async fn open(&self) {
        if let Way::OAuth { sign_in, session, .. } = &self.way {
            let hearer = Rc::downgrade(sign_in);
            session.listen(move |message| {
                if let Some(sign_in) = hearer.upgrade() {
                    sign_in.heard(&message);
                }
            });
            session.open().await;
            sign_in.open().await;
        }
    }

    /// Keeps the session alive until `ended` says so.
    pub async fn keep_alive(&self, ended: impl Fn() -> bool) {
        if let Way::OAuth { session, .. } = &self.way {
            session.clone().keep_alive(ended).await;
        }
    }

    /// Hears no other tab any more, and ends [`AuthService::keep_alive`], once that is to end.
    pub fn close(&self) {
        if let Way::OAuth { session, .. } = &self.way {
            session.close();
        }
    }

    /// Look at the clock now: the page can be seen, is online, or woke up.
    pub fn wake(&self) {
        if let Way::OAuth { session, .. } = &self.way {
            session.wake();
        }
    }

    /// Where the sign-in stands.
    pub fn state(&self) -> AuthState {
        match &self.way {
            Way::OAuth { session, .. } => session.state(),
            Way::Static(token) if token.token(self.platform.wall_ms()).is_some() => AuthState::ActiveSession,
            Way::Static(_) => AuthState::InactiveSession,
        }
    }

    /// Who is signed in.
    pub fn user(&self) -> Option<UserInfo> {
        match &self.way {
            Way::OAuth { session, .. } => session.user(),
            Way::Static(token) => Some(token.user().clone()),
        }
    }

    /// What the cloud says of the person.
    pub async fn learn_user(&self, user: UserInfo) {
        if let Way::OAuth { session, .. } = &self.way {
            session.learn_user(user).await;
        }
    }

    /// The session token, if it is good now.
    pub fn session_token(&self) -> Option<Secret> {
        match &self.way {
            Way::OAuth { session, .. } => session.token(),
            Way::Static(token) => token.token(self.platform.wall_ms()),
        }
    }

    /// A session token that is good for `min_ttl_ms` more.
    pub async fn fresh_token(&self, min_ttl_ms: u64) -> Result<Secret> {
        match &self.way {
            Way::OAuth { session, .. } => session.fresh_token(min_ttl_ms).await,
            Way::Static(token) => token.token(self.platform.wall_ms()).ok_or_else(|| {
                CloudError::new(Code::TokenExpired, "the configured token has ended; configure a new one")
            }),
        }
    }

    /// The OAuth way in, for sign-ins and callbacks. Fails with UNSUPPORTED_BY_AUTH.
    pub fn sign_in(&self) -> Result<&Rc<SignIn<P>>> {
        match &self.way {
            Way::OAuth { sign_in, .. } => Ok(sign_in),
            Way::Static(_) => Err(unsupported("signing in")),
        }
    }

    /// Acts for somebody else from now on.
    pub async fn switch_organization(&self, to: ActFor) -> Result<()> {
        match &self.way {
            Way::OAuth { session, .. } => session.switch_organization(to).await,
            Way::Static(_) => Err(unsupported("switching organizations")),
        }
    }

    /// Signs this device out, here and in all tabs; gives what [`AuthService::revoke`] needs afterwards.
    pub async fn sign_out(&self) -> Result<Option<Secret>> {
        match &self.way {
            Way::OAuth { session, .. } => session.sign_out().await,
            Way::Static(_) => Err(unsupported("signing out")),
        }
    }

    /// Tells the server that a refresh token is no longer used. Failing is not fatal.
    pub async fn revoke(&self, refresh_token: &Secret) -> Result<()> {
        match &self.way {
            Way::OAuth { client, .. } => client.revoke(refresh_token).await,
            Way::Static(_) => Ok(()),
        }
    }
}

impl<P: Platform> TokenSource for AuthService<P> {
    async fn authorize(&self, _method: &str, _url: &str) -> Result<Authorization> {
        let token = self.fresh_token(0).await?;
        Ok(Authorization { headers: vec![("Authorization", format!("Bearer {}", token.expose()))], token })
    }

    async fn rejected(&self, sent: &Secret) -> Result<()> {
        match &self.way {
            Way::OAuth { session, .. } => session.rejected(sent).await,
            Way::Static(_) => {
                Err(CloudError::new(Code::InvalidCredentials, "the cloud does not accept the configured token"))
            }
        }
    }
}

fn unsupported(what: &str) -> CloudError {
    CloudError::new(Code::UnsupportedByAuth, format!("{what} is not possible with a static token"))
}
