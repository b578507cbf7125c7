//! The token endpoint: what is sent (RFC 6749, 4.1.3 and 6) and how its answers are read (5.1, 5.2).

use super::{OAuthConfig, encode_form};
use crate::api::refusal;
use crate::auth::session::ActFor;
use crate::error::{CloudError, Code};
use crate::json::{Document, Json, Limits};
use crate::platform::{Request, Response};
use crate::secret::Secret;

/// Larger answers are given up.
const MAX_ANSWER_BYTES: usize = 1024 * 1024;
/// Where the server does not say how long a token lives (5.1 only recommends it).
const DEFAULT_EXPIRES_S: u64 = 300;
/// No token is believed to live longer than this: a year.
pub(in crate::auth) const MAX_EXPIRES_S: u64 = 366 * 24 * 3_600;

/// A good answer of the token endpoint.
pub struct TokenAnswer {
    /// The session token.
    pub access_token: Secret,
    /// How long it lives from receipt, in milliseconds.
    pub expires_in_ms: u64,
    /// The next refresh token; none: the one sent stays good (RFC 6749, 6).
    pub refresh_token: Option<Secret>,
    /// The ID token, unchecked.
    pub id_token: Option<Secret>,
    /// For whom the session token is, where it says so itself.
    pub acts_for: Option<ActFor>,
}

/// Why there is none.
#[derive(Debug)]
pub enum TokenError {
    /// `invalid_grant`: the code or refresh token is dead (5.2).
    InvalidGrant,
    /// Anything else. What was sent may still be good.
    Other(CloudError),
}

impl From<CloudError> for TokenError {
    fn from(error: CloudError) -> Self {
        Self::Other(error)
    }
}

/// Spends an authorization code.
pub fn build_code_request(
    endpoint: &str,
    config: &OAuthConfig,
    code: &Secret,
    verifier: &Secret,
    redirect_uri: &str,
) -> Request {
    build_request(
        endpoint,
        &[
            ("grant_type", "authorization_code"),
            ("client_id", &config.client_id),
            ("code", code.expose()),
            ("redirect_uri", redirect_uri),
            ("code_verifier", verifier.expose()),
        ],
    )
}

/// Spends a refresh token. `organization`: switch to it; empty for the personal account.
pub fn build_refresh_request(
    endpoint: &str,
    config: &OAuthConfig,
    refresh_token: &Secret,
    organization: Option<&str>,
) -> Request {
    let mut parameters = vec![
        ("grant_type", "refresh_token"),
        ("client_id", config.client_id.as_str()),
        ("refresh_token", refresh_token.expose()),
    ];
    if let Some(id) = organization {
        parameters.push(("organization_id", id));
    }
    build_request(endpoint, &parameters)
}

/// Revokes a refresh token, and the whole grant with it (RFC 7009, 2.1).
pub fn build_revocation_request(endpoint: &str, config: &OAuthConfig, refresh_token: &Secret) -> Request {
    let parameters = [
        ("client_id", config.client_id.as_str()),
        ("token", refresh_token.expose()),
        ("token_type_hint", "refresh_token"),
    ];
    Request { keepalive: true, ..build_request(endpoint, &parameters) }
}

fn build_request(endpoint: &str, parameters: &[(&str, &str)]) -> Request {
    Request {
        method: "POST",
        url: endpoint.to_owned(),
        headers: vec![
            ("Content-Type", "application/x-www-form-urlencoded".to_owned()),
            ("Accept", "application/json".to_owned()),
        ],
        body: Some(encode_form(parameters).into_bytes().into()),
        keepalive: false,
        uploaded: None,
        max_answer_bytes: MAX_ANSWER_BYTES,
    }
}

/// Reads an answer of the token endpoint. Nothing of its body stands in an error.
/// `token_type`: the one that was asked for (RFC 6749, 7.1; RFC 9449, 5).
pub fn process_token_response(
    response: &Response,
    token_type: &str,
    now_wall_ms: u64,
) -> std::result::Result<TokenAnswer, TokenError> {
    let refuse = |why: &str| {
        CloudError::new(Code::InvalidResponse, format!("the token endpoint's answer {why}"))
            .with_status(response.status)
    };
    if matches!(response.status, 400 | 401) {
        return Err(process_error(response));
    }
    if response.status != 200 {
        return Err(refusal(response, now_wall_ms).into());
    }
    if !is_json(response) {
        return Err(refuse("is no JSON").into());
    }
    let document = Document::parse(&response.body, Limits::default()).map_err(|e| refuse(e.what))?;
    let root = document.root();
    let given = root.get("token_type").and_then(Json::as_str).ok_or_else(|| refuse("has no token_type"))?;
    if !given.eq_ignore_ascii_case(token_type) {
        return Err(refuse("has a token_type that was not asked for").into());
    }
    Ok(TokenAnswer {
        access_token: root
            .get("access_token")
            .and_then(token_text)
            .ok_or_else(|| refuse("has no usable access_token"))?,
        expires_in_ms: 1_000
            * match root.get("expires_in") {
                None => DEFAULT_EXPIRES_S,
                Some(value) => expires_s(value).ok_or_else(|| refuse("has an unreadable expires_in"))?,
            },
        refresh_token: match root.get("refresh_token") {
            None => None,
            Some(value) => Some(token_text(value).ok_or_else(|| refuse("has an unusable refresh_token"))?),
        },
        id_token: root.get("id_token").and_then(token_text),
        acts_for: None,
    })
}

/// A 400 or 401 (5.2).
fn process_error(response: &Response) -> TokenError {
    let document = Document::parse(&response.body, Limits::default());
    let error = document.as_ref().ok().and_then(|d| d.root().get("error").and_then(Json::as_str)).unwrap_or_default();
    let config =
        |what: &'static str| TokenError::Other(CloudError::new(Code::Config, what).with_status(response.status));
    match &*error {
        "invalid_grant" => TokenError::InvalidGrant,
        "invalid_client" | "unauthorized_client" => {
            config("option `auth.clientId`: the authorization server does not accept this client")
        }
        "invalid_request" | "invalid_target" | "invalid_scope" | "unsupported_grant_type" => {
            config("option `auth`: the authorization server does not accept this client's request")
        }
        _ => TokenError::Other(
            CloudError::new(Code::InvalidResponse, "the token endpoint's answer is outside OAuth")
                .with_status(response.status),
        ),
    }
}

fn is_json(response: &Response) -> bool {
    response.header("content-type").is_none_or(|value| {
        let media_type = value.split(';').next().unwrap_or_default().trim();
        media_type.eq_ignore_ascii_case("application/json")
    })
}

/// A token as RFC 6750, 2.1 writes them, so that it can go into a header.
pub(in crate::auth) fn token_text(value: Json<'_>) -> Option<Secret> {
    let text = value.as_str()?;
    (!text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic())).then(|| Secret::new(text))
}

/// Seconds as a number or, as some servers write it, as digits in a string.
fn expires_s(value: Json<'_>) -> Option<u64> {
    let seconds = match value.as_str() {
        Some(text) if text.bytes().all(|b| b.is_ascii_digit()) => text.parse().ok(),
        Some(_) => None,
        None => value.as_u64(),
    };
    seconds.filter(|&s| s > 0).map(|s: u64| s.min(MAX_EXPIRES_S))
}
