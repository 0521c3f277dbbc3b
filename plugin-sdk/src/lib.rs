//! All that the author of a Sortie plugin depends on.
//!
//! A plugin has missions, which build workflows, and operations, which execute their steps. Both are plain
//! functions over `serde` types, and can be called as such in a unit test:
//!
//! ```
//! use sortie_plugin_sdk::prelude::*;
//!
//! #[derive(Deserialize, Serialize, JsonSchema)]
//! struct Greeting {
//!     name: String,
//! }
//!
//! /// Greets somebody.
//! #[mission]
//! fn hello(params: Greeting) -> Result<Workflow> {
//!     Ok(Workflow::new("hello").step("greet", "greet", &params))
//! }
//!
//! /// Writes a greeting into the state.
//! #[operation(writes = ["/greeting"])]
//! fn greet(payload: Greeting) -> Result<Output> {
//!     Ok(Output::new().set("/greeting", format!("Hello, {}!", payload.name)))
//! }
//!
//! plugin!(missions: [hello], operations: [greet]);
//! ```
//!
//! The crate is compiled as a `cdylib` for `wasm32-unknown-unknown` and made a component. The plugin's name,
//! version and description are the crate's, unless [`plugin!`] says otherwise. What crosses the boundary is
//! described in `wit/plugin.wit`.

mod access;
mod allocator;
#[doc(hidden)]
pub mod bindings;
mod call;
mod change;
mod entry;
mod export;
mod failure;
mod json;
mod logging;
mod manifest;
pub mod missions;
mod node;
mod output;
mod scan;
mod workflow;

pub use call::{Call, CallBuilder};
pub use change::Change;
pub use entry::{MissionEntry, OperationEntry};
pub use failure::{Failure, Result};
pub use json::JsonText;
pub use logging::{Level, log};
pub use node::{Elements, Members, Node};
pub use output::Output;
pub use sortie_interface::{
    Align, Block, CodeBlock, Column, Field, MAX_HUMAN_STEPS, MAX_STEPS, Manifest, MissionInfo, OperationExample,
    OperationInfo, Region, Table, Verdict,
};
pub use sortie_plugin_macros::{mission, operation};
pub use workflow::{HumanStep, Step, Workflow};

/// What a plugin's source begins with: `use sortie_plugin_sdk::prelude::*`.
pub mod prelude {
    pub use crate::{
        Call, Column, Failure, HumanStep, Output, Result, Table, Workflow, json, mission, operation, plugin,
    };
    pub use schemars::JsonSchema;
    pub use serde::{Deserialize, Serialize};
    pub use serde_json::Value;
}

/// What the macros' expansions name. Not for authors.
#[doc(hidden)]
pub mod internal {
    pub use crate::access::{DeclaredAccess, DeclaredRegion, Hold};
    pub use crate::allocator::Arena;
    pub use crate::bindings::{self, Guest, export, types};
    pub use crate::entry::{params_of, payload_of, schema_of};
    pub use crate::export::{build, describe, execute};
    pub use crate::json::{element, member};
    pub use crate::manifest::Identity;
    pub use serde_json::{Map, Value};
}

/// Declares the plugin: once in a crate, with its missions and operations.
///
/// ```text
/// plugin!(missions: [hello], operations: [greet]);
/// plugin!(name: "other-name", missions: [], operations: [greet]);
/// ```
///
/// The name is the crate's unless it is given. It also defines `manifest()`, which tells the same natively.
#[macro_export]
macro_rules! plugin {
    (missions: [$($mission:ty),* $(,)?], operations: [$($operation:ty),* $(,)?] $(,)?) => {
        $crate::plugin!(
            name: env!("CARGO_PKG_NAME"),
            missions: [$($mission),*],
            operations: [$($operation),*]
        );
    };
    (name: $name:expr, missions: [$($mission:ty),* $(,)?], operations: [$($operation:ty),* $(,)?] $(,)?) => {
        const SORTIE_PLUGIN: $crate::internal::Identity = $crate::internal::Identity {
            name: $name,
            version: env!("CARGO_PKG_VERSION"),
            description: env!("CARGO_PKG_DESCRIPTION"),
            missions: &[$(&<$mission>::ENTRY),*],
            operations: &[$(&<$operation>::ENTRY),*],
        };

        /// What this plugin is and has.
        #[must_use]
        pub fn manifest() -> $crate::Manifest {
            SORTIE_PLUGIN.manifest()
        }

        #[cfg(target_arch = "wasm32")]
        mod sortie_component {
            use $crate::internal::types;

            #[global_allocator]
            static ALLOCATOR: $crate::internal::Arena = $crate::internal::Arena::new();

            struct Plugin;

            impl $crate::internal::Guest for Plugin {
                fn describe() -> types::Manifest {
                    $crate::internal::describe(&super::SORTIE_PLUGIN)
                }

                fn build(mission: String, params: String) -> Result<types::Workflow, types::Failure> {
                    $crate::internal::build(&super::SORTIE_PLUGIN, &mission, &params)
                }

                fn execute(
                    input: types::OperationInput,
                ) -> Result<types::OperationOutput, types::Failure> {
                    $crate::internal::execute(&super::SORTIE_PLUGIN, input)
                }
            }

            $crate::internal::export!(Plugin with_types_in $crate::internal::bindings);
        }
    };
}
