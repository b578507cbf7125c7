//! `Date.now` and `performance.now`.

use super::{Browser, js, realm};
use crate::platform::Clock;

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturates; milliseconds are whole and positive here
impl Clock for Browser {
    fn wall_ms(&self) -> u64 {
        js_sys::Date::now() as u64
    }

    fn monotonic_ms(&self) -> u64 {
        js::call(&realm::member("performance"), "now", &[]).ok().and_then(|now| now.as_f64()).unwrap_or_default() as u64
    }
}
