//! Tickets: what Roo Code's production cloud speaks (CONTRACT, sign-in: ticket). A page of the cloud sends a short-lived code
//! to the editor; the ticket server trades it for a client token, and that for session tokens of a minute.

mod person;

use std::rc::Rc;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

use super::credentials::Grant;
use super::oauth::authorize::{Callback, SignInOptions};
use super::oauth::encode_form;
use super::oauth::id_token::Claims;
use super::oauth::pending::Pending;
use super::oauth::token::{TokenAnswer, TokenError, token_text};
use super::session::ActFor;
use super::static_token::TokenClaims;
use super::way::{Tokens, WayIn};
use crate::api::{AUTH_TIMEOUT_MS, exchange, refusal};
use crate::error::{CloudError, Code, Result};
use crate::event::UserInfo;
use crate::json::{Document, Json, Limits, Writer};
use crate::platform::{Platform, Request, Response};
use crate::secret::Secret;

const MAX_ANSWER_BYTES: usize = 1024 * 1024;
/// What a session token lives where it does not say.
const TOKEN_MS: u64 = 60_000;
/// Session tokens of a minute are renewed every 50 seconds.
const MARGIN_MS: u64 = 10_000;

/// Where tickets come from.
#[derive(Clone, Debug)]
pub struct TicketConfig {
    /// The cloud, whose pages people sign in on.
    pub api_url: String,
    /// The ticket server.
    pub clerk_url: String,
    /// Where the pages send the code: `<scheme>://<publisher>.<name>`.
    pub auth_redirect: String,
}

/// What is stored: `{clientToken, sessionId, organizationId?: string | null}`. As one text it is what the session keeps and asks
/// for session tokens with.
struct Credentials {
    client_token: Secret,
    session_id: String,
    /// For whom to act; `None`: not known, and the server decides.
    acts_for: Option<ActFor>,
}

impl Credentials {
    fn read(root: Json<'_>) -> Option<Self> {
        Some(Self {
            client_token: token_text(root.get("clientToken")?)?,
            session_id: session_id(root.get("sessionId")?)?,
            acts_for: root.get("organizationId").map(|id| match id.as_str() {
                Some(id) if !id.is_empty() => ActFor::Organization(id.into_owned()),
                _ => ActFor::Personal,
            }),
        })
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        Self::read(Document::parse(bytes, Limits::default()).ok()?.root())
    }

    fn of(credential: &Secret) -> Result<Self> {
        Self::parse(credential.expose().as_bytes())
            .ok_or_else(|| CloudError::new(Code::CorruptData, "the stored sign-in is unreadable; sign in again"))
    }

    fn to_secret(&self) -> Secret {
        let mut json = Writer::new();
        json.begin_object();
        json.name("clientToken");
        json.str(self.client_token.expose());
        json.name("sessionId");
        json.str(&self.session_id);
        if let Some(acts_for) = &self.acts_for {
            json.name("organizationId");
            match acts_for.organization() {
                Some(id) => json.str(id),
                None => json.null(),
            }
        }
        json.end_object();
        Secret::new(String::from_utf8(json.into_bytes()).unwrap_or_default())
    }
}

/// It becomes a part of urls.
fn session_id(json: Json<'_>) -> Option<String> {
    let id = json.as_str()?;
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    (!id.is_empty() && id.bytes().all(is_plain)).then(|| id.into_owned())
}

/// The ticket way in.
pub struct Ticket<P> {
    platform: Rc<P>,
    config: TicketConfig,
}

impl<P: Platform> Ticket<P> {
    /// As `config` says.
    pub fn new(platform: Rc<P>, config: TicketConfig) -> Self {
        Self { platform, config }
    }

    /// The page that people sign in on.
    fn page(&self, state: &Secret, options: &SignInOptions) -> String {
        let page = match &options.landing_page_slug {
            Some(slug) => format!("/l/{}", form_urlencoded::byte_serialize(slug.as_bytes()).collect::<String>()),
            None if options.sign_up => "/extension/provider-sign-up".to_owned(),
            None => "/extension/sign-in".to_owned(),
        };
        let query = encode_form(&[("state", state.expose()), ("auth_redirect", &self.config.auth_redirect)]);
        format!("{}{page}?{query}", self.config.api_url)
    }

