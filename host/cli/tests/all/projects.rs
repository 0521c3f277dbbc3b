//! An author's way in each language, with the real command: `sortie plugin new`, the project's own unit tests,
//! `sortie plugin build`, `sortie test`. And the examples in `plugins`.
//!
//! JavaScript and Python need a tool that `.ci/run` installs into the examples' folders; where it is not there, the tests
//! say that they are skipped.
#![expect(clippy::unwrap_used, reason = "a test may end where its tool does not work as it must")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

/// `hello` with the name Ada: the same in every language.
const HELLO: &str = "176f0b29ea576529823b10bd10838f6d2647fe2dd0d35935ccbea64d117e6803";
/// A function of the plugin `greeter` in Rust.
const OPERATION: &str = "<greeter::greet as sortie_plugin_sdk::entry::OperationEntry>::execute_on";

pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Where the tool of a language is, if it is.
pub(crate) fn tool(language: &str) -> Option<PathBuf> {
    let (folder, program) = match language {
        "js" => ("plugins/release-checklist/node_modules", "componentize-qjs/cli.mjs"),
        _ => ("plugins/expense-review/.venv", "bin/componentize-py"),
    };
    let folder = repository().join(folder);
    if folder.join(program).is_file() {
        return Some(folder);
    }
    sortie_tests::skip(&format!("`{}` is not installed; .ci/run does that", folder.join(program).display()));
    None
}

/// Writes a file into every folder that a Python module can be imported from, by the class that `open` is made of.
const WRITES_EVERYWHERE: &str = r#"

import io
import sys

WRITTEN = []
for folder in sys.path:
    try:
        with io.FileIO.__mro__[1](folder + "/left-behind.txt", "wb") as file:
            file.write(b"x")
        WRITTEN.append(folder)
    except OSError:
        pass
assert WRITTEN, "nothing can be written at all, so that this shows nothing"
"#;

/// The files of a name in a folder and below.
fn named(folder: &Path, name: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.is_symlink() {
            found.extend(named(&path, name));
        } else if path.ends_with(name) {
            found.push(path);
        }
    }
    found
}

/// An author at work in a folder.
pub(crate) struct Author {
    folder: TempDir,
}

