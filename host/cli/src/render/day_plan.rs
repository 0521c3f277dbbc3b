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
    let headline = daily.pointer("/summary/headline").and_then(Value::as_str).unwrap_or_default();
    format!("{HEAD}{}{HEAD:#} {DIM}({state}){DIM:#}\n{}\n\n", printable(&title), printable(headline))
}

fn yesterday(summary: &Value) -> String {
    let mut text = String::new();
    let projects = items(summary.pointer("/completed/projects"));
    if !projects.is_empty() {
        text.push_str(&format!("{HEAD}Done yesterday{HEAD:#}\n"));
        for project in projects {
            let name = project.get("project").and_then(Value::as_str).unwrap_or("(no project)");
            let tasks: Vec<_> = items(project.get("tasks")).iter().map(|task| string(task, "description")).collect();
            text.push_str(&format!("  {}: {}\n", printable(name), tasks.join("; ")));
        }
        text.push('\n');
    }
    let slipped = items(summary.get("slipped"));
    if !slipped.is_empty() {
        text.push_str(&format!("{HEAD}Slipped{HEAD:#}\n"));
        for task in slipped {
            let days = task.get("days_late").and_then(Value::as_u64).unwrap_or(0);
            let days = usize::try_from(days).unwrap_or(usize::MAX);
            text.push_str(&format!("  {} ({} late)\n", string(task, "description"), count(days, "day")));
        }
        text.push('\n');
    }
    text
}

fn today(plan: &Value) -> String {
    let tasks = items(plan.get("tasks"));
    if tasks.is_empty() {
        return "Nothing to do.\n".to_owned();
    }
    let row = |task: &Value| {
        let number = |name: &str| task.get(name).map(Value::to_string).unwrap_or_default();
        vec![
            number("rank"),
            task.get("urgency").and_then(Value::as_f64).map(|urgency| format!("{urgency:.2}")).unwrap_or_default(),
            string(task, "description"),
            string(task, "project"),
            string(task, "reason"),
        ]
    };
    let mut text = table(&["#", "urgency", "task", "project", "because"], tasks.iter().map(row).collect());
    let total = plan.get("total").and_then(Value::as_u64).and_then(|total| usize::try_from(total).ok());
    if let Some(more) = total.and_then(|total| total.checked_sub(tasks.len())).filter(|more| *more > 0) {
        text.push_str(&format!("{DIM}and {} less urgent{DIM:#}\n", count(more, "task")));
    }
    text
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
