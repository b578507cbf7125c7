//! `CloudAPI`: the one path every request to the cloud takes: token, timeout, one retry after 401, errors with stable codes.

pub mod account;
pub mod backfill;
#[cfg(not(target_arch = "wasm32"))] // the tests that use it are native
#[cfg(test)]
pub(crate) mod fixed_token;
pub mod me;
pub mod retry_after;

use std::borrow::Cow;
use std::future::Future;
use std::rc::Rc;

use crate::error::{CloudError, Code, Result};
use crate::json::{Document, Limits};
use crate::platform::{HttpError, Platform, Request, Response, within};
use crate::secret::Secret;

/// Settings, share and events: 30 s, over the whole answer (CONTRACT, timeouts).
pub const API_TIMEOUT_MS: u64 = 30_000;
/// Authorization calls: 10 s.
pub const AUTH_TIMEOUT_MS: u64 = 10_000;
/// The largest answer taken from the API, in bytes.
pub const MAX_ANSWER_BYTES: usize = 10 * 1024 * 1024;

/// What goes on a request to say who asks.
pub struct Authorization {
    /// `Authorization`, and `DPoP` where the token is bound to a key.
    pub headers: Vec<(&'static str, String)>,
    /// The token in them, to tell [`TokenSource::rejected`] which one it was.
    pub token: Secret,
}

impl Authorization {
    /// Whoever has the token may use it (RFC 6750).
    pub fn bearer(token: Secret) -> Self {
        Self { headers: vec![("Authorization", format!("Bearer {}", token.expose()))], token }
    }
}

/// Who lends tokens to requests. The authentication feature implements it; `api` knows no more of it.
pub trait TokenSource: 'static {
    /// A token that is good now, made into headers for this request. Renews a stale one; fails with NOT_AUTHENTICATED.
    fn authorize(&self, method: &str, url: &str) -> impl Future<Output = Result<Authorization>>;
    /// The same with `token`, of which nothing may be known here any more.
    fn authorize_with(&self, token: Secret, _method: &str, _url: &str) -> impl Future<Output = Result<Authorization>> {
        async move { Ok(Authorization::bearer(token)) }
    }
    /// The server answered 401 to `sent`. Afterwards [`TokenSource::authorize`] gives another token, or fails.
    fn rejected(&self, sent: &Secret) -> impl Future<Output = Result<()>>;
    /// Looks at an answer of `url`; true: it asks for the request once more, as [`TokenSource::authorize`] would have it now.
    fn heard(&self, _url: &str, _response: &Response) -> bool {
        false
    }
}

/// One call of the API.
#[derive(Clone, Default)]
pub struct Call<'a> {
    /// `GET`, `POST`, `PATCH`.
    pub method: &'static str,
    /// From the slash on, with its query: `/api/me`.
    pub path: &'a str,
    /// The body and its content type.
    pub body: Option<(Cow<'static, str>, Rc<[u8]>)>,
    /// Hears how many bytes of the body have gone out, where the platform can tell.
    pub uploaded: Option<Rc<dyn Fn(usize)>>,
    /// What is waited for longer than for others, in milliseconds: a body takes its time.
    pub more_time_ms: u64,
    /// The `ETag` of what we have; a 304 is then an answer.
    pub if_none_match: Option<&'a str>,
    /// May outlive the page.
    pub keepalive: bool,
    /// Asked once the token is there, right before each sending: does the caller still want it? If not, nothing is sent and the
    /// call fails with ABORTED. What belongs to one person asks here that nobody else has signed in meanwhile.
    pub still_wanted: Option<&'a dyn Fn() -> bool>,
    /// Made with this token, as whoever it belongs to; a 401 is final. None: as whoever is signed in.
    pub token: Option<Secret>,
}

impl<'a> Call<'a> {
    /// `GET path`.
    pub fn get(path: &'a str) -> Self {
        Self { method: "GET", path, ..Self::default() }
    }

    /// `POST path` with a JSON body.
    pub fn post(path: &'a str, json: Vec<u8>) -> Self {
        Self { method: "POST", path, body: Some((Cow::Borrowed("application/json"), json.into())), ..Self::default() }
    }

    /// `PATCH path` with a JSON body.
    pub fn patch(path: &'a str, json: Vec<u8>) -> Self {
        Self { method: "PATCH", ..Self::post(path, json) }
    }
}

/// A 2xx, or the 304 that was asked for.
pub struct Answer {
    response: Response,
}

impl Answer {
    /// 304: what we have is still good.
    pub fn not_modified(&self) -> bool {
        self.response.status == 304
    }

    /// The `ETag`, unless it holds what must not go into a header again (RFC 9110, 8.8.3).
    pub fn etag(&self) -> Option<&str> {
        self.response.header("etag").filter(|tag| tag.len() <= 256 && tag.bytes().all(|b| (0x20..0x7f).contains(&b)))
    }

    /// The body's bytes.
    pub fn body(&self) -> &[u8] {
        &self.response.body
    }

    /// Takes the body.
    pub fn into_body(self) -> Vec<u8> {
        self.response.body
    }

    /// The body, checked to be JSON.
    pub fn json(&self) -> Result<Document<'_>> {
        Document::parse(&self.response.body, Limits::default())
            .map_err(|e| CloudError::new(Code::InvalidResponse, format!("the cloud's answer is no JSON: {}", e.what)))
    }
}

/// The HTTP client of the cloud's API.
pub struct CloudApi<P, T> {
    platform: Rc<P>,
    base: String,
    tokens: Rc<T>,
}

