//! `GET /api/me`: the person and the organizations they are in.

use crate::error::{CloudError, Code, Result};
use crate::event::UserInfo;
use crate::json::{Json, Kind, Writer};

/// Who the cloud says the person is.
pub struct Me {
    /// The person, without organization.
    user: UserInfo,
    organizations: Vec<Organization>,
    /// The organization to take them for acting for, where nothing else says.
    assumed_organization_id: Option<String>,
    /// `OrganizationMembership[]`, as JSON; entries that are none were left out.
    pub memberships: Vec<u8>,
}

struct Organization {
    id: String,
    name: String,
    role: String,
    image_url: Option<String>,
}

impl Me {
    /// Reads an answer. Fails with INVALID_RESPONSE, naming the path.
    pub fn read(answer: Json<'_>) -> Result<Self> {
        let invalid = |path: &str| {
            CloudError::new(
                Code::InvalidResponse,
                format!("the cloud's answer about the person: {path} is missing or of the wrong type"),
            )
        };
        let user = answer.get("user").filter(|user| user.kind() == Kind::Object).ok_or_else(|| invalid("user"))?;
        let list = answer
            .get("organizations")
            .filter(|list| list.kind() == Kind::Array)
            .ok_or_else(|| invalid("organizations"))?;
        let mut organizations = Vec::new();
        let mut memberships = Writer::new();
        memberships.begin_array();
        for entry in list.elements() {
            if let Some(organization) = membership(entry) {
                organizations.push(organization);
                memberships.raw(entry);
            }
        }
        memberships.end_array();
        Ok(Self {
            user: UserInfo {
                id: Some(text(user, "id").ok_or_else(|| invalid("user.id"))?),
                name: text(user, "name"),
                email: text(user, "email"),
                picture: text(user, "picture"),
                ..UserInfo::default()
            },
            organizations,
            assumed_organization_id: text(answer, "assumedOrganizationId"),
            memberships: memberships.into_bytes(),
        })
    }

    /// The person's id.
    pub fn user_id(&self) -> Option<&str> {
        self.user.id.as_deref()
    }

    /// The person, acting for `organization_id`; role and name stand if they are a member.
    pub fn describe(&self, organization_id: Option<String>) -> UserInfo {
        let organization_id = organization_id.or_else(|| self.assumed_organization_id.clone());
        let member = organization_id.as_ref().and_then(|id| self.organizations.iter().find(|o| o.id == *id));
        UserInfo {
            organization_name: member.map(|o| o.name.clone()),
            organization_role: member.map(|o| o.role.clone()),
            organization_image_url: member.and_then(|o| o.image_url.clone()),
            organization_id,
            ..self.user.clone()
        }
    }
}

/// `{id, role, permissions?, organization: {id, name, slug?, imageUrl?}}`
fn membership(entry: Json<'_>) -> Option<Organization> {
    text(entry, "id")?;
    let organization = entry.get("organization")?;
    Some(Organization {
        id: text(organization, "id")?,
        name: text(organization, "name")?,
        role: text(entry, "role")?,
        image_url: text(organization, "imageUrl"),
    })
}

fn text(json: Json<'_>, name: &str) -> Option<String> {
    json.get(name).and_then(Json::as_str).map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::Me;
    use crate::json::{Document, Limits};

    #[test]
    fn a_member_is_described_with_role_and_name_and_a_stranger_without() {
        let text = br#"{"user":{"id":"u1","name":"Ada"},"organizations":[
            {"id":"m1","role":"admin","organization":{"id":"o1","name":"Acme"}}, {"id":"m2"}, 5]}"#;
        let document = Document::parse(text, Limits::default()).unwrap();
        let me = Me::read(document.root()).unwrap();
        let user = me.describe(Some("o1".into()));
        assert_eq!((user.name.as_deref(), user.organization_role.as_deref()), (Some("Ada"), Some("admin")));
        assert_eq!(me.describe(Some("o2".into())).organization_name, None);
        assert_eq!(me.memberships, br#"[{"id":"m1","role":"admin","organization":{"id":"o1","name":"Acme"}}]"#);
    }

    #[test]
    fn what_is_no_answer_is_refused_with_its_path() {
        for (text, path) in [
            ("[]", "user "),
            (r#"{"user":{}}"#, "organizations"),
            (r#"{"user":{"id":1},"organizations":[]}"#, "user.id"),
        ] {
            let document = Document::parse(text.as_bytes(), Limits::default()).unwrap();
            let error = Me::read(document.root()).err().unwrap();
            assert!(error.message.contains(path), "{error}");
        }
    }
}
