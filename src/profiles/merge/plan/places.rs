//! Who has which name, and in which order.

use std::borrow::Cow;

use super::{Plan, Profile};
use crate::json::{Text, Writer};

impl<'a> Plan<'a> {
    /// The profiles of the new document, in its order.
    pub(in crate::profiles::merge) fn in_order(&self) -> impl Iterator<Item = usize> {
        let is_current = |place: usize, number: usize| self.live(number).is_some_and(|profile| profile.place == place);
        self.order
            .iter()
            .enumerate()
            .filter(move |(place, number)| is_current(*place, **number))
            .map(|(_, &number)| number)
    }

    pub(super) fn insert(&mut self, profile: Profile<'a>) {
        let number = self.profiles.len();
        // A stored name that stood before: the last of doubled members counts.
        let before = self.owner(profile.name_number);
        if let Some(before) = before.and_then(|before| self.profiles.get_mut(before)) {
            before.is_deleted = true;
        }
        self.profiles.push(profile);
        self.settle(number);
    }

    pub(super) fn rename(&mut self, number: usize, name: Cow<'a, str>, name_number: usize) {
        if let Some(profile) = self.profiles.get_mut(number) {
            profile.name = name;
            profile.name_number = name_number;
        }
        self.settle(number);
    }

    /// Puts a profile at the end, under its name.
    fn settle(&mut self, number: usize) {
        let Some(profile) = self.profiles.get_mut(number) else { return };
        profile.place = self.order.len();
        self.order.push(number);
        if let Some(owner) = self.owners.get_mut(profile.name_number) {
            *owner = Some(number);
        }
    }

    pub(super) fn vacate(&mut self, number: usize) {
        let Some(profile) = self.profiles.get(number) else { return };
        if let Some(owner) = self.owners.get_mut(profile.name_number) {
            *owner = None;
        }
    }

    pub(super) fn live(&self, number: usize) -> Option<&Profile<'a>> {
        self.profiles.get(number).filter(|profile| !profile.is_deleted)
    }

    pub(super) fn owner(&self, name_number: usize) -> Option<usize> {
        self.owners.get(name_number).copied().flatten()
    }

    pub(super) fn name_number(&mut self, name: Cow<'a, [u8]>) -> usize {
        let number = self.names.number(name);
        if number == self.owners.len() {
            self.owners.push(None);
        }
        number
    }

    /// Renames the profile that has this name, if one has: `<name>_local`, or else `<name>_1`, `<name>_2`, ….
    pub(super) fn make_room(&mut self, name_number: usize, name: Text<'a>) {
        let Some(owner) = self.owner(name_number) else { return };
        let mut suffix = String::from("_local");
        let mut count = 0;
        let free = loop {
            let mut says = name.to_bytes().into_owned();
            says.extend_from_slice(suffix.as_bytes());
            if self.names.find(&says).and_then(|number| self.owner(number)).is_none() {
                break says;
            }
            count += 1;
            let mut digits = Writer::new();
            digits.u64(count);
            suffix = String::from("_");
            suffix.push_str(&String::from_utf8_lossy(digits.as_bytes()));
        };
        let number = self.name_number(Cow::Owned(free));
        let mut written = name.escaped_str().to_owned();
        written.push_str(&suffix);
        self.vacate(owner);
        self.rename(owner, Cow::Owned(written), number);
    }
}
