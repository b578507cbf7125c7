//! The cases C (token answers). Their ids stand in `tests/cases.md`.

use std::cell::Cell;

use base64ct::{Base64UrlUnpadded, Encoding};
use roo_cloud_web::auth::session::ActFor;
use roo_cloud_web::platform::Request;
use roo_cloud_web::platform::sim::{Ctx, Fault, Reply};

use super::*;
use crate::cloud::TOKEN_ENDPOINT;

pub(super) const CANARY: &str = "canary-7e57";

/// Has the token endpoint answer `reply` while the switch that this gives is on.
pub(super) fn answer_tokens(scene: &Scene, reply: Reply) -> Rc<Cell<bool>> {
    let on = Rc::new(Cell::new(true));
    let (cloud, is_on) = (scene.cloud.clone(), on.clone());
    scene.world.network().handle(TOKEN_ENDPOINT, move |request: &Request, ctx: &mut Ctx| {
        if is_on.get() { reply.clone() } else { cloud.authorization(request, ctx) }
    });
    on
}

/// Has `client` ask for a new session token at once; the code that it comes to.
pub(super) fn renew(scene: &Scene, client: &Client) -> Option<Code> {
    scene.world.network().fail_next(SETTINGS, Fault::Status(401));
    code(scene.run(client, |service| async move { service.refresh_settings().await }))
}

/// Signed in in a sandboxed frame, which has memory alone.
pub fn signed_in_alone(scene: &Scene) -> Client {
    let client = scene.create(&scene.world.open_tab_with(TabOptions::sandboxed()), config());
    let url = scene.begin_redirect(&client);
    let url = scene.cloud.sign_in(&url, "user_ada").expect("signed in");
    scene.callback(&client, &url).expect("signed in");
    scene.world.run_for(5_000);
    client
}

/// Nothing came of `reply`: the code is `expected`, and the grant that there was is renewed as soon as the server is well.
pub(super) fn refused(reply: Reply, expected: Code, what: &str) {
    let scene = Scene::new(3);
    let client = scene.signed_in("user_ada");
    let on = answer_tokens(&scene, reply);
    assert_eq!(renew(&scene, &client), Some(expected), "{what}");
    assert_ne!(client.state(), AuthState::LoggedOut, "{what}");
    assert!(!format!("{:?}", client.heard.borrow()).contains(CANARY), "{what}");
    on.set(false);
    scene.world.run_for(6 * MINUTE_MS);
    assert_eq!(client.state(), AuthState::ActiveSession, "{what}");
    assert_eq!(scene.cloud.look(|cloud| (cloud.codes_spent, cloud.reuses.len())), (1, 0), "{what}");
}

pub(super) fn tokens(change: impl Fn(&mut Value)) -> Reply {
    let mut body = json!({"access_token": CANARY, "token_type": "Bearer", "expires_in": 600});
    change(&mut body);
    Reply::json(200, body.to_string())
}

#[test]
fn c1_c2_c3_c9_an_answer_that_is_no_token_answer_is_refused_and_quoted_nowhere() {
    let good = json!({"access_token": CANARY, "token_type": "Bearer", "expires_in": 600}).to_string();
    let json = |body: &str| Reply::json(200, body);
    for (reply, what) in [
        (Reply::status(200).header("content-type", "text/html").body(format!("<html>{CANARY}</html>")), "HTML"),
        (json(&good[..good.len() - 5]), "cut"),
        (json(&format!("\u{feff}{good}")), "a BOM"),
        (json(&format!("{good}{good}")), "trailing data"),
        (json(&format!("[{good}]")), "an array"),
        (json(&format!("\"{CANARY}\"")), "a text"),
        (Reply::status(200).header("content-type", "text/plain").body(good.clone()), "no JSON by its type"),
        (json(&good.replace('{', &format!("{{\"x\":\"{}\",", "x".repeat(1_100_000)))), "over 1 MiB"),
    ] {
        refused(reply, Code::InvalidResponse, what);
    }
}

#[test]
fn c4_c5_c7_what_stands_in_the_answer_is_checked() {
    for bad in [json!(null), json!(""), json!(1), json!("a\r\nb"), json!("a b"), json!("a\nb")] {
        let shown = bad.to_string();
        refused(tokens(move |body| body["access_token"] = bad.clone()), Code::InvalidResponse, &shown);
    }
    for bad in [json!(null), json!("mac"), json!(1), json!("")] {
        let shown = bad.to_string();
        refused(tokens(move |body| body["token_type"] = bad.clone()), Code::InvalidResponse, &shown);
    }
    for bad in [json!(-1), json!("abc"), json!(1e30), json!(0), json!(""), json!("+60"), json!(1.5), json!([600])] {
        let shown = bad.to_string();
        refused(tokens(move |body| body["expires_in"] = bad.clone()), Code::InvalidResponse, &shown);
    }
}

