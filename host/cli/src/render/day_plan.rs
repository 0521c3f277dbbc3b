//! The daily loop's result, as a day's plan.

use anstyle::{AnsiColor, Style};
use serde_json::Value;
use sortie_engine::LineageStep;
use sortie_host::OrchestrationResult;

use super::{printable, table};

const HEAD: Style = AnsiColor::Cyan.on_default().bold();
const DIM: Style = Style::new().dimmed();

/// The plan, if the run is one of the daily loop that came as far as priorities.
pub(crate) fn of(result: &OrchestrationResult) -> Option<String> {
    let by_daily_loop =
        |step: &LineageStep| matches!(step, LineageStep::Runtime { plugin, .. } if plugin.name == "daily-loop");
    if !result.success || !result.lineage.steps.iter().any(by_daily_loop) {
        return None;
    }
    let daily = result.final_state.get("daily")?;
    let plan = daily.get("plan").or_else(|| daily.get("priorities"))?;
    let mut text = heading(daily, plan);
    if let Some(summary) = daily.get("summary") {
        text.push_str(&yesterday(summary));
    }
    text.push_str(&today(plan));
    if let Some(archived) = result.final_state.get("archive").and_then(Value::as_array) {
        text.push_str(&format!("{DIM}{} in the archive{DIM:#}\n", count(archived.len(), "completed task")));
    }
    Some(text)
}

/// The day's priorities that a person is asked about, if they are that.
pub(crate) fn of_context(context: &Value) -> Option<String> {
    let is_priority = |task: &Value| task.get("urgency").is_some() && task.get("rank").is_some();
    let tasks = items(context.get("tasks"));
    (!tasks.is_empty() && tasks.iter().all(is_priority)).then(|| today(context))
}

fn heading(daily: &Value, plan: &Value) -> String {
    let day = plan.get("date").or_else(|| plan.get("today")).and_then(Value::as_str);
    let title = day.map_or_else(|| "The day's plan".to_owned(), |day| format!("The plan for {day}"));
    let state = match plan.get("confirmed") {
        Some(Value::Bool(true)) => "confirmed",
        Some(_) => "not confirmed by anybody",
        None => "proposed",
    };
    let of_data = daily.pointer("/summary/as_of_newest_change") == Some(&Value::Bool(true));
    let state = if of_data { format!("{state}; as of the newest change in the data") } else { state.to_owned() };
    let headline = daily.pointer("/summary/headline").and_then(Value::as_str).unwrap_or_default();
    format!("{HEAD}{}{HEAD:#} {DIM}({state}){DIM:#}\n{}\n\n", printable(&title), printable(headline))
}

/// How many of a kind are named.
const NAMED: usize = 5;

fn yesterday(summary: &Value) -> String {
    let mut text = unread(summary);
    let projects = items(summary.pointer("/completed/projects"));
    if !projects.is_empty() {
        text.push_str(&format!("{HEAD}Done yesterday{HEAD:#}\n"));
        for project in projects {
            let name = project.get("project").and_then(Value::as_str).unwrap_or("(no project)");
            let tasks = items(project.get("tasks"));
            let named: Vec<_> = tasks.iter().take(NAMED).map(|task| cut(&string(task, "description"))).collect();
            let more = number(project.get("count")).saturating_sub(named.len());
            let more = if more == 0 { String::new() } else { format!("; and {more} more") };
            text.push_str(&format!("  {}: {}{more}\n", printable(name), named.join("; ")));
        }
        text.push('\n');
    }
    let slipped = items(summary.get("slipped"));
    if !slipped.is_empty() {
        text.push_str(&format!("{HEAD}Slipped{HEAD:#}\n"));
        let named = slipped.iter().take(NAMED);
        for task in named.clone() {
            let days = number(task.get("days_late"));
            text.push_str(&format!("  {} ({} late)\n", cut(&string(task, "description")), count(days, "day")));
        }
        let more = number(summary.get("slipped_total")).saturating_sub(named.len());
        if more > 0 {
            text.push_str(&format!("  {DIM}and {} more{DIM:#}\n", count(more, "task")));
        }
        text.push('\n');
    }
    text
}

