//! The daily loop, natively: the shipped example, and Taskwarrior as the judge of our urgency.

mod example;
mod taskwarrior;
