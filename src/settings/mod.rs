//! Organization and user settings.

pub mod allow_list;
pub mod validation;
