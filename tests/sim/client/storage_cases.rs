//! The cases E (storage). Their ids stand in `tests/cases.md`.

use roo_cloud_web::auth::session::ActFor;
use roo_cloud_web::platform::sim::{StorageMode, seeds};

use super::token_cases::signed_in_alone;
use super::*;

#[test]
fn e1_e2_full_storage_leaves_what_was_there_and_denied_storage_means_memory() {
    let scene = Scene::new(1);
    let client = scene.signed_in("user_ada");
    let before = client.tab.storage().records();
    client.tab.storage().set_quota_bytes(Some(1));
    let saved = scene.world.run(client.save("new", "{}")).expect("the tab lives");
    assert_eq!(code(saved), Some(Code::StorageFull));
    assert_eq!(client.tab.storage().records(), before);

    let sandboxed = scene.create(&scene.world.open_tab_with(TabOptions::sandboxed()), config());
    assert_eq!(sandboxed.state(), AuthState::LoggedOut);
    // Whoever signs in there stays signed in while the frame lives, and leaves nothing.
    let scene = Scene::new(2);
    let sandboxed = signed_in_alone(&scene);
    scene.world.run_for(30 * MINUTE_MS);
    assert_eq!((sandboxed.state(), sandboxed.max_files()), (AuthState::ActiveSession, Some(200)));
    assert!(scene.world.origin("https://app.example").storage.records().is_empty());
    assert_eq!(scene.open().state(), AuthState::LoggedOut);
    let denied = TabOptions { storage: StorageMode::Denied, ..TabOptions::default() };
    assert_eq!(scene.create(&scene.world.open_tab_with(denied), config()).state(), AuthState::LoggedOut);
}

#[test]
fn e3_e4_what_is_corrupt_or_was_moved_is_refused_and_does_not_come_back() {
    let session = |scene: &Scene| {
        let client = scene.signed_in("user_ada");
        let storage = client.tab.storage();
        let key = storage.records().into_keys().find(|key| key.ends_with("/session")).expect("a session");
        client.tab.kill();
        (storage, key)
    };
    let unreadable = |scene: &Scene| {
        let client = scene.open();
        assert_eq!(client.state(), AuthState::LoggedOut);
        assert!(client.background_errors().contains(&Code::CorruptData));
        scene.world.run_for(1_000);
    };
    // Tampered with: wiped. No record at all: set aside.
    let scene = Scene::new(4);
    let (storage, key) = session(&scene);
    let mut record = storage.records()[&key].clone();
    *record.last_mut().expect("bytes") ^= 1;
    storage.put(&key, Some(record));
    unreadable(&scene);
    assert!(!storage.records().contains_key(&key));
    for bytes in [Vec::new(), b"{}".to_vec(), vec![0xff; 40]] {
        let scene = Scene::new(3);
        let (storage, key) = session(&scene);
        storage.put(&key, Some(bytes));
        unreadable(&scene);
        let records = storage.records();
        assert!(!records.contains_key(&key) && records.keys().any(|key| key.starts_with("aside/")));
        assert_eq!(scene.signed_in("user_ada").state(), AuthState::ActiveSession);
    }
    // Moved from another slot or another owner: it does not open there.
    let scene = Scene::new(4);
    let (storage, key) = session(&scene);
    let other = storage.records().into_iter().find(|(other, _)| *other != key && other.starts_with(ISSUER));
    storage.put(&key, Some(other.expect("another record").1));
    unreadable(&scene);
    // Settings of one organization in the place of another's.
    let scene = Scene::new(4);
    let client = scene.signed_in("user_ada");
    let to = ActFor::Organization("org_juniper".to_owned());
    scene.run(&client, |service| async move { service.switch_organization(to).await }).expect("switched");
    scene.world.run_for(1_000);
    let storage = client.tab.storage();
    client.tab.kill();
    let slot = |name: &str| storage.records().into_keys().find(|key| key.contains("/settings/") && key.ends_with(name));
    let (meridian, juniper) = (slot("org_meridian").expect("settings"), slot("org_juniper").expect("settings"));
    storage.put(&juniper, Some(storage.records()[&meridian].clone()));
    scene.world.network().set_reachable(false);
    let client = scene.open();
    assert_eq!((client.organization(), client.background_errors()), (None, vec![Code::CorruptData]));
    let scene = Scene::new(4);
    let (storage, key) = session(&scene);
    let moved = key.replace(CLIENT_ID, "another");
    storage.put(&moved, Some(storage.records()[&key].clone()));
    let mut another = config();
    if let AuthConfig::OAuth { oauth, .. } = &mut another.auth {
        oauth.client_id = "another".to_owned();
    }
    let client = scene.create(&scene.world.open_tab(), another);
    assert_eq!(client.state(), AuthState::LoggedOut);
    assert!(client.background_errors().contains(&Code::CorruptData));
    assert_eq!(scene.open().state(), AuthState::AttemptingSession, "the right one still has it");
}

#[test]
fn e5_a_record_of_a_newer_format_is_left_as_it_is() {
    let scene = Scene::new(5);
    let client = scene.signed_in("user_ada");
    let storage = client.tab.storage();
    let key = storage.records().into_keys().find(|key| key.ends_with("/session")).expect("a session");
    client.tab.kill();
    let newer = [&[2_u8][..], b"from the future"].concat();
    storage.put(&key, Some(newer.clone()));
    let client = scene.open();
    scene.world.run_for(MINUTE_MS);
    assert_eq!(client.state(), AuthState::LoggedOut);
    assert!(client.background_errors().contains(&Code::VersionMismatch));
    assert_eq!(storage.records()[&key], newer);
    client.tab.kill();

    // Nor is it written over: whoever signs in here all the same is signed in for as long as the page lives.
    let settings = storage.records().into_keys().find(|key| key.contains("/settings/")).expect("settings");
    storage.put(&settings, Some(newer.clone()));
    let client = scene.signed_in("user_ada");
    scene.set_max_files(77);
    scene.run(&client, |service| async move { service.refresh_settings().await }).expect("refreshed");
    scene.world.run_for(30 * MINUTE_MS);
    assert_eq!((client.state(), client.max_files()), (AuthState::ActiveSession, Some(77)));
    assert_eq!((&storage.records()[&key], &storage.records()[&settings]), (&newer, &newer));
}

#[test]
fn e7_a_tab_that_missed_the_sign_out_is_signed_out_when_it_is_looked_at_again() {
    seeds(20, |seed| {
        let scene = Scene::new(seed);
        let first = scene.signed_in("user_ada");
        let aside = scene.open();
        scene.world.run_for(5_000);
        aside.tab.enter_back_forward_cache();
        scene.run(&first, |service| async move { service.logout(false).await }).expect("signed out");
        scene.world.run_for(1_000);
        aside.tab.thaw();
        aside.tab.show();
        scene.world.run_for(100);
        assert_eq!((aside.state(), aside.user_id()), (AuthState::LoggedOut, None));

        // And signed in again, when somebody did that meanwhile.
        aside.tab.enter_back_forward_cache();
        let again = scene.signed_in("user_ben");
        aside.tab.thaw();
        aside.tab.show();
        scene.world.run_for(5_000);
        assert_eq!((aside.state(), aside.user_id()), (AuthState::ActiveSession, Some("user_ben".to_owned())));
        assert_eq!(again.state(), AuthState::ActiveSession);
    });
}
