//! A server of Restate and `sortie restate serve`, in a folder that goes away.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{LazyLock, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sortie_host::journal::{RunId, Token};
use sortie_host::{CacheDir, ExecutionContext, Host, HumanPolicy, SandboxConfig};
use sortie_interface::Answer;
use sortie_restate::{AnswerRequest, Cluster, ClusterError, StartReceipt, StartRequest};
use sortie_tests::skip;
use tempfile::TempDir;

use crate::support::{cache, sortie};

/// How long something may take that takes a moment.
const PATIENCE: Duration = Duration::from_mins(1);

pub(crate) struct Machine {
    folder: TempDir,
    program: PathBuf,
    ports: [u16; 4],
    pub(crate) cluster: Cluster,
    server: Mutex<Option<Child>>,
    service: Mutex<Option<Child>>,
}

/// Skips a test where there is no server of Restate; fails it where all tools have to be there.
pub(crate) fn machine() -> Option<Machine> {
    let machine = Machine::new(program()?);
    machine.start_server();
    machine.start_service(&[]);
    machine.register();
    Some(machine)
}

/// The server's program.
pub(crate) fn program() -> Option<PathBuf> {
    let installed = "../../tests/restate/node_modules/@restatedev/restate-server-linux-x64/bin/restate-server";
    let installed = Path::new(env!("CARGO_MANIFEST_DIR")).join(installed);
    let said = std::env::var_os("SORTIE_RESTATE_SERVER").map(PathBuf::from);
    let found = said.or(Some(installed)).filter(|program| program.exists());
    if found.is_none() {
        skip("it needs Restate: `npm install --prefix tests/restate --ignore-scripts`");
    }
    found
}

/// What each server is told: it reports to nobody, is small, and listens where it is told to alone.
pub(crate) fn server_environment(command: &mut Command) -> &mut Command {
    command
        .env("RESTATE_DISABLE_TELEMETRY", "true")
        .env("DO_NOT_TRACK", "1")
        .env("RESTATE_LISTEN_MODE", "tcp")
        .env("RESTATE_ADMIN__DISABLE_WEB_UI", "true")
        .env("RESTATE_DEFAULT_NUM_PARTITIONS", "2")
        .env("RESTATE_ROCKSDB_TOTAL_MEMORY_SIZE", "256MiB")
}

/// Ports that are free now. They are held while all are chosen, so that they differ.
pub(crate) fn free_ports<const N: usize>() -> [u16; N] {
    let listeners = [(); N].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    listeners.map(|listener| listener.local_addr().unwrap().port())
}

impl Machine {
    fn new(program: PathBuf) -> Self {
        let ports = free_ports();
        let url = |port: u16| format!("http://127.0.0.1:{port}");
        let cluster = Cluster::new(&url(ports[0]), &url(ports[1]));
        let folder = tempfile::tempdir().unwrap();
        Self { folder, program, ports, cluster, server: Mutex::default(), service: Mutex::default() }
    }

    fn log(&self, name: &str) -> File {
        File::options().create(true).append(true).open(self.folder.path().join(name)).unwrap()
    }

    pub(crate) fn start_server(&self) {
        let [ingress, admin, node, _] = self.ports.map(|port| format!("127.0.0.1:{port}"));
        let child = server_environment(&mut Command::new(&self.program))
            .args(["--no-logo", "--node-name", "one", "--base-dir"])
            .arg(self.folder.path().join("data"))
            .env("RESTATE_INGRESS__BIND_ADDRESS", ingress)
            .env("RESTATE_ADMIN__BIND_ADDRESS", admin)
            .env("RESTATE_BIND_ADDRESS", node)
            .stdin(Stdio::null())
            .stdout(self.log("server.log"))
            .stderr(self.log("server.log"))
            .spawn()
            .unwrap();
        *self.server.lock().unwrap() = Some(child);
    }

    pub(crate) fn start_service(&self, arguments: &[&str]) {
        let child = sortie(self.folder.path())
            .args(["restate", "serve", "--retry", "1", "--listen", &format!("127.0.0.1:{}", self.ports[3])])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(self.log("service.log"))
            .stderr(self.log("service.log"))
            .spawn()
            .unwrap();
        *self.service.lock().unwrap() = Some(child);
    }

    pub(crate) fn kill_server(&self) {
        kill(&self.server);
    }

    pub(crate) fn kill_service(&self) {
        kill(&self.service);
    }

    /// Tells Restate of the service, once both are up.
    pub(crate) fn register(&self) {
        let service = format!("http://127.0.0.1:{}", self.ports[3]);
        self.patiently("the service is registered", || self.cluster.register(&service).ok());
    }

    /// The cluster as `sortie serve --engine` takes it.
    pub(crate) fn engine(&self) -> String {
        format!("restate://127.0.0.1:{}?admin=127.0.0.1:{}", self.ports[0], self.ports[1])
    }

