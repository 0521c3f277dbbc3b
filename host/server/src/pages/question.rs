//! What a run asks: the question, what it is about, what each answer leads to, and the form for it.

use maud::{Markup, html};
use serde_json::Value;
use sortie_host::journal::{Actor, DecisionRecord, RunId, Timestamp};
use sortie_host::{HumanStep, Outlook, Question};

use super::shown;
use crate::decision::{Lookahead, Outlooks};
use crate::form::{self, Control, Entries, Field};
use crate::identity::{Caller, Role};
use crate::layout::{self, form_token, grouped, hash, notice, when};
use crate::problem::Problem;
use crate::text::{lines, text};

/// What stands in the form, and what is to be said of it.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    pub(crate) filled: Option<Entries>,
    /// Which of the forms it is.
    pub(crate) variant: Option<usize>,
    pub(crate) comment: String,
    /// The answer that was previewed, as JSON was written for it.
    pub(crate) ahead: Option<Lookahead>,
    pub(crate) refusal: Option<Problem>,
}

/// Everything about a question but the frame of the page.
pub(crate) struct QuestionPage<'a> {
    pub(crate) run: &'a RunId,
    pub(crate) question: &'a Question,
    pub(crate) deadline: Option<Timestamp>,
    pub(crate) asked_at: Option<Timestamp>,
    pub(crate) now: Timestamp,
    pub(crate) who: &'a Caller,
    /// The name for which this person has passkeys.
    pub(crate) passkeys: Option<&'a str>,
    pub(crate) outlooks: &'a Outlooks,
    pub(crate) draft: &'a Draft,
    pub(crate) started_by: Option<&'a Actor>,
    /// Who agrees to what so far, where it takes several people.
    pub(crate) approvals: &'a [(&'a DecisionRecord, Timestamp)],
}

