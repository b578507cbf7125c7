//! Taking events in: what is refused, what is changed, and what never gets as far as storage.

use roo_cloud_web::platform::sim::{Reply, seeds};
use roo_cloud_web::platform::vault::Vault;

use super::durable::{BATCH, SECOND_MS, captured, records};
use super::events::delivered;
use super::*;

#[test]
fn i1_before_send_and_the_key_rules_come_before_anything_is_stored() {
    seeds(10, |seed| {
        let scene = Scene::new(seed);
        let hooked = || {
            let mut config = config();
            config.telemetry.before_send = Some(Rc::new(|event: Vec<u8>| {
                let mut event: Value = serde_json::from_slice(&event).expect("JSON");
                let taken = event["properties"]["note"].take();
                event["properties"].as_object_mut().expect("an object").remove("note");
                (taken != "drop me").then(|| event.to_string().into_bytes())
            }));
            config
        };
        let client = scene.signed_in_with(hooked, "user_ada");
        scene.world.network().set_reachable(false);
        for note in ["drop me", "canary-note"] {
            let properties =
                json!({"taskId": "1", "note": note, "apiKey": "canary-key", "deep": {"token": "canary-token"}});
            let event = json!({"type": "Task Created", "properties": properties}).to_string();
            client.service.telemetry().capture(event.as_bytes()).expect("taken in");
        }
        scene.world.run_for(SECOND_MS);
        let keys = records(&scene);
        let (owner, slot) = keys[0].split_once("/events/").expect("a slot");
        let vault = Vault::new(Rc::new(client.tab.clone()), owner.to_owned());
        let slot = format!("events/{slot}");
        let record = scene.world.run(client.tab.start(async move { vault.read(&slot).await }));
        let record = record.expect("alive").expect("readable").expect("there");
        let events: Value = serde_json::from_slice(&record.bytes).expect("JSON");
        assert_eq!((keys.len(), events.as_array().map(Vec::len)), (1, Some(1)));
        assert_eq!(events[0]["properties"]["taskId"], "1");
        assert!(!String::from_utf8_lossy(&record.bytes).contains("canary"), "{events}");
        assert_eq!(client.stats()["dropped"], json!({"before-send": 1}));
        for (key, sealed) in scene.world.origin("https://app.example").storage.records() {
            assert!(!String::from_utf8_lossy(&sealed).contains("Task Created"), "{key} is sealed");
        }
    });
}

#[test]
fn i2_what_is_too_large_or_invalid_is_refused_at_capture() {
    let scene = Scene::new(1);
    let client = scene.signed_in("user_ada");
    let telemetry = client.service.telemetry();
    let refused = |event: Value| telemetry.capture(event.to_string().as_bytes()).expect_err("refused");
    let large = refused(json!({"type": "Task Created", "properties": {"taskId": "1", "text": "x".repeat(1_100_000)}}));
    assert_eq!((large.code, large.message.contains("too large")), (Code::InvalidEvent, true));
    let untyped = refused(json!({"type": "Task Created", "properties": {"taskId": 7}}));
    assert_eq!((untyped.code, untyped.message.contains("properties.taskId")), (Code::InvalidEvent, true));
    assert_eq!(refused(json!({"type": "Never Defined"})).code, Code::InvalidEvent);
    assert_eq!((&client.stats()["queued"], &client.stats()["dropped"]), (&json!(0), &json!({})));
}

#[test]
fn i2_a_batch_that_is_too_large_for_the_cloud_is_halved_and_not_sent_again_and_again() {
    seeds(20, |seed| {
        let scene = Scene::new(seed);
        let client = scene.signed_in("user_ada");
        scene.cloud.change(|cloud| cloud.most_body_bytes = 4_000);
        let tasks = captured(&client, 0..40);
        let event = json!({"type": "Task Created", "properties": {"taskId": "large", "text": "x".repeat(5_000)}});
        client.service.telemetry().capture(event.to_string().as_bytes()).expect("taken in");
        scene.world.run_for(10 * MINUTE_MS);
        assert_eq!((delivered(&scene), &client.stats()["dropped"]), (tasks, &json!({"rejected": 1})));
        assert!(scene.world.network().count(BATCH) < 20, "{}", scene.world.network().count(BATCH));
        assert!(records(&scene).is_empty());
    });
}

#[test]
fn messages_of_tasks_are_taken_in_where_task_sync_is_on() {
    let scene = Scene::new(1);
    let client = scene.signed_in("user_ada");
    let message = json!([{"taskId": "t", "action": "created", "message": {"ts": 1, "type": "say", "say": "text"}}]);
    let emit = || client.service.telemetry().emit_task_event("message", message.to_string().as_bytes());
    let partial = json!([{"taskId": "t", "action": "created", "message": {"ts": 1, "type": "say", "partial": true}}]);
    for is_on in [false, true] {
        record_task_messages(&scene, &client, is_on);
        emit().expect("taken in or not");
    }
    client.service.telemetry().emit_task_event("message", partial.to_string().as_bytes()).expect("told");
    assert_eq!((client.told("task-event"), &client.stats()["dropped"]), (3, &json!({"filtered": 1})));
    scene.world.run_for(MINUTE_MS);
    let kinds = scene.cloud.look(|cloud| cloud.events.values().map(|event| event.kind.clone()).collect::<Vec<_>>());
    assert_eq!(kinds, ["Task Message"]);
}

/// Switches task sync on or off for the organization, and has `client` hear of it.
fn record_task_messages(scene: &Scene, client: &Client, is_on: bool) {
    scene.cloud.change(|cloud| {
        cloud.directory.change_settings("org_meridian", |settings| {
            settings["cloudSettings"]["recordTaskMessages"] = is_on.into();
        });
    });
    scene.run(client, |service| async move { service.refresh_settings().await }).expect("settings");
}

