//! Plugins are compiled by another process of this command, whose memory is bounded.

use std::io;
use std::path::Path;

use sortie_host::{COMPILER_MEMORY_BYTES, Compiler, compile_for_parent};

use crate::error::Exit;

/// The command's name for itself: it is not among those that users see.
pub(crate) const COMMAND: &str = "compile-for-parent";

/// This command as a compiler.
pub(crate) fn compiler() -> Compiler {
    match std::env::current_exe() {
        Ok(program) => Compiler::Process { program, arguments: vec![COMMAND.into()] },
        Err(_) => Compiler::Here,
    }
}

/// Compiles what comes on standard input, for the process that began this one.
pub(crate) fn compile(backend: &str, functions: Option<&Path>) -> Exit {
    match compile_for_parent(backend, functions, io::stdin().lock(), io::stdout().lock(), bound_memory) {
        Ok(()) => Exit::Done,
        Err(fault) => {
            // The parent says the rest of it.
            let text = fault.to_string();
            eprintln!("{}", text.strip_prefix("the plugin cannot be compiled: ").unwrap_or(&text));
            Exit::HostFault
        }
    }
}

/// From now on, this process takes so much memory more at most. Address space is what the system can bound, and the
/// engine has reserved its own before.
#[cfg(target_os = "linux")]
fn bound_memory() -> io::Result<()> {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    let text = std::fs::read_to_string("/proc/self/statm")?;
    let pages: u64 = text.split(' ').next().and_then(|pages| pages.parse().ok()).unwrap_or_default();
    // Where pages are larger than this, the bound is only stricter.
    let bound = pages.saturating_mul(4 << 10).saturating_add(COMPILER_MEMORY_BYTES);
    let (soft, hard) = getrlimit(Resource::RLIMIT_AS)?;
    setrlimit(Resource::RLIMIT_AS, bound.min(soft), bound.min(hard))?;
    Ok(())
}

/// Other systems do not bound a process's memory: there, time alone ends a compilation.
#[cfg(not(target_os = "linux"))]
fn bound_memory() -> io::Result<()> {
    Ok(())
}
