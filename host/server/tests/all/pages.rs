//! The pages, without any script.
#![allow(clippy::unwrap_used, reason = "a test may end where its input is not as it must be")]

use std::time::Duration;

use serde_json::{Value, json};
use sortie_host::journal::{Actor, Authority, NewAnswer, Owner, RunId, Setback, Which};

use crate::site::Site;

/// Text that would do something if it were taken for markup, an attribute, an address or a style.
const EVIL: [&str; 8] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "'-alert(1)-'",
    "</textarea><script>alert(1)</script>",
    "</title><svg onload=alert(1)>",
    "javascript:alert(1)",
    "<div hx-get=/api/v1/runs hx-trigger=load>",
    "\u{202e}\u{200b}\u{0}]]>--><b>",
];

#[test]
fn a_decision_by_a_form_has_the_hash_that_was_shown_beside_its_button() {
    let site = Site::new();
    let run = site.asking();
    let browser = site.browser("decide");
    let path = format!("/runs/{run}");
    assert!(browser.get("/").body.contains("Ship it?"));
    let page = browser.get(&path);
    let hold = page.between("id=\"choice-1\"", "</section>");
    let hash = hold.split("title=\"").skip(1).find_map(|part| part.get(..64)).unwrap().to_owned();
    assert!(hold.contains("/log/0"), "{hold}");

    // A form that was filled in upon another question decides nothing.
    let asked = page.between("name=\"question\" value=\"", "\"");
    let other = "0".repeat(64);
    let refused =
        browser.post(&format!("{path}/decide"), &[("step", "ask"), ("answer", "\"hold\""), ("question", &other)]);
    assert_eq!(refused.status, 409, "{}", refused.body);
    let reply = browser.post(
        &format!("{path}/decide"),
        &[("step", "ask"), ("answer", "\"hold\""), ("comment", "not today"), ("question", &asked)],
    );
    assert_eq!(reply.header("location"), Some(format!("{path}?notice=decided").as_str()));
    let done = browser.get(&format!("{path}?notice=decided"));
    for text in [hash.as_str(), "Your decision is recorded", "not today", "Done."] {
        assert!(done.body.contains(text), "{text}: {}", done.body);
    }
    // A second click, and a tab that was left open.
    let again = browser.post(&format!("{path}/decide"), &[("step", "ask"), ("answer", "\"hold\"")]);
    assert_eq!(again.header("location"), Some(format!("{path}?notice=already_decided").as_str()));
    let other = browser.post(&format!("{path}/decide"), &[("step", "ask"), ("answer", "\"ship\"")]);
    assert_eq!(other.status, 409);
    assert!(other.body.contains("another decision stands, made by decide"), "{}", other.body);
    let verified = browser.post(&format!("{path}/verify"), &[]);
    assert!(verified.body.contains("Verified: run again"), "{}", verified.body);
}

#[test]
fn a_form_of_a_schema_is_previewed_told_what_does_not_fit_and_decided() {
    let site = Site::new();
    let schema = json!({
        "type": "object",
        "properties": {
            "amount": {"type": "integer", "minimum": 1, "maximum": 10, "description": "How many"},
            "note": {"type": "string"},
        },
        "required": ["amount"],
    });
    let run = site.run(&json!([
        {"id": "ask", "kind": "human", "payload": {"description": "How much?", "schema": schema}},
        {"id": "keep", "kind": "runtime", "payload": {"operation": "core/set", "path": "/kept", "value": 1}},
    ]));
    let browser = site.browser("decide");
    let (look, decide) = (format!("/runs/{run}/preview"), format!("/runs/{run}/decide"));
    let page = browser.get(&format!("/runs/{run}")).body;
    assert!(
        page.contains("type=\"number\"") && page.contains("min=\"1\"") && page.contains("How many · 1 to 10"),
        "{page}"
    );

    let ahead = browser.post(&look, &[("step", "ask"), ("variant", "0"), ("v/amount", "3"), ("v/note", "<b>")]);
    assert!(
        ahead.body.contains("/kept") && ahead.body.contains("value=\"3\"") && ahead.body.contains("&lt;b&gt;"),
        "{}",
        ahead.body
    );
    assert_eq!(site.status(&run), "waiting");
    for (amount, message) in
        [("three", "is not a number"), ("11", "greater than the maximum of 10"), ("", "a number is needed")]
    {
        let reply = browser.post(&decide, &[("step", "ask"), ("variant", "0"), ("v/amount", amount)]);
        assert_eq!(reply.status, 422, "{amount}");
        assert!(
            reply.body.contains("aria-invalid=\"true\"") && reply.body.contains(message),
            "{amount}: {}",
            reply.body
        );
    }
    let reply = browser.post(&decide, &[("step", "ask"), ("variant", "1"), ("json", "{\"amount\": ")]);
    assert_eq!(reply.status, 422);
    assert_eq!(site.status(&run), "waiting");
    let reply = browser.post(&decide, &[("step", "ask"), ("variant", "0"), ("v/amount", "7"), ("v/note", "")]);
    assert_eq!(reply.status, 303, "{}", reply.body);
    let result = site.by("view", "GET", &format!("/api/v1/runs/{run}"), &Value::Null).json();
    assert_eq!(result.pointer("/result/decisions/ask/value"), Some(&json!({"amount": 7})));
}

