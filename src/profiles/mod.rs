//! Provider profiles: the cloud's merged with the local ones.

pub mod document;
pub mod manager;
pub mod merge;
pub mod report;
