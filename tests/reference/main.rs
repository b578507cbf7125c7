//! The reference implementation's answers, replayed: one module per file in `vectors/`.

#![cfg(not(target_arch = "wasm32"))]
// All of it is test code; clippy would allow this only inside the test functions.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod allow;
mod events;
mod merge;
mod settings;

use serde_json::Value;

/// The cases of a vector file.
fn cases(file: &str) -> Vec<Value> {
    serde_json::from_str(file).expect("a vector file is a JSON array")
}

#[test]
fn the_vector_files_are_whole() {
    let files = [
        (include_str!("vectors/allow.json"), 100),
        (include_str!("vectors/events.json"), 120),
        (include_str!("vectors/merge.json"), 150),
        (include_str!("vectors/settings.json"), 150),
    ];
    for (file, count) in files {
        assert_eq!(cases(file).len(), count);
    }
}
