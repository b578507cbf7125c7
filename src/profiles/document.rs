//! The stored document (`ProviderProfiles`): read, and rewritten with one thing changed. All else stays byte for byte.

use crate::error::{CloudError, Code, Result};
use crate::json::{Checked, Document, Json, Kind, Limits, Writer};

/// What was stored may be as large as two of the largest answers.
pub const LIMITS: Limits = Limits { max_bytes: 32 * 1024 * 1024, max_depth: 130 };

/// The longest name of a profile, in characters.
const MAX_NAME_CHARS: usize = 256;

/// The member that notes a sign-out.
const SIGNED_OUT: &str = "signedOut";

/// A document without profiles.
pub fn empty() -> Checked {
    checked(br#"{"apiConfigs":{}}"#).unwrap_or_default()
}

/// Whether there are no profiles in it.
pub fn has_none(document: &Checked) -> bool {
    configs(document.document().root()).next().is_none()
}

/// The sign-in whose end the document saw last.
pub fn signed_out(document: &Checked) -> Option<u64> {
    document.document().root().get(SIGNED_OUT)?.as_u64()
}

/// The document, having seen the end of `sign_in`.
pub fn with_signed_out(bytes: &[u8], sign_in: u64) -> Result<Vec<u8>> {
    let document = read(bytes)?;
    let mut out = Writer::with_capacity(bytes.len() + 64);
    out.begin_object();
    out.name(SIGNED_OUT);
    out.u64(sign_in);
    for (member, value) in document.root().members().filter(|(member, _)| *member != SIGNED_OUT) {
        out.name_text(member);
        out.raw(value);
    }
    out.end_object();
    Ok(out.into_bytes())
}

/// `bytes` as a document. Fails with CORRUPT_DATA.
pub fn checked(bytes: &[u8]) -> Result<Checked> {
    Checked::parse(bytes, LIMITS)
        .ok()
        .filter(|it| it.document().root().get("apiConfigs").is_some_and(|configs| configs.kind() == Kind::Object))
        .ok_or_else(unreadable)
}

/// A name that a person may give a profile. Fails with INVALID_ARGUMENT.
pub fn check_name(name: &str) -> Result<()> {
    if name.trim().is_empty() || name == "__proto__" || name.chars().count() > MAX_NAME_CHARS {
        return Err(CloudError::new(Code::InvalidArgument, "`name`: must be 1 to 256 characters, and not __proto__"));
    }
    Ok(())
}

/// The name of the active profile.
pub fn active_name(document: &Document<'_>) -> Option<String> {
    document.root().get("currentApiConfigName")?.as_str().map(std::borrow::Cow::into_owned)
}

/// The id of the profile `name`.
pub fn profile_id(document: &Document<'_>, name: &str) -> Option<String> {
    document.root().get("apiConfigs")?.get(name)?.get("id")?.as_str().map(std::borrow::Cow::into_owned)
}

/// The document with the profile `name` as `settings` say, and whether it was there. It keeps the id it had; a new one gets
/// `fresh_id`, unless `settings` bring one that no other has: a copy of the cloud's profile would be taken for it, and go with it.
pub fn with_profile(bytes: &[u8], name: &str, settings: Json<'_>, fresh_id: &str) -> Result<(Vec<u8>, bool)> {
    if settings.kind() != Kind::Object {
        return Err(CloudError::new(Code::InvalidArgument, "`settings`: must be an object"));
    }
    let document = read(bytes)?;
    let root = document.root();
    let existing = root.get("apiConfigs").and_then(|configs| configs.get(name));
    let is_free = || settings.id().is_none_or(|id| configs(root).all(|(_, other)| other.id() != Some(id)));
    let id = existing.and_then(|profile| profile.get("id")).or_else(|| settings.get("id").filter(|_| is_free()));
    let id = id.and_then(Json::as_str).filter(|id| !id.is_empty()).unwrap_or(fresh_id.into());

    let profile = |out: &mut Writer| {
        out.begin_object();
        out.name("id");
        out.str(&id);
        for (member, value) in settings.members().filter(|(member, _)| *member != "id") {
            out.name_text(member);
            out.raw(value);
        }
        out.end_object();
    };
    let out = rewrite(
        root,
        |out| {
            out.begin_object();
            for (other, value) in configs(root) {
                out.name_text(other);
                if other == name { profile(out) } else { out.raw(value) }
            }
            if existing.is_none() {
                out.name(name);
                profile(out);
            }
            out.end_object();
        },
        active(root).is_none().then_some(name),
    );
    Ok((out, existing.is_some()))
}

/// The document with the profiles of `more` beside its own: each under its name, or, where another has that, with a number behind it.
pub fn with_profiles_of(bytes: &[u8], more: &Checked, fresh_id: &mut dyn FnMut() -> Result<String>) -> Result<Vec<u8>> {
    let mut all = bytes.to_vec();
    let more = more.document();
    for (name, profile) in configs(more.root()) {
        let Some(name) = name.to_str() else { continue };
        let (mut free, mut number) = (name.to_string(), 1);
        loop {
            let document = read(&all)?;
            let taken = document.root().get("apiConfigs").and_then(|configs| configs.get(&free));
            match taken {
                None => {
                    all = with_profile(&all, &free, profile, &fresh_id()?)?.0;
                    break;
                }
                Some(taken) if taken.same(profile) => break,
                Some(_) => {
                    number += 1;
                    free = format!("{name} {number}");
                }
            }
        }
    }
    Ok(all)
}

/// The document without the profile `name`; where that was the active one, the first of the others is.
pub fn without_profile(bytes: &[u8], name: &str) -> Result<(Vec<u8>, ())> {
    let document = read(bytes)?;
    let root = document.root();
    if !configs(root).any(|(other, _)| other == name) {
        return Err(unknown(name));
    }
    let Some((first, _)) = configs(root).find(|(other, _)| *other != name) else {
        return Err(CloudError::new(Code::InvalidArgument, "`name`: the last profile cannot be deleted"));
    };
    let next_active = active(root).is_none_or(|active| active == name).then(|| first.to_str()).flatten();
    let out = rewrite(
        root,
        |out| {
            out.begin_object();
            for (other, value) in configs(root).filter(|(other, _)| *other != name) {
                out.name_text(other);
                out.raw(value);
            }
            out.end_object();
        },
        next_active.as_deref(),
    );
    Ok((out, ()))
}

/// The document with `name` as the active profile, and that profile's id.
pub fn with_active(bytes: &[u8], name: &str) -> Result<(Vec<u8>, Option<String>)> {
    let document = read(bytes)?;
    let root = document.root();
    let Some((_, profile)) = configs(root).find(|(other, _)| *other == name) else { return Err(unknown(name)) };
    let id = profile.get("id").and_then(Json::as_str).map(std::borrow::Cow::into_owned);
    let out = rewrite(
        root,
        |out| match root.get("apiConfigs") {
            Some(configs) => out.raw(configs),
            None => out.raw_bytes(b"{}"),
        },
        Some(name),
    );
    Ok((out, id))
}

/// Writes `root` again with other `apiConfigs`, and with another active profile where one is given.
fn rewrite(root: Json<'_>, api_configs: impl Fn(&mut Writer), next_active: Option<&str>) -> Vec<u8> {
    let mut out = Writer::with_capacity(root.raw().len() + 512);
    out.begin_object();
    if let Some(name) = next_active {
        out.name("currentApiConfigName");
        out.str(name);
    }
    let mut written = false;
    for (member, value) in root.members() {
        if member == "currentApiConfigName" && next_active.is_some() {
            continue;
        }
        if member == "apiConfigs" {
            if !written {
                out.name_text(member);
                api_configs(&mut out);
                written = true;
            }
            continue;
        }
        out.name_text(member);
        out.raw(value);
    }
    if !written {
        out.name("apiConfigs");
        api_configs(&mut out);
    }
    out.end_object();
    out.into_bytes()
}

fn configs(root: Json<'_>) -> crate::json::Members<'_> {
    // A document is only held if it has them.
    root.get("apiConfigs").unwrap_or(root).members()
}

fn active(root: Json<'_>) -> Option<std::borrow::Cow<'_, str>> {
    root.get("currentApiConfigName")?.as_str()
}

fn read(bytes: &[u8]) -> Result<Document<'_>> {
    Document::parse(bytes, LIMITS).map_err(|_| unreadable())
}

fn unreadable() -> CloudError {
    CloudError::new(Code::CorruptData, "the stored profiles are unreadable; they were left as they are")
}

fn unknown(name: &str) -> CloudError {
    let name: String = name.chars().take(64).collect();
    CloudError::new(Code::InvalidArgument, format!("`name`: there is no profile called \"{name}\""))
}

/// The settings of the profile with that name, or else that id.
pub fn find(bytes: &[u8], name: Option<&str>, id: Option<&str>) -> Option<Vec<u8>> {
    let document = Document::parse(bytes, LIMITS).ok()?;
    let (_, profile) = configs(document.root()).find(|(other, profile)| match (name, id) {
        (Some(name), _) => *other == name,
        (None, Some(id)) => profile.get("id").and_then(Json::as_text).is_some_and(|other| other == id),
        (None, None) => false,
    })?;
    Some(profile.raw().to_vec())
}
