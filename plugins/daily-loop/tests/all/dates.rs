//! The real Taskwarrior as the judge of our dates: what `task calc` takes each word for, on days on which weeks, months,
//! quarters and years begin and end.
#![expect(clippy::unwrap_used, reason = "a test may end where its tool does not work as it must")]

use sortie_plugin_daily_loop::moment::Moment;
use sortie_plugin_daily_loop::when;
use sortie_plugin_daily_loop::written::Written;
use sortie_plugin_daily_loop::zone::{Now, Zone};

use crate::tool::{Taskwarrior, is_there};

/// Days on which something begins or ends: each day of a week, the last of short months, a leap day, both ends of a year.
const DAYS: &[&str] = &[
    "2026-11-23 09:30:00",
    "2026-11-26 23:59:59",
    "2026-11-28 00:00:00",
    "2026-11-29 12:00:00",
    "2026-11-30 09:30:00",
    "2026-12-31 18:00:00",
    "2027-01-01 00:00:00",
    "2027-03-31 06:00:00",
    "2028-02-29 12:00:00",
];

/// What names a moment by itself.
const WORDS: &[&str] = &[
    "now",
    "today",
    "tomorrow",
    "yesterday",
    "sod",
    "eod",
    "sow",
    "eow",
    "sonw",
    "eonw",
    "soww",
    "eoww",
    "som",
    "eom",
    "sonm",
    "eonm",
    "soq",
    "eoq",
    "sonq",
    "eonq",
    "soy",
    "eoy",
    "sony",
    "eony",
    "later",
    "someday",
    "monday",
    "tue",
    "wednesday",
    "thu",
    "friday",
    "sat",
    "sunday",
    "january",
    "feb",
    "may",
    "november",
    "dec",
    "1st",
    "2nd",
    "3rd",
    "15th",
    "28th",
    "15:00",
    "2026-11-27",
    "20261127T150000",
    "2026-11-27T15:00",
    "2026-11-27T15:00:00Z",
    "2026-11-27T15:00:00+01:00",
    "2026-11-27T15:00:00-05:30",
    "1795000000",
    "2026-331",
    "2028-060",
    "2025-W48-5",
    "2027-W01-1",
    "2028-W52-2",
];

/// What is counted from now; the tool takes it for a span, so that it is asked what now and the span are.
const SPANS: &[&str] = &[
    "3d", "1day", "2w", "1wk", "3weeks", "1mo", "2months", "1q", "2qtrs", "1y", "2yrs", "90min", "45mins", "1h",
    "36hrs", "30s", "P3D", "P1W", "P1Y2M", "PT1H30M", "P1DT2H",
];

/// The moment that the tool takes a text for, in UTC, if it takes it for one.
fn theirs(taskwarrior: &Taskwarrior, day: &str, text: &str) -> Option<Moment> {
    let mut command = taskwarrior.command("faketime");
    let output = command.args(["-f", day, "task", "calc", text]).output().unwrap();
    Moment::parse(&format!("{}Z", String::from_utf8(output.stdout).unwrap().trim())).ok()
}

#[test]
fn a_date_means_what_the_real_tool_takes_it_for() {
    if !is_there("faketime") {
        return;
    }
    let Some(taskwarrior) = Taskwarrior::install("dates") else { return };
    let mut wrong = Vec::new();
    for day in DAYS {
        let moment = Moment::parse(&format!("{day}Z")).unwrap();
        let now = Some(Now { moment, zone: Zone::UTC });
        let spans = SPANS.iter().map(|span| (*span, format!("now+{span}")));
        for (text, asked) in WORDS.iter().map(|word| (*word, (*word).to_owned())).chain(spans) {
            let (ours, theirs) = (when::parse(text, now).ok(), theirs(&taskwarrior, day, &asked));
            if ours != theirs || ours.is_none() {
                wrong.push(format!("on {day}, {text} is {ours:?}, and {theirs:?} for the tool"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Around both changes of clocks, in a zone that has them.
#[test]
fn a_date_beyond_a_change_of_clocks_means_what_the_real_tool_takes_it_for() {
    const RULE: &str = "CET-1CEST,M3.5.0,M10.5.0/3";
    const DAYS: [&str; 5] = [
        "2027-03-26 09:30:00",
        "2027-03-27 12:00:00",
        "2027-03-28 12:00:00",
        "2027-10-30 09:30:00",
        "2027-10-31 12:00:00",
    ];
    const OTHERS: [&str; 7] = [
        "2027-06-15",
        "2027-12-01",
        "2027-03-28T10:00",
        "2027-03-28T02:30",
        "2027-10-31T02:30",
        "2027-10-31T10:00",
        "2027-06-14T22:00:00Z",
    ];
    if !is_there("faketime") {
        return;
    }
    let Some(taskwarrior) = Taskwarrior::install("clocks") else { return };
    let zone = Zone::parse(RULE).unwrap();
    let mut wrong = Vec::new();
    for day in DAYS {
        let now = Written::parse(day).unwrap().now(Some(zone));
        let spans = ["now+3d", "today+2d", "eom-1w"];
        for text in WORDS.iter().copied().chain(OTHERS).chain(spans).filter(|text| *text != "2025-W48-5") {
            let ours = when::parse(text, Some(now)).ok().map(|moment| zone.shown(moment));
            let output =
                taskwarrior.command("faketime").env("TZ", RULE).args(["-f", day, "task", "calc", text]).output();
            let theirs = String::from_utf8(output.unwrap().stdout).unwrap();
            if ours.as_ref().and_then(|ours| ours.get(..19)) != Some(theirs.trim()) {
                wrong.push(format!("on {day}, {text} is {ours:?}, and {theirs:?} for the tool"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Where we follow the calendar and the standard, and the tool does not: it counts past the end of a month that has no
/// such day, and numbers the weeks of a year that begins on a Thursday from one too early (ISO 8601, section 4.3.2.2).
#[test]
fn where_the_tool_is_wrong_we_are_not() {
    if !is_there("faketime") {
        return;
    }
    let Some(taskwarrior) = Taskwarrior::install("wrong-dates") else { return };
    let day = "2026-11-26 09:30:00";
    let now = Some(Now { moment: Moment::parse(&format!("{day}Z")).unwrap(), zone: Zone::UTC });
    for (text, right, told) in [("31st", "2026-12-31", "2026-12-01"), ("2026-W48-5", "2026-11-27", "2026-12-04")] {
        assert_eq!(when::parse(text, now).ok(), Moment::parse(right).ok(), "{text}");
        assert_eq!(theirs(&taskwarrior, day, text), Moment::parse(told).ok(), "{text}: the tool is right now");
    }
}
