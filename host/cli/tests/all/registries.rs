//! Plugins in a real registry: pushed by one project and used by another, and exchanged with another client.

#![allow(clippy::expect_used, clippy::panic, reason = "a test says what it expected")]

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use sortie_oci::{Client, Credentials, Reference};
use sortie_tests::{TextPlugin, skip};

use crate::support::{parsed, text};

#[allow(dead_code, reason = "its own main is not called here")]
#[path = "../../../oci/examples/publish_interface.rs"]
mod publish_interface;

use publish_interface::publish;

/// `ann` and `secret`.
const USERS: &str = "ann:$2b$04$4GHoYj8ACTydTG1dGtnkYezXBaBo0lxH0sMcwUOvaLy/qtoH1V59a\n";
/// The private key of RFC 8410, section 10, and its public key.
const PRIVATE: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
-----END PRIVATE KEY-----
";
const PUBLIC: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBm/RAlphM3+hUG6wWfcO5bIUIaqMLa2ywxcOK1wMWbh";
const ANOTHER: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti";

/// Debian's `docker-registry`, on a port of the loopback that was free.
struct Registry {
    process: Child,
    address: String,
    folder: PathBuf,
}

impl Registry {
    /// Starts one that keeps what it has in a folder; nothing, where there is none on this machine.
    fn start(folder: &Path, users: Option<&str>) -> Option<Self> {
        let free = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
        Self::start_at(folder, users, &free.to_string())
    }

    fn start_at(folder: &Path, users: Option<&str>, address: &str) -> Option<Self> {
        let mut more = json!({});
        if let Some(users) = users {
            let file = folder.join("users");
            fs::write(&file, users).expect("the users");
            more = json!({"auth": {"htpasswd": {"realm": "a test", "path": file}}});
        }
        Self::start_with(folder, address, more)
    }

    /// Starts one with more in its configuration.
    fn start_with(folder: &Path, address: &str, more: Value) -> Option<Self> {
        let mut config = json!({
            "version": "0.1",
            "log": {"level": "error", "accesslog": {"disabled": true}},
            "storage": {"filesystem": {"rootdirectory": folder.join("registry")}},
            "http": {"addr": address},
        });
        for (pointer, value) in more.as_object().into_iter().flatten() {
            match (config[pointer].as_object_mut(), value) {
                (Some(there), Value::Object(value)) => there.extend(value.clone()),
                _ => config[pointer] = value.clone(),
            }
        }
        let file = folder.join("registry.yml");
        // JSON is YAML.
        fs::write(&file, config.to_string()).expect("the configuration");
        let process = Command::new("docker-registry")
            .arg("serve")
            .arg(file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let Ok(process) = process else {
            skip("it needs Debian's docker-registry");
            return None;
        };
        let registry = Self { process, address: address.to_owned(), folder: folder.to_owned() };
        for _ in 0..500 {
            if TcpStream::connect(address).is_ok() {
                return Some(registry);
            }
            thread::sleep(Duration::from_millis(20));
        }
        panic!("the registry does not listen on {address}");
    }

    fn reference(&self, rest: &str) -> String {
        format!("{}/{rest}", self.address)
    }

    /// Ends it; gives what starts it again where it was.
    fn stop(mut self) -> (PathBuf, String) {
        self.end();
        (self.folder.clone(), self.address.clone())
    }

    fn end(&mut self) {
        // Where it has ended by itself, there is nothing to end.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        self.end();
    }
}

/// A plugin with one mission, `NAME/try`, that writes what it is said to.
fn plugin(name: &str, version: &str, writes: &[&str]) -> Vec<u8> {
    let writes: Vec<Value> = writes.iter().map(|pointer| json!({"state": pointer})).collect();
    let manifest = json!({
        "name": name, "version": version, "sdk": "none", "description": "tries",
        "missions": [{"name": "try", "description": "", "params_schema": true, "examples": []}],
        "operations": [{
            "name": "work", "description": "", "payload_schema": true, "reads": [], "writes": writes, "examples": [],
        }],
    });
    let workflow = json!({
        "id": "try", "steps": [{"id": "s", "kind": "runtime", "payload": {"operation": "core/noop"}}], "metadata": {}
    });
    TextPlugin {
        describe: Some(&manifest),
        workflow: Some(&workflow),
        manifest: Some(&manifest),
        ..TextPlugin::default()
    }
    .bytes()
}

/// Somebody's project, with a store of plugins of its own.
struct Project {
    folder: tempfile::TempDir,
}

impl Project {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("docker")).expect("a folder");
        fs::create_dir_all(folder.path().join("cache")).expect("a folder");
        Self { folder }
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.folder.path().join(name), bytes).expect("the file is written");
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).expect("the file")
    }

    fn sortie(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the command runs")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sortie"));
        command
            .args(arguments)
            .args(["--format", "json"])
            .current_dir(self.folder.path())
            .env("DOCKER_CONFIG", self.folder.path().join("docker"))
            .env("SORTIE_CACHE_DIR", self.folder.path().join("cache"))
            .env("NO_COLOR", "1")
            .env_remove("HTTP_PROXY")
            .env_remove("http_proxy");
        command
    }

    /// What a command prints that succeeds.
    fn json(&self, arguments: &[&str]) -> Value {
        let output = self.sortie(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stdout));
        parsed(&output)
    }

    /// The code of the error that a command ends in.
    fn refused(&self, arguments: &[&str]) -> String {
        let output = self.sortie(arguments);
        assert!(!output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stdout));
        text(&parsed(&output), "/error/code").to_owned()
    }
}

