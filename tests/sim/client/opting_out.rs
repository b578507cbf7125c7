//! Opting out: what waits for whoever is signed in then, all of it, and nothing else.

use std::cell::Cell;

use roo_cloud_web::platform::sim::seeds;

use super::durable::captured;
use super::events::delivered;
use super::*;

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
