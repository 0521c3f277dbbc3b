//! What a server costs that is no PostgreSQL, and means harm: without a PostgreSQL.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use sortie_journal_postgres::{Address, PostgresJournal, PostgresOptions};

fn address(listener: &TcpListener) -> Address {
    let port = listener.local_addr().unwrap().port();
    format!("postgres://ann:secret@127.0.0.1:{port}/postgres?sslmode=disable").parse().unwrap()
}

fn message(tag: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).unwrap().to_be_bytes();
    [&[tag], length.as_slice(), body].concat()
}

/// What a client says next: first without a tag.
fn heard(stream: &mut TcpStream, has_tag: bool) -> Option<Vec<u8>> {
    if has_tag {
        stream.read_exact(&mut [0]).ok()?;
    }
    let mut length = [0; 4];
    stream.read_exact(&mut length).ok()?;
    let mut body = vec![0; usize::try_from(u32::from_be_bytes(length)).unwrap() - 4];
    stream.read_exact(&mut body).ok()?;
    Some(body)
}

/// Whether a client proves that it knows its password to a server that asks for so many rounds of its hash (RFC 5802).
fn proves(rounds: u32) -> bool {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = address(&listener);
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        heard(&mut stream, false).unwrap();
        stream.write_all(&message(b'R', b"\0\0\0\x0aSCRAM-SHA-256\0\0")).unwrap();
        let first = String::from_utf8_lossy(&heard(&mut stream, true).unwrap()).into_owned();
        let nonce = first.rsplit("r=").next().unwrap();
        let challenge = format!("r={nonce}x,s=c2FsdA==,i={rounds}");
        stream.write_all(&message(b'R', &[b"\0\0\0\x0b", challenge.as_bytes()].concat())).unwrap();
        heard(&mut stream, true).is_some()
    });
    assert!(PostgresJournal::open(&address).is_err(), "it proves nothing to the client");
    server.join().unwrap()
}

#[test]
fn a_server_may_ask_for_as_many_rounds_of_a_hash_as_it_may_and_not_one_more() {
    assert_eq!((proves(100_000), proves(100_001)), (true, false));
}

#[test]
fn an_answer_that_never_ends_is_not_waited_for() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = address(&listener);
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        heard(&mut stream, false).unwrap();
        // A message of two gigabytes, a little at a time.
        stream.write_all(b"R\x7f\xff\xff\xff").unwrap();
        while stream.write_all(b"and so on").is_ok() {
            std::thread::sleep(Duration::from_millis(1));
        }
    });
    let patience = Duration::from_millis(300);
    let options = PostgresOptions { patience, answer_within: patience, ..PostgresOptions::default() };
    let error = PostgresJournal::open_with(&address, options).unwrap_err();
    assert!(error.to_string().contains("does not answer in time"), "{error}");
    server.join().unwrap();
}
