//! What is wrong with a scenario, in words that all reporters share.

use std::borrow::Cow;

use serde_json::{Map, Value, json};
use sortie_harness::definition::ScenarioDefinition;
use sortie_harness::expectation::{Reason, bounded};
use sortie_harness::golden::GoldenDifference;
use sortie_harness::runner::{
    ExpectationResult, FailureReason, ImplicitExpectation, MarkedStep, MissionResult, Subject,
};

use sortie_json::{Foreign, ForeignJson, MAX_MESSAGE_BYTES};

use crate::failed_calls::FailedCall;
use crate::judgement::{BackendDifference, Judgement, Problem, Results};
use crate::load::Suite;
use crate::remarks::MissionRemark;

/// The greatest number of characters of a value that are shown.
const MAX_SHOWN: usize = 300;

/// What can be wrong with a scenario: the code of each [`Finding`], and what it means. `OP` stands for an operator.
pub const FINDINGS: &[(&str, &str)] = &[
    ("OP_mismatch", "The value is not as expected."),
    ("not_OP_mismatch", "The value is what it must not be."),
    ("path_missing", "The path leads nowhere; the nearest key is suggested."),
    ("path_present", "There is a value, and there should be none."),
    ("type_error", "The value has a type that the operator cannot judge, negated or not."),
    ("comparison_too_large", "To compare the value with what is expected is more work than it may be, negated or not."),
    ("mission_rejected", "The mission was rejected before it began, and nothing expects that."),
    ("mission_failed", "The mission failed, and nothing expects that."),
    ("error_missing", "The mission succeeded, and an error was expected."),
    ("error_mismatch", "The mission ended in another error than was expected."),
    ("answer_not_taken", "There is an answer to a step that did not ask."),
    ("scenario_missing", "An expectation is about a scenario that has no result."),
    ("mission_missing", "An expectation is about a mission that has no result."),
    ("golden_mismatch", "The results are not those of the golden file."),
    ("not_deterministic", "Machine code and the interpreter give different results (`--check-determinism`)."),
    ("unanswered_human_step", "A human step has no answer (`--strict`)."),
    ("unknown_param", "A mission has no such param (`--strict`)."),
    ("dropped_step", "A mission's builder has left out a step (`--strict`)."),
];

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Finding {
    /// The stable code, such as `eq_mismatch`.
    pub code: String,
    /// What it is about.
    pub title: String,
    /// What is wrong.
    pub message: String,
    /// `file:line:column`.
    pub place: String,
    /// What was expected, as JSON.
    pub expected: Option<String>,
    /// What there is, as JSON.
    pub actual: Option<String>,
    /// Where structures differ.
    pub changes: Vec<FindingChange>,
    /// What else there is to know, a line each.
    pub notes: Vec<String>,
    /// What to do about it.
    pub help: Option<String>,
}

/// A place where two values differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindingChange {
    /// A JSON Pointer.
    pub path: String,
    /// What was expected there, if anything.
    pub expected: Option<String>,
    /// What is there, if anything.
    pub actual: Option<String>,
}

impl Finding {
    /// As lines of text, without the title.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!("{}: {}", self.code, self.message)];
        lines.extend(self.expected.iter().map(|value| format!("expected: {value}")));
        lines.extend(self.actual.iter().map(|value| format!("actual:   {value}")));
        for change in &self.changes {
            lines.push(format!("at {}", if change.path.is_empty() { "the whole" } else { change.path.as_str() }));
            lines.extend(change.expected.iter().map(|value| format!("- {value}")));
            lines.extend(change.actual.iter().map(|value| format!("+ {value}")));
        }
        lines.extend(self.notes.iter().cloned());
        lines.extend(self.help.iter().map(|help| format!("help: {help}")));
        lines
    }
}

