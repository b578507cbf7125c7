//! Task events and telemetry.

pub mod taxonomy;
