//! The cloud is as hard as the contract says.

use base64ct::{Base64UrlUnpadded, Encoding};
use roo_cloud_web::platform::sim::{Fault, Tab, World};
use roo_cloud_web::platform::{Http, Request, Response};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::*;

const VERIFIER: &str = "a-verifier-of-forty-three-characters-or-more-0123";

async fn post(tab: &Tab, url: &str, form: &[(&str, &str)]) -> Response {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish().into_bytes();
    let headers = vec![("Content-Type", "application/x-www-form-urlencoded".to_owned())];
    let url = url.to_owned();
    let request = Request {
        method: "POST",
        url,
        headers,
        body: Some(body.into()),
        max_answer_bytes: 100_000,
        ..Request::default()
    };
    tab.send(request).await.expect("an answer")
}

async fn call(tab: &Tab, token: &str, method: &'static str, path: &str, body: Option<Value>) -> (u16, Value) {
    let headers = vec![("Authorization", format!("Bearer {token}"))];
    let body = body.map(|body| body.to_string().into_bytes().into());
    let url = format!("{API}{path}");
    let answer =
        tab.send(Request { method, url, headers, body, max_answer_bytes: 100_000, ..Request::default() }).await;
    let answer = answer.expect("an answer");
    (answer.status, serde_json::from_slice(&answer.body).unwrap_or_default())
}

