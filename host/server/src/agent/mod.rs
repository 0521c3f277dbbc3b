//! What software that acts for somebody may ask for, over the Model Context Protocol: to start missions, to look at runs, to
//! preview, to verify. It is given no form, no token and no tool that decides: a person decides, on the run's page.
//!
//! The protocol itself is `rmcp`'s. Here is which tools and resources there are, what they do, and how much of it at once. No
//! session is kept: what a request needs is in the request or in the journal, so that nothing grows with those who ask.

mod abilities;
mod answers;
mod http;
mod message;
mod requests;
mod streams;
mod tasks;
mod tools;

pub(crate) use http::answer;
pub use streams::serve_standard_streams;
