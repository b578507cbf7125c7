//! The page: its signals, its address, its popups.

use std::cell::RefCell;
use std::rc::Rc;

use roo_cloud_web::platform::{Page, PageSignal, Popup};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test as test;

use crate::support::{Patch, global, js, open};

#[test]
async fn signals_are_told_until_nobody_listens() {
    let browser = open().await;
    let heard = Rc::new(RefCell::new(Vec::new()));
    let noting = heard.clone();
    let listening = browser.on_signal(Box::new(move |signal| noting.borrow_mut().push(signal)));
    js("dispatchEvent(new Event('offline'))");
    js("dispatchEvent(new Event('online'))");
    js("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: false }))");
    js("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))");
    js("dispatchEvent(new PageTransitionEvent('pagehide'))");
    js("document.dispatchEvent(new Event('resume'))");
    js("document.dispatchEvent(new Event('visibilitychange'))");
    {
        let _hidden = Patch::replace(&js("document"), "visibilityState", &"hidden".into());
        assert!(!browser.visible());
        js("document.dispatchEvent(new Event('visibilitychange'))");
    }
    assert!(browser.visible());
    let expected = [
        PageSignal::Offline,
        PageSignal::Online,
        PageSignal::Resumed,
        PageSignal::Hidden,
        PageSignal::Resumed,
        PageSignal::Visible,
        PageSignal::Hidden,
    ];
    assert_eq!(*heard.borrow(), expected);
    drop(listening);
    js("dispatchEvent(new Event('offline'))");
    assert_eq!(heard.borrow().len(), expected.len());
}

#[test]
async fn being_online_is_what_the_browser_says() {
    let browser = open().await;
    assert!(browser.online());
    let _offline = Patch::replace(&js("navigator"), "onLine", &false.into());
    assert!(!browser.online());
}

#[test]
async fn f1_urls_are_parsed_as_the_url_standard_does() {
    let browser = open().await;
    let url = browser.parse_url("HTTPS://User:pw@EXAMPLE.com:443/a/../b?q=1&q=%20#frag").unwrap();
    assert_eq!(url.href, "https://User:pw@example.com/b?q=1&q=%20#frag");
    assert_eq!((url.scheme.as_str(), url.origin.as_str()), ("https", "https://example.com"));
    assert_eq!((url.hostname.as_str(), url.path.as_str()), ("example.com", "/b"));
    assert_eq!((url.query.as_str(), url.fragment.as_str()), ("q=1&q=%20", "frag"));
    assert!(url.has_userinfo);
    let plain = browser.parse_url("http://[::1]:8080").unwrap();
    assert_eq!((plain.origin.as_str(), plain.hostname.as_str()), ("http://[::1]:8080", "[::1]"));
    assert_eq!((plain.path.as_str(), plain.query.as_str(), plain.has_userinfo), ("/", "", false));
    assert_eq!(browser.parse_url("http://127.0.0.1.evil.com/").unwrap().hostname, "127.0.0.1.evil.com");
    assert_eq!(browser.parse_url("http://0x7f.1/").unwrap().hostname, "127.0.0.1");
    assert_eq!(browser.parse_url("data:text/html,x").unwrap().origin, "null");
    assert_eq!(browser.parse_url("javascript:alert(1)").unwrap().scheme, "javascript");
    for relative in ["", "/path", "example.com", "//example.com", "http://", "http://[::1", "http://a:99999/"] {
        assert_eq!(browser.parse_url(relative), None, "{relative}");
    }
}

#[test]
async fn b10_the_address_is_cleaned_without_loading() {
    let browser = open().await;
    let before = browser.address().unwrap();
    assert_eq!(before.href, js("location.href").as_string().unwrap());
    let length = js("history.length");
    js("history.replaceState({ of: 'the page' }, '', '/callback?code=c&state=s')");
    assert_eq!(browser.address().unwrap().query, "code=c&state=s");
    browser.replace_address("/callback");
    assert_eq!(
        (browser.address().unwrap().path.as_str(), browser.address().unwrap().query.as_str()),
        ("/callback", "")
    );
    assert_eq!(js("history.state.of").as_string().as_deref(), Some("the page"), "the page's own state stays");
    assert_eq!(js("history.length"), length);
    // Another origin is refused, and nobody is harmed.
    browser.replace_address("https://elsewhere.example/");
    assert_eq!(browser.address().unwrap().path, "/callback");
    browser.replace_address(&before.href);
}

#[test]
async fn a_popup_is_opened_empty_sent_on_and_closed() {
    let browser = open().await;
    assert!(browser.can_popup());
    let window = js("({
        closed: false,
        location: { replace(url) { this.href = url } },
        close() { this.closed = true },
    })");
    let opened = Closure::<dyn Fn(String) -> JsValue>::new({
        let window = window.clone();
        move |url: String| if url == "about:blank" { window.clone() } else { JsValue::NULL }
    });
    let _open = Patch::replace(&global(), "open", opened.as_ref());
    let popup = browser.open_popup().unwrap();
    popup.go("https://id.example/authorize");
    let href = js_sys::Reflect::get(&js_sys::Reflect::get(&window, &"location".into()).unwrap(), &"href".into());
    assert_eq!(href.unwrap().as_string().as_deref(), Some("https://id.example/authorize"));
    assert!(!popup.closed());
    popup.close();
    assert!(popup.closed());
}

#[test]
async fn a_blocked_popup_is_none() {
    let browser = open().await;
    for blocked in ["() => null", "() => undefined", "() => { throw new Error('blocked') }"] {
        let _open = Patch::replace(&global(), "open", &js(&format!("({blocked})")));
        assert!(browser.open_popup().is_none(), "{blocked}");
    }
    let _trap = Patch::replace(&global(), "open", &js("() => new Proxy({}, { get() { throw 1 } })"));
    let popup = browser.open_popup().unwrap();
    popup.go("https://id.example/");
    assert!(!popup.closed());
    popup.close();
}
