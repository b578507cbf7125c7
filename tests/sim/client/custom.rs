//! A provider of the page's own: what is asked of it and when, and that a bad one harms nothing.

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use roo_cloud_web::auth::custom::{Provider, ProviderCall};
use roo_cloud_web::auth::session::ActFor;
use roo_cloud_web::platform::sim::seeds;
use roo_cloud_web::platform::{Clock, Timers};

use super::*;
use crate::cloud::{AccessToken, Grant};

type Answer = std::result::Result<String, Option<Code>>;

/// A provider that answers as the scenario says, and notes what it was asked.
struct Double {
    tab: Tab,
    asked: RefCell<Vec<(ProviderCall, Option<Value>)>>,
    answers: RefCell<Box<dyn FnMut(ProviderCall) -> (u64, Answer)>>,
}

impl Provider for Double {
    fn call(
        &self,
        call: ProviderCall,
        previous: Option<&[u8]>,
    ) -> LocalBoxFuture<'static, std::result::Result<Vec<u8>, Option<Code>>> {
        let previous = previous.map(|json| serde_json::from_slice(json).expect("JSON"));
        self.asked.borrow_mut().push((call, previous));
        let (after_ms, answer) = (self.answers.borrow_mut())(call);
        let tab = self.tab.clone();
        async move {
            tab.sleep(after_ms).await;
            answer.map(String::into_bytes)
        }
        .boxed_local()
    }
}

impl Double {
    fn calls(&self) -> Vec<ProviderCall> {
        self.asked.borrow().iter().map(|(call, _)| *call).collect()
    }

    fn answer_with(&self, answers: impl FnMut(ProviderCall) -> (u64, Answer) + 'static) {
        *self.answers.borrow_mut() = Box::new(answers);
    }
}

/// A token of Ada's in Meridian, known to the cloud.
fn token(cloud: &Cloud, now_ms: u64) -> String {
    cloud.change(|state| {
        let organization = Some("org_meridian".to_owned());
        state.grants.push(Grant { person: "user_ada".to_owned(), organization: organization.clone(), alive: true });
        let (grant, token) = (state.grants.len() - 1, format!("own_{}", state.grants.len()));
        let until_ms = now_ms + 300_000;
        state.access_tokens.insert(token.clone(), AccessToken { grant, organization, until_ms });
        token
    })
}

fn result(token: &str) -> String {
    let user = json!({"id": "user_ada", "organizationId": "org_meridian"});
    json!({"sessionToken": token, "expiresInSeconds": 300, "userInfo": user, "mine": 7}).to_string()
}

/// A client in `tab` whose provider gives good tokens.
fn open(scene: &Scene, tab: &Tab) -> (Client, Rc<Double>) {
    let double = Rc::new(Double { tab: tab.clone(), asked: RefCell::default(), answers: RefCell::new(good(scene)) });
    let auth = AuthConfig::Custom { provider: double.clone() };
    (scene.create(tab, Config { auth, ..config() }), double)
}

fn good(scene: &Scene) -> Box<dyn FnMut(ProviderCall) -> (u64, Answer)> {
    let (cloud, clock) = (scene.cloud.clone(), scene.world.open_tab());
    Box::new(move |call| match call {
        ProviderCall::Initialize | ProviderCall::Logout => (5, Ok(String::new())),
        _ => (5, Ok(result(&token(&cloud, clock.wall_ms())))),
    })
}

fn login(scene: &Scene, client: &Client) -> Result<UserInfo> {
    scene.run(client, |service| async move { service.login(SignInOptions::default(), None, None).await })
}

