//! Tokens that are bound to a key of this installation (RFC 9449).

use roo_cloud_web::platform::sim::seeds;

use super::*;
use crate::cloud::TOKEN_ENDPOINT;

fn bound() -> Config {
    let mut config = config();
    if let AuthConfig::OAuth { oauth, .. } = &mut config.auth {
        oauth.dpop = true;
    }
    config
}

#[test]
fn tokens_are_bound_refreshed_and_used_with_proofs_by_all_tabs() {
    seeds(10, |seed| {
        let scene = Scene::new(seed);
        let client = scene.signed_in_with(bound, "user_ada");
        assert_eq!((client.state(), client.max_files()), (AuthState::ActiveSession, Some(200)));
        let other = scene.create(&scene.world.open_tab(), bound());
        scene.world.run_for(25 * MINUTE_MS);
        for tab in [&client, &other] {
            assert_eq!(tab.state(), AuthState::ActiveSession);
            scene.run(tab, |service| async move { service.refresh_settings().await }).expect("refreshed");
            assert_eq!(tab.background_errors(), []);
        }
        scene.cloud.look(|cloud| {
            assert!(cloud.refreshes.len() >= 2);
            let keys: std::collections::BTreeSet<&String> = cloud.dpop.bound.values().collect();
            assert_eq!(keys.len(), 1, "one key for all tabs");
            let tokens = cloud.access_tokens.keys().chain(cloud.refresh_tokens.keys());
            assert!(tokens.into_iter().all(|token| cloud.dpop.bound.contains_key(token)), "none is a bearer token");
        });
    });
}

#[test]
fn d10_a_server_that_wants_its_nonce_gets_it_in_one_retry_and_from_then_on() {
    seeds(10, |seed| {
        let scene = Scene::new(seed);
        scene.cloud.change(|cloud| cloud.dpop.nonce = Some("nonce-1".to_owned()));
        let client = scene.signed_in_with(bound, "user_ada");
        assert_eq!(client.state(), AuthState::ActiveSession);
        assert_eq!(scene.world.network().count(TOKEN_ENDPOINT), 2, "asked once without, once with");
        let requests = || scene.world.network().count(SETTINGS);
        let before = requests();
        scene.run(&client, |service| async move { service.refresh_settings().await }).expect("refreshed");
        assert_eq!(requests() - before, 1, "remembered");

        scene.cloud.change(|cloud| cloud.dpop.nonce = Some("nonce-2".to_owned()));
        let (before, refreshes) = (requests(), scene.cloud.look(|cloud| cloud.refreshes.len()));
        scene.run(&client, |service| async move { service.refresh_settings().await }).expect("refreshed");
        assert_eq!(requests() - before, 2);
        assert_eq!(scene.cloud.look(|cloud| cloud.refreshes.len()), refreshes, "no token is spent on it");
        assert_eq!(client.background_errors(), []);
    });
}

