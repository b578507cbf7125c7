//! Every stable code that a client in a simulated tab can fail with, and that no other scenario meets.

use roo_cloud_web::auth::session::ActFor;
use roo_cloud_web::platform::sim::{PopupMode, StorageMode, TabOptions};

use super::*;

fn callback_code(scene: &Scene, url: &str) -> Option<Code> {
    let client = scene.create(&scene.world.open_tab_with(TabOptions::at(url)), config());
    code(scene.callback(&client, url))
}

#[test]
fn callbacks_fail_with_their_codes() {
    let scene = Scene::new(1);
    assert_eq!(callback_code(&scene, &format!("{REDIRECT_URI}?page=2")), Some(Code::CallbackInvalid));
    let foreign = format!("{REDIRECT_URI}?code=c&state=nobodys&iss=https%3A%2F%2Fid.cloud.example");
    assert_eq!(callback_code(&scene, &foreign), Some(Code::StateMismatch));

    let callback = scene.leave(&scene.open(), "user_ada");
    scene.world.run_for(16 * MINUTE_MS);
    assert_eq!(callback_code(&scene, &callback), Some(Code::StateExpired));

    let callback = scene.leave(&scene.open(), "user_ada");
    let (before, rest) = callback.split_once("code=").expect("a code");
    let after = rest.split_once('&').map_or("", |(_, after)| after);
    assert_eq!(callback_code(&scene, &format!("{before}error=access_denied&{after}")), Some(Code::AccessDenied));

    let callback = scene.leave(&scene.open(), "user_ada");
    let (before, rest) = callback.split_once("code=").expect("a code");
    let after = rest.split_once('&').map_or("", |(_, after)| after);
    assert_eq!(callback_code(&scene, &format!("{before}code=injected&{after}")), Some(Code::InvalidCredentials));
    assert_eq!(scene.cloud.look(|cloud| cloud.codes_spent), 0);
}

#[test]
fn a_popup_that_is_blocked_and_one_that_is_given_up_say_so() {
    let scene = Scene::new(2);
    let blocked = TabOptions { popups: PopupMode::Blocked, ..TabOptions::default() };
    let client = scene.create(&scene.world.open_tab_with(blocked), config());
    assert_eq!(code(client.service.prepare_login(Some(Mode::Popup))), Some(Code::PopupBlocked));

    let client = scene.open();
    let popup = client.service.prepare_login(Some(Mode::Popup)).expect("a window");
    let login = client.start(|service| async move { service.login(SignInOptions::default(), None, popup).await });
    scene.world.run_for(16 * MINUTE_MS);
    assert_eq!(code(scene.world.run(login).expect("the tab lives")), Some(Code::LoginCancelled));
}

