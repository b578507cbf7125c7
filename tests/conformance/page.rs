//! [`Page`].

use roo_cloud_web::platform::Page;

use super::{Bench, tab};

/// Text, then href, scheme, origin, hostname, path, query, fragment, whether there is userinfo (WHATWG URL).
type Parsed = (&'static str, [&'static str; 7], bool);

const PARSED: &[Parsed] = &[
    (
        "https://example.com",
        ["https://example.com/", "https", "https://example.com", "example.com", "/", "", ""],
        false,
    ),
    (
        "HTTPS://EXAMPLE.com:443/A/../b/./c/..?q=1&r=#f",
        ["https://example.com/b/?q=1&r=#f", "https", "https://example.com", "example.com", "/b/", "q=1&r=", "f"],
        false,
    ),
    (
        "https://example.com:8443/x",
        ["https://example.com:8443/x", "https", "https://example.com:8443", "example.com", "/x", "", ""],
        false,
    ),
    (
        "http://example.com:80/",
        ["http://example.com/", "http", "http://example.com", "example.com", "/", "", ""],
        false,
    ),
    (
        "https://example.com:80/",
        ["https://example.com:80/", "https", "https://example.com:80", "example.com", "/", "", ""],
        false,
    ),
    (
        "https://example.com/?#",
        ["https://example.com/?#", "https", "https://example.com", "example.com", "/", "", ""],
        false,
    ),
    (
        "https://example.com/a%2Fb c/%2e%2E/d",
        ["https://example.com/d", "https", "https://example.com", "example.com", "/d", "", ""],
        false,
    ),
    (
        "https://example.com/ä?ö#ü",
        [
            "https://example.com/%C3%A4?%C3%B6#%C3%BC",
            "https",
            "https://example.com",
            "example.com",
            "/%C3%A4",
            "%C3%B6",
            "%C3%BC",
        ],
        false,
    ),
    // Hosts that are addresses.
    ("http://[::1]:8080/", ["http://[::1]:8080/", "http", "http://[::1]:8080", "[::1]", "/", "", ""], false),
    ("http://[0:0:0:0:0:0:0:1]/", ["http://[::1]/", "http", "http://[::1]", "[::1]", "/", "", ""], false),
    ("http://127.1/", ["http://127.0.0.1/", "http", "http://127.0.0.1", "127.0.0.1", "/", "", ""], false),
    ("http://0x7f000001/", ["http://127.0.0.1/", "http", "http://127.0.0.1", "127.0.0.1", "/", "", ""], false),
    ("http://2130706433:9/", ["http://127.0.0.1:9/", "http", "http://127.0.0.1:9", "127.0.0.1", "/", "", ""], false),
    (
        "http://127.0.0.1.evil.com/",
        ["http://127.0.0.1.evil.com/", "http", "http://127.0.0.1.evil.com", "127.0.0.1.evil.com", "/", "", ""],
        false,
    ),
    // Hosts in disguise.
    (
        "https://EXAMPLE.com./",
        ["https://example.com./", "https", "https://example.com.", "example.com.", "/", "", ""],
        false,
    ),
    (
        "https://ex%61mple.com/",
        ["https://example.com/", "https", "https://example.com", "example.com", "/", "", ""],
        false,
    ),
    (
        "https://ｅｘａｍｐｌｅ。com/",
        ["https://example.com/", "https", "https://example.com", "example.com", "/", "", ""],
        false,
    ),
    (
        "https://exämple.com/",
        ["https://xn--exmple-cua.com/", "https", "https://xn--exmple-cua.com", "xn--exmple-cua.com", "/", "", ""],
        false,
    ),
    (
        "https://example.com\\@evil.com/",
        ["https://example.com/@evil.com/", "https", "https://example.com", "example.com", "/@evil.com/", "", ""],
        false,
    ),
    ("https:example.com", ["https://example.com/", "https", "https://example.com", "example.com", "/", "", ""], false),
    (
        "https:\\\\example.com",
        ["https://example.com/", "https", "https://example.com", "example.com", "/", "", ""],
        false,
    ),
    (
        " \u{1}ht\ntps://exa\tmple.com/a\r\nb \u{0}",
        ["https://example.com/ab", "https", "https://example.com", "example.com", "/ab", "", ""],
        false,
    ),
    // Userinfo.
    (
        "https://user@example.com/",
        ["https://user@example.com/", "https", "https://example.com", "example.com", "/", "", ""],
        true,
    ),
    (
        "https://:pw@example.com/",
        ["https://:pw@example.com/", "https", "https://example.com", "example.com", "/", "", ""],
        true,
    ),
    (
        "https://user:@example.com/",
        ["https://user@example.com/", "https", "https://example.com", "example.com", "/", "", ""],
        true,
    ),
    (
        "https://@example.com/",
        ["https://example.com/", "https", "https://example.com", "example.com", "/", "", ""],
        false,
    ),
    (
        "https://good.com@evil.com/",
        ["https://good.com@evil.com/", "https", "https://evil.com", "evil.com", "/", "", ""],
        true,
    ),
    // Other schemes.
    (
        "vscode://publisher.name/auth/callback?code=1",
        [
            "vscode://publisher.name/auth/callback?code=1",
            "vscode",
            "null",
            "publisher.name",
            "/auth/callback",
            "code=1",
            "",
        ],
        false,
    ),
    ("javascript:alert(1)", ["javascript:alert(1)", "javascript", "null", "", "alert(1)", "", ""], false),
    ("data:text/html,hi", ["data:text/html,hi", "data", "null", "", "text/html,hi", "", ""], false),
    (
        "wss://example.com:443/a",
        ["wss://example.com/a", "wss", "wss://example.com", "example.com", "/a", "", ""],
        false,
    ),
];

