//! One profile that both sides have: field by field, secrets kept.

use std::borrow::Cow;

use super::{FieldConflict, Side};
use crate::json::{Document, Json, Kind, Limits, Text, Writer};
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
    let Sides { local, cloud, base, kept, .. } = sides;
    let cloud_stands = base.is_some_and(|base| base.raw() == cloud.raw());
    if cloud_stands && kept.is_none() && is_with_secrets(local, cloud) {
        return Outcome::default();
    }
    let mut work = Work { sides, outcome: Outcome::default(), replaced: Vec::new(), added: Vec::new(), changed: false };
    work.walk(resolve);
    let Work { mut outcome, replaced, added, changed, .. } = work;
    if changed {
        outcome.settings = Some(settings(cloud, &replaced, &added));
    }
    outcome
}

/// Whether `local` is, byte for byte, `cloud` with secrets after it: what [`settings`] makes of an ordinary profile.
fn is_with_secrets(local: Json<'_>, cloud: Json<'_>) -> bool {
    if local.raw() == cloud.raw() {
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
    /// Walks the fields of all three sides side by side.
    fn walk(&mut self, resolve: &mut dyn FnMut(&FieldConflict) -> Side) {
        let mut local = Column::of(Some(self.sides.local));
        let mut cloud = Column::of(Some(self.sides.cloud));
        let mut base = Column::of(self.sides.base);
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

/// The members of one side, ordered by name, of doubled ones the last.
struct Column<'a>(std::iter::Peekable<std::vec::IntoIter<(Text<'a>, Json<'a>)>>);

impl<'a> Column<'a> {
    fn of(object: Option<Json<'a>>) -> Self {
        Self(object.map(Json::sorted_members).unwrap_or_default().into_iter().peekable())
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
    let mut local = Column::of(Some(local));
    let mut cloud = Column::of(cloud);
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
