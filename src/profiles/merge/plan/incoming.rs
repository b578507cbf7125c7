//! The cloud's side: which of its profiles count, and without secrets.

use std::borrow::Cow;

use super::{CloudProfile, Plan};
use crate::json::{Json, Kind, Text, Writer, same_bytes};
use crate::secret::rules::{holds_secret, write_without_secrets};

impl<'a> Plan<'a> {
    /// What is stored of a profile that came invalid stays as it is. What it is about is known by its id, or else by its name.
    pub(in crate::profiles::merge) fn protect(&mut self, name: &[u8], id: Option<Cow<'a, [u8]>>) {
        let owner = || self.owner(self.names.find(name)?);
        let id = id.filter(|id| !id.is_empty()).or_else(|| self.profiles.get(owner()?)?.id.map(Text::to_bytes));
        if let Some(id) = id {
            let number = self.id_number(id);
            self.ids[number].is_protected = true;
        }
    }

    /// Reads the cloud's side.
    pub(in crate::profiles::merge) fn read_cloud(&mut self, profiles: Json<'a>) {
        // The cloud's profile of each name, by the names' numbers.
        let mut named: Vec<Option<usize>> = Vec::new();
        for (name, settings) in profiles.members() {
            if settings.kind() != Kind::Object {
                self.protect(&name.to_bytes(), None);
                continue;
            }
            let id = settings.id().filter(|id| !id.is_empty());
            let name_number = self.name_number(name.to_bytes());
            named.resize(self.owners.len(), None);
            let cloud_number = self.cloud.len();
            let same_name = named.get_mut(name_number).and_then(|slot| {
                let before = slot.take();
                *slot = id.map(|_| cloud_number);
                before
            });
            self.shadow(same_name);
            let Some(id) = id else { continue };
            let same_id = self.id(id).cloud.replace(cloud_number);
            self.shadow(same_id);
            let id_number = self.id_number(id.to_bytes());
            let is_as_seen = self.is_as_seen(id_number, settings);
            self.cloud.push(CloudProfile {
                name,
                name_number,
                id,
                id_number,
                settings,
                is_as_seen,
                is_shadowed: false,
                is_scrubbed: false,
            });
        }
    }

    fn is_as_seen(&self, id_number: usize, settings: Json<'_>) -> bool {
        let base = self.ids.get(id_number).and_then(|id| id.base);
        base.is_some_and(|(_, base)| same_bytes(base.raw(), settings.raw()))
    }

    /// Marks a profile of the cloud as not the last of its name or id.
    fn shadow(&mut self, number: Option<usize>) {
        if let Some(profile) = number.and_then(|number| self.cloud.get_mut(number)) {
            profile.is_shadowed = true;
            let id_number = profile.id_number;
            if let Some(id) = self.ids.get_mut(id_number)
                && id.cloud == number
            {
                id.cloud = None;
            }
        }
    }

    /// The settings that hold secrets, without them: a JSON array. What came as the last merge saw it holds none.
    pub(in crate::profiles::merge) fn scrub_cloud(&mut self) -> Vec<u8> {
        let mut out = Writer::new();
        out.begin_array();
        for profile in self.cloud.iter_mut().filter(|profile| !profile.is_shadowed) {
            if !profile.is_as_seen && holds_secret(profile.settings) {
                profile.is_scrubbed = true;
                self.result.dropped_secrets += write_without_secrets(profile.settings, &mut out);
            }
        }
        out.end_array();
        out.into_bytes()
    }

    /// Puts what [`Self::scrub_cloud`] wrote in place of what came.
    pub(in crate::profiles::merge) fn replace_scrubbed(&mut self, scrubbed: Json<'a>) {
        let mut scrubbed = scrubbed.elements();
        for number in 0..self.cloud.len() {
            let Some(id_number) = self.cloud.get(number).filter(|it| it.is_scrubbed).map(|it| it.id_number) else {
                continue;
            };
            let Some(settings) = scrubbed.next() else { return };
            let is_as_seen = self.is_as_seen(id_number, settings);
            if let Some(profile) = self.cloud.get_mut(number) {
                profile.settings = settings;
                profile.is_as_seen = is_as_seen;
            }
            // An id that looked like a secret is none.
            if settings.get("id").is_none() {
                self.shadow(Some(number));
            }
        }
    }
}
