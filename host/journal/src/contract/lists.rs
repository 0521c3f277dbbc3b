//! Which runs are listed.

use serde_json::json;

use super::fixture::{
    Stage, approved, asked, cancelled, decided, engine, finished, make, ok, question, same, started, time,
};
use super::{Case, Outcome};
use crate::wait::Expires;
use crate::{Actor, DecisionRecord, Event, Filter, Journal, NewRun, Order, RunSummary, Start, Status};

pub(super) const CASES: &[Case] = &[
    ("runs are listed oldest first", oldest_first),
    ("a list goes on behind a cursor in every order", a_list_goes_on),
    ("who started a run is found", who_started),
    ("how many people agree is told", how_many_agree),
    ("each field of a filter narrows the list", each_field_narrows),
    ("an empty journal lists nothing", an_empty_journal),
];

fn names(journal: &dyn Journal, filter: &Filter) -> Result<String, String> {
    let found = ok(journal.list(filter))?;
    Ok(found.iter().map(|summary| summary.run.as_str()).collect::<Vec<_>>().join(" "))
}

fn an_empty_journal(stage: &Stage<'_>) -> Outcome {
    let journal = stage.journal;
    same("the list", &names(journal, &Filter::default())?, &String::new())?;
    same("the waits", &names(journal, &Filter::waiting())?, &String::new())
}

fn how_many_agree(stage: &Stage<'_>) -> Outcome {
    let journal = stage.journal;
    let asked = ok(question("together").ask(time(10)))?.0;
    let asked = Event::Asked(crate::Wait { approvals: 2, ..asked });
    let said = |person: &str, value: u64| match approved("together", &json!(value)) {
        Event::Approved(decision) => Event::Approved(DecisionRecord { actor: Actor::new(person), ..decision }),
        other => other,
    };
    make(journal, "together", time(10), &[asked])?;
    make(journal, "alone", time(20), &[super::fixture::asked("step")])?;
    let reached = |events: &[Event]| -> Result<Vec<Option<(u32, u32)>>, String> {
        let together = super::fixture::run("together")?;
        if !events.is_empty() {
            let version = ok(journal.read(&together))?.version();
            ok(journal.append(&together, version, time(30), events))?;
        }
        let read = ok(journal.read(&together))?.summary;
        let listed = ok(journal.list(&Filter::waiting()))?;
        let listed_first = listed.iter().find(|summary| summary.run == together);
        same("the run as it is listed", &listed_first, &(read.status == Status::Waiting).then_some(&read))?;
        let agreement = |summary: &RunSummary| summary.wait.as_ref().and_then(|wait| wait.agreement.clone());
        Ok(listed.iter().map(|summary| agreement(summary).map(|told| (told.reached(), told.needed))).collect())
    };
    same("at first", &reached(&[])?, &vec![Some((0, 2)), None])?;
    same("after one", &reached(&[said("ann", 1)])?, &vec![Some((1, 2)), None])?;
    same("after two who differ", &reached(&[said("ben", 2)])?, &vec![Some((1, 2)), None])?;
    // Whose answer decides is one of those who agree, also once the run has gone on.
    let decided = match said("ben", 1) {
        Event::Approved(decision) => Event::Decided(decision),
        other => other,
    };
    same("once it is decided", &reached(&[decided])?, &vec![None])?;
    let run = super::fixture::run("together")?;
    let agreement = ok(journal.read(&run))?.summary.wait.and_then(|wait| wait.agreement);
    same("what they agreed on", &agreement.map(|told| told.reached()), &Some(2))?;
    let kept = ok(journal.list(&Filter::default()))?.into_iter().find(|summary| summary.run == run);
    let kept = kept.and_then(|summary| summary.wait).and_then(|wait| wait.agreement);
    same("what the list tells of it", &kept.map(|told| told.reached()), &Some(2))
}

