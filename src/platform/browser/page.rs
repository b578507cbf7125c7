//! The window and its document; in a worker, whatever of it there is.

use std::cell::Cell;
use std::rc::Rc;

use js_sys::Array;
use wasm_bindgen::prelude::*;
use web_sys::Event;

use super::js::{self, AbortOnDrop};
use super::{Browser, realm};
use crate::platform::{Page, PageSignal, Popup, Subscription, Url};

// The package has it in its one script; tests are given a copy.
#[cfg_attr(feature = "parts", wasm_bindgen(raw_module = "./browser.js"))]
#[cfg_attr(not(feature = "parts"), wasm_bindgen(module = "/src/face/browser.js"))]
extern "C" {
    #[wasm_bindgen(js_name = urlParts)]
    fn url_parts(text: &str) -> Option<Array>;
}

/// A window that we opened.
pub struct BrowserPopup(JsValue);

impl Popup for BrowserPopup {
    fn go(&self, url: &str) {
        let _ = js::call(&js::get(&self.0, "location"), "replace", &[&url.into()]);
    }

    fn closed(&self) -> bool {
        js::get(&self.0, "closed").is_truthy()
    }

    fn close(&self) {
        let _ = js::call(&self.0, "close", &[]);
    }
}

/// Asks whether the browser promised to keep this origin's storage. Nobody waits for the answer.
pub(super) fn watch_persistence() -> Rc<Cell<bool>> {
    let persistent = Rc::new(Cell::new(false));
    let answer = persistent.clone();
    wasm_bindgen_futures::spawn_local(async move {
        let persisted = js::settled(js::call(&realm::navigator("storage"), "persisted", &[])).await;
        answer.set(persisted.is_ok_and(|value| value.is_truthy()));
    });
    persistent
}

fn document_visible() -> bool {
    js::get(&realm::member("document"), "visibilityState").as_string().as_deref() != Some("hidden")
}

/// `pagehide` may be the last thing a page hears; `pageshow` comes at every load, but persisted only from the cache.
fn signal(event: &Event) -> Option<PageSignal> {
    match event.type_().as_str() {
        "online" => Some(PageSignal::Online),
        "offline" => Some(PageSignal::Offline),
        "resume" => Some(PageSignal::Resumed),
        "pageshow" => js::get(event, "persisted").is_truthy().then_some(PageSignal::Resumed),
        "visibilitychange" if document_visible() => Some(PageSignal::Visible),
        "pagehide" | "visibilitychange" => Some(PageSignal::Hidden),
        _ => None,
    }
}

impl Page for Browser {
    type Popup = BrowserPopup;

    fn visible(&self) -> bool {
        document_visible()
    }

    fn online(&self) -> bool {
        realm::navigator("onLine").as_bool() != Some(false)
    }

    fn on_signal(&self, listener: Box<dyn Fn(PageSignal)>) -> Subscription {
        let handler = Closure::<dyn Fn(Event)>::new(move |event: Event| {
            if let Some(signal) = signal(&event) {
                listener(signal);
            }
        });
        let abort = AbortOnDrop::new().ok();
        if let Some(abort) = &abort {
            for event in ["online", "offline", "pageshow", "pagehide"] {
                abort.listen(&realm::global(), event, handler.as_ref());
            }
            for event in ["visibilitychange", "resume"] {
                abort.listen(&realm::member("document"), event, handler.as_ref());
            }
        }
        Subscription::new(move || drop((abort, handler)))
    }

    fn parse_url(&self, text: &str) -> Option<Url> {
        let parts = url_parts(text)?;
        let mut parts = parts.iter().map(|part| part.as_string().unwrap_or_default());
        let mut next = || parts.next().unwrap_or_default();
        Some(Url {
            href: next(),
            scheme: next(),
            origin: next(),
            hostname: next(),
            path: next(),
            query: next(),
            fragment: next(),
            has_userinfo: !next().is_empty(),
        })
    }

    fn address(&self) -> Option<Url> {
        self.parse_url(&js::get(&realm::member("location"), "href").as_string()?)
    }

    fn replace_address(&self, url: &str) {
        let history = realm::member("history");
        let state = js::get(&history, "state");
        let _ = js::call(&history, "replaceState", &[&state, &"".into(), &url.into()]);
    }

    fn navigate(&self, url: &str) -> bool {
        js::call(&realm::member("location"), "assign", &[&url.into()]).is_ok()
    }

    fn open_popup(&self) -> Option<BrowserPopup> {
        let arguments: [&JsValue; 3] = [&"about:blank".into(), &"_blank".into(), &"popup,width=480,height=720".into()];
        let window = js::call(&realm::global(), "open", &arguments).ok()?;
        window.is_object().then_some(BrowserPopup(window))
    }

    fn can_popup(&self) -> bool {
        realm::member("document").is_object() && realm::member("open").is_function()
    }

    fn close_window(&self) {
        let _ = js::call(&realm::global(), "close", &[]);
    }
}
