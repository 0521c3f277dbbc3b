//! Taskwarrior's urgency polynomial: the sum, over the terms of a task, of a value between 0 and 1 times a
//! coefficient.
//!
//! The terms and their bounds are those that Taskwarrior 2.6 computes (<https://taskwarrior.org/docs/urgency/>), in
//! IEEE 754 double precision and with nothing but `+ - * /`, so that they are the same on every machine. Where
//! nothing tells what time it is, the terms that depend on time are absent.

use crate::coefficients::{Coefficient, Coefficients};
use crate::facts::{Facts, Virtual};
use crate::moment::{Moment, SECONDS_PER_DAY};
use crate::task::Task;
use crate::tasks::Links;
use crate::term::{Term, TermKind};
use crate::words;
use crate::zone::Now;

/// A task's urgency and how it came to be.
#[derive(Debug, Clone, PartialEq)]
pub struct Urgency {
    /// The sum, to four decimals.
    pub total: f64,
    /// The terms that add something, the one that adds most first.
    pub terms: Vec<Term>,
}

/// The urgency of a task that has these links to others, at the moment `now`.
pub fn urgency(task: &Task, links: Links, now: Option<Now>, coefficients: &Coefficients) -> Urgency {
    let mut sum = Sum { total: 0.0, terms: Some(Vec::new()) };
    sum.add_terms(task, links, now, coefficients);
    sum.finish()
}

/// The same, without the terms.
pub(crate) fn total(task: &Task, links: Links, now: Option<Now>, coefficients: &Coefficients) -> f64 {
    let mut sum = Sum { total: 0.0, terms: None };
    sum.add_terms(task, links, now, coefficients);
    rounded(sum.total)
}

/// The same urgency raised so that the task comes before what it blocks, where that is more urgent: Taskwarrior's
/// `urgency.inherit`.
pub(crate) fn inherited(mut urgency: Urgency, of_blocked: f64) -> Urgency {
    if of_blocked <= urgency.total {
        return urgency;
    }
    // The hundredth puts it before the one that it has this urgency from.
    let total = rounded(of_blocked + 0.01);
    let contribution = rounded(total - urgency.total);
    let words = "blocks what is more urgent".to_owned();
    urgency.terms.push(Term { term: TermKind::Inherited, words, value: 1.0, coefficient: contribution, contribution });
    urgency.terms.sort_by(|a, b| b.contribution.abs().total_cmp(&a.contribution.abs()));
    Urgency { total, ..urgency }
}

/// To four decimals, and never −0. The digits past the fourth are not part of any result.
pub fn rounded(number: f64) -> f64 {
    (number * 10_000.0).round() / 10_000.0 + 0.0
}

struct Sum {
    total: f64,
    /// Where they are wanted.
    terms: Option<Vec<Term>>,
}

