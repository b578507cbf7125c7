//! The rules of the merge, one by one (CONTRACT, profile merge).

use serde_json::{Value, json};

use super::*;

/// A merge of values: the new document, if there is one, and what is told.
struct Case {
    local: Value,
    cloud: Option<Value>,
    invalid: Vec<InvalidEntry>,
    active: Option<&'static str>,
}

impl Case {
    fn new(local: Value, cloud: Value) -> Self {
        Self { local, cloud: Some(cloud), invalid: Vec::new(), active: None }
    }

    fn invalid(mut self, name: &str, id: Option<&str>) -> Self {
        self.invalid.push(InvalidEntry { name: name.to_owned(), id: id.map(str::to_owned) });
        self
    }

    fn merge_with(&self, resolve: &mut dyn FnMut(&FieldConflict) -> Side) -> (Option<Value>, SyncResult) {
        let local = self.local.to_string();
        let cloud = self.cloud.as_ref().map(Value::to_string);
        let (document, result) = merge_texts(&local, cloud.as_deref(), &self.invalid, self.active, resolve);
        (document.map(|bytes| serde_json::from_slice(&bytes).unwrap()), result)
    }

    fn merge(&self) -> (Option<Value>, SyncResult) {
        self.merge_with(&mut |_| Side::Cloud)
    }

    /// Asserts that it changes nothing, and gives what is told.
    fn assert_unchanged(&self) -> SyncResult {
        let (document, result) = self.merge();
        assert_eq!(document, None);
        assert!(!result.has_changes);
        result
    }
}

fn merge_texts(
    local: &str,
    cloud: Option<&str>,
    invalid: &[InvalidEntry],
    active: Option<&str>,
    resolve: &mut dyn FnMut(&FieldConflict) -> Side,
) -> (Option<Vec<u8>>, SyncResult) {
    let local = Document::parse(local.as_bytes(), Limits::default()).unwrap();
    let cloud = cloud.map(|text| Document::parse(text.as_bytes(), Limits::default()).unwrap());
    let inputs = Inputs { local: local.root(), cloud: cloud.as_ref().map(Document::root), invalid, active };
    let merged = merge(&inputs, resolve, &mut || "fresh".to_owned()).unwrap();
    (merged.document, merged.result)
}

/// What a first merge of `cloud` into nothing stores.
fn stored(cloud: &Value) -> Value {
    Case::new(json!({"apiConfigs": {}}), cloud.clone()).merge().0.unwrap()
}

fn names(document: &Value) -> Vec<&str> {
    document["apiConfigs"].as_object().unwrap().keys().map(String::as_str).collect()
}

fn one(field: &str, value: impl Into<Value>) -> Value {
    json!({"a": {"id": "1", "apiProvider": "openai", field: value.into()}})
}

// ------------------------------------------------------------------------------------------- rule 1: secrets never arrive

#[test]
fn g1_secrets_in_the_clouds_answer_are_dropped_and_counted_and_local_ones_stay() {
    let local = json!({"apiConfigs": {"a": {"id": "1", "openAiApiKey": "mine", "openAiHeaders": {"Authorization": "mine too"}}}});
    let cloud = json!({
        "a": {
            "id": "1",
            "openAiApiKey": "theirs",
            "openAiHeaders": {"Authorization": "theirs", "X-Team": "t"},
            "list": ["sk-0123456789abcdef", {"deep": [{"clientSecret": "theirs"}]}],
        },
        "b": {"id": "2", "note": "ghp_0123456789abcdef0123456789abcdef0123", "temperature": 1},
    });
    let (document, result) = Case::new(local, cloud).merge();
    let document = document.unwrap();
    assert_eq!(result.dropped_secrets, 5);
    assert_eq!(
        document["apiConfigs"],
        json!({
            "a": {
                "id": "1",
                "openAiApiKey": "mine",
                "openAiHeaders": {"Authorization": "mine too", "X-Team": "t"},
                "list": [{"deep": [{}]}],
            },
            "b": {"id": "2", "temperature": 1},
        })
    );
    assert!(!document.to_string().contains("theirs"), "not in what the merge saw either");
}

#[test]
fn g1_an_id_that_looks_like_a_secret_is_none() {
    let cloud = json!({"a": {"id": "sk-0123456789abcdef"}, "b": {"id": "2"}});
    let (document, result) = Case::new(json!({"apiConfigs": {}}), cloud).merge();
    assert_eq!((names(&document.unwrap()), result.dropped_secrets), (vec!["b"], 1));
}

