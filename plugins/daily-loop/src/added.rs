//! The tasks that a person adds while confirming, as elements of `/tasks`.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::decision::{Fault, NewTask};
use crate::identity;
use crate::moment::Moment;
use crate::when;
use crate::zone::Now;

/// A task to be added, with what its words mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addition<'n> {
    new: &'n NewTask,
    due: Option<Moment>,
    wait: Option<Moment>,
    scheduled: Option<Moment>,
    depends: Vec<String>,
    tags: Vec<String>,
}

impl<'n> Addition<'n> {
    /// Finds out what the dates mean at `now`, and adds to the faults what means nothing.
    pub fn of(index: usize, new: &'n NewTask, now: Option<Now>, depends: Vec<String>, faults: &mut Vec<Fault>) -> Self {
        if new.description.trim().is_empty() {
            faults.push(Fault::NoDescription { index });
        }
        let mut date = |field, text: &Option<String>| {
            let text = text.as_ref()?;
            let fault = |why| Fault::NoDate { index, field, text: text.clone(), why };
            when::parse(text, now).map_err(|why| faults.push(fault(why))).ok()
        };
        let (due, wait) = (date("due", &new.due), date("wait", &new.wait));
        // As they are typed: `+phone`, or several with commas, of which Taskwarrior would make several.
        let mut tags = Vec::new();
        for tag in new.tags.iter().flat_map(|tags| tags.split(',')).map(|tag| tag.trim().trim_start_matches('+')) {
            if !tag.is_empty() && !tags.iter().any(|before| before == tag) {
                tags.push(tag.to_owned());
            }
        }
        Self { new, due, wait, scheduled: date("scheduled", &new.scheduled), depends, tags }
    }
}

/// The new tasks as `task import` takes them: pending, and entered at `now` where that is known.
///
/// A new task's uuid is made of what the task says, when it is added and at which place. The same decision on the same
/// tasks gives the same uuids on every machine, and none of `taken` is given again.
pub fn elements(new: &[Addition<'_>], now: Option<Moment>, mut taken: BTreeSet<String>) -> Vec<Value> {
    let mut elements = Vec::with_capacity(new.len());
    for (index, task) in new.iter().enumerate() {
        let Addition { new, due, wait, scheduled, depends, tags } = task;
        let NewTask { description, project, priority, .. } = new;
        let named = (now, index, description, project, priority, due, (wait, scheduled, tags, depends));
        let uuid = identity::free("daily_loop/added@2", &named, &taken);
        elements.push(element(task, now, &uuid));
        taken.insert(uuid);
    }
    elements
}

fn element(task: &Addition<'_>, now: Option<Moment>, uuid: &str) -> Value {
    let Addition { new, due, wait, scheduled, depends, tags } = task;
    let date = |moment: &Option<Moment>| moment.map(|moment| json!(moment.basic()));
    let list = |texts: &Vec<String>| (!texts.is_empty()).then(|| json!(texts));
    let members = [
        ("uuid", Some(json!(uuid))),
        ("status", Some(json!("pending"))),
        ("description", Some(json!(new.description))),
        ("entry", date(&now)),
        ("modified", date(&now)),
        ("project", new.project.as_ref().map(|project| json!(project))),
        ("priority", new.priority.as_ref().map(|priority| json!(priority))),
        ("due", date(due)),
        ("wait", date(wait)),
        ("scheduled", date(scheduled)),
        ("tags", list(tags)),
        ("depends", list(depends)),
    ];
    let present = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(present.collect::<Map<_, _>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::written::Written;

    fn new(description: &str) -> NewTask {
        NewTask { description: description.to_owned(), ..NewTask::default() }
    }

    fn added(new: &[NewTask], now: Option<&str>, taken: &[String]) -> Vec<Value> {
        let now = now.map(|now| Written::parse(now).unwrap().now(None));
        let mut faults = Vec::new();
        let resolved: Vec<_> = new
            .iter()
            .enumerate()
            .map(|(index, new)| Addition::of(index, new, now, vec!["x".to_owned(); new.depends.len()], &mut faults))
            .collect();
        assert_eq!(faults, []);
        elements(&resolved, now.map(|now| now.moment), taken.iter().cloned().collect())
    }

    fn uuids(new: &[NewTask], now: &str, taken: &[String]) -> Vec<String> {
        added(new, Some(now), taken).iter().map(|element| element["uuid"].as_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn a_new_task_is_pending_and_entered_now() {
        let task: NewTask = serde_json::from_value(json!({
            "description": "d", "project": "p", "priority": "H", "due": "tomorrow 12:00", "wait": "2026-01-09",
            "scheduled": "2d", "tags": ["+a", "b,a"], "depends": [3],
        }))
        .unwrap();
        let mut element = added(&[task], Some("2026-01-08T10:00:00+01:00"), &[]).remove(0);
        let uuid = element.as_object_mut().unwrap().remove("uuid").unwrap();
        assert_eq!(
            element,
            json!({
                "status": "pending", "description": "d", "entry": "20260108T090000Z", "modified": "20260108T090000Z",
                "project": "p", "priority": "H", "due": "20260109T110000Z", "wait": "20260108T230000Z",
                "scheduled": "20260110T090000Z", "tags": ["a", "b"], "depends": ["x"],
            })
        );
        let uuid = uuid.as_str().unwrap();
        assert_eq!((uuid.len(), uuid.get(14..15)), (36, Some("8")), "version 8");
    }

    #[test]
    fn where_no_day_is_known_a_new_task_has_no_entry() {
        assert_eq!(added(&[new("d")], None, &[]).remove(0).get("entry"), None);
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
