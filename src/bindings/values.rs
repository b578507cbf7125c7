//! Values across the boundary: JSON text one way and the other.

use js_sys::{Array, Function, JSON};
use wasm_bindgen::prelude::*;

use crate::error::{CloudError, Code, Result};
use crate::event::UserInfo;
use crate::json::Writer;
use crate::platform::browser::js;

/// JSON of ours as a JavaScript value.
pub fn parse(json: &[u8]) -> JsValue {
    std::str::from_utf8(json).ok().and_then(|text| JSON::parse(text).ok()).unwrap_or(JsValue::UNDEFINED)
}

/// JSON of ours that may be absent.
pub fn parse_or_undefined(json: Option<&[u8]>) -> JsValue {
    json.map_or(JsValue::UNDEFINED, parse)
}

/// A JavaScript value as JSON. Fails with INVALID_ARGUMENT, naming it.
pub fn stringify(value: &JsValue, name: &str) -> Result<Vec<u8>> {
    let refuse = || CloudError::new(Code::InvalidArgument, format!("`{name}`: must be a value that JSON can say"));
    let text = JSON::stringify(value).map_err(|_| refuse())?;
    // `undefined` and functions are no JSON: stringify gives undefined for them.
    JsValue::from(text).as_string().map(String::into_bytes).ok_or_else(refuse)
}

/// A text. Fails with INVALID_ARGUMENT, naming it.
pub fn text(value: &JsValue, name: &str) -> Result<String> {
    value.as_string().ok_or_else(|| CloudError::new(Code::InvalidArgument, format!("`{name}`: must be a string")))
}

/// The member `name`, if it is a text.
pub fn text_member(object: &JsValue, name: &str) -> Option<String> {
    js::get(object, name).as_string()
}

/// The member `name`, if it is a function.
pub fn function_member(object: &JsValue, name: &str) -> Option<Function> {
    js::get(object, name).dyn_into().ok()
}

/// A number of milliseconds, bytes, days or pieces.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturating, and NaN is 0")]
pub fn count(value: &JsValue) -> Option<u64> {
    value.as_f64().map(|number| number as u64)
}

/// The member `name`, if it is a number.
pub fn count_member(object: &JsValue, name: &str) -> Option<u64> {
    count(&js::get(object, name))
}

/// A text, or `fallback`.
pub fn optional_text(value: Option<&str>, fallback: JsValue) -> JsValue {
    value.map_or(fallback, JsValue::from_str)
}

/// `CloudUserInfo`, or `null`.
pub fn user(user: Option<&UserInfo>) -> JsValue {
    user.map_or(JsValue::NULL, |user| {
        let mut json = Writer::new();
        user.write(&mut json);
        parse(json.as_bytes())
    })
}

/// Texts as an array.
pub fn texts(list: &[String]) -> JsValue {
    if list.is_empty() {
        return Array::new().into();
    }
    let mut json = Writer::new();
    json.begin_array();
    for text in list {
        json.str(text);
    }
    json.end_array();
    parse(json.as_bytes())
}