/// All that is wrong with a scenario.
pub(crate) fn findings(suite: &Suite, scenario: &ScenarioDefinition, judged: &Judgement) -> Vec<Finding> {
    let Judgement { results: Results { result, expectations }, problems, calls } = judged;
    let failed = expectations.iter().filter(|expectation| !expectation.passed());
    let mut findings: Vec<Finding> = failed
        .map(|expectation| {
            let mission = result.mission(&expectation.mission_name);
            Finding { place: suite.locate(&expectation.place), ..of_expectation(expectation, mission) }
        })
        .collect();
    let mission_place = |alias: &str| {
        let mission = scenario.missions.iter().find(|mission| mission.alias == alias);
        suite.locate(mission.map_or(&scenario.place, |mission| &mission.place))
    };
    for call in calls {
        let mission = scenario.missions.iter().find(|mission| mission.name == call.mission);
        let place = suite.locate(mission.map_or(&scenario.place, |mission| &mission.place));
        findings.push(Finding { place, ..of_call(call) });
    }
    for problem in problems {
        findings.push(match problem {
            Problem::Golden { differences, omitted } => {
                Finding { place: suite.locate(&scenario.place), ..of_golden(differences, *omitted) }
            }
            Problem::NotDeterministic(differs) => {
                Finding { place: mission_place(&differs.mission_name), ..of_differs(differs) }
            }
            Problem::Remarked(remark) => of_remark(remark.clone().told(suite)),
            Problem::Unanswered(step) => Finding { place: mission_place(&step.mission_name), ..of_unanswered(step) },
        });
    }
    findings
}

/// A failed scenario's failed calls: that one failed may be what is wrong, or why something else is.
fn of_call(call: &FailedCall) -> Finding {
    Finding {
        code: call.code.clone(),
        title: format!("{}: the call that failed", call.mission),
        message: call.message.clone(),
        notes: call.lines.clone(),
        ..Finding::default()
    }
}

fn of_expectation(result: &ExpectationResult, mission: Option<&MissionResult>) -> Finding {
    let Some(reason) = result.failure else { return Finding::default() };
    let title = match &result.subject {
        Subject::Declared { path, op, negated } => {
            let not = if *negated { "not " } else { "" };
            format!("{}: {} {not}{op}", result.mission_name, place_excerpt(path))
        }
        Subject::Implicit(ImplicitExpectation::ExpectedError) => {
            format!("{} ends in the expected error", result.mission_name)
        }
        Subject::Implicit(ImplicitExpectation::NotRejected) => format!("{} is not rejected", result.mission_name),
        Subject::Implicit(ImplicitExpectation::AnswersTaken) => {
            format!("{}: each answer is to a step that asks", result.mission_name)
        }
        Subject::Implicit(ImplicitExpectation::Success) => format!("{} succeeds", result.mission_name),
    };
    // A rejection is told by its message; the value says the same again.
    let actual = match reason {
        FailureReason::MissionRejected => None,
        FailureReason::Assertion(_)
        | FailureReason::ScenarioMissing
        | FailureReason::MissionMissing
        | FailureReason::MissionFailed
        | FailureReason::AnswerNotTaken
        | FailureReason::ErrorMissing
        | FailureReason::ErrorMismatch => result.actual.as_ref().map(shown),
    };
    let rejection_help = mission.and_then(|mission| mission.value.pointer("/rejected/details/help")?.as_str());
    Finding {
        code: reason.to_string(),
        title,
        message: explain(reason, &result.facts),
        place: String::new(),
        expected: excerpt(&result.facts, "expected", result.expected.as_ref()),
        actual: excerpt(&result.facts, "actual", result.actual.as_ref()).filter(|_| actual.is_some()),
        changes: changes(&result.facts),
        notes: notes(&result.facts),
        help: rejection_help
            .map(str::to_owned)
            .or_else(|| way_of_writing(&result.facts))
            .or_else(|| nearest(&result.facts)),
    }
}

/// Of each element that a path leads to: the first that is not as expected; and of two texts, where they differ.
fn notes(facts: &Map<String, Value>) -> Vec<String> {
    let element = facts.get("element").and_then(Value::as_str);
    let element = element
        .map(|pointer| format!("`[*]` is each element by itself, and this is `{}`", Foreign(&place_excerpt(pointer))));
    let text = differs_at(facts).map(|at| format!("the texts differ first at {at}"));
    element.into_iter().chain(text).collect()
}

