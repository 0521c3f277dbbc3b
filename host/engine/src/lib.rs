//! The pure state machine that turns a workflow into a result.
//!
//! No wasm, no I/O, no clock, no threads: a [`Run`] says what it wants next ([`Next`]) and is told what happened.
//! Who drives it (in memory, through a journal, in a test suite) makes no difference to the result.
//!
//! ```
//! use sortie_engine::{ExecutionContext, Limits, Next, Plan, Run, WorkflowDefinition};
//! use serde_json::json;
//!
//! let workflow = WorkflowDefinition::from_json(&json!({"id": "empty", "steps": []})).unwrap();
//! let plan = Plan::new(workflow.validated().unwrap(), Vec::new()).unwrap();
//! let context = ExecutionContext::new(json!({"n": 1})).unwrap();
//! let run = Run::start(plan, &context, Limits::default()).unwrap();
//! let Next::Done(result) = run.next() else { panic!("nothing to do") };
//! assert!(result.success);
//! ```

mod access;
mod call;
mod changes;
pub mod codes;
mod context;
mod human;
mod limits;
mod plan;
mod policy;
mod receipt;
mod result;
mod run;
mod shared_state;
mod workflow;

pub use access::{Access, MAX_CARRIED, PreparedAccess, RegionError};
pub use call::{
    Call, FailedCall, FailureKind, Function, OperationInput, OperationOutput, Outcome, PluginRef, StepFailure,
};
pub use changes::{ChangeError, ChangeFault, first_refused};
pub use context::{ContextError, ExecutionContext};
pub use human::{
    Decision, DecisionStatus, Display, HumanStep, HumanStepError, OnExpiry, choice_in_ascii, choice_label,
};
pub use json_patch::PatchOperation;
pub use limits::{Fuel, LimitTooGreat, Limits};
pub use plan::{Binding, Mission, Plan, PlanError};
pub use policy::PluginPolicy;
pub use receipt::{Receipt, ReceiptMission, ReceiptStep};
pub use result::{Lineage, LineageStep, OrchestrationResult, RunEnd};
pub use run::{Next, Pending, ProtocolError, Run, RunEvent, StartError};
pub use workflow::{Step, StepKind, ValidWorkflow, WorkflowDefinition, WorkflowError};
