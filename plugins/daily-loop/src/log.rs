//! The log of days: an element of `/daily/log`.

use serde::{Deserialize, Serialize};

use crate::confirmation::DayPlan;
use crate::moment::{Day, Moment};
use crate::summary::{Summary, TaskRef};

/// What is kept of a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogEntry {
    /// The day; null when neither the params nor the data tell it.
    pub date: Option<Day>,
    /// The moment at which the entry was made, as the run knows it; null likewise.
    pub now: Option<Moment>,
    /// The summary in a line.
    pub headline: String,
    /// How many tasks were completed the day before.
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
        slipped: summary.slipped.len(),
        confirmed: plan.confirmed,
        plan: tasks.map(|task| TaskRef { uuid: task.uuid.clone(), description: task.description.clone() }).collect(),
        dropped: plan.dropped.clone(),
        added: plan.added.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::coefficients::Coefficients;
    use crate::confirmation::{Basis, unconfirmed};
    use crate::summary::summarise;
    use crate::tasks::TaskList;

    #[test]
    fn an_entry_tells_the_day_in_short() {
        let tasks = [
            json!({"uuid": "a", "description": "pay", "due": "20260107T000000Z"}),
            json!({"uuid": "b", "description": "call", "status": "completed", "end": "20260107T100000Z"}),
        ];
        let now = Moment::parse("2026-01-08").ok();
        let summary = summarise(&TaskList::read(&tasks), now);
        let plan = unconfirmed(&Basis { tasks: &tasks, now, limit: 10, coefficients: &Coefficients::default() });
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
}
