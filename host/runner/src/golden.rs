//! Golden files: beside each suite, its results as they were blessed.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jsonptr::PointerBuf;
use sortie_harness::golden::Golden;
use sortie_harness::runner::ScenarioResult;
use sortie_json::{Diagnostic, Part, Report, canonical};

use crate::codes;
use crate::error::TestError;
use crate::load::{Suite, document};

/// What golden files are for in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GoldenUse {
    /// Results are compared with those that are there.
    Compare,
    /// Results are written.
    Bless,
}

/// `<suite file stem>.golden.json`, beside the suite.
pub(crate) fn path_of(suite: &Path) -> PathBuf {
    let stem = suite.file_stem().unwrap_or_default().to_string_lossy();
    suite.with_file_name(format!("{stem}.golden.json"))
}

/// Reads a suite's golden file, if there is one. To bless, one that is wrong counts as none.
pub(crate) fn read(suite: &Suite, purpose: GoldenUse) -> Result<Option<Golden>, Report> {
    let path = path_of(&suite.path);
    if !path.exists() {
        return Ok(None);
    }
    match (purpose, parse(suite, &path)) {
        (GoldenUse::Compare, read) => read.map(Some),
        (GoldenUse::Bless, read) => Ok(read.ok()),
    }
}

/// Whether a golden file, which has to look like one, stands beside none of these suites.
pub(crate) fn belongs_to_none(path: &Path, suites: &[PathBuf]) -> bool {
    let is_golden = || document(path).is_ok_and(|document| Golden::from_value(document.value()).is_ok());
    !suites.iter().any(|suite| path_of(suite) == path) && is_golden()
}

fn parse(suite: &Suite, path: &Path) -> Result<Golden, Report> {
    let document = document(path)?;
    let reject = |pointer: &PointerBuf, code: &'static str, message: String| {
        let diagnostic: Diagnostic = document.diagnostic(pointer, Part::Value, code, message);
        document.report(vec![diagnostic.help("write it anew with `--bless`")])
    };
    let golden = Golden::from_value(document.value())
        .map_err(|error| reject(&error.pointer, codes::INVALID_GOLDEN.as_str(), error.message.clone()))?;
    if golden.suite_name != suite.name() {
        let message = format!("these are results of the suite `{}`, not of `{}`", golden.suite_name, suite.name());
        return Err(reject(&PointerBuf::from_tokens(["suite_name"]), codes::GOLDEN_SUITE_MISMATCH.as_str(), message));
    }
    Ok(golden)
}

/// The names of scenarios that a golden file has and the suite does not.
pub(crate) fn stale(golden: &Golden, suite: &Suite) -> Vec<String> {
    let names: BTreeSet<&str> =
        suite.test_run.outlines().iter().map(|scenario| scenario.scenario_name.as_str()).collect();
    let mut stale: Vec<String> = golden.stale(&names).map(|difference| difference.scenario_name).collect();
    stale.dedup();
    stale
}

/// The results of a suite that are blessed: those of this run, and, of scenarios that did not run in it, those that
/// were there.
#[derive(Debug)]
pub(crate) struct Blessing {
    golden: Golden,
    path: PathBuf,
}

impl Blessing {
    /// Begins with what was there and is not stale.
    pub(crate) fn new(suite: &Suite, old: Option<&Golden>) -> Self {
        let mut golden = Golden::new(suite.name());
        for scenario in suite.test_run.outlines() {
            let name = &scenario.scenario_name;
            if let Some(kept) = old.and_then(|old| old.scenarios.get(name)) {
                golden.scenarios.insert(name.clone(), kept.clone());
            }
        }
        Self { golden, path: path_of(&suite.path) }
    }

    /// Takes a scenario's results.
    pub(crate) fn take(&mut self, result: &ScenarioResult) {
        self.golden.insert(result);
    }

    /// Writes the file, whole or not at all. Returns its name.
    pub(crate) fn write(self) -> Result<String, TestError> {
        let path = self.path.display().to_string();
        let mut bytes = canonical(&self.golden.to_value());
        bytes.push(b'\n');
        replace(&self.path, &bytes).map_err(|error| TestError::output(&self.path, error))?;
        Ok(path)
    }
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary = path.with_file_name(name);
    let written = fs::write(&temporary, bytes).and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // What is wrong was said; that nothing can be removed either adds nothing.
        let _ = fs::remove_file(&temporary);
    }
    written
}
