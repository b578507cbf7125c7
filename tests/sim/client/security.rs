//! The cases of transport and merge that want a whole client. Their ids stand in `tests/cases.md`.

use roo_cloud_web::platform::sim::{Fault, Reply, seeds};
use roo_cloud_web::platform::{Clipboard, Request};
use roo_cloud_web::share::{ShareRequest, Visibility};

use super::*;

const GOOD: &str = r#"{"organization":{"version":9,"defaultSettings":{},"allowList":{"allowAll":true,"providers":{}}},"user":{"features":{},"settings":{},"version":1}}"#;
const CANARY: &str = "canary-5up3r";

#[test]
fn f1_only_https_and_http_on_a_loopback_host_are_taken_and_no_userinfo() {
    let scene = Scene::new(1);
    let outcome = |api_url: &str| {
        code(scene.try_create(&scene.world.open_tab(), Config { api_url: api_url.to_owned(), ..config() }))
    };
    for good in ["https://cloud.example", "http://127.0.0.1:8080", "http://localhost", "http://[::1]:1"] {
        assert_eq!(outcome(good), None, "{good}");
    }
    for bad in [
        "http://cloud.example",
        "http://127.0.0.1.evil.com",
        "http://localhost.evil.com",
        "https://user@cloud.example",
        "https://user:word@cloud.example",
        "https://cloud.example?next=1",
        "https://cloud.example#x",
        "javascript:alert(1)",
        "data:text/html,x",
        "/api",
        "",
    ] {
        assert_eq!(outcome(bad), Some(Code::Config), "{bad}");
    }
    assert_eq!(scene.world.network().count(""), 0);
}

#[test]
fn f2_f3_a_redirect_is_an_error_that_nothing_follows() {
    for status in [301, 302, 303, 307, 308] {
        let scene = Scene::new(u64::from(status));
        let client = scene.signed_in("user_ada");
        scene
            .world
            .network()
            .handle(SETTINGS, move |_, _| Reply::status(status).header("Location", "https://evil.example/"));
        let refused = scene.run(&client, |service| async move { service.refresh_settings().await });
        assert_eq!(code(refused), Some(Code::Network), "{status}");
        assert_eq!(scene.world.network().count("https://evil.example"), 0);
        assert_eq!(client.max_files(), Some(200));
    }
}

#[test]
fn f4_no_answer_is_network_and_nobody_is_signed_out() {
    seeds(20, |seed| {
        let scene = Scene::new(seed);
        let client = scene.signed_in("user_ada");
        scene.world.network().set_reachable(false);
        let refused = scene.run(&client, |service| async move { service.refresh_settings().await });
        assert_eq!(code(refused), Some(Code::Network));
        scene.world.run_for(30 * MINUTE_MS);
        assert_eq!(client.state(), AuthState::InactiveSession, "the token ended, the grant did not");
        scene.world.network().set_reachable(true);
        scene.world.run_for(10 * MINUTE_MS);
        assert_eq!(client.state(), AuthState::ActiveSession);
        assert_eq!(scene.cloud.look(|cloud| cloud.codes_spent), 1);
    });
}

#[test]
fn f5_an_answer_that_takes_longer_than_the_limit_is_given_up() {
    let scene = Scene::new(5);
    let client = scene.signed_in("user_ada");
    scene.world.network().handle(SETTINGS, |_, _| Reply::json(200, GOOD).after_ms(40_000));
    let began_ms = scene.world.now_ms();
    let refused = scene.run(&client, |service| async move { service.refresh_settings().await });
    assert_eq!(code(refused), Some(Code::Timeout));
    assert_eq!(scene.world.now_ms() - began_ms, 30_000);
    scene.world.run_for(20_000);
    assert_eq!(client.max_files(), Some(200), "what comes too late is not looked at");
}

#[test]
fn f6_a_wait_that_the_server_asks_for_is_kept_and_nonsense_is_not() {
    for (header, wait_ms) in [("120", Some(120_000)), ("-1", None), ("abc", None)] {
        let scene = Scene::new(6);
        let client = scene.signed_in("user_ada");
        scene.world.network().handle(SETTINGS, move |_, _| Reply::status(429).header("Retry-After", header));
        let refused = scene.run(&client, |service| async move { service.refresh_settings().await });
        let error = refused.expect_err("refused");
        assert_eq!((error.code, error.retry_after_ms), (Code::RateLimited, wait_ms), "{header}");
    }
}

