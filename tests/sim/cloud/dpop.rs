//! Tokens that are bound to a key (RFC 9449), at both servers.

use std::collections::{BTreeMap, BTreeSet};

use base64ct::{Base64UrlUnpadded, Encoding};
use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{Signature, VerifyingKey};
use roo_cloud_web::platform::Request;
use roo_cloud_web::platform::sim::{Ctx, Reply};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{State, header};

/// What the servers know of keys.
#[derive(Default)]
pub struct Dpop {
    /// The one nonce that is good now; none: none is asked for.
    pub nonce: Option<String>,
    /// The thumbprint of the key that a token is bound to.
    pub bound: BTreeMap<String, String>,
    /// Proofs are not looked at, and tokens are bearer tokens.
    pub ignored: bool,
    /// Every proof that was good, in order: its claims.
    pub proofs: Vec<Value>,
    spent: BTreeSet<String>,
}

/// The thumbprint of the key that `request` proves to hold; `None`: there is no proof. `Err`: what the server answers instead.
pub(super) fn check(
    state: &mut State,
    request: &Request,
    token: Option<&str>,
    ctx: &Ctx,
) -> Result<Option<String>, Reply> {
    let Some(proof) = header(request, "dpop").filter(|_| !state.dpop.ignored) else { return Ok(None) };
    let (key, claims) = verified(proof).ok_or_else(|| refuse(400, "invalid_dpop_proof"))?;
    let address = request.url.split('?').next().unwrap_or_default();
    let same = claims["htm"] == request.method && claims["htu"] == address;
    let hash = token.map(|token| encode(&Sha256::digest(token.as_bytes())));
    let recent = claims["iat"].as_u64().is_some_and(|at_s| at_s.abs_diff(ctx.now_ms / 1000) <= 300);
    let fresh = claims["jti"].as_str().is_some_and(|id| state.dpop.spent.insert(id.to_owned()));
    if !same || claims["ath"].as_str() != hash.as_deref() || !fresh || !(recent || state.dpop.nonce.is_some()) {
        return Err(refuse(if token.is_some() { 401 } else { 400 }, "invalid_dpop_proof"));
    }
    if let Some(nonce) = &state.dpop.nonce
        && claims["nonce"] != nonce.as_str()
    {
        let status = if token.is_some() { 401 } else { 400 };
        return Err(refuse(status, "use_dpop_nonce").header("DPoP-Nonce", nonce));
    }
    state.dpop.proofs.push(claims);
    Ok(Some(key))
}

fn verified(proof: &str) -> Option<(String, Value)> {
    let (signed, signature) = proof.rsplit_once('.')?;
    let (head, claims) = signed.split_once('.')?;
    let decode = |text: &str| Base64UrlUnpadded::decode_vec(text).ok();
    let head: Value = serde_json::from_slice(&decode(head)?).ok()?;
    let jwk = &head["jwk"];
    if head["typ"] != "dpop+jwt" || head["alg"] != "ES256" || jwk["kty"] != "EC" || jwk.get("d").is_some() {
        return None;
    }
    let (x, y) = (jwk["x"].as_str()?, jwk["y"].as_str()?);
    let point = [&[4][..], &decode(x)?, &decode(y)?].concat();
    let key = VerifyingKey::from_sec1_bytes(&point).ok()?;
    key.verify(signed.as_bytes(), &Signature::from_slice(&decode(signature)?).ok()?).ok()?;
    let thumbprint = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
    Some((encode(&Sha256::digest(thumbprint.as_bytes())), serde_json::from_slice(&decode(claims)?).ok()?))
}

fn refuse(status: u16, error: &str) -> Reply {
    Reply::json(status, json!({"error": error}).to_string())
        .header("WWW-Authenticate", &format!(r#"DPoP algs="ES256", error="{error}""#))
}

fn encode(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}
