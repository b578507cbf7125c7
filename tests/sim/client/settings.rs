//! Settings: when they are fetched, what replaces them, and what stays.

use roo_cloud_web::auth::session::ActFor;
use roo_cloud_web::platform::sim::{Fault, Reply, TabOptions, seeds};
use roo_cloud_web::settings::service::UserSettingsPatch;

use super::*;

pub(super) const PATCH: &str = "https://cloud.example/api/user-settings";

#[test]
fn settings_are_fetched_again_after_five_minutes_when_online_and_when_seen_again() {
    seeds(30, |seed| {
        let scene = Scene::new(seed);
        let client = scene.signed_in("user_ada");
        assert_eq!(scene.world.network().count(SETTINGS), 1);
        scene.set_max_files(1);
        scene.world.run_for(4 * MINUTE_MS);
        assert_eq!(client.max_files(), Some(200));
        scene.world.run_for(2 * MINUTE_MS);
        assert_eq!(client.max_files(), Some(1), "after five minutes");

        scene.world.set_online(false);
        scene.set_max_files(2);
        scene.world.run_for(1_000);
        scene.world.set_online(true);
        scene.world.run_for(5_000);
        assert_eq!(client.max_files(), Some(2), "as soon as there is a network again");

        client.tab.hide();
        scene.set_max_files(3);
        let before = scene.world.network().count(SETTINGS);
        scene.world.run_for(20 * MINUTE_MS);
        assert_eq!(scene.world.network().count(SETTINGS), before, "nobody looks, nobody asks");
        client.tab.show();
        scene.world.run_for(5_000);
        assert_eq!(client.max_files(), Some(3), "as soon as somebody looks again");
    });
}

#[test]
fn a_304_writes_nothing_and_wakes_nobody() {
    seeds(20, |seed| {
        let scene = Scene::new(seed);
        let client = scene.signed_in("user_ada");
        let (told, commits) = (client.heard.borrow().len(), client.tab.storage().commits());
        let outcome = scene.run(&client, |service| async move { service.refresh_settings().await }).expect("refreshed");
        scene.world.run_for(1_000);
        assert!(!outcome.changed);
        assert_eq!(scene.world.network().log().last().expect("a request").status, Some(304));
        assert_eq!((client.heard.borrow().len(), client.tab.storage().commits()), (told, commits));
    });
}

#[test]
fn whoever_asks_once_an_answer_came_gets_a_newer_one() {
    seeds(30, |seed| {
        let scene = Scene::new(seed);
        let client = scene.signed_in("user_ada");
        scene.set_max_files(1);
        let first = client.start(|service| async move { service.refresh_settings().await });
        // Held, and for some seeds not stored yet.
        while client.max_files() != Some(1) {
            scene.world.run_for(1);
        }
        scene.set_max_files(2);
        let outcome = scene.run(&client, |service| async move { service.refresh_settings().await }).expect("refreshed");
        assert!(outcome.changed);
        assert_eq!(client.max_files(), Some(2), "what was true when it was asked");
        scene.world.run(first).expect("the tab lives").expect("refreshed");
    });
}

#[test]
fn an_invalid_answer_never_replaces_good_settings() {
    let bad = [
        "<!doctype html><title>hotel</title>",
        "{}",
        r#"{"organization":{},"user":{}}"#,
        r#"{"organization":{"version":"1"},"user":null}"#,
        "[1,2",
        "null",
    ];
    for (seed, answer) in (0..).zip(bad) {
        let scene = Scene::new(seed);
        let client = scene.signed_in("user_ada");
        let good = client.organization();
        let stored = client.tab.storage().records();
        scene.world.network().handle(SETTINGS, move |_, _| Reply::json(200, answer));
        let refused = scene.run(&client, |service| async move { service.refresh_settings().await });
        assert_eq!(code(refused), Some(Code::InvalidResponse), "{answer}");
        assert_eq!(client.organization(), good);
        assert!(client.tab.storage().records() == stored, "storage changed after {answer}");
    }
}

