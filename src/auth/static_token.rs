//! A session token handed over by configuration, for CI: never stored, never refreshed (CONTRACT, static token).

use super::oauth::id_token::decode;
use super::session::ActFor;
use crate::error::{CloudError, Code, Result};
use crate::event::UserInfo;
use crate::json::{Document, Json, Limits};
use crate::secret::Secret;

/// The token and what it says of its bearer.
pub struct StaticToken {
    token: Secret,
    claims: TokenClaims,
}

/// What a session token of the cloud says of itself. Its signature is the cloud's business.
pub struct TokenClaims {
    /// Who and for which organization.
    user: UserInfo,
    /// `exp`, in milliseconds since 1970.
    expires_at_ms: Option<u64>,
    /// From `iat` to `exp`, in milliseconds: true whatever the clocks say.
    pub lives_ms: Option<u64>,
    /// For whom it is, where it says so: there is a claim `r`.
    pub acts_for: Option<ActFor>,
}

impl StaticToken {
    /// Reads the claims of `token` (the user is `r.u` or `sub`, the organization `r.o`). Fails with CONFIG.
    pub fn new(token: &str) -> Result<Self> {
        let claims = TokenClaims::read(token).filter(|_| token.bytes().all(|b| b.is_ascii_graphic()));
        let claims = claims.ok_or_else(|| CloudError::new(Code::Config, "option `auth.token`: must be a JWT"))?;
        Ok(Self { token: Secret::new(token), claims })
    }

    /// The token, until it ends.
    pub fn token(&self, now_wall_ms: u64) -> Option<Secret> {
        self.claims.expires_at_ms.is_none_or(|at| now_wall_ms < at).then(|| self.token.clone())
    }

    /// Whose it is.
    pub fn user(&self) -> &UserInfo {
        &self.claims.user
    }
}

impl TokenClaims {
    /// Reads the payload of a JWT.
    pub fn read(token: &str) -> Option<Self> {
        let mut parts = token.split('.');
        let (Some(_), Some(payload), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
            return None;
        };
        let payload = decode(payload)?;
        let document = Document::parse(&payload, Limits::default()).ok()?;
        let claims = document.root();
        let text = |json: Option<Json<'_>>| json.and_then(Json::as_str).map(std::borrow::Cow::into_owned);
        let roo = claims.get("r");
        let user = UserInfo {
            id: text(roo.and_then(|r| r.get("u"))).or_else(|| text(claims.get("sub"))),
            organization_id: text(roo.and_then(|r| r.get("o"))),
            ..UserInfo::default()
        };
        let time_ms = |name| claims.get(name).and_then(Json::as_u64).map(|s: u64| s.saturating_mul(1_000));
        let expires_at_ms = time_ms("exp");
        let lives_ms = expires_at_ms.zip(time_ms("iat")).and_then(|(end, start)| end.checked_sub(start));
        let acts_for = roo.map(|_| user.organization_id.clone().map_or(ActFor::Personal, ActFor::Organization));
        Some(Self { user, expires_at_ms, lives_ms, acts_for })
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
