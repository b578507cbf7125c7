//! A session token handed over by configuration, for CI: never stored, never refreshed (CONTRACT, static token).

use super::oauth::id_token::decode;
use crate::error::{CloudError, Code, Result};
use crate::event::UserInfo;
use crate::json::{Document, Json, Limits};
use crate::secret::Secret;

/// The token and what it says of its bearer.
pub struct StaticToken {
    token: Secret,
    user: UserInfo,
    /// `exp`, in milliseconds since 1970.
    expires_at_ms: Option<u64>,
}

impl StaticToken {
    /// Reads the claims of `token` (the user is `r.u` or `sub`, the organization `r.o`). Fails with CONFIG.
    pub fn new(token: &str) -> Result<Self> {
        let refuse = || CloudError::new(Code::Config, "option `auth.token`: must be a JWT");
        if token.bytes().any(|b| !b.is_ascii_graphic()) {
            return Err(refuse());
        }
        let mut parts = token.split('.');
        let (Some(_), Some(payload), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
            return Err(refuse());
        };
        let payload = decode(payload).ok_or_else(refuse)?;
        let document = Document::parse(&payload, Limits::default()).map_err(|_| refuse())?;
        let claims = document.root();
        let text = |json: Option<Json<'_>>| json.and_then(Json::as_str).map(std::borrow::Cow::into_owned);
        let roo = claims.get("r");
        let user = UserInfo {
            id: text(roo.and_then(|r| r.get("u"))).or_else(|| text(claims.get("sub"))),
            organization_id: text(roo.and_then(|r| r.get("o"))),
            ..UserInfo::default()
        };
        let expires_at_ms = claims.get("exp").and_then(Json::as_u64).map(|s| s.saturating_mul(1_000));
        Ok(Self { token: Secret::new(token), user, expires_at_ms })
    }

    /// The token, until it ends.
    pub fn token(&self, now_wall_ms: u64) -> Option<Secret> {
        self.expires_at_ms.is_none_or(|at| now_wall_ms < at).then(|| self.token.clone())
    }

    /// Whose it is.
    pub fn user(&self) -> &UserInfo {
        &self.user
    }
}

#[cfg(test)]
mod tests {
    use base64ct::{Base64UrlUnpadded, Encoding};

    use super::StaticToken;
    use crate::error::Code;

    fn jwt(claims: &str) -> String {
        format!(
            "{}.{}.c2ln",
            Base64UrlUnpadded::encode_string(b"{\"alg\":\"RS256\"}"),
            Base64UrlUnpadded::encode_string(claims.as_bytes())
        )
    }

    #[test]
    fn says_whose_it_is_and_ends() {
        let token = StaticToken::new(&jwt(r#"{"r":{"u":"user_1","o":"org_1"},"sub":"other","exp":1000}"#)).unwrap();
        assert_eq!(token.user().id.as_deref(), Some("user_1"));
        assert_eq!(token.user().organization_id.as_deref(), Some("org_1"));
        assert!(token.token(999_999).is_some());
        assert!(token.token(1_000_000).is_none());
    }

    #[test]
    fn what_is_no_jwt_is_a_wrong_option() {
        for text in ["", "abc", "a.b.c", "a.b", "e30.e30.\r\nx"] {
            assert_eq!(StaticToken::new(text).err().map(|e| e.code), Some(Code::Config), "{text}");
        }
    }
}
