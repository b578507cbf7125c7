//! The ticket way in, against a ticket server in memory.

use roo_cloud_web::auth::session::ActFor;
use roo_cloud_web::platform::sim::{Reply, seeds};
use roo_cloud_web::platform::vault::Vault;
use roo_cloud_web::platform::{Expect, StorageKind, Store};

use super::*;
use crate::cloud::{AUTH_REDIRECT, CLERK};

const TOKENS: &str = "https://clerk.cloud.example/v1/client/sessions";

fn ticket() -> Config {
    let auth = AuthConfig::Ticket { clerk_url: CLERK.to_owned(), auth_redirect: AUTH_REDIRECT.to_owned() };
    Config { auth, ..config() }
}

/// Signs Ada in, in one tab: the page goes to the cloud's, and is handed the url that the editor got.
fn signed_in_for(scene: &Scene, organization: Option<&str>) -> Client {
    let client = scene.create(&scene.world.open_tab(), ticket());
    let url = scene.begin_redirect(&client);
    let callback = scene.cloud.change(|cloud| cloud.ticket_sign_in(&url, "user_ada", organization));
    assert!(client.service.auth().sign_in().expect("pages").is_callback(&callback));
    scene.callback(&client, &callback).expect("signed in");
    scene.world.run_for(5_000);
    client
}

fn asked(scene: &Scene) -> Vec<Option<String>> {
    scene.cloud.look(|cloud| cloud.tickets.asked.iter().map(|(_, organization)| organization.clone()).collect())
}

#[test]
fn a_ticket_signs_in_and_settings_and_profiles_follow() {
    seeds(20, |seed| {
        let scene = Scene::new(seed);
        let client = signed_in_for(&scene, Some("org_meridian"));
        assert_eq!(client.state(), AuthState::ActiveSession);
        let user = client.service.auth().user().expect("a user");
        assert_eq!((user.id.as_deref(), user.name.as_deref()), (Some("user_ada"), Some("Ada Example")));
        assert_eq!(
            (user.email.as_deref(), user.organization_name.as_deref()),
            (Some("ada@example.com"), Some("Meridian"))
        );
        assert_eq!(client.max_files(), Some(200));
        assert_eq!(client.profiles()["meridian-default"]["id"], "pp_1");
        assert_eq!(client.background_errors(), []);
        let memberships = scene.run(&client, |service| async move { service.memberships().await }).expect("told");
        let memberships: Value = serde_json::from_slice(&memberships).expect("JSON");
        assert_eq!(memberships[1]["organization"]["name"], "Juniper");
        assert_eq!(scene.world.network().count(&format!("{API}/api/me")), 0, "production has no such route");
    });
}

#[test]
fn the_session_token_is_renewed_every_50_seconds_once_for_all_tabs() {
    seeds(10, |seed| {
        let scene = Scene::new(seed);
        let first = signed_in_for(&scene, None);
        let second = scene.create(&scene.world.open_tab(), ticket());
        scene.world.run_for(1_000);
        assert_eq!(second.state(), AuthState::ActiveSession, "a reload is signed in, by the other tab's token");
        scene.world.run_for(600_000);
        let times: Vec<u64> = scene.cloud.look(|cloud| cloud.tickets.asked.iter().map(|(at_ms, _)| *at_ms).collect());
        for pair in times.windows(2) {
            let apart_ms = pair[1] - pair[0];
            assert!((49_000..=55_000).contains(&apart_ms), "{apart_ms} ms apart");
        }
        assert_eq!([first.state(), second.state()], [AuthState::ActiveSession; 2]);
    });
}

#[test]
fn the_organization_is_named_emptied_or_left_out_as_the_credentials_know() {
    for (chosen, parameter) in [(Some("org_juniper"), "org_juniper"), (None, "")] {
        let scene = Scene::new(3);
        let client = signed_in_for(&scene, chosen);
        scene.world.run_for(120_000);
        assert!(asked(&scene).len() > 2);
        assert!(asked(&scene).iter().all(|organization| organization.as_deref() == Some(parameter)));
        assert_eq!(client.service.auth().user().expect("a user").organization_id.as_deref(), chosen);
        let to = ActFor::Organization("org_meridian".to_owned());
        scene.run(&client, |service| async move { service.switch_organization(to).await }).expect("switched");
        scene.world.run_for(60_000);
        assert_eq!(asked(&scene).last().expect("asked").as_deref(), Some("org_meridian"), "remembered");
        assert_eq!(client.max_files(), Some(200));
    }
}

