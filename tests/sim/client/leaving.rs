//! What a page takes along when it is left: as much as the browser lets it, and nothing twice.

use roo_cloud_web::platform::sim::seeds;

use super::durable::{BATCH, SECOND_MS};
use super::events::delivered;
use super::*;

/// Events of so many bytes each, all stored but the last.
fn large(scene: &Scene, client: &Client, sizes: &[usize]) {
    for (task, size) in sizes.iter().enumerate() {
        scene.world.run_for(100);
        let properties = json!({"taskId": task.to_string(), "text": "x".repeat(*size)});
        let event = json!({"type": "Task Created", "properties": properties}).to_string();
        client.service.telemetry().capture(event.as_bytes()).expect("taken in");
    }
}

#[test]
fn no_more_is_taken_along_than_the_browser_lets_a_page() {
    seeds(20, |seed| {
        let scene = Scene::new(seed);
        let client = scene.signed_in("user_ada");
        large(&scene, &client, &[25_000, 25_000, 25_000]);
        client.tab.hide();
        scene.world.run_for(0);
        client.tab.kill();
        scene.world.run_for(SECOND_MS);
        assert_eq!(delivered(&scene), ["0", "1"]);
    });
}

#[test]
fn what_is_too_large_to_be_taken_along_is_not_tried() {
    let scene = Scene::new(1);
    let client = scene.signed_in("user_ada");
    large(&scene, &client, &[70_000]);
    client.tab.hide();
    scene.world.run_for(10);
    assert_eq!(scene.world.network().count(BATCH), 0);
}

#[test]
fn a_page_that_is_left_twice_or_sends_already_takes_nothing_along_twice() {
    for sends in [false, true] {
        let scene = Scene::new(1);
        let client = scene.signed_in("user_ada");
        scene.world.network().set_travel_ms(400, 400);
        large(&scene, &client, &[10]);
        scene.world.run_for(100);
        let flush = client.start(|service| async move {
            if sends { service.telemetry().flush(None).await.map(drop) } else { Ok(()) }
        });
        scene.world.run_for(100);
        client.service.telemetry().page_hidden();
        scene.world.run_for(1);
        client.service.telemetry().page_hidden();
        scene.world.run_for(100);
        assert_eq!(scene.world.network().count(BATCH), 1);
        scene.world.run(flush).expect("alive").expect("sent");
        scene.world.run_for(MINUTE_MS);
        assert_eq!((delivered(&scene).len(), scene.cloud.look(|cloud| cloud.repeated_events)), (1, 0));
    }
}