#[test]
fn f7_an_etag_that_must_not_go_into_a_header_is_dropped() {
    let long = "x".repeat(300);
    for (tag, sent) in [
        ("\"good\"", true),
        ("\"a\r\nX: y\"", false),
        ("\"a\0\"", false),
        ("\"\u{20ac}\"", false),
        (long.as_str(), false),
    ] {
        let scene = Scene::new(7);
        let client = scene.signed_in("user_ada");
        let seen: Rc<RefCell<Vec<Option<String>>>> = Rc::default();
        let (tag, asked) = (tag.to_owned(), seen.clone());
        scene.world.network().handle(SETTINGS, move |request, _| {
            let header = request.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("if-none-match"));
            asked.borrow_mut().push(header.map(|(_, value)| value.clone()));
            Reply::json(200, GOOD).header("ETag", &tag)
        });
        for _ in 0..2 {
            scene.run(&client, |service| async move { service.refresh_settings().await }).expect("refreshed");
        }
        assert_eq!(seen.borrow()[1].is_some(), sent);
    }
}

#[test]
fn f8_tokens_stand_in_no_url_no_event_and_go_to_the_cloud_alone() {
    seeds(10, |seed| {
        let scene = Scene::new(seed);
        let client = scene.signed_in("user_ada");
        scene.world.run_for(30 * MINUTE_MS);
        // Failures are told too.
        scene.world.network().set_reachable(false);
        scene.world.run_for(30 * MINUTE_MS);
        scene.world.network().set_reachable(true);
        scene.world.run_for(10 * MINUTE_MS);
        assert!(!client.background_errors().is_empty());
        let told = format!("{:?}", client.heard.borrow());
        let tokens: Vec<String> =
            scene.cloud.look(|cloud| cloud.access_tokens.keys().chain(cloud.refresh_tokens.keys()).cloned().collect());
        assert!(tokens.len() > 4);
        for exchange in scene.world.network().log() {
            let url = exchange.url;
            assert!(url.starts_with(&format!("{API}/")) || url.starts_with(&format!("{ISSUER}/")), "{url}");
            assert!(tokens.iter().all(|token| !url.contains(token)), "a token in a url");
        }
        assert!(tokens.iter().all(|token| !told.contains(token)), "a token in an event");
    });
}