#[test]
fn cached_settings_stand_after_a_reload_while_the_cloud_is_unreachable() {
    seeds(20, |seed| {
        let scene = Scene::new(seed);
        let before = scene.signed_in("user_ada");
        before.tab.kill();
        scene.world.network().set_reachable(false);
        let client = scene.open();
        scene.world.run_for(10 * MINUTE_MS);
        assert_eq!(client.max_files(), Some(200));
        assert_eq!(client.state(), AuthState::InactiveSession, "still signed in");
        scene.set_max_files(7);
        scene.world.network().set_reachable(true);
        scene.world.run_for(10 * MINUTE_MS);
        assert_eq!((client.state(), client.max_files()), (AuthState::ActiveSession, Some(7)));
    });
}

#[test]
fn a_change_on_top_of_somebody_elses_is_applied_again_once() {
    seeds(20, |seed| {
        let scene = Scene::new(seed);
        let client = scene.signed_in("user_ada");
        let patch = UserSettingsPatch { task_sync_enabled: Some(false), ..UserSettingsPatch::default() };
        scene.cloud.change(|cloud| {
            let ada = cloud.directory.people.get_mut("user_ada").expect("Ada");
            ada.settings["llmEnhancedFeaturesEnabled"] = true.into();
            ada.settings_version += 1;
        });
        scene.run(&client, |service| async move { service.update_user_settings(patch).await }).expect("updated");
        let settings = scene.cloud.look(|cloud| cloud.directory.people["user_ada"].settings.clone());
        assert_eq!(settings, json!({"taskSyncEnabled": false, "llmEnhancedFeaturesEnabled": true}));

        let before = scene.world.network().count(PATCH);
        scene.world.network().fail_next(PATCH, Fault::Status(409));
        scene.world.network().fail_next(PATCH, Fault::Status(409));
        let refused = scene.run(&client, |service| async move { service.update_user_settings(patch).await });
        assert_eq!(code(refused), Some(Code::Conflict));
        assert_eq!(scene.world.network().count(PATCH) - before, 2);
    });
}

#[test]
fn what_one_tab_fetches_arrives_in_the_other() {
    seeds(30, |seed| {
        let scene = Scene::new(seed);
        let first = scene.signed_in("user_ada");
        let second = scene.open();
        scene.world.run_for(5_000);
        scene.set_max_files(9);
        let before = scene.world.network().count(SETTINGS);
        scene.run(&first, |service| async move { service.refresh_settings().await }).expect("refreshed");
        scene.world.run_for(1_000);
        assert_eq!((second.max_files(), scene.world.network().count(SETTINGS) - before), (Some(9), 1));
    });
}

#[test]
fn settings_of_one_person_never_show_for_another() {
    seeds(20, |seed| {
        let scene = Scene::new(seed);
        let ada = scene.signed_in("user_ada");
        scene.cloud.change(|cloud| {
            cloud.directory.people.get_mut("user_ben").expect("Ben").usual_organization = None;
        });
        let callback = scene.leave(&scene.open(), "user_ben");
        scene.world.network().fail_next(SETTINGS, Fault::Status(500));
        let ben = scene.create(&scene.world.open_tab_with(TabOptions::at(&callback)), config());
        scene.callback(&ben, &callback).expect("signed in");
        // A tab that has not heard yet is still Ada's, and shows hers; none shows hers as Ben's.
        let of_ben =
            |tab: &Client| tab.service.auth().user().is_some_and(|user| user.id.as_deref() == Some("user_ben"));
        assert!(of_ben(&ben));
        for tab in [&ada, &ben] {
            assert!(!of_ben(tab) || tab.max_files() != Some(200));
        }
        scene.world.run_for(MINUTE_MS);
        for tab in [&ada, &ben] {
            assert_eq!(tab.service.auth().user().expect("a user").id.as_deref(), Some("user_ben"));
            assert_eq!(tab.organization().expect("settings")["defaultSettings"], json!({}));
        }
    });
}

