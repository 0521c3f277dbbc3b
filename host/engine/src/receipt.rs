//! What lets another machine check a result.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::call::PluginRef;
use crate::limits::{Fuel, Limits};
use crate::policy::PluginPolicy;
use sortie_json::ContentHash;

/// What another machine needs to check a result: hashes of all that went in and came out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// `receipt@2`.
    pub schema_version: String,
    /// The hash of the receipt's other members but `audit`.
    pub id: ContentHash,
    /// The mission that the workflow was built from; null where a workflow was given.
    pub mission: Option<ReceiptMission>,
    /// The hash of the workflow definition.
    pub workflow_hash: ContentHash,
    /// The hash of the context.
    pub context_hash: ContentHash,
    /// The limits that were in force.
    pub limits: Limits,
    /// What the host decided for single plugins, by their names; absent if nothing.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub policies: BTreeMap<String, PluginPolicy>,
    /// The plugins that built the workflow and executed its steps, each once, by name and digest.
    pub plugins: Vec<PluginRef>,
    /// One for each step that was executed, the failed one included.
    pub steps: Vec<ReceiptStep>,
    /// The fuel of all calls, the builder's included.
    pub fuel: Fuel,
    /// The chain hash of the lineage's last step; the workflow's hash where none was executed.
    pub chain: ContentHash,
    /// See [`OrchestrationResult::hash`].
    pub result_hash: ContentHash,
    /// Who decided what and when: for people, covered by no hash.
    pub audit: Vec<Value>,
}

/// The mission in a receipt: its params are told by their hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceiptMission {
    /// The name of the plugin that built it.
    pub plugin: String,
    /// The SHA-256 of that plugin's file.
    pub digest: ContentHash,
    /// The mission's name within the plugin.
    pub name: String,
    /// The hash of the params.
    pub params_hash: ContentHash,
}

/// A step in a receipt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceiptStep {
    /// The step's id.
    pub step_id: String,
    /// The plugin of a runtime step.
    pub plugin: Option<PluginRef>,
    /// The operation of a runtime step.
    pub operation: Option<String>,
    /// `ok`, or the code of the failure.
    pub outcome: String,
    /// The fuel that it used.
    pub fuel: Fuel,
    /// The lineage's chain hash after this step.
    pub chain: ContentHash,
}

impl Receipt {
    /// The SHA-256 of the canonical form of the receipt without `id` and `audit`.
    #[must_use]
    pub fn hash(&self) -> ContentHash {
        // The members as the canonical form orders them.
        #[derive(Serialize)]
        struct Content<'a> {
            chain: &'a ContentHash,
            context_hash: &'a ContentHash,
            fuel: Fuel,
            limits: &'a Limits,
            mission: &'a Option<ReceiptMission>,
            plugins: &'a [PluginRef],
            #[serde(skip_serializing_if = "BTreeMap::is_empty")]
            policies: &'a BTreeMap<String, PluginPolicy>,
            result_hash: &'a ContentHash,
            schema_version: &'a str,
            steps: &'a [ReceiptStep],
            workflow_hash: &'a ContentHash,
        }
        let Self {
            schema_version,
            id: _,
            mission,
            workflow_hash,
            context_hash,
            limits,
            policies,
            plugins,
            steps,
            fuel,
            chain,
            result_hash,
            audit: _,
        } = self;
        let fuel = *fuel;
        ContentHash::of_ours(&Content {
            chain,
            context_hash,
            fuel,
            limits,
            mission,
            plugins,
            policies,
            result_hash,
            schema_version,
            steps,
            workflow_hash,
        })
    }
}
