//! The Model Context Protocol: what software that acts for somebody gets, and what it cannot have.
#![allow(clippy::unwrap_used, reason = "a test may end where its input is not as it must be")]

use serde_json::{Value, json};

use crate::site::{Reply, Site};

/// What each request of a client has.
const BEARER: [(&str, &str); 3] = [
    ("Authorization", "Bearer start-token"),
    ("Content-Type", "application/json"),
    ("Accept", "application/json, text/event-stream"),
];

/// Sends one message as a client of the protocol's version does that has sessions.
fn send(site: &Site, user: &str, method: &str, params: &Value) -> Reply {
    let authorization = format!("Bearer {user}-token");
    let headers = [
        ("Authorization", authorization.as_str()),
        ("Content-Type", "application/json"),
        ("Accept", "application/json, text/event-stream"),
        ("MCP-Protocol-Version", "2025-11-25"),
    ];
    let message = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
    site.send("POST", "/mcp", &headers, &message.to_string())
}

fn call(site: &Site, user: &str, tool: &str, arguments: &Value) -> Value {
    let reply = send(site, user, "tools/call", &json!({"name": tool, "arguments": arguments}));
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.json()
}

fn asking() -> Value {
    json!({"params": {"today": "2026-01-08"}, "state": {"tasks": [
        {"uuid": "11111111-1111-4111-8111-111111111111", "description": "Write", "status": "pending", "entry": "20260101T000000Z"},
    ]}})
}

#[test]
fn each_mission_is_a_tool_with_its_schema_and_none_decides() {
    let site = Site::new();
    let listed = send(&site, "start", "tools/list", &json!({})).json();
    let tools = listed.pointer("/result/tools").and_then(Value::as_array).unwrap();
    let names: Vec<&str> = tools.iter().filter_map(|tool| tool["name"].as_str()).collect();
    assert!(names.contains(&"daily_loop") && names.contains(&"sortie_preview"), "{names:?}");
    for tool in tools {
        let text = tool.to_string();
        assert!(!text.contains("token") || !tool["name"].as_str().unwrap().starts_with("sortie"), "{text}");
        for never in ["decide", "answer_run", "cancel"] {
            assert!(!tool["name"].as_str().unwrap().contains(never), "{text}");
        }
    }
}

#[test]
fn of_a_tool_that_there_is_not_the_beginning_is_told_as_foreign_text() {
    let site = Site::new();
    let told = |name: &str| call(&site, "start", name, &json!({}))["error"]["message"].as_str().unwrap().to_owned();
    assert_eq!(told("none\u{202e}\u{7}"), r"there is no tool `none\u{202e}\u{7}`");
    let long = told(&"x".repeat(1_000_000));
    assert!(long.starts_with("there is no tool `xxx") && long.len() < 200, "{long}");
}

#[test]
fn a_mission_that_asks_gives_the_address_where_a_person_decides_and_nothing_to_decide_with() {
    let site = Site::new();
    let started = call(&site, "start", "daily_loop", &asking());
    let value = started.pointer("/result/structuredContent").unwrap();
    let run: sortie_host::journal::RunId = value["run"].as_str().unwrap().parse().unwrap();
    assert_eq!(value["page"], json!(format!("http://{}/runs/{run}", site.address)));
    assert_eq!(value["status"], json!("waiting"));
    let text = started.to_string();
    assert!(text.contains("you cannot") && !text.contains("token"), "{text}");

    let ahead = call(&site, "start", "sortie_preview", &json!({"run": run}));
    let ahead = ahead.pointer("/result/structuredContent/previews/0").unwrap().clone();
    let step = value.pointer("/asks/step").and_then(Value::as_str).unwrap();
    let decision = json!({"step": step, "value": {"accept": true}});
    site.by("ann", "POST", &format!("/api/v1/runs/{run}/decision"), &decision);
    let shown = call(&site, "start", "sortie_show_run", &json!({"run": run}));
    assert_eq!(shown.pointer("/result/structuredContent/result_hash"), Some(&ahead["result_hash"]));
    let verified = call(&site, "start", "sortie_verify", &json!({"run": run}));
    assert_eq!(verified.pointer("/result/structuredContent/verified"), Some(&json!(true)));
}