#[test]
fn changes_that_are_asked_for_in_one_go_are_made_together() {
    seeds(20, |seed| {
        let scene = Scene::new(seed);
        let client = scene.signed_in("user_ada");
        let tasks: Vec<_> = (0..8)
            .map(|number| {
                let patch = if number % 2 == 0 { task_sync(false) } else { llm(true) };
                client.start(|service| async move { service.update_user_settings(patch).await })
            })
            .collect();
        for task in tasks {
            scene.world.run(task).expect("alive").expect("updated");
        }
        assert!(scene.world.network().count(PATCH) <= 2, "{}", scene.world.network().count(PATCH));
        let settings = scene.cloud.look(|cloud| cloud.directory.people["user_ada"].settings.clone());
        assert_eq!(settings, json!({"taskSyncEnabled": false, "llmEnhancedFeaturesEnabled": true}));
    });
}

#[test]
fn a_change_that_found_no_way_survives_a_reload_and_is_made_on_top_of_somebody_elses() {
    seeds(30, |seed| {
        let scene = Scene::new(seed);
        let client = scene.signed_in("user_ada");
        scene.world.set_online(false);
        let failed = scene.run(&client, |service| async move { service.update_user_settings(task_sync(false)).await });
        assert_eq!(code(failed), Some(Code::Network));
        let storage = scene.world.origin("https://app.example").storage.records();
        assert!(storage.keys().any(|key| key.ends_with("/wish")));
        client.tab.kill();
        // Meanwhile elsewhere.
        scene.cloud.change(|cloud| {
            let ada = cloud.directory.people.get_mut("user_ada").expect("Ada");
            ada.settings = json!({"taskSyncEnabled": true, "llmEnhancedFeaturesEnabled": true});
            ada.settings_version += 5;
        });
        let next = scene.open();
        scene.world.run_for(MINUTE_MS);
        scene.world.set_online(true);
        scene.world.run_for(MINUTE_MS);
        let settings = scene.cloud.look(|cloud| cloud.directory.people["user_ada"].settings.clone());
        assert_eq!(settings, json!({"taskSyncEnabled": false, "llmEnhancedFeaturesEnabled": true}));
        let config = next.service.settings().with(|held| held.and_then(|held| held.user_config));
        assert_eq!(config.and_then(|config| config.task_sync_enabled), Some(false));
        // It is made once: what the person changes elsewhere afterwards stays.
        scene.cloud.change(|cloud| {
            let ada = cloud.directory.people.get_mut("user_ada").expect("Ada");
            ada.settings["taskSyncEnabled"] = true.into();
            ada.settings_version += 1;
        });
        scene.run(&next, |service| async move { service.refresh_settings().await }).expect("refreshed");
        scene.world.run_for(30 * MINUTE_MS);
        let settings = scene.cloud.look(|cloud| cloud.directory.people["user_ada"].settings.clone());
        assert_eq!(settings["taskSyncEnabled"], true);
    });
}

#[test]
fn an_answer_from_before_a_change_does_not_undo_it() {
    seeds(30, |seed| {
        let scene = Scene::new(seed);
        let client = scene.signed_in("user_ada");
        scene.set_max_files(3);
        scene.world.network().fail_next(SETTINGS, Fault::Slow);
        let refresh = client.start(|service| async move { service.refresh_settings().await });
        scene.world.run_for(400);
        scene
            .run(&client, |service| async move { service.update_user_settings(task_sync(false)).await })
            .expect("updated");
        drop(scene.world.run(refresh));
        scene.world.run_for(2_000);
        assert_eq!(task_sync_of(&client), Some(false));
        // What the whole is now is asked for again.
        scene.world.run_for(6 * MINUTE_MS);
        assert_eq!((task_sync_of(&client), client.max_files()), (Some(false), Some(3)));
    });
}

