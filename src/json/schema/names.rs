//! Finding one of many names.

use crate::json::same_bytes;

/// Names, each with a place, found in a step or two.
pub(super) struct Names {
    names: Vec<Box<str>>,
    /// Places, one more than each, by the hash of their names; 0 is an empty slot. At most half are taken, so that looking
    /// for a name that is not there soon meets an empty one. A power of two in length.
    slots: Vec<u16>,
}

impl Names {
    /// Gives each name the place it has in the list.
    pub(super) fn new(names: Vec<Box<str>>) -> Self {
        let mut slots = vec![0; (names.len() * 2).next_power_of_two()];
        let mask = slots.len() - 1;
        for (place, name) in (1..=u16::MAX).zip(&names) {
            let mut at = hash(name.as_bytes()) & mask;
            while let Some(slot) = slots.get_mut(at) {
                if *slot == 0 {
                    *slot = place;
                    break;
                }
                at = (at + 1) & mask;
            }
        }
        Self { names, slots }
    }

    /// The place of a name, given as UTF-8.
    pub(super) fn find(&self, name: &[u8]) -> Option<usize> {
        let mask = self.slots.len() - 1;
        let mut slot = hash(name) & mask;
        loop {
            let place = usize::from(*self.slots.get(slot)?).checked_sub(1)?;
            if same_bytes(self.names.get(place)?.as_bytes(), name) {
                return Some(place);
            }
            slot = (slot + 1) & mask;
        }
    }

    /// All of them, in their places.
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(|name| &**name)
    }
}

/// Tells the names of settings apart by their length and three of their letters: they share beginnings (`openAi…`) and
/// endings (`…ApiKey`), so the middle counts too.
fn hash(name: &[u8]) -> usize {
    let letter = |at: usize| usize::from(name.get(at).copied().unwrap_or_default());
    let length = name.len();
    length.wrapping_mul(5)
        ^ letter(0).wrapping_mul(3)
        ^ letter(length / 2).wrapping_mul(11)
        ^ letter(length.wrapping_sub(1)).wrapping_mul(29)
}

/// A set of places.
#[derive(Clone, Copy, Default)]
pub(super) struct Places([u64; 2]);

impl Places {
    /// Places up to this one fit.
    pub(super) const LIMIT: usize = 128;

    /// Whether it was not in the set before. A place that does not fit never is.
    pub(super) fn insert(&mut self, place: usize) -> bool {
        let Some(word) = self.0.get_mut(place / 64) else { return true };
        let before = *word;
        *word |= 1 << (place % 64);
        *word != before
    }

    pub(super) fn contains(self, place: usize) -> bool {
        self.0.get(place / 64).is_some_and(|word| word & (1 << (place % 64)) != 0)
    }

    pub(super) fn contains_all(self, others: Self) -> bool {
        self.0.iter().zip(others.0).all(|(ours, others)| others & !ours == 0)
    }
}
