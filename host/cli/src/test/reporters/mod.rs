//! Those who put events into words. None knows the others.

mod human;
mod json;
mod junit;
mod tap;

pub(super) use human::{Human, Progress};
pub(super) use json::Json;
pub(super) use junit::Junit;
pub(super) use tap::Tap;
