//! Plugins are compiled by a process of their own, and whatever becomes of it, the command goes on.

#![cfg(target_os = "linux")]
#![allow(clippy::expect_used, reason = "a test says what it expected")]

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;
use sortie_host::{CacheDir, Compiler, FIRST_PARTY, HostFault, Plugin, SandboxConfig};
use sortie_sandbox::Sandbox;

/// Compiles the plugin `echo` by a script that is given the command's path, and the backend after it.
fn compiled_by(script: &str) -> Result<(), HostFault> {
    let arguments = ["-c", script, env!("CARGO_BIN_EXE_sortie")].map(Into::into).to_vec();
    let compiler = Compiler::Process { program: "/bin/sh".into(), arguments };
    let sandbox = Sandbox::new(SandboxConfig { compiler, cache: None, ..SandboxConfig::default() }).expect("an engine");
    let echo = FIRST_PARTY.iter().find(|bytes| bytes.len() < 400_000).expect("the smallest is echo");
    Plugin::load(&sandbox, echo.to_vec()).expect("a plugin").compile()
}

fn fault(script: &str) -> String {
    compiled_by(script).expect_err("it does not compile").to_string()
}

#[test]
fn what_another_process_compiles_can_be_run() {
    assert_eq!(compiled_by("exec \"$0\" compile-for-parent \"$1\""), Ok(()));
}

#[test]
fn a_compiler_that_is_denied_memory_ends_and_the_command_says_so() {
    let text = fault("ulimit -v 150000; exec \"$0\" compile-for-parent \"$1\"");
    assert!(text.starts_with("the plugin cannot be compiled: "), "{text}");
    assert!(text.contains("memory"), "{text}");
}

#[test]
fn a_compiler_that_fails_is_told_with_its_own_words() {
    assert_eq!(
        fault("cat > /dev/null; echo 'no such luck' >&2; exit 3"),
        "the plugin cannot be compiled: no such luck"
    );
    let killed = fault("kill -9 $$");
    assert!(killed.contains("signal: 9") && killed.contains("4 GiB"), "{killed}");
}

/// What is compiled on one machine is compiled on every other: memory is taken for each function that is worked on.
#[test]
fn a_compiler_works_on_eight_functions_at_a_time_at_the_most() {
    let text = fault("cat > /dev/null; echo \"$RAYON_NUM_THREADS\" >&2; exit 3");
    let threads = text.rsplit(' ').next().and_then(|number| number.parse::<usize>().ok());
    assert!(threads.is_some_and(|threads| (1..=8).contains(&threads)), "{text}");
}

#[test]
fn what_is_no_code_is_not_run() {
    let text = fault("cat");
    assert!(text.starts_with("the plugin cannot be compiled: what the compiler made cannot be used: "), "{text}");
}

#[test]
fn the_bound_of_memory_holds_from_when_the_compiler_begins() {
    let input = json!("no component").to_string();
    let mut bound = false;
    let ended = sortie_host::compile_for_parent("pulley", None, input.as_bytes(), std::io::sink(), || {
        bound = true;
        Ok(())
    });
    assert!(bound && ended.is_err());
    let unknown = sortie_host::compile_for_parent("llvm", None, input.as_bytes(), std::io::sink(), || Ok(()));
    assert_eq!(
        unknown.expect_err("no such backend").to_string(),
        "the plugin cannot be compiled: there is no backend `llvm`"
    );
}

/// Compiles a first-party plugin with this cache, and gives its machine code.
fn machine_code(plugin: &[u8], cache: &Path) -> Vec<u8> {
    let code = |path: &Path| path.extension().is_some_and(|extension| extension == "cwasm");
    for entry in fs::read_dir(cache).expect("a folder") {
        let path = entry.expect("an entry").path();
        if code(&path) {
            fs::remove_file(path).expect("nobody else's file");
        }
    }
    let compiler = Compiler::Process {
        program: env!("CARGO_BIN_EXE_sortie").into(),
        arguments: vec!["compile-for-parent".into()],
    };
    let config = SandboxConfig { compiler, cache: Some(CacheDir::at(cache)), ..SandboxConfig::default() };
    let sandbox = Sandbox::new(config).expect("an engine");
    Plugin::load(&sandbox, plugin.to_vec()).expect("a plugin").compile().expect("it compiles");
    let mut entries = fs::read_dir(cache).expect("a folder").map(|entry| entry.expect("an entry").path());
    let file = fs::read(entries.find(|path| code(path)).expect("what was compiled is kept")).expect("it can be read");
    // What comes before it is the seal.
    file[32..].to_vec()
}

#[test]
fn functions_that_were_compiled_before_make_the_same_machine_code() {
    let large: Vec<&&[u8]> = FIRST_PARTY.iter().filter(|bytes| bytes.len() > 1 << 20).collect();
    let [one, other, ..] = large.as_slice() else { panic!("two first-party plugins have more than a MiB") };
    let (shared, own) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let functions = || {
        let mut entries = fs::read_dir(shared.path()).expect("a folder").map(|entry| entry.expect("an entry").path());
        let kept =
            |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("functions-"));
        fs::read(entries.find(kept).expect("compiled functions are kept")).expect("it can be read")
    };

    let first = machine_code(one, shared.path());
    let kept = functions();
    assert!(machine_code(one, shared.path()) == first, "from functions that are there");
    // The compiler names a few of them otherwise each time.
    assert!(functions().len() < kept.len() * 3 / 2, "most are not compiled again");
    assert!(machine_code(other, shared.path()) == machine_code(other, own.path()), "from some that are there");
    assert!(functions().len() > kept.len(), "those of the other are kept besides");
}
