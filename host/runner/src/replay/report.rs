//! What came of recorded runs, as a table, as JSON, as `JUnit` XML.

use std::io::{self, Write};

use serde_json::{Value, json};
use sortie_harness::expectation::bounded;
use sortie_host::{Fuel, Replay, ReplayOutcome};
use sortie_json::{Foreign, canonical};

use super::{ReplayReport, ReplayVerdict, ReplayedRun};
use crate::finding::shown;
use crate::reporters::junit::{attribute, text};

/// How many runs that changed are told one by one to people; the counts have all.
const MAX_TOLD: usize = 100;

/// How many runs there are of each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct ReplayCounts {
    same: usize,
    different: usize,
    failing: usize,
    decision_misfit: usize,
    unreadable: usize,
    waiting: usize,
    /// Of those that wait, how many could be continued with the candidates.
    continuable: usize,
}

impl ReplayCounts {
    fn of(report: &ReplayReport) -> Self {
        let mut counts = Self::default();
        for run in &report.runs {
            let count = match kind(run) {
                "same" => &mut counts.same,
                "different" => &mut counts.different,
                "failing" => &mut counts.failing,
                "decision_misfit" => &mut counts.decision_misfit,
                _ => &mut counts.unreadable,
            };
            *count += 1;
            counts.waiting += usize::from(run.waiting);
            counts.continuable += usize::from(run.waiting && run.is_same());
        }
        counts
    }
}

/// The stable word for how a run compares.
fn kind(run: &ReplayedRun) -> &'static str {
    match &run.verdict {
        ReplayVerdict::Unreadable { .. } => "unreadable",
        ReplayVerdict::Ran(Replay { outcome, .. }) => match outcome {
            ReplayOutcome::Same => "same",
            ReplayOutcome::Different(_) => "different",
            ReplayOutcome::Failing { .. } => "failing",
            ReplayOutcome::DecisionMisfit { .. } => "decision_misfit",
        },
    }
}

/// The lines that say what is not the same.
fn lines(run: &ReplayedRun) -> Vec<String> {
    let at_step =
        |step: &Option<String>| step.as_ref().map(|step| format!("step `{}`, ", Foreign(step))).unwrap_or_default();
    match &run.verdict {
        ReplayVerdict::Unreadable { code, message } => vec![format!("{code}: {}", Foreign(message))],
        ReplayVerdict::Ran(Replay { outcome, .. }) => match outcome {
            ReplayOutcome::Same => Vec::new(),
            ReplayOutcome::Different(difference) => {
                let value = |value: &Option<Value>| value.as_ref().map_or("nothing".to_owned(), shown);
                vec![
                    format!("{}at `{}`", at_step(&difference.step_id), Foreign(difference.path.as_str())),
                    format!("recorded   {}", value(&difference.bundle)),
                    format!("candidate  {}", value(&difference.again)),
                ]
            }
            ReplayOutcome::Failing { step_id, code, message } => {
                vec![format!("{}{code}: {}", at_step(step_id), Foreign(message))]
            }
            ReplayOutcome::DecisionMisfit { step_id, reason } => {
                vec![format!("step `{}`: {}", Foreign(step_id), Foreign(reason))]
            }
        },
    }
}

fn fuel(run: &ReplayedRun) -> Option<Fuel> {
    match &run.verdict {
        ReplayVerdict::Ran(replay) => Some(replay.fuel),
        ReplayVerdict::Unreadable { .. } => None,
    }
}

/// The fuel of the runs that are the same, when they were recorded and now: of others it says nothing.
fn fuel_of_same(report: &ReplayReport) -> (u128, u128) {
    let same = report.runs.iter().filter(|run| run.is_same());
    same.fold((0, 0), |(old, new), run| {
        (old + u128::from(run.recorded_fuel), new + u128::from(fuel(run).unwrap_or_default()))
    })
}

/// By how much fuel changed, in tenths of a per cent: `+1.5 %`.
fn change(old: u128, new: u128) -> Option<String> {
    let (sign, by) = if new >= old { ('+', new - old) } else { ('-', old - new) };
    let tenths = by.checked_mul(1000)?.checked_div(old)?;
    Some(match (by, tenths) {
        (0, _) => "unchanged".to_owned(),
        (_, 0) => "changed by less than 0.1 %".to_owned(),
        _ => format!("{sign}{}.{} %", tenths / 10, tenths % 10),
    })
}

/// For people: what is not the same, one by one, and how many there are of each.
pub fn human(report: &ReplayReport, out: &mut dyn Write) -> io::Result<()> {
    let changed: Vec<&ReplayedRun> = report.runs.iter().filter(|run| !run.is_same()).collect();
    for run in changed.iter().take(MAX_TOLD) {
        let kind = kind(run).replace('_', " ").to_uppercase();
        let mission = if run.mission.is_empty() { String::new() } else { format!(" ({})", Foreign(&run.mission)) };
        let waits = if run.waiting { ", which waits" } else { "" };
        writeln!(out, "{kind} {}{mission}{waits}", Foreign(&run.name))?;
        lines(run).iter().try_for_each(|line| writeln!(out, "  {line}"))?;
    }
    if let Some(more) = changed.len().checked_sub(MAX_TOLD).filter(|more| *more > 0) {
        writeln!(out, "and {more} more")?;
    }
    if !changed.is_empty() {
        writeln!(out)?;
    }
    let counts = ReplayCounts::of(report);
    let s = if report.runs.len() == 1 { "" } else { "s" };
    let mut parts = vec![format!("{} the same", counts.same)];
    for (count, what) in [
        (counts.different, "different"),
        (counts.failing, "failing now"),
        (counts.decision_misfit, "with a decision that no longer fits"),
        (counts.unreadable, "that cannot be read"),
    ] {
        if count > 0 {
            parts.push(format!("{count} {what}"));
        }
    }
    writeln!(out, "{} run{s}: {}", report.runs.len(), parts.join(", "))?;
    if report.unaffected > 0 {
        let why = "no candidate takes part in them, the filter excludes them, or they cannot be compared";
        writeln!(out, "{} left out: {why}", report.unaffected)?;
    }
    if counts.waiting > 0 {
        writeln!(out, "{} of {} that wait can be continued with the candidate", counts.continuable, counts.waiting)?;
    }
    let (old, new) = fuel_of_same(report);
    match change(old, new) {
        Some(change) if counts.same > 0 => writeln!(out, "fuel of those that are the same: {change}"),
        _ => Ok(()),
    }
}

