//! Events: delivered once, in whole or in halves, and never as somebody else's.

use roo_cloud_web::platform::sim::{Fault, Reply, TabOptions, seeds};

use super::*;

pub(super) const EVENTS: &str = "https://cloud.example/api/events";

pub(super) fn capture(client: &Client, kind: &str, task: &str) -> String {
    let event = json!({"type": kind, "properties": {"taskId": task}}).to_string();
    client.service.telemetry().capture(event.as_bytes()).expect("taken in").text()
}

/// The tasks of the events that the cloud has, in the order they came.
pub(super) fn delivered(scene: &Scene) -> Vec<String> {
    scene.cloud.look(|cloud| {
        let mut events: Vec<_> = cloud.events.values().collect();
        events.sort_by_key(|event| event.number);
        events.iter().map(|event| event.properties["taskId"].as_str().expect("a task").to_owned()).collect()
    })
}

#[test]
fn what_was_captured_offline_is_delivered_once_when_back() {
    seeds(30, |seed| {
        let scene = Scene::new(seed);
        let client = scene.signed_in("user_ada");
        scene.world.set_online(false);
        let tasks: Vec<String> = (0..120).map(|number| number.to_string()).collect();
        for task in &tasks {
            capture(&client, "Task Created", task);
            scene.world.run_for(100);
        }
        scene.world.run_for(20 * MINUTE_MS);
        assert_eq!((delivered(&scene), client.stats()["queued"].clone()), (Vec::new(), json!(120)));
        // Answers that get lost make the same events come again, and change nothing.
        for _ in 0..2 {
            scene.world.network().fail_next(EVENTS, Fault::AnswerLost);
        }
        scene.world.set_online(true);
        scene.world.run_for(10 * MINUTE_MS);
        assert_eq!(delivered(&scene), tasks);
        // A full batch, sent twice more, and what is left.
        assert_eq!(scene.world.network().count("https://cloud.example/api/events/batch"), 4);
        assert_eq!((&client.stats()["queued"], &client.stats()["delivered"]), (&json!(0), &json!(120)));
    });
}

#[test]
fn a_batch_that_is_refused_is_halved_until_the_poisonous_event_stands_alone() {
    seeds(30, |seed| {
        let scene = Scene::new(seed);
        let client = scene.signed_in("user_ada");
        client.service.telemetry().define_event("Poison", b"{}").expect("defined");
        scene.cloud.change(|cloud| cloud.poisonous_type = Some("Poison".to_owned()));
        let poisoned = scene.world.rng().below(32);
        for number in 0..32 {
            capture(&client, if number == poisoned { "Poison" } else { "Task Created" }, &number.to_string());
        }
        scene.world.run_for(10 * MINUTE_MS);
        let mut tasks: Vec<u64> = delivered(&scene).iter().map(|task| task.parse().expect("a number")).collect();
        tasks.sort_unstable();
        assert_eq!(tasks, (0..32).filter(|number| *number != poisoned).collect::<Vec<_>>());
        let stats = client.stats();
        assert_eq!((&stats["queued"], &stats["dropped"]), (&json!(0), &json!({"rejected": 1})));
        assert!(scene.world.network().count(EVENTS) <= 12, "halved, not tried one by one");
    });
}

#[test]
fn without_a_batch_route_events_go_one_by_one_and_what_it_does_not_know_is_counted() {
    seeds(20, |seed| {
        let scene = Scene::new(seed);
        let client = scene.signed_in("user_ada");
        client.service.telemetry().define_event("Own", b"{}").expect("defined");
        scene.cloud.change(|cloud| cloud.has_batch_route = false);
        for (kind, task) in [("Task Created", "1"), ("Own", "2"), ("Task Completed", "3")] {
            capture(&client, kind, task);
        }
        scene.world.run_for(MINUTE_MS);
        assert_eq!(delivered(&scene), ["1", "3"]);
        assert_eq!((&client.stats()["queued"], &client.stats()["dropped"]), (&json!(0), &json!({"unsupported": 1})));
    });
}

#[test]
fn nothing_of_one_person_is_sent_as_another() {
    seeds(30, |seed| {
        let scene = Scene::new(seed);
        let client = scene.signed_in("user_ada");
        scene.world.network().set_reachable(false);
        capture(&client, "Task Created", "ada's");
        scene.world.run_for(1_000);
        scene.world.network().set_reachable(true);
        let callback = scene.leave(&scene.open(), "user_ben");
        let window = scene.create(&scene.world.open_tab_with(TabOptions::at(&callback)), config());
        scene.callback(&window, &callback).expect("signed in");
        scene.world.run_for(1_000);
        assert_eq!(client.service.auth().user().expect("a user").id.as_deref(), Some("user_ben"));
        capture(&client, "Task Created", "ben's");
        scene.world.run_for(10 * MINUTE_MS);
        scene.cloud.look(|cloud| {
            for event in cloud.events.values() {
                assert_eq!(event.properties["taskId"] == "ada's", event.person == "user_ada");
            }
            assert!(cloud.events.values().any(|event| event.person == "user_ben"));
        });
    });
}

