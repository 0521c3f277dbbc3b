//! The `sortie` command.

mod advice;
mod candidates;
mod cli;
mod commands;
mod compiler;
#[cfg(feature = "server")]
mod deployment;
mod error;
mod execution;
mod humans;
mod input;
mod journal;
mod log;
mod options;
mod outcome;
mod params;
mod profile;
mod progress;
mod project;
mod receivers;
mod refusal;
mod remarks;
mod render;
mod saving;
mod signing;
mod timings;
mod watch;

use std::process::ExitCode;

use clap::Parser;
use sortie_json::Foreign;

use cli::{Cli, Command};
use error::{CliError, Exit};
use options::Format;

/// Most of the command's time is JSON, and most of that is allocation.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// An error of the command line, in which arguments are repeated as any foreign text is: they can be names of files.
fn shown(error: clap::Error) -> clap::Error {
    let arguments = std::env::args_os().map(|argument| Foreign(&argument.to_string_lossy()).to_string());
    match Cli::try_parse_from(arguments) {
        Err(shown) if shown.kind() == error.kind() => shown,
        Ok(_) | Err(_) => error,
    }
}

/// Has a write fail that reaches a limit on the size of files: the signal that comes with it ends a process without a word.
#[cfg(unix)]
fn outlive_file_limits() {
    // Where it cannot be heard of, the process is ended as any other is.
    let _ = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, std::sync::Arc::default());
}

fn main() -> ExitCode {
    commands::completions::answer_shell();
    #[cfg(unix)]
    outlive_file_limits();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are answers, not errors.
            let exit = if error.use_stderr() { Exit::Usage } else { Exit::Done };
            return match render::written(shown(error).print()) {
                Err(failed) if exit == Exit::Done => CliError::from(failed).report(Format::Human).into(),
                Ok(()) | Err(_) => exit.into(),
            };
        }
    };
    let format = cli.format;
    let outcome = match cli.command {
        Command::Run(arguments) => arguments.execution.timings.around(|| commands::run::run(&arguments, format)),
        Command::Exec(arguments) => arguments.execution.timings.around(|| commands::exec::exec(&arguments, format)),
        Command::Build(arguments) => commands::build::build(&arguments, format),
        Command::Test(arguments) => {
            let timings = arguments.timings;
            timings.around(|| commands::test::test(*arguments, format))
        }
        Command::Missions(arguments) => commands::list::missions(&arguments, format),
        Command::Operations(arguments) => commands::list::operations(&arguments, format),
        Command::Plugins(arguments) => commands::list::plugins(&arguments, format),
        Command::Inbox(arguments) => commands::inbox::inbox(&arguments, format),
        Command::Preview(arguments) => commands::preview::preview(&arguments, format),
        #[cfg(feature = "server")]
        Command::Mcp(arguments) => commands::mcp::mcp(&arguments),
        #[cfg(feature = "server")]
        Command::Serve(arguments) => commands::serve::serve(&arguments, format),
        Command::Resume(arguments) => commands::resume::resume(&arguments, format),
        Command::Worker(arguments) => commands::worker::worker(&arguments, format),
        Command::Journal(command) => commands::journal::journal(&command, format),
        Command::Restate(command) => commands::restate::restate(&command, format),
        Command::Plugin(command) => commands::plugin::plugin(&command, format),
        Command::Verify(arguments) => commands::verify::verify(&arguments, format),
        Command::Doctor => commands::doctor::doctor(format),
        Command::Replay(arguments) => commands::replay::replay(&arguments, format),
        Command::Hash(arguments) => commands::hash::hash(&arguments, format),
        Command::CompileForParent { backend, functions } => {
            return compiler::compile(&backend, functions.as_deref()).into();
        }
        Command::Man { folder } => commands::man::man(&folder),
        Command::Completions { shell } => commands::completions::completions(shell),
    };
    match outcome {
        Ok(exit) => exit.into(),
        Err(error) => error.report(format).into(),
    }
}
