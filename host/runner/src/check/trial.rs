//! One example on one engine.

use serde_json::{Map, Value, json};
use sortie_harness::expectation::differences;
use sortie_host::json::ContentHash;
use sortie_host::{
    Draft, ExecutionContext, FinishedRun, Fuel, HostError, HostFault, HumanPolicy, Manifest, SavedCall, Step,
    WorkflowDefinition,
};

use super::bench::Bench;

/// An example of a manifest.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Example<'m> {
    /// `mission` or `operation`.
    pub(crate) what: &'static str,
    /// Of which.
    pub(crate) name: &'m str,
    /// Counted from one.
    pub(crate) number: usize,
    input: Input<'m>,
}

#[derive(Debug, Clone, Copy)]
enum Input<'m> {
    Params(&'m Value),
    Call { payload: &'m Value, state: &'m Value },
}

/// All that has to be the same everywhere.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TrialResult {
    pub(crate) outcome: Value,
    pub(crate) fuel: Fuel,
    pub(crate) memory_bytes: u64,
}

/// Why an example does not work.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) code: &'static str,
    pub(crate) explanation: String,
    pub(crate) remedy: Option<String>,
    /// The call that failed, where it was one.
    pub(crate) failed: Option<Box<SavedCall>>,
}

/// An example that was tried.
#[derive(Debug)]
pub(crate) struct Trial {
    pub(crate) seen: TrialResult,
    pub(crate) problem: Option<Problem>,
}

/// An example, and what it ended in at first.
pub(crate) struct TrialReport<'m> {
    pub(crate) example: Example<'m>,
    pub(crate) seen: TrialResult,
}

impl<'m> Example<'m> {
    /// All examples of a manifest, the missions' first.
    pub(crate) fn all(manifest: &'m Manifest) -> Vec<Self> {
        let missions = manifest.missions.iter().flat_map(|info| {
            let inputs = info.examples.iter().map(Input::Params);
            inputs.enumerate().map(|(index, input)| Self::new("mission", &info.name, index, input))
        });
        let operations = manifest.operations.iter().flat_map(|info| {
            let inputs = info.examples.iter().map(|it| Input::Call { payload: &it.payload, state: &it.state });
            inputs.enumerate().map(|(index, input)| Self::new("operation", &info.name, index, input))
        });
        missions.chain(operations).collect()
    }

    fn new(what: &'static str, name: &'m str, index: usize, input: Input<'m>) -> Self {
        Self { what, name, number: index + 1, input }
    }

    /// How messages name it.
    pub(crate) fn subject(&self) -> String {
        format!("{} `{}`, example {}", self.what, self.name, self.number)
    }

    /// What it is called in a budget.
    pub(crate) fn key(&self) -> String {
        format!("{} {} {}", self.what, self.name, self.number)
    }

    /// Tells whether it is still the same example.
    pub(crate) fn hash(&self) -> ContentHash {
        match self.input {
            Input::Params(params) => ContentHash::of(&json!({"params": params})),
            Input::Call { payload, state } => ContentHash::of(&json!({"payload": payload, "state": state})),
        }
    }

    /// Tries it: a mission is built, and checked as if it were to run; an operation is the one step of a run.
    pub(crate) fn on(&self, bench: &Bench, plugin: &str) -> Trial {
        let name = format!("{plugin}/{}", self.name);
        match self.input {
            Input::Params(params) => match bench.host.build_mission(&name, params) {
                Ok(mission) => built(mission),
                Err(error) => rejected(error),
            },
            Input::Call { payload, state } => match executed(bench, &name, payload, state) {
                Ok((completed, used)) => finished(completed, used),
                Err(error) => rejected(error),
            },
        }
    }
}

fn built(mission: Draft) -> Trial {
    let outcome = json!({"workflow": mission.workflow().to_json()});
    let seen = TrialResult { outcome, fuel: mission.fuel(), memory_bytes: mission.memory_bytes() };
    let started = ExecutionContext::new(json!({})).map_err(HostError::from).and_then(|context| mission.start(&context));
    let problem = started.err().map(|error| Problem {
        code: error.code(),
        explanation: format!("its workflow cannot run: {error}"),
        remedy: error.help(),
        failed: None,
    });
    Trial { seen, problem }
}

/// What one call used.
#[derive(Default)]
struct Usage {
    fuel: Fuel,
    memory_bytes: u64,
}

