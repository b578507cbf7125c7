//! Proof that a token's sender holds its key (RFC 9449). The key never leaves the browser; a token without it is worth nothing.

use std::cell::RefCell;
use std::rc::Rc;

use base64ct::{Base64UrlUnpadded, Encoding};

use crate::error::{CloudError, Code, Result};
use crate::json::{Document, Json, Limits, Writer};
use crate::platform::{CryptoError, Platform, Response};
use crate::secret::Secret;

/// A server's nonce is a short text; a longer one is not believed.
const MAX_NONCE_BYTES: usize = 512;

/// Proofs with one key.
pub struct Dpop<P> {
    platform: Rc<P>,
    /// The key's name in this installation.
    key: String,
    /// The newest nonce of each origin (RFC 9449, 8.2).
    nonces: RefCell<Vec<(String, String)>>,
}

impl<P: Platform> Dpop<P> {
    /// Proofs with the key called `key`.
    pub fn new(platform: Rc<P>, key: String) -> Self {
        Self { platform, key, nonces: RefCell::default() }
    }

    /// The thumbprint of the key, which is made if there is none: it binds the authorization code (10).
    pub async fn thumbprint(&self) -> Result<String> {
        let public = self.platform.signing_key(&self.key, true).await.map_err(unavailable)?;
        let public = public.ok_or_else(|| unavailable(CryptoError::Unavailable))?;
        thumbprint(&*self.platform, &public).await
    }

