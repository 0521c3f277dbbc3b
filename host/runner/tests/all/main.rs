//! The library as a program that embeds it sees it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test says what it expected")]

mod cases;
mod embedding;
mod mutate;
mod replay;
