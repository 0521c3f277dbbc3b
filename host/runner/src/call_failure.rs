//! A failed call of a plugin, with all that its author wants to know: where it was ended, what it used, how to have
//! it again.

use std::fmt;

use jsonptr::PointerBuf;
use serde_json::{Value, json};
use sortie_engine::Access;
use sortie_host::{Frame, Function, Host, LogLine, SavedCall};
use sortie_json::{Foreign, excerpt};

use crate::language::Language;
use crate::symbols::Symbols;

/// The most functions that are named.
const MAX_FRAMES: usize = 8;

/// The most that is told of a failure's details, in bytes.
const MAX_DETAILS: usize = 2000;

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

/// Whether no author of a plugin wrote the function of this name.
pub(crate) fn is_machinery(name: &str) -> bool {
    MACHINERY.iter().any(|prefix| name.starts_with(prefix))
}

/// One thing to know of a failed call, harmless to a terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// What it is about: a short word.
    pub name: &'static str,
    /// What is known.
    pub text: String,
}

impl Fact {
    fn new(name: &'static str, text: String) -> Self {
        Self { name, text: Foreign(&text).to_string() }
    }
}

impl fmt::Display for Fact {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:<10} {}", self.name, self.text)
    }
}

/// A call that failed, and what is needed to tell of it.
#[derive(Debug, Clone, Copy)]
pub struct CallFailure<'f> {
    /// The host that made it.
    pub host: &'f Host,
    /// The call.
    pub failed: &'f SavedCall,
    /// The plugin that built the mission, where that is known: its policy holds for the operations of others too.
    pub builder: Option<&'f str>,
    /// Whatever else there is to know of the failure: JSON, or null.
    pub details: &'f Value,
    /// The file that the call was saved in.
    pub saved: Option<&'f str>,
}

