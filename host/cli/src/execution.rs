//! What `run` and `exec` share: the options of a run, and driving it until it is done or waits for somebody.

use std::path::{Path, PathBuf};

use clap::Args;
use sortie_host::{Draft, ExecutionContext, Host};

use crate::error::{CliError, Exit};
use crate::journal::{PauseSetup, pause};
use crate::options::{FailureArguments, Format, HumanArguments, JournalArguments, Mode, PluginArguments};
use crate::outcome;
use crate::profile::ProfileArguments;
use crate::refusal::Refusal;
use crate::saving::SavingArguments;
use crate::signing::{AttestArguments, Attester};
use crate::timings::TimingsArguments;
use crate::{humans, project};

/// The options of a run.
#[derive(Debug, Args)]
pub(crate) struct ExecutionArguments {
    #[command(flatten)]
    humans: HumanArguments,
    #[command(flatten)]
    journal: JournalArguments,
    #[command(flatten)]
    plugins: PluginArguments,
    /// Write a bundle for `sortie verify`: the result and everything it was made from, plugins included.
    #[arg(long, value_name = "FILE")]
    bundle: Option<PathBuf>,
    #[command(flatten)]
    saving: SavingArguments,
    #[command(flatten)]
    attest: AttestArguments,
    #[command(flatten)]
    profile: ProfileArguments,
    #[command(flatten)]
    pub(crate) timings: TimingsArguments,
    #[command(flatten)]
    failure: FailureArguments,
}

/// A run that can begin: its options fit together, and nothing was read but a key.
pub(crate) struct Execution<'a> {
    arguments: &'a ExecutionArguments,
    attester: Option<Attester>,
}

impl ExecutionArguments {
    /// Holds the options against each other, and against the files that the run reads.
    pub(crate) fn check(&self, read: &[&str]) -> Result<Execution<'_>, CliError> {
        self.overwrite_nothing(read)?;
        let execution = Execution { arguments: self, attester: self.attest.attester(self.bundle.as_deref())? };
        if !execution.pauses() {
            if !humans::asks(&self.humans) {
                self.journal.none_named()?;
            }
            return Ok(execution);
        }
        let refusal = match &execution.attester {
            _ if self.bundle.is_some() => Refusal::BundleOfAPause,
            _ if self.failure.save_failure.is_some() => Refusal::FailureOfAPause,
            Some(_) => Refusal::AttestationOfAPause,
            None if !self.saving.is_empty() => Refusal::StateOfAPause,
            None if self.profile.profile.is_some() => Refusal::ProfileOfAPause,
            None => return Ok(execution),
        };
        Err(refusal.into())
    }

    /// Refuses two results in one file, and one in the place of what is read. The state alone may replace the one that the run
    /// begins with.
    fn overwrite_nothing(&self, read: &[&str]) -> Result<(), CliError> {
        let written = [
            ("--bundle", self.bundle.as_deref()),
            ("--save-failure", self.save_failure()),
            ("--profile", self.profile.profile.as_deref()),
            ("--attestation", self.attest.file()),
        ];
        let files = |file: &Path| file.canonicalize().or_else(|_| std::path::absolute(file)).ok();
        let states = self.saving.files();
        let answers = self.humans.answers.iter().map(Path::new);
        let kept = read.iter().map(Path::new).chain(answers).chain(self.plugins.paths.iter().map(PathBuf::as_path));
        let mut taken: Vec<PathBuf> = kept.chain(states).filter_map(files).collect();
        for (option, file) in written.into_iter().filter_map(|(option, file)| Some((option, file?))) {
            // What is no file, such as /dev/stdout, takes all that is written.
            let Some(place) = files(file).filter(|place| place.is_file() || !place.exists()) else { continue };
            if taken.contains(&place) {
                return Err(Refusal::OverwritesInput { option, file: Refusal::shown(file) }.into());
            }
            taken.push(place);
        }
        Ok(())
    }

    /// Where the call that fails is saved, if it is.
    pub(crate) fn save_failure(&self) -> Option<&Path> {
        self.failure.save_failure.as_deref()
    }
}

impl Execution<'_> {
    /// The host to run on, with the plugins that are wanted.
    pub(crate) fn host(&self) -> Result<Host, CliError> {
        let builder = match &self.arguments.profile.profile {
            Some(_) => Host::builder().profile(),
            None => Host::builder(),
        };
        project::host_of(builder, &self.arguments.plugins)
    }

    /// Whether the run stops at its first question, and is kept.
    fn pauses(&self) -> bool {
        self.arguments.humans.mode == Some(Mode::Pause)
    }

    /// Runs a workflow until it is done or waits, and writes and prints what was asked for. `command` runs it again, and
    /// `name` is the heading of its profile.
    pub(crate) fn run(
        &self,
        (host, draft): (&Host, Draft),
        context: &ExecutionContext,
        (name, command): (&str, &str),
        format: Format,
    ) -> Result<Exit, CliError> {
        let ExecutionArguments { humans, journal, plugins, .. } = self.arguments;
        let answers = humans::answers(draft.workflow(), humans)?;
        let by = &humans.person.actor();
        if self.pauses() {
            return pause(&PauseSetup { host, answers: &answers, journal, plugins, by }, draft, context, format);
        }
        let session = draft.clone().start(context)?;
        let completed = match humans::finish(session, humans, answers, command)? {
            humans::Outcome::Completed(completed) => *completed,
            humans::Outcome::Later(answers) => {
                return pause(&PauseSetup { host, answers: &answers, journal, plugins, by }, draft, context, format);
            }
        };
        let bundle = match &self.arguments.bundle {
            Some(file) => outcome::write_bundle(file, draft.workflow(), context, (host, &completed))?,
            None => None,
        };
        outcome::attest(self.attester.as_ref(), &completed.result, bundle)?;
        self.arguments.saving.write(&completed.result)?;
        self.arguments.profile.write(name, host, &completed)?;
        let failing = outcome::failing(host, &completed, self.arguments.save_failure())?;
        outcome::finished(&completed, failing.as_ref(), format)
    }
}
