//! `WebCrypto`, and the non-extractable key that seals what this installation stores.

use js_sys::{Array, Object, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{CryptoKey, SubtleCrypto};

use super::store::IndexedDb;
use super::{Browser, js, realm};
use crate::platform::{Crypto, CryptoError};

const NONCE_BYTES: usize = 12;
/// The most that `getRandomValues` gives at once, in bytes.
const MOST_RANDOM: usize = 65_536;
/// The sealing key's name among the keys.
const SEALING: &str = "sealing";

/// `crypto.subtle` (secure contexts only) and the sealing key.
pub(super) struct WebCrypto {
    subtle: Option<SubtleCrypto>,
    key: Option<CryptoKey>,
    lasting: bool,
}

impl WebCrypto {
    /// Takes the key from `database`, or makes it there; makes one for this realm alone where that cannot be.
    pub(super) async fn open(database: Option<&IndexedDb>) -> Self {
        let subtle = js::get(&realm::member("crypto"), "subtle");
        let subtle: Option<SubtleCrypto> = subtle.is_object().then(|| subtle.unchecked_into());
        let mut this = Self { subtle, key: None, lasting: false };
        if let Some(subtle) = &this.subtle {
            if let Some(database) = database {
                this.key = stored_key(subtle, database).await.ok();
                this.lasting = this.key.is_some();
            }
            if this.key.is_none() {
                this.key = new_key(subtle).await.ok();
            }
        }
        this
    }

    pub(super) fn has_key(&self) -> bool {
        self.key.is_some()
    }

    /// Whether the key outlives this realm.
    pub(super) fn lasting(&self) -> bool {
        self.lasting
    }

    fn parts(&self) -> Result<(&SubtleCrypto, &CryptoKey), CryptoError> {
        self.subtle.as_ref().zip(self.key.as_ref()).ok_or(CryptoError::Unavailable)
    }
}

/// The one key of all tabs. Several may make one at a time, and all take the first that was stored.
async fn stored_key(subtle: &SubtleCrypto, database: &IndexedDb) -> Result<CryptoKey, JsValue> {
    if let Ok(key) = database.key(SEALING).await?.dyn_into() {
        return Ok(key);
    }
    // Made before the transaction: one does not live across a promise of WebCrypto.
    let made = new_key(subtle).await?;
    database.key_or_put(SEALING, &made, JsCast::has_type::<CryptoKey>).await?.dyn_into()
}

async fn new_key(subtle: &SubtleCrypto) -> Result<CryptoKey, JsValue> {
    let algorithm = js::object(&[("name", &"AES-GCM".into()), ("length", &256.into())]);
    let usages = Array::of2(&"encrypt".into(), &"decrypt".into());
    subtle.generate_key_with_object(&algorithm, false, &usages)?.await?.dyn_into()
}

fn aes_gcm(nonce: &[u8], bound: &[u8]) -> Object {
    let (nonce, bound) = (Uint8Array::from(nonce), Uint8Array::from(bound));
    js::object(&[("name", &"AES-GCM".into()), ("iv", &nonce), ("additionalData", &bound)])
}

impl Crypto for Browser {
    fn random(&self, out: &mut [u8]) -> Result<(), CryptoError> {
        let crypto = realm::member("crypto");
        if !crypto.is_object() {
            return Err(CryptoError::Unavailable);
        }
        let crypto: web_sys::Crypto = crypto.unchecked_into();
        for chunk in out.chunks_mut(MOST_RANDOM) {
            crypto.get_random_values_with_u8_array(chunk).map_err(|_| CryptoError::Unavailable)?;
        }
        Ok(())
    }

    async fn sha256(&self, data: &[u8]) -> Result<[u8; 32], CryptoError> {
        let subtle = self.crypto.subtle.as_ref().ok_or(CryptoError::Unavailable)?;
        let digest = js::settled(subtle.digest_with_str_and_u8_array("SHA-256", data).map(JsValue::from)).await;
        let digest = digest.map_err(|_| CryptoError::Unavailable)?;
        Uint8Array::new(&digest).to_vec().try_into().map_err(|_| CryptoError::Unavailable)
    }

    async fn seal(&self, bound: &[u8], plain: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let (subtle, key) = self.crypto.parts()?;
        let mut nonce = [0; NONCE_BYTES];
        self.random(&mut nonce)?;
        let sealing = subtle.encrypt_with_object_and_u8_array(&aes_gcm(&nonce, bound), key, plain);
        let sealed = js::settled(sealing.map(JsValue::from)).await.map_err(|_| CryptoError::Unavailable)?;
        let mut all = nonce.to_vec();
        all.extend_from_slice(&Uint8Array::new(&sealed).to_vec());
        Ok(all)
    }

    async fn open(&self, bound: &[u8], sealed: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let (subtle, key) = self.crypto.parts()?;
        let (nonce, sealed) = sealed.split_at_checked(NONCE_BYTES).ok_or(CryptoError::Refused)?;
        let opening = subtle.decrypt_with_object_and_u8_array(&aes_gcm(nonce, bound), key, sealed);
        let plain = js::settled(opening.map(JsValue::from)).await.map_err(|_| CryptoError::Refused)?;
        Ok(Uint8Array::new(&plain).to_vec())
    }
}
