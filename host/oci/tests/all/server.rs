//! A registry in a thread, that answers as a test says.

#![allow(clippy::expect_used, clippy::unwrap_used, unreachable_pub, reason = "a test says what it expected")]

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What was asked.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: String,
    pub path: String,
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

/// What is answered.
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Body,
}

pub enum Body {
    Whole(Vec<u8>),
    /// Fewer bytes than are announced.
    Cut(Vec<u8>, usize),
    /// No end.
    Endless,
    /// A head that goes on and on.
    EndlessHead,
    /// A byte now and then.
    Slow(Vec<u8>),
}

impl Answer {
    pub fn ok(body: impl Into<Vec<u8>>) -> Self {
        Self { status: 200, headers: Vec::new(), body: Body::Whole(body.into()) }
    }

    pub fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Body::Whole(Vec::new()) }
    }

    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}

/// The registry.
pub struct Server {
    pub address: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    /// Answers on a port of the loopback, for as long as the test runs.
    pub fn start(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let (requests, answer) = (Arc::new(Mutex::new(Vec::new())), Arc::new(answer));
        let kept = Arc::clone(&requests);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answer, kept) = (Arc::clone(&answer), Arc::clone(&kept));
                thread::spawn(move || {
                    if let Some(request) = read(&stream) {
                        kept.lock().unwrap().push(request.clone());
                        let answer = answer(&request);
                        // Who does not listen any more has heard enough.
                        let _ = write(stream, answer, request.method == "HEAD");
                    }
                });
            }
        });
        Self { address, requests }
    }

    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

fn read(stream: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim().split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = Vec::new();
    reader.take(length).read_to_end(&mut body).ok()?;
    Some(Request { method, path, headers, body })
}

fn write(mut stream: TcpStream, answer: Answer, is_head: bool) -> std::io::Result<()> {
    let mut head = format!("HTTP/1.1 {} A\r\nConnection: close\r\n", answer.status);
    for (name, value) in &answer.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let length = match &answer.body {
        Body::Whole(bytes) | Body::Slow(bytes) => Some(bytes.len()),
        Body::Cut(_, announced) => Some(*announced),
        Body::Endless => None,
        Body::EndlessHead => loop {
            stream.write_all(format!("{head}X-More: {}\r\n", "x".repeat(1000)).as_bytes())?;
            head.clear();
        },
    };
    head.push_str(&length.map_or_else(
        || "Transfer-Encoding: chunked\r\n\r\n".to_owned(),
        |length| format!("Content-Length: {length}\r\n\r\n"),
    ));
    stream.write_all(head.as_bytes())?;
    if is_head {
        return Ok(());
    }
    match answer.body {
        Body::Whole(bytes) | Body::Cut(bytes, _) => stream.write_all(&bytes),
        Body::Endless => loop {
            stream.write_all(b"1000\r\n")?;
            stream.write_all(&[b' '; 0x1000])?;
            stream.write_all(b"\r\n")?;
        },
        Body::EndlessHead => Ok(()),
        Body::Slow(bytes) => {
            for byte in bytes {
                stream.write_all(&[byte])?;
                thread::sleep(Duration::from_millis(50));
            }
            Ok(())
        }
    }
}
