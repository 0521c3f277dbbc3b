//! What lets another machine check a result.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::call::PluginRef;
use crate::limits::{Fuel, Limits};
use crate::policy::PluginPolicy;
use sortie_json::{ContentHash, ObjectWriter};

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
    /// See [`OrchestrationResult::hash`](crate::OrchestrationResult::hash).
    pub result_hash: ContentHash,
    /// Who decided what and when: for people. No other hash than [`audit_hash`](Self::audit_hash) covers it.
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
    /// The SHA-256 of the canonical form of `{"audit": …, "receipt": …}`, which has the audit and the receipt's id: so it is
    /// not that of the same audit in another receipt. It is no part of the receipt: bundles and statements have it.
    #[must_use]
    pub fn audit_hash(&self) -> ContentHash {
        #[derive(Serialize)]
        struct Content<'a> {
            audit: &'a [Value],
            receipt: &'a ContentHash,
        }
        ContentHash::of_ours(&Content { audit: &self.audit, receipt: &self.id })
    }

    /// The SHA-256 of the canonical form of the receipt without `id` and `audit`.
    #[must_use]
    pub fn hash(&self) -> ContentHash {
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
        let mut bytes = Vec::with_capacity(4096);
        let mut object = ObjectWriter::begin(&mut bytes);
        object.hash("chain", chain);
        object.hash("context_hash", context_hash);
        object.count("fuel", *fuel);
        object.object("limits", |object| limits.write(object));
        match mission {
            Some(mission) => object.object("mission", |object| mission.write(object)),
            None => object.null("mission"),
        }
        object.objects("plugins", plugins, PluginRef::write);
        if !policies.is_empty() {
            object.ours("policies", policies);
        }
        object.hash("result_hash", result_hash);
        object.text("schema_version", schema_version);
        object.objects("steps", steps, ReceiptStep::write);
        object.hash("workflow_hash", workflow_hash);
        object.end();
        ContentHash::of_bytes(&bytes)
    }
}

impl PluginRef {
    /// Its members in canonical form.
    pub(crate) fn write(object: &mut ObjectWriter<'_>, Self { name, digest }: &Self) {
        object.hash("digest", digest);
        object.text("name", name);
    }
}

impl ReceiptMission {
    /// Its members in canonical form.
    fn write(&self, object: &mut ObjectWriter<'_>) {
        let Self { plugin, digest, name, params_hash } = self;
        object.hash("digest", digest);
        object.text("name", name);
        object.hash("params_hash", params_hash);
        object.text("plugin", plugin);
    }
}

impl ReceiptStep {
    /// Its members in canonical form.
    fn write(object: &mut ObjectWriter<'_>, Self { step_id, plugin, operation, outcome, fuel, chain }: &Self) {
        object.hash("chain", chain);
        object.count("fuel", *fuel);
        object.optional_text("operation", operation.as_deref());
        object.text("outcome", outcome);
        match plugin {
            Some(plugin) => object.object("plugin", |object| PluginRef::write(object, plugin)),
            None => object.null("plugin"),
        }
        object.text("step_id", step_id);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_id_of_a_receipt_is_the_hash_of_its_other_members_but_the_audit() {
        let hash = |text: &str| ContentHash::of_bytes(text.as_bytes());
        let plugin = json!({"name": "p", "digest": hash("p")});
        let limits = Limits::default();
        let mut form = json!({
            "schema_version": "receipt@2",
            "id": hash("id"),
            "mission": {"plugin": "p", "digest": hash("p"), "name": "m", "params_hash": hash("params")},
            "workflow_hash": hash("workflow"),
            "context_hash": hash("context"),
            "limits": limits,
            "policies": {"p": {"memory_bytes": 7}},
            "plugins": [plugin],
            "steps": [
                {"step_id": "s", "plugin": plugin, "operation": "o", "outcome": "ok", "fuel": 7, "chain": hash("s")},
                {"step_id": "h", "plugin": null, "operation": null, "outcome": "ok", "fuel": 0, "chain": hash("h")},
            ],
            "fuel": 7,
            "chain": hash("h"),
            "result_hash": hash("result"),
            "audit": [{"who": "Ada", "at": 1, "b": {"d": null, "c": "é"}}],
        });
        let hash_of = |form: &Value| {
            let receipt: Receipt = serde_json::from_value(form.clone()).unwrap();
            let mut members = serde_json::to_value(&receipt).unwrap();
            members.as_object_mut().unwrap().retain(|name, _| name != "id" && name != "audit");
            assert_eq!(receipt.hash(), ContentHash::of(&members));
            let audit = json!({"audit": form["audit"], "receipt": form["id"]});
            assert_eq!(receipt.audit_hash(), ContentHash::of(&audit));
        };
        hash_of(&form);
        form["mission"] = Value::Null;
        form["policies"] = json!({});
        hash_of(&form);
    }
}
