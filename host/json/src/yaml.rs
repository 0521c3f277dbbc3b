//! YAML 1.2 with the core schema: the reader, and the search for places.

mod build;
mod locate;
mod offsets;
mod scalar;
mod syntax;

pub use build::MAX_ALIAS_NODES;
pub(crate) use build::read;
pub(crate) use locate::locate;