impl Sum {
    fn add_terms(&mut self, task: &Task, links: Links, now: Option<Now>, coefficients: &Coefficients) {
        let c = coefficients;
        let moment = now.map(|now| now.moment);
        let has_tag = |name: &str| task.tags.iter().any(|tag| tag == name);
        if has_tag("next") {
            self.add(TermKind::Next, 1.0, c.next, || "tagged next".to_owned());
        }
        if let (Some(due), Some(now)) = (task.due, now) {
            self.add(TermKind::Due, due_value(due, now.moment), c.due, || words::due(due, now));
        }
        if links.blocks > 0 {
            self.add(TermKind::Blocking, 1.0, c.blocking, || format!("blocks {}", words::count(links.blocks, "task")));
        }
        if let Some((letter, coefficient)) = priority(task, c) {
            self.add(TermKind::Priority, 1.0, coefficient, || format!("priority {letter}"));
        }
        if let (Some(scheduled), Some(now)) = (task.scheduled, now)
            && scheduled < now.moment
        {
            self.add(TermKind::Scheduled, 1.0, c.scheduled, || words::past("scheduled", scheduled, now));
        }
        if let Some(start) = task.start {
            self.add(TermKind::Active, 1.0, c.active, || words::started(start, now));
        }
        match (task.entry, moment) {
            (Some(entry), Some(now)) => {
                self.add(TermKind::Age, age_value(entry, now, c.age_max), c.age, || words::age(entry, now));
            }
            // As old as can be, as in Taskwarrior.
            (None, Some(_)) => self.add(TermKind::Age, 1.0, c.age, || "no entry date".to_owned()),
            (_, None) => {}
        }
        let annotations = task.annotations;
        self.add(TermKind::Annotations, count_value(annotations), c.annotations, || {
            words::count(annotations, "annotation")
        });
        let tags = task.tags.len();
        self.add(TermKind::Tags, count_value(tags), c.tags, || words::count(tags, "tag"));
        if let Some(project) = &task.project {
            self.add(TermKind::Project, 1.0, c.project, || format!("project {project}"));
        }
        if let Some(wait) = task.wait.filter(|_| task.is_waiting(moment)) {
            let day = now.map(|now| now.zone).unwrap_or_default().day(wait);
            self.add(TermKind::Waiting, 1.0, c.waiting, || format!("waiting until {day}"));
        }
        if links.blocked_by > 0 {
            self.add(TermKind::Blocked, 1.0, c.blocked, || {
                format!("blocked by {}", words::count(links.blocked_by, "task"))
            });
        }
        self.add_user_terms(Facts { task, links, now }, c);
    }

    fn add(&mut self, term: TermKind, value: f64, coefficient: Coefficient, words: impl FnOnce() -> String) {
        let coefficient = f64::from(coefficient);
        let product = value * coefficient;
        self.total += product;
        let Some(terms) = &mut self.terms else { return };
        let contribution = rounded(product);
        if contribution != 0.0 {
            terms.push(Term { term, words: words(), value: rounded(value), coefficient, contribution });
        }
    }

    fn add_user_terms(&mut self, facts: Facts<'_, '_>, coefficients: &Coefficients) {
        let (task, user) = (facts.task, &coefficients.user);
        let has_tag = |name: &str| {
            task.tags.iter().any(|tag| tag == name) || Virtual::parse(name).is_some_and(|tag| tag.holds(facts))
        };
        for (tag, coefficient) in user.tag.iter().filter(|(name, _)| has_tag(name)) {
            self.add(TermKind::UserTag, 1.0, *coefficient, || format!("tagged {tag}"));
        }
        for (project, coefficient) in user.project.iter().filter(|(project, _)| is_of_project(task, project)) {
            self.add(TermKind::UserProject, 1.0, *coefficient, || format!("of project {project}"));
        }
        for (keyword, coefficient) in user.keyword.iter().filter(|(keyword, _)| task.description.contains(*keyword)) {
            self.add(TermKind::UserKeyword, 1.0, *coefficient, || format!("says {keyword:?}"));
        }
        for (attribute, coefficient) in &coefficients.uda {
            let (name, wanted) = match attribute.split_once('.') {
                Some((name, value)) => (name, Some(value)),
                None => (attribute.as_str(), None),
            };
            let found =
                task.udas.iter().find(|(own, value)| own == name && wanted.is_none_or(|wanted| wanted == value));
            if let Some((_, value)) = found {
                self.add(TermKind::UserAttribute, 1.0, *coefficient, || format!("{name} {value}"));
            }
        }
    }

    fn finish(self) -> Urgency {
        let mut terms = self.terms.unwrap_or_default();
        // Stable, so that terms of one contribution stay in the order of the polynomial.
        terms.sort_by(|a, b| b.contribution.abs().total_cmp(&a.contribution.abs()));
        Urgency { total: rounded(self.total), terms }
    }
}

