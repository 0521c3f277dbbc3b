//! The server, over real connections.

mod access;
mod api;
mod connections;
mod forged;
mod pages;
mod site;
