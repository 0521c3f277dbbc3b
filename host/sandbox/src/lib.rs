//! Loads, checks, compiles, caches and calls plugins.
//!
//! A plugin goes through types: a file becomes a [`Plugin`] when all that can be checked without running it was
//! checked; a plugin is compiled when it is first called; each call is made in a fresh instance with its own fuel
//! and memory. How a call ends is a [`sortie_engine::Outcome`], which is a function of the plugin, its input and
//! the limits, or a [`HostFault`], which is not the plugin's doing.
//!
//! ```
//! use sortie_sandbox::{Backend, CacheDir, CompileObserver, Plugin, Sandbox, SandboxConfig};
//!
//! # let folder = tempfile::tempdir()?;
//! let sandbox = Sandbox::new(SandboxConfig {
//!     backend: Backend::named("pulley").expect("the interpreter is always there"),
//!     cache: Some(CacheDir::at(folder.path())),
//!     observer: Some(CompileObserver::new(|compilation| eprintln!("compiling {} bytes", compilation.bytes))),
//!     ..SandboxConfig::default()
//! })?;
//! // What is not a plugin is rejected with a code and the check that failed, before anything of it runs.
//! let module = wat::parse_str("(module)")?;
//! let rejection = Plugin::load(&sandbox, module).expect_err("a core module is not a component");
//! assert_eq!(rejection.code(), "core_module");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod abi;
mod anatomy;
mod backend;
mod binary;
mod bounds;
mod cache;
mod call;
mod census;
pub mod codes;
mod compiler;
mod convert;
mod encoding;
mod entry;
mod fault;
mod files;
mod folders;
mod functions;
mod gate;
mod instrument;
mod interface;
mod manifest;
mod missions;
mod plugin;
mod profile;
mod rejection;
mod stack;
#[cfg_attr(target_family = "wasm", path = "single_thread/stacks.rs")]
mod stacks;
mod startup;
mod store;
mod trace;
mod trap;
mod types;
#[cfg_attr(target_family = "wasm", path = "single_thread/watchdog.rs")]
mod watchdog;

pub use anatomy::{Anatomy, FileKind, Producer};
pub use backend::{Allocation, Backend, Compilation, CompileObserver, Compiler, Sandbox, SandboxConfig};
pub use binary::{CheckOutcome, Examination, LoadCheck, MAX_PLUGIN_BYTES};
pub use cache::CacheDir;
pub use call::{CallReport, Nesting};
pub use compiler::{COMPILER_MEMORY_BYTES, compile_for_parent};
pub use fault::HostFault;
pub use files::{is_of_another_user, open_regular, open_stream, read_regular, read_regular_up_to, write_whole};
pub use folders::{FolderWalk, keep_newest};
pub use manifest::{ManifestError, parse_manifest};
pub use missions::{MissionHost, MissionReply, MissionRequest};
pub use plugin::{BuiltIn, Plugin};
pub use profile::{FuelProfile, ProfileNode};
pub use rejection::PluginRejection;
pub use store::LogLine;
pub use trace::Frame;
pub use watchdog::Deadline;

#[doc(hidden)]
pub use tracing;

/// The target of the spans that [`timed!`] opens. Who wants to know where the host's time goes listens to it; nobody else
/// should, as there are several for each call.
pub const TIMINGS: &str = "timings";

/// Opens a span for a kind of work, named by a noun or a verb, until what this gives is dropped: `let _timed = timed!("check")`.
/// It costs next to nothing while nobody listens.
#[macro_export]
macro_rules! timed {
    ($name:literal) => {
        $crate::tracing::trace_span!(target: $crate::TIMINGS, $name).entered()
    };
}
