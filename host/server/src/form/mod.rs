//! Forms from JSON Schemas (draft 2020-12), made and read on the server.
//!
//! A schema says more than a form can. What a form can ask for is a [`Field`] of its own: texts, numbers, choices, lists
//! of these, objects of all of them, lists of such objects; everything else is asked for as JSON. What comes back is checked against the schema
//! itself, so a form never has to be right about it.

mod fields;
mod read;
mod show;

pub(crate) use fields::{Control, Field, Items};
pub(crate) use read::{Misfit, fits, json, read, spread};
pub(crate) use show::{Entries, show};
