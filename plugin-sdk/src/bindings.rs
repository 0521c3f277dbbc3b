//! What `wit-bindgen` makes of `wit/plugin.wit`.

#![allow(missing_docs, unsafe_code, unreachable_pub, clippy::pedantic, clippy::unwrap_used, clippy::expect_used)]

wit_bindgen::generate!({
    world: "orchestrating-plugin",
    path: "wit",
    pub_export_macro: true,
    export_macro_name: "export",
    default_bindings_module: "sortie_plugin_sdk::internal::bindings",
});

pub use exports::sortie::plugin::mission::Guest;
pub use sortie::plugin::types;
#[cfg(target_arch = "wasm32")]
pub(crate) use sortie::plugin::{log, missions};