fn executed(bench: &Bench, operation: &str, payload: &Value, state: &Value) -> Result<(FinishedRun, Usage), HostError> {
    let mut members =
        payload.as_object().cloned().unwrap_or_else(|| Map::from_iter([("payload".to_owned(), payload.clone())]));
    members.insert("operation".to_owned(), operation.into());
    let step = Step { id: "example".to_owned(), kind: "runtime".to_owned(), payload: Value::Object(members) };
    let workflow = WorkflowDefinition { id: "check".to_owned(), steps: vec![step], metadata: json!({}) };
    let context = ExecutionContext::new(state.clone())?;
    let mut session = bench.host.start(workflow, &context)?;
    let mut used = Usage::default();
    session.advance_with(&mut |report| {
        used = Usage { fuel: report.fuel, memory_bytes: report.memory_bytes };
        Ok(())
    })?;
    Ok((session.finish(&HumanPolicy::default())?, used))
}

fn finished(completed: FinishedRun, Usage { fuel, memory_bytes }: Usage) -> Trial {
    let FinishedRun { result, failed, .. } = completed;
    let steps = result.to_json().pointer("/lineage/steps").cloned();
    let outcome = json!({
        "success": result.success,
        "error_code": result.error_code,
        "error_message": result.error_message,
        "error_details": result.error_details,
        "outputs": result.outputs,
        "state": result.final_state,
        "steps": steps,
    });
    let problem = result.error_code.map(|code| Problem {
        code: code.code(),
        explanation: result.error_message.clone().unwrap_or_default(),
        remedy: remedy(result.error_details.get("code").and_then(Value::as_str)),
        failed,
    });
    Trial { seen: TrialResult { outcome, fuel, memory_bytes }, problem }
}

/// What to do about changes that the state refused.
fn remedy(code: Option<&str>) -> Option<String> {
    match code {
        Some("undeclared_write") => Some("declare it in `writes`, or do not change it".to_owned()),
        Some("withheld_write" | "withheld_read") => Some("the policy decides: allow the place in it".to_owned()),
        Some("undeclared_read") => Some("declare it in `reads`, or do not refer to it".to_owned()),
        Some(_) | None => None,
    }
}

fn rejected(error: HostError) -> Trial {
    let (code, explanation, remedy) = (error.code(), error.to_string(), help(&error));
    let failed = match error {
        HostError::BuildFailed { call: failed, .. } => Some(failed),
        _ => None,
    };
    let (fuel, memory_bytes) =
        failed.as_ref().map_or((0, 0), |failed| (failed.report.fuel, failed.report.memory_bytes));
    Trial {
        seen: TrialResult { outcome: json!({"error": code, "message": explanation}), fuel, memory_bytes },
        problem: Some(Problem { code, explanation, remedy, failed }),
    }
}

/// What an author can do; where a host fault ends a call, trying again is not it.
fn help(error: &HostError) -> Option<String> {
    match error {
        HostError::Fault(HostFault::Stack) => {
            Some("call functions less deeply: a call has 512 KiB of stack".to_owned())
        }
        HostError::Fault(HostFault::Watchdog) => {
            Some("do less in one call; fuel should have ended it long before".to_owned())
        }
        _ => error.help(),
    }
}

impl TrialResult {
    /// The first thing that differs, in words; none, if nothing does.
    pub(crate) fn difference(&self, other: &Self) -> Option<String> {
        if let Some(differing) = differences(&self.outcome, &other.outcome).listed.first() {
            let shown = |side: &Option<Value>| side.as_ref().map_or_else(|| "nothing".to_owned(), short);
            let (was, is) = (shown(&differing.expected), shown(&differing.actual));
            return Some(format!("the outcome's `{}` was {was}, and is {is}", differing.path));
        }
        if self.fuel != other.fuel {
            return Some(format!("the fuel was {}, and is {}", self.fuel, other.fuel));
        }
        (self.memory_bytes != other.memory_bytes)
            .then(|| format!("the peak memory was {} bytes, and is {}", self.memory_bytes, other.memory_bytes))
    }
}

/// A value, cut where it is long.
pub(crate) fn short(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(60) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or(&text)),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(outcome: Value, fuel: Fuel, memory_bytes: u64) -> TrialResult {
        TrialResult { outcome, fuel, memory_bytes }
    }

    #[test]
    fn the_first_difference_is_named_outcome_before_fuel_before_memory() {
        let base = seen(json!({"outputs": {"example": [1, 2]}, "success": true}), 7, 65536);
        assert_eq!(base.difference(&base), None);
        let other = seen(json!({"outputs": {"example": [1, 3]}, "success": true}), 8, 0);
        let said = base.difference(&other);
        assert_eq!(said.as_deref(), Some("the outcome's `/outputs/example/1` was 2, and is 3"));
        let other = TrialResult { fuel: 8, memory_bytes: 0, ..base.clone() };
        assert_eq!(base.difference(&other).as_deref(), Some("the fuel was 7, and is 8"));
        let other = TrialResult { memory_bytes: 0, ..base.clone() };
        assert_eq!(base.difference(&other).as_deref(), Some("the peak memory was 65536 bytes, and is 0"));
    }
}
