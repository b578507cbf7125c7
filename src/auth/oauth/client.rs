//! Sends what the rest of this room builds, and remembers what the server says about itself.

use std::cell::RefCell;
use std::rc::Rc;

use super::OAuthConfig;
use super::authorize::ValidatedCallback;
use super::discovery::{Metadata, build_metadata_request, process_metadata_response};
use super::id_token::{Claims, process_id_token};
use super::token::{
    TokenAnswer, TokenError, build_code_request, build_refresh_request, build_revocation_request,
    process_token_response,
};
use crate::api::{AUTH_TIMEOUT_MS, exchange};
use crate::error::Result;
use crate::platform::Platform;
use crate::secret::Secret;

/// A client of one authorization server.
pub struct OAuthClient<P> {
    platform: Rc<P>,
    /// What the page's author said.
    pub config: OAuthConfig,
    metadata: RefCell<Option<Rc<Metadata>>>,
}

impl<P: Platform> OAuthClient<P> {
    /// A client as `config` says.
    pub fn new(platform: Rc<P>, config: OAuthConfig) -> Self {
        Self { platform, config, metadata: RefCell::new(None) }
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

    /// Spends the code of `callback`; gives the tokens and, where one was asked for, the ID token's claims.
    pub async fn redeem(&self, callback: &ValidatedCallback) -> std::result::Result<(TokenAnswer, Claims), TokenError> {
        let metadata = self.metadata().await?;
        let pending = &callback.pending;
        let request = build_code_request(
            &metadata.token_endpoint,
            &self.config,
            &callback.code,
            &pending.verifier,
            &pending.redirect_uri,
        );
        let response = exchange(&*self.platform, request, AUTH_TIMEOUT_MS).await?;
        let now_ms = self.platform.wall_ms();
        let answer = process_token_response(&response, now_ms)?;
        let claims = match &answer.id_token {
            Some(token) => process_id_token(token.expose(), &self.config, Some(&pending.nonce), now_ms)?,
            None if self.config.wants_id_token() => {
                return Err(TokenError::Other(crate::error::CloudError::new(
                    crate::error::Code::InvalidResponse,
                    "the token endpoint's answer has no ID token, which was asked for",
                )));
            }
            None => Claims::default(),
        };
        Ok((answer, claims))
    }

    /// Spends a refresh token.
    pub async fn refresh(
        &self,
        refresh_token: &Secret,
        organization: Option<&str>,
    ) -> std::result::Result<(TokenAnswer, Option<Claims>), TokenError> {
        let metadata = self.metadata().await?;
        let request = build_refresh_request(&metadata.token_endpoint, &self.config, refresh_token, organization);
        let response = exchange(&*self.platform, request, AUTH_TIMEOUT_MS).await?;
        let now_ms = self.platform.wall_ms();
        let answer = process_token_response(&response, now_ms)?;
        let claims = match &answer.id_token {
            // A bad ID token does not unmake the rotation that came with it: the tokens stand, the claims do not.
            Some(token) => process_id_token(token.expose(), &self.config, None, now_ms).ok(),
            None => None,
        };
        Ok((answer, claims))
    }

    /// Revokes a refresh token and its grant. Failing is not fatal: the server forgets it in time.
    pub async fn revoke(&self, refresh_token: &Secret) -> Result<()> {
        let metadata = self.metadata().await?;
        if let Some(endpoint) = &metadata.revocation_endpoint {
            let request = build_revocation_request(endpoint, &self.config, refresh_token);
            exchange(&*self.platform, request, AUTH_TIMEOUT_MS).await?;
        }
        Ok(())
    }
}
