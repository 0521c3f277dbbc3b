//! What the steps put before people: the proposal, and the day's plan with what led to it.

use std::collections::BTreeSet;

use sortie_plugin_sdk::prelude::*;

use crate::task::short;
use crate::words::cut;

/// How many of a kind are named.
const NAMED: usize = 5;

/// How many characters a description may have in a table, and how many a project.
const WIDE: usize = 44;
const NARROW: usize = 16;

/// The proposal that a person confirms: what `generate_priorities` displays.
pub fn proposal(output: Output, priorities: &Value, summary: &Value) -> Output {
    today(output.heading(title(priorities, "proposed", summary)), priorities)
}

/// The day's plan, after a summary of the day before: what `log_summary` displays. Where nobody was to be asked, the
/// proposal that was displayed before is the plan.
pub fn plan(output: Output, plan: &Value, summary: &Value, asked: bool) -> Output {
    let confirmed = plan.get("confirmed") == Some(&Value::Bool(true));
    let state = if confirmed { "confirmed" } else { "not confirmed by anybody" };
    let output = output.heading(title(plan, state, summary)).text(string(summary, "headline"));
    let output = yesterday(unread(output, summary), summary);
    if asked { today(output.heading("Today"), plan) } else { output }
}

/// How many tasks are in the archive: what `archive_completed` displays.
pub fn archive(output: Output, archived: usize) -> Output {
    match archived {
        0 => output,
        count => output.text(format!("{} in the archive", counted(count, "completed task"))),
    }
}

fn title(plan: &Value, state: &str, summary: &Value) -> String {
    let day = plan.get("date").or_else(|| plan.get("today")).and_then(Value::as_str);
    let title = day.map_or_else(|| "The day's plan".to_owned(), |day| format!("The plan for {day}"));
    let of_data = summary.get("as_of_newest_change") == Some(&Value::Bool(true));
    if of_data {
        format!("{title} ({state}; as of the newest change in the data)")
    } else {
        format!("{title} ({state})")
    }
}

fn yesterday(mut output: Output, summary: &Value) -> Output {
    let projects = items(summary.pointer("/completed/projects"));
    if !projects.is_empty() {
        let of_project = |project: &Value| {
            let name = project.get("project").and_then(Value::as_str).unwrap_or("(no project)");
            let tasks = items(project.get("tasks"));
            let named: Vec<_> = tasks.iter().take(NAMED).map(described).collect();
            let more = number(project.get("count")).saturating_sub(named.len());
            let more = if more == 0 { String::new() } else { format!("; and {more} more") };
            format!("{name}: {}{more}", named.join("; "))
        };
        let mut named: Vec<String> = projects.iter().take(NAMED).map(of_project).collect();
        let more = projects.iter().skip(NAMED).map(|project| number(project.get("count"))).sum();
        if more > 0 {
            named.push(format!("and {} more in other projects", counted(more, "task")));
        }
        output = output.heading("Done yesterday").list(named);
    }
    let slipped = items(summary.get("slipped"));
    if !slipped.is_empty() {
        let of_task = |task: &Value| {
            let days = number(task.get("days_late"));
            format!("{} ({} late)", described(task), counted(days, "day"))
        };
        let mut named: Vec<String> = slipped.iter().take(NAMED).map(of_task).collect();
        let more = number(summary.get("slipped_total")).saturating_sub(named.len());
        if more > 0 {
            named.push(format!("and {}", counted(more, "more task")));
        }
        output = output.heading("Slipped").list(named);
    }
    output
}

