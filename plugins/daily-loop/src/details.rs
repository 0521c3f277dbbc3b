//! All that there is to say of the tasks of a plan, for who asks for it.

use rustc_hash::FxHashMap;
use sortie_plugin_sdk::{Block, Field, Node, Output};

use crate::priorities::RankedTask;
use crate::task::Task;
use crate::tasks::TaskList;
use crate::words;
use crate::written::Written;
use crate::zone::Zone;

/// Of how many tasks all is said; a display has a bound.
const TOLD: usize = 50;

/// Displays what the data has of each task, and how its urgency comes about.
pub(crate) fn of(mut output: Output, ranked: &[RankedTask], list: &TaskList, zone: Zone) -> Output {
    let by_uuid: FxHashMap<&str, &Task> = list.tasks.iter().map(|task| (&*task.uuid, task)).collect();
    for task in ranked.iter().take(TOLD) {
        let heading = format!("{}. {}", task.rank, words::cut(&task.description, usize::MAX));
        let mut fields = vec![
            field("uuid", task.uuid.clone()),
            field("urgency", format!("{}: {}", words::hundredths(task.urgency), task.reason)),
        ];
        if let Some(known) = by_uuid.get(&*task.uuid) {
            fields.extend(known.element.members().flat_map(|(name, value)| of_member(&name, value, zone)));
        }
        output = output.block(Block::Heading(heading)).block(Block::Fields(fields));
    }
    match ranked.len().saturating_sub(TOLD) {
        0 => output,
        more => output.text(format!("{} without details: the display has room for {TOLD}", words::count(more, "task"))),
    }
}

fn field(name: &str, value: String) -> Field {
    Field { name: name.to_owned(), value }
}

/// A member of a task as fields; each annotation is one of its own. What the plan shows anyway is none.
fn of_member(name: &str, value: Node<'_>, zone: Zone) -> Vec<Field> {
    if matches!(name, "uuid" | "id" | "description" | "urgency" | "status") || value.is_null() {
        return Vec::new();
    }
    if name != "annotations" {
        return vec![field(name, shown(value, zone))];
    }
    let note = |note: Node<'_>| {
        let entry = note.get("entry").map(|entry| shown(entry, zone)).unwrap_or_default();
        field(&format!("note {entry}"), note.get("description").map(|text| shown(text, zone)).unwrap_or_default())
    };
    value.elements().map(note).collect()
}

/// A date in the person's zone, a list as its elements, any other text as it is.
fn shown(value: Node<'_>, zone: Zone) -> String {
    let elements: Vec<_> = value.elements().map(|element| shown(element, zone)).collect();
    if !elements.is_empty() {
        return elements.join(", ");
    }
    let Some(text) = value.as_str() else { return value.text().to_owned() };
    // As an export writes it; anything else may only look like a date.
    let is_moment = text.len() == 16 && text.ends_with('Z');
    match Written::parse(&text) {
        Ok(written) if is_moment => {
            let moment = written.moment(zone);
            let (day, time) = (zone.day(moment), zone.time_of_day(moment));
            if time == "00:00" { day.to_string() } else { format!("{day} {time}") }
        }
        Ok(_) | Err(_) => text.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::whole_loop::run;

    #[test]
    fn on_request_all_that_a_task_has_is_displayed() {
        let tasks = json!([{
            "uuid": "aaaaaaaa-0000-4000-8000-000000000001", "id": 4, "description": "Call the\nbank", "priority": "H",
            "project": "home", "due": "20260109T103000Z", "estimate": 3.5, "tags": ["phone", "now"],
            "annotations": [{"entry": "20260105T230000Z", "description": "ask for Ida"}],
        }]);
        let display = |details: bool| {
            let params = json!({"today": "2026-01-08", "zone": "+01:00", "details": details});
            let day = run(params, json!({"tasks": tasks}), None).unwrap();
            format!("{:#?}", day.displays["generate_priorities"])
        };
        let told = display(true);
        for part in [
            "1. Call the bank",
            "2026-01-09 11:30",
            "note 2026-01-06",
            "ask for Ida",
            "phone, now",
            "3.5",
            "priority H (+6.0)",
        ] {
            assert!(told.contains(part), "{part}: {told}");
        }
        assert!(!display(false).contains("ask for Ida"));
    }
}
