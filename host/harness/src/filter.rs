//! Choosing scenarios.
//!
//! # Expressions
//!
//! ```text
//! expression = term { "or" term }
//! term       = factor { "and" factor }
//! factor     = "not" factor | "(" expression ")" | pattern | "tag:" pattern | "suite:" pattern
//! pattern    = characters without white space and parentheses, or any characters in double quotes
//! ```
//!
//! A pattern is matched with the whole name (alone, or as reports print it: `SUITE › NAME`), a tag, or the suite's name: `*` stands for any characters, `?` for one, and a backslash
//! before a character for that character. The name of a scenario with a matrix, as it was declared, stands for all
//! that it became.

mod expression;
mod glob;
mod shard;
#[cfg(test)]
mod tests;

pub use expression::{Candidate, FilterError, ScenarioFilter};
pub use shard::{InvalidShard, Shard};
