//! Is this an answer to `GET /api/extension-settings`, or to `PATCH /api/user-settings`?
//!
//! What the cloud's own client would reject is rejected, with one difference: where nothing is wrong but single entries
//! of `organization.providerProfiles` and `organization.mcps`, those are left out with a warning and the rest is used.
//! Unknown members are kept; an unknown value of an enumeration makes its entry invalid.

use std::fmt;
use std::sync::OnceLock;

use crate::error::{CloudError, Code, Result};
use crate::json::schema::{Issue, Path, Schema, Step};
use crate::json::{Checked, Document, Json, Limits, Writer};
use crate::sort::sort_by;

/// An answer to `GET /api/extension-settings` in which nothing is wrong.
pub struct Settings<'a> {
    /// The organization's settings, a JSON object.
    pub organization: Organization<'a>,
    /// The organization settings' version, as the number stands in the answer.
    pub organization_version: &'a str,
    /// The user's settings.
    pub user: UserSettings<'a>,
    /// The provider profiles that came but are not valid.
    pub invalid_profiles: Vec<InvalidProfile>,
    /// What was left out and why, for a person. Tells no values.
    pub warnings: Vec<String>,
}

/// The organization's settings, a JSON object.
pub enum Organization<'a> {
    /// As they came.
    Whole(Json<'a>),
    /// Written anew, without the entries that are not valid.
    Mended(Vec<u8>),
}

impl Organization<'_> {
    /// To be kept.
    pub fn checked(&self) -> Result<Checked> {
        match self {
            Self::Whole(json) => Ok(Checked::of(*json)),
            Self::Mended(bytes) => Checked::parse(bytes, Limits::default()).map_err(|fault| invalid(&fault.what)),
        }
    }

    /// The text, either way.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Whole(json) => json.raw(),
            Self::Mended(bytes) => bytes,
        }
    }
}

/// A provider profile that came from the cloud but is not valid, and so was left out. It is not gone: a profile that
/// came from it earlier stays as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidProfile {
    /// Its name, with U+FFFD for lone surrogates.
    pub name: String,
    /// Its id, if at least that is in order.
    pub id: Option<String>,
}

/// The user's settings, in which nothing is wrong.
#[derive(Clone, Copy)]
pub struct UserSettings<'a> {
    /// `{features, settings, version}`.
    pub json: Json<'a>,
    /// Their version, as the number stands in the answer; it goes back with the next change.
    pub version: &'a str,
}

/// Reads the text of settings. `INVALID_RESPONSE` if it is no JSON, too large or too deep.
pub fn read(body: &[u8]) -> Result<Document<'_>> {
    Document::parse(body, Limits::default())
        .map_err(|fault| invalid(&format_args!("{} at byte {}", fault.what, fault.at)))
}

