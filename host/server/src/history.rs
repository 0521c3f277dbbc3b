//! How a run went, and whether it comes out the same again.

use sortie_host::journal::{InboxEntry, RunError, RunId, Timeline};
use sortie_host::{Bundle, Difference, SandboxConfig};
use sortie_json::ContentHash;

use crate::codes;
use crate::deployment::Deployment;
use crate::problem::Problem;

/// All there is to show of a run, and how it went.
pub(crate) fn both(deployment: &Deployment, run: &RunId) -> Result<(InboxEntry, Timeline), RunError> {
    let inbox = deployment.inbox();
    Ok((inbox.show(run)?, inbox.timeline(run)?))
}

/// The bundle of a run that has ended.
pub(crate) fn bundle(deployment: &Deployment, run: &RunId) -> Result<Bundle, Problem> {
    let (shown, went) = both(deployment, run)?;
    let completed = shown.completed.ok_or_else(|| Problem::new(codes::NO_RESULT_YET, "the run has no result"))?;
    deployment.runs().fetch_plugins(run)?;
    let registry = deployment.host.registry();
    Bundle::new(&went.workflow, &went.context, &completed.result, &registry).map_err(|error| Problem::of(&error))
}

/// Makes the result of a run again, on nothing but what its bundle has: the hash of the recorded one, and the first
/// difference.
pub(crate) fn verify(deployment: &Deployment, run: &RunId) -> Result<(ContentHash, Option<Difference>), Problem> {
    let bundle = bundle(deployment, run)?;
    let difference = bundle.verify(SandboxConfig::default()).map_err(|error| Problem::of(&error))?;
    Ok((bundle.result().receipt.result_hash, difference))
}
