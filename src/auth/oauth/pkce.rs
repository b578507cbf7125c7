//! PKCE (RFC 7636), method S256 and no other.

use base64ct::{Base64UrlUnpadded, Encoding};

use crate::error::{CloudError, Code, Result};
use crate::platform::{Crypto, CryptoError};
use crate::secret::Secret;

/// 32 random bytes in base64url: 43 characters, for verifiers, states and nonces.
pub fn random_text<P: Crypto>(crypto: &P) -> Result<Secret> {
    let mut bytes = [0; 32];
    crypto.random(&mut bytes).map_err(unavailable)?;
    Ok(Secret::new(Base64UrlUnpadded::encode_string(&bytes)))
}

/// The `code_challenge` of `verifier`: `BASE64URL(SHA256(ASCII(verifier)))` (section 4.2).
pub async fn challenge<P: Crypto>(crypto: &P, verifier: &Secret) -> Result<String> {
    let digest = crypto.sha256(verifier.expose().as_bytes()).await.map_err(unavailable)?;
    Ok(Base64UrlUnpadded::encode_string(&digest))
}

fn unavailable(_: CryptoError) -> CloudError {
    CloudError::new(
        Code::CryptoUnavailable,
        "sign-in needs WebCrypto, which this page has not (is it served over https?)",
    )
}
