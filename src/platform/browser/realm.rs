//! The global object of a window or worker, of which anything may be missing, and anything may throw in a sandboxed frame.

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(thread_local_v2, js_name = globalThis)]
    static GLOBAL: JsValue;
}

/// The global object.
pub(super) fn global() -> JsValue {
    GLOBAL.with(JsValue::clone)
}

/// A member of the global object; `undefined` where there is none or it may not be had.
pub(super) fn member(name: &str) -> JsValue {
    GLOBAL.with(|global| super::js::get(global, name))
}

/// A member of `navigator`.
pub(super) fn navigator(name: &str) -> JsValue {
    super::js::get(&member("navigator"), name)
}
