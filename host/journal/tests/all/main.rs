//! Journals under bad disks, many processes, kills and random histories.

mod contract;
mod damage;
mod faults;
mod interleavings;
#[cfg(feature = "kill-points")]
mod kill;
mod processes;
mod settle;
mod simulation;
mod sqlite;
mod wait;
