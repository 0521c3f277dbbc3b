//! What a server and a worker tell of what happens: their log, and the programs for notifications that the book has.
#![allow(clippy::expect_used, clippy::panic, reason = "a test says what it expected")]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sortie_tests::skip;

use crate::support::{json_of, log_step, run, sortie, text, write_workflow};

/// How long something may take that comes at once.
const PATIENCE: Duration = Duration::from_secs(30);

/// Asks a server; gives the answer's body.
pub(crate) fn ask(address: &str, method: &str, path: &str, body: &str) -> Value {
    let mut stream = TcpStream::connect(address).expect("the server listens");
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer open sesame\r\nConnection: close\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).expect("it is sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it is answered");
    let body = answer.split_once("\r\n\r\n").map(|(_, body)| body).unwrap_or_default();
    serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}"))
}

#[test]
fn the_log_of_a_server_is_json_with_spans_and_hashes_and_nothing_of_params_states_and_answers() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    // `printf %s "open sesame" | sha256sum`
    let hash = "41ef4bb0b23661e66301aac36066912dac037827b4ae63a7b1165a5aa93ed4eb";
    let users = json!({"ann": {"role": "admin", "token_sha256": hash}});
    fs::write(folder.join("users.json"), users.to_string()).expect("the users");
    let mut server = sortie(folder)
        .args(["--format", "json", "serve", "--listen", "127.0.0.1:0", "--users", "users.json", "--log", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the server begins");
    let mut printed = String::new();
    let mut lines = BufReader::new(server.stdout.take().expect("its output"));
    let address = loop {
        assert!(lines.read_line(&mut printed).expect("a line") > 0, "{printed}");
        if let Ok(said) = serde_json::from_str::<Value>(&printed) {
            break text(&said, "/address").to_owned();
        }
    };
    let start = json!({"mission": "daily_loop", "params": {"today": "2026-01-08"}, "state": {"tasks": [
        {"uuid": "11111111-1111-4111-8111-111111111111", "description": "SECRET-STATE", "status": "pending", "entry": "20260101T000000Z"},
    ]}});
    let started = ask(&address, "POST", "/api/v1/runs", &start.to_string());
    let run = text(&started, "/run").to_owned();
    let step = text(&started, "/wait/step").to_owned();
    let decision = json!({"step": step, "value": {"accept": true}, "comment": "SECRET-REMARK"});
    let decided = ask(&address, "POST", &format!("/api/v1/runs/{run}/decision"), &decision.to_string());
    assert_eq!(decided["code"], json!("decided"), "{decided}");
    let stopped = Command::new("kill").arg(server.id().to_string()).status().expect("kill runs");
    assert!(stopped.success());
    let mut log = String::new();
    server.stderr.take().expect("its log").read_to_string(&mut log).expect("it is text");
    assert!(server.wait().expect("it ends").success(), "{log}");

    for secret in ["SECRET", "2026-01-08", "sesame", "accept"] {
        assert!(!log.contains(secret), "{secret}: {log}");
    }
    let lines: Vec<Value> =
        log.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect();
    let with = |message: &str| {
        let found = lines.iter().find(|line| line.pointer("/fields/message") == Some(&json!(message)));
        found.unwrap_or_else(|| panic!("no `{message}` in {log}"))
    };
    let ended = with("ended");
    assert_eq!(ended.pointer("/spans/0/run"), Some(&json!(run)), "{ended}");
    let shown = json_of(folder, ["inbox", "show", &run]);
    assert_eq!(ended.pointer("/fields/result_hash"), shown.pointer("/result/receipt/result_hash"), "{ended}");
    assert_eq!(with("decision").pointer("/fields/actor"), Some(&json!("ann")));
    assert_eq!(with("asked").pointer("/fields/step"), Some(&json!(step)));
    assert_eq!(with("request").pointer("/fields/route"), Some(&json!("/api/v1/runs")));
    let is_call = |line: &&Value| line.pointer("/span/name") == Some(&json!("call"));
    let call = lines.iter().filter(is_call).find(|line| line.pointer("/fields/message") == Some(&json!("close")));
    let span = call.and_then(|call| call.get("span")).unwrap_or_else(|| panic!("no call in {log}"));
    assert!(span["fuel"].as_u64().is_some_and(|fuel| fuel > 0) && span["digest"].as_str().is_some(), "{span}");
    assert_eq!(span["outcome"], json!("ok"), "{span}");
}

/// The programs of the book, in its order.
fn templates() -> Vec<String> {
    let page =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../book/src/waits.md")).expect("the page");
    let blocks = page.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks.filter(|block| block.starts_with("#!/bin/sh\n")).map(str::to_owned).collect()
}

fn program(path: PathBuf, source: &str) -> PathBuf {
    fs::write(&path, source).expect("the program");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("its rights");
    path
}

/// Takes one request, and gives its head and its body.
fn receiver() -> (String, thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    listener.set_nonblocking(true).expect("no waiting");
    let taken = thread::spawn(move || {
        let until = Instant::now() + PATIENCE;
        let mut stream = loop {
            match listener.accept() {
                Ok((stream, _)) => break stream,
                Err(error) => assert!(Instant::now() < until, "nobody came: {error}"),
            }
            thread::sleep(Duration::from_millis(20));
        };
        stream.set_nonblocking(false).expect("waiting");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
        let mut request = Vec::new();
        let mut some = [0; 1024];
        loop {
            let head = String::from_utf8_lossy(&request).into_owned();
            if let Some((head, body)) = head.split_once("\r\n\r\n") {
                let length =
                    head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
                if body.len() >= length.unwrap_or_default() {
                    stream
                        .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                        .expect("sent");
                    return format!("{head}\n\n{body}");
                }
            }
            let read = stream.read(&mut some).expect("a request");
            assert!(read > 0, "it ends early: {request:?}");
            request.extend(some.get(..read).unwrap_or_default());
        }
    });
    (address, taken)
}

#[test]
fn the_programs_of_the_book_tell_a_phone_a_channel_and_a_mailbox() {
    let has = |program: &str| Command::new(program).arg("--version").output().is_ok();
    if !has("jq") || !has("curl") {
        skip("it needs jq and curl");
        return;
    }
    let templates = templates();
    assert_eq!(templates.len(), 3, "{templates:?}");
    for (number, template) in templates.iter().enumerate() {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path();
        write_workflow(
            folder,
            &[
                log_step("before"),
                json!({"id": "ask", "kind": "human", "payload": {"description": "Ship \"it\"?", "assignees": ["ben"]}}),
            ],
        );
        let (address, taken) = receiver();
        let notify = program(folder.join("notify"), &template.replace("https://ntfy.sh", &format!("http://{address}")));
        fs::create_dir(folder.join("bin")).expect("a folder");
        program(folder.join("bin/sendmail"), "#!/bin/sh\ncat > mail.tmp && mv mail.tmp mail.txt\n");
        let path = std::env::var("PATH").unwrap_or_default();
        let mut worker = sortie(folder)
            .args(["worker", "--notify"])
            .arg(&notify)
            .env("PATH", format!("{}:{path}", folder.join("bin").display()))
            .env("SLACK_WEBHOOK_URL", format!("http://{address}/services/x"))
            .stdout(Stdio::null())
            .spawn()
            .expect("the worker runs");
        // A receiver is told of what happens from its first look on.
        thread::sleep(Duration::from_secs(2));
        run(folder, ["exec", "workflow.json", "--mode", "pause"]);
        let told = if number == 2 {
            let until = Instant::now() + PATIENCE;
            let mail = || fs::read_to_string(folder.join("mail.txt")).unwrap_or_default();
            while !mail().contains("inbox answer") {
                assert!(Instant::now() < until, "no mail: {}", mail());
                thread::sleep(Duration::from_millis(50));
            }
            mail()
        } else {
            taken.join().expect("a request")
        };
        worker.kill().expect("it ends");
        worker.wait().expect("it has ended");
        let expected: &[&str] = match number {
            0 => &["POST /YOUR-TOPIC ", "Title: Sortie", "Ship \"it\"?"],
            1 => &["POST /services/x ", "run.waiting", "Ship \\\"it\\\"?"],
            _ => &["To: ben@example.org", "Subject: ", "Ship \"it\"?", "sortie inbox answer "],
        };
        for part in expected {
            assert!(told.contains(part), "{part}: {told}");
        }
    }
}
