//! The API.

use roo_cloud_web::platform::Request;
use roo_cloud_web::platform::sim::{Ctx, Reply};
use serde_json::{Value, json};

use super::{API, State, dpop, events, form, header, path_of};

/// Who asks.
pub(super) struct Caller {
    pub(super) person: String,
    pub(super) organization: Option<String>,
}

impl Caller {
    /// Whose settings count.
    fn owner(&self) -> &str {
        self.organization.as_deref().unwrap_or(&self.person)
    }
}

fn caller(state: &State, request: &Request, now_ms: u64) -> Option<Caller> {
    let (scheme, token) = header(request, "authorization")?.split_once(' ')?;
    // A bound token is no bearer token, and no other is a bound one.
    if scheme != if state.dpop.bound.contains_key(token) { "DPoP" } else { "Bearer" } {
        return None;
    }
    let token = state.access_tokens.get(token).filter(|token| token.until_ms > now_ms)?;
    let grant = state.grants.get(token.grant).filter(|grant| grant.alive)?;
    Some(Caller { person: grant.person.clone(), organization: token.organization.clone() })
}

pub(super) fn answer(state: &mut State, request: &Request, ctx: &Ctx) -> Reply {
    let token =
        header(request, "authorization").and_then(|value| value.split_once(' ')).map(|(_, token)| token.to_owned());
    let bound = token.as_ref().and_then(|token| state.dpop.bound.get(token).cloned());
    let proven = match dpop::check(state, request, token.as_deref(), ctx) {
        Ok(key) => key,
        Err(reply) => return reply,
    };
    let Some(caller) = caller(state, request, ctx.now_ms).filter(|_| bound == proven) else {
        return Reply::json(401, json!({"error": "unauthorized"}).to_string())
            .header("WWW-Authenticate", r#"Bearer error="invalid_token""#);
    };
    let body = request.body.as_deref().unwrap_or_default();
    if body.len() > state.most_body_bytes {
        return fault(413, "payload_too_large");
    }
    match (request.method, path_of(&request.url, API).as_str()) {
        ("GET", "/api/extension-settings") => extension_settings(state, &caller, header(request, "if-none-match")),
        ("PATCH", "/api/user-settings") => patch_user_settings(state, &caller, body),
        ("POST", "/api/extension/share") => share(state, &caller, body),
        ("POST", "/api/events") => events::single(state, &caller, body, ctx.now_ms),
        ("POST", "/api/events/batch") => events::batch(state, &caller, body, ctx.now_ms),
        ("POST", "/api/events/backfill") => events::backfill(state, header(request, "content-type"), body),
        ("GET", "/api/extension/credit-balance") => {
            let balance = state.directory.people[&caller.person].balance;
            ok(&json!({"balance": balance}))
        }
        ("GET", "/api/extension/bridge/config") => {
            ok(&json!({"userId": caller.person, "socketBridgeUrl": "wss://bridge.cloud.example", "token": "bridge"}))
        }
        ("GET", "/api/analytics/usage/daily") => usage(&request.url, ctx.now_ms),
        ("GET", "/api/me") => me(state, &caller),
        ("POST", "/api/me/revoke-all") => {
            for grant in state.grants.iter_mut().filter(|grant| grant.person == caller.person) {
                grant.alive = false;
            }
            ok(&json!({"success": true}))
        }
        _ => fault(404, "not_found"),
    }
}

pub(super) fn ok(body: &Value) -> Reply {
    Reply::json(200, body.to_string())
}

pub(super) fn fault(status: u16, error: &str) -> Reply {
    Reply::json(status, json!({"error": error}).to_string())
}

fn user_settings(state: &State, person: &str) -> Value {
    let person = &state.directory.people[person];
    json!({"features": {}, "settings": person.settings, "version": person.settings_version})
}

fn extension_settings(state: &State, caller: &Caller, if_none_match: Option<&str>) -> Reply {
    let owner = &state.directory.owners[caller.owner()];
    let user = user_settings(state, &caller.person);
    let etag = format!("\"{}-{}-{}\"", caller.owner(), owner.version, user["version"]);
    if if_none_match == Some(&etag) {
        return Reply::status(304).header("ETag", &etag);
    }
    let mut organization = owner.settings.clone();
    organization["version"] = owner.version.into();
    ok(&json!({"organization": organization, "user": user})).header("ETag", &etag)
}

fn patch_user_settings(state: &mut State, caller: &Caller, body: &[u8]) -> Reply {
    let Ok(body) = serde_json::from_slice::<Value>(body) else { return fault(400, "bad_request") };
    let Some(patch) = body["settings"].as_object() else { return fault(400, "bad_request") };
    let known = ["taskSyncEnabled", "llmEnhancedFeaturesEnabled"];
    if !patch.iter().all(|(name, value)| known.contains(&name.as_str()) && value.is_boolean()) {
        return fault(400, "bad_request");
    }
    let Some(person) = state.directory.people.get_mut(&caller.person) else { return fault(404, "not_found") };
    if body.get("version").is_some_and(|version| version.as_u64() != Some(person.settings_version)) {
        return fault(409, "conflict");
    }
    for (name, value) in patch {
        person.settings[name] = value.clone();
    }
    person.settings_version += 1;
    ok(&user_settings(state, &caller.person))
}

fn share(state: &mut State, caller: &Caller, body: &[u8]) -> Reply {
    let Ok(body) = serde_json::from_slice::<Value>(body) else { return fault(400, "bad_request") };
    let (Some(task), Some(visibility)) = (body["taskId"].as_str(), body["visibility"].as_str()) else {
        return fault(400, "bad_request");
    };
    let settings = &state.directory.owners[caller.owner()].settings["cloudSettings"];
    let public = visibility == "public";
    let homeless = !public && caller.organization.is_none();
    if settings["enableTaskSharing"] != true || homeless || (public && settings["allowPublicTaskSharing"] == false) {
        return fault(403, "forbidden");
    }
    if !state.tasks.contains_key(task) {
        return fault(404, "task_not_found");
    }
    let key = (task.to_owned(), visibility.to_owned());
    let is_new = !state.shares.contains_key(&key);
    let fresh = format!("share_{}", state.number());
    let id = state.shares.entry(key).or_insert(fresh);
    let (share, manage) = (format!("{API}/share/{id}"), format!("{API}/shares/{id}/manage"));
    ok(&json!({"success": true, "shareUrl": share, "isNewShare": is_new, "manageUrl": manage}))
}

fn usage(url: &str, now_ms: u64) -> Reply {
    const DAY_MS: u64 = 86_400_000;
    let query = form(url.split_once('?').map_or("", |(_, query)| query).as_bytes());
    let Some(days) =
        query.get("period").and_then(|days| days.parse::<u64>().ok()).filter(|days| (1..=366).contains(days))
    else {
        return fault(400, "bad_request");
    };
    let today = now_ms / DAY_MS;
    let dates: Vec<String> = (0..days).rev().map(|ago| date_of(today - ago)).collect();
    let of = |each: u64| vec![each; dates.len()];
    ok(&json!({
        "success": true,
        "data": {
            "dates": dates, "tasks": of(2), "tokens": of(1000), "costs": of(1),
            "totals": {"tasks": 2 * days, "tokens": 1000 * days, "cost": days},
        },
        "period": days,
    }))
}

/// `YYYY-MM-DD` of the day that many days after 1970-01-01 (Howard Hinnant's `civil_from_days`).
fn date_of(days: u64) -> String {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

fn me(state: &State, caller: &Caller) -> Reply {
    let person = &state.directory.people[&caller.person];
    let organizations: Vec<Value> = person
        .memberships
        .iter()
        .map(|(id, role)| {
            let name = state.directory.owners[*id].name;
            json!({"id": format!("mem_{id}"), "role": role, "organization": {"id": id, "name": name}})
        })
        .collect();
    ok(&json!({
        "user": {"id": caller.person, "name": person.name, "email": person.email},
        "organizations": organizations,
    }))
}
