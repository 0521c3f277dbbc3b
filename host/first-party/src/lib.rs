//! The plugins that come with Sortie's host, as WebAssembly components that were compiled once: who builds the host needs
//! neither their sources nor a compiler for WebAssembly.
//!
//! ```
//! let names: Vec<&str> = sortie_first_party::COMPONENTS.iter().map(|component| component.name).collect();
//! assert_eq!(names, ["core", "daily-loop", "echo", "run-tests"]);
//! ```
//!
//! The files in `components` are made from the folders in `plugins` by `SORTIE_BLESS=1 cargo plugins`, on every machine
//! the same bytes; `cargo plugins` makes them again and compares, as the tests of the workspace do.

/// A plugin's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Component {
    /// The plugin's name, which its manifest has too.
    pub name: &'static str,
    /// A WebAssembly component with its manifest.
    pub bytes: &'static [u8],
    /// The names of the functions of its main module, by their index in it, a line each: the file itself has none.
    pub functions: &'static str,
}

macro_rules! component {
    ($name:literal) => {
        Component {
            name: $name,
            bytes: include_bytes!(concat!("../components/", $name, ".wasm")),
            functions: include_str!(concat!("../components/", $name, ".functions")),
        }
    };
}

/// The first-party plugins, in the order of their names.
pub const COMPONENTS: &[Component] =
    &[component!("core"), component!("daily-loop"), component!("echo"), component!("run-tests")];
