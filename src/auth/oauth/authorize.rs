//! The authorization request (RFC 6749, 4.1.1) and its answer, the callback (4.1.2, RFC 9207).

use super::discovery::Metadata;
use super::pending::Pending;
use super::sign_in::Mode;
use super::{OAuthConfig, Parameters, encode_form};
use crate::auth::session::ActFor;
use crate::error::{CloudError, Code, Result};
use crate::platform::Url;
use crate::secret::Secret;

/// What may be asked for beside the sign-in itself (`LoginOptions`).
#[derive(Clone, Debug, Default)]
pub struct SignInOptions {
    /// How the person gets there; nobody said: as the client's options say.
    pub mode: Option<Mode>,
    /// For whom to act; nobody named: as the server decides.
    pub act_for: Option<ActFor>,
    /// A landing page of the cloud.
    pub landing_page_slug: Option<String>,
    /// The person wants an account first.
    pub sign_up: bool,
    /// `login` or `select_account`.
    pub prompt: Option<String>,
}

/// The url that the browser goes to.
pub fn build_authorization_url(
    config: &OAuthConfig,
    metadata: &Metadata,
    pending: &Pending,
    code_challenge: &str,
    options: &SignInOptions,
) -> String {
    let scope = config.scopes.join(" ");
    let mut parameters = vec![
        ("response_type", "code"),
        ("client_id", config.client_id.as_str()),
        ("redirect_uri", pending.redirect_uri.as_str()),
        ("scope", scope.as_str()),
        ("state", pending.state.expose()),
        ("code_challenge", code_challenge),
        ("code_challenge_method", "S256"),
    ];
    if config.wants_id_token() {
        parameters.push(("nonce", pending.nonce.expose()));
    }
    if let Some(act_for) = &options.act_for {
        parameters.push(("organization_id", act_for.parameter()));
    }
    if let Some(slug) = &options.landing_page_slug {
        parameters.push(("landing_page", slug));
    }
    if options.sign_up {
        parameters.push(("screen_hint", "signup"));
    }
    if let Some(prompt) = &options.prompt {
        parameters.push(("prompt", prompt));
    }
    with_query(&metadata.authorization_endpoint, &parameters)
}

/// The url where the person signs out of the server itself (OpenID Connect RP-Initiated Logout 1.0, 2). `id_token` says who and
/// of which session, so that the server need not ask; `back`: where it sends the browser afterwards, if it knows that address.
pub fn build_end_session_url(
    endpoint: &str,
    config: &OAuthConfig,
    id_token: Option<&Secret>,
    back: Option<&str>,
) -> String {
    let mut parameters = vec![("client_id", config.client_id.as_str())];
    if let Some(token) = id_token {
        parameters.push(("id_token_hint", token.expose()));
    }
    if let Some(back) = back {
        parameters.push(("post_logout_redirect_uri", back));
    }
    with_query(endpoint, &parameters)
}

fn with_query(endpoint: &str, parameters: &[(&str, &str)]) -> String {
    let glue = if endpoint.contains('?') { '&' } else { '?' };
    format!("{endpoint}{glue}{}", encode_form(parameters))
}

/// A callback url taken apart, before anything is known of the sign-in it answers.
pub struct Callback {
    state: Secret,
    parameters: Parameters,
}

/// The answer of our server to our sign-in. Only [`Callback::validate`] makes one.
pub struct ValidatedCallback {
    /// The authorization code.
    pub code: Secret,
    /// The sign-in that it answers.
    pub pending: Pending,
    /// The organization that the ticket server names; none: the personal account.
    pub organization_id: Option<String>,
}