#[test]
fn an_answer_to_another_tab_from_before_a_change_does_not_undo_it() {
    seeds(60, |seed| {
        let scene = Scene::new(seed);
        let (one, two) = (scene.signed_in("user_ada"), scene.open());
        scene.world.run_for(5_000);
        scene.world.network().set_travel_ms(5, 3_000);
        scene.set_max_files(3);
        let refresh = two.start(|service| async move { service.refresh_settings().await });
        scene.world.run_for(1_000);
        scene
            .run(&one, |service| async move { service.update_user_settings(task_sync(false)).await })
            .expect("updated");
        drop(scene.world.run(refresh));
        scene.world.run_for(4_000);
        let reloaded = scene.open();
        for tab in [&one, &two, &reloaded] {
            assert_eq!((task_sync_of(tab), tab.max_files()), (Some(false), Some(3)));
        }
    });
}

#[test]
fn a_switch_of_organizations_does_not_take_the_answer_of_the_one_before() {
    seeds(20, |seed| {
        let scene = Scene::new(seed);
        let client = scene.signed_in("user_ada");
        scene.world.network().fail_next(SETTINGS, Fault::Slow);
        let refresh = client.start(|service| async move { service.refresh_settings().await });
        scene.world.run_for(20);
        let to = ActFor::Organization("org_juniper".to_owned());
        scene.run(&client, |service| async move { service.switch_organization(to).await }).expect("switched");
        assert!(client.organization().is_some());
        drop(scene.world.run(refresh));
    });
}

#[test]
fn a_clock_that_was_set_back_does_not_keep_settings_from_being_fetched() {
    let scene = Scene::new(1);
    let client = scene.signed_in("user_ada");
    scene.world.jump_wall_clock(-24 * 60 * 60_000);
    scene.set_max_files(9);
    scene.world.run_for(6 * MINUTE_MS);
    assert_eq!(client.max_files(), Some(9));
}

#[test]
fn an_answer_that_is_none_of_the_clouds_is_no_check() {
    let scene = Scene::new(1);
    let client = scene.signed_in("user_ada");
    let checked = client.service.settings().fetched_at_ms();
    scene.world.run_for(MINUTE_MS);
    scene.set_max_files(3);
    scene.world.network().fail_next(SETTINGS, Fault::Malformed);
    let refused = scene.run(&client, |service| async move { service.refresh_settings().await });
    assert_eq!(code(refused), Some(Code::InvalidResponse));
    assert_eq!(client.service.settings().fetched_at_ms(), checked);
    scene.world.run_for(4 * MINUTE_MS + 10_000);
    assert_eq!(client.max_files(), Some(3), "five minutes after the last that was good");
}

#[test]
fn a_page_that_is_seen_again_does_not_undercut_what_the_server_asked_for() {
    let scene = Scene::new(1);
    let client = scene.signed_in("user_ada");
    scene.world.network().handle(SETTINGS, |_, _| Reply::status(429).header("Retry-After", "3600"));
    scene.world.run_for(6 * MINUTE_MS);
    let before = scene.world.network().count(SETTINGS);
    for _ in 0..20 {
        client.tab.hide();
        scene.world.run_for(5_000);
        client.tab.show();
        scene.world.set_online(false);
        scene.world.run_for(5_000);
        scene.world.set_online(true);
    }
    assert_eq!(scene.world.network().count(SETTINGS), before);
    scene.world.run_for(60 * MINUTE_MS);
    assert!(scene.world.network().count(SETTINGS) > before, "an hour later it may");
}

/// What the cloud has of Ada's choices.
pub(super) fn users_own(scene: &Scene) -> Value {
    scene.cloud.look(|cloud| cloud.directory.people["user_ada"].settings.clone())
}

fn task_sync_of(client: &Client) -> Option<bool> {
    client.service.settings().with(|held| held.and_then(|held| held.user_config))?.task_sync_enabled
}

pub(super) fn task_sync(on: bool) -> UserSettingsPatch {
    UserSettingsPatch { task_sync_enabled: Some(on), llm_enhanced_features_enabled: None }
}

pub(super) fn llm(on: bool) -> UserSettingsPatch {
    UserSettingsPatch { task_sync_enabled: None, llm_enhanced_features_enabled: Some(on) }
}
