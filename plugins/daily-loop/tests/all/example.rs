//! The shipped example: what the daily loop says about it on 2026-01-08, at midnight, when Taskwarrior exported it.
#![expect(clippy::unwrap_used, reason = "a test may end where its input is not as it must be")]

use serde_json::Value;
use sortie_plugin_daily_loop::archive;
use sortie_plugin_daily_loop::coefficients::Coefficients;
use sortie_plugin_daily_loop::moment::Moment;
use sortie_plugin_daily_loop::priorities::{RankedTask, rank};
use sortie_plugin_daily_loop::summary::{Summary, summarise};
use sortie_plugin_daily_loop::tasks::{TaskList, elements};

fn example() -> Value {
    serde_json::from_str(include_str!("../../examples/tasks.json")).unwrap()
}

fn on_the_day<T>(use_tasks: impl FnOnce(&[Value], &TaskList, Option<Moment>) -> T) -> T {
    let example = example();
    let tasks = elements(example.get("tasks")).unwrap();
    let list = TaskList::read(tasks);
    let now = list.now(Moment::parse("2026-01-08").ok());
    use_tasks(tasks, &list, now)
}

fn ranked() -> Vec<RankedTask> {
    on_the_day(|_, list, now| rank(list, now, &Coefficients::default()))
}

fn summary() -> Summary {
    on_the_day(|_, list, now| summarise(list, now))
}

#[test]
fn the_urgencies_are_those_that_taskwarrior_exported() {
    let example = example();
    let exported = example["tasks"].as_array().unwrap();
    for task in ranked() {
        let exported = exported.iter().find(|exported| exported["uuid"] == task.uuid.as_str()).unwrap();
        let expected = exported["urgency"].as_f64().unwrap();
        assert!((task.urgency - expected).abs() < 0.001, "{}: {} and not {expected}", task.description, task.urgency);
    }
}

#[test]
fn the_ranking_and_its_reasons_are_as_expected() {
    let shown: Vec<_> = ranked()
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
fn what_is_completed_is_archived_and_nothing_is_lost() {
    on_the_day(|tasks, _, _| {
        let split = archive::split(tasks);
        assert_eq!((split.kept.len(), split.archived.len()), (17, 4));
        assert!(tasks.iter().all(|task| split.kept.contains(&task) != split.archived.contains(&task)));
    });
}
