//! One profile that both sides have: field by field, secrets kept.

use std::borrow::Cow;

use super::{FieldConflict, Side};
use crate::json::{Document, Json, Kind, Limits, Text, Writer, same_bytes, sort_members};
use crate::secret::rules::{has_secret, holds_secret, is_secret, write_without_secrets};

/// The same profile, from all who know it.
#[derive(Clone, Copy)]
pub(super) struct Sides<'a> {
    pub(super) name: Text<'a>,
    pub(super) local: Json<'a>,
    /// What the cloud says, without secrets.
    pub(super) cloud: Json<'a>,
    /// What the last merge saw of the cloud.
    pub(super) base: Option<Json<'a>>,
    /// Whether that is `cloud`, byte for byte.
    pub(super) is_as_seen: bool,
    /// The fields whose local value was chosen over the cloud's.
    pub(super) kept: Option<Json<'a>>,
}

/// What came of a profile.
#[derive(Default)]
pub(super) struct Outcome<'a> {
    /// Its new settings; `None` if the stored ones stand.
    pub(super) settings: Option<Cow<'a, [u8]>>,
    pub(super) conflicts: Vec<FieldConflict>,
    /// The fields whose local value now holds until the cloud's changes.
    pub(super) kept: Vec<Text<'a>>,
}

pub(super) fn merge<'a>(sides: Sides<'a>, resolve: &mut dyn FnMut(&FieldConflict) -> Side) -> Outcome<'a> {
    let Sides { local, cloud, is_as_seen, kept, .. } = sides;
    if is_as_seen && kept.is_none() && is_with_secrets(local, cloud) {
        return Outcome::default();
    }
    merge_members(sides, differing(sides).unwrap_or_else(|| all(sides)), resolve)
}

fn merge_members<'a>(
    sides: Sides<'a>,
    members: [Vec<Member<'a>>; 3],
    resolve: &mut dyn FnMut(&FieldConflict) -> Side,
) -> Outcome<'a> {
    let mut work = Work { sides, outcome: Outcome::default(), replaced: Vec::new(), added: Vec::new(), changed: false };
    work.walk(members, resolve);
    let Work { mut outcome, replaced, added, changed, .. } = work;
    if changed {
        outcome.settings = Some(settings(sides.cloud, &replaced, &added));
    }
    outcome
}

/// Whether `local` is, byte for byte, `cloud` with secrets after it: what [`settings`] makes of an ordinary profile.
fn is_with_secrets(local: Json<'_>, cloud: Json<'_>) -> bool {
    if same_bytes(local.raw(), cloud.raw()) {
        return true;
    }
    let common = cloud.raw().len() - 1;
    local.raw().get(..common) == cloud.raw().get(..common)
        && local.raw().get(common) == Some(&b',')
        && local.members().all(|(name, value)| name.start() < local.range().start + common || is_secret(name, value))
}

/// What is to be written of a member.
type Written<'a> = (Text<'a>, Option<Cow<'a, [u8]>>);

struct Work<'a> {
    sides: Sides<'a>,
    outcome: Outcome<'a>,
    /// The cloud's members that are written otherwise, or not, ordered by name.
    replaced: Vec<Written<'a>>,
    /// Members that the cloud does not have.
    added: Vec<Written<'a>>,
    /// Whether any field differs from what is stored.
    changed: bool,
}

/// One field, as each side has it.
#[derive(Clone, Copy)]
struct Field<'a> {
    name: Text<'a>,
    local: Option<Json<'a>>,
    cloud: Option<Json<'a>>,
    base: Option<Json<'a>>,
}