    /// A proof for one request (4.2); with `token` for one that carries it. Fails with TOKEN_EXPIRED where the key is lost: what
    /// is bound to it is lost with it.
    pub async fn proof(&self, method: &str, url: &str, token: Option<&Secret>) -> Result<String> {
        let platform = &*self.platform;
        let public = platform.signing_key(&self.key, false).await.map_err(unavailable)?.ok_or_else(lost)?;
        let hash = match token {
            Some(token) => Some(platform.sha256(token.expose().as_bytes()).await.map_err(unavailable)?),
            None => None,
        };
        let mut id = [0; 16];
        platform.random(&mut id).map_err(unavailable)?;

        let mut claims = Writer::new();
        claims.begin_object();
        let address = url.split(['?', '#']).next().unwrap_or_default();
        for (name, value) in [("jti", &*encode(&id)), ("htm", method), ("htu", address)] {
            claims.name(name);
            claims.str(value);
        }
        claims.name("iat");
        claims.u64(platform.wall_ms() / 1_000);
        if let Some(hash) = hash {
            claims.name("ath");
            claims.str(&encode(&hash));
        }
        let origin = self.origin(url);
        if let Some((_, nonce)) = self.nonces.borrow().iter().find(|(of, _)| *of == origin) {
            claims.name("nonce");
            claims.str(nonce);
        }
        claims.end_object();

        let header = format!(r#"{{"typ":"dpop+jwt","alg":"ES256","jwk":{}}}"#, public_jwk(&public));
        let signed = format!("{}.{}", encode(header.as_bytes()), encode(claims.as_bytes()));
        let signature = platform.sign(&self.key, signed.as_bytes()).await.map_err(|error| match error {
            CryptoError::Refused => lost(),
            CryptoError::Unavailable => unavailable(error),
        })?;
        Ok(format!("{signed}.{}", encode(&signature)))
    }

    /// Keeps the nonce of an answer of `url`, if there is one; true: the answer asks for the request again, with it (8, 9).
    pub fn heard(&self, url: &str, response: &Response) -> bool {
        let nonce = response.header("dpop-nonce").filter(|nonce| {
            // NQCHAR (RFC 6749, A), less what JSON would have to escape.
            !nonce.is_empty() && nonce.len() <= MAX_NONCE_BYTES && nonce.bytes().all(|b| b.is_ascii_graphic())
        });
        let Some(nonce) = nonce else { return false };
        let origin = self.origin(url);
        let mut nonces = self.nonces.borrow_mut();
        nonces.retain(|(of, _)| *of != origin);
        nonces.push((origin, nonce.to_owned()));
        asks_for_nonce(response)
    }

    fn origin(&self, url: &str) -> String {
        self.platform.parse_url(url).map(|url| url.origin).unwrap_or_default()
    }
}

/// `use_dpop_nonce`: from a token endpoint in the body, from the API in `WWW-Authenticate`.
fn asks_for_nonce(response: &Response) -> bool {
    const ERROR: &str = "use_dpop_nonce";
    if !matches!(response.status, 400 | 401) {
        return false;
    }
    if response.header("www-authenticate").is_some_and(|challenge| challenge.contains(ERROR)) {
        return true;
    }
    let document = Document::parse(&response.body, Limits::default()).ok();
    let error = document.as_ref().and_then(|document| document.root().get("error").and_then(Json::as_str));
    error.as_deref() == Some(ERROR)
}

/// The members that RFC 7638, 3.2 wants for an elliptic curve, in its order.
fn public_jwk(public: &[u8; 64]) -> String {
    let (x, y) = public.split_at(32);
    format!(r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#, encode(x), encode(y))
}

/// The thumbprint of a public key (RFC 7638).
async fn thumbprint<P: Platform>(platform: &P, public: &[u8; 64]) -> Result<String> {
    let digest = platform.sha256(public_jwk(public).as_bytes()).await.map_err(unavailable)?;
    Ok(encode(&digest))
}

fn encode(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

fn unavailable(_: CryptoError) -> CloudError {
    CloudError::new(Code::CryptoUnavailable, "DPoP needs WebCrypto, which this page has not (is it served over https?)")
}

fn lost() -> CloudError {
    CloudError::new(Code::TokenExpired, "the key that this sign-in is bound to is gone; sign in again")
}

#[cfg(not(target_arch = "wasm32"))]
#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use base64ct::{Base64UrlUnpadded, Encoding};

    use super::{Dpop, thumbprint};
    use crate::platform::Response;
    use crate::platform::sim::World;
    use crate::secret::Secret;

    fn decode(text: &str) -> Vec<u8> {
        Base64UrlUnpadded::decode_vec(text).unwrap()
    }

    /// The key of RFC 9449, figure 2 and section 6.1, and its thumbprint there.
    #[test]
    fn the_thumbprint_is_that_of_the_rfc() {
        let world = World::new(1);
        let mut public = [0; 64];
        public[..32].copy_from_slice(&decode("l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs"));
        public[32..].copy_from_slice(&decode("9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA"));
        let tab = world.open_tab();
        let print = world.run(tab.start({
            let tab = tab.clone();
            async move { thumbprint(&tab, &public).await }
        }));
        assert_eq!(print.unwrap().unwrap(), "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
    }

    /// `ath` of the access token of RFC 9449, figure 12 (7.1), and the parts of a proof (4.2).
    #[test]
    fn a_proof_names_method_url_time_token_and_nonce() {
        let world = World::new(2);
        let tab = world.open_tab();
        let dpop = Rc::new(Dpop::new(Rc::new(tab.clone()), "key".into()));
        let made = dpop.clone();
        let proof = |nonced: bool| {
            let (dpop, url) = (made.clone(), "https://resource.example.org/protectedresource?q=1#f");
            if nonced {
                let headers = vec![("dpop-nonce".to_owned(), "n-0S6_WzA2Mj".to_owned())];
                assert!(!dpop.heard(url, &Response { status: 200, headers, body: Vec::new() }));
            }
            let work = async move {
                dpop.thumbprint().await.unwrap();
                let token = Secret::new("Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU");
                dpop.proof("GET", url, Some(&token)).await.unwrap()
            };
            let proof = world.run(tab.start(work)).unwrap();
            let part = |at: usize| -> serde_json::Value {
                serde_json::from_slice(&decode(proof.split('.').nth(at).unwrap())).unwrap()
            };
            (part(0), part(1))
        };
        let (header, claims) = proof(false);
        assert_eq!((&header["typ"], &header["alg"]), (&"dpop+jwt".into(), &"ES256".into()));
        assert_eq!(header["jwk"].as_object().unwrap().len(), 4, "nothing private");
        assert_eq!(claims["ath"], "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo");
        assert_eq!(
            (&claims["htm"], &claims["htu"]),
            (&"GET".into(), &"https://resource.example.org/protectedresource".into())
        );
        assert!(claims["iat"].is_u64() && claims.get("nonce").is_none());
        let (_, again) = proof(true);
        assert_eq!(again["nonce"], "n-0S6_WzA2Mj");
        assert_ne!(again["jti"], claims["jti"]);
    }

    #[test]
    fn a_nonce_counts_for_its_origin_and_nonsense_counts_for_nothing() {
        let world = World::new(3);
        let tab = world.open_tab();
        let dpop = Rc::new(Dpop::new(Rc::new(tab.clone()), "key".into()));
        let answer = |status, nonce: &str, challenge: &str, body: &str| Response {
            status,
            headers: vec![
                ("dpop-nonce".to_owned(), nonce.to_owned()),
                ("www-authenticate".to_owned(), challenge.to_owned()),
            ],
            body: body.as_bytes().to_vec(),
        };
        let url = "https://a.example/token";
        assert!(dpop.heard(url, &answer(400, "n", "", r#"{"error":"use_dpop_nonce"}"#)));
        assert!(dpop.heard(url, &answer(401, "n", r#"DPoP error="use_dpop_nonce""#, "")));
        assert!(!dpop.heard(url, &answer(401, "n", r#"DPoP error="invalid_token""#, "")));
        assert!(!dpop.heard(url, &answer(400, "n", "", r#"{"error":"invalid_grant"}"#)));
        assert!(!dpop.heard(url, &answer(200, "n", "", r#"{"error":"use_dpop_nonce"}"#)));
        for nonsense in ["", "a b", "a\r\nX: y", "\u{e9}", &"x".repeat(600)] {
            assert!(!dpop.heard(url, &answer(400, nonsense, "", r#"{"error":"use_dpop_nonce"}"#)), "{nonsense}");
        }
        let nonce_for = |url: &'static str| {
            let dpop = dpop.clone();
            let proof = world.run(tab.start(async move {
                dpop.thumbprint().await.unwrap();
                dpop.proof("GET", url, None).await.unwrap()
            }));
            let claims = decode(proof.unwrap().split('.').nth(1).unwrap());
            serde_json::from_slice::<serde_json::Value>(&claims).unwrap()["nonce"].clone()
        };
        assert_eq!(nonce_for("https://a.example/api"), "n");
        assert!(nonce_for("https://b.example/token").is_null());
    }
}
