//! [`Crypto`].

use std::collections::BTreeSet;

use roo_cloud_web::platform::{Crypto, CryptoError};

use super::{Bench, tab, two_tabs};

/// 96 bits of nonce before, 128 bits of tag behind (NIST SP 800-38D).
const OVERHEAD_BYTES: usize = 12 + 16;

pub async fn draws_different_bytes(bench: &impl Bench) {
    let (one, two) = two_tabs(bench).await;
    let mut seen = BTreeSet::new();
    for _ in 0..500 {
        for place in [&one, &two] {
            let mut bytes = [0; 16];
            place.random(&mut bytes).expect("random");
            assert!(seen.insert(bytes), "drawn twice");
        }
    }
    one.random(&mut []).expect("nothing");
    // getRandomValues refuses more than 65,536 bytes at once; its callers need not know.
    let mut many = vec![0; 100_000];
    one.random(&mut many).expect("many");
    assert!(many.chunks(50).all(|chunk| chunk.iter().any(|byte| *byte != 0)));
}

pub async fn hashes(bench: &impl Bench) {
    fn hex(bytes: [u8; 32]) -> String {
        let [high, low] = [0, 16].map(|at| u128::from_be_bytes(std::array::from_fn(|index| bytes[at + index])));
        format!("{high:032x}{low:032x}")
    }
    let place = tab(bench).await;
    // FIPS 180-4 examples, and the empty message.
    for (text, digest) in [
        (Vec::new(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        (b"abc".to_vec(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".to_vec(),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
        ),
        (vec![b'a'; 1_000_000], "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
    ] {
        assert_eq!(hex(place.sha256(&text).await.expect("sha256")), digest);
    }
}

pub async fn opens_what_it_sealed(bench: &impl Bench) {
    let place = tab(bench).await;
    for plain in [Vec::new(), b"x".to_vec(), (0..=255).collect(), vec![7; 200_000]] {
        for bound in [&b""[..], b"https://issuer.example|user_1|refresh"] {
            let sealed = place.seal(bound, &plain).await.expect("seal");
            assert_eq!(sealed.len(), plain.len() + OVERHEAD_BYTES);
            assert!(place.open(bound, &sealed).await == Ok(plain.clone()));
        }
    }
}

pub async fn seals_differently_every_time(bench: &impl Bench) {
    let place = tab(bench).await;
    let mut nonces = BTreeSet::new();
    for _ in 0..50 {
        let sealed = place.seal(b"bound", b"a secret of some length").await.expect("seal");
        assert!(!sealed.windows(6).any(|window| window == b"secret"));
        assert!(nonces.insert(sealed[..12].to_vec()), "a nonce came twice");
    }
}

pub async fn refuses_other_additional_data(bench: &impl Bench) {
    let place = tab(bench).await;
    let sealed = place.seal(b"user_1", b"secret").await.expect("seal");
    for bound in [&b"user_2"[..], b"", b"user_1 "] {
        assert_eq!(place.open(bound, &sealed).await, Err(CryptoError::Refused));
    }
}

pub async fn refuses_changed_bytes(bench: &impl Bench) {
    let place = tab(bench).await;
    let sealed = place.seal(b"bound", b"secret").await.expect("seal");
    for index in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[index] ^= 1;
        assert_eq!(place.open(b"bound", &changed).await, Err(CryptoError::Refused), "byte {index}");
    }
    for length in [0, 1, 11, 12, 27, sealed.len() - 1] {
        assert_eq!(place.open(b"bound", &sealed[..length]).await, Err(CryptoError::Refused), "length {length}");
    }
    let longer = [&sealed[..], b"x"].concat();
    assert_eq!(place.open(b"bound", &longer).await, Err(CryptoError::Refused));
}

pub async fn opens_in_other_tabs_of_the_storage_only(bench: &impl Bench) {
    let (one, two) = two_tabs(bench).await;
    let sealed = one.seal(b"bound", b"secret").await.expect("seal");
    assert_eq!(two.open(b"bound", &sealed).await, Ok(b"secret".to_vec()));
    let stranger = tab(bench).await;
    assert_eq!(stranger.open(b"bound", &sealed).await, Err(CryptoError::Refused));
}

pub async fn makes_one_signing_key_for_all_tabs(bench: &impl Bench) {
    let (one, two) = two_tabs(bench).await;
    assert_eq!(one.signing_key("a", false).await, Ok(None), "none is made unasked");
    assert_eq!(one.sign("a", b"text").await, Err(CryptoError::Refused));
    let (first, second) = futures_util::future::join(one.signing_key("a", true), two.signing_key("a", true)).await;
    let public = first.expect("a key").expect("a key");
    assert_eq!(second, Ok(Some(public)), "both made the same");
    assert_eq!(two.signing_key("a", false).await, Ok(Some(public)));
    assert_ne!(one.signing_key("b", true).await, Ok(Some(public)), "by name");
    let stranger = tab(bench).await;
    assert_eq!(stranger.signing_key("a", false).await, Ok(None));
    // Two signatures verify in the tests that ask a server; here: they are of the right size and no constant.
    let signatures = [one.sign("a", b"text").await, two.sign("a", b"other").await];
    assert!(signatures.iter().all(Result::is_ok) && signatures[0] != signatures[1]);
}