impl<'a> Work<'a> {
    /// Walks these members of all three sides side by side.
    fn walk(&mut self, members: [Vec<Member<'a>>; 3], resolve: &mut dyn FnMut(&FieldConflict) -> Side) {
        let [mut local, mut cloud, mut base] = members.map(Column::of);
        while let Some(name) = [local.name(), cloud.name(), base.name()].into_iter().flatten().min() {
            let field = Field { name, local: local.take(name), cloud: cloud.take(name), base: base.take(name) };
            if name != "id" {
                self.field(field, resolve);
            }
        }
    }

    fn field(&mut self, field: Field<'a>, resolve: &mut dyn FnMut(&FieldConflict) -> Side) {
        let Field { name, local, cloud, base } = field;
        let holds = local.is_some_and(holds_secret);
        if let Some(value) = local
            && (is_secret(name, value) || holds && !is_separable(value, cloud))
        {
            return self.write_local(field);
        }
        if is_same_beside_secrets(holds, local, cloud) {
            if holds {
                self.write_local(field);
            }
            return;
        }
        let was_kept = self.sides.kept.is_some_and(|kept| kept.elements().any(|it| it.as_text() == Some(name)));
        if was_kept && is_same(cloud, base) {
            self.outcome.kept.push(name);
            return self.write_local(field);
        }
        let changed_here = self.sides.base.is_some() && !is_same_beside_secrets(holds, local, base);
        if changed_here || self.redirects(field, holds) {
            let mut conflict = FieldConflict {
                profile: self.sides.name.to_string_lossy(),
                field: name.to_string_lossy(),
                local: local.map(without_secrets),
                cloud: cloud.map(without_secrets),
                base: base.map(without_secrets),
                taken: Side::Cloud,
            };
            conflict.taken = resolve(&conflict);
            let taken = conflict.taken;
            self.outcome.conflicts.push(conflict);
            if taken == Side::Local {
                self.outcome.kept.push(name);
                return self.write_local(field);
            }
        }
        self.changed = true;
        if let (true, Some(value)) = (holds, local) {
            let mut grafted = Writer::new();
            write_grafted(value, cloud, &mut grafted);
            self.write(field, Some(Cow::Owned(grafted.into_bytes())));
        }
    }

    /// Whether the cloud sends what is asked with a stored secret elsewhere.
    fn redirects(&self, field: Field<'_>, holds: bool) -> bool {
        let nested = [field.local, field.cloud].into_iter().flatten().any(names_place_within);
        names_place(field.name) && has_secret(self.sides.local) || holds && nested
    }

    fn write_local(&mut self, field: Field<'a>) {
        self.write(field, field.local.map(|value| Cow::Borrowed(value.raw())));
    }

    fn write(&mut self, field: Field<'a>, value: Option<Cow<'a, [u8]>>) {
        let list = if field.cloud.is_some() { &mut self.replaced } else { &mut self.added };
        list.push((field.name, value));
    }
}

type Member<'a> = (Text<'a>, Json<'a>);

/// All members of local, cloud and base.
fn all(sides: Sides<'_>) -> [Vec<Member<'_>>; 3] {
    [Some(sides.local), Some(sides.cloud), sides.base].map(|side| side.into_iter().flat_map(Json::members).collect())
}

/// The members of local, cloud and base in which they differ. Most stand in the same place with the same bytes on all three sides,
/// and need be neither sorted nor looked into. `None`: too many differ for that to pay, or a name stands among both.
fn differing(sides: Sides<'_>) -> Option<[Vec<Member<'_>>; 3]> {
    const MOST: usize = 24;
    let mut walks = [sides.local, sides.cloud, sides.base?].map(Json::members);
    let mut differing: [Vec<Member<'_>>; 3] = Default::default();
    let mut agreed: Vec<Text<'_>> = Vec::with_capacity(MOST);
    loop {
        let members = walks.each_mut().map(Iterator::next);
        if let [Some(local), Some(cloud), Some(base)] = members
            && [cloud, base].iter().all(|it| it.1.raw() == local.1.raw() && it.0.escaped_str() == local.0.escaped_str())
        {
            agreed.push(local.0);
            continue;
        }
        if members.iter().all(Option::is_none) {
            break;
        }
        for (side, member) in differing.iter_mut().zip(members) {
            side.extend(member);
        }
    }
    let mut names = differing.iter().flatten().map(|member| member.0);
    // The last of doubled members counts, wherever the others stand.
    let pays = names.clone().count() <= MOST && !names.any(|name| agreed.contains(&name));
    pays.then_some(differing)
}

/// The members of one side, ordered by name, of doubled ones the last.
struct Column<'a>(std::iter::Peekable<std::vec::IntoIter<Member<'a>>>);

impl<'a> Column<'a> {
    fn of(mut members: Vec<Member<'a>>) -> Self {
        sort_members(&mut members);
        Self(members.into_iter().peekable())
    }

