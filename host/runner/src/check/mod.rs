//! Judging plugins: all that loading checks and more, a verdict a line.
//!
//! ```no_run
//! use sortie_runner::check::{CheckOptions, check};
//!
//! let report = check("greeter.wasm".as_ref(), &CheckOptions::default(), &mut |_| ())?;
//! assert!(report.passed());
//! # Ok::<(), sortie_runner::CheckError>(())
//! ```
//!
//! | file | is about |
//! |---|---|
//! | `verdict` | what a check comes to |
//! | `file`, `foreign` | what can be told without running anything |
//! | `bench` | the engines that a plugin is tried on |
//! | `trial` | one example on one engine |
//! | `conduct` | what the plugin does: `describe`, its examples, and whether they end the same everywhere |
//! | `budget` | `fuel.lock` |

mod bench;
mod budget;
mod conduct;
mod file;
mod foreign;
mod trial;
mod verdict;

use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use sortie_host::CacheDir;

use self::budget::Budget;
use crate::error::CheckError;
use crate::files;

pub use verdict::{CheckReport, Line, Mark};

/// How a plugin is judged.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CheckOptions {
    /// How often each example is tried on each engine.
    pub runs: NonZeroU32,
    /// Whether the file's size and the fuel of each example are written to the budget, if nothing else is wrong.
    pub write_budget: bool,
    /// The budget. Without it: `fuel.lock` beside the plugin's file.
    pub budget: Option<PathBuf>,
    /// How many percent more than the budget is no failure.
    pub tolerance: f64,
    /// Other plugins, whose operations the judged one may name.
    pub plugins: Vec<PathBuf>,
    /// Where to save the first call that fails.
    pub save_failure: Option<PathBuf>,
    /// Where compiled code is kept; nowhere, if there is none.
    pub cache: Option<CacheDir>,
}

impl Default for CheckOptions {
    fn default() -> Self {
        Self {
            runs: NonZeroU32::MIN.saturating_add(2),
            write_budget: false,
            budget: None,
            tolerance: 5.0,
            plugins: Vec::new(),
            save_failure: None,
            cache: None,
        }
    }
}

/// Judges a plugin's file. What takes long is told as it begins: a line of text, such as the engine that is tried.
///
/// # Errors
///
/// What is wrong with the plugin is in the report. It is an error if a file cannot be read or written, or if another
/// plugin that was named is rejected.
pub fn check(file: &Path, options: &CheckOptions, progress: &mut dyn FnMut(&str)) -> Result<CheckReport, CheckError> {
    let bytes = files::plugin(file)?;
    let (mut report, loadable) = file::check(file, &bytes);
    let Some(manifest) = loadable else {
        for check in ["describe", "missions", "operations", "determinism", "budget"] {
            report.lines.push(Line::skipped(check, "the plugin cannot be loaded"));
        }
        return Ok(report);
    };
    let budget = Budget::beside(file, options.budget.as_deref(), &manifest.name)?;
    let trials = conduct::check(&mut report, options, bytes, &manifest, progress)?;
    if options.write_budget {
        report.lines.push(budget.write(&report, &trials)?);
    } else {
        report.lines.extend(budget.compare(&report, &trials, options.tolerance));
    }
    Ok(report)
}
