//! ID token claims (OpenID Connect Core 1.0, 3.1.3.7). The token comes straight from the token endpoint over TLS, so its
//! signature need not be checked (rule 6); everything else is.

use base64ct::{Base64UrlUnpadded, Encoding};

use super::OAuthConfig;
use crate::error::{CloudError, Code, Result};
use crate::json::{Document, Json, Limits};
use crate::secret::Secret;

/// How far the clocks may be apart, in seconds. The local clock is often wrong (FIELD-NOTES of other clients), so only a token
/// that is out by more than a day is refused: freshness is the nonce's business.
const LEEWAY_S: u64 = 24 * 3_600;

/// What the client takes from an ID token.
#[derive(Clone, Debug, Default)]
pub struct Claims {
    /// `sub`
    pub subject: String,
    /// `name`
    pub name: Option<String>,
    /// `email`
    pub email: Option<String>,
    /// `picture`
    pub picture: Option<String>,
    /// `org_id`
    pub organization_id: Option<String>,
    /// `org_role`
    pub organization_role: Option<String>,
}

/// Checks `token` and gives its claims. `nonce`: the one sent with the authorization request; `None` on a refresh.
pub fn process_id_token(token: &str, config: &OAuthConfig, nonce: Option<&Secret>, now_wall_ms: u64) -> Result<Claims> {
    let refuse = |why: &str| CloudError::new(Code::InvalidResponse, format!("the ID token {why}"));
    let mut parts = token.split('.');
    let (Some(header), Some(payload), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return Err(refuse("is no signed JWT"));
    };
    let header = decode(header).ok_or_else(|| refuse("is no signed JWT"))?;
    let payload = decode(payload).ok_or_else(|| refuse("is no signed JWT"))?;
    let header = Document::parse(&header, Limits::default()).map_err(|_| refuse("is no signed JWT"))?;
    let payload = Document::parse(&payload, Limits::default()).map_err(|_| refuse("is no signed JWT"))?;
    let (header, claims) = (header.root(), payload.root());

    let algorithm = header.get("alg").and_then(Json::as_str).unwrap_or_default();
    if !["RS256", "PS256", "ES256", "EdDSA"].contains(&&*algorithm) {
        return Err(refuse("is not signed with a public key"));
    }
    let text = |name| claims.get(name).and_then(Json::as_str).map(std::borrow::Cow::into_owned);
    if text("iss").as_deref() != Some(config.issuer.as_str()) {
        return Err(refuse("comes from another issuer"));
    }
    let audience = claims.get("aud").ok_or_else(|| refuse("names no audience"))?;
    let for_us = |value: Json<'_>| value.as_str().as_deref() == Some(config.client_id.as_str());
    if !for_us(audience) && !audience.elements().any(for_us) {
        return Err(refuse("is for another client"));
    }
    if audience.elements().count() > 1 && text("azp").as_deref() != Some(config.client_id.as_str()) {
        return Err(refuse("was issued to another client"));
    }
    let expires_s = claims.get("exp").and_then(Json::as_u64).ok_or_else(|| refuse("has no end"))?;
    if expires_s.saturating_add(LEEWAY_S) < now_wall_ms / 1_000 {
        return Err(refuse("is too old"));
    }
    if let Some(nonce) = nonce
        && text("nonce").as_deref() != Some(nonce.expose())
    {
        return Err(refuse("answers another sign-in"));
    }
    Ok(Claims {
        subject: text("sub").filter(|sub| !sub.is_empty()).ok_or_else(|| refuse("names nobody"))?,
        name: text("name"),
        email: text("email"),
        picture: text("picture"),
        organization_id: text("org_id").filter(|id| !id.is_empty()),
        organization_role: text("org_role").filter(|role| !role.is_empty()),
    })
}

/// A base64url part of a JWT.
pub(crate) fn decode(part: &str) -> Option<Vec<u8>> {
    Base64UrlUnpadded::decode_vec(part).ok()
}
