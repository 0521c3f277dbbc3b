//! What the steps put before people: the proposal, and the day's plan with what led to it.

use std::borrow::Cow;
use std::collections::BTreeSet;

use sortie_plugin_sdk::prelude::*;

use crate::confirmation::DayPlan;
use crate::day::Day;
use crate::priorities::{Hidden, Priorities, RankedTask};
use crate::reading::Problem;
use crate::summary::{CompletedProject, LateTask, Summary};
use crate::task::short;
use crate::words::{count, cut, hundredths};

/// How many of a kind are named.
const NAMED: usize = 5;

/// How many columns a description may take in a table, and how many a project.
const WIDE: usize = 44;
const NARROW: usize = 16;

/// What a proposal and a plan have in common.
struct Today<'p> {
    day: Option<Day>,
    tasks: &'p [RankedTask],
    ready: usize,
    hidden: Hidden,
    /// How many tasks are past their `until`.
    expired: usize,
}

impl<'p> Today<'p> {
    fn proposed(priorities: &'p Priorities, summary: &Summary) -> Self {
        let Priorities { today: day, tasks, ready, hidden, .. } = priorities;
        Self { day: *day, tasks, ready: *ready, hidden: *hidden, expired: summary.counts.expired }
    }

    fn planned(plan: &'p DayPlan, summary: &Summary) -> Self {
        let DayPlan { date: day, tasks, ready, hidden, .. } = plan;
        Self { day: *day, tasks, ready: *ready, hidden: *hidden, expired: summary.counts.expired }
    }
}

/// The proposal that a person confirms: what `generate_priorities` displays.
pub fn proposal(output: Output, priorities: &Priorities, summary: &Summary) -> Output {
    let today = Today::proposed(priorities, summary);
    let output = output.heading(title(&today, "proposed", summary));
    let remarks: Vec<String> = summary.unread().into_iter().chain(summary.remarks.iter().cloned()).collect();
    let output = if remarks.is_empty() { output } else { output.list(remarks) };
    shown(output, &today)
}

/// The day's plan, after a summary of the day before: what `log_summary` displays. Where nobody was to be asked, the
/// proposal that was displayed before is the plan.
pub fn plan(output: Output, plan: &DayPlan, summary: &Summary, asked: bool) -> Output {
    let today = Today::planned(plan, summary);
    let state = if plan.confirmed { "confirmed" } else { "not confirmed by anybody" };
    let output = output.heading(title(&today, state, summary)).text(summary.headline.clone());
    let output = yesterday(unread(output, summary), summary);
    let output = if asked { shown(output.heading("Today"), &today) } else { output };
    let is_today = |uuid: &String| plan.tasks.iter().any(|task| task.uuid == *uuid);
    match plan.added.iter().filter(|uuid| !is_today(uuid)).count() {
        0 => output,
        later => output.text(format!("{} added for later", count(later, "task"))),
    }
}

/// How many tasks are in the archive: what `archive_completed` displays.
pub fn archive(output: Output, archived: usize) -> Output {
    match archived {
        0 => output,
        archived => output.text(format!("{} in the archive", count(archived, "completed task"))),
    }
}

fn title(today: &Today<'_>, state: &str, summary: &Summary) -> String {
    let title = today.day.map_or_else(|| "The day's plan".to_owned(), |day| format!("The plan for {day}"));
    if summary.as_of_newest_change {
        format!("{title} ({state}; as of the newest change in the data)")
    } else {
        format!("{title} ({state})")
    }
}

fn yesterday(mut output: Output, summary: &Summary) -> Output {
    let projects = &summary.completed.projects;
    if !projects.is_empty() {
        let of_project = |project: &CompletedProject| {
            let name = project.project.as_deref().unwrap_or("(no project)");
            let named: Vec<_> = project.tasks.iter().take(NAMED).map(|task| described(&task.description)).collect();
            let more = project.count.saturating_sub(named.len());
            let more = if more == 0 { String::new() } else { format!("; and {more} more") };
            format!("{name}: {}{more}", named.join("; "))
        };
        let mut named: Vec<String> = projects.iter().take(NAMED).map(of_project).collect();
        let more = projects.iter().skip(NAMED).map(|project| project.count).sum();
        if more > 0 {
            named.push(format!("and {} more in other projects", count(more, "task")));
        }
        output = output.heading(format!("Done {}", summary.looked_back())).list(named);
    }
    if !summary.slipped.is_empty() {
        let of_task = |task: &LateTask| {
            let days = usize::try_from(task.days_late).unwrap_or(0);
            let id = task.id.map(|id| format!("{id}: ")).unwrap_or_default();
            format!("{id}{} ({} late)", described(&task.description), count(days, "day"))
        };
        let mut named: Vec<String> = summary.slipped.iter().take(NAMED).map(of_task).collect();
        let more = summary.slipped_total.saturating_sub(named.len());
        if more > 0 {
            named.push(format!("and {}", count(more, "more task")));
        }
        output = output.heading("Slipped").list(named);
    }
    output
}

