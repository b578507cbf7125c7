//! What a merge will do: where every profile goes, before a byte is written.

mod incoming;
mod places;

use std::borrow::Cow;

use super::fields::{self, Sides};
use super::index::Index;
use super::{FieldConflict, MergeError, Side, SyncResult};
use crate::json::{Json, Kind, Text, Writer};

/// The parts of the stored document that a merge reads.
#[derive(Clone, Copy)]
pub(super) struct Stored<'a> {
    pub(super) document: Json<'a>,
    pub(super) configs: Option<Json<'a>>,
    pub(super) cloud_ids: Option<Json<'a>>,
    pub(super) base: Option<Json<'a>>,
    pub(super) kept: Option<Json<'a>>,
    pub(super) current: Option<Text<'a>>,
}

impl<'a> Stored<'a> {
    pub(super) fn read(document: Json<'a>) -> Result<Self, MergeError> {
        if document.kind() != Kind::Object {
            return Err(MergeError::Document);
        }
        let mut it = Self { document, configs: None, cloud_ids: None, base: None, kept: None, current: None };
        for (name, value) in document.members() {
            if name == "apiConfigs" {
                it.configs = Some(value);
            } else if name == "cloudProfileIds" {
                it.cloud_ids = Some(value);
            } else if name == "base" {
                it.base = Some(value);
            } else if name == "keptFields" {
                it.kept = Some(value);
            } else if name == "currentApiConfigName" {
                it.current = value.as_text();
            }
        }
        match it.configs {
            Some(configs) if configs.kind() != Kind::Object => Err(MergeError::Document),
            _ => Ok(it),
        }
    }
}

/// A profile of the outcome.
pub(super) struct Profile<'a> {
    /// Its name, as a JSON text writes it between quotes.
    pub(super) name: Cow<'a, str>,
    name_number: usize,
    pub(super) settings: Cow<'a, [u8]>,
    /// Its id, as it stands in its settings.
    id: Option<Text<'a>>,
    /// What it was in the stored document.
    pub(super) stored: Option<(Text<'a>, Json<'a>)>,
    /// The number of the name that it had there.
    stored_name: Option<usize>,
    /// Its place in `Plan::order`; other entries of it there are stale.
    place: usize,
    is_deleted: bool,
    is_updated: bool,
}

impl Profile<'_> {
    /// Whether it is, name and settings, the bytes of the stored document.
    pub(super) fn is_untouched(&self) -> bool {
        !self.is_updated && self.stored_name == Some(self.name_number)
    }
}

/// What is known of an id.
#[derive(Clone, Copy, Default)]
pub(super) struct Id<'a> {
    /// The first stored profile that has it.
    local: Option<usize>,
    /// The cloud's profile that has it.
    pub(super) cloud: Option<usize>,
    /// Whether the cloud managed it so far.
    pub(super) is_managed: bool,
    /// Whether what is stored of it stays, because what came of it is invalid.
    pub(super) is_protected: bool,
    pub(super) base: Option<(Text<'a>, Json<'a>)>,
    kept: Option<Json<'a>>,
}

impl Id<'_> {
    pub(super) fn will_be_managed(&self) -> bool {
        self.cloud.is_some() || self.is_managed && self.is_protected
    }
}

/// A profile of the cloud.
#[derive(Clone, Copy)]
pub(super) struct CloudProfile<'a> {
    name: Text<'a>,
    name_number: usize,
    pub(super) id: Text<'a>,
    pub(super) id_number: usize,
    pub(super) settings: Json<'a>,
    /// Whether the last merge saw the same bytes.
    pub(super) is_as_seen: bool,
    /// Whether another of its name or id follows.
    pub(super) is_shadowed: bool,
    is_scrubbed: bool,
}

pub(super) struct Plan<'a> {
    pub(super) stored: Stored<'a>,
    names: Index<'a>,
    /// The profile that has each name now.
    owners: Vec<Option<usize>>,
    id_index: Index<'a>,
    pub(super) ids: Vec<Id<'a>>,
    /// The ids of the stored `base`, as they stand in it.
    pub(super) base_order: Vec<usize>,
    pub(super) profiles: Vec<Profile<'a>>,
    /// Profiles in the order of the new document. One that moved stands in it again.
    order: Vec<usize>,
    pub(super) cloud: Vec<CloudProfile<'a>>,
    /// For each id, the fields that hold locally.
    pub(super) kept: Vec<(Text<'a>, Vec<Text<'a>>)>,
    /// The number of the active profile's name before the merge, and the profile.
    active_name: Option<usize>,
    active: Option<usize>,
    pub(super) result: SyncResult,
}