#[test]
fn a_plugin_that_one_project_pushed_another_adds_verifies_and_runs_offline_from_then_on() {
    let here = tempfile::tempdir().expect("a folder");
    let Some(registry) = Registry::start(here.path(), None) else { return };
    let author = Project::new();
    author.write("demo.wasm", plugin("demo", "1.0.0", &[]));
    author.write("key.pem", PRIVATE);
    let pushed = author.json(&["plugin", "push", &registry.reference("team/demo"), "demo.wasm", "--sign", "key.pem"]);
    let reference = text(&pushed, "/reference");
    assert!(reference.starts_with(&format!("{}/team/demo:1.0.0@sha256:", registry.address)), "{reference}");
    let again = author.json(&["plugin", "push", &registry.reference("other/name:x"), "demo.wasm"]);
    let digest = |reference: &Value| text(reference, "/reference").split('@').next_back().map(str::to_owned);
    assert_eq!(digest(&pushed), digest(&again), "the same plugin has the same digest anywhere");

    let user = Project::new();
    user.write("sortie.toml", format!("[trust]\nkeys = [\"{PUBLIC}\"]\n"));
    let added = user.json(&["plugin", "add", &format!("oci://{}", registry.reference("team/demo:1.0.0"))]);
    assert_eq!((text(&added, "/status"), &added["digest"]), ("added", &pushed["digest"]));
    assert!(user.read("sortie.toml").contains(&format!("oci = \"{}\"", registry.reference("team/demo:1.0.0"))));
    assert!(user.read("sortie.lock").contains(&format!("oci = \"{reference}\"")));
    let first = user.json(&["run", "demo/try"]);

    let (folder, address) = registry.stop();
    let second = user.json(&["run", "demo/try"]);
    assert_eq!(first["receipt"]["result_hash"], second["receipt"]["result_hash"]);
    fs::remove_dir_all(user.folder.path().join("cache/plugins")).expect("the plugins that were pulled");
    assert_eq!(user.refused(&["run", "demo/try"]), "plugin_not_pulled");
    assert_eq!(user.refused(&["plugin", "pull"]), "registry_unreachable");

    let Some(_registry) = Registry::start_at(&folder, None, &address) else { return };
    assert_eq!(text(&user.json(&["plugin", "pull"]), "/plugins/0/status"), "pulled");
    assert_eq!(text(&user.json(&["plugin", "pull"]), "/plugins/0/status"), "here");
    assert_eq!(user.json(&["run", "demo/try"])["receipt"]["result_hash"], first["receipt"]["result_hash"]);
}

