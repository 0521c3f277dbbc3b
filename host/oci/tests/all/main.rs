//! The client against registries that do what none should.

mod lies;
mod server;
