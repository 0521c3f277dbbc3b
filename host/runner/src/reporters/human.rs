//! For people: failures as they come, and a summary.

use std::io::{self, Write};
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use sortie_json::Foreign;

use crate::coverage::{Coverage, Share};
use crate::error::TestVerdict;
use crate::events::{Reporter, SuiteEnd, TestEvent, TestRunEnd};
use crate::finding::{Finding, FindingChange, golden_change};
use crate::golden::GoldenUpdate;
use crate::load::Strictness;
use crate::remarks::MissionRemark;

const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();
const EXPECTED: Style = AnsiColor::Red.on_default();
const ACTUAL: Style = AnsiColor::Green.on_default();
const ODD: Style = AnsiColor::Yellow.on_default();
const DIM: Style = Style::new().dimmed();

/// How many differences to what a golden file had are told.
const MAX_DIFFERENCES: usize = 20;

/// How many of the slowest scenarios are told.
const SLOWEST: usize = 5;

/// How many stale names, or names that were not reached, are told.
const MAX_NAMES: usize = 20;

/// Writes with colours; where they are not wanted, the place it writes to takes them out.
pub struct HumanReporter<W> {
    out: W,
    times: bool,
    /// The slowest scenarios so far, the slowest first.
    slowest: Vec<(Duration, String)>,
}

impl<W: Write> HumanReporter<W> {
    /// Writes to a place.
    #[must_use]
    pub fn new(out: W) -> Self {
        Self { out, times: false, slowest: Vec::new() }
    }

    /// The same, and tells how long it took: then two runs do not write the same bytes.
    #[must_use]
    pub fn with_times(self) -> Self {
        Self { times: true, ..self }
    }

    fn failed(&mut self, title: &str, findings: &[Finding]) -> io::Result<()> {
        let out = &mut self.out;
        writeln!(out, "{BAD}FAIL{BAD:#} {}", Foreign(title))?;
        findings.iter().try_for_each(|finding| describe(out, finding))?;
        writeln!(out)
    }

    fn note_time(&mut self, duration: Duration, title: impl FnOnce() -> String) {
        let place = self.slowest.partition_point(|(other, _)| *other >= duration);
        if place < SLOWEST {
            self.slowest.insert(place, (duration, title()));
            self.slowest.truncate(SLOWEST);
        }
    }

    fn suite_finished(&mut self, finished: &SuiteEnd<'_>) -> io::Result<()> {
        let SuiteEnd { suite, summary, verdict, stale, blessed, remarks, .. } = finished;
        let out = &mut self.out;
        let counts = &summary.counts;
        let skipped = *verdict == TestVerdict::Passed && counts.scenarios == 0 && counts.scenarios_skipped > 0;
        let verdict = if skipped { format!("{ODD}SKIP{ODD:#}") } else { mark(*verdict) };
        writeln!(out, "{verdict} {} {DIM}({}){DIM:#}", Foreign(suite.name()), Foreign(&suite.file))?;
        writeln!(out, "     test_run_hash {}", summary.test_run_hash)?;
        if let Some(update) = blessed {
            updated(out, update)?;
        }
        remarks.iter().try_for_each(|remark| remarked(out, remark))?;
        if !stale.is_empty() {
            let scenarios = counted(stale.len(), "scenario");
            writeln!(out, "     {ODD}stale:{ODD:#} the golden file has {scenarios} that the suite has not:")?;
            names(out, stale)?;
        }
        Ok(())
    }

    fn finished(&mut self, finished: &TestRunEnd) -> io::Result<()> {
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
            "{} {}: {}; {}, {}{}",
            mark(finished.verdict),
            counted(counts.scenarios + counts.scenarios_skipped + finished.not_run, "scenario"),
            parts.join(", "),
            counted(counts.missions, "mission"),
            counted(counts.expectations, "expectation"),
            if self.times { format!(" in {}", seconds(finished.duration)) } else { String::new() },
        )?;
        if counts.scenarios + counts.scenarios_skipped + finished.not_run == 0 {
            return writeln!(out, "     this share has no scenarios: there are more shares than scenarios");
        }
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
                writeln!(out, "       {:>9} {}", seconds(*duration), Foreign(title))?;
            }
        }
        finished.coverage.iter().try_for_each(|coverage| covered(out, coverage))?;
        out.flush()
    }
}

