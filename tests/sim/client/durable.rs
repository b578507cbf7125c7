//! What waits outlives its tab, and is delivered by whichever tab there is.

use std::cell::Cell;

use base64ct::{Base64UrlUnpadded, Encoding};
use roo_cloud_web::platform::sim::{Fault, Reply, StorageMode, TabOptions, seeds};

use super::events::{EVENTS, capture, delivered};
use super::*;
use crate::cloud::AccessToken;

pub(super) const BATCH: &str = "https://cloud.example/api/events/batch";
pub(super) const SECOND_MS: u64 = 1_000;

pub(super) fn captured(client: &Client, tasks: std::ops::Range<u32>) -> Vec<String> {
    let tasks: Vec<String> = tasks.map(|task| task.to_string()).collect();
    for task in &tasks {
        capture(client, "Task Created", task);
    }
    tasks
}

/// The stored records of the queue.
pub(super) fn records(scene: &Scene) -> Vec<String> {
    let records = scene.world.origin("https://app.example").storage.records();
    records.into_keys().filter(|key| key.contains("/events/")).collect()
}

#[test]
fn what_waits_survives_its_tab_and_is_delivered_by_the_next() {
    seeds(30, |seed| {
        let scene = Scene::new(seed);
        let client = scene.signed_in("user_ada");
        scene.world.network().set_reachable(false);
        let tasks = captured(&client, 0..150);
        scene.world.run_for(50);
        assert_eq!(client.stats()["unstored"], 0, "stored within 50 ms");
        client.tab.kill();
        scene.world.network().set_reachable(true);
        scene.world.run_for(MINUTE_MS);
        let next = scene.open();
        scene.world.run_for(30 * SECOND_MS);
        assert_eq!(delivered(&scene), tasks);
        assert_eq!((&next.stats()["queued"], records(&scene).len()), (&json!(0), 0));
    });
}

#[test]
fn what_happens_in_a_hidden_tab_is_stored_at_once_too() {
    seeds(20, |seed| {
        let scene = Scene::new(seed);
        let client = scene.signed_in("user_ada");
        scene.world.set_online(false);
        client.tab.hide();
        scene.world.run_for(2 * MINUTE_MS + 1);
        for task in 0..50 {
            captured(&client, task..task + 1);
            scene.world.run_for(scene.world.rng().between((0, 20)));
        }
        scene.world.run_for(50);
        assert_eq!((&client.stats()["unstored"], &client.stats()["queued"]), (&json!(0), &json!(50)));
    });
}

#[test]
fn what_happens_is_stored_within_50_ms_also_where_transactions_are_slow() {
    seeds(20, |seed| {
        let scene = Scene::new(seed);
        let client = scene.signed_in("user_ada");
        scene.world.set_online(false);
        scene.world.run_for(SECOND_MS);
        scene.world.origin("https://app.example").storage.set_transaction_ms(20, 22);
        for task in 0..200 {
            captured(&client, task..task + 1);
            scene.world.run_for(1);
        }
        scene.world.run_for(49);
        assert_eq!((&client.stats()["unstored"], &client.stats()["queued"]), (&json!(0), &json!(200)));
    });
}

#[test]
fn what_is_older_than_30_days_is_dropped_and_counted() {
    seeds(10, |seed| {
        let scene = Scene::new(seed);
        let client = scene.signed_in("user_ada");
        scene.world.network().set_reachable(false);
        captured(&client, 0..3);
        scene.world.run_for(SECOND_MS);
        client.tab.kill();
        scene.world.run_for(31 * 24 * 60 * MINUTE_MS);
        scene.world.network().set_reachable(true);
        let next = scene.signed_in("user_ada");
        captured(&next, 3..5);
        scene.world.run_for(5 * MINUTE_MS);
        assert_eq!((delivered(&scene), records(&scene).len()), (vec!["3".to_owned(), "4".to_owned()], 0));
        assert_eq!(next.stats()["dropped"], json!({"expired": 3}));
    });
}

