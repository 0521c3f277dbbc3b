//! What a client says that it can do.

use rmcp::model::{ClientCapabilities, ProtocolVersion};
use rmcp::service::{RequestContext, RoleServer};

/// What the client of a request can be asked for. One that speaks a version with a handshake is not asked for anything before
/// a call ends, whatever it said then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Abilities {
    /// Whether it can send its person to an address before a call ends.
    pub(super) visits: bool,
    /// Whether a call can be a task to it.
    pub(super) tasks: bool,
}

impl Abilities {
    pub(super) fn of(context: &RequestContext<RoleServer>) -> Self {
        let is_asked = has_no_handshake(context);
        match context.client_capabilities() {
            Some(capabilities) if is_asked => Self::declared(&capabilities),
            Some(_) | None => Self::default(),
        }
    }

    fn declared(capabilities: &ClientCapabilities) -> Self {
        let visits = capabilities.elicitation.as_ref().is_some_and(|elicitation| elicitation.url.is_some());
        Self { visits, tasks: capabilities.supports_tasks() }
    }
}

/// Whether a request says for itself which version it speaks.
pub(super) fn has_no_handshake(context: &RequestContext<RoleServer>) -> bool {
    context.protocol_version().is_some_and(|version| version >= ProtocolVersion::V_2026_07_28)
}
