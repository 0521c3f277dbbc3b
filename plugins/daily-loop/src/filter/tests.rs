//! Expressions as they are typed, and the tasks that they leave.

use serde_json::json;

use super::*;
use crate::reading::Reader;
use crate::tasks::{Links, TaskList};

/// The descriptions of the tasks that a filter lets through at noon of 2026-01-08, or what is wrong with it.
fn check(filter: &str, expected: &str) {
    let now = Some(Written::parse("2026-01-08T12:00:00Z").unwrap().now(None));
    let text = json!([
        {"id": 1, "uuid": "aaaaaaaa-0000-4000-8000-000000000001", "description": "Paint", "project": "home.garden",
         "annotations": [{"entry": "20260101T000000Z", "description": "get blue Brushes at shop.example"}],
         "tags": ["diy"], "priority": "H", "due": "20260109T100000Z"},
        {"id": 2, "uuid": "bbbbbbbb-0000-4000-8000-000000000002", "description": "Call the bank", "project": "money",
         "due": "20260107T100000Z", "tags": ["phone", "diy"], "recur": "weekly",
         "parent": "EEEEEEEE-0000-4000-8000-000000000005"},
        {"id": 3, "uuid": "cccccccc-0000-4000-8000-000000000003", "description": "Plant", "project": "homework",
         "wait": "20270101T000000Z"},
        {"id": 4, "uuid": "dddddddd-0000-4000-8000-000000000004", "description": "Rest", "status": "completed"},
    ])
    .to_string();
    let list = TaskList::read(&text, Reader::default()).unwrap();
    let shown = match Filter::parse(filter, now) {
        Ok(filter) => {
            let admitted = list.tasks.iter().filter(|task| filter.admits(Facts { task, links: Links::default(), now }));
            admitted.map(|task| task.description.to_string()).collect::<Vec<_>>().join(", ")
        }
        Err(error) => error.to_string(),
    };
    assert_eq!(shown, expected, "{filter}");
}

#[test]
fn attributes_and_tags_select() {
    check("project:home", "Paint, Plant");
    check("project:home.garden +diy", "Paint");
    check("project.is:home", "");
    check("project:", "Rest");
    check("+diy -phone", "Paint");
    check("priority:H", "Paint");
    check("priority.none:", "Call the bank, Plant, Rest");
    check("status:pending", "Paint, Call the bank");
    check("status:waiting,completed", "Plant, Rest");
    check("+WAITING or +OVERDUE", "Call the bank, Plant");
}

#[test]
fn dates_are_compared() {
    check("due.before:today", "Call the bank");
    check("due.after:now", "Paint");
    check("due:tomorrow", "Paint");
    check("due:2026-01-07", "Call the bank");
    check("due.any: and not due:2026-01-07", "Paint");
    check("due<today", "Call the bank");
    check("due>=today", "Paint");
    check("+DUE", "Paint");
    check("+WEEK", "Paint, Call the bank");
}

#[test]
fn names_and_words_select() {
    check("2", "Call the bank");
    check("1-2,3", "Paint, Call the bank, Plant");
    check("cccccccc", "Plant");
    check("uuid:CCCCCCCC-0000-4000-8000-000000000003", "Plant");
    check("bank", "Call the bank");
    check("'the bank'", "Call the bank");
    check("/lan/", "Plant");
    check("plan", "");
    check("Brushes", "Paint");
    check("brushes", "");
    check("/blue/ or bank", "Paint, Call the bank");
    check("description.has:Brush", "Paint");
    check("description.word:Brush", "");
    check("description.word:shop", "Paint");
    check("description.startswith:get", "Paint");
    check("description.endswith:bank", "Call the bank");
    check("description.hasnt:Brushes +diy", "Call the bank");
    check("description:Call", "Call the bank");
    check("description:bank", "");
    check("description.is:Call", "");
    check("description.is:Plant", "Plant");
    check("description.not:Pa", "Call the bank, Plant, Rest");
    check("1 3", "Paint, Plant");
    check("1 3 +diy", "Paint");
    check("1 and 3", "");
}

