//! People, organizations, their settings and profiles.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// Somebody who can sign in.
pub struct Person {
    pub name: &'static str,
    pub email: &'static str,
    /// Organization and role.
    pub memberships: Vec<(&'static str, &'static str)>,
    /// Where a sign-in that names no organization leads; `None`: the personal account.
    pub usual_organization: Option<&'static str>,
    pub settings: Value,
    pub settings_version: u64,
    pub balance: f64,
}

/// Whose settings they are: an organization's, or a personal account's.
pub struct Owner {
    pub name: &'static str,
    /// Everything of `organization` in the answer but its version.
    pub settings: Value,
    pub version: u64,
}

/// Who there is.
pub struct Directory {
    pub people: BTreeMap<String, Person>,
    /// By organization id, or by person id for personal accounts.
    pub owners: BTreeMap<String, Owner>,
}

impl Directory {
    /// Ada in two organizations, Ben in one, both with a personal account.
    pub fn seeded() -> Self {
        let person = |name, email, memberships: &[(&'static str, &'static str)]| Person {
            name,
            email,
            memberships: memberships.to_vec(),
            usual_organization: memberships.first().map(|(id, _)| *id),
            settings: json!({}),
            settings_version: 1,
            balance: 12.5,
        };
        let people = [
            (
                "user_ada",
                person("Ada", "ada@example.com", &[("org_meridian", "org:admin"), ("org_juniper", "org:member")]),
            ),
            ("user_ben", person("Ben", "ben@example.com", &[("org_meridian", "org:member")])),
        ];
        let owner = |name, settings| Owner { name, settings, version: 1 };
        let personal = || json!({"defaultSettings": {}, "allowList": {"allowAll": true, "providers": {}}});
        let owners = [
            ("org_meridian", owner("Meridian", meridian())),
            (
                "org_juniper",
                owner(
                    "Juniper",
                    json!({
                        "cloudSettings": {"recordTaskMessages": false, "enableTaskSharing": false},
                        "defaultSettings": {},
                        "allowList": {"allowAll": false, "providers": {"anthropic": {"allowAll": true}}},
                        "providerProfiles": {},
                    }),
                ),
            ),
            ("user_ada", owner("Ada", personal())),
            ("user_ben", owner("Ben", personal())),
        ];
        Self {
            people: people.into_iter().map(|(id, person)| (id.to_owned(), person)).collect(),
            owners: owners.into_iter().map(|(id, owner)| (id.to_owned(), owner)).collect(),
        }
    }

    /// Changes an owner's settings, and their version with them.
    pub fn change_settings(&mut self, owner: &str, change: impl FnOnce(&mut Value)) {
        let owner = self.owners.get_mut(owner).expect("a known owner");
        change(&mut owner.settings);
        owner.version += 1;
    }
}

fn meridian() -> Value {
    json!({
        "cloudSettings": {
            "recordTaskMessages": true,
            "enableTaskSharing": true,
            "allowPublicTaskSharing": true,
            "taskShareExpirationDays": 30,
        },
        "defaultSettings": {"maxWorkspaceFiles": 200},
        "allowList": {"allowAll": true, "providers": {}},
        "features": {},
        "hiddenMcps": [],
        "providerProfiles": {
            "meridian-default": {"id": "pp_1", "apiProvider": "anthropic", "apiModelId": "claude-sonnet-4-5", "modelTemperature": 0},
            "meridian-quick": {"id": "pp_2", "apiProvider": "gemini", "apiModelId": "gemini-2.5-flash"},
        },
    })
}
