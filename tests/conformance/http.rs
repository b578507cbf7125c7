//! [`Http`], against a server that allows any origin and these, and whose answers are:
//!
//! - `/echo` (GET, POST, PATCH): 200, the request's body; `ETag` is the request's `If-None-Match`, where it has one. Both are
//!   allowed and exposed by CORS.
//! - `/status/N`: status N; the body is `status N` in text (none for 304).
//! - `/bytes/N`: 200, N bytes.
//! - `/redirect/N`: status N to `/echo`.
//! - `/hang`: no answer, ever.

use futures_util::future::join;
use roo_cloud_web::platform::{Http, HttpError, Request, Timers, within};

use super::{Bench, PATIENCE_MS, tab};

/// After so long no finished keepalive request counts any more.
const KEEPALIVE_SETTLES_MS: u64 = 500;

fn get(bench: &impl Bench, path: &str) -> Request {
    let url = format!("{}{path}", bench.server());
    Request { method: "GET", url, max_answer_bytes: 1_000_000, ..Request::default() }
}

fn post(bench: &impl Bench, body: Vec<u8>) -> Request {
    let headers = vec![("content-type", "application/octet-stream".to_owned())];
    Request { method: "POST", headers, body: Some(body.into()), ..get(bench, "/echo") }
}

pub async fn sends_and_receives_bytes(bench: &impl Bench) {
    let place = tab(bench).await;
    for method in ["POST", "PATCH"] {
        for body in [Vec::new(), (0..=255).collect(), vec![9; 300_000]] {
            let answer = place.send(Request { method, ..post(bench, body.clone()) }).await.expect("an answer");
            assert_eq!(answer.status, 200);
            assert!(answer.body == body, "{method} of {} bytes gave {}", body.len(), answer.body.len());
        }
    }
    let answer = place.send(get(bench, "/echo")).await.expect("an answer");
    assert_eq!((answer.status, answer.body), (200, vec![]));
}

pub async fn sends_and_receives_headers(bench: &impl Bench) {
    let place = tab(bench).await;
    let headers = vec![("if-none-match", "\"seven\"".to_owned())];
    let answer = place.send(Request { headers, ..get(bench, "/echo") }).await.expect("an answer");
    assert_eq!(answer.header("etag"), Some("\"seven\""));
    assert_eq!(answer.header("retry-after"), None);
    assert!(answer.headers.iter().all(|(name, _)| *name == name.to_ascii_lowercase()));
}

pub async fn gives_every_status(bench: &impl Bench) {
    let place = tab(bench).await;
    for status in [200, 201, 400, 401, 403, 404, 409, 418, 429, 500, 503] {
        let answer = place.send(get(bench, &format!("/status/{status}"))).await.expect("an answer");
        assert_eq!((answer.status, answer.body), (status, format!("status {status}").into_bytes()));
    }
    let headers = vec![("if-none-match", "\"seven\"".to_owned())];
    let answer = place.send(Request { headers, ..get(bench, "/status/304") }).await.expect("an answer");
    assert_eq!((answer.status, answer.body), (304, vec![]));
}

pub async fn refuses_redirects(bench: &impl Bench) {
    let place = tab(bench).await;
    for status in [301, 302, 303, 307, 308] {
        let answer = place.send(get(bench, &format!("/redirect/{status}"))).await;
        assert_eq!(answer.err(), Some(HttpError::Network), "{status}");
    }
}

pub async fn refuses_too_large_answers(bench: &impl Bench) {
    let place = tab(bench).await;
    for (bytes, most, fits) in [(1000, 1000, true), (1001, 1000, false), (5_000_000, 1000, false), (0, 0, true)] {
        let request = Request { max_answer_bytes: most, ..get(bench, &format!("/bytes/{bytes}")) };
        match place.send(request).await {
            Ok(answer) => assert!(fits && answer.body.len() == bytes, "{} of {bytes} bytes", answer.body.len()),
            Err(error) => assert!(!fits && error == HttpError::TooLarge, "{error:?} for {bytes} bytes"),
        }
    }
}

pub async fn fails_where_nobody_listens(bench: &impl Bench) {
    let place = tab(bench).await;
    for url in ["http://127.0.0.1:1/", "https://nobody.invalid/"] {
        let request = Request { url: url.to_owned(), ..get(bench, "") };
        let answer = within(&*place, PATIENCE_MS, place.send(request)).await.expect("in time");
        assert_eq!(answer.err(), Some(HttpError::Network), "{url}");
    }
}

pub async fn gives_up_when_dropped(bench: &impl Bench) {
    let place = tab(bench).await;
    for _ in 0..10 {
        // More than a browser's six connections to one host: given up, they must not stand in the way.
        assert!(within(&*place, 30, place.send(get(bench, "/hang"))).await.is_none());
    }
    let answer = within(&*place, PATIENCE_MS, place.send(get(bench, "/echo"))).await.expect("in time");
    assert_eq!(answer.expect("an answer").status, 200);
}

pub async fn grants_keepalive_its_budget_only(bench: &impl Bench) {
    let place = tab(bench).await;
    let send = |bytes: usize| place.send(Request { keepalive: true, ..post(bench, vec![1; bytes]) });
    assert_eq!(send(60_000).await.expect("within the budget").status, 200);
    assert_eq!(send(70_000).await.err(), Some(HttpError::Network));
    // Firefox gives the share of a finished request back a little later.
    place.sleep(KEEPALIVE_SETTLES_MS).await;
    // All in flight share it.
    let (first, second) = join(send(60_000), send(60_000)).await;
    assert!(first.is_ok() != second.is_ok(), "one of two fits");
    place.sleep(KEEPALIVE_SETTLES_MS).await;
    assert_eq!(send(60_000).await.expect("the budget is free again").status, 200);
}
