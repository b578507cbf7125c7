//! The authorization server (RFC 6749, 7636, 7009, 8414, 9207): refresh tokens rotate, reuse kills the grant, at once.

use base64ct::{Base64UrlUnpadded, Encoding};
use roo_cloud_web::platform::Request;
use roo_cloud_web::platform::sim::{Ctx, Reply};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{CLIENT_ID, Form, ISSUER, REDIRECT_URI, State, TOKEN_ENDPOINT, dpop, form, path_of};

/// One sign-in of one person on one device.
pub struct Grant {
    pub person: String,
    /// For whom the next tokens are. `None`: the personal account.
    pub organization: Option<String>,
    pub alive: bool,
}

pub struct RefreshToken {
    pub grant: usize,
    /// The exchange that spent it.
    pub spent_by: Option<usize>,
}

pub struct AccessToken {
    pub grant: usize,
    /// For whom it was issued; a later switch changes nothing about it. `None`: the personal account.
    pub organization: Option<String>,
    /// Good until then, by the server's clock.
    pub until_ms: u64,
}

/// A refresh that succeeded.
pub struct Refresh {
    pub at_ms: u64,
    pub grant: usize,
    /// The exchange (an index into the network's log).
    pub exchange: usize,
    /// How long the newest access token of the grant was still good.
    pub spare_ms: u64,
}

/// A refresh token that came a second time.
pub struct Reuse {
    pub at_ms: u64,
    pub grant: usize,
    /// The exchange in which it came again …
    pub exchange: usize,
    /// … and the one that had spent it. The same twice: the browser sent the request again.
    pub spent_by: usize,
}

pub(super) struct Code {
    person: String,
    organization: Option<String>,
    challenge: String,
    redirect_uri: String,
    nonce: Option<String>,
    /// The grant that it was spent for.
    spent_for: Option<usize>,
}

pub(super) fn answer(state: &mut State, request: &Request, ctx: &Ctx) -> Reply {
    match (request.method, path_of(&request.url, ISSUER).as_str()) {
        ("GET", "/.well-known/openid-configuration") => Reply::json(200, discovery().to_string()),
        ("POST", "/oauth/token") => {
            let form = form(request.body.as_deref().unwrap_or_default());
            match dpop::check(state, request, None, ctx) {
                Ok(key) => token(state, &form, key.as_deref(), ctx).unwrap_or_else(refuse),
                Err(reply) => reply,
            }
        }
        ("POST", "/oauth/revoke") => {
            let form = form(request.body.as_deref().unwrap_or_default());
            revoke(state, &form, ctx.now_ms);
            Reply::status(200)
        }
        _ => Reply::status(404),
    }
}

fn discovery() -> Value {
    json!({
        "issuer": ISSUER,
        "authorization_endpoint": format!("{ISSUER}/oauth/authorize"),
        "token_endpoint": TOKEN_ENDPOINT,
        "revocation_endpoint": format!("{ISSUER}/oauth/revoke"),
        "end_session_endpoint": format!("{ISSUER}/oauth/sign-out"),
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["none"],
        "authorization_response_iss_parameter_supported": true,
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
    })
}

/// The person says yes. `Err`: what the server shows instead of sending them back (RFC 6749, 4.1.2.1).
pub(super) fn authorize(state: &mut State, url: &str, person: &str) -> Result<String, String> {
    let (endpoint, query) = url.split_once('?').ok_or("no query")?;
    let asked = form(query.as_bytes());
    let parameter = |name: &str| asked.get(name).map(String::as_str);
    if endpoint != format!("{ISSUER}/oauth/authorize") {
        return Err(format!("nothing at {endpoint}"));
    }
    if parameter("client_id") != Some(CLIENT_ID) || parameter("redirect_uri") != Some(REDIRECT_URI) {
        return Err("unknown client or redirect_uri".to_owned());
    }
    let challenge = parameter("code_challenge").filter(|challenge| challenge.len() == 43).ok_or("no code_challenge")?;
    if parameter("code_challenge_method") != Some("S256") || parameter("response_type") != Some("code") {
        return Err("only response_type=code with S256".to_owned());
    }
    let echoed = parameter("state").filter(|state| state.len() >= 16).ok_or("no state worth the name")?;
    let organization = choose(state, person, parameter("organization_id"))?;
    let code = format!("code_{}", state.number());
    state.codes.insert(
        code.clone(),
        Code {
            person: person.to_owned(),
            organization,
            challenge: challenge.to_owned(),
            redirect_uri: REDIRECT_URI.to_owned(),
            nonce: parameter("nonce").map(str::to_owned),
            spent_for: None,
        },
    );
    let answer = [("code", code.as_str()), ("state", echoed), ("iss", ISSUER)];
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(answer).finish();
    Ok(format!("{REDIRECT_URI}?{query}"))
}