#[test]
fn an_agent_that_tries_everything_decides_nothing() {
    let site = Site::new();
    let run = site.asking();
    let decision = json!({"step": "ask", "value": "ship"});
    let tools = [
        "sortie_show_run",
        "sortie_preview",
        "sortie_verify",
        "sortie_build",
        "daily_loop",
        "decide",
        "answer",
        "cancel",
        "",
    ];
    let arguments = [
        json!({"run": run}),
        json!({"run": run, "answer": "ship"}),
        json!({"run": run, "step": "ask", "value": "ship", "decide": true}),
        json!({"run": run, "token": "0".repeat(64), "choice": "ship"}),
        json!({"mission": "w", "params": {}, "answers": {"ask": "ship"}}),
        json!({"params": {}, "answers": {"ask": "ship"}}),
    ];
    for tool in tools {
        for arguments in &arguments {
            for extra in [
                json!({}),
                json!({"requestState": run, "inputResponses": {"decision": {"action": "accept", "content": {"value": "ship"}}}}),
                json!({"requestState": "../../etc/passwd"}),
            ] {
                let mut params = json!({"name": tool, "arguments": arguments});
                params.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
                send(&site, "start", "tools/call", &params);
            }
        }
    }
    for method in
        ["elicitation/create", "tasks/update", "resources/write", "completion/complete", "sampling/createMessage"]
    {
        send(&site, "start", method, &json!({"run": run, "action": "accept", "content": decision}));
    }
    // With its own token by the other ways, which takes a role that it has not.
    assert_eq!(site.by("start", "POST", &format!("/api/v1/runs/{run}/decision"), &decision).status, 403);
    assert_eq!(site.by("start", "POST", &format!("/api/v1/runs/{run}/cancel"), &json!({"reason": "x"})).status, 403);
    assert_eq!(site.by("start", "POST", &format!("/runs/{run}/decide"), &decision).status, 403);
    assert_eq!(site.status(&run), "waiting");
}

#[test]
fn who_may_only_look_starts_nothing_and_a_stranger_gets_nothing() {
    let site = Site::new();
    let refused = call(&site, "view", "echo", &json!({"params": {}}));
    assert_eq!(refused.pointer("/result/structuredContent/error/code"), Some(&json!("not_allowed")), "{refused}");
    assert_eq!(send(&site, "nobody", "tools/list", &json!({})).status, 401);
    for user in ["decide", "admin"] {
        let refused = send(&site, user, "tools/list", &json!({}));
        assert_eq!((refused.status, refused.code().as_str()), (403, "token_decides"), "{}", refused.body);
    }
    let browser = site.browser("admin");
    let message = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}).to_string();
    let headers = [
        ("Cookie", browser.cookie.as_str()),
        ("Content-Type", "application/json"),
        ("Accept", "application/json, text/event-stream"),
    ];
    assert_eq!(site.send("POST", "/mcp", &headers, &message).status, 403);
}

/// A message of a client that says in each which version it speaks, and what it can do.
fn modern(site: &Site, method: &str, params: &Value, capabilities: &Value, headers: &[(&str, &str)]) -> Reply {
    let mut params = params.clone();
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": capabilities,
    });
    let mut all = BEARER.to_vec();
    all.extend(headers);
    let message = json!({"jsonrpc": "2.0", "id": "1", "method": method, "params": params});
    site.send("POST", "/mcp", &all, &message.to_string())
}

