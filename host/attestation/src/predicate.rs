//! What is stated of runs, tests and built plugins.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sortie_host::OrchestrationResult;
use sortie_host::journal::Timestamp;
use sortie_json::ContentHash;

use crate::envelope::{Artifact, Statement};

/// What a statement about a run means: that whoever signed it ran it, and what it came to.
///
/// `{receipt, audit_hash, success, passed, sortie_version, attested_at}`: the receipt without its audit, and that one's
/// hash (`Receipt::audit_hash`). Subjects are the result, by its `result_hash`, and the bundle's file, if one was
/// written.
pub const RUN: &str = "urn:sortie:predicate:run:v1";
/// [in-toto's test result](https://github.com/in-toto/attestation/blob/main/spec/predicates/test-result.md).
pub const TEST_RESULT: &str = "https://in-toto.io/attestation/test-result/v0.1";
/// [SLSA's provenance](https://slsa.dev/spec/v1.0/provenance).
pub const PROVENANCE: &str = "https://slsa.dev/provenance/v1";
/// What a statement about a manifest in a registry means: that whoever signed it published the plugin there. Its predicate is
/// `{reference, plugin, version, published_at}`.
pub const PUBLICATION: &str = "urn:sortie:predicate:publication:v1";
/// How `sortie plugin build` builds: `externalParameters` has the project's `source` and its `language`.
pub const BUILD_TYPE: &str = "urn:sortie:build:plugin:v1";
/// The machine of whoever signs.
pub const LOCAL_BUILDER: &str = "urn:sortie:builder:local";

/// States what a run came to.
#[must_use]
pub fn of_run(result: &OrchestrationResult, bundle: Option<Artifact>, at: Timestamp) -> Statement {
    let mut receipt = serde_json::to_value(&result.receipt).unwrap_or_default();
    if let Some(members) = receipt.as_object_mut() {
        members.remove("audit");
    }
    let subject = std::iter::once(Artifact::new("result", result.receipt.result_hash)).chain(bundle).collect();
    let predicate = json!({
        "receipt": receipt,
        "audit_hash": result.receipt.audit_hash(),
        "success": result.success,
        "passed": result.passed(),
        "sortie_version": env!("CARGO_PKG_VERSION"),
        "attested_at": at,
    });
    Statement::new(subject, RUN, predicate)
}

/// Why a statement says nothing of a bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnrelatedStatement {
    /// It is about something else.
    #[error("the statement is about other files and results")]
    Other,
    /// It is about a run that came to the same in another way.
    #[error("the statement is about another run, which came to the same result by other plugins, limits or fuel")]
    OtherRun,
    /// It is about a run of the same question that was decided by others, or at another time.
    #[error("the statement is about the same result, but who decided and when is not as it was attested")]
    OtherAudit,
}

/// Whether a statement is about a bundle: about its file, by the SHA-256 of its bytes, or about the result in it. What a
/// statement about a [run](RUN) says of the receipt and its audit is so in the bundle then; one
/// that has no `audit_hash` says nothing of the audit.
///
/// ```
/// use serde_json::json;
/// use sortie_attestation::predicate::{UnrelatedStatement, is_of_bundle, of_run};
/// use sortie_host::{ExecutionContext, Host};
/// use sortie_json::ContentHash;
///
/// let host = Host::builder().first_party().build()?;
/// let context = ExecutionContext::new(json!({}))?;
/// let greeting = host.run_mission("echo", &context, &json!({"word": "hi"}))?;
/// let farewell = host.run_mission("echo", &context, &json!({"word": "bye"}))?;
///
/// let statement = of_run(&greeting, None, "2026-01-31T12:00:00Z".parse()?);
/// let file = ContentHash::of_bytes(b"the bundle's file");
/// assert_eq!(is_of_bundle(&statement, &greeting, &file), Ok(()));
/// assert_eq!(is_of_bundle(&statement, &farewell, &file), Err(UnrelatedStatement::Other));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// It is about something else.
pub fn is_of_bundle(
    statement: &Statement,
    result: &OrchestrationResult,
    file: &ContentHash,
) -> Result<(), UnrelatedStatement> {
    if statement.is_about(file) {
        return Ok(());
    }
    let receipt = &result.receipt;
    if !statement.is_about(&receipt.result_hash) {
        return Err(UnrelatedStatement::Other);
    }
    if statement.predicate_type != RUN {
        return Ok(());
    }
    let says = |at: &str, hash: &ContentHash| statement.predicate.pointer(at) == Some(&json!(hash));
    if !says("/receipt/id", &receipt.id) {
        return Err(UnrelatedStatement::OtherRun);
    }
    if statement.predicate.get("audit_hash").is_some() && !says("/audit_hash", &receipt.audit_hash()) {
        return Err(UnrelatedStatement::OtherAudit);
    }
    Ok(())
}