/// Absent: the usual place; empty: the personal account.
fn choose(state: &State, person: &str, asked: Option<&str>) -> Result<Option<String>, String> {
    let person = state.directory.people.get(person).ok_or("nobody of that name")?;
    match asked {
        None => Ok(person.usual_organization.map(str::to_owned)),
        Some("") => Ok(None),
        Some(id) if person.memberships.iter().any(|(member_of, _)| *member_of == id) => Ok(Some(id.to_owned())),
        Some(_) => Err("not a member".to_owned()),
    }
}

/// An error answer (RFC 6749, 5.2).
fn refuse(error: &'static str) -> Reply {
    Reply::json(400, json!({"error": error, "error_description": "refused"}).to_string())
        .header("cache-control", "no-store")
}

fn token(state: &mut State, form: &Form, key: Option<&str>, ctx: &Ctx) -> Result<Reply, &'static str> {
    let parameter = |name: &str| form.get(name).map(String::as_str);
    if parameter("client_id") != Some(CLIENT_ID) {
        return Err("invalid_client");
    }
    match parameter("grant_type") {
        Some("authorization_code") => {
            let verifier = parameter("code_verifier").ok_or("invalid_request")?;
            let (grant, nonce) = spend_code(state, parameter("code"), verifier, parameter("redirect_uri"))?;
            state.codes_spent += 1;
            Ok(issue(state, grant, nonce.as_deref(), key, ctx))
        }
        Some("refresh_token") => {
            let name = parameter("refresh_token").ok_or("invalid_request")?;
            // A public client's refresh token is bound as well (RFC 9449, 5).
            if state.dpop.bound.get(name).map(String::as_str) != key {
                return Err("invalid_grant");
            }
            let grant = spend_refresh_token(state, name, parameter("organization_id"), ctx)?;
            Ok(issue(state, grant, None, key, ctx))
        }
        _ => Err("unsupported_grant_type"),
    }
}

fn spend_code(
    state: &mut State,
    code: Option<&str>,
    verifier: &str,
    redirect_uri: Option<&str>,
) -> Result<(usize, Option<String>), &'static str> {
    let code = state.codes.get_mut(code.ok_or("invalid_request")?).ok_or("invalid_grant")?;
    if let Some(grant) = code.spent_for {
        // RFC 6749, 4.1.2: a code that comes twice was stolen.
        state.grants[grant].alive = false;
        return Err("invalid_grant");
    }
    let challenge = Base64UrlUnpadded::encode_string(&Sha256::digest(verifier));
    if code.challenge != challenge || redirect_uri != Some(&code.redirect_uri) {
        return Err("invalid_grant");
    }
    let grant = state.grants.len();
    code.spent_for = Some(grant);
    state.grants.push(Grant { person: code.person.clone(), organization: code.organization.clone(), alive: true });
    Ok((grant, code.nonce.clone()))
}