#[test]
fn a_tag_that_stands_for_something_else_is_moved_only_where_that_is_said() {
    let here = tempfile::tempdir().expect("a folder");
    let Some(registry) = Registry::start(here.path(), None) else { return };
    let author = Project::new();
    author.write("demo.wasm", plugin("demo", "1.0.0", &[]));
    let to = registry.reference("team/demo");
    let push = ["plugin", "push", to.as_str(), "demo.wasm"];
    let first = author.json(&push);
    assert_eq!((text(&first, "/status"), &first["replaced"]), ("pushed", &Value::Null));
    assert_eq!(text(&author.json(&push), "/status"), "unchanged");

    // The same version with other content.
    author.write("demo.wasm", plugin("demo", "1.0.0", &["/all"]));
    let refused = parsed(&author.sortie(&push));
    assert_eq!(text(&refused, "/error/code"), "tag_taken");
    let digest = text(&first, "/reference").split_once("@sha256:").expect("a digest").1;
    assert!(text(&refused, "/error/message").contains(digest), "{refused}");
    let user = Project::new();
    let pulled = user.json(&["plugin", "pull", &registry.reference("team/demo:1.0.0")]);
    assert_eq!(pulled["digest"], first["digest"], "what was refused is not there");

    let replaced = author.json(&["plugin", "push", &to, "demo.wasm", "--replace"]);
    assert_eq!((text(&replaced, "/status"), text(&replaced, "/replaced")), ("replaced", digest));
    let old = user.json(&["plugin", "pull", text(&first, "/reference")]);
    assert_eq!(old["digest"], first["digest"], "what was replaced can be had by its digest");
}

#[test]
fn a_project_that_trusts_a_key_takes_what_it_signed_and_nothing_else() {
    let here = tempfile::tempdir().expect("a folder");
    let Some(registry) = Registry::start(here.path(), None) else { return };
    let author = Project::new();
    author.write("demo.wasm", plugin("demo", "1.0.0", &[]));
    author.write("key.pem", PRIVATE);
    let to = registry.reference("team/demo:1");
    author.json(&["plugin", "push", &to, "demo.wasm"]);
    let from = format!("oci://{to}");
    let add = ["plugin", "add", from.as_str()];

    let user = Project::new();
    user.write("sortie.toml", format!("[trust]\nkeys = [\"{PUBLIC}\"]\n"));
    assert_eq!(user.refused(&add), "plugin_not_signed");
    assert_eq!(user.refused(&["plugin", "pull", &to]), "plugin_not_signed");
    author.json(&["plugin", "push", &to, "demo.wasm", "--sign", "key.pem"]);
    user.write("sortie.toml", format!("[trust]\nkeys = [\"{ANOTHER}\"]\n"));
    assert_eq!(user.refused(&add), "plugin_not_signed");
    user.write("sortie.toml", "[trust]\nkeys = []\n");
    assert_eq!(user.refused(&add), "plugin_not_signed");
    user.write("sortie.toml", format!("[trust]\nkeys = [\"{ANOTHER}\", \"{PUBLIC} the author\"]\n"));
    assert_eq!(text(&user.json(&add), "/status"), "added");

    // The same tag, with another plugin that nobody signed.
    author.write("other.wasm", plugin("demo", "1.0.1", &["/all"]));
    author.json(&["plugin", "push", &to, "other.wasm", "--replace"]);
    assert_eq!(user.refused(&["plugin", "update"]), "plugin_not_signed");
    // What was signed can be had by its digest, and is what was locked.
    assert_eq!(text(&user.json(&["plugin", "pull"]), "/plugins/0/status"), "here");
}

