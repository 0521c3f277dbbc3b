//! A project's plugins, from `sortie plugin add` to a run: what is locked, what is narrowed, what is refused.

#![allow(clippy::expect_used, reason = "a test says what it expected")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};
use sortie_host::{FIRST_PARTY, Host};

/// The first-party plugin `core` under the name `mine`, in this version.
fn plugin(version: &str) -> Vec<u8> {
    let host = Host::builder().first_party().build().expect("a host");
    let registry = host.registry();
    let core = registry.plugin("core").expect("core").plugin();
    let is_core = |file: &&&[u8]| sortie_host::json::ContentHash::of_bytes(file) == core.digest();
    let file = FIRST_PARTY.iter().find(is_core).expect("the file of core");
    let mut manifest = serde_json::to_value(core.manifest()).expect("a manifest");
    manifest["name"] = json!("mine");
    manifest["version"] = json!(version);
    sortie_packager::with_manifest(file, &manifest).expect("a plugin")
}

fn sortie(folder: &Path, arguments: &[&str]) -> Output {
    command(folder, arguments).output().expect("the command runs")
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sortie"));
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache");
    command.args(arguments).current_dir(folder).env("SORTIE_CACHE_DIR", cache).env("NO_COLOR", "1");
    command
}

fn stdout_json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).expect("JSON on standard output")
}

/// Runs `mine/set` on a state, and gives the result.
fn set(folder: &Path, path: &str) -> Value {
    let workflow = json!({"id": "w", "steps": [
        {"id": "s", "kind": "runtime", "payload": {"operation": "mine/set", "path": path, "value": 1}},
    ]});
    fs::write(folder.join("workflow.json"), workflow.to_string()).expect("a workflow");
    stdout_json(&sortie(folder, &["exec", "workflow.json", "--format", "json"]))
}

#[test]
fn a_plugin_that_was_added_runs_within_what_the_project_allows_until_its_file_changes() {
    let here = tempfile::tempdir().expect("a folder");
    let folder = here.path();
    fs::create_dir(folder.join("plugins")).expect("a folder");
    fs::write(folder.join("plugins/mine.wasm"), plugin("1.0.0")).expect("a plugin");
    // What the owner wrote stays as it is.
    let written = "# Ours.\n[plugins.mine] # from the shop\nwrites = [\"/a\"]\npath = \"elsewhere.wasm\"\nversion = \"1\"\n\n[plugins.mine.limits]\nlog_bytes = 100\n";
    fs::write(folder.join("sortie.toml"), written).expect("a project");

    let added = sortie(folder, &["plugin", "add", "plugins/mine.wasm", "--format", "json"]);
    let added = stdout_json(&added);
    assert_eq!((&added["name"], &added["status"], &added["before"]), (&json!("mine"), &json!("added"), &Value::Null));
    let text = fs::read_to_string(folder.join("sortie.toml")).expect("the project");
    assert_eq!(text, written.replace("elsewhere.wasm", "plugins/mine.wasm"));

    let result = set(folder, "/a");
    assert_eq!(result["final_state"], json!({"a": 1}));
    assert_eq!(result["receipt"]["policies"], json!({"mine": {"log_bytes": 100, "writes": ["/a"]}}));
    assert_eq!(set(folder, "/b")["error_details"]["code"], "withheld_write");
    // A folder below is of the same project.
    assert!(sortie(&folder.join("plugins"), &["plugins", "mine"]).status.success());

    fs::write(folder.join("plugins/mine.wasm"), plugin("1.1.0")).expect("a plugin");
    let refused = sortie(folder, &["plugins", "--format", "json"]);
    assert_eq!(refused.status.code(), Some(5));
    let message = stdout_json(&refused)["error"]["message"].as_str().unwrap_or_default().to_owned();
    let now = sortie_host::json::ContentHash::of_bytes(&plugin("1.1.0")).to_string();
    let before = added["digest"].as_str().expect("a digest");
    assert!(message.contains(&now) && message.contains(before), "{message}");

    let again = stdout_json(&sortie(folder, &["plugin", "add", "plugins/mine.wasm", "--format", "json"]));
    assert_eq!((&again["status"], &again["before"]["digest"]), (&json!("changed"), &json!(before)));
    assert_eq!(set(folder, "/a")["success"], true);

    // A version that the project does not want changes nothing.
    fs::write(folder.join("plugins/mine.wasm"), plugin("2.0.0")).expect("a plugin");
    let lock = fs::read(folder.join("sortie.lock")).expect("the lock");
    assert_eq!(sortie(folder, &["plugin", "add", "plugins/mine.wasm"]).status.code(), Some(5));
    assert_eq!(fs::read(folder.join("sortie.lock")).expect("the lock"), lock);
}

#[test]
fn the_first_plugin_makes_the_project() {
    let here = tempfile::tempdir().expect("a folder");
    fs::write(here.path().join("mine.wasm"), plugin("1.0.0")).expect("a plugin");
    assert!(sortie(here.path(), &["plugin", "add", "mine.wasm"]).status.success());
    let text = fs::read_to_string(here.path().join("sortie.toml")).expect("the project");
    assert_eq!(text, "[plugins.mine]\npath = \"mine.wasm\"\n");
    let result = set(here.path(), "/b");
    assert_eq!((&result["success"], result["receipt"].get("policies")), (&json!(true), None));
}

#[test]
fn the_plugin_path_names_files_and_folders() {
    let here = tempfile::tempdir().expect("a folder");
    fs::write(here.path().join("mine.wasm"), plugin("1.0.0")).expect("a plugin");
    for path in [here.path().to_owned(), here.path().join("mine.wasm")] {
        let list = command(here.path(), &["plugins", "mine"]).env("SORTIE_PLUGIN_PATH", &path).output();
        assert!(list.expect("the command runs").status.success(), "{}", path.display());
    }
    let missing = command(here.path(), &["plugins"]).env("SORTIE_PLUGIN_PATH", "gone").output().expect("it runs");
    assert_eq!(missing.status.code(), Some(3));
    let message = String::from_utf8_lossy(&missing.stderr);
    assert!(message.starts_with("error[plugin_path_missing]: `SORTIE_PLUGIN_PATH` names `gone`"), "{message}");
}

#[cfg(unix)]
#[test]
fn a_project_above_that_another_user_made_or_linked_is_not_used() {
    use std::os::unix::fs::{lchown, symlink};

    let above = tempfile::tempdir().expect("a folder");
    let own = tempfile::tempdir().expect("a folder");
    let below = above.path().join("below");
    fs::create_dir(&below).expect("a folder");
    let (project, lock) = (above.path().join("sortie.toml"), above.path().join("sortie.lock"));
    fs::write(own.path().join("sortie.toml"), "").expect("a project");
    let used = |folder: &Path| sortie(folder, &["plugins"]).status.code();
    let refused = |made: &dyn Fn(), anothers: &Path| {
        for file in [&project, &lock] {
            let _ = fs::remove_file(file);
        }
        made();
        assert_eq!(used(&below), Some(0), "it is one's own");
        if lchown(anothers, Some(65_534), None).is_err() {
            return eprintln!("not tried: only root can give a file to another user");
        }
        assert_eq!((used(&below), used(above.path())), (Some(3), Some(0)), "{}", anothers.display());
    };
    refused(&|| fs::write(&project, "").expect("a project"), &project);
    refused(&|| symlink(own.path().join("sortie.toml"), &project).expect("a link"), &project);
    refused(
        &|| {
            fs::write(&project, "").expect("a project");
            fs::write(&lock, "").expect("a lock");
        },
        &lock,
    );
}
