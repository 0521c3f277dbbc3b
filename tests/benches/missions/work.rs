//! The missions that are measured, and what they are given.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sortie_host::{Call, ExecutionContext, Host, HumanPolicy, Limits, WorkflowDefinition};
use sortie_sandbox::Plugin;

use crate::Outcome;

/// A mission to measure.
pub(crate) struct Work {
    pub(crate) name: &'static str,
    /// Whether it takes so long that few runs have to do.
    pub(crate) is_long: bool,
    context: ExecutionContext,
    what: What,
}

enum What {
    Workflow(WorkflowDefinition),
    Mission(&'static str, Value),
}

impl Work {
    pub(crate) fn all() -> Outcome<Vec<Self>> {
        let noop = json!({"operation": "noop"});
        let mut set = set_payload();
        set["operation"] = json!("set");
        let day = json!({"today": "2026-01-08"});
        let mut all = vec![
            Self::workflow("exec_noop", 1, &noop, &json!({}))?,
            Self::workflow("exec_five_noops", 5, &noop, &json!({}))?,
            Self::workflow("exec_set", 1, &set, &document())?,
            Self::echo()?,
        ];
        let days =
            [("daily_loop_empty", 0), ("daily_loop_10", 10), ("daily_loop_1000", 1_000), ("daily_loop_20000", 20_000)];
        for (name, tasks) in days {
            all.push(Self::mission(name, "daily_loop", day.clone(), &json!({"tasks": self::tasks(tasks)}))?);
        }
        Ok(all)
    }

    fn workflow(name: &'static str, steps: usize, payload: &Value, state: &Value) -> Outcome<Self> {
        let step = |step: usize| json!({"id": format!("s{step}"), "kind": "runtime", "payload": payload});
        let workflow = json!({"id": "w", "steps": (0..steps).map(step).collect::<Vec<_>>()});
        let what = What::Workflow(WorkflowDefinition::from_json(&workflow)?);
        Ok(Self { name, is_long: false, context: ExecutionContext::new(state.clone())?, what })
    }

    pub(crate) fn echo() -> Outcome<Self> {
        Self::mission("echo", "echo", json!({"word": "hello"}), &json!({}))
    }

    fn mission(name: &'static str, mission: &'static str, params: Value, state: &Value) -> Outcome<Self> {
        let is_long = state["tasks"].as_array().is_some_and(|tasks| tasks.len() > 100);
        Ok(Self { name, is_long, context: ExecutionContext::new(state.clone())?, what: What::Mission(mission, params) })
    }

    /// Runs it. A run that did not succeed is an error.
    pub(crate) fn run(&self, host: &Host) -> Outcome<()> {
        let result = match &self.what {
            What::Workflow(workflow) => host.exec(workflow.clone(), &self.context)?,
            What::Mission(mission, params) => {
                let session = host.start_mission(mission, &self.context, params)?;
                session.finish(&HumanPolicy::Mark)?.result
            }
        };
        if result.success { Ok(()) } else { Err(format!("`{}` failed: {:?}", self.name, result.error_message).into()) }
    }
}

/// A document of about 0.6 kB that `set` changes.
pub(crate) fn document() -> Value {
    json!({"notes": (0..8).map(|note| format!("Note {note}: what has to be remembered of this day, in a sentence.")).collect::<Vec<_>>()})
}

/// A payload of about 0.6 kB for `set`.
pub(crate) fn set_payload() -> Value {
    json!({"path": "/notes", "value": document()["notes"]})
}

/// Tasks as a person's `task export` prints them: one in ten is still to be done.
fn tasks(count: usize) -> Vec<Value> {
    let task = |number: usize| {
        let is_done = !number.is_multiple_of(10);
        let (month, day) = (number / 28 % 12 + 1, number % 28 + 1);
        let mut task = json!({
            "id": (if is_done { 0 } else { number / 10 + 1 }),
            "uuid": format!("{number:08x}-7c1d-4f0e-9a4c-0d6f4f6c1a01"),
            "description": format!("Task {number}, as somebody would write it down"),
            "status": (if is_done { "completed" } else { "pending" }),
            "entry": format!("2025{month:02}{day:02}T090000Z"),
            "modified": format!("2025{month:02}{day:02}T160000Z"),
            "project": format!("project-{}", number % 7),
            "priority": (["H", "M", "L"][number % 3]),
            "tags": ["home", "errand"],
            "urgency": 7.25,
        });
        if is_done {
            task["end"] = task["modified"].clone();
        } else {
            task["due"] = json!(format!("2026{month:02}{day:02}T000000Z"));
        }
        task
    };
    (0..count).map(task).collect()
}

/// A call of `core`'s, as a run makes it.
pub(crate) fn call(core: &Plugin, operation: &str, payload: &Value, state: &Value) -> Outcome<Call> {
    let input = json!({
        "operation": operation, "step_id": "s", "payload": payload, "state": state, "decisions": {}, "metadata": {},
    });
    let limits = Limits::default();
    let form = json!({
        "plugin": core.reference(), "function": {"execute": input}, "fuel": limits.fuel_per_call, "limits": limits,
    });
    Ok(serde_json::from_value(form)?)
}

/// The time that it takes to do something so often on each of so many threads.
pub(crate) fn on_threads(threads: usize, rounds: u64, work: &(impl Fn() + Sync)) -> Duration {
    let begun = Instant::now();
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| (0..rounds).for_each(|_| work()));
        }
    });
    begun.elapsed()
}
