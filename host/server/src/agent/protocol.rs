//! The Model Context Protocol's messages: JSON-RPC 2.0, and which version of the protocol a message speaks.
//!
//! Versions before 2026-07-28 begin with a handshake, `initialize`; since then each request says for itself which version it
//! speaks and what its client can do (`_meta`). The server keeps nothing between messages in either.

use serde_json::{Map, Value, json};
use sortie_json::ParseLimits;

/// The versions that are spoken, the newest first.
pub(super) const VERSIONS: [&str; 5] = ["2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"];
/// The first version without a handshake. Versions are dates, and compare as text.
const WITHOUT_HANDSHAKE: &str = "2026-07-28";
/// The newest version with one.
const NEWEST_WITH_HANDSHAKE: &str = "2025-11-25";

const VERSION_KEY: &str = "io.modelcontextprotocol/protocolVersion";
const CAPABILITIES_KEY: &str = "io.modelcontextprotocol/clientCapabilities";
const SERVER_KEY: &str = "io.modelcontextprotocol/serverInfo";
/// The extension by which a call can be a task.
pub(super) const TASKS: &str = "io.modelcontextprotocol/tasks";

/// The methods whose results a client may keep for a while.
const KEPT: [&str; 5] =
    ["server/discover", "tools/list", "resources/list", "resources/templates/list", "resources/read"];

/// An error of JSON-RPC, or of the protocol.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fault {
    pub(super) code: i64,
    pub(super) message: String,
    data: Option<Value>,
}

impl Fault {
    pub(super) const UNREADABLE: i64 = -32700;
    pub(super) const INVALID_REQUEST: i64 = -32600;
    pub(super) const NO_SUCH_METHOD: i64 = -32601;
    pub(super) const INVALID_PARAMS: i64 = -32602;
    pub(super) const INTERNAL: i64 = -32603;
    pub(super) const NO_SUCH_RESOURCE: i64 = -32002;
    pub(super) const HEADER_MISMATCH: i64 = -32020;
    pub(super) const MISSING_CAPABILITY: i64 = -32021;
    pub(super) const UNSUPPORTED_VERSION: i64 = -32022;

    pub(super) fn new(code: i64, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), data: None }
    }

    /// A request whose params are not as they should be.
    pub(super) fn params(message: impl Into<String>) -> Self {
        Self::new(Self::INVALID_PARAMS, message)
    }

    fn with(self, data: Value) -> Self {
        Self { data: Some(data), ..self }
    }

    /// The answer to a message that has it.
    pub(super) fn answer(&self, id: Option<&Value>) -> Value {
        let mut error = json!({"code": self.code, "message": self.message});
        if let (Some(members), Some(data)) = (error.as_object_mut(), &self.data) {
            members.insert("data".to_owned(), data.clone());
        }
        json!({"jsonrpc": "2.0", "id": id, "error": error})
    }
}

/// A message of a client.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Message {
    /// Nothing, where no answer is wanted.
    pub(super) id: Option<Value>,
    /// Nothing, where it is an answer itself.
    pub(super) method: Option<String>,
    pub(super) params: Map<String, Value>,
}

impl Message {
    /// Reads one message.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Fault> {
        let value = sortie_json::parse(bytes, ParseLimits::default()).map_err(|faults| {
            let fault = faults.first().map(ToString::to_string).unwrap_or_default();
            Fault::new(Fault::UNREADABLE, format!("the message is not I-JSON: {fault}"))
        })?;
        let invalid = |detail: &str| Fault::new(Fault::INVALID_REQUEST, detail);
        let Value::Object(mut members) = value else { return Err(invalid("one message at a time is read, an object")) };
        if members.get("jsonrpc") != Some(&json!("2.0")) {
            return Err(invalid("the message is not one of JSON-RPC 2.0"));
        }
        let id = match members.remove("id") {
            None | Some(Value::Null) => None,
            Some(id @ (Value::String(_) | Value::Number(_))) => Some(id),
            Some(_) => return Err(invalid("`id` is a string or a number")),
        };
        let method = match members.remove("method") {
            Some(Value::String(method)) => Some(method),
            None if members.contains_key("result") || members.contains_key("error") => None,
            _ => return Err(invalid("the message has no `method`")),
        };
        let params = match members.remove("params") {
            None => Map::new(),
            Some(Value::Object(params)) => params,
            Some(_) => return Err(Fault::params("`params` is an object")),
        };
        Ok(Self { id, method, params })
    }

    fn meta(&self, key: &str) -> Option<&Value> {
        self.params.get("_meta")?.get(key)
    }

    /// The version that the message says it speaks.
    pub(super) fn version(&self) -> Option<&str> {
        self.meta(VERSION_KEY)?.as_str()
    }

    /// A text among its params.
    pub(super) fn text(&self, name: &str) -> Result<&str, Fault> {
        let text = self.params.get(name).and_then(Value::as_str);
        text.ok_or_else(|| Fault::params(format!("`{name}` is missing, or no string")))
    }

    /// What its client can do.
    pub(super) fn client(&self) -> Result<Client, Fault> {
        let is_discovery = self.method.as_deref() == Some("server/discover");
        let version = match self.version() {
            Some(version) if !VERSIONS.contains(&version) => return Err(unsupported(version)),
            version => version,
        };
        let is_modern = is_discovery || version.is_some_and(is_modern);
        if !is_modern {
            return Ok(Client { is_modern, capabilities: Map::new() });
        }
        match (version, self.meta(CAPABILITIES_KEY)) {
            (Some(_), Some(Value::Object(capabilities))) => {
                Ok(Client { is_modern, capabilities: capabilities.clone() })
            }
            _ => Err(Fault::params(format!("`_meta` needs `{VERSION_KEY}` and `{CAPABILITIES_KEY}`"))),
        }
    }
}