#[test]
fn it_is_initialized_asked_refreshed_with_its_last_answer_and_told_of_the_sign_out() {
    seeds(10, |seed| {
        let scene = Scene::new(seed);
        let (client, double) = open(&scene, &scene.world.open_tab());
        assert_eq!((client.state(), double.calls()), (AuthState::LoggedOut, vec![ProviderCall::Initialize]));
        let user = login(&scene, &client).expect("signed in");
        assert_eq!((user.id.as_deref(), user.name.as_deref()), (Some("user_ada"), Some("Ada")));
        scene.world.run_for(5_000);
        assert_eq!((client.state(), client.max_files()), (AuthState::ActiveSession, Some(200)));

        scene.world.run_for(300_000);
        let (call, previous) = double.asked.borrow().last().cloned().expect("asked");
        let previous = previous.expect("the last answer");
        assert_eq!((call, &previous["mine"]), (ProviderCall::Refresh, &json!(7)));
        assert_eq!(client.state(), AuthState::ActiveSession);

        scene.run(&client, |service| async move { service.logout(false).await }).expect("signed out");
        assert_eq!(double.calls().last(), Some(&ProviderCall::Logout));
        assert_eq!(client.state(), AuthState::LoggedOut);
        assert_eq!(client.background_errors(), []);
    });
}

#[test]
fn other_tabs_take_its_token_and_a_reload_asks_it_anew() {
    seeds(10, |seed| {
        let scene = Scene::new(seed);
        let (first, _) = open(&scene, &scene.world.open_tab());
        login(&scene, &first).expect("signed in");
        scene.world.run_for(5_000);
        let (second, double) = open(&scene, &scene.world.open_tab());
        scene.world.run_for(5_000);
        assert_eq!((second.state(), double.calls()), (AuthState::ActiveSession, vec![ProviderCall::Initialize]));
        for tab in [&first, &second] {
            tab.tab.kill();
        }
        let (third, double) = open(&scene, &scene.world.open_tab());
        scene.world.run_for(5_000);
        assert_eq!(third.state(), AuthState::ActiveSession);
        assert_eq!(double.calls(), [ProviderCall::Initialize, ProviderCall::Authenticate]);
        let stored = third.tab.storage().records();
        assert!(stored.values().all(|bytes| !bytes.windows(4).any(|window| window == b"own_")), "no token is stored");
    });
}

