//! Profiles: the cloud's are merged at sign-in and whenever they change; conflicts go to the person.

use std::cell::Cell;

use futures_util::FutureExt;
use roo_cloud_web::auth::session::ActFor;
use roo_cloud_web::platform::Clipboard;
use roo_cloud_web::platform::sim::{Reply, seeds};
use roo_cloud_web::profiles::merge::Side;
use roo_cloud_web::share::{ShareRequest, ShareResult, Visibility};

use super::*;

fn set_model(scene: &Scene, model: &str) {
    scene.cloud.change(|cloud| {
        cloud.directory.change_settings("org_meridian", |settings| {
            settings["providerProfiles"]["meridian-default"]["apiModelId"] = model.into();
        });
    });
}

#[test]
fn an_administrators_edit_arrives_in_all_tabs_and_leaves_local_keys_alone() {
    seeds(20, |seed| {
        let scene = Scene::new(seed);
        let first = scene.signed_in("user_ada");
        let second = scene.open();
        let mut own = first.profiles()["meridian-default"].clone();
        own["apiKey"] = "canary".into();
        scene
            .run(&first, |service| async move {
                service.profiles().save("meridian-default", own.to_string().as_bytes()).await
            })
            .expect("saved");
        set_model(&scene, "claude-opus-4-5");
        scene.world.run_for(6 * MINUTE_MS);
        for tab in [&first, &second] {
            let profile = &tab.profiles()["meridian-default"];
            assert_eq!((&profile["apiModelId"], &profile["apiKey"]), (&json!("claude-opus-4-5"), &json!("canary")));
        }
    });
}

#[test]
fn a_conflict_goes_to_the_resolver_whose_choice_holds() {
    seeds(20, |seed| {
        let scene = Scene::new(seed);
        let asked = Rc::new(RefCell::new(Vec::new()));
        let keeps_local = seed % 2 == 0;
        let questions = asked.clone();
        let with_resolver = move || {
            let questions = questions.clone();
            let side = if keeps_local { Side::Local } else { Side::Cloud };
            Config {
                resolver: Some(Rc::new(move |conflict: Vec<u8>| {
                    questions.borrow_mut().push(serde_json::from_slice::<Value>(&conflict).expect("JSON"));
                    async move { side }.boxed_local()
                })),
                ..config()
            }
        };
        let client = scene.signed_in_with(with_resolver, "user_ada");
        let mut own = client.profiles()["meridian-default"].clone();
        own["apiModelId"] = "mine".into();
        scene
            .run(&client, |service| async move {
                service.profiles().save("meridian-default", own.to_string().as_bytes()).await
            })
            .expect("saved");
        set_model(&scene, "theirs");
        scene.world.run_for(11 * MINUTE_MS);
        let expected = if keeps_local { "mine" } else { "theirs" };
        assert_eq!(client.profiles()["meridian-default"]["apiModelId"], expected);
        let asked = asked.borrow();
        assert_eq!(asked.len(), 1, "asked once");
        assert_eq!((&asked[0]["local"], &asked[0]["cloud"]), (&json!("mine"), &json!("theirs")));
    });
}

