//! Bundles: a result with all that it was made of, so that anyone can make it again and compare.

mod audit;

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use jsonptr::PointerBuf;
use serde::de::Error as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sortie_engine::{
    Decision, ExecutionContext, Limits, LineageStep, OrchestrationResult, PluginRef, Run, WorkflowDefinition,
};
use sortie_json::{ContentHash, Json};
use sortie_sandbox::SandboxConfig;

use crate::binding::bind;
use crate::difference::{Difference, first};
use crate::error::HostError;
use crate::host::Host;
use crate::humans::Question;
use crate::recording::{RecordedEnd, Recording};
use crate::registry::{RegisteredPlugin, Registry};
use crate::session::{Progress, Session};

/// A result with all that it was made of: the workflow, the context, the plugins' files. The mission, limits, policies
/// and decisions stand in the result.
///
/// ```
/// use serde_json::json;
/// use sortie_host::{Bundle, ExecutionContext, Host, SandboxConfig};
///
/// let host = Host::builder().first_party().build()?;
/// let context = ExecutionContext::new(json!({}))?;
/// let draft = host.build_mission("echo", &json!({"word": "hi"}))?;
/// let workflow = draft.workflow().clone();
/// let result = host.run_mission("echo", &context, &json!({"word": "hi"}))?;
/// let bundle = serde_json::to_string(&Bundle::new(&workflow, &context, &result, &host.registry())?)?;
///
/// // Anybody can run it again, with nothing but the file, and finds no difference.
/// let read: Bundle = serde_json::from_str(&bundle)?;
/// assert_eq!(read.verify(SandboxConfig::default())?, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Value")]
pub struct Bundle {
    /// `bundle@3`; of what was read, also `bundle@2`.
    schema_version: Version,
    /// The workflow definition, as JSON: the one that was given, or that the mission in the result built.
    workflow: Option<Value>,
    /// What it started from.
    context: ExecutionContext,
    /// The plugins that took part.
    plugins: Vec<BundledPlugin>,
    /// What came of it.
    result: OrchestrationResult,
    /// [`Receipt::audit_hash`](sortie_engine::Receipt::audit_hash). Bundles of version 2 have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    audit_hash: Option<ContentHash>,
    /// The bundle as it was read, members included that this release does not know.
    #[serde(skip)]
    read: Option<Value>,
    /// Whether it may have whatever limits it asks for.
    #[serde(skip)]
    allows_limits: bool,
}

impl TryFrom<Value> for Bundle {
    type Error = serde_json::Error;

    fn try_from(read: Value) -> Result<Self, serde_json::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields, expecting = "an object")]
        struct Members {
            schema_version: Version,
            workflow: Option<Value>,
            context: ExecutionContext,
            plugins: Vec<BundledPlugin>,
            result: OrchestrationResult,
            audit_hash: Option<ContentHash>,
        }
        let members = Members::deserialize(&read)?;
        let Members { schema_version, workflow, context, plugins, result, audit_hash } = members;
        match (schema_version, audit_hash) {
            (Version::Two, Some(_)) => Err(serde_json::Error::custom("a bundle@2 has no `audit_hash`")),
            (Version::Three, None) => Err(serde_json::Error::missing_field("audit_hash")),
            (Version::Two, None) | (Version::Three, Some(_)) => {
                let (read, allows_limits) = (Some(read), false);
                Ok(Self { schema_version, workflow, context, plugins, result, audit_hash, read, allows_limits })
            }
        }
    }
}

/// The versions of a bundle that can be read. The last is what is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
enum Version {
    /// Without a hash of the audit.
    #[serde(rename = "bundle@2")]
    Two,
    #[serde(rename = "bundle@3")]
    Three,
}