// ----------------------------------------------------------------------------------------- rule 2: what is missing is deleted

#[test]
fn what_the_cloud_managed_and_sends_no_more_is_deleted_and_all_else_stays() {
    let mut local = stored(&json!({"a": {"id": "1"}, "b": {"id": "2"}}));
    local["apiConfigs"]["own"] = json!({"id": "9", "apiKey": "mine"});
    let (document, result) = Case::new(local, json!({"b": {"id": "2"}})).merge();
    let document = document.unwrap();
    assert_eq!((names(&document), result.deleted), (vec!["b", "own"], vec!["a".to_owned()]));
    assert_eq!((&document["cloudProfileIds"], &document["base"]), (&json!(["2"]), &json!({"2": {"id": "2"}})));
}

#[test]
fn what_came_but_is_invalid_stays_as_it_is() {
    let local = stored(&json!({"a": {"id": "1", "apiProvider": "openai"}, "b": {"id": "2"}}));
    let rest = json!({"b": {"id": "2"}});
    let by_id = Case::new(local.clone(), rest.clone()).invalid("whatever", Some("1"));
    by_id.assert_unchanged();
    let by_name = Case::new(local.clone(), rest.clone()).invalid("a", None);
    by_name.assert_unchanged();
    let empty_id = Case::new(local.clone(), rest.clone()).invalid("a", Some(""));
    empty_id.assert_unchanged();
    let no_object = Case::new(local.clone(), json!({"a": 7, "b": {"id": "2"}}));
    no_object.assert_unchanged();
    let of_another = Case::new(local, rest).invalid("c", Some("3"));
    assert_eq!(of_another.merge().1.deleted, ["a"]);
}

#[test]
fn what_stayed_because_it_was_invalid_is_still_the_clouds() {
    let local = stored(&json!({"a": {"id": "1", "n": 1}, "b": {"id": "2"}}));
    let kept = Case::new(local, json!({"b": {"id": "2", "n": 2}})).invalid("a", Some("1"));
    let local = kept.merge().0.unwrap();
    assert_eq!(local["apiConfigs"]["a"], json!({"id": "1", "n": 1}));
    assert_eq!(local["base"]["1"], json!({"id": "1", "n": 1}));
    let (document, result) = Case::new(local, json!({"b": {"id": "2", "n": 2}})).merge();
    assert_eq!((names(&document.unwrap()), result.deleted), (vec!["b"], vec!["a".to_owned()]));
}

#[test]
fn a_profile_of_ones_own_does_not_become_the_clouds_by_an_invalid_entry() {
    let local = json!({"apiConfigs": {"a": {"id": "1"}}, "cloudProfileIds": []});
    Case::new(local, json!({})).invalid("a", Some("1")).assert_unchanged();
}

#[test]
fn g7_absent_profiles_delete_nothing_and_empty_ones_all_that_is_the_clouds() {
    let mut local = stored(&json!({"a": {"id": "1"}}));
    local["apiConfigs"]["own"] = json!({"id": "9"});
    Case { cloud: None, ..Case::new(local.clone(), Value::Null) }.assert_unchanged();
    let (document, _) = Case::new(local, json!({})).merge();
    assert_eq!(names(&document.unwrap()), ["own"]);
}

// ------------------------------------------------------------------------------------- rule 3: known ids, new ids, no ids

#[test]
fn a_profile_without_id_is_skipped() {
    let result = Case::new(
        json!({"apiConfigs": {}, "cloudProfileIds": []}),
        json!({"a": {"apiProvider": "openai"}, "b": {"id": ""}, "c": {"id": 5}}),
    )
    .assert_unchanged();
    assert!(result.added.is_empty());
}

#[test]
fn a_known_id_replaces_the_settings_keeps_the_secrets_and_follows_the_clouds_name() {
    let local = json!({"apiConfigs": {"mine": {"id": "1", "openAiApiKey": "mine", "gone": true, "n": 1}}});
    let (document, result) = Case::new(local, json!({"theirs": {"id": "1", "n": 2, "new": {}}})).merge();
    assert_eq!(
        document.unwrap()["apiConfigs"],
        json!({"theirs": {"id": "1", "n": 2, "new": {}, "openAiApiKey": "mine"}})
    );
    assert_eq!(result.updated, ["theirs"]);
    assert_eq!(result.renamed, [("mine".to_owned(), "theirs".to_owned())]);
    assert!(result.conflicts.is_empty(), "no base, no conflict");
}