/// 0.2 up to 14 days before the due date, 1 from 7 days after it, and a straight line between.
fn due_value(due: Moment, now: Moment) -> f64 {
    let overdue = now.seconds_since(due);
    if overdue >= 7 * SECONDS_PER_DAY {
        1.0
    } else if overdue >= -14 * SECONDS_PER_DAY {
        (days(overdue) + 14.0) * 0.8 / 21.0 + 0.2
    } else {
        0.2
    }
}

/// Whole days since entry as a part of `max`, at most 1. Less than 0 for what was entered in the future, as in
/// Taskwarrior.
fn age_value(entry: Moment, now: Moment, max: u32) -> f64 {
    let age = now.seconds_since(entry) / SECONDS_PER_DAY;
    if max == 0 || age > i64::from(max) { 1.0 } else { days(age * SECONDS_PER_DAY) / f64::from(max) }
}

/// 0, 0.8, 0.9, and 1 from three on: the same for annotations and tags.
fn count_value(count: usize) -> f64 {
    match count {
        0 => 0.0,
        1 => 0.8,
        2 => 0.9,
        _ => 1.0,
    }
}

#[expect(clippy::cast_precision_loss, reason = "the seconds between two moments are less than 2^53")]
fn days(seconds: i64) -> f64 {
    seconds as f64 / 86_400.0
}

fn priority<'t>(task: &'t Task, coefficients: &Coefficients) -> Option<(&'t str, Coefficient)> {
    let name = task.priority.as_deref()?;
    Some((name, *coefficients.priority.get(name)?))
}

