//! A failed call of a plugin, with all that its author wants to know: where it was ended, what it used, how to have
//! it again.

use anstream::adapter::strip_str;
use anstyle::Style;
use serde_json::{Value, json};
use sortie_host::{Attempt, Called, Frame, Host, LogLine};

use super::printable;
use crate::symbols::Symbols;

const DIM: Style = Style::new().dimmed();

/// The most functions that are named.
const MAX_FRAMES: usize = 8;

/// What no author wrote: the language's own functions, the SDK's, and the interface's.
const MACHINERY: &[&str] = &[
    "core::",
    "std::",
    "alloc::",
    "<core::",
    "<std::",
    "<alloc::",
    "sortie_plugin_sdk::",
    "sortie:plugin/",
    "rust_",
    "__rust",
];

/// Who made a call, besides the plugin.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Failing<'f> {
    /// The host that made it.
    pub(crate) host: &'f Host,
    /// The call.
    pub(crate) attempt: &'f Attempt,
    /// Whatever else there is to know of the failure: JSON, or null.
    pub(crate) details: &'f Value,
    /// The file that the call was saved in.
    pub(crate) saved: Option<&'f str>,
}

impl Failing<'_> {
    /// For people: a line for each thing to know, each indented, and how to have it again.
    pub(crate) fn lines(&self) -> String {
        self.facts() + &format!("  {DIM}{:<10}{DIM:#} {}\n", "reproduce", printable(&self.reproduce()))
    }

    /// The same without how to have it again, but with the log; without colours, and a string for each line.
    pub(crate) fn plain(&self) -> Vec<String> {
        let text = self.facts() + &self.log();
        strip_str(&text).to_string().lines().map(|line| line.trim_start().to_owned()).collect()
    }

    fn facts(&self) -> String {
        let attempt = self.attempt;
        let mut text = String::new();
        let mut line = |name: &str, value: String| {
            text.push_str(&format!("  {DIM}{name:<10}{DIM:#} {}\n", printable(&value)));
        };
        line("plugin", self.plugin());
        match &attempt.call.of {
            Called::Mission { mission, .. } => line("mission", mission.clone()),
            Called::Operation(input) => line("operation", input.operation.clone()),
        }
        if let Some(functions) = self.functions() {
            line("function", functions);
        }
        if let Some(source) = source(attempt) {
            line("source", source);
        }
        line("fuel", format!("{} of {}", attempt.end.fuel, attempt.call.fuel));
        line("memory", format!("{} of {} bytes", attempt.end.memory_bytes, attempt.call.limits.memory_bytes));
        if !self.details.is_null() {
            line("details", self.details.to_string());
        }
        text
    }

    /// For people: what the call logged, a line each, each indented.
    pub(crate) fn log(&self) -> String {
        let shown = |line: &LogLine| format!("  {DIM}log{DIM:#}        {}: {}\n", line.level, printable(&line.message));
        let mut text: String = self.attempt.log.iter().map(shown).collect();
        if self.attempt.log_truncated {
            text.push_str(&format!("  {DIM}log{DIM:#}        what came after this was more than the limit\n"));
        }
        text
    }

    /// For programs.
    pub(crate) fn to_json(self) -> Value {
        let attempt = self.attempt;
        let symbols = self.symbols();
        let frame =
            |frame: &Frame| json!({"function": frame.function, "main": frame.main, "name": symbols.name(frame)});
        let failure = attempt.end.outcome.failure();
        json!({
            "plugin": attempt.call.plugin,
            "input": attempt.call.of,
            "code": attempt.end.outcome.code(),
            "message": failure.map(|failure| &failure.message),
            "details": self.details,
            "fuel": attempt.end.fuel,
            "fuel_limit": attempt.call.fuel,
            "memory_bytes": attempt.end.memory_bytes,
            "trace": attempt.trace.iter().map(frame).collect::<Vec<_>>(),
            "log": attempt.log.iter().map(|line| json!({"level": line.level, "message": line.message})).collect::<Vec<_>>(),
            "saved": self.saved,
        })
    }

    fn plugin(&self) -> String {
        let reference = &self.attempt.call.plugin;
        let digest = reference.digest.to_string();
        let digest = digest.get(..12).unwrap_or(&digest);
        match self.host.registry().plugin(&reference.name) {
            Ok(plugin) => {
                format!("{} {} ({}, {digest})", reference.name, plugin.plugin().manifest().version, plugin.origin())
            }
            Err(_) => format!("{} ({digest})", reference.name),
        }
    }

    fn symbols(&self) -> Symbols {
        self.host.registry().plugin(&self.attempt.call.plugin.name).map(Symbols::of).unwrap_or_default()
    }

    /// The function that the call was ended in, and who called it; `None` where the plugin returned.
    fn functions(&self) -> Option<String> {
        let symbols = self.symbols();
        let frames: Vec<&Frame> = self.attempt.trace.iter().filter(|frame| frame.main).collect();
        let is_machinery = |frame: &&Frame| {
            symbols.name(frame).is_some_and(|name| MACHINERY.iter().any(|prefix| name.starts_with(prefix)))
        };
        let mut own: Vec<&Frame> = frames.iter().copied().filter(|frame| !is_machinery(frame)).collect();
        if own.is_empty() {
            own = frames;
        }
        let nameless = own.iter().all(|frame| symbols.name(frame).is_none());
        if !nameless {
            own.retain(|frame| symbols.name(frame).is_some());
        }
        let name = |frame: &&Frame| symbols.name(frame).map_or_else(|| format!("number {}", frame.function), authors);
        let mut text = own.iter().take(MAX_FRAMES).map(name).collect::<Vec<_>>().join(", called by ");
        if text.is_empty() {
            return None;
        }
        if own.len() > MAX_FRAMES {
            text.push_str(", …");
        }
        if nameless {
            text.push_str(" (`sortie plugin build` keeps the names in a file beside the plugin)");
        }
        Some(text)
    }

    fn reproduce(&self) -> String {
        match self.saved {
            Some(file) => format!("sortie plugin replay {file}"),
            None => "add `--save-failure FILE`; then `sortie plugin replay FILE`".to_owned(),
        }
    }
}

/// A name as its author knows it: that of the function, where the SDK's macro made it a type's.
fn authors(name: &str) -> String {
    let of_macro = name.strip_prefix('<').and_then(|name| name.split_once(" as sortie_plugin_sdk::entry::"));
    of_macro.map_or(name, |(function, _)| function).to_owned()
}

/// The place that a panic names.
fn source(attempt: &Attempt) -> Option<String> {
    let details = attempt.end.outcome.failure()?.details.get("details")?;
    let file = details.get("file")?.as_str()?;
    let line = details.get("line")?.as_u64()?;
    Some(match details.get("column").and_then(Value::as_u64) {
        Some(column) => format!("{file}:{line}:{column}"),
        None => format!("{file}:{line}"),
    })
}
