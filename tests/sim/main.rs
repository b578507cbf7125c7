//! The simulated world: what every platform promises, what only a simulator can show of it, and whole clients in it.

#[macro_use]
#[path = "../conformance/mod.rs"]
mod conformance;

mod bench;
