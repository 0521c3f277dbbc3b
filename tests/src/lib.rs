//! Plugins for tests, made of text.

#![allow(clippy::expect_used, clippy::panic, reason = "a test says what it expected")]

mod generated;
mod layout;
mod plugin;
mod tools;

pub use generated::program;
pub use plugin::TextPlugin;
pub use tools::skip;

/// The Rust of the documents: compiled, and run where it says so, with this crate's tests.
#[cfg(doctest)]
mod documents {
    #[doc = include_str!("../../README.md")]
    struct Readme;
    #[doc = include_str!("../../host/book/src/embedding.md")]
    struct Embedding;
}
