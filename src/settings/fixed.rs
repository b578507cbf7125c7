//! Settings that stand in the options, in place of the cloud's.

use super::cache::{Held, Source};
use super::permissions::CloudSettings;
use super::validation::{parse_settings, read};
use crate::error::{CloudError, Code, Result};
use crate::json::Writer;

/// Reads `organization` (the text of an `OrganizationSettings`), which is held from `now_ms` on. Fails with CONFIG.
pub fn static_settings(organization: &[u8], now_ms: u64) -> Result<Held> {
    let mut wrapped = Writer::with_capacity(organization.len() + 96);
    wrapped.begin_object();
    wrapped.name("organization");
    wrapped.raw_bytes(organization);
    wrapped.name("user");
    wrapped.raw_bytes(br#"{"features":{},"settings":{},"version":0}"#);
    wrapped.end_object();
    let wrapped = wrapped.into_bytes();
    let refuse =
        |error: CloudError| CloudError::new(Code::Config, format!("option `settings.static`: {}", error.message));
    let document = read(&wrapped).map_err(refuse)?;
    let settings = parse_settings(document.root()).map_err(refuse)?;
    Ok(Held {
        cloud_settings: document.root().get("organization").map(CloudSettings::of).unwrap_or_default(),
        user_config: None,
        organization: settings.organization.checked().map_err(refuse)?,
        user: None,
        etag: None,
        fetched_at_ms: now_ms,
        source: Source::Static,
        invalid_profiles: settings.invalid_profiles.into(),
    })
}
