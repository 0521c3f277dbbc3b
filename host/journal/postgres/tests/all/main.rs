//! The journal in PostgreSQL, against a real server.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, clippy::doc_markdown, reason = "a test stops at what it does not expect")]

mod clocks;
mod contract;
mod failover;
mod feed;
mod fixture;
mod impostor;
mod login;
mod network;
mod processes;
mod proxy;
mod recent;
mod schema;
mod wake;
