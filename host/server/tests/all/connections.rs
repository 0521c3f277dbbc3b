//! Clients that mean no good, or never end.
#![allow(clippy::unwrap_used, reason = "a test may end where its input is not as it must be")]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::site::Site;

#[test]
fn a_head_that_never_ends_ends_its_connection_and_keeps_nobody_waiting() {
    let site = Site::new();
    let mut slow: Vec<TcpStream> = (0..20)
        .map(|_| {
            let mut stream = TcpStream::connect(site.address).unwrap();
            stream.write_all(b"GET / HTTP/1.1\r\nX-Slow: ").unwrap();
            stream
        })
        .collect();
    // Others are served meanwhile.
    assert_eq!(site.send("GET", "/healthz", &[], "").status, 200);
    let began = Instant::now();
    for stream in &mut slow {
        stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
        let mut rest = Vec::new();
        // It is closed, with an answer or without.
        let _ = stream.read_to_end(&mut rest);
    }
    assert!(began.elapsed() < Duration::from_secs(50), "{:?}", began.elapsed());
}

#[test]
fn a_body_or_a_head_that_is_too_large_is_refused_before_it_is_read() {
    let site = Site::new();
    let port = site.address.port();
    let head = format!(
        "POST /api/v1/runs HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer admin-token\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        u64::MAX / 2
    );
    let reply = site.raw(format!("{head}{}", "x".repeat(1000)).as_bytes());
    assert_eq!(reply.status, 413, "{}", reply.head);
    let long = format!("GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nX-Long: {}\r\n\r\n", "x".repeat(1 << 20));
    assert_eq!(site.raw(long.as_bytes()).status, 431);
    let chunked = format!(
        "POST /api/v1/runs HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer admin-token\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n{}",
        format!("{:x}\r\n{}\r\n", 1 << 20, "x".repeat(1 << 20)).repeat(21)
    );
    assert_eq!(site.raw(chunked.as_bytes()).status, 413);
    // What is just small enough is read, and found to be no JSON.
    let head = |length: usize| {
        format!(
            "POST /api/v1/runs HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer admin-token\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
        )
    };
    let most = 20 << 20;
    let reply = site.raw((head(most) + &"x".repeat(most)).as_bytes());
    assert_eq!((reply.status, reply.body.contains("invalid_request")), (400, true), "{}", reply.head);
    assert_eq!(site.raw(head(most + 1).as_bytes()).status, 413);
}

#[test]
fn who_is_not_signed_in_is_heard_for_64_kib_and_no_longer() {
    let site = Site::new();
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    for path in ["/sign-in", "/sign-in/passkey"] {
        let status = |bytes: usize| site.send("POST", path, &form, &"x".repeat(bytes)).status;
        assert_eq!((status(64 << 10), status((64 << 10) + 1)), (403, 413), "{path}");
    }
    let unknown = |bytes: usize| site.send("POST", "/api/v1/runs", &[], &"x".repeat(bytes));
    assert_eq!(unknown(64 << 10).code(), "not_signed_in");
    let refused = unknown((64 << 10) + 1).json();
    assert_eq!(refused["code"], "request_too_large");
    assert!(refused["detail"].as_str().unwrap().ends_with("and you are not signed in"), "{refused}");
    // Who says so beforehand is not listened to.
    let head = format!("POST /sign-in HTTP/1.1\r\nHost: {}\r\nContent-Length: 20000000\r\n\r\n", site.address);
    assert_eq!(site.raw(head.as_bytes()).status, 413);
}

#[test]
fn a_form_has_as_many_fields_as_it_may_have_and_not_one_more() {
    let site = Site::new();
    let browser = site.browser("decide");
    let form = [("Cookie", browser.cookie.as_str()), ("Content-Type", "application/x-www-form-urlencoded")];
    let send = |fields: usize| site.send("POST", "/missions/echo/echo", &form, &vec!["a=1"; fields].join("&"));
    // As many are read, and found to be of no page.
    let (most, more) = (send(100_000), send(100_001));
    assert_eq!((most.status, more.status), (403, 413));
    assert!(more.body.contains("more than 100000 fields"), "{}", more.body);
}

#[test]
fn a_head_has_as_many_bytes_and_fields_as_it_may_have_and_not_one_more() {
    let site = Site::new();
    let answer = |head: String| site.raw(head.as_bytes()).status;
    let begin = format!("GET /healthz HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", site.address);
    let of_bytes = |bytes: usize| {
        let field = format!("X-Long: {}\r\n\r\n", "x".repeat(bytes - begin.len() - "X-Long: \r\n\r\n".len()));
        answer(format!("{begin}{field}"))
    };
    let most = 64 << 10;
    // What is just too long could come whole with one reading, and is too long even then.
    let found: Vec<u16> = [most - 1, most, most + 1, most + 8].map(of_bytes).into();
    assert_eq!(found, [200, 200, 431, 431]);
    let of_fields = |fields: usize| answer(format!("{begin}{}\r\n", "X: y\r\n".repeat(fields - 2)));
    assert_eq!((of_fields(100), of_fields(101)), (200, 431));
}

