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

mod archive;

use archive::Archive;

/// A plugin's file.
#[derive(Debug)]
pub struct Component {
    /// The plugin's name, which its manifest has too.
    pub name: &'static str,
    bytes: Archive,
    functions: Archive,
}

impl Component {
    /// A WebAssembly component with its manifest. It is kept packed, as a program that has compiled it once needs it no more:
    /// unpacked when it is first asked for, which takes some milliseconds.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.bytes.whole()
    }

    /// The names of the functions of its main module, by their index in it, a line each: the file itself has none. Packed likewise.
    #[must_use]
    pub fn functions(&self) -> &str {
        // They were text when they were packed.
        std::str::from_utf8(self.functions.whole()).unwrap_or_default()
    }
}

macro_rules! component {
    ($name:literal) => {
        Component {
            name: $name,
            bytes: Archive::new(include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".wasm.deflate"))),
            functions: Archive::new(include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".functions.deflate"))),
        }
    };
}

/// The first-party plugins, in the order of their names. One of them in a program: a constant would be copied to each of its users.
pub static COMPONENTS: [Component; 4] =
    [component!("core"), component!("daily-loop"), component!("echo"), component!("run-tests")];
