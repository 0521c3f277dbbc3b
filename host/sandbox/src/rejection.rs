//! Why a file is not a plugin that this host can use.

use crate::fault::HostFault;
use crate::manifest::ManifestError;

/// Why a file was rejected: a closed set with stable codes, each with what to do.
#[derive(Debug, thiserror::Error)]
pub enum PluginRejection {
    /// Larger than a plugin may be.
    #[error("the file has more than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// It has no bytes.
    #[error("the file is empty")]
    Empty,
    /// Not WebAssembly at all.
    #[error("the file is not WebAssembly: it does not begin with the bytes `\\0asm`")]
    NotWasm,
    /// A core module, not a component.
    #[error("the file is a core WebAssembly module, not a component")]
    CoreModule,
    /// A component that is not valid, or needs what the sandbox switches off.
    #[error("the component is not valid (at byte {offset}): {message}")]
    Invalid {
        /// Where in the file.
        offset: usize,
        /// What the validator says.
        message: String,
    },
    /// It has more of something than a plugin may have.
    #[error("the component has {count} {what}, more than the limit of {limit}")]
    TooComplex {
        /// What there is too much of.
        what: &'static str,
        /// How much there is.
        count: u64,
        /// The limit.
        limit: u64,
    },
    /// It imports something that is not Sortie's.
    #[error("the component imports `{import}`, which Sortie does not provide: a plugin has no I/O")]
    ForeignImport {
        /// The import's name.
        import: String,
    },
    /// It does not export the interface.
    #[error("the component does not export `sortie:plugin/mission@{}`", sortie_interface::INTERFACE_VERSION)]
    NotAPlugin,
    /// One of its functions has not the type that the interface gives it.
    #[error("`{what}` is not as the plugin interface has it: {message}")]
    WrongType {
        /// The function, or the imported interface.
        what: String,
        /// How it differs.
        message: String,
    },
    /// It speaks a newer interface.
    #[error("the plugin needs the interface `{needs}`, but this host has {has}")]
    NewerInterface {
        /// What it imports or exports.
        needs: String,
        /// What this host has.
        has: &'static str,
    },
    /// It declares more memory than the limit from the start.
    #[error("the plugin declares {size} bytes of memory, more than the limit of {limit}")]
    MemoryTooLarge {
        /// What it declares, in bytes.
        size: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// It declares a larger table than the limit from the start.
    #[error("the plugin declares a table of {size} elements, more than the limit of {limit}")]
    TableTooLarge {
        /// How many elements it declares.
        size: u64,
        /// The limit.
        limit: u64,
    },
    /// Its manifest cannot be used.
    #[error("the plugin's manifest is broken: {0}")]
    Manifest(ManifestError),
    /// It has no manifest section, and `describe` failed.
    #[error("the plugin has no manifest, and its `describe` failed: {message}")]
    Describe {
        /// How it failed.
        message: String,
    },
    /// Compiling or describing it failed for a reason that is not the plugin's.
    #[error(transparent)]
    Fault(#[from] HostFault),
}

impl PluginRejection {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "plugin_too_large",
            Self::Empty => "empty_plugin",
            Self::NotWasm => "not_wasm",
            Self::CoreModule => "core_module",
            Self::Invalid { .. } => "invalid_component",
            Self::TooComplex { .. } => "plugin_too_complex",
            Self::ForeignImport { .. } => "foreign_import",
            Self::NotAPlugin => "not_a_plugin",
            Self::WrongType { .. } => "wrong_function_type",
            Self::NewerInterface { .. } => "newer_interface",
            Self::MemoryTooLarge { .. } => "plugin_memory_too_large",
            Self::TableTooLarge { .. } => "plugin_table_too_large",
            Self::Manifest(_) => "broken_manifest",
            Self::Describe { .. } => "describe_failed",
            Self::Fault(fault) => fault.code(),
        }
    }

    /// What to do.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            Self::TooLarge { .. } => "strip the names and debug sections, and remove what the plugin does not need".to_owned(),
            Self::Empty | Self::NotWasm => "give the `.wasm` file that the plugin's build made".to_owned(),
            Self::CoreModule => "make it a component: build it with `sortie plugin build`, or with `wasm-tools component new`".to_owned(),
            Self::Invalid { .. } => "rebuild it with the current SDK; threads, relaxed SIMD, GC, exceptions and 64-bit memory are switched off here".to_owned(),
            Self::TooComplex { .. } => "no toolchain makes such a component: rebuild the plugin with `sortie plugin build`, or split what a generator wrote into smaller functions".to_owned(),
            Self::ForeignImport { import } => foreign_import_help(import),
            Self::NotAPlugin => "declare the plugin with `plugin!(…)` of sortie-plugin-sdk, or build it against the world `plugin` of `plugin-sdk/wit`".to_owned(),
            Self::WrongType { .. } => format!("rebuild the plugin with bindings of `plugin-sdk/wit` as it is at {}", sortie_interface::INTERFACE_VERSION),
            Self::NewerInterface { .. } => "update Sortie, or rebuild the plugin with an SDK for the interface that this host has".to_owned(),
            Self::MemoryTooLarge { .. } => "link the plugin with less initial memory, or raise the memory limit".to_owned(),
            Self::TableTooLarge { .. } => "split the plugin: its functions that are called by pointer are too many".to_owned(),
            Self::Manifest(_) => "rebuild the plugin with `sortie plugin build`, which writes the manifest from `describe`".to_owned(),
            Self::Describe { .. } => "`describe` has to return the manifest without any input; try it in a native unit test".to_owned(),
            Self::Fault(_) => "try again; if it stays, the machine lacks memory or the file cannot be compiled".to_owned(),
        }
    }
}

fn foreign_import_help(import: &str) -> String {
    if import.starts_with("wasi:") || import.starts_with("wasi_snapshot") {
        "this is WASI: a Rust plugin is built for `wasm32-unknown-unknown`, not for a `wasip` target; a JavaScript or \
         Python one with the option `--stub-wasi`"
            .to_owned()
    } else if import.starts_with("sortie:") {
        "only `sortie:plugin/log` and `sortie:plugin/missions` can be imported".to_owned()
    } else {
        "leave out the library that needs it: a plugin can call only `sortie:plugin/log` and `sortie:plugin/missions`"
            .to_owned()
    }
}