#[test]
fn c5_c6_c7_what_servers_write_otherwise_is_taken_and_without_an_end_a_token_lives_five_minutes() {
    for (expires_in, lives_ms) in
        [(json!("3600"), 3_600_000), (json!(3600.0), 3_600_000), (json!(60), 60_000), (Value::Null, 300_000)]
    {
        let scene = Scene::new(5);
        let client = scene.signed_in("user_ada");
        let answer = tokens(|body| {
            body["token_type"] = "bEARER".into();
            if expires_in.is_null() {
                body.as_object_mut().expect("an object").remove("expires_in");
            } else {
                body["expires_in"] = expires_in.clone();
            }
        });
        answer_tokens(&scene, answer);
        // The cloud does not know the token, so the call fails in the end; the token was taken.
        renew(&scene, &client);
        let asked = scene.world.network().count(TOKEN_ENDPOINT);
        let margin_ms = (lives_ms / 4).min(60_000);
        scene.world.network().handle(API, |_, _| Reply::status(503));
        scene.world.run_for(lives_ms - margin_ms - 5_000);
        assert_eq!(scene.world.network().count(TOKEN_ENDPOINT), asked, "{expires_in}");
        scene.world.run_for(10_000);
        assert_eq!(scene.world.network().count(TOKEN_ENDPOINT), asked + 1, "{expires_in}");
    }
}

fn id_token(change: impl Fn(&mut Value, &mut Value)) -> String {
    let mut header = json!({"alg": "ES256"});
    let mut claims = json!({"iss": ISSUER, "aud": CLIENT_ID, "sub": "user_ada", "exp": 4_000_000_000_u64});
    change(&mut header, &mut claims);
    let part = |value: &Value| Base64UrlUnpadded::encode_string(value.to_string().as_bytes());
    format!("{}.{}.c2ln", part(&header), part(&claims))
}

/// Signs Ada in with a token answer that has an ID token, as `change` makes it of a good one.
fn sign_in_with_id_token(scene: &Scene, change: impl Fn(&mut Value, &mut Value)) -> (Client, Option<Code>) {
    sign_in_as_asked(scene, SignInOptions::default(), change)
}

fn sign_in_as_asked(
    scene: &Scene,
    options: SignInOptions,
    change: impl Fn(&mut Value, &mut Value),
) -> (Client, Option<Code>) {
    let before = scene.open();
    drop(before.start(|service| async move { service.login(options, None, None).await }));
    scene.world.run_for(10_000);
    let url = before.tab.navigations().pop().expect("the page was left");
    let nonce = form_urlencoded::parse(url.split_once('?').map_or("", |(_, query)| query).as_bytes())
        .find(|(name, _)| name == "nonce")
        .map(|(_, value)| value.into_owned())
        .expect("a nonce");
    before.tab.kill();
    let url = scene.cloud.sign_in(&url, "user_ada").expect("signed in");
    let token = id_token(|header, claims| {
        claims["nonce"] = nonce.as_str().into();
        change(header, claims);
    });
    answer_tokens(scene, tokens(|body| body["id_token"] = token.as_str().into()));
    // It does not know these tokens, and would answer 401.
    scene.world.network().handle(API, |_, _| Reply::status(503));
    let client = scene.create(&scene.world.open_tab_with(TabOptions::at(&url)), config());
    let outcome = code(scene.callback(&client, &url));
    (client, outcome)
}

#[test]
fn c8_an_id_token_that_is_not_for_this_sign_in_is_refused() {
    let wrong: [fn(&mut Value, &mut Value); 11] = [
        |_, claims| claims["nonce"] = "another".into(),
        |_, claims| drop(claims.as_object_mut().expect("an object").remove("nonce")),
        |_, claims| claims["iss"] = "https://evil.example".into(),
        |_, claims| claims["aud"] = "another".into(),
        |_, claims| claims["aud"] = json!([CLIENT_ID, "another"]),
        |_, claims| (claims["aud"], claims["azp"]) = (json!([CLIENT_ID, "another"]), "another".into()),
        |_, claims| claims["sub"] = "".into(),
        |_, claims| claims["exp"] = 1_000_000_000.into(),
        |_, claims| drop(claims.as_object_mut().expect("an object").remove("exp")),
        |header, _| header["alg"] = "none".into(),
        |header, _| header["alg"] = "HS256".into(),
    ];
    for (index, wrong) in wrong.into_iter().enumerate() {
        let (client, outcome) = sign_in_with_id_token(&Scene::new(8), wrong);
        assert_eq!(outcome, Some(Code::InvalidResponse), "{index}");
        assert_eq!(client.state(), AuthState::LoggedOut);
    }
    // A refresh that answers for somebody else ends the session.
    let scene = Scene::new(8);
    let client = scene.signed_in("user_ada");
    let other = id_token(|_, claims| claims["sub"] = "user_ben".into());
    answer_tokens(&scene, tokens(|body| body["id_token"] = other.as_str().into()));
    assert_eq!(renew(&scene, &client), Some(Code::InvalidCredentials));
    assert_eq!((client.state(), scene.open().state()), (AuthState::LoggedOut, AuthState::LoggedOut));
}

