//! Reporters: each puts the events of a run into words, and none knows the others.

mod human;
mod json;
mod junit;
mod tap;

pub use human::Human;
pub use json::Json;
pub use junit::Junit;
pub use tap::Tap;
