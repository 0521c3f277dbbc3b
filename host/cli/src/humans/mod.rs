//! Human steps at the command line: answered from a file, asked at the terminal, marked, or waited for.

mod form;

use std::collections::BTreeMap;
use std::io::{self, IsTerminal};

use dialoguer::{Input, Select};
use serde_json::Value;
use sortie_host::{Completed, Decision, Progress, Question, Session, check_decision};

use crate::error::CliError;
use crate::input;
use crate::options::{HumanArguments, Mode};
use crate::render::{day_plan, pretty, printable, printable_lines, to_stderr};
use form::Prompt;

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
        let context =
            day_plan::of_context(context).unwrap_or_else(|| format!("{}\n", printable_lines(&pretty(context))));
        shown.push_str(&context);
    }
    to_stderr(&shown);
    loop {
        let answer = form::answer(step, &mut Terminal).map_err(|error| CliError::Input {
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

/// The terminal of this process.
struct Terminal;

impl Prompt for Terminal {
    fn select(&mut self, prompt: &str, items: &[String], preset: usize) -> io::Result<usize> {
        let select = Select::new().with_prompt(prompt).items(items).default(preset);
        select.interact().map_err(io::Error::from)
    }

    fn line(&mut self, prompt: &str) -> io::Result<String> {
        let input = Input::<String>::new().with_prompt(prompt).allow_empty(true);
        input.interact_text().map_err(io::Error::from)
    }
}
