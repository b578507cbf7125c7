//! A provider of the page's own (`AuthProvider`): it knows where session tokens come from, the session does the rest.
//!
//! What it does is bounded and checked: one that is slow, throws, answers nonsense or calls back in fails its call, and no more.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

use super::oauth::id_token::Claims;
use super::oauth::token::{MAX_EXPIRES_S, TokenAnswer, TokenError, token_text};
use super::session::{ActFor, Session};
use super::way::{Tokens, WayIn};
use crate::error::{CloudError, Code, Result};
use crate::event::UserInfo;
use crate::json::{Document, Json, Kind, Limits, Writer};
use crate::platform::flight::Flight;
use crate::platform::{Platform, within};
use crate::secret::Secret;

/// A person may take this long over `authenticate`.
const SIGN_IN_MS: u64 = 15 * 60_000;
/// Other calls are given up after this: sooner than other tabs give up waiting for a refresh.
const CALL_MS: u64 = 10_000;

/// What is asked of the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProviderCall {
    /// Get ready; called once, before everything else.
    Initialize,
    /// Sign in.
    Authenticate,
    /// Another session token, given the last answer.
    Refresh,
    /// Signed out here. It may be missing.
    Logout,
}

impl ProviderCall {
    /// The method's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Initialize => "initialize",
            Self::Authenticate => "authenticate",
            Self::Refresh => "refresh",
            Self::Logout => "logout",
        }
    }
}

/// The page's provider, wherever it is written.
pub trait Provider {
    /// Calls it with `previous`, the JSON of an `AuthResult`; gives the JSON of what it answers. `Err`: it threw or rejected, with
    /// the `code` of what it threw, if that is one of ours.
    fn call(
        &self,
        call: ProviderCall,
        previous: Option<&[u8]>,
    ) -> LocalBoxFuture<'static, std::result::Result<Vec<u8>, Option<Code>>>;
}

/// The way in that a provider is.
pub struct Custom<P> {
    platform: Rc<P>,
    provider: Rc<dyn Provider>,
    /// The last answer, whole, with the token in it.
    last: RefCell<Option<(Secret, Secret)>>,
    getting_ready: Flight<Result<()>>,
    signing_in: Flight<Result<()>>,
    /// Counts sign-outs: a sign-in that one overtook is given up.
    sign_outs: Cell<u64>,
}

impl<P: Platform> Custom<P> {
    /// By `provider`.
    pub fn new(platform: Rc<P>, provider: Rc<dyn Provider>) -> Self {
        Self {
            platform,
            provider,
            last: RefCell::default(),
            getting_ready: Flight::default(),
            signing_in: Flight::default(),
            sign_outs: Cell::new(0),
        }
    }

    /// Lets the provider get ready. All else that is asked of it waits for that.
    pub async fn initialize(self: &Rc<Self>) -> Result<()> {
        let me = self.clone();
        let work = async move {
            let result = me.call(ProviderCall::Initialize, None, CALL_MS).await.map(drop);
            me.getting_ready.land();
            result
        };
        self.getting_ready.start(&*self.platform, work).await
    }

    /// Signs in; who asks meanwhile joins.
    pub async fn sign_in(self: &Rc<Self>, session: &Rc<Session<P>>) -> Result<()> {
        if let Some(under_way) = self.signing_in.under_way() {
            return under_way.await;
        }
        let (me, session) = (self.clone(), session.clone());
        let work = async move {
            let result = me.authenticate(&session).await;
            me.signing_in.land();
            result
        };
        self.signing_in.start(&*self.platform, work).await
    }

    async fn authenticate(&self, session: &Session<P>) -> Result<()> {
        let sign_outs = self.sign_outs.get();
        let (answer, claims) = self.ask(ProviderCall::Authenticate, None, SIGN_IN_MS).await?;
        if self.sign_outs.get() != sign_outs {
            return Err(CloudError::new(Code::LoginCancelled, "signed out while signing in"));
        }
        session.begin(answer, claims).await
    }

    /// Signs out: the provider may forget what it knows. Failing is not fatal.
    pub async fn sign_out(&self) -> Result<()> {
        self.call(ProviderCall::Logout, None, CALL_MS).await.map(drop)
    }

    /// What was begun before a sign-out does not sign in after it.
    pub fn forget(&self) {
        self.sign_outs.set(self.sign_outs.get() + 1);
        self.last.take();
    }

    async fn call(&self, call: ProviderCall, previous: Option<&[u8]>, limit_ms: u64) -> Result<Vec<u8>> {
        match within(&*self.platform, limit_ms, self.provider.call(call, previous)).await {
            Some(Ok(answer)) => Ok(answer),
            Some(Err(code)) => Err(CloudError::new(
                code.unwrap_or(Code::Network),
                format!("the page's own sign-in provider failed in {}()", call.name()),
            )),
            None => Err(CloudError::new(
                Code::Timeout,
                format!("the page's own sign-in provider did not answer {}() in time", call.name()),
            )),
        }
    }

    async fn ask(&self, call: ProviderCall, held: Option<&Secret>, limit_ms: u64) -> Result<(TokenAnswer, UserInfo)> {
        if let Some(under_way) = self.getting_ready.under_way() {
            // What it failed with is told; it may be of use all the same.
            let _ = under_way.await;
        }
        let previous = held.map(|token| self.previous(token));
        let answer = self.call(call, previous.as_ref().map(|json| json.expose().as_bytes()), limit_ms).await?;
        let read = process_result(&answer)?;
        let text = Secret::new(String::from_utf8(answer).unwrap_or_default());
        *self.last.borrow_mut() = Some((read.0.access_token.clone(), text));
        Ok(read)
    }

