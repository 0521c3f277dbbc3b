//! Journals under random histories, and what waiting means.

mod contract;
mod interleavings;
mod settle;
mod simulation;
mod wait;