    /// A request to the ticket server, as the client whose `token` it is. `form`: it is a POST.
    async fn ask(&self, path: &str, token: Option<&Secret>, form: Option<&[(&str, &str)]>) -> Result<Response> {
        let mut headers = Vec::new();
        if let Some(token) = token {
            headers.push(("Authorization", format!("Bearer {}", token.expose())));
        }
        if form.is_some() {
            headers.push(("Content-Type", "application/x-www-form-urlencoded".to_owned()));
        }
        let request = Request {
            method: if form.is_some() { "POST" } else { "GET" },
            url: format!("{}/v1/{path}", self.config.clerk_url),
            headers,
            body: form.map(|form| encode_form(form).into_bytes().into()),
            keepalive: false,
            uploaded: None,
            max_answer_bytes: MAX_ANSWER_BYTES,
        };
        exchange(&*self.platform, request, AUTH_TIMEOUT_MS).await
    }

    /// `POST /v1/client/sessions/<id>/<action>`
    async fn act(&self, credentials: &Credentials, action: &str, switch: Option<&ActFor>) -> Result<Response> {
        let mut form = vec![("_is_native", "1")];
        // Left out where nobody knows; empty for the personal account.
        if let Some(acts_for) = switch.or(credentials.acts_for.as_ref()).filter(|_| action == "tokens") {
            form.push(("organization_id", acts_for.parameter()));
        }
        let path = format!("client/sessions/{}/{action}", credentials.session_id);
        self.ask(&path, Some(&credentials.client_token), Some(&form)).await
    }

    fn refuse(&self, response: &Response) -> TokenError {
        TokenError::Other(refusal(response, self.platform.wall_ms()))
    }

    /// Trades the code for the credentials. The first session token is asked for with them, by the session.
    async fn trade(&self, callback: Callback, pending: &Pending) -> Tokens {
        let callback = callback.validate(pending.clone(), None, self.platform.wall_ms())?;
        let form = [("strategy", "ticket"), ("ticket", callback.code.expose())];
        let response = self.ask("client/sign_ins", None, Some(&form)).await?;
        match response.status {
            200..=299 => {}
            400 | 401 | 403 | 404 | 422 => return Err(TokenError::InvalidGrant),
            _ => return Err(self.refuse(&response)),
        }
        let client_token = response.header("authorization").map(|token| token.strip_prefix("Bearer ").unwrap_or(token));
        let client_token =
            client_token.filter(|token| !token.is_empty() && token.bytes().all(|b| b.is_ascii_graphic()));
        let document = Document::parse(&response.body, Limits::default()).ok();
        let session = document.as_ref().and_then(|document| {
            document.root().get("response").and_then(|response| response.get("created_session_id")).and_then(session_id)
        });
        let (Some(client_token), Some(session_id)) = (client_token, session) else {
            return Err(outside_contract("sign-in"));
        };
        let organization_id = callback.organization_id;
        let acts_for = organization_id.clone().map_or(ActFor::Personal, ActFor::Organization);
        let credentials = Credentials { client_token: Secret::new(client_token), session_id, acts_for: Some(acts_for) };
        let answer = TokenAnswer {
            access_token: Secret::new(""),
            expires_in_ms: 0,
            refresh_token: Some(credentials.to_secret()),
            id_token: None,
            acts_for: None,
        };
        Ok((answer, Some(Claims { organization_id, ..Claims::default() })))
    }

    async fn session_token(&self, credential: &Secret, switch: Option<&ActFor>) -> Tokens {
        let mut credentials = Credentials::of(credential)?;
        let response = self.act(&credentials, "tokens", switch).await?;
        match response.status {
            200..=299 => {}
            401 | 404 => return Err(TokenError::InvalidGrant),
            _ => return Err(self.refuse(&response)),
        }
        let document = Document::parse(&response.body, Limits::default()).ok();
        let jwt = document.as_ref().and_then(|document| document.root().get("jwt").and_then(token_text));
        let access_token = jwt.ok_or_else(|| outside_contract("session token"))?;
        let claims = TokenClaims::read(access_token.expose());
        // Credentials that do not know learn it from the token, and keep it.
        let said = claims.as_ref().and_then(|claims| claims.acts_for.clone());
        let acts_for = switch.cloned().or(said);
        let learned = acts_for.is_some() && (switch.is_some() || credentials.acts_for.is_none());
        if learned {
            credentials.acts_for.clone_from(&acts_for);
        }
        let answer = TokenAnswer {
            access_token,
            expires_in_ms: claims.and_then(|claims| claims.lives_ms).unwrap_or(TOKEN_MS),
            refresh_token: learned.then(|| credentials.to_secret()),
            id_token: None,
            acts_for: acts_for.filter(|_| learned),
        };
        Ok((answer, None))
    }

