//! What a run waits for, and how to answer.

use std::path::Path;

use anstyle::{AnsiColor, Style};
use serde_json::{Value, json};
use sortie_engine::{choice_in_ascii, choice_label};
use sortie_host::journal::{DecisionRecord, NewQuestion, OpenQuestion, RunId, Timestamp, Token};
use sortie_host::{FieldWords, HumanStep, Question, as_blocks, schema_words};
use sortie_journal_stores::Location;

use super::{PrintError, display, pretty, print, print_json, printable, printable_lines};
use crate::options::{Format, JournalArguments, PluginArguments};

const WAITS: Style = AnsiColor::Yellow.on_default().bold();
const DIM: Style = Style::new().dimmed();

/// What the command that answers has to repeat of the command line.
#[derive(Clone, Copy)]
pub(crate) struct AnswerCommand<'a> {
    pub(crate) journal: &'a JournalArguments,
    pub(crate) plugins: &'a PluginArguments,
}

/// Prints what is asked now, with the token.
pub(crate) fn print_asked(asked: &NewQuestion, command: AnswerCommand<'_>, format: Format) -> Result<(), PrintError> {
    match format {
        Format::Json => print_json(&to_json(&asked.waiting, Some(&asked.token), command)),
        Format::Human => {
            let mut text = String::new();
            for step in &asked.log {
                for line in &step.lines {
                    let message = printable(&line.message);
                    let step = printable(&step.step_id);
                    text.push_str(&format!("{DIM}{step} {}: {message}{DIM:#}\n", line.level));
                }
            }
            text.push_str(&question(&asked.waiting));
            text.push_str(&format!(
                "answer with (the token is shown this once)\n  {}\n",
                command.line(&asked.waiting, Some(&asked.token))
            ));
            print(&text)
        }
    }
}

/// Prints what is asked still.
pub(crate) fn print_waits(waits: &OpenQuestion, command: AnswerCommand<'_>, format: Format) -> Result<(), PrintError> {
    match format {
        Format::Json => print_json(&to_json(waits, None, command)),
        Format::Human => {
            let line = command.line(waits, None);
            print(&format!("{}answer with\n  {line}\n", question(waits)))
        }
    }
}

/// How many lines of a context or a schema are shown where the whole is not what is asked for.
const SHOWN_LINES: usize = 12;

/// What is asked, its context, and what an answer has to be, so that it fits a screen.
fn question(waits: &OpenQuestion) -> String {
    question_in(waits, SHOWN_LINES, SchemaDetail::Beginning)
}

/// The same, as long as it is.
pub(crate) fn whole_question(waits: &OpenQuestion) -> String {
    question_in(waits, usize::MAX, SchemaDetail::Whole)
}

/// The same for who is then asked for the answer, field by field: the schema is shown where that asks for less.
pub(crate) fn question_to_answer(waits: &OpenQuestion, shows_schema: bool) -> String {
    question_in(waits, usize::MAX, if shows_schema { SchemaDetail::Whole } else { SchemaDetail::ByForm })
}

/// How an answer's schema is told where it takes more than words.
#[derive(Clone, Copy, PartialEq, Eq)]
enum SchemaDetail {
    Whole,
    /// The beginning of it, or the titles of its alternatives.
    Beginning,
    /// By a form that asks for all of it, and has the default in it.
    ByForm,
}

fn question_in(waits: &OpenQuestion, lines: usize, told: SchemaDetail) -> String {
    let (summary, step) = (&waits.summary, &waits.question.step);
    let (run, mission) = (&summary.run, printable(&summary.mission));
    let mut text = format!("{WAITS}⏸{WAITS:#} {mission} waits for a person at `{}`: run {run}\n", printable(&step.id));
    text.push_str(&matter(&waits.question, lines, Some(run), told));
    if let Some(by) = &summary.started_by {
        text.push_str(&format!("{DIM}started by{DIM:#} {} at {}\n", printable(by.as_str()), summary.created_at));
    }
    if let Some(deadline) = summary.wait.as_ref().and_then(|wait| wait.deadline) {
        text.push_str(&format!("{DIM}until{DIM:#} {deadline}, then {}\n", after(step)));
    }
    text
}

/// A question that is asked at once, of a run that is in no journal.
pub(crate) fn asked_here(question: &Question, shows_schema: bool) -> String {
    matter(question, usize::MAX, None, if shows_schema { SchemaDetail::Whole } else { SchemaDetail::ByForm })
}

