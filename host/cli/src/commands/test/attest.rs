//! Stating what tests came to.

use std::collections::BTreeSet;
use std::io;

use sortie_attestation::predicate::{self, TestTally};
use sortie_attestation::{Artifact, Statement};
use sortie_host::{FIRST_PARTY, Host, RegisteredPlugin};
use sortie_json::ContentHash;
use sortie_runner::{MakeHost, Reporter, TestEvent, TestPlan, TestVerdict, files};

use crate::error::CliError;

/// What a statement about tests is made of: it is read before they run, so that it is what they read.
pub(super) struct Evidence {
    plugins: Vec<Artifact>,
    files: Vec<Artifact>,
}

/// Counts what happens.
pub(super) struct Counter<'t>(pub(super) &'t mut TestTally);

impl Evidence {
    /// The plugins that are tested (those of the command itself, if there are no others), and the files that say how.
    pub(super) fn of(
        plan: &TestPlan<'_>,
        make_host: MakeHost<'_>,
        given: &[std::path::PathBuf],
    ) -> Result<Self, CliError> {
        let builder = given.iter().fold(Host::builder(), sortie_host::HostBuilder::plugin_file);
        let registry = make_host(builder)?.registry();
        let artifact = |plugin: &RegisteredPlugin| Artifact::new(plugin.name(), plugin.plugin().digest());
        let own: BTreeSet<ContentHash> = FIRST_PARTY.iter().map(|file| ContentHash::of_bytes(file)).collect();
        let is_own = |plugin: &&RegisteredPlugin| own.contains(&plugin.plugin().digest());
        let mut plugins: Vec<Artifact> = registry.plugins().filter(|plugin| !is_own(plugin)).map(artifact).collect();
        if plugins.is_empty() {
            plugins = registry.plugins().map(artifact).collect();
        }
        let names: BTreeSet<String> = plan.files().map(|file| file.display().to_string()).collect();
        // A file that is not there, such as a golden file, says nothing.
        let read = |name: String| Some(Artifact::new(name.clone(), ContentHash::of_bytes(&files::bytes(&name).ok()?)));
        Ok(Self { plugins, files: names.into_iter().filter_map(read).collect() })
    }

    /// The statement.
    pub(super) fn statement(self, tally: &TestTally) -> Statement {
        predicate::of_tests(self.plugins, &self.files, tally)
    }
}

impl Reporter for Counter<'_> {
    fn event(&mut self, event: &TestEvent<'_>) -> io::Result<()> {
        let tally = &mut *self.0;
        match event {
            TestEvent::Ran { chosen, report } => match report.verdict {
                TestVerdict::Passed => tally.passed.push(chosen.title()),
                TestVerdict::Failed => tally.failed.push(chosen.title()),
            },
            TestEvent::Skipped(chosen, _) => tally.skipped.push(chosen.title()),
            TestEvent::SuiteFinished(end) => {
                tally.hashes.insert(end.suite.file.clone(), end.summary.test_run_hash);
            }
            TestEvent::Finished(end) => tally.is_passed = end.verdict == TestVerdict::Passed,
            _ => {}
        }
        Ok(())
    }
}
