//! The cases D (refresh). Their ids stand in `tests/cases.md`.

use std::cell::Cell;

use roo_cloud_web::auth::session::ActFor;
use roo_cloud_web::platform::Request;
use roo_cloud_web::platform::sim::{Ctx, Fault, Monotonic, Reply, seeds};

use super::token_cases::{CANARY, answer_tokens, refused, renew, signed_in_alone, tokens};
use super::*;
use crate::cloud::TOKEN_ENDPOINT;

#[test]
fn d1_a_dead_grant_ends_the_session_once_and_local_data_stays() {
    let scene = Scene::new(1);
    let client = scene.signed_in("user_ada");
    scene.world.run(client.save("mine", r#"{"apiProvider":"ollama"}"#)).expect("the tab lives").expect("saved");
    scene.cloud.change(|cloud| cloud.grants[0].alive = false);
    let asked = scene.world.network().count(TOKEN_ENDPOINT);
    assert_eq!(renew(&scene, &client), Some(Code::TokenExpired));
    scene.world.run_for(60 * MINUTE_MS);
    assert_eq!(scene.world.network().count(TOKEN_ENDPOINT) - asked, 1, "no loop");
    assert_eq!(client.state(), AuthState::LoggedOut);
    assert_eq!(scene.signed_in("user_ada").profiles()["mine"]["apiProvider"], "ollama", "what is hers waited");
}

#[test]
fn d1_where_another_sign_in_is_in_storage_by_then_it_is_used() {
    seeds(20, |seed| {
        let scene = Scene::new(seed);
        let client = scene.signed_in("user_ada");
        client.tab.origin().channels.set_loss_probability(1.0);
        let other = scene.signed_in("user_ada");
        // The server ends the first sign-in; its tab has not heard of the second.
        scene.cloud.change(|cloud| cloud.grants[0].alive = false);
        scene.world.run_for(10 * MINUTE_MS);
        for tab in [&client, &other] {
            assert_eq!(tab.state(), AuthState::ActiveSession);
        }
    });
}

#[test]
fn d1_where_another_signs_in_while_the_dead_grant_is_refused_that_sign_in_is_used() {
    seeds(20, |seed| {
        let scene = Scene::new(seed);
        let client = scene.signed_in("user_ada");
        let url = scene.leave(&scene.open(), "user_ada");
        client.tab.origin().channels.set_loss_probability(1.0);
        let (cloud, refused) = (scene.cloud.clone(), Cell::new(false));
        scene.world.network().handle(TOKEN_ENDPOINT, move |request: &Request, ctx: &mut Ctx| {
            if refused.replace(true) {
                return cloud.authorization(request, ctx);
            }
            Reply::json(400, r#"{"error":"invalid_grant"}"#).after_ms(8_000)
        });
        scene.cloud.change(|cloud| cloud.access_tokens.clear());
        let call = client.start(|service| async move { service.refresh_settings().await });
        scene.world.run_for(2_000);
        let other = scene.create(&scene.world.open_tab_with(TabOptions::at(&url)), config());
        scene.callback(&other, &url).expect("signed in");
        scene.world.run(call).expect("the tab lives").expect("with the other's grant");
        scene.world.run_for(MINUTE_MS);
        for tab in [&client, &other] {
            assert_eq!(tab.state(), AuthState::ActiveSession);
        }
        assert_eq!(scene.cloud.look(|cloud| cloud.reuses.len()), 0);
    });
}

#[test]
fn d11_a_refresh_that_ends_after_another_tab_signed_somebody_in_changes_nothing_of_theirs() {
    seeds(20, |seed| {
        let scene = Scene::new(seed);
        let client = scene.signed_in("user_ada");
        let url = scene.leave(&scene.open(), "user_ben");
        let (cloud, was_slow) = (scene.cloud.clone(), Cell::new(false));
        scene.world.network().handle(TOKEN_ENDPOINT, move |request: &Request, ctx: &mut Ctx| {
            let answer = cloud.authorization(request, ctx);
            if was_slow.replace(true) { answer } else { answer.after_ms(8_000) }
        });
        scene.cloud.change(|cloud| cloud.access_tokens.clear());
        let call = client.start(|service| async move { service.refresh_settings().await });
        scene.world.run_for(2_000);
        let other = scene.create(&scene.world.open_tab_with(TabOptions::at(&url)), config());
        scene.callback(&other, &url).expect("signed in");
        scene.world.run_for(1_000);
        assert_eq!(client.user_id().as_deref(), Some("user_ben"));
        client.watch(|client| assert_eq!(client.user_id().as_deref(), Some("user_ben")));
        drop(scene.world.run(call));
        scene.world.run_for(MINUTE_MS);
        for tab in [&client, &other] {
            assert_eq!((tab.state(), tab.user_id().as_deref()), (AuthState::ActiveSession, Some("user_ben")));
        }
    });
}

#[test]
fn d2_d3_nothing_but_a_dead_grant_ends_a_session() {
    for (error, expected) in [
        ("invalid_client", Code::Config),
        ("unauthorized_client", Code::Config),
        ("invalid_request", Code::Config),
        ("invalid_target", Code::Config),
        ("invalid_scope", Code::Config),
        ("something_else", Code::InvalidResponse),
    ] {
        refused(Reply::json(400, json!({"error": error, "error_description": CANARY}).to_string()), expected, error);
    }
    for (status, expected) in [
        (500, Code::Server),
        (503, Code::Server),
        (429, Code::RateLimited),
        (403, Code::Forbidden),
        (404, Code::NotFound),
        (302, Code::Network),
    ] {
        refused(Reply::status(status).body(CANARY), expected, &status.to_string());
    }
    refused(Reply::status(200).after_ms(60_000), Code::Timeout, "too late");
}

#[test]
fn d5_fifty_calls_that_are_refused_at_once_make_one_refresh_and_each_is_tried_once_more() {
    seeds(10, |seed| {
        let scene = Scene::new(seed);
        let client = scene.signed_in("user_ada");
        let (refreshes, calls) = (scene.cloud.look(|cloud| cloud.refreshes.len()), scene.world.network().count(API));
        scene.cloud.change(|cloud| cloud.access_tokens.clear());
        // One of them hears of it when the others have gone on.
        scene.world.network().set_travel_ms(1_000, 1_200);
        let late = client.start(|service| async move { service.memberships().await });
        scene.world.run_for(1);
        scene.world.network().set_travel_ms(5, 150);
        let all: Vec<_> = (0..50).map(|_| client.start(|service| async move { service.memberships().await })).collect();
        for call in all.into_iter().chain([late]) {
            scene.world.run(call).expect("the tab lives").expect("answered");
        }
        assert_eq!(scene.cloud.look(|cloud| cloud.refreshes.len()) - refreshes, 1);
        assert_eq!(scene.world.network().count(API) - calls, 102);
    });
    // Also where there is no lock behind it.
    let scene = Scene::new(5);
    let client = signed_in_alone(&scene);
    scene.cloud.change(|cloud| cloud.access_tokens.clear());
    let all: Vec<_> = (0..50).map(|_| client.start(|service| async move { service.memberships().await })).collect();
    for call in all {
        scene.world.run(call).expect("the tab lives").expect("answered");
    }
    assert_eq!(scene.cloud.look(|cloud| (cloud.refreshes.len(), cloud.reuses.len())), (1, 0));
}

#[test]
fn a_token_that_is_asked_to_last_is_renewed_where_it_would_not() {
    let scene = Scene::new(6);
    let client = scene.signed_in("user_ada");
    scene.open();
    scene.world.run_for(5 * MINUTE_MS);
    let refreshes = || scene.cloud.look(|cloud| cloud.refreshes.len());
    for (min_ttl_ms, renewals) in [(0, 0), (4 * MINUTE_MS, 0), (7 * MINUTE_MS, 1), (60 * MINUTE_MS, 1)] {
        let token = scene.run(&client, move |service| async move { service.auth().fresh_token(min_ttl_ms).await });
        assert!(token.is_ok());
        assert_eq!(refreshes(), renewals, "{min_ttl_ms}");
    }
}

#[test]
fn d6_without_locks_and_with_full_storage_no_two_tabs_refresh_at_one_time() {
    seeds(20, |seed| {
        let scene = Scene::new(seed);
        let first = scene.signed_in("user_ada");
        let without = || TabOptions { locks: false, channel: seed % 2 == 0, ..TabOptions::default() };
        first.tab.change(|options| options.locks = false);
        let tabs: Vec<Client> = (0..4).map(|_| scene.create(&scene.world.open_tab_with(without()), config())).collect();
        scene.world.run_for(30 * MINUTE_MS);
        assert_eq!(scene.world.network().most_at_once(TOKEN_ENDPOINT), 1);
        first.tab.storage().set_full_probability(0.5);
        scene.world.run_for(30 * MINUTE_MS);
        assert_eq!(scene.world.network().most_at_once(TOKEN_ENDPOINT), 1);
        assert!(tabs.iter().all(|tab| tab.tab.is_alive()));
    });
}

#[test]
fn d7_an_answer_lost_after_rotation_is_tried_once_and_then_the_person_signs_in_again() {
    let scene = Scene::new(7);
    let client = scene.signed_in("user_ada");
    scene.world.run(client.save("mine", r#"{"apiProvider":"ollama"}"#)).expect("the tab lives").expect("saved");
    let asked = scene.world.network().count(TOKEN_ENDPOINT);
    scene.world.network().fail_next(TOKEN_ENDPOINT, Fault::AnswerLost);
    scene.world.run_for(60 * MINUTE_MS);
    assert_eq!(scene.world.network().count(TOKEN_ENDPOINT) - asked, 2);
    assert_eq!(client.state(), AuthState::LoggedOut);
    assert_eq!(scene.signed_in("user_ada").profiles()["mine"]["apiProvider"], "ollama");
}

#[test]
fn d8_a_rotated_token_that_cannot_be_stored_is_kept_and_the_old_one_is_never_sent_again() {
    seeds(30, |seed| {
        let scene = Scene::new(seed);
        let first = scene.signed_in("user_ada");
        let mut tabs = vec![first];
        tabs.extend((0..3).map(|_| scene.open()));
        scene.world.run_for(10_000);
        let storage = tabs[0].tab.storage();
        storage.set_full_probability(1.0);
        scene.world.run_for(35 * MINUTE_MS);
        // One that was not there when the others heard of it.
        tabs.push(scene.open());
        scene.world.run_for(35 * MINUTE_MS);
        assert_eq!(scene.cloud.look(|cloud| cloud.reuses.len()), 0);
        for tab in &tabs {
            assert_eq!(tab.state(), AuthState::ActiveSession);
        }
        storage.set_full_probability(0.0);
        scene.world.run_for(MINUTE_MS);
        // Now it is stored: a tab that is opened when all others are gone goes on with it.
        for tab in &tabs {
            tab.tab.kill();
        }
        let next = scene.open();
        scene.world.run_for(MINUTE_MS);
        assert_eq!((next.state(), scene.cloud.look(|cloud| cloud.reuses.len())), (AuthState::ActiveSession, 0));
    });
}

#[test]
fn d8_storage_that_is_denied_meanwhile_costs_nobody_their_sign_in() {
    seeds(10, |seed| {
        let scene = Scene::new(seed);
        let client = scene.signed_in("user_ada");
        client.tab.storage().set_denied(true);
        scene.world.run_for(60 * MINUTE_MS);
        assert_eq!(client.state(), AuthState::ActiveSession);
        assert_eq!(scene.cloud.look(|cloud| (cloud.refreshes.len() > 4, cloud.reuses.len())), (true, 0));
    });
}

#[test]
fn d8_a_tab_that_is_looked_at_keeps_the_lock_that_keeps_the_old_token_from_being_sent() {
    seeds(20, |seed| {
        let scene = Scene::new(seed);
        let (first, second) = (scene.signed_in("user_ada"), scene.open());
        scene.world.run_for(5_000);
        first.tab.storage().set_full_probability(1.0);
        assert_eq!(renew(&scene, &first), None);
        // The other's token ends, and it hears nobody.
        first.tab.origin().channels.set_loss_probability(1.0);
        for _ in 0..20 {
            scene.world.run_for(MINUTE_MS);
            first.tab.hide();
            first.tab.show();
        }
        assert_eq!(scene.cloud.look(|cloud| cloud.reuses.len()), 0);
        assert_ne!(second.state(), AuthState::LoggedOut);
    });
}

#[test]
fn d6_the_request_of_a_tab_that_died_is_given_the_time_to_arrive_first() {
    seeds(40, |seed| {
        let scene = Scene::new(seed);
        // Where tabs cannot talk, it is the note in storage alone that tells.
        let options = TabOptions { channel: seed % 2 == 0, ..TabOptions::default() };
        let (first, second) =
            (scene.signed_in("user_ada"), scene.create(&scene.world.open_tab_with(options), config()));
        scene.world.run_for(5_000);
        let network = scene.world.network();
        network.set_travel_ms(500, 800);
        scene.cloud.change(|cloud| cloud.access_tokens.clear());
        let asked = network.count(TOKEN_ENDPOINT);
        drop(first.start(|service| async move { service.refresh_settings().await }));
        while network.count(TOKEN_ENDPOINT) == asked {
            scene.world.run_for(1);
        }
        network.set_travel_ms(5, 20);
        first.tab.kill();
        drop(scene.run(&second, |service| async move { service.refresh_settings().await }));
        scene.world.run_for(5_000);
        // Whether the answer was lost depends on whether it arrived; that it came second would be our fault.
        scene.cloud.look(|cloud| assert!(cloud.reuses.iter().all(|reuse| reuse.exchange > reuse.spent_by)));
    });
}

#[test]
fn d9_wrong_clocks_and_eight_hours_of_sleep_cost_one_request() {
    for (shift_ms, monotonic) in [(600_000, Monotonic::StopsInSleep), (-600_000, Monotonic::RunsInSleep)] {
        seeds(10, |seed| {
            let scene = Scene::new(seed);
            let client = scene.signed_in("user_ada");
            scene.world.jump_wall_clock(shift_ms);
            scene.world.run_for(60 * MINUTE_MS);
            let refreshes = scene.cloud.look(|cloud| cloud.refreshes.len());
            assert!((6..=8).contains(&refreshes), "{refreshes} refreshes in an hour of ten-minute tokens");
            client.tab.hide();
            scene.world.sleep_machine(8 * 60 * MINUTE_MS, monotonic);
            client.tab.show();
            scene.world.run_for(3_000);
            assert_eq!(client.state(), AuthState::ActiveSession);
            let after = scene.cloud.look(|cloud| (cloud.refreshes.len() - refreshes, cloud.reuses.len()));
            assert_eq!(after, (1, 0));
            let log = scene.world.network().log();
            assert!(log.iter().all(|exchange| exchange.status != Some(401)), "no dead token was sent");
        });
    }
    // A token that lives longer than a timer can wait.
    let scene = Scene::new(9);
    scene.cloud.change(|cloud| cloud.token_lifetime_ms = 60 * 24 * 60 * MINUTE_MS);
    let client = scene.signed_in("user_ada");
    scene.world.run_for(59 * 24 * 60 * MINUTE_MS);
    assert_eq!((client.state(), scene.cloud.look(|cloud| cloud.refreshes.len())), (AuthState::ActiveSession, 0));
}

#[test]
fn d11_a_refresh_that_ends_after_sign_out_is_discarded_and_revoked() {
    seeds(20, |seed| {
        let scene = Scene::new(seed);
        let client = scene.signed_in("user_ada");
        scene.cloud.change(|cloud| cloud.access_tokens.clear());
        let call = client.start(|service| async move { service.refresh_settings().await });
        scene.world.network().set_travel_ms(500, 600);
        scene.world.run_for(1_700);
        scene.world.network().set_travel_ms(5, 150);
        scene.run(&client, |service| async move { service.logout(false).await }).expect("signed out");
        client.heard.borrow_mut().clear();
        assert!(scene.world.run(call).expect("the tab lives").is_err());
        scene.world.run_for(MINUTE_MS);
        assert_eq!((client.state(), client.user_id()), (AuthState::LoggedOut, None));
        let told = |event: &CloudEvent| matches!(event, CloudEvent::UserInfo(_) | CloudEvent::AuthStateChanged { .. });
        assert!(!client.heard.borrow().iter().any(told), "nobody hears of whom it was for");
        assert!(!scene.cloud.look(|cloud| cloud.grants[0].alive), "nothing of it can be used any more");
        assert!(client.tab.storage().records().keys().all(|key| !key.ends_with("/session")));
    });
    // The sign-out's own revocation is lost; what came late is revoked for itself.
    seeds(20, |seed| {
        let scene = Scene::new(seed);
        let client = scene.signed_in("user_ada");
        let cloud = scene.cloud.clone();
        let revocations = Cell::new(0);
        scene.world.network().handle(&format!("{ISSUER}/oauth/revoke"), move |request: &Request, ctx: &mut Ctx| {
            if revocations.replace(revocations.get() + 1) == 0 {
                return Reply::status(503);
            }
            cloud.authorization(request, ctx)
        });
        scene.cloud.change(|cloud| cloud.access_tokens.clear());
        let call = client.start(|service| async move { service.refresh_settings().await });
        scene.world.network().set_travel_ms(500, 600);
        scene.world.run_for(1_700);
        scene.world.network().set_travel_ms(5, 150);
        scene.run(&client, |service| async move { service.logout(false).await }).expect("signed out");
        assert!(scene.world.run(call).expect("the tab lives").is_err());
        scene.world.run_for(MINUTE_MS);
        let (refreshes, lives) = scene.cloud.look(|cloud| (cloud.refreshes.len(), cloud.grants[0].alive));
        assert_eq!((refreshes, lives), (1, false));
        assert_eq!((client.state(), client.user_id()), (AuthState::LoggedOut, None));
    });
    // Signing out at any moment while what came is stored.
    seeds(60, |seed| {
        let scene = Scene::new(seed);
        let client = scene.signed_in("user_ada");
        scene.cloud.change(|cloud| cloud.access_tokens.clear());
        let call = client.start(|service| async move { service.refresh_settings().await });
        let answered = || {
            let log = scene.world.network().log();
            log.iter().filter(|sent| sent.url == TOKEN_ENDPOINT && sent.delivered).count() == 2
        };
        while !answered() {
            scene.world.run_for(1);
        }
        scene.world.run_for(seed % 8);
        scene.run(&client, |service| async move { service.logout(false).await }).expect("signed out");
        drop(scene.world.run(call));
        scene.world.run_for(MINUTE_MS);
        assert_eq!((client.state(), client.user_id()), (AuthState::LoggedOut, None));
        assert!(!scene.cloud.look(|cloud| cloud.grants[0].alive));
        assert!(client.tab.storage().records().keys().all(|key| !key.ends_with("/session")));
    });
    // 403 is no reason to refresh.
    let scene = Scene::new(11);
    let client = scene.signed_in("user_ada");
    let asked = scene.world.network().count(TOKEN_ENDPOINT);
    scene.world.network().fail_next(SETTINGS, Fault::Status(403));
    assert_eq!(
        code(scene.run(&client, |service| async move { service.refresh_settings().await })),
        Some(Code::Forbidden)
    );
    assert_eq!(scene.world.network().count(TOKEN_ENDPOINT), asked);
}

#[test]
fn a_switch_of_organization_in_one_tab_is_no_reason_to_refresh_in_another() {
    seeds(10, |seed| {
        let scene = Scene::new(seed);
        let first = scene.signed_in("user_ada");
        let second = scene.open();
        scene.world.run_for(5_000);
        let refreshes = scene.cloud.look(|cloud| cloud.refreshes.len());
        let to = ActFor::Organization("org_juniper".to_owned());
        scene.run(&first, |service| async move { service.switch_organization(to).await }).expect("switched");
        scene.world.run_for(5_000);
        let organization = |tab: &Client| tab.service.auth().user().and_then(|user| user.organization_id);
        assert_eq!(
            (organization(&first), organization(&second)),
            (Some("org_juniper".to_owned()), Some("org_juniper".to_owned()))
        );
        assert_eq!(scene.cloud.look(|cloud| cloud.refreshes.len()) - refreshes, 1);
    });
}

#[test]
fn a_tab_that_was_not_handed_the_token_of_a_switch_asks_for_one_and_never_shows_the_other_organization_s() {
    seeds(20, |seed| {
        let scene = Scene::new(seed);
        let first = scene.signed_in("user_ada");
        let second = scene.open();
        scene.world.run_for(5_000);
        let channels = &first.tab.origin().channels;
        channels.set_loss_probability(1.0);
        let to = ActFor::Organization("org_juniper".to_owned());
        scene.run(&first, |service| async move { service.switch_organization(to).await }).expect("switched");
        scene.world.run_for(1_000);
        channels.set_loss_probability(0.0);
        let shows = |tab: &Client| {
            let acts_for = tab.service.auth().user().and_then(|user| user.organization_id);
            (acts_for, tab.organization().map(|settings| settings["allowList"]["allowAll"].clone()))
        };
        let before = shows(&second);
        assert_eq!(before, (Some("org_meridian".to_owned()), Some(json!(true))));
        let all = Rc::new(RefCell::new(Vec::new()));
        let seen = all.clone();
        second.watch(move |tab| seen.borrow_mut().push(shows(tab)));
        // Looked at, it finds the switch in storage.
        second.tab.hide();
        second.tab.show();
        scene.world.run_for(20);
        scene.run(&second, |service| async move { service.refresh_settings().await }).expect("refreshed");
        scene.world.run_for(5_000);
        let juniper = Some("org_juniper".to_owned());
        assert_eq!(shows(&second), (juniper.clone(), Some(json!(false))));
        assert!(!all.borrow().contains(&(juniper, Some(json!(true)))), "never the other's");
        assert_eq!(scene.cloud.look(|cloud| cloud.refreshes.len()), 1, "the first handed it over");
    });
}

#[test]
fn no_token_code_verifier_state_or_nonce_is_told_stored_in_the_open_or_put_into_a_url_of_the_api() {
    seeds(5, |seed| {
        let scene = Scene::new(seed);
        let sent: Rc<RefCell<Vec<String>>> = Rc::default();
        let (bodies, cloud) = (sent.clone(), scene.cloud.clone());
        scene.world.network().handle(TOKEN_ENDPOINT, move |request: &Request, ctx: &mut Ctx| {
            let body = request.body.as_deref().unwrap_or_default().to_vec();
            let secret = ["code", "code_verifier", "refresh_token"];
            let form = form_urlencoded::parse(&body).into_owned();
            bodies.borrow_mut().extend(form.filter(|(name, _)| secret.contains(&&**name)).map(|(_, value)| value));
            cloud.authorization(request, ctx)
        });
        let before = scene.open();
        let url = scene.begin_redirect(&before);
        let asked = form_urlencoded::parse(url.split_once('?').map_or("", |(_, query)| query).as_bytes()).into_owned();
        let asked: Vec<String> = asked.filter(|(name, _)| name == "state" || name == "nonce").map(|(_, v)| v).collect();
        assert_eq!(asked.len(), 2);
        let told_before = format!("{:?}", before.heard.borrow());
        before.tab.kill();
        let callback = scene.cloud.sign_in(&url, "user_ada").expect("signed in");
        let client = scene.create(&scene.world.open_tab_with(TabOptions::at(&callback)), config());
        scene.callback(&client, &callback).expect("signed in");
        let second = scene.open();
        scene.world.run_for(25 * MINUTE_MS);
        // Failures of every kind, whose words are looked at too.
        let mut words = Vec::new();
        for reply in [
            Reply::status(500).body(CANARY),
            Reply::json(400, json!({"error": CANARY}).to_string()),
            tokens(|body| body["expires_in"] = CANARY.into()),
        ] {
            let on = answer_tokens(&scene, reply);
            scene.world.network().fail_next(SETTINGS, Fault::Status(401));
            let failed = scene.run(&client, |service| async move { service.refresh_settings().await });
            words.push(format!("{:?} {0}", failed.expect_err("refused")));
            on.set(false);
        }
        scene.world.run_for(10 * MINUTE_MS);
        let mut secrets = sent.take();
        secrets.extend(asked);
        secrets.push(CANARY.to_owned());
        secrets.extend(
            scene.cloud.look(|cloud| {
                cloud.access_tokens.keys().chain(cloud.refresh_tokens.keys()).cloned().collect::<Vec<_>>()
            }),
        );
        assert!(secrets.len() > 8 && secrets.iter().all(|secret| secret.len() > 5), "{secrets:?}");
        let told = format!("{:?} {:?} {told_before} {words:?}", client.heard.borrow(), second.heard.borrow());
        let records = client.tab.storage().records();
        let log = scene.world.network().log();
        for secret in &secrets {
            assert!(!told.contains(secret), "told");
            assert!(log.iter().all(|exchange| !exchange.url.contains(secret)), "in a url");
            for (key, bytes) in &records {
                let is_in = |text: &[u8]| text.windows(secret.len()).any(|part| part == secret.as_bytes());
                assert!(!is_in(bytes) && !key.contains(secret), "stored in the open: {key}");
            }
        }
    });
}

#[test]
fn d6_a_tab_that_was_put_aside_in_the_middle_of_a_refresh_sends_nothing_without_the_lock() {
    seeds(60, |seed| {
        let scene = Scene::new(seed);
        let (first, second) = (scene.signed_in("user_ada"), scene.open());
        scene.world.run_for(5 * MINUTE_MS);
        let network = scene.world.network();
        let asked = network.count(TOKEN_ENDPOINT);
        let refresh = |tab: &Client| {
            drop(tab.start(|service| async move { service.auth().fresh_token(60 * MINUTE_MS).await }));
        };
        let origin = first.tab.origin();
        origin.channels.set_loss_probability(1.0);
        refresh(&first);
        while !origin.locks.is_held(&format!("refresh/{ISSUER} {CLIENT_ID}")) {
            scene.world.run_for(1);
        }
        scene.world.run_for(seed % 6);
        if network.count(TOKEN_ENDPOINT) > asked {
            // What is on its way cannot be called back.
            return;
        }
        first.tab.enter_back_forward_cache();
        network.set_travel_ms(4_000, 4_500);
        refresh(&second);
        while network.count(TOKEN_ENDPOINT) == asked {
            scene.world.run_for(1);
        }
        // Back again, with the other's request on its way.
        first.tab.thaw();
        first.tab.show();
        scene.world.run_for(3_500);
        assert_eq!(network.count(TOKEN_ENDPOINT) - asked, 1);
    });
}

#[test]
fn a_page_that_is_seen_again_does_not_undercut_what_the_token_endpoint_asked_for() {
    let scene = Scene::new(1);
    let client = scene.signed_in("user_ada");
    scene.world.network().handle(TOKEN_ENDPOINT, |_, _| Reply::status(429).header("Retry-After", "3600"));
    scene.world.run_for(70 * MINUTE_MS);
    assert_eq!(client.state(), AuthState::InactiveSession);
    let before = scene.world.network().count(TOKEN_ENDPOINT);
    for _ in 0..20 {
        client.tab.hide();
        scene.world.run_for(5_000);
        client.tab.show();
        scene.world.run_for(5_000);
    }
    assert_eq!(scene.world.network().count(TOKEN_ENDPOINT), before);
    scene.world.run_for(60 * MINUTE_MS);
    assert!(scene.world.network().count(TOKEN_ENDPOINT) > before, "an hour later it may");
}
