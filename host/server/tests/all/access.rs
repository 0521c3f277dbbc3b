//! Each role against each route, and how people come in.

use serde_json::{Value, json};
use sortie_server::{Rates, Role};

use crate::site::{Site, cookie_of};

/// Every route that takes a role, with the least role that it takes.
const ROUTES: [(&str, &str, Role); 38] = [
    ("GET", "/", Role::View),
    ("GET", "/runs", Role::View),
    ("GET", "/runs/none", Role::View),
    ("GET", "/runs/none/state", Role::View),
    ("GET", "/runs/none/bundle", Role::View),
    ("POST", "/runs/none/verify", Role::View),
    ("GET", "/missions", Role::View),
    ("GET", "/missions/echo/echo", Role::View),
    ("GET", "/plugins", Role::View),
    ("POST", "/sign-out", Role::View),
    ("GET", "/passkeys", Role::View),
    ("POST", "/passkeys", Role::View),
    ("POST", "/passkeys/challenge", Role::View),
    ("POST", "/passkeys/remove", Role::View),
    ("GET", "/passkeys/signers", Role::Admin),
    ("GET", "/metrics", Role::View),
    ("GET", "/api/v1/missions", Role::View),
    ("GET", "/api/v1/missions/echo/echo", Role::View),
    ("GET", "/api/v1/plugins", Role::View),
    ("GET", "/api/v1/runs", Role::View),
    ("GET", "/api/v1/runs/none", Role::View),
    ("GET", "/api/v1/runs/none/state", Role::View),
    ("GET", "/api/v1/runs/none/preview", Role::View),
    ("POST", "/api/v1/runs/none/preview", Role::View),
    ("GET", "/api/v1/runs/none/bundle", Role::View),
    ("POST", "/api/v1/runs/none/verify", Role::View),
    ("GET", "/api/v1/events?after=x", Role::View),
    ("POST", "/missions/echo/echo", Role::Start),
    ("POST", "/api/v1/runs", Role::Start),
    ("POST", "/runs/none/decide", Role::Decide),
    ("POST", "/runs/none/preview", Role::Decide),
    ("POST", "/runs/none/sign", Role::Decide),
    ("POST", "/runs/none/signed", Role::Decide),
    ("POST", "/api/v1/runs/none/decision", Role::Decide),
    ("POST", "/runs/none/cancel", Role::Admin),
    ("POST", "/api/v1/runs/none/cancel", Role::Admin),
    ("HEAD", "/", Role::View),
    ("HEAD", "/api/v1/runs", Role::View),
];

#[test]
fn each_role_may_do_what_it_may_and_nothing_else() {
    // Whoever guesses so often is not heard otherwise.
    let site = Site::with(|settings| settings.rates = Rates::UNLIMITED);
    for (method, path, least) in ROUTES {
        for role in Role::ALL {
            let reply = site.by(role.word(), method, path, &Value::Null);
            let refused = reply.status == 403;
            assert_eq!(refused, role < least, "{method} {path} as {}: {} {}", role.word(), reply.status, reply.body);
            assert_ne!(reply.status, 401, "{method} {path}");
        }
        let stranger = site.send(method, path, &[], "");
        assert!([401, 303].contains(&stranger.status), "{method} {path}: {} {}", stranger.status, stranger.body);
        let guess = site.by("nobody", method, path, &Value::Null);
        assert!([401, 303].contains(&guess.status), "{method} {path}: {}", guess.status);
    }
}

#[test]
fn what_is_for_anybody_tells_nothing_of_runs() {
    let site = Site::new();
    let run = site.asking();
    for path in ["/healthz", "/openapi.json", "/sign-in", "/no-such-page", "/assets/none"] {
        let reply = site.send("GET", path, &[], "");
        assert!(!reply.body.contains(run.as_str()) && !reply.body.contains("Ship it"), "{path}");
    }
}

#[test]
fn the_address_that_is_printed_works_once_and_becomes_a_cookie_that_is_new_each_time() {
    let site = Site::new();
    // Who has planted a cookie before knows nothing of the session that begins then.
    let port = site.address.port();
    let planted = format!("sortie_{port}={}", "0".repeat(64));
    let reply = site.send("GET", &site.entry_path(), &[("Cookie", &planted)], "");
    assert_eq!(reply.status, 303);
    let set = reply.header("set-cookie").unwrap_or_default().to_owned();
    assert!(set.contains("HttpOnly") && set.contains("SameSite=Lax") && set.contains("Path=/"), "{set}");
    let cookie = cookie_of(&reply);
    assert_ne!(cookie, planted);
    assert_eq!(site.send("GET", "/", &[("Cookie", &cookie)], "").status, 200);
    assert_eq!(site.send("GET", "/", &[("Cookie", &planted)], "").status, 303);
    assert_eq!(site.send("GET", &site.entry_path(), &[], "").status, 410);
    assert_eq!(site.send("GET", "/enter/0000", &[], "").status, 410);
}

