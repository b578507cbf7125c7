//! The merge of the cloud's profiles into the stored document: pure, on bytes, whole or not at all.
//!
//! [`merge`] reads both sides into a [`plan`] (which profiles go, stay, change, move, come), then writes the new document from
//! it. Profiles that did not change are never looked into: the stored document keeps what the last merge saw of the cloud
//! (`base`), a profile that comes as those bytes is unchanged, and runs of untouched neighbours are one copy.
//!
//! The rules are those of the reference implementation, with these additions:
//!
//! - Secrets are taken out of what the cloud sends, at any depth, and stay as they are in what is stored.
//! - A non-secret field that was changed here since the last merge, and of which the cloud says something else, is a [`FieldConflict`];
//!   so is a url that the cloud would redirect while a secret is stored beside it. The cloud wins unless the resolver
//!   says otherwise; a local choice is noted in the document (`keptFields`) and holds until the cloud's value changes.
//! - Of doubled ids and doubled members the last counts.

mod apply;
mod fields;
mod index;
mod plan;

use std::borrow::Cow;

use crate::json::{Document, Json, Kind, Limits};

use plan::{Plan, Stored};

/// What is merged.
#[derive(Clone, Copy)]
pub struct Inputs<'a> {
    /// The stored document: `ProviderProfiles` of the package's declarations.
    pub local: Json<'a>,
    /// The cloud's `providerProfiles`, name to settings. Absent, nothing changes; empty, all that is cloud-managed goes.
    pub cloud: Option<Json<'a>>,
    /// Profiles that came from the cloud but were left out of `cloud`: what is stored of them stays as it is.
    pub invalid: &'a [InvalidEntry],
    /// The active profile's name, where it is not the document's `currentApiConfigName`.
    pub active: Option<&'a str>,
}

/// A profile that came from the cloud but is not valid. It is not gone: it is known by its id, or else by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidEntry {
    /// Its name.
    pub name: String,
    /// Its id, if at least that is in order.
    pub id: Option<String>,
}

/// What came of it.
pub struct Merged {
    /// The new document, if it is another than the stored one.
    pub document: Option<Vec<u8>>,
    /// The active profile's name in it, where that is another.
    pub activated: Option<String>,
    /// What changed, for who shows it.
    pub result: SyncResult,
}

/// What a merge changed: `ProfileSyncResult` of the package's declarations. Names have U+FFFD for lone surrogates.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct SyncResult {
    /// Whether any profile was added, updated, deleted or renamed.
    pub has_changes: bool,
    /// Whether the active profile is another, has another content, or was renamed by the cloud.
    pub active_profile_changed: bool,
    /// The active profile's id afterwards; empty for an unknown active name.
    pub active_profile_id: String,
    /// Names of new profiles.
    pub added: Vec<String>,
    /// Names of profiles with a new content.
    pub updated: Vec<String>,
    /// Names of profiles that went.
    pub deleted: Vec<String>,
    /// Old and new names, by the cloud's wish or to make room for a cloud profile.
    pub renamed: Vec<(String, String)>,
    /// Fields that both sides changed.
    pub conflicts: Vec<FieldConflict>,
    /// How many secrets the cloud sent.
    pub dropped_secrets: usize,
}

/// One of the two sides of a merge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// What the cloud says.
    Cloud,
    /// What is stored here.
    Local,
}

/// A non-secret field whose local value differs from what the last merge saw and from the cloud, or a url that the cloud would
/// redirect while a secret is stored beside it. Values are JSON, without any secrets in them; absent ones are `None`.
#[derive(Debug, PartialEq, Eq)]
pub struct FieldConflict {
    /// The profile's name, as the cloud has it.
    pub profile: String,
    /// The member of its settings.
    pub field: String,
    /// What is stored.
    pub local: Option<Vec<u8>>,
    /// What the cloud says.
    pub cloud: Option<Vec<u8>>,
    /// What the last merge saw.
    pub base: Option<Vec<u8>>,
    /// Whose value it has now.
    pub taken: Side,
}

/// Why there was no merge. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MergeError {
    /// The stored document is no object, or its `apiConfigs` is none.
    Document,
    /// The cloud's `providerProfiles` is no object.
    Cloud,
}

impl MergeError {
    /// What is wrong, for a person.
    pub const fn what(self) -> &'static str {
        match self {
            Self::Document => "the stored profiles are no object with apiConfigs",
            Self::Cloud => "the cloud's providerProfiles are no object",
        }
    }
}

/// Merges the cloud's profiles into the stored document.
///
/// `resolve` is asked about each conflict, always in the same order; who must ask a person first merges once with [`Side::Cloud`]
/// for all, then again with the answers. `new_id` makes the id of a `default` profile where the last one was deleted.
pub fn merge(
    inputs: &Inputs<'_>,
    resolve: &mut dyn FnMut(&FieldConflict) -> Side,
    new_id: &mut dyn FnMut() -> String,
) -> Result<Merged, MergeError> {
    let mut plan = Plan::new(Stored::read(inputs.local)?, inputs.active);
    let Some(cloud) = inputs.cloud else { return Ok(Merged { document: None, activated: None, result: plan.result }) };
    if cloud.kind() != Kind::Object {
        return Err(MergeError::Cloud);
    }
    for entry in inputs.invalid {
        plan.protect(entry.name.as_bytes(), entry.id.as_ref().map(|id| Cow::Borrowed(id.as_bytes())));
    }
    plan.read_cloud(cloud);
    let scrubbed = plan.scrub_cloud();
    let scrubbed = Document::parse(&scrubbed, Limits::default()).map_err(|_| MergeError::Cloud)?;
    Ok(finish(plan, scrubbed.root(), resolve, new_id))
}

/// The rest of the merge, where the plan borrows from what was scrubbed too.
fn finish<'a>(
    mut plan: Plan<'a>,
    scrubbed: Json<'a>,
    resolve: &mut dyn FnMut(&FieldConflict) -> Side,
    new_id: &mut dyn FnMut() -> String,
) -> Merged {
    plan.replace_scrubbed(scrubbed);
    plan.delete_missing();
    plan.take_cloud(resolve);
    plan.settle_active(new_id);
    plan.tell();
    Merged { document: apply::document(&plan), activated: plan.activated(), result: plan.result }
}

#[cfg(test)]
mod tests;
