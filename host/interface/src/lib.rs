//! The plugin interface as Rust types: what a plugin says of itself ([`Manifest`]), what it displays ([`Block`]), how it
//! judges ([`Verdict`]), and the limits of all of them.
//!
//! The single source of truth is `plugin-sdk/wit`. What of it an author, the packager, the sandbox and the engine all
//! have to know is here, once: no wasm, no I/O, no clock.
//!
//! ```
//! use sortie_interface::{Block, Column, Table, check_display};
//!
//! let table = Table::new([Column::left("task"), Column::right("days")]).row(["mow", "2"]);
//! let display = [Block::Heading("Today".to_owned()), Block::Table(table)];
//! assert!(check_display(&display).is_ok());
//! ```

mod answer;
mod display;
mod manifest;
mod name;

pub use answer::{Answer, AnswerError};
pub use display::{
    Align, Block, CodeBlock, Column, DisplayError, ELEMENT_BYTES, Field, MAX_BLOCKS, MAX_COLUMNS, MAX_ROWS, Table,
    Verdict, check_display, display_bytes, verdict_bytes,
};
pub use manifest::{
    MANIFEST_SECTION, MAX_MANIFEST_BYTES, MAX_MISSIONS, MAX_OPERATIONS, Manifest, MissionInfo, OperationExample,
    OperationInfo, Region,
};
pub use name::{MAX_NAME_BYTES, is_legal_name};

/// The version of the plugin interface that plugins are built for now: `sortie:plugin@0.2.0`.
pub const INTERFACE_VERSION: &str = "0.2.0";

/// All versions that a host serves, oldest first. What was published is served for ever.
pub const INTERFACE_VERSIONS: [&str; 2] = ["0.1.0", INTERFACE_VERSION];

/// The code of a builder's failure that says that it was given params that it cannot take, where its schema could not.
/// The host rejects the input then, as it does where params do not match the schema.
pub const INVALID_PARAMS: &str = "invalid_params";

/// The greatest number of steps in a workflow.
pub const MAX_STEPS: usize = 5;

/// The greatest number of human steps among them.
pub const MAX_HUMAN_STEPS: usize = 2;