impl Callback {
    /// Takes `url` apart. `None`: it is no callback (there is no `state` in it, or neither `code` nor `error`). Doubled
    /// parameters, tokens in the url and a `response` are refused with CALLBACK_INVALID (RFC 6749, 3.1; RFC 9700, 4.5).
    pub fn parse(url: &Url) -> Option<Result<Self>> {
        let parameters: Parameters = form_urlencoded::parse(url.query.as_bytes()).into_owned().collect();
        let has = |name: &str| parameters.iter().any(|(n, _)| n == name);
        if !has("state") || !(has("code") || has("error") || has("response")) {
            return None;
        }
        let names = ["state", "code", "error", "error_description", "iss"];
        let doubled = names.iter().any(|name| parameters.iter().filter(|(n, _)| n == name).count() > 1);
        let fragment: Parameters = form_urlencoded::parse(url.fragment.as_bytes()).into_owned().collect();
        let forbidden = ["access_token", "id_token", "refresh_token", "response"];
        let tokens = parameters.iter().chain(&fragment).any(|(name, _)| forbidden.contains(&name.as_str()));
        if doubled || tokens || (has("code") && has("error")) {
            return Some(Err(invalid("has doubled or forbidden parameters")));
        }
        let state = parameters.iter().find(|(name, _)| name == "state").map(|(_, value)| Secret::new(value.clone()))?;
        Some(Ok(Self { state, parameters }))
    }

    /// Its `state`.
    pub fn state(&self) -> &Secret {
        &self.state
    }

    /// Checks it against the sign-in with the same state: age, issuer (RFC 9207, 2.4; on errors too), then whether the server
    /// said yes. `issuer`: who must have sent it, and whether it must say so; none: who sends it has no such name.
    pub fn validate(self, pending: Pending, issuer: Option<(&str, bool)>, now_ms: u64) -> Result<ValidatedCallback> {
        if pending.state != self.state {
            return Err(CloudError::new(Code::StateMismatch, "this callback answers no sign-in that was begun here"));
        }
        if pending.dead || pending.expired(now_ms) {
            return Err(CloudError::new(
                Code::StateExpired,
                "this sign-in was begun too long ago, or was used before; sign in again",
            ));
        }
        if let Some((issuer, must_be_named)) = issuer {
            match self.value("iss") {
                Some(named) if named != issuer => return Err(invalid("comes from another issuer")),
                None if must_be_named => return Err(invalid("does not name its issuer")),
                _ => {}
            }
        }
        if let Some(error) = self.value("error") {
            return Err(refused(error, self.value("error_description")));
        }
        match self.value("code") {
            Some(code) if !code.is_empty() => {
                let organization_id = self.value("organizationId").filter(|id| !id.is_empty()).map(str::to_owned);
                Ok(ValidatedCallback { code: Secret::new(code), pending, organization_id })
            }
            _ => Err(invalid("has no code")),
        }
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

fn invalid(why: &str) -> CloudError {
    CloudError::new(Code::CallbackInvalid, format!("the sign-in's callback {why}; nothing was changed"))
}

/// The failure that an `error` parameter stands for (RFC 6749, 4.1.2.1). What the server says of it is text from outside.
fn refused(error: &str, description: Option<&str>) -> CloudError {
    let code = match error {
        "access_denied" => Code::AccessDenied,
        "temporarily_unavailable" | "server_error" => Code::Server,
        "login_required" | "interaction_required" | "consent_required" | "account_selection_required" => {
            Code::LoginCancelled
        }
        _ => Code::Config,
    };
    let said = description.map(plain_words).filter(|words| !words.is_empty());
    let said = said.map_or_else(String::new, |words| format!(": {words}"));
    CloudError::new(code, format!("the authorization server refused ({}){said}", plain_words(error)))
}

/// At most 200 characters of what RFC 6749 allows in an `error_description`, less what could be markup.
fn plain_words(text: &str) -> String {
    text.chars().filter(|c| matches!(c, ' '..='~') && !matches!(c, '<' | '>' | '"' | '\\' | '&')).take(200).collect()
}

/// A path of this origin and nothing else: no scheme, no host, no backslash tricks (`//evil`, `/\evil`).
pub fn checked_return_path(path: &str) -> Result<String> {
    let relative = path.starts_with('/') && !path.starts_with("//") && !path.contains('\\');
    if relative && path.len() <= 2_048 && path.bytes().all(|b| b > 0x20 && b != 0x7f) {
        return Ok(path.to_owned());
    }
    Err(CloudError::new(Code::InvalidArgument, "`returnTo` must be a path of this origin, like /settings"))
}