/// As JSON, canonical: `{schema_version: "replay@1", counts, runs: [{name, mission, outcome, waiting, recorded_fuel, fuel,
/// …}]}`, with what is not the same of each run that is not.
pub fn json(report: &ReplayReport, out: &mut dyn Write) -> io::Result<()> {
    let counts = ReplayCounts::of(report);
    let runs: Vec<Value> = report.runs.iter().map(to_value).collect();
    let whole = json!({
        "schema_version": "replay@1",
        "counts": {
            "runs": report.runs.len(),
            "same": counts.same,
            "different": counts.different,
            "failing": counts.failing,
            "decision_misfit": counts.decision_misfit,
            "unreadable": counts.unreadable,
            "waiting": counts.waiting,
            "continuable": counts.continuable,
            "unaffected": report.unaffected,
        },
        "runs": runs,
    });
    out.write_all(&canonical(&whole))?;
    writeln!(out)
}

fn to_value(run: &ReplayedRun) -> Value {
    let mut value = json!({
        "name": run.name,
        "mission": run.mission,
        "outcome": kind(run),
        "waiting": run.waiting,
        "recorded_fuel": run.recorded_fuel,
        "fuel": fuel(run),
    });
    let more = match &run.verdict {
        ReplayVerdict::Unreadable { code, message } => json!({"code": code, "message": message}),
        ReplayVerdict::Ran(Replay { outcome, .. }) => match outcome {
            ReplayOutcome::Same => Value::Null,
            ReplayOutcome::Different(difference) => json!({
                "step_id": difference.step_id,
                "path": difference.path,
                "recorded": difference.bundle.as_ref().map(bounded),
                "candidate": difference.again.as_ref().map(bounded),
            }),
            ReplayOutcome::Failing { step_id, code, message } => {
                json!({"step_id": step_id, "code": code, "message": message})
            }
            ReplayOutcome::DecisionMisfit { step_id, reason } => json!({"step_id": step_id, "message": reason}),
        },
    };
    if let (Some(members), Value::Object(more)) = (value.as_object_mut(), more) {
        members.extend(more);
    }
    value
}

/// As `JUnit` XML: a test case for each run, which fails where it is not the same.
pub fn junit(report: &ReplayReport, out: &mut dyn Write) -> io::Result<()> {
    let (tests, failures) = (report.runs.len(), report.changed());
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(out, "<testsuites name=\"sortie replay\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\">")?;
    writeln!(
        out,
        "    <testsuite name=\"replay\" tests=\"{tests}\" skipped=\"0\" errors=\"0\" failures=\"{failures}\">"
    )?;
    for run in &report.runs {
        let (name, classname) = (attribute("name", &run.name), attribute("classname", &run.mission));
        let lines = lines(run);
        match lines.first() {
            None => writeln!(out, "        <testcase{name}{classname}/>")?,
            Some(first) => {
                let (message, kind) = (attribute("message", first), attribute("type", kind(run)));
                writeln!(out, "        <testcase{name}{classname}>")?;
                writeln!(out, "            <failure{message}{kind}>{}</failure>", text(&lines.join("\n")))?;
                writeln!(out, "        </testcase>")?;
            }
        }
    }
    writeln!(out, "    </testsuite>\n</testsuites>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_runs_are_told_one_by_one_as_may_be_and_of_one_more_the_number() -> io::Result<()> {
        let unreadable = |number: usize| ReplayedRun {
            name: format!("run {number}"),
            mission: String::new(),
            waiting: false,
            recorded_fuel: 0,
            verdict: ReplayVerdict::Unreadable { code: crate::codes::NOT_A_BUNDLE, message: "it is none".to_owned() },
        };
        let told = |runs: usize| {
            let report = ReplayReport { runs: (0..runs).map(unreadable).collect(), unaffected: 0 };
            let mut out = Vec::new();
            human(&report, &mut out)?;
            let text = String::from_utf8_lossy(&out).into_owned();
            Ok::<_, io::Error>((text.matches("UNREADABLE run ").count(), text.contains("\nand 1 more\n")))
        };
        assert_eq!(told(MAX_TOLD)?, (MAX_TOLD, false));
        assert_eq!(told(MAX_TOLD + 1)?, (MAX_TOLD, true));
        Ok(())
    }

    #[test]
    fn a_change_of_fuel_is_told_in_tenths_of_a_per_cent() {
        for (old, new, told) in [
            (1000, 1015, "+1.5 %"),
            (1000, 1000, "unchanged"),
            (2000, 1000, "-50.0 %"),
            (1000, 1001, "+0.1 %"),
            (10_000, 10_009, "changed by less than 0.1 %"),
            (10_000, 9_991, "changed by less than 0.1 %"),
        ] {
            assert_eq!(change(old, new).as_deref(), Some(told));
        }
        assert_eq!(change(0, 5), None);
    }
}
