//! What the authorization server says about itself (RFC 8414; OpenID Connect Discovery 1.0).

use super::OAuthConfig;
use crate::api::is_safe_transport;
use crate::error::{CloudError, Code, Result};
use crate::json::{Document, Json, Limits};
use crate::platform::{Page, Request, Response};

/// What of the metadata the client uses. Every endpoint in it was checked to be https, or http on a loopback host.
#[derive(Clone, Debug)]
pub struct Metadata {
    /// Where the browser goes to sign in.
    pub authorization_endpoint: String,
    /// Where codes and refresh tokens are spent.
    pub token_endpoint: String,
    /// Where tokens are revoked (RFC 7009), if the server can.
    pub revocation_endpoint: Option<String>,
    /// Where people sign out of the server itself (OpenID Connect RP-Initiated Logout 1.0), if it has such a page.
    pub end_session_endpoint: Option<String>,
    /// Whether answers carry `iss` (RFC 9207).
    pub iss_in_answers: bool,
}

/// The request for the metadata.
pub fn build_metadata_request(issuer: &str) -> Request {
    Request {
        method: "GET",
        url: format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/')),
        headers: vec![("Accept", "application/json".to_owned())],
        max_answer_bytes: 256 * 1024,
        ..Request::default()
    }
}

/// Checks the metadata: it is that of the configured issuer, byte for byte (RFC 8414, 3.3), it has S256 (RFC 9700, 2.1.1), and
/// its endpoints are safe to send secrets to. Fails with CONFIG, or as the status says.
pub fn process_metadata_response<P: Page>(page: &P, config: &OAuthConfig, response: &Response) -> Result<Metadata> {
    if response.status != 200 {
        return Err(crate::api::refusal(response, 0));
    }
    let refuse =
        |why: &str| CloudError::new(Code::Config, format!("option `auth.issuer`: its discovery document {why}"));
    let document = Document::parse(&response.body, Limits::default()).map_err(|_| {
        // A captive portal's page, more likely than a wrong option.
        CloudError::new(Code::InvalidResponse, "the authorization server's discovery document is no JSON")
    })?;
    let root = document.root();
    if root.get("issuer").and_then(Json::as_str).as_deref() != Some(config.issuer.as_str()) {
        return Err(refuse("names another issuer"));
    }
    let methods = root.get("code_challenge_methods_supported");
    if !methods.is_some_and(|methods| methods.elements().any(|method| method.as_str().as_deref() == Some("S256"))) {
        return Err(refuse("does not offer PKCE with S256"));
    }
    let endpoint = |name: &str| match root.get(name) {
        None => Ok(None),
        Some(value) => value
            .as_str()
            .and_then(|text| page.parse_url(&text))
            .filter(|url| is_safe_transport(url) && !url.has_userinfo && url.fragment.is_empty())
            .map(|url| Some(url.href))
            .ok_or_else(|| refuse(&format!("has an unsafe {name}"))),
    };
    Ok(Metadata {
        authorization_endpoint: endpoint("authorization_endpoint")?
            .ok_or_else(|| refuse("has no authorization_endpoint"))?,
        token_endpoint: endpoint("token_endpoint")?.ok_or_else(|| refuse("has no token_endpoint"))?,
        revocation_endpoint: endpoint("revocation_endpoint")?,
        end_session_endpoint: endpoint("end_session_endpoint")?,
        iss_in_answers: root.get("authorization_response_iss_parameter_supported").and_then(Json::as_bool)
            == Some(true),
    })
}
