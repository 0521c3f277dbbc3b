//! `sortie plugin check`: all that loading checks and more, a verdict a line.
//!
//! | file | is about |
//! |---|---|
//! | `verdict` | verdicts, and how they are printed |
//! | `file` | what can be told without running anything |
//! | `bench` | the engines that a plugin is tried on |
//! | `trial` | one example on one engine |
//! | `conduct` | what the plugin does: `describe`, its examples, and whether they end the same everywhere |
//! | `budget` | `fuel.lock` |

mod bench;
mod budget;
mod conduct;
mod file;
mod trial;
mod verdict;

use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use self::budget::Budget;
use self::verdict::{Line, Report};
use crate::arguments::{FailureArguments, Format};
use crate::error::{CliError, Exit};
use crate::{input, render};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The plugins' files.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// How often each example is tried on each engine.
    #[arg(long, value_name = "N", default_value = "3")]
    pub(crate) runs: NonZeroU32,
    /// Write the file's size and the fuel of each example to the budget, if nothing else is wrong.
    #[arg(long)]
    pub(crate) write_budget: bool,
    /// The budget. Without it: `fuel.lock` beside the plugin's file.
    #[arg(long, value_name = "FILE")]
    pub(crate) budget: Option<PathBuf>,
    /// How many percent more than the budget is no failure.
    #[arg(long, value_name = "PERCENT", default_value = "5", value_parser = tolerance)]
    pub(crate) tolerance: f64,
    /// Registers another plugin, whose operations the checked ones may name.
    #[arg(long = "plugin", value_name = "FILE|DIR")]
    pub(crate) plugins: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) failure: FailureArguments,
}

fn tolerance(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|percent| (0.0..=1000.0).contains(percent)).ok_or_else(|| "expected 0 to 1000".to_owned())
}

/// Checks each file, prints all verdicts, and fails if one of them is a failure.
pub(crate) fn check(arguments: &Arguments, format: Format) -> Result<Exit, CliError> {
    let mut reports = Vec::new();
    for file in &arguments.files {
        let report = check_file(arguments, file.clone())?;
        if format == Format::Human {
            render::print(&report.to_text())?;
        }
        reports.push(report);
    }
    let passed = reports.iter().all(Report::passed);
    if format == Format::Json {
        let plugins: Vec<Value> = reports.iter().map(Report::to_json).collect();
        render::print_json(&json!({"schema_version": "plugin_check@1", "passed": passed, "plugins": plugins}))?;
    }
    Ok(if passed { Exit::Done } else { Exit::PluginRejected })
}

fn check_file(arguments: &Arguments, file: PathBuf) -> Result<Report, CliError> {
    let bytes = input::plugin(&file)?;
    let (mut report, loadable) = file::check(&file, &bytes);
    let Some(manifest) = loadable else {
        for check in ["describe", "missions", "operations", "determinism", "budget"] {
            report.lines.push(Line::skipped(check, "the plugin cannot be loaded"));
        }
        return Ok(report);
    };
    let budget = Budget::beside(&file, arguments.budget.as_deref(), &manifest.name)?;
    let trials = conduct::check(&mut report, arguments, bytes, &manifest)?;
    if arguments.write_budget {
        report.lines.push(budget.write(&report, &trials)?);
    } else {
        report.lines.extend(budget.compare(&report, &trials, arguments.tolerance));
    }
    Ok(report)
}
