//! A cloud client for web pages and webviews, compiled to one WebAssembly module.
//!
//! The map of the house; each room's own page says more:
//!
//! - [`error`], [`event`], [`secret`], [`json`], [`sort`], [`uuid`]: leaves that everybody may use.
//! - [`platform`]: what the client asks of the place it runs in; `browser` and `sim` are its two worlds.
//! - [`api`]: the one request path to the cloud.
//! - [`auth`], [`settings`], [`profiles`], [`share`], [`telemetry`]: the features; they do not know each other.
//! - [`service`]: owns them all, in start order. `bindings`: its face in JavaScript.

pub mod api;
pub mod auth;
#[cfg(target_arch = "wasm32")]
mod bindings;
pub mod error;
pub mod event;
pub mod json;
pub mod platform;
pub mod profiles;
pub mod secret;
pub mod service;
pub mod settings;
pub mod share;
pub mod sort;
pub mod telemetry;
pub mod uuid;