#[test]
fn a_task_that_the_cloud_does_not_know_is_sent_and_then_shared() {
    seeds(20, |seed| {
        let scene = Scene::new(seed);
        let client = scene.signed_in("user_ada");
        let copy = client.tab.click(|| client.tab.begin_copy());
        let shared = scene
            .run(&client, |service| async move {
                let request = ShareRequest {
                    task_id: "task-1",
                    visibility: Visibility::Organization,
                    messages: Some(br#"[{"ts":1,"type":"say","say":"text","text":"hello"}]"#.to_vec()),
                    properties: &service.telemetry().common_properties(),
                    progress: None,
                };
                service.share_task(copy, request).await
            })
            .expect("shared");
        assert!(shared.copied && scene.cloud.look(|cloud| cloud.tasks.contains_key("task-1")));
        assert_eq!(client.tab.clipboard().as_deref(), Some(shared.share_url.as_str()));
        assert_eq!(client.told("task-shared"), 1);
    });
}

/// A share of a task that the cloud says only after `after_ms` that it does not know; and what it heard from then on.
fn share_unknown(scene: &Scene, client: &Client, after_ms: u64) -> (Task<Result<ShareResult>>, Rc<Cell<usize>>) {
    let (is_first, heard) = (Rc::new(Cell::new(true)), Rc::new(Cell::new(0)));
    for route in ["extension/share", "events/backfill"] {
        let (is_first, heard) = (is_first.clone(), heard.clone());
        scene.world.network().handle(&format!("{API}/api/{route}"), move |request, _| {
            if request.url.ends_with("/share") && is_first.replace(false) {
                return Reply::status(404).after_ms(after_ms);
            }
            heard.set(heard.get() + 1);
            Reply::json(200, r#"{"success":true,"shareUrl":"https://cloud.example/share/x"}"#)
        });
    }
    let copy = client.tab.click(|| client.tab.begin_copy());
    let sharing = client.start(|service| async move {
        let request = ShareRequest {
            task_id: "task-1",
            visibility: Visibility::Public,
            messages: Some(b"[]".to_vec()),
            properties: &service.telemetry().common_properties(),
            progress: None,
        };
        service.share_task(copy, request).await
    });
    scene.world.run_for(500);
    (sharing, heard)
}

#[test]
fn a_task_is_neither_sent_nor_shared_as_whoever_signs_in_meanwhile() {
    seeds(20, |seed| {
        let scene = Scene::new(seed);
        let ada = scene.signed_in("user_ada");
        let (sharing, heard) = share_unknown(&scene, &ada, 20_000);
        scene.sign_in_over("user_ben");
        assert_eq!(code(scene.world.run(sharing).expect("alive")), Some(Code::Aborted));
        assert_eq!((ada.user_id().as_deref(), heard.get()), (Some("user_ben"), 0));
        assert_eq!((ada.tab.clipboard(), ada.told("task-shared")), (None, 0));
    });
}

#[test]
fn a_task_is_neither_sent_nor_shared_for_another_organization() {
    seeds(20, |seed| {
        let scene = Scene::new(seed);
        let client = scene.signed_in("user_ada");
        let (sharing, heard) = share_unknown(&scene, &client, 5_000);
        let to = ActFor::Organization("org_juniper".to_owned());
        scene.run(&client, |service| async move { service.switch_organization(to).await }).expect("switched");
        assert_eq!(code(scene.world.run(sharing).expect("alive")), Some(Code::Aborted));
        assert_eq!(heard.get(), 0);
    });
}

#[test]
fn a_task_is_not_shared_once_the_settings_forbid_it() {
    let scene = Scene::new(1);
    let client = scene.signed_in("user_ada");
    let (sharing, heard) = share_unknown(&scene, &client, 5_000);
    scene.cloud.change(|cloud| {
        cloud.directory.change_settings("org_meridian", |settings| {
            settings["cloudSettings"]["allowPublicTaskSharing"] = false.into();
        });
    });
    scene.run(&client, |service| async move { service.refresh_settings().await }).expect("refreshed");
    assert_eq!(code(scene.world.run(sharing).expect("alive")), Some(Code::Aborted));
    assert_eq!(heard.get(), 0);
}

#[test]
fn profiles_that_are_saved_in_one_go_are_stored_together() {
    seeds(20, |seed| {
        let scene = Scene::new(seed);
        let client = scene.signed_in("user_ada");
        let storage = scene.world.origin("https://app.example").storage.clone();
        let before = storage.commits();
        let save = |name: String| {
            client.start(|service| async move {
                let settings = json!({"apiProvider": "ollama", "ollamaModelId": name}).to_string();
                service.profiles().save(&name, settings.as_bytes()).await
            })
        };
        let saves: Vec<_> = (0..30).map(|number| save(format!("Mine {number}"))).collect();
        let unnamed = save(String::new());
        for save in saves {
            scene.world.run(save).expect("alive").expect("saved");
        }
        assert_eq!(code(scene.world.run(unnamed).expect("alive")), Some(Code::InvalidArgument));
        assert!(storage.commits() - before <= 3, "{} transactions", storage.commits() - before);
        for number in 0..30 {
            assert_eq!(client.profiles()[format!("Mine {number}")]["ollamaModelId"], format!("Mine {number}"));
        }
    });
}

#[test]
fn a_profile_that_was_saved_offline_survives_a_reload_and_a_conflict_is_told_when_back() {
    seeds(20, |seed| {
        let scene = Scene::new(seed);
        let client = scene.signed_in("user_ada");
        let (name, profile) = {
            let profiles = client.profiles();
            let (name, profile) = profiles.as_object().expect("profiles").iter().next().expect("one of the cloud's");
            (name.clone(), profile.clone())
        };
        scene.world.set_online(false);
        let mut mine = profile;
        mine["rateLimitSeconds"] = 7.into();
        let saved = name.clone();
        scene
            .run(&client, |service| async move { service.profiles().save(&saved, mine.to_string().as_bytes()).await })
            .expect("saved offline");
        client.tab.kill();
        scene.cloud.change(|cloud| {
            cloud.directory.change_settings("org_meridian", |settings| {
                settings["providerProfiles"][&name]["rateLimitSeconds"] = 9.into();
            });
        });
        let next = scene.open();
        assert_eq!(next.profiles()[&name]["rateLimitSeconds"], 7);
        scene.world.set_online(true);
        scene.world.run_for(MINUTE_MS);
        assert_eq!(next.profiles()[&name]["rateLimitSeconds"], 9, "the cloud wins, and says so");
        let told = next.heard.borrow().iter().any(|event| match event {
            CloudEvent::ProfilesChanged(result) => {
                let result: Value = serde_json::from_slice(result).expect("JSON");
                result["conflicts"].as_array().is_some_and(|conflicts| {
                    conflicts.iter().any(|conflict| conflict["field"] == "rateLimitSeconds" && conflict["local"] == 7)
                })
            }
            _ => false,
        });
        assert!(told);
    });
}