#[test]
fn g2_a_key_of_ones_own_never_leaves() {
    let scene = Scene::new(2);
    let client = scene.signed_in("user_ada");
    let names = ["apiKey", "openAiApiKey", "awsSecretKey", "awsSessionToken", "openRouterApiKey", "codeIndexOpenAiKey"];
    let mut own = json!({"apiProvider": "openai"});
    for name in names {
        own[name] = CANARY.into();
    }
    let settings = own.to_string();
    scene
        .run(&client, |service| async move { service.profiles().save("mine", settings.as_bytes()).await })
        .expect("saved");
    for record in client.tab.storage().records().values() {
        assert!(!String::from_utf8_lossy(record).contains(CANARY), "stored in the open");
    }

    let sent: Rc<RefCell<Vec<String>>> = Rc::default();
    let wire = sent.clone();
    scene.world.network().handle(API, move |request: &Request, _| {
        let body = String::from_utf8_lossy(request.body.as_deref().unwrap_or_default());
        wire.borrow_mut().push(format!("{} {:?} {body}", request.url, request.headers));
        let is_share = request.url.ends_with("/share");
        Reply::json(if is_share { 404 } else { 200 }, r#"{"success":true,"accepted":[],"rejected":[]}"#)
    });
    let mut properties = own.clone();
    properties["taskId"] = "1".into();
    properties["nested"] = json!([{"deep": own}]);
    client.service.telemetry().define_event("Own", b"{}").expect("defined");
    let event = json!({"type": "Own", "properties": properties}).to_string();
    client.service.telemetry().capture(event.as_bytes()).expect("taken in");
    let copy = client.tab.click(|| client.tab.begin_copy());
    let refused = scene.run(&client, |service| async move {
        let request = ShareRequest {
            task_id: "1",
            visibility: Visibility::Organization,
            messages: Some(b"[]".to_vec()),
            properties: &service.telemetry().common_properties(),
            progress: None,
        };
        service.share_task(copy, request).await
    });
    assert_eq!(code(refused), Some(Code::TaskNotFound));
    drop(scene.run(&client, |service| async move { service.refresh_settings().await }));
    scene.world.run_for(MINUTE_MS);
    let sent = sent.borrow().join("\n");
    assert!(sent.contains("/events/batch") && sent.contains("/backfill") && sent.contains("/extension-settings"));
    assert!(!sent.contains(CANARY));
    assert!(!format!("{:?}", client.heard.borrow()).contains(CANARY));
}

#[test]
fn g6_profiles_too_large_or_too_deep_are_refused_and_local_bytes_stay() {
    let too_large = "the server's answer is too large";
    let deep = format!("{}1{}", r#"{"a":"#.repeat(200), "}".repeat(200));
    let large = format!("\"{}\"", "x".repeat(11 * 1024 * 1024));
    for (value, why) in [(deep, "the cloud's answer is no JSON: too deep"), (large, too_large)] {
        let scene = Scene::new(6);
        let client = scene.signed_in("user_ada");
        let before = client.service.profiles().document();
        let answer = GOOD.replace(
            r#""defaultSettings":{}"#,
            &format!(r#""defaultSettings":{{}},"providerProfiles":{{"p":{{"id":"1","x":{value}}}}}"#),
        );
        scene.world.network().handle(SETTINGS, move |_, _| Reply::json(200, answer.clone()));
        let refused = scene.run(&client, |service| async move { service.refresh_settings().await });
        let error = refused.expect_err("refused");
        assert_eq!((error.code, &*error.message), (Code::InvalidResponse, why));
        scene.world.run_for(1_000);
        assert_eq!(client.service.profiles().document(), before);
    }
}

#[test]
fn g7_an_answer_without_profiles_deletes_none() {
    let scene = Scene::new(7);
    let client = scene.signed_in("user_ada");
    let before = client.profiles();
    scene.world.network().handle(SETTINGS, |_, _| Reply::json(200, GOOD));
    scene.run(&client, |service| async move { service.refresh_settings().await }).expect("refreshed");
    scene.world.run_for(1_000);
    assert_eq!(client.organization().expect("settings")["version"], 9);
    assert_eq!(client.profiles(), before);
}

/// An administrator sets the model of both of Meridian's profiles.
fn set_models(scene: &Scene, model: &str) {
    scene.cloud.change(|cloud| {
        cloud.directory.change_settings("org_meridian", |settings| {
            for name in ["meridian-default", "meridian-quick"] {
                settings["providerProfiles"][name]["apiModelId"] = model.into();
            }
        });
    });
}

fn models(client: &Client) -> [Value; 2] {
    let profiles = client.profiles();
    ["meridian-default", "meridian-quick"].map(|name| profiles[name]["apiModelId"].clone())
}

#[test]
fn g7_a_merge_that_cannot_be_stored_changes_nothing() {
    seeds(20, |seed| {
        let scene = Scene::new(seed);
        let client = scene.signed_in("user_ada");
        let before = (client.service.profiles().document(), client.told("profiles-changed"));
        let stored = client.tab.storage().records();
        set_models(&scene, "another");
        client.tab.storage().set_quota_bytes(Some(1));
        scene.run(&client, |service| async move { service.refresh_settings().await }).expect("refreshed");
        scene.world.run_for(1_000);
        assert_eq!((client.service.profiles().document(), client.told("profiles-changed")), before);
        assert!(client.tab.storage().records() == stored, "storage changed");
        assert!(client.background_errors().contains(&Code::StorageFull));
        client.tab.storage().set_quota_bytes(None);
        scene.run(&client, |service| async move { service.sync_profiles(None).await }).expect("merged");
        assert_eq!(models(&client), ["another", "another"]);
    });
}

#[test]
fn g7_a_merge_is_whole_wherever_its_tab_dies_and_whoever_else_writes() {
    seeds(60, |seed| {
        let scene = Scene::new(seed);
        let client = scene.signed_in("user_ada");
        let other = scene.open();
        scene.world.run_for(5_000);
        set_models(&scene, "another");
        client.tab.kill_at_poll(1 + scene.world.rng().below(80));
        drop(client.start(|service| async move { service.refresh_settings().await }));
        scene.world.run_for(scene.world.rng().below(400));
        scene.world.run(other.save("mine", "{}")).expect("the tab lives").expect("saved");
        scene.world.run_for(1_000);
        other.tab.kill();
        scene.world.network().set_reachable(false);
        let next = scene.open();
        let models = models(&next);
        assert_eq!(models[0] == "another", models[1] == "another", "half a merge: {models:?}");
        assert_eq!(next.profiles().get("mine"), other.profiles().get("mine"), "a write was lost");
        assert_eq!(next.profiles().as_object().expect("profiles").len(), 3);
    });
}

#[test]
fn every_status_has_its_code() {
    let scene = Scene::new(8);
    let client = scene.signed_in("user_ada");
    for (status, expected) in [
        (401, Code::InvalidCredentials),
        (403, Code::Forbidden),
        (404, Code::NotFound),
        (408, Code::Timeout),
        (409, Code::Conflict),
        (418, Code::InvalidResponse),
        (429, Code::RateLimited),
        (500, Code::Server),
    ] {
        for _ in 0..2 {
            scene.world.network().fail_next(SETTINGS, Fault::Status(status));
        }
        let refused = scene.run(&client, |service| async move { service.refresh_settings().await });
        assert_eq!(code(refused), Some(expected), "{status}");
        // The second fault was for the retry after a 401; others leave it unused.
        drop(scene.run(&client, |service| async move { service.refresh_settings().await }));
    }
    assert_eq!(client.state(), AuthState::ActiveSession);
}
