//! For people: failures as they come, and a summary.

use std::io::{self, Write};
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::test::coverage::{Coverage, Share};
use crate::test::error::TestExit;
use crate::test::events::{Event, Finished, Reporter, SuiteFinished};
use crate::test::finding::Finding;
use crate::test::load::Strictness;

const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();
const EXPECTED: Style = AnsiColor::Red.on_default();
const ACTUAL: Style = AnsiColor::Green.on_default();
const ODD: Style = AnsiColor::Yellow.on_default();
const DIM: Style = Style::new().dimmed();

/// How many of the slowest scenarios are told.
const SLOWEST: usize = 5;

/// How many stale names, or names that were not reached, are told.
const MAX_NAMES: usize = 20;

/// Whether a bar shows how far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::test) enum Progress {
    /// On standard error, which is a terminal.
    Bar,
    /// Not at all.
    Hidden,
}

/// Writes with colours; where they are not wanted, the place it writes to takes them out.
pub(in crate::test) struct Human<W> {
    out: W,
    bar: ProgressBar,
    /// The slowest scenarios so far, the slowest first.
    slowest: Vec<(Duration, String)>,
}

impl<W: Write> Human<W> {
    /// Writes to a place.
    pub(in crate::test) fn new(out: W, progress: Progress) -> Self {
        let target = match progress {
            Progress::Bar => ProgressDrawTarget::stderr(),
            Progress::Hidden => ProgressDrawTarget::hidden(),
        };
        Self { out, bar: ProgressBar::with_draw_target(None, target), slowest: Vec::new() }
    }

    fn failed(&mut self, title: &str, findings: &[Finding]) -> io::Result<()> {
        let out = &mut self.out;
        self.bar.suspend(|| {
            writeln!(out, "{BAD}FAIL{BAD:#} {title}")?;
            findings.iter().try_for_each(|finding| describe(out, finding))?;
            writeln!(out)
        })
    }

    fn note_time(&mut self, duration: Duration, title: impl FnOnce() -> String) {
        let place = self.slowest.partition_point(|(other, _)| *other >= duration);
        if place < SLOWEST {
            self.slowest.insert(place, (duration, title()));
            self.slowest.truncate(SLOWEST);
        }
    }

    fn suite_finished(&mut self, finished: &SuiteFinished<'_>) -> io::Result<()> {
        let SuiteFinished { suite, summary, exit, stale, blessed, .. } = finished;
        let out = &mut self.out;
        self.bar.suspend(|| {
            let counts = &summary.counts;
            let skipped = *exit == TestExit::Passed && counts.scenarios == 0 && counts.scenarios_skipped > 0;
            let verdict = if skipped { format!("{ODD}SKIP{ODD:#}") } else { verdict(*exit) };
            writeln!(out, "{verdict} {} {DIM}({}){DIM:#}", suite.name(), suite.file)?;
            writeln!(out, "     test_run_hash {}", summary.test_run_hash)?;
            if let Some(path) = blessed {
                writeln!(out, "     wrote {path}")?;
            }
            if !stale.is_empty() {
                let scenarios = counted(stale.len(), "scenario");
                writeln!(out, "     {ODD}stale:{ODD:#} the golden file has {scenarios} that the suite has not:")?;
                names(out, stale)?;
            }
            Ok(())
        })
    }

    fn finished(&mut self, finished: &Finished) -> io::Result<()> {
        self.bar.finish_and_clear();
        let counts = finished.counts;
        let out = &mut self.out;
        writeln!(out)?;
        let passed = counts.scenarios.saturating_sub(finished.failed);
        let mut parts = vec![format!("{passed} passed")];
        let mut part = |count: usize, what: &str| {
            if count > 0 {
                parts.push(format!("{count} {what}"));
            }
        };
        part(finished.failed, "failed");
        part(counts.scenarios_skipped, "skipped");
        part(finished.not_run, "not run");
        writeln!(
            out,
            "{} {}: {}; {}, {} in {}",
            verdict(finished.exit),
            counted(counts.scenarios + counts.scenarios_skipped + finished.not_run, "scenario"),
            parts.join(", "),
            counted(counts.missions, "mission"),
            counted(counts.expectations, "expectation"),
            seconds(finished.duration),
        )?;
        writeln!(out, "     fuel {}", grouped(finished.fuel))?;
        if counts.human_steps_marked > 0 {
            let steps = counted(counts.human_steps_marked, "human step");
            match finished.strictness {
                Strictness::Lenient => {
                    let what = "without an answer, recorded and passed";
                    writeln!(out, "     {ODD}{steps} {what}{ODD:#} (--strict: an error)")?;
                }
                Strictness::Strict => writeln!(out, "     {BAD}{steps} without an answer{BAD:#}")?,
            }
        }
        if self.slowest.len() > 1 {
            writeln!(out, "     slowest:")?;
            for (duration, title) in &self.slowest {
                writeln!(out, "       {:>9} {title}", seconds(*duration))?;
            }
        }
        finished.coverage.iter().try_for_each(|coverage| covered(out, coverage))?;
        out.flush()
    }
}

