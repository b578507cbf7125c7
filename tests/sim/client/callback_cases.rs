//! The cases A (authorization request) and B (callback). Their ids stand in `tests/cases.md`.

use std::collections::{BTreeMap, BTreeSet};

use roo_cloud_web::auth::oauth::pkce;
use roo_cloud_web::platform::Page;
use roo_cloud_web::platform::sim::{Reply, StorageMode};
use roo_cloud_web::platform::vault::Vault;
use roo_cloud_web::secret::Secret;

use super::*;
use crate::cloud::TOKEN_ENDPOINT;

const DISCOVERY: &str = "https://id.cloud.example/.well-known";

fn query(url: &str) -> BTreeMap<String, String> {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

/// `REDIRECT_URI` with `parameters`.
fn callback(parameters: &[(&str, &str)]) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    format!("{REDIRECT_URI}?{query}")
}

/// A client in a tab at `url`, which handles it; with the code of the failure.
fn answered(scene: &Scene, url: &str) -> (Client, Option<Code>) {
    let client = scene.create(&scene.world.open_tab_with(TabOptions::at(url)), config());
    let outcome = code(scene.callback(&client, url));
    (client, outcome)
}

fn token_requests(scene: &Scene) -> usize {
    scene.world.network().count(TOKEN_ENDPOINT)
}

/// A sign-in that was begun, and its state.
fn begun(scene: &Scene) -> (Client, String) {
    let client = scene.open();
    let url = scene.begin_redirect(&client);
    (client, query(&url)["state"].clone())
}

fn login_code(scene: &Scene, client: &Client) -> Option<Code> {
    code(scene.run(client, |service| async move { service.login(SignInOptions::default(), None, None).await }))
}

