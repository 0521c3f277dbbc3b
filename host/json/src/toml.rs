//! TOML: the reader, and the search for places.

mod build;
mod locate;
mod nesting;

pub(crate) use build::read;
pub(crate) use locate::locate;
