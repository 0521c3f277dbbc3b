//! Compiles the first-party plugins to WebAssembly, makes them components, and embeds them. Their manifests come
//! from the same crates, compiled natively.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    #[cfg(feature = "first-party")]
    if let Err(message) = first_party::build() {
        println!("cargo::error={message}");
        std::process::exit(1);
    }
}

#[cfg(feature = "first-party")]
mod first_party {
    use std::env;
    use std::fmt::Write as _;
    use std::fs;
    use std::path::{Path, PathBuf};
    use std::process::{Command, Output};

    use serde_json::Value;
    use sortie_json::ContentHash;
    use sortie_packager::{LINK_ARGUMENTS, TARGET, componentize, with_manifest};
    use wasmparser::{BinaryReaderError, Parser, Payload};

    /// A page of WebAssembly's memory has 2¹⁶ bytes.
    const PAGE_BITS: u32 = 16;

    /// What the plugins are built from, and nothing besides: each change of it compiles and links them anew. A folder that
    /// is watched is read to its last file, and those of other languages hold whole interpreters.
    const SOURCES: &[&str] = &[
        "Cargo.lock",
        "Cargo.toml",
        "plugin-sdk/Cargo.toml",
        "plugin-sdk/src",
        "plugin-sdk/macros/Cargo.toml",
        "plugin-sdk/macros/src",
        "plugin-sdk/wit",
        "plugins/core/Cargo.toml",
        "plugins/core/src",
        "plugins/daily-loop/Cargo.toml",
        "plugins/daily-loop/src",
        "plugins/echo/Cargo.toml",
        "plugins/echo/src",
        "plugins/run-tests/Cargo.toml",
        "plugins/run-tests/src",
        "host/harness/Cargo.toml",
        "host/harness/src",
        "host/interface/Cargo.toml",
        "host/interface/src",
        "host/json/Cargo.toml",
        "host/json/src",
    ];

    pub(crate) fn build() -> Result<(), String> {
        let root = variable("CARGO_MANIFEST_DIR")?.ancestors().nth(2).ok_or("the crate has no workspace")?.to_owned();
        let out = variable("OUT_DIR")?;
        for source in SOURCES {
            println!("cargo::rerun-if-changed={}", root.join(source).display());
        }
        let plugins = [
            ("core", json(&sortie_plugin_core::manifest())),
            ("daily-loop", json(&sortie_plugin_daily_loop::manifest())),
            ("echo", json(&sortie_plugin_echo::manifest())),
            ("run-tests", json(&sortie_plugin_run_tests::manifest())),
        ];
        let folder = compile(&root, &out, plugins.iter().map(|(name, _)| *name))?;
        let (mut list, mut built_in) = (String::from("&["), String::from("&["));
        for (name, manifest) in plugins {
            let module = folder.join(format!("sortie_plugin_{}.wasm", name.replace('-', "_")));
            let module = fs::read(&module).map_err(|error| format!("{}: {error}", module.display()))?;
            let component = componentize(&module).and_then(|component| with_manifest(&component, &manifest));
            let component = component.map_err(|error| format!("the plugin `{name}`: {error}"))?;
            let file = out.join(format!("{name}.wasm"));
            write(&file, &component)?;
            let include = format!("include_bytes!({:?})", file.display().to_string());
            let _ = write!(list, "{include},");
            let _ = write!(built_in, "{},", record(&include, &component, &manifest.to_string())?);
        }
        write(&out.join("first_party.rs"), format!("{list}]").as_bytes())?;
        write(&out.join("built_in.rs"), format!("{built_in}]").as_bytes())
    }

    fn write(file: &Path, contents: &[u8]) -> Result<(), String> {
        fs::write(file, contents).map_err(|error| format!("{}: {error}", file.display()))
    }