#[test]
fn a1_only_s256_with_a_verifier_from_the_secure_source() {
    let scene = Scene::new(1);
    let tab = scene.world.open_tab();
    let page = tab.clone();
    let challenge = scene.world.run(tab.start(async move {
        pkce::challenge(&page, &Secret::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")).await
    }));
    let challenge = challenge.expect("the tab lives").expect("hashed");
    assert_eq!(challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "RFC 7636, appendix B");
    let url = scene.begin_redirect(&scene.open());
    let asked = query(&url);
    assert_eq!((&*asked["code_challenge_method"], asked["code_challenge"].len()), ("S256", 43));
    assert!(!asked.contains_key("code_verifier"));
}

#[test]
fn a2_ten_thousand_states_in_two_tabs_are_all_different() {
    let scene = Scene::new(2);
    let tabs = [scene.world.open_tab(), scene.world.open_tab()];
    let mut seen = BTreeSet::new();
    for turn in 0..10_000 {
        let text = pkce::random_text(&tabs[turn % 2]).expect("randomness");
        assert!((43..=128).contains(&text.expose().len()), "RFC 7636, 4.1");
        assert!(seen.insert(text.expose().to_owned()));
    }
    let (one, two) = (query(&scene.begin_redirect(&scene.open())), query(&scene.begin_redirect(&scene.open())));
    for name in ["state", "nonce", "code_challenge"] {
        assert_ne!(one[name], two[name], "{name}");
    }
    assert!(one["state"] != one["nonce"]);
}

#[test]
fn a3_a4_a5_a_discovery_document_that_is_wrong_or_unsafe_is_config_and_nothing_is_sent() {
    let good = json!({
        "issuer": ISSUER,
        "authorization_endpoint": format!("{ISSUER}/oauth/authorize"),
        "token_endpoint": TOKEN_ENDPOINT,
        "code_challenge_methods_supported": ["plain", "S256"],
    });
    let wrong = [
        ("issuer", json!("https://evil.example")),
        ("issuer", json!(format!("{ISSUER}/"))),
        ("issuer", Value::Null),
        ("code_challenge_methods_supported", Value::Null),
        ("code_challenge_methods_supported", json!(["plain"])),
        ("authorization_endpoint", json!("http://id.cloud.example/oauth/authorize")),
        ("authorization_endpoint", json!("javascript:alert(1)")),
        ("authorization_endpoint", json!("data:text/html,x")),
        ("token_endpoint", json!("http://id.cloud.example/oauth/token")),
        ("token_endpoint", json!("https://user@id.cloud.example/oauth/token")),
        ("token_endpoint", json!(1)),
        ("revocation_endpoint", json!("http://id.cloud.example/oauth/revoke")),
        ("end_session_endpoint", json!("javascript:alert(1)")),
    ];
    for (name, value) in wrong {
        let scene = Scene::new(3);
        let document: Rc<RefCell<Value>> = Rc::new(RefCell::new(good.clone()));
        document.borrow_mut()[name] = value.clone();
        let served = document.clone();
        scene.world.network().handle(DISCOVERY, move |_, _| Reply::json(200, served.borrow().to_string()));
        let client = scene.open();
        assert_eq!(login_code(&scene, &client), Some(Code::Config), "{name}: {value}");
        assert!(client.tab.navigations().is_empty());
        assert_eq!((token_requests(&scene), client.state()), (0, AuthState::LoggedOut));
        // It was not kept: once the server is right, signing in works.
        *document.borrow_mut() = good.clone();
        scene.begin_redirect(&client);
    }
}

#[test]
fn a3_a_discovery_document_is_read_up_to_256_kib() {
    for (padding, expected) in [(200 * 1024, None), (300 * 1024, Some(Code::InvalidResponse))] {
        let scene = Scene::new(3);
        let document = json!({
            "issuer": ISSUER,
            "authorization_endpoint": format!("{ISSUER}/oauth/authorize"),
            "token_endpoint": TOKEN_ENDPOINT,
            "code_challenge_methods_supported": ["S256"],
            "padding": "x".repeat(padding),
        });
        scene.world.network().handle(DISCOVERY, move |_, _| Reply::json(200, document.to_string()));
        let client = scene.open();
        match expected {
            None => drop(scene.begin_redirect(&client)),
            refused => assert_eq!(login_code(&scene, &client), refused),
        }
    }
}

#[test]
fn a6_a_sign_in_that_cannot_be_kept_is_not_begun() {
    let scene = Scene::new(6);
    let denied = TabOptions { storage: StorageMode::Denied, ..TabOptions::default() };
    let client = scene.create(&scene.world.open_tab_with(denied), config());
    assert_eq!(login_code(&scene, &client), Some(Code::StorageUnavailable));
    let full = scene.open();
    full.tab.storage().set_quota_bytes(Some(1));
    assert_eq!(login_code(&scene, &full), Some(Code::StorageFull));
    let without =
        scene.create(&scene.world.open_tab_with(TabOptions { crypto: false, ..TabOptions::default() }), config());
    assert_eq!(login_code(&scene, &without), Some(Code::CryptoUnavailable));
    for client in [client, full, without] {
        assert!(client.tab.navigations().is_empty());
    }
}

#[test]
fn b1_b2_a_callback_that_is_not_ours_asks_the_server_nothing_and_leaves_the_session() {
    let scene = Scene::new(1);
    let client = scene.signed_in("user_ada");
    let before = (token_requests(&scene), client.tab.storage().records());
    for (url, expected) in [
        (callback(&[("code", "c")]), Code::CallbackInvalid),
        (callback(&[("code", "c"), ("state", "nobodys"), ("iss", ISSUER)]), Code::StateMismatch),
        (callback(&[("code", "c"), ("state", ""), ("iss", ISSUER)]), Code::StateMismatch),
        (callback(&[("error", "access_denied"), ("state", "nobodys"), ("iss", ISSUER)]), Code::StateMismatch),
        ("https://app.example/?code=foreign".to_owned(), Code::CallbackInvalid),
    ] {
        assert!(!client.service.auth().sign_in().expect("OAuth").is_callback(&url), "{url}");
        assert_eq!(code(scene.callback(&client, &url)), Some(expected), "{url}");
    }
    assert_eq!((token_requests(&scene), client.tab.storage().records()), before);
    assert_eq!((client.state(), client.told("auth-state-changed") > 0), (AuthState::ActiveSession, true));
}

#[test]
fn b1_an_address_that_has_our_state_alone_is_no_callback_and_spends_nothing() {
    let scene = Scene::new(1);
    let (client, state) = begun(&scene);
    let url = client.tab.navigations().pop().expect("it left");
    client.tab.kill();
    let bare = callback(&[("state", &state)]);
    let page = scene.create(&scene.world.open_tab_with(TabOptions::at(&bare)), config());
    assert!(!page.service.auth().sign_in().expect("OAuth").is_callback(&bare));
    assert_eq!(code(scene.callback(&page, &bare)), Some(Code::CallbackInvalid));
    let answer = scene.cloud.sign_in(&url, "user_ada").expect("signed in");
    assert_eq!(answered(&scene, &answer).1, None, "the sign-in can still be answered");
}

#[test]
fn b3_a_callback_twice_is_one_exchange() {
    let scene = Scene::new(3);
    let url = scene.leave(&scene.open(), "user_ada");
    let client = scene.create(&scene.world.open_tab_with(TabOptions::at(&url)), config());
    // As React's StrictMode does.
    let twice = [url.clone(), url.clone()]
        .map(|url| client.start(|service| async move { service.handle_callback(&url).await }));
    for outcome in twice {
        let user = scene.world.run(outcome).expect("the tab lives").expect("signed in");
        assert_eq!(user.id.as_deref(), Some("user_ada"));
    }
    assert_eq!(token_requests(&scene), 1);
    // What is left of it holds no secret that a code could be spent with.
    let vault = Vault::new(Rc::new(client.tab.clone()), format!("{ISSUER} {CLIENT_ID}"));
    let left = client.tab.start(async move {
        let slots = vault.slots("pending/").await.expect("listed");
        vault.read(slots.first().expect("a tombstone")).await.expect("read").expect("there").bytes
    });
    let left: Value = serde_json::from_slice(&scene.world.run(left).expect("the tab lives")).expect("JSON");
    assert_eq!((&left["verifier"], &left["nonce"], &left["dead"]), (&json!(""), &json!(""), &json!(true)));
    // And once more in another tab, as when the person goes back.
    assert_eq!(answered(&scene, &url).1, Some(Code::StateExpired));
    assert_eq!((token_requests(&scene), client.state()), (1, AuthState::ActiveSession));
    assert!(scene.cloud.look(|cloud| cloud.grants[0].alive));
}

#[test]
fn b4_old_sign_ins_are_told_from_unknown_ones_for_a_day_and_at_most_five_are_kept() {
    let scene = Scene::new(4);
    let old = scene.leave(&scene.open(), "user_ada");
    scene.world.run_for(15 * MINUTE_MS + 1);
    assert_eq!(answered(&scene, &old).1, Some(Code::StateExpired));
    scene.world.run_for(24 * 60 * MINUTE_MS);
    assert_eq!(answered(&scene, &old).1, Some(Code::StateMismatch), "nothing is left of it");

    let urls: Vec<String> = (0..6).map(|_| scene.leave(&scene.open(), "user_ada")).collect();
    let records = scene.open().tab.storage().records();
    let pending: Vec<&String> = records.keys().filter(|key| key.contains("/pending/")).collect();
    assert_eq!(pending.len(), 5);
    assert_eq!(answered(&scene, &urls[0]).1, Some(Code::StateMismatch), "the oldest made room");
    assert_eq!(answered(&scene, &urls[1]).1, None);

    // What nobody can read is purged with the next sign-in.
    let (client, _) = begun(&scene);
    let storage = client.tab.storage();
    let key = storage.records().into_keys().find(|key| key.contains("/pending/")).expect("one is pending");
    storage.put(&key, Some(b"\x01not sealed by us".to_vec()));
    begun(&scene);
    assert!(!storage.records().contains_key(&key));
}

#[test]
fn b5_an_answer_that_comes_from_another_issuer_or_does_not_say_is_refused_errors_too() {
    for (name, value) in [("code", "c"), ("error", "access_denied")] {
        for issuer in [Some("https://evil.example"), Some(""), None] {
            let scene = Scene::new(5);
            let (client, state) = begun(&scene);
            client.tab.kill();
            let mut parameters = vec![(name, value), ("state", state.as_str())];
            parameters.extend(issuer.map(|issuer| ("iss", issuer)));
            let (client, outcome) = answered(&scene, &callback(&parameters));
            assert_eq!(outcome, Some(Code::CallbackInvalid), "{name} {issuer:?}");
            assert_eq!((token_requests(&scene), client.state()), (0, AuthState::LoggedOut));
        }
    }
}

#[test]
fn b6_a_callback_for_another_client_or_issuer_than_is_configured_now_is_unknown() {
    let scene = Scene::new(6);
    let url = scene.leave(&scene.open(), "user_ada");
    for change in [
        |oauth: &mut OAuthConfig| oauth.client_id = "another".to_owned(),
        |oauth: &mut OAuthConfig| {
            oauth.issuer = "https://id.other.example".to_owned();
        },
    ] {
        let mut changed = config();
        let AuthConfig::OAuth { oauth, .. } = &mut changed.auth else { continue };
        change(oauth);
        let client = scene.create(&scene.world.open_tab_with(TabOptions::at(&url)), changed);
        assert_eq!(code(scene.callback(&client, &url)), Some(Code::StateMismatch));
    }
    assert_eq!(token_requests(&scene), 0);
}

#[test]
fn b7_b9_a_refusal_and_an_injected_code_change_nothing() {
    let scene = Scene::new(7);
    let ada = scene.signed_in("user_ada");
    for (name, value, expected) in
        [("error", "access_denied", Code::AccessDenied), ("code", "injected", Code::InvalidCredentials)]
    {
        let (client, state) = begun(&scene);
        client.tab.kill();
        let (client, outcome) = answered(&scene, &callback(&[(name, value), ("state", &state), ("iss", ISSUER)]));
        assert_eq!(outcome, Some(expected));
        scene.world.run_for(5_000);
        for tab in [&ada, &client] {
            assert_eq!((tab.state(), tab.user_id().as_deref()), (AuthState::ActiveSession, Some("user_ada")));
        }
    }
    let fresh = Scene::new(9);
    let (client, state) = begun(&fresh);
    client.tab.kill();
    let (client, outcome) = answered(&fresh, &callback(&[("code", "injected"), ("state", &state), ("iss", ISSUER)]));
    assert_eq!((outcome, client.state()), (Some(Code::InvalidCredentials), AuthState::LoggedOut));
}

#[test]
fn b5_a_server_that_never_names_itself_in_answers_is_taken_as_it_is() {
    let scene = Scene::new(5);
    let document = json!({
        "issuer": ISSUER,
        "authorization_endpoint": format!("{ISSUER}/oauth/authorize"),
        "token_endpoint": TOKEN_ENDPOINT,
        "code_challenge_methods_supported": ["S256"],
    });
    scene.world.network().handle(DISCOVERY, move |_, _| Reply::json(200, document.to_string()));
    let url = scene.leave(&scene.open(), "user_ada");
    let (nameless, _) = url.split_once("&iss=").expect("the simulated server names itself");
    let (client, outcome) = answered(&scene, nameless);
    assert_eq!((outcome, client.user_id().as_deref()), (None, Some("user_ada")));
}

#[test]
fn b7_each_refusal_has_its_code_and_says_in_plain_words_what_the_server_says() {
    let scene = Scene::new(7);
    for (error, expected) in [
        ("access_denied", Code::AccessDenied),
        ("server_error", Code::Server),
        ("temporarily_unavailable", Code::Server),
        ("login_required", Code::LoginCancelled),
        ("interaction_required", Code::LoginCancelled),
        ("consent_required", Code::LoginCancelled),
        ("account_selection_required", Code::LoginCancelled),
        ("invalid_scope", Code::Config),
        ("unauthorized_client", Code::Config),
    ] {
        for (said, words) in [
            (Some("Ask <b>Ada</b> & \"co\" \\ at 5 o'clock."), ": Ask bAda/b  co  at 5 o'clock."),
            (Some("\u{20ac}"), ""),
            (None, ""),
        ] {
            let (client, state) = begun(&scene);
            client.tab.kill();
            let mut parameters = vec![("error", error), ("state", state.as_str()), ("iss", ISSUER)];
            parameters.extend(said.map(|said| ("error_description", said)));
            let url = callback(&parameters);
            let client = scene.create(&scene.world.open_tab_with(TabOptions::at(&url)), config());
            let failure = scene.callback(&client, &url).expect_err("refused");
            assert_eq!(failure.code, expected, "{error}");
            assert!(failure.to_string().ends_with(&format!("refused ({error}){words}")), "{failure}");
        }
    }
    assert_eq!(token_requests(&scene), 0);
}

#[test]
fn b8_what_the_server_says_of_an_error_is_stripped_and_bounded() {
    let scene = Scene::new(8);
    let long = "x".repeat(10_240);
    for said in ["<img src=x onerror=alert(1)>", "one\r\nSet-Cookie: a=b", long.as_str(), "\u{202e}evil\0"] {
        let (client, state) = begun(&scene);
        client.tab.kill();
        let url =
            callback(&[("error", "access_denied"), ("error_description", said), ("state", &state), ("iss", ISSUER)]);
        let client = scene.create(&scene.world.open_tab_with(TabOptions::at(&url)), config());
        let error = scene.callback(&client, &url).expect_err("refused");
        let text = error.to_string();
        assert!(text.len() < 500 && text.chars().all(|c| matches!(c, ' '..='~') && !matches!(c, '<' | '>')), "{text}");
    }
}

#[test]
fn b10_doubled_or_forbidden_parameters_are_refused_and_the_address_bar_is_cleaned() {
    let scene = Scene::new(10);
    for more in [
        "&code=d",
        "&state=t",
        "&iss=https%3A%2F%2Fevil.example",
        "&access_token=t",
        "&id_token=t",
        "&response=jwt",
        "&error=x",
        "#access_token=t",
    ] {
        let (client, state) = begun(&scene);
        client.tab.kill();
        let url = format!("{}{more}", callback(&[("code", "c"), ("state", &state), ("iss", ISSUER)]));
        let (client, outcome) = answered(&scene, &url);
        assert_eq!(outcome, Some(Code::CallbackInvalid), "{more}");
        let address = client.tab.address().expect("an address");
        assert_eq!((address.query.as_str(), address.fragment.as_str()), ("", ""), "{more}");
    }
    assert_eq!(token_requests(&scene), 0);
}

#[test]
fn b10_the_person_comes_back_to_a_path_of_this_origin_and_to_nothing_else() {
    let scene = Scene::new(11);
    for path in [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "",
        "/a\nb",
        "/a b",
        "/\u{7f}",
        "a",
    ] {
        let client = scene.open();
        let path = path.to_owned();
        let refused = scene
            .run(&client, |service| async move { service.login(SignInOptions::default(), Some(path), None).await });
        assert_eq!(code(refused), Some(Code::InvalidArgument));
    }
    let client = scene.open();
    let options = SignInOptions {
        landing_page_slug: Some("welcome".to_owned()),
        sign_up: true,
        prompt: Some("select_account".to_owned()),
        ..SignInOptions::default()
    };
    drop(
        client.start(|service| async move { service.login(options, Some("/settings?tab=2#x".to_owned()), None).await }),
    );
    scene.world.run_for(10_000);
    let url = client.tab.navigations().first().cloned().expect("it left");
    let asked = query(&url);
    assert_eq!(
        (&*asked["landing_page"], &*asked["screen_hint"], &*asked["prompt"]),
        ("welcome", "signup", "select_account")
    );
    client.tab.kill();
    let url = scene.cloud.sign_in(&url, "user_ada").expect("signed in");
    let (client, outcome) = answered(&scene, &url);
    assert_eq!(outcome, None);
    assert_eq!(client.tab.address().expect("an address").href, "https://app.example/settings?tab=2#x");
}
