//! How a merge is told: the JSON of `ProfileSyncResult`, `FieldConflict` and `ProfileEntry`.

use std::borrow::Cow;

use super::merge::{FieldConflict, Side, SyncResult};
use crate::json::{Document, Json, Writer};
use crate::secret::rules::{has_secret, write_without_secrets};
use crate::sort::sort_by;

impl SyncResult {
    /// As JavaScript sees it (`ProfileSyncResult`).
    pub fn to_json(&self) -> Vec<u8> {
        let mut json = Writer::new();
        json.begin_object();
        json.name("hasChanges");
        json.bool(self.has_changes);
        json.name("activeProfileChanged");
        json.bool(self.active_profile_changed);
        json.name("activeProfileId");
        json.str(&self.active_profile_id);
        for (name, list) in [("added", &self.added), ("updated", &self.updated), ("deleted", &self.deleted)] {
            json.name(name);
            json.begin_array();
            for profile in list {
                json.str(profile);
            }
            json.end_array();
        }
        json.name("renamed");
        json.begin_array();
        for (from, to) in &self.renamed {
            json.begin_object();
            json.name("from");
            json.str(from);
            json.name("to");
            json.str(to);
            json.end_object();
        }
        json.end_array();
        json.name("conflicts");
        json.begin_array();
        for conflict in &self.conflicts {
            conflict.write(&mut json);
        }
        json.end_array();
        json.name("droppedSecrets");
        json.u64(self.dropped_secrets as u64);
        json.end_object();
        json.into_bytes()
    }
}

impl FieldConflict {
    /// As JavaScript sees it (`FieldConflict`); an absent value is an absent member.
    pub fn to_json(&self) -> Vec<u8> {
        let mut json = Writer::new();
        self.write(&mut json);
        json.into_bytes()
    }

    fn write(&self, json: &mut Writer) {
        json.begin_object();
        json.name("profile");
        json.str(&self.profile);
        json.name("field");
        json.str(&self.field);
        for (name, value) in [("local", &self.local), ("cloud", &self.cloud), ("base", &self.base)] {
            if let Some(value) = value {
                json.name(name);
                json.raw_bytes(value);
            }
        }
        json.name("taken");
        json.str(if self.taken == Side::Local { "local" } else { "cloud" });
        json.end_object();
    }
}

/// What a list of profiles needs to know that profiles do not.
pub struct Judge<'a> {
    /// May it be used?
    pub allowed: &'a dyn Fn(Json<'_>) -> bool,
    /// Which model does it name?
    pub model_id: &'a dyn for<'j> Fn(Json<'j>) -> Option<Cow<'j, str>>,
}

/// `ProfileEntry[]` of the stored document.
pub fn entries(document: &Document<'_>, judge: &Judge<'_>) -> Vec<u8> {
    let root = document.root();
    let mut cloud_ids: Vec<_> =
        root.get("cloudProfileIds").into_iter().flat_map(Json::elements).filter_map(Json::as_str).collect();
    sort_by(&mut cloud_ids, &mut Ord::cmp);
    let mut seen: Vec<_> =
        root.get("base").into_iter().flat_map(Json::members).map(|(id, base)| (id.to_bytes(), base)).collect();
    sort_by(&mut seen, &mut |left, right| left.0.cmp(&right.0));
    let active = root.get("currentApiConfigName").and_then(Json::as_text);

    let mut json = Writer::new();
    json.begin_array();
    for (name, profile) in root.get("apiConfigs").into_iter().flat_map(Json::members) {
        let id = profile.get("id").and_then(Json::as_str);
        let is_cloud = id.as_ref().is_some_and(|id| cloud_ids.binary_search(id).is_ok());
        let base = id.as_ref().and_then(|id| {
            let at = seen.binary_search_by(|(other, _)| (**other).cmp(id.as_bytes())).ok()?;
            seen.get(at).map(|(_, base)| *base)
        });
        json.begin_object();
        json.name("name");
        json.text(name);
        if let Some(id) = &id {
            json.name("id");
            json.str(id);
        }
        if let Some(provider) = profile.get("apiProvider").and_then(Json::as_text) {
            json.name("apiProvider");
            json.text(provider);
        }
        if let Some(model) = (judge.model_id)(profile) {
            json.name("modelId");
            json.str(&model);
        }
        json.name("origin");
        json.str(if is_cloud { "cloud" } else { "local" });
        for (name, value) in [
            ("active", active == Some(name)),
            ("allowed", (judge.allowed)(profile)),
            ("hasSecret", has_secret(profile)),
            ("locallyChanged", is_cloud && base.is_some_and(|base| changed_since(profile, base))),
        ] {
            json.name(name);
            json.bool(value);
        }
        json.end_object();
    }
    json.end_array();
    json.into_bytes()
}

/// Whether `profile`, less its secrets, is another than what the last sync saw.
fn changed_since(profile: Json<'_>, base: Json<'_>) -> bool {
    let mut open = Writer::new();
    write_without_secrets(profile, &mut open);
    Document::parse(open.as_bytes(), super::document::LIMITS).is_ok_and(|open| !open.root().same(base))
}
