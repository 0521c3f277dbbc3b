//! The real Taskwarrior as the judge of our urgency: tasks with all features are added with `task`, exported, and
//! each urgency that the export carries is compared with ours.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may end where its tool does not work as it must")]

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;
use sortie_plugin_daily_loop::coefficients::Coefficients;
use sortie_plugin_daily_loop::priorities::{Measure, Rank, RankedTask, Ranking};
use sortie_plugin_daily_loop::reading::Reader;
use sortie_plugin_daily_loop::selection::{Include, Selection};
use sortie_plugin_daily_loop::taskrc;
use sortie_plugin_daily_loop::tasks::TaskList;
use sortie_plugin_daily_loop::term::TermKind;
use sortie_plugin_daily_loop::zone::{Now, Zone};

use crate::tool::Taskwarrior;

/// How far our urgency may be from Taskwarrior's, which counts in single precision and prints six digits.
const TOLERANCE: f64 = 0.01;

/// What is done with `task`, a command a line. The numbers are Taskwarrior's own: the nth `add` makes task n, and
/// `list` gives the numbers of the tasks that are done, 25 and 26, to those that follow.
const COMMANDS: &str = "
add plain
add overdue for long due:now-30d
add overdue project:home due:now-3d
add due soon due:now+5d +a
add due later due:now+13d +a +b
add due much later due:now+200d +a +b +c
add high priority:H +next
add medium priority:M project:work.big
add low priority:L +a +b +c +d
add scheduled in the past scheduled:now-1h
add scheduled in the future scheduled:now+2d
add started
12 start
add hidden wait:now+10d priority:H
add no longer hidden wait:now-10d
add noted once
15 annotate one
add noted twice
16 annotate one
16 annotate two
add noted four times
17 annotate one
17 annotate two
17 annotate three
17 annotate four
add forty days old entry:now-40d
add a year old entry:now-365d
add two years old entry:now-730d
add blocks and is blocked depends:1
add is blocked by two depends:21,1
add depends on what is completed
add depends on what is deleted
add completed later
add deleted later
23 modify depends:25
24 modify depends:26
25 done
26 delete
list
add repeats due:now-1d recur:weekly until:now+5d
add depends on a template depends:25
add everything project:p priority:H due:now-1d scheduled:now-2d entry:now-100d +next +x +y depends:2
27 annotate one
27 start
list
";

/// Odd tasks that `task import` accepts.
const IMPORTED: &str = r#"[
{"uuid": "00000000-0000-4000-8000-000000000001", "description": "was waiting", "status": "waiting",
 "wait": "20260101T000000Z", "entry": "20260101T000000Z"},
{"uuid": "00000000-0000-4000-8000-000000000002", "description": "waits", "status": "waiting",
 "wait": "20990101T000000Z", "entry": "20260101T000000Z"},
{"uuid": "00000000-0000-4000-8000-000000000003", "description": "depends on what is not there", "status": "pending",
 "depends": ["00000000-0000-4000-8000-0000000000ff"], "entry": "20260101T000000Z"},
{"uuid": "00000000-0000-4000-8000-000000000004", "description": "entered in the future", "entry": "20990101T000000Z"},
{"uuid": "00000000-0000-4000-8000-000000000005", "description": "depends on itself",
 "depends": ["00000000-0000-4000-8000-000000000005"], "tags": ["a", "a", "next"], "priority": "X", "project": ""},
{"uuid": "00000000-0000-4000-8000-000000000006", "description": "has attributes", "size": "big", "estimate": 3,
 "entry": "20260101T000000Z"}
]"#;

/// Coefficients of a user's own, as options of `task`.
const OWN_OPTIONS: &[&str] = &[
    "rc.urgency.user.tag.next.coefficient=10",
    "rc.urgency.due.coefficient=11",
    "rc.urgency.blocking.coefficient=7",
    "rc.urgency.uda.priority.H.coefficient=5",
    "rc.urgency.uda.priority.M.coefficient=4",
    "rc.urgency.uda.priority.L.coefficient=-1",
    "rc.urgency.scheduled.coefficient=6",
    "rc.urgency.active.coefficient=3",
    "rc.urgency.age.coefficient=20",
    "rc.urgency.age.max=50",
    "rc.urgency.annotations.coefficient=2",
    "rc.urgency.tags.coefficient=3",
    "rc.urgency.project.coefficient=0.5",
    "rc.urgency.waiting.coefficient=-4",
    "rc.urgency.blocked.coefficient=-6",
    "rc.urgency.user.tag.a.coefficient=1.5",
    "rc.urgency.user.tag.OVERDUE.coefficient=1.25",
    "rc.urgency.user.tag.BLOCKING.coefficient=-0.5",
    "rc.urgency.user.project.work.coefficient=2.5",
    "rc.urgency.user.project.hom.coefficient=100",
    "rc.urgency.user.keyword.later.coefficient=0.75",
    "rc.urgency.uda.priority.X.coefficient=2.25",
    "rc.urgency.uda.size.big.coefficient=3.5",
    "rc.urgency.uda.estimate.coefficient=-1.5",
];

