//! The daily loop, natively: the shipped example, and Taskwarrior as the judge of our urgency and our dates.

mod dates;
mod example;
mod taskwarrior;
mod tool;
