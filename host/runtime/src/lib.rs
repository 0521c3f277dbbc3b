//! The registry and `run_mission`: what a host program embeds.
//!
//! ```no_run
//! use serde_json::json;
//! use sortie_host::{ExecutionContext, Host};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let host = Host::builder().first_party().plugin_file("release-check.wasm").build()?;
//! let context = ExecutionContext::new(json!({"tasks": []}))?;
//! let result = host.run_mission("daily_loop", &context, &json!({"today": "2026-01-08"}))?;
//! println!("{}", result.receipt.result_hash);
//! # Ok(())
//! # }
//! ```
//!
//! A [`Host`] is `Send + Sync`, and cheap to clone. Plugins can be registered and unregistered while missions run:
//! a run keeps the registry that it started with.

mod attempt;
mod builder;
mod bundle;
mod error;
#[cfg(feature = "first-party")]
mod first_party;
mod host;
mod humans;
#[cfg(feature = "journal")]
pub mod journal;
mod nested;
mod registry;
mod schema;
mod session;
mod suggest;

pub use attempt::{Attempt, AttemptOutcome, CallEnd, Called, PluginCall};
pub use builder::HostBuilder;
pub use bundle::{Bundle, BundleError, Difference, Subject};
pub use error::HostError;
#[cfg(feature = "first-party")]
pub use first_party::FIRST_PARTY;
pub use host::Host;
pub use humans::{Ask, DecisionError, HumanPolicy, Question, check_decision};
pub use registry::{Named, Registered, Registry, RegistryError};
pub use schema::check_schema;
pub use session::{Completed, Draft, Progress, Session, StepLog};
pub use sortie_engine::{
    Decision, DecisionStatus, ExecutionContext, Fuel, HumanStep, LimitTooGreat, Limits, Mission, OrchestrationResult,
    PluginPolicy, PluginRef, Step, Verdict, WorkflowDefinition,
};
pub use sortie_json as json;
pub use sortie_sandbox::{
    Allocation, Backend, CacheDir, Frame, HostFault, LogLine, Manifest, MissionInfo, OperationInfo, Plugin,
    PluginRejection, SandboxConfig,
};
pub use suggest::nearest;
