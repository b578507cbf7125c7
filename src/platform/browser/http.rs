//! `fetch`: the page's, the host's, or one that the user injected.

use js_sys::{Array, ArrayBuffer, Function, Uint8Array};
use wasm_bindgen::prelude::*;

use super::js::{self, AbortOnDrop};
use super::{Browser, realm};
use crate::platform::{Http, HttpError, Request, Response};

#[wasm_bindgen]
extern "C" {
    /// `new Uint8Array(buffer)`, which throws on what is no buffer.
    #[wasm_bindgen(js_name = Uint8Array)]
    type Bytes;
    #[wasm_bindgen(constructor, catch, js_class = "Uint8Array")]
    fn new(buffer: &JsValue) -> Result<Bytes, JsValue>;
}

/// A fetch function and the object it belongs to.
pub(super) struct Fetch {
    this: JsValue,
    /// `None`: whatever the page calls `fetch` at the time.
    function: Option<Function>,
    /// As the page's `fetch`, and calls `init.onUploadProgress`.
    upload: Option<Function>,
}

impl Fetch {
    pub(super) fn new(injected: Option<Function>, upload: Option<Function>, host: &JsValue) -> Self {
        match injected {
            Some(function) => Self { this: JsValue::UNDEFINED, function: Some(function), upload },
            None => Self { this: host.clone(), function: super::method(host, "fetch"), upload },
        }
    }

    pub(super) fn keepalive(&self) -> bool {
        self.function.is_none()
            && js_sys::Reflect::has(&js::get(&realm::member("Request"), "prototype"), &"keepalive".into())
                .unwrap_or(false)
    }

    fn call(&self, url: &str, init: &JsValue, watched: bool) -> Result<JsValue, JsValue> {
        match self.function.as_ref().or(self.upload.as_ref().filter(|_| watched)) {
            Some(function) => function.call2(&self.this, &url.into(), init),
            None => js::call(&realm::global(), "fetch", &[&url.into(), init]),
        }
    }

    /// `None`: the answer is too large.
    async fn exchange(&self, request: Request) -> Result<Option<Response>, JsValue> {
        let abort = AbortOnDrop::new()?;
        let headers = Array::new();
        for (name, value) in &request.headers {
            headers.push(&Array::of2(&JsValue::from_str(name), &value.into()));
        }
        let body = request.body.as_deref().map_or(JsValue::UNDEFINED, |bytes| Uint8Array::from(bytes).into());
        let progress = request.uploaded.map(|uploaded| {
            Closure::<dyn Fn(JsValue)>::new(move |progress: JsValue| {
                if let Some(sent) = js::get(&progress, "sentBytes").as_f64() {
                    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturates
                    uploaded(sent as usize);
                }
            })
        });
        let init = js::object(&[
            ("method", &request.method.into()),
            ("headers", &headers),
            ("body", &body),
            ("onUploadProgress", progress.as_ref().map_or(&JsValue::UNDEFINED, |progress| progress.as_ref())),
            ("keepalive", &request.keepalive.into()),
            ("redirect", &"error".into()),
            ("credentials", &"omit".into()),
            ("cache", &"no-store".into()),
            ("referrerPolicy", &"no-referrer".into()),
            ("signal", &abort.signal()),
        ]);
        let answer = js::settled(self.call(&request.url, &init, progress.is_some())).await?;

        let status = js::get(&answer, "status").as_f64().unwrap_or_default();
        // An injected fetch may have followed a redirect all the same, or hand over what `no-cors` leaves of an answer.
        if !(200.0..600.0).contains(&status) || js::get(&answer, "redirected").is_truthy() {
            return Err(answer);
        }
        let Some(body) = read(&answer, request.max_answer_bytes).await? else { return Ok(None) };
        abort.disarm();
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // checked above
        let mut response = Response { status: status as u16, headers: Vec::new(), body };
        let headers = js::get(&answer, "headers");
        // `Array.from` makes an empty list of a number.
        if !headers.is_object() {
            return Err(headers);
        }
        for pair in js::array_from(&headers)?.iter() {
            let pair = js::array_from(&pair)?;
            if let (Some(name), Some(value)) = (pair.get(0).as_string(), pair.get(1).as_string()) {
                response.headers.push((name, value));
            }
        }
        Ok(Some(response))
    }
}

/// The whole body, read to its end (in Chromium an unread one keeps its share of the keepalive budget); `None`: longer
/// than `limit`.
async fn read(answer: &JsValue, limit: usize) -> Result<Option<Vec<u8>>, JsValue> {
    let stream = js::get(answer, "body");
    if stream.is_null() {
        return Ok(Some(Vec::new()));
    }
    if stream.is_undefined() {
        // A fetch without streams (a host's proxy, a polyfill).
        let buffer = js::settled(js::call(answer, "arrayBuffer", &[])).await?;
        let bytes: Uint8Array = Bytes::new(&buffer)?.unchecked_into();
        return Ok((bytes.length() as usize <= limit).then(|| bytes.to_vec()));
    }
    let reader = js::call(&stream, "getReader", &[])?;
    let mut body = Vec::new();
    loop {
        let step = js::settled(js::call(&reader, "read", &[])).await?;
        if js::get(&step, "done").is_truthy() {
            return Ok(Some(body));
        }
        let chunk = js::get(&step, "value");
        if !ArrayBuffer::is_view(&chunk) {
            return Err(chunk);
        }
        let chunk: Uint8Array = chunk.unchecked_into();
        let start = body.len();
        let end = start + chunk.length() as usize;
        if end > limit {
            return Ok(None);
        }
        body.resize(end, 0);
        if let Some(space) = body.get_mut(start..) {
            chunk.copy_to(space);
        }
    }
}

impl Http for Browser {
    async fn send(&self, request: Request) -> Result<Response, HttpError> {
        match self.fetch.exchange(request).await {
            Ok(Some(response)) => Ok(response),
            Ok(None) => Err(HttpError::TooLarge),
            Err(_) => Err(HttpError::Network),
        }
    }
}
