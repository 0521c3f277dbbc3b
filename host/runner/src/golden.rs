//! Golden files: beside each suite, its results as they were blessed.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use jsonptr::PointerBuf;
use sortie_harness::golden::{Golden, GoldenDifferences, compare};
use sortie_harness::runner::ScenarioResult;
use sortie_json::{Diagnostic, Part, Report};
use sortie_sandbox::{read_regular, write_whole};

use crate::codes;
use crate::discover::golden_of;
use crate::documents::document;
use crate::error::TestError;
use crate::load::Suite;

/// What golden files are for in a run. Closed: files are read or written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GoldenUse {
    /// Results are compared with those that are there.
    Compare,
    /// Results are written.
    Bless,
}

/// Reads a suite's golden file, if there is one. To bless, one that is wrong counts as none.
pub(crate) fn read(suite: &Suite, purpose: GoldenUse) -> Result<Option<Golden>, Report> {
    let path = golden_of(&suite.path);
    if !path.exists() {
        return Ok(None);
    }
    match (purpose, parse(suite, &path)) {
        (GoldenUse::Compare, read) => read.map(Some),
        (GoldenUse::Bless, read) => Ok(read.ok()),
    }
}

fn parse(suite: &Suite, path: &Path) -> Result<Golden, Report> {
    let document = document(path)?;
    let reject = |pointer: &PointerBuf, code: &'static str, message: String| {
        let diagnostic: Diagnostic = document.diagnostic(pointer, Part::Value, code, message);
        document.report(vec![diagnostic.help("rewrite it with `--bless`")])
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

/// The golden results of a suite that a run writes: those of the scenarios that ran in it, and, of those that did not,
/// what was there.
#[derive(Debug)]
pub(crate) struct NewGolden {
    golden: Golden,
    /// What was there before.
    old: Option<Golden>,
    path: PathBuf,
}

/// A golden file that was written, and what changed in it.
#[derive(Debug, Clone, PartialEq)]
pub struct GoldenUpdate {
    /// The file.
    pub path: String,
    /// Whether there was none before.
    pub is_new: bool,
    /// What changed, in the order of the scenarios' names.
    pub differences: GoldenDifferences,
}

impl NewGolden {
    /// Begins with what was there and is not stale.
    pub(crate) fn new(suite: &Suite, old: Option<&Golden>) -> Self {
        let mut golden = Golden::new(suite.name());
        for scenario in suite.test_run.outlines() {
            let name = &scenario.scenario_name;
            if let Some(kept) = old.and_then(|old| old.scenarios.get(name)) {
                golden.scenarios.insert(name.clone(), kept.clone());
            }
        }
        Self { golden, old: old.cloned(), path: golden_of(&suite.path) }
    }

    /// Takes a scenario's results.
    pub(crate) fn take(&mut self, result: &ScenarioResult) {
        self.golden.insert(result);
    }

    /// Writes the file, whole or not at all; not, where it is as it should be.
    pub(crate) fn write(self) -> Result<GoldenUpdate, TestError> {
        let text = self.golden.to_text();
        let most = u64::try_from(text.len()).unwrap_or(u64::MAX);
        if read_regular(&self.path, most).ok().as_deref() != Some(text.as_bytes()) {
            // What stands there and is no file, such as a pipe, gives way.
            if fs::metadata(&self.path).is_ok_and(|there| !there.is_file() && !there.is_dir()) {
                fs::remove_file(&self.path).map_err(|error| TestError::output(&self.path, error))?;
            }
            write_whole(&self.path, text.as_bytes()).map_err(|error| TestError::output(&self.path, error))?;
        }
        let differences = self.old.as_ref().map(|old| compare(old, &self.golden)).unwrap_or_default();
        Ok(GoldenUpdate { path: self.path.display().to_string(), is_new: self.old.is_none(), differences })
    }
}