impl<P: Platform, T: TokenSource> CloudApi<P, T> {
    /// A client for the API at `base`, an origin already checked with [`checked_base`].
    pub fn new(platform: Rc<P>, base: String, tokens: Rc<T>) -> Self {
        Self { platform, base, tokens }
    }

    /// Where the API is, as [`checked_base`] gave it.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Makes `call` as the signed-in person. A 401 renews the token and tries once more.
    pub async fn call(&self, call: Call<'_>) -> Result<Answer> {
        let (mut retried, mut asked_again) = (false, false);
        loop {
            let url = self.url(&call);
            let authorization = match &call.token {
                Some(token) => self.tokens.authorize_with(token.clone(), call.method, &url).await?,
                None => self.tokens.authorize(call.method, &url).await?,
            };
            if call.still_wanted.is_some_and(|still_wanted| !still_wanted()) {
                return Err(CloudError::new(Code::Aborted, "not sent: it was no longer wanted"));
            }
            let token = authorization.token.clone();
            let response = self.send(authorization, &call).await?;
            if self.tokens.heard(&url, &response) && !asked_again {
                asked_again = true;
                continue;
            }
            if response.status != 401 || retried || call.token.is_some() {
                return self.accept(response, &call);
            }
            retried = true;
            self.tokens.rejected(&token).await?;
        }
    }

    async fn send(&self, authorization: Authorization, call: &Call<'_>) -> Result<Response> {
        let mut headers = authorization.headers;
        if let Some((content_type, _)) = &call.body {
            headers.push(("Content-Type", content_type.clone().into_owned()));
        }
        if let Some(etag) = call.if_none_match {
            headers.push(("If-None-Match", etag.to_owned()));
        }
        let request = Request {
            method: call.method,
            url: self.url(call),
            headers,
            body: call.body.as_ref().map(|(_, bytes)| bytes.clone()),
            uploaded: call.uploaded.clone(),
            keepalive: call.keepalive,
            max_answer_bytes: MAX_ANSWER_BYTES,
        };
        exchange(&*self.platform, request, API_TIMEOUT_MS.saturating_add(call.more_time_ms)).await
    }

    fn accept(&self, response: Response, call: &Call<'_>) -> Result<Answer> {
        match response.status {
            304 if call.if_none_match.is_some() => Ok(Answer { response }),
            200..=299 => Ok(Answer { response }),
            _ => Err(refusal(&response, self.platform.wall_ms())),
        }
    }

    fn url(&self, call: &Call<'_>) -> String {
        format!("{}{}", self.base, call.path)
    }
}

/// Sends `request` and waits for the whole answer, at most `timeout_ms`. Every transport failure is retryable.
pub async fn exchange<P: Platform>(platform: &P, request: Request, timeout_ms: u64) -> Result<Response> {
    match within(platform, timeout_ms, platform.send(request)).await {
        Some(Ok(response)) => Ok(response),
        Some(Err(HttpError::Network)) => Err(CloudError::new(
            Code::Network,
            "no answer from the server: offline, unreachable, or not allowed from this page (CORS)",
        )),
        Some(Err(HttpError::TooLarge)) => {
            Err(CloudError::new(Code::InvalidResponse, "the server's answer is too large"))
        }
        None => Err(CloudError::new(Code::Timeout, "the server did not answer in time")),
    }
}

/// The failure that a status outside 2xx stands for. The body is not looked at: it may hold anything.
pub fn refusal(response: &Response, now_wall_ms: u64) -> CloudError {
    let (code, what) = match response.status {
        401 => (Code::InvalidCredentials, "the cloud does not accept this sign-in"),
        403 => (Code::Forbidden, "the cloud does not allow this"),
        404 => (Code::NotFound, "the cloud does not know this"),
        408 => (Code::Timeout, "the cloud gave up waiting"),
        409 => (Code::Conflict, "someone else wrote first"),
        429 => (Code::RateLimited, "too many requests"),
        500..=599 => (Code::Server, "the cloud has a fault"),
        _ => (Code::InvalidResponse, "the cloud answered with a status outside its contract"),
    };
    let mut error = CloudError::new(code, format!("{what} (HTTP {})", response.status)).with_status(response.status);
    if matches!(response.status, 429 | 503) {
        error.retry_after_ms = response.header("retry-after").and_then(|value| retry_after::parse(value, now_wall_ms));
    }
    error
}

/// Checks the origin that tokens may go to: https, or http on a loopback host; no user, query or fragment. Gives it without a
/// trailing slash. `option` is the name of the option it came in.
pub fn checked_base<P: Platform>(platform: &P, text: &str, option: &str) -> Result<String> {
    let refuse = |why: &str| CloudError::new(Code::Config, format!("option `{option}`: {why}"));
    let url = platform.parse_url(text).ok_or_else(|| refuse("no absolute url"))?;
    if !is_safe_transport(&url) {
        return Err(refuse("must be https (http is for loopback hosts only)"));
    }
    if url.has_userinfo || !url.query.is_empty() || !url.fragment.is_empty() {
        return Err(refuse("must have no user name, query or fragment"));
    }
    Ok(format!("{}{}", url.origin, url.path.trim_end_matches('/')))
}

/// https, or http on a loopback host (RFC 8252, 8.3: `127.0.0.1`, `[::1]`; and `localhost`, `*.localhost`, RFC 6761).
pub fn is_safe_transport(url: &crate::platform::Url) -> bool {
    let host = url.hostname.as_str();
    let loopback = host == "localhost" || host.ends_with(".localhost") || host == "127.0.0.1" || host == "[::1]";
    url.scheme == "https" || (url.scheme == "http" && loopback)
}
