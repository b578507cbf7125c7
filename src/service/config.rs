//! What a client is made with, and what is wrong with it.

use std::rc::Rc;

use crate::api::checked_base;
use crate::auth::custom::Provider;
use crate::auth::oauth::OAuthConfig;
use crate::auth::oauth::sign_in::Mode;
use crate::auth::session::ActFor;
use crate::error::{CloudError, Code, Result};
use crate::platform::Platform;
use crate::profiles::manager::Resolver;
use crate::settings::cache::Held;
use crate::telemetry::client::TelemetryConfig;

/// How people sign in, as the options say it.
pub enum AuthConfig {
    /// `type: "oauth"`.
    OAuth {
        /// Issuer, client, redirect URI, scopes.
        oauth: OAuthConfig,
        /// How, where `login` does not say.
        mode: Mode,
        /// For whom to act, where `login` does not say.
        act_for: Option<ActFor>,
    },
    /// `type: "ticket"`.
    Ticket {
        /// The ticket server.
        clerk_url: String,
        /// Where the cloud's pages send the code.
        auth_redirect: String,
    },
    /// `type: "custom"`.
    Custom {
        /// The page's own provider.
        provider: Rc<dyn Provider>,
    },
    /// `type: "token"`.
    Static {
        /// The JWT.
        token: String,
    },
}

/// What the page's author says (`CloudOptions`).
pub struct Config {
    /// The API.
    pub api_url: String,
    /// How people sign in.
    pub auth: AuthConfig,
    /// How old settings may become, in milliseconds.
    pub settings_interval_ms: u64,
    /// What stands for the cloud's settings: see [`crate::settings::fixed`].
    pub static_settings: Option<Held>,
    /// Merge the cloud's profiles when they come.
    pub sync_profiles: bool,
    /// Who decides conflicts; nobody: the cloud wins.
    pub resolver: Option<Resolver>,
    /// Which events are taken in, and how they are sent.
    pub telemetry: TelemetryConfig,
}

pub(super) fn check_oauth<P: Platform>(platform: &P, config: &OAuthConfig) -> Result<()> {
    // The issuer is compared byte for byte, so it stays as it was given.
    checked_base(platform, &config.issuer, "auth.issuer")?;
    let refuse = |option: &str, why: &str| Err(CloudError::new(Code::Config, format!("option `{option}`: {why}")));
    if config.client_id.is_empty() || config.client_id.bytes().any(|b| !(0x20..0x7f).contains(&b)) {
        return refuse("auth.clientId", "must be the id that the authorization server knows this client by");
    }
    check_redirect(platform, &config.redirect_uri, "auth.redirectUri")
}

pub(super) fn check_redirect<P: Platform>(platform: &P, url: &str, option: &str) -> Result<()> {
    match platform.parse_url(url) {
        Some(url) if url.fragment.is_empty() && !["javascript", "data", "blob"].contains(&url.scheme.as_str()) => {
            Ok(())
        }
        _ => Err(CloudError::new(Code::Config, format!("option `{option}`: must be an absolute url without fragment"))),
    }
}