impl<'a> Plan<'a> {
    /// The stored document, as yet unchanged.
    pub(super) fn new(stored: Stored<'a>, active: Option<&'a str>) -> Self {
        let mut plan = Self {
            stored,
            names: Index::new(),
            owners: Vec::new(),
            id_index: Index::new(),
            ids: Vec::new(),
            base_order: Vec::new(),
            profiles: Vec::new(),
            order: Vec::new(),
            cloud: Vec::new(),
            kept: Vec::new(),
            active_name: None,
            active: None,
            result: SyncResult::default(),
        };
        plan.read_stored(active);
        plan
    }

    fn read_stored(&mut self, active: Option<&'a str>) {
        let stored = self.stored;
        for (name, settings) in stored.configs.into_iter().flat_map(Json::members) {
            let name_number = self.name_number(name.to_bytes());
            let id = settings.id().filter(|id| !id.is_empty());
            self.insert(Profile {
                name: Cow::Borrowed(name.escaped_str()),
                name_number,
                settings: Cow::Borrowed(settings.raw()),
                id,
                stored: Some((name, settings)),
                stored_name: Some(name_number),
                place: 0,
                is_deleted: false,
                is_updated: false,
            });
        }
        for number in 0..self.profiles.len() {
            if let Some(id) = self.live(number).and_then(|profile| profile.id) {
                self.id(id).local.get_or_insert(number);
            }
        }
        for id in stored.cloud_ids.into_iter().flat_map(Json::elements).filter_map(Json::as_text) {
            self.id(id).is_managed = true;
        }
        for (id, base) in stored.base.into_iter().flat_map(Json::members) {
            let number = self.id_number(id.to_bytes());
            self.base_order.push(number);
            self.id(id).base = Some((id, base));
        }
        for (id, kept) in stored.kept.into_iter().flat_map(Json::members) {
            self.id(id).kept = Some(kept);
        }
        let active = active.map(|name| Cow::Borrowed(name.as_bytes())).or(stored.current.map(Text::to_bytes));
        self.active_name = active.map(|name| self.name_number(name));
        self.active = self.active_name.and_then(|name| self.owner(name));
        self.result.active_profile_id = self.id_of_active();
    }

    /// Deletes what is cloud-managed and came no more.
    pub(super) fn delete_missing(&mut self) {
        for number in 0..self.profiles.len() {
            let Some(profile) = self.live(number) else { continue };
            let Some(id) = profile.id else { continue };
            let name = self.names.readable(profile.name_number);
            let known = *self.id(id);
            if !known.is_managed || known.is_protected || known.cloud.is_some() {
                continue;
            }
            self.vacate(number);
            if let Some(profile) = self.profiles.get_mut(number) {
                profile.is_deleted = true;
            }
            if self.active == Some(number) {
                self.active = None;
                self.result.active_profile_changed = true;
            }
            self.result.deleted.push(name);
        }
    }

    /// Goes through the cloud's profiles in their order: known ones are merged and follow the cloud's name, new ones come in.
    pub(super) fn take_cloud(&mut self, resolve: &mut dyn FnMut(&FieldConflict) -> Side) {
        for number in 0..self.cloud.len() {
            let Some(entry) = self.cloud.get(number).copied().filter(|entry| !entry.is_shadowed) else { continue };
            let known = self.ids.get(entry.id_number).copied().unwrap_or_default();
            if let Some((local, (_, settings))) =
                known.local.and_then(|number| Some((number, self.live(number)?.stored?)))
            {
                let base = known.base.map(|(_, base)| base);
                let (cloud, is_as_seen) = (entry.settings, entry.is_as_seen);
                let sides = Sides { name: entry.name, local: settings, cloud, base, is_as_seen, kept: known.kept };
                let outcome = fields::merge(sides, resolve);
                self.result.conflicts.extend(outcome.conflicts);
                if !outcome.kept.is_empty() {
                    self.kept.push((entry.id, outcome.kept));
                }
                self.update(local, entry, outcome.settings);
            } else {
                self.make_room(entry.name_number, entry.name);
                self.result.added.push(entry.name.to_string_lossy());
                self.insert(Profile {
                    name: Cow::Borrowed(entry.name.escaped_str()),
                    name_number: entry.name_number,
                    settings: Cow::Borrowed(entry.settings.raw()),
                    id: Some(entry.id),
                    stored: None,
                    stored_name: None,
                    place: 0,
                    is_deleted: false,
                    is_updated: false,
                });
            }
        }
    }

