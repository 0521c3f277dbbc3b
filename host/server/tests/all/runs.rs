//! Lists a page at a time, runs that are started once, what happens as it happens, and runs that nobody asks for.
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test may end where its input is not as it must be")]

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::site::Site;

fn get(site: &Site, path: &str) -> Value {
    let reply = site.by("view", "GET", path, &Value::Null);
    assert_eq!(reply.status, 200, "{path}: {}", reply.body);
    reply.json()
}

/// All runs of a list, a page at a time.
fn all(site: &Site, query: &str, limit: usize) -> Vec<String> {
    let (mut runs, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = get(site, &format!("/api/v1/runs?limit={limit}{query}{cursor}"));
        let found = page["runs"].as_array().unwrap();
        assert!(found.len() <= limit);
        runs.extend(found.iter().map(|run| run["run"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { return runs };
        cursor = format!("&cursor={next}");
    }
}

#[test]
fn a_list_is_read_to_its_end_a_page_at_a_time_in_each_order() {
    let site = Site::new();
    let runs: Vec<String> = (0..7).map(|_| site.asking().to_string()).collect();
    let sorted = |mut runs: Vec<String>| {
        runs.sort();
        runs
    };
    for sort in ["oldest", "newest", "changed", "due"] {
        for limit in [1, 3, 7, 100] {
            let found = all(&site, &format!("&sort={sort}"), limit);
            assert_eq!(found, all(&site, &format!("&sort={sort}"), 100), "{sort} {limit}");
            assert_eq!(sorted(found), sorted(runs.clone()), "{sort} {limit}");
        }
    }
    let mut newest = all(&site, "&sort=newest", 2);
    newest.reverse();
    assert_eq!(newest, all(&site, "", 2));
    assert_eq!(all(&site, "&started_by=nobody&status=waiting", 4).len(), 7);
    assert_eq!(all(&site, "&started_by=ann", 4).len(), 0);
    for wrong in ["cursor=x", "sort=best", "limit=-1", "colour=red"] {
        let reply = site.by("view", "GET", &format!("/api/v1/runs?{wrong}"), &Value::Null);
        assert_eq!((reply.status, reply.code().as_str()), (400, "invalid_request"), "{wrong}: {}", reply.body);
    }
    assert_eq!(site.browser("view").get("/runs?cursor=x").status, 400);
    // A place in one order is none in another.
    let next = get(&site, "/api/v1/runs?limit=2&sort=newest")["next"].as_str().unwrap().to_owned();
    for other in ["", "&sort=oldest", "&sort=changed", "&sort=due"] {
        let reply = site.by("view", "GET", &format!("/api/v1/runs?cursor={next}{other}"), &Value::Null);
        assert_eq!((reply.status, reply.code().as_str()), (400, "invalid_cursor"), "{other}: {}", reply.body);
    }
    assert_eq!(site.browser("view").get(&format!("/?cursor={next}")).status, 400);
}

#[test]
fn the_pages_of_runs_and_of_the_inbox_lead_to_all_of_them() {
    let site = Site::new();
    let mut expected: Vec<String> = (0..101).map(|_| site.asking().to_string()).collect();
    expected.sort();
    let browser = site.browser("view");
    for start in ["/runs", "/", "/?sort=due"] {
        let (mut found, mut path) = (Vec::new(), start.to_owned());
        loop {
            let page = browser.get(&path);
            let links = page.body.split("href=\"/runs/").skip(1).filter_map(|rest| rest.split('"').next());
            found.extend(links.map(str::to_owned));
            let Some((before, _)) = page.body.split_once("\" rel=\"next\"") else { break };
            path = before.rsplit("href=\"").next().unwrap().replace("&amp;", "&");
        }
        found.sort();
        assert_eq!(found, expected, "{start}");
    }
}

#[test]
fn a_request_that_is_sent_again_starts_no_second_run() {
    let site = Site::new();
    let start = json!({"mission": "echo", "params": {"message": "once"}});
    let send = |user: &str, headers: &[(&str, &str)], body: &Value| {
        let authorization = format!("Bearer {user}-token");
        let mut all = vec![("Authorization", authorization.as_str()), ("Content-Type", "application/json")];
        all.extend(headers);
        site.send("POST", "/api/v1/runs", &all, &body.to_string())
    };
    let key = [("Idempotency-Key", "order 66")];
    let (first, again) = (send("start", &key, &start), send("start", &key, &start));
    assert_eq!((first.status, again.status), (201, 200), "{} {}", first.body, again.body);
    assert_eq!(first.json()["run"], again.json()["run"]);
    assert_ne!(send("admin", &key, &start).json()["run"], first.json()["run"], "another's key is another key");
    let other = json!({"mission": "echo", "params": {"message": "twice"}});
    let refused = send("start", &key, &other);
    assert_eq!((refused.status, refused.code().as_str()), (409, "run_exists"));
    assert_eq!(refused.json()["help"], json!("send a new key with a new request"));
    assert_eq!(send("start", &[key[0], key[0]], &start).status, 400, "which of two keys counts?");

    let named = json!({"mission": "echo", "params": {"message": "once"}, "run": "my-run"});
    assert_eq!(send("start", &[], &named).status, 201);
    assert_eq!(send("admin", &[], &named).status, 200);
    assert_eq!(send("start", &key, &named).status, 400);
    for wrong in ["", "-x", "../etc", "a b"] {
        let named = json!({"mission": "echo", "run": wrong});
        assert_eq!(send("start", &[], &named).status, 400, "{wrong}");
    }
    let long = "k".repeat(300);
    assert_eq!(send("start", &[("Idempotency-Key", &long)], &start).status, 400);
    assert_eq!(all(&site, "", 100).len(), 3);
}

#[test]
fn the_form_of_a_mission_sent_twice_starts_one_run() {
    let site = Site::new();
    let browser = site.browser("start");
    let page = browser.get("/missions/daily-loop/daily_loop");
    let run = page.between("name=\"run\" value=\"", "\"");
    let fields = [("run", run.as_str()), ("v/today", "2026-01-08"), ("state", "{\"tasks\": []}")];
    let sent = |_| browser.post("/missions/daily-loop/daily_loop", &fields);
    let locations: Vec<String> =
        (0..2).map(sent).map(|reply| reply.header("location").unwrap_or(&reply.body).to_owned()).collect();
    assert_eq!(locations, [format!("/runs/{run}?notice=started"), format!("/runs/{run}?notice=started_before")]);
    assert_eq!(all(&site, "", 100), [run]);
}

/// Somebody who watches.
struct Watch(BufReader<TcpStream>);

impl Watch {
    fn begin(site: &Site, query: &str, header: &str) -> Self {
        let mut stream = TcpStream::connect(site.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let head = format!(
            "GET /api/v1/events{query} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer view-token\r\n{header}\r\n",
            site.address
        );
        stream.write_all(head.as_bytes()).unwrap();
        Self(BufReader::new(stream))
    }

    /// The next event: its type, id and data.
    fn next(&mut self) -> (String, u64, Value) {
        let (mut kind, mut id, mut data) = (String::new(), 0, Value::Null);
        loop {
            let mut line = String::new();
            assert!(self.0.read_line(&mut line).unwrap() > 0, "it ended");
            match line.trim_end().split_once(": ") {
                Some(("event", word)) => word.clone_into(&mut kind),
                Some(("id", number)) => id = number.parse().unwrap(),
                Some(("data", text)) => data = serde_json::from_str(text).unwrap(),
                None if line.trim_end().is_empty() && !kind.is_empty() => return (kind, id, data),
                _ => {}
            }
        }
    }
}

#[test]
fn what_happens_is_told_at_once_and_who_comes_back_misses_nothing() {
    let site = Site::new();
    let before = site.asking();
    let mut watch = Watch::begin(&site, "", "");
    let (kind, place, _) = watch.next();
    assert_eq!(kind, "ready");
    let run = site.asking();
    let (kind, first, data) = watch.next();
    assert_eq!((kind.as_str(), &data["run"], &data["status"]), ("change", &json!(run), &json!("waiting")));
    assert!(first > place);
    let decision = json!({"step": "ask", "value": "ship"});
    assert_eq!(site.by("ann", "POST", &format!("/api/v1/runs/{run}/decision"), &decision).status, 200);
    // A decision is written together with what follows from it.
    assert_eq!(watch.next().2["status"], json!("done"));

    let mut again = Watch::begin(&site, "", &format!("Last-Event-ID: {first}\r\n"));
    assert_eq!(again.next().1, first);
    assert_eq!(again.next().2["status"], json!("done"));
    let mut whole = Watch::begin(&site, "?after=0", "");
    whole.next();
    assert_eq!(whole.next().2["run"], json!(before));
    // An id of another journal, which was here before and had come further.
    let mut stranger = Watch::begin(&site, "", "Last-Event-ID: 1000000\r\n");
    assert!(stranger.next().1 < 1_000_000);
    let newest = site.asking();
    assert_eq!(stranger.next().2["run"], json!(newest));
    let wrong = [("Authorization", "Bearer view-token"), ("Last-Event-ID", "x")];
    assert_eq!(site.send("GET", "/api/v1/events", &wrong, "").status, 400);
    let began = Instant::now();
    drop(site);
    assert!(began.elapsed() < Duration::from_secs(15), "those who watch do not keep the server from stopping");
}

#[test]
fn more_changes_than_are_read_at_a_time_are_told_one_after_the_other() {
    let site = Site::new();
    let runs: Vec<Value> = (0..201).map(|_| json!(site.asking())).collect();
    let mut whole = Watch::begin(&site, "?after=0", "");
    assert_eq!(whole.next().0, "ready");
    let told: Vec<(u64, Value)> =
        (0..201).map(|_| whole.next()).map(|(_, place, data)| (place, data["run"].clone())).collect();
    assert_eq!(told.iter().map(|(_, run)| run.clone()).collect::<Vec<_>>(), runs);
    // As many as are read at a time, and one more.
    for count in [100, 101] {
        let before = told[201 - count - 1].0;
        let mut late = Watch::begin(&site, &format!("?after={before}"), "");
        late.next();
        let found: Vec<Value> = (0..count).map(|_| late.next().2["run"].clone()).collect();
        assert_eq!(found, runs[201 - count..], "{count}");
    }
}

#[test]
fn no_more_than_a_number_watch_at_once() {
    let site = Site::new();
    let watch = |_| {
        let mut watch = Watch::begin(&site, "", "");
        watch.next();
        watch
    };
    let watches: Vec<Watch> = (0..64).map(watch).collect();
    let refused = site.by("view", "GET", "/api/v1/events", &Value::Null);
    assert_eq!((refused.status, refused.code().as_str()), (503, "server_busy"));
    drop(watches);
}

/// Waits until a run has a status.
fn until(site: &Site, run: &sortie_host::journal::RunId, status: &str) {
    let began = Instant::now();
    while site.status(run) != status {
        assert!(began.elapsed() < Duration::from_secs(30), "it is {}", site.status(run));
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_wait_that_nobody_answers_ends_by_itself_and_a_decision_made_elsewhere_is_followed() {
    let site = Site::new();
    let steps = |payload: Value| {
        json!([
            {"id": "ask", "kind": "human", "payload": payload},
            {"id": "end", "kind": "runtime", "payload": {"operation": "core/append", "path": "/log", "value": "end"}},
        ])
    };
    let by_default = site.run(&steps(json!({"expires": 1, "on_expiry": "default", "default": "hold"})));
    let by_failure = site.run(&steps(json!({"expires": 1})));
    let elsewhere = site.asking();
    let (value, actor) = (json!("hold"), sortie_host::journal::Actor::new("ann"));
    let answer = sortie_host::journal::NewAnswer::new(
        &elsewhere,
        sortie_host::journal::Authority::Owner(sortie_host::journal::Which::Last),
        &value,
        &actor,
    );
    sortie_host::journal::Inbox::new(&*site.deployment.journal, &*site.deployment.clock).decide(&answer).unwrap();
    until(&site, &elsewhere, "done");
    until(&site, &by_default, "done");
    until(&site, &by_failure, "failed");
    let metrics = site.by("view", "GET", "/metrics", &Value::Null).body;
    assert!(metrics.contains("sortie_work_total{code=\"expired\"} 2"), "{metrics}");
}
