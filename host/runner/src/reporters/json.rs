//! The results as JSON, written as they come.
//!
//! One suite is a `test_run_result@2`: the result of the harness, with `problems` for what expectations do not say,
//! and `file`. Several are `{schema_version: "test_run_results@2", test_runs: […]}`. The value at the top has
//! `passed`, and `coverage` where plugins were given; after a host fault it has `error`. `passed` is the verdict on
//! everything, golden results too; the one that is hashed is that of `expectations_result`.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::coverage::Coverage;
use crate::error::TestVerdict;
use crate::events::{Reporter, SuiteEnd, TestEvent, TestRunEnd};
use crate::finding::Finding;
use crate::judgement::Results;
use crate::remarks::MissionRemark;

/// Writes one JSON value. Results of scenarios are not kept.
pub struct JsonReporter<W> {
    out: W,
    several: bool,
    /// Whether a suite has begun that is not finished.
    open: bool,
    suites: usize,
    suite: SuiteTail,
}

/// What of a suite is written after its scenarios.
#[derive(Default)]
struct SuiteTail {
    ran: usize,
    expectations: List,
    skipped: List,
    problems: List,
}

/// A list of JSON, kept as text: it takes a tenth of the memory of the values.
#[derive(Default)]
struct List(String);

impl List {
    fn push(&mut self, value: &Value) {
        self.0.push(if self.0.is_empty() { '[' } else { ',' });
        self.0.push_str(&value.to_string());
    }

    fn finish(mut self) -> String {
        if self.0.is_empty() {
            self.0.push('[');
        }
        self.0.push(']');
        self.0
    }
}

impl<W: Write> JsonReporter<W> {
    /// Writes to a place.
    #[must_use]
    pub fn new(out: W) -> Self {
        Self { out, several: false, open: false, suites: 0, suite: SuiteTail::default() }
    }

    fn suite_started(&mut self, name: &str, file: &str) -> io::Result<()> {
        let comma = if self.suites > 0 { ",\n" } else { "" };
        let opening = if self.several { "{" } else { "" };
        write!(self.out, "{comma}{opening}\"file\":{},", json!(file))?;
        if self.several {
            write!(self.out, "\"schema_version\":\"test_run_result@2\",")?;
        }
        write!(
            self.out,
            "\"suite_result\":{{\"schema_version\":\"suite_result@2\",\"suite_name\":{},\"scenario_results\":[",
            json!(name)
        )?;
        self.suites += 1;
        self.open = true;
        self.suite = SuiteTail::default();
        Ok(())
    }

    fn suite_finished(&mut self, finished: &SuiteEnd<'_>) -> io::Result<()> {
        let SuiteTail { expectations, skipped, problems, .. } = std::mem::take(&mut self.suite);
        let summary = finished.summary;
        let suite_metadata = json!({"suite_hash": summary.suite_hash});
        write!(self.out, "],\"skipped\":{},\"metadata\":{suite_metadata}}},", skipped.finish())?;
        let expectations_metadata = json!({"expectations_hash": summary.expectations_hash});
        write!(
            self.out,
            "\"expectations_result\":{{\"schema_version\":\"expectations_result@2\",\"passed\":{},\
             \"expectation_results\":{},\"metadata\":{expectations_metadata}}},",
            summary.passed,
            expectations.finish()
        )?;
        let metadata = json!({"test_run_hash": summary.test_run_hash});
        let warnings: Value = finished.remarks.iter().map(warning).collect();
        let (counts, problems) = (summary.counts.to_value(), problems.finish());
        write!(self.out, "\"counts\":{counts},\"problems\":{problems},")?;
        write!(
            self.out,
            "\"golden_stale\":{},\"warnings\":{},\"metadata\":{metadata}",
            json!(finished.stale),
            warnings
        )?;
        if self.several {
            write!(self.out, ",\"passed\":{}}}", passed(finished.verdict))?;
        }
        self.open = false;
        Ok(())
    }

    fn close(&mut self, ending: &str) -> io::Result<()> {
        // After a fault, a suite is left open in the middle of its scenarios.
        if self.open {
            write!(self.out, "]}}")?;
            if self.several {
                write!(self.out, "}}")?;
            }
        }
        if self.several {
            write!(self.out, "]")?;
        }
        writeln!(self.out, ",{ending}}}")?;
        self.out.flush()
    }

    fn finished(&mut self, finished: &TestRunEnd) -> io::Result<()> {
        let coverage: Vec<Value> = finished.coverage.iter().map(Coverage::to_value).collect();
        let coverage = Value::Array(coverage);
        self.close(&format!(
            "\"not_run\":{},\"fuel\":{},\"coverage\":{coverage},\"passed\":{}",
            finished.not_run,
            finished.fuel,
            passed(finished.verdict)
        ))
    }
}

impl<W: Write + Send> Reporter for JsonReporter<W> {
    fn event(&mut self, event: &TestEvent<'_>) -> io::Result<()> {
        match event {
            TestEvent::Started(started) => {
                self.several = started.suites > 1;
                if self.several {
                    writeln!(self.out, "{{\"schema_version\":\"test_run_results@2\",\"test_runs\":[")
                } else {
                    write!(self.out, "{{\"schema_version\":\"test_run_result@2\",")
                }
            }
            TestEvent::SuiteStarted(suite) => self.suite_started(suite.name(), &suite.file),
            TestEvent::Ran { chosen, report } => {
                let Some(Results { result, expectations }) = &report.results else {
                    return Err(io::Error::other("this is a bug in Sortie: results were not kept"));
                };
                let comma = if self.suite.ran > 0 { "," } else { "" };
                self.suite.ran += 1;
                for expectation in expectations {
                    self.suite.expectations.push(&expectation.to_value());
                }
                let name = chosen.scenario.scenario_name.as_str();
                for finding in &report.findings {
                    self.suite.problems.push(&problem(name, finding));
                }
                write!(self.out, "{comma}\n{}", result.to_value())
            }
            TestEvent::Skipped(chosen, reason) => {
                let name = &chosen.scenario.scenario_name;
                self.suite.skipped.push(&json!({"scenario_name": name, "reason": reason}));
                Ok(())
            }
            TestEvent::SuiteFinished(finished) => self.suite_finished(finished),
            TestEvent::Finished(finished) => self.finished(finished),
            TestEvent::Aborted { code, message } => {
                let error = json!({"code": code, "message": message});
                self.close(&format!("\"passed\":false,\"error\":{error}"))
            }
        }
    }
}

fn passed(verdict: TestVerdict) -> bool {
    match verdict {
        TestVerdict::Passed => true,
        TestVerdict::Failed => false,
    }
}

fn warning(remark: &MissionRemark) -> Value {
    let MissionRemark { mission, code, message, help, place, count } = remark;
    json!({"mission_name": mission, "code": code, "message": message, "help": help, "place": place, "count": count})
}

fn problem(scenario: &str, finding: &Finding) -> Value {
    let change = |change: &crate::finding::FindingChange| json!({"path": change.path, "expected": change.expected, "actual": change.actual});
    json!({
        "scenario_name": scenario,
        "code": finding.code,
        "title": finding.title,
        "message": finding.message,
        "place": finding.place,
        "expected": finding.expected,
        "actual": finding.actual,
        "diff": finding.changes.iter().map(change).collect::<Vec<_>>(),
        "help": finding.help,
    })
}
