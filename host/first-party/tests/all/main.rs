//! The components are what their sources make. `SORTIE_BLESS=1` writes them.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by it")]

include!("../../sources.rs");

use std::env;
use std::process::{Command, Output};

use serde_json::Value;
use sortie_packager::{LINK_ARGUMENTS, StrippedComponent, TARGET, componentize, strip, with_manifest};

/// What makes the plugins takes its variables from here, and none from who runs the tests.
const KEPT: &[&str] = &["RUSTUP_HOME", "RUSTUP_TOOLCHAIN"];

#[test]
fn components_are_what_their_sources_make() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = folder.ancestors().nth(2).unwrap();
    let manifests = [
        ("core", json(&sortie_plugin_core::manifest())),
        ("daily-loop", json(&sortie_plugin_daily_loop::manifest())),
        ("echo", json(&sortie_plugin_echo::manifest())),
        ("run-tests", json(&sortie_plugin_run_tests::manifest())),
    ];
    add_target(root);
    let mut different = Vec::new();
    for (component, (name, manifest)) in sortie_first_party::COMPONENTS.iter().zip(&manifests) {
        assert_eq!(component.name, *name);
        let module = compile(root, name);
        let StrippedComponent { component: made, functions } =
            componentize(&module).and_then(|component| strip(&component)).unwrap();
        let (made, functions) = (with_manifest(&made, manifest).unwrap(), functions.join("\n") + "\n");
        if made != component.bytes() || functions != component.functions() {
            different.push(*name);
            if blesses() {
                fs::write(folder.join(format!("components/{name}.wasm")), made).unwrap();
                fs::write(folder.join(format!("components/{name}.functions")), functions).unwrap();
            }
        }
    }
    let (stamp, hash) = (folder.join("components/sources.sha256"), hash_of_sources(root).unwrap() + "\n");
    if blesses() {
        fs::write(stamp, hash).unwrap();
        return;
    }
    assert!(different.is_empty(), "other than what their sources make: {different:?}; {REMEDY}");
    assert!(fs::read_to_string(stamp).unwrap() == hash, "the components are older than their sources; {REMEDY}");
}

const REMEDY: &str = "`SORTIE_BLESS=1 cargo plugins` makes them";

fn blesses() -> bool {
    env::var_os("SORTIE_BLESS").is_some()
}

fn json(manifest: &impl serde::Serialize) -> Value {
    serde_json::to_value(manifest).unwrap()
}

/// The plugin's module. The plugins do not say themselves that they are `cdylib`s: their natively compiled selves, two of
/// them in one target folder, would be files of one name.
fn compile(root: &Path, name: &str) -> Vec<u8> {
    let target_dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("plugins");
    let output = cargo_rustc(root, &target_dir, name);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let module = format!("sortie_plugin_{}.wasm", name.replace('-', "_"));
    fs::read(target_dir.join(TARGET).join("plugin").join(module)).unwrap()
}

fn cargo_rustc(root: &Path, target_dir: &Path, name: &str) -> Output {
    let mut cargo = Command::new(env::var_os("CARGO").expect("cargo runs its tests"));
    cargo.current_dir(root).args(["rustc", "--lib", "--quiet", "--profile", "plugin", "--target", TARGET]);
    cargo.args(["--crate-type", "cdylib", "--package", &format!("sortie-plugin-{name}")]);
    cargo.arg("--target-dir").arg(target_dir);
    // What holds for the host's compilation (flags, wrappers such as clippy's) does not for the plugins'.
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        let foreign = text.starts_with("RUST") && !KEPT.contains(&&*text);
        if foreign || text.starts_with("CARGO_ENCODED") || text.starts_with("CARGO_PROFILE") {
            cargo.env_remove(&name);
        }
    }
    cargo.env_remove("CARGO_BUILD_TARGET").env_remove("CARGO_TARGET_DIR");
    // The same bytes in every folder: no path of this machine in them.
    let cargo_home = env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| Some(env::home_dir()?.join(".cargo")));
    let mut flags: Vec<String> = LINK_ARGUMENTS.iter().map(ToString::to_string).collect();
    flags.push(format!("--remap-path-prefix={}=/sortie", root.display()));
    if let Some(home) = cargo_home {
        flags.push(format!("--remap-path-prefix={}=/cargo", home.display()));
        // Each registry has a folder, whose name tells where the registry is: the last flag that fits holds.
        let registries = fs::read_dir(home.join("registry/src")).into_iter().flatten().flatten();
        flags.extend(registries.map(|folder| format!("--remap-path-prefix={}=/cargo", folder.path().display())));
    }
    cargo.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
    cargo.output().unwrap()
}

/// Adds the target where rustup has the toolchain without it. Where there is no rustup, the compiler will tell.
fn add_target(root: &Path) {
    let installed = Command::new("rustup").current_dir(root).args(["target", "list", "--installed"]).output();
    if installed.is_ok_and(|output| !String::from_utf8_lossy(&output.stdout).contains(TARGET)) {
        let _ = Command::new("rustup").current_dir(root).args(["target", "add", TARGET]).output();
    }
}
