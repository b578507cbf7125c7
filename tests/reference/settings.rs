//! `settings.json`: is this a valid answer to `GET /api/extension-settings`?

use std::collections::BTreeSet;

use roo_cloud_web::error::Code;
use roo_cloud_web::settings::validation::{Organization, parse_settings, read};
use serde_json::Value;

/// A path of the vectors: names and numbers.
fn path(issue: &Value) -> Vec<String> {
    let step = |step: &Value| step.as_str().map_or_else(|| step.to_string(), str::to_owned);
    issue["path"].as_array().unwrap().iter().map(step).collect()
}

/// The entry that an issue lies in, if that can be left out: the container's name, and the entry's name or number.
fn entry(path: &[String]) -> Option<(&str, &str)> {
    match path {
        [organization, container, entry, ..]
            if organization == "organization" && ["providerProfiles", "mcps"].contains(&container.as_str()) =>
        {
            Some((container, entry))
        }
        _ => None,
    }
}

/// The organization's settings of a vector, without these entries.
fn without(body: &Value, entries: &BTreeSet<(&str, &str)>) -> Value {
    let mut organization = body["organization"].clone();
    // From the end, so that numbers stay true.
    for (container, entry) in entries.iter().rev() {
        match &mut organization[*container] {
            Value::Object(profiles) => drop(profiles.remove(*entry)),
            Value::Array(mcps) => drop(mcps.remove(entry.parse().unwrap())),
            other => panic!("no container: {other}"),
        }
    }
    organization
}

#[test]
fn what_the_reference_accepts_is_taken_as_it_came() {
    let mut seen = 0;
    for case in super::cases(include_str!("vectors/settings.json")).iter().filter(|case| case["valid"] == true) {
        let body = case["body"].to_string();
        let document = read(body.as_bytes()).unwrap();
        let settings = parse_settings(document.root()).unwrap_or_else(|fault| panic!("{}: {fault}", case["mutation"]));
        assert!(matches!(settings.organization, Organization::Whole(_)), "{}", case["mutation"]);
        let organization: Value = serde_json::from_slice(settings.organization.bytes()).unwrap();
        assert_eq!(organization, case["body"]["organization"]);
        assert_eq!(serde_json::from_slice::<Value>(settings.user.json.raw()).unwrap(), case["body"]["user"]);
        assert!(settings.warnings.is_empty());
        seen += 1;
    }
    assert_eq!(seen, 48);
}

#[test]
fn what_the_reference_rejects_is_rejected_or_mended_by_leaving_entries_out() {
    let (mut rejected, mut mended) = (0, 0);
    for case in super::cases(include_str!("vectors/settings.json")).iter().filter(|case| case["valid"] == false) {
        let mutation = &case["mutation"];
        let paths: Vec<_> = case["issues"].as_array().unwrap().iter().map(path).collect();
        let body = case["body"].to_string();
        let document = read(body.as_bytes()).unwrap();
        let answer = parse_settings(document.root());

        if let Some(fault) = paths.iter().find(|path| entry(path).is_none()) {
            let error = answer.err().unwrap_or_else(|| panic!("{mutation} was taken"));
            assert_eq!(error.code, Code::InvalidResponse);
            assert!(error.message.contains(&format!(": {} ", fault.join("."))), "{mutation}: {error}");
            rejected += 1;
            continue;
        }

        let settings = answer.unwrap_or_else(|fault| panic!("{mutation}: {fault}"));
        let entries: BTreeSet<_> = paths.iter().filter_map(|path| entry(path)).collect();
        let organization: Value = serde_json::from_slice(settings.organization.bytes()).unwrap();
        assert_eq!(organization, without(&case["body"], &entries), "{mutation}");
        assert_eq!(settings.warnings.len(), entries.len());
        let first = paths[0].join(".");
        assert!(settings.warnings[0].starts_with(&first), "{mutation}: {:?}", settings.warnings);

        let names: BTreeSet<_> = settings.invalid_profiles.iter().map(|profile| profile.name.as_str()).collect();
        let profiles = entries.iter().filter(|entry| entry.0 == "providerProfiles");
        assert_eq!(names, profiles.map(|entry| entry.1).collect());
        for profile in &settings.invalid_profiles {
            let id = &case["body"]["organization"]["providerProfiles"][&profile.name]["id"];
            assert_eq!(profile.id.as_deref(), id.as_str());
        }
        mended += 1;
    }
    assert_eq!(rejected + mended, 102);
    assert!(mended > 30 && rejected > 30, "{mended} {rejected}");
}