/// Where a path is written as other tools have it: how it is written here.
fn way_of_writing(facts: &Map<String, Value>) -> Option<String> {
    let text = |key: &str| facts.get(key).and_then(Value::as_str);
    let (prefix, token) = (text("prefix")?, text("token")?);
    if let Some(length) = facts.get("length").and_then(Value::as_u64) {
        return match token {
            "*" => Some("write `[*]` for each element".to_owned()),
            "length" | "size" | "count" => Some("end the path at the list, and write `op: length`".to_owned()),
            _ if token.strip_prefix('-').is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit())) => {
                let last = length.checked_sub(1)?;
                Some(format!("indices count from the beginning: the last one is {last}"))
            }
            _ => None,
        };
    }
    let keys = facts.get("keys").and_then(Value::as_array)?;
    let dotted = format!("{token}.");
    let key = keys.iter().filter_map(Value::as_str).find(|key| key.starts_with(&dotted))?;
    let pointer = format!("{prefix}/{}", jsonptr::Token::new(key).encoded());
    Some(format!("a key with a dot in it needs a JSON Pointer: `{}`", Foreign(&place_excerpt(&pointer))))
}

fn nearest(facts: &Map<String, Value>) -> Option<String> {
    facts.get("nearest").and_then(Value::as_str).map(|name| format!("did you mean `{name}`?"))
}

fn explain(reason: FailureReason, facts: &Map<String, Value>) -> String {
    let fact = |key: &str| facts.get(key).map(plain).unwrap_or_default();
    match reason {
        FailureReason::Assertion(Reason::PathMissing) => path_missing(facts),
        FailureReason::Assertion(Reason::PathPresent) => "there is a value, and there should be none".to_owned(),
        FailureReason::Assertion(Reason::TypeError) => {
            format!(
                "the value is of type {}, where {} is wanted",
                fact("actual_type"),
                any_of(facts.get("expected_types"))
            )
        }
        FailureReason::Assertion(Reason::ComparisonTooLarge) => {
            "the value is too large to be compared with what is expected: expect less of it, or a smaller pattern"
                .to_owned()
        }
        FailureReason::Assertion(Reason::Mismatch(_)) => facts_besides_diff(facts).map_or_else(
            || "the value is not as expected".to_owned(),
            |facts| format!("the value is not as expected ({facts})"),
        ),
        FailureReason::Assertion(Reason::NegatedMismatch(_)) => "the value is what it must not be".to_owned(),
        FailureReason::ScenarioMissing => "the scenario has no result".to_owned(),
        FailureReason::MissionMissing => format!("the scenario has no such mission, but {}", fact("missions")),
        FailureReason::MissionRejected => format!("the mission was rejected ({}): {}", fact("code"), fact("message")),
        FailureReason::MissionFailed => format!(
            "the mission failed at step `{}` ({}): {}",
            fact("failed_step_id"),
            fact("error_code"),
            fact("error_message")
        ),
        FailureReason::AnswerNotTaken => match fact("asked") {
            none if none.is_empty() => format!("the answers name `{}`, but no step asks", fact("answer")),
            asked => format!("the answers name `{}`, which does not ask; these steps do: {asked}", fact("answer")),
        },
        FailureReason::ErrorMissing => "the mission succeeded and should not".to_owned(),
        FailureReason::ErrorMismatch => format!("the mission ended in another error: {}", fact("message")),
    }
}

/// `string, array or object`.
fn any_of(names: Option<&Value>) -> String {
    let names: Vec<String> = names.and_then(Value::as_array).into_iter().flatten().map(plain).collect();
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    }
}

