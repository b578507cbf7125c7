//! What one tab does, and the others follow.

use std::cell::Cell;

use roo_cloud_web::auth::session::ActFor;
use roo_cloud_web::platform::Channel;
use roo_cloud_web::platform::sim::{Fault, seeds};

use super::*;

/// What a tab shows is of the organization that it says it acts for.
fn assert_of_one_organization(tab: &Client) {
    let user = tab.service.auth().user().expect("a user");
    let (id, name) = (user.organization_id.as_deref(), user.organization_name.as_deref());
    let role = user.organization_role.as_deref();
    let is_juniper = id == Some("org_juniper");
    assert!(is_juniper || id == Some("org_meridian"), "{id:?}");
    assert!(name.is_none_or(|name| name == if is_juniper { "Juniper" } else { "Meridian" }), "{name:?} for {id:?}");
    assert!(role.is_none_or(|role| role == if is_juniper { "org:member" } else { "org:admin" }), "{role:?} for {id:?}");
    if let Some(settings) = tab.organization() {
        assert_eq!(settings["allowList"]["allowAll"], !is_juniper, "another organization's settings");
    }
}

fn settings_record(tab: &Client, organization: &str) -> Option<Vec<u8>> {
    let end = format!("settings/user_ada/{organization}");
    tab.tab.storage().records().into_iter().find(|(key, _)| key.ends_with(&end)).map(|(_, record)| record)
}

#[test]
fn another_tab_follows_a_switch_of_organization() {
    seeds(30, |seed| {
        let scene = Scene::new(seed);
        let first = scene.signed_in("user_ada");
        let second = scene.open();
        scene.world.run_for(5_000);
        let tabs = [&first, &second];
        for tab in tabs {
            tab.watch(assert_of_one_organization);
        }
        let meridians = settings_record(&first, "org_meridian");
        let switching = first.start(|service| async move {
            service.switch_organization(ActFor::Organization("org_juniper".to_owned())).await
        });
        for step in 0..1_000 {
            scene.world.run_for(5);
            tabs.into_iter().for_each(assert_of_one_organization);
            // Whatever it knows of the switch by now, it fetches for whom it says it acts.
            if step % 8 == 0 && step < 400 {
                drop(second.start(|service| async move { service.refresh_settings().await }));
            }
        }
        scene.world.run(switching).expect("the tab lives").expect("switched");
        for tab in tabs {
            let user = tab.service.auth().user().expect("a user");
            assert_eq!(user.organization_id.as_deref(), Some("org_juniper"));
            assert_eq!(user.organization_name.as_deref(), Some("Juniper"));
            assert_eq!(user.organization_role.as_deref(), Some("org:member"));
            assert_eq!(tab.organization().expect("settings")["allowList"]["allowAll"], false);
            assert_eq!(tab.profiles().get("meridian-default"), None);
        }

        // What the other tab fetches from now on is Juniper's, and is kept as Juniper's.
        let junipers = settings_record(&first, "org_juniper").expect("cached");
        scene.cloud.change(|cloud| {
            cloud.directory.change_settings("org_juniper", |settings| {
                settings["defaultSettings"]["maxWorkspaceFiles"] = 5.into();
            });
        });
        scene.run(&second, |service| async move { service.refresh_settings().await }).expect("refreshed");
        scene.world.run_for(1_000);
        assert_eq!((first.max_files(), second.max_files()), (Some(5), Some(5)));
        let told = tabs.map(|tab| tab.told("user-info"));
        scene.world.run_for(25 * MINUTE_MS);
        assert_eq!(tabs.map(|tab| tab.told("user-info")), told, "of what is as it was nobody is told");
        assert_ne!(settings_record(&first, "org_juniper"), Some(junipers));
        assert_eq!(settings_record(&first, "org_meridian"), meridians);
        assert_eq!(scene.cloud.look(|cloud| cloud.reuses.len()), 0);
    });
}

#[test]
fn profiles_changed_by_another_tab_are_told_exactly_once() {
    seeds(60, |seed| {
        let scene = Scene::new(seed);
        let first = scene.signed_in("user_ada");
        let second = scene.open();
        scene.world.run_for(5_000);
        let counts = || [&first, &second].map(|tab| tab.told("profiles-changed"));
        let expect = |before: [usize; 2], what: &str| {
            scene.world.run_for(5_000);
            assert_eq!(counts(), before.map(|count| count + 1), "{what}");
            assert_eq!(first.service.profiles().document(), second.service.profiles().document());
        };

        let before = counts();
        scene.world.run(first.save("mine", "{}")).expect("the tab lives").expect("saved");
        expect(before, "saved by one");

        // Both merge what one of them fetched; one of them is first.
        let before = counts();
        scene.cloud.change(|cloud| {
            cloud.directory.change_settings("org_meridian", |settings| {
                settings["providerProfiles"]["meridian-default"]["apiModelId"] = "another".into();
            });
        });
        scene.run(&first, |service| async move { service.refresh_settings().await }).expect("refreshed");
        expect(before, "edited by an administrator");

        // What is learned of the person has them open their profiles again; nothing in them is another.
        let before = counts();
        scene
            .run(&first, |service| async move { service.switch_organization(ActFor::Personal).await })
            .expect("switched");
        scene.world.run_for(5_000);
        assert_eq!(counts(), before);
    });
}