/// Whether the task's project is `project` or a part of it: `home.garden` is a part of `home`.
pub(crate) fn is_of_project(task: &Task, project: &str) -> bool {
    task.project
        .as_deref()
        .and_then(|own| own.strip_prefix(project))
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::reading::Reader;
    use crate::tasks::TaskList;
    use crate::written::Written;

    fn urgency_of(fields: &Value, links: Links, coefficients: &Value) -> Urgency {
        let mut value = json!({"uuid": "u", "description": "call the bank", "entry": "20260108T120000Z"});
        value.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let coefficients: Coefficients = serde_json::from_value(coefficients.clone()).unwrap();
        let (udas, text) = (coefficients.attributes(), json!([value]).to_string());
        let list = TaskList::read(&text, Reader { udas: &udas, ..Reader::default() }).unwrap();
        assert_eq!(list.problems, []);
        urgency(&list.tasks[0], links, Some(now()), &coefficients)
    }

    fn now() -> Now {
        Written::parse("2026-01-08T12:00:00Z").unwrap().now(None)
    }

    /// At noon of 2026-01-08, a task with these fields has the urgency and the reason that `expected` says.
    fn check(fields: &Value, expected: &str) {
        check_with(&json!({}), Links::default(), fields, expected);
    }

    fn check_with(coefficients: &Value, links: Links, fields: &Value, expected: &str) {
        let urgency = urgency_of(fields, links, coefficients);
        let shown = format!("{} = {}", urgency.total, words::reason(&urgency.terms));
        assert_eq!(shown, expected, "{fields}");
    }

    #[test]
    fn a_bare_task_has_no_urgency() {
        check(&json!({}), "0 = nothing makes it urgent");
    }

    #[test]
    fn a_task_without_an_entry_is_as_old_as_can_be() {
        check(&json!({"entry": null}), "2 = no entry date (+2.0)");
    }

    #[test]
    fn priorities_and_attributes_of_the_users_own_have_their_coefficients() {
        let own = json!({"priority": {"3": 2.5}, "uda": {"estimate": 1, "size.big": 2, "size.small": 9, "none": 9}});
        let fields = json!({"priority": 3, "estimate": 4, "size": "big"});
        check_with(&own, Links::default(), &fields, "5.5 = priority 3 (+2.5), size big (+2.0), estimate 4 (+1.0)");
    }

    #[test]
    fn an_inherited_urgency_is_a_hundredth_more() {
        let own = urgency_of(&json!({"priority": "L"}), Links::default(), &json!({}));
        assert_eq!(inherited(own.clone(), 1.5), own);
        let raised = inherited(own, 9.5);
        let shown = format!("{} = {}", raised.total, words::reason(&raised.terms));
        assert_eq!(shown, "9.51 = blocks what is more urgent (+7.7), priority L (+1.8)");
    }

    #[test]
    fn the_due_term_is_a_line_between_two_bounds() {
        for (due, expected) in [
            ("20260101T115959Z", "12 = due 7 days ago (+12.0)"),
            ("20260101T120000Z", "12 = due 7 days ago (+12.0)"),
            ("20260101T120001Z", "12 = due 7 days ago (+12.0)"),
            ("20260102T120000Z", "11.5429 = due 6 days ago (+11.5)"),
            ("20260107T120000Z", "9.2571 = due yesterday (+9.3)"),
            ("20260108T115959Z", "8.8 = due today (+8.8)"),
            ("20260108T120000Z", "8.8 = due today (+8.8)"),
            ("20260109T120000Z", "8.3429 = due tomorrow (+8.3)"),
            ("20260121T120000Z", "2.8571 = due in 13 days (+2.9)"),
            ("20260122T115959Z", "2.4 = due in 14 days (+2.4)"),
            ("20260122T120000Z", "2.4 = due in 14 days (+2.4)"),
            ("20260122T120001Z", "2.4 = due in 14 days (+2.4)"),
            ("20300101T000000Z", "2.4 = due in 1454 days (+2.4)"),
        ] {
            check(&json!({"due": due}), expected);
        }
    }

    #[test]
    fn the_age_term_counts_whole_days_up_to_its_maximum() {
        for (entry, expected) in [
            ("20260108T120000Z", "0 = nothing makes it urgent"),
            ("20260107T120001Z", "0 = nothing makes it urgent"),
            ("20260107T120000Z", "0.0055 = nothing makes it urgent"),
            ("20251209T120000Z", "0.1644 = 30 days old (+0.2)"),
            ("20250109T120000Z", "1.9945 = 364 days old (+2.0)"),
            ("20250108T120000Z", "2 = 365 days old (+2.0)"),
            ("20250107T120000Z", "2 = 366 days old (+2.0)"),
            ("20150107T120000Z", "2 = 4019 days old (+2.0)"),
            ("20260207T120000Z", "-0.1644 = entered 30 days in the future (-0.2)"),
        ] {
            check(&json!({"entry": entry}), expected);
        }
    }

    #[test]
    fn an_age_maximum_of_zero_makes_every_age_count_in_full() {
        let fields = json!({"entry": "20260108T120000Z"});
        check_with(&json!({"age_max": 0}), Links::default(), &fields, "2 = 0 days old (+2.0)");
    }

    #[test]
    fn tags_and_annotations_count_up_to_three() {
        check(&json!({"tags": ["a"]}), "0.8 = 1 tag (+0.8)");
        check(&json!({"tags": ["a", "b"]}), "0.9 = 2 tags (+0.9)");
        check(&json!({"tags": ["a", "b", "c"]}), "1 = 3 tags (+1.0)");
        check(&json!({"tags": ["a", "b", "c", "d"]}), "1 = 4 tags (+1.0)");
        check(&json!({"tags": ["a", "a"]}), "0.8 = 1 tag (+0.8)");
        let note = json!({"entry": "20260108T000000Z", "description": "n"});
        check(&json!({"annotations": [note]}), "0.8 = 1 annotation (+0.8)");
        check(&json!({"annotations": [note, note]}), "0.9 = 2 annotations (+0.9)");
        check(&json!({"annotations": [note, note, note]}), "1 = 3 annotations (+1.0)");
        check(&json!({"annotations": [note, note, note, note]}), "1 = 4 annotations (+1.0)");
    }

    #[test]
    fn next_counts_as_itself_and_as_a_tag() {
        check(&json!({"tags": ["next"]}), "15.8 = tagged next (+15.0), 1 tag (+0.8)");
    }

    #[test]
    fn each_priority_has_its_coefficient() {
        check(&json!({"priority": "H"}), "6 = priority H (+6.0)");
        check(&json!({"priority": "M"}), "3.9 = priority M (+3.9)");
        check(&json!({"priority": "L"}), "1.8 = priority L (+1.8)");
        check(&json!({"priority": "X"}), "0 = nothing makes it urgent");
    }

    #[test]
    fn a_task_is_scheduled_after_the_moment_and_not_at_it() {
        check(&json!({"scheduled": "20260108T115959Z"}), "5 = scheduled today (+5.0)");
        check(&json!({"scheduled": "20260106T000000Z"}), "5 = scheduled 2 days ago (+5.0)");
        check(&json!({"scheduled": "20260108T120000Z"}), "0 = nothing makes it urgent");
    }

    #[test]
    fn a_task_waits_before_the_moment_and_not_at_it() {
        check(&json!({"wait": "20260108T120001Z"}), "-3 = waiting until 2026-01-08 (-3.0)");
        check(&json!({"wait": "20260108T120000Z"}), "0 = nothing makes it urgent");
        check(&json!({"wait": "20300101T000000Z", "status": "waiting"}), "-3 = waiting until 2030-01-01 (-3.0)");
    }

    #[test]
    fn a_project_and_a_start_count_once() {
        check(&json!({"project": "home"}), "1 = project home (+1.0)");
        check(&json!({"start": "20260108T000000Z"}), "4 = started today (+4.0)");
        check(&json!({"start": "20260107T000000Z"}), "4 = started yesterday (+4.0)");
        check(&json!({"start": "20260109T000000Z"}), "4 = started (+4.0)");
    }

    #[test]
    fn links_count_once_however_many_they_are() {
        let none = json!({});
        check_with(&none, Links { blocks: 1, blocked_by: 0 }, &none, "8 = blocks 1 task (+8.0)");
        check_with(&none, Links { blocks: 2, blocked_by: 0 }, &none, "8 = blocks 2 tasks (+8.0)");
        check_with(&none, Links { blocks: 0, blocked_by: 2 }, &none, "-5 = blocked by 2 tasks (-5.0)");
    }

    #[test]
    fn the_users_own_names_add_their_coefficients() {
        let user = json!({"user": {
            "tag": {"bank": 2, "other": 9}, "project": {"home": 3, "hom": 9, "home.garden.x": 9}, "keyword": {"bank": -1},
        }});
        let fields = json!({"tags": ["bank"], "project": "home.garden"});
        check_with(
            &user,
            Links::default(),
            &fields,
            "5.8 = of project home (+3.0), tagged bank (+2.0), project home.garden (+1.0), says \"bank\" (-1.0), 1 tag (+0.8)",
        );
    }

    #[test]
    fn a_coefficient_of_zero_takes_its_term_away() {
        check_with(
            &json!({"project": 0}),
            Links::default(),
            &json!({"project": "home"}),
            "0 = nothing makes it urgent",
        );
    }

    #[test]
    fn without_a_moment_the_terms_of_time_are_absent() {
        let value = json!({"uuid": "u", "description": "d", "due": "20260101", "entry": "20260101", "wait": "20260101",
            "scheduled": "20260101", "start": "20260101"});
        let text = json!([value]).to_string();
        let list = TaskList::read(&text, Reader::default()).unwrap();
        let urgency = urgency(&list.tasks[0], Links::default(), None, &Coefficients::default());
        assert_eq!(urgency.total.to_string(), "4");
    }

    #[test]
    fn a_rounded_number_is_never_negative_zero() {
        assert!(rounded(-0.000_01).is_sign_positive());
        assert_eq!(rounded(1.234_56).to_string(), "1.2346");
    }
}
