//! A run from its events. No plugin is needed: the outcome of every call is an event.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sortie_engine::{Decision, Mission, Next, OrchestrationResult, PluginRef, Run};
use sortie_journal::{Event, EventRecord, ExpiryAction, Finish, RunId, RunRecord, Start, Timestamp};

use super::audit::{Note, audit};
use super::beginning::Beginning;
use super::{ChangedPlugin, RunError, plugins};
use crate::binding::check_missions_again;
use crate::error::HostError;
use crate::host::Host;
use crate::recording::{RecordedEnd, Recording};
use crate::registry::Registry;
use crate::session::FinishedRun;

/// A run as its events make it.
pub(super) struct RebuiltRun {
    pub(super) beginning: Beginning,
    pub(super) run: Run,
    /// The plugins that it is resumed with: those that it began with, but for those that were changed since.
    pub(super) plugins: Vec<PluginRef>,
}

/// Rebuilds a run.
pub(super) fn fold(record: &RunRecord) -> Result<RebuiltRun, RunError> {
    fold_each(record, &mut |_, _| {})
}

/// The same, and shows the run as it begins and after each step, with the time at which that was recorded.
pub(super) fn fold_each(record: &RunRecord, show: &mut dyn FnMut(Timestamp, &Run)) -> Result<RebuiltRun, RunError> {
    let refuse = |detail| RunError::NotRebuilt { run: record.summary.run.clone(), detail };
    let mut events = record.events.iter();
    let Some(EventRecord { event: Event::Started(start), .. }) = events.next() else {
        return Err(refuse("it does not begin with `started`".to_owned()));
    };
    let mut folded = RebuiltRun::begun(&record.summary.run, start)?;
    show(record.summary.created_at, &folded.run);
    for recorded in events {
        let at_event = |detail| refuse(format!("event {}: {detail}", recorded.sequence));
        folded.apply(&recorded.event).map_err(at_event)?;
        if ends_a_step(&recorded.event) {
            show(recorded.at, &folded.run);
        }
    }
    Ok(folded)
}

impl RebuiltRun {
    /// A run that has but begun.
    pub(super) fn begun(run: &RunId, start: &Start) -> Result<Self, RunError> {
        let refuse = |detail| RunError::NotRebuilt { run: run.clone(), detail };
        let beginning = Beginning::read(start).map_err(refuse)?;
        let run = beginning.run().map_err(refuse)?;
        Ok(Self { plugins: beginning.plugins.clone(), beginning, run })
    }

    /// The plugins of a host that the run needs and no other, and those of them that have changed; if the host takes the
    /// run's limits, and gives plugins as much memory.
    pub(super) fn registry(&self, host: &Host, run: &RunId) -> Result<(Arc<Registry>, Vec<ChangedPlugin>), RunError> {
        self.beginning.all_limits().try_for_each(|limits| host.takes(&limits)).map_err(HostError::from)?;
        let (recorded, present) = (self.beginning.memory_bytes(), host.memory_bytes());
        if recorded > present {
            return Err(RunError::MemoryLimit { run: run.clone(), recorded, present });
        }
        check_missions_again(&host.registry(), &self.run)?;
        plugins::found(run, &host.registry(), &self.plugins, &self.beginning.policies)
    }

    /// Applies what happened to the run; an error says why it cannot have.
    pub(super) fn apply(&mut self, event: &Event) -> Result<(), String> {
        let told = match event {
            Event::Engine(body) => self.run.apply(typed(body)?),
            Event::Decided(decision) => self.run.decided(Decision::answered(decision.value.clone())),
            Event::Expired(expiry) => match &expiry.outcome {
                ExpiryAction::Fail => self.run.expired(),
                ExpiryAction::Default(value) => self.run.decided(Decision::defaulted(value.clone())),
            },
            Event::Note(body) => return self.note(typed(body)?),
            Event::Finished(finish) => return self.compare(finish),
            Event::Started(_) | Event::Asked(_) | Event::Approved(_) | Event::Cancelled(_) => Ok(()),
        };
        told.map_err(|error| error.to_string())
    }

    /// Takes a remark to heart.
    pub(super) fn note(&mut self, note: Note) -> Result<(), String> {
        match note {
            Note::ChangedPlugins { plugins, bindings } => {
                for plugin in &mut self.plugins {
                    if let Some(changed) = plugins.iter().find(|changed| changed.name == plugin.name) {
                        plugin.digest = changed.present;
                    }
                }
                self.run.rebind(bindings).map_err(|error| error.to_string())
            }
        }
    }

    /// The finished run as its events make it.
    pub(super) fn finished(&self, record: &RunRecord) -> Result<FinishedRun, RunError> {
        let Next::Done(mut result) = self.run.next() else {
            let detail = "it is finished, but goes on".to_owned();
            return Err(RunError::NotRebuilt { run: record.summary.run.clone(), detail });
        };
        result.receipt.audit = audit(record.events.iter().map(|recorded| (recorded.at, &recorded.event)));
        Ok(FinishedRun { result: *result, log: Vec::new(), profiles: Vec::new(), failed: None })
    }

    /// What is recorded of the run.
    pub(super) fn into_recording(self, end: RecordedEnd) -> Recording {
        let Self { beginning, run, mut plugins } = self;
        let builder = run.plan().mission().map(Mission::builder);
        plugins.extend(builder.filter(|builder| !plugins.iter().any(|plugin| plugin.name == builder.name)));
        Recording {
            mission: run.plan().mission().cloned(),
            workflow: Some(run.plan().workflow().definition().to_json()),
            context: beginning.into_context(),
            limits: *run.limits(),
            policies: run.plan().policies().clone(),
            plugins,
            steps: run.steps().to_vec(),
            fuel: run.fuel(),
            end,
        }
    }

    /// The result that was recorded has to be the one that the events make.
    fn compare(&self, finish: &Finish) -> Result<(), String> {
        let Next::Done(result) = self.run.next() else { return Err("it ends before the run does".to_owned()) };
        if finished(&result) == *finish {
            return Ok(());
        }
        Err(format!("it tells of another result than {}, which its events make", result.receipt.result_hash))
    }
}

/// The end of a run, as its journal keeps it. The result itself follows from the events.
pub(super) fn finished(result: &OrchestrationResult) -> Finish {
    let receipt = &result.receipt;
    let hashes = json!({"id": result.id, "receipt_id": receipt.id, "result_hash": receipt.result_hash});
    Finish { success: result.success, result: hashes }
}

/// One of our own types as the body of an event.
pub(super) fn body<T: Serialize>(value: &T) -> Result<Value, RunError> {
    serde_json::to_value(value).map_err(|error| crate::error::HostError::Bug(error.to_string()).into())
}

fn typed<'b, T: Deserialize<'b>>(body: &'b Value) -> Result<T, String> {
    T::deserialize(body).map_err(|error| error.to_string())
}

/// Whether an event can be the end of a step.
fn ends_a_step(event: &Event) -> bool {
    match event {
        Event::Engine(_) | Event::Decided(_) | Event::Expired(_) => true,
        Event::Started(_)
        | Event::Asked(_)
        | Event::Approved(_)
        | Event::Cancelled(_)
        | Event::Note(_)
        | Event::Finished(_) => false,
    }
}
