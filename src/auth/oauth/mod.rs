//! OAuth 2.0 for a public client: authorization code with PKCE (RFC 6749, RFC 7636, RFC 9700), RFC 8414 discovery, RFC 9207
//! issuer identification, RFC 7009 revocation.
//!
//! `build_…` makes a request, `process_…` checks its answer; neither sends. [`client`] sends.

pub mod authorize;
pub mod client;
pub mod discovery;
pub mod dpop;
pub mod id_token;
pub mod pending;
pub mod pkce;
pub mod sign_in;
pub mod token;

/// What the page's author says about the authorization server and this client.
#[derive(Clone, Debug)]
pub struct OAuthConfig {
    /// The issuer identifier, as its discovery document says it.
    pub issuer: String,
    /// This client's id; it has no secret.
    pub client_id: String,
    /// Where the server sends the browser back.
    pub redirect_uri: String,
    /// What is asked for; with `openid` an ID token comes and is checked.
    pub scopes: Vec<String>,
    /// Tokens are bound to a key of this installation (RFC 9449), and never taken without.
    pub dpop: bool,
}

impl OAuthConfig {
    /// Whether an ID token is asked for.
    pub fn wants_id_token(&self) -> bool {
        self.scopes.iter().any(|scope| scope == "openid")
    }
}

/// The values of a query or form, decoded.
pub(crate) type Parameters = Vec<(String, String)>;

/// Encodes `parameters` as `application/x-www-form-urlencoded`.
pub(crate) fn encode_form(parameters: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish()
}
