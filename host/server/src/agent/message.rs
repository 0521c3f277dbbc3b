//! Reads a message of the protocol. Like all JSON that comes from outside it has to be I-JSON, and what is made of it is what
//! a plugin would get: numbers in their canonical form, no member twice.

use rmcp::model::{ClientJsonRpcMessage, ErrorData, JsonRpcError, RequestId};
use serde::Deserialize;
use serde_json::Value;
use sortie_json::ParseLimits;

use crate::net::MAX_BODY;

/// A message that was understood, and the value that it was read from.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) value: Value,
    pub(super) message: ClientJsonRpcMessage,
}

/// Reads one message; gives the answer to what is none.
pub(super) fn read(bytes: &[u8]) -> Result<Message, JsonRpcError> {
    let limits = ParseLimits { bytes: MAX_BODY, ..ParseLimits::default() };
    let value = sortie_json::parse(bytes, limits).map_err(|faults| {
        let fault = faults.first().map(ToString::to_string).unwrap_or_default();
        JsonRpcError::new(None, ErrorData::parse_error(format!("the message is not I-JSON: {fault}"), None))
    })?;
    if let Ok(message) = ClientJsonRpcMessage::deserialize(&value) {
        return Ok(Message { value, message });
    }
    let id = value.get("id").and_then(|id| RequestId::deserialize(id).ok());
    Err(JsonRpcError::new(id, ErrorData::invalid_request("the message is not one of JSON-RPC 2.0", None)))
}

/// The answer to a message that is too long to be read.
pub(super) fn too_long() -> JsonRpcError {
    let words = format!("the message has more than {MAX_BODY} bytes");
    JsonRpcError::new(None, ErrorData::invalid_request(words, None))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by it")]
mod tests {
    use rmcp::model::ErrorCode;
    use serde_json::json;

    use super::*;

    fn refused(bytes: &[u8]) -> (ErrorCode, Option<RequestId>) {
        let error = read(bytes).unwrap_err();
        (error.error.code, error.id)
    }

    #[test]
    fn what_is_no_message_is_told_by_its_code() {
        for unreadable in
            ["{", r#"{"jsonrpc": "2.0", "id": 1, "id": 2, "method": "ping"}"#, r#"{"id": 9007199254740993}"#]
        {
            assert_eq!(refused(unreadable.as_bytes()).0, ErrorCode::PARSE_ERROR, "{unreadable}");
        }
        for wrong in [json!([]), json!({"method": "ping", "id": 1}), json!({"jsonrpc": "2.0", "id": 1, "method": 5})] {
            assert_eq!(refused(wrong.to_string().as_bytes()).0, ErrorCode::INVALID_REQUEST, "{wrong}");
        }
        let named = refused(br#"{"jsonrpc": "1.0", "id": 7, "method": "ping"}"#);
        assert_eq!(named, (ErrorCode::INVALID_REQUEST, Some(RequestId::Number(7))));
    }

    #[test]
    fn a_message_has_as_many_bytes_and_levels_as_it_may_have_and_not_one_more() {
        let deep = |levels: usize| {
            // The message is one, and its params are the second.
            let (open, close) = ("[".repeat(levels - 2), "]".repeat(levels - 2));
            let text = format!(r#"{{"jsonrpc": "2.0", "id": 1, "method": "x", "params": {{"a": {open}{close}}}}}"#);
            read(text.as_bytes()).map(drop).map_err(|error| error.error.code)
        };
        assert_eq!((deep(128), deep(129)), (Ok(()), Err(ErrorCode::PARSE_ERROR)));
        let long = |bytes: usize| {
            let message = r#"{"jsonrpc": "2.0", "id": 1, "method": "ping"}"#;
            let text = format!("{message}{}", " ".repeat(bytes - message.len()));
            read(text.as_bytes()).map(drop).map_err(|error| error.error.code)
        };
        assert_eq!((long(MAX_BODY), long(MAX_BODY + 1)), (Ok(()), Err(ErrorCode::PARSE_ERROR)));
    }

    #[test]
    fn numbers_are_what_a_plugin_would_get() {
        let read = read(br#"{"jsonrpc": "2.0", "id": 1, "method": "x", "params": {"n": 1.0}}"#).unwrap();
        assert_eq!(read.value.pointer("/params/n"), Some(&json!(1)));
    }
}
