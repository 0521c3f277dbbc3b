//! The shipped example: what the daily loop says about it on 2026-01-08, at midnight, when Taskwarrior exported it.
#![expect(clippy::unwrap_used, reason = "a test may end where its input is not as it must be")]

use serde_json::Value;
use sortie_plugin_daily_loop::archive;
use sortie_plugin_daily_loop::coefficients::Coefficients;
use sortie_plugin_daily_loop::priorities::{Measure, Rank, RankedTask, Ranking};
use sortie_plugin_daily_loop::reading::Reader;
use sortie_plugin_daily_loop::selection::{Include, Selection};
use sortie_plugin_daily_loop::summary::{Setting, Summary, summarise};
use sortie_plugin_daily_loop::tasks::TaskList;
use sortie_plugin_daily_loop::written::Written;

fn example() -> Value {
    serde_json::from_str(include_str!("../../examples/tasks.json")).unwrap()
}

/// The tasks, and what they are measured by on the day.
fn on_the_day<T>(include: Include, use_tasks: impl FnOnce(&TaskList, Measure) -> T) -> T {
    let text = example()["tasks"].to_string();
    let list = TaskList::read(&text, Reader::default()).unwrap();
    let now = list.now(Some(Written::parse("2026-01-08").unwrap()), None);
    let selected = &Selection { include, ..Selection::default() }.at(now).unwrap();
    let coefficients = &Coefficients::default();
    use_tasks(&list, Measure { now, coefficients, rank: Rank::Urgency, selected })
}

fn ranked(include: Include) -> Vec<RankedTask> {
    on_the_day(include, |list, measure| Ranking::of(list, measure).propose(100).tasks)
}

fn summary() -> Summary {
    on_the_day(Include::All, |list, Measure { now, selected, .. }| {
        summarise(
            list,
            Setting { now, since: None, as_of_newest_change: false, selected, missing_dependencies: 0, remarks: &[] },
        )
    })
}

#[test]
fn the_urgencies_are_those_that_taskwarrior_exported() {
    let example = example();
    let exported = example["tasks"].as_array().unwrap();
    for task in ranked(Include::All) {
        let exported = exported.iter().find(|exported| exported["uuid"] == task.uuid.as_str()).unwrap();
        let expected = exported["urgency"].as_f64().unwrap();
        assert!((task.urgency - expected).abs() < 0.001, "{}: {} and not {expected}", task.description, task.urgency);
    }
}

#[test]
fn the_ranking_and_its_reasons_are_as_expected() {
    let shown: Vec<_> = ranked(Include::All)
        .iter()
        .map(|task| format!("{} {:.2} {}: {}\n", task.rank, task.urgency, task.description, task.reason))
        .collect();
    assert_eq!(shown.concat(), include_str!("ranking.txt"));
}

#[test]
fn the_summary_is_as_expected() {
    let summary = summary();
    assert_eq!(summary.headline, "3 tasks completed yesterday, 4 slipped, 15 to do");
    assert_eq!(summary.unreadable, []);
    let projects: Vec<_> =
        summary.completed.projects.iter().map(|group| (group.project.as_deref(), group.count)).collect();
    assert_eq!(projects, [(Some("parser"), 2), (None, 1)]);
    let slipped: Vec<_> = summary.slipped.iter().map(|task| (task.description.as_str(), task.days_late)).collect();
    assert_eq!(
        slipped,
        [
            ("Water the plants", 4),
            ("Repair the kitchen tap", 3),
            ("Book the venue for the spring workshop", 2),
            ("File the travel expenses for December", 1),
        ]
    );
}

#[test]
fn the_plan_is_of_what_can_be_done() {
    let ready: Vec<_> = ranked(Include::Ready).into_iter().map(|task| task.description).collect();
    assert_eq!(ready.len(), 10);
    let hidden = [
        "Write the release notes",
        "Send the workshop invitations",
        "Tag the release",
        "Plan the summer holiday",
        "Print the workshop name tags",
    ];
    assert!(hidden.iter().all(|hidden| !ready.iter().any(|task| task == hidden)), "{ready:?}");
}

#[test]
fn what_is_completed_is_archived() {
    on_the_day(Include::All, |list, _| {
        let archiving = archive::completed(list, None);
        assert_eq!((list.total, archiving.leaving().len()), (21, 4));
    });
}