/// All that there is to know to decide.
fn matter(question: &Question, lines: usize, run: Option<&RunId>, told: SchemaDetail) -> String {
    let indented = |value: &Value| indented(value, lines, run);
    let step = &question.step;
    let mut text = format!("{}\n", printable(&step.description));
    text.push_str(&display::of_question(&question.displays));
    match (&question.context, &step.context) {
        (Some(context), pointer) => {
            let pointer = pointer.as_ref().map_or("", |pointer| pointer.as_str());
            text.push_str(&format!(
                "{DIM}context {}{DIM:#}\n{}",
                printable(pointer),
                begun(&display::of_blocks(&as_blocks(context)), lines, run)
            ));
        }
        (None, Some(pointer)) => {
            let pointer = printable(pointer.as_str());
            text.push_str(&format!(
                "{WAITS}the step wants to show what is at `{pointer}`, and there is nothing in the state{WAITS:#}\n"
            ));
        }
        (None, None) => {}
    }
    if let Some(choices) = &step.choices {
        let choices: Vec<_> = choices.iter().map(Value::to_string).collect();
        text.push_str(&format!("{DIM}one of{DIM:#} {}\n", printable(&choices.join(", "))));
    }
    if let Some(schema) = &step.schema {
        match (schema_words(schema), told) {
            (Some(fields), _) => text.push_str(&fields_in_words(&fields)),
            (None, SchemaDetail::ByForm) => {}
            (None, SchemaDetail::Beginning) if titles(schema).is_some() => {
                text.push_str(&format!("{DIM}the answer is one of{DIM:#}\n{}", titles(schema).unwrap_or_default()));
                if let Some(run) = run {
                    text.push_str(&format!("  {DIM}… in full: `sortie inbox show {run}`{DIM:#}\n"));
                }
            }
            (None, SchemaDetail::Whole | SchemaDetail::Beginning) => {
                text.push_str(&format!("{DIM}schema{DIM:#}\n{}", indented(schema)));
            }
        }
    }
    if let Some(default) = step.default.as_ref().filter(|_| told != SchemaDetail::ByForm) {
        text.push_str(&format!("{DIM}default{DIM:#} {}\n", printable(&default.to_string())));
    }
    if !step.assignees.is_empty() {
        text.push_str(&format!("{DIM}for{DIM:#} {}\n", printable(&step.assignees.join(", "))));
    }
    if step.approvals > 1 {
        text.push_str(&format!("{DIM}takes{DIM:#} {} people who agree\n", step.approvals));
    }
    if step.not_starter {
        text.push_str(&format!("{DIM}not for{DIM:#} the person who started the run\n"));
    }
    text
}

/// The alternatives of a schema that have titles, a line each, with the names of their members.
fn titles(schema: &Value) -> Option<String> {
    let alternatives = schema.get("oneOf").or_else(|| schema.get("anyOf"))?.as_array()?;
    let line = |alternative: &Value| {
        let title = alternative.get("title")?.as_str()?;
        let members = alternative.get("properties").and_then(Value::as_object);
        let members: Vec<&str> = members.into_iter().flat_map(|members| members.keys().map(String::as_str)).collect();
        let of_members = if members.is_empty() { String::new() } else { format!(": {}", members.join(", ")) };
        Some(format!("  {}\n", printable(&format!("{title}{of_members}"))))
    };
    alternatives.iter().map(line).collect()
}

/// What an answer has to be: a line for each of its members.
fn fields_in_words(fields: &[FieldWords]) -> String {
    if let [FieldWords { name, form, .. }] = fields
        && name.is_empty()
    {
        return format!("{DIM}the answer is{DIM:#} {}\n", printable(form));
    }
    let names: Vec<String> = fields.iter().map(|field| printable(&field.name)).collect();
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or_default();
    let mut text = format!("{DIM}the answer has{DIM:#}\n");
    for (name, field) in names.iter().zip(fields) {
        let blanks = " ".repeat(width.saturating_sub(name.chars().count()));
        let optional = if field.required { "" } else { " (may be left out)" };
        let described = field.description.as_deref().map(|described| format!(": {described}")).unwrap_or_default();
        text.push_str(&format!("  {name}{blanks}  {}{optional}\n", printable(&format!("{}{described}", field.form))));
    }
    text
}