#[test]
fn what_is_said_of_a_plugin_in_a_registry_is_shown_with_who_signed_it() {
    let here = tempfile::tempdir().expect("a folder");
    let Some(registry) = Registry::start(here.path(), None) else { return };
    let author = Project::new();
    author.write("key.pem", PRIVATE);
    author.write("source.wasm", component());
    author.json(&["plugin", "build", "source.wasm", "--output", "demo.wasm", "--attest", "key.pem"]);
    let to = registry.reference("team/demo:1");
    let statement = "demo.wasm.dsse.json";
    author.json(&["plugin", "push", &to, "demo.wasm", "--sign", "key.pem", "--attestation", statement]);
    author.write("signers", format!("ann {PUBLIC}\n"));
    author.write("others", format!("bob {ANOTHER}\n"));
    let inspect = |signers: &str| author.json(&["plugin", "inspect", &format!("oci://{to}"), "--signers", signers]);
    let (shown, to_others) = (inspect("signers"), inspect("others"));
    let types = ["/statements/0/predicate_type", "/statements/1/predicate_type"].map(|at| text(&shown, at));
    assert!(types.contains(&"https://slsa.dev/provenance/v1"), "{shown}");
    assert!(types.contains(&"urn:sortie:predicate:publication:v1"), "{shown}");
    for index in 0..2 {
        let signers = |shown: &Value| shown["statements"][index]["signers"].clone();
        assert_eq!((signers(&shown), signers(&to_others)), (json!(["ann"]), json!([])));
        assert_eq!(shown["statements"][index]["is_about_this"], json!(true));
    }
}

/// A component that has no manifest section yet.
fn component() -> Vec<u8> {
    let manifest = json!({
        "name": "demo", "version": "1.0.0", "sdk": "none", "description": "", "missions": [], "operations": [],
    });
    TextPlugin { describe: Some(&manifest), ..TextPlugin::default() }.bytes()
}

#[test]
fn an_update_tells_what_changed_and_locks_no_more_than_the_version_says() {
    let here = tempfile::tempdir().expect("a folder");
    let Some(registry) = Registry::start(here.path(), None) else { return };
    let author = Project::new();
    let to = registry.reference("team/demo:latest");
    let push = |version: &str, writes: &[&str]| {
        author.write("demo.wasm", plugin("demo", version, writes));
        author.json(&["plugin", "push", &to, "demo.wasm", "--replace"]);
    };
    push("1.0.0", &["/a"]);
    let user = Project::new();
    user.json(&["plugin", "add", &format!("oci://{to}")]);
    assert_eq!(text(&user.json(&["plugin", "update"]), "/plugins/0/status"), "unchanged");

    push("1.0.1", &["/a", "/b"]);
    let output = user.sortie(&["plugin", "update", "demo"]);
    assert_eq!(output.status.code(), Some(1));
    let told = parsed(&output);
    assert_eq!(text(&told, "/plugins/0/status"), "refused");
    let explanation = text(&told, "/plugins/0/changes/0/explanation");
    assert_eq!(explanation, "major: it writes `/b` besides");
    assert!(user.read("sortie.lock").contains("version = \"1.0.0\""));

    push("2.0.0", &["/a", "/b"]);
    assert_eq!(text(&user.json(&["plugin", "update", "--dry-run"]), "/plugins/0/status"), "not_locked");
    assert!(user.read("sortie.lock").contains("version = \"1.0.0\""));
    assert_eq!(text(&user.json(&["plugin", "update"]), "/plugins/0/status"), "updated");
    assert!(user.read("sortie.lock").contains("version = \"2.0.0\""));
    user.json(&["run", "demo/try"]);

    push("2.0.0", &["/c"]);
    assert_eq!(text(&user.json(&["plugin", "update", "--accept"]), "/plugins/0/status"), "updated");
    push("2.1.0", &["/c", "/d"]); // The one that is locked is lost, here and in the registry.
    fs::remove_dir_all(user.folder.path().join("cache/plugins")).expect("the plugins that were pulled");
    let lock = user.read("sortie.lock");
    let locked = lock.split("@sha256:").nth(1).and_then(|rest| rest.get(..64)).expect("the digest of a manifest");
    user.write("sortie.lock", lock.replace(locked, &"0".repeat(64)));
    let told = parsed(&user.sortie(&["plugin", "update"]));
    assert_eq!(text(&told, "/plugins/0/status"), "refused");
    assert!(text(&told, "/plugins/0/changes/0/explanation").starts_with("what changed since `demo 2.0.0`"), "{told}");
    assert_eq!(text(&user.json(&["plugin", "update", "--accept"]), "/plugins/0/status"), "updated");
    author.write("demo.wasm", plugin("another", "3.0.0", &[]));
    author.json(&["plugin", "push", &to, "demo.wasm", "--replace"]);
    assert_eq!(user.refused(&["plugin", "update"]), "plugin_of_another_name");
    assert_eq!(user.refused(&["plugin", "update", "unknown"]), "no_such_plugin");
}

