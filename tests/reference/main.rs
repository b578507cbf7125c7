//! The reference implementation's answers, replayed: one module per file in `vectors/`.

// All of it is test code; clippy would allow this only inside the test functions.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod allow;
mod events;
