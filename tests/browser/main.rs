//! `platform/browser` in a real browser: what every platform promises (the conformance suite), and what only a browser has.
//! Each engine runs all of it.

#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used)] // a test that unwraps nothing fails as it should

use wasm_bindgen_test::wasm_bindgen_test_configure;

#[macro_use]
#[path = "../conformance/mod.rs"]
mod conformance;

mod bench;
mod channel;
mod clipboard;
mod crypto;
mod host;
mod http;
mod locks;
mod opening;
mod page;
mod store;
mod support;
mod timers;

wasm_bindgen_test_configure!(run_in_browser);
