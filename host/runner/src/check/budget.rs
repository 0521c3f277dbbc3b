//! `fuel.lock`: what a plugin may cost. Its author commits it; a check says how the plugin's cost changed since.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Value, json};
use sortie_host::Fuel;
use sortie_host::json::canonical;

use super::trial::TrialReport;
use super::verdict::{CheckReport, Line};
use crate::codes;
use crate::error::CheckError;
use crate::files;

const SCHEMA_VERSION: &str = "plugin_budget@1";
const WRITE: &str = "record the current cost with `--write-budget`";

/// What an example may cost.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    fuel: Fuel,
    /// The hash of the example: of another example, the fuel says nothing.
    input: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct BudgetRecord {
    schema_version: String,
    plugin: String,
    bytes: u64,
    fuel: BTreeMap<String, Entry>,
}

/// A budget's file, and what it has, if it is there.
#[derive(Debug)]
pub(crate) struct Budget {
    path: PathBuf,
    plugin: String,
    recorded: Option<BudgetRecord>,
}

impl Budget {
    /// Reads the budget that was named, or the one beside a plugin's file; it has to be that plugin's.
    pub(crate) fn beside(file: &Path, named: Option<&Path>, plugin: &str) -> Result<Self, CheckError> {
        let path = named.map_or_else(|| file.with_file_name("fuel.lock"), Path::to_owned);
        let recorded = if path.exists() { Some(read(&path)?) } else { None };
        if let Some(recorded) = &recorded
            && recorded.plugin != plugin
        {
            return Err(CheckError::BudgetOfAnotherPlugin {
                path: path.display().to_string(),
                found: recorded.plugin.clone(),
                plugin: plugin.to_owned(),
            });
        }
        Ok(Self { path, plugin: plugin.to_owned(), recorded })
    }

