//! Opting out: what waits for whoever is signed in then, all of it, and nothing else.

use std::cell::Cell;

use roo_cloud_web::platform::sim::{Faults, Reply, seeds};

use super::durable::{BATCH, SECOND_MS, captured, leave_unstored, records};
use super::events::{EVENTS, delivered};
use super::*;

fn off_and_on(client: &Client) {
    client.service.telemetry().set_enabled(false);
    client.service.telemetry().set_enabled(true);
}

#[test]
fn a_flush_ends_when_what_it_waits_for_is_purged_and_keeps_no_other_tab_from_delivering() {
    seeds(200, |seed| {
        let scene = Scene::new(seed);
        let client = scene.signed_in("user_ada");
        client.tab.storage().set_transaction_ms(0, 1);
        scene.world.network().set_travel_ms(1, 3);
        let has_ended = Rc::new(Cell::new(false));
        let ended = has_ended.clone();
        drop(client.start(|service| async move {
            let _ = service.telemetry().flush(None).await;
            ended.set(true);
        }));
        for _ in 0..scene.world.rng().between((10, 100)) {
            captured(&client, 0..1);
            scene.world.run_for(2);
        }
        client.service.telemetry().set_enabled(false);
        scene.world.run_for(MINUTE_MS);
        assert!(has_ended.get());
        let other = scene.open();
        captured(&other, 1..2);
        scene.world.run_for(MINUTE_MS);
        assert_eq!(delivered(&scene).last().map(String::as_str), Some("1"));
    });
}

#[test]
fn while_nobody_is_signed_in_it_purges_nothing_of_whoever_is_next() {
    let scene = Scene::new(1);
    let ada = scene.signed_in("user_ada");
    scene.world.network().set_reachable(false);
    captured(&ada, 0..1);
    scene.world.run_for(SECOND_MS);
    scene.run(&ada, |service| async move { service.logout(false).await }).expect("signed out");
    scene.world.network().set_reachable(true);
    let page = scene.open();
    off_and_on(&page);
    scene.sign_in_over("user_ada").tab.kill();
    scene.world.run_for(5 * MINUTE_MS);
    assert_eq!((page.user_id().as_deref(), delivered(&scene)), (Some("user_ada"), vec!["0".to_owned()]));
}

#[test]
fn what_somebody_else_left_unstored_is_not_purged() {
    let scene = Scene::new(1);
    let client = scene.signed_in("user_ada");
    scene.world.network().set_faults(EVENTS, Faults::failing(1.0));
    leave_unstored(&scene, &client, "user_ben");
    captured(&client, 1..2);
    off_and_on(&client);
    captured(&client, 2..3);
    client.tab.storage().set_quota_bytes(None);
    scene.world.run_for(MINUTE_MS);
    scene.world.network().set_faults(EVENTS, Faults::default());
    scene.world.run_for(10 * MINUTE_MS);
    scene.sign_in_over("user_ada");
    scene.world.run_for(10 * MINUTE_MS);
    assert_eq!(delivered(&scene), ["2", "0"]);
}

#[test]
fn what_happens_after_opting_in_again_is_delivered() {
    seeds(100, |seed| {
        let scene = Scene::new(seed);
        let client = scene.signed_in("user_ada");
        captured(&client, 0..1);
        scene.world.run_for(scene.world.rng().below(50));
        client.service.telemetry().set_enabled(false);
        scene.world.run_for(scene.world.rng().below(3));
        client.service.telemetry().set_enabled(true);
        captured(&client, 1..2);
        scene.world.run_for(MINUTE_MS);
        assert_eq!((delivered(&scene), records(&scene).len()), (vec!["1".to_owned()], 0));
        assert_eq!(client.stats()["queued"], 0);
    });
}

#[test]
fn what_storage_did_not_delete_is_not_sent_and_is_deleted_later() {
    seeds(20, |seed| {
        let scene = Scene::new(seed);
        let client = scene.signed_in("user_ada");
        scene.world.set_online(false);
        captured(&client, 0..1);
        scene.world.run_for(SECOND_MS);
        client.tab.storage().set_abort_probability(1.0);
        client.service.telemetry().set_enabled(false);
        scene.world.run_for(SECOND_MS);
        client.service.telemetry().set_enabled(seed % 2 == 0);
        scene.world.set_online(true);
        scene.world.run_for(2 * MINUTE_MS);
        assert_eq!(records(&scene).len(), 1);
        client.tab.storage().set_abort_probability(0.0);
        scene.world.run_for(2 * MINUTE_MS);
        assert_eq!((records(&scene).len(), &client.stats()["dropped"]), (0, &json!({"disabled": 1})));
        client.tab.kill();
        scene.open();
        scene.world.run_for(2 * MINUTE_MS);
        assert!(delivered(&scene).is_empty());
    });
}

#[test]
fn what_happens_while_what_is_purged_is_still_being_written_is_not_lost() {
    seeds(100, |seed| {
        let scene = Scene::new(seed);
        let client = scene.signed_in("user_ada");
        let storage = client.tab.storage();
        scene.world.set_online(false);
        storage.set_full_probability(1.0);
        captured(&client, 0..1);
        scene.world.run_for(SECOND_MS);
        assert_eq!(client.stats()["unstored"], 1);
        // Written anew and sent at the same time; the sending fails.
        storage.set_full_probability(0.0);
        storage.set_transaction_ms(10, 1_000);
        scene.world.set_online(true);
        scene.world.network().set_travel_ms(1_000, 1_000);
        scene.world.network().handle(BATCH, |_, _| Reply::status(503));
        drop(client.start(|service| async move { service.telemetry().flush(None).await }));
        scene.world.run_for(5);
        off_and_on(&client);
        captured(&client, 1..2);
        scene.world.run_for(10 * SECOND_MS);
        assert_eq!(client.stats()["queued"], 1, "{}", client.stats());
    });
}
