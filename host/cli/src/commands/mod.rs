//! One command, one file.

pub(crate) mod build;
pub(crate) mod completions;
pub(crate) mod doctor;
pub(crate) mod exec;
pub(crate) mod hash;
pub(crate) mod inbox;
pub(crate) mod journal;
pub(crate) mod list;
pub(crate) mod man;
#[cfg(feature = "server")]
pub(crate) mod mcp;
pub(crate) mod plugin;
pub(crate) mod preview;
pub(crate) mod replay;
pub(crate) mod restate;
pub(crate) mod resume;
pub(crate) mod run;
#[cfg(feature = "server")]
pub(crate) mod serve;
pub(crate) mod test;
pub(crate) mod verify;
pub(crate) mod worker;