#[test]
fn a_pause_longer_than_any_is_a_clock_set_back_and_holds_nothing_up() {
    seeds(20, |seed| {
        let scene = Scene::new(seed);
        let client = scene.signed_in("user_ada");
        scene.world.network().handle(BATCH, |_, _| Reply::status(429).header("Retry-After", "600"));
        captured(&client, 0..1);
        scene.world.run_for(10 * SECOND_MS);
        assert_eq!(scene.world.network().count(BATCH), 1);
        client.tab.kill();
        scene.world.jump_wall_clock(-86_400_000);
        scene.open();
        scene.world.run_for(2 * MINUTE_MS);
        assert!(scene.world.network().count(BATCH) > 1);
    });
}

#[test]
fn what_the_answer_does_not_name_stays_and_is_sent_again() {
    seeds(20, |seed| {
        let scene = Scene::new(seed);
        let client = scene.signed_in("user_ada");
        // It names the first event of a batch and no other; of a single one it names a stranger, the first time.
        let (asked, seen) = (Rc::new(Cell::new(0)), Rc::new(RefCell::new(Vec::new())));
        let (count, had) = (asked.clone(), seen.clone());
        scene.world.network().handle(BATCH, move |request, _| {
            count.set(count.get() + 1);
            let body: Value = serde_json::from_slice(request.body.as_deref().unwrap_or_default()).expect("JSON");
            let events = body["events"].as_array().expect("events");
            let mut id = events[0]["id"].clone();
            if events.len() == 1 && !had.borrow().contains(&id) {
                had.borrow_mut().push(id);
                id = json!("017f22e2-79b0-7000-8000-000000000000");
            } else {
                had.borrow_mut().push(id.clone());
            }
            Reply::json(200, json!({"accepted": [id], "rejected": []}).to_string())
        });
        captured(&client, 0..3);
        scene.world.run_for(10 * SECOND_MS);
        assert!(client.stats()["queued"].as_u64() < Some(3));
        scene.world.run_for(30 * MINUTE_MS);
        assert_eq!((&client.stats()["queued"], &client.stats()["delivered"]), (&json!(0), &json!(3)));
        assert_eq!((asked.get(), seen.borrow().len()), (4, 4));
    });
}

#[test]
fn what_a_dead_tab_left_is_delivered_by_one_that_lives() {
    seeds(30, |seed| {
        let scene = Scene::new(seed);
        let client = scene.signed_in("user_ada");
        let other = scene.open();
        scene.world.run_for(5 * SECOND_MS);
        let tasks = captured(&client, 0..3);
        scene.world.run_for(50);
        client.tab.kill();
        scene.world.run_for(2 * MINUTE_MS);
        assert_eq!(delivered(&scene), tasks);
        assert_eq!(other.stats()["delivered"], 3);
    });
}

#[test]
fn a_burst_makes_a_handful_of_transactions_and_none_rewrites_the_queue() {
    seeds(10, |seed| {
        let scene = Scene::new(seed);
        let client = scene.signed_in("user_ada");
        scene.world.set_online(false);
        let storage = scene.world.origin("https://app.example").storage.clone();
        let before = storage.commits();
        captured(&client, 0..1_000);
        scene.world.run_for(SECOND_MS);
        assert!(storage.commits() - before <= 5, "{} transactions", storage.commits() - before);
        let stored = storage.records();
        captured(&client, 1_000..1_001);
        scene.world.run_for(SECOND_MS);
        assert!(stored.iter().all(|(key, record)| storage.records().get(key) == Some(record)));
        assert_eq!((&client.stats()["queued"], &client.stats()["unstored"]), (&json!(1_001), &json!(0)));
        scene.world.set_online(true);
        scene.world.run_for(MINUTE_MS);
        assert_eq!(delivered(&scene).len(), 1_001);
        assert!(scene.world.network().count(BATCH) <= 12, "{} requests", scene.world.network().count(BATCH));
    });
}

#[test]
fn one_tab_delivers_at_a_time_with_and_without_locks() {
    seeds(30, |seed| {
        let scene = Scene::new(seed);
        let locks = seed % 2 == 0;
        let first = scene.signed_in("user_ada");
        first.tab.change(|options| options.locks = locks);
        let options = TabOptions { locks, ..TabOptions::default() };
        let mut clients: Vec<Client> =
            (0..4).map(|_| scene.create(&scene.world.open_tab_with(options.clone()), config())).collect();
        clients.push(first);
        for round in 0..20 {
            captured(&clients[round % 5], 0..40);
            scene.world.run_for(scene.world.rng().between((0, 800)));
        }
        scene.world.run_for(3 * MINUTE_MS);
        assert_eq!(delivered(&scene).len(), 800);
        assert_eq!(scene.world.network().most_at_once(BATCH), 1);
        assert_eq!(scene.cloud.look(|cloud| cloud.repeated_events), 0);
    });
}