impl QuestionPage<'_> {
    pub(crate) fn show(&self) -> Markup {
        let step = &self.question.step;
        html! {
            article.question {
                p.kicker {
                    "Asked" @if let Some(at) = self.asked_at { " " (when(at, self.now)) }
                    " · " (for_whom(step))
                    @if let Some(deadline) = self.deadline { " · " (until(deadline, self.now)) }
                    @if step.not_starter { " · but not of the person who started the run" }
                }
                h1.lines { (lines(&step.description)) }
                (shown::displays(&self.question.displays))
                @if let Some(context) = &self.question.context {
                    section aria-labelledby="context" { h2 id="context" { "Context" } (shown::context(context)) }
                }
                (self.agreement())
                (self.answer())
                @if let Some(unanswered) = &self.outlooks.unanswered {
                    details.unanswered {
                        summary { "If nobody answers" }
                        (ahead(unanswered))
                    }
                }
            }
        }
    }

    fn answer(&self) -> Markup {
        let step = &self.question.step;
        if !self.who.may(Role::Decide) {
            return notice(
                "warn",
                html! { "You can see this, but your role is " strong { (self.who.role.word()) } ". Deciding takes the role " strong { "decide" } "." },
            );
        }
        let me = self.who.actor();
        if !step.assignees.is_empty() && !step.assignees.iter().any(|assignee| Actor::new(assignee) == me) {
            return notice(
                "warn",
                html! { "This is asked of " (text(&step.assignees.join(", "))) ", and you are " (text(&self.who.user)) "." },
            );
        }
        if step.not_starter && self.started_by.is_none_or(|starter| *starter == me) {
            return notice("warn", html! { "The person who started the run may not decide this." });
        }
        let offers = !self.outlooks.offered.is_empty() && only_offered(step);
        html! {
            section id="answer" aria-labelledby="answer-title" {
                h2 id="answer-title" { "Your decision" }
                @if let Some(refusal) = &self.draft.refusal {
                    div.notice.bad role="alert" {
                        p { (layout::sentence(&refusal.detail)) }
                        @if let Some(help) = &refusal.help { p { (layout::sentence(help)) } }
                    }
                }
                @if let Some(problem) = &self.outlooks.unavailable {
                    (notice("warn", html! { "There is no preview: " (layout::sentence(&problem.detail)) }))
                }
                @if offers {
                    (self.form(html! { (self.remark("remark")) (self.choices()) }))
                } @else {
                    @let variants = variants(step);
                    @for (index, variant) in variants.iter().enumerate() { (self.variant(index, variant, variants.len() > 1)) }
                    (self.as_json(variants.len()))
                }
            }
        }
    }

    /// How many people agree, of those that have to.
    fn agreement(&self) -> Markup {
        let needed = self.question.step.approvals;
        let alike = |value: &Value| self.approvals.iter().filter(|(given, _)| given.value == *value).count();
        html! {
            @if needed > 1 {
                section aria-labelledby="agreement" {
                    h2 id="agreement" { (needed) " people have to agree" }
                    @if self.approvals.is_empty() { p.quiet { "Nobody has agreed to an answer yet." } }
                    ul.plain {
                        @for (given, at) in self.approvals {
                            li {
                                p {
                                    strong { (text(given.actor.as_str())) } " agreed to " code { (shown::short(&given.value)) } " " (when(*at, self.now))
                                    ": " (alike(&given.value)) " of " (needed)
                                }
                                @if let Some(comment) = &given.comment { blockquote { (lines(comment)) } }
                            }
                        }
                    }
                }
            }
        }
    }

    /// A form whose buttons decide.
    fn form(&self, content: Markup) -> Markup {
        html! {
            form method="post" action=(format!("/runs/{}/decide", self.run)) {
                (form_token(self.who))
                input type="hidden" name="step" value=(self.question.step.id);
                input type="hidden" name="question" value=(self.question.hash.to_string());
                (content)
            }
        }
    }

    fn remark(&self, id: &str) -> Markup {
        html! {
            div.field {
                label for=(id) { "Comment" span.optional { " optional" } }
                p.hint id=(format!("{id}-hint")) { "Recorded with your decision, for those who check it later." }
                textarea id=(id) name="comment" rows="2" maxlength="2000" aria-describedby=(format!("{id}-hint")) { "\n" (self.draft.comment) }
            }
        }
    }

    fn choices(&self) -> Markup {
        html! {
            div.choices {
                @for (index, (answer, outlook)) in self.outlooks.offered.iter().enumerate() {
                    @let id = format!("choice-{index}");
                    section.choice aria-labelledby=(id) {
                        h3 id=(id) {
                            (text(&label(&self.question.step, answer)))
                            @if self.question.step.default.as_ref() == Some(answer) { span.tag { "default" } }
                        }
                        (ahead(outlook))
                        button.primary type="submit" name="answer" value=(answer) disabled[is_refused(outlook)] {
                            "Decide: " (text(&label(&self.question.step, answer)))
                        }
                        @if !is_refused(outlook) { (self.sign(&label(&self.question.step, answer), Some(answer))) }
                    }
                }
            }
        }
    }

    /// One of the forms that an answer can have.
    fn variant(&self, index: usize, variant: &Field, of_several: bool) -> Markup {
        let step = &self.question.step;
        let own = self.draft.variant == Some(index);
        let default = step.default.as_ref().filter(|value| !of_several || form::fits(variant, value));
        let prefilled = Entries::with(default.map(|value| form::spread(variant, value)).unwrap_or_default());
        let filled = self.draft.filled.as_ref().filter(|_| own).unwrap_or(&prefilled);
        let title = if of_several { variant.label.as_str() } else { "Your answer" };
        let only = variant.only();
        let known = self.outlooks.offered.iter().find(|(answer, _)| Some(answer) == only.as_ref());
        let outlook = self.draft.ahead.as_ref().filter(|_| own).or(known.map(|(_, outlook)| outlook));
        html! {
            section.choice aria-labelledby=(format!("variant-{index}")) {
                h3 id=(format!("variant-{index}")) { (text(title)) @if only.is_some() && only == step.default { span.tag { "default" } } }
                (self.form(html! {
                    input type="hidden" name="variant" value=(index);
                    (form::show(variant, filled, &format!("v{index}")))
                    div aria-live="polite" { @if let Some(outlook) = outlook { (ahead(outlook)) } }
                    @if own || !of_several { (self.remark(&format!("remark-{index}"))) }
                    @else { details { summary { "Add a comment" } (self.remark(&format!("remark-{index}"))) } }
                    (self.buttons(title, known.is_some()))
                }))
            }
        }
    }

    /// The answer as JSON: whatever the forms cannot say.
    fn as_json(&self, index: usize) -> Markup {
        let own = self.draft.variant == Some(index);
        let written = self.draft.filled.as_ref().filter(|_| own).map(|filled| filled.get("json").unwrap_or_default());
        html! {
            details open[own] {
                summary { "Write the answer as JSON" }
                (self.form(html! {
                    input type="hidden" name="variant" value=(index);
                    div.field {
                        label for="json" { "Answer" }
                        @if let Some(schema) = &self.question.step.schema { details { summary { "Schema of the answer" } (shown::value(schema)) } }
                        @if let Some(filled) = self.draft.filled.as_ref().filter(|_| own) {
                            @for message in filled.all_wrong() { p.error role="alert" { (text(&message)) } }
                        }
                        textarea.code id="json" name="json" rows="5" spellcheck="false" required { "\n" (written.unwrap_or_default()) }
                    }
                    div aria-live="polite" { @if let Some(outlook) = self.draft.ahead.as_ref().filter(|_| own) { (ahead(outlook)) } }
                    (self.remark("remark-json"))
                    (self.buttons("this answer", false))
                }))
            }
        }
    }

    fn buttons(&self, title: &str, is_known: bool) -> Markup {
        let preview = format!("/runs/{}/preview", self.run);
        html! {
            div.actions {
                @if !is_known {
                    button type="submit" formaction=(preview) formnovalidate
                        hx-post=(preview) hx-target="#answer" hx-select="#answer" hx-swap="outerHTML" { "Preview" }
                }
                button.primary type="submit" { "Decide: " (text(title)) }
                (self.sign(title, None))
            }
        }
    }

    /// The button that decides with a signature, which a script shows where it works. Without the script it would only look
    /// ahead.
    fn sign(&self, title: &str, answer: Option<&Value>) -> Markup {
        let path = |what: &str| format!("/runs/{}/{what}", self.run);
        html! {
            @if let Some(name) = self.passkeys {
                button type="submit" name=[answer.map(|_| "answer")] value=[answer] formaction=(path("preview"))
                    data-passkey="sign" data-name=(name) data-ask=(path("sign")) data-send=(path("signed"))
                    data-otherwise=(path("preview")) hidden { "Sign and decide: " (text(title)) }
                p.error data-passkey-error role="alert" hidden {}
            }
        }
    }
}

