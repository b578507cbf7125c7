//! The ticket server and the pages before it (CONTRACT, sign-in: ticket).

use std::collections::BTreeMap;

use base64ct::{Base64UrlUnpadded, Encoding};
use roo_cloud_web::platform::Request;
use roo_cloud_web::platform::sim::{Ctx, Reply};
use serde_json::{Value, json};

use super::api::{fault, ok};
use super::{API, AccessToken, Form, Grant, State, form, header, path_of};

/// Where it is.
pub const CLERK: &str = "https://clerk.cloud.example";
/// Where the pages send the code.
pub const AUTH_REDIRECT: &str = "vscode://publisher.name";

/// What the ticket server knows and has seen.
#[derive(Default)]
pub struct Tickets {
    /// Codes not traded yet: the person and the organization that they chose.
    codes: BTreeMap<String, String>,
    pub sessions: BTreeMap<String, Session>,
    /// Every request for a session token, in order: when, and `organization_id`, if it was there.
    pub asked: Vec<(u64, Option<String>)>,
    /// Session tokens are no JWTs, and say nothing of themselves.
    pub opaque_tokens: bool,
}

/// A client signed in on one device.
pub struct Session {
    pub person: String,
    pub client_token: String,
    pub alive: bool,
}

impl State {
    /// What the person `id` does on the page at `url`: signs in for `organization` (none: the personal account). Gives the
    /// callback's url.
    pub fn ticket_sign_in(&mut self, url: &str, id: &str, organization: Option<&str>) -> String {
        let (page, query) = url.split_once('?').expect("a query");
        let known = ["/extension/sign-in", "/extension/provider-sign-up", "/l/spring"];
        assert!(known.iter().any(|path| page == format!("{API}{path}")), "{page}");
        let asked = form(query.as_bytes());
        assert_eq!(asked["auth_redirect"], AUTH_REDIRECT);
        assert!(asked["state"].len() == 32 && asked["state"].bytes().all(|b| b.is_ascii_hexdigit()));
        let code = format!("ticket_{}", self.number());
        self.tickets.codes.insert(code.clone(), id.to_owned());
        let mut answer = vec![("code", code.as_str()), ("state", &asked["state"])];
        answer.extend(organization.map(|id| ("organizationId", id)));
        answer.push(("providerModel", "a/model"));
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(answer).finish();
        format!("{AUTH_REDIRECT}/auth/clerk/callback?{query}")
    }
}

pub(super) fn answer(state: &mut State, request: &Request, ctx: &Ctx) -> Reply {
    let path = path_of(&request.url, CLERK);
    let body = form(request.body.as_deref().unwrap_or_default());
    let token = header(request, "authorization").and_then(|value| value.strip_prefix("Bearer "));
    if (request.method, path.as_str()) == ("POST", "/v1/client/sign_ins") {
        return sign_in(state, &body, ctx);
    }
    let session = state.tickets.sessions.iter().find(|(_, session)| Some(session.client_token.as_str()) == token);
    let Some((id, session)) = session.filter(|(_, session)| session.alive) else { return fault(401, "unauthorized") };
    let (id, person) = (id.clone(), session.person.clone());
    match (request.method, path.strip_prefix("/v1/").unwrap_or_default()) {
        ("POST", path) if path == format!("client/sessions/{id}/tokens") && body.contains_key("_is_native") => {
            tokens(state, &person, &id, body.get("organization_id").map(String::as_str), ctx)
        }
        ("POST", path) if path == format!("client/sessions/{id}/remove") && body.contains_key("_is_native") => {
            state.tickets.sessions.get_mut(&id).expect("it is there").alive = false;
            ok(&json!({"response": {"id": id}}))
        }
        ("GET", "me") => {
            let person_data = &state.directory.people[&person];
            ok(&json!({"response": {
                "id": person, "first_name": person_data.name, "last_name": "Example", "image_url": "https://img.example/p",
                "primary_email_address_id": "e1",
                "email_addresses": [{"id": "e1", "email_address": person_data.email}],
            }}))
        }
        ("GET", "me/organization_memberships") => {
            let of = |(id, role): &(&str, &str)| json!({"id": format!("mem_{id}"), "role": role, "organization": {"id": id, "name": state.directory.owners[*id].name}});
            let list: Vec<Value> = state.directory.people[&person].memberships.iter().map(of).collect();
            ok(&json!({"response": list}))
        }
        _ => fault(404, "not_found"),
    }
}

fn sign_in(state: &mut State, form: &Form, ctx: &Ctx) -> Reply {
    let code = form.get("ticket").filter(|_| form.get("strategy").is_some_and(|strategy| strategy == "ticket"));
    let Some(person) = code.and_then(|code| state.tickets.codes.remove(code)) else {
        return fault(422, "ticket_invalid");
    };
    let id = format!("sess_{}", state.number());
    let client_token = format!("ct_{}_{:x}", state.number(), ctx.rng.next());
    state.tickets.sessions.insert(id.clone(), Session { person, client_token: client_token.clone(), alive: true });
    ok(&json!({"response": {"created_session_id": id}})).header("Authorization", &client_token)
}

fn tokens(state: &mut State, person: &str, session: &str, asked: Option<&str>, ctx: &Ctx) -> Reply {
    state.tickets.asked.push((ctx.now_ms, asked.map(str::to_owned)));
    let data = &state.directory.people[person];
    let organization = match asked {
        None => data.usual_organization.map(str::to_owned),
        Some("") => None,
        Some(id) if data.memberships.iter().any(|(of, _)| *of == id) => Some(id.to_owned()),
        Some(_) => return fault(403, "forbidden"),
    };
    let now_s = ctx.now_ms / 1000;
    let claims = json!({"sub": session, "iat": now_s, "exp": now_s + 60, "r": {"u": person, "o": organization}});
    let number = state.number();
    let part = |value: &Value| Base64UrlUnpadded::encode_string(value.to_string().as_bytes());
    let jwt = if state.tickets.opaque_tokens {
        format!("opaque_{number}")
    } else {
        format!("{}.{}.{number}", part(&json!({"alg": "RS256"})), part(&claims))
    };
    state.grants.push(Grant { person: person.to_owned(), organization: organization.clone(), alive: true });
    let grant = state.grants.len() - 1;
    state.access_tokens.insert(jwt.clone(), AccessToken { grant, organization, until_ms: ctx.now_ms + 60_000 });
    ok(&json!({"jwt": jwt}))
}