/// A client that finds credentials as the reference client stored them: before it knew of organizations, or with `organization`.
fn legacy(scene: &Scene, organization: Option<Value>) -> Client {
    let client = signed_in_for(scene, None);
    let mut credentials = scene.cloud.look(|cloud| {
        let (id, session) = cloud.tickets.sessions.iter().next().expect("a session");
        json!({"clientToken": session.client_token, "sessionId": id})
    });
    if let Some(organization) = organization {
        credentials["organizationId"] = organization;
    }
    let credentials = credentials.to_string();
    client.service.dispose();
    let tab = scene.world.open_tab();
    assert_eq!(tab.storage_kind(), StorageKind::IndexedDb);
    let vault = Vault::new(Rc::new(tab.clone()), format!("{API} {CLERK}"));
    let store = async move { vault.write("session", Expect::Any, credentials.as_bytes()).await };
    scene.world.run(tab.start(store)).expect("the tab lives").expect("stored");
    scene.cloud.change(|cloud| cloud.tickets.asked.clear());
    scene.create(&tab, ticket())
}

#[test]
fn stored_credentials_without_organization_are_used_and_learn_it_from_the_token() {
    seeds(5, |seed| {
        let scene = Scene::new(seed);
        let client = legacy(&scene, None);
        scene.world.run_for(60_000);
        assert_eq!(client.state(), AuthState::ActiveSession);
        let asked = asked(&scene);
        assert_eq!(asked.first(), Some(&None), "left out where it is not known");
        assert_eq!(asked.get(1), Some(&Some("org_meridian".to_owned())), "and then kept");
        let user = client.service.auth().user().expect("a user");
        assert_eq!((user.id.as_deref(), user.organization_id.as_deref()), (Some("user_ada"), Some("org_meridian")));
        assert_eq!(client.max_files(), Some(200));
    });
}

#[test]
fn where_the_token_does_not_say_the_first_organization_is_shown_and_the_parameter_left_out() {
    let scene = Scene::new(5);
    scene.cloud.change(|cloud| cloud.tickets.opaque_tokens = true);
    let client = legacy(&scene, None);
    scene.world.run_for(120_000);
    assert!(asked(&scene).len() > 2 && asked(&scene).iter().all(Option::is_none));
    assert_eq!(client.service.auth().user().expect("a user").organization_name.as_deref(), Some("Meridian"));
}

#[test]
fn stored_credentials_with_an_organization_are_used_for_it_from_the_first_request_on() {
    for (organization, acts_for) in
        [(json!("org_juniper"), Some("org_juniper")), (Value::Null, None), (json!(""), None), (json!(5), None)]
    {
        let scene = Scene::new(5);
        let client = legacy(&scene, Some(organization.clone()));
        let known = client.service.auth().user().expect("a user").organization_id;
        assert_eq!(known.as_deref(), acts_for, "{organization}: before any answer");
        scene.world.run_for(2 * MINUTE_MS);
        assert!(asked(&scene).len() > 2);
        assert!(asked(&scene).iter().all(|asked| asked.as_deref() == Some(acts_for.unwrap_or(""))), "{organization}");
    }
}

#[test]
fn only_what_the_ticket_server_may_answer_signs_in() {
    let answer = |status: u16, token: &str, session: Value| {
        let body = json!({"response": {"created_session_id": session}});
        Reply::json(status, body.to_string()).header("Authorization", token)
    };
    let good = json!("sess-1_A");
    let no_header = Reply::json(200, json!({"response": {"created_session_id": good}}).to_string());
    for (reply, expected, what) in [
        (answer(200, "ct_1", good.clone()), None, "as in the contract"),
        (answer(200, "Bearer ct_1", good.clone()), None, "with the scheme before it"),
        (no_header, Some(Code::InvalidResponse), "no client token"),
        (answer(200, "", good.clone()), Some(Code::InvalidResponse), "an empty client token"),
        (answer(200, "ct 1", good.clone()), Some(Code::InvalidResponse), "a space in the client token"),
        (answer(200, "ct_1", Value::Null), Some(Code::InvalidResponse), "no session"),
        (answer(200, "ct_1", json!("")), Some(Code::InvalidResponse), "an empty session"),
        (answer(200, "ct_1", json!("../me")), Some(Code::InvalidResponse), "a path for a session"),
        (answer(200, "ct_1", json!("a?b")), Some(Code::InvalidResponse), "a query for a session"),
        (Reply::status(200).body("<html>"), Some(Code::InvalidResponse), "no JSON"),
        (Reply::status(400), Some(Code::InvalidCredentials), "400"),
        (Reply::status(422), Some(Code::InvalidCredentials), "422"),
        (Reply::status(429), Some(Code::RateLimited), "429"),
        (Reply::status(503), Some(Code::Server), "503"),
    ] {
        let scene = Scene::new(4);
        let client = scene.create(&scene.world.open_tab(), ticket());
        let url = scene.begin_redirect(&client);
        let callback = scene.cloud.change(|cloud| cloud.ticket_sign_in(&url, "user_ada", None));
        scene.world.network().handle(&format!("{CLERK}/v1/client/sign_ins"), move |_, _| reply.clone());
        scene.world.network().handle(TOKENS, |_, _| Reply::status(503));
        assert_eq!(code(scene.callback(&client, &callback)), expected, "{what}");
        assert_eq!(client.service.auth().user().is_some(), expected.is_none(), "{what}");
    }
}

