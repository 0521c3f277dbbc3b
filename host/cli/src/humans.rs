//! Human steps at the command line: answered from a file, asked at the terminal, marked, or waited for.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal};

use dialoguer::{Input, Select};
use serde_json::Value;
use sortie_host::{Completed, Decision, Progress, Question, Session, check_decision};

use crate::arguments::{HumanArguments, Mode};
use crate::error::CliError;
use crate::input;
use crate::render::{pretty, printable, to_stderr};

/// Runs a session to its end.
pub(crate) fn finish(mut session: Session, arguments: &HumanArguments, rerun: &str) -> Result<Completed, CliError> {
    let answers = input::answers(arguments.answers.as_deref())?;
    loop {
        match session.advance()? {
            Progress::Done(completed) => return Ok(*completed),
            Progress::Waiting(question) => session.decide(decide(&question, arguments, &answers, rerun)?)?,
        }
    }
}

fn decide(
    question: &Question,
    arguments: &HumanArguments,
    answers: &BTreeMap<String, Value>,
    rerun: &str,
) -> Result<Decision, CliError> {
    if let Some(answer) = answers.get(&question.step.id) {
        return Ok(Decision::answered(answer.clone()));
    }
    let terminal = io::stdin().is_terminal() && io::stderr().is_terminal();
    match arguments.mode {
        Some(Mode::Mark) => Ok(Decision::marked()),
        Some(Mode::Ask) | None if terminal => ask(question).map(Decision::answered),
        Some(Mode::Ask | Mode::Pause) | None => Err(waiting(question, rerun)),
    }
}

fn waiting(question: &Question, rerun: &str) -> CliError {
    let step = &question.step;
    let example = step.default.clone().or_else(|| step.choices.as_ref()?.first().cloned());
    let example = serde_json::json!({&step.id: example.unwrap_or_else(|| "…".into())});
    let mut message = format!("the human step `{}` waits for an answer: {}", step.id, step.description);
    if let Some(choices) = &step.choices {
        let choices: Vec<_> = choices.iter().map(Value::to_string).collect();
        message.push_str(&format!(" (one of {})", choices.join(", ")));
    }
    CliError::Waiting {
        message,
        help: format!(
            "write the answer to a file, such as {example}, and add `--answers FILE` to `{rerun}`; or run it at a \
             terminal to be asked, with `--mode pause` to keep it until it is answered, or with `--mode mark` to \
             pass without an answer"
        ),
    }
}

/// Asks at the terminal until the answer fits.
pub(crate) fn ask(question: &Question) -> Result<Value, CliError> {
    let step = &question.step;
    let mut shown = format!("\n{}\n", printable(&step.description));
    if let Some(context) = &question.context {
        shown.push_str(&format!("{}\n", printable(&pretty(context))));
    }
    to_stderr(&shown);
    loop {
        let answer = match &step.choices {
            Some(choices) => choose(choices, step.default.as_ref()),
            None => type_in(step.default.as_ref()),
        };
        let answer = answer.map_err(|error| CliError::Input {
            code: "no_answer",
            message: format!("the human step `{}` was not answered: {error}", step.id),
            help: Some("answer it with `--answers FILE`, or pass it with `--mode mark`".to_owned()),
        })?;
        match check_decision(step, &answer) {
            Ok(()) => return Ok(answer),
            Err(error) => to_stderr(&format!("{}\n", printable(&error.to_string()))),
        }
    }
}

fn choose(choices: &[Value], default: Option<&Value>) -> Result<Value, dialoguer::Error> {
    let shown: Vec<String> = choices.iter().map(|choice| printable(&plain(choice))).collect();
    let preset = default.and_then(|default| choices.iter().position(|choice| choice == default)).unwrap_or(0);
    let index = Select::new().with_prompt("Your answer").items(&shown).default(preset).interact()?;
    Ok(choices.get(index).cloned().unwrap_or(Value::Null))
}

/// An answer as JSON, or, where it is none, as a string.
fn type_in(default: Option<&Value>) -> Result<Value, dialoguer::Error> {
    let mut prompt = Input::<String>::new().with_prompt("Your answer (JSON or text)");
    if let Some(default) = default {
        prompt = prompt.default(default.to_string());
    }
    let text = prompt.interact_text()?;
    Ok(sortie_engine::json::parse_str(&text).unwrap_or(Value::String(text)))
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
