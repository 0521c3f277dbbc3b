//! Judging plugins: all that loading checks and more, a verdict a line.
//!
//! ```
//! use sortie_runner::check::{CheckOptions, check};
//!
//! # let folder = tempfile::tempdir()?;
//! # let file = folder.path().join("echo.wasm");
//! # let echo = sortie_host::Host::builder().first_party().build()?.registry().plugin("echo")?.plugin().bytes().to_vec();
//! # std::fs::write(&file, echo)?;
//! let report = check(&file, &CheckOptions::default(), &mut |_| ())?;
//! assert!(report.passed());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | file | is about |
//! |---|---|
//! | `options` | how a plugin is judged |
//! | `verdict` | what a check comes to |
//! | `file`, `foreign` | what can be told without running anything |
//! | `bench` | the engines that a plugin is tried on |
//! | `trial` | one example on one engine |
//! | `conduct` | what the plugin does: `describe`, its examples, and whether they end the same everywhere |
//! | `budget` | `fuel.lock` |
//! | `against` | what changed since an earlier version |

mod against;
mod bench;
mod budget;
mod conduct;
mod file;
mod foreign;
mod options;
mod trial;
mod verdict;

use std::path::Path;

use sortie_host::Limits;
use sortie_sandbox::Examination;

use self::budget::Budget;
use crate::error::CheckError;
use crate::files;

pub use options::CheckOptions;
pub use verdict::{CheckReport, Line, Mark};

/// Tells what changed since an earlier version of a plugin, and whether the version says so: a line for each change.
/// Nothing of either is run. The earlier one is called as `name` says.
///
/// ```
/// # let echo = sortie_host::Host::builder().first_party().build()?.registry().plugin("echo")?.plugin().bytes().to_vec();
/// // `echo` is the bytes of a plugin's file.
/// let lines = sortie_runner::check::compare(&echo, ("the same file", &echo));
/// assert!(lines.iter().all(|line| line.mark != sortie_runner::check::Mark::Failed));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn compare(bytes: &[u8], (name, old): (&str, &[u8])) -> Vec<Line> {
    let manifest = Examination::of(bytes, Limits::default().memory_bytes).manifest;
    manifest.map(|manifest| against::compare(&manifest, bytes, (name, old))).unwrap_or_default()
}

/// The line of a comparison with a version that cannot be had, and why not.
///
/// ```
/// use sortie_runner::check::{Mark, not_compared};
///
/// let line = not_compared("greeter 1.0.0", "the registry has it no longer");
/// assert_eq!(line.mark, Mark::Skipped);
/// assert!(line.explanation.contains("greeter 1.0.0"));
/// ```
#[must_use]
pub fn not_compared(name: &str, why: &str) -> Line {
    against::not_compared(name, why)
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
    if let Some(old) = &options.against {
        report.lines.extend(against::check(&manifest, &bytes, old)?);
    }
    let trials = conduct::check(&mut report, options, bytes, &manifest, progress)?;
    if options.write_budget {
        report.lines.push(budget.write(&report, &trials)?);
    } else {
        report.lines.extend(budget.compare(&report, &trials, options.tolerance));
    }
    Ok(report)
}
