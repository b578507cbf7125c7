//! `WebCrypto`, the non-extractable key that seals what this installation stores, and those that it signs with.

use std::cell::RefCell;
use std::rc::Rc;

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

/// `crypto.subtle` (secure contexts only) and the keys.
pub(super) struct WebCrypto {
    subtle: Option<SubtleCrypto>,
    key: Option<CryptoKey>,
    lasting: bool,
    /// Where keys lie that outlive this realm.
    database: Option<Rc<IndexedDb>>,
    /// Pairs that do not.
    pairs: RefCell<Vec<(String, JsValue)>>,
}

impl WebCrypto {
    /// Takes the key that was `found` in `database`, or makes it there; makes one for this realm alone where that cannot be.
    pub(super) async fn open(database: Option<Rc<IndexedDb>>, found: JsValue) -> Self {
        let subtle = js::get(&realm::member("crypto"), "subtle");
        let subtle: Option<SubtleCrypto> = subtle.is_object().then(|| subtle.unchecked_into());
        let mut this = Self { subtle, database, ..Self::none() };
        if let Some(subtle) = &this.subtle {
            if let Some(database) = &this.database {
                this.key = stored_key(subtle, database, found).await.ok();
                this.lasting = this.key.is_some();
            }
            if this.key.is_none() {
                this.key = new_key(subtle).await.ok();
            }
        }
        this
    }

    /// No cryptography at all.
    pub(super) fn none() -> Self {
        Self { subtle: None, key: None, lasting: false, database: None, pairs: RefCell::default() }
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

    /// The pair `{privateKey, publicKey}` of that name; what is none where there is none and none is to be made.
    async fn pair(&self, name: &str, make: bool) -> Result<JsValue, JsValue> {
        let subtle = self.subtle.as_ref().ok_or(JsValue::UNDEFINED)?;
        let database = self.database.as_ref().filter(|_| self.lasting);
        let found = match database {
            Some(database) => database.key(name).await?,
            None => self.own_pair(name),
        };
        if is_pair(&found) || !make {
            return Ok(found);
        }
        let algorithm = js::object(&[("name", &"ECDSA".into()), ("namedCurve", &"P-256".into())]);
        let usages = Array::of2(&"sign".into(), &"verify".into());
        let made = js::settled(subtle.generate_key_with_object(&algorithm, false, &usages).map(JsValue::from)).await?;
        if let Some(database) = database {
            return database.key_or_put(name, &made).await;
        }
        // Another call may have been faster.
        let own = self.own_pair(name);
        if is_pair(&own) {
            return Ok(own);
        }
        self.pairs.borrow_mut().push((name.to_owned(), made.clone()));
        Ok(made)
    }

    fn own_pair(&self, name: &str) -> JsValue {
        let pairs = self.pairs.borrow();
        pairs.iter().find(|(of, _)| of == name).map(|(_, pair)| pair.clone()).unwrap_or_default()
    }
}

fn is_pair(value: &JsValue) -> bool {
    js::get(value, "privateKey").has_type::<CryptoKey>() && js::get(value, "publicKey").has_type::<CryptoKey>()
}

/// The one key of all tabs. Several may make one at a time, and all take the first that was stored.
async fn stored_key(subtle: &SubtleCrypto, database: &IndexedDb, found: JsValue) -> Result<CryptoKey, JsValue> {
    if let Ok(key) = found.dyn_into() {
        return Ok(key);
    }
    // Made before the transaction: one does not live across a promise of WebCrypto.
    let made = new_key(subtle).await?;
    database.key_or_put(SEALING, &made).await?.dyn_into()
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
        let subtle = self.found().crypto.subtle.as_ref().ok_or(CryptoError::Unavailable)?;
        let digest = js::settled(subtle.digest_with_str_and_u8_array("SHA-256", data).map(JsValue::from)).await;
        let digest = digest.map_err(|_| CryptoError::Unavailable)?;
        Uint8Array::new(&digest).to_vec().try_into().map_err(|_| CryptoError::Unavailable)
    }

    async fn seal(&self, bound: &[u8], plain: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let (subtle, key) = self.found().crypto.parts()?;
        let mut nonce = [0; NONCE_BYTES];
        self.random(&mut nonce)?;
        let sealing = subtle.encrypt_with_object_and_u8_array(&aes_gcm(&nonce, bound), key, plain);
        let sealed = js::settled(sealing.map(JsValue::from)).await.map_err(|_| CryptoError::Unavailable)?;
        let mut all = nonce.to_vec();
        all.extend_from_slice(&Uint8Array::new(&sealed).to_vec());
        Ok(all)
    }

    async fn open(&self, bound: &[u8], sealed: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let (subtle, key) = self.found().crypto.parts()?;
        let (nonce, sealed) = sealed.split_at_checked(NONCE_BYTES).ok_or(CryptoError::Refused)?;
        let opening = subtle.decrypt_with_object_and_u8_array(&aes_gcm(nonce, bound), key, sealed);
        let plain = js::settled(opening.map(JsValue::from)).await.map_err(|_| CryptoError::Refused)?;
        Ok(Uint8Array::new(&plain).to_vec())
    }

    async fn signing_key(&self, name: &str, make: bool) -> Result<Option<[u8; 64]>, CryptoError> {
        let subtle = self.found().crypto.subtle.as_ref().ok_or(CryptoError::Unavailable)?;
        let pair = self.found().crypto.pair(name, make).await.map_err(|_| CryptoError::Unavailable)?;
        if !is_pair(&pair) {
            return Ok(None);
        }
        let exporting = subtle.export_key("raw", js::get(&pair, "publicKey").unchecked_ref());
        let point = js::settled(exporting.map(JsValue::from)).await.map_err(|_| CryptoError::Unavailable)?;
        // Uncompressed (SEC 1, 2.3.3): a byte that says so, then x and y.
        let point = Uint8Array::new(&point).to_vec();
        point.last_chunk().copied().map(Some).ok_or(CryptoError::Unavailable)
    }

    async fn sign(&self, name: &str, data: &[u8]) -> Result<[u8; 64], CryptoError> {
        let subtle = self.found().crypto.subtle.as_ref().ok_or(CryptoError::Unavailable)?;
        let pair = self.found().crypto.pair(name, false).await.map_err(|_| CryptoError::Unavailable)?;
        if !is_pair(&pair) {
            return Err(CryptoError::Refused);
        }
        let algorithm = js::object(&[("name", &"ECDSA".into()), ("hash", &"SHA-256".into())]);
        let key = js::get(&pair, "privateKey");
        let signing = subtle.sign_with_object_and_u8_array(&algorithm, key.unchecked_ref(), data);
        let signature = js::settled(signing.map(JsValue::from)).await.map_err(|_| CryptoError::Unavailable)?;
        Uint8Array::new(&signature).to_vec().try_into().map_err(|_| CryptoError::Unavailable)
    }
}