#[test]
fn the_same_answer_again_changes_nothing() {
    let cloud = json!({"a": {"id": "1", "n": 1, "openAiApiKey": "theirs"}, "b": {"id": "2"}});
    let local = stored(&cloud);
    let result = Case::new(local.clone(), cloud).assert_unchanged();
    assert_eq!(result.dropped_secrets, 1);
    let mut with_key = local;
    with_key["apiConfigs"]["a"]["openAiApiKey"] = "mine".into();
    Case::new(with_key, json!({"a": {"id": "1", "n": 1}, "b": {"id": "2"}})).assert_unchanged();
}

// ------------------------------------------------------------------------------------------- rule 4: names that collide

#[test]
fn a_local_profile_makes_room_for_the_clouds_name() {
    let local = json!({"apiConfigs": {"a": {"id": "9", "apiKey": "k"}, "a_local": {"id": "8"}, "a_1": {}}});
    let (document, result) = Case::new(local, json!({"a": {"id": "1"}})).merge();
    let configs = &document.unwrap()["apiConfigs"];
    assert_eq!(configs["a"], json!({"id": "1"}));
    assert_eq!(configs["a_2"], json!({"id": "9", "apiKey": "k"}), "its content is not touched");
    assert_eq!((&configs["a_local"], &configs["a_1"]), (&json!({"id": "8"}), &json!({})));
    assert_eq!(result.renamed, [("a".to_owned(), "a_2".to_owned())]);
}

#[test]
fn two_profiles_of_the_cloud_may_swap_names() {
    let local = stored(&json!({"a": {"id": "1"}, "b": {"id": "2"}}));
    let (document, _) = Case::new(local, json!({"a": {"id": "2"}, "b": {"id": "1"}})).merge();
    let document = document.unwrap();
    assert_eq!(document["apiConfigs"], json!({"a": {"id": "2"}, "b": {"id": "1"}}));
}

// --------------------------------------------------------------------------------------- rules 5 and 6: the active profile

#[test]
fn only_a_merge_that_deleted_the_last_profile_makes_a_default() {
    let mut local = stored(&json!({"a": {"id": "1"}}));
    local["currentApiConfigName"] = "a".into();
    let (document, result) = Case::new(local, json!({})).merge();
    let document = document.unwrap();
    assert_eq!(document["apiConfigs"], json!({"default": {"id": "fresh"}}));
    assert_eq!(document["currentApiConfigName"], "default");
    assert_eq!((result.active_profile_changed, result.active_profile_id.as_str()), (true, "fresh"));

    let nothing = json!({"apiConfigs": {}, "cloudProfileIds": []});
    Case::new(nothing, json!({})).assert_unchanged();
}

#[test]
fn the_first_in_document_order_follows_a_deleted_active_profile() {
    let local = r#"{"currentApiConfigName":"b","apiConfigs":{"z":{"id":"9"},"b":{"id":"2"},"a":{"id":"8"}},"cloudProfileIds":["2"]}"#;
    let (document, result) = merge_texts(local, Some("{}"), &[], None, &mut |_| Side::Cloud);
    let document: Value = serde_json::from_slice(&document.unwrap()).unwrap();
    assert_eq!(document["currentApiConfigName"], "z");
    assert_eq!((result.active_profile_changed, result.active_profile_id.as_str()), (true, "9"));
}

#[test]
fn the_active_profile_changed_with_its_content_its_name_or_which_it_is_and_not_otherwise() {
    let active = |cloud: Value| {
        let mut local = stored(&json!({"a": {"id": "1", "n": 1}, "b": {"id": "2", "n": 1}}));
        local["currentApiConfigName"] = "a".into();
        let (document, result) = Case::new(local, cloud).merge();
        let name = document.map(|document| document["currentApiConfigName"].as_str().unwrap().to_owned());
        (result.active_profile_changed, result.active_profile_id, name)
    };
    let told = |changed, id: &str, name: &str| (changed, id.to_owned(), Some(name.to_owned()));
    assert_eq!(active(json!({"a": {"id": "1", "n": 2}, "b": {"id": "2", "n": 1}})), told(true, "1", "a"));
    assert_eq!(active(json!({"c": {"id": "1", "n": 1}, "b": {"id": "2", "n": 1}})), told(true, "1", "c"));
    assert_eq!(active(json!({"b": {"id": "2", "n": 1}})), told(true, "2", "b"));
    assert_eq!(active(json!({"a": {"id": "1", "n": 1}, "b": {"id": "2", "n": 2}})), told(false, "1", "a"));
}

