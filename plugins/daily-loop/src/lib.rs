//! The daily loop: a mission that turns what Taskwarrior's `task export` prints into a plan for the day.
//!
//! [`mission`] and [`operations`] are what the plugin exports; they call the other modules, which know nothing of it.
//! Everything in this crate is a pure function of its arguments: no clock, no I/O, no iteration over a map without
//! an order. Tasks are read through typed views ([`task`]) and never written back, so a field that this crate does
//! not understand is neither lost nor altered.
//!
//! | step | logic | reads | writes |
//! |---|---|---|---|
//! | `summarise_yesterday` | [`summary::summarise`] | `/tasks`, `/daily` | `/daily/summary` |
//! | `generate_priorities` | [`priorities::propose`] | `/tasks`, `/daily` | `/daily/priorities` |
//! | `confirm_priorities` | [`decision`] (a person answers) | | |
//! | `log_summary` | [`confirmation::apply`] or [`confirmation::unconfirmed`], then [`log::entry`] | `/tasks`, `/daily` | `/daily/plan`, `/daily/log`; what was added to `/tasks` |
//! | `archive_completed` | [`archive::completed`] | `/tasks`, `/archive` | from `/tasks` to `/archive` |
//!
//! The first to write below `/daily` makes it, so all three declare it as a whole, and read it to know whether it is
//! there.
//!
//! All days are days in UTC. *Now* is `params.today`: a date means its midnight, a date-time means that moment.
//! Without it, now is the newest moment at which anything happened in the data ([`tasks::TaskList::newest`]).
//! *Today* is the UTC day of now, *yesterday* the UTC day before it.

pub mod added;
pub mod archive;
pub mod coefficients;
pub mod confirmation;
pub mod decision;
mod error;
pub mod log;
pub mod mission;
pub mod moment;
pub mod operations;
pub mod params;
pub mod priorities;
pub mod steps;
pub mod summary;
pub mod task;
pub mod tasks;
pub mod urgency;
#[cfg(test)]
mod whole_loop;
mod words;

pub use error::Error;

use mission::daily_loop;
use operations::{archive_completed, generate_priorities, log_summary, summarise_yesterday};

sortie_plugin_sdk::plugin!(
    name: "daily-loop",
    missions: [daily_loop],
    operations: [summarise_yesterday, generate_priorities, log_summary, archive_completed]
);