#[test]
fn a_mirror_is_asked_in_place_of_a_registry_and_what_is_locked_names_the_registry() {
    let here = tempfile::tempdir().expect("a folder");
    let Some(registry) = Registry::start(here.path(), None) else { return };
    let author = Project::new();
    author.write("demo.wasm", plugin("demo", "1.0.0", &[]));
    author.json(&["plugin", "push", &registry.reference("mirrored/team/demo:1"), "demo.wasm"]);
    let user = Project::new();
    let mirror = registry.reference("mirrored");
    user.write("sortie.toml", format!("[mirrors]\n\"registry.example.org\" = \"{mirror}\"\n"));
    let added = user.json(&["plugin", "add", "oci://registry.example.org/team/demo:1"]);
    assert!(text(&added, "/reference").starts_with("registry.example.org/team/demo:1@sha256:"), "{added}");
    assert!(!user.read("sortie.lock").contains(&registry.address));
    assert_eq!(text(&user.json(&["plugin", "update"]), "/plugins/0/status"), "unchanged");
    fs::remove_dir_all(user.folder.path().join("cache/plugins")).expect("the plugins that were pulled");
    assert_eq!(text(&user.json(&["plugin", "pull"]), "/plugins/0/status"), "pulled");
    user.json(&["run", "demo/try"]);
    user.write("sortie.toml", "[mirrors]\n\"registry.example.org\" = \"mirror\"\n");
    assert_eq!(user.refused(&["plugins"]), "invalid_field");
}