/// Who agrees so far, of how many that have to.
pub(crate) fn approvals(given: &[(&DecisionRecord, Timestamp)], needed: u32) -> String {
    let mut text = String::new();
    for (decision, at) in given {
        let (actor, value) = (printable(decision.actor.as_str()), printable(&decision.value.to_string()));
        let alike = given.iter().filter(|(other, _)| other.value == decision.value).count();
        text.push_str(&format!("{DIM}agreed{DIM:#} {actor} to {value} at {at}: {alike} of {needed}\n"));
    }
    text
}

fn after(step: &HumanStep) -> &'static str {
    match step.on_expiry {
        sortie_engine::OnExpiry::Fail => "the step fails",
        sortie_engine::OnExpiry::Default => "the default is taken",
    }
}

fn indented(value: &Value, lines: usize, run: Option<&RunId>) -> String {
    let text = printable_lines(&pretty(value));
    let text = text.lines().fold(String::new(), |text, line| text + "  " + line + "\n");
    begun(&text, lines, run)
}

/// So many lines of a text, and where the others are.
fn begun(text: &str, lines: usize, run: Option<&RunId>) -> String {
    let mut shown: String = text.split_inclusive('\n').take(lines).collect();
    let left = text.lines().count().saturating_sub(lines);
    if let (true, Some(run)) = (left > 0, run) {
        shown.push_str(&format!("  {DIM}… and {left} lines more: `sortie inbox show {run}`{DIM:#}\n"));
    }
    shown
}

/// The same for programs.
pub(crate) fn to_json(waits: &OpenQuestion, token: Option<&Token>, command: AnswerCommand<'_>) -> Value {
    let (summary, step) = (&waits.summary, &waits.question.step);
    let wait = summary.wait.as_ref();
    json!({
        "status": summary.status,
        "run": summary.run,
        "mission": summary.mission,
        "step": step.id,
        "description": step.description,
        "displays": waits.question.displays,
        "context": waits.question.context,
        "schema": step.schema,
        "choices": step.choices,
        "default": step.default,
        "assignees": step.assignees,
        "approvals": step.approvals,
        "not_starter": step.not_starter,
        "started_by": summary.started_by,
        "question_hash": waits.question.hash,
        "asked_at": wait.map(|wait| wait.asked_at),
        "deadline": wait.and_then(|wait| wait.deadline),
        "on_expiry": step.on_expiry,
        "token": token.map(Token::reveal),
        "answer_with": command.words(waits, token),
    })
}

impl AnswerCommand<'_> {
    fn line(self, waits: &OpenQuestion, token: Option<&Token>) -> String {
        self.words(waits, token).iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
    }

    /// The command that answers: with the default, or the first choice; else it asks at a terminal.
    fn words(self, waits: &OpenQuestion, token: Option<&Token>) -> Vec<String> {
        let step = &waits.question.step;
        let mut words: Vec<String> =
            ["sortie", "inbox", "answer", waits.summary.run.as_str()].map(str::to_owned).into();
        let mut option = |name: &str, value: String| words.extend([format!("--{name}"), value]);
        if let Some(token) = token {
            option("token", token.reveal());
        }
        match (step.choices.as_ref().and_then(|choices| choices.first()), step.default.as_ref()) {
            (Some(choice), None) | (Some(_), Some(choice)) if passes(&choice_label(choice)) => {
                option("choice", choice_label(choice));
            }
            (Some(choice), None) | (_, Some(choice)) => option("value", choice_in_ascii(choice)),
            (None, None) => {}
        }
        for plugin in &self.plugins.paths {
            option("plugin", anywhere(plugin));
        }
        if let Some(journal) = &self.journal.journal {
            // A password is not shown, and not needed: it is in the variable that it came from, or is asked for.
            let shown = match Location::new(journal) {
                Ok(Location::File(path)) => anywhere(&path),
                Ok(location) => location.to_string(),
                Err(_) => String::new(),
            };
            option("journal", shown);
        }
        words
    }
}

/// A path that means the same in every folder.
fn anywhere(path: &Path) -> String {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string()
}

/// A choice as it is given on the command line: a string without its quotes.
pub(crate) fn plain(value: &Value) -> String {
    choice_label(value)
}

/// Whether a text is printed as it is, so that a command with it does what it says.
fn passes(text: &str) -> bool {
    printable(text) == text
}

/// A word as a POSIX shell takes it.
fn quoted(word: &str) -> String {
    let safe = |c: char| c.is_ascii_alphanumeric() || "-_./:=@,+".contains(c);
    if !word.is_empty() && word.chars().all(safe) {
        return word.to_owned();
    }
    format!("'{}'", printable(word).replace('\'', r"'\''"))
}