    /// Compares what was seen with the budget.
    pub(crate) fn compare(&self, report: &CheckReport, tried: &[TrialReport<'_>], tolerance: f64) -> Vec<Line> {
        let Some(recorded) = &self.recorded else {
            let explanation = format!("there is no `{}`", self.path.display());
            return vec![Line::skipped("budget", explanation).remedy(WRITE)];
        };
        let bytes = u64::try_from(report.bytes).unwrap_or(u64::MAX);
        let mut lines = vec![judge("bytes", recorded.bytes, bytes, tolerance).of("size")];
        for TrialReport { example, seen } in tried {
            let line = match recorded.fuel.get(&example.key()) {
                Some(entry) if entry.input == example.hash().to_string() => {
                    judge("units of fuel", entry.fuel, seen.fuel, tolerance)
                }
                Some(_) => {
                    Line::failed("budget", codes::BUDGET_STALE.as_str(), "the example is another than the budget's")
                        .remedy(WRITE)
                }
                None => {
                    Line::failed("budget", codes::BUDGET_STALE.as_str(), "the budget does not have it").remedy(WRITE)
                }
            };
            lines.push(line.of(example.subject()));
        }
        let gone = recorded.fuel.keys().filter(|key| !tried.iter().any(|tried| tried.example.key() == **key));
        lines.extend(gone.map(|key| {
            let line =
                Line::failed("budget", codes::BUDGET_STALE.as_str(), "the budget has it, but the plugin does not");
            line.of(format!("`{key}`")).remedy(WRITE)
        }));
        lines
    }

    /// Writes what was seen, unless something is wrong with the plugin.
    pub(crate) fn write(&self, report: &CheckReport, tried: &[TrialReport<'_>]) -> Result<Line, CheckError> {
        if !report.passed() {
            return Ok(Line::skipped("budget", "it is not written, since the plugin failed a check"));
        }
        let text = text(&self.plugin, report.bytes, tried);
        files::write(&self.path, text.as_bytes())?;
        Ok(Line::ok("budget", format!("written to `{}`", self.path.display())))
    }
}

fn read(path: &Path) -> Result<BudgetRecord, CheckError> {
    let path = path.display().to_string();
    let value = files::document(&path)?.into_value();
    let recorded: BudgetRecord = match serde_json::from_value(value) {
        Ok(recorded) => recorded,
        Err(error) => return Err(CheckError::NotABudget { path, detail: error.to_string() }),
    };
    if recorded.schema_version != SCHEMA_VERSION {
        let detail = format!("it is a `{}`, not a `{SCHEMA_VERSION}`", recorded.schema_version);
        return Err(CheckError::NotABudget { path, detail });
    }
    Ok(recorded)
}

/// The file: JSON with its keys in order, a line for each example, so that a diff can be read.
fn text(plugin: &str, bytes: usize, tried: &[TrialReport<'_>]) -> String {
    let mut entries = BTreeMap::new();
    for TrialReport { example, seen } in tried {
        entries.insert(example.key(), json!({"fuel": seen.fuel, "input": example.hash()}));
    }
    let mut text = format!("{{\n  \"bytes\": {bytes},\n  \"fuel\": {{");
    for (index, (key, entry)) in entries.iter().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        let _ =
            write!(text, "{comma}\n    {}: {}", Value::from(key.as_str()), String::from_utf8_lossy(&canonical(entry)));
    }
    let end = if entries.is_empty() { "" } else { "\n  " };
    let _ = write!(
        text,
        "{end}}},\n  \"plugin\": {},\n  \"schema_version\": \"{SCHEMA_VERSION}\"\n}}\n",
        Value::from(plugin)
    );
    text
}

fn judge(what: &str, then: u64, now: u64, tolerance: f64) -> Line {
    let said = format!("{now} {what}, {} against a budget of {then}", change(then, now));
    #[expect(clippy::cast_precision_loss, reason = "a comparison for people; it enters no hash")]
    let over = now > then && (now - then) as f64 * 100.0 > then as f64 * tolerance;
    if over {
        Line::failed("budget", codes::OVER_BUDGET.as_str(), format!("{said}, and {tolerance} % more is tolerated"))
            .remedy(format!("make it cheaper; or, if it is worth the cost, {WRITE}"))
    } else {
        Line::ok("budget", said)
    }
}

/// A change in percent, such as `+1.5 %`, rounded towards zero.
fn change(then: u64, now: u64) -> String {
    let (sign, difference) = if now >= then { ("+", now - then) } else { ("-", then - now) };
    match (u128::from(difference) * 1000).checked_div(u128::from(then)) {
        Some(thousandths) => format!("{sign}{}.{} %", thousandths / 10, thousandths % 10),
        None if now == 0 => "+0.0 %".to_owned(),
        None => "all".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::verdict::Mark;
    use super::*;

    #[test]
    fn a_change_is_told_in_percent() {
        let told = |then, now| change(then, now);
        assert_eq!(told(1000, 1000), "+0.0 %");
        assert_eq!(told(1000, 1015), "+1.5 %");
        assert_eq!(told(1000, 999), "-0.1 %");
        assert_eq!(told(3, 6), "+100.0 %");
        assert_eq!(told(u64::MAX, 0), "-100.0 %");
        assert_eq!((told(0, 0), told(0, 5)), ("+0.0 %".to_owned(), "all".to_owned()));
    }

    #[test]
    fn the_tolerance_is_kept_to_the_unit() {
        let verdict = |then, now, tolerance| judge("bytes", then, now, tolerance).mark;
        assert_eq!(verdict(1000, 1050, 5.0), Mark::Ok);
        assert_eq!(verdict(1000, 1051, 5.0), Mark::Failed);
        assert_eq!(verdict(1000, 1, 0.0), Mark::Ok);
        assert_eq!(verdict(1000, 1001, 0.0), Mark::Failed);
        assert_eq!(verdict(0, 1, 5.0), Mark::Failed);
    }

    #[test]
    fn a_budget_is_canonical_but_for_its_line_breaks() {
        let text = text("demo", 12, &[]);
        assert_eq!(
            text,
            "{\n  \"bytes\": 12,\n  \"fuel\": {},\n  \"plugin\": \"demo\",\n  \"schema_version\": \"plugin_budget@1\"\n}\n"
        );
        let recorded: BudgetRecord = serde_json::from_str(&text).unwrap();
        assert_eq!((recorded.plugin.as_str(), recorded.bytes), ("demo", 12));
    }
}
