//! The messages of a whole task on their way to the cloud: for how long, and how far they have come.

use roo_cloud_web::api::backfill::ProgressListener;
use roo_cloud_web::platform::sim::{Reply, seeds};
use roo_cloud_web::platform::within;

use super::*;

/// `[{"ts":1,"text":"xxx…"}]`
fn messages(bytes: usize) -> Vec<u8> {
    json!([{"ts": 1, "text": "x".repeat(bytes)}]).to_string().into_bytes()
}

#[test]
fn a_long_task_is_given_the_time_that_it_takes_to_send_and_a_short_one_is_not() {
    let scene = Scene::new(4);
    let client = scene.signed_in("user_ada");
    scene.world.network().set_travel_ms(20_000, 20_000);
    let backfill = |bytes| {
        scene.run(
            &client,
            move |service| async move { service.telemetry().backfill("task-1", messages(bytes), None).await },
        )
    };
    assert_eq!(code(backfill(10)), Some(Code::Timeout));
    backfill(900_000).expect("sent, at 50 bytes a millisecond");
    assert!(scene.cloud.look(|cloud| cloud.tasks.contains_key("task-1")));
}

#[test]
fn a_backfill_that_is_given_up_half_way_tells_of_no_more() {
    let scene = Scene::new(4);
    let client = scene.signed_in("user_ada");
    scene.world.network().set_travel_ms(8_000, 8_000);
    let told = Rc::new(RefCell::new(Vec::new()));
    let listener = told.clone();
    let progress: ProgressListener = Rc::new(move |progress| listener.borrow_mut().push(progress.sent_bytes));
    let tab = client.tab.clone();
    let sending = client.start(|service| async move {
        let sending = service.telemetry().backfill("task-1", messages(1_000), Some(progress));
        within(&tab, 5_000, sending).await
    });
    assert!(scene.world.run(sending).expect("alive").is_none(), "given up");
    let steps = told.borrow().len();
    assert!(steps >= 2 && told.borrow().is_sorted(), "{:?}", told.borrow());
    scene.world.run_for(MINUTE_MS);
    assert_eq!(told.borrow().len(), steps);
    assert!(scene.world.network().log().last().is_some_and(|exchange| !exchange.delivered));
}

#[test]
fn the_messages_of_one_person_are_not_sent_as_another() {
    seeds(20, |seed| {
        let scene = Scene::new(seed);
        let ada = scene.signed_in("user_ada");
        // The first asking is refused, and what comes after it would carry whatever token there is.
        scene
            .world
            .network()
            .handle("https://cloud.example/api/events/backfill", |_, _| Reply::status(401).after_ms(20_000));
        let sending =
            ada.start(|service| async move { service.telemetry().backfill("task-1", messages(10), None).await });
        scene.world.run_for(500);
        scene.sign_in_over("user_ben");
        assert_eq!(code(scene.world.run(sending).expect("alive")), Some(Code::Aborted));
        assert_eq!(scene.world.network().count("https://cloud.example/api/events/backfill"), 1);
    });
}