/// The right values are those of Taskwarrior 2.6.2.
#[test]
fn a_modifier_asks_for_a_part_of_a_text() {
    check("project.has:gard", "Paint");
    check("project.contains:ome", "Paint, Plant");
    check("project.hasnt:gard", "Call the bank, Plant, Rest");
    check("project.word:garden", "Paint");
    check("project.noword:garden", "Call the bank, Plant, Rest");
    check("project.startswith:home", "Paint, Plant");
    check("project.endswith:garden", "Paint");
    check("project.is:money", "Call the bank");
    check("project.isnt:money", "Paint, Plant, Rest");
    check("project.not:home", "Call the bank, Rest");
    check("priority.above:L", "Paint");
    check("priority.over:H", "");
    check("priority.below:H", "Call the bank, Plant, Rest");
    check("priority.by:H", "Paint, Call the bank, Plant, Rest");
    check("parent:EEEEEEEE", "Call the bank");
    check("parent.any:", "Call the bank");
    check("recur:weekly", "Call the bank");
    check("recur.none:", "Paint, Plant, Rest");
    check("+CHILD", "Call the bank");
}

#[test]
fn a_name_can_be_excluded() {
    check("id.not:1", "Call the bank, Plant, Rest");
    check("id.not:1,2", "Plant, Rest");
    check("uuid.not:aaaaaaaa", "Call the bank, Plant, Rest");
    check("!project:home", "Call the bank, Rest");
    check("!+diy status:pending", "");
}

#[test]
fn an_operator_may_have_blanks_around_it() {
    check("due < today", "Call the bank");
    check("due >= today", "Paint");
    check("due <= 2026-01-09T10:00:00Z", "Paint, Call the bank");
    check("due = tomorrow or due == 20260107T100000Z", "Paint, Call the bank");
    check("due == tomorrow", "");
    check("due != tomorrow", "Call the bank, Plant, Rest");
    check("(priority = H) and project ~ gard", "Paint");
    check("project !~ gard", "Call the bank, Plant, Rest");
    check("description ~ bank", "Call the bank");
    check("due < 'tomorrow 11:00' +diy", "Paint, Call the bank");
}

#[test]
fn a_date_can_be_calculated() {
    check("due.before:today+2d", "Paint, Call the bank");
    check("due.before:tomorrow-1d", "Call the bank");
    check("due.after:-1d", "Paint");
    check("due.after:now-2days", "Paint, Call the bank");
    check("due.before:now+1w-6d", "Paint, Call the bank");
    check("due > today-P1W", "Paint, Call the bank");
}

#[test]
fn terms_are_combined() {
    check("project:home or project:money", "Paint, Call the bank, Plant");
    check("(project:home or project:money) +phone", "Call the bank");
    check("+diy xor +phone", "Paint");
    check("not (+diy or status:completed)", "Plant");
}

#[test]
fn what_is_no_filter_is_refused() {
    check("(project:home", "the filter ends, or closes a parenthesis, where a term is expected");
    check("", "the filter ends, or closes a parenthesis, where a term is expected");
    for term in [
        "colour:red",
        "+LATEST",
        "urgency>5",
        "urgency > 5",
        "description~^a",
        "priority.over:X",
        "status.has:pending",
        "due ~ today",
    ] {
        assert!(matches!(Filter::check(term), Err(NotAFilter::Term(_))), "{term}");
    }
    assert!(matches!(Filter::check("due.before:tomorow"), Err(NotAFilter::Date { .. })));
    assert!(Filter::check("due.before:tomorrow").is_ok());
    let said = |filter: &str| Filter::check(filter).unwrap_err().to_string();
    assert_eq!(said("projct:home"), "the filter has \"projct:home\", which is not known here: did you mean `project`?");
    assert_eq!(said("due.before:tomorow"), "the filter has \"tomorow\", which is not a date; did you mean `tomorrow`?");
}