impl<W: Write + Send> Reporter for Human<W> {
    fn event(&mut self, event: &Event<'_>) -> io::Result<()> {
        match event {
            Event::Started(started) => {
                self.bar.set_length(u64::try_from(started.scenarios).unwrap_or(u64::MAX));
                // The template is a constant; were it wrong, the bar would look different and nothing else.
                if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} scenarios, {elapsed}") {
                    self.bar.set_style(style);
                }
                Ok(())
            }
            Event::SuiteStarted(_) => Ok(()),
            Event::Ran { chosen, report } => {
                self.bar.inc(1);
                let title = || format!("{} › {}", chosen.suite.name(), chosen.scenario.scenario_name);
                self.note_time(report.duration, title);
                if report.findings.is_empty() { Ok(()) } else { self.failed(&title(), &report.findings) }
            }
            Event::Skipped(chosen, reason) => {
                self.bar.inc(1);
                let out = &mut self.out;
                let (suite, scenario) = (chosen.suite.name(), &chosen.scenario.scenario_name);
                self.bar.suspend(|| writeln!(out, "{ODD}SKIP{ODD:#} {suite} › {scenario}: {reason}"))
            }
            Event::SuiteFinished(finished) => self.suite_finished(finished),
            Event::Finished(finished) => self.finished(finished),
            Event::Aborted { .. } => {
                // Whoever runs the command tells the error.
                self.bar.finish_and_clear();
                self.out.flush()
            }
        }
    }
}

fn describe(out: &mut impl Write, finding: &Finding) -> io::Result<()> {
    writeln!(out, "  {} {DIM}({}){DIM:#}", finding.title, finding.place)?;
    writeln!(out, "    {}: {}", finding.code, finding.message)?;
    // Where there is a diff, the whole values say nothing more.
    if finding.changes.is_empty() {
        if let Some(expected) = &finding.expected {
            writeln!(out, "    expected: {EXPECTED}{expected}{EXPECTED:#}")?;
        }
        if let Some(actual) = &finding.actual {
            writeln!(out, "    actual:   {ACTUAL}{actual}{ACTUAL:#}")?;
        }
    }
    for change in &finding.changes {
        writeln!(out, "    at {}", if change.path.is_empty() { "the whole value" } else { change.path.as_str() })?;
        if let Some(expected) = &change.expected {
            writeln!(out, "      {EXPECTED}- {expected}{EXPECTED:#}")?;
        }
        if let Some(actual) = &change.actual {
            writeln!(out, "      {ACTUAL}+ {actual}{ACTUAL:#}")?;
        }
    }
    for note in &finding.notes {
        writeln!(out, "    {note}")?;
    }
    match &finding.help {
        Some(help) => writeln!(out, "    help: {help}"),
        None => Ok(()),
    }
}

fn covered(out: &mut impl Write, coverage: &Coverage) -> io::Result<()> {
    let share = |share: &Share| format!("{} of {}", share.reached(), share.total);
    let (missions, operations) = (share(&coverage.missions), share(&coverage.operations));
    writeln!(out, "     reached of {}: {missions} missions, {operations} operations", coverage.plugin)?;
    for (what, share) in [("mission", &coverage.missions), ("operation", &coverage.operations)] {
        if !share.unreached.is_empty() {
            writeln!(out, "     {ODD}no scenario reaches{ODD:#} {}:", counted(share.unreached.len(), what))?;
            names(out, &share.unreached)?;
        }
    }
    Ok(())
}

fn names(out: &mut impl Write, names: &[String]) -> io::Result<()> {
    names.iter().take(MAX_NAMES).try_for_each(|name| writeln!(out, "       {name}"))?;
    match names.len().saturating_sub(MAX_NAMES) {
        0 => Ok(()),
        more => writeln!(out, "       and {more} more"),
    }
}

fn verdict(exit: TestExit) -> String {
    match exit {
        TestExit::Passed => format!("{GOOD}PASS{GOOD:#}"),
        TestExit::Failed => format!("{BAD}FAIL{BAD:#}"),
    }
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn seconds(duration: Duration) -> String {
    format!("{:.3} s", duration.as_secs_f64())
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).unwrap_or_default()).collect();
    groups.join(",")
}