#[test]
fn a_session_ends_when_its_person_says_so() {
    let site = Site::new();
    let browser = site.browser("view");
    assert_eq!(browser.get("/").status, 200);
    assert_eq!(browser.post("/sign-out", &[]).status, 303);
    assert_eq!(browser.get("/").header("location"), Some("/sign-in"));
    assert_eq!(
        site.send("POST", "/sign-in", &[("Content-Type", "application/x-www-form-urlencoded")], "token=guess").status,
        403
    );
}

#[test]
fn a_proxy_is_believed_with_the_secret_and_not_without() {
    let site = Site::new();
    let ask = |headers: &[(&str, &str)]| site.send("GET", "/api/v1/runs", headers, "").status;
    assert_eq!(ask(&[("Remote-User", "admin")]), 401);
    assert_eq!(ask(&[("Remote-User", "admin"), ("Sortie-Proxy-Secret", "guess")]), 401);
    assert_eq!(ask(&[("Remote-User", "admin"), ("Sortie-Proxy-Secret", "between us")]), 200);
    assert_eq!(ask(&[("Remote-User", "nobody"), ("Sortie-Proxy-Secret", "between us")]), 401);
    assert_eq!(ask(&[("Remote-User", "view"), ("Remote-User", "admin"), ("Sortie-Proxy-Secret", "between us")]), 401);
    assert_eq!(ask(&[("Sortie-Proxy-Secret", "between us")]), 401);
}

#[test]
fn who_is_not_asked_cannot_decide_whatever_their_role() {
    let site = Site::new();
    let run = site.run(&json!([
        {"id": "ask", "kind": "human", "payload": {"choices": ["yes", "no"], "assignees": ["ann"]}},
    ]));
    let decision = json!({"step": "ask", "value": "yes"});
    let path = format!("/api/v1/runs/{run}/decision");
    for user in ["decide", "admin"] {
        let reply = site.by(user, "POST", &path, &decision);
        assert_eq!((reply.status, reply.code().as_str()), (403, "not_assignee"));
        let page = site.browser(user).get(&format!("/runs/{run}"));
        assert!(page.body.contains("This is asked of ann") && !page.body.contains("Decide:"), "{}", page.body);
    }
    // A name in the body is nobody's name.
    let forged = site.by("admin", "POST", &path, &json!({"step": "ask", "value": "yes", "actor": "ann"}));
    assert_eq!((forged.status, forged.code().as_str()), (400, "invalid_request"));
    assert_eq!(site.status(&run), "waiting");
    assert_eq!(site.by("ann", "POST", &path, &decision).status, 200);
    assert_eq!(site.status(&run), "done");
}

#[test]
fn two_people_decide_where_it_takes_two_and_not_the_one_who_started_the_run() {
    let site = Site::new();
    let steps = json!([{
        "id": "ask", "kind": "human",
        "payload": {"description": "Ship it?", "choices": ["ship", "hold"], "approvals": 2, "not_starter": true},
    }]);
    let run = site.run_of("admin", &steps);
    let path = format!("/api/v1/runs/{run}/decision");
    let decide = |user: &str, value: &str| site.by(user, "POST", &path, &json!({"step": "ask", "value": value}));
    let refused = decide("admin", "ship");
    assert_eq!((refused.status, refused.code().as_str()), (403, "is_starter"));
    let page = site.browser("admin").get(&format!("/runs/{run}"));
    assert!(
        page.body.contains("person who started the run may not decide") && !page.body.contains("Decide:"),
        "{}",
        page.body
    );

    assert_eq!(decide("ann", "ship").json()["code"], json!("approved"));
    assert_eq!(decide("ann", "ship").json()["code"], json!("approved"), "one person counts once");
    assert_eq!(site.status(&run), "waiting");
    let shown = site.by("view", "GET", &format!("/api/v1/runs/{run}"), &json!(null)).json();
    assert_eq!(shown.pointer("/question/approved/0/actor"), Some(&json!("ann")), "{shown}");
    let browser = site.browser("decide");
    let page = browser.get(&format!("/runs/{run}"));
    assert!(page.body.contains("2 people have to agree") && page.body.contains(": 1 of 2"), "{}", page.body);
    let sent = browser.post(&format!("/runs/{run}/decide"), &[("step", "ask"), ("answer", "\"ship\"")]);
    assert!(sent.header("location").unwrap_or_default().ends_with("notice=decided"), "{}", sent.head);
    assert_eq!(site.status(&run), "done");
    let page = browser.get(&format!("/runs/{run}"));
    assert!(page.body.contains("with <strong>ann</strong> who agreed"), "{}", page.body);
}
