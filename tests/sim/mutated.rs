//! What comes from outside, spoiled: callback urls, token answers, ID tokens, stored records, messages between tabs. Nothing
//! that is made of them may panic, and no limit may be passed.
//!
//! `make soak` spoils many more. These are no replacement for coverage-guided fuzzing, which finds what chance does not.

use base64ct::{Base64UrlUnpadded, Encoding};
use roo_cloud_web::auth::credentials::Grant;
use roo_cloud_web::auth::oauth::OAuthConfig;
use roo_cloud_web::auth::oauth::authorize::{Callback, checked_return_path};
use roo_cloud_web::auth::oauth::id_token::process_id_token;
use roo_cloud_web::auth::oauth::token::process_token_response;
use roo_cloud_web::auth::peers::PeerMessage;
use roo_cloud_web::auth::static_token::StaticToken;
use roo_cloud_web::platform::sim::{Rng, World, seeds};
use roo_cloud_web::platform::{Page, Response};
use roo_cloud_web::secret::Secret;

const TURNS: usize = 200;
const PIECES: [&[u8]; 16] = [
    b"\"",
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"null",
    b"1e309",
    b"-0",
    b"\\ud800",
    b"\0",
    b"\xff\xfe",
    b"%00%ff",
    b"__proto__",
];

/// `good` with one to six things done to it.
fn spoiled(good: &[u8], dice: &Rng) -> Vec<u8> {
    let mut bytes = good.to_vec();
    for _ in 0..dice.between((1, 6)) {
        let (at, to) = (dice.index(bytes.len() + 1), dice.index(bytes.len() + 1));
        let (from, to) = (at.min(to), at.max(to));
        match dice.below(6) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(from..to.min(from + 8))),
            2 => drop(bytes.splice(at..at, PIECES[dice.index(PIECES.len())].iter().copied())),
            3 => {
                let part = bytes[from..to].to_vec();
                drop(bytes.splice(at..at, part));
            }
            4 => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << dice.below(8)),
            _ => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte = u8::try_from(dice.below(256)).unwrap_or(0)),
        }
    }
    bytes
}

fn words(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn config() -> OAuthConfig {
    OAuthConfig {
        issuer: "https://id.cloud.example".to_owned(),
        client_id: "c".to_owned(),
        redirect_uri: "https://app.example/callback".to_owned(),
        scopes: vec!["openid".to_owned()],
        dpop: false,
    }
}

#[test]
fn spoiled_callbacks_and_return_paths_are_refused_or_taken_whole() {
    seeds(50, |seed| {
        let (dice, world) = (Rng::new(seed), World::new(seed));
        let tab = world.open_tab();
        let good = b"https://app.example/callback?code=c0de&state=5tate-0123456789&iss=https%3A%2F%2Fid.cloud.example&error_description=x#y=1";
        for _ in 0..TURNS {
            let text = words(&spoiled(good, &dice));
            let parsed = tab.parse_url(&text).and_then(|url| Callback::parse(&url));
            if let Some(Ok(callback)) = parsed {
                assert!(text.contains("state"), "{}", callback.state().expose());
            }
            if let Ok(path) = checked_return_path(&words(&spoiled(b"/settings?tab=2#x", &dice))) {
                let here = tab.parse_url("https://app.example/").expect("a url");
                tab.replace_address("https://app.example/");
                tab.replace_address(&path);
                assert_eq!(tab.address().expect("an address").origin, here.origin, "{path}");
            }
        }
    });
}

#[test]
fn spoiled_token_answers_and_tokens_are_refused_or_keep_their_bounds() {
    let part = |json: &str| Base64UrlUnpadded::encode_string(json.as_bytes());
    let header = br#"{"alg":"ES256","typ":"JWT"}"#;
    let claims = br#"{"iss":"https://id.cloud.example","aud":"c","sub":"ada","exp":4000000000,"nonce":"n","org_id":"o","r":{"u":"ada"}}"#;
    let answer = br#"{"access_token":"a-token","token_type":"Bearer","expires_in":600,"refresh_token":"r-token","id_token":"x.y.z"}"#;
    seeds(50, |seed| {
        let dice = Rng::new(seed);
        for _ in 0..TURNS {
            let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
            let response =
                Response { status: if dice.chance(0.8) { 200 } else { 400 }, headers, body: spoiled(answer, &dice) };
            if let Ok(answer) = process_token_response(&response, "Bearer", 1_800_000_000_000) {
                let token = answer.access_token.expose();
                assert!(!token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic()));
                assert!((1_000..=366 * 86_400_000).contains(&answer.expires_in_ms));
            }
            let (header, claims) = (words(&spoiled(header, &dice)), words(&spoiled(claims, &dice)));
            let whole = format!("{}.{}.c2ln", part(&header), part(&claims));
            let token = if dice.chance(0.5) { whole } else { words(&spoiled(whole.as_bytes(), &dice)) };
            if let Ok(claims) = process_id_token(&token, &config(), Some(&Secret::new("n")), 1_800_000_000_000) {
                assert!(!claims.subject.is_empty());
            }
            drop(StaticToken::new(&token));
        }
    });
}

#[test]
fn spoiled_records_and_messages_are_none_of_ours_or_whole() {
    let record = br#"{"signIn":1,"generation":2,"tokenUntil":3,"sentAt":4,"refreshToken":"r","subject":"ada","user":{"id":"ada","organizationId":"o"}}"#;
    let messages: [&[u8]; 4] = [
        br#"{"type":"token","signIn":1,"generation":2,"organizationId":"o","token":"t","remaining":5,"lives":6}"#,
        br#"{"type":"ask","signIn":1,"generation":2,"parts":1}"#,
        br#"{"type":"sign-in-failed","attempt":"a","code":"NETWORK"}"#,
        br#"{"type":"signed-out","signIn":1}"#,
    ];
    seeds(50, |seed| {
        let dice = Rng::new(seed);
        for turn in 0..TURNS {
            if let Some(grant) = Grant::from_json(&spoiled(record, &dice)) {
                // What was taken is written and read the same.
                let again = Grant::from_json(&grant.to_json()).expect("our own record");
                assert_eq!((again.sign_in, again.subject), (grant.sign_in, grant.subject));
            }
            if let Some(message) = PeerMessage::from_json(&words(&spoiled(messages[turn % 4], &dice))) {
                assert!(PeerMessage::from_json(&message.to_json()).is_some());
            }
        }
    });
}
