//! Compiling, within a time; and where a program asks for it, in a process of its own, within a memory too.

use std::io::{self, Read, Write};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Arc;
#[cfg(not(target_family = "wasm"))]
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
#[cfg(not(target_family = "wasm"))]
use std::time::Duration;

use wasmtime::Engine;
use wasmtime::component::Component;

use crate::backend::{self, Backend, Compiler, SandboxParts};
use crate::cache;
use crate::fault::HostFault;
use crate::functions::FunctionCache;

/// How long compiling may take. What loading accepts takes seconds; CPython on a slow machine a minute or two.
#[cfg(not(target_family = "wasm"))]
const PATIENCE: Duration = Duration::from_mins(5);

/// The memory that a process may take for compiling, in bytes, besides what it has when it begins: CPython takes a
/// quarter of it.
pub const COMPILER_MEMORY_BYTES: u64 = 4 << 30;

/// How many functions a process compiles at a time at the most, however many processors there are: one may take some 400 MiB, and what
/// is compiled on one machine has to be compiled on every other.
const MOST_THREADS: usize = 8;

/// Plugins from this size on are compiled with the functions of those before them: they have an interpreter in them, and what
/// is smaller is compiled before that file is read.
const LARGE_BYTES: usize = 1 << 20;

/// How much of what a compiler says on standard error is passed on.
const MOST_WORDS: u64 = 2_000;

/// Compiles a component that was checked and metered, and waits no longer than is allowed.
pub(crate) fn compile(shared: &SandboxParts, bytes: Vec<u8>) -> Result<Component, HostFault> {
    match &shared.compiler {
        Compiler::Here => here(shared.engine.clone(), bytes),
        Compiler::Process { program, arguments } => {
            let mut command = Command::new(program);
            command.args(arguments).arg(shared.backend.name());
            if let Some(cache) = shared.cache.as_ref().filter(|_| bytes.len() >= LARGE_BYTES) {
                command.arg(cache.functions(&shared.engine));
            }
            in_process(command, &shared.engine, bytes)
        }
    }
}

/// Compiles on a thread. A compiler cannot be stopped there: what takes longer goes on beside what is done next, and its
/// work is thrown away.
fn here(engine: Engine, bytes: Vec<u8>) -> Result<Component, HostFault> {
    let component = in_time(move || Component::from_binary(&engine, &bytes))?;
    component.map_err(|error| HostFault::Compile(format!("{error:#}")))
}

fn in_process(mut command: Command, engine: &Engine, bytes: Vec<u8>) -> Result<Component, HostFault> {
    let failed = |error: io::Error| HostFault::Compile(format!("the compiler cannot be started: {error}"));
    // The threads of the pool that the compiler works with.
    let threads = thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS);
    command.env("RAYON_NUM_THREADS", threads.to_string());
    let mut process =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(failed)?;
    let (input, output, words) = (process.stdin.take(), process.stdout.take(), process.stderr.take());
    let exchanged = in_time(move || {
        // A compiler reads all before it writes anything; of another program nothing is known.
        let words = thread::spawn(move || {
            let mut text = Vec::new();
            let _ = words.map(|words| words.take(MOST_WORDS).read_to_end(&mut text));
            String::from_utf8_lossy(&text).trim().to_owned()
        });
        // One that dies meanwhile is told of by its end.
        thread::spawn(move || input.map(|mut input| input.write_all(&bytes)));
        let mut code = Vec::new();
        let read = output.map_or(Ok(0), |output| output.take(cache::MAX_CODE_BYTES).read_to_end(&mut code));
        (read.map(|_| code), words.join().unwrap_or_default())
    });
    if exchanged.is_err() {
        let _ = process.kill();
    }
    let ended = process.wait().map_err(failed)?;
    let (code, words) = exchanged?;
    match code {
        Ok(code) if ended.success() => cache::deserialize(engine, &code)
            .map_err(|error| HostFault::Compile(format!("what the compiler made cannot be used: {error:#}"))),
        Ok(_) => Err(HostFault::Compile(told(ended, &words))),
        Err(error) => Err(HostFault::Compile(format!("what the compiler made cannot be read: {error}"))),
    }
}

/// Why a process ended that made nothing.
fn told(ended: ExitStatus, words: &str) -> String {
    // The compiler's own reasons come with this; one that is denied memory is ended by the allocator.
    if ended.code().is_some() && !words.is_empty() {
        return words.to_owned();
    }
    format!("the compiler ended with {ended}; it may use {} GiB of memory: {words}", COMPILER_MEMORY_BYTES >> 30)
        .trim_end_matches(": ")
        .to_owned()
}

#[cfg(not(target_family = "wasm"))]
fn in_time<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, HostFault> {
    let (done, outcome) = mpsc::channel();
    let thread = thread::Builder::new().name("compiler".to_owned()).spawn(move || {
        let _ = done.send(work());
    });
    thread.map_err(|error| HostFault::Compile(error.to_string()))?;
    outcome.recv_timeout(PATIENCE).map_err(|end| match end {
        RecvTimeoutError::Timeout => HostFault::Compile(format!("it takes longer than {} s", PATIENCE.as_secs())),
        RecvTimeoutError::Disconnected => HostFault::Compile("the compiler failed".to_owned()),
    })
}

/// Where the host is WebAssembly itself there is no other thread to wait for.
#[cfg(target_family = "wasm")]
#[expect(clippy::unnecessary_wraps, reason = "a thread can take too long")]
fn in_time<T>(work: impl FnOnce() -> T) -> Result<T, HostFault> {
    Ok(work())
}

/// What the program of [`Compiler::Process`] does: it reads a component, compiles it and writes the code. `bound` is
/// called in between, when everything but the compiler itself has its memory. `functions` is a file of compiled functions,
/// which are not compiled again, and where those of this component are kept.
pub fn compile_for_parent(
    backend: &str,
    functions: Option<&Path>,
    mut input: impl Read,
    mut output: impl Write,
    bound: impl FnOnce() -> io::Result<()>,
) -> Result<(), HostFault> {
    let fault = |error: io::Error| HostFault::Compile(error.to_string());
    let backend =
        Backend::named(backend).ok_or_else(|| HostFault::Compile(format!("there is no backend `{backend}`")))?;
    let functions = functions.map(|path| Arc::new(FunctionCache::read(path)));
    let engine = backend::compiling(backend, functions.clone())?;
    let mut bytes = Vec::new();
    input.read_to_end(&mut bytes).map_err(fault)?;
    bound().map_err(fault)?;
    let code = engine.precompile_component(&bytes);
    let code = code.map_err(|error| HostFault::Compile(format!("{error:#}")))?;
    output.write_all(&code).and_then(|()| output.flush()).map_err(fault)?;
    if let Some(functions) = functions {
        functions.write();
    }
    Ok(())
}
