//! Signing out: first everything that is kept here, then the network; and what stays.

use base64ct::{Base64UrlUnpadded, Encoding};
use roo_cloud_web::platform::sim::{Reply, seeds};

use super::*;
use crate::cloud::{AccessToken, Grant};
use futures_util::future::{Either, select};

/// Nothing of the sign-in and of the cloud is kept or shown by any of `tabs`.
fn assert_wiped(tabs: &[&Client]) {
    for tab in tabs {
        assert_eq!((tab.state(), tab.user_id(), tab.organization()), (AuthState::LoggedOut, None, None));
        assert_eq!(tab.profiles(), json!({}));
        let kept: Vec<String> = tab.tab.storage().records().into_keys().collect();
        assert!(kept.iter().all(|key| !key.contains("session") && !key.contains("settings/")), "{kept:?}");
    }
}

#[test]
fn signing_out_everywhere_wipes_here_first_and_waits_for_no_network() {
    seeds(30, |seed| {
        let scene = Scene::new(seed);
        // Ada's other device has a grant of its own.
        scene.cloud.change(|cloud| {
            cloud.grants.push(Grant { person: "user_ada".to_owned(), organization: None, alive: true });
        });
        let first = scene.signed_in("user_ada");
        let second = scene.open();
        scene.world.run_for(5_000);
        let has_token = seed % 2 == 0;
        if !has_token {
            scene.world.network().set_reachable(false);
            scene.world.run_for(30 * MINUTE_MS);
            assert_eq!(first.service.auth().session_token(), None);
            scene.world.network().set_reachable(true);
        }
        scene.world.network().set_travel_ms(4_000, 4_500);
        let signing_out = first.start(|service| async move { service.logout(true).await });
        scene.world.run_for(300);
        assert_wiped(&[&first, &second]);
        assert!(scene.cloud.look(|cloud| cloud.grants.iter().any(|grant| grant.alive)), "no answer came yet");
        scene.world.run(signing_out).expect("the tab lives").expect("signed out everywhere");
        assert!(scene.cloud.look(|cloud| cloud.grants.iter().all(|grant| !grant.alive)));
    });
}

#[test]
fn signing_out_everywhere_without_a_network_wipes_here_and_says_what_it_could_not_do() {
    seeds(20, |seed| {
        let scene = Scene::new(seed);
        let client = scene.signed_in("user_ada");
        scene.world.network().set_reachable(false);
        if seed % 2 == 0 {
            scene.world.run_for(30 * MINUTE_MS);
        }
        let began_ms = scene.world.now_ms();
        let refused = scene.run(&client, |service| async move { service.logout(true).await });
        assert!(matches!(code(refused), Some(Code::Network | Code::Timeout)));
        assert!(scene.world.now_ms() - began_ms < 2 * MINUTE_MS);
        assert_wiped(&[&client]);
    });
}

