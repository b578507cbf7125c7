//! Sends what the rest of this room builds, and remembers what the server says about itself.

use std::cell::RefCell;
use std::rc::Rc;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

use super::authorize::{Callback, SignInOptions, build_authorization_url, build_end_session_url};
use super::discovery::{Metadata, build_metadata_request, process_metadata_response};
use super::dpop::Dpop;
use super::id_token::{Claims, process_id_token};
use super::pending::Pending;
use super::token::{
    TokenAnswer, TokenError, build_code_request, build_refresh_request, build_revocation_request,
    process_token_response,
};
use super::{OAuthConfig, pkce};
use crate::api::{AUTH_TIMEOUT_MS, Authorization, exchange};
use crate::auth::session::ActFor;
use crate::auth::way::{Tokens, WayIn};
use crate::error::{Code, Result};
use crate::platform::{Platform, Request, Response};
use crate::secret::Secret;

/// A client of one authorization server.
pub struct OAuthClient<P> {
    platform: Rc<P>,
    /// What the page's author said.
    pub config: OAuthConfig,
    metadata: RefCell<Option<Rc<Metadata>>>,
    dpop: Option<Dpop<P>>,
}

impl<P: Platform> OAuthClient<P> {
    /// A client as `config` says.
    pub fn new(platform: Rc<P>, config: OAuthConfig) -> Self {
        let key = format!("dpop {} {}", config.issuer, config.client_id);
        let dpop = config.dpop.then(|| Dpop::new(platform.clone(), key));
        Self { platform, config, metadata: RefCell::new(None), dpop }
    }

    /// What the server says about itself; asked once, kept only if it is good.
    pub async fn metadata(&self) -> Result<Rc<Metadata>> {
        if let Some(metadata) = self.metadata.borrow().as_ref() {
            return Ok(metadata.clone());
        }
        let request = build_metadata_request(&self.config.issuer);
        let response = exchange(&*self.platform, request, AUTH_TIMEOUT_MS).await?;
        let metadata = Rc::new(process_metadata_response(&*self.platform, &self.config, &response)?);
        *self.metadata.borrow_mut() = Some(metadata.clone());
        Ok(metadata)
    }

    /// Sends a request to the token endpoint, with a proof where tokens are bound; once more where the server wants its nonce in it.
    async fn spend(&self, request: Request) -> std::result::Result<TokenAnswer, TokenError> {
        let mut retried = false;
        loop {
            let mut request = request.clone();
            if let Some(dpop) = &self.dpop {
                request.headers.push(("DPoP", dpop.proof(request.method, &request.url, None).await?));
            }
            let url = request.url.clone();
            let response = exchange(&*self.platform, request, AUTH_TIMEOUT_MS).await?;
            let again = self.dpop.as_ref().is_some_and(|dpop| dpop.heard(&url, &response));
            if retried || !again {
                let token_type = if self.dpop.is_some() { "DPoP" } else { "Bearer" };
                return process_token_response(&response, token_type, self.platform.wall_ms());
            }
            retried = true;
        }
    }

    /// Checks `callback` and spends its code; gives the tokens and, where one was asked for, the ID token's claims.
    async fn spend_code(&self, callback: Callback, pending: &Pending) -> Tokens {
        let metadata = self.metadata().await?;
        let issuer = Some((self.config.issuer.as_str(), metadata.iss_in_answers));
        let callback = callback.validate(pending.clone(), issuer, self.platform.wall_ms())?;
        let pending = &callback.pending;
        let request = build_code_request(
            &metadata.token_endpoint,
            &self.config,
            &callback.code,
            &pending.verifier,
            &pending.redirect_uri,
        );
        let answer = self.spend(request).await?;
        let now_ms = self.platform.wall_ms();
        let claims = match &answer.id_token {
            Some(token) => process_id_token(token.expose(), &self.config, Some(&pending.nonce), now_ms)?,
            None if self.config.wants_id_token() => {
                return Err(TokenError::Other(crate::error::CloudError::new(
                    Code::InvalidResponse,
                    "the token endpoint's answer has no ID token, which was asked for",
                )));
            }
            None => Claims::default(),
        };
        Ok((answer, Some(claims)))
    }