impl Taskwarrior {
    /// Adds a task of each kind.
    fn fill(&self) {
        for line in COMMANDS.lines().filter(|line| !line.is_empty()) {
            self.run(&line.split(' ').collect::<Vec<_>>());
        }
    }

    /// Adds the odd ones.
    fn import(&self) {
        let odd = self.folder.join("odd.json");
        fs::write(&odd, IMPORTED).unwrap();
        self.run(&["import", odd.to_str().unwrap()]);
    }
}

/// Exports all tasks, with these options of `task`, and compares each urgency and the ranking with ours for these
/// coefficients. Gives the ranking.
fn check(taskwarrior: &Taskwarrior, options: &[&str], coefficients: &Coefficients) -> Vec<RankedTask> {
    let before = taskwarrior.now();
    let export = taskwarrior.run(&[options, &["export"]].concat());
    let after = taskwarrior.now();
    let udas = coefficients.attributes();
    let list = TaskList::read(&export, Reader { udas: &udas, ..Reader::default() }).unwrap();
    let tasks: Value = serde_json::from_str(&export).unwrap();
    let tasks = tasks.as_array().unwrap();
    assert_eq!(list.problems, []);

    // A day may begin between two commands, so the moment of the export is one of two.
    let rank = |moment| {
        let now = Some(Now { moment, zone: Zone::UTC });
        let selected = &Selection { include: Include::All, ..Selection::default() }.at(now).unwrap();
        Ranking::of(&list, Measure { now, coefficients, rank: Rank::Urgency, selected }).propose(1000).tasks
    };
    let (ranked, ranked_after) = (rank(before), rank(after));
    for task in &ranked {
        let expected = exported_urgency(tasks, task);
        let later = ranked_after.iter().find(|later| later.uuid == task.uuid).unwrap();
        let agrees = |ours: f64| (ours - expected).abs() <= TOLERANCE;
        assert!(
            agrees(task.urgency) || agrees(later.urgency),
            "{}: {} and not {expected}: {}",
            task.description,
            task.urgency,
            task.reason,
        );
    }
    for pair in ranked.windows(2) {
        let [first, second] = pair else { panic!("a window of two") };
        let [first, second] = [first, second].map(|task| exported_urgency(tasks, task));
        assert!(first >= second - 2.0 * TOLERANCE, "{first} before {second}");
    }
    ranked
}

fn exported_urgency(export: &[Value], task: &RankedTask) -> f64 {
    export.iter().find(|exported| exported["uuid"] == task.uuid.as_str()).unwrap()["urgency"].as_f64().unwrap()
}

#[test]
fn the_plan_is_what_the_real_tool_calls_ready() {
    let Some(taskwarrior) = Taskwarrior::install("ready") else { return };
    taskwarrior.fill();
    taskwarrior.import();
    let now = Some(Now { moment: taskwarrior.now(), zone: Zone::UTC });
    let export = taskwarrior.run(&["export"]);
    let list = TaskList::read(&export, Reader::default()).unwrap();
    let selected = &Selection::default().at(now).unwrap();
    let measure = Measure { now, coefficients: &Coefficients::default(), rank: Rank::Urgency, selected };
    let ours: BTreeSet<String> =
        Ranking::of(&list, measure).propose(1000).tasks.into_iter().map(|task| task.uuid).collect();
    let theirs = taskwarrior.run(&["+READY", "uuids"]);
    let theirs: BTreeSet<String> = theirs.split_whitespace().map(str::to_owned).collect();
    assert_eq!(ours, theirs);
    assert!(theirs.len() > 10);
}

/// Filters that both have, a line each.
const FILTERS: &str = "
project:home
project:ho
project:Home
project:work
project.is:work
project.not:home
project:
project.any:
project.none:
project.startswith:wo
+a
-a
+a +b
tags:a
tags.hasnt:a
priority:H
priority:h
priority.not:H
priority.any:
priority:
due:today
due.before:today
due.after:today
due.by:tomorrow
due.any:
due.none:
due<today
due>today
due<=tomorrow
due>=today
scheduled.before:now
scheduled.any:
wait.any:
until.any:
status:pending
status:waiting
+OVERDUE
+YESTERDAY
+TODAY
+DUETODAY
+TOMORROW
+WEEK
+MONTH
+QUARTER
+YEAR
+DUE
-DUE
+ACTIVE
-ACTIVE
+BLOCKED
+BLOCKING
+UNBLOCKED
+READY
+WAITING
+SCHEDULED
+TAGGED
+ANNOTATED
+PENDING
+PROJECT
+PRIORITY
+TEMPLATE
+UNTIL
1
1,3
2-4
1 3
1-2 5
1 3 +a
forty
Forty
description:overdue
description:add
description.not:overdue
description.is:plain
description.is:plai
description.isnt:plain
description.contains:year
description.has:ear
description.hasnt:no
description.word:two
description.word:tw
description.noword:two
description.startswith:over
description.left:two
description.endswith:long
description.right:four
one
One
two or forty
/thre/
/long/
+a four
plain or forty
forty and days
( project:home or project:work ) +OVERDUE
+a xor +c
project.has:om
project.hasnt:om
project.word:home
project.endswith:e
project = home
project == home
project != home
project ~ om
priority.above:L
priority.below:H
priority > L
priority != H
id.not:1
due < tomorrow
due >= today
due <= today+2d
due != today
due == today
due.is:today
due.before:-1d
due.before:now+1w
due.after:today-1wk
due.before:eom-1d
entry.before:now-1y
+CHILD
+INSTANCE
parent.any:
recur.any:
recur:weekly
estimate:3
estimate:3.0
estimate.not:3
estimate.above:2
estimate.below:5
estimate.by:3
estimate >= 3
estimate.any:
estimate.none:
size:big
size:b
size.is:big
size.isnt:big
size.has:i
size.any:
size.above:a
size.below:c
+UDA
-UDA
depends.any:
depends.none:
depends:00000000-0000-4000-8000-0000000000ff
";

