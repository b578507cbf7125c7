//! `vectors/merge.json`: the merge of profiles.

use std::collections::{BTreeMap, BTreeSet};

use roo_cloud_web::json::{Document, Limits};
use roo_cloud_web::profiles::merge::{Inputs, Side, merge};
use serde_json::Value;
use serde_json::value::RawValue;

fn ids(document: &Value) -> BTreeSet<&str> {
    document["cloudProfileIds"].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

#[test]
fn every_merge_ends_as_the_references_does() {
    let file = include_str!("vectors/merge.json");
    // The order of members counts: which profile is the first.
    let raw: Vec<BTreeMap<&str, &RawValue>> = serde_json::from_str(file).unwrap();
    for (case, raw) in super::cases(file).into_iter().zip(raw) {
        let number = &case["case"];
        let local = Document::parse(raw["local"].get().as_bytes(), Limits::default()).unwrap();
        let cloud = Document::parse(raw["cloud"].get().as_bytes(), Limits::default()).unwrap();
        // A name that nothing has stands for `null`, which is no name.
        let active = case["activeProfileName"].as_str().unwrap_or("no such profile");
        let inputs = Inputs { local: local.root(), cloud: Some(cloud.root()), invalid: &[], active: Some(active) };
        let merged = merge(&inputs, &mut |_| Side::Cloud, &mut || "generated-id".to_owned()).unwrap();

        let expected = &case["expected"]["result"];
        assert_eq!(expected["hasChanges"], merged.result.has_changes, "case {number}");
        assert_eq!(expected["activeProfileChanged"], merged.result.active_profile_changed, "case {number}");
        assert_eq!(expected["activeProfileId"], merged.result.active_profile_id, "case {number}");

        let document =
            merged.document.map_or_else(|| case["local"].clone(), |bytes| serde_json::from_slice(&bytes).unwrap());
        let stored = &case["expected"]["stored"];
        assert_eq!(document["apiConfigs"], stored["apiConfigs"], "case {number}");
        assert_eq!(ids(&document), ids(stored), "case {number}");
        assert_eq!(document["modeApiConfigs"], case["local"]["modeApiConfigs"], "case {number}");
        assert!(!document.to_string().contains("cloud-secret"), "case {number}");
    }
}