#[test]
fn another_client_pulls_what_is_pushed_here_and_the_other_way() {
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/other-tools");
    let python = tools.join(".venv/bin/python");
    if !python.exists() {
        skip("it needs a virtual environment `tests/other-tools/.venv` with its requirements");
        return;
    }
    let here = tempfile::tempdir().expect("a folder");
    let Some(registry) = Registry::start(here.path(), None) else { return };
    let other = |action: &str, reference: &str, path: &str, project: &Project| {
        let output = Command::new(&python)
            .arg(tools.join("registry.py"))
            .args([action, reference, path])
            .current_dir(project.folder.path())
            .output()
            .expect("Python");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    let project = Project::new();
    let bytes = plugin("demo", "1.0.0", &[]);
    project.write("demo.wasm", &bytes);
    let ours = registry.reference("team/ours:1");
    project.json(&["plugin", "push", &ours, "demo.wasm"]);
    other("pull", &ours, "pulled", &project);
    assert_eq!(fs::read(project.folder.path().join("pulled/demo.wasm")).expect("the plugin"), bytes);

    let theirs = registry.reference("team/theirs:1");
    other("push", &theirs, "demo.wasm", &project);
    project.json(&["plugin", "pull", &theirs, "--output", "back.wasm"]);
    assert_eq!(fs::read(project.folder.path().join("back.wasm")).expect("the plugin"), bytes);
    project.write("notes.wasm", "no plugin");
    other("push", &theirs, "notes.wasm", &project);
    assert_eq!(project.refused(&["plugin", "pull", &theirs]), "not_wasm");
}

#[test]
fn the_plugin_interface_is_published_in_a_real_registry_and_another_client_gets_it() {
    let here = tempfile::tempdir().expect("a folder");
    let Some(registry) = Registry::start(here.path(), None) else { return };
    let wit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../plugin-sdk/wit");
    let client = Client::new(Credentials::none());
    let to: Reference = registry.reference("sortie/plugin").parse().expect("a reference");
    let published = publish(&client, &to, &wit).expect("it is published");
    assert_eq!(published.len(), 2, "each version of all times");
    // What is there stays, also where the registry was started anew.
    let (folder, address) = registry.stop();
    let Some(registry) = Registry::start_at(&folder, None, &address) else { return };
    assert_eq!(publish(&client, &to, &wit).expect("it is there"), published);

    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/other-tools");
    let python = tools.join(".venv/bin/python");
    if !python.exists() {
        skip("it needs a virtual environment `tests/other-tools/.venv` with its requirements");
        return;
    }
    for version in ["0.1.0", "0.2.0"] {
        let reference = registry.reference(&format!("sortie/plugin:{version}"));
        let mut other = Command::new(&python);
        other.arg(tools.join("registry.py")).args(["pull", &reference, version]).current_dir(&folder);
        let output = other.output().expect("Python");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let pulled = fs::read(folder.join(version).join("sortie-plugin.wasm")).expect("the interface");
        let ours = client.pull(&reference.parse().expect("a reference")).expect("the interface");
        assert_eq!(pulled, ours.bytes, "{version}");
    }
}

#[test]
fn who_is_logged_in_is_what_docker_says() {
    let here = tempfile::tempdir().expect("a folder");
    let Some(registry) = Registry::start(here.path(), Some(USERS)) else { return };
    let project = Project::new();
    project.write("demo.wasm", plugin("demo", "1.0.0", &[]));
    let to = registry.reference("team/demo:1");
    let push = ["plugin", "push", to.as_str(), "demo.wasm"];
    assert_eq!(project.refused(&push), "registry_unauthorized");
    let log_in = |auth: &str| {
        let config = json!({"auths": {(registry.address.clone()): {"auth": auth}}});
        project.write("docker/config.json", config.to_string());
    };
    // ann:wrong
    log_in("YW5uOndyb25n");
    assert_eq!(project.refused(&push), "registry_unauthorized");
    // ann:secret
    log_in("YW5uOnNlY3JldA==");
    project.json(&push);
    project.json(&["plugin", "pull", &to]);
    project.write("docker/config.json", "ann:secret");
    assert_eq!(project.refused(&push), "registry_credentials");
}

/// The name of a registry that is on another machine, as far as a client can tell.
const FAR: &str = "registry.example.org";

/// Who signs certificates, and in `leaf.pem` one for [`FAR`].
fn certificates(folder: &Path) {
    let openssl = |arguments: &[&str]| {
        let common = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-days", "2"];
        let output = Command::new("openssl").args(common).args(arguments).current_dir(folder).output();
        let output = output.expect("openssl");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    openssl(&["-subj", "/CN=a root", "-keyout", "root.key", "-out", "root.pem"]);
    let name = format!("subjectAltName=DNS:{FAR}");
    let leaf =
        ["-CA", "root.pem", "-CAkey", "root.key", "-addext", &name, "-addext", "basicConstraints=critical,CA:FALSE"];
    openssl(&[&["-subj", "/CN=a registry", "-keyout", "leaf.key", "-out", "leaf.pem"], &leaf[..]].concat());
}

/// A proxy, as companies have them, by which [`FAR`] is a registry on this machine; gives its address.
fn proxy(registry: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let registry = registry.clone();
            // Who has hung up needs no answer.
            thread::spawn(move || tunnel(&stream, &registry));
        }
    });
    address
}

fn tunnel(stream: &TcpStream, registry: &str) -> Option<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        (&*stream).read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    if !head.starts_with(format!("CONNECT {FAR}:443 ").as_bytes()) {
        return (&*stream).write_all(b"HTTP/1.1 403 Forbidden\r\n\r\n").ok();
    }
    let there = TcpStream::connect(registry).ok()?;
    (&*stream).write_all(b"HTTP/1.1 200 OK\r\n\r\n").ok()?;
    thread::scope(|scope| {
        scope.spawn(|| {
            let _ = std::io::copy(&mut &*stream, &mut &there);
            there.shutdown(Shutdown::Write)
        });
        let _ = std::io::copy(&mut &there, &mut &*stream);
        stream.shutdown(Shutdown::Write).ok()
    })
}

