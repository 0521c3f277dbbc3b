//! How a run went: its steps, its decisions, its hashes.

use maud::{Markup, html};
use sortie_engine::LineageStep;
use sortie_host::Step;
use sortie_host::journal::{InboxEntry, Resolution, RunId, Status, Timeline, TimelineStep, Timestamp};

use super::shown;
use crate::layout::{grouped, hash, sentence, when};
use crate::text::{encoded, lines, text};

/// How a run ended; or where it is, between a wait and what follows from it.
pub(super) fn ending(shown: &InboxEntry, now: Timestamp) -> Markup {
    let Some(completed) = &shown.completed else { return under_way(shown, now) };
    let result = &completed.result;
    html! {
        section.ending aria-label="How it ended" {
            @if result.success {
                p.outcome.good { "Done." }
            } @else {
                p.outcome.bad {
                    "Failed at " code { (text(result.failed_step_id.as_deref().unwrap_or_default())) } ": "
                    (text(result.error_message.as_deref().unwrap_or_default())) "."
                }
            }
            @for verdict in result.verdicts.values() { (shown::verdict(verdict)) }
            p.facts {
                span { "fuel " (grouped(result.receipt.fuel)) }
                span { "result " (hash(&result.receipt.result_hash.to_string())) }
                span { "receipt " (hash(&result.receipt.id.to_string())) }
            }
        }
    }
}

/// What a run is about that nobody has to do anything for; and why it does not go on, if it does not.
fn under_way(shown: &InboxEntry, now: Timestamp) -> Markup {
    let summary = &shown.record.summary;
    let words = match summary.status {
        Status::Running => "The run is in progress.",
        Status::Decided => match shown.waits().last().map(|wait| wait.resolution) {
            Some(Resolution::Expired { .. }) => {
                "Nobody answered in time. The run is about to continue without an answer."
            }
            _ => "The answer is recorded. The run is about to continue.",
        },
        Status::Waiting | Status::Done | Status::Failed | Status::Cancelled => return html! {},
    };
    html! {
        section.ending aria-label="Where it is" {
            @if let Some(setback) = &summary.setback {
                p.outcome.bad { "The run could not continue: " (sentence(&setback.reason)) }
                p.quiet {
                    @match setback.retry_at {
                        Some(time) => { "It will be tried again " (when(time, now)) "." }
                        None => { "It is set aside: " code { "sortie inbox retry " (summary.run) } " lets workers try it again." }
                    }
                }
            } @else {
                p.outcome { (words) }
            }
        }
    }
}

/// The steps, those that were executed and those that are to come.
pub(super) fn steps(run: &RunId, went: &Timeline, shown: &InboxEntry, now: Timestamp) -> Markup {
    let done = went.steps.len();
    html! {
        section aria-labelledby="steps" {
            h2 id="steps" { "Steps" }
            ol.timeline {
                @for step in &went.steps { (self::step(run, step, now)) }
                @for (index, step) in went.workflow.steps.iter().skip(done).enumerate() {
                    (to_come(step, index == 0 && shown.question.is_some()))
                }
            }
        }
    }
}

fn step(run: &RunId, done: &TimelineStep, now: Timestamp) -> Markup {
    let id = done.step.step_id();
    let state = format!("/runs/{run}/state?after={}", encoded(id));
    match &done.step {
        LineageStep::Runtime { plugin, operation, outcome, output, display, verdict, fuel, chain, .. } => html! {
            li class=(if outcome == "ok" { "done" } else { "failed" }) {
                div.step-head {
                    h3 { (text(id)) }
                    span.quiet { (text(&plugin.name)) "/" (text(operation)) }
                    @if outcome != "ok" { span.status.failed { (text(outcome)) } }
                }
                (shown::blocks(display))
                @if let Some(verdict) = verdict { (shown::verdict(verdict)) }
                @if outcome == "ok" { (shown::changes(&done.changes)) }
                @if let Some(output) = output { details { summary { "Output" } (shown::value(output)) } }
                p.facts {
                    span { (when(done.at, now)) }
                    span { "fuel " (grouped(*fuel)) }
                    span { a href=(state) { "state after it" } }
                    span { "chain " (hash(&chain.to_string())) }
                }
            }
        },
        LineageStep::Human { outcome, decision, chain, .. } => html! {
            li class=(if outcome == "ok" { "human done" } else { "human failed" }) {
                div.step-head {
                    h3 { (text(id)) }
                    span.quiet { "a person" }
                    @if outcome != "ok" { span.status.failed { (text(outcome)) } }
                }
                @if let Some(decision) = decision {
                    p { strong { (decision_word(decision.status)) } " " code { (shown::short(&decision.value)) } }
                }
                p.facts {
                    span { (when(done.at, now)) }
                    span { "chain " (hash(&chain.to_string())) }
                }
            }
        },
    }
}

fn decision_word(status: sortie_host::DecisionStatus) -> &'static str {
    match status {
        sortie_host::DecisionStatus::Answered => "Decided:",
        sortie_host::DecisionStatus::Defaulted => "Nobody answered, so the default:",
        sortie_host::DecisionStatus::Marked => "Marked, without an answer:",
    }
}

fn to_come(step: &Step, is_asked: bool) -> Markup {
    html! {
        li class=(if is_asked { "asked" } else { "to-come" }) {
            div.step-head {
                h3 { (text(&step.id)) }
                span.quiet {
                    @match step.payload.get("operation").and_then(|operation| operation.as_str()) {
                        Some(operation) => (text(operation)),
                        None => "a person",
                    }
                }
                @if is_asked { span.status.waiting { "waiting" } }
            }
        }
    }
}

/// Who decided what, when.
pub(super) fn decisions(shown: &InboxEntry, now: Timestamp) -> Markup {
    let waits = shown.waits();
    html! {
        @if waits.iter().any(|wait| wait.resolution != Resolution::Open) {
            section aria-labelledby="decisions" {
                h2 id="decisions" { "Decisions" }
                ul.plain {
                    @for wait in &waits {
                        @match wait.resolution {
                            Resolution::Open => {}
                            Resolution::Decided { decision, at } => li {
                                p {
                                    strong { (text(decision.actor.as_str())) } " decided " code { (shown::short(&decision.value)) } " " (when(at, now))
                                    @for other in &decision.approvals { ", with " strong { (text(other.actor.as_str())) } " who agreed " (when(other.at, now)) }
                                }
                                p.quiet { "Asked: " (text(&wait.wait.description)) }
                                @if let Some(comment) = &decision.comment { blockquote { (lines(comment)) } }
                            },
                            Resolution::Expired { at, .. } => li {
                                p { strong { "Nobody" } " answered in time; it expired " (when(at, now)) }
                                p.quiet { "Asked: " (text(&wait.wait.description)) }
                            },
                            Resolution::Cancelled { cancellation, at } => li {
                                p { strong { (text(cancellation.actor.as_str())) } " cancelled the run " (when(at, now)) ": " (text(&cancellation.reason)) }
                            },
                        }
                    }
                }
            }
        }
    }
}

/// What the run began with.
pub(super) fn inputs(went: &Timeline) -> Markup {
    html! {
        details {
            summary { "Inputs" }
            @if let Some(mission) = &went.mission {
                h3 { "Params" }
                (shown::value(&mission.params))
                p.facts { span { "plugin " (text(&mission.plugin)) } span { "digest " (hash(&mission.digest.to_string())) } }
            }
            h3 { "State" }
            (shown::value(went.context.initial_state()))
        }
    }
}
