//! Requests that a person's browser is made to send: none of them does anything.

use serde_json::json;

use crate::site::Site;

#[test]
fn a_get_decides_nothing() {
    let site = Site::new();
    let run = site.asking();
    let browser = site.browser("admin");
    for path in ["decide", "cancel", "preview", "verify"] {
        let reply = browser.get(&format!("/runs/{run}/{path}?step=ask&answer=%22ship%22"));
        assert_eq!(reply.status, 405, "{path}");
    }
    assert_eq!(browser.get(&format!("/runs/{run}?step=ask&answer=%22ship%22")).status, 200);
    assert_eq!(site.status(&run), "waiting");
}

#[test]
fn a_form_that_another_site_sends_is_refused() {
    let site = Site::new();
    let run = site.asking();
    let browser = site.browser("admin");
    let token = browser.form_token();
    let path = format!("/runs/{run}/decide");
    let fields = [("step", "ask"), ("answer", "\"ship\"")];
    let signed = [("form_token", token.as_str()), ("step", "ask"), ("answer", "\"ship\"")];
    // Without the token, with another's, with none.
    let other = site.browser("admin").form_token();
    for token in [other.as_str(), "", "0"] {
        let mut with = fields.to_vec();
        with.push(("form_token", token));
        assert_eq!(browser.post_only(&path, &with, &[]).status, 403, "{token}");
    }
    assert_eq!(browser.post_only(&path, &fields, &[]).status, 403);
    // With the token, from elsewhere.
    for (name, value) in [
        ("Origin", "https://evil.example"),
        ("Origin", "null"),
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
    ] {
        assert_eq!(browser.post_only(&path, &signed, &[(name, value)]).status, 403, "{name}: {value}");
    }
    assert_eq!(site.status(&run), "waiting");
    let own = format!("http://{}", site.address);
    let reply = browser.post_only(&path, &signed, &[("Origin", &own), ("Sec-Fetch-Site", "same-origin")]);
    assert_eq!(reply.status, 303, "{}", reply.body);
    assert_eq!(site.status(&run), "done");
}

#[test]
fn a_cookie_changes_nothing_by_the_interface_for_programs() {
    let site = Site::new();
    let run = site.asking();
    let browser = site.browser("admin");
    for (path, body) in [
        (format!("/api/v1/runs/{run}/decision"), json!({"step": "ask", "value": "ship"})),
        (format!("/api/v1/runs/{run}/cancel"), json!({"reason": "x"})),
        ("/api/v1/runs".to_owned(), json!({"mission": "echo"})),
    ] {
        for kind in ["application/json", "text/plain", "application/x-www-form-urlencoded"] {
            let headers = [("Cookie", browser.cookie.as_str()), ("Content-Type", kind)];
            let reply = site.send("POST", &path, &headers, &body.to_string());
            assert_eq!((reply.status, reply.code().as_str()), (403, "forged_request"), "{path}");
        }
    }
    assert_eq!(site.status(&run), "waiting");
}

#[test]
fn a_name_that_leads_here_and_is_not_ours_is_refused() {
    let site = Site::new();
    let port = site.address.port();
    for host in
        ["evil.example", &format!("evil.example:{port}"), "127.0.0.1", "", &format!("127.0.0.1:{port}.evil.example")]
    {
        for path in ["/", "/healthz", "/api/v1/runs", "/sign-in"] {
            let reply = site.send("GET", path, &[("Host", host), ("Authorization", "Bearer admin-token")], "");
            assert_eq!(reply.status, 421, "{host} {path}");
        }
    }
    assert_eq!(site.send("GET", "/healthz", &[("Host", &format!("localhost:{port}"))], "").status, 200);
    let absolute = format!("GET http://evil.example/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n");
    assert_eq!(site.raw(absolute.as_bytes()).status, 421);
    let twice =
        format!("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
    assert_ne!(site.raw(twice.as_bytes()).status, 200);
}
