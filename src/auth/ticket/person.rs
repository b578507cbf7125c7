//! Who the ticket server says the person is.

use crate::json::{Json, Writer};

/// `GET /v1/me` and `GET /v1/me/organization_memberships`, told in the shape of the cloud's own `GET /api/me`. Where the
/// credentials do not know for whom they act, the first organization is taken, as the reference client does.
pub(super) fn as_me(person: Json<'_>, memberships: Json<'_>, knows_organization: bool) -> Vec<u8> {
    let mut json = Writer::new();
    json.begin_object();
    json.name("user");
    json.begin_object();
    if let Some(person) = person.get("response") {
        let email = primary_email(person);
        if person.get("id").is_some() {
            copy(&mut json, person, "id", "id");
        } else {
            // The contract lets it be absent; the address tells people apart as well.
            write(&mut json, "id", &email);
        }
        write(&mut json, "name", &name(person));
        write(&mut json, "email", &email);
        copy(&mut json, person, "image_url", "picture");
    }
    json.end_object();
    json.name("organizations");
    json.begin_array();
    let entries = || memberships.get("response").into_iter().flat_map(Json::elements);
    for entry in entries() {
        let Some(organization) = entry.get("organization") else { continue };
        json.begin_object();
        copy(&mut json, entry, "id", "id");
        copy(&mut json, entry, "role", "role");
        copy(&mut json, entry, "permissions", "permissions");
        json.name("organization");
        json.begin_object();
        for (from, to) in [("id", "id"), ("name", "name"), ("slug", "slug"), ("image_url", "imageUrl")] {
            copy(&mut json, organization, from, to);
        }
        json.end_object();
        json.end_object();
    }
    json.end_array();
    if !knows_organization && let Some(first) = entries().find_map(|entry| entry.get("organization")) {
        copy(&mut json, first, "id", "assumedOrganizationId");
    }
    json.end_object();
    json.into_bytes()
}

fn copy(json: &mut Writer, from: Json<'_>, name: &str, to: &str) {
    if let Some(value) = from.get(name) {
        json.name(to);
        json.raw(value);
    }
}

fn write(json: &mut Writer, name: &str, text: &str) {
    if !text.is_empty() {
        json.name(name);
        json.str(text);
    }
}

/// First and last name, as far as there are any.
fn name(person: Json<'_>) -> String {
    let mut name = String::new();
    for part in ["first_name", "last_name"] {
        let part = person.get(part).and_then(Json::as_str).unwrap_or_default();
        if !name.is_empty() && !part.is_empty() {
            name.push(' ');
        }
        name.push_str(&part);
    }
    name
}

/// The address that `primary_email_address_id` names.
fn primary_email(person: Json<'_>) -> String {
    let primary = person.get("primary_email_address_id").and_then(Json::as_str);
    let mut addresses = person.get("email_addresses").into_iter().flat_map(Json::elements);
    let address = addresses.find(|address| primary.is_some() && address.get("id").and_then(Json::as_str) == primary);
    let text = address.and_then(|address| address.get("email_address")).and_then(Json::as_str);
    text.map(std::borrow::Cow::into_owned).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::as_me;
    use crate::json::{Document, Limits};

    fn told(person: &str, memberships: &str, knows: bool) -> String {
        let (person, memberships) = (
            Document::parse(person.as_bytes(), Limits::default()).unwrap(),
            Document::parse(memberships.as_bytes(), Limits::default()).unwrap(),
        );
        String::from_utf8(as_me(person.root(), memberships.root(), knows)).unwrap()
    }

    #[test]
    fn takes_the_primary_address_and_what_there_is_of_a_name() {
        let person = r#"{"response":{"id":"u","first_name":"Ada","last_name":null,"image_url":"https://x/p",
            "primary_email_address_id":"e2","email_addresses":[{"id":"e1","email_address":"old@x"},{"id":"e2","email_address":"ada@x"}]}}"#;
        let memberships = r#"{"response":[{"id":"m","role":"org:admin","organization":{"id":"o","name":"Org","image_url":"i","extra":1}},7]}"#;
        assert_eq!(
            told(person, memberships, true),
            concat!(
                r#"{"user":{"id":"u","name":"Ada","email":"ada@x","picture":"https://x/p"},"#,
                r#""organizations":[{"id":"m","role":"org:admin","organization":{"id":"o","name":"Org","imageUrl":"i"}}]}"#
            )
        );
        assert!(told(person, memberships, false).ends_with(r#""assumedOrganizationId":"o"}"#));
        assert_eq!(told("{}", "[]", false), r#"{"user":{},"organizations":[]}"#);
    }
}
