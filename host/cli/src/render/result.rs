//! A finished run, for people.

use anstyle::{AnsiColor, Style};
use serde_json::Value;
use sortie_engine::LineageStep;
use sortie_host::{FinishedRun, OrchestrationResult};
use sortie_runner::CallFailure;

use super::{display, failure, pretty, printable, printable_lines, table};

const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();
const DIM: Style = Style::new().dimmed();
const BOLD: Style = Style::new().bold();

/// The whole text: what the mission made, then how it ended; where a call failed, with what there is to say of that.
pub(crate) fn result(completed: &FinishedRun, failing: Option<&CallFailure<'_>>) -> String {
    let result = &completed.result;
    let mut text = display::of_result(result);
    if text.is_empty() {
        text.push_str(&steps(result));
        text.push_str(&outputs(result));
    }
    for step in &completed.log {
        for line in &step.lines {
            text.push_str(&format!(
                "{DIM}{} {}: {}{DIM:#}\n",
                printable(&step.step_id),
                line.level,
                printable(&line.message)
            ));
        }
    }
    text.push_str(&audit(result));
    text.push_str(&display::verdicts(result));
    text.push_str(&ending(result, failing));
    text
}

/// Who decided what, where the receipt tells.
fn audit(result: &OrchestrationResult) -> String {
    let mut text = String::new();
    for entry in &result.receipt.audit {
        text.push_str(&format!("{DIM}{}{DIM:#}\n", printable(&audit_line(entry))));
    }
    text
}

fn audit_line(entry: &Value) -> String {
    let text = |name: &str| entry.get(name).and_then(Value::as_str).unwrap_or("?");
    match text("event") {
        event @ ("decided" | "approved") => {
            let comment = entry.get("comment").and_then(Value::as_str);
            let comment = comment.map(|comment| format!(": {comment}")).unwrap_or_default();
            let did = if event == "decided" { "decided" } else { "answered" };
            format!("`{}` was {did} by {} at {}{comment}", text("step"), text("actor"), text("at"))
        }
        "expired" => format!("`{}` expired at {} and {}", text("step"), text("deadline"), text("outcome")),
        "plugin_changed" => format!(
            "was resumed with a changed plugin `{}`: {} instead of {}",
            text("plugin"),
            text("present"),
            text("recorded")
        ),
        _ => entry.to_string(),
    }
}

fn steps(result: &OrchestrationResult) -> String {
    if result.lineage.steps.is_empty() {
        return String::new();
    }
    let row = |step: &LineageStep| match step {
        LineageStep::Runtime { step_id, plugin, operation, outcome, fuel, .. } => {
            vec![printable(step_id), format!("{}/{operation}", plugin.name), outcome.clone(), fuel.to_string()]
        }
        LineageStep::Human { step_id, outcome, decision, .. } => {
            let decision = decision.as_ref().map(|decision| bounded(&printable(&decision.to_json().to_string())));
            vec![printable(step_id), "a person".to_owned(), decision.unwrap_or_else(|| outcome.clone()), String::new()]
        }
    };
    table(&["step", "by", "outcome", "fuel"], result.lineage.steps.iter().map(row).collect())
}

/// What fits in a column of a table.
fn bounded(text: &str) -> String {
    const WIDEST: usize = 60;
    match text.char_indices().nth(WIDEST) {
        Some((end, _)) => format!("{} …", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

fn outputs(result: &OrchestrationResult) -> String {
    let mut text = String::new();
    for (step, output) in &result.outputs {
        text.push_str(&format!("{BOLD}{}{BOLD:#} {}\n", printable(step), printable_lines(&shown(output))));
    }
    // After a failure the reason is what is looked for, and it stands at the end.
    if result.success {
        text.push_str(&format!("{BOLD}state{BOLD:#} {}\n", printable_lines(&shown(&result.final_state))));
    }
    text
}

/// A value on one line if it is short.
fn shown(value: &Value) -> String {
    let line = value.to_string();
    if line.chars().count() <= 100 { line } else { pretty(value) }
}

fn ending(result: &OrchestrationResult, failing: Option<&CallFailure<'_>>) -> String {
    let (count, fuel) = (result.executed_steps.len(), result.receipt.fuel);
    let steps = if count == 1 { "step" } else { "steps" };
    let mut text = if result.success {
        format!("{GOOD}✔{GOOD:#} {} — {count} {steps}, fuel {fuel}\n", printable(&result.id))
    } else {
        let step = result.failed_step_id.as_deref().unwrap_or_default();
        let code = result.error_code.map_or("", sortie_engine::FailureKind::code);
        let message = result.error_message.as_deref().unwrap_or_default();
        // Its lines are lines, as some point at a place in the one before, and none of them passes for one of ours.
        let message = printable_lines(message.trim_end()).replace('\n', "\n    ");
        let mut text = format!(
            "{BAD}✘{BAD:#} {} failed at step `{}` ({code}): {message}\n",
            printable(&result.id),
            printable(step)
        );
        match failing {
            Some(failing) => text.push_str(&failure::lines(failing)),
            None if result.error_details.is_null() => {}
            None => text.push_str(&format!("  {}\n", printable(&result.error_details.to_string()))),
        }
        text
    };
    text.push_str(&format!("{DIM}result {}{DIM:#}\n", result.receipt.result_hash));
    text
}
