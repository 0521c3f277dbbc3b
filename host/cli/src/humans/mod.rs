//! Human steps at the command line: answered from a file, asked at the terminal, marked, or waited for.

mod form;

use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use dialoguer::{Input, Select};
use serde_json::Value;
use signal_hook::consts::SIGINT;
use signal_hook::flag;
use sortie_host::{Completed, Decision, HostError, Progress, Question, Session, WorkflowDefinition, check_decision};
use sortie_json::nearest;

use crate::error::CliError;
use crate::input;
use crate::options::{HumanArguments, Mode};
use crate::refusal::Refusal;
use crate::render::{display, pretty, printable, printable_lines, to_stderr};
use form::Prompt;

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

/// Runs a session to its end.
pub(crate) fn finish(
    mut session: Session,
    arguments: &HumanArguments,
    answers: &BTreeMap<String, Value>,
    rerun: &str,
) -> Result<Completed, CliError> {
    let mut progress = session.advance()?;
    loop {
        progress = match progress {
            Progress::Done(completed) => return Ok(*completed),
            Progress::Waiting(question) => answer(&mut session, &question, arguments, (answers, rerun))?,
        }
    }
}

/// Gets the answer to a question, and takes the run to the next one.
fn answer(
    session: &mut Session,
    question: &Question,
    arguments: &HumanArguments,
    (answers, rerun): (&BTreeMap<String, Value>, &str),
) -> Result<Progress, CliError> {
    if let Some(answer) = answers.get(&question.step.id) {
        return Ok(session.answer(answer)?);
    }
    let terminal = io::stdin().is_terminal() && io::stderr().is_terminal();
    match arguments.mode {
        Some(Mode::Mark) => {
            session.decide(Decision::marked())?;
            Ok(session.advance()?)
        }
        Some(Mode::Ask) | None if terminal => loop {
            match session.answer(&ask(question)?) {
                // Nothing has happened, so the person is asked again.
                Err(HostError::Decision(error)) => to_stderr(&format!("{}\n", printable(&error.to_string()))),
                answered => return Ok(answered?),
            }
        },
        Some(Mode::Ask | Mode::Pause) | None => Err(waiting(question, rerun)),
    }
}

fn waiting(question: &Question, rerun: &str) -> CliError {
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

/// Asks at the terminal until the answer fits.
pub(crate) fn ask(question: &Question) -> Result<Value, CliError> {
    let step = &question.step;
    let mut shown = format!("\n{}\n", printable(&step.description));
    shown.push_str(&display::of_question(&question.displays));
    if let Some(context) = &question.context {
        shown.push_str(&format!("{}\n", printable_lines(&pretty(context))));
    }
    to_stderr(&shown);
    loop {
        let answer = form::answer(step, &mut Terminal::new())
            .map_err(|error| Refusal::NotAnswered { step: step.id.clone(), error })?;
        match check_decision(step, &answer) {
            Ok(()) => return Ok(answer),
            Err(error) => to_stderr(&format!("{}\n", printable(&error.to_string()))),
        }
    }
}

/// The terminal of this process, while somebody is asked.
struct Terminal {
    /// Where it is set, Ctrl-C ends the process as it does elsewhere.
    ends: Arc<AtomicBool>,
}

impl Terminal {
    fn new() -> Self {
        static ENDS: OnceLock<Arc<AtomicBool>> = OnceLock::new();
        let ends = ENDS.get_or_init(|| {
            let ends = Arc::new(AtomicBool::new(true));
            // Where a signal cannot be caught, it ends the process.
            let _ = flag::register_conditional_default(SIGINT, Arc::clone(&ends));
            ends
        });
        Self { ends: Arc::clone(ends) }
    }

    /// Asks. What was typed before the question is no answer to it, and Ctrl-C ends the question alone.
    fn ask<T>(&self, question: impl FnOnce() -> dialoguer::Result<T>) -> io::Result<T> {
        forget_typed();
        self.ends.store(false, Ordering::SeqCst);
        let answered = question();
        self.ends.store(true, Ordering::SeqCst);
        if answered.is_err() {
            // A list that was left leaves the cursor hidden.
            let _ = io::stderr().write_all(b"\x1b[?25h");
        }
        answered.map_err(io::Error::from)
    }
}

#[cfg(unix)]
fn forget_typed() {
    // Where that is not possible, there is nothing typed ahead either.
    let _ = nix::sys::termios::tcflush(io::stdin(), nix::sys::termios::FlushArg::TCIFLUSH);
}

#[cfg(not(unix))]
fn forget_typed() {}

impl Prompt for Terminal {
    fn select(&mut self, prompt: &str, items: &[String], preset: Option<usize>) -> io::Result<usize> {
        let select = Select::new().with_prompt(prompt).items(items);
        self.ask(|| match preset {
            Some(preset) => select.default(preset).interact(),
            None => select.interact(),
        })
    }

    fn line(&mut self, prompt: &str) -> io::Result<String> {
        self.ask(|| Input::<String>::new().with_prompt(prompt).allow_empty(true).interact_text())
    }
}
