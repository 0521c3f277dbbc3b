//! A plugin's call that failed, for people.

use anstyle::Style;
use sortie_runner::{CallFailure, Fact};

const DIM: Style = Style::new().dimmed();

/// A line for each thing to know, each indented, and how to have the failure again.
pub(crate) fn lines(failure: &CallFailure<'_>) -> String {
    facts(&failure.facts()) + &facts(&[failure.reproduction()])
}

/// What the call logged, a line for each message, each indented.
pub(crate) fn log(failure: &CallFailure<'_>) -> String {
    facts(&failure.log())
}

/// Facts, a line each, each indented.
pub(crate) fn facts(facts: &[Fact]) -> String {
    let lines: Vec<String> =
        facts.iter().map(|Fact { name, text }| format!("  {DIM}{name:<10}{DIM:#} {text}\n")).collect();
    lines.concat()
}
