//! Provider profiles: the cloud's merged with the local ones.

pub mod merge;