    /// The `AuthResult` that `token` came in: as the provider gave it, or what another tab's is known by.
    fn previous(&self, token: &Secret) -> Secret {
        if let Some((of, text)) = self.last.borrow().as_ref()
            && of == token
        {
            return text.clone();
        }
        let mut json = Writer::new();
        json.begin_object();
        json.name("sessionToken");
        json.str(token.expose());
        json.end_object();
        Secret::new(String::from_utf8(json.into_bytes()).unwrap_or_default())
    }

    async fn renewed(&self, held: Option<&Secret>) -> Tokens {
        // After a reload nothing is held: session tokens are not stored.
        let call = if held.is_some() { ProviderCall::Refresh } else { ProviderCall::Authenticate };
        match self.ask(call, held, CALL_MS).await {
            Ok((answer, user)) => {
                let claims = user.id.map(|subject| Claims { subject, ..Claims::default() });
                Ok((answer, claims))
            }
            // What the provider says of itself is proof.
            Err(error) if matches!(error.code, Code::TokenExpired | Code::InvalidCredentials) => {
                Err(TokenError::InvalidGrant)
            }
            Err(error) => Err(TokenError::Other(error)),
        }
    }
}

impl<P: Platform> WayIn for Custom<P> {
    fn renew<'a>(
        &'a self,
        _credential: &'a Secret,
        _switch: Option<&'a ActFor>,
        held: Option<&'a Secret>,
    ) -> LocalBoxFuture<'a, Tokens> {
        self.renewed(held).boxed_local()
    }

    fn revoke<'a>(&'a self, _credential: &'a Secret) -> LocalBoxFuture<'a, Result<()>> {
        // A late answer is dropped; the provider was told of the sign-out already.
        futures_util::future::ready(Ok(())).boxed_local()
    }
}

/// Reads an `AuthResult`: `{sessionToken, expiresInSeconds?, userInfo?}`. Fails with INVALID_RESPONSE.
fn process_result(answer: &[u8]) -> Result<(TokenAnswer, UserInfo)> {
    let refuse = |what: &str| {
        CloudError::new(Code::InvalidResponse, format!("the answer of the page's own sign-in provider: {what}"))
    };
    let document = Document::parse(answer, Limits::default()).map_err(|_| refuse("is no object"))?;
    let root = document.root();
    let lives_s = match root.get("expiresInSeconds") {
        // Whoever does not say has a token that is good until the cloud refuses it.
        None => MAX_EXPIRES_S,
        Some(value) => whole_seconds(value).ok_or_else(|| refuse("expiresInSeconds is no number of at least 1"))?,
    };
    let user = match root.get("userInfo") {
        None => None,
        Some(user) if user.kind() == Kind::Object => Some(UserInfo::read(user)),
        Some(_) => return Err(refuse("userInfo is no object")),
    };
    let answer = TokenAnswer {
        access_token: root
            .get("sessionToken")
            .and_then(token_text)
            .ok_or_else(|| refuse("sessionToken is missing, or cannot go into a header"))?,
        expires_in_ms: lives_s * 1_000,
        // There is nothing to keep: the provider keeps it.
        refresh_token: Some(Secret::new("provider")),
        id_token: None,
        acts_for: user.as_ref().map(|user| user.organization_id.clone().map_or(ActFor::Personal, ActFor::Organization)),
    };
    Ok((answer, user.unwrap_or_default()))
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // checked to be in range
fn whole_seconds(value: Json<'_>) -> Option<u64> {
    let seconds = value.as_f64().filter(|seconds| (1.0..9e15).contains(seconds))?;
    Some((seconds as u64).min(MAX_EXPIRES_S))
}

#[cfg(test)]
mod tests {
    use super::process_result;

    #[test]
    fn an_answer_is_taken_or_refused_whole() {
        let lives_ms = |text: &str| process_result(text.as_bytes()).map(|(answer, _)| answer.expires_in_ms).ok();
        assert_eq!(lives_ms(r#"{"sessionToken":"a.b","expiresInSeconds":59.9,"more":{}}"#), Some(59_000));
        assert_eq!(lives_ms(r#"{"sessionToken":"a"}"#), Some(366 * 86_400_000));
        for text in [
            "",
            "null",
            "5",
            "[]",
            r#"{"sessionToken":""}"#,
            r#"{"sessionToken":5}"#,
            r#"{"sessionToken":"a\r\nb"}"#,
            r#"{"sessionToken":"a","expiresInSeconds":0}"#,
            r#"{"sessionToken":"a","expiresInSeconds":-1}"#,
            r#"{"sessionToken":"a","expiresInSeconds":null}"#,
            r#"{"sessionToken":"a","expiresInSeconds":1e30}"#,
            r#"{"sessionToken":"a","expiresInSeconds":"60"}"#,
            r#"{"sessionToken":"a","userInfo":"me"}"#,
        ] {
            assert_eq!(lives_ms(text), None, "{text}");
        }
        let (_, user) = process_result(br#"{"sessionToken":"a","userInfo":{"id":"u","name":7}}"#).unwrap();
        assert_eq!((user.id.as_deref(), user.name), (Some("u"), None));
    }
}
