//! Reporters: each puts the events of a run into words, and none knows the others.

mod human;
mod json;
pub(crate) mod junit;
mod record;
mod tap;

pub use human::HumanReporter;
pub use json::JsonReporter;
pub use junit::JunitReporter;
pub use record::Record;
pub use tap::TapReporter;
