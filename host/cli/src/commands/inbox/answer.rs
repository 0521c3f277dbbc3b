//! `sortie inbox answer`.

use std::io::{self, IsTerminal};
use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};
use sortie_attestation::{SigningKey, UnsignedDecision};
use sortie_engine::HumanStep;
use sortie_host::Question;
use sortie_host::journal::{
    Actor, AnsweredRun, Authority, Clock, DecideError, DecideOutcome, Inbox, InboxEntry, InvalidToken, JournalError,
    NewAnswer, OpenQuestion, ResumeOutcome, RunError, RunId, Signature, SystemClock, Token, Which,
};
use sortie_journal_stores::Store;
use sortie_json::ContentHash;

use crate::candidates;
use crate::error::{CliError, Exit};
use crate::journal::{Driver, ResumeSetup, find};
use crate::options::{ActorArguments, Format, JournalArguments, PluginArguments};
use crate::refusal::Refusal;
use crate::render::waiting::{self, plain};
use crate::render::{note, print, print_json, printable};
use crate::signing::{AttestArguments, Attester};
use crate::{humans, input, signing};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The run's name, or the beginning of it.
    #[arg(add = candidates::runs())]
    run: RunId,
    /// Choose one of the choices that the step offers.
    #[arg(long, value_name = "CHOICE", conflicts_with = "value", allow_hyphen_values = true)]
    choice: Option<String>,
    /// Answer with this value: JSON, or else the text itself; `@FILE` for a file in JSON, YAML or TOML.
    #[arg(long, value_name = "JSON|TEXT|@FILE", allow_hyphen_values = true)]
    value: Option<String>,
    /// Use the token that was printed with the question: it names the question, and its bearer may answer. With access
    /// to the journal, no token is needed. Set it in the variable to hide it from other users of the machine.
    #[arg(long, value_name = "TOKEN", env = "SORTIE_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// Answer this step, where there is no token and the run has asked at more than one.
    #[arg(long, value_name = "STEP", conflicts_with = "token")]
    step: Option<String>,
    #[command(flatten)]
    person: ActorArguments,
    /// Keep a remark with the answer.
    #[arg(long, value_name = "TEXT")]
    comment: Option<String>,
    /// Sign the answer with this Ed25519 key (OpenSSH or PKCS#8): the question, the answer, the run, the step, who
    /// answers and when. `sortie verify --signers` checks it. A passphrase is asked for at the
    /// terminal, or read from the file that `SORTIE_KEY_PASSPHRASE_FILE` names.
    #[arg(long, value_name = "KEY")]
    sign: Option<PathBuf>,
    /// Record the answer without resuming the run: `sortie resume` resumes it later.
    #[arg(long)]
    no_resume: bool,
    /// Resume even if a plugin is not the one that the run began with; the receipt says so.
    #[arg(long)]
    allow_changed_plugin: bool,
    /// Save the plugin call that fails to this file: `sortie plugin replay FILE` repeats it.
    #[arg(long, value_name = "FILE", conflicts_with = "no_resume")]
    save_failure: Option<PathBuf>,
    /// Write a bundle for `sortie verify` if the run ends: the result and everything it was made from.
    #[arg(long, value_name = "FILE", conflicts_with = "no_resume")]
    bundle: Option<PathBuf>,
    #[command(flatten)]
    attest: AttestArguments,
    #[command(flatten)]
    journal: JournalArguments,
    #[command(flatten)]
    plugins: PluginArguments,
}

