//! Whether two values say the same, however they are written.

use super::{Json, Kind, Text};
use crate::sort::sort_by;

impl Json<'_> {
    /// Whether both say the same to JavaScript: members in any order, the last of doubled ones, strings by what they say,
    /// numbers by their value (`1`, `1.0` and `1e0` are one; digits beyond nineteen are told apart as they are written).
    pub fn same(self, other: Json<'_>) -> bool {
        if same_bytes(self.raw(), other.raw()) {
            return true;
        }
        if self.kind() != other.kind() {
            return false;
        }
        match self.kind() {
            Kind::Null | Kind::Bool => false,
            Kind::Number => self.same_number(other),
            Kind::String => self.as_text() == other.as_text(),
            Kind::Array => {
                let (mut ours, mut theirs) = (self.elements(), other.elements());
                loop {
                    match (ours.next(), theirs.next()) {
                        (None, None) => return true,
                        (Some(ours), Some(theirs)) if ours.same(theirs) => {}
                        _ => return false,
                    }
                }
            }
            Kind::Object => {
                let [ours, theirs] = [self, other].map(|object| {
                    let mut members = object.members().collect();
                    sort_members(&mut members);
                    members
                });
                ours.len() == theirs.len()
                    && ours.iter().zip(&theirs).all(|(ours, theirs)| ours.0 == theirs.0 && ours.1.same(theirs.1))
            }
        }
    }
}

/// Whether these are the same bytes: eight at a step, where WebAssembly's `==` of the standard library takes one.
pub fn same_bytes(one: &[u8], other: &[u8]) -> bool {
    let (words, rest) = one.as_chunks::<8>();
    let (other_words, other_rest) = other.as_chunks::<8>();
    one.len() == other.len() && words.iter().zip(other_words).all(|(one, other)| one == other) && rest == other_rest
}

/// Orders members by name, and keeps the last of doubled ones: for walking several objects side by side.
pub fn sort_members(members: &mut Vec<(Text<'_>, Json<'_>)>) {
    // Among doubled ones the last comes first, and the others go.
    sort_by(members, &mut |(one, at), (other, later)| {
        one.cmp(other).then_with(|| later.range().start.cmp(&at.range().start))
    });
    members.dedup_by(|later, kept| later.0 == kept.0);
}
