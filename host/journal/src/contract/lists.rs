//! Which runs are listed.

use serde_json::json;

use super::fixture::{asked, cancelled, decided, engine, finished, make, ok, question, same, started, time};
use super::{Case, Outcome};
use crate::wait::Expires;
use crate::{Event, Filter, Journal, NewRun, Status};

pub(super) const CASES: &[Case] = &[
    ("runs are listed oldest first", oldest_first),
    ("each field of a filter narrows the list", each_field_narrows),
    ("an empty journal lists nothing", an_empty_journal),
];

fn names(journal: &dyn Journal, filter: &Filter) -> Result<String, String> {
    let found = ok(journal.list(filter))?;
    Ok(found.iter().map(|summary| summary.run.as_str()).collect::<Vec<_>>().join(" "))
}

fn an_empty_journal(journal: &dyn Journal) -> Outcome {
    same("the list", &names(journal, &Filter::default())?, &String::new())?;
    same("the waits", &names(journal, &Filter::waiting())?, &String::new())
}

fn oldest_first(journal: &dyn Journal) -> Outcome {
    for (name, at) in [("c", 5), ("b", 7), ("a", 5), ("d", 1)] {
        make(journal, name, time(at), &[])?;
    }
    same("the list", &names(journal, &Filter::default())?.as_str(), &"d a c b")?;
    let by_status = Filter { statuses: vec![Status::Running], ..Filter::default() };
    same("the list by status", &names(journal, &by_status)?.as_str(), &"d a c b")?;
    for (limit, expected) in [(0, ""), (1, "d"), (3, "d a c"), (4, "d a c b"), (5, "d a c b")] {
        let limited = Filter { limit: Some(limit), ..Filter::default() };
        same(&format!("the list of at most {limit}"), &names(journal, &limited)?.as_str(), &expected)?;
    }
    Ok(())
}

fn each_field_narrows(journal: &dyn Journal) -> Outcome {
    let open = ok(question("open").ask(time(20)))?.0;
    let due = ok(super::fixture::question("due").ask(time(30)))?.0;
    let due = crate::Wait { deadline: Some(time(35)), assignees: vec!["cem".to_owned()], ..due };
    same("no deadline", &question("open").expires, &Expires::Never)?;
    make(journal, "running", time(1), &[engine(1)])?;
    make(journal, "ann", time(10), &[asked("step")])?;
    make(journal, "open", time(20), &[Event::Asked(open)])?;
    make(journal, "due", time(30), &[Event::Asked(due)])?;
    make(journal, "decided", time(40), &[asked("step"), decided("step", &json!(1))])?;
    make(journal, "done", time(50), &[finished(true)])?;
    make(journal, "failed", time(60), &[finished(false)])?;
    make(journal, "cancelled", time(70), &[cancelled()])?;
    let other =
        NewRun { run: super::fixture::run("other")?, at: time(80), events: vec![started("weekly")], lease: None };
    ok(journal.create(&other))?;

    let any = Filter::default;
    let waiting = Filter::waiting;
    let cases = [
        (any(), "running ann open due decided done failed cancelled other"),
        (waiting(), "ann open due"),
        (Filter::drivable(), "running decided other"),
        (Filter { statuses: vec![Status::Done], ..any() }, "done"),
        (Filter { statuses: vec![Status::Cancelled, Status::Failed], ..any() }, "failed cancelled"),
        (Filter { mission: Some("weekly".to_owned()), ..any() }, "other"),
        (Filter { mission: Some("week".to_owned()), ..any() }, ""),
        (Filter { assignee: Some("ann".to_owned()), ..waiting() }, "ann open"),
        (Filter { assignee: Some("cem".to_owned()), ..waiting() }, "open due"),
        (Filter { assignee: Some("dee".to_owned()), ..waiting() }, "open"),
        (Filter { asked_by: Some(time(9)), ..waiting() }, ""),
        (Filter { asked_by: Some(time(10)), ..waiting() }, "ann"),
        (Filter { asked_by: Some(time(20)), ..any() }, "ann open"),
        (Filter::expired(time(34)), ""),
        (Filter::expired(time(35)), "due"),
        (Filter::expired(time(1000)), "ann due"),
        (Filter { limit: Some(1), ..Filter::expired(time(1000)) }, "ann"),
    ];
    for (filter, expected) in cases {
        same(&format!("the list by {filter:?}"), &names(journal, &filter)?.as_str(), &expected)?;
    }
    Ok(())
}