#[test]
fn a_filter_lets_through_what_it_does_in_the_real_tool() {
    let Some(taskwarrior) = Taskwarrior::install("filters") else { return };
    taskwarrior.fill();
    let export = taskwarrior.run(&["export"]);
    let list = TaskList::read(&export, Reader::default()).unwrap();
    let of_both = |filter: &str| {
        let now = Some(Now { moment: taskwarrior.now(), zone: Zone::UTC });
        let selection = Selection { include: Include::All, filter: Some(filter.to_owned()), ..Selection::default() };
        let selected = &selection.at(now).unwrap();
        let measure = Measure { now, coefficients: &Coefficients::default(), rank: Rank::Urgency, selected };
        let ranked = Ranking::of(&list, measure).propose(1000).tasks;
        let ours: BTreeSet<String> = ranked.into_iter().map(|task| task.uuid).collect();
        let words: Vec<&str> = if filter.starts_with('(') { vec![filter] } else { filter.split(' ').collect() };
        let theirs = taskwarrior.run(&[&["rc.gc=off"], words.as_slice(), &["uuids"]].concat());
        let to_do = |uuid: &&str| list.tasks.iter().any(|task| task.uuid == *uuid && task.status.is_to_do());
        (ours, theirs.split_whitespace().filter(to_do).map(str::to_owned).collect())
    };
    for filter in FILTERS.lines().filter(|line| !line.is_empty()) {
        let (ours, theirs) = of_both(filter);
        if ours != theirs {
            // A day may have begun between the two.
            let again = of_both(filter);
            assert_eq!(again.0, again.1, "{filter}");
        }
    }
}

#[test]
fn what_only_the_real_tool_can_filter_by_is_refused() {
    for filter in
        ["+LATEST", "urgency>5", "due ~ today", "depends.by:1", "description~^a", "estimate.near:3", "limit:2"]
    {
        let selection = Selection { filter: Some(filter.to_owned()), ..Selection::default() };
        assert!(selection.check(&std::collections::BTreeSet::new()).is_err(), "{filter}");
    }
}

#[test]
fn our_urgency_is_that_of_the_real_tool() {
    let Some(taskwarrior) = Taskwarrior::install("urgency") else { return };
    taskwarrior.fill();
    // Before the import: the real tool does not end where a task that depends on itself inherits.
    let inheriting = Coefficients { inherit: true, ..Coefficients::default() };
    let inherited = check(&taskwarrior, &["rc.urgency.inherit=on"], &inheriting);
    taskwarrior.import();
    let ranked = check(&taskwarrior, &[], &Coefficients::default());
    let template = ranked.iter().find(|task| task.description == "depends on a template").unwrap();
    assert!(template.blocked, "a template blocks");

    let configuration: Vec<String> = OWN_OPTIONS.iter().map(|option| option.replace("rc.", "")).collect();
    let configuration = configuration.join("\n") + "\n";
    let configuration = taskrc::read(&configuration);
    assert!(configuration.remarks.is_empty(), "{:?}", configuration.remarks);
    let own = check(&taskwarrior, OWN_OPTIONS, &configuration.coefficients);
    let terms: BTreeSet<_> = own.iter().chain(&inherited).flat_map(|task| &task.terms).map(|term| term.term).collect();
    assert_eq!(terms, BTreeSet::from(all_kinds()), "each term must occur");
}

fn all_kinds() -> [TermKind; 17] {
    [
        TermKind::Next,
        TermKind::Due,
        TermKind::Blocking,
        TermKind::Priority,
        TermKind::Scheduled,
        TermKind::Active,
        TermKind::Age,
        TermKind::Annotations,
        TermKind::Tags,
        TermKind::Project,
        TermKind::Waiting,
        TermKind::Blocked,
        TermKind::UserTag,
        TermKind::UserProject,
        TermKind::UserKeyword,
        TermKind::UserAttribute,
        TermKind::Inherited,
    ]
}