/// Answers what a run waits for, and resumes it.
pub(crate) fn answer(arguments: &Arguments, format: Format) -> Result<Exit, CliError> {
    let token = arguments.token.as_deref().map(str::parse::<Token>).transpose().map_err(wrong_token)?;
    let journal = arguments.journal.open()?;
    let run = &find(&*journal, &arguments.run)?;
    let by = arguments.person.actor();
    let key = arguments.sign.as_deref().map(signing::key).transpose()?;
    let clock = journal.clock();
    let inbox = Inbox::new(&*journal, &*clock);
    let Some(mut given) = given(arguments, (run, &by), &inbox)? else { return Ok(later(run)) };
    let comment = arguments.comment.as_deref();
    let attester = arguments.attest.attester(arguments.bundle.as_deref())?;
    let driver = driver(arguments, attester.as_ref(), &journal)?;
    let (AnsweredRun { outcome: decided, followed }, is_signed) = loop {
        let authority = match (&token, &given.step) {
            (Some(token), _) => Authority::Token(token),
            (None, Some(step)) => Authority::Owner(Which::Step(step)),
            (None, None) => Authority::Owner(Which::Last),
        };
        let signature = match &key {
            Some(key) => given.signed(key, (run, &by), comment)?,
            None => None,
        };
        let seen = given.seen.as_ref().map(|question| question.hash);
        let answer = NewAnswer {
            run,
            authority,
            value: &given.value,
            actor: &by,
            comment,
            // What was signed is the answer to that question alone.
            question: signature.as_ref().and(given.open).or(seen),
            signature: signature.as_ref(),
        };
        let decided = if arguments.no_resume { driver.decide(&answer) } else { driver.answer(&answer) };
        match (decided, &given.seen) {
            // Nothing has happened, so who is at the terminal is asked again.
            (Err(RunError::Decide(DecideError::Refused(error))), Some(question)) => {
                match humans::ask_again(question, &error)? {
                    Some(value) => given.value = value,
                    None => return Ok(later(run)),
                }
            }
            (decided, _) => break (decided?, signature.is_some()),
        }
    };
    if arguments.no_resume {
        return kept(arguments, run, &decided, format);
    }
    match &decided {
        DecideOutcome::Accepted { at } => note(decided.code(), &format!("run `{run}` was answered by {by} at {at}")),
        DecideOutcome::Approved { at, approvals, needed } => {
            note(decided.code(), &format!("{by} agreed at {at}: {approvals} of {needed}; run `{run}` still waits"));
            return Ok(Exit::Waiting);
        }
        DecideOutcome::Already { by, at } => {
            note(decided.code(), &format!("run `{run}` was answered alike by {by} at {at}; that answer stands"));
            if is_signed {
                note(decided.code(), "your signature is not kept");
            }
        }
    }
    match followed {
        Some((segment, _)) => driver.report_of(run, ResumeOutcome::Drove(segment), format),
        None => driver.report(run, format),
    }
}

/// Says that the person at the terminal wants to answer later.
fn later(run: &RunId) -> Exit {
    note("waiting", &format!("run `{run}` still waits"));
    Exit::Waiting
}

/// Says that the answer is in the journal.
fn kept(arguments: &Arguments, run: &RunId, decided: &DecideOutcome, format: Format) -> Result<Exit, CliError> {
    let own = arguments.person.actor();
    let (by, at) = match decided {
        DecideOutcome::Accepted { at } | DecideOutcome::Approved { at, .. } => (&own, at),
        DecideOutcome::Already { by, at } => (by, at),
    };
    match format {
        Format::Json => {
            print_json(&json!({"code": decided.code(), "run": run, "actor": by, "at": at}))?;
            if matches!(decided, DecideOutcome::Approved { .. }) {
                return Ok(Exit::Waiting);
            }
        }
        Format::Human => {
            let by = printable(&by.to_string());
            let already = match decided {
                DecideOutcome::Approved { approvals, needed, .. } => {
                    print(&format!("{by} agreed at {at}: {approvals} of {needed}; run {run} still waits\n"))?;
                    return Ok(Exit::Waiting);
                }
                DecideOutcome::Accepted { .. } => "",
                DecideOutcome::Already { .. } => " alike, before,",
            };
            print(&format!("run {run} was answered{already} by {by} at {at}; `sortie resume {run}` resumes it\n"))?;
        }
    }
    Ok(Exit::Done)
}

fn driver<'a>(
    arguments: &'a Arguments,
    attester: Option<&'a Attester>,
    journal: &'a Store,
) -> Result<Driver<'a>, CliError> {
    let setup = ResumeSetup {
        journal: &arguments.journal,
        plugins: &arguments.plugins,
        allow_changed_plugin: arguments.allow_changed_plugin,
        save_failure: arguments.save_failure.as_deref(),
        bundle: arguments.bundle.as_deref(),
        attester,
    };
    Driver::begin(setup, journal)
}

/// What is answered, and to which step, where that is known.
struct GivenAnswer {
    step: Option<String>,
    value: Value,
    /// The question, if it was put to the person here.
    seen: Option<Question>,
    /// The hash of the question that waits, if this is an answer to it.
    open: Option<ContentHash>,
}