fn path_missing(facts: &Map<String, Value>) -> String {
    let text = |key: &str| facts.get(key).and_then(Value::as_str).unwrap_or_default();
    let prefix = text("prefix");
    let place = if prefix.is_empty() { "the result".to_owned() } else { format!("`{prefix}`") };
    let has = match (facts.get("keys"), facts.get("length")) {
        (Some(keys), _) => {
            let more = facts.get("keys_omitted").map(|omitted| format!(" and {omitted} more")).unwrap_or_default();
            match plain(keys) {
                none if none.is_empty() => ", which is empty".to_owned(),
                keys => format!(", which has {keys}{more}"),
            }
        }
        (None, Some(length)) => format!(", which has {length} elements"),
        (None, None) => String::new(),
    };
    let token = facts.get("token").map(plain).unwrap_or_default();
    format!("there is no `{token}` in {place}, the {}{has}", text("found"))
}

/// The facts of a mismatch that are no differences: `length: 3`.
fn facts_besides_diff(facts: &Map<String, Value>) -> Option<String> {
    let told = |(key, value): (&String, &Value)| match key.as_str() {
        "diff" | "differs_at" | "expected_excerpt" | "actual_excerpt" | "element" => None,
        key => Some(format!("{}: {}", key.replace('_', " "), shown(value))),
    };
    let told: Vec<String> = facts.iter().filter_map(told).collect();
    (!told.is_empty()).then(|| told.join(", "))
}

fn changes(facts: &Map<String, Value>) -> Vec<FindingChange> {
    let differing = facts.get("diff").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object);
    differing
        .map(|differing| FindingChange {
            path: place_of(differing),
            expected: excerpt(differing, "expected", differing.get("expected")),
            actual: excerpt(differing, "actual", differing.get("actual")),
        })
        .collect()
}

/// The beginning of a place: a key is as long as its author likes, and each place that differs has it.
fn place_excerpt(path: &str) -> Cow<'_, str> {
    sortie_json::excerpt(path, MAX_MESSAGE_BYTES)
}

fn place_of(differing: &Map<String, Value>) -> String {
    let path = place_excerpt(differing.get("path").and_then(Value::as_str).unwrap_or_default());
    let path = Foreign(&path);
    match differs_at(differing) {
        Some(at) => format!("{path}, {at}"),
        None => path.to_string(),
    }
}

/// Where two long texts differ first: `character 501`.
fn differs_at(facts: &Map<String, Value>) -> Option<String> {
    facts.get("differs_at").and_then(Value::as_u64).map(|at| format!("character {}", at.saturating_add(1)))
}

/// How many characters of a long text are shown before and after the first one that differs.
const AROUND: (usize, usize) = (30, 50);

/// One of two values that differ; of a long text, what is around the first difference.
fn excerpt(facts: &Map<String, Value>, side: &str, value: Option<&Value>) -> Option<String> {
    let given = facts.get(&format!("{side}_excerpt")).and_then(Value::as_str);
    let at = facts.get("differs_at").and_then(Value::as_u64).and_then(|at| usize::try_from(at).ok());
    match (given, at, value?) {
        (Some(excerpt), _, _) => Some(format!("… {} …", shown(&json!(excerpt)))),
        (None, Some(at), Value::String(text)) => {
            let (before, after) = AROUND;
            let from = at.saturating_sub(before);
            let part: String = text.chars().skip(from).take(at - from + after).collect();
            let (head, tail) =
                (if from > 0 { "… " } else { "" }, if text.chars().nth(at + after).is_some() { " …" } else { "" });
            Some(format!("{head}{}{tail}", shown(&json!(part))))
        }
        (None, _, value) => Some(shown(value)),
    }
}

/// A difference to golden results.
pub(crate) fn golden_change(difference: &GoldenDifference) -> FindingChange {
    let mission = difference.mission_name.as_deref();
    FindingChange {
        path: match mission {
            None => "the scenario".to_owned(),
            Some(mission) if difference.path.is_root() => Foreign(mission).to_string(),
            Some(mission) => Foreign(&format!("{mission}: {}", place_excerpt(difference.path.as_str()))).to_string(),
        },
        expected: difference.old.as_ref().map(shown),
        actual: difference.new.as_ref().map(shown),
    }
}