#[test]
fn i3_who_signs_out_and_in_again_gets_their_own_events_sent_and_nobody_elses() {
    seeds(30, |seed| {
        let scene = Scene::new(seed);
        let ada = scene.signed_in("user_ada");
        scene.world.network().set_faults(EVENTS, roo_cloud_web::platform::sim::Faults::failing(1.0));
        captured(&ada, 0..3);
        scene.world.run_for(SECOND_MS);
        scene.run(&ada, |service| async move { service.logout(false).await }).expect("signed out");
        assert_eq!(ada.stats()["queued"], 0, "nobody sees what waits for somebody else");
        capture(&ada, "Task Created", "nobody's");
        assert_eq!(ada.stats()["dropped"], json!({"signed-out": 1}));
        let ben = scene.signed_in("user_ben");
        captured(&ben, 3..5);
        scene.world.network().set_faults(EVENTS, roo_cloud_web::platform::sim::Faults::default());
        scene.world.run_for(10 * MINUTE_MS);
        assert_eq!(delivered(&scene), ["3", "4"]);
        scene.signed_in("user_ada");
        scene.world.run_for(10 * MINUTE_MS);
        assert_eq!(delivered(&scene), ["3", "4", "0", "1", "2"]);
        scene.cloud.look(|cloud| {
            for event in cloud.events.values() {
                let is_bens = ["3", "4"].contains(&event.properties["taskId"].as_str().expect("a task"));
                assert_eq!(event.person == "user_ben", is_bens);
            }
        });
        assert!(records(&scene).is_empty());
    });
}

/// Has `client` take in an event that storage has no room for, and `person` sign in over whoever it was.
pub(super) fn leave_unstored(scene: &Scene, client: &Client, person: &str) {
    let storage = client.tab.storage();
    let used: usize = storage.records().iter().map(|(key, record)| key.len() + record.len()).sum();
    storage.set_quota_bytes(Some(used + 50_000));
    let event = json!({"type": "Task Created", "properties": {"taskId": "0", "text": "x".repeat(100_000)}});
    client.service.telemetry().capture(event.to_string().as_bytes()).expect("taken in");
    scene.world.run_for(SECOND_MS);
    assert_eq!((&client.stats()["unstored"], &client.stats()["queued"]), (&json!(1), &json!(1)));
    scene.sign_in_over(person).tab.kill();
    assert_eq!(client.user_id().as_deref(), Some(person));
}

#[test]
fn nobody_sees_what_somebody_else_left_unstored() {
    let scene = Scene::new(1);
    let client = scene.signed_in("user_ada");
    scene.world.network().set_faults(EVENTS, roo_cloud_web::platform::sim::Faults::failing(1.0));
    leave_unstored(&scene, &client, "user_ben");
    let stats = client.stats();
    for count in ["unstored", "queued", "bytes"] {
        assert_eq!(stats[count], 0, "{stats}");
    }
    assert!(stats.get("oldestAgeMs").is_none());
    let flushed = scene.run(&client, |service| async move { service.telemetry().flush(Some(1)).await });
    assert_eq!(flushed.expect("nothing to be sent").remaining, 0);
}

