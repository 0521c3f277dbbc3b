//! The command as a person or a program meets it: the real binary, its files, its exit codes. One module a subject.

mod book;
#[cfg(feature = "server")]
mod browser;
mod cache;
mod compiling;
#[cfg(unix)]
mod databases;
mod faults;
mod from_what_happened;
mod golden;
mod inbox;
mod interrupted;
mod kill;
#[cfg(feature = "server")]
mod load;
#[cfg(feature = "server")]
mod mcp;
mod mistakes;
mod morning;
mod plugins;
mod processes;
mod project;
mod projects;
mod proof;
mod registries;
mod reports;
#[cfg(unix)]
mod restate;
mod scale;
#[cfg(all(unix, feature = "server"))]
mod serving;
mod shell;
mod suites;
mod support;
mod taskwarrior;
#[cfg(all(unix, feature = "collector"))]
mod telemetry;
#[cfg(unix)]
mod terminal;
mod test_command;
mod timings;
mod verify;
mod waits;