    fn name(&mut self) -> Option<Text<'a>> {
        self.0.peek().map(|member| member.0)
    }

    fn take(&mut self, name: Text<'_>) -> Option<Json<'a>> {
        self.0.next_if(|member| member.0 == name).map(|member| member.1)
    }
}

/// The cloud's settings as they came, but for these members.
fn settings<'a>(cloud: Json<'a>, replaced: &[Written<'a>], added: &[Written<'a>]) -> Cow<'a, [u8]> {
    if replaced.is_empty() && added.is_empty() {
        return Cow::Borrowed(cloud.raw());
    }
    let mut out = Writer::with_capacity(cloud.raw().len() * 2);
    let write = |out: &mut Writer, name: Text<'_>, value: &[u8]| {
        out.name_text(name);
        out.raw_bytes(value);
    };
    if replaced.is_empty() {
        // It has an id, so a comma can follow.
        out.raw_bytes(cloud.raw().get(..cloud.raw().len() - 1).unwrap_or_default());
    } else {
        out.begin_object();
        for (name, value) in cloud.members() {
            match replaced.binary_search_by(|member| member.0.cmp(&name)).ok().and_then(|at| replaced.get(at)) {
                None => write(&mut out, name, value.raw()),
                Some((_, Some(value))) => write(&mut out, name, value),
                Some((_, None)) => {}
            }
        }
    }
    for (name, value) in added {
        if let Some(value) = value {
            write(&mut out, *name, value);
        }
    }
    out.end_object();
    Cow::Owned(out.into_bytes())
}

/// Whether the secrets in a local value can be set into the cloud's value: members can, into an object or nothing. What stands in
/// an array has no name to find it by, so an array with secrets stays as it is.
fn is_separable(local: Json<'_>, cloud: Option<Json<'_>>) -> bool {
    local.kind() == Kind::Object && cloud.is_none_or(|cloud| cloud.kind() == Kind::Object)
}

/// Writes the cloud's value with the secrets of the local one.
fn write_grafted(local: Json<'_>, cloud: Option<Json<'_>>, out: &mut Writer) {
    if !is_separable(local, cloud) {
        return out.raw(local);
    }
    let mut local = Column::of(local.members().collect());
    let mut cloud = Column::of(cloud.into_iter().flat_map(Json::members).collect());
    out.begin_object();
    while let Some(name) = [local.name(), cloud.name()].into_iter().flatten().min() {
        match (local.take(name), cloud.take(name)) {
            (Some(local), _) if is_secret(name, local) => {
                out.name_text(name);
                out.raw(local);
            }
            (Some(local), cloud) if holds_secret(local) => {
                out.name_text(name);
                write_grafted(local, cloud, out);
            }
            (_, Some(cloud)) => {
                out.name_text(name);
                out.raw(cloud);
            }
            _ => {}
        }
    }
    out.end_object();
}

fn without_secrets(value: Json<'_>) -> Vec<u8> {
    let mut out = Writer::new();
    write_without_secrets(value, &mut out);
    out.into_bytes()
}

