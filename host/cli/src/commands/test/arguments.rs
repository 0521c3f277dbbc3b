//! The arguments of `sortie test`.

use std::ffi::OsString;
use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::{Args, Command, FromArgMatches, ValueEnum};
use sortie_harness::filter::Shard;
use sortie_runner::files;
use sortie_runner::{GoldenUse, Options, Strictness};

use crate::error::CliError;
use crate::options::{JournalArguments, at_least_one};
use crate::refusal::Refusal;
use crate::signing::AttestArguments;
use crate::timings::TimingsArguments;

/// What messages call a suite that comes from there.
const STANDARD_INPUT: &str = "standard input";

/// Run suites of scenarios.
#[derive(Debug, Clone, Args)]
#[expect(clippy::struct_excessive_bools, reason = "these are flags of a command line")]
pub(crate) struct TestArguments {
    /// Suite files (YAML, JSON or TOML), folders that are searched for them, or `-` for standard input.
    #[arg(value_name = "FILE|DIR|-", required_unless_present_any = ["print_schema", "save"])]
    pub(super) paths: Vec<PathBuf>,
    /// Read more expectations from a file.
    #[arg(long, value_name = "FILE")]
    pub(super) expectations: Option<PathBuf>,
    /// Register a plugin, and report which of its missions and operations no scenario reached.
    #[arg(long = "plugin", value_name = "FILE")]
    pub(super) plugins: Vec<PathBuf>,
    /// Run only the scenarios that match: name patterns, `tag:` and `suite:` patterns, combined with `and`, `or`,
    /// `not`; or one name exactly as it was printed.
    #[arg(long, value_name = "EXPRESSION")]
    pub(super) filter: Option<String>,
    /// Run only the scenarios that failed last time; all of them, if none did.
    #[arg(long)]
    pub(super) last_failed: bool,
    /// Run one of N equal shares of the scenarios.
    #[arg(long, value_name = "I/N")]
    pub(super) shard: Option<Shard>,
    /// Run this many scenarios at a time [default: the number of cores].
    #[arg(long, short, value_name = "N", value_parser = at_least_one::<NonZeroUsize>)]
    pub(super) jobs: Option<NonZeroUsize>,
    /// List the selected scenarios without running them.
    #[arg(long)]
    pub(super) list: bool,
    /// Stop at the first scenario that fails.
    #[arg(long)]
    pub(super) fail_fast: bool,
    /// Treat warnings, unanswered human steps, and stale or missing golden results as errors.
    #[arg(long)]
    pub(super) strict: bool,
    /// Write the results to a golden file beside each suite, for later runs to be compared with.
    #[arg(long)]
    pub(super) bless: bool,
    /// Test again whenever a suite, a fixture or a plugin changes, until interrupted.
    #[arg(long, conflicts_with_all = ["list", "print_schema"])]
    pub(super) watch: bool,
    /// Include times in reports, which then differ between runs. At a terminal, times are always shown.
    #[arg(long)]
    pub(super) times: bool,
    /// Run each scenario twice, as machine code with pooled instances and in the interpreter without, and compare.
    #[arg(long)]
    pub(super) check_determinism: bool,
    /// Report results in this format.
    #[arg(long, value_enum, default_value_t = ReporterKind::Human, value_name = "REPORTER")]
    pub(super) reporter: ReporterKind,
    /// Write the report to a file, and print a summary for people.
    #[arg(long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    #[command(flatten)]
    pub(super) attest: AttestArguments,
    #[command(flatten)]
    pub(crate) timings: TimingsArguments,
    /// Turn what happened into a scenario, and add it to `--suite`: a run in the journal, a bundle, or a failure that
    /// `--save-failure` saved.
    #[arg(long, value_name = "RUN|BUNDLE|FAILURE", requires = "suite", conflicts_with = "paths")]
    pub(super) save: Option<String>,
    /// Add the scenario to this suite, which is created if it does not exist.
    #[arg(long, value_name = "FILE", requires = "save")]
    pub(super) suite: Option<PathBuf>,
    /// Name the scenario [default: the run's id or the file's name].
    #[arg(long, value_name = "NAME", requires = "save")]
    pub(super) name: Option<String>,
    /// Shrink failing scenarios as far as they still fail in the same way, and add them to this suite.
    #[arg(long, value_name = "SUITE", conflicts_with_all = ["watch", "list", "bless", "save"])]
    pub(super) shrink: Option<PathBuf>,
    /// Mutate this many operators of the given plugins, one at a time, and report which mutations no scenario catches.
    #[arg(long, value_name = "N", value_parser = at_least_one::<NonZeroUsize>, requires = "plugins",
          conflicts_with_all = ["watch", "list", "bless", "save", "shrink"])]
    pub(super) mutate: Option<NonZeroUsize>,
    #[command(flatten)]
    pub(super) journal: JournalArguments,
    /// Print the JSON Schema of suite files, for editors.
    #[arg(long)]
    pub(super) print_schema: bool,
}