impl TryFrom<String> for Version {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        match name.as_str() {
            "bundle@2" => Ok(Self::Two),
            "bundle@3" => Ok(Self::Three),
            _ => Err(format!("its `schema_version` is `{name}`, and this release reads `bundle@2` and `bundle@3`")),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct BundledPlugin {
    name: String,
    sha256: ContentHash,
    /// Base64 (RFC 4648, section 4).
    file: String,
}

/// Why a bundle cannot be made, or not be run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// The registry has another plugin than the one that took part.
    #[error("the plugin `{0}`, which took part in the run, is no longer registered")]
    Gone(String),
    /// A file in the bundle is not the plugin that the bundle says it is.
    #[error("the file of the plugin `{name}` in the bundle has the SHA-256 {found}, not {expected}")]
    Damaged {
        /// The plugin.
        name: String,
        /// The digest that the bundle gives.
        expected: ContentHash,
        /// The digest of the file in it.
        found: ContentHash,
    },
    /// A file in the bundle is not base64.
    #[error("the file of the plugin `{0}` in the bundle is not base64 (RFC 4648)")]
    NotBase64(String),
    /// Nothing says what ran.
    #[error("the bundle needs a workflow, or a mission in its result, and has neither")]
    NoSubject,
    /// The mission did not run.
    #[error(transparent)]
    Host(#[from] HostError),
}

impl Bundle {
    /// Bundles a result with what it was made of: the workflow that ran, whether it was built or given, and what it
    /// began with. The registry is the one of the run.
    ///
    /// # Errors
    ///
    /// It is an error if a plugin that took part is no longer registered.
    pub fn new(
        workflow: &WorkflowDefinition,
        context: &ExecutionContext,
        result: &OrchestrationResult,
        registry: &Registry,
    ) -> Result<Self, BundleError> {
        let mut names: BTreeSet<&str> = BTreeSet::new();
        if let Some(mission) = &result.mission {
            names.insert(taking_part(registry, &mission.builder())?.name());
        }
        for step in &result.lineage.steps {
            if let LineageStep::Runtime { plugin, .. } = step {
                names.insert(taking_part(registry, plugin)?.name());
            }
        }
        // Steps that were not reached have to be bound as they were, too.
        if let Ok(valid) = workflow.clone().validated()
            && let Ok(bindings) = bind(registry, result.mission.as_ref().map(|mission| mission.plugin.as_str()), &valid)
        {
            for binding in &bindings {
                names.extend(registry.plugin(&binding.plugin.name).ok().map(RegisteredPlugin::name));
            }
        }
        let takes_part = |plugin: &&RegisteredPlugin| names.contains(plugin.name());
        // A plugin that runs missions can have run those of any plugin.
        let orchestrates = registry.plugins().filter(takes_part).any(|plugin| plugin.plugin().orchestrates());
        let plugins = registry.plugins().filter(|plugin| orchestrates || takes_part(plugin)).map(bundled).collect();
        Ok(Self {
            schema_version: Version::Three,
            workflow: Some(normalised(workflow)),
            context: context.clone(),
            plugins,
            result: result.clone(),
            audit_hash: Some(result.receipt.audit_hash()),
            read: None,
            allows_limits: false,
        })
    }

    /// The same bundle, to be run with whatever limits it asks for: without this, [`verify`](Self::verify) takes no more
    /// than [`Limits::GREATEST_OF_A_FILE`].
    #[must_use]
    pub fn allowing_its_limits(mut self) -> Self {
        self.allows_limits = true;
        self
    }

    /// The result in the bundle.
    #[must_use]
    pub fn result(&self) -> &OrchestrationResult {
        &self.result
    }

    /// Whether what it says of who decided and when could be altered without a trace: bundles of version 2 have no hash of it.
    #[must_use]
    pub fn has_uncovered_audit(&self) -> bool {
        self.audit_hash.is_none() && !self.result.receipt.audit.is_empty()
    }

    /// The plugins that were changed while the run waited, as its audit says; in the order of the changes.
    #[must_use]
    pub fn changed_plugins(&self) -> Vec<String> {
        audit::plugin_changes(&self.result.receipt.audit).into_iter().rev().map(|(plugin, _)| plugin.name).collect()
    }

    /// What was recorded, without the plugins' files.
    #[must_use]
    pub fn recording(&self) -> Recording {
        let Self { workflow, context, plugins, result, .. } = self;
        let plugins = plugins.iter().map(|plugin| PluginRef { name: plugin.name.clone(), digest: plugin.sha256 });
        Recording {
            mission: result.mission.clone(),
            workflow: workflow.clone(),
            context: context.clone(),
            limits: result.receipt.limits,
            policies: result.receipt.policies.clone(),
            plugins: plugins.collect(),
            steps: result.lineage.steps.clone(),
            fuel: result.receipt.fuel,
            end: RecordedEnd::Done(Box::new(result.clone())),
        }
    }

