//! What a person wants of their own settings: made as they asked for it, kept where there is no way, and never made for somebody else.

use std::pin::pin;

use futures_util::future::select;
use roo_cloud_web::auth::session::ActFor;
use roo_cloud_web::platform::Timers;
use roo_cloud_web::platform::sim::{Fault, seeds};
use roo_cloud_web::settings::service::UserSettingsPatch;

use super::settings::{PATCH, llm, task_sync, users_own};
use super::*;

fn juniper() -> ActFor {
    ActFor::Organization("org_juniper".to_owned())
}

/// What lies in storage of anybody's settings.
fn stored(client: &Client) -> Vec<String> {
    client.tab.storage().records().into_keys().filter(|key| key.contains("/settings/")).collect()
}

#[test]
fn a_change_that_is_answered_was_made_though_the_organization_was_switched_meanwhile() {
    seeds(20, |seed| {
        let scene = Scene::new(seed);
        let client = scene.signed_in("user_ada");
        scene.world.network().fail_next(PATCH, Fault::Slow);
        let first = client.start(|service| async move { service.update_user_settings(llm(true)).await });
        scene.world.run_for(400);
        // Waits for the first.
        let second = client.start(|service| async move { service.update_user_settings(task_sync(false)).await });
        scene.world.run_for(1);
        scene.run(&client, |service| async move { service.switch_organization(juniper()).await }).expect("switched");
        drop(scene.world.run(first));
        let failed = code(scene.world.run(second).expect("alive"));
        scene.world.run_for(30 * MINUTE_MS);
        let made = users_own(&scene)["taskSyncEnabled"] == false;
        assert_eq!((failed, made), (Some(Code::Aborted), false));
    });
}

#[test]
fn a_change_of_nothing_is_not_sent() {
    let scene = Scene::new(1);
    let client = scene.signed_in("user_ada");
    let nothing = UserSettingsPatch::default();
    let before = client.service.settings().held().and_then(|held| held.user).expect("settings");
    let answer = scene.run(&client, |service| async move { service.update_user_settings(nothing).await });
    assert_eq!((answer.expect("answered"), scene.world.network().count(PATCH)), (before, 0));
}

#[test]
fn signing_out_takes_along_what_found_no_way() {
    seeds(20, |seed| {
        let scene = Scene::new(seed);
        let client = scene.signed_in("user_ada");
        scene.world.network().fail_next(PATCH, Fault::RequestLost);
        let update = client.start(|service| async move { service.update_user_settings(task_sync(false)).await });
        scene.world.run_for(200);
        scene.run(&client, |service| async move { service.logout(false).await }).expect("signed out");
        assert!(scene.world.run(update).expect("alive").is_err());
        scene.world.run_for(MINUTE_MS);
        assert_eq!(stored(&client), Vec::<String>::new());
        scene.signed_in("user_ada");
        scene.world.run_for(MINUTE_MS);
        assert_ne!(users_own(&scene)["taskSyncEnabled"], false);
    });
}

#[test]
fn what_two_tabs_want_offline_is_made_both() {
    seeds(30, |seed| {
        let scene = Scene::new(seed);
        let (one, two) = (scene.signed_in("user_ada"), scene.open());
        scene.world.run_for(5_000);
        scene.world.set_online(false);
        let first = one.start(|service| async move { service.update_user_settings(task_sync(false)).await });
        let second = two.start(|service| async move { service.update_user_settings(llm(true)).await });
        for update in [first, second] {
            assert_eq!(code(scene.world.run(update).expect("alive")), Some(Code::Network));
        }
        scene.world.run_for(1_000);
        for tab in [&one, &two] {
            tab.tab.kill();
        }
        scene.world.set_online(true);
        let next = scene.open();
        scene.world.run_for(10 * MINUTE_MS);
        assert_eq!(users_own(&scene), json!({"taskSyncEnabled": false, "llmEnhancedFeaturesEnabled": true}));
        assert!(stored(&next).iter().all(|key| !key.ends_with("/wish")), "made, and kept no longer");
    });
}

#[test]
fn what_one_tab_makes_leaves_what_another_wants_meanwhile() {
    seeds(30, |seed| {
        let scene = Scene::new(seed);
        let (one, two) = (scene.signed_in("user_ada"), scene.open());
        scene.world.run_for(5_000);
        scene.world.network().fail_next(PATCH, Fault::Status(503));
        let kept = scene.run(&one, |service| async move { service.update_user_settings(task_sync(false)).await });
        assert_eq!(code(kept), Some(Code::Server));
        // While this is on its way, with what was kept, the other finds none.
        scene.world.network().set_travel_ms(2_000, 2_000);
        let first = one.start(|service| async move { service.update_user_settings(task_sync(true)).await });
        scene.world.run_for(1_000);
        scene.world.network().fail_next(PATCH, Fault::Status(503));
        scene.world.network().set_travel_ms(100, 100);
        let kept = scene.run(&two, |service| async move { service.update_user_settings(llm(true)).await });
        assert_eq!(code(kept), Some(Code::Server));
        scene.world.run(first).expect("alive").expect("updated");
        for tab in [&one, &two] {
            tab.tab.kill();
        }
        scene.open();
        scene.world.run_for(10 * MINUTE_MS);
        assert_eq!(users_own(&scene), json!({"taskSyncEnabled": true, "llmEnhancedFeaturesEnabled": true}));
    });
}

#[test]
fn what_is_given_up_before_it_is_sent_is_not_made_with_anothers() {
    seeds(20, |seed| {
        let scene = Scene::new(seed);
        let client = scene.signed_in("user_ada");
        scene.world.network().set_travel_ms(500, 600);
        let first = client.start(|service| async move { service.update_user_settings(llm(true)).await });
        scene.world.run_for(200);
        let tab = client.tab.clone();
        scene.run(&client, |service| async move {
            select(Box::pin(service.update_user_settings(task_sync(false))), pin!(tab.sleep(50))).await;
        });
        scene.world.run(first).expect("alive").expect("updated");
        scene.run(&client, |service| async move { service.update_user_settings(llm(false)).await }).expect("updated");
        assert_eq!(users_own(&scene), json!({"llmEnhancedFeaturesEnabled": false}));
    });
}

#[test]
fn what_is_kept_outlives_conflicts() {
    seeds(20, |seed| {
        let scene = Scene::new(seed);
        let client = scene.signed_in("user_ada");
        scene.world.set_online(false);
        let kept = scene.run(&client, |service| async move { service.update_user_settings(task_sync(false)).await });
        assert_eq!(code(kept), Some(Code::Network));
        for _ in 0..2 {
            scene.world.network().fail_next(PATCH, Fault::Status(409));
        }
        scene.world.set_online(true);
        scene.world.run_for(60 * MINUTE_MS);
        assert_eq!(client.background_errors().last(), Some(&Code::Conflict), "told");
        assert_eq!(users_own(&scene)["taskSyncEnabled"], false);
    });
}

#[test]
fn what_could_not_be_stored_outlives_a_switch_of_organizations() {
    seeds(20, |seed| {
        let scene = Scene::new(seed);
        let client = scene.signed_in("user_ada");
        client.tab.storage().set_quota_bytes(Some(1));
        scene.world.network().fail_next(PATCH, Fault::Status(503));
        let kept = scene.run(&client, |service| async move { service.update_user_settings(task_sync(false)).await });
        assert_eq!(code(kept), Some(Code::Server));
        drop(scene.run(&client, |service| async move { service.switch_organization(juniper()).await }));
        scene.world.run_for(60 * MINUTE_MS);
        assert_eq!(users_own(&scene)["taskSyncEnabled"], false);
    });
}
