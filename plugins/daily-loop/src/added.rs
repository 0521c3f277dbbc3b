//! The tasks that a person adds while confirming, as elements of `/tasks`.

use std::collections::BTreeSet;
use std::fmt::Write;

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::decision::NewTask;
use crate::moment::Moment;

/// The new tasks as `task import` takes them: pending, and entered at `now` where that is known.
///
/// A new task's uuid is of version 8 (RFC 9562, section 5.8): bits of the SHA-256 of what the task says, when it is
/// added and at which place. The same decision on the same tasks gives the same uuids on every machine, and none of
/// `taken` is given again.
pub fn elements(new: &[NewTask], now: Option<Moment>, mut taken: BTreeSet<String>) -> Vec<Value> {
    let mut elements = Vec::with_capacity(new.len());
    for (index, task) in new.iter().enumerate() {
        let uuid = free_uuid(task, now, index, &taken);
        elements.push(element(task, now, &uuid));
        taken.insert(uuid);
    }
    elements
}

fn element(task: &NewTask, now: Option<Moment>, uuid: &str) -> Value {
    let mut members = Map::new();
    members.insert("uuid".to_owned(), json!(uuid));
    members.insert("status".to_owned(), json!("pending"));
    members.insert("description".to_owned(), json!(task.description));
    if let Some(now) = now {
        members.insert("entry".to_owned(), json!(now.basic()));
        members.insert("modified".to_owned(), json!(now.basic()));
    }
    if let Some(project) = &task.project {
        members.insert("project".to_owned(), json!(project));
    }
    if let Some(priority) = task.priority {
        members.insert("priority".to_owned(), json!(priority));
    }
    if let Some(due) = task.due {
        members.insert("due".to_owned(), json!(due.basic()));
    }
    Value::Object(members)
}

fn free_uuid(task: &NewTask, now: Option<Moment>, index: usize, taken: &BTreeSet<String>) -> String {
    let mut attempt = 0_u64;
    loop {
        // An array, because its text is the same however a JSON library orders the members of objects.
        let NewTask { description, project, priority, due } = task;
        let named = json!(["daily_loop/added@1", now, index, attempt, description, project, priority, due]);
        let uuid = uuid_of(&named.to_string());
        if !taken.contains(&uuid) {
            return uuid;
        }
        attempt += 1;
    }
}

fn uuid_of(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    let mut uuid = String::with_capacity(36);
    for (index, byte) in digest.iter().take(16).enumerate() {
        let byte = match index {
            6 => byte & 0x0f | 0x80,
            8 => byte & 0x3f | 0x80,
            _ => *byte,
        };
        if matches!(index, 4 | 6 | 8 | 10) {
            uuid.push('-');
        }
        // Writing to a string cannot fail.
        let _ = write!(uuid, "{byte:02x}");
    }
    uuid
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new(description: &str) -> NewTask {
        NewTask { description: description.to_owned(), project: None, priority: None, due: None }
    }

    fn uuids(new: &[NewTask], now: &str, taken: &[String]) -> Vec<String> {
        elements(new, Moment::parse(now).ok(), taken.iter().cloned().collect())
            .iter()
            .map(|element| element["uuid"].as_str().unwrap().to_owned())
            .collect()
    }

    #[test]
    fn a_new_task_is_pending_and_entered_now() {
        let task: NewTask = serde_json::from_value(
            json!({"description": "d", "project": "p", "priority": "H", "due": "2026-01-09T12:00:00+01:00"}),
        )
        .unwrap();
        let mut element = elements(&[task], Moment::parse("2026-01-08").ok(), BTreeSet::new()).remove(0);
        let uuid = element.as_object_mut().unwrap().remove("uuid").unwrap();
        assert_eq!(
            element,
            json!({
                "status": "pending", "description": "d", "entry": "20260108T000000Z", "modified": "20260108T000000Z",
                "project": "p", "priority": "H", "due": "20260109T110000Z",
            })
        );
        assert_eq!(uuid, "ff158bc2-7e66-86bc-80a2-3c3393eb6f0d");
    }

    #[test]
    fn where_no_day_is_known_a_new_task_has_no_entry() {
        let element = elements(&[new("d")], None, BTreeSet::new()).remove(0);
        assert_eq!(element.get("entry"), None);
    }

    #[test]
    fn equal_additions_have_equal_uuids_and_others_do_not() {
        let first = uuids(&[new("d"), new("d")], "2026-01-08", &[]);
        assert_eq!(first, uuids(&[new("d"), new("d")], "2026-01-08", &[]));
        assert_ne!(first[0], first[1]);
        assert_ne!(first, uuids(&[new("d"), new("d")], "2026-01-09", &[]));
    }

    #[test]
    fn a_uuid_that_is_taken_is_not_given_again() {
        let first = uuids(&[new("d")], "2026-01-08", &[]);
        let second = uuids(&[new("d")], "2026-01-08", &first);
        assert_ne!(first, second);
    }
}