/// What could not be read, and what is not in the data.
fn unread(output: Output, summary: &Value) -> Output {
    let of_problem = |problem: &Value| {
        let task = match problem.get("uuid").and_then(Value::as_str) {
            Some(uuid) => format!("task {}", short(uuid)),
            None => format!("task number {} of the list", number(problem.get("index")) + 1),
        };
        let field = problem.get("field").and_then(Value::as_str).map(|field| format!("`{field}` ")).unwrap_or_default();
        format!("{task}: {field}{}", string(problem, "reason"))
    };
    let problems = items(summary.get("unreadable"));
    let mut told: Vec<String> = problems.iter().take(NAMED).map(of_problem).collect();
    let named: BTreeSet<u64> =
        problems.iter().take(NAMED).filter_map(|problem| problem.get("index")?.as_u64()).collect();
    let more = number(summary.get("flawed")).saturating_sub(named.len());
    if more > 0 {
        told.push(format!("and {}", counted(more, "more task")));
    }
    match number(summary.get("missing_dependencies")) {
        0 => {}
        1 => told.push("1 dependency is not in the data, and counted as done".to_owned()),
        missing => told.push(format!("{missing} dependencies are not in the data, and counted as done")),
    }
    if told.is_empty() { output } else { output.list(told) }
}

fn today(mut output: Output, plan: &Value) -> Output {
    let tasks = items(plan.get("tasks"));
    if tasks.is_empty() {
        output = output.text("Nothing to do now.");
    } else {
        output = output.table(table(tasks));
    }
    let more = number(plan.get("ready")).saturating_sub(tasks.len());
    if more > 0 {
        output = output.text(format!("and {}", counted(more, "less urgent task")));
    }
    hidden(output, plan)
}

/// What is to be done, on one line.
fn described(task: &Value) -> String {
    let line = cut(&string(task, "description"), WIDE);
    if line.is_empty() { "(no description)".to_owned() } else { line }
}

/// What a column has of a task.
type Cell<'c> = &'c dyn Fn(&Value) -> String;

/// A row for each task, short enough to take no more than three lines of a terminal of eighty columns. A column that has
/// nothing in it is left out.
fn table(tasks: &[Value]) -> Table {
    let number = |task: &Value, name: &str| task.get(name).map(Value::to_string).unwrap_or_default();
    let urgency = |task: &Value| task.get("urgency").and_then(Value::as_f64).map(|urgency| format!("{urgency:.2}"));
    let columns: [(Column, Cell<'_>); 7] = [
        (Column::right("#"), &|task| number(task, "rank")),
        (Column::right("id"), &|task| number(task, "id")),
        (Column::left("uuid"), &|task| short(&string(task, "uuid")).to_owned()),
        (Column::right("urgency"), &|task| urgency(task).unwrap_or_default()),
        (Column::left("task"), &described),
        (Column::left("project"), &|task| cut(&string(task, "project"), NARROW)),
        (Column::left("because"), &|task| string(task, "why")),
    ];
    let told = columns.into_iter().filter(|(_, cell)| tasks.iter().any(|task| !cell(task).is_empty()));
    let (columns, cells): (Vec<_>, Vec<_>) = told.unzip();
    tasks.iter().fold(Table::new(columns), |table, task| table.row(cells.iter().map(|cell| cell(task))))
}

/// What is to do, and cannot be done now.
fn hidden(mut output: Output, plan: &Value) -> Output {
    let kind = |name: &str| number(plan.pointer(&format!("/hidden/{name}")));
    let kinds = [("waiting", "waiting"), ("blocked", "blocked"), ("scheduled", "scheduled for later")];
    let kinds: Vec<_> =
        kinds.into_iter().map(|(name, words)| (kind(name), words)).filter(|(count, _)| *count > 0).collect();
    if !kinds.is_empty() {
        let total = kinds.iter().map(|(count, _)| count).sum();
        let words: Vec<_> = kinds.iter().map(|(count, words)| format!("{count} {words}")).collect();
        let told = format!("{} cannot be done now: {}", counted(total, "task"), words.join(", "));
        output = output.text(format!("{told} (`--param include=all` shows them)"));
    }
    match kind("outside") {
        0 => output,
        outside => output.text(format!("{} outside of the filter", counted(outside, "task"))),
    }
}

fn number(value: Option<&Value>) -> usize {
    value.and_then(Value::as_u64).and_then(|number| usize::try_from(number).ok()).unwrap_or(0)
}

fn items(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn string(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn counted(number: usize, what: &str) -> String {
    if number == 1 { format!("{number} {what}") } else { format!("{number} {what}s") }
}