impl CallFailure<'_> {
    /// What its author wants to know, one after another.
    #[must_use]
    pub fn facts(&self) -> Vec<Fact> {
        let failed = self.failed;
        let mut facts = vec![Fact::new("plugin", self.plugin())];
        facts.push(match &failed.call.function {
            Function::Build { mission, .. } => Fact::new("mission", mission.clone()),
            Function::Execute(input) => Fact::new("operation", input.operation.clone()),
        });
        facts.extend(self.functions().map(|functions| Fact::new("function", functions)));
        facts.extend(source(failed).map(|source| Fact::new("source", source)));
        facts.extend(self.withheld().map(|withheld| Fact::new("withheld", withheld)));
        facts.push(Fact::new("fuel", format!("{} of {}", failed.report.fuel, failed.call.fuel)));
        let memory = format!("{} of {} bytes", failed.report.memory_bytes, failed.call.limits.memory_bytes);
        facts.push(Fact::new("memory", memory));
        if !self.details.is_null() {
            // Programs get all of it, with the result.
            facts.push(Fact::new("details", excerpt(&self.details.to_string(), MAX_DETAILS).into_owned()));
        }
        facts.extend(self.remedy().map(|remedy| Fact::new("help", remedy)));
        facts
    }

    /// What its author can do about it, where that can be told by how the call ended.
    fn remedy(&self) -> Option<String> {
        let name = &self.failed.call.plugin.name;
        let limits = |limit: &str| format!("`[plugins.{name}.limits]` in sortie.toml with a greater `{limit}`");
        match self.failed.code() {
            "out_of_fuel" => {
                let registry = self.host.registry();
                let manifest = registry.plugin(name).ok()?.plugin().manifest();
                // Of an interpreter, a profile shows the functions of that.
                let place = match Language::of_manifest(manifest) {
                    Some(Language::JavaScript) => "what `console.log` prints on the way is told with the result",
                    Some(Language::Python) => "what `print` prints on the way is told with the result",
                    Some(Language::Rust) | None => "`--profile FILE.svg` shows which functions use the fuel",
                };
                let limit = limits("fuel_per_call");
                Some(format!("look for a loop that does not end: {place}; for work that takes more, set {limit}"))
            }
            "memory_limit" => {
                Some(format!("look for what keeps growing; for work that takes more, set {}", limits("memory_bytes")))
            }
            "stack_limit" => {
                let registry = self.host.registry();
                let manifest = registry.plugin(name).ok()?.plugin().manifest();
                // What Rust names with the functions, and Python with its exception.
                let place = match Language::of_manifest(manifest) {
                    Some(Language::JavaScript) => ": call the operation in a unit test, where Node.js names the line",
                    _ => "",
                };
                Some(format!("look for a recursion that does not end, or make it a loop{place}"))
            }
            // A stack that grows past the start of memory.
            "trap" if self.details.get("trap").and_then(Value::as_str) == Some("memory_out_of_bounds") => {
                let calls_itself = self
                    .failed
                    .report
                    .trace
                    .windows(2)
                    .take(MAX_FRAMES)
                    .all(|two| matches!(two, [one, other] if one == other));
                let is_deep = self.failed.report.trace.len() > MAX_FRAMES;
                (calls_itself && is_deep)
                    .then(|| "look for a recursion that does not end, or make it a loop: the stack is full".to_owned())
            }
            // The call itself ended well: it is what it returned that was rejected.
            _ if self.details.get("code").and_then(Value::as_str) == Some("invalid_pointer") => {
                Some("a path begins with `/`: `/greeting`, or `/tasks/0/due`".to_owned())
            }
            _ if self.details.get("code").and_then(Value::as_str) == Some("path_missing") => Some(
                "look at the state first: a value is set in what is there, and only what is there is removed"
                    .to_owned(),
            ),
            _ => self.undeclared_write(),
        }
    }

    /// Of a change that the operation does not declare to make, what it declares.
    fn undeclared_write(&self) -> Option<String> {
        if self.details.get("code")?.as_str()? != "undeclared_write" || self.withheld().is_some() {
            return None;
        }
        let path = self.details.get("path")?.as_str()?;
        let Function::Execute(input) = &self.failed.call.function else { return None };
        let registry = self.host.registry();
        let manifest = registry.plugin(&self.failed.call.plugin.name).ok()?.plugin().manifest();
        let operation = manifest.operation(&input.operation)?;
        let declared = Access::resolve(&operation.reads, &operation.writes, &input.payload.value()).ok()?;
        let writes: Vec<String> = declared.writes().iter().map(|pointer| format!("`{pointer}`")).collect();
        Some(match writes.as_slice() {
            [] => format!("declare it: add `{path}` to the `writes` of `{}`, which is empty", operation.name),
            writes => {
                let writes = writes.join(", ");
                format!("change what it declares, {writes}; or add `{path}` to the `writes` of `{}`", operation.name)
            }
        })
    }

    /// How to have it again.
    #[must_use]
    pub fn reproduction(&self) -> Fact {
        Fact::new(
            "reproduce",
            match self.saved {
                Some(file) => format!("sortie plugin replay {file}"),
                None => "add `--save-failure FILE`; then `sortie plugin replay FILE`".to_owned(),
            },
        )
    }

    /// What the call logged, a fact for each message.
    #[must_use]
    pub fn log(&self) -> Vec<Fact> {
        let fact = |line: &LogLine| Fact::new("log", format!("{}: {}", line.level, line.message));
        let mut facts: Vec<Fact> = self.failed.report.log.iter().map(fact).collect();
        if self.failed.report.log_truncated {
            facts.push(Fact::new("log", "what came after this was more than the limit".to_owned()));
        }
        facts
    }

    /// The facts and the log as lines of text.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.facts().iter().chain(&self.log()).map(Fact::to_string).collect()
    }

    /// For programs.
    #[must_use]
    pub fn to_json(self) -> Value {
        let failed = self.failed;
        let symbols = self.symbols();
        let frame =
            |frame: &Frame| json!({"function": frame.function, "main": frame.main, "name": symbols.name(frame)});
        let failure = failed.failure();
        json!({
            "plugin": failed.call.plugin,
            "input": failed.call.function,
            "code": failed.code(),
            "message": failure.map(|failure| &failure.message),
            "details": self.details,
            "fuel": failed.report.fuel,
            "fuel_limit": failed.call.fuel,
            "memory_bytes": failed.report.memory_bytes,
            "trace": failed.report.trace.iter().map(frame).collect::<Vec<_>>(),
            "log": failed.report.log.iter().map(|line| json!({"level": line.level, "message": line.message})).collect::<Vec<_>>(),
            "saved": self.saved,
        })
    }

    fn plugin(&self) -> String {
        let reference = &self.failed.call.plugin;
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
        self.host.registry().plugin(&self.failed.call.plugin.name).map(Symbols::of).unwrap_or_default()
    }

    /// What the operation declares, and the host's policy for its plugin or for the mission's keeps from it.
    fn withheld(&self) -> Option<String> {
        let Function::Execute(input) = &self.failed.call.function else { return None };
        let name = &self.failed.call.plugin.name;
        let registry = self.host.registry();
        let operation = registry.plugin(name).ok()?.plugin().manifest().operation(&input.operation)?;
        let declared = Access::resolve(&operation.reads, &operation.writes, &input.payload.value()).ok()?;
        let told = |what: &str, pointers: &[PointerBuf]| {
            let pointers: Vec<String> = pointers.iter().map(|pointer| format!("`{pointer}`")).collect();
            (!pointers.is_empty()).then(|| format!("{what} {}", pointers.join(", ")))
        };
        let by = |name: &str| {
            let left = registry.policy(name)?.access(declared.clone());
            let (reads, writes) = left.withheld();
            let told: Vec<String> = [told("reading", reads), told("writing", writes)].into_iter().flatten().collect();
            (!told.is_empty()).then(|| format!("{}, by the policy of `{name}`", told.join(", ")))
        };
        let builder = self.builder.filter(|builder| *builder != name);
        let all: Vec<String> = [Some(name.as_str()), builder].into_iter().flatten().filter_map(by).collect();
        (!all.is_empty()).then(|| all.join("; "))
    }

    /// The function that the call was ended in, and who called it; `None` where the plugin returned, or its functions
    /// are an interpreter's.
    fn functions(&self) -> Option<String> {
        let registry = self.host.registry();
        let manifest = registry.plugin(&self.failed.call.plugin.name).ok()?.plugin().manifest();
        if Language::of_manifest(manifest).is_some_and(Language::is_interpreted) {
            return None;
        }
        let symbols = self.symbols();
        let frames: Vec<&Frame> = self.failed.report.trace.iter().filter(|frame| frame.main).collect();
        let is_machinery = |frame: &&Frame| symbols.name(frame).is_some_and(is_machinery);
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
}

/// A name as its author knows it: that of the function, where the SDK's macro made it a type's.
fn authors(name: &str) -> String {
    let of_macro = name.strip_prefix('<').and_then(|name| name.split_once(" as sortie_plugin_sdk::entry::"));
    of_macro.map_or(name, |(function, _)| function).to_owned()
}

/// The place that a panic names.
fn source(failed: &SavedCall) -> Option<String> {
    let details = failed.failure()?.details.get("details")?;
    let file = details.get("file")?.as_str()?;
    let line = details.get("line")?.as_u64()?;
    Some(match details.get("column").and_then(Value::as_u64) {
        Some(column) => format!("{file}:{line}:{column}"),
        None => format!("{file}:{line}"),
    })
}