fn spend_refresh_token(
    state: &mut State,
    name: &str,
    organization: Option<&str>,
    ctx: &Ctx,
) -> Result<usize, &'static str> {
    let token = state.refresh_tokens.get(name).ok_or("invalid_grant")?;
    let grant = token.grant;
    if let Some(spent_by) = token.spent_by {
        if state.grants[grant].alive {
            state.grants[grant].alive = false;
            state.reuses.push(Reuse { at_ms: ctx.now_ms, grant, exchange: ctx.exchange, spent_by });
        }
        return Err("invalid_grant");
    }
    if !state.grants[grant].alive {
        return Err("invalid_grant");
    }
    if organization.is_some() {
        // Refused before the token is spent.
        let organization = choose(state, &state.grants[grant].person, organization).map_err(|_| "access_denied")?;
        state.grants[grant].organization = organization;
    }
    if let Some(token) = state.refresh_tokens.get_mut(name) {
        token.spent_by = Some(ctx.exchange);
    }
    let newest_ms = state.access_tokens.values().filter(|token| token.grant == grant).map(|token| token.until_ms).max();
    let spare_ms = newest_ms.unwrap_or_default().saturating_sub(ctx.now_ms);
    state.access_tokens.retain(|_, token| token.until_ms > ctx.now_ms);
    state.refreshes.push(Refresh { at_ms: ctx.now_ms, grant, exchange: ctx.exchange, spare_ms });
    Ok(grant)
}

fn issue(state: &mut State, grant: usize, nonce: Option<&str>, key: Option<&str>, ctx: &Ctx) -> Reply {
    let until_ms = ctx.now_ms + state.token_lifetime_ms;
    let access_token = format!("at_{}_{:x}", state.number(), ctx.rng.next());
    let refresh_token = format!("rt_{}_{:x}", state.number(), ctx.rng.next());
    let organization = state.grants[grant].organization.clone();
    state.access_tokens.insert(access_token.clone(), AccessToken { grant, organization, until_ms });
    state.refresh_tokens.insert(refresh_token.clone(), RefreshToken { grant, spent_by: None });
    if let Some(key) = key {
        state.dpop.bound.insert(access_token.clone(), key.to_owned());
        state.dpop.bound.insert(refresh_token.clone(), key.to_owned());
    }
    let body = json!({
        "access_token": access_token,
        "token_type": if key.is_some() { "DPoP" } else { "Bearer" },
        "expires_in": state.token_lifetime_ms / 1000,
        "refresh_token": refresh_token,
        "id_token": id_token(state, grant, nonce, ctx.now_ms),
        "scope": "openid profile email offline_access",
    });
    Reply::json(200, body.to_string()).header("cache-control", "no-store")
}

/// Its signature is none: clients that get it from the token endpoint need not check it (OpenID Connect Core, 3.1.3.7).
fn id_token(state: &State, grant: usize, nonce: Option<&str>, now_ms: u64) -> String {
    let Grant { person: id, organization, .. } = &state.grants[grant];
    let person = &state.directory.people[id];
    let mut claims = json!({
        "iss": ISSUER, "aud": CLIENT_ID, "sub": id, "iat": now_ms / 1000, "exp": now_ms / 1000 + 3600,
        "name": person.name, "email": person.email,
    });
    if let Some(nonce) = nonce {
        claims["nonce"] = nonce.into();
    }
    if let Some(organization) = organization {
        claims["org_id"] = organization.as_str().into();
        let role = person.memberships.iter().find(|(id, _)| id == organization).map(|(_, role)| *role);
        claims["org_role"] = role.into();
    }
    let header = json!({"alg": "ES256", "typ": "JWT"});
    let part = |value: &Value| Base64UrlUnpadded::encode_string(value.to_string().as_bytes());
    format!("{}.{}.{}", part(&header), part(&claims), Base64UrlUnpadded::encode_string(&[0; 64]))
}

fn revoke(state: &mut State, form: &Form, now_ms: u64) {
    let Some(name) = form.get("token") else { return };
    let refresh = state.refresh_tokens.get(name).map(|token| token.grant);
    let access = state.access_tokens.get(name).map(|token| token.grant);
    if let Some(grant) = refresh.or(access) {
        if state.grants[grant].alive {
            state.revoked.push((grant, now_ms));
        }
        state.grants[grant].alive = false;
        state.revocations += 1;
    }
}