#[test]
fn a_form_can_be_filled_with_each_example_of_its_mission() {
    let site = Site::new();
    let browser = site.browser("start");
    let path = "/missions/daily-loop/daily_loop";
    let page = browser.get(path).body;
    assert!(!page.contains("value=\"2026-01-08\""), "the first example has no day: {page}");
    let link = format!("href=\"{path}?example=1\"");
    assert!(page.contains(&link), "{page}");
    let filled = browser.get(&format!("{path}?example=1")).body;
    assert!(filled.contains("value=\"2026-01-08\""), "{filled}");
    assert_eq!(browser.get(&format!("{path}?example=99")).status, 200);
    assert!(!site.browser("view").get(path).body.contains(&link), "who may not start has no form to fill");
}

#[test]
fn a_form_insists_on_nothing_within_what_may_be_left_out_and_blank_is_null_where_that_is_asked_for() {
    let site = Site::new();
    let person = json!({"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]});
    let schema = json!({
        "type": "object",
        "properties": {
            "deputy": person,
            "helpers": {"type": "array", "items": person},
            "until": {"type": ["integer", "null"]},
            "why": {"oneOf": [{"const": 1, "title": "Too late"}, {"const": 2, "title": "Too <dear>"}]},
        },
        "required": ["until", "why"],
    });
    let run = site.run(&json!([{"id": "ask", "kind": "human", "payload": {"description": "Who?", "schema": schema}}]));
    let browser = site.browser("decide");
    let page = browser.get(&format!("/runs/{run}")).body;
    let tag = |name: &str| {
        let (before, after) = page.split_once(&format!("name=\"{name}\"")).unwrap_or_else(|| panic!("{name}: {page}"));
        format!("{}{}", before.rsplit('<').next().unwrap_or_default(), after.split('>').next().unwrap_or_default())
    };
    for (name, insists) in [("v/deputy/name", false), ("v/helpers/0/name", false), ("v/until", false), ("v/why", true)]
    {
        assert_eq!(tag(name).contains(" required"), insists, "{name}: {}", tag(name));
    }
    assert!(page.contains(">Too late<") && page.contains(">Too &lt;dear&gt;<"), "{page}");
    let decide = format!("/runs/{run}/decide");
    let all = [("step", "ask"), ("variant", "0"), ("v/until", ""), ("v/why", "2"), ("v/deputy/name", "")];
    let reply = browser.post(&decide, &all);
    assert_eq!(reply.status, 303, "{}", reply.body);
    let result = site.by("view", "GET", &format!("/api/v1/runs/{run}"), &Value::Null).json();
    assert_eq!(result.pointer("/result/decisions/ask/value"), Some(&json!({"until": null, "why": 2})));
}

#[test]
fn the_daily_loop_can_be_started_and_decided_with_its_own_forms() {
    let site = Site::new();
    let browser = site.browser("decide");
    let page = browser.get("/missions/daily-loop/daily_loop").body;
    assert!(page.contains("name=\"v/today\""), "{page}");
    let tasks = json!({"tasks": [
        {"uuid": "11111111-1111-4111-8111-111111111111", "description": "Write", "status": "pending", "entry": "20260101T000000Z"},
        {"uuid": "22222222-2222-4222-8222-222222222222", "description": "Read", "status": "pending", "entry": "20260102T000000Z"},
    ]});
    let started =
        browser.post("/missions/daily-loop/daily_loop", &[("v/today", "2026-01-08"), ("state", &tasks.to_string())]);
    assert_eq!(started.status, 303, "{}", started.body);
    let path = started.header("location").unwrap().split('?').next().unwrap().to_owned();
    let page = browser.get(&path).body;
    assert!(
        page.contains("Accept the proposal as it is") && page.contains("Change the proposal") && page.contains("Write"),
        "{page}"
    );
    let reply = browser.post(&format!("{path}/decide"), &[("step", "confirm_priorities"), ("variant", "0")]);
    assert_eq!(reply.status, 303, "{}", reply.body);
    // A mistake in the params is told at its field, and what was written stays.
    let wrong =
        browser.post("/missions/daily-loop/daily_loop", &[("v/today", "2026-99-99"), ("state", "{\"tasks\": [")]);
    assert_eq!(wrong.status, 422);
    assert!(wrong.body.contains("2026-99-99"), "{}", wrong.body);
}

#[test]
fn text_of_plugins_and_people_is_never_markup() {
    let site = Site::new();
    let browser = site.browser("admin");
    for evil in EVIL {
        let run = site.run(&json!([
            {"id": "show", "kind": "runtime", "payload": {"operation": "core/set", "path": "/evil", "value": {evil: evil}}},
            {"id": evil, "kind": "human", "payload": {
                "description": evil, "context": "/evil", "choices": [evil, {"x": evil}], "expires": 60, "assignees": [evil, "admin"],
            }},
            {"id": "end", "kind": "human", "payload": {"schema": {"type": "object", "properties": {
                evil: {"type": "string", "title": evil, "description": evil, "default": evil, "enum": [evil, "other"]},
            }}}},
        ]));
        let path = format!("/runs/{run}");
        let mut pages = vec![
            browser.get("/").body,
            browser.get(&path).body,
            browser.get(&format!("/?mission={evil}").replace(' ', "+")).body,
        ];
        let answer = json!(evil).to_string();
        let decided =
            browser.post(&format!("{path}/decide"), &[("step", evil), ("answer", &answer), ("comment", evil)]);
        assert_eq!(decided.status, 303, "{evil:?}: {}", decided.body);
        pages.push(browser.get(&path).body);
        pages.push(
            browser
                .post(
                    &format!("{path}/preview"),
                    &[("step", "end"), ("variant", "0"), (&format!("v/{evil}"), evil), ("json", evil)],
                )
                .body,
        );
        browser.post(&format!("{path}/cancel"), &[("reason", evil)]);
        pages.push(browser.get(&path).body);
        for page in pages {
            let lower = page.to_lowercase();
            for never in [
                "<script>",
                "<img",
                "<svg onload",
                "<b>",
                "<div hx-get=/api",
                "href=\"javascript",
                "</textarea><script",
            ] {
                assert!(!lower.contains(never), "{evil:?} gives {never}: {page}");
            }
            assert!(!page.contains('\u{202e}') || page.contains("value=\""), "{evil:?}");
        }
    }
}

#[test]
fn a_run_that_is_not_there_is_said_to_be_not_there() {
    let site = Site::new();
    let browser = site.browser("view");
    for path in ["/runs/none", "/runs/no%20name", "/missions/none/none", "/none"] {
        let reply = browser.get(path);
        assert_eq!(reply.status, 404, "{path}");
        assert!(reply.body.contains("Go to the inbox"), "{path}");
    }
}

#[test]
fn the_list_leaves_a_page_as_it_is_while_nothing_has_changed() {
    let site = Site::new();
    site.asking();
    let browser = site.browser("view");
    let page = browser.get("/");
    let tag = page.between("Sortie-List&quot;:&quot;", "&quot;");
    let ask = |tag: &str| {
        let headers = [("Cookie", browser.cookie.as_str()), ("HX-Request", "true"), ("Sortie-List", tag)];
        site.send("GET", "/", &headers, "").status
    };
    assert_eq!((ask(&tag), ask("0")), (204, 200));
    site.asking();
    assert_eq!(ask(&tag), 200);
}

#[test]
fn a_run_whose_wait_is_over_says_where_it_is_until_it_goes_on_and_why_it_does_not() {
    let site = Site::with(|settings| settings.workers = 0);
    let deployment = &site.deployment;
    let runs = deployment.host.runs(&*deployment.journal, &*deployment.clock, &*deployment.driver);
    let browser = site.browser("decide");
    let page = |run: &RunId| browser.get(&format!("/runs/{run}")).body;

    let run = site.asking();
    let (value, ann) = (json!("ship"), Actor::new("ann"));
    runs.decide(&NewAnswer::new(&run, Authority::Owner(Which::Last), &value, &ann)).unwrap();
    assert!(page(&run).contains("The answer is recorded. The run is about to continue."), "{}", page(&run));
    assert!(!browser.get("/").body.contains(run.as_str()), "nothing waits there any more");

    let ask = json!({"description": "Soon?", "expires": "1s", "on_expiry": "fail"});
    let silent = site.run(&json!([{"id": "ask", "kind": "human", "payload": ask}]));
    while runs.expire_next().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(page(&silent).contains("Nobody answered in time. The run is about to continue"), "{}", page(&silent));

    // A worker could not drive it: why is told to people and to programs, and what it says is text.
    let owner = Owner::new("a worker");
    let reason = format!("the plugin is missing {}", EVIL[0]);
    let setback = Setback { code: "plugin_missing".to_owned(), reason, attempts: 1, retry_at: None };
    deployment.journal.claim(&run, &owner, Duration::from_mins(1)).unwrap();
    deployment.journal.set_back(&run, &owner, &setback).unwrap();
    let told = page(&run);
    assert!(told.contains("The run could not continue: the plugin is missing") && told.contains("set aside"), "{told}");
    assert!(!told.contains(EVIL[0]), "{told}");
    let shown = site.by("view", "GET", &format!("/api/v1/runs/{run}"), &Value::Null).json();
    assert_eq!(shown["setback"]["code"], json!("plugin_missing"), "{shown}");
    assert_eq!(shown["setback"]["retry_at"], Value::Null, "{shown}");
}
