//! The client at registries that do what they should, and at those that do what none should.

mod exchange;
mod honest;
mod interface;
mod library;
mod lies;
#[expect(dead_code, reason = "an example has a main of its own")]
#[path = "../../examples/publish_interface.rs"]
mod publish_interface;
mod server;