    /// The file of a plugin that took part, by its name.
    ///
    /// # Errors
    ///
    /// The bundle has no such plugin, or what it has is damaged.
    pub fn plugin_file(&self, name: &str) -> Result<Vec<u8>, BundleError> {
        let plugin = self.plugins.iter().find(|plugin| plugin.name == name);
        plugin.ok_or_else(|| BundleError::Gone(name.to_owned()))?.checked()
    }

    /// Runs it again, on nothing but what the bundle has, and tells the first difference: all that the bundle has is
    /// compared with the bundle that the new run makes. The audit part of the receipt is about people, and no run makes it
    /// again: it has to have the hash that the bundle gives, a decision that it tells of has to be of the question that is
    /// asked again, and it has nothing that a journal would not write about this run.
    pub fn verify(&self, sandbox: SandboxConfig) -> Result<Option<Difference>, BundleError> {
        let receipt = &self.result.receipt;
        if !self.allows_limits {
            let of_plugins = receipt.policies.values().map(|policy| policy.limits(&receipt.limits));
            for limits in std::iter::once(receipt.limits).chain(of_plugins) {
                limits.within(&Limits::GREATEST_OF_A_FILE).map_err(HostError::from)?;
            }
        }
        let mut builder = Host::builder().limits(receipt.limits).sandbox(sandbox);
        for (plugin, policy) in &receipt.policies {
            builder = builder.policy(plugin, policy.clone());
        }
        for plugin in &self.plugins {
            builder = builder.plugin_named(&plugin.name, plugin.checked()?, "in the bundle");
        }
        let host = builder.build()?;
        let session = match (&self.result.mission, &self.workflow) {
            // It is built anew, and compared with the one in the bundle.
            (Some(mission), _) => {
                host.start_mission(&format!("{}/{}", mission.plugin, mission.name), &self.context, &mission.params)?
            }
            (None, Some(workflow)) => {
                host.start(WorkflowDefinition::from_json(workflow).map_err(HostError::from)?, &self.context)?
            }
            (None, None) => return Err(BundleError::NoSubject),
        };
        self.compare(session, &host.registry())
    }

    fn compare(&self, mut session: Session, registry: &Registry) -> Result<Option<Difference>, BundleError> {
        let again = loop {
            let question = match session.advance()? {
                Progress::Done(completed) => break completed.result,
                Progress::Waiting(question) => question,
            };
            if let Some(difference) = self.other_question(&question, session.run()) {
                return Ok(Some(difference));
            }
            match self.answer(&question.step.id) {
                Some(Answer::Decided(decision)) => session.decide(decision)?,
                Some(Answer::Expired) => session.expire()?,
                None => {
                    return Ok(Some(Difference {
                        path: PointerBuf::from_tokens(["decisions", &question.step.id]),
                        step_id: Some(question.step.id),
                        bundle: None,
                        again: Some(Value::from("a person is asked")),
                    }));
                }
            }
        };
        let workflow = session.run().plan().workflow().definition();
        let mut again = Self::new(workflow, &self.context, &again, registry)?;
        let may_lack_workflow = self.schema_version == Version::Two && self.result.mission.is_some();
        if may_lack_workflow && self.workflow.is_none() {
            // Bundles of missions had none at first.
            again.workflow = None;
        }
        // What a run makes again is told by the version that was read, and has no audit.
        (again.schema_version, again.audit_hash) = (self.schema_version, self.audit_hash);
        let again = again.to_json();
        let read = self.read.clone().unwrap_or_else(|| self.to_json());
        let result = |bundle: &Value| bundle.get("result").cloned().unwrap_or_default();
        let found = difference(&result(&read), &result(&again));
        let found =
            found.or_else(|| first(Some(&without_audit(read)), Some(&without_audit(again)), &mut PointerBuf::root()));
        Ok(found
            .or_else(|| audit::foreign(&self.result))
            .or_else(|| audit::altered(&self.result.receipt, self.audit_hash)))
    }

