//! Task events and telemetry.

pub mod event_types;
pub mod filter;
pub mod taxonomy;
