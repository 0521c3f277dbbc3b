//! `sortie plugin check`.

use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};
use sortie_host::CacheDir;
use sortie_runner::check::{self, CheckOptions, CheckReport};

use crate::error::{CliError, Exit};
use crate::options::{FailureArguments, Format, at_least_one};
use crate::progress::Spinner;
use crate::render;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The plugins' files.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Run each example this often on each engine.
    #[arg(long, value_name = "N", default_value = "3", value_parser = at_least_one::<NonZeroU32>)]
    runs: NonZeroU32,
    /// Write the file's size and the fuel of each example to the budget, if nothing else is wrong.
    #[arg(long)]
    write_budget: bool,
    /// Compare with this budget [default: `fuel.lock` beside the plugin's file].
    #[arg(long, value_name = "FILE")]
    budget: Option<PathBuf>,
    /// Allow this many percent more than the budget.
    #[arg(long, value_name = "PERCENT", default_value = "5", value_parser = tolerance)]
    tolerance: f64,
    /// Report what changed since an earlier version of the plugin, and whether the version number says so (Semantic
    /// Versioning).
    #[arg(long, value_name = "OLD")]
    against: Option<PathBuf>,
    /// Register another plugin, whose operations the checked plugins may name.
    #[arg(long = "plugin", value_name = "FILE|DIR")]
    plugins: Vec<PathBuf>,
    #[command(flatten)]
    failure: FailureArguments,
}

fn tolerance(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|percent| (0.0..=1000.0).contains(percent)).ok_or_else(|| "expected 0 to 1000".to_owned())
}

impl Arguments {
    fn options(&self) -> CheckOptions {
        let mut options = CheckOptions::default();
        options.runs = self.runs;
        options.write_budget = self.write_budget;
        options.budget.clone_from(&self.budget);
        options.tolerance = self.tolerance;
        options.against.clone_from(&self.against);
        options.plugins.clone_from(&self.plugins);
        options.cache = CacheDir::from_environment();
        options.save_failure.clone_from(&self.failure.save_failure);
        options
    }
}

/// Checks each file, prints all verdicts, and fails if one of them is a failure.
pub(crate) fn check(arguments: &Arguments, format: Format) -> Result<Exit, CliError> {
    let options = arguments.options();
    let mut reports = Vec::new();
    for file in &arguments.files {
        let report = {
            let spinner = Spinner::begin("checking");
            check::check(file, &options, &mut |what| spinner.go_on(what))?
        };
        if format == Format::Human {
            render::print(&render::check::report(&report))?;
        }
        reports.push(report);
    }
    let passed = reports.iter().all(CheckReport::passed);
    if format == Format::Json {
        let plugins: Vec<Value> = reports.iter().map(CheckReport::to_json).collect();
        render::print_json(&json!({"schema_version": "plugin_check@1", "passed": passed, "plugins": plugins}))?;
    }
    Ok(if passed { Exit::Done } else { Exit::PluginRejected })
}
