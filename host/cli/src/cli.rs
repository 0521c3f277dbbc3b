//! The command line: the commands and their names.

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use clap_complete::Shell;

use crate::candidates;
use crate::commands::build::BuildArguments;
use crate::commands::exec::ExecArguments;
use crate::commands::hash::HashArguments;
use crate::commands::inbox::InboxArguments;
use crate::commands::journal::JournalCommand;
use crate::commands::list::ListArguments;
#[cfg(feature = "server")]
use crate::commands::mcp;
use crate::commands::plugin::PluginCommand;
use crate::commands::preview;
use crate::commands::replay;
use crate::commands::restate::RestateCommand;
use crate::commands::resume::ResumeArguments;
use crate::commands::run::RunArguments;
#[cfg(feature = "server")]
use crate::commands::serve;
use crate::commands::test::TestArguments;
use crate::commands::verify;
use crate::commands::worker::WorkerArguments;
use crate::compiler::COMMAND;
use crate::options::Format;

/// Run missions: short, bounded workflows whose every step is a WebAssembly plugin that cannot touch the world.
#[derive(Debug, Parser)]
#[command(name = "sortie", version, max_term_width = 100, after_help = EXIT_CODES)]
pub(crate) struct Cli {
    /// Print for people, or for programs.
    #[arg(long, global = true, value_enum, default_value_t)]
    pub(crate) format: Format,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 done; 1 failed, or judged \"no\"; 2 usage; 3 input rejected; 4 waiting for a person; \
                          5 a plugin was rejected; 70 host fault.";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Build a mission and run it.
    Run(RunArguments),
    /// Run a workflow definition.
    Exec(ExecArguments),
    /// Build a mission and print its workflow definition, without running it.
    Build(BuildArguments),
    /// Run suites of scenarios in parallel, and check their expectations.
    Test(Box<TestArguments>),
    /// List the missions, or show one with its schema.
    #[command(mut_arg("name", |name| name.add(candidates::missions())))]
    Missions(ListArguments),
    /// List the operations, or show one with its schema.
    #[command(mut_arg("name", |name| name.add(candidates::operations())))]
    Operations(ListArguments),
    /// List the plugins, or show one.
    #[command(mut_arg("name", |name| name.add(candidates::plugins())))]
    Plugins(ListArguments),
    /// Run a bundle again, and compare the result with the one in it.
    Verify(verify::Arguments),
    /// Replay recorded runs on a new version of a plugin, and report which come out differently.
    Replay(replay::Arguments),
    /// List the runs that wait for a person; show, answer or cancel one.
    Inbox(InboxArguments),
    /// Show what would follow from each answer to a waiting run, without deciding or writing anything.
    Preview(preview::Arguments),
    /// Let an agent start missions and read runs, over the Model Context Protocol on the standard streams. It cannot
    /// decide for you.
    #[cfg(feature = "server")]
    Mcp(mcp::Arguments),
    /// Serve the inbox as web pages, and an HTTP API for programs.
    #[cfg(feature = "server")]
    Serve(serve::Arguments),
    /// Resume runs that were answered, have expired or were interrupted.
    #[command(mut_arg("attest", |attest| attest.requires("run")))]
    Resume(ResumeArguments),
    /// Resume runs as they are answered and expire overdue waits, until interrupted.
    Worker(WorkerArguments),
    /// Copy, check or prune the journal of waiting runs.
    #[command(subcommand)]
    Journal(JournalCommand),
    /// Run missions on a Restate cluster: serve it their plugins; start, show, answer and cancel runs.
    #[command(subcommand)]
    Restate(RestateCommand),
    /// Create, build, test and check plugins.
    #[command(subcommand)]
    Plugin(PluginCommand),
    /// Check which tools are installed, and say how to install those that are missing.
    Doctor,
    /// Print the canonical hash of a document: SHA-256 over its canonical form (RFC 8785).
    Hash(HashArguments),
    /// Print a completion script for your shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Write the manual pages, one for each command, into a folder.
    Man {
        /// The folder, which is created if it does not exist.
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
    /// Compile the component on standard input, within a bounded memory, for the process that began this one.
    #[command(name = COMMAND, hide = true)]
    CompileForParent {
        /// What is to execute the code.
        backend: String,
        /// Where compiled functions are kept.
        functions: Option<PathBuf>,
    },
}