#[test]
fn a_refused_sign_out_with_a_static_token_keeps_the_clouds_profiles() {
    seeds(10, |seed| {
        let scene = Scene::new(seed);
        let claims = br#"{"sub":"user_ada","exp":4000000000,"r":{"u":"user_ada","o":"org_meridian","t":"auth"}}"#;
        let token = format!(
            "{}.{}.c2ln",
            Base64UrlUnpadded::encode_string(br#"{"alg":"RS256"}"#),
            Base64UrlUnpadded::encode_string(claims)
        );
        scene.cloud.change(|cloud| {
            let organization = Some("org_meridian".to_owned());
            cloud.grants.push(Grant { person: "user_ada".to_owned(), organization: organization.clone(), alive: true });
            cloud.access_tokens.insert(token.clone(), AccessToken { grant: 0, organization, until_ms: u64::MAX });
        });
        let with_token = Config { auth: AuthConfig::Static { token }, ..config() };
        let client = scene.create(&scene.world.open_tab(), with_token);
        scene.world.run_for(5_000);
        assert_eq!(client.profiles()["meridian-default"]["id"], "pp_1");
        let (held, stored) = (client.service.profiles().document(), client.tab.storage().records());
        for everywhere in [false, true] {
            let refused = scene.run(&client, |service| async move { service.logout(everywhere).await });
            assert_eq!(code(refused), Some(Code::UnsupportedByAuth));
        }
        scene.world.run_for(5_000);
        assert_eq!((client.service.profiles().document(), client.max_files()), (held, Some(200)));
        assert!(client.tab.storage().records() == stored, "storage changed");
    });
}

/// What a tab shows is of whoever is signed in there.
fn assert_unmixed(tab: &Client) {
    let (profiles, user) = (tab.profiles(), tab.user_id());
    let names: Vec<&String> = profiles.as_object().expect("profiles").keys().collect();
    for (name, owner) in [("of-ada", "user_ada"), ("meridian-default", "user_ada"), ("of-ben", "user_ben")] {
        assert!(profiles.get(name).is_none() || user.as_deref() == Some(owner), "{names:?} shown to {user:?}");
    }
    // Ben is in no organization here.
    assert!(tab.max_files().is_none() || user.as_deref() == Some("user_ada"), "Meridian's settings shown to {user:?}");
}

#[test]
fn profiles_and_settings_of_two_people_never_mix() {
    seeds(30, |seed| {
        let scene = Scene::new(seed);
        scene.cloud.change(|cloud| {
            cloud.directory.people.get_mut("user_ben").expect("Ben").usual_organization = None;
        });
        let other = scene.open();
        let ada = scene.sign_in_over("user_ada");
        let mut tabs = vec![other, ada.clone()];
        let settle = |tabs: &[Client]| {
            for _ in 0..600 {
                scene.world.run_for(5);
                tabs.iter().for_each(assert_unmixed);
            }
        };
        for tab in &tabs {
            tab.watch(assert_unmixed);
        }
        settle(&tabs);
        scene.world.run(ada.save("of-ada", "{}")).expect("the tab lives").expect("saved");
        assert!(ada.profiles().get("meridian-default").is_some());

        // Ben signs in over her, or after she signed out.
        if seed % 2 == 0 {
            let signing_out = ada.start(|service| async move { service.logout(false).await });
            settle(&tabs);
            scene.world.run(signing_out).expect("the tab lives").expect("signed out");
        }
        let ben = scene.sign_in_over("user_ben");
        ben.watch(assert_unmixed);
        tabs.push(ben.clone());
        settle(&tabs);
        for tab in &tabs {
            assert_eq!(tab.user_id().as_deref(), Some("user_ben"));
        }
        scene.world.run(ben.save("of-ben", "{}")).expect("the tab lives").expect("saved");
        settle(&tabs);

        let again = scene.sign_in_over("user_ada");
        again.watch(assert_unmixed);
        tabs.push(again);
        settle(&tabs);
        for tab in &tabs {
            assert_eq!(tab.user_id().as_deref(), Some("user_ada"));
            assert!(tab.profiles().get("of-ada").is_some() && tab.profiles().get("of-ben").is_none());
        }
    });
}

#[test]
fn profiles_made_while_nobody_is_signed_in_go_with_the_first_who_signs_in() {
    seeds(20, |seed| {
        let scene = Scene::new(seed);
        let client = scene.open();
        scene.world.run(client.save("nobodys", "{}")).expect("the tab lives").expect("saved");
        let ada = scene.signed_in("user_ada");
        assert!(ada.profiles().get("nobodys").is_some() && ada.profiles().get("meridian-default").is_some());
        scene.run(&ada, |service| async move { service.logout(false).await }).expect("signed out");
        scene.world.run_for(1_000);
        assert_eq!(ada.profiles(), json!({}));
        let ben = scene.sign_in_over("user_ben");
        scene.world.run_for(5_000);
        assert!(ben.profiles().get("nobodys").is_none(), "it is Ada's by now");
    });
}

#[test]
fn a_tab_that_has_not_heard_of_the_sign_out_brings_nothing_of_the_cloud_back() {
    seeds(200, |seed| {
        let scene = Scene::new(seed);
        let first = scene.signed_in("user_ada");
        let second = scene.open();
        scene.world.run(first.save("mine", "{}")).expect("the tab lives").expect("saved");
        scene.world.run_for(5_000);
        // An administrator's edit comes to the second tab while the first signs out.
        scene.cloud.change(|cloud| {
            cloud.directory.change_settings("org_meridian", |settings| {
                settings["providerProfiles"]["meridian-default"]["apiModelId"] = "another".into();
            });
        });
        scene.world.origin("https://app.example").channels.set_travel_ms(0, 300);
        let refreshing = second.start(|service| async move { service.refresh_settings().await });
        scene.world.run_for(scene.world.rng().below(300));
        let signing_out = first.start(|service| async move { service.logout(false).await });
        scene.world.run(signing_out).expect("the tab lives").expect("signed out");
        drop(scene.world.run(refreshing));
        scene.world.run_for(5_000);
        assert_wiped(&[&first, &second]);

        // The cloud has no profiles to send or to take any more: what is there then was kept.
        scene.cloud.change(|cloud| {
            cloud.directory.change_settings("org_meridian", |settings| {
                settings.as_object_mut().expect("settings").remove("providerProfiles");
            });
        });
        let again = scene.signed_in("user_ada");
        assert_eq!(again.max_files(), Some(200));
        let names: Vec<String> = again.profiles().as_object().expect("profiles").keys().cloned().collect();
        assert_eq!(names, ["mine"]);
    });
}

#[test]
fn a_frozen_tab_that_wakes_after_the_sign_out_brings_no_cloud_profiles_back() {
    seeds(20, |seed| {
        let scene = Scene::new(seed);
        let by_hand = || Config { sync_profiles: false, ..config() };
        let first = scene.signed_in_with(by_hand, "user_ada");
        let second = scene.create(&scene.world.open_tab(), by_hand());
        scene.world.run(first.save("mine", "{}")).expect("the tab lives").expect("saved");
        scene.run(&first, |service| async move { service.sync_profiles(None).await }).expect("merged");
        // An edit came to both, and was not merged yet.
        scene.cloud.change(|cloud| {
            cloud.directory.change_settings("org_meridian", |settings| {
                settings["providerProfiles"]["meridian-default"]["apiModelId"] = "another".into();
            });
        });
        scene.run(&second, |service| async move { service.refresh_settings().await }).expect("refreshed");
        scene.world.run_for(5_000);
        second.tab.freeze();
        scene.run(&first, |service| async move { service.logout(false).await }).expect("signed out");
        scene.cloud.change(|cloud| {
            cloud.directory.change_settings("org_meridian", |settings| {
                settings.as_object_mut().expect("settings").remove("providerProfiles");
            });
        });
        second.tab.thaw();
        let merged = second.start(|service| async move { service.sync_profiles(None).await });
        assert_eq!(code(scene.world.run(merged).expect("the tab lives")), Some(Code::NotAuthenticated));
        scene.world.run_for(MINUTE_MS);
        first.tab.kill();
        second.tab.kill();
        let again = scene.signed_in("user_ada");
        let names: Vec<String> = again.profiles().as_object().expect("profiles").keys().cloned().collect();
        assert_eq!(names, ["mine"]);
    });
}

#[test]
fn a_profile_saved_around_a_sign_out_is_stored_or_refused_and_the_promise_says_which() {
    seeds(60, |seed| {
        let scene = Scene::new(seed);
        let first = scene.signed_in("user_ada");
        let second = scene.open();
        scene.world.run_for(5_000);
        let rng = scene.world.rng();
        let mut saving = Vec::new();
        let signing_out = first.start(|service| async move { service.logout(false).await });
        for number in 0..8 {
            let name = format!("mine-{number}");
            saving.push(([&first, &second][number % 2].save(&name, "{}"), name));
            scene.world.run_for(rng.below(20));
        }
        scene.world.run(signing_out).expect("the tab lives").expect("signed out");
        let outcomes: Vec<(Result<()>, String)> = saving
            .into_iter()
            .map(|(task, name)| {
                let outcome = scene.world.run(select(task, Box::pin(scene.world.sleep(MINUTE_MS))));
                let Either::Left((outcome, _)) = outcome else { panic!("{name} is neither saved nor refused") };
                (outcome.expect("the tab lives"), name)
            })
            .collect();
        scene.world.run_for(5_000);
        // Who saved after the sign-out saved nobody's.
        let nobodys = first.profiles();
        let hers = scene.signed_in("user_ada").profiles();
        for (outcome, name) in outcomes {
            let is_there = hers.get(&name).is_some() || nobodys.get(&name).is_some();
            let says_so =
                outcome.as_ref().map_or_else(|error| error.message.ends_with("is stored with theirs"), |()| true);
            let may_be = matches!(code(outcome.clone()), None | Some(Code::NotAuthenticated));
            assert!(may_be && is_there == says_so, "{name}: {outcome:?}, {is_there}");
        }
    });
}

/// The parameters of a url.
fn query(url: &str) -> std::collections::BTreeMap<String, String> {
    let (_, query) = url.split_once('?').expect("a query");
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

#[test]
fn signing_out_of_the_server_too_wipes_and_revokes_first_and_then_leaves_for_its_page() {
    seeds(20, |seed| {
        let scene = Scene::new(seed);
        let client = scene.signed_in("user_ada");
        let other = scene.open();
        scene.world.run_for(5_000);
        let refresh_token = scene.cloud.look(|cloud| cloud.refresh_tokens.keys().cloned().collect::<Vec<_>>());
        let left = client.tab.navigations().len();
        scene.world.network().set_travel_ms(1_000, 1_500);
        drop(client.start(|service| async move { service.logout_there_too(false, Some("/bye?x=1".to_owned())).await }));
        scene.world.run_for(500);
        assert_wiped(&[&client, &other]);
        assert_eq!(client.tab.navigations().len(), left, "it is not revoked yet");
        scene.world.run_for(10_000);
        assert!(!scene.cloud.look(|cloud| cloud.grants[0].alive), "revoked");
        let navigations = client.tab.navigations();
        assert_eq!(navigations.len(), left + 1);
        let url = navigations.last().expect("left");
        assert!(url.starts_with(&format!("{ISSUER}/oauth/sign-out?")), "{url}");
        let query = query(url);
        assert_eq!(query["client_id"], CLIENT_ID);
        assert_eq!(query["post_logout_redirect_uri"], "https://app.example/bye?x=1");
        let claims = query["id_token_hint"].split('.').nth(1).expect("a JWT").to_owned();
        let claims = Base64UrlUnpadded::decode_vec(&claims).expect("base64url");
        let claims: serde_json::Value = serde_json::from_slice(&claims).expect("JSON");
        assert_eq!((&claims["sub"], query.len()), (&json!("user_ada"), 3));
        assert!(refresh_token.iter().all(|token| !url.contains(token.as_str())));
    });
}

#[test]
fn a_server_without_a_page_to_sign_out_at_is_no_reason_to_leave() {
    let scene = Scene::new(1);
    let says = json!({
        "issuer": ISSUER,
        "authorization_endpoint": format!("{ISSUER}/oauth/authorize"),
        "token_endpoint": format!("{ISSUER}/oauth/token"),
        "code_challenge_methods_supported": ["S256"],
    });
    scene.world.network().handle(&format!("{ISSUER}/.well-known"), move |_, _| Reply::json(200, says.to_string()));
    let client = scene.signed_in("user_ada");
    let left = client.tab.navigations().len();
    scene.run(&client, |service| async move { service.logout_there_too(false, None).await }).expect("signed out");
    assert_wiped(&[&client]);
    assert_eq!(client.tab.navigations().len(), left);
    // Where the page would come back to is looked at before anything is lost.
    let client = scene.signed_in("user_ada");
    let refused = scene.run(&client, |service| async move {
        service.logout_there_too(false, Some("https://elsewhere.example/".to_owned())).await
    });
    assert_eq!(code(refused), Some(Code::InvalidArgument));
    assert_eq!(client.state(), AuthState::ActiveSession);
}

#[test]
fn in_a_webview_the_extension_opens_the_page_to_sign_out_at() {
    let scene = Scene::new(2);
    let webview = TabOptions { host: true, navigates: false, ..TabOptions::default() };
    let mut by_host = config();
    if let AuthConfig::OAuth { mode, .. } = &mut by_host.auth {
        *mode = Mode::Host;
    }
    let client = scene.create(&scene.world.open_tab_with(webview), by_host);
    let login = client.start(|service| async move { service.login(SignInOptions::default(), None, None).await });
    scene.world.run_for(10_000);
    client.tab.receive(&scene.cloud.sign_in(&client.tab.opened()[0], "user_ada").expect("signed in"));
    scene.world.run(login).expect("the tab lives").expect("signed in");
    let out = scene.run(&client, |service| async move { service.logout_there_too(false, Some("/".to_owned())).await });
    out.expect("signed out");
    assert_wiped(&[&client]);
    let query = query(&client.tab.opened()[1]);
    assert!(query.contains_key("id_token_hint") && !query.contains_key("post_logout_redirect_uri"), "{query:?}");
}

#[test]
fn where_storage_lets_go_of_nothing_the_server_is_told_all_the_same_and_the_wipe_tried_again() {
    for everywhere in [false, true] {
        let scene = Scene::new(12);
        let ada = scene.signed_in("user_ada");
        let storage = ada.tab.storage();
        storage.set_abort_probability(1.0);
        let outcome = scene.run(&ada, move |service| async move { service.logout(everywhere).await });
        assert_eq!(code(outcome), Some(Code::StorageUnavailable), "it says what is left");
        assert!(!scene.cloud.look(|cloud| cloud.grants[0].alive));
        // Looked at, it stays signed out.
        ada.tab.hide();
        ada.tab.show();
        scene.world.run_for(5_000);
        assert_eq!((ada.state(), ada.user_id()), (AuthState::LoggedOut, None));
        let stored = || storage.records().into_keys().any(|key| key.ends_with("/session"));
        assert!(stored());
        storage.set_abort_probability(0.0);
        scene.world.run_for(20_000);
        assert!(!stored());
    }
}

#[test]
fn what_could_not_be_wiped_is_not_wiped_once_somebody_is_signed_in_again() {
    let scene = Scene::new(13);
    let ada = scene.signed_in("user_ada");
    let storage = ada.tab.storage();
    storage.set_abort_probability(1.0);
    let outcome = scene.run(&ada, |service| async move { service.logout(false).await });
    assert!(outcome.is_err());
    storage.set_abort_probability(0.0);
    // The tab hears of nothing.
    ada.tab.origin().channels.set_loss_probability(1.0);
    let ben = scene.sign_in_over("user_ben");
    scene.world.run_for(MINUTE_MS);
    assert_eq!(ben.user_id().as_deref(), Some("user_ben"));
    ben.tab.kill();
    assert_eq!(scene.open().user_id().as_deref(), Some("user_ben"));
}

#[test]
fn full_storage_keeps_nobody_signed_in_at_the_server_nor_the_clouds_profiles_here() {
    let scene = Scene::new(14);
    let ada = scene.signed_in("user_ada");
    let storage = ada.tab.storage();
    storage.set_quota_bytes(Some(1));
    let outcome = scene.run(&ada, |service| async move { service.logout(true).await });
    assert_eq!(code(outcome), Some(Code::StorageFull));
    assert!(scene.cloud.look(|cloud| cloud.grants.iter().all(|grant| !grant.alive)));

    // Where the settings that go anyhow are what there was no room beside.
    let scene = Scene::new(14);
    let ada = scene.signed_in("user_ada");
    let used: usize = ada.tab.storage().records().values().map(Vec::len).sum();
    ada.tab.storage().set_quota_bytes(Some(used));
    scene.run(&ada, |service| async move { service.logout(false).await }).expect("signed out, and all wiped");
    ada.tab.kill();
    let nobody = scene.open();
    nobody.tab.storage().set_quota_bytes(None);
    scene.cloud.change(|cloud| {
        cloud.directory.change_settings("org_meridian", |settings| settings["providerProfiles"] = json!({}));
    });
    assert_eq!(scene.signed_in("user_ada").profiles().get("meridian-default"), None);
}