/// What could not be read, and what is not in the data.
fn unread(output: Output, summary: &Summary) -> Output {
    let of_problem = |problem: &Problem| {
        let task = match &problem.uuid {
            Some(uuid) => format!("task {}", short(uuid)),
            None => format!("task number {} of the list", problem.index + 1),
        };
        let field = problem.field.as_ref().map(|field| format!("`{field}` ")).unwrap_or_default();
        format!("{task}: {field}{}", problem.reason)
    };
    let problems = summary.unreadable.iter().take(NAMED);
    let named: BTreeSet<usize> = problems.clone().map(|problem| problem.index).collect();
    let mut told: Vec<String> = problems.map(of_problem).collect();
    let more = summary.flawed.saturating_sub(named.len());
    if more > 0 {
        told.push(format!("and {}", count(more, "more task")));
    }
    match summary.missing_dependencies {
        0 => {}
        1 => told.push("1 dependency is not in the data, and counted as done".to_owned()),
        missing => told.push(format!("{missing} dependencies are not in the data, and counted as done")),
    }
    told.extend(summary.remarks.iter().cloned());
    if told.is_empty() { output } else { output.list(told) }
}

fn shown(mut output: Output, today: &Today<'_>) -> Output {
    if today.tasks.is_empty() {
        output = output.text("Nothing to do now.");
    } else {
        output = output.table(table(today.tasks));
    }
    let more = today.ready.saturating_sub(today.tasks.len());
    if more > 0 {
        output = output.text(format!("and {}", count(more, "less urgent task")));
    }
    output = hidden(output, today.hidden);
    match today.expired {
        0 => output,
        1 => output.text("1 task is past its `until`, and counts as deleted"),
        expired => output.text(format!("{expired} tasks are past their `until`, and count as deleted")),
    }
}

/// What is to be done, on one line.
fn described(description: &str) -> Cow<'_, str> {
    let line = cut(description, WIDE);
    if line.is_empty() { Cow::Borrowed("(no description)") } else { line }
}

/// A row for each task, short enough to take no more than three lines of a terminal of eighty columns. A column that has
/// nothing in it is left out.
fn table(tasks: &[RankedTask]) -> Table {
    let columns = [
        Column::right("#"),
        Column::right("id"),
        Column::left("uuid"),
        Column::right("urgency"),
        Column::left("task"),
        Column::left("project"),
        Column::left("because"),
    ];
    let cells = |task: &RankedTask| {
        [
            task.rank.to_string(),
            task.id.map(|id| id.to_string()).unwrap_or_default(),
            task.short.as_deref().unwrap_or_else(|| short(&task.uuid)).to_owned(),
            hundredths(task.urgency),
            described(&task.description).into_owned(),
            task.project.as_deref().map(|project| cut(project, NARROW).into_owned()).unwrap_or_default(),
            task.why.clone(),
        ]
    };
    let rows: Vec<_> = tasks.iter().map(cells).collect();
    let mut told = [false; 7];
    for row in &rows {
        for (told, cell) in told.iter_mut().zip(row) {
            *told |= !cell.is_empty();
        }
    }
    let table = Table::new(columns.into_iter().zip(told).filter(|(_, told)| *told).map(|(column, _)| column));
    let of_row = |row: [String; 7]| row.into_iter().zip(told).filter(|(_, told)| *told).map(|(cell, _)| cell);
    rows.into_iter().fold(table, |table, row| table.row(of_row(row)))
}

/// What is to do, and cannot be done now.
fn hidden(mut output: Output, hidden: Hidden) -> Output {
    let kinds = [(hidden.waiting, "waiting"), (hidden.blocked, "blocked"), (hidden.scheduled, "scheduled for later")];
    let kinds: Vec<_> = kinds.into_iter().filter(|(count, _)| *count > 0).collect();
    if !kinds.is_empty() {
        let words: Vec<_> = kinds.iter().map(|(count, words)| format!("{count} {words}")).collect();
        let told = format!("{} cannot be done now: {}", count(hidden.not_ready(), "task"), words.join(", "));
        output = output.text(format!("{told} (`--param include=all` shows them)"));
    }
    match hidden.outside {
        0 => output,
        outside => output.text(format!("{} outside of the filter", count(outside, "task"))),
    }
}
