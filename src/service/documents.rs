//! Settings and profiles: what crosses between the two.

use std::rc::Rc;

use super::CloudService;
use crate::error::{CloudError, Code, Result};
use crate::json::Json;
use crate::platform::Platform;
use crate::profiles::manager::{CloudProfiles, Resolver};
use crate::profiles::merge::{InvalidEntry, SyncResult};
use crate::profiles::report::{self, Judge};
use crate::settings::allow_list;
use crate::settings::service::{RefreshOutcome, UserSettingsPatch};

impl<P: Platform> CloudService<P> {
    /// Asks the server for settings now.
    pub async fn refresh_settings(&self) -> Result<RefreshOutcome> {
        self.settings.refresh().await
    }

    /// Changes the user's own settings; gives them as the server has them now.
    pub async fn update_user_settings(&self, patch: UserSettingsPatch) -> Result<Rc<[u8]>> {
        self.settings.update_user(patch).await
    }

    /// Merges the cloud's profiles in hand into the stored ones. Conflicts go to `resolve`, else to the configured resolver.
    pub async fn sync_profiles(&self, resolve: Option<Resolver>) -> Result<SyncResult> {
        let resolve = resolve.or_else(|| self.config.resolver.clone());
        self.profiles.sync(&|| self.cloud_profiles(), resolve.as_ref(), self.auth.sign_in_number()).await
    }

    /// What [`CloudService::sync_profiles`] would do now.
    pub fn preview_profile_sync(&self) -> Result<SyncResult> {
        self.profiles.preview(&self.cloud_profiles()?)
    }

    /// `ProfileEntry[]`, as JSON.
    pub fn list_profiles(&self) -> Vec<u8> {
        let stored = self.profiles.checked();
        let stored = stored.document();
        self.settings.with(|held| {
            let organization = held.map(|held| held.organization.document());
            let allow_list = organization.as_ref().and_then(|organization| organization.root().get("allowList"));
            report::entries(
                &stored,
                &Judge {
                    allowed: &|profile| allow_list.is_none_or(|list| allow_list::is_profile_allowed(profile, list)),
                    model_id: &allow_list::model_id,
                },
            )
        })
    }

    /// Whether the allow list in hand lets `profile` (a `ProviderSettings`) be used; without one, everything may be.
    pub fn is_profile_allowed(&self, profile: Json<'_>) -> bool {
        self.settings.with(|held| {
            let organization = held.map(|held| held.organization.document());
            let allow_list = organization.as_ref().and_then(|organization| organization.root().get("allowList"));
            allow_list.is_none_or(|list| allow_list::is_profile_allowed(profile, list))
        })
    }

    fn cloud_profiles(&self) -> Result<CloudProfiles> {
        self.settings.with(|held| {
            let held =
                held.ok_or_else(|| CloudError::new(Code::NotAuthenticated, "no settings of the cloud are known"))?;
            Ok(CloudProfiles {
                organization: held.organization.clone(),
                invalid: held
                    .invalid_profiles
                    .iter()
                    .map(|profile| InvalidEntry { name: profile.name.clone(), id: profile.id.clone() })
                    .collect(),
            })
        })
    }
}
