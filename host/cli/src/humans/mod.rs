//! Human steps at the command line: answered from a file, asked at the terminal, marked, or waited for.

mod form;
#[cfg(unix)]
mod keys;
#[cfg(not(unix))]
mod plain;
#[cfg(unix)]
mod terminal;

use std::collections::BTreeMap;
use std::io::{self, IsTerminal};

use serde_json::Value;
use sortie_host::journal::Actor;
use sortie_host::{
    Decision, DecisionError, FinishedRun, HostError, HumanStep, Progress, Question, Session, WorkflowDefinition,
    check_decision,
};
use sortie_json::nearest;

use crate::error::CliError;
use crate::input;
use crate::options::{HumanArguments, Mode};
use crate::refusal::Refusal;
use crate::render::{printable, to_stderr, waiting};
use form::Form;
#[cfg(not(unix))]
use plain::Terminal;
#[cfg(unix)]
use terminal::Terminal;

/// What a line that is typed or pasted has at the most: an answer has no more.
const MAX_LINE_BYTES: usize = 1 << 20;
/// What is said of one that has more.
const LINE_TOO_LONG: &str = "a line has at most 1 MiB";

/// Adds what was typed or pasted to a line, as a whole or not at all.
#[cfg(unix)]
fn add_to_line(line: &mut String, more: &str) -> io::Result<()> {
    if line.len() + more.len() > MAX_LINE_BYTES {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, LINE_TOO_LONG));
    }
    line.push_str(more);
    Ok(())
}

/// How a run went at which people were asked.
pub(crate) enum Outcome {
    /// It has its result.
    Completed(Box<FinishedRun>),
    /// The person wants to answer later. These are the answers so far, by step id.
    Later(BTreeMap<String, Value>),
}

/// Reads the answers to a workflow's steps, once: they can come from a pipe. One to a step that the workflow does not
/// ask at is a mistake.
pub(crate) fn answers(
    workflow: &WorkflowDefinition,
    arguments: &HumanArguments,
) -> Result<BTreeMap<String, Value>, CliError> {
    let answers = input::answers(arguments.answers.as_deref())?;
    let steps = || workflow.steps.iter().filter(|step| step.kind == "human").map(|step| step.id.as_str());
    match answers.keys().find(|answer| !steps().any(|step| step == *answer)) {
        None => Ok(answers),
        Some(step) => {
            let near = nearest(step, steps()).map(str::to_owned);
            Err(Refusal::UnknownAnswer { step: step.clone(), near }.into())
        }
    }
}

/// Whether who answers at the terminal has to read the schema of the answer, as a form does not ask for all of it.
pub(crate) fn needs_schema(step: &HumanStep) -> bool {
    step.schema.as_ref().is_some_and(|schema| !form::asks_for_all(schema))
}

/// Whether people are asked at a terminal.
pub(crate) fn asks(arguments: &HumanArguments) -> bool {
    matches!(arguments.mode, Some(Mode::Ask) | None) && is_terminal()
}

fn is_terminal() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks for a line that is not shown, such as a passphrase: at the terminal of this process, whatever standard input is. Nothing,
/// where there is no terminal, or the person at it does not want to say.
#[cfg(unix)]
pub(crate) fn secret(prompt: &str) -> Option<String> {
    if !io::stderr().is_terminal() {
        return None;
    }
    let terminal = if io::stdin().is_terminal() { Terminal::new() } else { Terminal::controlling() };
    terminal.and_then(|mut terminal| terminal.secret(prompt)).ok()
}

#[cfg(not(unix))]
pub(crate) fn secret(_: &str) -> Option<String> {
    None
}