#[test]
fn what_it_fails_with_is_the_failure_of_the_call_and_the_session_stays() {
    for (thrown, expected) in [
        (Err(None), Code::Network),
        (Err(Some(Code::RateLimited)), Code::RateLimited),
        (Ok("[]".to_owned()), Code::InvalidResponse),
        (Ok(r#"{"sessionToken":"a\nb"}"#.to_owned()), Code::InvalidResponse),
        (Ok(String::new()), Code::InvalidResponse),
    ] {
        let scene = Scene::new(4);
        let (client, double) = open(&scene, &scene.world.open_tab());
        let bad = thrown.clone();
        double.answer_with(move |_| (1, bad.clone()));
        assert_eq!(code(login(&scene, &client)), Some(expected));
        assert_eq!(client.state(), AuthState::LoggedOut);

        double.answer_with(good(&scene));
        login(&scene, &client).expect("signed in");
        double.answer_with(move |_| (1, thrown.clone()));
        scene.world.run_for(20 * MINUTE_MS);
        assert_eq!(client.state(), AuthState::InactiveSession, "nothing is proven");
        assert!(double.calls().len() < 40, "it is not asked without end");
        double.answer_with(good(&scene));
        scene.world.run_for(10 * MINUTE_MS);
        assert_eq!(client.state(), AuthState::ActiveSession);
    }
}

#[test]
fn only_its_own_word_ends_the_session() {
    let scene = Scene::new(5);
    let (client, double) = open(&scene, &scene.world.open_tab());
    login(&scene, &client).expect("signed in");
    double.answer_with(|_| (1, Err(Some(Code::TokenExpired))));
    scene.world.run_for(10 * MINUTE_MS);
    assert_eq!(client.state(), AuthState::LoggedOut);
}

#[test]
fn a_client_that_is_disposed_of_right_after_its_start_asks_and_hears_nobody() {
    let scene = Scene::new(7);
    let tab = scene.world.open_tab();
    let answers = RefCell::new(good(&scene));
    let double = Rc::new(Double { tab: tab.clone(), asked: RefCell::default(), answers });
    let config = Config { auth: AuthConfig::Custom { provider: double.clone() }, ..config() };
    let created = tab.start(create(tab.clone(), config, Rc::new(|_: &CloudEvent| ())));
    let service = scene.world.run(created).expect("the tab lives").expect("a client");
    service.start();
    service.dispose();
    scene.world.run_for(60_000);
    assert!(double.calls().is_empty(), "{:?}", double.calls());
}

#[test]
fn one_that_never_answers_is_given_up_and_nothing_hangs() {
    let scene = Scene::new(6);
    let tab = scene.world.open_tab();
    let double = Rc::new(Double {
        tab: tab.clone(),
        asked: RefCell::default(),
        answers: RefCell::new(Box::new(|_| (u64::MAX, Err(None)))),
    });
    let auth = AuthConfig::Custom { provider: double.clone() };
    let began_ms = scene.world.now_ms();
    let client = scene.create(&tab, Config { auth, ..config() });
    assert!(scene.world.now_ms() - began_ms <= 1_000, "a client is there all the same");
    scene.world.run_for(11_000);
    assert_eq!(client.background_errors(), [Code::Timeout]);
    assert_eq!(code(login(&scene, &client)), Some(Code::Timeout));

    double.answer_with(good(&scene));
    login(&scene, &client).expect("signed in");
    double.answer_with(|_| (u64::MAX, Err(None)));
    let asked = scene.run(&client, |service| async move { service.auth().fresh_token(299_000).await });
    assert!(asked.is_ok(), "the token in hand is good still");
    scene.world.run_for(10 * MINUTE_MS);
    assert_eq!(client.state(), AuthState::InactiveSession);
    scene.run(&client, |service| async move { service.logout(false).await }).expect("signed out");
    assert_eq!(client.state(), AuthState::LoggedOut);
}

#[test]
fn a_sign_in_that_a_sign_out_overtook_does_not_sign_in() {
    seeds(10, |seed| {
        let scene = Scene::new(seed);
        let (client, double) = open(&scene, &scene.world.open_tab());
        let slow = Ok(result(&token(&scene.cloud, 0)));
        double.answer_with(move |call| (if call == ProviderCall::Authenticate { 60_000 } else { 1 }, slow.clone()));
        let signing_in =
            client.start(|service| async move { service.login(SignInOptions::default(), None, None).await });
        let joined = client.start(|service| async move { service.login(SignInOptions::default(), None, None).await });
        scene.world.run_for(1_000);
        scene.run(&client, |service| async move { service.logout(false).await }).expect("signed out");
        for login in [signing_in, joined] {
            assert_eq!(code(scene.world.run(login).expect("the tab lives")), Some(Code::LoginCancelled));
        }
        assert_eq!(client.state(), AuthState::LoggedOut);
        assert_eq!(double.calls().iter().filter(|call| **call == ProviderCall::Authenticate).count(), 1);
    });
}

#[test]
fn another_person_in_its_answer_ends_the_session_and_another_organization_is_followed() {
    let scene = Scene::new(8);
    let (client, double) = open(&scene, &scene.world.open_tab());
    login(&scene, &client).expect("signed in");
    let renewed = |user: Value| {
        let token = token(&scene.cloud, scene.world.now_ms() + 1_000_000_000_000_000);
        Ok(json!({"sessionToken": token, "expiresInSeconds": 300, "userInfo": user}).to_string())
    };
    let answer: Answer = renewed(json!({"id": "user_ada"}));
    double.answer_with(move |_| (1, answer.clone()));
    scene
        .run(&client, |service| async move { service.auth().sign_in_at_provider().await })
        .expect("a provider")
        .expect("renewed");
    assert_eq!(client.service.auth().user().expect("Ada").organization_id, None);
    let answer: Answer = renewed(json!({"id": "user_ben"}));
    double.answer_with(move |_| (1, answer.clone()));
    scene.world.run_for(6 * MINUTE_MS);
    assert_eq!(client.state(), AuthState::LoggedOut);
}

#[test]
fn it_has_no_pages_and_no_organizations_to_switch_to() {
    let scene = Scene::new(9);
    let (client, _) = open(&scene, &scene.world.open_tab());
    let callback = "https://app.example/callback?code=1&state=2".to_owned();
    let handled = scene.run(&client, |service| async move { service.handle_callback(&callback).await });
    assert_eq!(code(handled), Some(Code::UnsupportedByAuth));
    let switched = scene.run(&client, |service| async move { service.switch_organization(ActFor::Personal).await });
    assert_eq!(code(switched), Some(Code::UnsupportedByAuth));
}
