//! Organization and user settings.

pub mod allow_list;
pub mod permissions;
pub mod validation;