fn oldest_first(stage: &Stage<'_>) -> Outcome {
    let journal = stage.journal;
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

fn each_field_narrows(stage: &Stage<'_>) -> Outcome {
    let journal = stage.journal;
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
        (Filter::ended(), "cancelled failed done"),
        (Filter { statuses: vec![Status::Waiting, Status::Done], ..any() }, "ann open due done"),
        (Filter { prefix: Some("d".to_owned()), ..any() }, "due decided done"),
        (Filter { prefix: Some("du".to_owned()), ..waiting() }, "due"),
        (Filter { prefix: Some("due.".to_owned()), ..any() }, ""),
        (Filter { started_by: Some("ann".into()), ..any() }, ""),
        (Filter { mission: Some("week".to_owned()), ..any() }, ""),
        (Filter { assignee: Some("ann".into()), ..waiting() }, "ann open"),
        (Filter { assignee: Some("cem".into()), ..waiting() }, "open due"),
        (Filter { assignee: Some("dee".into()), ..waiting() }, "open"),
        (Filter { asked_by: Some(time(9)), ..waiting() }, ""),
        (Filter { asked_by: Some(time(10)), ..waiting() }, "ann"),
        (Filter { asked_by: Some(time(20)), ..any() }, "ann open"),
        (Filter::expired(time(34)), ""),
        (Filter::expired(time(35)), "due"),
        (Filter::expired(time(1000)), "due ann"),
        (Filter { limit: Some(1), ..Filter::expired(time(1000)) }, "due"),
    ];
    for (filter, expected) in cases {
        same(&format!("the list by {filter:?}"), &names(journal, &filter)?.as_str(), &expected)?;
    }
    Ok(())
}

/// Pages of any size have what the whole list has, in its order, though runs are equal in it.
fn a_list_goes_on(stage: &Stage<'_>) -> Outcome {
    let journal = stage.journal;
    let due = |name: &str, at: i64, deadline: Option<i64>| -> Outcome {
        let wait = crate::Wait { deadline: deadline.map(time), ..ok(question("step").ask(time(at)))?.0 };
        make(journal, name, time(at), &[Event::Asked(wait)]).map(|_| ())
    };
    for (name, at, deadline) in
        [("c", 5, Some(70)), ("a", 5, None), ("b", 5, Some(70)), ("e", 1, Some(9)), ("d", 7, None)]
    {
        due(name, at, deadline)?;
    }
    make(journal, "z", time(2), &[engine(1)])?;
    make(journal, "y", time(3), &[finished(true)])?;
    let cases = [
        (Order::Oldest, "e z y a b c d"),
        (Order::Newest, "d c b a y z e"),
        (Order::Changed, "d c b a y z e"),
        (Order::Due, "e b c a d y z"),
    ];
    for (order, expected) in cases {
        let filter = Filter { order, ..Filter::default() };
        same(&format!("the list by {order:?}"), &names(journal, &filter)?.as_str(), &expected)?;
        for size in 1..4 {
            let mut pages = Vec::new();
            let mut page = Filter { limit: Some(size), ..filter.clone() };
            loop {
                let found = ok(journal.list(&page))?;
                let Some(last) = found.last() else { break };
                page.after = Some(order.cursor(last));
                pages.extend(found.iter().map(|summary| summary.run.to_string()));
            }
            same(&format!("pages of {size} by {order:?}"), &pages.join(" ").as_str(), &expected)?;
        }
        let first = ok(journal.list(&Filter { limit: Some(1), ..filter.clone() }))?;
        let after = first.first().map(|first| order.cursor(first));
        for (another, _) in cases.iter().filter(|(another, _)| *another != order) {
            let page = Filter { order: *another, after: after.clone(), ..Filter::default() };
            let code = journal.list(&page).map(|found| found.len()).map_err(|error| error.code());
            same(&format!("a list by {another:?} behind a cursor of {order:?}"), &code, &Err("invalid_cursor"))?;
        }
    }
    Ok(())
}

fn who_started(stage: &Stage<'_>) -> Outcome {
    let journal = stage.journal;
    let by = |name: &str, by: Option<&str>| {
        let start = Start { mission: "daily".to_owned(), by: by.map(Actor::from), body: json!({}) };
        let events = vec![Event::Started(start)];
        ok(journal.create(&NewRun { run: super::fixture::run(name)?, at: time(0), events, lease: None }))
    };
    let of_ann = by("r1", Some("ann"))?;
    same("who started it", &of_ann.started_by, &Some("ann".into()))?;
    same("who started it, as it reads back", &ok(journal.read(&of_ann.run))?.summary, &of_ann)?;
    same("who started the other", &by("r2", None)?.started_by, &None)?;
    let filter = Filter { started_by: Some("ann".into()), ..Filter::default() };
    same("the list", &names(journal, &filter)?.as_str(), &"r1")
}