impl Author {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>, folder: &str) -> Command {
        let kept = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let mut command = Command::new(program);
        command.current_dir(self.path(folder));
        command.env("SORTIE_CACHE_DIR", kept.join("cache")).env("NO_COLOR", "1");
        command.env("CARGO_TARGET_DIR", kept.join("projects")).env("CARGO_NET_OFFLINE", "true");
        // What holds for the compilation of this test does not for the author's.
        for name in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "RUSTC_WORKSPACE_WRAPPER", "RUSTC_WRAPPER", "VIRTUAL_ENV"]
        {
            command.env_remove(name);
        }
        command
    }

    pub(crate) fn sortie(&self, folder: &str, arguments: &[&str]) -> Output {
        let mut command = self.command(env!("CARGO_BIN_EXE_sortie"), folder);
        if let Some(environment) = tool("python") {
            command.env("VIRTUAL_ENV", environment);
        }
        command.args(arguments).output().unwrap()
    }

    /// What the command prints as JSON, when it has to succeed.
    pub(crate) fn json(&self, folder: &str, arguments: &[&str]) -> Value {
        let output = self.sortie(folder, &[arguments, &["--format", "json"]].concat());
        assert!(output.status.success(), "{arguments:?}: {}{}", text(&output.stdout), text(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// The suite passes, and reaches all that the plugin has.
    fn suite_passes(&self, folder: &str, suite: &str, plugin: &str) {
        let report = self.sortie(folder, &["test", suite, "--plugin", plugin]);
        let text = text(&report.stdout);
        assert!(report.status.success(), "{text}{}", String::from_utf8_lossy(&report.stderr));
        let reached = text.lines().find(|line| line.trim_start().starts_with("reached of")).unwrap();
        let numbers: Vec<_> = reached.split(' ').filter_map(|word| word.parse::<u32>().ok()).collect();
        assert_eq!(numbers.len(), 4, "{reached}");
        assert_eq!((numbers[0], numbers[2]), (numbers[1], numbers[3]), "{reached}");
    }

    fn says_hello(&self, folder: &str, plugin: &str) {
        let result = self.json(folder, &["run", "hello", "--plugin", plugin, "--param", "name=Ada"]);
        assert_eq!(result.pointer("/receipt/result_hash").unwrap(), HELLO);
    }
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(unix)]
pub(crate) fn link(from: &Path, to: &Path) {
    std::os::unix::fs::symlink(from, to).unwrap();
}

#[cfg(windows)]
pub(crate) fn link(from: &Path, to: &Path) {
    std::os::windows::fs::symlink_dir(from, to).unwrap();
}

/// Replaces a text in a file, which has to be there.
fn edit(file: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(file).unwrap();
    assert!(text.contains(from), "{}", file.display());
    fs::write(file, text.replacen(from, to, 1)).unwrap();
}

#[test]
fn a_rust_project_builds_without_a_network_and_the_same_in_another_folder() {
    let author = Author::new();
    let made = author.json("", &["plugin", "new", "greeter"]);
    assert_eq!(made["needs"], Value::Null);
    let built = author.json("", &["plugin", "build", "greeter"]);
    assert_eq!((&built["name"], &built["missions"]), (&"greeter".into(), &serde_json::json!(["hello"])));
    author.suite_passes("", "greeter/suite.yaml", "greeter.wasm");
    author.says_hello("", "greeter.wasm");

    let symbols: Value = serde_json::from_slice(&fs::read(author.path("greeter.symbols.json")).unwrap()).unwrap();
    assert_eq!(symbols["digest"], built["digest"]);
    assert!(symbols["functions"].as_array().unwrap().iter().any(|name| name == OPERATION));
    let kept = format!("cache/symbols/{}.json", built["digest"].as_str().unwrap());
    let kept = fs::read(Path::new(env!("CARGO_TARGET_TMPDIR")).join(kept)).unwrap();
    assert_eq!(kept, fs::read(author.path("greeter.symbols.json")).unwrap());

    fs::create_dir_all(author.path("another/folder")).unwrap();
    fs::rename(author.path("greeter"), author.path("another/folder/moved")).unwrap();
    // The compiled dependencies are shared, to save time; what is made of the project is not.
    let output = Path::new(env!("CARGO_TARGET_TMPDIR")).join("projects/wasm32-unknown-unknown/release");
    assert!(output.join("greeter.wasm").is_file());
    for folder in [output.clone(), output.join("deps"), output.join(".fingerprint")] {
        for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.file_name().unwrap().to_string_lossy().contains("greeter") {
                if entry.is_dir() { fs::remove_dir_all(entry).unwrap() } else { fs::remove_file(entry).unwrap() }
            }
        }
    }
    let again = author.json("another/folder", &["plugin", "build", "moved"]);
    assert_eq!(again["digest"], built["digest"]);

    // Sums that do not fit, numbers that JSON has not, and what is not declared fail the step at the author's line.
    let source = author.path("another/folder/moved/src/lib.rs");
    let mistakes = "let name = payload.name.trim();
    let length = u32::try_from(name.len()).unwrap_or_default();
    if name == \"sum\" {
        return Ok(Output::new().output(u32::MAX - 2 + length));
    }
    if name == \"nan\" {
        return Ok(Output::new().output(json!([1.0, f64::from(length) * f64::NAN])));
    }
    if name == \"read\" {
        return Ok(Output::new().output(call.get(\"/people\")));
    }
    if name == \"write\" {
        return Ok(Output::new().set(\"/people\", 1));
    }";
    edit(&source, "greet(payload: Greeting)", "greet(payload: Greeting, call: &Call)");
    edit(&source, "let name = payload.name.trim();", mistakes);
    author.json("another/folder", &["plugin", "build", "moved"]);
    for (name, message) in [
        ("sum", "panicked at src/lib.rs:24:40: attempt to add with overflow"),
        ("nan", "panicked at src/lib.rs:27:40: the value cannot be JSON: it is NaN, which JSON has no number for"),
        (
            "read",
            "src/lib.rs:30:45: the operation `greet` does not declare that it reads `/people`: add \"/people\" to its `reads`",
        ),
        (
            "write",
            "src/lib.rs:33:33: the operation `greet` does not declare that it writes `/people`: add \"/people\" to its `writes`",
        ),
    ] {
        let param = format!("name={name}");
        let run = ["run", "hello", "--plugin", "greeter.wasm", "--format", "json", "--param", &param];
        let output = author.sortie("another/folder", &run);
        let result: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(result["error_message"], message, "{result}");
    }
    edit(&source, mistakes, "let name = payload.name.trim();");
    edit(&source, "greet(payload: Greeting, call: &Call)", "greet(payload: Greeting)");

    edit(&source, "payload.name.trim()", "payload.nam.trim()");
    let broken = author.sortie("another/folder", &["plugin", "build", "moved"]);
    assert_eq!(broken.status.code(), Some(3));
    let said = text(&broken.stderr);
    assert!(said.contains("no field `nam` on type `Greeting`") && said.contains("src/lib.rs:21:24"), "{said}");
    assert!(said.contains("error[not_compiled]: `moved` does not compile"), "{said}");
}

#[cfg(unix)]
#[test]
fn where_rust_lacks_its_webassembly_target_there_is_one_line_to_type() {
    use std::os::unix::fs::PermissionsExt;

    let author = Author::new();
    // A compiler that has its libraries for the target where there is nothing.
    let rustc = author.path("rustc");
    fs::write(&rustc, "#!/bin/sh\necho /nowhere\n").unwrap();
    fs::set_permissions(&rustc, fs::Permissions::from_mode(0o755)).unwrap();
    let run = |arguments: &[&str]| {
        let mut command = author.command(env!("CARGO_BIN_EXE_sortie"), "");
        command.env("PATH", author.folder.path()).args(arguments).output().unwrap()
    };
    let made = text(&run(&["plugin", "new", "greeter"]).stdout);
    let needs = "needs  Rust's WebAssembly target is missing; type: rustup target add wasm32-unknown-unknown\n";
    assert!(made.contains(needs), "{made}");
    let built = run(&["plugin", "build", "greeter"]);
    assert_eq!(
        (built.status.code(), text(&built.stderr)),
        (
            Some(3),
            "error[tool_missing]: Rust's WebAssembly target is missing\n |\n = help: type: rustup target add \
             wasm32-unknown-unknown\n"
                .to_owned()
        )
    );
}

#[test]
fn a_javascript_project_is_tested_built_and_run() {
    let Some(tool) = tool("js") else { return };
    let author = Author::new();
    author.json("", &["plugin", "new", "greeter", "--lang", "js"]);
    let without = author.sortie("", &["plugin", "build", "greeter"]);
    assert_eq!(
        (without.status.code(), text(&without.stderr)),
        (
            Some(3),
            "error[tool_missing]: `greeter` does not have its tool yet: there is no `node_modules/componentize-qjs/cli.mjs`\n \
             |\n = help: type: (cd 'greeter' && npm install)\n"
                .to_owned()
        )
    );
    link(&tool, &author.path("greeter/node_modules"));
    let unit = author.command("node", "greeter").arg("--test").output().unwrap();
    assert!(unit.status.success(), "{}", text(&unit.stdout));
    author.json("greeter", &["plugin", "build"]);
    author.suite_passes("greeter", "suite.yaml", "greeter.wasm");
    author.says_hello("greeter", "greeter.wasm");
    assert_eq!(author.json("greeter", &["plugin", "inspect", "greeter.wasm"])["language"], "JavaScript");
    assert!(!author.path("greeter/.sortie").exists());

    let source = author.path("greeter/plugin.js");
    edit(&source, "if (name === '')", "if (name === '?') Date.now();\n        if (name === '')");
    edit(&source, "throw new Failure('nobody', 'there is nobody to greet')", "payload.nobody.greet()");
    author.json("greeter", &["plugin", "build"]);
    let error = |name: &str| {
        let param = format!("name={name}");
        let run = ["run", "hello", "--plugin", "greeter.wasm", "--format", "json", "--param", &param];
        let output = author.sortie("greeter", &run);
        assert_eq!(output.status.code(), Some(1));
        serde_json::from_slice::<Value>(&output.stdout).unwrap()["error_message"].as_str().unwrap().to_owned()
    };
    assert_eq!(error(" "), "plugin.js:30:26: TypeError: cannot read property 'greet' of undefined");
    assert!(error("?").ends_with("a plugin has no clock: pass the time in the params, or put it in the state"));

    edit(&source, "const greeting = {", "const greeting = (;");
    let broken = author.sortie("greeter", &["plugin", "build"]);
    assert_eq!(broken.status.code(), Some(3));
    let said = text(&broken.stderr);
    assert!(said.contains("Unexpected \";\"") && said.contains("plugin.js:4:"), "{said}");
    assert!(said.contains("error[not_compiled]: `.` does not compile"), "{said}");
}

/// What an author in TypeScript tries: packages in `CommonJS`, JSON, and what cannot work.
#[test]
fn a_typescript_project_is_checked_tested_bundled_and_run() {
    let Some(tool) = tool("js") else { return };
    if !tool.join("typescript").is_dir() || !tool.join("semver").is_dir() {
        return sortie_tests::skip("`typescript` and `semver` are not installed; .ci/run does that");
    }
    let author = Author::new();
    author.json("", &["plugin", "new", "greeter", "--lang", "ts"]);
    link(&tool, &author.path("greeter/node_modules"));
    let unit = author.command("npm", "greeter").arg("test").output().unwrap();
    assert!(unit.status.success(), "{}{}", text(&unit.stdout), text(&unit.stderr));
    author.json("greeter", &["plugin", "build"]);
    author.suite_passes("greeter", "suite.yaml", "greeter.wasm");
    author.says_hello("greeter", "greeter.wasm");
    assert!(!author.path("greeter/.sortie").exists());

    let source = author.path("greeter/plugin.ts");
    let original = fs::read_to_string(&source).unwrap();
    fs::write(author.path("greeter/words.json"), r#"{"least": "1.2.0"}"#).unwrap();
    let imports = "import semver from 'semver';\nimport words from './words.json';\n";
    let greeting = "if (semver.lt(payload.name, words.least)) throw new TypeError('too old');\n        const name";
    fs::write(&source, format!("{imports}{}", original.replacen("const name", greeting, 1))).unwrap();
    let untyped = author.sortie("greeter", &["plugin", "build"]);
    let said = text(&untyped.stderr);
    assert!(
        said.contains("plugin.ts(1,20): error TS7016: Could not find a declaration file for module 'semver'"),
        "{said}"
    );
    fs::write(author.path("greeter/semver.d.ts"), "declare module 'semver';\n").unwrap();
    author.json("greeter", &["plugin", "build"]);
    let run = |name: &str| {
        let param = format!("name={name}");
        let run = ["run", "hello", "--plugin", "greeter.wasm", "--format", "json", "--param", &param];
        serde_json::from_slice::<Value>(&author.sortie("greeter", &run).stdout).unwrap()
    };
    assert_eq!(run("2.0.0")["final_state"]["greeting"], "Hello, 2.0.0!");
    assert_eq!(run("1.0.0")["error_message"], "plugin.ts:34:61: TypeError: too old");

    let broken = |line: &str, messages: &[&str]| {
        fs::write(&source, format!("{line}\n{original}")).unwrap();
        let built = author.sortie("greeter", &["plugin", "build"]);
        let said = text(&built.stderr);
        assert_eq!(built.status.code(), Some(3), "{said}");
        assert!(messages.iter().all(|message| said.contains(message)), "{said}");
    };
    broken(
        "import { readFileSync } from 'node:fs'; readFileSync('x');",
        &["plugin.ts:1:", "A plugin has no modules of Node.js: take a package that does without `fs`"],
    );
    broken("const now: number = Date.now();", &["plugin.ts:1:", "a plugin has no clock"]);
    broken(
        "import words from './nowhere.json'; console.log(words);",
        &["plugin.ts:1:", "Could not resolve \"./nowhere.json\""],
    );
    broken(
        "import { x } from '@/words';\nx();",
        &["plugin.ts:1:", "If it is an alias, tsconfig.json has to have it in its `paths`"],
    );
    broken(
        "const n: number = 'one';",
        &["plugin.ts(1,7): error TS2322: Type 'string' is not assignable to type 'number'."],
    );
    broken(
        "process.exit(1);",
        &["plugin.ts(1,1): error TS2591: Cannot find name 'process'. A plugin has nothing of Node.js: put what"],
    );
    fs::write(&source, &original).unwrap();
    edit(&author.path("greeter/package.json"), "\"plugin.ts\"", "\"plugin.tsx\"");
    let said = text(&author.sortie("greeter", &["plugin", "build"]).stderr);
    assert!(said.contains("package.json's `main` is `plugin.tsx`, which is not there"), "{said}");
}

/// What is imported of `CommonJS`, JSON and Node.js, in a project that has the tool and no bundler.
#[test]
fn without_a_bundler_an_import_that_needs_one_is_named_with_what_to_type() {
    let Some(tool) = tool("js") else { return };
    let author = Author::new();
    author.json("", &["plugin", "new", "greeter", "--lang", "js"]);
    let packages = author.path("greeter/node_modules");
    fs::create_dir(&packages).unwrap();
    for entry in fs::read_dir(&tool).unwrap() {
        let name = entry.unwrap().file_name();
        if !name.to_string_lossy().contains("esbuild") {
            link(&tool.join(&name), &packages.join(&name));
        }
    }
    fs::create_dir(packages.join("old")).unwrap();
    fs::write(packages.join("old/package.json"), r#"{"name": "old", "version": "1.0.0", "main": "index.js"}"#).unwrap();
    fs::write(packages.join("old/index.js"), "module.exports = { answer: 42 };\n").unwrap();
    fs::write(author.path("greeter/words.json"), r#"{"answer": 42}"#).unwrap();
    let source = author.path("greeter/plugin.js");
    let original = fs::read_to_string(&source).unwrap();
    let bundler = "help: type: npm install --save-dev esbuild";
    for (name, what, help) in [
        ("old", "a package in CommonJS, and the project has no bundler to make it an ES module", bundler),
        ("./words.json", "no ES module, and the project has no bundler to make it one", bundler),
        ("node:fs", "a module of Node.js, which a plugin has not", "help: take a package that does without it"),
    ] {
        fs::write(&source, format!("// A comment.\nimport it from '{name}';\n{original}\nconsole.log(it.answer);\n"))
            .unwrap();
        let built = author.sortie("greeter", &["plugin", "build"]);
        let said = text(&built.stderr);
        assert_eq!(built.status.code(), Some(3), "{said}");
        let message = format!("error[not_compiled]: `plugin.js:2` imports `{name}`: {what}");
        assert!(said.contains(&message) && said.contains(help), "{said}");
    }
}

#[test]
fn a_python_project_is_tested_built_and_run() {
    let Some(environment) = tool("python") else { return };
    let author = Author::new();
    author.json("", &["plugin", "new", "greeter", "--lang", "python"]);
    let unit = author.command("python3", "greeter").args(["-m", "unittest"]).output().unwrap();
    assert!(unit.status.success(), "{}", text(&unit.stderr));
    // What a plugin can do to write while it is loaded, past all that keeps it from doing so by mistake.
    let source = author.path("greeter/plugin.py");
    let original = fs::read_to_string(&source).unwrap();
    fs::write(&source, format!("{original}{WRITES_EVERYWHERE}")).unwrap();
    edit(&source, "    if not name:", "    if name == \"?\":\n        ZoneInfo(\"Europe/Berlin\")\n    if not name:");
    edit(&source, "from sortie import", "from zoneinfo import ZoneInfo\n\nfrom sortie import");
    author.json("", &["plugin", "build", "greeter"]);
    for folder in [author.path(""), environment] {
        assert_eq!(named(&folder, "left-behind.txt"), Vec::<PathBuf>::new(), "what a build writes does not stay");
    }
    author.suite_passes("", "greeter/suite.yaml", "greeter.wasm");
    author.says_hello("", "greeter.wasm");
    assert!(!author.path("greeter/.sortie").exists());
    // Zones of the world are files, and there are none in a call: that is an exception with its line.
    let zone = ["run", "hello", "--plugin", "greeter.wasm", "--format", "json", "--param", "name=?"];
    let zone: Value = serde_json::from_slice(&author.sortie("", &zone).stdout).unwrap();
    let message = zone["error_message"].as_str().unwrap();
    assert!(zone["error_code"] == "operation_failed" && message.starts_with("plugin.py:"), "{zone}");

    edit(&source, "plugin = Plugin()", "plugin = Plugin(");
    let broken = author.sortie("", &["plugin", "build", "greeter"]);
    assert_eq!(broken.status.code(), Some(3));
    let said = text(&broken.stderr);
    assert!(said.contains("plugin.py\", line 7") && said.contains("'(' was never closed"), "{said}");
    assert!(said.contains("error[not_compiled]: `greeter` does not compile"), "{said}");
    assert!(!said.contains("Stack backtrace"), "{said}");
}

/// Builds a plugin that runs missions, displays what they came to and judges, and lets it: of two missions, the second is
/// none.
fn conducts(author: &Author) {
    author.json("", &["plugin", "build", "conductor"]);
    let run = ["run", "conduct", "--plugin", "conductor.wasm"];
    let told = author.sortie("", &run);
    let text = text(&told.stdout);
    assert_eq!(told.status.code(), Some(1), "{text}{}", String::from_utf8_lossy(&told.stderr));
    let expected = "Missions\n MISSION  STEPS  OUTCOME\n echo         1  done\n nothing      0  unknown_mission\n\
                    FAIL 1 of 2 missions did not succeed\n";
    assert!(text.starts_with(expected), "{text}");
    let told = author.sortie("", &[&run[..], &["--format", "json"]].concat());
    let result: Value = serde_json::from_slice(&told.stdout).unwrap();
    assert_eq!((told.status.code(), &result["success"]), (Some(1), &Value::Bool(true)));
    let verdict = serde_json::json!({"passed": false, "summary": "1 of 2 missions did not succeed"});
    assert_eq!(result["verdicts"]["conduct"], verdict);
    let inspected = author.json("", &["plugin", "inspect", "conductor.wasm"]);
    assert!(inspected.to_string().contains("sortie:plugin/missions@0.2.0"), "{inspected}");
}

#[test]
fn a_javascript_plugin_runs_missions_displays_and_judges() {
    let Some(tool) = tool("js") else { return };
    let author = Author::new();
    author.json("", &["plugin", "new", "conductor", "--lang", "js"]);
    link(&tool, &author.path("conductor/node_modules"));
    fs::write(author.path("conductor/plugin.js"), include_str!("conductor.js")).unwrap();
    edit(&author.path("conductor/package.json"), "\"private\"", "\"sortie\": {\"orchestrates\": true},\n  \"private\"");
    conducts(&author);

    edit(&author.path("conductor/package.json"), "\"orchestrates\": true", "\"orchestrates\": false");
    author.json("", &["plugin", "build", "conductor"]);
    let run = author.sortie("", &["run", "conduct", "--plugin", "conductor.wasm", "--format", "json"]);
    let result: Value = serde_json::from_slice(&run.stdout).unwrap();
    let message = result["error_message"].as_str().unwrap();
    assert!(
        message.starts_with("plugin.js:17:") && message.contains("this plugin may not run missions: say"),
        "{message}"
    );
}

#[test]
fn a_python_plugin_runs_missions_displays_and_judges() {
    if tool("python").is_none() {
        return;
    }
    let author = Author::new();
    author.json("", &["plugin", "new", "conductor", "--lang", "python"]);
    fs::write(author.path("conductor/plugin.py"), include_str!("conductor.py")).unwrap();
    edit(&author.path("conductor/pyproject.toml"), "[tool.sortie]", "[tool.sortie]\norchestrates = true");
    conducts(&author);
}

#[test]
fn the_release_checklist_passes_its_suite() {
    if tool("js").is_none() {
        return;
    }
    let project = repository().join("plugins/release-checklist");
    let author = Author::new();
    let unit = author.command("node", "").arg("--test").current_dir(&project).output().unwrap();
    assert!(unit.status.success(), "{}", text(&unit.stdout));
    author.json("", &["plugin", "build", &project.display().to_string()]);
    author.suite_passes("", &project.join("suite.yaml").display().to_string(), "release-checklist.wasm");
}

#[test]
fn the_expense_review_passes_its_suite() {
    if tool("python").is_none() {
        return;
    }
    let project = repository().join("plugins/expense-review");
    let author = Author::new();
    let unit = author.command("python3", "").args(["-m", "unittest"]).current_dir(&project).output().unwrap();
    assert!(unit.status.success(), "{}", text(&unit.stderr));
    author.json("", &["plugin", "build", &project.display().to_string()]);
    author.suite_passes("", &project.join("suite.yaml").display().to_string(), "expense-review.wasm");
}

#[test]
fn the_examples_are_written_with_the_sdk_that_new_projects_get() {
    let same = |one: &str, other: &str| {
        assert_eq!(
            fs::read_to_string(repository().join(one)).unwrap(),
            fs::read_to_string(repository().join(other)).unwrap()
        );
    };
    same("plugin-sdk/js/sortie.js", "plugins/release-checklist/sortie.js");
    same("plugin-sdk/js/sortie.d.ts", "plugins/release-checklist/sortie.d.ts");
    same("plugin-sdk/js/interface.d.ts", "plugins/release-checklist/interface.d.ts");
    same("plugin-sdk/python/interface.pyi", "plugins/expense-review/interface.pyi");
    same("plugin-sdk/python/sortie.py", "plugins/expense-review/sortie.py");
}
