//! The daily loop: a mission that turns what Taskwarrior's `task export` prints into a plan for the day.
//!
//! Everything in this crate is a pure function of its arguments: no clock, no I/O, no iteration over a map without
//! an order. Tasks are read through typed views ([`task`]) and never written back, so a field that this crate does
//! not understand is neither lost nor altered.
//!
//! | step | logic | reads | writes |
//! |---|---|---|---|
//! | `summarise_yesterday` | [`summary::summarise`] | `/tasks` | `/daily/summary` |
//! | `generate_priorities` | [`priorities::propose`] | `/tasks` | `/daily/priorities` |
//! | `confirm_priorities` | [`decision`] (a person answers) | | |
//! | `log_summary` | [`confirmation::apply`] or [`confirmation::unconfirmed`], then [`log::entry`] | `/tasks`, `/daily` | `/tasks`, `/daily/plan`, `/daily/log` |
//! | `archive_completed` | [`archive::split`] | `/tasks` | `/tasks`, `/archive` |
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
pub mod moment;
pub mod params;
pub mod priorities;
pub mod steps;
pub mod summary;
pub mod task;
pub mod tasks;
pub mod urgency;
mod words;

pub use error::Error;
