//! Profiles while people and organizations change: whose they are, and that the newest wins.

use std::cell::Cell;

use futures_util::FutureExt;
use futures_util::future::select;
use roo_cloud_web::auth::session::ActFor;
use roo_cloud_web::platform::Timers;
use roo_cloud_web::platform::sim::seeds;
use roo_cloud_web::profiles::merge::Side;

use super::*;

/// A client whose person takes so long, in milliseconds, to answer each conflict: for the cloud.
fn answering_after(world: &World, delays_ms: &'static [u64]) -> impl Fn() -> Config {
    let (page, asked) = (world.open_tab(), Rc::new(Cell::new(0)));
    move || {
        let (page, asked) = (page.clone(), asked.clone());
        let answer = move |_| {
            let wait = page.sleep(delays_ms.get(asked.replace(asked.get() + 1)).copied().unwrap_or(1));
            wait.map(|()| Side::Cloud).boxed_local()
        };
        Config { resolver: Some(Rc::new(answer)), ..config() }
    }
}

fn set_model(scene: &Scene, model: &str) {
    scene.cloud.change(|cloud| {
        cloud.directory.change_settings("org_meridian", |settings| {
            settings["providerProfiles"]["meridian-default"]["apiModelId"] = model.into();
        });
    });
}

/// Ada, who changed a profile of the cloud's by hand.
fn with_a_change_of_her_own(scene: &Scene, delays_ms: &'static [u64]) -> Client {
    let client = scene.signed_in_with(answering_after(&scene.world, delays_ms), "user_ada");
    let mut own = client.profiles()["meridian-default"].clone();
    own["apiModelId"] = "mine".into();
    scene.world.run(client.save("meridian-default", &own.to_string())).expect("the tab lives").expect("saved");
    client
}

#[test]
fn an_answer_that_comes_after_a_switch_brings_nothing_of_the_organization_left() {
    let scene = Scene::new(1);
    let client = with_a_change_of_her_own(&scene, &[10 * MINUTE_MS]);
    set_model(&scene, "theirs");
    scene.world.run_for(6 * MINUTE_MS);
    let to = ActFor::Organization("org_juniper".to_owned());
    scene.run(&client, |service| async move { service.switch_organization(to).await }).expect("switched");
    scene.world.run_for(60 * MINUTE_MS);
    let names: Vec<String> = client.profiles().as_object().expect("an object").keys().cloned().collect();
    assert!(names.iter().all(|name| !name.starts_with("meridian")), "{names:?}");
}

#[test]
fn an_answer_to_an_older_conflict_does_not_undo_a_newer_sync() {
    let scene = Scene::new(1);
    let client = with_a_change_of_her_own(&scene, &[20 * MINUTE_MS, 1_000]);
    for model in ["older", "newest"] {
        set_model(&scene, model);
        scene.world.run_for(6 * MINUTE_MS);
    }
    scene.world.run_for(120 * MINUTE_MS);
    assert_eq!(client.profiles()["meridian-default"]["apiModelId"], "newest");
}

#[test]
fn a_sync_that_is_aborted_while_it_is_stored_shows_in_all_tabs() {
    seeds(40, |seed| {
        let scene = Scene::new(seed);
        let manual = || Config { sync_profiles: false, ..config() };
        let client = scene.signed_in_with(manual, "user_ada");
        let other = scene.create(&scene.world.open_tab(), manual());
        scene.world.run_for(5_000);
        let aborted = client.tab.sleep(seed % 8);
        scene.run(&client, |service| async move {
            select(Box::pin(service.sync_profiles(None)), Box::pin(aborted)).await;
        });
        scene.world.run_for(5_000);
        let stored = scene.create(&scene.world.open_tab(), manual()).profiles();
        assert_eq!([client.profiles(), other.profiles()], [stored.clone(), stored]);
    });
}

/// Somebody makes the profile `mine` while nobody is signed in.
fn made_by_nobody(scene: &Scene, settings: &str) -> Client {
    let nobody = scene.open();
    scene.world.run(nobody.save("mine", settings)).expect("the tab lives").expect("saved");
    nobody
}

#[test]
fn profiles_of_nobody_go_to_one_person_whenever_the_tab_dies() {
    seeds(80, |seed| {
        let scene = Scene::new(seed);
        let nobody = made_by_nobody(&scene, r#"{"apiProvider":"anthropic","apiKey":"adas"}"#);
        let callback = scene.leave(&nobody, "user_ada");
        let ada = scene.create(&scene.world.open_tab_with(TabOptions::at(&callback)), config());
        drop(ada.start(|service| async move { service.handle_callback(&callback).await }));
        let taken = || ada.tab.storage().records().into_keys().any(|key| key.ends_with("/profiles/user_ada"));
        for _ in 0..20_000 {
            if taken() {
                break;
            }
            scene.world.run_for(1);
        }
        assert!(taken());
        scene.world.run_for(seed % 4);
        ada.tab.kill();
        let ben = scene.sign_in_over("user_ben");
        scene.world.run_for(5_000);
        assert_eq!(ben.profiles().get("mine"), None);
        assert_eq!(scene.sign_in_over("user_ada").profiles()["mine"]["apiKey"], "adas");
    });
}

#[test]
fn profiles_of_nobody_are_added_to_those_that_the_next_person_has() {
    let scene = Scene::new(1);
    let ada = scene.signed_in("user_ada");
    scene.world.run(ada.save("mine", r#"{"apiProvider":"ollama"}"#)).expect("the tab lives").expect("saved");
    scene.run(&ada, |service| async move { service.logout(false).await }).expect("signed out");
    ada.tab.kill();
    made_by_nobody(&scene, r#"{"apiProvider":"anthropic","apiKey":"adas"}"#).tab.kill();
    let ada = scene.signed_in("user_ada");
    assert_eq!(ada.profiles()["mine"]["apiProvider"], "ollama");
    assert_eq!(ada.profiles()["mine 2"]["apiKey"], "adas");
    scene.run(&ada, |service| async move { service.logout(false).await }).expect("signed out");
    ada.tab.kill();
    let ben = scene.signed_in("user_ben");
    assert!([ben.profiles().get("mine"), ben.profiles().get("mine 2")] == [None, None], "nothing waits for him");
}

#[test]
fn a_copy_of_the_clouds_profile_is_ones_own_and_stays_when_the_clouds_goes() {
    let scene = Scene::new(1);
    let client = scene.signed_in("user_ada");
    let mut copy = client.profiles()["meridian-default"].clone();
    copy["apiKey"] = "hers".into();
    scene.world.run(client.save("Copy", &copy.to_string())).expect("the tab lives").expect("saved");
    assert_ne!(client.profiles()["Copy"]["id"], copy["id"]);
    scene.cloud.change(|cloud| {
        cloud.directory.change_settings("org_meridian", |settings| settings["providerProfiles"] = json!({}));
    });
    scene.world.run_for(6 * MINUTE_MS);
    assert_eq!(client.profiles().get("meridian-default"), None);
    assert_eq!(client.profiles()["Copy"]["apiKey"], "hers");
    // Saved again as it was read, it keeps its id.
    let id = client.profiles()["Copy"]["id"].clone();
    let again = client.profiles()["Copy"].to_string();
    scene.world.run(client.save("Copy", &again)).expect("the tab lives").expect("saved");
    assert_eq!(client.profiles()["Copy"]["id"], id);
}