#[test]
fn the_clients_of_two_owners_on_one_origin_do_not_wait_for_each_other() {
    let scene = Scene::new(1);
    let first = scene.signed_in("user_ada");
    let part = |json: Value| Base64UrlUnpadded::encode_string(json.to_string().as_bytes());
    let claims =
        json!({"sub": "user_ada", "exp": scene.world.true_ms() / 1_000 + 3_600, "r": {"u": "user_ada", "t": "auth"}});
    let token = format!("{}.{}.c2ln", part(json!({"alg": "RS256"})), part(claims));
    scene.cloud.change(|cloud| {
        let access = AccessToken { grant: 0, organization: None, until_ms: u64::MAX };
        cloud.access_tokens.insert(token.clone(), access);
    });
    let own = Config { auth: AuthConfig::Static { token }, ..config() };
    let second = scene.create(&scene.world.open_tab(), own);
    scene.world.run_for(SECOND_MS);
    scene.world.network().fail_next(BATCH, Fault::Slow);
    captured(&first, 0..1);
    drop(first.start(|service| async move { service.telemetry().flush(None).await }));
    scene.world.run_for(SECOND_MS);
    captured(&second, 1..2);
    let flushed = scene.run(&second, |service| async move { service.telemetry().flush(None).await });
    assert_eq!((flushed.expect("sent").delivered, &first.stats()["inFlight"]), (1, &json!(1)));
}

#[test]
fn i3_opting_out_purges_what_is_stored_in_this_tab_and_after_a_reload() {
    seeds(30, |seed| {
        let scene = Scene::new(seed);
        let client = scene.signed_in("user_ada");
        let other = scene.open();
        scene.world.network().set_reachable(false);
        captured(&client, 0..3);
        captured(&other, 3..5);
        scene.world.run_for(SECOND_MS);
        assert!(!records(&scene).is_empty());
        client.service.telemetry().set_enabled(false);
        scene.world.run_for(SECOND_MS);
        assert_eq!((records(&scene).len(), &client.stats()["queued"]), (0, &json!(0)));
        assert_eq!(client.stats()["dropped"], json!({"disabled": 5}));
        captured(&other, 5..6);
        scene.world.run_for(SECOND_MS);
        other.tab.kill();
        client.tab.kill();
        // The page's author says so from the start.
        let mut off = config();
        off.telemetry.enabled = false;
        scene.world.network().set_reachable(true);
        let off = scene.create(&scene.world.open_tab(), off);
        scene.world.run_for(5 * MINUTE_MS);
        assert_eq!((delivered(&scene).len(), records(&scene).len()), (0, 0));
        assert_eq!(off.stats()["dropped"], json!({"disabled": 1}));
    });
}

#[test]
fn i3_over_the_limit_the_oldest_stored_events_make_room_and_are_counted() {
    seeds(20, |seed| {
        let scene = Scene::new(seed);

        let small = || small_config(30_000);
        let client = scene.signed_in_with(small, "user_ada");
        scene.world.network().set_reachable(false);
        for round in 0..20 {
            captured(&client, round * 10..round * 10 + 10);
            scene.world.run_for(SECOND_MS);
        }
        let stats = client.stats();
        assert!(stats["bytes"].as_u64() <= Some(30_000), "{stats}");
        let dropped = stats["dropped"]["overflow"].as_u64().expect("some");
        assert_eq!(stats["queued"].as_u64(), Some(200 - dropped));
        scene.world.network().set_reachable(true);
        client.service.telemetry().wake();
        scene.world.run_for(10 * MINUTE_MS);
        let newest: Vec<String> = (dropped..200).map(|task| task.to_string()).collect();
        assert_eq!(delivered(&scene), newest);
    });
}

fn small_config(max_queue_bytes: usize) -> Config {
    let mut config = config();
    config.telemetry.max_queue_bytes = max_queue_bytes;
    config
}

#[test]
fn a_pause_that_the_cloud_asks_for_outlives_a_reload() {
    seeds(30, |seed| {
        let scene = Scene::new(seed);
        let client = scene.signed_in("user_ada");
        scene.world.network().handle(BATCH, |_, _| Reply::status(429).header("Retry-After", "600"));
        captured(&client, 0..1);
        scene.world.run_for(10 * SECOND_MS);
        assert_eq!(scene.world.network().count(BATCH), 1);
        client.tab.kill();
        let next = scene.open();
        captured(&next, 1..3);
        scene.world.run_for(5 * MINUTE_MS);
        next.tab.hide();
        next.tab.show();
        scene.world.run_for(4 * MINUTE_MS);
        assert_eq!(scene.world.network().count(BATCH), 1, "nothing before its end");
        assert!(next.stats()["pausedUntil"].is_u64());
        scene.world.run_for(3 * MINUTE_MS);
        assert_eq!(scene.world.network().count(BATCH), 2);
    });
}

