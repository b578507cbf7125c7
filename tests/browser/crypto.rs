//! `WebCrypto` and the key in `IndexedDB`.

use futures_util::future::join;
use js_sys::Promise;
use roo_cloud_web::platform::browser::StorageChoice;
use roo_cloud_web::platform::{Crypto, CryptoError};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test as test;

use crate::support::{fresh_namespace, open, open_in};

#[wasm_bindgen(module = "/tests/browser/support.js")]
extern "C" {
    #[wasm_bindgen(js_name = sealingKey)]
    fn sealing_key(database: &str, instead: &JsValue) -> Promise;
}

async fn described_key(namespace: &str, instead: &JsValue) -> Option<String> {
    sealing_key(&format!("roo-cloud-web/{namespace}"), instead).await.unwrap().as_string()
}

#[test]
async fn the_key_cannot_leave_the_browser() {
    let namespace = fresh_namespace();
    assert!(open_in(&namespace, StorageChoice::Auto).await.sealed());
    assert_eq!(described_key(&namespace, &JsValue::UNDEFINED).await.as_deref(), Some("AES-GCM 256 false"));
}

#[test]
async fn tabs_that_open_at_once_share_one_key() {
    for _ in 0..5 {
        let namespace = fresh_namespace();
        let open = || open_in(&namespace, StorageChoice::Auto);
        let ((first, second), third) = join(join(open(), open()), open()).await;
        let sealed = first.seal(b"slot", b"secret").await.unwrap();
        for tab in [&second, &third, &open().await] {
            assert_eq!(tab.open(b"slot", &sealed).await.unwrap(), b"secret");
        }
    }
}

#[test]
async fn e3_what_is_no_key_is_replaced() {
    let namespace = fresh_namespace();
    drop(open_in(&namespace, StorageChoice::Auto).await);
    assert_eq!(described_key(&namespace, &"junk".into()).await.as_deref(), Some("string"));
    let browser = open_in(&namespace, StorageChoice::Auto).await;
    let sealed = browser.seal(b"slot", b"secret").await.unwrap();
    let other_tab = open_in(&namespace, StorageChoice::Auto).await;
    assert_eq!(other_tab.open(b"slot", &sealed).await.unwrap(), b"secret");
}

#[test]
async fn e4_sealed_bytes_open_only_as_they_were_sealed() {
    let browser = open().await;
    for plain in [&b""[..], b"secret", &vec![0x5a; 100_000]] {
        let sealed = browser.seal(b"slot", plain).await.unwrap();
        assert_eq!(sealed.len(), 12 + plain.len() + 16);
        assert_eq!(browser.open(b"slot", &sealed).await.unwrap(), plain);
        assert_eq!(browser.open(b"other", &sealed).await, Err(CryptoError::Refused));
        for place in [0, 12, sealed.len() - 1] {
            let mut tampered = sealed.clone();
            tampered[place] ^= 1;
            assert_eq!(browser.open(b"slot", &tampered).await, Err(CryptoError::Refused));
        }
        assert_eq!(browser.open(b"slot", &sealed[..sealed.len() - 1]).await, Err(CryptoError::Refused));
    }
    for length in [0, 11, 12, 27] {
        assert_eq!(browser.open(b"slot", &vec![0; length]).await, Err(CryptoError::Refused));
    }
    let stranger = open().await;
    let sealed = browser.seal(b"slot", b"secret").await.unwrap();
    assert_eq!(stranger.open(b"slot", &sealed).await, Err(CryptoError::Refused));
    assert_ne!(browser.seal(b"slot", b"secret").await.unwrap(), sealed, "a nonce is used once");
}

#[test]
async fn hashing_is_sha_256() {
    let browser = open().await;
    // FIPS 180-4, the example "abc".
    let digest = browser.sha256(b"abc").await.unwrap();
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

#[test]
async fn randomness_fills_any_length() {
    let browser = open().await;
    // More than getRandomValues gives at once.
    let (mut first, mut second) = (vec![0; 200_000], vec![0; 200_000]);
    browser.random(&mut first).unwrap();
    browser.random(&mut second).unwrap();
    for chunk in [&first[..32], &first[65_536..65_568], &first[199_968..]] {
        assert!(chunk.iter().any(|byte| *byte != 0));
    }
    assert_ne!(first, second);
    browser.random(&mut []).unwrap();
}
