//! A cluster of three nodes that keeps two copies of everything: one of them dies, and the others drive its runs.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;
use sortie_restate::Cluster;
use tempfile::TempDir;

use super::kills::setting;
use super::machine::{answer, asks, free_ports, id, in_memory, program, server_environment};
use crate::support::sortie;

/// How long something may take while a node is missed by the others.
const PATIENCE: Duration = Duration::from_mins(2);

/// The ports of a node: ingress, admin interface, and what the nodes speak by.
type Ports = [u16; 3];

struct Nodes {
    folder: TempDir,
    program: PathBuf,
    ports: [Ports; 3],
    children: [Option<Child>; 3],
    service: Child,
}

impl Nodes {
    fn start(program: PathBuf) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let [first, second, third, [own, ..]]: [Ports; 4] = free_ports::<12>().as_chunks::<3>().0.try_into().unwrap();
        let log = File::create(folder.path().join("service.log")).unwrap();
        let service = sortie(folder.path())
            .args(["restate", "serve", "--retry", "1", "--listen", &format!("127.0.0.1:{own}")])
            .stdout(log)
            .spawn()
            .unwrap();
        let mut nodes = Self { folder, program, ports: [first, second, third], children: [None, None, None], service };
        (0..3).for_each(|number| nodes.begin(number));
        let url = format!("http://127.0.0.1:{own}");
        nodes.patiently("the service is registered", || nodes.by(0).register(&url).ok());
        nodes
    }

    fn begin(&mut self, number: usize) {
        let [ingress, admin, node] = self.ports[number].map(|port| format!("127.0.0.1:{port}"));
        let all: Vec<String> = self.ports.iter().map(|ports| format!("http://127.0.0.1:{}", ports[2])).collect();
        let log = || {
            File::options().create(true).append(true).open(self.folder.path().join(format!("{number}.log"))).unwrap()
        };
        let mut command = Command::new(&self.program);
        server_environment(&mut command)
            .args(["--no-logo", "--node-name", &format!("n{number}"), "--base-dir"])
            .arg(self.folder.path().join("data"))
            .env("RESTATE_CLUSTER_NAME", "three")
            .env("RESTATE_DEFAULT_REPLICATION", "2")
            .env("RESTATE_AUTO_PROVISION", if number == 0 { "true" } else { "false" })
            .env("RESTATE_METADATA_CLIENT__ADDRESSES", json!(all).to_string())
            .env("RESTATE_ADVERTISED_ADDRESS", format!("http://{node}"))
            .env("RESTATE_INGRESS__BIND_ADDRESS", ingress)
            .env("RESTATE_ADMIN__BIND_ADDRESS", admin)
            .env("RESTATE_BIND_ADDRESS", node)
            .stdin(Stdio::null())
            .stdout(log())
            .stderr(log());
        self.children[number] = Some(command.spawn().unwrap());
    }

    fn kill(&mut self, number: usize) {
        if let Some(mut child) = self.children[number].take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// The cluster by one of its nodes. A request that the dead one had is not waited for.
    fn by(&self, number: usize) -> Cluster {
        let url = |port: u16| format!("http://127.0.0.1:{port}");
        let [ingress, admin, _] = self.ports[number];
        Cluster::new(&url(ingress), &url(admin)).within(Duration::from_secs(5))
    }

    fn patiently<T>(&self, what: &str, mut attempt: impl FnMut() -> Option<T>) -> T {
        let begun = Instant::now();
        loop {
            if let Some(found) = attempt() {
                return found;
            }
            let log = |number: usize| std::fs::read_to_string(self.folder.path().join(format!("{number}.log")));
            assert!(begun.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}\n{:?}", log(0));
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Nodes {
    fn drop(&mut self) {
        (0..3).for_each(|number| self.kill(number));
        let _ = self.service.kill();
        let _ = self.service.wait();
    }
}

/// `SORTIE_RESTATE_NODES=3` kills each of them, one after the other.
#[test]
fn runs_go_on_with_two_of_three_nodes_and_nothing_is_done_twice() {
    let Some(program) = program() else { return };
    let mut nodes = Nodes::start(program);
    let name = |number: usize| format!("run-{number}");
    let request = |number: usize| asks(u64::try_from(number).unwrap());
    let victims: Vec<usize> =
        [1, 0, 2].into_iter().take(usize::try_from(setting("SORTIE_RESTATE_NODES", 1)).unwrap()).collect();
    let runs = 4 * victims.len();
    for number in 0..runs {
        let run = id(&name(number));
        nodes.patiently("it is started", || nodes.by(number % 3).start(&run, request(number)).ok());
        nodes.patiently("it waits", || (nodes.by(0).show(&run).ok()?["status"] == "waiting").then_some(()));
    }
    for (turn, victim) in victims.iter().enumerate() {
        nodes.kill(*victim);
        let (begun, other) = (Instant::now(), nodes.by((victim + 1) % 3));
        for number in 4 * turn..4 * turn + 4 {
            let run = id(&name(number));
            nodes.patiently("it is answered", || other.answer(&run, &answer(json!(true))).ok());
            let end = nodes.patiently("it ends", || other.end(&run).ok());
            let expected = in_memory(&request(number), &BTreeMap::from([("ask".to_owned(), json!(true))]), &[]);
            assert_eq!(end["result_hash"], expected, "{end}");
            assert_eq!(end["result"]["final_state"]["list"], json!(["end"]));
            assert_eq!(end["result"]["receipt"]["audit"].as_array().unwrap().len(), 1);
        }
        println!("without node {victim}, four runs went on to their ends in {:?}", begun.elapsed());
        nodes.begin(*victim);
        // It is one of them again, so that the next can be missed.
        let again = nodes.by(*victim);
        nodes.patiently("it is back", || again.show(&id(&name(4 * turn))).ok());
    }
}