impl GivenAnswer {
    /// A signature of it; none, where nothing waits for it: why is told as of any answer.
    fn signed(
        &self,
        key: &SigningKey,
        (run, actor): (&RunId, &Actor),
        comment: Option<&str>,
    ) -> Result<Option<Signature>, CliError> {
        let (Some(question), Some(step)) = (self.open, &self.step) else { return Ok(None) };
        let decision = UnsignedDecision { run, step, question, value: &self.value, actor, comment };
        let signature = decision.sign(key, SystemClock.now()).map_err(|error| CliError::Error(Box::new(error)))?;
        Ok(Some(signature))
    }
}

/// What is answered; nothing, if the person at the terminal wants to answer later.
fn given(
    arguments: &Arguments,
    (run, by): (&RunId, &Actor),
    inbox: &Inbox<'_>,
) -> Result<Option<GivenAnswer>, CliError> {
    let shown = match inbox.show(run) {
        Ok(shown) => Some(shown),
        // That there is no such wait is told as every answer is told it.
        Err(RunError::Journal(JournalError::UnknownRun { .. })) => None,
        Err(error) => return Err(error.into()),
    };
    let steps = shown.as_ref().map(asked_steps).unwrap_or_default();
    let value = match (&arguments.value, &arguments.choice) {
        (Some(text), _) => input::json_or_text(text, "--value")?,
        (None, Some(choice)) => chosen(choice, &steps),
        (None, None) => return asked((run, by), shown.as_ref()),
    };
    let step = match (&arguments.step, steps.as_slice()) {
        (Some(step), _) => Some(step.clone()),
        // Should the run be resumed meanwhile, the answer is not taken for one to its next question.
        (None, [only]) => Some(only.id.clone()),
        (None, [_, ..]) if arguments.token.is_none() => return Err(which_step(run, &steps)),
        (None, _) => None,
    };
    let question = shown.as_ref().and_then(|shown| shown.question.as_ref());
    let open = question.filter(|question| step.as_ref().is_none_or(|step| *step == question.step.id));
    let step = step.or_else(|| open.map(|question| question.step.id.clone()).filter(|_| arguments.sign.is_some()));
    Ok(Some(GivenAnswer { step, value, seen: None, open: open.map(|question| question.hash) }))
}

/// An answer that is given at the terminal.
fn asked((run, by): (&RunId, &Actor), shown: Option<&InboxEntry>) -> Result<Option<GivenAnswer>, CliError> {
    if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
        return Err(Refusal::NoAnswer { run: run.to_string() }.into());
    }
    let Some(shown) = shown else { return Err(RunError::from(DecideError::UnknownWait { run: run.clone() }).into()) };
    let Some(question) = &shown.question else {
        let status = shown.record.summary.status.to_string();
        return Err(Refusal::NotWaiting { run: run.to_string(), status }.into());
    };
    let summary = shown.record.summary.clone();
    if let Some(wait) = summary.wait.as_ref().filter(|wait| !wait.may_answer(by)) {
        let error = DecideError::NotAssignee { actor: by.clone(), assignees: wait.assignees.clone() };
        return Err(RunError::from(error).into());
    }
    let waits = OpenQuestion { summary, question: question.clone() };
    let answer = humans::ask(question, &waiting::question_to_answer(&waits, humans::needs_schema(&question.step)))?;
    Ok(answer.map(|value| GivenAnswer {
        step: Some(question.step.id.clone()),
        value,
        seen: Some(question.clone()),
        open: Some(question.hash),
    }))
}

fn which_step(run: &RunId, steps: &[HumanStep]) -> CliError {
    let names: Vec<_> = steps.iter().rev().map(|step| format!("`{}`", step.id)).collect();
    Refusal::WhichStep { run: run.to_string(), steps: names }.into()
}

/// The human steps that were asked so far, last first.
fn asked_steps(shown: &InboxEntry) -> Vec<HumanStep> {
    let steps = shown.waits().into_iter().rev();
    steps.filter_map(|found| serde_json::from_value(found.wait.details.clone()).ok()).collect()
}

/// The choice that a word stands for; a string, where it stands for none: then the step says what it offers.
fn chosen(word: &str, steps: &[HumanStep]) -> Value {
    let mut choices = steps.iter().flat_map(|step| step.choices.iter().flatten());
    choices.find(|choice| plain(choice) == word).cloned().unwrap_or_else(|| Value::String(word.to_owned()))
}

fn wrong_token(error: InvalidToken) -> CliError {
    CliError::Error(Box::new(error))
}
