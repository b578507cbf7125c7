//! Organization and user settings.

pub mod allow_list;
pub mod cache;
pub mod fixed;
pub mod permissions;
pub mod service;
pub mod validation;
mod wishes;