#[test]
fn a_call_of_the_api_is_sent_once() {
    let scene = Scene::new(9);
    let client = signed_in_for(&scene, Some("org_meridian"));
    let before = scene.world.network().count(SETTINGS);
    scene.run(&client, |service| async move { service.refresh_settings().await }).expect("refreshed");
    assert_eq!(scene.world.network().count(SETTINGS) - before, 1);
}

#[test]
fn only_401_and_404_sign_out() {
    for status in [401, 404, 403, 429, 500, 503] {
        let scene = Scene::new(u64::from(status));
        let client = signed_in_for(&scene, None);
        scene.world.network().handle(TOKENS, move |_, _| Reply::status(status));
        scene.world.run_for(3 * MINUTE_MS);
        let stored = || client.tab.storage().records().into_keys().any(|key| key.ends_with("/session"));
        if matches!(status, 401 | 404) {
            assert_eq!((client.state(), stored()), (AuthState::LoggedOut, false), "{status}");
        } else {
            assert_eq!((client.state(), stored()), (AuthState::InactiveSession, true), "{status}");
            assert!(scene.world.network().count(TOKENS) < 20, "it backs off");
        }
    }
}

#[test]
fn without_a_network_the_credentials_stay_and_the_session_comes_back() {
    seeds(10, |seed| {
        let scene = Scene::new(seed);
        let client = signed_in_for(&scene, None);
        scene.world.network().set_reachable(false);
        scene.world.run_for(60 * MINUTE_MS);
        assert_eq!(client.state(), AuthState::InactiveSession);
        scene.world.network().set_reachable(true);
        scene.world.run_for(10 * MINUTE_MS);
        assert_eq!(client.state(), AuthState::ActiveSession);
    });
}

#[test]
fn a_foreign_and_a_second_ticket_change_nothing() {
    let scene = Scene::new(6);
    let client = scene.create(&scene.world.open_tab(), ticket());
    let foreign = format!("{AUTH_REDIRECT}/auth/clerk/callback?code=x&state=00112233445566778899aabbccddeeff");
    assert_eq!(code(scene.callback(&client, &foreign)), Some(Code::StateMismatch));
    assert_eq!(scene.world.network().count(CLERK), 0, "nothing is sent");

    let url = scene.begin_redirect(&client);
    let callback = scene.cloud.change(|cloud| cloud.ticket_sign_in(&url, "user_ada", None));
    scene.callback(&client, &callback).expect("signed in");
    let again = scene.create(&scene.world.open_tab(), ticket());
    assert_eq!(code(scene.callback(&again, &callback)), Some(Code::StateExpired));
    assert_eq!(scene.world.network().count(&format!("{CLERK}/v1/client/sign_ins")), 1);

    let url = scene.begin_redirect(&client);
    let callback = scene.cloud.change(|cloud| cloud.ticket_sign_in(&url, "user_ben", None));
    let wrong = callback.replace("code=ticket", "code=guess");
    assert_eq!(code(scene.callback(&client, &wrong)), Some(Code::InvalidCredentials));
    assert_eq!(client.service.auth().user().expect("as before").id.as_deref(), Some("user_ada"));
}

#[test]
fn signing_out_removes_the_session_at_the_server_where_it_can() {
    for reachable in [true, false] {
        let scene = Scene::new(7);
        let client = signed_in_for(&scene, None);
        let other = scene.create(&scene.world.open_tab(), ticket());
        scene.world.run_for(5_000);
        scene.world.network().set_reachable(reachable);
        scene.run(&client, |service| async move { service.logout(false).await }).expect("signed out");
        scene.world.run_for(30_000);
        assert_eq!([client.state(), other.state()], [AuthState::LoggedOut; 2]);
        assert!(client.tab.storage().records().into_keys().all(|key| !key.ends_with("/session")));
        assert_eq!(scene.cloud.look(|cloud| cloud.tickets.sessions.values().all(|s| s.alive)), !reachable);
    }
}

#[test]
fn landing_pages_and_sign_up_have_pages_of_their_own() {
    let scene = Scene::new(8);
    let client = scene.create(&scene.world.open_tab(), ticket());
    for (options, page) in [
        (SignInOptions::default(), "/extension/sign-in?"),
        (SignInOptions { landing_page_slug: Some("spring".to_owned()), ..SignInOptions::default() }, "/l/spring?"),
        (SignInOptions { sign_up: true, ..SignInOptions::default() }, "/extension/provider-sign-up?"),
        (SignInOptions { landing_page_slug: Some("../x?y".to_owned()), ..SignInOptions::default() }, "/l/..%2Fx%3Fy?"),
    ] {
        drop(client.start(|service| async move { service.login(options, None, None).await }));
        scene.world.run_for(1_000);
        let url = client.tab.navigations().pop().expect("it left");
        assert!(url.starts_with(&format!("{API}{page}")), "{url}");
    }
}