#[test]
fn d10_a_server_that_never_takes_its_nonce_is_asked_twice_and_nobody_is_signed_out() {
    let scene = Scene::new(3);
    let client = scene.signed_in_with(bound, "user_ada");
    // Another nonce at each answer.
    let cloud = scene.cloud.clone();
    scene.world.network().handle(SETTINGS, move |_, _| {
        let nonce = cloud.change(|cloud| format!("nonce-{}", cloud.dpop.proofs.len()));
        roo_cloud_web::platform::sim::Reply::status(401)
            .header("WWW-Authenticate", r#"DPoP error="use_dpop_nonce""#)
            .header("DPoP-Nonce", &nonce)
    });
    let before = scene.world.network().count(SETTINGS);
    let refused = scene.run(&client, |service| async move { service.refresh_settings().await });
    assert_eq!(code(refused), Some(Code::InvalidCredentials));
    assert!(scene.world.network().count(SETTINGS) - before <= 3, "no loop");
    assert_eq!(client.state(), AuthState::ActiveSession);

    // Nor is the token endpoint asked again and again.
    let scene = Scene::new(4);
    let client = scene.signed_in_with(bound, "user_ada");
    let nonces = std::cell::Cell::new(0);
    scene.world.network().handle(TOKEN_ENDPOINT, move |_, _| {
        nonces.set(nonces.get() + 1);
        roo_cloud_web::platform::sim::Reply::json(400, r#"{"error":"use_dpop_nonce"}"#)
            .header("DPoP-Nonce", &format!("nonce-{}", nonces.get()))
    });
    scene.cloud.change(|cloud| cloud.access_tokens.clear());
    let before = scene.world.network().count(TOKEN_ENDPOINT);
    let refused = scene.run(&client, |service| async move { service.refresh_settings().await });
    assert_eq!(code(refused), Some(Code::InvalidResponse));
    assert_eq!(scene.world.network().count(TOKEN_ENDPOINT) - before, 2);
    assert_ne!(client.state(), AuthState::LoggedOut);
}

#[test]
fn d10_signing_out_everywhere_gives_the_server_its_nonce_too() {
    let scene = Scene::new(3);
    let client = scene.signed_in_with(bound, "user_ada");
    scene.cloud.change(|cloud| cloud.dpop.nonce = Some("nonce-1".to_owned()));
    scene.run(&client, |service| async move { service.logout(true).await }).expect("signed out everywhere");
    assert!(!scene.cloud.look(|cloud| cloud.grants[0].alive));
    // At both servers without a token in hand.
    let client = scene.signed_in_with(bound, "user_ada");
    scene.cloud.change(|cloud| cloud.dpop.nonce = Some("nonce-2".to_owned()));
    client.tab.freeze();
    scene.world.run_for(20 * MINUTE_MS);
    client.tab.thaw();
    scene.run(&client, |service| async move { service.logout(true).await }).expect("signed out everywhere");
    assert!(!scene.cloud.look(|cloud| cloud.grants[1].alive));
}

#[test]
fn d10_a_lost_key_means_signing_in_again_and_never_a_bearer_token() {
    seeds(10, |seed| {
        let scene = Scene::new(seed);
        let client = scene.signed_in_with(bound, "user_ada");
        client.tab.storage().lose_signing_keys();
        let spent = scene.world.network().count(TOKEN_ENDPOINT);
        let refused = scene.run(&client, |service| async move { service.refresh_settings().await });
        assert_eq!(code(refused), Some(Code::TokenExpired));
        assert_eq!(client.state(), AuthState::LoggedOut);
        assert_eq!(scene.world.network().count(TOKEN_ENDPOINT), spent, "nothing is sent without a proof");
        let again = scene.signed_in_with(bound, "user_ada");
        assert_eq!(again.state(), AuthState::ActiveSession);
    });
}

#[test]
fn c5_a_bearer_token_where_a_bound_one_was_asked_for_is_refused() {
    let scene = Scene::new(5);
    scene.cloud.change(|cloud| cloud.dpop.ignored = true);
    let callback = scene.leave(&scene.create(&scene.world.open_tab(), bound()), "user_ada");
    let client = scene.create(&scene.world.open_tab(), bound());
    assert_eq!(code(scene.callback(&client, &callback)), Some(Code::InvalidResponse));
    assert_eq!(client.state(), AuthState::LoggedOut);
}

#[test]
fn the_code_is_bound_before_it_is_given_out_and_sign_out_works_with_a_proof() {
    let scene = Scene::new(6);
    let client = scene.create(&scene.world.open_tab(), bound());
    let url = scene.begin_redirect(&client);
    let (_, rest) = url.split_once("&dpop_jkt=").expect("dpop_jkt");
    assert_eq!(rest.len(), 43);
    let callback = scene.cloud.sign_in(&url, "user_ada").expect("signed in");
    scene.callback(&client, &callback).expect("signed in");
    assert!(scene.cloud.look(|cloud| cloud.dpop.bound.values().all(|key| key == rest)));
    scene.run(&client, |service| async move { service.logout(true).await }).expect("signed out everywhere");
    assert!(!scene.cloud.look(|cloud| cloud.grants[0].alive));
}
