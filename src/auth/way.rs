//! What differs between the ways of signing in: an authorization server, the ticket server, a provider of the page's own.
//!
//! Everything around it is the same for all: [`super::oauth::sign_in::SignIn`] begins and ends sign-ins in the browser,
//! [`super::session::Session`] keeps them.

use std::cell::OnceCell;
use std::rc::Rc;

use futures_util::FutureExt;
use futures_util::future::{LocalBoxFuture, ready};

use super::credentials::Grant;
use super::custom::{Custom, Provider};
use super::oauth::OAuthConfig;
use super::oauth::authorize::{Callback, SignInOptions};
use super::oauth::client::OAuthClient;
use super::oauth::id_token::Claims;
use super::oauth::pending::Pending;
use super::oauth::token::{TokenAnswer, TokenError};
use super::session::ActFor;
use super::ticket::{self, Ticket, TicketConfig};
use crate::api::Authorization;
use crate::error::{CloudError, Code, Result};
use crate::platform::{Platform, Response};
use crate::secret::Secret;

/// What asking for tokens comes to. The claims say whose they are, where that was asked for.
pub type Tokens = std::result::Result<(TokenAnswer, Option<Claims>), TokenError>;

/// A way of signing in. Its futures are boxed: the module holds what stands around them once, not for each way.
pub trait WayIn {
    /// A session token is renewed so long before its end, in milliseconds, or a quarter of its life before if that is shorter.
    fn margin_ms(&self) -> u64 {
        60_000
    }

    /// Learns what must be known before a token can be asked for.
    fn prepare(&self) -> LocalBoxFuture<'_, Result<()>> {
        ready(Ok(())).boxed_local()
    }

    /// Draws the secrets of a sign-in into `pending`, and gives the url that the browser goes to.
    fn begin<'a>(
        &'a self,
        _pending: &'a mut Pending,
        _options: &'a SignInOptions,
    ) -> LocalBoxFuture<'a, Result<String>> {
        ready(Err(CloudError::new(Code::UnsupportedByAuth, "this way of signing in has no page to go to")))
            .boxed_local()
    }

    /// Checks `callback` against the sign-in that it answers, and spends its code. A way without pages never gets here.
    fn redeem<'a>(&'a self, _callback: Callback, _pending: &'a Pending) -> LocalBoxFuture<'a, Tokens> {
        ready(Err(TokenError::InvalidGrant)).boxed_local()
    }

    /// Asks for a session token with `credential`; acts for another organization from then on if `switch` says so. `held`: the
    /// session token before, which may have ended.
    fn renew<'a>(
        &'a self,
        credential: &'a Secret,
        switch: Option<&'a ActFor>,
        held: Option<&'a Secret>,
    ) -> LocalBoxFuture<'a, Tokens>;

    /// What goes on a request of the API that carries `token`.
    fn authorize<'a>(
        &'a self,
        _method: &'a str,
        _url: &'a str,
        token: Secret,
    ) -> LocalBoxFuture<'a, Result<Authorization>> {
        ready(Ok(Authorization::bearer(token))).boxed_local()
    }

    /// Looks at an answer of the API; true: it asks for the request once more, as it would be authorized now.
    fn heard(&self, _url: &str, _response: &Response) -> bool {
        false
    }

    /// Tells the server that `credential` is no longer used. Failing is not fatal.
    fn revoke<'a>(&'a self, credential: &'a Secret) -> LocalBoxFuture<'a, Result<()>>;

    /// The page where the person signs out of the server itself, told by `id_token` who it is, and sent `back` afterwards; none: it
    /// has no such page.
    fn end_session_url<'a>(
        &'a self,
        _id_token: Option<&'a Secret>,
        _back: Option<&'a str>,
    ) -> LocalBoxFuture<'a, Result<Option<String>>> {
        ready(Ok(None)).boxed_local()
    }

    /// What this way knows of the person, in the shape of `GET /api/me`; none: the cloud's API is to be asked.
    fn person<'a>(&'a self, _credential: &'a Secret) -> LocalBoxFuture<'a, Result<Option<Vec<u8>>>> {
        ready(Ok(None)).boxed_local()
    }
}

/// Which way in, and with what.
pub enum WayConfig {
    /// An authorization server.
    OAuth(OAuthConfig),
    /// The ticket server.
    Ticket(TicketConfig),
    /// The page's own provider.
    Custom(Rc<dyn Provider>),
}

/// The way in of a client, made when it is first asked. Until then nothing of it is needed: what it does lies in the part of the
/// module that is loaded on demand.
pub struct Way<P> {
    platform: Rc<P>,
    config: WayConfig,
    made: OnceCell<Rc<dyn WayIn>>,
    custom: OnceCell<Rc<Custom<P>>>,
}

impl<P: Platform> Way<P> {
    /// As `config` says.
    pub fn new(platform: Rc<P>, config: WayConfig) -> Self {
        Self { platform, config, made: OnceCell::new(), custom: OnceCell::new() }
    }

    /// The way itself.
    pub fn get(&self) -> &dyn WayIn {
        &**self.made.get_or_init(|| match &self.config {
            WayConfig::OAuth(config) => Rc::new(OAuthClient::new(self.platform.clone(), config.clone())),
            WayConfig::Ticket(config) => Rc::new(Ticket::new(self.platform.clone(), config.clone())),
            WayConfig::Custom(provider) => self.made_custom(provider).clone(),
        })
    }

    /// The way in at the page's own provider, if that is the way.
    pub fn custom(&self) -> Option<&Rc<Custom<P>>> {
        match &self.config {
            WayConfig::Custom(provider) => Some(self.made_custom(provider)),
            _ => None,
        }
    }

    fn made_custom(&self, provider: &Rc<dyn Provider>) -> &Rc<Custom<P>> {
        self.custom.get_or_init(|| Rc::new(Custom::new(self.platform.clone(), provider.clone())))
    }

    /// Reads a stored record that is none of [`Grant`]'s.
    pub fn migrate(&self, record: &[u8]) -> Option<Grant> {
        matches!(self.config, WayConfig::Ticket(_)).then(|| ticket::migrate(record)).flatten()
    }
}
