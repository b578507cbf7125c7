//! Settings as they are held in memory and cached across reloads.

use std::rc::Rc;

use super::permissions::{CloudSettings, UserSettingsConfig};
use super::validation::{InvalidProfile, read};
use crate::event::Account;
use crate::json::{Checked, Document, Json, Limits, Writer};

/// Where the settings of `account` are cached.
pub(super) fn slot(account: &Account) -> String {
    let mut slot = String::from("settings/");
    slot.push_str(&account.path());
    slot
}

/// The version of what the cloud says of a person (`UserSettingsData`).
pub(super) fn version_of(user: &[u8]) -> Option<u64> {
    read(user).ok()?.root().get("version")?.as_u64()
}

/// Where settings came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// This tab fetched them.
    Network,
    /// Another tab did.
    OtherTab,
    /// They lay in storage.
    Cache,
    /// They stand in the options.
    Static,
}

impl Source {
    /// The name JavaScript sees.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::OtherTab => "other-tab",
            Self::Cache => "cache",
            Self::Static => "static",
        }
    }
}

/// Valid settings.
#[derive(Clone)]
pub struct Held {
    /// `OrganizationSettings`, as the cloud wrote them.
    pub organization: Checked,
    /// `UserSettingsData`, as the cloud wrote them; none with static settings.
    pub user: Option<Rc<[u8]>>,
    /// What the organization's `cloudSettings` say.
    pub cloud_settings: CloudSettings,
    /// What the person has chosen.
    pub user_config: Option<UserSettingsConfig>,
    /// Asks the server whether they are still good.
    pub etag: Option<String>,
    /// When the server last said that they are, by the wall clock.
    pub fetched_at_ms: u64,
    /// Where they came from.
    pub source: Source,
    /// Provider profiles that came and were left out.
    pub invalid_profiles: Rc<[InvalidProfile]>,
}

impl Held {
    /// As it is cached.
    pub(super) fn to_json(&self) -> Vec<u8> {
        let organization = self.organization.bytes();
        let mut json = Writer::with_capacity(organization.len() + 1_024);
        json.begin_object();
        json.name("fetchedAt");
        json.u64(self.fetched_at_ms);
        if let Some(etag) = &self.etag {
            json.name("etag");
            json.str(etag);
        }
        json.name("invalid");
        json.begin_array();
        for profile in self.invalid_profiles.iter() {
            json.begin_object();
            json.name("name");
            json.str(&profile.name);
            if let Some(id) = &profile.id {
                json.name("id");
                json.str(id);
            }
            json.end_object();
        }
        json.end_array();
        json.name("organization");
        json.raw_bytes(&organization);
        if let Some(user) = &self.user {
            json.name("user");
            json.raw_bytes(user);
        }
        json.end_object();
        json.into_bytes()
    }

    /// Reads what was cached. It was validated before it was sealed. `None`: it is none of ours.
    pub(super) fn from_json(bytes: &[u8], source: Source) -> Option<Self> {
        let document = Document::parse(bytes, Limits { max_bytes: usize::MAX, ..Limits::default() }).ok()?;
        let root = document.root();
        let organization = root.get("organization")?;
        let user = root.get("user");
        let text = |json: Option<Json<'_>>| json.and_then(Json::as_str).map(std::borrow::Cow::into_owned);
        let invalid = root.get("invalid")?.elements().filter_map(|profile| {
            Some(InvalidProfile { name: text(profile.get("name"))?, id: text(profile.get("id")) })
        });
        Some(Self {
            cloud_settings: CloudSettings::of(organization),
            user_config: user.map(UserSettingsConfig::of),
            organization: Checked::of(organization),
            user: user.map(|user| user.raw().into()),
            etag: text(root.get("etag")),
            fetched_at_ms: root.get("fetchedAt")?.as_u64()?,
            source,
            invalid_profiles: invalid.collect(),
        })
    }
}
