//! The client at registries that do what they should, and at those that do what none should.

mod exchange;
mod honest;
mod library;
mod lies;
mod server;
