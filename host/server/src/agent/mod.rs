//! What software that acts for somebody may ask for, over the Model Context Protocol: to start missions, to look at runs, to
//! look ahead, to check. It is given no form, no token and no tool that decides: a person decides, on the run's page.

mod answers;
mod http;
mod methods;
mod protocol;
mod streams;
mod tasks;
mod tools;

pub(crate) use http::answer;
pub use streams::serve_standard_streams;
