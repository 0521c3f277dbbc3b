//! Runs on a Restate cluster: each run a workflow, each plugin call a recorded step, each wait a durable promise.
//!
//! [`Service`] is what Restate calls: the workflow [`WORKFLOW`], keyed by the run's name. Its handler builds the mission
//! and drives the engine's run; what a call comes to is recorded, so that after a crash it is told again and not made
//! again. [`Cluster`] is the other side: it starts, shows, answers and cancels runs by the cluster's own addresses.
//!
//! Restate keeps the history; the rules are those of `sortie-journal` and `sortie-host`: a run's events are put into a
//! journal in memory, judged there, and what is to be written is made durable by Restate. A *turn* is a place where somebody
//! else than the run's handler can come first: each wait, and the end. It is a promise that is kept once, with a decision,
//! an expiry, a cancellation or the result.
//!
//! [`ClusterJournal`] is a cluster as a journal, for the server and whatever else shows and decides runs.
//!
//! ```
//! use serde_json::json;
//! use sortie_engine::ExecutionContext;
//! use sortie_host::Host;
//! use sortie_restate::{Cluster, ClusterJournal, Service, ServiceSettings, StartRequest};
//!
//! // What Restate calls, once it knows the address: `cluster.register("http://…")`, and then `service.run()`.
//! let service = Service::bind(Host::builder().build()?, &ServiceSettings::new("127.0.0.1:0".parse()?))?;
//! assert!(service.address().ip().is_loopback());
//!
//! // What a program starts runs with, and reads them by.
//! let cluster = Cluster::new("http://127.0.0.1:8080", "http://127.0.0.1:9070");
//! let request = StartRequest::in_context(&ExecutionContext::new(json!({"tasks": []}))?);
//! assert_eq!(serde_json::to_value(&request)?["state"], json!({"tasks": []}));
//! let journal = ClusterJournal::new(cluster);
//! # let _ = journal;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Invariants that are absences: no time reaches a run but what Restate recorded; no token is kept, only its hash.

mod cluster;
pub mod codes;
mod history;
mod journal;
mod judgement;
mod limits;
mod listing;
mod refusal;
mod request;
mod service;
mod turn;

pub use cluster::{Cluster, ClusterError, InboxPage, InvalidClusterUrl, StartReceipt};
pub use journal::ClusterJournal;
pub use limits::{MAX_MESSAGE, MAX_REQUEST};
pub use refusal::Refusal;
pub use request::{AnswerRequest, CancelRequest, StartRequest};
pub use service::{Service, ServiceError, ServiceSettings};

/// The name of the workflow.
pub const WORKFLOW: &str = "sortie_run";