/// What could not be read, and what is not in the data.
fn unread(summary: &Value) -> String {
    let mut text = String::new();
    for problem in items(summary.get("unreadable")).iter().take(NAMED) {
        let task = match problem.get("uuid").and_then(Value::as_str) {
            Some(uuid) => format!("task {}", uuid.get(..8).unwrap_or(uuid)),
            None => format!("task number {} of the list", number(problem.get("index")) + 1),
        };
        let field = problem.get("field").and_then(Value::as_str).map(|field| format!("`{field}` ")).unwrap_or_default();
        text.push_str(&format!("  {}: {}{}\n", printable(&task), printable(&field), string(problem, "reason")));
    }
    let missing = number(summary.get("missing_dependencies"));
    if missing > 0 {
        let are = if missing == 1 { "1 dependency is" } else { &format!("{missing} dependencies are") };
        text.push_str(&format!("  {are} not in the data, and counted as done\n"));
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

fn today(plan: &Value) -> String {
    let tasks = items(plan.get("tasks"));
    let mut text = if tasks.is_empty() { "Nothing to do now.\n".to_owned() } else { String::new() };
    let row = |task: &Value| {
        let number = |name: &str| task.get(name).map(Value::to_string).unwrap_or_default();
        let uuid = string(task, "uuid");
        vec![
            number("rank"),
            number("id"),
            uuid.get(..8).unwrap_or(&uuid).to_owned(),
            task.get("urgency").and_then(Value::as_f64).map(|urgency| format!("{urgency:.2}")).unwrap_or_default(),
            cut(&string(task, "description")),
            string(task, "project"),
            string(task, "why"),
        ]
    };
    if !tasks.is_empty() {
        let columns = ["#", "id", "uuid", "urgency", "task", "project", "because"];
        text.push_str(&table(&columns, tasks.iter().map(row).collect()));
    }
    let more = number(plan.get("ready")).saturating_sub(tasks.len());
    if more > 0 {
        text.push_str(&format!("{DIM}and {} less urgent{DIM:#}\n", count(more, "task")));
    }
    text.push_str(&hidden(plan));
    text
}

/// What is to do, and cannot be done now.
fn hidden(plan: &Value) -> String {
    let kind = |name: &str, words: &str| {
        let count = number(plan.pointer(&format!("/hidden/{name}")));
        (count > 0).then(|| (count, format!("{count} {words}")))
    };
    let kinds = [("waiting", "waiting"), ("blocked", "blocked"), ("scheduled", "scheduled for later")];
    let kinds: Vec<_> = kinds.into_iter().filter_map(|(name, words)| kind(name, words)).collect();
    let mut text = String::new();
    if !kinds.is_empty() {
        let total = kinds.iter().map(|(count, _)| count).sum();
        let words: Vec<_> = kinds.into_iter().map(|(_, words)| words).collect();
        let told = format!("{} cannot be done now: {}", count(total, "task"), words.join(", "));
        text.push_str(&format!("{DIM}{told} (`--param include=all` shows them){DIM:#}\n"));
    }
    if let Some((outside, _)) = kind("outside", "") {
        text.push_str(&format!("{DIM}{} outside of the filter{DIM:#}\n", count(outside, "task")));
    }
    text
}

/// A text that takes no more than two lines of a table.
fn cut(text: &str) -> String {
    const MOST: usize = 60;
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    format!("{}…", text.chars().take(MOST - 1).collect::<String>().trim_end())
}

fn number(value: Option<&Value>) -> usize {
    value.and_then(Value::as_u64).and_then(|number| usize::try_from(number).ok()).unwrap_or(0)
}

fn items(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn string(value: &Value, name: &str) -> String {
    printable(value.get(name).and_then(Value::as_str).unwrap_or_default())
}

fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("{number} {what}") } else { format!("{number} {what}s") }
}
