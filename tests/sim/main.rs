//! The simulated world: what every platform promises, what only a simulator can show of it, and whole clients in it.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::expect_used, reason = "a test fails by panicking")]

#[macro_use]
#[path = "../conformance/mod.rs"]
mod conformance;

mod bench;
mod client;
mod cloud;
mod example;
mod mutated;
mod world;