#[test]
fn c8_an_id_token_for_this_client_among_others_or_alone_in_a_list_is_taken() {
    let good: [fn(&mut Value, &mut Value); 3] = [
        |_, claims| claims["aud"] = json!([CLIENT_ID]),
        |_, claims| (claims["aud"], claims["azp"]) = (json!(["another", CLIENT_ID]), CLIENT_ID.into()),
        |_, claims| claims["azp"] = CLIENT_ID.into(),
    ];
    for (index, good) in good.into_iter().enumerate() {
        let (client, outcome) = sign_in_with_id_token(&Scene::new(8), good);
        assert_eq!((outcome, client.user_id().as_deref()), (None, Some("user_ada")), "{index}");
    }
}

#[test]
fn c8_what_the_id_token_says_of_the_person_is_known_before_the_api_is_asked() {
    let (client, outcome) = sign_in_with_id_token(&Scene::new(8), |_, claims| {
        claims["name"] = "Ada".into();
        claims["email"] = "ada@example.com".into();
        claims["picture"] = "https://cloud.example/ada.png".into();
        claims["org_id"] = "org_meridian".into();
        claims["org_role"] = "org:admin".into();
    });
    assert_eq!(outcome, None);
    let expected = UserInfo {
        id: Some("user_ada".to_owned()),
        name: Some("Ada".to_owned()),
        email: Some("ada@example.com".to_owned()),
        picture: Some("https://cloud.example/ada.png".to_owned()),
        organization_id: Some("org_meridian".to_owned()),
        organization_role: Some("org:admin".to_owned()),
        ..UserInfo::default()
    };
    assert_eq!(client.service.auth().user(), Some(expected));
}

#[test]
fn c8_where_the_id_token_names_no_organization_it_is_the_one_that_was_asked_for() {
    let options =
        || SignInOptions { act_for: Some(ActFor::Organization("org_juniper".to_owned())), ..SignInOptions::default() };
    let (client, outcome) = sign_in_as_asked(&Scene::new(8), options(), |_, _| {});
    let organization = |client: &Client| client.service.auth().user().expect("a user").organization_id;
    assert_eq!((outcome, organization(&client).as_deref()), (None, Some("org_juniper")));
    let (client, _) = sign_in_as_asked(&Scene::new(8), options(), |_, claims| claims["org_id"] = "org_meridian".into());
    assert_eq!(organization(&client).as_deref(), Some("org_meridian"), "the server decides");
}

#[test]
fn c8_without_openid_no_id_token_is_asked_for_or_missed() {
    let plain = || {
        let mut config = config();
        if let AuthConfig::OAuth { oauth, .. } = &mut config.auth {
            oauth.scopes.retain(|scope| scope != "openid");
        }
        config
    };
    let scene = Scene::new(8);
    let before = scene.create(&scene.world.open_tab(), plain());
    let url = scene.begin_redirect(&before);
    assert!(!url.contains("nonce="), "{url}");
    before.tab.kill();
    let url = scene.cloud.sign_in(&url, "user_ada").expect("signed in");
    answer_tokens(&scene, tokens(|_| {}));
    scene.world.network().handle(API, |_, _| Reply::status(503));
    let client = scene.create(&scene.world.open_tab_with(TabOptions::at(&url)), plain());
    assert_eq!((code(scene.callback(&client, &url)), client.state()), (None, AuthState::ActiveSession));
    // Asked for, it is missed.
    let scene = Scene::new(8);
    let url = scene.leave(&scene.open(), "user_ada");
    answer_tokens(&scene, tokens(|_| {}));
    let client = scene.create(&scene.world.open_tab_with(TabOptions::at(&url)), config());
    assert_eq!(
        (code(scene.callback(&client, &url)), client.state()),
        (Some(Code::InvalidResponse), AuthState::LoggedOut)
    );
}
