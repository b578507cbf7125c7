//! `WebCrypto`, the non-extractable key that seals what this installation stores, and those that it signs with. What is asked of the
//! browser is in `face/browser.js`: it weighs less there than in the module.

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;

use super::store::Place;
use super::{Browser, realm};
use crate::platform::{Crypto, CryptoError};

/// The most that `getRandomValues` gives at once, in bytes.
const MOST_RANDOM: usize = 65_536;
/// What no sealed bytes are shorter than: the nonce.
const NONCE_BYTES: usize = 12;

// The package has it in its one script; tests are given a copy.
#[cfg_attr(feature = "parts", wasm_bindgen(raw_module = "./browser.js"))]
#[cfg_attr(not(feature = "parts"), wasm_bindgen(module = "/src/face/browser.js"))]
extern "C" {
    pub(super) type Keys;
    #[wasm_bindgen(method, getter)]
    pub(super) fn lasting(this: &Keys) -> bool;
    #[wasm_bindgen(method, catch)]
    async fn seal(this: &Keys, bound: &[u8], plain: &[u8]) -> Result<Uint8Array, JsValue>;
    #[wasm_bindgen(method, catch)]
    async fn open(this: &Keys, bound: &[u8], sealed: &[u8]) -> Result<Uint8Array, JsValue>;
    #[wasm_bindgen(method, catch, js_name = publicKey)]
    async fn public_key(this: &Keys, name: &str, make: bool) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    async fn sign(this: &Keys, name: &str, data: &[u8]) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch, js_name = openKeys)]
    async fn keys_in(database: Option<&Place>) -> Result<Keys, JsValue>;
    #[wasm_bindgen(catch)]
    async fn sha256(data: &[u8]) -> Result<Uint8Array, JsValue>;
}

/// The keys that lie in `database`, or in this realm alone where that cannot be.
pub(super) async fn open_keys(database: Option<&Place>) -> Option<Keys> {
    keys_in(database).await.ok()
}

impl Browser {
    fn keys(&self) -> Result<&Keys, CryptoError> {
        self.found().keys.as_ref().ok_or(CryptoError::Unavailable)
    }
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
        let digest = sha256(data).await.map_err(|_| CryptoError::Unavailable)?;
        digest.to_vec().try_into().map_err(|_| CryptoError::Unavailable)
    }

    async fn seal(&self, bound: &[u8], plain: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let sealed = Keys::seal(self.keys()?, bound, plain).await;
        Ok(sealed.map_err(|_| CryptoError::Unavailable)?.to_vec())
    }

    async fn open(&self, bound: &[u8], sealed: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let keys = self.keys()?;
        if sealed.len() < NONCE_BYTES {
            return Err(CryptoError::Refused);
        }
        let plain = Keys::open(keys, bound, sealed).await;
        Ok(plain.map_err(|_| CryptoError::Refused)?.to_vec())
    }

    async fn signing_key(&self, name: &str, make: bool) -> Result<Option<[u8; 64]>, CryptoError> {
        let point = self.keys()?.public_key(name, make).await.map_err(|_| CryptoError::Unavailable)?;
        if point.is_undefined() {
            return Ok(None);
        }
        Uint8Array::new(&point).to_vec().try_into().map(Some).map_err(|_| CryptoError::Unavailable)
    }

    async fn sign(&self, name: &str, data: &[u8]) -> Result<[u8; 64], CryptoError> {
        let signature = Keys::sign(self.keys()?, name, data).await.map_err(|_| CryptoError::Unavailable)?;
        if signature.is_undefined() {
            return Err(CryptoError::Refused);
        }
        Uint8Array::new(&signature).to_vec().try_into().map_err(|_| CryptoError::Unavailable)
    }
}
