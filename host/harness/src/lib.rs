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
//!
//! ```
//! use serde_json::{Value, json};
//! use sortie_harness::definition::{NoFixtures, test_run};
//! use sortie_harness::runner::{MissionCall, MissionError, MissionRunner, run_test_run};
//!
//! /// Puts the params into the state, as a host would by running plugins.
//! struct Echo;
//!
//! impl MissionRunner for Echo {
//!     fn run(&self, call: &MissionCall<'_>) -> Result<Value, MissionError> {
//!         let mut result = json!({"success": true, "final_state": call.params, "receipt": {}});
//!         result["receipt"]["result_hash"] = json!(sortie_json::ContentHash::of(&result));
//!         Ok(result)
//!     }
//! }
//!
//! let suite = json!({
//!     "suite_name": "greetings",
//!     "scenarios": [{
//!         "scenario_name": "hello",
//!         "missions": [{"name": "echo", "params": {"word": "hi"}}],
//!         "expect": [{"path": "final_state.word", "op": "eq", "expected": "hi"}],
//!     }],
//! });
//! let test_run = test_run(suite, None, &NoFixtures).result.unwrap();
//! let result = run_test_run(&test_run, &Echo).unwrap();
//! assert!(result.summary.passed);
//! ```

pub mod definition;
pub mod expectation;
pub mod filter;
pub mod golden;
pub mod runner;
