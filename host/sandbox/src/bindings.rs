//! What wasmtime makes of the plugin interface.

#![allow(missing_docs, clippy::pedantic, unreachable_pub, clippy::unwrap_used, clippy::expect_used)]

wasmtime::component::bindgen!({
    path: "../../plugin-sdk/wit",
    world: "orchestrating-plugin",
});

pub(crate) use sortie::plugin::{log, types};