#[test]
fn an_unknown_active_name_has_no_id() {
    let case =
        Case { active: Some("nobody"), ..Case::new(stored(&json!({"a": {"id": "1"}})), json!({"a": {"id": "1"}})) };
    let result = case.assert_unchanged();
    assert_eq!((result.active_profile_id.as_str(), result.active_profile_changed), ("", false));
}

// ------------------------------------------------------------------------------------------------ rule 7: field conflicts

#[test]
fn a_field_that_both_sides_changed_is_a_conflict_and_the_cloud_wins() {
    let mut local = stored(&one("n", 1));
    local["apiConfigs"]["a"]["n"] = 2.into();
    let (document, result) = Case::new(local, one("n", 3)).merge();
    assert_eq!(document.unwrap()["apiConfigs"]["a"]["n"], 3);
    let conflict = FieldConflict {
        profile: "a".into(),
        field: "n".into(),
        local: Some(b"2".to_vec()),
        cloud: Some(b"3".to_vec()),
        base: Some(b"1".to_vec()),
        taken: Side::Cloud,
    };
    assert_eq!(result.conflicts, [conflict]);
}

#[test]
fn what_only_one_side_changed_or_both_alike_is_no_conflict() {
    let local = stored(&one("n", 1));
    assert!(Case::new(local.clone(), one("n", 2)).merge().1.conflicts.is_empty());
    let mut alike = local;
    alike["apiConfigs"]["a"]["n"] = 2.into();
    let (document, result) = Case::new(alike, one("n", 2)).merge();
    assert!(result.conflicts.is_empty() && !result.has_changes);
    assert_eq!(document.unwrap()["base"]["1"]["n"], 2, "what was seen is remembered");
}

#[test]
fn a_local_choice_holds_until_the_clouds_value_changes() {
    let mut local = stored(&one("n", 1));
    local["apiConfigs"]["a"]["n"] = 2.into();
    let (document, result) = Case::new(local, one("n", 3)).merge_with(&mut |_| Side::Local);
    let chosen = document.unwrap();
    assert_eq!((&chosen["apiConfigs"]["a"]["n"], &chosen["keptFields"]), (&json!(2), &json!({"1": ["n"]})));
    assert_eq!(result.conflicts[0].taken, Side::Local);
    // The same again asks nobody.
    Case::new(chosen.clone(), one("n", 3)).assert_unchanged();
    // Another value does.
    let (document, result) = Case::new(chosen, one("n", 4)).merge();
    let document = document.unwrap();
    assert_eq!((&document["apiConfigs"]["a"]["n"], &document["keptFields"]), (&json!(4), &json!({})));
    assert_eq!(result.conflicts.len(), 1);
}

#[test]
fn a_local_change_of_a_field_that_the_cloud_left_alone_is_a_conflict_too() {
    let mut local = stored(&one("n", 1));
    local["apiConfigs"]["a"]["n"] = 2.into();
    let (document, result) = Case::new(local, one("n", 1)).merge();
    assert_eq!(document.unwrap()["apiConfigs"]["a"]["n"], 1);
    assert_eq!(result.conflicts.len(), 1);
}

#[test]
fn g7_a_base_url_redirected_beside_a_kept_key_is_a_conflict() {
    let redirect = |with_key: bool| {
        let mut local = stored(&one("openAiBaseUrl", "https://api.example.com"));
        if with_key {
            local["apiConfigs"]["a"]["openAiApiKey"] = "canary".into();
        }
        Case::new(local, one("openAiBaseUrl", "https://evil.example")).merge().1.conflicts
    };
    assert!(redirect(false).is_empty());
    let conflicts = redirect(true);
    let [conflict] = conflicts.as_slice() else { panic!("one conflict, not {}", conflicts.len()) };
    assert_eq!(conflict.field, "openAiBaseUrl");
    assert!(!format!("{conflict:?}").contains("canary"));
}

#[test]
fn g7_a_base_url_that_comes_first_beside_a_kept_key_is_a_conflict_too() {
    let mut local = stored(&json!({"a": {"id": "1"}}));
    local["apiConfigs"]["a"]["openAiApiKey"] = "canary".into();
    let case = Case::new(local, json!({"a": {"id": "1", "openAiBaseUrl": "https://evil.example"}}));
    let (document, result) = case.merge_with(&mut |_| Side::Local);
    assert_eq!(result.conflicts[0].field, "openAiBaseUrl");
    assert_eq!(document.unwrap()["apiConfigs"]["a"], json!({"id": "1", "openAiApiKey": "canary"}));
}

