//! `allow.json`: may this profile be used under this allow list?

use roo_cloud_web::json::{Document, Limits};
use roo_cloud_web::settings::allow_list::is_profile_allowed;

#[test]
fn profiles_are_allowed_as_the_reference_allows_them() {
    for case in super::cases(include_str!("vectors/allow.json")) {
        let [profile, allow_list] = ["profile", "allowList"].map(|part| case[part].to_string());
        let [profile, allow_list] =
            [&profile, &allow_list].map(|text| Document::parse(text.as_bytes(), Limits::default()).unwrap());
        let allowed = is_profile_allowed(profile.root(), allow_list.root());
        assert_eq!(Some(allowed), case["allowed"].as_bool(), "{case}");
    }
}