    /// What loading the component would find, so that it need not be read at each start: an expression of the type
    /// `BuiltIn`. A test holds it to what loading does find.
    fn record(include: &str, component: &[u8], manifest: &str) -> Result<String, String> {
        let (mut depth, mut orchestrates, mut memory_pages) = (0_usize, false, 0_u64);
        let failed = |error: BinaryReaderError| error.to_string();
        for payload in Parser::new(0).parse_all(component) {
            match payload.map_err(failed)? {
                Payload::Version { .. } => depth += 1,
                Payload::End(_) => depth = depth.saturating_sub(1),
                Payload::ComponentImportSection(imports) if depth == 1 => {
                    for import in imports {
                        orchestrates |= import.map_err(failed)?.name.name.starts_with("sortie:plugin/missions@");
                    }
                }
                Payload::MemorySection(memories) => {
                    for memory in memories {
                        memory_pages += memory.map_err(failed)?.initial;
                    }
                }
                _ => {}
            }
        }
        let digest = ContentHash::of_bytes(component).to_string();
        Ok(format!(
            "BuiltIn {{ bytes: {include}, digest: {digest:?}, manifest: {manifest:?}, orchestrates: {orchestrates}, \
             memory_bytes: {memory_pages} << {PAGE_BITS} }}"
        ))
    }

    fn json(manifest: &impl serde::Serialize) -> Value {
        serde_json::to_value(manifest).unwrap_or_default()
    }

    /// Runs cargo for each plugin, and returns the folder of the modules. The plugins do not say themselves that they are
    /// `cdylib`s: their natively compiled selves, two of them in one target folder, would be files of one name.
    fn compile<'a>(root: &Path, out: &Path, names: impl Iterator<Item = &'a str>) -> Result<PathBuf, String> {
        add_target(root);
        let target_dir = out.join("wasm");
        for name in names {
            let output = cargo_rustc(root, &target_dir, name)?;
            if !output.status.success() {
                let errors = String::from_utf8_lossy(&output.stderr);
                if errors.contains("target may not be installed") {
                    return Err(format!("the target {TARGET} is missing; type: rustup target add {TARGET}"));
                }
                // One message: cargo shows the first line only, so the rest goes to standard error.
                eprintln!("{errors}");
                return Err(format!("the plugin `{name}` cannot be compiled; run with -vv to see why"));
            }
        }
        Ok(target_dir.join(TARGET).join("plugin"))
    }

    fn cargo_rustc(root: &Path, target_dir: &Path, name: &str) -> Result<Output, String> {
        let mut cargo = Command::new(variable("CARGO")?);
        cargo.current_dir(root).args(["rustc", "--lib", "--quiet", "--profile", "plugin", "--target", TARGET]);
        cargo.args(["--crate-type", "cdylib", "--package", &format!("sortie-plugin-{name}")]);
        cargo.arg("--target-dir").arg(target_dir);
        // What holds for the host's compilation (flags, wrappers such as clippy's) does not for the plugins'.
        for (name, _) in env::vars_os() {
            let text = name.to_string_lossy();
            let foreign = text.starts_with("RUST") && !matches!(&*text, "RUSTUP_HOME" | "RUSTUP_TOOLCHAIN");
            if foreign || text.starts_with("CARGO_ENCODED") || text.starts_with("CARGO_PROFILE") {
                cargo.env_remove(&name);
            }
        }
        cargo.env_remove("CARGO_BUILD_TARGET").env_remove("CARGO_TARGET_DIR");
        // The same bytes in every folder: no path of this machine in them.
        let cargo_home = env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| Some(env::home_dir()?.join(".cargo")));
        let mut flags: Vec<String> = LINK_ARGUMENTS.iter().map(ToString::to_string).collect();
        flags.push(format!("--remap-path-prefix={}=/sortie", root.display()));
        flags.extend(cargo_home.map(|home| format!("--remap-path-prefix={}=/cargo", home.display())));
        cargo.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
        cargo.output().map_err(|error| format!("cargo cannot be run: {error}"))
    }

    /// Adds the target where rustup has the toolchain without it. Where there is no rustup, the compiler will tell.
    fn add_target(root: &Path) {
        let installed = Command::new("rustup").current_dir(root).args(["target", "list", "--installed"]).output();
        let missing = installed.is_ok_and(|output| !String::from_utf8_lossy(&output.stdout).contains(TARGET));
        if missing {
            println!("cargo::warning=adding the target {TARGET} to the toolchain");
            let _ = Command::new("rustup").current_dir(root).args(["target", "add", TARGET]).output();
        }
    }

    fn variable(name: &str) -> Result<PathBuf, String> {
        env::var_os(name).map(PathBuf::from).ok_or_else(|| format!("cargo did not set {name}"))
    }
}