    /// What tells `sortie restate` where the cluster is.
    pub(crate) fn environment(&self) -> [(&'static str, String); 2] {
        let [ingress, admin] = [self.ports[0], self.ports[1]].map(|port| format!("http://127.0.0.1:{port}"));
        [("SORTIE_RESTATE_INGRESS", ingress), ("SORTIE_RESTATE_ADMIN", admin)]
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Runs the program against the cluster; gives its status and what it printed.
    pub(crate) fn command(&self, arguments: &[&str]) -> (i32, String) {
        let output = sortie(self.folder.path())
            .args(["--format", "json", "restate"])
            .args(arguments)
            .envs(self.environment())
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
        (output.status.code().unwrap_or(-1), text)
    }

    /// Tries until there is something.
    pub(crate) fn patiently<T>(&self, what: &str, mut attempt: impl FnMut() -> Option<T>) -> T {
        let begun = Instant::now();
        loop {
            if let Some(found) = attempt() {
                return found;
            }
            if begun.elapsed() > PATIENCE {
                let log = |name: &str| fs::read_to_string(self.folder.path().join(name)).unwrap_or_default();
                panic!("not within {PATIENCE:?}: {what}\n{}\n{}", log("service.log"), tail(&log("server.log")));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub(crate) fn start(&self, run: &str, request: StartRequest) -> StartReceipt {
        self.cluster.start(&id(run), request).unwrap()
    }

    /// Answers, as somebody who owns the cluster.
    pub(crate) fn answer(&self, run: &str, value: Value) -> Result<Value, ClusterError> {
        self.cluster.answer(&id(run), &answer(value))
    }

    /// The run, once it waits.
    pub(crate) fn waiting(&self, run: &str) -> Value {
        self.patiently(&format!("{run} waits"), || {
            let shown = self.cluster.show(&id(run)).ok()?;
            (shown["status"] == "waiting").then_some(shown)
        })
    }

    /// The end of a run.
    pub(crate) fn end(&self, run: &str) -> Value {
        self.patiently(&format!("{run} ends"), || self.cluster.attach(&id(run)).ok())
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        self.kill_service();
        self.kill_server();
    }
}

fn kill(child: &Mutex<Option<Child>>) {
    if let Some(mut child) = child.lock().unwrap().take() {
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(30)..].join("\n")
}

pub(crate) fn id(run: &str) -> RunId {
    run.parse().unwrap()
}

pub(crate) fn answer(value: Value) -> AnswerRequest {
    let actor = "ann".to_owned();
    AnswerRequest { value, actor, token: None, step: None, comment: None, question: None, signature: None }
}

pub(crate) fn with_token(value: Value, token: &Token) -> AnswerRequest {
    AnswerRequest { token: Some(token.reveal()), ..answer(value) }
}

/// A request that starts a workflow of these steps.
pub(crate) fn workflow(steps: Value, state: Value) -> StartRequest {
    let workflow = json!({"id": "tried", "steps": steps, "metadata": {}});
    StartRequest { workflow: Some(workflow), state, ..StartRequest::default() }
}

/// A workflow that asks once between two operations.
pub(crate) fn asks(number: u64) -> StartRequest {
    workflow(
        json!([
            {"id": "before", "kind": "runtime", "payload": {"operation": "core/set", "path": "/n", "value": number}},
            {"id": "ask", "kind": "human", "payload": {"description": "Go on?", "schema": {"type": "boolean"}}},
            {"id": "after", "kind": "runtime", "payload": {"operation": "core/append", "path": "/list", "value": "end"}},
        ]),
        json!({"list": []}),
    )
}

/// A host with the first-party plugins, made once: that takes seconds, and a run of the tests wants many.
pub(crate) fn host() -> Host {
    static HOST: LazyLock<Host> = LazyLock::new(|| {
        let sandbox = SandboxConfig { cache: Some(CacheDir::at(cache())), ..SandboxConfig::default() };
        Host::builder().first_party().sandbox(sandbox).build().unwrap()
    });
    HOST.clone()
}

/// The hash of the result that the same has in memory, with these answers;
/// or with nobody's at the steps that are silent.
pub(crate) fn in_memory(request: &StartRequest, answers: &BTreeMap<String, Value>, silent: &[&str]) -> String {
    let host = host();
    let or_empty = |value: &Value| if value.is_null() { json!({}) } else { value.clone() };
    let context = ExecutionContext::new(or_empty(&request.state)).unwrap();
    let context = context.with_metadata(or_empty(&request.metadata)).unwrap();
    let draft = match &request.mission {
        Some(mission) => host.build_mission(mission, &or_empty(&request.params)).unwrap(),
        None => host.draft(sortie_engine::WorkflowDefinition::from_json(request.workflow.as_ref().unwrap()).unwrap()),
    };
    let mut script: BTreeMap<String, Answer> =
        answers.iter().map(|(step, value)| (step.clone(), Answer::Value(value.clone()))).collect();
    script.extend(silent.iter().map(|step| ((*step).to_owned(), Answer::Expire)));
    let policy = HumanPolicy::Script(script);
    let completed = draft.start(&context).unwrap().finish(&policy).unwrap();
    completed.result.receipt.result_hash.to_string()
}
