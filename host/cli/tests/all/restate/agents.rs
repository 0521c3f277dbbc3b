//! `sortie mcp --engine` and `/mcp` of `sortie serve --engine`, with the client of the protocol's own project.

use super::machine::machine;
use crate::mcp::client;

#[test]
fn an_agent_on_restate_starts_missions_looks_and_checks_and_a_person_decides() {
    let Some(machine) = machine() else { return };
    let Some(said) = client(&[("SORTIE_ENGINE", machine.engine())]) else { return };
    // All that an agent does over a journal.
    assert_eq!(said.matches("ok: ").count(), 22, "{said}");
}