    async fn end(&self, credential: &Secret) -> Result<()> {
        self.act(&Credentials::of(credential)?, "remove", None).await.map(drop)
    }

    async fn who(&self, credential: &Secret) -> Result<Option<Vec<u8>>> {
        let credentials = Credentials::of(credential)?;
        let mut bodies = Vec::new();
        for path in ["me", "me/organization_memberships"] {
            let response = self.ask(path, Some(&credentials.client_token), None).await?;
            if !(200..=299).contains(&response.status) {
                return Err(refusal(&response, self.platform.wall_ms()));
            }
            bodies.push(response.body);
        }
        let [person, memberships] = bodies.as_slice() else { return Ok(None) };
        let (person, memberships) = (parse(person)?, parse(memberships)?);
        Ok(Some(person::as_me(person.root(), memberships.root(), credentials.acts_for.is_some())))
    }
}

fn parse(body: &[u8]) -> Result<Document<'_>> {
    Document::parse(body, Limits::default())
        .map_err(|_| CloudError::new(Code::InvalidResponse, "the ticket server's answer is no JSON"))
}

impl<P: Platform> WayIn for Ticket<P> {
    fn margin_ms(&self) -> u64 {
        MARGIN_MS
    }

    fn begin<'a>(&'a self, pending: &'a mut Pending, options: &'a SignInOptions) -> LocalBoxFuture<'a, Result<String>> {
        async move {
            let mut bytes = [0; 16];
            self.platform.random(&mut bytes).map_err(|_| {
                CloudError::new(Code::CryptoUnavailable, "sign-in needs randomness, which this page has not")
            })?;
            pending.state = Secret::new(hex(bytes));
            // The person chooses on the page.
            pending.organization_id = None;
            Ok(self.page(&pending.state, options))
        }
        .boxed_local()
    }

    fn redeem<'a>(&'a self, callback: Callback, pending: &'a Pending) -> LocalBoxFuture<'a, Tokens> {
        self.trade(callback, pending).boxed_local()
    }

    fn renew<'a>(
        &'a self,
        credential: &'a Secret,
        switch: Option<&'a ActFor>,
        _held: Option<&'a Secret>,
    ) -> LocalBoxFuture<'a, Tokens> {
        self.session_token(credential, switch).boxed_local()
    }

    fn revoke<'a>(&'a self, credential: &'a Secret) -> LocalBoxFuture<'a, Result<()>> {
        self.end(credential).boxed_local()
    }

    fn person<'a>(&'a self, credential: &'a Secret) -> LocalBoxFuture<'a, Result<Option<Vec<u8>>>> {
        self.who(credential).boxed_local()
    }
}

/// Reads the bare credentials, with or without an organization, as the reference client stores them.
pub(super) fn migrate(record: &[u8]) -> Option<Grant> {
    let credentials = Credentials::parse(record)?;
    let organization_id = credentials.acts_for.as_ref().and_then(ActFor::organization).map(str::to_owned);
    Some(Grant {
        // The same in every tab that reads it.
        sign_in: 0,
        generation: 0,
        refresh_token: Some(credentials.to_secret()),
        id_token: None,
        subject: String::new(),
        user: UserInfo { organization_id, ..UserInfo::default() },
        sent_at_ms: None,
        token_until_ms: 0,
    })
}

fn hex(bytes: [u8; 16]) -> String {
    let digits = b"0123456789abcdef";
    let nibbles = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    nibbles.filter_map(|nibble| digits.get(usize::from(nibble))).map(|digit| char::from(*digit)).collect()
}

fn outside_contract(what: &str) -> TokenError {
    TokenError::Other(CloudError::new(
        Code::InvalidResponse,
        format!("the ticket server's answer is outside its contract ({what})"),
    ))
}