fn is_refused(outlook: &Lookahead) -> bool {
    // What cannot be known now may be right all the same; what would be sent back is not worth a click.
    matches!(outlook, Err(problem) if problem.code == "decision_refused")
}

/// Whether nothing but what the step offers fits it.
fn only_offered(step: &HumanStep) -> bool {
    let is_listed = |field: &Field| matches!(field.control, Control::Select(_) | Control::Fixed(_));
    step.choices.is_some() || variants(step).iter().all(is_listed)
}

/// The forms that an answer can have.
pub(super) fn variants(step: &HumanStep) -> Vec<Field> {
    Field::variants(step.schema.as_ref().unwrap_or(&Value::Bool(true)), "Answer")
}

/// What people call an answer.
fn label(step: &HumanStep, answer: &Value) -> String {
    let word = match answer {
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) => text.clone(),
        other => shown::short(other),
    };
    match step.schema.as_ref().and_then(|schema| schema.get("const")) {
        Some(only) if only == answer => format!("{word} (nothing else fits)"),
        Some(_) | None => word,
    }
}

fn for_whom(step: &HumanStep) -> String {
    if step.assignees.is_empty() { "of anybody".to_owned() } else { format!("of {}", text(&step.assignees.join(", "))) }
}

fn until(deadline: Timestamp, now: Timestamp) -> Markup {
    html! { @if deadline <= now { "expired " } @else { "expires " } (when(deadline, now)) }
}

/// What follows.
fn ahead(outlook: &Lookahead) -> Markup {
    let preview = match outlook {
        Ok(preview) => preview,
        Err(problem) => {
            return html! { div.ahead { p.outcome.bad { "The mission refuses this answer: " (layout::sentence(&problem.detail)) } } };
        }
    };
    html! {
        div.ahead {
            @match &preview.outlook {
                Outlook::Asks(question) => p.outcome { "Then it asks: " (text(&question.step.description)) },
                Outlook::Ends(result) if result.success => p.outcome.good { "Then the mission is done." },
                Outlook::Ends(result) => p.outcome.bad {
                    "Then the mission fails at " code { (text(result.failed_step_id.as_deref().unwrap_or_default())) } ": "
                    (text(result.error_message.as_deref().unwrap_or_default())) "."
                },
            }
            @if let Outlook::Ends(result) = &preview.outlook {
                @for verdict in result.verdicts.values() { (shown::verdict(verdict)) }
            }
            (shown::changes(&preview.changes))
            @if let Outlook::Ends(result) = &preview.outlook {
                @if !result.outputs.is_empty() {
                    details { summary { "Outputs" } dl { @for (step, output) in &result.outputs { div { dt { (text(step)) } dd { code { (shown::short(output)) } } } } } }
                }
            }
            p.facts {
                span { "fuel " (grouped(preview.fuel)) }
                @if let Outlook::Ends(result) = &preview.outlook { span { "result " (hash(&result.receipt.result_hash.to_string())) } }
            }
        }
    }
}

/// What a page says at its head after something was done.
pub(crate) fn said(code: &str) -> Option<Markup> {
    let (kind, words) = match code {
        "decided" => ("good", "Your decision is recorded."),
        "approved" => ("good", "Your agreement is recorded; more people have to agree before it stands."),
        "already_decided" => ("warn", "This decision was recorded already."),
        "cancelled" => ("good", "The run is cancelled."),
        "already_cancelled" => ("warn", "The run was cancelled already."),
        "started" => ("good", "The run has started."),
        "started_before" => ("warn", "This request has started its run already."),
        _ => return None,
    };
    Some(layout::notice(kind, html! { (words) }))
}