fn authorization_url(organization: Option<&str>) -> String {
    let challenge = Base64UrlUnpadded::encode_string(&Sha256::digest(VERIFIER));
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs([
        ("response_type", "code"),
        ("client_id", CLIENT_ID),
        ("redirect_uri", REDIRECT_URI),
        ("state", "0123456789abcdef"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ]);
    if let Some(organization) = organization {
        query.append_pair("organization_id", organization);
    }
    format!("{ISSUER}/oauth/authorize?{}", query.finish())
}

async fn redeem(tab: &Tab, callback: &str, verifier: &str) -> (u16, Value) {
    let code = form(callback.split_once('?').expect("a query").1.as_bytes())["code"].clone();
    let answer = post(
        tab,
        TOKEN_ENDPOINT,
        &[
            ("grant_type", "authorization_code"),
            ("client_id", CLIENT_ID),
            ("code", &code),
            ("redirect_uri", REDIRECT_URI),
            ("code_verifier", verifier),
        ],
    )
    .await;
    (answer.status, serde_json::from_slice(&answer.body).expect("JSON"))
}

async fn refresh(tab: &Tab, token: &Value) -> (u16, Value) {
    refresh_for(tab, token, None).await
}

async fn refresh_for(tab: &Tab, token: &Value, organization: Option<&str>) -> (u16, Value) {
    let token = token["refresh_token"].as_str().expect("a refresh token");
    let mut form = vec![("grant_type", "refresh_token"), ("client_id", CLIENT_ID), ("refresh_token", token)];
    form.extend(organization.map(|id| ("organization_id", id)));
    let answer = post(tab, TOKEN_ENDPOINT, &form).await;
    (answer.status, serde_json::from_slice(&answer.body).expect("JSON"))
}

async fn signed_in(cloud: &Cloud, tab: &Tab) -> Value {
    let callback = cloud.sign_in(&authorization_url(None), "user_ada").expect("signed in");
    let (status, token) = redeem(tab, &callback, VERIFIER).await;
    assert_eq!(status, 200);
    token
}

fn access(token: &Value) -> &str {
    token["access_token"].as_str().expect("an access token")
}

#[test]
fn spends_a_code_once_and_for_its_verifier_only() {
    let world = World::new(1);
    let (cloud, tab) = (Cloud::open(&world), world.open_tab());
    assert!(cloud.sign_in(&authorization_url(Some("org_juniper")), "user_ben").is_err());
    let callback = cloud.sign_in(&authorization_url(Some("")), "user_ada").expect("signed in");
    world.run(async {
        let (status, answer) = redeem(&tab, &callback, "another-verifier-of-forty-three-characters-0123").await;
        assert_eq!((status, answer["error"].as_str()), (400, Some("invalid_grant")));
        let (status, token) = redeem(&tab, &callback, VERIFIER).await;
        assert_eq!((status, token["expires_in"].as_u64()), (200, Some(600)));
        assert_eq!(call(&tab, access(&token), "GET", "/api/me", None).await.0, 200);
        assert_eq!(redeem(&tab, &callback, VERIFIER).await.0, 400, "a code comes once");
        assert_eq!(call(&tab, access(&token), "GET", "/api/me", None).await.0, 401, "what it gave is revoked");
    });
    assert_eq!(cloud.look(|cloud| cloud.codes_spent), 1);
}

#[test]
fn rotates_and_kills_the_grant_on_reuse() {
    let world = World::new(2);
    let (cloud, tab) = (Cloud::open(&world), world.open_tab());
    world.run(async {
        let first = signed_in(&cloud, &tab).await;
        let (status, second) = refresh(&tab, &first).await;
        assert_eq!(status, 200);
        assert_eq!(call(&tab, access(&second), "GET", "/api/me", None).await.0, 200);
        assert_eq!(refresh(&tab, &first).await.0, 400, "no grace");
        assert_eq!(refresh(&tab, &second).await.0, 400, "the winner's token is dead too");
        assert_eq!(call(&tab, access(&second), "GET", "/api/me", None).await.0, 401);
    });
    cloud.look(|cloud| {
        assert_eq!((cloud.refreshes.len(), cloud.reuses.len()), (1, 1));
        let (refresh, reuse) = (&cloud.refreshes[0], &cloud.reuses[0]);
        assert_eq!((reuse.spent_by, reuse.grant), (refresh.exchange, refresh.grant));
        assert!(reuse.at_ms >= refresh.at_ms && refresh.spare_ms > 0);
        let log = world.network().log();
        assert!(log[reuse.spent_by].delivered && reuse.exchange > reuse.spent_by);
    });
    assert_eq!(world.network().most_at_once(TOKEN_ENDPOINT), 1);
}

#[test]
fn a_token_stays_the_organizations_it_was_issued_for() {
    let world = World::new(8);
    let (cloud, tab) = (Cloud::open(&world), world.open_tab());
    world.run(async {
        let meridian = signed_in(&cloud, &tab).await;
        let (status, juniper) = refresh_for(&tab, &meridian, Some("org_juniper")).await;
        assert_eq!(status, 200);
        let allows_all = async |token: &Value| {
            let (status, answer) = call(&tab, access(token), "GET", "/api/extension-settings", None).await;
            assert_eq!(status, 200);
            answer["organization"]["allowList"]["allowAll"].clone()
        };
        assert_eq!((allows_all(&juniper).await, allows_all(&meridian).await), (json!(false), json!(true)));
        let (_, again) = refresh(&tab, &juniper).await;
        assert_eq!(allows_all(&again).await, false, "what was chosen holds for the tokens to come");
    });
}

#[test]
fn shares_what_was_uploaded() {
    let world = World::new(7);
    let (cloud, tab) = (Cloud::open(&world), world.open_tab());
    world.run(async {
        let token = signed_in(&cloud, &tab).await;
        let share = async |visibility: &str| {
            let body = json!({"taskId": "task-1", "visibility": visibility});
            call(&tab, access(&token), "POST", "/api/extension/share", Some(body)).await
        };
        assert_eq!(share("public").await.0, 404);
        let part = |name: &str, text: &str| {
            format!("--frontier\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n")
        };
        let body =
            [part("taskId", "task-1"), part("properties", "{}"), part("file", "[{}]"), "--frontier--\r\n".into()];
        let headers = vec![
            ("Authorization", format!("Bearer {}", access(&token))),
            ("Content-Type", "multipart/form-data; boundary=frontier".to_owned()),
        ];
        let (url, body) = (format!("{API}/api/events/backfill"), Some(body.concat().into_bytes().into()));
        let request = Request { method: "POST", url, headers, body, max_answer_bytes: 1000, ..Request::default() };
        assert_eq!(tab.send(request).await.expect("an answer").status, 200);
        let (status, answer) = share("public").await;
        assert_eq!((status, &answer["isNewShare"]), (200, &json!(true)));
        assert_eq!(share("public").await.1["isNewShare"], false);
        cloud.change(|cloud| {
            cloud
                .directory
                .change_settings("org_meridian", |all| all["cloudSettings"]["allowPublicTaskSharing"] = json!(false));
        });
        assert_eq!((share("public").await.0, share("organization").await.0), (403, 200));
        let (status, usage) = call(&tab, access(&token), "GET", "/api/analytics/usage/daily?period=3", None).await;
        assert_eq!((status, &usage["data"]["dates"]), (200, &json!(["2027-01-13", "2027-01-14", "2027-01-15"])));
    });
}

#[test]
fn a_resent_refresh_is_a_reuse() {
    let world = World::new(3);
    let (cloud, tab) = (Cloud::open(&world), world.open_tab());
    world.run(async {
        let token = signed_in(&cloud, &tab).await;
        world.network().fail_next(TOKEN_ENDPOINT, Fault::Duplicated);
        assert_eq!(refresh(&tab, &token).await.0, 400);
    });
    assert!(cloud.look(|cloud| cloud.reuses.iter().all(|reuse| reuse.exchange == reuse.spent_by)));
    assert_eq!(cloud.look(|cloud| cloud.reuses.len()), 1);
}

#[test]
fn tokens_end_by_the_servers_clock_and_by_revocation() {
    let world = World::new(4);
    let (cloud, tab) = (Cloud::open(&world), world.open_tab());
    cloud.change(|cloud| cloud.token_lifetime_ms = 60_000);
    let token = world.run(signed_in(&cloud, &tab));
    world.jump_wall_clock(-600_000);
    world.run_for(61_000);
    assert_eq!(world.run(call(&tab, access(&token), "GET", "/api/me", None)).0, 401);
    let (_, second) = world.run(refresh(&tab, &token));
    let name = second["refresh_token"].as_str().expect("a refresh token");
    world.run(post(&tab, &format!("{ISSUER}/oauth/revoke"), &[("client_id", CLIENT_ID), ("token", name)]));
    assert_eq!(world.run(call(&tab, access(&second), "GET", "/api/me", None)).0, 401);
    assert_eq!(cloud.look(|cloud| (cloud.revocations, cloud.refreshes[0].spare_ms)), (1, 0));
}

#[test]
fn serves_settings_by_etag_and_writes_by_version() {
    let world = World::new(5);
    let (cloud, tab) = (Cloud::open(&world), world.open_tab());
    world.run(async {
        let token = signed_in(&cloud, &tab).await;
        let get = async |etag: &str| {
            let headers =
                vec![("authorization", format!("Bearer {}", access(&token))), ("if-none-match", etag.to_owned())];
            let url = format!("{API}/api/extension-settings");
            let request = Request { method: "GET", url, headers, max_answer_bytes: 100_000, ..Request::default() };
            tab.send(request).await.expect("an answer")
        };
        let first = get("").await;
        let etag = first.header("etag").expect("an ETag").to_owned();
        assert_eq!((first.status, get(&etag).await.status), (200, 304));
        cloud.change(|cloud| {
            cloud.directory.change_settings("org_meridian", |settings| settings["features"] = json!({}));
        });
        assert_eq!(get(&etag).await.status, 200);

        let patch = |version: u64| json!({"settings": {"taskSyncEnabled": false}, "version": version});
        let (status, answer) = call(&tab, access(&token), "PATCH", "/api/user-settings", Some(patch(1))).await;
        assert_eq!((status, answer["version"].as_u64()), (200, Some(2)));
        assert_eq!(call(&tab, access(&token), "PATCH", "/api/user-settings", Some(patch(1))).await.0, 409);
    });
}

#[test]
fn keeps_an_event_once_by_its_id() {
    let world = World::new(6);
    let (cloud, tab) = (Cloud::open(&world), world.open_tab());
    world.run(async {
        let token = signed_in(&cloud, &tab).await;
        let id = "01890a5d-ac96-774b-bcce-b302099a8057";
        let event = json!({"id": id, "type": "Task Created", "properties": {"taskId": "t"}, "timestamp": 1});
        let bad = json!({"id": "x", "type": "Task Created", "properties": {}});
        let batch = json!({"events": [event, bad]});
        for _ in 0..2 {
            let (status, answer) = call(&tab, access(&token), "POST", "/api/events/batch", Some(batch.clone())).await;
            assert_eq!((status, &answer["accepted"]), (200, &json!([id])));
            assert_eq!(answer["rejected"][0]["id"], "x");
        }
        cloud.change(|cloud| cloud.poisonous_type = Some("Task Created".to_owned()));
        assert_eq!(call(&tab, access(&token), "POST", "/api/events/batch", Some(batch.clone())).await.0, 400);
        cloud.change(|cloud| cloud.has_batch_route = false);
        assert_eq!(call(&tab, access(&token), "POST", "/api/events/batch", Some(batch)).await.0, 404);
        assert_eq!(call(&tab, access(&token), "POST", "/api/events", Some(event)).await.0, 200);
    });
    cloud.look(|cloud| {
        assert_eq!((cloud.events.len(), cloud.repeated_events), (2, 1));
        for (id, event) in &cloud.events {
            assert_eq!((event.person.as_str(), event.organization.as_deref()), ("user_ada", Some("org_meridian")));
            assert_eq!((event.kind.as_str(), &event.properties), ("Task Created", &json!({"taskId": "t"})));
            assert_eq!(event.timestamp, Some(1), "{id}");
            assert!(event.received_ms <= world.true_ms());
        }
    });
}