#[test]
fn messages_that_wait_when_task_sync_is_switched_off_are_not_sent() {
    for leaves in [false, true] {
        let scene = Scene::new(1);
        let client = scene.signed_in("user_ada");
        record_task_messages(&scene, &client, true);
        let message = json!([{"taskId": "t", "action": "created", "message": {"ts": 1, "type": "say", "say": "text"}}]);
        client.service.telemetry().emit_task_event("message", message.to_string().as_bytes()).expect("taken in");
        captured(&client, 0..1);
        record_task_messages(&scene, &client, false);
        if leaves {
            client.tab.hide();
        }
        scene.world.run_for(MINUTE_MS);
        let kinds = scene.cloud.look(|cloud| cloud.events.values().map(|event| event.kind.clone()).collect::<Vec<_>>());
        assert_eq!(kinds, ["Task Created"]);
        assert_eq!((&client.stats()["queued"], &client.stats()["dropped"]), (&json!(0), &json!({"filtered": 1})));
    }
}

#[test]
fn messages_that_wait_are_sent_while_nobody_knows_whether_task_sync_was_switched_off() {
    let scene = Scene::new(1);
    let client = scene.signed_in("user_ada");
    record_task_messages(&scene, &client, true);
    scene.world.network().set_reachable(false);
    let message = json!([{"taskId": "t", "action": "created", "message": {"ts": 1, "type": "say", "say": "text"}}]);
    client.service.telemetry().emit_task_event("message", message.to_string().as_bytes()).expect("taken in");
    scene.world.run_for(SECOND_MS);
    scene.run(&client, |service| async move { service.logout(false).await }).expect("signed out");
    scene.world.network().set_reachable(true);
    scene.world.network().handle(SETTINGS, |_, _| Reply::status(503));
    let again = scene.signed_in("user_ada");
    scene.world.run_for(MINUTE_MS);
    assert_eq!((again.organization(), again.stats()["dropped"].clone()), (None, json!({})));
    assert_eq!(scene.cloud.look(|cloud| cloud.events.len()), 1);
}

#[test]
fn an_events_own_properties_win_over_the_common_ones_and_the_hook_may_not_change_its_type() {
    let scene = Scene::new(1);
    let hooked = || {
        let mut config = config();
        config.telemetry.before_send = Some(Rc::new(|event: Vec<u8>| {
            let text = String::from_utf8(event).expect("text");
            Some(text.replace("Task Completed", "Tool Used").into_bytes())
        }));
        config
    };
    let client = scene.signed_in_with(hooked, "user_ada");
    let event = json!({"type": "Task Created", "properties": {"taskId": "1", "mode": "its own"}}).to_string();
    client.service.telemetry().capture(event.as_bytes()).expect("taken in");
    let event = json!({"type": "Task Completed", "properties": {"taskId": "1"}}).to_string();
    assert_eq!(code(client.service.telemetry().capture(event.as_bytes())), Some(Code::InvalidEvent));
    scene.world.run_for(MINUTE_MS);
    scene.cloud.look(|cloud| {
        let properties: Vec<_> = cloud.events.values().map(|event| &event.properties).collect();
        assert_eq!((properties.len(), &properties[0]["mode"]), (1, &json!("its own")));
        assert_eq!(properties[0]["appName"], "app");
    });
}

#[test]
fn what_before_send_makes_of_an_event_is_checked_too() {
    let scene = Scene::new(1);
    let hooked = || {
        let mut config = config();
        config.telemetry.before_send = Some(Rc::new(|event: Vec<u8>| {
            let mut event: Value = serde_json::from_slice(&event).expect("JSON");
            event["properties"]["taskId"] = json!(7);
            Some(event.to_string().into_bytes())
        }));
        config
    };
    let client = scene.signed_in_with(hooked, "user_ada");
    let event = json!({"type": "Task Created", "properties": {"taskId": "1"}}).to_string();
    let refused = client.service.telemetry().capture(event.as_bytes()).expect_err("refused");
    assert_eq!((refused.code, refused.message.contains("properties.taskId")), (Code::InvalidEvent, true));
    assert_eq!(client.stats()["queued"], 0);
}

#[test]
fn i1_the_key_rules_hold_for_what_goes_with_every_event() {
    let scene = Scene::new(1);
    let common = || {
        let mut config = config();
        let own = config.telemetry.properties.take().and_then(|properties| properties()).expect("properties");
        config.telemetry.properties = Some(Rc::new(move || {
            let mut properties: Value = serde_json::from_slice(&own).expect("JSON");
            properties["apiKey"] = json!("canary");
            Some(properties.to_string().into_bytes())
        }));
        config
    };
    let client = scene.signed_in_with(common, "user_ada");
    captured(&client, 0..1);
    scene.world.run_for(MINUTE_MS);
    assert_eq!(delivered(&scene), ["0"]);
    scene.cloud.look(|cloud| {
        let event = cloud.events.values().next().expect("an event");
        assert!(event.properties.get("apiKey").is_none() && event.properties["appName"] == "app");
    });
}

#[test]
fn the_queue_is_told_of_after_the_capture_and_not_for_each() {
    let scene = Scene::new(1);
    let client = scene.signed_in("user_ada");
    scene.world.run_for(SECOND_MS);
    let before = client.told("queue-changed");
    captured(&client, 0..1);
    assert_eq!(client.told("queue-changed"), before, "not while the page waits for its id");
    for task in 1..100 {
        captured(&client, task..task + 1);
        scene.world.run_for(1);
    }
    let told = client.told("queue-changed") - before;
    assert!((1..=2).contains(&told), "{told} times in 100 ms");
}
