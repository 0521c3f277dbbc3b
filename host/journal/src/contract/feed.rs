//! What changed, and who has read how far.

use super::fixture::{Stage, TTL, asked, engine, make, note, ok, same, time};
use super::{Case, Outcome};
use crate::{Bookmark, FeedEntry, Lease, Owner, Position, Status, Version};

pub(super) const CASES: &[Case] = &[
    ("each write is a change, in order", each_write_is_a_change),
    ("changes are read on from a position", read_on),
    ("a bookmark has one holder and keeps its place", a_bookmark),
];

fn told(change: &FeedEntry) -> (&str, u64, u64, Status) {
    (change.run.as_str(), change.from.get(), change.to.get(), change.status)
}

fn each_write_is_a_change(stage: &Stage<'_>) -> Outcome {
    let journal = stage.journal;
    same("the beginning", &ok(journal.position())?, &Position::START)?;
    let one = make(journal, "one", time(0), &[engine(1)])?;
    make(journal, "two", time(9), &[asked("step")])?;
    ok(journal.append(&one.run, one.version, time(3), &[engine(2), note()]))?;
    // None of these changes a run.
    let me = Owner::new("me");
    ok(journal.append(&one.run, Version::new(4), time(4), &[]))?;
    ok(journal.claim(&one.run, &me, TTL))?;
    ok(journal.release(&one.run, &me))?;
    let _ = journal.append(&one.run, one.version, time(4), &[note()]);
    let found = ok(journal.changes(Position::START, 10))?;
    let expected = vec![("one", 0, 2, Status::Running), ("two", 0, 2, Status::Waiting), ("one", 2, 4, Status::Running)];
    same("the changes", &found.iter().map(told).collect::<Vec<_>>(), &expected)?;
    same("their times", &found.iter().map(|change| change.at).collect::<Vec<_>>(), &vec![time(0), time(9), time(3)])?;
    same("that positions grow", &found.is_sorted_by(|one, other| one.position < other.position), &true)?;
    same("the end", &found.last().map(|change| change.position), &Some(ok(journal.position())?))
}

fn read_on(stage: &Stage<'_>) -> Outcome {
    let journal = stage.journal;
    for name in ["a", "b", "c", "d", "e"] {
        make(journal, name, time(0), &[])?;
    }
    let (mut read, mut after) = (Vec::new(), Position::START);
    loop {
        let some = ok(journal.changes(after, 2))?;
        let Some(last) = some.last() else { break };
        after = last.position;
        read.push(some.iter().map(|change| change.run.as_str()).collect::<String>());
    }
    same("what was read", &read.join(" ").as_str(), &"ab cd e")
}

fn a_bookmark(stage: &Stage<'_>) -> Outcome {
    let journal = stage.journal;
    let (one, two) = (Owner::new("one"), Owner::new("two"));
    let hold = |owner: &Owner| ok(journal.hold_bookmark("mail", owner, TTL));
    let taken = |until: i64| Bookmark::Held(Lease { owner: one.clone(), until: time(until) });
    same("a new one", &hold(&one)?, &Bookmark::Granted(None))?;
    same("another asks", &hold(&two)?, &taken(60))?;
    same("another moves it", &ok(journal.move_bookmark("mail", &two, Position::new(9)))?, &false)?;
    same("its holder moves it", &ok(journal.move_bookmark("mail", &one, Position::new(7)))?, &true)?;
    stage.clock.set(30);
    same("it is renewed", &hold(&one)?, &Bookmark::Granted(Some(Position::new(7))))?;
    stage.clock.set(60);
    same("another asks again", &hold(&two)?, &taken(90))?;
    same("for another purpose", &ok(journal.hold_bookmark("log", &two, TTL))?, &Bookmark::Granted(None))?;
    stage.clock.set(90);
    same("when it has run out", &hold(&two)?, &Bookmark::Granted(Some(Position::new(7))))?;
    same("who had it moves it", &ok(journal.move_bookmark("mail", &one, Position::new(8)))?, &false)?;
    ok(journal.hold_bookmark("mail", &two, std::time::Duration::ZERO))?;
    same("when it is given up", &hold(&one)?, &Bookmark::Granted(Some(Position::new(7))))
}
