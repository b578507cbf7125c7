//! What must hold of anything that comes from outside: nothing that is made of it panics, no limit is passed, and what is taken
//! is whole. Coverage-guided fuzzing (`fuzz/`) and the tests of the simulated world (tests/sim/mutated.rs) share these.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    dead_code,
    reason = "a check fails by panicking; not every target runs all"
)]

use base64ct::{Base64UrlUnpadded, Encoding};
use roo_cloud_web::auth::credentials::Grant;
use roo_cloud_web::auth::oauth::OAuthConfig;
use roo_cloud_web::auth::oauth::authorize::{Callback, checked_return_path};
use roo_cloud_web::auth::oauth::id_token::process_id_token;
use roo_cloud_web::auth::oauth::pending::Pending;
use roo_cloud_web::auth::oauth::token::{TokenError, process_token_response};
use roo_cloud_web::auth::peers::PeerMessage;
use roo_cloud_web::auth::static_token::StaticToken;
use roo_cloud_web::auth::ticket::TicketConfig;
use roo_cloud_web::auth::way::{Way, WayConfig};
use roo_cloud_web::platform::sim::{Tab, World};
use roo_cloud_web::platform::{Page, Response};
use roo_cloud_web::secret::Secret;

const ISSUER: &str = "https://id.cloud.example";
const NOW_MS: u64 = 1_800_000_000_000;
/// A year: no token is believed to live longer.
const LONGEST_MS: u64 = 366 * 86_400_000;

fn config() -> OAuthConfig {
    OAuthConfig {
        issuer: ISSUER.to_owned(),
        client_id: "c".to_owned(),
        redirect_uri: "https://app.example/callback".to_owned(),
        scopes: vec!["openid".to_owned()],
        dpop: false,
    }
}

fn words(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A page that parses urls as browsers do.
fn with_page(work: impl FnOnce(&Tab)) {
    thread_local! {
        static PAGE: (World, Tab) = {
            let world = World::new(1);
            let tab = world.open_tab();
            (world, tab)
        };
    }
    PAGE.with(|(_, tab)| work(tab));
}

/// A callback's url, and a path to come back to.
pub fn callback(bytes: &[u8]) {
    let text = words(bytes);
    with_page(|page| {
        if let Some(Ok(callback)) = page.parse_url(&text).and_then(|url| Callback::parse(&url)) {
            let pending = Pending {
                state: callback.state().clone(),
                verifier: Secret::new("v"),
                nonce: Secret::new("n"),
                redirect_uri: "https://app.example/callback".to_owned(),
                begun_at_ms: NOW_MS,
                organization_id: None,
                return_to: None,
                popup: false,
                dead: false,
            };
            match callback.validate(pending, Some((ISSUER, true)), NOW_MS) {
                Ok(valid) => assert!(!valid.code.expose().is_empty()),
                Err(error) => {
                    let said = error.to_string();
                    let is_plain = |c: char| matches!(c, ' '..='~') && !matches!(c, '<' | '>' | '"' | '&');
                    assert!(said.len() < 600 && said.chars().all(is_plain), "{said}");
                }
            }
        }
    });
    if let Ok(path) = checked_return_path(&text) {
        let here = url::Url::parse("https://app.example/").expect("a url");
        let there = here.join(&path).expect("a path");
        assert_eq!(there.origin(), here.origin(), "{path}");
    }
}

/// An answer of the token endpoint; the first byte says with which status.
pub fn token_answer(bytes: &[u8]) {
    let Some((&kind, body)) = bytes.split_first() else { return };
    let status = match kind {
        b'4' => 400,
        b'1' => 401,
        b'5' => 503,
        _ => 200,
    };
    let headers = vec![("content-type".to_owned(), "application/json; charset=utf-8".to_owned())];
    let response = Response { status, headers, body: body.to_vec() };
    match process_token_response(&response, "Bearer", NOW_MS) {
        Ok(answer) => {
            assert_eq!(status, 200);
            let tokens = [Some(&answer.access_token), answer.refresh_token.as_ref(), answer.id_token.as_ref()];
            for token in tokens.into_iter().flatten() {
                // It goes into a header.
                assert!(!token.expose().is_empty() && token.expose().bytes().all(|byte| byte.is_ascii_graphic()));
            }
            assert!((1_000..=LONGEST_MS).contains(&answer.expires_in_ms));
        }
        Err(TokenError::InvalidGrant) => assert!(words(body).contains("invalid_grant") || words(body).contains("\\u")),
        Err(TokenError::Other(error)) => assert!(error.to_string().len() < 300),
    }
}

/// A stored record once it was opened, and a message of another tab: read, written and read again it is the same.
pub fn record(bytes: &[u8]) {
    if let Some(grant) = Grant::from_json(bytes) {
        same_grant(&grant);
    }
    with_page(|page| {
        let config = TicketConfig {
            api_url: "https://cloud.example".to_owned(),
            clerk_url: "https://clerk.cloud.example".to_owned(),
            auth_redirect: "vscode://publisher.name".to_owned(),
        };
        // What the client before this one stored.
        if let Some(grant) = Way::new(std::rc::Rc::new(page.clone()), WayConfig::Ticket(config)).migrate(bytes) {
            same_grant(&grant);
        }
    });
    if let Some(message) = PeerMessage::from_json(&words(bytes)) {
        let text = message.to_json();
        let again = PeerMessage::from_json(&text).expect("our own message");
        assert_eq!(again.to_json(), text);
    }
}

fn same_grant(grant: &Grant) {
    let again = Grant::from_json(&grant.to_json()).expect("our own record");
    assert_eq!(again.to_json(), grant.to_json());
}

/// A JWT: as it comes, and, so that chance need not find base64, header and claims on lines of their own.
pub fn jwt(bytes: &[u8]) {
    one_jwt(&words(bytes));
    let mut lines = bytes.splitn(2, |byte| *byte == b'\n');
    if let (Some(header), Some(claims)) = (lines.next(), lines.next()) {
        let part = |json: &[u8]| Base64UrlUnpadded::encode_string(json);
        one_jwt(&format!("{}.{}.c2ln", part(header), part(claims)));
    }
}

fn one_jwt(token: &str) {
    match process_id_token(token, &config(), Some(&Secret::new("n")), NOW_MS) {
        Ok(claims) => assert!(!claims.subject.is_empty()),
        Err(error) => assert!(error.to_string().len() < 200),
    }
    if let Ok(token) = StaticToken::new(token) {
        drop((token.token(NOW_MS), token.user().account()));
    }
}
