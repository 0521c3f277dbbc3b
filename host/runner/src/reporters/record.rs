//! Keeps which scenarios failed: for who wants to run those alone.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::PathBuf;

use crate::events::{Reporter, TestEvent};
use crate::record::FailureRecord;

/// Writes down which scenarios of a run failed. Those that did not run keep what is known of them.
#[derive(Debug)]
pub struct Record {
    failures: FailureRecord,
    /// The file of each suite, and what is known now.
    suites: BTreeMap<PathBuf, Outcomes>,
    /// The file of the suite whose scenarios come in.
    current: Option<PathBuf>,
}

/// Of a suite, the scenarios that failed before or now.
#[derive(Debug, Default)]
struct Outcomes {
    suite: String,
    failed: BTreeSet<String>,
}

impl Reporter for Record {
    fn event(&mut self, event: &TestEvent<'_>) -> io::Result<()> {
        match event {
            TestEvent::SuiteStarted(suite) => {
                self.current = self.failures.file(&suite.path);
                if let Some(file) = self.current.clone() {
                    let names: BTreeSet<&str> =
                        suite.test_run.outlines().iter().map(|outline| outline.scenario_name.as_str()).collect();
                    let mut failed = self.failures.failed(&suite.path);
                    failed.retain(|name| names.contains(name.as_str()));
                    self.suites.insert(file, Outcomes { suite: suite.file.clone(), failed });
                }
            }
            TestEvent::Ran { chosen, report } => {
                let outcomes = self.current.as_ref().and_then(|file| self.suites.get_mut(file));
                if let Some(Outcomes { failed, .. }) = outcomes {
                    let name = &chosen.scenario.scenario_name;
                    if report.findings.is_empty() {
                        failed.remove(name);
                    } else {
                        failed.insert(name.clone());
                    }
                }
            }
            TestEvent::Finished(_) | TestEvent::Aborted { .. } => self.write(),
            TestEvent::Started(_) | TestEvent::Skipped(..) | TestEvent::SuiteFinished(_) => {}
        }
        Ok(())
    }
}

impl Record {
    /// Keeps the record.
    #[must_use]
    pub fn new(record: FailureRecord) -> Self {
        Self { failures: record, suites: BTreeMap::new(), current: None }
    }

    fn write(&mut self) {
        for (file, Outcomes { suite, failed }) in std::mem::take(&mut self.suites) {
            self.failures.write(&file, &suite, &failed);
        }
        self.failures.make_room();
    }
}
