//! Plugins for tests, made of text.

#![allow(clippy::expect_used, clippy::panic, reason = "a test says what it expected")]

mod layout;
mod plugin;

pub use plugin::TextPlugin;
