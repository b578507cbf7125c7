//! The client's own life: it ends once, and with it all that it began.

use roo_cloud_web::platform::sim::seeds;

use super::*;

#[test]
fn disposing_ends_everything_and_a_second_time_does_nothing() {
    seeds(30, |seed| {
        let scene = Scene::new(seed);
        let client = scene.signed_in("user_ada");
        let event = br#"{"type":"Task Created","properties":{"taskId":"1"}}"#;
        client.service.telemetry().capture(event).expect("taken in");
        client.service.dispose();
        client.service.dispose();
        assert!(client.service.is_disposed());
        let (requests, told) = (scene.world.network().count(""), client.heard.borrow().len());
        scene.world.run_for(MINUTE_MS);
        scene.world.set_online(false);
        scene.world.run_for(MINUTE_MS);
        scene.world.set_online(true);
        client.tab.hide();
        client.tab.show();
        scene.world.run_for(24 * 60 * MINUTE_MS);
        assert_eq!((scene.world.network().count(""), client.heard.borrow().len()), (requests, told));

        // What is stored stays: the next client in this place is signed in.
        let next = scene.open();
        scene.world.run_for(5_000);
        assert_eq!((next.state(), next.max_files()), (AuthState::ActiveSession, Some(200)));
    });
}

#[test]
fn disposing_ends_listeners_channels_and_timers() {
    seeds(20, |seed| {
        let scene = Scene::new(seed);
        let other = scene.signed_in("user_ada");
        let client = scene.open();
        scene.world.run_for(5_000);
        // A request is under way, a batch of events waits for its time, and so do the next refresh and the next poll.
        let event = br#"{"type":"Task Created","properties":{"taskId":"1"}}"#;
        client.service.telemetry().capture(event).expect("taken in");
        drop(client.start(|service| async move { service.refresh_settings().await }));
        scene.world.run_for(1);
        client.service.dispose();
        scene.world.run_for(MINUTE_MS);
        let polls = client.tab.polls();

        // Other tabs write and tell, the page is hidden and shown, a day goes by: nothing wakes in this tab.
        scene.world.run(other.save("mine", "{}")).expect("the tab lives").expect("saved");
        scene.set_max_files(1);
        scene.run(&other, |service| async move { service.refresh_settings().await }).expect("refreshed");
        scene.run(&other, |service| async move { service.logout(false).await }).expect("signed out");
        client.tab.hide();
        client.tab.show();
        scene.world.set_online(false);
        scene.world.set_online(true);
        scene.world.run_for(24 * 60 * MINUTE_MS);
        assert_eq!(client.tab.polls(), polls, "a timer or a listener was left");
        assert_eq!(client.max_files(), Some(200), "what it held stays readable");

        // Nothing holds on to it either.
        let service = Rc::downgrade(&client.service);
        drop(client);
        assert!(service.upgrade().is_none(), "something still holds the client");
    });
}

#[test]
fn a_client_begins_whatever_lies_in_storage() {
    seeds(20, |seed| {
        let scene = Scene::new(seed);
        let before = scene.signed_in("user_ada");
        before.tab.kill();
        let storage = before.tab.storage();
        for key in storage.records().into_keys() {
            storage.put(&key, Some(b"\xff not a record".to_vec()));
        }
        let client = scene.open();
        scene.world.run_for(MINUTE_MS);
        assert_eq!((client.state(), client.organization()), (AuthState::LoggedOut, None));
        let again = scene.signed_in("user_ada");
        assert_eq!((again.state(), again.max_files()), (AuthState::ActiveSession, Some(200)));
    });
}
