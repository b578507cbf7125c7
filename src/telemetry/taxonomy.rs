//! The events there are, their categories and schemas.
