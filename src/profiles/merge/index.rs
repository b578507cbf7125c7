//! Numbers for keys, so that the merge stays linear.

use std::borrow::Cow;

use crate::json::same_bytes;

/// Gives each distinct key a number, counted from 0. A hash table of the plainest kind: the standard one costs the module 4 KB.
pub(super) struct Index<'a> {
    keys: Vec<(u64, Cow<'a, [u8]>)>,
    /// Numbers plus one, 0 where nothing is; a power of two of them, at least twice as many as keys.
    table: Vec<usize>,
}

impl<'a> Index<'a> {
    pub(super) fn new() -> Self {
        Self { keys: Vec::new(), table: vec![0; 64] }
    }

    /// The number of `key`, a new one if it has none yet.
    pub(super) fn number(&mut self, key: Cow<'a, [u8]>) -> usize {
        let hash = hash(&key);
        let (at, found) = self.find_at(hash, &key);
        if let Some(number) = found {
            return number;
        }
        let number = self.keys.len();
        self.keys.push((hash, key));
        if let Some(slot) = self.table.get_mut(at) {
            *slot = number + 1;
        }
        if self.keys.len() * 2 > self.table.len() {
            self.grow();
        }
        number
    }

    /// The number of `key`, if it has one.
    pub(super) fn find(&self, key: &[u8]) -> Option<usize> {
        self.find_at(hash(key), key).1
    }

    /// The key of a number, for a person to read.
    pub(super) fn readable(&self, number: usize) -> String {
        self.keys.get(number).map(|(_, key)| String::from_utf8_lossy(key).into_owned()).unwrap_or_default()
    }

    /// Where `key` stands in the table or would go, and its number.
    fn find_at(&self, hash: u64, key: &[u8]) -> (usize, Option<usize>) {
        let mut at = self.place(hash);
        while let Some(number) = self.table.get(at).and_then(|slot| slot.checked_sub(1)) {
            if self.keys.get(number).is_some_and(|(other, text)| *other == hash && same_bytes(text, key)) {
                return (at, Some(number));
            }
            at = (at + 1) & (self.table.len() - 1);
        }
        (at, None)
    }

    fn grow(&mut self) {
        self.table = vec![0; self.table.len() * 4];
        for (number, (hash, _)) in self.keys.iter().enumerate() {
            let mut at = self.place(*hash);
            while self.table.get(at).is_some_and(|slot| *slot != 0) {
                at = (at + 1) & (self.table.len() - 1);
            }
            if let Some(slot) = self.table.get_mut(at) {
                *slot = number + 1;
            }
        }
    }

    fn place(&self, hash: u64) -> usize {
        usize::try_from(hash >> 33).unwrap_or(0) & (self.table.len() - 1)
    }
}

/// Multiply and fold, eight bytes a step.
fn hash(key: &[u8]) -> u64 {
    let (words, rest) = key.as_chunks::<8>();
    let mut last = [0; 8];
    for (slot, byte) in last.iter_mut().zip(rest) {
        *slot = *byte;
    }
    let mut hash = 0x9e37_79b9_7f4a_7c15 ^ key.len() as u64;
    for word in words.iter().chain([&last]) {
        hash = (hash ^ u64::from_le_bytes(*word)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        hash ^= hash >> 32;
    }
    hash.wrapping_mul(0xc4ce_b9fe_1a85_ec53)
}
