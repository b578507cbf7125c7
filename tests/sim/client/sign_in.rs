//! Signing in and out, switching organizations, and the one refresh for all tabs.

use roo_cloud_web::auth::session::ActFor;
use roo_cloud_web::platform::sim::{PopupMode, TabOptions, seeds};

use super::*;
use crate::cloud::TOKEN_ENDPOINT;

#[test]
fn a_redirect_signs_in_and_settings_and_profiles_follow() {
    seeds(30, |seed| {
        let scene = Scene::new(seed);
        let client = scene.signed_in("user_ada");
        assert_eq!(client.state(), AuthState::ActiveSession);
        let user = client.service.auth().user().expect("a user");
        assert_eq!((user.id.as_deref(), user.name.as_deref()), (Some("user_ada"), Some("Ada")));
        assert_eq!(user.organization_name.as_deref(), Some("Meridian"), "as only the API knows");
        assert_eq!(client.max_files(), Some(200));
        assert_eq!(client.profiles()["meridian-default"]["id"], "pp_1");
        assert_eq!(client.background_errors(), []);
        assert_eq!(scene.cloud.look(|cloud| cloud.codes_spent), 1);
    });
}

#[test]
fn no_two_sign_ins_have_one_number() {
    let scene = Scene::new(1);
    let numbers: Vec<u64> =
        (0..3).map(|_| scene.sign_in_over("user_ada").service.auth().sign_in_number().expect("signed in")).collect();
    // Of 48 bits that are drawn, the upper ones are used too.
    assert!(numbers.iter().all(|number| *number > 1 << 32), "{numbers:?}");
    assert!(numbers[0] != numbers[1] && numbers[1] != numbers[2]);
}

#[test]
fn a_popup_signs_in_also_where_the_window_claims_to_be_closed() {
    seeds(30, |seed| {
        let scene = Scene::new(seed);
        let popups = if seed % 2 == 0 { PopupMode::Opens } else { PopupMode::LiesClosed };
        let options = TabOptions { popups, wants_gesture: true, ..TabOptions::default() };
        let client = scene.create(&scene.world.open_tab_with(options), config());
        let popup = client.tab.click(|| client.service.prepare_login(Some(Mode::Popup)).expect("a window"));
        let login = client.start(|service| async move { service.login(SignInOptions::default(), None, popup).await });
        scene.world.run_for(10_000);
        let urls = client.tab.popups()[0].urls();
        let callback =
            scene.cloud.sign_in(urls.first().expect("the window went somewhere"), "user_ada").expect("signed in");
        let window = scene.create(&scene.world.open_tab_with(TabOptions::at(&callback)), config());
        scene.callback(&window, &callback).expect("signed in in the window");
        let user = scene.world.run(login).expect("the tab lives").expect("signed in");
        assert_eq!(user.id.as_deref(), Some("user_ada"));
        scene.world.run_for(5_000);
        assert_eq!(client.state(), AuthState::ActiveSession);
        assert_eq!(client.max_files(), Some(200));
        assert_eq!(scene.cloud.look(|cloud| (cloud.codes_spent, cloud.reuses.len())), (1, 0));
    });
}

#[test]
fn a_refusal_in_the_popup_ends_the_login_that_opened_it_at_once() {
    seeds(10, |seed| {
        let scene = Scene::new(seed);
        let client = scene.open();
        let popup = client.tab.click(|| client.service.prepare_login(Some(Mode::Popup)).expect("a window"));
        let login = client.start(|service| async move { service.login(SignInOptions::default(), None, popup).await });
        scene.world.run_for(10_000);
        let url = client.tab.popups()[0].urls().first().expect("the window went somewhere").clone();
        let state = url.split('&').find_map(|part| part.strip_prefix("state=")).expect("a state");
        let callback = format!(
            "{REDIRECT_URI}?error=access_denied&state={state}&iss={}",
            ISSUER.replace(':', "%3A").replace('/', "%2F")
        );
        let began_ms = scene.world.now_ms();
        let window = scene.create(&scene.world.open_tab_with(TabOptions::at(&callback)), config());
        assert_eq!(code(scene.callback(&window, &callback)), Some(Code::AccessDenied));
        assert_eq!(code(scene.world.run(login).expect("the tab lives")), Some(Code::AccessDenied));
        assert!(scene.world.now_ms() - began_ms < 5_000, "not when the quarter of an hour is over");
        assert_eq!(client.state(), AuthState::LoggedOut);
    });
}

