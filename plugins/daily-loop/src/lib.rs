//! The daily loop: a mission that turns what Taskwarrior's `task export` prints into a plan for the day.
//!
//! [`mission`] and [`operations`] are what the plugin exports; they call the other modules, which know nothing of it.
//! Everything in this crate is a pure function of its arguments: no clock, no I/O, no iteration over a map without
//! an order. Tasks are read through typed views ([`task`]) that borrow from the state's text and are never written back,
//! so a field that this crate does not understand is neither lost nor altered.
//!
//! | step | logic | reads | writes |
//! |---|---|---|---|
//! | `summarise_yesterday` | [`summary::summarise`], [`archive::completed`] | `/tasks`, `/archive`, `/daily` | `/daily/summary`, `/daily_open`, `/daily_done` |
//! | `generate_priorities` | [`priorities::Ranking`] | `/daily_open`, `/daily` | `/daily/priorities` |
//! | `confirm_priorities` | [`decision`] (a person answers) | | |
//! | `log_summary` | [`confirmation::apply`] or [`confirmation::unconfirmed`], then [`log::entry`] | `/daily_open`, `/daily` | `/daily/plan`, `/daily/log`, `/daily/changes`; what was added to `/tasks` |
//! | `archive_completed` | | `/daily_done` | from `/tasks` to `/archive` |
//!
//! The first step reads all tasks and leaves those that are open at `/daily_open`, in the export's own form and with the
//! fields that the loop works with; the steps behind it read those alone, and `log_summary` takes them away. It also
//! leaves at `/daily_done` which tasks are to be archived, so that `archive_completed` need not read any. Of the
//! first to write below `/daily`, each can be the one that makes it, so all three declare it as a whole.
//!
//! *Now* is `params.today`; without it, the newest moment at which anything happened in the data
//! ([`tasks::TaskList::newest`]). The offset of `today`, or `params.zone`, or else UTC tells in which zone days are counted:
//! *today* is the day of now there, *yesterday* the day before it. What happened is told of yesterday and of the days before it
//! back to the last plan in `/daily/log`; where there is none, on a Monday back to Friday.
//!
//! `params.zone` can be a rule for summer time ([`zone::Zone::parse`]): then days before and after a change of clocks begin at their
//! midnight too.

pub mod added;
pub mod archive;
#[cfg(test)]
mod cases;
pub mod coefficients;
pub mod confirmation;
pub mod day;
pub mod decision;
mod details;
mod digits;
pub mod display;
mod error;
pub mod facts;
pub mod filter;
mod identity;
mod inheritance;
pub mod log;
pub mod mission;
pub mod moment;
pub mod notation;
pub mod operations;
pub mod params;
pub mod priorities;
pub mod reading;
pub mod selection;
pub mod steps;
pub mod summary;
pub mod task;
pub mod taskrc;
pub mod tasks;
pub mod term;
pub mod urgency;
pub mod when;
#[cfg(test)]
mod whole_loop;
mod words;
pub mod written;
pub mod zone;

pub use error::Error;

use mission::daily_loop;
use operations::{archive_completed, generate_priorities, log_summary, summarise_yesterday};

sortie_plugin_sdk::plugin!(
    name: "daily-loop",
    missions: [daily_loop],
    operations: [summarise_yesterday, generate_priorities, log_summary, archive_completed]
);
