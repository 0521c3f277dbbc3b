//! Reporters: each puts the events of a run into words, and none knows the others.

mod human;
mod json;
pub(crate) mod junit;
mod record;
mod tap;

pub use human::Human;
pub use json::Json;
pub use junit::Junit;
pub use record::Record;
pub use tap::Tap;