/// Checks an answer to `GET /api/extension-settings`, or static settings. `INVALID_RESPONSE` names the path of the
/// first fault that cannot be left out.
pub fn parse_settings(answer: Json<'_>) -> Result<Settings<'_>> {
    static SCHEMA: OnceLock<Result<Schema>> = OnceLock::new();
    let schema = Schema::embedded(&SCHEMA, include_bytes!("extension_settings.schema.json"))?;

    let mut fault = None;
    let mut left_out = LeftOut::default();
    schema.each_issue(answer, &mut |path, what| {
        if !left_out.take(path, what) {
            fault.get_or_insert_with(|| invalid(&Issue::new(path, what)));
        }
    });
    if let Some(fault) = fault {
        return Err(fault);
    }

    let left_out = left_out.done();

    let [organization, user] = ["organization", "user"].map(|part| answer.get(part));
    let (Some(organization), Some(user)) = (organization, user) else { return Err(invalid(&"it is incomplete")) };
    Ok(Settings {
        organization_version: version(organization)?,
        user: UserSettings { json: user, version: version(user)? },
        invalid_profiles: left_out.invalid_profiles(organization),
        organization: left_out.removed_from(organization),
        warnings: left_out.warnings,
    })
}

/// Checks an answer to `PATCH /api/user-settings`. `INVALID_RESPONSE` names the path of the first fault.
pub fn parse_user_settings(answer: Json<'_>) -> Result<UserSettings<'_>> {
    static SCHEMA: OnceLock<Result<Schema>> = OnceLock::new();
    let schema = Schema::embedded(&SCHEMA, include_bytes!("user_settings.schema.json"))?;
    match schema.first_issue(answer) {
        Some(issue) => Err(invalid(&issue)),
        None => Ok(UserSettings { json: answer, version: version(answer)? }),
    }
}

const PROFILES: &str = "providerProfiles";
const MCPS: &str = "mcps";

/// The entries that can be left out, and are to be.
#[derive(Default)]
struct LeftOut {
    /// Where they start in the answer.
    starts: Vec<usize>,
    /// One for each, as many as a person would read.
    warnings: Vec<String>,
}

impl LeftOut {
    /// Beyond these, what is left out is only counted.
    const MOST_WARNINGS: usize = 100;

    /// Whether what is wrong at `path` lies inside an entry that can be left out. It then will be.
    fn take(&mut self, path: &Path<'_>, what: &'static str) -> bool {
        let [(Step::Member("organization"), _), (Step::Member(PROFILES | MCPS), _), (_, Some(start)), ..] =
            path.steps()[..]
        else {
            return false;
        };
        // Issues of one entry come one after the other.
        if self.starts.last() != Some(&start) {
            self.starts.push(start);
            if self.warnings.len() < Self::MOST_WARNINGS {
                self.warnings.push(format!("{}: the entry was left out", Issue::new(path, what)));
            }
        }
        true
    }

    fn done(mut self) -> Self {
        sort_by(&mut self.starts, &mut Ord::cmp);
        let untold = self.starts.len() - self.warnings.len();
        if untold > 0 {
            self.warnings.push(format!("{untold} more entries were left out"));
        }
        self
    }

    fn holds(&self, entry: Json<'_>) -> bool {
        self.starts.binary_search(&entry.range().start).is_ok()
    }

    fn invalid_profiles(&self, organization: Json<'_>) -> Vec<InvalidProfile> {
        let Some(profiles) = organization.get(PROFILES).filter(|_| !self.starts.is_empty()) else { return Vec::new() };
        let mut invalid = Vec::new();
        for (name, profile) in profiles.members().filter(|(_, profile)| self.holds(*profile)) {
            let id = profile.get("id").and_then(|id| Some(id.as_str()?.into_owned()));
            invalid.push(InvalidProfile { name: name.to_string_lossy(), id });
        }
        invalid
    }

    /// The organization's settings without what is left out; untouched where that is nothing.
    fn removed_from<'a>(&self, organization: Json<'a>) -> Organization<'a> {
        if self.starts.is_empty() {
            return Organization::Whole(organization);
        }
        let mut mended = Writer::with_capacity(organization.raw().len());
        mended.begin_object();
        for (name, value) in organization.members() {
            mended.name_text(name);
            if name == PROFILES {
                mended.begin_object();
                for (name, profile) in value.members().filter(|(_, profile)| !self.holds(*profile)) {
                    mended.name_text(name);
                    mended.raw(profile);
                }
                mended.end_object();
            } else if name == MCPS {
                mended.begin_array();
                for entry in value.elements().filter(|entry| !self.holds(*entry)) {
                    mended.raw(entry);
                }
                mended.end_array();
            } else {
                mended.raw(value);
            }
        }
        mended.end_object();
        Organization::Mended(mended.into_bytes())
    }
}

fn version(settings: Json<'_>) -> Result<&str> {
    settings.get("version").map(Json::raw_str).ok_or_else(|| invalid(&"version is required"))
}

fn invalid(what: &dyn fmt::Display) -> CloudError {
    CloudError::new(Code::InvalidResponse, format!("the cloud's settings are not valid: {what}"))
}

#[cfg(test)]
mod tests {
    use super::{InvalidProfile, Organization, Settings, parse_settings, parse_user_settings, read};
    use crate::error::{Code, Result};

