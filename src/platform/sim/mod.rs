//! A seeded, single-threaded world of tabs over one storage, clock and network.