#[test]
fn a_stale_read_never_undoes_a_newer_change_of_profiles() {
    seeds(60, |seed| {
        let scene = Scene::new(seed);
        let first = scene.signed_in("user_ada");
        let second = scene.open();
        scene.world.run_for(5_000);
        // Messages come at once, so that one tab reads what the other wrote just when it writes itself.
        scene.world.origin("https://app.example").channels.set_travel_ms(0, 3);
        let mut saves = Vec::new();
        for round in 0..8 {
            saves.push(first.save(&format!("first-{round}"), "{}"));
            scene.world.run_for(scene.world.rng().below(12));
            saves.push(second.save(&format!("second-{round}"), "{}"));
            scene.world.run_for(scene.world.rng().below(12));
            // Once nothing is under way, what both hold is what is stored.
            scene.world.run_for(200);
            assert_eq!(first.service.profiles().document(), second.service.profiles().document(), "round {round}");
        }
        for save in saves {
            scene.world.run(save).expect("the tab lives").expect("saved");
        }
        let profiles = first.profiles();
        for round in 0..8 {
            assert!(profiles.get(format!("first-{round}")).is_some(), "round {round}");
            assert!(profiles.get(format!("second-{round}")).is_some(), "round {round}");
        }
    });
}

/// The name of the organization that `client` shows.
fn organization_name(client: &Client) -> Option<String> {
    client.service.auth().user()?.organization_name
}

#[test]
fn a_switch_stands_and_the_organizations_name_comes_when_the_cloud_says_it() {
    let scene = Scene::new(1);
    let client = scene.signed_in("user_ada");
    scene.world.network().fail_next(&format!("{API}/api/me"), Fault::Status(500));
    let to = ActFor::Organization("org_juniper".to_owned());
    scene.run(&client, |service| async move { service.switch_organization(to).await }).expect("switched");
    scene.world.run_for(2 * MINUTE_MS);
    assert_eq!(organization_name(&client).as_deref(), Some("Juniper"));
}

#[test]
fn an_organizations_name_that_could_not_be_stored_is_stored_with_the_next_refresh() {
    let scene = Scene::new(1);
    let client = scene.signed_in("user_ada");
    let (storage, once) = (client.tab.storage(), Cell::new(true));
    client.watch(move |client| {
        if organization_name(client).as_deref() == Some("Juniper") && once.replace(false) {
            storage.abort_next(1);
        }
    });
    let to = ActFor::Organization("org_juniper".to_owned());
    scene.run(&client, |service| async move { service.switch_organization(to).await }).expect("switched");
    scene.world.run_for(30 * MINUTE_MS);
    assert_eq!(organization_name(&client).as_deref(), Some("Juniper"));
    client.tab.kill();
    scene.world.network().set_reachable(false);
    assert_eq!(organization_name(&scene.open()).as_deref(), Some("Juniper"));
}

/// What the tabs of one sign-in tell each other, as any script of their origin can hear and say it.
const CHANNEL: &str = "roo-cloud-web session https://id.cloud.example roo-cloud-web";

#[test]
fn a_message_that_comes_late_or_is_about_another_sign_in_changes_nothing() {
    let scene = Scene::new(1);
    let outsider = scene.world.open_tab();
    let said: Rc<RefCell<Vec<Value>>> = Rc::default();
    let ears = said.clone();
    let _hearing = outsider
        .listen(CHANNEL, Box::new(move |text| ears.borrow_mut().push(serde_json::from_str(text).expect("JSON"))));
    let client = scene.signed_in("user_ada");
    let refresh = || {
        scene.run(&client, |service| async move { service.auth().fresh_token(60 * MINUTE_MS).await }).expect("a token")
    };
    refresh();
    let newest_token = || said.borrow().iter().rev().find(|message| message["type"] == "token").expect("told").clone();
    let older = newest_token();
    scene.world.run_for(5 * MINUTE_MS);
    let current = refresh();
    scene.world.run_for(1_000);
    let newest = newest_token();
    assert_eq!(newest["generation"].as_u64(), older["generation"].as_u64().map(|generation| generation + 1));
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut message = newest.clone();
        message["token"] = "forged".into();
        message["remaining"] = 3_600_000.into();
        change(&mut message);
        message
    };
    let sign_in = newest["signIn"].as_u64().expect("a number");
    for message in [
        older,
        changed(&|message| message["signIn"] = (sign_in + 1).into()),
        changed(&|message| message["organizationId"] = "org_juniper".into()),
        changed(&|message| drop(message.as_object_mut().expect("an object").remove("organizationId"))),
        changed(&|message| message["generation"] = 0.into()),
        json!({"type": "signed-out", "signIn": sign_in + 1}),
        json!({"type": "user-changed", "signIn": sign_in + 1}),
        json!({"type": "sign-in-failed", "attempt": "another", "code": "ACCESS_DENIED"}),
        json!({"type": "nonsense"}),
    ] {
        outsider.post(CHANNEL, &message.to_string());
        scene.world.run_for(5_000);
        assert_eq!(client.state(), AuthState::ActiveSession, "{message}");
        assert_eq!(client.service.auth().session_token().as_ref(), Some(&current), "{message}");
    }
    // Nobody is asked in vain either.
    let answers = said.borrow().len();
    let ask = |sign_in: u64, generation: u64| {
        let message = json!({"type": "ask", "signIn": sign_in, "generation": generation, "parts": 0});
        outsider.post(CHANNEL, &message.to_string());
        scene.world.run_for(5_000);
        said.borrow().len() - answers
    };
    let generation = newest["generation"].as_u64().expect("a number");
    assert_eq!((ask(sign_in + 1, generation), ask(sign_in, generation + 1)), (0, 0));
    assert_eq!(ask(sign_in, generation), 1);
}