#[test]
fn a_client_that_knows_tasks_gets_one_that_ends_when_a_person_has_decided() {
    let site = Site::new();
    let able = json!({"extensions": {"io.modelcontextprotocol/tasks": {}}});
    let ask = |method: &str, name: &str, params: Value| {
        let headers = [("MCP-Protocol-Version", "2026-07-28"), ("Mcp-Method", method), ("Mcp-Name", name)];
        modern(&site, method, &params, &able, &headers).json()
    };
    let begun = ask("tools/call", "daily_loop", json!({"name": "daily_loop", "arguments": asking()}));
    assert_eq!(begun.pointer("/result/resultType"), Some(&json!("task")), "{begun}");
    let task = begun.pointer("/result/taskId").and_then(Value::as_str).unwrap().to_owned();
    let get = || ask("tasks/get", &task, json!({"taskId": task}));
    let waiting = get();
    let asked = waiting.pointer("/result/inputRequests").and_then(Value::as_object).unwrap();
    assert_eq!(asked.len(), 1, "{waiting}");
    let (step, request) = asked.iter().next().unwrap();
    assert_eq!((&waiting["result"]["status"], &request["params"]["mode"]), (&json!("input_required"), &json!("url")));
    let lie = json!({step.as_str(): {"action": "accept", "content": {"accept": true}}});
    let update = ask("tasks/update", &task, json!({"taskId": task, "inputResponses": lie}));
    assert_eq!(update.pointer("/result/resultType"), Some(&json!("complete")), "{update}");
    assert!(ask("tasks/cancel", &task, json!({"taskId": task}))["error"].is_object());
    assert_eq!(get()["result"]["status"], json!("input_required"), "what an agent says decides nothing");

    let run = task.parse().unwrap();
    let shown = site.by("ann", "GET", &format!("/api/v1/runs/{task}"), &Value::Null).json();
    let decision = json!({"step": shown["question"]["step"], "value": {"accept": true}});
    site.by("ann", "POST", &format!("/api/v1/runs/{task}/decision"), &decision);
    assert_eq!(site.status(&run), "done");
    let done = get();
    assert_eq!(done["result"]["status"], json!("completed"));
    assert_eq!(done.pointer("/result/result/structuredContent/success"), Some(&json!(true)), "{done}");
    let unable = modern(&site, "tasks/get", &json!({"taskId": task}), &json!({}), &[]);
    assert_eq!(unable.json().pointer("/error/code"), Some(&json!(-32020)), "the header is missing: {}", unable.body);
    let headers = [("MCP-Protocol-Version", "2026-07-28"), ("Mcp-Method", "tasks/get"), ("Mcp-Name", task.as_str())];
    let unable = modern(&site, "tasks/get", &json!({"taskId": task}), &json!({}), &headers);
    assert_eq!((unable.status, unable.json().pointer("/error/code")), (400, Some(&json!(-32021))));
}

/// Headers, with the status and the error's code that they get.
type Case<'c> = (&'c [(&'c str, &'c str)], u16, i64);

#[test]
fn headers_that_say_something_else_than_the_message_are_refused() {
    let site = Site::new();
    let version = ("MCP-Protocol-Version", "2026-07-28");
    let call = json!({"name": "echo", "arguments": {}});
    let cases: &[Case<'_>] = &[
        (&[version, ("Mcp-Method", "tools/call"), ("Mcp-Name", "echo")], 200, 0),
        (&[version, ("Mcp-Method", "tools/call"), ("Mcp-Name", "=?base64?ZWNobw==?=")], 200, 0),
        (&[version, ("Mcp-Method", "tools/list"), ("Mcp-Name", "echo")], 400, -32020),
        (&[version, ("Mcp-Method", "tools/call"), ("Mcp-Name", "daily_loop")], 400, -32020),
        (&[version, ("Mcp-Method", "tools/call")], 400, -32020),
        (&[version, ("Mcp-Name", "echo")], 400, -32020),
        (&[version, ("Mcp-Method", "tools/call"), ("Mcp-Method", "tools/call"), ("Mcp-Name", "echo")], 400, -32020),
        (&[("MCP-Protocol-Version", "2025-06-18")], 400, -32020),
        (&[("MCP-Protocol-Version", "1999-01-01")], 400, -32020),
        (&[], 400, -32020),
    ];
    for (headers, status, code) in cases {
        let reply = modern(&site, "tools/call", &call, &json!({}), headers);
        let found = reply.json().pointer("/error/code").and_then(Value::as_i64).unwrap_or_default();
        assert_eq!((reply.status, found), (*status, *code), "{headers:?}: {}", reply.body);
    }
    let unknown = send(&site, "start", "prompts/list", &json!({}));
    assert_eq!((unknown.status, unknown.json().pointer("/error/code")), (200, Some(&json!(-32601))));
    let unknown = modern(&site, "prompts/list", &json!({}), &json!({}), &[version, ("Mcp-Method", "prompts/list")]);
    assert_eq!((unknown.status, unknown.json().pointer("/error/code")), (404, Some(&json!(-32601))));
    let post = |body: &str| site.send("POST", "/mcp", &BEARER, body);
    assert_eq!(post("{\"jsonrpc\": \"2.0\", \"method\": \"x\"}").status, 202);
    assert_eq!(site.send("GET", "/mcp", &BEARER, "").status, 405);
    assert_eq!(site.send("POST", "/mcp", &BEARER[..2], "{}").status, 400);
}

