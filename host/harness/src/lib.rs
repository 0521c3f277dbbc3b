//! Scenarios, suites, expectations and test runs, as pure functions.
//!
//! The same source runs natively and as WebAssembly. It reads no file, starts no thread, and knows no clock: documents
//! come in as JSON values, and missions are run by a [`runner::MissionRunner`].
//!
//! | module | is about |
//! |---|---|
//! | [`definition`] | what stands in files: reading it, all that can be wrong with it, its JSON Schema |
//! | [`runner`] | running scenarios and suites, judging them, their hashes |
//! | [`expectation`] | one assertion on one JSON value; knows nothing of the rest |
//! | [`golden`] | comparing results with those of an earlier run |
//! | [`filter`] | choosing scenarios by name, tag, and share of the work |

pub mod definition;
pub mod expectation;
pub mod filter;
pub mod golden;
pub mod runner;
