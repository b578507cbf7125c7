//! `Date.now` and `performance.now`.

use wasm_bindgen::prelude::*;

use super::{Browser, realm};
use crate::platform::Clock;

#[wasm_bindgen]
extern "C" {
    pub(super) type Performance;

    #[wasm_bindgen(method)]
    fn now(this: &Performance) -> f64;
}

impl Performance {
    /// That of this realm. Asked for once, since it is read with every event.
    pub(super) fn open() -> Option<Self> {
        let performance = realm::member("performance");
        performance.is_object().then(|| performance.unchecked_into())
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturates; milliseconds are whole and positive here
impl Clock for Browser {
    fn wall_ms(&self) -> u64 {
        js_sys::Date::now() as u64
    }

    fn monotonic_ms(&self) -> u64 {
        self.performance.as_ref().map(Performance::now).unwrap_or_default() as u64
    }
}
