//! Loads, checks, compiles, caches and calls plugins.
