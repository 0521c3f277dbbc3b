//! Reading the summary that an earlier step wrote, member by member.

use std::borrow::Cow;

use serde::de::DeserializeOwned;
use sortie_plugin_sdk::Node;

use super::{Completions, Counts, Summary};

impl Summary {
    /// Reads what an earlier step wrote; nothing, where it is another's. Each step behind the summary does, and a type of so many
    /// members takes serde twice the time.
    pub fn of(node: Node<'_>) -> Option<Self> {
        let (mut now, mut today, mut yesterday, mut since) = (None, None, None, None);
        let (mut zone, mut as_of_newest_change, mut headline, mut quiet, mut completed) =
            (None, None, None, None, None);
        let (mut slipped, mut slipped_total, mut started, mut entered) = (None, None, None, None);
        let (mut counts, mut missing_dependencies, mut flawed, mut unreadable) = (None, None, None, None);
        let mut remarks = Some(Vec::new());
        for (name, value) in node.members() {
            match &*name {
                "now" => now = value.read().ok()?,
                "zone" => zone = value.read().ok(),
                "as_of_newest_change" => as_of_newest_change = value.as_bool(),
                "today" => today = value.read().ok()?,
                "yesterday" => yesterday = value.read().ok()?,
                "since" => since = value.read().ok()?,
                "headline" => headline = value.as_str().map(Cow::into_owned),
                "quiet" => quiet = value.as_bool(),
                "completed" => completed = Completions::of(value),
                "slipped" => slipped = items(value),
                "slipped_total" => slipped_total = number(value),
                "started" => started = items(value),
                "entered" => entered = number(value),
                "counts" => counts = Counts::of(value),
                "missing_dependencies" => missing_dependencies = number(value),
                "flawed" => flawed = number(value),
                "unreadable" => unreadable = items(value),
                "remarks" => remarks = value.read().ok(),
                _ => {}
            }
        }
        Some(Self {
            now,
            zone: zone?,
            as_of_newest_change: as_of_newest_change?,
            today,
            yesterday,
            since,
            headline: headline?,
            quiet: quiet?,
            completed: completed?,
            slipped: slipped?,
            slipped_total: slipped_total?,
            started: started?,
            entered: entered?,
            counts: counts?,
            missing_dependencies: missing_dependencies?,
            flawed: flawed?,
            unreadable: unreadable?,
            remarks: remarks?,
        })
    }
}

impl Completions {
    fn of(node: Node<'_>) -> Option<Self> {
        Some(Self { count: number(node.get("count")?)?, projects: items(node.get("projects")?)? })
    }
}

impl Counts {
    fn of(node: Node<'_>) -> Option<Self> {
        let (mut total, mut pending, mut waiting, mut completed) = (None, None, None, None);
        let (mut deleted, mut expired, mut recurring, mut active, mut unreadable) = (None, Some(0), None, None, None);
        for (name, value) in node.members() {
            match &*name {
                "total" => total = number(value),
                "pending" => pending = number(value),
                "waiting" => waiting = number(value),
                "completed" => completed = number(value),
                "deleted" => deleted = number(value),
                "expired" => expired = number(value),
                "recurring" => recurring = number(value),
                "active" => active = number(value),
                "unreadable" => unreadable = number(value),
                _ => {}
            }
        }
        Some(Self {
            total: total?,
            pending: pending?,
            waiting: waiting?,
            completed: completed?,
            deleted: deleted?,
            expired: expired?,
            recurring: recurring?,
            active: active?,
            unreadable: unreadable?,
        })
    }
}

fn number(node: Node<'_>) -> Option<usize> {
    usize::try_from(node.as_integer()?).ok()
}

fn items<T: DeserializeOwned>(node: Node<'_>) -> Option<Vec<T>> {
    node.is_array().then(|| node.elements().map(|item| item.read().ok()).collect())?
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::tests::summary;
    use super::*;

    #[test]
    fn a_summary_is_read_as_serde_reads_it_and_another_value_is_none() {
        let tasks = json!([
            {"uuid": "a", "description": "pay \"now\"", "due": "20260101T000000Z", "id": 3},
            {"uuid": "b", "description": "call", "status": "completed", "end": "20260107T100000Z", "project": "p"},
            {"uuid": "c", "description": "go", "start": "20260107T100000Z", "entry": "20260107T100000Z"},
            {"uuid": "d", "description": "odd", "due": "never", "entry": 7},
            {"uuid": "e", "description": "gone", "until": "20260105T000000Z"},
            17,
        ]);
        let read = |value: &Value| {
            let text = value.to_string();
            assert_eq!(Summary::of(Node::of(&text)), serde_json::from_str(&text).ok(), "{text}");
        };
        for today in [Some("2026-01-08"), Some("2026-01-08T10:00:00+02:00"), Some("2026-01-12"), None] {
            let whole = json!(summary(&tasks, today));
            assert_eq!(Summary::of(Node::of(&whole.to_string())), Some(summary(&tasks, today)));
            // Without a member, with one of another kind, and with one more.
            let members: Vec<String> = whole.as_object().unwrap().keys().cloned().collect();
            for name in members {
                let mut changed = whole.clone();
                changed.as_object_mut().unwrap().remove(&name);
                read(&changed);
                for other in [json!(null), json!(-1), json!(1.5), json!("x"), json!({}), json!([{}]), json!(true)] {
                    changed[&name] = other;
                    read(&changed);
                }
            }
            let mut changed = whole;
            changed["counts"]["more"] = json!(1);
            changed["more"] = json!([{}]);
            read(&changed);
            changed["counts"].as_object_mut().unwrap().remove("total");
            read(&changed);
        }
        read(&json!([1]));
        read(&json!(null));
    }
}
