//! A journal in a file under bad disks, many processes and kills.

mod contract;
mod damage;
mod faults;
#[cfg(feature = "kill-points")]
mod kill;
mod processes;
mod sqlite;