impl<W: Write + Send> Reporter for HumanReporter<W> {
    fn event(&mut self, event: &TestEvent<'_>) -> io::Result<()> {
        match event {
            TestEvent::Started(_) | TestEvent::SuiteStarted(_) => Ok(()),
            TestEvent::Ran { chosen, report } => {
                let title = || format!("{} › {}", chosen.suite.name(), chosen.scenario.scenario_name);
                if self.times {
                    self.note_time(report.duration, title);
                }
                if report.findings.is_empty() { Ok(()) } else { self.failed(&title(), &report.findings) }
            }
            TestEvent::Skipped(chosen, reason) => {
                let out = &mut self.out;
                let (suite, scenario) = (chosen.suite.name(), &chosen.scenario.scenario_name);
                writeln!(out, "{ODD}SKIP{ODD:#} {} › {}: {}", Foreign(suite), Foreign(scenario), Foreign(reason))
            }
            TestEvent::SuiteFinished(finished) => self.suite_finished(finished),
            TestEvent::Finished(finished) => self.finished(finished),
            // Whoever began the run tells the error.
            TestEvent::Aborted { .. } => self.out.flush(),
        }
    }
}

fn describe(out: &mut impl Write, finding: &Finding) -> io::Result<()> {
    writeln!(out, "  {} {DIM}({}){DIM:#}", Foreign(&finding.title), Foreign(&finding.place))?;
    writeln!(out, "    {}: {}", finding.code, Foreign(&finding.message))?;
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
        changed(out, "      ", change)?;
    }
    for note in &finding.notes {
        writeln!(out, "    {}", Foreign(note))?;
    }
    match &finding.help {
        Some(help) => writeln!(out, "    help: {}", Foreign(help)),
        None => Ok(()),
    }
}

/// What changed in a golden file that was written.
fn updated(out: &mut impl Write, update: &GoldenUpdate) -> io::Result<()> {
    let GoldenUpdate { path, is_new, differences } = update;
    let path = Foreign(path);
    if *is_new {
        return writeln!(out, "     wrote {path}, which is new");
    }
    if differences.listed.is_empty() {
        return writeln!(out, "     {path} is as it was");
    }
    let mut scenarios: Vec<&str> =
        differences.listed.iter().map(|difference| difference.scenario_name.as_str()).collect();
    scenarios.dedup();
    let (count, scenarios) =
        (counted(differences.listed.len() + differences.omitted, "difference"), counted(scenarios.len(), "scenario"));
    writeln!(out, "     wrote {path}: {count} in {scenarios}")?;
    for difference in differences.listed.iter().take(MAX_DIFFERENCES) {
        let change = golden_change(difference);
        writeln!(out, "     {} › {}", Foreign(&difference.scenario_name), change.path)?;
        changed(out, "       ", &change)?;
    }
    match differences.omitted + differences.listed.len().saturating_sub(MAX_DIFFERENCES) {
        0 => Ok(()),
        more => writeln!(out, "     and {more} more"),
    }
}

fn remarked(out: &mut impl Write, remark: &MissionRemark) -> io::Result<()> {
    let MissionRemark { code, message, help, place, count, .. } = remark;
    let times = if *count > 1 { format!(", and {} more", count - 1) } else { String::new() };
    writeln!(out, "     {ODD}warning[{code}]:{ODD:#} {} {DIM}({}{times}){DIM:#}", Foreign(message), Foreign(place))?;
    match help {
        Some(help) => writeln!(out, "       help: {}", Foreign(help)),
        None => Ok(()),
    }
}

/// What was and what is, each on a line.
fn changed(out: &mut impl Write, indent: &str, change: &FindingChange) -> io::Result<()> {
    if let Some(expected) = &change.expected {
        writeln!(out, "{indent}{EXPECTED}- {expected}{EXPECTED:#}")?;
    }
    match &change.actual {
        Some(actual) => writeln!(out, "{indent}{ACTUAL}+ {actual}{ACTUAL:#}"),
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
    names.iter().take(MAX_NAMES).try_for_each(|name| writeln!(out, "       {}", Foreign(name)))?;
    match names.len().saturating_sub(MAX_NAMES) {
        0 => Ok(()),
        more => writeln!(out, "       and {more} more"),
    }
}

fn mark(verdict: TestVerdict) -> String {
    match verdict {
        TestVerdict::Passed => format!("{GOOD}PASS{GOOD:#}"),
        TestVerdict::Failed => format!("{BAD}FAIL{BAD:#}"),
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