#[test]
fn where_storage_is_denied_events_wait_in_memory_and_say_so() {
    seeds(20, |seed| {
        let scene = Scene::new(seed);
        let options = TabOptions { storage: StorageMode::Memory, ..TabOptions::default() };
        let tab = scene.world.open_tab_with(options.clone());
        let url = scene.begin_redirect(&scene.create(&tab, config()));
        let callback = scene.cloud.sign_in(&url, "user_ada").expect("signed in");
        let client = scene.create(&tab, config());
        scene.callback(&client, &callback).expect("signed in");
        scene.world.network().set_reachable(false);
        let tasks = captured(&client, 0..120);
        scene.world.run_for(SECOND_MS);
        assert_eq!((&client.stats()["unstored"], &client.stats()["queued"]), (&json!(120), &json!(120)));
        scene.world.network().set_reachable(true);
        scene.world.run_for(10 * MINUTE_MS);
        assert_eq!((delivered(&scene), &client.stats()["queued"]), (tasks, &json!(0)));
    });
}

#[test]
fn where_storage_is_full_events_wait_in_memory_until_there_is_room() {
    seeds(20, |seed| {
        let scene = Scene::new(seed);
        let client = scene.signed_in("user_ada");
        let storage = scene.world.origin("https://app.example").storage.clone();
        scene.world.network().set_reachable(false);
        captured(&client, 0..10);
        scene.world.run_for(SECOND_MS);
        storage.set_full_probability(1.0);
        captured(&client, 10..20);
        scene.world.run_for(SECOND_MS);
        assert_eq!((&client.stats()["unstored"], &client.stats()["queued"]), (&json!(10), &json!(20)));
        assert!(client.background_errors().contains(&Code::StorageFull));
        if seed % 2 == 0 {
            storage.set_full_probability(0.0);
            scene.world.run_for(6 * SECOND_MS);
            assert_eq!((&client.stats()["unstored"], &client.stats()["queued"]), (&json!(0), &json!(20)));
        }
        scene.world.network().set_reachable(true);
        scene.world.run_for(10 * MINUTE_MS);
        let tasks: Vec<String> = (0..20).map(|task| task.to_string()).collect();
        assert_eq!(delivered(&scene), tasks, "full or not");
    });
}

#[test]
fn a_record_that_somebody_changed_is_counted_and_keeps_nothing_else_from_going() {
    seeds(20, |seed| {
        let scene = Scene::new(seed);
        let client = scene.signed_in("user_ada");
        let storage = scene.world.origin("https://app.example").storage.clone();
        scene.world.network().set_reachable(false);
        for task in 0..4 {
            captured(&client, task..task + 1);
            scene.world.run_for(SECOND_MS);
        }
        client.tab.kill();
        let keys = records(&scene);
        assert_eq!(keys.len(), 4);
        let mut sealed = storage.records()[&keys[0]].clone();
        *sealed.last_mut().expect("bytes") ^= 1;
        storage.put(&keys[0], Some(sealed));
        storage.put(&keys[1], Some(b"garbage".to_vec()));
        // Written by a version to come: it is left to it.
        storage.put(&keys[2], Some(vec![9, 1, 2, 3]));
        scene.world.network().set_reachable(true);
        let next = scene.open();
        scene.world.run_for(5 * MINUTE_MS);
        assert_eq!(delivered(&scene), ["3"]);
        assert_eq!(next.stats()["dropped"], json!({"corrupt": 2}));
        assert_eq!(storage.records().get(&keys[2]), Some(&vec![9, 1, 2, 3]));
        assert_eq!(storage.records().get(&format!("aside/{}", keys[1])), Some(&b"garbage".to_vec()));
        assert_eq!(next.background_errors().len(), 3);
    });
}

#[test]
fn flush_tells_what_was_delivered_and_what_remains() {
    seeds(30, |seed| {
        let scene = Scene::new(seed);
        let client = scene.signed_in("user_ada");
        captured(&client, 0..130);
        let flushed = scene.run(&client, |service| async move { service.telemetry().flush(Some(20_000)).await });
        let flushed = flushed.expect("sent");
        assert_eq!((flushed.delivered, flushed.remaining), (130, 0));
        scene.world.network().fail_next(BATCH, Fault::Slow);
        captured(&client, 0..5);
        let flushed = scene.run(&client, |service| async move { service.telemetry().flush(Some(10)).await });
        let flushed = flushed.expect("nothing failed yet");
        assert_eq!((flushed.delivered, flushed.remaining), (0, 5));
    });
}