#[test]
fn a_registry_with_a_certificate_of_its_own_is_trusted_where_the_usual_variable_says_so() {
    let here = tempfile::tempdir().expect("a folder");
    certificates(here.path());
    let file = |name: &str| here.path().join(name);
    let more = json!({"http": {"tls": {"certificate": file("leaf.pem"), "key": file("leaf.key")}}});
    let free = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    let Some(registry) = Registry::start_with(here.path(), &free.to_string(), more) else { return };
    let proxy = format!("http://{}", proxy(registry.address.clone()));
    let project = Project::new();
    let bytes = plugin("demo", "1.0.0", &[]);
    project.write("demo.wasm", &bytes);
    let run = |arguments: &[&str], roots: &Path| {
        let mut command = project.command(arguments);
        command.env("HTTPS_PROXY", &proxy).env("SSL_CERT_FILE", roots).env_remove("SSL_CERT_DIR");
        command.env_remove("ALL_PROXY").env_remove("all_proxy").env_remove("NO_PROXY").env_remove("no_proxy");
        let output = command.output().expect("the command runs");
        if output.status.success() {
            Ok(parsed(&output))
        } else {
            Err(text(&parsed(&output), "/error/code").to_owned())
        }
    };
    let to = format!("{FAR}/team/demo:1");
    let push = ["plugin", "push", to.as_str(), "demo.wasm"];
    let pushed = run(&push, &file("root.pem")).expect("the plugin is pushed");
    assert!(text(&pushed, "/reference").starts_with(&to));
    run(&["plugin", "pull", &to, "--output", "back.wasm"], &file("root.pem")).expect("the plugin is pulled");
    assert_eq!(fs::read(project.folder.path().join("back.wasm")).expect("the plugin"), bytes);

    // Somebody else's root, no root at all, and a file that is not there: nobody is trusted in their place.
    let others = tempfile::tempdir().expect("a folder");
    certificates(others.path());
    project.write("none.pem", "");
    let none = project.folder.path().join("none.pem");
    assert_eq!(run(&push, &others.path().join("root.pem")), Err("registry_untrusted".to_owned()));
    assert_eq!(run(&push, &none), Err("registry_roots".to_owned()));
    assert_eq!(run(&push, &project.folder.path().join("nowhere.pem")), Err("registry_roots".to_owned()));
    // What the proxy does not let through.
    let other = format!("other.{FAR}/team/demo:1");
    assert_eq!(run(&["plugin", "pull", &other], &file("root.pem")), Err("registry_unreachable".to_owned()));
}

#[test]
fn what_cannot_be_is_said_before_anything_is_asked() {
    let project = Project::new();
    project.write("demo.wasm", plugin("demo", "1.0.0", &[]));
    assert_eq!(project.refused(&["plugin", "push", "demo", "demo.wasm"]), "invalid_reference");
    let pinned = format!("localhost:1/demo@sha256:{}", "0".repeat(64));
    assert_eq!(project.refused(&["plugin", "push", &pinned, "demo.wasm"]), "push_to_a_digest");
    assert_eq!(project.refused(&["plugin", "add", "oci://demo"]), "invalid_reference");
    assert_eq!(project.refused(&["plugin", "pull"]), "no_project_here");
    assert_eq!(project.refused(&["plugin", "update"]), "no_project_here");
    project.write("sortie.toml", "[plugins.demo]\noci = \"ghcr.io/team/demo:1\"\npath = \"demo.wasm\"\n");
    assert_eq!(project.refused(&["plugins"]), "invalid_field");
    project.write("sortie.toml", "[plugins.demo]\noci = \"demo\"\n");
    assert_eq!(project.refused(&["plugins"]), "invalid_field");
    project.write("sortie.toml", "[plugins.demo]\noci = \"ghcr.io/team/demo:1\"\n");
    assert_eq!(project.refused(&["plugins"]), "plugin_not_locked");
    project.write("sortie.toml", "[trust]\nkeys = [\"ann\"]\n");
    assert_eq!(project.refused(&["plugins"]), "invalid_field");
}