    fn answer(profiles: &str, mcps: &str) -> String {
        format!(
            r#"{{"organization":{{"version":3,"defaultSettings":{{}},"allowList":{{"allowAll":true,"providers":{{}}}},
            "mcps":{mcps}, "providerProfiles" : {profiles},"new":[1]}},
            "user":{{"features":{{}},"settings":{{}},"version":7.50}}}}"#
        )
    }

    fn with<T>(text: &str, then: impl FnOnce(Result<Settings<'_>>) -> T) -> T {
        then(parse_settings(read(text.as_bytes()).unwrap().root()))
    }

    #[test]
    fn a_valid_answer_is_borrowed_and_versions_stand_as_they_came() {
        with(&answer(r#"{"a":{"id":"1"}}"#, "[]"), |settings| {
            let settings = settings.unwrap();
            assert!(matches!(settings.organization, Organization::Whole(_)));
            assert_eq!((settings.organization_version, settings.user.version), ("3", "7.50"));
            assert!(settings.warnings.is_empty() && settings.invalid_profiles.is_empty());
        });
    }

    #[test]
    fn invalid_entries_are_left_out_and_the_rest_stays_byte_for_byte() {
        let profiles = r#"{"a": {"id":"1","new":{ }},"b":{"id":"2","apiProvider":"no such"},"c":5,"b":{"id":"3"}}"#;
        with(
            &answer(profiles, r#"[{"id":"x"},{"id":"m","name":"M","description":"","url":"https://h","content":"c"}]"#),
            |settings| {
                let settings = settings.unwrap();
                let text = String::from_utf8(settings.organization.bytes().to_vec()).unwrap();
                assert!(
                    text.contains(r#""providerProfiles":{"a":{"id":"1","new":{ }},"b":{"id":"3"}},"new":[1]}"#),
                    "{text}"
                );
                assert!(text.contains(r#""mcps":[{"id":"m","#), "{text}");
                let invalid = [("b", Some("2")), ("c", None)]
                    .map(|(name, id)| InvalidProfile { name: name.into(), id: id.map(Into::into) });
                assert_eq!(settings.invalid_profiles, invalid);
                assert_eq!(
                    settings.warnings,
                    [
                        "organization.mcps.0.name is required: the entry was left out",
                        "organization.providerProfiles.b.apiProvider is none of the allowed values: the entry was left out",
                        "organization.providerProfiles.c should be an object: the entry was left out",
                    ]
                );
            },
        );
    }

    #[test]
    fn a_fault_elsewhere_is_a_fault_of_the_whole_and_tells_no_value() {
        let text = answer("{}", r#"[{"id":"canary"}]"#).replace(r#""allowAll":true"#, r#""allowAll":"canary""#);
        let fault = with(&text, |settings| settings.err().unwrap());
        assert_eq!(fault.code, Code::InvalidResponse);
        let place = "organization.allowList.allowAll should be true or false";
        assert!(fault.message.ends_with(place) && !fault.message.contains("canary"), "{fault}");
        assert!(with("[]", |settings| settings.err().unwrap()).message.ends_with("it should be an object"));
    }

    #[test]
    fn ten_thousand_bad_entries_are_counted_not_listed() {
        let profiles: Vec<_> = (0..10_000).map(|at| format!(r#""p{at}":{{"id":{at}}}"#)).collect();
        with(&answer(&format!("{{{}}}", profiles.join(",")), "[]"), |settings| {
            let settings = settings.unwrap();
            assert_eq!(settings.invalid_profiles.len(), 10_000);
            assert_eq!(settings.warnings.len(), 101);
            assert_eq!(settings.warnings[100], "9900 more entries were left out");
        });
    }

    #[test]
    fn doubled_settings_are_refused() {
        let text = answer("{}", "[]").replacen(r#""version":3"#, r#""version":3,"version":4"#, 1);
        assert!(with(&text, |settings| settings.err().unwrap()).message.ends_with("organization.version stands twice"));
    }

    #[test]
    fn g6_an_answer_too_large_or_too_deep_is_refused() {
        let large = vec![b' '; 10 << 20];
        assert_eq!(read(&large).err().unwrap().code, Code::InvalidResponse);
        let deep = [vec![b'['; 200], vec![b']'; 200]].concat();
        assert_eq!(read(&deep).err().unwrap().code, Code::InvalidResponse);
    }

    #[test]
    fn user_settings_are_checked_on_their_own() {
        let check =
            |text: &str| parse_user_settings(read(text.as_bytes()).unwrap().root()).map(|user| user.version.to_owned());
        assert_eq!(check(r#"{"features":{},"settings":{"taskSyncEnabled":true},"version":8}"#).unwrap(), "8");
        let fault = check(r#"{"features":{},"settings":{"taskSyncEnabled":1},"version":8}"#).unwrap_err();
        assert!(fault.message.ends_with("settings.taskSyncEnabled should be true or false"), "{fault}");
    }
}
