//! Clients that try to be somebody else, to be heard twice, or to keep others from being heard.
#![allow(clippy::unwrap_used, reason = "a test may end where its input is not as it must be")]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::site::{Site, cookie_of};

#[test]
fn a_cookie_that_somebody_planted_is_nobody_and_stays_nobody_after_signing_in() {
    let site = Site::new();
    let name = site.browser("ann").cookie.split('=').next().unwrap().to_owned();
    for planted in ["0".repeat(64), "x".to_owned(), String::new()] {
        let cookie = format!("{name}={planted}");
        assert_eq!(site.send("GET", "/", &[("Cookie", &cookie)], "").header("location"), Some("/sign-in"));
        let form = [("Cookie", cookie.as_str()), ("Content-Type", "application/x-www-form-urlencoded")];
        let signed_in = site.send("POST", "/sign-in", &form, "token=ann-token");
        let new = cookie_of(&signed_in);
        assert!(new.starts_with(&format!("{name}=")) && new != cookie, "{new}");
        assert_eq!(site.send("GET", "/", &[("Cookie", &cookie)], "").header("location"), Some("/sign-in"));
        // Of two cookies of the name, the browser sends the planted one first: it does not hide the session's end.
        let both = format!("{cookie}; {new}");
        assert_ne!(site.send("GET", "/", &[("Cookie", &both)], "").status, 500);
        assert_eq!(site.send("GET", "/", &[("Cookie", &new)], "").status, 200);
    }
}

#[test]
fn another_site_signs_nobody_in_and_nobody_out() {
    let site = Site::new();
    let browser = site.browser("ann");
    let token = browser.form_token();
    let foreign: [&[(&str, &str)]; 3] = [
        &[("Origin", "https://evil.example")],
        &[("Sec-Fetch-Site", "cross-site")],
        &[("Origin", "null"), ("Sec-Fetch-Site", "same-site")],
    ];
    for headers in foreign {
        let mut form = vec![("Content-Type", "application/x-www-form-urlencoded")];
        form.extend(headers);
        assert_eq!(site.send("POST", "/sign-in", &form, "token=ann-token").status, 403, "{headers:?}");
        assert_eq!(browser.post_only("/sign-out", &[("form_token", &token)], headers).status, 403, "{headers:?}");
    }
    assert_eq!(browser.get("/").status, 200);
}

#[test]
fn a_request_that_can_be_read_in_two_ways_is_read_in_neither() {
    let site = Site::new();
    let run = site.asking();
    let host = site.address;
    let smuggled = format!(
        "POST /runs/{run}/cancel HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer admin-token\r\nContent-Length: 0\r\n\r\n"
    );
    for request in [
        // Two hosts, and a host beside an absolute address.
        format!("GET / HTTP/1.1\r\nHost: {host}\r\nHost: evil.example\r\n\r\n"),
        format!("GET http://evil.example/ HTTP/1.1\r\nHost: {host}\r\n\r\n"),
        // Two lengths.
        format!("POST /sign-in HTTP/1.1\r\nHost: {host}\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n12345"),
        format!("POST /sign-in HTTP/1.1\r\nHost: {host}\r\nContent-Length: +5\r\n\r\n12345"),
        // A line that goes on, a header without a name, a nothing in a value.
        format!("GET / HTTP/1.1\r\nHost: {host}\r\nX-One: 1\r\n Authorization: Bearer admin-token\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: {host}\r\n: x\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: {host}\r\nX: a\0b\r\n\r\n"),
        format!("GET / HTTP/1.1\r\n\r\n{smuggled}"),
    ] {
        let mut bytes = request.clone().into_bytes();
        bytes.extend(b"");
        let mut stream = TcpStream::connect(site.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(3))).unwrap();
        stream.write_all(&bytes).unwrap();
        let mut answer = [0; 64];
        let read = stream.read(&mut answer).unwrap_or_default();
        let head = String::from_utf8_lossy(&answer[..read]).into_owned();
        assert!(head.is_empty() || head.starts_with("HTTP/1.1 4"), "{request:?}: {head}");
    }
    assert_eq!(site.status(&run), "waiting");
}

#[test]
fn a_body_that_never_ends_is_given_up_and_others_are_served_meanwhile() {
    let site = Site::new();
    let head = |rest: &str| {
        format!(
            "POST /api/v1/runs HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer start-token\r\n{rest}\r\n",
            site.address
        )
    };
    let mut slow: Vec<TcpStream> = (0..20)
        .map(|_| {
            let mut stream = TcpStream::connect(site.address).unwrap();
            stream.write_all(head("Content-Length: 1000\r\n").as_bytes()).unwrap();
            stream.write_all(b"{").unwrap();
            stream
        })
        .collect();
    assert_eq!(site.by("start", "POST", "/api/v1/runs", &json!({"mission": "echo"})).status, 201);
    // One that sends without end, and says so of no chunk.
    let mut endless = TcpStream::connect(site.address).unwrap();
    endless.set_write_timeout(Some(Duration::from_secs(20))).unwrap();
    endless.write_all(head("Transfer-Encoding: chunked\r\n").as_bytes()).unwrap();
    let chunk = format!("100000\r\n{}\r\n", " ".repeat(1 << 20));
    let sent = (0..40).take_while(|_| endless.write_all(chunk.as_bytes()).is_ok()).count();
    let mut answer = [0; 32];
    let read = endless.read(&mut answer).unwrap_or_default();
    let said = String::from_utf8_lossy(&answer[..read]).into_owned();
    assert!(sent < 40 || said.starts_with("HTTP/1.1 413"), "{sent}: {said}");
    let began = Instant::now();
    for stream in &mut slow {
        stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
        let mut answer = Vec::new();
        let _ = stream.take(32).read_to_end(&mut answer);
        let said = String::from_utf8_lossy(&answer).into_owned();
        assert!(said.is_empty() || said.starts_with("HTTP/1.1 408"), "{said}");
    }
    assert!(began.elapsed() < Duration::from_secs(50), "{:?}", began.elapsed());
}