/// Whether a version has no handshake.
pub(super) fn is_modern(version: &str) -> bool {
    version >= WITHOUT_HANDSHAKE
}

/// That a version is not spoken here.
pub(super) fn unsupported(version: &str) -> Fault {
    Fault::new(Fault::UNSUPPORTED_VERSION, "this version of the protocol is not spoken here")
        .with(json!({"requested": version, "supported": VERSIONS}))
}

/// The version that a handshake comes to.
pub(super) fn negotiated(requested: &str) -> &str {
    match VERSIONS.into_iter().find(|version| *version == requested) {
        Some(version) if !is_modern(version) => version,
        _ => NEWEST_WITH_HANDSHAKE,
    }
}

/// What the client of a message can do. One that speaks a version with a handshake is not asked for anything before a
/// call ends, whatever it said then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Client {
    pub(super) is_modern: bool,
    capabilities: Map<String, Value>,
}

impl Client {
    /// Whether it can send its person to an address before a call ends.
    pub(super) fn takes_addresses(&self) -> bool {
        self.capabilities.get("elicitation").is_some_and(|elicitation| elicitation.get("url").is_some())
    }

    /// Whether a call can be a task to it.
    pub(super) fn takes_tasks(&self) -> bool {
        self.capabilities.get("extensions").is_some_and(|extensions| extensions.get(TASKS).is_some())
    }

    /// That it would have to know tasks.
    pub(super) fn needs_tasks() -> Fault {
        Fault::new(Fault::MISSING_CAPABILITY, "the client has not said that it knows tasks")
            .with(json!({"requiredCapabilities": {"extensions": {TASKS: {}}}}))
    }

    /// A result as this client takes it.
    pub(super) fn result(&self, method: &str, mut result: Value) -> Value {
        if let (true, Some(members)) = (self.is_modern, result.as_object_mut()) {
            members.entry("resultType").or_insert_with(|| json!("complete"));
            if KEPT.contains(&method) {
                // What there is depends on who asks, and plugins come and go.
                members.insert("ttlMs".to_owned(), json!(0));
                members.insert("cacheScope".to_owned(), json!("private"));
            }
        }
        result
    }
}

/// What the server is called, as a member of `_meta`.
pub(super) fn server_meta(server: &Value) -> Value {
    json!({SERVER_KEY: server})
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by it")]
mod tests {
    use super::*;

    fn read(value: &Value) -> Result<Message, i64> {
        Message::read(value.to_string().as_bytes()).map_err(|fault| fault.code)
    }

    #[test]
    fn what_is_no_message_is_told_by_its_code() {
        let unreadable = Message::read(b"{").unwrap_err();
        assert_eq!(unreadable.answer(None)["error"]["code"], json!(Fault::UNREADABLE));
        for wrong in [
            json!([]),
            json!({"method": "ping", "id": 1}),
            json!({"jsonrpc": "2.0", "id": 1}),
            json!({"jsonrpc": "2.0", "id": [], "method": "ping"}),
            json!({"jsonrpc": "2.0", "id": 1, "method": 5}),
        ] {
            assert_eq!(read(&wrong), Err(Fault::INVALID_REQUEST), "{wrong}");
        }
        assert_eq!(read(&json!({"jsonrpc": "2.0", "id": 1, "method": "x", "params": []})), Err(Fault::INVALID_PARAMS));
        assert_eq!(read(&json!({"jsonrpc": "2.0", "id": 1, "result": {}})).map(|message| message.method), Ok(None));
    }

    #[test]
    fn a_request_says_for_itself_which_version_it_speaks_or_speaks_one_with_a_handshake() {
        let of = |meta: Value| {
            let message = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": meta}});
            read(&message).unwrap().client().map_err(|fault| fault.code)
        };
        assert!(!of(json!({})).unwrap().is_modern);
        assert!(!of(json!({VERSION_KEY: "2025-06-18"})).unwrap().is_modern);
        assert_eq!(of(json!({VERSION_KEY: "1999-01-01"})), Err(Fault::UNSUPPORTED_VERSION));
        assert_eq!(of(json!({VERSION_KEY: "2026-07-28"})), Err(Fault::INVALID_PARAMS));
        let able = json!({"elicitation": {"url": {}}, "extensions": {TASKS: {}}});
        let client = of(json!({VERSION_KEY: "2026-07-28", CAPABILITIES_KEY: able})).unwrap();
        assert!(client.is_modern && client.takes_addresses() && client.takes_tasks());
        let client = of(json!({VERSION_KEY: "2026-07-28", CAPABILITIES_KEY: {"elicitation": {"form": {}}}})).unwrap();
        assert!(client.is_modern && !client.takes_addresses() && !client.takes_tasks());
    }

    #[test]
    fn a_handshake_comes_to_a_version_that_has_one() {
        for (requested, version) in [
            ("2025-06-18", "2025-06-18"),
            ("2024-11-05", "2024-11-05"),
            ("2026-07-28", NEWEST_WITH_HANDSHAKE),
            ("1999-01-01", NEWEST_WITH_HANDSHAKE),
            ("", NEWEST_WITH_HANDSHAKE),
        ] {
            assert_eq!(negotiated(requested), version);
        }
    }
}
