//! What was published stays: plugins that were built for an interface run for ever, and an interface that has a version
//! does not change.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may end where its input is not as it must be"
)]

mod declarations;
mod interface;
mod plugins;
