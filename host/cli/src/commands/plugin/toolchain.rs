//! What the languages' tools need, and the one thing to do where it is missing.

use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use sortie_packager::TARGET;

pub(crate) const INSTALL_RUST: &str = "install Rust from https://rustup.rs";
/// What installs the tool of a Python project, in its folder.
pub(crate) const INSTALL_PYTHON_TOOL: &str = "python3 -m venv .venv && .venv/bin/pip install -r requirements.txt";

/// The version of componentize-qjs that a new JavaScript project has.
pub(crate) const COMPONENTIZE_QJS: &str = "0.4.5";
/// The version of esbuild that a new JavaScript or TypeScript project has.
pub(crate) const ESBUILD: &str = "0.28.2";
/// The version of TypeScript that a new TypeScript project has.
pub(crate) const TYPESCRIPT: &str = "5.9.3";
/// The version of the types of Node.js that a new TypeScript project has, for its unit tests.
pub(crate) const TYPES_NODE: &str = "20.19.43";
/// The version of componentize-py that a new Python project has.
pub(crate) const COMPONENTIZE_PY: &str = "0.25.1";

/// Something that is not there.
pub(crate) struct Need {
    pub(crate) message: String,
    pub(crate) help: String,
}

impl Need {
    fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), help: help.into() }
    }
}

/// Rust and its WebAssembly target, for the toolchain that holds in this folder.
pub(crate) fn rust(folder: &Path) -> Option<Need> {
    let mut rustc = Command::new("rustc");
    rustc.current_dir(folder).args(["--print", "target-libdir", "--target", TARGET]).stderr(Stdio::inherit());
    let output = match rustc.output() {
        Ok(output) => output,
        Err(error) => return Some(Need::new(cannot_be_run("Rust", "rustc", &error), INSTALL_RUST)),
    };
    let libraries = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if output.status.success() && Path::new(&libraries).is_dir() {
        return None;
    }
    let message = "Rust's WebAssembly target is missing";
    Some(Need::new(message, format!("type: rustup target add {TARGET}")))
}

/// Node.js.
pub(crate) fn node() -> Option<Need> {
    needs("node", "Node.js", "install Node.js 20 or later from https://nodejs.org")
}

/// Python.
pub(crate) fn python() -> Option<Need> {
    needs("python3", "Python", "install Python 3.10 or later from https://www.python.org")
}

/// npm, which comes with Node.js, or as a package of its own.
pub(crate) fn npm() -> Option<Need> {
    needs("npm", "npm", "install npm: it comes with Node.js from https://nodejs.org, and as the package `npm`")
}

/// The module that makes Python's virtual environments, which some systems have as a package of its own.
pub(crate) fn venv() -> Option<Need> {
    let found = Command::new("python3").args(["-c", "import venv, ensurepip"]).output();
    if found.is_ok_and(|output| output.status.success()) {
        return None;
    }
    let help = "install the package `python3-venv`, or Python from https://www.python.org";
    Some(Need::new("Python has no virtual environments: the module `venv` or `ensurepip` is missing", help))
}

fn needs(program: &str, name: &str, help: &str) -> Option<Need> {
    match Command::new(program).arg("--version").output() {
        Ok(output) if output.status.success() => None,
        Ok(output) => Some(Need::new(format!("{name} cannot be run: it ended with {}", output.status), help)),
        Err(error) => Some(Need::new(cannot_be_run(name, program, &error), help)),
    }
}

/// Why a language's program does not start.
pub(crate) fn cannot_be_run(name: &str, program: &str, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => format!("{name} is missing: there is no `{program}` on the path"),
        _ => format!("{name} cannot be run: {error}"),
    }
}

/// The help that tells what to type to run a command in a folder.
pub(crate) fn typed_in(folder: &Path, command: &str) -> String {
    if folder == Path::new(".") {
        format!("type: {command}")
    } else {
        format!("type: (cd '{}' && {command})", folder.display())
    }
}

/// What a program says of its version; `None` where it cannot be run.
pub(crate) fn version(program: &str) -> Option<String> {
    let output = Command::new(program).arg("--version").output().ok().filter(|output| output.status.success())?;
    // Python 2 writes it to standard error.
    let said = if output.stdout.is_empty() { output.stderr } else { output.stdout };
    let said = String::from_utf8_lossy(&said);
    said.lines().next().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty())
}