fn of_golden(differences: &[GoldenDifference], omitted: usize) -> Finding {
    let is_new = |difference: &GoldenDifference| difference.mission_name.is_none() && difference.old.is_none();
    let (message, changes) = if differences.iter().any(is_new) {
        ("it has none of this scenario".to_owned(), Vec::new())
    } else {
        let count = differences.len() + omitted;
        let s = if count == 1 { "" } else { "s" };
        let more = if omitted > 0 { format!(", and {omitted} more are not shown") } else { String::new() };
        (format!("{count} difference{s}{more}"), differences.iter().map(golden_change).collect())
    };
    Finding {
        code: "golden_mismatch".to_owned(),
        title: "the results are those of the golden file".to_owned(),
        message,
        changes,
        help: Some("if the new results are right, write them with `--bless`".to_owned()),
        ..Finding::default()
    }
}

fn of_differs(differs: &BackendDifference) -> Finding {
    Finding {
        code: "not_deterministic".to_owned(),
        title: format!("{} gives the same result on every backend", differs.mission_name),
        message: "machine code (-) and the interpreter (+) differ; this is the first difference".to_owned(),
        changes: vec![FindingChange {
            path: differs.path.to_string(),
            expected: differs.compiled.as_ref().map(shown),
            actual: differs.interpreted.as_ref().map(shown),
        }],
        help: Some("please report it: a result must not depend on the backend".to_owned()),
        ..Finding::default()
    }
}

fn of_remark(remark: MissionRemark) -> Finding {
    let MissionRemark { mission, code, message, help, place, .. } = remark;
    Finding {
        code: code.to_owned(),
        title: format!("{mission} runs without a warning"),
        message: format!("{message} (`--strict`: an error)"),
        place,
        help,
        ..Finding::default()
    }
}

fn of_unanswered(step: &MarkedStep) -> Finding {
    Finding {
        code: "unanswered_human_step".to_owned(),
        title: format!("{}: the human step `{}` has an answer", step.mission_name, step.step_id),
        message: "nobody answered it, and `--strict` wants an answer".to_owned(),
        help: Some(format!("add `answers: {{{}: …}}` to the mission", step.step_id)),
        ..Finding::default()
    }
}

/// A value as JSON, not too long.
pub(crate) fn shown(value: &Value) -> String {
    cut(&ForeignJson(&bounded(value).to_string()).to_string())
}

/// A value in a sentence: strings as they are, lists with commas.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => ForeignJson(text).to_string(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => shown(value),
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(MAX_SHOWN) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use sortie_harness::expectation::Op;

    use super::*;

    #[test]
    fn of_a_place_that_is_long_the_beginning_is_told() {
        let told = |bytes: usize| {
            let path = format!("/{}", "n".repeat(bytes - 1));
            let facts = json!({"diff": [{"path": path, "expected": 1, "actual": 2}], "element": path});
            let facts = facts.as_object().cloned().unwrap_or_default();
            let whole = changes(&facts).iter().all(|change| change.path == path)
                && notes(&facts).iter().all(|note| note.ends_with(&format!("`{path}`")));
            let cut = format!("{}…", path.get(..400).unwrap_or_default());
            let beginning = changes(&facts).iter().all(|change| change.path == cut)
                && notes(&facts).iter().all(|note| note.ends_with(&format!("`{cut}`")));
            (whole, beginning)
        };
        assert_eq!((told(400), told(401), told(100_000)), ((true, false), (false, true), (false, true)));
    }

    #[test]
    fn each_reason_of_a_failure_is_in_the_table() {
        let listed = |code: &str| FINDINGS.iter().any(|(listed, _)| *listed == code);
        let reasons = [Reason::PathMissing, Reason::PathPresent, Reason::TypeError, Reason::ComparisonTooLarge];
        for reason in reasons.map(FailureReason::Assertion).iter().chain(FailureReason::OF_MISSIONS) {
            assert!(listed(&reason.to_string()), "{reason}");
        }
        for reason in [Reason::Mismatch(Op::Eq), Reason::NegatedMismatch(Op::Eq)] {
            assert!(listed(&reason.to_string().replace("eq", "OP")), "{reason}");
        }
    }
}
