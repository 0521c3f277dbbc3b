//! Starting runs, at most once where they have a name; and lists of them, a page at a time.

use std::collections::BTreeMap;

use sortie_host::journal::{Actor, Cursor, Filter, Launch, RunError, RunId, RunSummary};
use sortie_host::{Draft, ExecutionContext};

use crate::deployment::Deployment;

/// Starts a run of a mission for somebody, and tells whether it is new: one that has a name may have been started before, by
/// the same request.
pub(crate) fn begin(
    deployment: &Deployment,
    by: &Actor,
    name: Option<RunId>,
    mission: Draft,
    context: &ExecutionContext,
) -> Result<(RunSummary, bool), RunError> {
    let runs = deployment.runs().on_behalf_of(by);
    let answers = BTreeMap::new();
    let run = match name {
        None => runs.start(mission, context, &answers)?.run,
        Some(name) => match runs.start_as(&name, mission, context, &answers)? {
            Launch::Now(started) => started.run,
            Launch::Before(before) => return Ok((*before, false)),
        },
    };
    Ok((deployment.journal.read(&run)?.summary, true))
}

/// A page of a list.
pub(crate) struct Page {
    pub(crate) runs: Vec<RunSummary>,
    /// Where the next one begins; nothing at the end.
    pub(crate) next: Option<Cursor>,
}

impl Page {
    /// The runs that a filter lets through, no more than that many.
    pub(crate) fn read(deployment: &Deployment, filter: Filter, size: usize) -> Result<Self, RunError> {
        let order = filter.order;
        // One more tells whether there is more.
        let mut runs = deployment.inbox().list(&Filter { limit: Some(size + 1), ..filter })?;
        let has_more = runs.len() > size;
        runs.truncate(size);
        let next = runs.last().filter(|_| has_more).map(|last| order.cursor(last));
        Ok(Self { runs, next })
    }
}
