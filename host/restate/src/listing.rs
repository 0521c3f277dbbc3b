//! Lists of runs, asked of the cluster's state in SQL. What a list has is judged by the filter itself, here.

use serde_json::Value;
use sortie_host::journal::{Cursor, Filter, Order, RunSummary, Status};

use crate::WORKFLOW;
use crate::cluster::{Cluster, ClusterError};
use crate::history::{SUMMARY, WAITING};

/// How many runs are asked for at once where the cluster cannot tell which of them the filter lets through.
const PAGE: usize = 500;

/// The key of the order by deadlines for a run that has none: behind all others.
const NEVER: &str = "9999-12-30T21:59:59.999Z";

/// The query of a list of runs.
#[derive(Debug)]
pub(crate) struct SummaryQuery<'f> {
    filter: &'f Filter,
}

impl<'f> SummaryQuery<'f> {
    pub(crate) fn of(filter: &'f Filter) -> Self {
        Self { filter }
    }

    /// The query of how many runs stand so.
    pub(crate) fn count_of(status: Status) -> String {
        let of_status = Filter { statuses: vec![status], ..Filter::default() };
        format!("SELECT count(*) AS number FROM state WHERE {}", SummaryQuery::of(&of_status).conditions(None))
    }

    /// The query of how many events all runs have.
    pub(crate) fn count_of_events() -> String {
        let all = Filter::default();
        let conditions = SummaryQuery::of(&all).conditions(None);
        format!("SELECT coalesce(sum(json_get_int(value_utf8, 'version')), 0) AS number FROM state WHERE {conditions}")
    }

    /// The runs that the filter lets through, in its order.
    pub(crate) fn read(&self, cluster: &Cluster) -> Result<Vec<RunSummary>, ClusterError> {
        // No run here is set aside: Restate tries again by itself.
        if self.filter.set_aside == Some(true) {
            return Ok(Vec::new());
        }
        let limit = self.filter.limit;
        let (mut found, mut after) = (Vec::new(), self.filter.after.clone());
        loop {
            // Who may answer is told here alone, so that a page of the cluster's may have fewer than are wanted.
            let page = limit.map(|limit| if self.filter.assignee.is_some() { limit.max(PAGE) } else { limit });
            let asked = cluster.summaries(&self.text(after.as_ref(), page))?;
            let is_last = page.is_none_or(|page| asked.len() < page);
            after = asked.last().map(|last| self.filter.order.cursor(last));
            found.extend(asked.into_iter().filter(|summary| self.filter.admits(summary)));
            if is_last || after.is_none() || limit.is_some_and(|limit| found.len() >= limit) {
                break;
            }
        }
        found.truncate(limit.unwrap_or(usize::MAX));
        Ok(found)
    }

    fn text(&self, after: Option<&Cursor>, page: Option<usize>) -> String {
        let direction = if self.filter.order.descends() { "DESC" } else { "ASC" };
        let limit = page.map(|page| format!(" LIMIT {page}")).unwrap_or_default();
        format!(
            "SELECT value_utf8 FROM state WHERE {} ORDER BY {} {direction}, service_key {direction}{limit}",
            self.conditions(after),
            self.key()
        )
    }

    fn conditions(&self, after: Option<&Cursor>) -> String {
        let Filter { statuses, mission, started_by, asked_by, due_by, prefix, .. } = self.filter;
        // Those that wait are kept once more, so that the inbox goes through no others.
        let kept_as = if statuses.as_slice() == [Status::Waiting] { WAITING } else { SUMMARY };
        let mut all = vec![format!("service_name = '{WORKFLOW}'"), format!("key = '{kept_as}'")];
        if !statuses.is_empty() {
            let codes: Vec<String> = statuses.iter().map(|status| quoted(&json_text(status))).collect();
            all.push(format!("{} IN ({})", member("status"), codes.join(", ")));
        }
        all.extend(mission.as_ref().map(|mission| format!("{} = {}", member("mission"), quoted(mission))));
        all.extend(started_by.as_ref().map(|by| format!("{} = {}", member("started_by"), quoted(by.as_str()))));
        all.extend(asked_by.map(|time| format!("{} <= {}", of_wait("asked_at"), quoted(&time.to_string()))));
        all.extend(due_by.map(|time| format!("{} <= {}", of_wait("deadline"), quoted(&time.to_string()))));
        all.extend(prefix.as_ref().map(|prefix| format!("starts_with(service_key, {})", quoted(prefix))));
        all.extend(after.map(|cursor| {
            let sign = if self.filter.order.descends() { "<" } else { ">" };
            let (key, place, run) = (self.key(), quoted(&cursor.key().to_string()), quoted(cursor.run().as_str()));
            format!("({key} {sign} {place} OR ({key} = {place} AND service_key {sign} {run}))")
        }));
        all.join(" AND ")
    }

    /// What the order goes by. Times are text of one length, so that text is in their order.
    fn key(&self) -> String {
        match self.filter.order {
            Order::Oldest | Order::Newest => member("created_at"),
            Order::Changed => member("updated_at"),
            Order::Due => format!("coalesce({}, '{NEVER}')", of_wait("deadline")),
        }
    }
}

fn member(name: &str) -> String {
    format!("json_get_str(value_utf8, '{name}')")
}

fn of_wait(name: &str) -> String {
    format!("json_get_str(value_utf8, 'wait', '{name}')")
}

/// A text in SQL.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A value of ours that is text in JSON.
fn json_text<T: serde::Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(text)) => text,
        Ok(_) | Err(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use sortie_host::journal::{RunId, Timestamp};

    use super::*;

    #[test]
    fn names_of_others_are_text_in_a_query_and_no_part_of_it() {
        let filter = Filter { mission: Some("o'ther' OR 1=1 --".to_owned()), limit: Some(3), ..Filter::waiting() };
        let query = SummaryQuery::of(&filter).text(None, Some(3));
        assert!(query.contains("json_get_str(value_utf8, 'mission') = 'o''ther'' OR 1=1 --'"), "{query}");
        assert!(query.contains("key = 'waiting'"), "{query}");
    }

    #[test]
    fn a_list_is_read_on_behind_a_place_in_either_direction() {
        let run: RunId = "r1".parse().unwrap();
        let oldest = Filter::default();
        let start = sortie_journal::Start { mission: "m".to_owned(), by: None, body: Value::Null };
        let at = Timestamp::from_millis(1).unwrap();
        let events = [sortie_journal::Event::Started(start)];
        let (head, _) = sortie_journal::Head::create(&run, at, &events, None).unwrap();
        let cursor = oldest.order.cursor(&head.summary);
        let query = SummaryQuery::of(&oldest).text(Some(&cursor), None);
        assert!(query.contains("> '1970-01-01T00:00:00.001Z' OR"), "{query}");
        let newest = Filter { order: Order::Newest, ..Filter::default() };
        let query = SummaryQuery::of(&newest).text(Some(&cursor), Some(7));
        assert!(query.contains("service_key < 'r1'") && query.ends_with("service_key DESC LIMIT 7"), "{query}");
    }
}
