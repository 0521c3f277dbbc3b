//! Missions on a real Restate: `SORTIE_RESTATE_SERVER` names its server, or `npm install --prefix tests/restate` brings it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests say what they expect")]

#[cfg(feature = "server")]
mod agents;
mod answers;
mod kills;
pub(crate) mod machine;
mod missions;
mod nodes;
mod plugins;
#[cfg(feature = "server")]
mod serving;
mod speed;