/// Runs a session to its end, or until somebody wants to answer later.
pub(crate) fn finish(
    mut session: Session,
    arguments: &HumanArguments,
    mut answers: BTreeMap<String, Value>,
    rerun: &str,
) -> Result<Outcome, CliError> {
    let mut progress = session.advance()?;
    loop {
        let question = match progress {
            Progress::Done(completed) => return Ok(Outcome::Completed(completed)),
            Progress::Waiting(question) => question,
        };
        let id = question.step.id.clone();
        progress = match (answers.get(&id), arguments.mode) {
            (Some(answer), _) => session.answer(answer)?,
            (None, Some(Mode::Mark)) => {
                session.decide(Decision::marked())?;
                session.advance()?
            }
            (None, Some(Mode::Ask) | None) if is_terminal() => {
                match at_terminal(&mut session, &question, &arguments.person.actor())? {
                    Some((answer, progress)) => {
                        answers.insert(id, answer);
                        progress
                    }
                    None => return Ok(Outcome::Later(answers)),
                }
            }
            (None, Some(Mode::Ask | Mode::Pause) | None) => return Err(needs_answer(&question, rerun)),
        };
    }
}

/// Asks until something can follow from the answer; nothing, if the person wants to answer later.
fn at_terminal(
    session: &mut Session,
    question: &Question,
    person: &Actor,
) -> Result<Option<(Value, Progress)>, CliError> {
    let assignees = &question.step.assignees;
    if !assignees.is_empty() && !assignees.iter().any(|assignee| Actor::new(assignee) == *person) {
        let step = question.step.id.clone();
        return Err(Refusal::AsksOthers { step, person: person.to_string(), assignees: assignees.join(", ") }.into());
    }
    to_stderr(&format!("\n{}", waiting::asked_here(question, needs_schema(&question.step))));
    if question.step.approvals > 1 || question.step.not_starter {
        to_stderr("it takes others to decide this, so the run is kept\n");
        return Ok(None);
    }
    loop {
        let Some(answer) = asked(question)? else { return Ok(None) };
        match session.answer(&answer) {
            // Nothing has happened, so the person is asked again.
            Err(HostError::Decision(error)) => refuse(&error),
            answered => return Ok(Some((answer, answered?))),
        }
    }
}

/// Shows a question of a run in the journal and asks it; nothing, if the person wants to answer later.
pub(crate) fn ask(question: &Question, shown: &str) -> Result<Option<Value>, CliError> {
    to_stderr(shown);
    asked(question)
}

/// Says why an answer was sent back, and asks once more; nothing, if the person wants to answer later.
pub(crate) fn ask_again(question: &Question, error: &DecisionError) -> Result<Option<Value>, CliError> {
    refuse(error);
    asked(question)
}

fn refuse(error: &DecisionError) {
    to_stderr(&format!("{}\n", printable(&error.to_string())));
}

/// Asks until the answer fits; what was right of it is not asked for again.
fn asked(question: &Question) -> Result<Option<Value>, CliError> {
    let step = &question.step;
    let refused = |error| Refusal::NotAnswered { step: step.id.clone(), error };
    let mut form = Form::new(step);
    loop {
        let filled = Terminal::new().and_then(|mut terminal| form.fill(&mut terminal));
        let answer = match filled {
            Ok(answer) => answer,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                to_stderr("\n");
                return Ok(None);
            }
            Err(error) => {
                to_stderr("\n");
                return Err(refused(error).into());
            }
        };
        match check_decision(step, &answer) {
            Ok(()) => return Ok(Some(answer)),
            Err(error) => {
                refuse(&error);
                form.reject(&error);
            }
        }
    }
}

fn needs_answer(question: &Question, rerun: &str) -> CliError {
    let step = &question.step;
    let example = step.default.clone().or_else(|| step.choices.as_ref()?.first().cloned());
    let example = serde_json::json!({&step.id: example.unwrap_or_else(|| "…".into())});
    let mut question = step.description.clone();
    if let Some(choices) = &step.choices {
        let choices: Vec<_> = choices.iter().map(Value::to_string).collect();
        question.push_str(&format!(" (one of {})", choices.join(", ")));
    }
    let help = format!(
        "write the answer to a file, such as {example}, and add `--answers FILE` to `{rerun}`; or run it at a \
             terminal to be asked, with `--mode pause` to keep it until it is answered, or with `--mode mark` to \
             pass without an answer"
    );
    Refusal::Waiting { step: step.id.clone(), question, help }.into()
}