/// States that a plugin was published: the manifest of that digest, in a registry.
#[must_use]
pub fn of_publication(
    (reference, manifest): (&str, ContentHash),
    (plugin, version): (&str, &str),
    at: Timestamp,
) -> Statement {
    let predicate = json!({"reference": reference, "plugin": plugin, "version": version, "published_at": at});
    Statement::new(vec![Artifact::new(reference, manifest)], PUBLICATION, predicate)
}

/// What a build of a plugin was made of.
#[derive(Debug, Clone, Default)]
pub struct Build {
    /// The project's folder or the compiler's file, as it was named.
    pub source: String,
    /// The language: `rust`, `javascript`, `python`; `wasm`, where the component was made of a compiler's file.
    pub language: String,
    /// The source files and those that lock dependencies.
    pub materials: Vec<Artifact>,
    /// The tools, by name and version.
    pub tools: BTreeMap<String, String>,
}

/// States how a plugin was built.
#[must_use]
pub fn of_build(plugin: Artifact, build: &Build, (started, finished): (Timestamp, Timestamp)) -> Statement {
    let predicate = json!({
        "buildDefinition": {
            "buildType": BUILD_TYPE,
            "externalParameters": {"source": build.source, "language": build.language},
            "internalParameters": {},
            "resolvedDependencies": build.materials,
        },
        "runDetails": {
            "builder": {"id": LOCAL_BUILDER, "version": build.tools},
            "metadata": {"startedOn": started, "finishedOn": finished},
        },
    });
    Statement::new(vec![plugin], PROVENANCE, predicate)
}

/// What tests came to, scenario by scenario.
#[derive(Debug, Clone, Default)]
pub struct TestTally {
    /// The scenarios that passed: `SUITE › SCENARIO`.
    pub passed: Vec<String>,
    /// Those that were skipped.
    pub skipped: Vec<String>,
    /// Those that failed.
    pub failed: Vec<String>,
    /// The hash of each suite's results, by the suite's file.
    pub hashes: BTreeMap<String, ContentHash>,
    /// Whether all is well, golden results too.
    pub is_passed: bool,
}

/// States what tests of plugins came to, and by which suites and fixtures.
#[must_use]
pub fn of_tests(plugins: Vec<Artifact>, files: &[Artifact], tally: &TestTally) -> Statement {
    let configuration: Vec<Value> = files
        .iter()
        .map(|file| {
            let hash = tally.hashes.get(&file.name).map(|hash| json!({"test_run_hash": hash}));
            json!({"name": file.name, "digest": file.digest, "annotations": hash.unwrap_or_else(|| json!({}))})
        })
        .collect();
    let predicate = json!({
        "result": if tally.is_passed { "PASSED" } else { "FAILED" },
        "configuration": configuration,
        "passedTests": tally.passed,
        "warnedTests": tally.skipped,
        "failedTests": tally.failed,
    });
    Statement::new(plugins, TEST_RESULT, predicate)
}
