//! Reads the tree as a reviewer would: its files, its Rust without comments and texts, its crates and who uses whom.
//!
//! The tests of this crate hold the tree to what its documents claim. `cargo tidy` runs them in seconds: nothing of
//! what they look at is compiled.

pub mod crates;
pub mod imports;
pub mod rust;
pub mod tree;
