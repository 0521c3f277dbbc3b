//! Hostile plugins: each with the exact outcome that it must have, on every backend. The plugins are in the folder
//! `hostile` beside `tests`, one core module each; `component.rs` makes components of them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, unreachable_pub, missing_docs)]

mod bounds;
mod cache;
mod component;
mod corpus;
mod encodings;
mod generated;
mod missions;
mod parts;
mod rejections;
mod soak;
mod table;
mod turns;
