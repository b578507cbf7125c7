//! What the settings permit: task sync and sharing.

use crate::json::Json;

/// What an organization's `cloudSettings` say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CloudSettings {
    /// The organization wants the messages of tasks recorded.
    pub record_task_messages: bool,
    /// Tasks may be shared.
    pub enable_task_sharing: bool,
    /// Shared tasks may be shared with everybody. True unless forbidden.
    pub allow_public_task_sharing: bool,
    /// After how many days a share expires.
    pub task_share_expiration_days: Option<u64>,
}

impl CloudSettings {
    /// Reads them from the organization's settings, as they came.
    pub fn of(organization: Json<'_>) -> Self {
        let settings = organization.get("cloudSettings");
        let flag = |name| settings.and_then(|settings| settings.get(name)?.as_bool());
        Self {
            record_task_messages: flag("recordTaskMessages") == Some(true),
            enable_task_sharing: flag("enableTaskSharing") == Some(true),
            allow_public_task_sharing: flag("allowPublicTaskSharing") != Some(false),
            task_share_expiration_days: settings.and_then(|settings| settings.get("taskShareExpirationDays")?.as_u64()),
        }
    }

    /// Whether tasks may be shared at all.
    pub const fn can_share(&self) -> bool {
        self.enable_task_sharing
    }

    /// Whether tasks may be shared with everybody.
    pub const fn can_share_publicly(&self) -> bool {
        self.enable_task_sharing && self.allow_public_task_sharing
    }
}

/// What a person has chosen; none where they have chosen nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UserSettingsConfig {
    /// Send the messages of tasks.
    pub task_sync_enabled: Option<bool>,
    /// Features that need a language model in the cloud.
    pub llm_enhanced_features_enabled: Option<bool>,
}

impl UserSettingsConfig {
    /// Reads them from the user's settings (`{features, settings, version}`), as they came.
    pub fn of(user: Json<'_>) -> Self {
        let settings = user.get("settings");
        let flag = |name| settings.and_then(|settings| settings.get(name)?.as_bool());
        Self {
            task_sync_enabled: flag("taskSyncEnabled"),
            llm_enhanced_features_enabled: flag("llmEnhancedFeaturesEnabled"),
        }
    }
}

/// Whether the messages of tasks are sent: an organization decides for its members, a person for their own account.
/// `None` while the settings in question are not known: as good as off.
pub fn is_task_sync_enabled(
    organization: Option<CloudSettings>,
    user: Option<UserSettingsConfig>,
    in_organization: bool,
) -> Option<bool> {
    if in_organization {
        organization.map(|organization| organization.record_task_messages)
    } else {
        user.map(|user| user.task_sync_enabled != Some(false))
    }
}

#[cfg(test)]
mod tests {
    use super::{CloudSettings, UserSettingsConfig, is_task_sync_enabled};
    use crate::json::{Document, Limits};

    fn organization(cloud_settings: &str) -> CloudSettings {
        let text = format!(r#"{{"cloudSettings":{cloud_settings}}}"#);
        CloudSettings::of(Document::parse(text.as_bytes(), Limits::default()).unwrap().root())
    }

    fn user(settings: &str) -> UserSettingsConfig {
        let text = format!(r#"{{"settings":{settings}}}"#);
        UserSettingsConfig::of(Document::parse(text.as_bytes(), Limits::default()).unwrap().root())
    }

    #[test]
    fn sharing_is_off_until_allowed_and_public_until_forbidden() {
        for (settings, share, publicly) in [
            ("{}", false, false),
            (r#"{"allowPublicTaskSharing":true}"#, false, false),
            (r#"{"enableTaskSharing":true}"#, true, true),
            (r#"{"enableTaskSharing":true,"allowPublicTaskSharing":false}"#, true, false),
        ] {
            let settings = organization(settings);
            assert_eq!((settings.can_share(), settings.can_share_publicly()), (share, publicly), "{settings:?}");
        }
        assert_eq!(organization(r#"{"taskShareExpirationDays":30}"#).task_share_expiration_days, Some(30));
    }

    #[test]
    fn task_sync_is_the_organizations_choice_or_the_persons_own() {
        let on = Some(organization(r#"{"recordTaskMessages":true}"#));
        let off = Some(organization("{}"));
        assert_eq!(is_task_sync_enabled(on, None, true), Some(true));
        assert_eq!(is_task_sync_enabled(off, Some(user(r#"{"taskSyncEnabled":true}"#)), true), Some(false));
        assert_eq!(is_task_sync_enabled(None, None, true), None);

        assert_eq!(is_task_sync_enabled(off, Some(user("{}")), false), Some(true));
        assert_eq!(is_task_sync_enabled(on, Some(user(r#"{"taskSyncEnabled":false}"#)), false), Some(false));
        assert_eq!(is_task_sync_enabled(on, None, false), None);
    }
}