    fn update(&mut self, number: usize, entry: CloudProfile<'a>, settings: Option<Cow<'a, [u8]>>) {
        let is_updated = settings.is_some();
        let Some(profile) = self.profiles.get_mut(number) else { return };
        let is_renamed = profile.name_number != entry.name_number;
        // Whoever made room for another is no longer active by its name, says the reference.
        let is_active = self.active == Some(number) && self.active_name == Some(profile.name_number);
        profile.is_updated = is_updated;
        if let Some(settings) = settings {
            profile.settings = settings;
        }
        if is_renamed {
            self.vacate(number);
            self.make_room(entry.name_number, entry.name);
            self.rename(number, Cow::Borrowed(entry.name.escaped_str()), entry.name_number);
        }
        self.result.active_profile_changed |= is_active && (is_renamed || is_updated);
    }

    /// Sees to it that there is a profile if there was one, and that an active one that went has a successor.
    pub(super) fn settle_active(&mut self, new_id: &mut dyn FnMut() -> String) {
        let first = self.in_order().next();
        if first.is_none() && !self.result.deleted.is_empty() {
            let id = new_id();
            let mut settings = Writer::new();
            settings.begin_object();
            settings.name("id");
            settings.str(&id);
            settings.end_object();
            let name_number = self.name_number(Cow::Borrowed(b"default"));
            self.active = Some(self.profiles.len());
            self.insert(Profile {
                name: Cow::Borrowed("default"),
                name_number,
                settings: Cow::Owned(settings.into_bytes()),
                id: None,
                stored: None,
                stored_name: None,
                place: 0,
                is_deleted: false,
                is_updated: false,
            });
            self.result.added.push(String::from("default"));
            self.result.active_profile_changed = true;
            self.result.active_profile_id = id;
            return;
        }
        if self.active.is_none() && self.result.active_profile_changed {
            self.active = first;
        }
        self.result.active_profile_id = self.id_of_active();
    }

    /// Says what changed.
    pub(super) fn tell(&mut self) {
        let mut result = std::mem::take(&mut self.result);
        for profile in self.in_order().filter_map(|number| self.profiles.get(number)) {
            let Some((stored, _)) = profile.stored else { continue };
            if profile.is_updated {
                result.updated.push(self.names.readable(profile.name_number));
            }
            if profile.stored_name != Some(profile.name_number) {
                result.renamed.push((stored.to_string_lossy(), self.names.readable(profile.name_number)));
            }
        }
        result.has_changes = !(result.added.is_empty()
            && result.updated.is_empty()
            && result.deleted.is_empty()
            && result.renamed.is_empty());
        self.result = result;
    }

    /// The name that the document is to have as `currentApiConfigName`, where it is another.
    pub(super) fn new_current(&self) -> Option<&str> {
        let profile = self.live(self.active?)?;
        (self.active_name != Some(profile.name_number)).then_some(&profile.name)
    }

    /// The same name, for a person.
    pub(super) fn activated(&self) -> Option<String> {
        self.new_current()?;
        Some(self.names.readable(self.live(self.active?)?.name_number))
    }

    /// What is known of this id.
    pub(super) fn id_of(&self, id: Text<'_>) -> Option<&Id<'a>> {
        self.ids.get(self.id_index.find(&id.to_bytes())?)
    }

    fn id_of_active(&self) -> String {
        let id = self.active.and_then(|number| self.live(number)?.id);
        id.map(Text::to_string_lossy).unwrap_or_default()
    }

    fn id_number(&mut self, id: Cow<'a, [u8]>) -> usize {
        let number = self.id_index.number(id);
        if number == self.ids.len() {
            self.ids.push(Id::default());
        }
        number
    }

    fn id(&mut self, id: Text<'a>) -> &mut Id<'a> {
        let number = self.id_number(id.to_bytes());
        // `id_number` made room for it.
        &mut self.ids[number]
    }
}
