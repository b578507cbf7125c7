//! JSON as it comes: borrowed values over validated bytes, and a writer.