    fn to_json(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    /// Whether the audit tells of a person who decided upon another question than the one that is asked again. Where the
    /// run was never kept there is no such entry. Plugins that were changed later, as the audit says, were not yet then.
    fn other_question(&self, question: &Question, run: &Run) -> Option<Difference> {
        let audit = &self.result.receipt.audit;
        audit.iter().enumerate().find_map(|(index, entry)| {
            let is_of_step = entry.get("step").and_then(Value::as_str) == Some(question.step.id.as_str());
            let told = entry.get("question_hash").filter(|hash| is_of_step && !hash.is_null())?;
            let changes = audit::plugin_changes(audit.get(index..).unwrap_or_default());
            let again = Value::from(Question::before(question.step.clone(), run, &changes).hash.to_string());
            (*told != again).then(|| Difference {
                step_id: Some(question.step.id.clone()),
                path: PointerBuf::from_tokens(["receipt", "audit", &index.to_string(), "question_hash"]),
                bundle: Some(told.clone()),
                again: Some(again),
            })
        })
    }

    fn answer(&self, step: &str) -> Option<Answer> {
        let begun = |lineage: &&LineageStep| lineage.step_id() == step;
        match self.result.lineage.steps.iter().find(begun)? {
            LineageStep::Human { decision: Some(decision), .. } => Some(Answer::Decided(decision.clone())),
            LineageStep::Human { decision: None, .. } => Some(Answer::Expired),
            LineageStep::Runtime { .. } => None,
        }
    }
}

enum Answer {
    Decided(Decision),
    Expired,
}

impl BundledPlugin {
    /// The file, if it is the one that the bundle says it is.
    fn checked(&self) -> Result<Vec<u8>, BundleError> {
        let file = BASE64.decode(&self.file).map_err(|_| BundleError::NotBase64(self.name.clone()))?;
        let found = ContentHash::of_bytes(&file);
        if found == self.sha256 {
            return Ok(file);
        }
        Err(BundleError::Damaged { name: self.name.clone(), expected: self.sha256, found })
    }
}

impl BundleError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Gone(_) => "plugin_gone",
            Self::Damaged { .. } | Self::NotBase64(_) | Self::NoSubject => "bundle_damaged",
            Self::Host(error) => error.code(),
        }
    }
}

/// The registered plugin that a result names, if it is still the same one.
fn taking_part<'r>(registry: &'r Registry, plugin: &PluginRef) -> Result<&'r RegisteredPlugin, BundleError> {
    let registered = registry.plugin(&plugin.name).ok();
    let same = registered.filter(|registered| registered.plugin().digest() == plugin.digest);
    same.ok_or_else(|| BundleError::Gone(plugin.name.clone()))
}

/// A workflow as JSON, with its numbers normalised: of two spellings only one is right.
fn normalised(workflow: &WorkflowDefinition) -> Value {
    let workflow = workflow.to_json();
    Json::of(workflow.clone()).map_or(workflow, Json::into_value)
}

fn bundled(plugin: &RegisteredPlugin) -> BundledPlugin {
    BundledPlugin {
        name: plugin.name().to_owned(),
        sha256: plugin.plugin().digest(),
        file: BASE64.encode(plugin.plugin().bytes()),
    }
}

/// The members of a step in lineage, causes before effects. The chain hash tells that a step differs, not how.
const TELLING: [&str; 10] =
    ["step_id", "kind", "plugin", "operation", "input_hash", "outcome", "decision", "patch", "output", "fuel"];

/// The first difference of two results: in the first step that differs, else in the rest.
fn difference(bundle: &Value, again: &Value) -> Option<Difference> {
    let comparable = |result: &Value| without_audit_at(result.clone(), "/receipt");
    let (bundle, again) = (comparable(bundle), comparable(again));
    let steps =
        |result: &Value| result.pointer("/lineage/steps").and_then(Value::as_array).cloned().unwrap_or_default();
    let (of_bundle, of_again) = (steps(&bundle), steps(&again));
    for index in 0..of_bundle.len().max(of_again.len()) {
        let (old, new) = (of_bundle.get(index), of_again.get(index));
        let id = |step: Option<&Value>| step?.get("step_id")?.as_str().map(str::to_owned);
        let found = TELLING.iter().find_map(|member| {
            let mut at = PointerBuf::from_tokens(["lineage", "steps", &index.to_string(), member]);
            first(old.and_then(|step| step.get(member)), new.and_then(|step| step.get(member)), &mut at)
        });
        if let Some(found) = found {
            return Some(Difference { step_id: id(old).or_else(|| id(new)), ..found });
        }
    }
    first(Some(&bundle), Some(&again), &mut PointerBuf::root())
}

fn without_audit(bundle: Value) -> Value {
    without_audit_at(bundle, "/result/receipt")
}

fn without_audit_at(mut value: Value, receipt: &str) -> Value {
    if let Some(receipt) = value.pointer_mut(receipt).and_then(Value::as_object_mut) {
        receipt.remove("audit");
    }
    value
}
