//! Cryptography: real, but its randomness is the seed's.

use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, KeyInit};
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use sha2::{Digest, Sha256};

use super::tab::Tab;
use crate::platform::{Crypto, CryptoError};

const NONCE_BYTES: usize = 12;
/// How long an operation takes, in milliseconds: never no time at all to the caller, who is suspended.
const WORK_MS: (u64, u64) = (0, 1);

impl Tab {
    async fn work(&self) -> Result<(), CryptoError> {
        self.0.core.pause(WORK_MS).await;
        if self.0.options.borrow().crypto { Ok(()) } else { Err(CryptoError::Unavailable) }
    }

    fn cipher(&self) -> Aes256Gcm {
        Aes256Gcm::new(&self.0.storage.key.into())
    }
}

impl Crypto for Tab {
    fn random(&self, out: &mut [u8]) -> Result<(), CryptoError> {
        self.0.rng.fill(out);
        Ok(())
    }

    async fn sha256(&self, data: &[u8]) -> Result<[u8; 32], CryptoError> {
        self.work().await?;
        Ok(Sha256::digest(data).into())
    }

    async fn seal(&self, bound: &[u8], plain: &[u8]) -> Result<Vec<u8>, CryptoError> {
        self.work().await?;
        let mut nonce = [0; NONCE_BYTES];
        self.0.rng.fill(&mut nonce);
        let payload = Payload { msg: plain, aad: bound };
        let sealed = self.cipher().encrypt(&nonce.into(), payload).map_err(|_| CryptoError::Refused)?;
        Ok([&nonce[..], &sealed].concat())
    }

    async fn open(&self, bound: &[u8], sealed: &[u8]) -> Result<Vec<u8>, CryptoError> {
        self.work().await?;
        let (nonce, text) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or(CryptoError::Refused)?;
        let payload = Payload { msg: text, aad: bound };
        self.cipher().decrypt(&(*nonce).into(), payload).map_err(|_| CryptoError::Refused)
    }

    async fn signing_key(&self, name: &str, make: bool) -> Result<Option<[u8; 64]>, CryptoError> {
        self.work().await?;
        if make && self.0.storage.signing_key(name).is_none() {
            let mut secret = [0; 32];
            self.0.rng.fill(&mut secret);
            // Below the curve's order whatever was drawn.
            secret[0] = 1;
            // A transaction: whoever comes first stays.
            self.work().await?;
            self.0.storage.keep_signing_key(name, secret);
        }
        let Some(secret) = self.0.storage.signing_key(name) else { return Ok(None) };
        let key = SigningKey::from_slice(&secret).map_err(|_| CryptoError::Refused)?;
        let point = key.verifying_key().to_sec1_point(false);
        point.as_bytes().last_chunk().copied().map(Some).ok_or(CryptoError::Refused)
    }

    async fn sign(&self, name: &str, data: &[u8]) -> Result<[u8; 64], CryptoError> {
        self.work().await?;
        let secret = self.0.storage.signing_key(name).ok_or(CryptoError::Refused)?;
        let key = SigningKey::from_slice(&secret).map_err(|_| CryptoError::Refused)?;
        let signature: Signature = key.sign(data);
        signature.to_bytes().as_slice().try_into().map_err(|_| CryptoError::Refused)
    }
}
