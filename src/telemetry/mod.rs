//! Task events and telemetry: what there is, what may be sent, what waits, and how it is delivered.

pub mod client;
pub mod event_types;
pub mod filter;
pub mod queue;
pub mod segment;
pub mod taxonomy;
mod wire;