#[test]
fn a_window_that_is_not_needed_any_more_is_closed() {
    let scene = Scene::new(3);
    scene.world.network().set_reachable(false);
    let client = scene.open();
    let popup = client.tab.click(|| client.service.prepare_login(Some(Mode::Popup)).expect("a window"));
    let failed =
        scene.run(&client, |service| async move { service.login(SignInOptions::default(), None, popup).await });
    assert_eq!(code(failed), Some(Code::Network));
    assert!(!client.tab.popups()[0].is_open());
}

#[test]
fn a_sign_in_that_leaves_the_page_says_nothing_more_there() {
    let scene = Scene::new(4);
    let client = scene.open();
    let ended = Rc::new(RefCell::new(None));
    let end = ended.clone();
    drop(client.start(|service| async move {
        let outcome = service.login(SignInOptions::default(), None, None).await;
        *end.borrow_mut() = Some(code(outcome));
    }));
    scene.world.run_for(MINUTE_MS);
    assert_eq!((client.tab.navigations().len(), *ended.borrow()), (1, None));
}

#[test]
fn signing_out_clears_both_tabs_and_storage_and_revokes_the_grant() {
    seeds(30, |seed| {
        let scene = Scene::new(seed);
        let first = scene.signed_in("user_ada");
        let second = scene.open();
        scene
            .run(&first, |service| async move { service.profiles().save("mine", br#"{"apiProvider":"openai"}"#).await })
            .expect("saved");
        scene.world.run_for(5_000);
        assert_eq!(second.state(), AuthState::ActiveSession);
        let is_reachable = seed % 2 == 0;
        scene.world.network().set_reachable(is_reachable);
        // A page that leaves right after signing out takes the revocation with it, were it not for `keepalive`.
        scene.world.network().watch(&format!("{ISSUER}/oauth/revoke"), |request, _| assert!(request.keepalive));
        scene.run(&first, |service| async move { service.logout(false).await }).expect("signed out");
        scene.world.run_for(5_000);
        for tab in [&first, &second] {
            assert_eq!(tab.state(), AuthState::LoggedOut);
            assert_eq!((tab.service.auth().user(), tab.organization()), (None, None));
        }
        let kept: Vec<String> = first.tab.storage().records().into_keys().collect();
        assert!(kept.iter().all(|key| !key.contains("session") && !key.contains("settings/")), "{kept:?}");
        assert_eq!(scene.cloud.look(|cloud| cloud.grants[0].alive), !is_reachable, "revoked where it could be");

        // The profiles of one's own wait for the next sign-in.
        scene.world.network().set_reachable(true);
        scene.cloud.change(|cloud| {
            cloud.directory.change_settings("org_meridian", |settings| settings["providerProfiles"] = json!({}));
        });
        let again = scene.signed_in("user_ada");
        assert_eq!(again.profiles()["mine"]["apiProvider"], "openai");
        assert_eq!(again.profiles()["meridian-default"], Value::Null, "the cloud's went with the sign-out");
    });
}

#[test]
fn many_tabs_that_expire_at_once_make_one_token_request() {
    seeds(10, |seed| {
        let scene = Scene::new(seed);
        let first = scene.signed_in("user_ada");
        let mut tabs = vec![first];
        tabs.extend((0..12).map(|_| scene.open()));
        scene.world.run_for(10_000);
        let refreshes = scene.cloud.look(|cloud| cloud.refreshes.len());
        scene.world.run_for(600_000);
        assert_eq!(scene.cloud.look(|cloud| (cloud.refreshes.len() - refreshes, cloud.reuses.len())), (1, 0));
        assert_eq!(scene.world.network().most_at_once(TOKEN_ENDPOINT), 1);
        for tab in tabs {
            assert_eq!(tab.state(), AuthState::ActiveSession);
        }
    });
}

#[test]
fn switching_the_organization_brings_its_settings_to_all_tabs() {
    seeds(30, |seed| {
        let scene = Scene::new(seed);
        let first = scene.signed_in("user_ada");
        scene
            .run(&first, |service| async move {
                service.switch_organization(ActFor::Organization("org_juniper".to_owned())).await
            })
            .expect("switched");
        scene.world.run_for(5_000);
        let user = first.service.auth().user().expect("a user");
        assert_eq!(
            (user.organization_id.as_deref(), user.organization_name.as_deref()),
            (Some("org_juniper"), Some("Juniper"))
        );
        assert_eq!(first.organization().expect("settings")["allowList"]["allowAll"], false);
        assert_eq!(scene.cloud.look(|cloud| cloud.reuses.len()), 0);

        // A tab that is opened then is Juniper's too.
        let later = scene.open();
        scene.world.run_for(5_000);
        assert_eq!(later.service.auth().user().expect("a user").organization_id.as_deref(), Some("org_juniper"));
        assert_eq!(later.organization().expect("settings")["allowList"]["allowAll"], false);

        scene
            .run(&first, |service| async move { service.switch_organization(ActFor::Personal).await })
            .expect("switched");
        assert_eq!(first.service.auth().user().expect("a user").organization_id, None);
    });
}

#[test]
fn the_personal_account_can_be_asked_for_at_sign_in() {
    seeds(5, |seed| {
        let scene = Scene::new(seed);
        let client = scene.open();
        let options = SignInOptions { act_for: Some(ActFor::Personal), ..SignInOptions::default() };
        drop(client.start(|service| async move { service.login(options, None, None).await }));
        scene.world.run_for(10_000);
        let url = client.tab.navigations().last().cloned().expect("it left the page");
        assert!(url.ends_with("organization_id=") || url.contains("organization_id=&"), "{url}");
        let callback = scene.cloud.sign_in(&url, "user_ada").expect("signed in");
        assert_eq!(scene.callback(&client, &callback).expect("signed in").organization_id, None);
    });
}

#[test]
fn of_switches_at_once_none_is_lost() {
    seeds(20, |seed| {
        let scene = Scene::new(seed);
        let client = scene.signed_in("user_ada");
        let to =
            |act_for: ActFor| client.start(|service| async move { service.auth().switch_organization(act_for).await });
        let organization = |id: &str| ActFor::Organization(id.to_owned());
        let refreshes = scene.cloud.look(|cloud| cloud.refreshes.len());
        let switches = [to(organization("org_juniper")), to(organization("org_meridian")), to(ActFor::Personal)];
        let all = async {
            for switch in switches {
                switch.await.expect("the tab lives").expect("switched");
            }
        };
        scene.world.run(all);
        assert_eq!(scene.cloud.look(|cloud| cloud.refreshes.len()) - refreshes, 3, "each was asked for");
        assert_eq!(scene.cloud.look(|cloud| cloud.reuses.len()), 0);
    });
}

#[test]
fn where_tabs_cannot_talk_a_store_that_tells_of_changes_keeps_them_in_step() {
    seeds(20, |seed| {
        let scene = Scene::new(seed);
        let tab = || {
            let options = TabOptions { channel: false, storage_tells: true, ..TabOptions::default() };
            scene.create(&scene.world.open_tab_with(options), config())
        };
        let (first, second) = (tab(), tab());
        let url = scene.begin_redirect(&first);
        let callback = scene.cloud.sign_in(&url, "user_ada").expect("signed in");
        scene.callback(&first, &callback).expect("signed in");
        scene.world.run_for(5_000);
        assert_eq!([first.state(), second.state()], [AuthState::ActiveSession; 2]);
        assert_eq!(second.service.auth().user().expect("a user").id.as_deref(), Some("user_ada"));

        let to = ActFor::Organization("org_juniper".to_owned());
        scene.run(&first, |service| async move { service.switch_organization(to).await }).expect("switched");
        scene.world.run_for(5_000);
        let organization = second.service.auth().user().expect("a user").organization_id;
        assert_eq!(organization.as_deref(), Some("org_juniper"));

        scene.run(&second, |service| async move { service.logout(false).await }).expect("signed out");
        scene.world.run_for(5_000);
        assert_eq!([first.state(), second.state()], [AuthState::LoggedOut; 2]);
        assert_eq!(scene.cloud.look(|cloud| (cloud.codes_spent, cloud.reuses.len())), (1, 0));
    });
}
