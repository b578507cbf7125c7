//! The asynchronous clipboard. After an awaited request only a write that began in the click still works in Firefox and
//! Safari, so it begins with a promise of the text.

use js_sys::{Array, Function, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::js::{self, Deferred};
use super::{Browser, realm};
use crate::platform::{Clipboard, ClipboardKind};

/// A write that waits for its text.
pub struct BrowserCopy(Option<Started>);

struct Started {
    text: Deferred,
    written: JsFuture,
}

impl Drop for Started {
    fn drop(&mut self) {
        // Without a text nothing is written; after one this does nothing.
        self.text.reject();
    }
}

fn construct(class: &str, arguments: &Array) -> Result<JsValue, JsValue> {
    Reflect::construct(&realm::member(class).dyn_into::<Function>()?, arguments)
}

fn start() -> Result<Started, JsValue> {
    let text = Deferred::new();
    // Somebody must look at the promise, or the page is told of an unhandled rejection.
    drop(JsFuture::from(text.promise.clone()));
    let item = construct("ClipboardItem", &Array::of1(&js::object(&[("text/plain", &text.promise)])))?;
    let written = js::call(&realm::navigator("clipboard"), "write", &[&Array::of1(&item)])?;
    Ok(Started { text, written: JsFuture::from(js_sys::Promise::resolve(&written)) })
}

impl Clipboard for Browser {
    type Copy = BrowserCopy;

    fn clipboard_kind(&self) -> ClipboardKind {
        let clipboard = realm::navigator("clipboard");
        if realm::member("ClipboardItem").is_function() && super::method(&clipboard, "write").is_some() {
            ClipboardKind::Promise
        } else if super::method(&clipboard, "writeText").is_some() {
            ClipboardKind::Text
        } else if super::method(&self.host, "writeClipboard").is_some() {
            ClipboardKind::Host
        } else {
            ClipboardKind::None
        }
    }

    fn begin_copy(&self) -> BrowserCopy {
        BrowserCopy(start().ok())
    }

    async fn finish_copy(&self, copy: BrowserCopy, text: &str) -> bool {
        if let Some(mut started) = copy.0 {
            // Older engines take a Blob only.
            let kind = js::object(&[("type", &"text/plain".into())]);
            if let Ok(blob) = construct("Blob", &Array::of2(&Array::of1(&text.into()), &kind)) {
                started.text.resolve(&blob);
                if (&mut started.written).await.is_ok() {
                    return true;
                }
            }
        }
        js::settled(js::call(&realm::navigator("clipboard"), "writeText", &[&text.into()])).await.is_ok()
            || js::settled(js::call(&self.host, "writeClipboard", &[&text.into()])).await.is_ok()
    }
}