fn is_same(one: Option<Json<'_>>, other: Option<Json<'_>>) -> bool {
    match (one, other) {
        (None, None) => true,
        (Some(one), Some(other)) => one.same(other),
        _ => false,
    }
}

/// Whether both say the same once the secrets are taken out of the local value, which `holds` some or not.
fn is_same_beside_secrets(holds: bool, local: Option<Json<'_>>, other: Option<Json<'_>>) -> bool {
    let (true, Some(value)) = (holds, local) else { return is_same(local, other) };
    let bytes = without_secrets(value);
    // An object of secrets alone is as good as none.
    let is_empty = bytes == b"{}" && other.is_none();
    let same =
        || Document::parse(&bytes, Limits::default()).is_ok_and(|document| is_same(Some(document.root()), other));
    is_empty || same()
}

/// Whether a name says where requests go: `openAiBaseUrl`, `awsBedrockEndpoint`, `openAiHostHeader`.
fn names_place(name: Text<'_>) -> bool {
    let mut name = name.to_bytes().into_owned();
    name.make_ascii_lowercase();
    [&b"url"[..], b"uri", b"endpoint", b"host", b"hostheader"].iter().any(|end| name.ends_with(end))
}

fn names_place_within(value: Json<'_>) -> bool {
    value.members().any(|(name, value)| names_place(name) || names_place_within(value))
}

#[cfg(test)]
mod tests {
    use super::{Sides, all, differing, merge_members};
    use crate::json::{Document, Limits};
    use crate::profiles::merge::Side;

    #[test]
    fn what_agrees_may_be_left_out_of_the_walk() {
        let mut state = 1_u64;
        let mut draw = |bound: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            usize::try_from(state >> 33).unwrap() % bound
        };
        // The last ones are secrets or hold some, which only a local side may.
        let names = ["id", "a", "b", "\\u0061", "baseUrl", "headers", "apiKey"];
        let values = ["1", "1.0", "2", r#""x""#, r#"{"h":1}"#, r#"{"h":1,"token":"u"}"#];
        let mut left_out = 0;
        for _ in 0..20_000 {
            // One profile, and each side with a member or two of its own.
            let common: Vec<_> = (0..draw(5)).map(|_| (names[draw(6)], values[draw(5)])).collect();
            let side = |draw: &mut dyn FnMut(usize) -> usize, secrets: usize| {
                let mut members = common.clone();
                for _ in 0..draw(3) {
                    members.insert(draw(members.len() + 1), (names[draw(6 + secrets)], values[draw(5 + secrets)]));
                }
                let members: Vec<_> = members.iter().map(|(name, value)| format!(r#""{name}":{value}"#)).collect();
                format!(r#"{{"id":"1"{}{}}}"#, if members.is_empty() { "" } else { "," }, members.join(","))
            };
            let texts =
                [side(&mut draw, 1), side(&mut draw, 0), side(&mut draw, 0), format!(r#"["{}"]"#, names[draw(7)])];
            let documents =
                [0, 1, 2, 3].map(|at: usize| Document::parse(texts[at].as_bytes(), Limits::default()).unwrap());
            let [local, cloud, base, kept] = [0, 1, 2, 3].map(|at: usize| documents[at].root());
            let name = kept.elements().next().unwrap().as_text().unwrap();
            let kept = (draw(2) == 0).then_some(kept);
            let sides = Sides { name, local, cloud, base: Some(base), is_as_seen: false, kept };
            let Some(some) = differing(sides) else { continue };
            let choice = if draw(2) == 0 { Side::Cloud } else { Side::Local };
            let [short, whole] = [some, all(sides)].map(|members| merge_members(sides, members, &mut |_| choice));
            assert_eq!(short.settings, whole.settings, "{texts:?}");
            assert_eq!(short.conflicts, whole.conflicts, "{texts:?}");
            assert!(short.kept == whole.kept, "{texts:?}");
            left_out += 1;
        }
        assert!(left_out > 1_000, "{left_out}");
    }
}
