//! Expressions as they are typed, and the tasks that they leave.

use serde_json::json;

use super::*;
use crate::reading::Reader;
use crate::tasks::{Links, TaskList};

/// The descriptions of the tasks that a filter lets through at noon of 2026-01-08, or what is wrong with it.
fn check(filter: &str, expected: &str) {
    check_in(&tasks(), filter, expected);
}

fn check_in(tasks: &serde_json::Value, filter: &str, expected: &str) {
    let now = Some(Written::parse("2026-01-08T12:00:00Z").unwrap().now(None));
    let text = tasks.to_string();
    let list = TaskList::read(&text, Reader::default()).unwrap();
    let shown = match Filter::parse(filter, now).map(|filter| filter.among(&list)) {
        Ok(filter) => {
            let admitted = list.tasks.iter().filter(|task| filter.admits(Facts { task, links: Links::default(), now }));
            admitted.map(|task| task.description.to_string()).collect::<Vec<_>>().join(", ")
        }
        Err(error) => error.to_string(),
    };
    assert_eq!(shown, expected, "{filter}");
}

fn tasks() -> serde_json::Value {
    json!([
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

/// The right values are those of Taskwarrior 2.6.2, where `estimate` is numeric, `review` a date and `effort` a duration.
#[test]
fn attributes_of_the_users_own_are_compared_as_what_they_are() {
    let check =
        |filter: &str, expected: &str| check_in(&json!(own_attributes().as_array().unwrap()[..4]), filter, expected);
    check("estimate:3", "alpha");
    check("estimate:3.0", "alpha");
    check("estimate = 3", "alpha");
    check("estimate.not:3", "beta, gamma, delta");
    check("estimate.isnt:3", "beta, gamma, delta");
    check("estimate.above:2", "alpha, beta, delta");
    check("estimate.below:5", "alpha, gamma, delta");
    check("estimate.below:-5", "gamma");
    check("estimate.by:3", "alpha, gamma, delta");
    check("estimate.any:", "alpha, beta, delta");
    check("estimate.none:", "gamma");
    check("estimate:", "gamma");
    check("estimate.not:", "alpha, beta, delta");
    check("estimate>2.5", "alpha, beta");
    check("estimate >= 3", "alpha, beta");
    check("estimate:x", "");
    check("size:big", "alpha");
    check("size:b", "alpha");
    check("size.is:b", "");
    check("size.has:m", "beta, gamma");
    check("size.not:big", "beta, gamma, delta");
    check("size.word:big", "alpha");
    check("size.noword:big", "beta, gamma, delta");
    check("size.startswith:s", "beta");
    check("size.endswith:l", "beta");
    check("size.above:mid", "beta");
    check("size.below:mid", "alpha");
    check("size.by:mid", "alpha, gamma");
    check("review:2026-12-01", "alpha");
    check("review.before:2026-12-15", "alpha");
    check("review.after:2026-12-15", "beta");
    check("review.by:2027-01-01", "alpha, beta");
    check("review.not:2026-12-01", "beta, gamma, delta");
    check("review.is:2026-12-01", "alpha");
    check("review < 2027-01-01", "alpha");
    check("effort:3h", "alpha");
    check("effort:180min", "alpha");
    check("effort:PT3H", "alpha");
    check("effort.above:2h", "alpha, beta");
    check("effort.below:1d", "alpha, delta");
    check("effort.by:3h", "alpha, delta");
    check("effort.not:3h", "beta, gamma, delta");
    let check = |filter: &str, expected: &str| check_in(&own_attributes(), filter, expected);
    check("+UDA", "alpha, beta, gamma, delta, epsilon");
    check("-UDA", "zeta");
    check("colour:red", "");
}

/// The right values are those of Taskwarrior 2.6.2 with `uda.size.values`, where `odd` is none of them and `none` has no size.
#[test]
fn texts_with_an_order_are_compared_by_it() {
    let sizes = [("big", "L"), ("middle", "M"), ("small", "S"), ("odd", "X"), ("none", "")];
    let task = |(n, (name, size)): (usize, &(&str, &str))| json!({"uuid": format!("aaaaaaaa-0000-4000-8000-00000000000{n}"), "description": name, "size": size});
    let tasks = json!(sizes.iter().enumerate().map(task).collect::<Vec<_>>()).to_string();
    let list = TaskList::read(&tasks, Reader::default()).unwrap();
    for (filter, values, expected) in [
        ("size.below:M", "L,M,S", "small"),
        ("size.below:M", "L,M,S,", "small, none"),
        ("size.above:M", "L,M,S", "big, odd, none"),
        ("size.above:M", "L,M,S,", "big, odd"),
        ("size.above:L", "L,,M,S", "odd"),
        ("size.below:L", "L,,M,S", "middle, small, none"),
        ("size.above:X", "L,M,S", ""),
        ("size.below:X", "L,M,S", "big, middle, small"),
        ("size >= M", "L,M,S", "big, middle, odd, none"),
        ("size.by:M", "L,M,S", "middle, small"),
        ("size:M", "L,M,S", "middle"),
    ] {
        let values = [("size".to_owned(), values.split(',').map(str::to_owned).collect())].into();
        let filter = Filter::parse(filter, None).unwrap().with_values(&values);
        let admits = |task| filter.admits(Facts { task, links: Links::default(), now: None });
        let admitted: Vec<_> =
            list.tasks.iter().filter(|task| admits(task)).map(|task| task.description.to_string()).collect();
        assert_eq!(admitted.join(", "), expected, "{filter:?}");
    }
}

/// Taskwarrior compares the texts, and takes an id for a part of a uuid.
#[test]
fn what_depends_on_a_task_is_found_by_its_id_or_its_uuid() {
    let check = |filter: &str, expected: &str| check_in(&own_attributes(), filter, expected);
    check("depends:1", "beta, gamma");
    check("depends:2", "gamma");
    check("depends:1,2", "beta, gamma");
    check("depends:2-3", "gamma");
    check("depends:9", "");
    check("depends.has:1", "beta, gamma");
    check("depends = 2", "gamma");
    check("depends.not:1", "alpha, delta, epsilon, zeta");
    check("depends.hasnt:2", "alpha, beta, delta, epsilon, zeta");
    check("depends:AAAAAAAA", "beta, gamma");
    check("depends:bbbbbbbb-0000-4000-8000-000000000002", "gamma");
    check("depends.any:", "beta, gamma");
    check("depends.none:", "alpha, delta, epsilon, zeta");
    check("depends:", "alpha, delta, epsilon, zeta");
}

/// Beside those of a real export, a task with nothing but a priority, and one without anything.
fn own_attributes() -> serde_json::Value {
    let uuid =
        |letter: char| format!("{}-0000-4000-8000-00000000000{}", letter.to_string().repeat(8), letter as u32 - 96);
    let task = |letter: char, description: &str, more: serde_json::Value| {
        let mut task =
            json!({"uuid": uuid(letter), "description": description, "id": letter as u32 - 96, "recur": "weekly"});
        task.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        task
    };
    json!([
        task('a', "alpha", json!({"estimate": 3, "size": "big", "review": "20261201T000000Z", "effort": "PT3H"})),
        task(
            'b',
            "beta",
            json!({"estimate": 10, "size": "small", "review": "20270101T000000Z", "effort": "P2D",
            "depends": [uuid('a')]})
        ),
        task('c', "gamma", json!({"size": "mid", "priority": "H", "depends": [uuid('a'), uuid('b')]})),
        task('d', "delta", json!({"estimate": 2.5, "effort": "PT1H30M"})),
        task('e', "epsilon", json!({"priority": "L", "estimate": "", "size": null})),
        task('f', "zeta", json!({"mask": "-", "imask": 3, "rtype": "periodic", "urgency": 1})),
    ])
}

#[test]
fn a_name_that_is_nearly_taskwarriors_is_a_slip_unless_it_is_defined() {
    let defined = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let said = |filter: &str, names: &[&str]| {
        Filter::check(filter, &defined(names)).err().map(|error| error.to_string()).unwrap_or_default()
    };
    assert_eq!(
        said("proect:home", &[]),
        "the filter has \"proect:home\", which is not known here: did you mean `project`? (an attribute of your own may have \
         this name where `taskrc` defines it)"
    );
    assert_eq!(said("proect:home", &["proect"]), "");
    assert!(said("sched.before:friday wai:x", &[]).contains("did you mean `wait`?"));
    for filter in ["colour:red", "waiting_for:bob", "duedate:x", "größe:3", "effort<2h"] {
        assert_eq!(said(filter, &[]), "", "{filter}");
    }
    let names = Filter::parse("a1:2 and not (b.any: or c<3) +UDA", None).unwrap();
    assert_eq!(names.attributes(), ["a1", "b", "c"].into());
}

#[test]
fn what_is_no_filter_is_refused() {
    check("(project:home", "the filter ends, or closes a parenthesis, where a term is expected");
    check("", "the filter ends, or closes a parenthesis, where a term is expected");
    let none = &std::collections::BTreeSet::new();
    for term in [
        "colour.near:red",
        "colour.above:",
        "1colour:red",
        "depends:x",
        "depends.before:3",
        "mask:-",
        "limit:2",
        "urgency>5",
        "urgency > 5",
        "description~^a",
        "priority.over:X",
        "status.has:pending",
        "due ~ today",
    ] {
        assert!(matches!(Filter::check(term, none), Err(NotAFilter::Term(_))), "{term}");
    }
    assert!(matches!(Filter::check("+LATEST", none), Err(NotAFilter::Tag(_))));
    assert!(matches!(Filter::of(None, &["-LATEST".to_owned()], &[]), Err(NotAFilter::Tag(_))));
    assert!(matches!(Filter::check("due.before:tomorow", none), Err(NotAFilter::Date { .. })));
    assert!(Filter::check("due.before:tomorrow", none).is_ok());
    let said = |filter: &str| Filter::check(filter, none).unwrap_err().to_string();
    assert_eq!(said("due.before:tomorow"), "the filter has \"tomorow\", which is not a date; did you mean `tomorrow`?");
}
