//! `JUnit` XML, as the common schema (that of Jenkins' xUnit plugin) has it.

use std::io::{self, Write};
use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::test::events::{Event, Reporter};
use crate::test::finding::Finding;
use crate::test::select::Chosen;

/// A test suite for each suite, a test case for each scenario. Nothing is written before the end.
pub(in crate::test) struct Junit<W> {
    out: W,
    report: Report,
    suite: Option<TestSuite>,
}

impl<W: Write> Junit<W> {
    /// Writes to a place.
    pub(in crate::test) fn new(out: W) -> Self {
        Self { out, report: Report::new("sortie"), suite: None }
    }

    fn case(&mut self, chosen: &Chosen<'_>, status: TestCaseStatus, time: Option<Duration>) {
        let mut case = TestCase::new(chosen.scenario.scenario_name.as_str(), status);
        case.set_classname(chosen.suite.name());
        if let Some(time) = time {
            case.set_time(time);
        }
        if let Some(suite) = &mut self.suite {
            suite.add_test_case(case);
        }
    }

    fn write(&mut self) -> io::Result<()> {
        if let Some(suite) = self.suite.take() {
            self.report.add_test_suite(suite);
        }
        self.report.serialize(&mut self.out).map_err(io::Error::other)?;
        self.out.flush()
    }
}

impl<W: Write> Reporter for Junit<W> {
    fn event(&mut self, event: &Event<'_>) -> io::Result<()> {
        match event {
            Event::Started(_) => {}
            Event::SuiteStarted(suite) => self.suite = Some(TestSuite::new(suite.name())),
            Event::Ran { chosen, report, findings } => {
                let status = if findings.is_empty() { TestCaseStatus::success() } else { failure(findings) };
                self.case(chosen, status, Some(report.duration));
            }
            Event::Skipped(chosen, reason) => {
                let mut status = TestCaseStatus::skipped();
                status.set_message(*reason);
                self.case(chosen, status, None);
            }
            Event::SuiteFinished(finished) => {
                if let Some(mut suite) = self.suite.take() {
                    suite.set_time(finished.duration);
                    suite.add_property(("file", finished.suite.file.as_str()));
                    suite.add_property(("test_run_hash", finished.summary.test_run_hash.to_string().as_str()));
                    suite.add_property(("suite_hash", finished.summary.suite_hash.to_string().as_str()));
                    self.report.add_test_suite(suite);
                }
            }
            Event::Finished(finished) => {
                self.report.set_time(finished.duration);
                self.write()?;
            }
            Event::Aborted { code, message } => {
                let suite = self.suite.get_or_insert_with(|| TestSuite::new("sortie"));
                let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
                status.set_type(*code).set_message(*message);
                suite.add_test_case(TestCase::new("the run", status));
                self.write()?;
            }
        }
        Ok(())
    }
}

fn failure(findings: &[Finding]) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    if let Some(first) = findings.first() {
        status.set_type(first.code.as_str()).set_message(format!("{}: {}", first.title, first.message));
    }
    let text = |finding: &Finding| {
        let lines = finding.lines().join("\n  ");
        format!("{} ({})\n  {lines}\n", finding.title, finding.place)
    };
    status.set_description(findings.iter().map(text).collect::<Vec<_>>().join("\n"));
    status
}
