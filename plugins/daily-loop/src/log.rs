//! The log of days: an element of `/daily/log`.

use serde::{Deserialize, Serialize};
use sortie_plugin_sdk::Node;

use crate::confirmation::DayPlan;
use crate::day::Day;
use crate::moment::Moment;
use crate::summary::{Summary, TaskRef};

/// What is kept of a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogEntry {
    /// The day; null when neither the params nor the data tell it.
    pub date: Option<Day>,
    /// The moment at which the entry was made, as the run knows it; null likewise.
    pub now: Option<Moment>,
    /// The summary in a line.
    pub headline: String,
    /// How many tasks were completed on the days that were looked back on.
    pub completed: usize,
    /// How many tasks had slipped.
    pub slipped: usize,
    /// Whether a person decided the plan.
    pub confirmed: bool,
    /// The plan, in order.
    pub plan: Vec<TaskRef>,
    /// The uuids of the tasks that the person took out of the proposal.
    pub dropped: Vec<String>,
    /// The uuids of the tasks that the person added.
    pub added: Vec<String>,
}

/// The entry for a day with this summary and this plan.
pub fn entry(summary: &Summary, plan: &DayPlan) -> LogEntry {
    let tasks = plan.tasks.iter();
    LogEntry {
        date: summary.today,
        now: summary.now,
        headline: summary.headline.clone(),
        completed: summary.completed.count,
        slipped: summary.slipped_total,
        confirmed: plan.confirmed,
        plan: tasks.map(|task| TaskRef { uuid: task.uuid.clone(), description: task.description.clone() }).collect(),
        dropped: plan.dropped.clone(),
        added: plan.added.clone(),
    }
}

/// Where the entry of a day goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// It takes the place of the entry that the day has.
    Instead(usize),
    /// It goes before this entry, which is of a later day.
    Before(usize),
    /// It goes to the end.
    End,
}

/// Where the entry of a day goes: each day has one, and they are in the order of the days.
pub fn place(entries: &[Node<'_>], date: Option<Day>) -> Place {
    let Some(date) = date else { return Place::End };
    let days: Vec<Option<Day>> = entries.iter().copied().map(day_of).collect();
    if let Some(place) = days.iter().rposition(|day| *day == Some(date)) {
        return Place::Instead(place);
    }
    let after_earlier = days.iter().rposition(|day| day.is_some_and(|day| day < date)).map_or(0, |place| place + 1);
    let later = days.iter().skip(after_earlier).position(|day| day.is_some_and(|day| day > date));
    later.map_or(Place::End, |place| Place::Before(after_earlier + place))
}

/// The last day before `today` for which there was a plan.
pub fn planned_before(log: Option<Node<'_>>, today: Day) -> Option<Day> {
    log.into_iter().flat_map(Node::elements).filter_map(day_of).filter(|day| *day < today).max()
}

/// The day of an entry; what is no entry of ours has none.
fn day_of(entry: Node<'_>) -> Option<Day> {
    Day::parse(&entry.get("date")?.as_str()?).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::coefficients::Coefficients;
    use crate::confirmation::{Basis, unconfirmed};
    use crate::priorities::{Measure, Rank};
    use crate::reading::Reader;
    use crate::selection::Selection;
    use crate::summary::{Setting, summarise};
    use crate::tasks::TaskList;
    use crate::written::Written;

    #[test]
    fn an_entry_tells_the_day_in_short() {
        let text = json!([
            {"uuid": "a", "description": "pay", "due": "20260107T000000Z"},
            {"uuid": "b", "description": "call", "status": "completed", "end": "20260107T100000Z"},
        ])
        .to_string();
        let list = TaskList::read(&text, Reader::default()).unwrap();
        let now = Some(Written::parse("2026-01-08").unwrap().now(None));
        let selected = &Selection::default().at(now).unwrap();
        let setting =
            Setting { now, since: None, as_of_newest_change: false, selected, missing_dependencies: 0, remarks: &[] };
        let summary = summarise(&list, setting);
        let coefficients = &Coefficients::default();
        let measure = Measure { now, coefficients, rank: Rank::Urgency, selected };
        let plan = unconfirmed(&Basis { list: &list, measure, limit: 10 });
        assert_eq!(
            serde_json::to_value(entry(&summary, &plan)).unwrap(),
            json!({
                "date": "2026-01-08", "now": "2026-01-08T00:00:00Z",
                "headline": "1 task completed yesterday, 1 slipped, 1 to do",
                "completed": 1, "slipped": 1, "confirmed": false,
                "plan": [{"uuid": "a", "description": "pay"}], "dropped": [], "added": [],
            })
        );
    }

    #[test]
    fn the_last_plan_before_a_day_is_told() {
        let text = json!([{"date": "2026-01-07"}, {"date": "2026-01-05"}, {"date": null}, 17, {"date": "2026-01-09"}]);
        let text = text.to_string();
        let before =
            |day: &str| planned_before(Some(Node::of(&text)), Day::parse(day).unwrap()).map(|day| day.to_string());
        assert_eq!(before("2026-01-09").as_deref(), Some("2026-01-07"));
        assert_eq!(before("2026-01-07").as_deref(), Some("2026-01-05"));
        assert_eq!(before("2026-01-05"), None);
        assert_eq!(planned_before(None, Day::EPOCH), None);
        assert_eq!(planned_before(Some(Node::of("{}")), Day::EPOCH), None);
    }

    #[test]
    fn each_day_has_one_entry() {
        let text = json!([{"date": "2026-01-07"}, {"other": 1}, {"date": "2026-01-08"}, 17]).to_string();
        let entries: Vec<_> = Node::of(&text).elements().collect();
        let place = |day: &str| place(&entries, serde_json::from_value(json!(day)).unwrap());
        assert_eq!((place("2026-01-07"), place("2026-01-08")), (Place::Instead(0), Place::Instead(2)));
        assert_eq!((place("2026-01-09"), place("2026-01-06")), (Place::End, Place::Before(0)));
        let text = json!([{"date": "2026-01-07"}, {"other": 1}, {"date": "2026-01-10"}]).to_string();
        let entries: Vec<_> = Node::of(&text).elements().collect();
        assert_eq!(super::place(&entries, serde_json::from_value(json!("2026-01-08")).unwrap()), Place::Before(2));
    }
}
