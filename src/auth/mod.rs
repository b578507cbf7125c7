//! `AuthService`: who is signed in, and the session that keeps it so.

pub mod credentials;
pub mod oauth;
pub mod peers;