// ------------------------------------------------------------------------------------------------------- odd documents

#[test]
fn unknown_members_of_the_document_survive_byte_for_byte() {
    let local = r#"{"modeApiConfigs" : {"code":"1"},"apiConfigs":{},"migrations":{"x": [ 1.0e2 ]}}"#;
    let (document, _) = merge_texts(local, Some(r#"{"a":{"id":"1","n": 1e3}}"#), &[], None, &mut |_| Side::Cloud);
    let text = String::from_utf8(document.unwrap()).unwrap();
    for part in [r#"{"code":"1"}"#, r#"{"x": [ 1.0e2 ]}"#, r#"{"id":"1","n": 1e3}"#] {
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn g5_of_doubled_ids_and_members_the_last_counts() {
    let local = r#"{"apiConfigs":{"a":{"id":"0"},"a":{"id":"9","n":9}}}"#;
    let cloud = r#"{"b":{"id":"1","n":1},"c":{"id":"1","n":2},"d":{"id":"2"},"d":{"id":"3","n":1,"n":3}}"#;
    let (document, result) = merge_texts(local, Some(cloud), &[], None, &mut |_| Side::Cloud);
    let document: Value = serde_json::from_slice(&document.unwrap()).unwrap();
    assert_eq!(
        document["apiConfigs"],
        json!({"a": {"id": "9", "n": 9}, "c": {"id": "1", "n": 2}, "d": {"id": "3", "n": 3}})
    );
    assert_eq!(
        (result.added, &document["cloudProfileIds"]),
        (vec!["c".to_owned(), "d".to_owned()], &json!(["1", "3"]))
    );
}

#[test]
fn g5_names_and_ids_are_compared_as_javascript_does() {
    // An empty name, a right-to-left override, NUL, a lone surrogate, and twins that only normalization would unite.
    let odd = ["", "\u{202e}drowssap", "a\\u0000b", "\\ud800", "\u{e9}", "e\u{301}", "constructor", "toString"];
    let profiles: Vec<String> =
        odd.iter().enumerate().map(|(n, name)| format!(r#""{name}":{{"id":"{name}{n}"}}"#)).collect();
    let cloud = format!("{{{}}}", profiles.join(","));
    let (document, result) = merge_texts(r#"{"apiConfigs":{}}"#, Some(&cloud), &[], None, &mut |_| Side::Cloud);
    let document = String::from_utf8(document.unwrap()).unwrap();
    assert_eq!(result.added.len(), odd.len());
    for profile in &profiles {
        assert!(document.contains(profile.as_str()), "{profile}");
    }
    let (again, result) = merge_texts(&document, Some(&cloud), &[], None, &mut |_| Side::Cloud);
    assert!(again.is_none() && result.deleted.is_empty() && result.renamed.is_empty());
    // The same name, written otherwise.
    let escaped = cloud.replace('\u{e9}', "\\u00e9");
    assert!(merge_texts(&document, Some(&escaped), &[], None, &mut |_| Side::Cloud).1.renamed.is_empty());
}

#[test]
fn g4_constructor_and_to_string_are_ordinary_members() {
    let cloud = json!({"a": {"id": "1", "constructor": {"prototype": 1}, "toString": "x", "hasOwnProperty": null}});
    let document = stored(&cloud);
    assert_eq!(document["apiConfigs"], cloud);
}

#[test]
fn g7_a_document_or_an_answer_of_another_shape_is_no_merge_at_all() {
    for (local, cloud, error) in [
        ("[]", "{}", MergeError::Document),
        (r#"{"apiConfigs":[]}"#, "{}", MergeError::Document),
        (r#"{"apiConfigs":{}}"#, "[]", MergeError::Cloud),
        (r#"{"apiConfigs":{}}"#, "null", MergeError::Cloud),
    ] {
        let local = Document::parse(local.as_bytes(), Limits::default()).unwrap();
        let cloud = Document::parse(cloud.as_bytes(), Limits::default()).unwrap();
        let inputs = Inputs { local: local.root(), cloud: Some(cloud.root()), invalid: &[], active: None };
        assert_eq!(merge(&inputs, &mut |_| Side::Cloud, &mut String::new).err(), Some(error));
    }
}