    /// Spends a refresh token.
    async fn refresh(&self, refresh_token: &Secret, organization: Option<&str>) -> Tokens {
        let metadata = self.metadata().await?;
        let request = build_refresh_request(&metadata.token_endpoint, &self.config, refresh_token, organization);
        let answer = self.spend(request).await.map_err(|error| match error {
            // The key is lost, and the grant with it.
            TokenError::Other(error) if error.code == Code::TokenExpired => TokenError::InvalidGrant,
            error => error,
        })?;
        let now_ms = self.platform.wall_ms();
        let claims = match &answer.id_token {
            // A bad ID token does not unmake the rotation that came with it: the tokens stand, the claims do not.
            Some(token) => process_id_token(token.expose(), &self.config, None, now_ms).ok(),
            None => None,
        };
        Ok((answer, claims))
    }

    /// Revokes a refresh token and its grant. Failing is not fatal: the server forgets it in time.
    async fn revoke_grant(&self, refresh_token: &Secret) -> Result<()> {
        let metadata = self.metadata().await?;
        if let Some(endpoint) = &metadata.revocation_endpoint {
            let request = build_revocation_request(endpoint, &self.config, refresh_token);
            exchange(&*self.platform, request, AUTH_TIMEOUT_MS).await?;
        }
        Ok(())
    }
}

impl<P: Platform> WayIn for OAuthClient<P> {
    fn prepare(&self) -> LocalBoxFuture<'_, Result<()>> {
        async move { self.metadata().await.map(drop) }.boxed_local()
    }

    fn begin<'a>(&'a self, pending: &'a mut Pending, options: &'a SignInOptions) -> LocalBoxFuture<'a, Result<String>> {
        async move {
            let (platform, config) = (&*self.platform, &self.config);
            let metadata = self.metadata().await?;
            pending.state = pkce::random_text(platform)?;
            pending.verifier = pkce::random_text(platform)?;
            if config.wants_id_token() {
                pending.nonce = pkce::random_text(platform)?;
            }
            let challenge = pkce::challenge(platform, &pending.verifier).await?;
            let mut url = build_authorization_url(config, &metadata, pending, &challenge, options);
            if let Some(dpop) = &self.dpop {
                // Whoever steals the code has not the key (RFC 9449, 10).
                url.push_str("&dpop_jkt=");
                url.push_str(&dpop.thumbprint().await?);
            }
            Ok(url)
        }
        .boxed_local()
    }

    fn redeem<'a>(&'a self, callback: Callback, pending: &'a Pending) -> LocalBoxFuture<'a, Tokens> {
        self.spend_code(callback, pending).boxed_local()
    }

    fn renew<'a>(
        &'a self,
        credential: &'a Secret,
        switch: Option<&'a ActFor>,
        _held: Option<&'a Secret>,
    ) -> LocalBoxFuture<'a, Tokens> {
        self.refresh(credential, switch.map(ActFor::parameter)).boxed_local()
    }

    fn revoke<'a>(&'a self, credential: &'a Secret) -> LocalBoxFuture<'a, Result<()>> {
        self.revoke_grant(credential).boxed_local()
    }

    fn authorize<'a>(
        &'a self,
        method: &'a str,
        url: &'a str,
        token: Secret,
    ) -> LocalBoxFuture<'a, Result<Authorization>> {
        async move {
            let Some(dpop) = &self.dpop else { return Ok(Authorization::bearer(token)) };
            let proof = dpop.proof(method, url, Some(&token)).await?;
            let scheme = format!("DPoP {}", token.expose());
            Ok(Authorization { headers: vec![("Authorization", scheme), ("DPoP", proof)], token })
        }
        .boxed_local()
    }

    fn end_session_url<'a>(
        &'a self,
        id_token: Option<&'a Secret>,
        back: Option<&'a str>,
    ) -> LocalBoxFuture<'a, Result<Option<String>>> {
        async move {
            let metadata = self.metadata().await?;
            let endpoint = metadata.end_session_endpoint.as_deref();
            Ok(endpoint.map(|endpoint| build_end_session_url(endpoint, &self.config, id_token, back)))
        }
        .boxed_local()
    }

    fn heard(&self, url: &str, response: &Response) -> bool {
        self.dpop.as_ref().is_some_and(|dpop| dpop.heard(url, response))
    }
}