#[test]
fn opting_out_purges_what_waits_and_takes_nothing_in() {
    seeds(20, |seed| {
        let scene = Scene::new(seed);
        let client = scene.signed_in("user_ada");
        capture(&client, "Task Created", "1");
        client.service.telemetry().set_enabled(false);
        capture(&client, "Task Created", "2");
        scene.world.run_for(10 * MINUTE_MS);
        assert_eq!((delivered(&scene), scene.world.network().count(EVENTS)), (Vec::new(), 0));
        assert_eq!((&client.stats()["queued"], &client.stats()["dropped"]), (&json!(0), &json!({"disabled": 2})));
    });
}

#[test]
fn without_a_batch_route_one_that_is_refused_is_counted_and_the_others_go() {
    let scene = Scene::new(1);
    let client = scene.signed_in("user_ada");
    let had = Rc::new(RefCell::new(Vec::new()));
    let seen = had.clone();
    scene.world.network().handle(EVENTS, move |request, _| {
        if request.url != EVENTS {
            return Reply::status(404);
        }
        let event: Value = serde_json::from_slice(request.body.as_deref().unwrap_or_default()).expect("JSON");
        if event["type"] == "Task Reopened" {
            return Reply::status(400);
        }
        seen.borrow_mut().push(event["properties"]["taskId"].clone());
        Reply::status(200)
    });
    for (kind, task) in [("Task Created", "1"), ("Task Reopened", "2"), ("Task Completed", "3")] {
        capture(&client, kind, task);
    }
    scene.world.run_for(10 * MINUTE_MS);
    assert_eq!(*had.borrow(), ["1", "3"]);
    assert_eq!((&client.stats()["queued"], &client.stats()["dropped"]), (&json!(0), &json!({"rejected": 1})));
}

#[test]
fn without_a_batch_route_a_tab_that_dies_makes_no_more_than_one_come_twice() {
    seeds(20, |seed| {
        let scene = Scene::new(seed);
        let client = scene.signed_in("user_ada");
        scene.cloud.change(|cloud| cloud.has_batch_route = false);
        for task in 0..6 {
            capture(&client, "Task Created", &task.to_string());
        }
        for _ in 0..1_000 {
            scene.world.run_for(20);
            if delivered(&scene).len() >= 4 {
                break;
            }
        }
        client.tab.kill();
        scene.open();
        scene.world.run_for(5 * MINUTE_MS);
        let (all, mut each) = (delivered(&scene), delivered(&scene));
        each.sort();
        each.dedup();
        assert_eq!(each.len(), 6);
        assert!(all.len() <= 7, "{all:?}");
    });
}

#[test]
fn an_answer_that_names_nothing_is_none_and_is_not_asked_for_at_once_again() {
    let scene = Scene::new(1);
    let client = scene.signed_in("user_ada");
    let batch = "https://cloud.example/api/events/batch";
    scene.world.network().handle(batch, |_, _| Reply::json(200, r#"{"accepted":[],"rejected":[]}"#));
    capture(&client, "Task Created", "1");
    scene.world.run_for(10 * MINUTE_MS);
    let asked = scene.world.network().count(batch);
    assert!((2..=16).contains(&asked), "{asked} requests");
    assert_eq!(client.stats()["queued"], 1);
    assert!(client.background_errors().contains(&Code::InvalidResponse));
}

#[test]
fn what_waits_for_a_token_when_telemetry_is_switched_off_is_not_sent_any_more() {
    let scene = Scene::new(1);
    let client = scene.signed_in("user_ada");
    let batch = "https://cloud.example/api/events/batch";
    scene.world.network().handle(batch, |_, _| Reply::status(401));
    capture(&client, "Task Created", "1");
    while scene.world.network().log().iter().all(|it| !it.url.starts_with(batch) || it.ended_ms.is_none()) {
        scene.world.run_for(1);
    }
    client.service.telemetry().set_enabled(false);
    scene.world.run_for(5 * MINUTE_MS);
    assert_eq!(scene.world.network().count(batch), 1);
}
