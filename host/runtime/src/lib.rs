//! The registry and `run_mission`: what a host program embeds.
//!
//! ```
//! use serde_json::json;
//! use sortie_host::{ExecutionContext, Host};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // A host is made once. `plugin_file("release-check.wasm")` adds a plugin of a third party.
//! let host = Host::builder().first_party().build()?;
//! let context = ExecutionContext::new(json!({}))?;
//! let result = host.run_mission("echo", &context, &json!({"word": "hi"}))?;
//! assert!(result.success);
//! assert_eq!(result.outputs["echo"], json!({"word": "hi"}));
//! println!("{}", result.receipt.result_hash);
//! # Ok(())
//! # }
//! ```
//!
//! A [`Host`] is `Send + Sync`, and cheap to clone. Plugins can be registered and unregistered while missions run:
//! a run keeps the registry that it started with.

mod binding;
mod builder;
mod bundle;
mod change;
pub mod codes;
mod decision;
mod difference;
mod draft;
mod error;
#[cfg(feature = "first-party")]
mod first_party;
mod host;
mod humans;
#[cfg(feature = "journal")]
pub mod journal;
mod nested;
mod presentation;
mod preview;
mod recording;
mod registry;
mod remark;
mod saved_call;
mod schema;
mod session;

pub use builder::HostBuilder;
pub use bundle::{Bundle, BundleError};
pub use change::{StateChange, StateChanges};
pub use decision::{DecisionError, MAX_ANSWER_BYTES, check_decision};
pub use difference::Difference;
pub use draft::Draft;
pub use error::HostError;
#[cfg(feature = "first-party")]
pub use first_party::FIRST_PARTY;
pub use host::Host;
pub use humans::{Ask, HumanPolicy, Question};
pub use presentation::as_blocks;
pub use preview::{Outlook, Preview, offered_answers};
pub use recording::{RecordedEnd, Recording, Replay, ReplayOutcome};
pub use registry::{NameKind, RegisteredPlugin, Registry, RegistryError};
pub use remark::Remark;
pub use saved_call::SavedCall;
pub use schema::{FieldWords, Misspelling, check_schema, misspelt_keywords, schema_bounds, schema_words};
pub use session::{EndedRun, FinishedRun, Progress, Session, StepLog, StepProfile};
pub use sortie_engine::{
    Call, Decision, DecisionStatus, Display, ExecutionContext, Fuel, Function, HumanStep, LimitTooGreat, Limits,
    LineageStep, Mission, OrchestrationResult, Outcome, PluginPolicy, PluginRef, RunEnd, Step, WorkflowDefinition,
};
pub use sortie_interface::{
    Align, Answer, AnswerError, Block, CodeBlock, Column, Field, Manifest, MissionInfo, OperationInfo, Table, Verdict,
};
pub use sortie_json as json;
pub use sortie_json::nearest;
pub use sortie_sandbox::{
    Allocation, Backend, COMPILER_MEMORY_BYTES, CacheDir, CallReport, Compilation, CompileObserver, Compiler, Frame,
    FuelProfile, HostFault, LogLine, Plugin, PluginRejection, ProfileNode, SandboxConfig, compile_for_parent,
};