#[test]
fn nothing_that_is_sent_becomes_a_header_of_an_answer() {
    let site = Site::new();
    for path in [
        "/runs/x%0d%0aX-Evil:%201",
        "/enter/x%0d%0aX-Evil:%201",
        "/runs?notice=x%0d%0aX-Evil:%201",
        "/x%0d%0aX-Evil:%201",
    ] {
        let reply = site.by("admin", "GET", path, &Value::Null);
        assert_eq!(reply.header("x-evil"), None, "{}", reply.head);
        assert!(reply.status >= 200, "{path}");
    }
}

#[test]
fn what_a_request_says_is_repeated_short_and_so_that_it_is_seen() {
    let site = Site::new();
    let browser = site.browser("admin");
    let field =
        |mission: &str| browser.get(&format!("/runs?mission={mission}")).between("type=\"search\" value=\"", "\"");
    assert_eq!(field("a%E2%80%8B%E2%80%AE%1B%0Ab"), r"a\u{200b}\u{202e}\u{1b}\nb");
    assert_eq!(field(&"x".repeat(120)), "x".repeat(120));
    assert_eq!(field(&"x".repeat(121)), format!("{}…", "x".repeat(120)));
    let evil = format!("%E2%80%AE%1B[2J%0Aforged%F3%A0%81%81{}", "x".repeat(50_000));
    for path in [
        format!("/{evil}"),
        format!("/api/v1/{evil}"),
        format!("/api/v1/runs/{evil}"),
        format!("/api/v1/missions/echo/{evil}"),
        format!("/missions/{evil}/echo"),
        format!("/runs/{evil}"),
        format!("/runs?cursor={evil}"),
        format!("/runs?mission={evil}"),
        format!("/api/v1/runs?cursor={evil}"),
        format!("/api/v1/runs?status={evil}"),
        format!("/api/v1/runs?limit={evil}"),
        format!("/api/v1/runs?sort={evil}"),
        format!("/api/v1/runs?{evil}=1"),
        format!("/api/v1/events?after={evil}"),
    ] {
        let reply =
            if path.starts_with("/api") { site.by("admin", "GET", &path, &Value::Null) } else { browser.get(&path) };
        assert!(reply.status >= 200 && reply.body.len() < 16_000, "{}: {} bytes", &path[..40], reply.body.len());
        let passes = |c: char| c == '\n' || sortie_json::passes_as_itself(c);
        assert!(reply.body.chars().all(passes) && !reply.body.contains("\nforged"), "{}: {}", &path[..40], reply.body);
    }
}

#[test]
fn every_answer_carries_what_browsers_need_to_be_told() {
    let site = Site::new();
    for path in ["/", "/sign-in", "/api/v1/runs", "/no-such-page", "/metrics", "/healthz"] {
        for user in ["admin", "nobody"] {
            let reply = site.by(user, "GET", path, &Value::Null);
            let policy = reply.header("content-security-policy").unwrap_or_default();
            assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{path}: {policy}");
            assert_eq!(reply.header("x-content-type-options"), Some("nosniff"), "{path}");
            assert_eq!(reply.header("x-frame-options"), Some("DENY"), "{path}");
            assert_eq!(reply.header("referrer-policy"), Some("same-origin"), "{path}");
            assert_eq!(reply.header("cache-control"), Some("no-store"), "{path}");
        }
    }
}

#[test]
fn two_who_decide_at_once_are_told_which_decision_stands() {
    let site = Site::new();
    let run = site.asking();
    let path = format!("/api/v1/runs/{run}/decision");
    let answers: Vec<u16> = std::thread::scope(|scope| {
        let decide = |index: usize| {
            let value = if index.is_multiple_of(2) { "ship" } else { "hold" };
            site.by("decide", "POST", &path, &json!({"step": "ask", "value": value})).status
        };
        let threads: Vec<_> = (0..16).map(|index| scope.spawn(move || decide(index))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    // Half of them agree with the decision that stands, whichever it is, and the others are told of it.
    assert_eq!(answers.iter().filter(|status| **status == 200).count(), 8, "{answers:?}");
    assert_eq!(answers.iter().filter(|status| **status == 409).count(), 8, "{answers:?}");
    assert_eq!(site.status(&run), "done");
}
