//! `sortie inbox answer`.

use std::io::{self, IsTerminal};

use clap::Args;
use serde_json::{Value, json};
use sortie_engine::HumanStep;
use sortie_host::journal::{
    Answer, Authority, Decided, Inbox, InvalidToken, RunId, Shown, SqliteJournal, SystemClock, Token, Which,
};

use crate::arguments::{Format, PluginArguments};
use crate::error::{CliError, Exit};
use crate::journal::{Going, JournalArguments, actor, go_on, report};
use crate::render::waiting::plain;
use crate::render::{note, print, print_json, printable};
use crate::{humans, input};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The run.
    run: RunId,
    /// The choice that is made, of those that the step offers.
    #[arg(long, value_name = "CHOICE", conflicts_with = "value")]
    choice: Option<String>,
    /// The answer: JSON, or `@FILE` for a file in JSON, YAML or TOML.
    #[arg(long, value_name = "JSON|@FILE")]
    value: Option<String>,
    /// The token that was printed when the question was asked: it tells which question is meant, and that its bearer
    /// may answer. Who has the journal needs none.
    #[arg(long, value_name = "TOKEN")]
    token: Option<String>,
    /// The step that is answered, where no token tells. Without it, the one that was asked last.
    #[arg(long, value_name = "STEP", conflicts_with = "token")]
    step: Option<String>,
    /// Who answers. Without it, the user.
    #[arg(long, value_name = "NAME", env = "SORTIE_ACTOR", hide_env_values = true)]
    actor: Option<String>,
    /// A remark that is kept with the answer.
    #[arg(long, value_name = "TEXT")]
    comment: Option<String>,
    /// Keep the answer and do not go on with the run: `sortie resume` does that later.
    #[arg(long)]
    no_resume: bool,
    /// Go on although a plugin is not the one that the run began with; the receipt says so.
    #[arg(long)]
    allow_changed_plugin: bool,
    #[command(flatten)]
    journal: JournalArguments,
    #[command(flatten)]
    plugins: PluginArguments,
}

/// Answers what a run waits for, and goes on with it.
pub(crate) fn answer(arguments: &Arguments, format: Format) -> Result<Exit, CliError> {
    let run = &arguments.run;
    let token = arguments.token.as_deref().map(str::parse::<Token>).transpose().map_err(wrong_token)?;
    let journal = arguments.journal.open()?;
    let by = actor(arguments.actor.as_deref());
    let inbox = Inbox::new(&journal, &SystemClock);
    let given = given(arguments, &inbox)?;
    let authority = match (&token, &given.step) {
        (Some(token), _) => Authority::Token(token),
        (None, Some(step)) => Authority::Owner(Which::Step(step)),
        (None, None) => Authority::Owner(Which::Last),
    };
    let comment = arguments.comment.as_deref();
    let decided = inbox.decide(&Answer { run, authority, value: &given.value, actor: &by, comment })?;
    if let Decided::Already { by, at } = &decided {
        note(decided.code(), &format!("the same decision was made by {by} at {at}; it stands"));
    }
    if arguments.no_resume {
        return kept(arguments, &decided, format);
    }
    resume(arguments, &journal, format)
}

/// Says that the answer is in the journal.
fn kept(arguments: &Arguments, decided: &Decided, format: Format) -> Result<Exit, CliError> {
    let run = &arguments.run;
    let own = actor(arguments.actor.as_deref());
    let (by, at) = match decided {
        Decided::Accepted { at } => (&own, at),
        Decided::Already { by, at } => (by, at),
    };
    match format {
        Format::Json => print_json(&json!({"code": decided.code(), "run": run, "actor": by, "at": at}))?,
        Format::Human => {
            print(&printable(&format!(
                "run {run} was answered by {by} at {at}; `sortie resume {run}` goes on with it\n"
            )))?;
        }
    }
    Ok(Exit::Done)
}

fn resume(arguments: &Arguments, journal: &SqliteJournal, format: Format) -> Result<Exit, CliError> {
    let going = Going {
        journal: &arguments.journal,
        plugins: &arguments.plugins,
        allow_changed_plugin: arguments.allow_changed_plugin,
    };
    let run = &arguments.run;
    let mut exit = Exit::Done;
    let gone_on = go_on(&going, journal, std::slice::from_ref(run), &mut |run, resumed| {
        exit = report(run, resumed?, &going, format)?;
        Ok(())
    });
    if gone_on.is_err() {
        note("decided", &format!("the answer is kept; `sortie resume {run}` goes on with the run"));
    }
    gone_on.map(|()| exit)
}

/// What is answered, and to which step, where that is known.
struct Given {
    step: Option<String>,
    value: Value,
}

fn given(arguments: &Arguments, inbox: &Inbox<'_>) -> Result<Given, CliError> {
    let step = arguments.step.clone();
    if let Some(text) = &arguments.value {
        return Ok(Given { step, value: input::value(text, "--value")? });
    }
    if let Some(choice) = &arguments.choice {
        let steps = inbox.show(&arguments.run).map(|shown| asked_steps(&shown)).unwrap_or_default();
        return Ok(Given { step, value: chosen(choice, &steps) });
    }
    let terminal = io::stdin().is_terminal() && io::stderr().is_terminal();
    if !terminal {
        return Err(CliError::Usage {
            code: "no_answer",
            message: format!("there is no answer to run `{}`, and no terminal to ask at", arguments.run),
            help: "add `--choice CHOICE` or `--value JSON`".to_owned(),
        });
    }
    let shown = inbox.show(&arguments.run)?;
    let Some(question) = &shown.question else {
        return Err(CliError::Input {
            code: "not_waiting",
            message: format!("run `{}` waits for nobody: it is {}", arguments.run, shown.record.summary.status),
            help: Some(format!("`sortie inbox show {}` tells what happened", arguments.run)),
        });
    };
    Ok(Given { step: Some(question.step.id.clone()), value: humans::ask(question)? })
}

/// The human steps that were asked so far, last first.
fn asked_steps(shown: &Shown) -> Vec<HumanStep> {
    let steps = shown.waits().into_iter().rev();
    steps.filter_map(|found| serde_json::from_value(found.wait.details.clone()).ok()).collect()
}

/// The choice that a word stands for; a string, where it stands for none: then the step says what it offers.
fn chosen(word: &str, steps: &[HumanStep]) -> Value {
    let mut choices = steps.iter().flat_map(|step| step.choices.iter().flatten());
    choices.find(|choice| plain(choice) == word).cloned().unwrap_or_else(|| Value::String(word.to_owned()))
}

fn wrong_token(error: InvalidToken) -> CliError {
    CliError::Input {
        code: error.code(),
        message: error.to_string(),
        help: Some("use the token that was printed when the question was asked".to_owned()),
    }
}
