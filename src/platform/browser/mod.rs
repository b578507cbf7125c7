//! The real world: the only place besides `bindings` that names a browser crate.