/// The reporters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ReporterKind {
    /// For people.
    Human,
    /// All results, as JSON.
    Json,
    /// `JUnit` XML.
    Junit,
    /// The Test Anything Protocol, version 14.
    Tap,
}

impl TestArguments {
    /// The arguments to test a plugin with the suites of a folder, and with options as a command line has them.
    pub(crate) fn of_plugin(suites: &Path, plugin: &Path, options: &[String]) -> Result<Self, clap::Error> {
        let fixed: [OsString; 4] = ["sortie plugin test --".into(), "--plugin".into(), plugin.into(), suites.into()];
        let command = Self::augment_args(Command::new("sortie plugin test --"));
        let words = fixed.into_iter().chain(options.iter().map(OsString::from));
        Self::from_arg_matches(&command.try_get_matches_from(words)?)
    }

    /// Holds the options against each other.
    pub(super) fn check(&self) -> Result<(), CliError> {
        let is_piped = self.paths.iter().any(|path| path.as_os_str() == "-");
        let given = [("--watch", self.watch), ("--bless", self.bless)].into_iter().find(|(_, is_given)| *is_given);
        match given {
            Some((option, _)) if is_piped => Err(Refusal::SuiteFromInput { option }.into()),
            _ => Ok(()),
        }
    }

    /// What is to be run, and how.
    ///
    /// # Errors
    ///
    /// Standard input is named and cannot be read.
    pub(super) fn options(&self) -> Result<Options, CliError> {
        let is_file = |path: &&PathBuf| path.as_os_str() != "-";
        let mut options = Options::of(self.paths.iter().filter(is_file));
        if !self.paths.iter().all(|path| is_file(&path)) {
            options.text = Some((STANDARD_INPUT.to_owned(), files::bytes_from(STANDARD_INPUT, io::stdin().lock())?));
        }
        options.expectations.clone_from(&self.expectations);
        options.plugins.clone_from(&self.plugins);
        options.filter.clone_from(&self.filter);
        options.shard = self.shard;
        options.jobs = self.jobs.unwrap_or(options.jobs);
        options.fail_fast = self.fail_fast;
        options.strictness = Strictness::of(self.strict);
        options.golden = if self.bless { GoldenUse::Bless } else { GoldenUse::Compare };
        options.check_determinism = self.check_determinism;
        Ok(options)
    }

    /// The files and folders that may change between two runs: those that are named, and the folders that the suites are
    /// in, for their fixtures.
    pub(super) fn watched(&self) -> Vec<PathBuf> {
        let folder = |file: &PathBuf| {
            let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty());
            if file.is_dir() { file.clone() } else { parent.unwrap_or(Path::new(".")).to_owned() }
        };
        let suites = self.paths.iter().filter(|path| path.as_os_str() != "-").map(folder);
        suites.chain(self.expectations.iter().cloned()).chain(self.plugins.iter().cloned()).collect()
    }

    /// The same arguments with the reporter `json`, unless another was asked for.
    pub(crate) fn reporting_json(mut self) -> Self {
        if self.reporter == ReporterKind::Human {
            self.reporter = ReporterKind::Json;
        }
        self
    }
}
