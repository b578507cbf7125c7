//! Writing the new document: what a plan left alone is copied as it stands.

use std::ops::Range;

use super::plan::Plan;
use crate::json::{Json, Text, Writer};
use crate::sort::sort_by;

/// The new document, or `None` if it would say what the stored one says.
pub(super) fn document(plan: &Plan<'_>) -> Option<Vec<u8>> {
    let stored = &plan.stored;
    let new_ids = has_new_ids(plan).then(|| cloud_ids(plan));
    let new_base = has_new_base(plan).then(|| base(plan));
    let kept = kept_fields(plan);
    let new_kept = (kept.as_deref() != stored.kept.map(Json::raw)).then(|| kept.unwrap_or_else(|| b"{}".to_vec()));
    let new_current = plan.new_current().map(|name| [b"\"", name.as_bytes(), b"\""].concat());
    let has_changes = plan.result.has_changes;
    if !(has_changes || new_ids.is_some() || new_base.is_some() || new_kept.is_some() || new_current.is_some()) {
        return None;
    }
    let new_configs = has_changes.then(|| configs(plan));

    let members = [
        ("currentApiConfigName", new_current, stored.current.is_some()),
        ("apiConfigs", new_configs, stored.configs.is_some()),
        ("cloudProfileIds", new_ids, stored.cloud_ids.is_some()),
        ("base", new_base, stored.base.is_some()),
        ("keptFields", new_kept, stored.kept.is_some()),
    ];
    let room = members.iter().flat_map(|member| &member.1).map(|bytes| bytes.len() + 32).sum::<usize>();
    let mut out = Writer::with_capacity(room + stored.document.raw().len() / 2);
    out.begin_object();
    for (name, value) in stored.document.members() {
        out.name_text(name);
        match members.iter().find(|member| name == member.0) {
            Some((_, Some(new), _)) => out.raw_bytes(new),
            _ => out.raw(value),
        }
    }
    for (name, new, is_stored) in &members {
        if let (Some(new), false) = (new, is_stored) {
            out.name(name);
            out.raw_bytes(new);
        }
    }
    out.end_object();
    Some(out.into_bytes())
}

fn configs(plan: &Plan<'_>) -> Vec<u8> {
    let mut out = Runs::new(plan.stored.document, plan.stored.configs);
    for number in plan.in_order() {
        let Some(profile) = plan.profiles.get(number) else { continue };
        match profile.stored {
            Some((name, settings)) if profile.is_untouched() => out.copy(number, name, settings),
            _ => out.write(|out| {
                out.raw_bytes(b"\"");
                out.append(profile.name.as_bytes());
                out.append(b"\":");
                out.append(&profile.settings);
            }),
        }
    }
    out.end()
}

fn has_new_ids(plan: &Plan<'_>) -> bool {
    plan.stored.cloud_ids.is_none() || plan.ids.iter().any(|id| id.is_managed != id.will_be_managed())
}

fn cloud_ids(plan: &Plan<'_>) -> Vec<u8> {
    let mut out = Writer::new();
    out.begin_array();
    for profile in plan.cloud.iter().filter(|profile| !profile.is_shadowed) {
        out.text(profile.id);
    }
    let mut protected: Vec<Text<'_>> = Vec::new();
    for id in plan.stored.cloud_ids.into_iter().flat_map(Json::elements).filter_map(Json::as_text) {
        if plan.id_of(id).is_some_and(|id| id.cloud.is_none() && id.is_protected) {
            protected.push(id);
        }
    }
    sort_by(&mut protected, &mut Ord::cmp);
    protected.dedup();
    for id in protected {
        out.text(id);
    }
    out.end_array();
    out.into_bytes()
}

fn has_new_base(plan: &Plan<'_>) -> bool {
    let is_seen = |number: usize| plan.ids.get(number).is_some_and(|id| id.cloud.is_some() || id.is_protected);
    let went = plan.base_order.iter().any(|&number| !is_seen(number));
    let came = plan.cloud.iter().any(|profile| !profile.is_shadowed && !profile.is_as_seen);
    went || came
}

fn base(plan: &Plan<'_>) -> Vec<u8> {
    let mut out = Runs::new(plan.stored.document, plan.stored.base);
    let stored = plan.stored.base.into_iter().flat_map(Json::members);
    for (at, ((name, settings), &number)) in stored.zip(&plan.base_order).enumerate() {
        let Some(id) = plan.ids.get(number) else { continue };
        // The last of doubled members counts.
        if id.base.is_none_or(|(last, _)| last.start() != name.start()) {
            continue;
        }
        match id.cloud.and_then(|number| plan.cloud.get(number)) {
            Some(profile) if !profile.is_as_seen => out.write(|out| {
                out.name_text(name);
                out.raw(profile.settings);
            }),
            None if !id.is_protected => {}
            _ => out.copy(at, name, settings),
        }
    }
    for profile in plan.cloud.iter().filter(|profile| !profile.is_shadowed) {
        if plan.ids.get(profile.id_number).is_some_and(|id| id.base.is_none()) {
            out.write(|out| {
                out.name_text(profile.id);
                out.raw(profile.settings);
            });
        }
    }
    out.end()
}

/// The local choices that hold, by id; `None` if there are none.
fn kept_fields(plan: &Plan<'_>) -> Option<Vec<u8>> {
    let mut out = Writer::new();
    out.begin_object();
    for (id, fields) in &plan.kept {
        out.name_text(*id);
        out.begin_array();
        for field in fields {
            out.text(*field);
        }
        out.end_array();
    }
    // Those of profiles whose cloud entries came invalid stay with them.
    for (id, fields) in plan.stored.kept.into_iter().flat_map(Json::members) {
        if plan.id_of(id).is_some_and(|id| id.cloud.is_none() && id.is_protected) {
            out.name_text(id);
            out.raw(fields);
        }
    }
    out.end_object();
    Some(out.into_bytes()).filter(|bytes| bytes.len() > 2)
}

/// Writes an object's members; those that stood side by side in the stored document are copied together.
struct Runs<'a> {
    out: Writer,
    source: Json<'a>,
    /// What is to be copied, in the document.
    run: Range<usize>,
    /// The number of the member that would continue it.
    next: usize,
}

impl<'a> Runs<'a> {
    fn new(source: Json<'a>, like: Option<Json<'_>>) -> Self {
        let mut out = Writer::with_capacity(like.map_or(0, |like| like.raw().len()) * 3 / 2);
        out.begin_object();
        Self { out, source, run: 0..0, next: 0 }
    }

    /// Copies the member of this number.
    fn copy(&mut self, number: usize, name: Text<'_>, value: Json<'_>) {
        if self.run.is_empty() || number != self.next {
            self.flush();
            self.run.start = name.start();
        }
        self.run.end = value.range().end;
        self.next = number + 1;
    }

    fn write(&mut self, write: impl FnOnce(&mut Writer)) {
        self.flush();
        write(&mut self.out);
    }

    fn flush(&mut self) {
        let offset = self.source.range().start;
        let run = std::mem::take(&mut self.run);
        if let Some(bytes) = self.source.raw().get(run.start.wrapping_sub(offset)..run.end.wrapping_sub(offset))
            && !bytes.is_empty()
        {
            self.out.raw_bytes(bytes);
        }
    }

    fn end(mut self) -> Vec<u8> {
        self.flush();
        self.out.end_object();
        self.out.into_bytes()
    }
}