const REFUSED: &[&str] = &[
    "",
    "/path",
    "//example.com/",
    "example.com",
    "?query",
    "https://",
    "https:///",
    "https://exa<mple.com/",
    "https://a%00b.com/",
    "https://example.com:65536/",
    "https://example.com:port/",
    "http://[::1/",
    "http://[::g]/",
    "http://999.1.1.1/",
    "http://1.2.3.4.5/",
    "https://user@/",
    "1https://example.com/",
];

pub async fn parses_urls(bench: &impl Bench) {
    let place = tab(bench).await;
    for (text, expected, has_userinfo) in PARSED {
        let url = place.parse_url(text).unwrap_or_else(|| panic!("{text:?} was refused"));
        let found = [&url.href, &url.scheme, &url.origin, &url.hostname, &url.path, &url.query, &url.fragment];
        // Whose schemes have a host is a matter of the engine: Firefox finds none in `vscode://publisher.name/`.
        let is_promised = |part: usize| url.scheme.starts_with("http") || !(3..=4).contains(&part);
        for (part, (found, expected)) in found.into_iter().zip(expected).enumerate() {
            assert!(!is_promised(part) || found == expected, "{text:?}: {found:?} is not {expected:?}");
        }
        assert_eq!(url.has_userinfo, *has_userinfo, "{text:?}");
    }
}

pub async fn refuses_what_is_no_absolute_url(bench: &impl Bench) {
    let place = tab(bench).await;
    for text in REFUSED {
        assert_eq!(place.parse_url(text), None, "{text:?}");
    }
}

pub async fn knows_and_replaces_its_address(bench: &impl Bench) {
    let place = tab(bench).await;
    let before = place.address().expect("an address");
    assert!(before.scheme.starts_with("http"), "{}", before.href);
    let callback = format!("{}{}?code=1&state=2#x", before.origin, before.path);
    place.replace_address(&callback);
    assert_eq!(place.address().map(|url| url.query).as_deref(), Some("code=1&state=2"));
    place.replace_address("https://elsewhere.example/");
    assert_eq!(place.address().map(|url| url.href), Some(callback), "no other origin gets into the address bar");
    place.replace_address("/only/a/path");
    let only_a_path = format!("{}/only/a/path", before.origin);
    assert_eq!(place.address().map(|url| url.href), Some(only_a_path));
    place.replace_address(&before.href);
    assert_eq!(place.address(), Some(before));
}