#[test]
fn a_static_token_can_neither_sign_in_nor_switch() {
    use base64ct::{Base64UrlUnpadded, Encoding};
    let scene = Scene::new(3);
    let ends_s = scene.world.true_ms() / 1_000 + 3_600;
    let payload = json!({"sub": "user_ada", "exp": ends_s, "r": {"u": "user_ada", "t": "auth"}});
    let payload = Base64UrlUnpadded::encode_string(payload.to_string().as_bytes());
    let token = format!("{}.{payload}.c2ln", Base64UrlUnpadded::encode_string(br#"{"alg":"RS256"}"#));
    let with_token = Config { auth: AuthConfig::Static { token }, ..config() };
    let client = scene.create(&scene.world.open_tab(), with_token);
    assert_eq!(client.state(), AuthState::ActiveSession);
    let switched = scene.run(&client, |service| async move { service.switch_organization(ActFor::Personal).await });
    assert_eq!(code(switched), Some(Code::UnsupportedByAuth));
    let refused = scene.run(&client, |service| async move { service.refresh_settings().await });
    assert_eq!(code(refused), Some(Code::InvalidCredentials), "the cloud does not know it");
    scene.world.run_for(61 * MINUTE_MS);
    assert_eq!(client.state(), AuthState::InactiveSession, "its hour is over");
}

#[test]
fn a_grant_that_the_server_ended_is_token_expired_and_then_nobody_is_signed_in() {
    let scene = Scene::new(4);
    let client = scene.signed_in("user_ada");
    let saving = |service: Rc<CloudService<Tab>>| async move {
        service.profiles().save("mine", br#"{"apiProvider":"ollama"}"#).await
    };
    scene.run(&client, saving).expect("saved");
    scene.cloud.change(|cloud| cloud.grants[0].alive = false);
    let refused = scene.run(&client, |service| async move { service.refresh_settings().await });
    assert_eq!(code(refused), Some(Code::TokenExpired));
    let refused = scene.run(&client, |service| async move { service.memberships().await });
    assert_eq!(code(refused), Some(Code::NotAuthenticated));
    let again = scene.signed_in("user_ada");
    assert_eq!(again.profiles()["mine"]["apiProvider"], "ollama", "local data stays");
}

#[test]
fn storage_that_is_full_or_denied_and_missing_cryptography_say_so() {
    let scene = Scene::new(5);
    let client = scene.signed_in("user_ada");
    let before = client.profiles();
    client.tab.storage().set_quota_bytes(Some(1));
    let save =
        |client: &Client| code(scene.run(client, |service| async move { service.profiles().save("new", b"{}").await }));
    assert_eq!(save(&client), Some(Code::StorageFull));
    assert_eq!(client.profiles(), before);
    client.tab.storage().set_quota_bytes(None);
    client.tab.storage().set_denied(true);
    assert_eq!(save(&client), Some(Code::StorageUnavailable));

    let denied = TabOptions { storage: StorageMode::Denied, ..TabOptions::default() };
    let client = scene.create(&scene.world.open_tab_with(denied), config());
    assert_eq!(client.state(), AuthState::LoggedOut);

    let without_crypto = TabOptions { crypto: false, ..TabOptions::default() };
    let client = scene.create(&scene.world.open_tab_with(without_crypto), config());
    let login = scene.run(&client, |service| async move { service.login(SignInOptions::default(), None, None).await });
    assert_eq!(code(login), Some(Code::CryptoUnavailable));
    assert!(client.tab.navigations().is_empty(), "nothing weaker is tried");
}

/// Ada's stored profiles: their key and the record.
fn profiles_record(client: &Client) -> (String, Vec<u8>) {
    let records = client.tab.storage().records();
    records.into_iter().find(|(key, _)| key.ends_with("profiles/user_ada")).expect("stored profiles")
}

fn save(scene: &Scene, client: &Client) -> Option<Code> {
    code(scene.world.run(client.save("new", "{}")).expect("the tab lives"))
}

#[test]
fn stored_profiles_that_somebody_changed_are_corrupt_data_and_what_is_held_stays() {
    let scene = Scene::new(7);
    let client = scene.signed_in("user_ada");
    let storage = client.tab.storage();
    let (key, record) = profiles_record(&client);
    let held = client.profiles();
    // A record of ours with a flipped bit, and one that is none of ours.
    let mut tampered = record.clone();
    *tampered.last_mut().expect("a byte") ^= 1;
    for (bad, aside) in [(tampered, None), (b"<html>".to_vec(), Some(b"<html>".to_vec()))] {
        storage.put(&key, Some(bad));
        assert_eq!(save(&scene, &client), Some(Code::CorruptData));
        assert_eq!(client.profiles(), held);
        let records = storage.records();
        assert!(!records.contains_key(&key), "wiped, or set aside");
        assert_eq!(records.get(&format!("aside/{key}")), aside.as_ref());
        storage.put(&key, Some(record.clone()));
        scene.run(&client, |service| async move { service.sync_profiles(None).await }).expect("merged");
    }

    // Met at the start, it is told, and the client works.
    client.tab.kill();
    storage.put(&key, Some(b"\x01 not sealed by us".to_vec()));
    let next = scene.open();
    scene.world.run_for(5_000);
    assert_eq!(next.background_errors(), [Code::CorruptData]);
    assert_eq!((next.state(), next.max_files()), (AuthState::ActiveSession, Some(200)));
    assert_eq!(save(&scene, &next), None);
}

#[test]
fn profiles_stored_by_a_newer_client_are_version_mismatch_and_are_left_as_they_are() {
    let scene = Scene::new(8);
    let client = scene.signed_in("user_ada");
    let storage = client.tab.storage();
    let (key, mut newer) = profiles_record(&client);
    let held = client.profiles();
    newer[0] = 2;
    storage.put(&key, Some(newer.clone()));
    assert_eq!(save(&scene, &client), Some(Code::VersionMismatch));
    assert_eq!((client.profiles(), storage.records().get(&key)), (held, Some(&newer)));

    client.tab.kill();
    let next = scene.open();
    scene.world.run_for(5_000);
    assert_eq!(next.background_errors().first(), Some(&Code::VersionMismatch));
    assert_eq!((next.state(), next.profiles()), (AuthState::ActiveSession, json!({})));
    assert_eq!(save(&scene, &next), Some(Code::VersionMismatch));
    let merged = scene.run(&next, |service| async move { service.sync_profiles(None).await });
    assert_eq!(code(merged), Some(Code::VersionMismatch));
    assert_eq!(storage.records().get(&key), Some(&newer));
}

#[test]
fn arguments_and_events_that_are_wrong_are_the_callers_mistake() {
    let scene = Scene::new(6);
    let client = scene.signed_in("user_ada");
    let saved = scene.run(&client, |service| async move { service.profiles().save("", b"{}").await });
    assert_eq!(code(saved), Some(Code::InvalidArgument));
    assert_eq!(code(client.service.telemetry().capture(b"{}")), Some(Code::InvalidEvent));
}
