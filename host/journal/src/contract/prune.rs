//! Removing runs that ended long ago.

use super::fixture::{Stage, asked, cancelled, fails, finished, make, note, ok, same, time};
use super::{Case, Outcome};
use crate::{Filter, Position};

pub(super) const CASES: &[Case] = &[
    ("runs that ended before a time are removed, and no others", only_old_ended_runs),
    ("positions only grow, whatever is removed", positions_grow),
];

fn only_old_ended_runs(stage: &Stage<'_>) -> Outcome {
    let journal = stage.journal;
    let old = make(journal, "old", time(1), &[asked("step"), cancelled()])?;
    make(journal, "running", time(1), &[])?;
    make(journal, "waiting", time(1), &[asked("step")])?;
    make(journal, "failed", time(9), &[finished(false)])?;
    make(journal, "young", time(10), &[finished(true)])?;
    make(journal, "last", time(20), &[])?;
    same("how many are removed", &ok(journal.prune(time(10)))?, &2)?;
    let left = ok(journal.list(&Filter::default()))?;
    let left: Vec<_> = left.iter().map(|summary| summary.run.as_str()).collect();
    same("what is left", &left, &vec!["running", "waiting", "young", "last"])?;
    fails("what was removed", journal.read(&old.run), "unknown_run")?;
    let changes = ok(journal.changes(Position::START, 100))?;
    same("the changes that are left", &changes.len(), &4)?;
    same("how many are removed again", &ok(journal.prune(time(10)))?, &0)?;
    make(journal, "old", time(30), &[]).map(|_| ())
}

fn positions_grow(stage: &Stage<'_>) -> Outcome {
    let journal = stage.journal;
    make(journal, "one", time(1), &[finished(true)])?;
    let two = make(journal, "two", time(2), &[finished(true)])?;
    let before = ok(journal.position())?;
    same("how many are removed", &ok(journal.prune(time(100)))?, &1)?;
    same("the end", &ok(journal.position())?, &before)?;
    ok(journal.append(&two.run, two.version, time(3), &[note()]))?;
    same("that positions grow", &(ok(journal.position())? > before), &true)
}