#[test]
fn what_a_page_takes_along_when_it_is_hidden_is_delivered_once() {
    seeds(30, |seed| {
        let scene = Scene::new(seed);
        let client = scene.signed_in("user_ada");
        let tasks = captured(&client, 0..20);
        scene.world.run_for(SECOND_MS);
        client.tab.hide();
        scene.world.run_for(0);
        client.tab.kill();
        scene.world.run_for(SECOND_MS);
        assert_eq!(delivered(&scene), tasks, "it outlives its page");
        let next = scene.open();
        scene.world.run_for(MINUTE_MS);
        assert_eq!(delivered(&scene), tasks);
        assert_eq!(next.stats()["queued"], 0);
        // More than the budget of all such requests together: nothing is lost by trying.
        for task in 0..3 {
            let event =
                json!({"type": "Task Created", "properties": {"taskId": task.to_string(), "text": "x".repeat(25_000)}});
            next.service.telemetry().capture(event.to_string().as_bytes()).expect("taken in");
            scene.world.run_for(100);
        }
        next.tab.hide();
        next.tab.show();
        next.tab.hide();
        scene.world.run_for(MINUTE_MS);
        assert_eq!(delivered(&scene).len(), 23);
        assert_eq!(next.stats()["queued"], 0);
    });
}

#[test]
fn i3_opting_out_purges_what_is_being_written_at_that_moment() {
    seeds(100, |seed| {
        let scene = Scene::new(seed);
        let client = scene.signed_in("user_ada");
        scene.world.set_online(false);
        scene.world.run_for(SECOND_MS);
        scene.world.origin("https://app.example").storage.set_transaction_ms(0, 20);
        captured(&client, 0..3);
        scene.world.run_for(scene.world.rng().between((0, 30)));
        client.service.telemetry().set_enabled(false);
        scene.world.run_for(SECOND_MS);
        assert_eq!((records(&scene).len(), &client.stats()["queued"]), (0, &json!(0)));
        client.service.telemetry().set_enabled(true);
        scene.world.set_online(true);
        scene.world.run_for(5 * MINUTE_MS);
        assert!(delivered(&scene).is_empty());
    });
}

#[test]
fn what_is_written_while_the_queue_is_read_for_the_first_time_is_known_at_once() {
    seeds(100, |seed| {
        let scene = Scene::new(seed);
        scene.signed_in("user_ada").tab.kill();
        scene.world.set_online(false);
        let storage = scene.world.origin("https://app.example").storage.clone();
        let client = scene.open();
        storage.set_transaction_ms(0, 10);
        for task in 0..60 {
            captured(&client, task..task + 1);
            scene.world.run_for(scene.world.rng().between((0, 2)));
        }
        scene.world.run_for(SECOND_MS);
        assert_eq!((&client.stats()["queued"], &client.stats()["unstored"]), (&json!(60), &json!(0)));
    });
}

#[test]
fn what_two_tabs_send_at_once_is_counted_once() {
    seeds(100, |seed| {
        let scene = Scene::new(seed);
        let (first, second) = (scene.signed_in("user_ada"), scene.open());
        scene.world.run_for(5 * SECOND_MS);
        captured(&first, 0..20);
        scene.world.run_for(scene.world.rng().between((50, 1_000)));
        // One takes them along as it is hidden, whoever else is at it.
        let flushed = second.start(|service| async move { service.telemetry().flush(Some(20_000)).await });
        scene.world.run_for(scene.world.rng().between((0, 100)));
        first.tab.hide();
        scene.world.run(flushed).expect("alive").expect("sent");
        scene.world.run_for(MINUTE_MS);
        let count = |client: &Client| client.stats()["delivered"].as_u64().expect("a number");
        assert_eq!(count(&first) + count(&second), 20);
        assert_eq!((delivered(&scene).len(), records(&scene).len()), (20, 0));
    });
}