#[test]
fn what_is_no_message_is_told_by_its_code_and_so_is_a_request_that_has_not_its_form() {
    let site = Site::new();
    let call =
        |params: &str| format!("{{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": \"tools/call\", \"params\": {params}}}");
    let cases = [
        ("{".to_owned(), 400, -32700),
        ("[]".to_owned(), 400, -32600),
        (json!({"id": 1, "method": "ping"}).to_string(), 400, -32600),
        (call("{\"name\": \"echo\", \"name\": \"daily_loop\"}"), 400, -32700),
        (call("{\"name\": \"echo\", \"arguments\": {\"params\": 9007199254740993}}"), 400, -32700),
        (call("{}"), 200, -32602),
        (call("{\"name\": \"echo\", \"arguments\": []}"), 200, -32602),
        (call("{\"name\": \"no_such_tool\"}"), 200, -32602),
        (call(&format!("{{\"name\": {}1{}}}", "[".repeat(500), "]".repeat(500))), 400, -32700),
    ];
    for (message, status, code) in cases {
        let reply = site.send("POST", "/mcp", &BEARER, &message);
        let found = reply.json().pointer("/error/code").and_then(Value::as_i64).unwrap_or_default();
        assert_eq!((reply.status, found), (status, code), "{message}: {}", reply.body);
    }
}

#[test]
fn a_client_that_can_send_its_person_to_an_address_is_asked_to_and_what_it_says_then_decides_nothing() {
    let site = Site::new();
    let able = json!({"elicitation": {"url": {}}});
    let headers = [("MCP-Protocol-Version", "2026-07-28"), ("Mcp-Method", "tools/call"), ("Mcp-Name", "daily_loop")];
    let ask = |params: &Value| modern(&site, "tools/call", params, &able, &headers).json();
    let mut params = json!({"name": "daily_loop", "arguments": asking()});
    let asked = ask(&params);
    assert_eq!(asked.pointer("/result/resultType"), Some(&json!("input_required")), "{asked}");
    let run = asked.pointer("/result/requestState").unwrap().clone();
    let (step, request) =
        asked.pointer("/result/inputRequests").and_then(Value::as_object).unwrap().iter().next().unwrap();
    let url = request.pointer("/params/url").and_then(Value::as_str).unwrap();
    assert_eq!(url, format!("http://{}/runs/{}", site.address, run.as_str().unwrap()));
    params["requestState"] = run.clone();
    params["inputResponses"] = json!({step.as_str(): {"action": "accept", "content": {"accept": true}}});
    let back = ask(&params);
    assert_eq!(back.pointer("/result/structuredContent/status"), Some(&json!("waiting")), "{back}");
    assert_eq!(back.pointer("/result/structuredContent/run"), Some(&run), "no second run is started");
}

#[test]
fn nothing_is_kept_for_a_client_so_that_nothing_grows_with_those_who_come() {
    let site = Site::new();
    for _ in 0..50 {
        let hello = json!({
            "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"},
        });
        let reply = send(&site, "start", "initialize", &hello);
        assert_eq!((reply.status, reply.header("mcp-session-id")), (200, None), "{}", reply.body);
    }
    let mut headers = BEARER.to_vec();
    headers.push(("Mcp-Session-Id", "made-up"));
    assert_eq!(site.send("DELETE", "/mcp", &headers, "").status, 405);
}
