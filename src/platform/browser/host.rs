//! The extension on the other side of a webview: whatever of `HostAdapter` there is.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Function;
use wasm_bindgen::prelude::*;

use super::{Browser, js};
use crate::platform::{Host, Subscription};

impl Host for Browser {
    fn opens_pages(&self) -> bool {
        super::method(&self.host, "openExternal").is_some()
    }

    async fn open_external(&self, url: &str) -> bool {
        js::settled(js::call(&self.host, "openExternal", &[&url.into()])).await.is_ok()
    }

    async fn callback_uri(&self) -> Option<String> {
        js::settled(js::call(&self.host, "callbackUri", &[])).await.ok()?.as_string()
    }

    fn on_callback(&self, listener: Box<dyn Fn(&str)>) -> Subscription {
        if super::method(&self.host, "onCallback").is_none() {
            return Subscription::new(|| ());
        }
        // The host may keep the function for longer than we listen, and call it then.
        let listener = Rc::new(RefCell::new(Some(Rc::<dyn Fn(&str)>::from(listener))));
        let ears = listener.clone();
        let handler = Closure::<dyn Fn(JsValue)>::new(move |url: JsValue| {
            let listener = ears.borrow().clone();
            if let (Some(listener), Some(url)) = (listener, url.as_string()) {
                listener(&url);
            }
        });
        let stop = js::call(&self.host, "onCallback", &[&handler.into_js_value()]);
        Subscription::new(move || {
            let gone = listener.borrow_mut().take();
            drop(gone);
            if let Some(stop) = stop.ok().and_then(|stop| stop.dyn_into::<Function>().ok()) {
                let _ = stop.call0(&JsValue::UNDEFINED);
            }
        })
    }
}
